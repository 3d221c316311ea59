"""The mixture and the moves: right density, right Hastings ratio, right stationary distribution."""

import pickle

import emcee
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats

from workflow.inference.sampling.proposal import (
    CORE,
    STRETCHED,
    STRETCHED_FRACTION,
    WIDE,
    WIDE_FRACTION,
    FitPoints,
    Mixture,
    Truncated,
    everywhere,
    fit_mixture,
    fit_proposal,
    moves,
)
from workflow.inference.writing.refusal import Refusal

MIXTURE = Mixture(
    weights=np.array([0.7, 0.3]),
    means=np.array([[0.0, 0.0], [3.0, -1.0]]),
    axes=np.array([[[1.0, 0.0], [0.5, 0.2]], [[0.3, 0.0], [-0.1, 0.6]]]),
)


def kernels():
    """Weight, mean and covariance of every Gaussian in the mixture: core, each axis stretched, and wide."""
    for weight, mean, axes in zip(MIXTURE.weights, MIXTURE.means, MIXTURE.axes, strict=True):
        yield weight * (1 - STRETCHED_FRACTION - WIDE_FRACTION), mean, CORE * axes @ axes.T
        yield weight * WIDE_FRACTION, mean, WIDE * axes @ axes.T
        for axis in (0, 1):
            variances = np.full(2, CORE)
            variances[axis] = STRETCHED
            yield weight * STRETCHED_FRACTION / 2, mean, axes @ np.diag(variances) @ axes.T


def mixture_oracle(u):
    """The same density from scipy, Gaussian by Gaussian."""
    return np.log(sum(w * stats.multivariate_normal(mean, covariance).pdf(u) for w, mean, covariance in kernels()))


def test_log_density_matches_scipy():
    u = np.random.default_rng(1).uniform(-5.0, 5.0, size=(50, 2))
    assert_allclose(MIXTURE.log_density(u), mixture_oracle(u), rtol=1e-12)


def test_log_density_is_finite_where_every_exponential_underflows():
    assert np.all(np.isfinite(MIXTURE.log_density(np.array([[1e6, -1e6]]))))


@pytest.mark.compiled
def test_draws_have_the_density_of_the_mixture():
    u = MIXTURE.sample(200_000, np.random.RandomState(1))
    # Uniform on [0, 1] by the probability transform along each axis.
    for axis in (0, 1):
        cdf = sum(
            w * stats.norm.cdf(u[:, axis], mean[axis], np.sqrt(covariance[axis, axis]))
            for w, mean, covariance in kernels()
        )
        assert stats.kstest(cdf, "uniform").pvalue > 1e-3
    # And the two axes together: E[1 / q] over a box inside is its area.
    inside = np.all(np.abs(u) < 1.0, axis=1)
    values = np.where(inside, np.exp(-MIXTURE.log_density(u)), 0.0)
    assert values.mean() == pytest.approx(4.0, abs=5 * values.std() / np.sqrt(len(u)))


def test_hastings_factor_is_old_minus_new():
    old = np.random.default_rng(2).normal(size=(8, 2))
    new, factor = Truncated(MIXTURE, everywhere).propose(old, np.random.RandomState(3))
    assert_allclose(factor, mixture_oracle(old) - mixture_oracle(new), rtol=1e-10)


def right_half(u):
    return u[:, 0] > 0.0


def test_truncated_draws_are_those_of_the_mixture_inside():
    u, fraction = Truncated(MIXTURE, right_half).draw(100_000, np.random.RandomState(1))
    outside = sum(w * stats.norm.cdf(0.0, mean[0], np.sqrt(covariance[0, 0])) for w, mean, covariance in kernels())
    assert fraction == pytest.approx(1.0 - outside, abs=5e-3)
    reference = MIXTURE.sample(200_000, np.random.RandomState(2))
    for axis in (0, 1):
        assert stats.ks_2samp(u[:, axis], reference[right_half(reference), axis]).pvalue > 1e-3
    assert np.all(right_half(u))
    assert Truncated(MIXTURE, right_half).draw(0, np.random.RandomState(1))[0].shape == (0, 2)


def test_a_mixture_that_lies_outside_is_given_up():
    with pytest.raises(Refusal, match="only 0 of 5 draws of the mixture"):
        Truncated(MIXTURE, lambda u: u[:, 0] > 1e9).draw(5, np.random.RandomState(1))


def test_components_left_out_are_below_rounding():
    u = np.random.default_rng(4).normal(size=(200, 2)) * 30.0
    thin = Mixture(MIXTURE.weights, MIXTURE.means, MIXTURE.axes * np.array([1.0, 1e-3])[:, None, None])
    terms = thin._log_terms(u)
    assert np.isneginf(terms).any()
    assert np.all(np.isfinite(thin.log_density(u)))


def test_pickles_to_the_same_draws():
    copy = pickle.loads(pickle.dumps(MIXTURE))
    assert_array_equal(copy.sample(9, np.random.RandomState(1)), MIXTURE.sample(9, np.random.RandomState(1)))


# --- fit -----------------------------------------------------------------------------------------------------------


