"""Speed of the default posterior at points where a sampler spends its time, so that nothing is cut short by a prior.

128 points are the whole ensemble of an independence move at 128 walkers; 64 are the ensemble of the default run.
"""

import numpy as np
import pytest

# Draws of the default posterior, rounded: g, chi, lambda, m_soft [TeV], gamma, rho_sun [GeV/cm^3], by growing g. All
# lie above the resonance m_U = 2 m_dm, where the posterior is. They are written down in physical units so that the
# benchmark keeps its points when coordinates or likelihoods change.
DRAWS = np.array(
    [
        (0.03191, 0.0004199, 0.01366, 0.6041, 0.7066, 0.6043),
        (0.05606, 0.0002216, 0.02467, 0.5421, 1.355, 0.2039),
        (0.08194, 0.0001278, 0.0367, 0.5624, 0.6664, 0.463),
        (0.1127, 0.0002119, 0.0387, 0.2392, 1.112, 0.2471),
        (0.1534, 0.0003651, 0.04703, 0.2209, 1.108, 0.5394),
        (0.2081, 0.0002681, 0.05291, 0.1156, 1.021, 0.2986),
        (0.2775, 2.076e-05, 0.1429, 1.03, 1.174, 0.2617),
        (0.3654, 1.811e-05, 0.1858, 0.7741, 1.112, 0.2591),
        (0.4889, 1.548e-05, 0.2418, 0.9971, 1.221, 0.278),
        (0.6445, 8.111e-06, 0.3453, 1.43, 1.028, 0.4116),
        (0.8395, 2.363e-06, 0.5012, 3.24, 1.208, 0.3433),
        (1.094, 2.772e-05, 0.3446, 0.2108, 1.159, 0.2896),
        (1.422, 3.634e-05, 0.3576, 0.1073, 1.058, 0.2601),
        (1.839, 3.664e-05, 0.4599, 0.123, 1.107, 0.3751),
        (2.37, 1.549e-05, 0.8207, 0.2955, 1.117, 0.5296),
        (3.071, 3.005e-06, 1.496, 0.5339, 1.076, 0.2285),
    ]
)
PARAMETERS = ("g", "chi", "lambda", "m_soft_tev", "gamma", "rho_sun_gev_cm3")
SPREAD = 1e-3  # about each draw, so that no two points are equal


@pytest.mark.parametrize("n", [64, 128])
def test_posterior_of_a_batch(benchmark, posterior_of, n):
    posterior = posterior_of("hooper_zurek_2008")
    rng = np.random.default_rng(511)
    rows = np.resize(DRAWS, (n, len(PARAMETERS))) * np.exp(SPREAD * rng.standard_normal((n, len(PARAMETERS))))
    u = posterior.from_physical({**dict(zip(PARAMETERS, rows.T, strict=True)), "f_ps": np.full(n, 0.967)})

    benchmark.extra_info["points"] = n
    columns = benchmark.pedantic(posterior.log_prob, args=(u,), rounds=100, warmup_rounds=5)

    # Every likelihood was evaluated everywhere, and no point is far from the allowed region.
    assert columns.shape == (n, 1 + len(posterior.blob_names))
    assert np.all(np.isfinite(columns))
    assert np.all(columns[:, 1] > -30.0)
