from types import SimpleNamespace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from likelihoods.flux_511kev import Likelihood


def prediction(flux=1e-3, rate=3e42):
    return SimpleNamespace(flux_511kev=np.atleast_1d(flux), positron_rate=np.atleast_1d(rate))


@pytest.mark.parametrize("era, value, sigma", [(2008, 1.05e-3, 0.06e-3), ("modern", 0.96e-3, 0.07e-3)])
def test_flux_is_gaussian_with_ten_percent_of_theory_error(era, value, sigma):
    # docs/physics/model.md 7
    flux = np.array([0.0, 0.5e-3, value, 2e-3, 1e-2])
    total = np.hypot(sigma, 0.10 * flux)
    expected = -0.5 * ((flux - value) / total) ** 2 - np.log(total / sigma)
    assert_allclose(Likelihood(era=era).log_likelihood(prediction(flux)), expected, rtol=1e-12)


def test_no_flux_is_excluded_by_the_detection():
    assert_allclose(Likelihood().log_likelihood(prediction(0.0)), -0.5 * (1.05 / 0.06) ** 2, rtol=1e-12)


def test_theory_error_may_be_switched_off():
    found = Likelihood(theory_error=0.0).log_likelihood(prediction([1.05e-3, 1.17e-3]))
    assert_allclose(found, [0.0, -2.0], atol=1e-12)


@pytest.mark.parametrize("dex, expected", [(0.0, 0.0), (0.3, -0.5), (-0.3, -0.5), (0.6, -2.0)])
def test_papers_rate_is_log_normal_with_0_3_dex(dex, expected):
    # docs/physics/galaxy.md 4
    found = Likelihood(rate_convention="paper").log_likelihood(prediction(rate=3e42 * 10**dex))
    assert_allclose(found, expected, atol=1e-12)


def test_a_rate_of_zero_is_forbidden_and_not_nan():
    with np.errstate(divide="ignore"):
        assert Likelihood(rate_convention="paper").log_likelihood(prediction(rate=0.0))[0] == -np.inf


def test_the_two_conventions_use_their_own_datum():
    assert Likelihood().data[0].observable == "flux_511kev"
    assert Likelihood(rate_convention="paper").data[0].observable == "positron_rate"


def test_positronium_is_its_nuisance():
    assert [parameter.name for parameter in Likelihood.parameters] == ["f_ps"]