def two_ridges(n, rng):
    """FitPoints from two thin ridges, far apart and of very different widths and units."""
    along = rng.normal(size=n)
    first = np.column_stack([along, 0.5 * along**2 + 0.01 * rng.normal(size=n), 1e3 * rng.normal(size=n)])
    second = np.column_stack([5.0 + 0.3 * along, -8.0 - along + 0.05 * rng.normal(size=n), 1e3 * rng.normal(size=n)])
    return np.where(rng.uniform(size=(n, 1)) < 0.8, first, second)


@pytest.mark.compiled
def test_fit_covers_both_ridges_in_any_units():
    rng = np.random.default_rng(1)
    mixture = fit_mixture(two_ridges(4000, rng), 20, seed=1)
    fresh = two_ridges(4000, rng)
    # An ideal proposal has the spread of a Gaussian's own log-density here: 3 below the median at 0.5 %.
    density = mixture.log_density(fresh)
    assert np.quantile(density, 0.005) > np.median(density) - 6.0
    right = mixture.sample(4000, rng)[:, 0] > 3.0
    assert 0.15 < right.mean() < 0.35


def ridge_with_needle(n, rng):
    """A round crowd, and two per cent of the draws in a needle 500 times as thin."""
    crowd = rng.normal(size=(n, 3))
    needle = np.column_stack([8.0 + rng.normal(size=n), *(2e-3 * rng.normal(size=(2, n)))])
    inside = rng.uniform(size=n) < 0.02
    draws = np.where(inside[:, None], needle, crowd)
    core = np.log(0.98) - 0.5 * np.sum(draws**2, axis=1)
    thin = (draws - [8.0, 0.0, 0.0]) / [1.0, 2e-3, 2e-3]
    return FitPoints(draws, np.logaddexp(core, np.log(0.02) - 2.0 * np.log(2e-3) - 0.5 * np.sum(thin**2, axis=1)))


@pytest.mark.compiled
def test_a_needle_gets_components_of_its_own():
    rng = np.random.default_rng(1)
    draws = ridge_with_needle(6000, rng)
    fresh = ridge_with_needle(6000, rng)

    def worst(mixture):  # p/q, which says how long a walker refuses what the mixture proposes
        ratio = fresh.log_prob - mixture.log_density(fresh.theta)
        return np.quantile(ratio, 0.999) - np.median(ratio)

    plain, reinforced = fit_mixture(draws.theta, 1, seed=1), fit_proposal(draws, draws, 1, seed=1)
    # With one of the warm draws, here the same, three rounds of the tail, and one of the tail of all
    assert len(reinforced.weights) == 6
    assert reinforced.weights.sum() == pytest.approx(1.0)
    assert worst(reinforced) < worst(plain) - 2.0


def test_an_end_that_only_warm_draws_have_gets_components_where_the_posterior_is_likely():
    rng = np.random.default_rng(1)

    def log_prob(theta):  # a crowd, and three sigma away 1e-3 of the posterior in an end 100 times as thin
        crowd = -0.5 * np.sum(theta**2, axis=1)
        end = np.log(10.0) - 0.5 * np.sum(((theta - [4.0, 4.0]) / 0.01) ** 2, axis=1)
        return np.logaddexp(crowd, end)

    crowd, end = rng.normal(size=(4000, 2)), 4.0 + 0.01 * rng.normal(size=(300, 2))
    far = 40.0 + rng.normal(size=(300, 2))  # where the posterior has nothing
    warm = np.vstack([2.0 * crowd, end, far])
    found = fit_proposal(FitPoints(crowd, log_prob(crowd)), FitPoints(warm, log_prob(warm)), 3, seed=1)
    alone = fit_proposal(FitPoints(crowd, log_prob(crowd)), FitPoints(2.0 * crowd, log_prob(2.0 * crowd)), 3, seed=1)
    ratio, before = (np.median(log_prob(end) - mixture.log_density(end)) for mixture in (found, alone))
    assert ratio < before - 4.0
    assert np.abs(found.means[-1] - 4.0).max() < 0.1


def test_too_few_draws_are_fitted_once():
    draws = ridge_with_needle(300, np.random.default_rng(1))
    found = fit_proposal(draws, draws, 3, seed=1)
    assert_array_equal(found.means[:3], fit_mixture(draws.theta, 3, seed=1).means)
    assert len(found.means) == 4  # and one of the warm draws


def test_a_handful_of_distinct_draws_keeps_a_proper_covariance():
    rng = np.random.default_rng(1)
    crowd = rng.normal(size=(1000, 2))
    few = np.array([20.0, 20.0]) + 1e-9 * rng.normal(size=(3, 2))
    mixture = fit_mixture(np.vstack([crowd, few]), 8, seed=1)
    nearest = np.argmin(np.linalg.norm(mixture.means - 20.0, axis=1))
    assert_allclose(mixture.means[nearest], 20.0, rtol=1e-6)
    assert np.linalg.norm(mixture.axes[nearest], axis=0).min() > 0.05


