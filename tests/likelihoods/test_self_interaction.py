from types import SimpleNamespace

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import halfnorm

from likelihoods.self_interaction import Likelihood


def at(likelihood, sigma_over_m):
    return likelihood.log_likelihood(SimpleNamespace(self_interaction=np.atleast_1d(sigma_over_m)))


@pytest.mark.parametrize(
    "likelihood, limit, confidence",
    [(Likelihood(), 1.25, 0.683), (Likelihood(era="modern"), 1.0, 0.954)],
    ids=["Bullet", "modern"],
)
def test_half_gaussian_reproduces_the_published_limit(likelihood, limit, confidence):
    (datum,) = likelihood.data
    assert_allclose(halfnorm(scale=datum.sigma).cdf(limit), confidence, rtol=2e-3)
    assert_allclose(at(likelihood, limit), -0.5 * (limit / datum.sigma) ** 2, rtol=1e-14)


def test_no_signal_is_zero():
    assert at(Likelihood(), 0.0) == 0.0


def test_strict_is_five_times_stricter_than_modern():
    assert_allclose(at(Likelihood(era="modern", strict=True), 0.3) / at(Likelihood(era="modern"), 0.3), 25.0)


def test_strict_did_not_exist_in_2008():
    with pytest.raises(ValueError, match="strict"):
        Likelihood(strict=True)
