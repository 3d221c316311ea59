from types import SimpleNamespace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from likelihoods.muon_g2 import Likelihood
from model.physics.constants import E_CHARGE, MUON_MASS
from model.physics.hidden_sector.charges import dark_photon
from model.physics.laboratory.magnetic_moment import moment_shift


def shift(epsilon, mass=10.0):
    couplings = dark_photon(np.ones(1), np.array([epsilon]))
    return moment_shift(np.array([mass]), couplings, MUON_MASS)


def test_muon_shift_is_the_reference_number():
    # docs/physics/laboratory.md 1: epsilon = 1e-3 at 10 MeV
    assert_allclose(shift(1e-3), 9.09e-10, rtol=5e-4)


def test_light_u_gives_the_schwinger_form():
    assert_allclose(shift(1e-3, 0.01), (1e-3 * E_CHARGE) ** 2 / (8 * np.pi**2), rtol=1e-3)


@pytest.mark.parametrize("era, value, sigma", [(2008, 29.5e-10, 8.8e-10), ("modern", 38.5e-11, 63.7e-11)])
def test_likelihood_is_a_gaussian_around_the_measured_shift(era, value, sigma):
    likelihood = Likelihood(era=era)
    points = np.array([value, value + 2.0 * sigma, 0.0])
    found = likelihood.log_likelihood(SimpleNamespace(delta_a_mu=points))
    assert_allclose(found, [0.0, -2.0, -0.5 * (value / sigma) ** 2], atol=1e-12)


def test_anomaly_of_2008_prefers_a_mixing_that_2025_excludes():
    preferred = SimpleNamespace(delta_a_mu=shift(1.8e-3))
    nothing = SimpleNamespace(delta_a_mu=np.zeros(1))
    assert Likelihood(era=2008).log_likelihood(preferred) > Likelihood(era=2008).log_likelihood(nothing) + 4.5
    assert Likelihood(era="modern").log_likelihood(preferred) < -5.0


def test_without_an_option_the_data_are_those_of_2008():
    assert Likelihood() == Likelihood(era=2008)
    assert Likelihood().data == Likelihood(era=2008).data