def test_repeated_draws_do_not_make_a_spike():
    rng = np.random.default_rng(1)
    draws = rng.normal(size=(500, 2))
    assert_array_equal(fit_mixture(np.vstack([draws, draws]), 4, 1).means, fit_mixture(draws, 4, 1).means)


@pytest.mark.parametrize(
    "draws, words",
    [
        (np.zeros((100, 2)), "needs 6 distinct draws, got 1"),
        (np.column_stack([np.arange(50.0), np.zeros(50)]), r"coordinates \[1\] never vary"),
    ],
)
def test_fit_rejects_draws_without_a_volume(draws, words):
    with pytest.raises(ValueError, match=words):
        fit_mixture(draws, 4, 1)


# --- moves leave the target invariant ------------------------------------------------------------------------------

DIMENSION, WALKERS, STEPS, REPEATS = 8, 40, 150, 12
SMOOTH = Mixture(np.ones(1), np.full((1, DIMENSION), 0.3), np.eye(DIMENSION)[None])


def variance_ratios(move, log_prob, draw):
    """Variance of the walkers over that of the target, once per repeat; each repeat starts from exact draws."""
    ratios = []
    for repeat in range(REPEATS):
        start = draw(np.random.default_rng(repeat))
        sampler = emcee.EnsembleSampler(WALKERS, start.shape[1], log_prob, moves=move, vectorize=True)
        random_state = np.random.RandomState(repeat).get_state()
        sampler.run_mcmc(emcee.State(start, random_state=random_state), STEPS)
        ratios.append(np.mean(sampler.get_chain() ** 2))
    return np.array(ratios)


def gaussian(u):
    return -0.5 * np.sum(u**2, axis=1)


def gaussian_draws(rng):
    return rng.normal(size=(WALKERS, DIMENSION))


def pull(ratios):
    return (ratios.mean() - 1.0) / (ratios.std(ddof=1) / np.sqrt(len(ratios)))


@pytest.mark.compiled
@pytest.mark.parametrize("index", range(len(moves(SMOOTH, everywhere, 0.5))))
def test_each_move_leaves_a_gaussian_invariant(index):
    ratios = variance_ratios(moves(SMOOTH, everywhere, 0.5)[index][0], gaussian, gaussian_draws)
    assert abs(pull(ratios)) < 4.0
    assert ratios.mean() == pytest.approx(1.0, abs=0.03)


@pytest.mark.compiled
def test_the_mix_leaves_a_gaussian_invariant():
    ratios = variance_ratios(moves(SMOOTH, everywhere, 0.5), gaussian, gaussian_draws)
    assert abs(pull(ratios)) < 4.0
    assert ratios.mean() == pytest.approx(1.0, abs=0.03)


@pytest.mark.compiled
def test_the_mix_leaves_a_banana_invariant():
    def log_prob(u):
        return -0.5 * (u[:, 0] ** 2 + ((u[:, 1] - u[:, 0] ** 2) / 0.3) ** 2)

    def draws(rng):
        x = rng.normal(size=WALKERS)
        return np.column_stack([x, x**2 + 0.3 * rng.normal(size=WALKERS)])

    mixture = Mixture(np.array([0.5, 0.5]), np.array([[-0.7, 0.9], [0.7, 0.9]]), np.tile(0.8 * np.eye(2), (2, 1, 1)))
    # E[x^2] = 1 and E[y^2] = 3 + 0.09.
    ratios = variance_ratios(moves(mixture, everywhere, 0.5), log_prob, draws) / ((1.0 + 3.09) / 2.0)
    assert abs(pull(ratios)) < 4.0


@pytest.mark.compiled
def test_the_test_above_would_reject_a_wrong_hastings_factor():
    def careless(u, random):
        return Truncated(SMOOTH, everywhere).propose(u, random)[0], np.zeros(len(u))

    ratios = variance_ratios(emcee.moves.MHMove(careless), gaussian, gaussian_draws)
    assert abs(pull(ratios)) > 6.0


@pytest.mark.compiled
def test_the_test_above_would_reject_half_the_jacobian_of_a_snooker_move():
    """The mistake of DESnookerMove in emcee 3.1.6, written out, so that it stays one in any version of emcee."""

    class HalfSnooker(emcee.moves.RedBlueMove):
        def get_proposal(self, s, c, random):
            others = np.concatenate(c, axis=0)
            z, first, second = (others[random.randint(len(others), size=len(s))] for _ in range(3))
            axis = s - z
            norm = np.linalg.norm(axis, axis=1, keepdims=True)
            unit = axis / norm
            new = s + 1.7 * unit * np.sum(unit * (first - second), axis=1, keepdims=True)
            jacobian = np.log(np.linalg.norm(new - z, axis=1) / norm[:, 0])
            return new, 0.5 * (s.shape[1] - 1.0) * jacobian

    assert not any("Snooker" in type(move).__name__ for move, _ in moves(SMOOTH, everywhere, 0.5))
    assert pull(variance_ratios(HalfSnooker(), gaussian, gaussian_draws)) < -6.0


def test_probabilities_of_the_moves_sum_to_one():
    assert sum(weight for _, weight in moves(SMOOTH, everywhere, 0.5)) == pytest.approx(1.0)
