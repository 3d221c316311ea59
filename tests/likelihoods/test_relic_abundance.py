from types import SimpleNamespace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from likelihoods.relic_abundance import Likelihood


def prediction(omega):
    return SimpleNamespace(omega_h2=np.atleast_1d(omega))


@pytest.mark.parametrize("era, value, sigma", [(2008, 0.1099, 0.0062), ("modern", 0.1200, 0.0012)])
def test_abundance_is_gaussian_with_five_percent_of_theory_error(era, value, sigma):
    # theory.md 10
    omega = np.array([1e-6, 0.05, value, 0.15, 3.0])
    total = np.hypot(sigma, 0.05 * omega)
    expected = -0.5 * ((omega - value) / total) ** 2 - np.log(total / sigma)
    assert_allclose(Likelihood(era=era).log_likelihood(prediction(omega)), expected, rtol=1e-12)


def test_too_little_is_as_bad_as_too_much():
    # a measurement, not an upper limit
    found = Likelihood(theory_error=0.0).log_likelihood(prediction([0.1099 - 0.0124, 0.1099 + 0.0124]))
    assert_allclose(found, [-2.0, -2.0], rtol=1e-9)


def test_theory_error_is_an_option():
    far = prediction(0.2)
    assert Likelihood(theory_error=0.2).log_likelihood(far)[0] > Likelihood(theory_error=0.01).log_likelihood(far)[0]
