"""Surveys: the weights of draws from several mixtures at once, and what a fit is made of."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import stats

from workflow.inference.sampling.importance_sampling import WeightedDraws
from workflow.inference.sampling.proposal import Mixture, Truncated
from workflow.inference.sampling.survey import Survey, resampled, together, weighted

LN_Z = 1.7


def log_prob(u):
    """A normal of evidence e^LN_Z, cut at x = 0."""
    inside = u[:, 0] > 0.0
    return np.where(inside, stats.multivariate_normal([0.5, 0.0], [[1.0, 0.3], [0.3, 0.8]]).logpdf(u), -np.inf) + LN_Z


def survey(centre, n, seed):
    mixture = Mixture(np.ones(1), np.array([centre]), np.eye(2)[None])
    theta, fraction = Truncated(mixture, lambda u: u[:, 0] > -0.5).draw(n, np.random.default_rng(seed))
    return Survey(mixture, fraction, theta, log_prob(theta))


def test_weights_give_evidence_and_moments_of_the_target():
    draws = weighted([survey([2.0, 1.0], 4000, 1), survey([-1.0, 0.5], 8000, 2), survey([0.5, -1.0], 16000, 3)])
    assert draws.proposed == 28000
    exact = LN_Z + stats.norm.logcdf(0.5)  # of the part at x > 0
    assert draws.ln_z == pytest.approx(exact, abs=5 * draws.ln_z_error + 0.01)
    truncated = stats.truncnorm(-0.5, np.inf, loc=0.5)
    mean, error = draws.mean(draws.theta[:, 0])
    assert mean == pytest.approx(truncated.mean(), abs=5 * error)
    assert np.all(draws.theta[:, 0] > 0.0)
    assert_allclose(draws.blobs[:, 0], log_prob(draws.theta))


def test_a_share_that_is_left_out_would_show():
    found = survey([-1.0, 0.5], 20000, 2)
    careless = Survey(found.mixture, 1.0, found.theta, found.log_prob)
    assert abs(weighted([careless]).ln_z - weighted([found]).ln_z) == pytest.approx(-np.log(found.fraction))
    assert found.fraction < 0.5


def test_draws_of_one_mixture_in_two_parts_weigh_like_those_in_one():
    whole = survey([-1.0, 0.5], 20000, 2)
    first, second = (
        Survey(whole.mixture, whole.fraction, whole.theta[part], whole.log_prob[part])
        for part in (slice(None, 5000), slice(5000, None))
    )
    joined = together([first, second])
    assert joined.fraction == pytest.approx(whole.fraction)
    assert_allclose(weighted([joined]).log_weight, weighted([whole]).log_weight)
    # Parts of which different fractions were inside: as many draws were made as both made together.
    assert together([first, Survey(whole.mixture, 0.25, whole.theta, whole.log_prob)]).fraction == pytest.approx(
        25000 / (5000 / whole.fraction + 80000)
    )


def test_resampled_draws_are_distinct_and_follow_the_weights():
    draws = weighted([survey([0.5, 0.0], 20000, 5)])
    found = resampled(draws, 3000, np.random.default_rng(1))
    assert len(np.unique(found.theta, axis=0)) == len(found.theta) <= 3000
    assert_allclose(found.log_prob, log_prob(found.theta))
    assert found.theta[:, 0].mean() == pytest.approx(draws.mean(draws.theta[:, 0])[0], abs=0.06)


def test_a_draw_that_outweighs_many_does_not_hide_them():
    rng = np.random.default_rng(1)
    log_weight = np.zeros(1000)
    log_weight[0] = 8.0  # three times as heavy as all others together
    draws = WeightedDraws(rng.normal(size=(1000, 2)), log_weight, np.zeros((1000, 1)), 1000)
    assert len(resampled(draws, 500, rng).theta) > 400


def test_every_draw_with_more_than_its_share_of_the_positions_is_found_the_last_one_included():
    rng = np.random.default_rng(3)
    theta = np.arange(200.0).reshape(100, 2)
    draws = WeightedDraws(theta, np.zeros(100), np.zeros((100, 1)), 100)
    assert_allclose(resampled(draws, 400, rng).theta, theta)  # four positions in the share of each
