from types import SimpleNamespace

import numpy as np
from numpy.testing import assert_allclose, assert_array_equal
from scipy.optimize import brentq

from likelihoods.kinetic_mixing import Likelihood
from model.physics.hidden_sector.z_mixing import w_mass_gev

W_MASS = Likelihood(include=("w_mass",))
COS_THETA_W = np.sqrt(1 - 0.2312)


def prediction(chi):
    m_w = w_mass_gev(np.atleast_1d(chi))
    return SimpleNamespace(m_w_gev=m_w, reason=np.zeros(m_w.shape, dtype=np.int8))


def test_w_mass_is_gaussian_with_both_errors():
    # docs/physics/laboratory.md 2: 80.353 (1 - 0.165 chi^2) against 80.3692, sigma = hypot(0.0133, 0.006)
    chi = np.array([0.0, 0.01, 0.03, 0.1])
    pull = (80.353 * (1 - 0.165 * chi**2) - 80.3692) / np.hypot(0.0133, 0.006)
    assert_allclose(W_MASS.log_likelihood(prediction(chi)), -0.5 * pull**2, rtol=1e-9)


def test_two_sigma_limit_is_the_published_one():
    # docs/physics/laboratory.md 2: chi < 0.031 and eps < 0.027 at 2 sigma
    chi = brentq(lambda x: W_MASS.log_likelihood(prediction(x))[0] + 2.0, 1e-3, 0.1)
    assert f"{chi:.3f}" == "0.031"
    assert f"{chi * COS_THETA_W:.3f}" == "0.027"


def test_likelihood_is_the_sum_of_its_experiments():
    chi = np.array([1e-8, 0.02, 0.1])
    experiments = W_MASS.experiments(prediction(chi))
    assert "w_mass" in experiments
    assert_array_equal(sum(experiments.values()), W_MASS.log_likelihood(prediction(chi)))


def test_there_are_no_points_without_points():
    assert W_MASS.log_likelihood(prediction(np.empty(0))).shape == (0,)
