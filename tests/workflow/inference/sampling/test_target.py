"""What a target monitors is the same in batches, for chains of any shape; and where pilots start."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from reference.plain_target import PlainTarget
from reference.runs import LINE_CONFIGS
from scipy import stats

from workflow.inference.posterior import priors
from workflow.inference.posterior.monitored import Monitored
from workflow.inference.sampling import target
from workflow.inference.sampling.target import monitored_along, pilot_start


class Squares(PlainTarget):
    """Monitors a square and a half-space, and counts the points of each batch."""

    def __init__(self):
        self.batches = []

    def monitored(self, theta):
        self.batches.append(len(theta))
        return Monitored({"square": theta[:, 0] ** 2}, {"right": theta[:, 1] > 0.0})


@pytest.mark.parametrize("batch, batches", [(1000, [60]), (25, [25, 25, 10]), (60, [60]), (1, [1] * 60)])
def test_batches_change_nothing(monkeypatch, batch, batches):
    monkeypatch.setattr(target, "BATCH", batch)
    coords = np.random.default_rng(1).normal(size=(3, 5, 4, 2))
    squares = Squares()
    quantities, pieces = monitored_along(squares, coords)
    assert squares.batches == batches
    assert_array_equal(quantities["square"], coords[..., 0] ** 2)
    assert_array_equal(pieces["right"], coords[..., 1] > 0.0)


def test_a_chain_without_draws_has_the_names_and_no_values():
    quantities, pieces = monitored_along(Squares(), np.empty((0, 4, 2)))
    assert quantities["square"].shape == pieces["right"].shape == (0, 4)


# --- where pilots start --------------------------------------------------------------------------------------------


@pytest.fixture
def posterior(posterior_of):
    return posterior_of("hooper_zurek_2008_paper")


def flat(posterior, *names):
    return replace(
        posterior, priors={**posterior.priors, **{n: priors.uniform(*posterior.priors[n].bounds) for n in names}}
    )


@pytest.mark.parametrize("names", [(), ("chi", "lambda")])
def test_pilots_start_evenly_along_the_ridge(names, posterior, rng):
    target = flat(posterior, *names)
    pilot = pilot_start(target)
    theta = pilot.sample_prior(2000, rng)
    for k in range(3):
        low, high = theta[:, k].min(), theta[:, k].max()
        assert stats.kstest((theta[1:-1, k] - low) / (high - low), "uniform").pvalue > 1e-3
    prior = target.sample_prior(2000, rng)
    reached = pilot.inside(prior)
    assert reached[target.inside(prior)].mean() > 0.99
    assert stats.ks_2samp(theta[:, 4], prior[:, 4]).pvalue > 1e-3  # a nuisance starts from its prior
    values = target.to_physical(theta[pilot.inside(theta)]).values
    ratio = values["g"] / (np.sqrt(2.0) * values["lambda"])  # m_U / 2 m_dm
    assert np.mean(np.abs(ratio - 1.0) < 1e-3) > 0.1  # where the prior has about a per mille


def test_the_start_of_a_pilot_and_what_is_left_are_the_posterior(posterior, rng):
    pilot = pilot_start(posterior)
    theta = pilot.sample_prior(4000, rng)
    theta = theta[pilot.inside(theta)]
    parts = pilot.split(theta)
    assert_allclose(np.add(*parts), posterior.log_prob(theta)[:, 0], rtol=1e-12)
    nuisance = sum(
        posterior.priors[name].log_density(x) for name, x in zip(posterior.plain, theta[:, 4:].T, strict=True)
    )
    # Even in the other coordinates, and seven tenths of it near the ridge: the draws follow the density.
    offset = theta[:, 3]
    order = np.argsort(np.abs(offset))
    density = np.exp(parts[0] - nuisance)[order]
    assert np.all(np.diff(density) <= 1e-12 * density[:-1])
    near = np.abs(pilot.sample_prior(20_000, rng)[:, 3]) < 0.2  # half of a Cauchy distribution of this width
    assert near.mean() == pytest.approx(0.7 * 0.5 + 0.3 * 0.4 / 40.0, abs=0.015)
    assert density[0] / density[-1] == pytest.approx(0.7 * 40.0 / (np.pi * 0.2) / 0.3, rel=0.1)
    outside = theta[:1].copy()
    outside[0, posterior.names.index("ln_g")] += 20.0
    assert pilot.split(outside)[0][0] == -np.inf
    assert not pilot.inside(outside)[0]


def test_a_model_without_coordinates_starts_from_its_prior(posterior_of):
    posterior = posterior_of(LINE_CONFIGS[0])
    pilot = pilot_start(posterior)
    theta = pilot.sample_prior(20, np.random.default_rng(4))
    assert_array_equal(theta, posterior.sample_prior(20, np.random.default_rng(4)))
    assert_array_equal(pilot.inside(theta), posterior.inside(theta))
    columns = posterior.log_prob(theta)
    log_prior, log_likelihood = pilot.split(theta)
    assert_array_equal(log_prior, columns[:, 1 + posterior.blob_names.index("log_prior_walked")])
    assert_array_equal(log_likelihood, columns[:, 1 + posterior.blob_names.index("log_likelihood")])
