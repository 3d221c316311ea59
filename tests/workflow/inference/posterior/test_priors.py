import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import stats
from scipy.integrate import quad

from workflow.inference.posterior import priors

PRIORS = {
    "uniform": priors.uniform(-1.0, 2.5),
    "log_uniform": priors.log_uniform(1e-8, 1e-1),
    "normal": priors.normal(1.0, 0.2),
    "normal_cut": priors.normal(1.0, 0.2, 0.2, 1.6),
    "normal_at_its_edge": priors.normal(0.967, 0.022, 0.0, 1.0),
    "normal_far_out": priors.normal(0.0, 1.0, 4.0, 9.0),
    "log_normal": priors.log_normal(0.30, 0.15),
    "log_normal_cut": priors.log_normal(18.0, 0.15, 8.0, 40.0),
}

probabilities = st.floats(min_value=1e-9, max_value=1 - 1e-9)
kinds = st.sampled_from(sorted(PRIORS))


def density(prior, coordinate):
    return float(np.exp(prior.log_density(np.array([coordinate]))[0]))


def support(prior):
    """Bounds in the coordinate, or where nothing is left of a normal."""
    spread = 12 * prior.sigma
    low = prior.low if np.isfinite(prior.low) else prior.mean - spread
    return low, prior.high if np.isfinite(prior.high) else prior.mean + spread


@pytest.mark.parametrize("kind", PRIORS)
def test_is_normalised_in_its_coordinate(kind):
    prior = PRIORS[kind]
    total = quad(lambda u: density(prior, u), *support(prior), epsrel=1e-10, limit=400)[0]
    assert_allclose(total, 1.0, rtol=1e-9)


@pytest.mark.parametrize("kind", PRIORS)
@pytest.mark.parametrize("probability", [1e-3, 0.1, 0.5, 0.84, 0.999])
def test_quantile_is_where_the_integral_of_the_density_is(kind, probability):
    prior = PRIORS[kind]
    quantile = prior.quantile(np.array([probability]))[0]
    below = quad(lambda u: density(prior, u), support(prior)[0], quantile, epsrel=1e-11, limit=400)[0]
    assert_allclose(below, probability, rtol=1e-8)


@given(kinds, probabilities, probabilities)
def test_quantile_grows(kind, one, other):
    assume(one < other)
    below, above = PRIORS[kind].quantile(np.array([one, other]))
    assert below <= above


@given(kinds, st.floats(min_value=0.0, max_value=1.0))
def test_draws_lie_within_the_bounds_and_have_a_density(kind, probability):
    prior = PRIORS[kind]
    coordinate = prior.quantile(np.array([probability]))
    assume(np.isfinite(coordinate[0]))
    assert prior.low <= coordinate[0] <= prior.high
    assert np.isfinite(prior.log_density(coordinate)[0])


