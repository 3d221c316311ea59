"""The prior is what the config says, whichever coordinates are walked: draws against the density, box by box.

Prior draws are made in the priors' own coordinates, where each is a quantile; the sampler sees a density in its
coordinates u, with the model's Jacobian. In any box of u the share of the draws must be the integral of the density,
which quasi-random points give. A Jacobian that is wrong, or a part of the prior that u cannot reach, fails.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from model.physics.hidden_sector.sampling_coordinates import unstretch_ratio

DRAWS, INSIDE, POINTS, KNOTS = 100_000, 1000, 2**12, 500
LEVELS = np.linspace(0.0, 1.0, KNOTS + 1)
CHARGE = "parameters.dm_charge={prior: uniform, min: 0.05, max: 1.0}"
UNIVERSAL = ("model.charges=universal", "parameters.chi={prior: log_uniform, min: 1.0e-8, max: 1.0e-3}")
VARIANTS = {
    "anomaly_free": ("hooper_zurek_2008_paper",),
    "anomaly_free, corrected": ("hooper_zurek_2008_paper", "model.reading=corrected", CHARGE),
    "anomaly_free, universal": ("hooper_zurek_2008_paper", *UNIVERSAL),
    "anomaly_free, universal, corrected": ("hooper_zurek_2008_paper", *UNIVERSAL, "model.reading=corrected", CHARGE),
    "anomaly_free, hypercharge, half, doublets": (
        "hooper_zurek_2008_paper",
        "model.charges=hypercharge",
        "model.soft_normalisation=half",
        "model.higgs_doublets=true",
        "model.lambda_uv_gev=1.0e+16",
    ),
    "anomaly_free, flat and normal priors": (
        "hooper_zurek_2008_paper",
        "parameters.g={prior: uniform, min: 0.001, max: 3.5}",
        "parameters.lambda={prior: normal, mean: 1.0, sigma: 0.5, min: 0.01, max: 3.5}",
        "parameters.m_soft_tev={prior: log_normal, median: 2.0, sigma_dex: 0.3}",
    ),
    "minimal": ("minimal_2008",),
    "minimal, corrected, scalar": ("minimal_2008", "model.reading=corrected", "model.dark_matter=scalar"),
    "minimal, universal": ("minimal_2008", *UNIVERSAL),
    "vector_portal": ("vector_portal",),
}


@dataclass(frozen=True)
class Draws:
    """Prior draws with m_dm > m_e as coordinates (n, d), of how many, and the ranks and quantiles of each column.

    Below m_e nothing annihilates, the ridge jumps by hundreds, and every point is invalid.
    """

    made: int
    u: np.ndarray
    ranks: np.ndarray
    knots: np.ndarray


@pytest.fixture(scope="module")
def prior_of(posterior_of):
    """Posterior of a variant and draws from its prior."""

    @cache
    def build(variant):
        posterior = posterior_of(*VARIANTS[variant])
        u = posterior.sample_prior(DRAWS, np.random.default_rng(5))
        u = u[u[:, posterior.names.index("stretched_m_dm")] > 0.0]
        return posterior, Draws(DRAWS, u, (stats.rankdata(u, axis=0) - 0.5) / len(u), np.quantile(u, LEVELS, axis=0))

    return build


def shares(posterior, draws, centre, seed):
    """Share of the draws in a box about one of them, the integral of the density over it, and the error of their ratio.

    The box is a cube in ranks that holds `INSIDE` of the first half of the draws; the second half is counted. The
    integral takes quasi-random points, uniform in ranks too: next to m_U = 0 the stretched ratio squeezes decades of
    the prior into a sliver, which points uniform in u would miss. Nuisances keep their prior coordinates and draws.
    """
    walked, half = len(posterior.coordinates.names), len(draws.u) // 2
    distance = np.abs(draws.ranks[:, :walked] - draws.ranks[centre, :walked]).max(axis=1)
    radius = np.partition(distance[:half], INSIDE)[INSIDE]
    found = np.mean(distance[half:] < radius) * len(draws.u) / draws.made

    unit = stats.qmc.Sobol(walked, seed=seed).random(POINTS)
    points, log_q = draws.u[:POINTS].copy(), np.zeros(POINTS)
    for k in range(walked):
        low, high = np.clip(draws.ranks[centre, k] + np.array([-radius, radius]), 0.0, 1.0)
        rank = low + (high - low) * unit[:, k]
        points[:, k] = np.interp(rank, LEVELS, draws.knots[:, k])
        widths = KNOTS * np.diff(draws.knots[:, k])
        log_q -= np.log(widths[np.minimum((rank * KNOTS).astype(int), KNOTS - 1)] * (high - low))
    for k, name in enumerate(posterior.names[walked:], start=walked):
        log_q += posterior.priors[name].log_density(points[:, k])
    weights = np.exp(posterior.to_physical(points).log_prior - log_q)
    # As for plain random points, hence on the safe side of quasi-random ones.
    error = np.hypot(1.0 / np.sqrt(INSIDE), weights.std() / np.sqrt(POINTS) / found)
    return found, weights.mean(), error


@pytest.mark.parametrize("variant", VARIANTS)
def test_prior_draws_agree_with_the_prior_density_in_the_sampling_coordinates(variant, prior_of):
    posterior, draws = prior_of(variant)

    @settings(max_examples=10)
    @given(st.integers(0, DRAWS - 1), st.integers(0, 2**20))
    def check(centre, seed):
        found, integral, error = shares(posterior, draws, centre % len(draws.u), seed)
        assert error < 0.15
        assert integral / found == pytest.approx(1.0, abs=5.0 * error)

    check()


def test_all_boxes_together_agree_to_a_per_cent(prior_of):
    posterior, draws = prior_of("anomaly_free")
    found, integral, error = np.transpose([shares(posterior, draws, centre, centre) for centre in range(60)])
    together = np.average(integral / found, weights=error**-2)
    assert together == pytest.approx(1.0, abs=0.02)


def test_the_test_above_would_see_a_forgotten_slope(prior_of):
    posterior, draws = prior_of("anomaly_free")
    column = posterior.names.index("stretched_mass_ratio")

    class Forgetful:
        """Density in the ratio itself, not in its stretched form."""

        coordinates, names, priors = posterior.coordinates, posterior.names, posterior.priors

        def to_physical(self, u):
            point = posterior.to_physical(u)
            return point._replace(log_prior=point.log_prior - unstretch_ratio(u[:, column])[1])

    pulls = []
    for centre in range(10):
        found, integral, error = shares(Forgetful(), draws, centre, centre)
        pulls.append(abs(integral / found - 1.0) / error)
    assert max(pulls) > 10.0
