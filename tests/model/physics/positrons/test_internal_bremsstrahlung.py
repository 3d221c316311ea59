import numpy as np
import pytest
from numpy.testing import assert_allclose
from reference import in_flight_oracle as oracle

from model.physics.constants import ALPHA, ELECTRON_MASS
from model.physics.positrons.internal_bremsstrahlung import photon_number, spectrum


@pytest.mark.parametrize(
    "mass, printed", [(2.0, 0.003), (3.0, 0.0087), (5.0, 0.020), (10.0, 0.044), (20.0, 0.078), (50.0, 0.127)]
)
def test_photons_above_one_mev(mass, printed):
    # docs/physics/galaxy.md 6; its number at 50 MeV counts up to 30 MeV (all of them are 0.137)
    assert_allclose(photon_number(np.array([mass]), 1.0, 30.0), printed, rtol=0.02)


@pytest.mark.parametrize("low, high", [(1.0, 30.0), (0.77, 1.15), (8.4, 11.2)])
def test_numbers_are_those_of_the_oracle(low, high):
    masses = np.array([1.2, 2.0, 9.0, 11.0, 12.0, 35.0, 500.0])
    expected = [oracle.internal(mass, low, high) for mass in masses]
    assert_allclose(photon_number(masses, low, high), expected, rtol=1e-3, atol=1e-9)


def test_soft_limit():
    # dN/dE -> (2 alpha/pi) (ln 4 m^2/m_e^2 - 1) / E
    expected = 2.0 * ALPHA / np.pi * (np.log(4.0 * 100.0 / ELECTRON_MASS**2) - 1.0) / 1e-6
    assert_allclose(spectrum(np.array([10.0]), np.array([1e-6])), expected, rtol=1e-6)


def test_nothing_beyond_the_endpoint():
    assert spectrum(np.array([5.0]), np.array([5.0, 6.0])).tolist() == [0.0, 0.0]
    assert photon_number(np.array([0.52, 0.9]), 1.0, 2.0).tolist() == [0.0, 0.0]
    assert photon_number(np.empty(0), 1.0, 2.0).shape == (0,)