@given(kinds, probabilities)
def test_physical_values_return_to_their_coordinate(kind, probability):
    prior = PRIORS[kind]
    coordinate = prior.quantile(np.array([probability]))
    assert_allclose(prior.to_coordinate(prior.to_physical(coordinate)), coordinate, rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize("kind", [kind for kind in PRIORS if np.isfinite(PRIORS[kind].low)])
def test_density_vanishes_outside_the_bounds_and_not_on_them(kind):
    prior = PRIORS[kind]
    edges = np.array([prior.low, prior.high])
    assert np.isfinite(prior.log_density(edges)).all()
    outside = np.array([np.nextafter(prior.low, -np.inf), np.nextafter(prior.high, np.inf), -1e9, 1e9])
    assert (prior.log_density(outside) == -np.inf).all()


@pytest.mark.parametrize("kind", PRIORS)
def test_density_at_nan_is_zero(kind):
    assert PRIORS[kind].log_density(np.array([np.nan]))[0] == -np.inf


@pytest.mark.parametrize("value", [0.0, -1.0])
@pytest.mark.parametrize("kind", ["log_uniform", "log_normal"])
def test_what_has_no_logarithm_has_no_density(kind, value):
    prior = PRIORS[kind]
    coordinate = prior.to_coordinate(np.array([value]))
    assert coordinate[0] == -np.inf
    assert prior.log_density(coordinate)[0] == -np.inf


def test_log_uniform_is_flat_in_log10():
    prior = PRIORS["log_uniform"]
    assert_allclose(prior.log_density(np.array([-8.0, -5.0, -1.0])), -np.log(7.0), rtol=1e-14)


def test_log_normal_is_scipys_in_log10():
    prior = PRIORS["log_normal"]
    u = np.linspace(-1.5, 0.5, 9)
    assert_allclose(prior.log_density(u), stats.norm.logpdf(u, np.log10(0.30), 0.15), rtol=1e-12)


def test_cut_normal_is_scipys():
    prior = PRIORS["normal_at_its_edge"]
    u = np.linspace(0.85, 1.0, 9)
    expected = stats.truncnorm.logpdf(u, (0 - 0.967) / 0.022, (1 - 0.967) / 0.022, 0.967, 0.022)
    assert_allclose(prior.log_density(u), expected, rtol=1e-10)


@pytest.mark.parametrize("kind", PRIORS)
def test_draws_follow_the_density(kind, rng):
    prior = PRIORS[kind]
    draws = prior.quantile(rng.uniform(size=4000))
    low, high = support(prior)
    grid = np.linspace(low, high, 20001)
    cumulative = np.cumsum(np.exp(prior.log_density(grid))) * (grid[1] - grid[0])
    assert stats.kstest(draws, lambda u: np.interp(u, grid, cumulative)).pvalue > 1e-3


@pytest.mark.parametrize(
    "kind, median", [("uniform", 0.75), ("log_uniform", 10**-4.5), ("normal", 1.0), ("log_normal", 0.3)]
)
def test_median_is_in_physical_units(kind, median):
    assert_allclose(PRIORS[kind].median, median, rtol=1e-12)


def test_bounds_are_in_physical_units():
    assert PRIORS["log_uniform"].bounds == pytest.approx((1e-8, 1e-1), rel=1e-14)
    assert PRIORS["normal_cut"].bounds == (0.2, 1.6)
    assert PRIORS["log_normal"].bounds == (0.0, np.inf)
    assert PRIORS["log_normal_cut"].bounds == pytest.approx((8.0, 40.0), rel=1e-14)


@pytest.mark.parametrize(
    "build",
    [
        lambda: priors.uniform(1.0, 1.0),
        lambda: priors.uniform(2.0, 1.0),
        lambda: priors.uniform(np.nan, 1.0),
        lambda: priors.log_uniform(0.0, 1.0),
        lambda: priors.log_uniform(-1.0, 1.0),
        lambda: priors.log_uniform(2.0, 1.0),
        lambda: priors.normal(0.0, 0.0),
        lambda: priors.normal(0.0, -1.0),
        lambda: priors.normal(0.0, 1.0, 2.0, 1.0),
        lambda: priors.normal(0.0, 1.0, 50.0, 60.0),
        lambda: priors.log_normal(0.0, 0.1),
        lambda: priors.log_normal(0.3, 0.0),
        lambda: priors.log_normal(0.3, 0.1, 0.5, 0.4),
        lambda: priors.log_normal(0.3, 0.1, -1.0, 0.4),
        lambda: priors.log_normal(0.3, 0.1, 1e8, 1e9),
        lambda: priors.uniform(0.5, 0.5 + 1e-15),
        lambda: priors.uniform(-1.0, -1.0 + 1e-12),
        lambda: priors.log_uniform(0.5, 0.5 + 1e-15),
        lambda: priors.normal(1.0, 1e-320),
        lambda: priors.normal(1.0, 1e-12, 0.1, 3.0),
        lambda: priors.log_normal(1.0, 1e-300),
        lambda: priors.normal(1.0, 1e308, 0.1, 3.0),
    ],
)
def test_numbers_that_make_no_prior_are_refused(build):
    with pytest.raises(ValueError, match=r"allowed|holds nothing"):
        build()


def test_a_normal_far_wider_than_its_range_is_told_from_one_far_from_it():
    with pytest.raises(ValueError, match=r"normal 1 ± 1e\+308 on \[0.1, 3\] is flat in the range; allowed: a smaller"):
        priors.normal(1.0, 1e308, 0.1, 3.0)
    with pytest.raises(ValueError, match=r"the range holds nothing of normal 0 ± 1 on \[50, 60\]; allowed: a range"):
        priors.normal(0.0, 1.0, 50.0, 60.0)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_in_a_message_is_that_number(value):
    assert float(priors.shown(value)) == value


@given(st.floats(min_value=-10, max_value=10), st.floats(min_value=1e-3, max_value=20))
def test_uniform_density_is_one_over_the_width(low, width):
    prior = priors.uniform(low, low + width)
    assert_allclose(density(prior, low + width / 2), 1 / (prior.high - prior.low), rtol=1e-12)


@pytest.mark.parametrize("kind", PRIORS)
@pytest.mark.parametrize("n", [0, 1, 5])
def test_works_on_batches_of_any_size(kind, n, rng):
    prior = PRIORS[kind]
    coordinate = prior.quantile(rng.uniform(size=n))
    assert prior.to_physical(coordinate).shape == prior.log_density(coordinate).shape == coordinate.shape == (n,)


def test_a_coordinate_beyond_all_numbers_is_infinite_without_a_warning():
    assert np.isinf(priors.log_normal(1.0, 100.0).to_physical(np.array([400.0]))).all()
