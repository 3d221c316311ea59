"""Importance sampling: normalised proposals, honest errors, and tails that are recognised."""

import arviz
import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import stats

from workflow.inference.sampling.importance_sampling import (
    WIDE_FRACTION,
    WIDE_FREEDOM,
    WIDE_SCALE,
    WeightedDraws,
    defensive,
    importance_sample,
    joined,
    pareto_shape,
)
from workflow.inference.sampling.proposal import Mixture

MIXTURE = Mixture(
    weights=np.array([0.7, 0.3]),
    means=np.array([[0.0, 0.0], [3.0, -1.0]]),
    axes=np.array([[[1.0, 0.0], [0.5, 0.2]], [[0.3, 0.0], [-0.1, 0.6]]]),
)


class Normal:
    """A correlated normal of known evidence, zero left of a cut."""

    blob_names = ("log_likelihood",)

    def __init__(self, cut=-np.inf):
        self.cut = cut
        self.shape = stats.multivariate_normal([1.0, -0.5], [[1.0, 0.6], [0.6, 1.5]])

    def log_prob(self, u):
        value = np.where(u[:, 0] > self.cut, self.shape.logpdf(u) + 2.0, -np.inf)
        return np.column_stack([value, value])


def test_defensive_density_is_the_one_of_scipy():
    u = np.random.default_rng(1).uniform(-6.0, 6.0, size=(60, 2))
    covariances = MIXTURE.axes @ MIXTURE.axes.transpose(0, 2, 1)
    mean = np.average(MIXTURE.means, axis=0, weights=MIXTURE.weights)
    spread = np.average(covariances, axis=0, weights=MIXTURE.weights)
    spread += np.cov(MIXTURE.means.T, aweights=MIXTURE.weights, ddof=0)
    wide = stats.multivariate_t(mean, WIDE_SCALE * spread, df=WIDE_FREEDOM).logpdf(u)
    expected = np.logaddexp(np.log(1 - WIDE_FRACTION) + MIXTURE.log_density(u), np.log(WIDE_FRACTION) + wide)
    assert_allclose(defensive(MIXTURE).log_density(u), expected, rtol=1e-10)


def test_defensive_draws_have_its_density():
    proposal = defensive(MIXTURE)
    u = proposal.sample(100_000, np.random.default_rng(2))
    for low, high in (([-1, -1], [1, 1]), ([4, 4], [8, 8]), ([2, -3], [4, 0])):
        inside = np.all((u > low) & (u < high), axis=1)
        values = np.where(inside, np.exp(-proposal.log_density(u)), 0.0)
        area = np.prod(np.subtract(high, low))
        assert values.mean() == pytest.approx(area, abs=5 * values.std() / np.sqrt(len(u)))


def test_evidence_and_moments_of_a_normal():
    draws = importance_sample(Normal(), defensive(MIXTURE), 20_000, np.random.default_rng(3))
    assert draws.ln_z == pytest.approx(2.0, abs=4 * draws.ln_z_error)
    assert draws.ln_z_error < 0.03
    mean, error = draws.mean(draws.theta[:, 1])
    assert mean == pytest.approx(-0.5, abs=4 * error)
    assert_allclose(draws.resampled(5000, np.random.default_rng(1)).mean(axis=0), [1.0, -0.5], atol=0.1)


def test_error_is_the_scatter_of_repetitions():
    found = [importance_sample(Normal(), defensive(MIXTURE), 1000, np.random.default_rng(k)) for k in range(100)]
    scatter = np.std([draws.ln_z for draws in found])
    assert np.mean([draws.ln_z_error for draws in found]) == pytest.approx(scatter, rel=0.25)


def test_points_without_density_count_in_the_mean():
    draws = importance_sample(Normal(cut=1.0), defensive(MIXTURE), 20_000, np.random.default_rng(4))
    assert draws.ln_z == pytest.approx(2.0 + np.log(0.5), abs=4 * draws.ln_z_error)
    assert len(draws.theta) < draws.proposed == 20_000


def test_joined_draws_are_one_sample():
    parts = [importance_sample(Normal(), defensive(MIXTURE), n, np.random.default_rng(n)) for n in (500, 1500)]
    means = [np.exp(part.ln_z) for part in parts]
    assert np.exp(joined(parts).ln_z) == pytest.approx(np.average(means, weights=[500, 1500]))


def test_proposal_that_misses_everything_has_no_evidence():
    draws = importance_sample(Normal(cut=1e9), defensive(MIXTURE), 100, np.random.default_rng(5))
    assert (draws.ln_z, draws.ln_z_error, draws.pareto_k) == (-np.inf, np.inf, np.inf)


def test_nan_names_the_point():
    class Broken:
        blob_names = ()

        def log_prob(self, u):
            return np.full((len(u), 1), np.nan)

    with pytest.raises(ValueError, match=r"log_prob = nan at theta = \["):
        importance_sample(Broken(), defensive(MIXTURE), 5, np.random.default_rng(1))


# --- the tail ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [0.2, 0.5, 0.9])
def test_shape_of_a_pareto_tail(shape):
    weights = stats.genpareto(shape).rvs(200_000, random_state=2)
    assert pareto_shape(weights) == pytest.approx(shape, abs=0.08)


@pytest.mark.parametrize("size", [300, 20_000])
def test_shape_is_the_one_of_arviz(size):
    weights = np.exp(np.random.default_rng(size).normal(size=size))
    assert pareto_shape(weights) == pytest.approx(float(arviz.psislw(np.log(weights))[1]), rel=1e-9)


def test_weights_equal_to_the_threshold_are_no_part_of_the_tail():
    # 60 weights are above 1: among 400 they are the whole tail, and among 1000 it has 35 that are equal to 1
    above = 1.0 + stats.genpareto(0.5).rvs(60, random_state=3)
    alone, tied = (pareto_shape(np.concatenate([np.ones(n - 60), above])) for n in (400, 1000))
    assert tied == pytest.approx(alone, rel=1e-12)


def test_shape_of_equal_and_of_hardly_any_weights():
    assert pareto_shape(np.ones(1000)) == 0.0
    assert pareto_shape(np.eye(1, 1000)[0]) == np.inf


def test_proposal_narrower_than_its_target_is_found_out():
    narrow = Mixture(np.ones(1), np.array([[1.0, -0.5]]), 0.1 * np.eye(2)[None])

    class Narrow:
        sample, log_density = narrow.sample, narrow.log_density

    assert importance_sample(Normal(), Narrow(), 20_000, np.random.default_rng(6)).pareto_k > 0.7
    draws = WeightedDraws(np.zeros((3, 1)), np.log([1.0, 1.0, 2.0]), np.zeros((3, 0)), 4)
    assert draws.effective_sample_size == pytest.approx(16 / 6)
    assert draws.ln_z == pytest.approx(0.0)


def test_no_draw_with_a_weight_counts_as_no_draw():
    nothing = WeightedDraws(np.zeros((0, 1)), np.zeros(0), np.zeros((0, 0)), 4)
    assert nothing.effective_sample_size == 0.0
    assert (nothing.ln_z, nothing.ln_z_error) == (-np.inf, np.inf)
