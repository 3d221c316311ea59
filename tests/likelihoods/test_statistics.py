import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import stats

from likelihoods._statistics import gaussian, total, upper_half, upper_limit

values = st.floats(min_value=-10.0, max_value=10.0)
sigmas = st.floats(min_value=1e-3, max_value=10.0)
fractions = st.floats(min_value=0.0, max_value=0.5)


def at(x, value, sigma, theory=0.0):
    return gaussian(np.array([float(x)]), value, sigma, theory)[0]


@given(values, values, sigmas, fractions)
def test_is_a_normal_density_over_that_of_a_perfect_fit(x, value, sigma, theory):
    total = np.sqrt(sigma**2 + (theory * x) ** 2)
    expected = stats.norm.logpdf(x, value, total) - stats.norm.logpdf(0.0, 0.0, sigma)
    assert_allclose(at(x, value, sigma, theory), expected, rtol=1e-9, atol=1e-9)


@given(values, sigmas)
def test_a_perfect_fit_without_theory_error_is_zero(value, sigma):
    assert at(value, value, sigma) == 0.0


@given(values, sigmas, st.floats(min_value=0.0, max_value=10.0))
def test_n_sigma_cost_half_n_squared(value, sigma, pull):
    assert_allclose(at(value + pull * sigma, value, sigma), -0.5 * pull**2, rtol=1e-6, atol=1e-9)


@given(values, values, sigmas, fractions)
def test_is_never_above_zero(x, value, sigma, theory):
    assert at(x, value, sigma, theory) <= 0.0


@given(sigmas, st.floats(min_value=0.01, max_value=0.5))
def test_a_theory_error_does_not_buy_likelihood_without_limit(sigma, theory):
    # the logarithm wins in the end: far predictions get less likely, not more
    far = np.array([1e3, 1e4, 1e5, 1e6])
    assert (np.diff(gaussian(far, 1.0, sigma, theory)) < 0).all()


def test_the_best_prediction_lies_below_the_datum_with_a_theory_error():
    # docs/physics/model.md 7
    x = np.linspace(0.5, 1.5, 100001)
    best = x[np.argmax(gaussian(x, 1.0, 0.06, 0.10))]
    assert 0.97 < best < 1.0


@given(values, values, sigmas, fractions, st.floats(min_value=1e-12, max_value=1e12))
def test_does_not_depend_on_the_unit(x, value, sigma, theory, unit):
    scaled = at(unit * x, unit * value, unit * sigma, theory)
    assert_allclose(scaled, at(x, value, sigma, theory), rtol=1e-9, atol=1e-9)


def test_an_absurd_prediction_is_forbidden_and_not_nan():
    with np.errstate(over="ignore"):
        assert at(1e200, 1.0, 0.1) == -np.inf


@pytest.mark.parametrize("theory", [0.0, 0.1])
@pytest.mark.parametrize("x", [np.inf, -np.inf])
def test_an_infinite_prediction_is_forbidden_and_not_nan(x, theory):
    assert at(x, 1.0, 0.1, theory) == -np.inf


def test_an_undefined_prediction_stays_undefined():
    assert np.isnan(at(np.nan, 1.0, 0.1, 0.1))


@pytest.mark.parametrize("n", [0, 1, 5])
def test_one_number_per_point(n):
    assert gaussian(np.ones(n), 1.0, 0.1, 0.1).shape == (n,)


@pytest.mark.parametrize("confidence, tail", [(0.90, 0.10), (0.95, 0.05)])
def test_a_flat_prior_leaves_the_rest_beyond_a_published_limit(confidence, tail):
    # the published limit is where the half-normal holds its confidence level
    x = np.linspace(0.0, 12.0, 200001)
    weight = np.exp(upper_limit(x, 1.7, confidence))
    assert_allclose(weight[x > 1.7].sum() / weight.sum(), tail, rtol=2e-3)


def test_no_signal_is_a_perfect_fit_to_a_limit():
    assert upper_limit(np.zeros(3), 2.0, 0.90).tolist() == [0.0, 0.0, 0.0]


def test_terms_add_up_at_each_point():
    terms = {"a": np.array([-1.0, -2.0]), "b": np.array([-0.5, 0.0])}
    assert total(terms).tolist() == [-1.5, -2.0]


@given(value=st.floats(0.1, 50.0), sigma=st.floats(0.01, 5.0), theory=st.floats(0.0, 0.5), excess=st.floats(1e-3, 20.0))
def test_the_upper_half_is_the_gaussian_over_its_value_at_the_datum(value, sigma, theory, excess):
    x = value + excess
    total2, there2 = sigma**2 + (theory * x) ** 2, sigma**2 + (theory * value) ** 2
    expected = -((x - value) ** 2) / (2.0 * total2) - 0.5 * np.log(total2 / there2)
    found = upper_half(np.array([x, value, 0.5 * value]), value, sigma, theory)
    assert found[0] == pytest.approx(expected, rel=1e-9, abs=1e-12)
    assert found[1:].tolist() == [0.0, 0.0]


def test_without_a_theory_error_there_is_none():
    x = np.array([1.0, 4.0, -3.0])
    for density in (gaussian, upper_half):
        np.testing.assert_array_equal(density(x, 2.0, 0.5), density(x, 2.0, 0.5, 0.0))
    assert gaussian(x, 2.0, 0.5)[1] == -8.0
