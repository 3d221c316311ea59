"""Speed of the default posterior at points where a sampler spends its time, so that nothing is cut short by a prior.

128 points are the whole ensemble of an independence move at 128 walkers; 64 are the ensemble of the default run.
"""

import numpy as np
import pytest

# Draws of the default posterior, rounded: g, chi, lambda, m_soft [TeV], gamma, rho_sun [GeV/cm^3], by growing g. The
# first and the fourth from the end lie below the resonance m_U = 2 m_dm, the others above it. They are written down
# in physical units so that the benchmark keeps its points when coordinates or likelihoods change.
DRAWS = np.array(
    [
        (0.03316, 3.462e-5, 0.02462, 5.046, 0.649, 0.253),
        (0.06187, 1.673e-3, 0.01557, 0.1347, 1.10, 0.622),
        (0.09926, 3.000e-4, 0.03717, 0.3675, 1.26, 0.378),
        (0.1451, 9.690e-4, 0.03357, 0.1179, 1.40, 0.445),
        (0.2163, 2.673e-4, 0.05989, 0.1751, 1.14, 0.464),
        (0.2638, 7.596e-5, 0.09518, 0.3399, 0.937, 0.418),
        (0.3348, 1.597e-5, 0.1633, 1.250, 0.923, 0.585),
        (0.4602, 2.687e-5, 0.1951, 0.5351, 1.21, 0.293),
        (0.5833, 1.155e-4, 0.1332, 0.1022, 1.01, 0.396),
        (0.7264, 3.090e-5, 0.2727, 0.3606, 1.23, 0.304),
        (0.9204, 1.259e-4, 0.2266, 0.1291, 1.14, 0.591),
        (1.088, 2.058e-5, 0.3738, 0.2804, 1.30, 0.244),
        (1.383, 2.410e-6, 1.192, 2.177, 0.896, 0.334),
        (1.700, 7.431e-6, 0.7065, 0.5037, 0.991, 0.384),
        (2.288, 2.111e-5, 0.6578, 0.1827, 0.889, 0.557),
        (3.484, 8.870e-6, 1.179, 0.2685, 1.09, 0.399),
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
