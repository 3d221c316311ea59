import numpy as np
import pytest
from numpy.testing import assert_allclose
from reference import scattering_oracle as oracle
from reference.couplings import couplings_of

from model.physics.constants import ALPHA, E_CHARGE, ELECTRON_MASS
from model.physics.hidden_sector.charges import dark_photon
from model.physics.laboratory.electron_scattering import HALO_SPEED2, reference_cross_section
from model.physics.quantities import DarkMatter, Spectrum

CM2 = 3.8938e-22  # 1 MeV^-2
CURRENTS = {"DIRAC": oracle.VECTOR, "MAJORANA": oracle.AXIAL, "DIRAC_CHIRAL": oracle.LEFT}


def sigma_e(kind, m_dm, m_u, g_dm, g_l, g_r):
    one = np.ones(1)
    spectrum = Spectrum(m_dm * one, m_u * one, one, one)
    return reference_cross_section(spectrum, couplings_of(g_dm, g_l, g_r), DarkMatter[kind])[0]


@pytest.mark.parametrize("alpha_d, epsilon, printed", [(0.1, 1e-5, 2.7e-38), (0.5, 1e-4, 1.4e-35)])
@pytest.mark.parametrize("kind", ["DIRAC", "SCALAR"])
def test_check_numbers_of_observations(kind, alpha_d, epsilon, printed):
    g = epsilon * E_CHARGE
    assert_allclose(sigma_e(kind, 3.0, 10.0, np.sqrt(4 * np.pi * alpha_d), -g, -g), printed, rtol=0.04)  # two digits


def test_formula_of_observations():
    one, alpha_d, epsilon = np.ones(1), 0.3, 2e-4
    m_dm, m_u = 0.8, 5.0
    couplings = dark_photon(np.sqrt(4 * np.pi * alpha_d) * one, epsilon * one)
    mu = m_dm * ELECTRON_MASS / (m_dm + ELECTRON_MASS)
    expected = 16 * np.pi * ALPHA * alpha_d * epsilon**2 * mu**2 / (m_u**2 + (ALPHA * ELECTRON_MASS) ** 2) ** 2 * CM2
    found = reference_cross_section(Spectrum(m_dm * one, m_u * one, one, one), couplings, DarkMatter.DIRAC)
    assert_allclose(found, expected, rtol=1e-4)


@pytest.mark.parametrize("left, right", [(1.0, 1.0), (-1.0, 1.0), (1.0, 0.0), (0.3, 1.0)], ids=["V", "A", "L", "mixed"])
@pytest.mark.parametrize("kind", CURRENTS)
def test_agrees_with_explicit_spinors(kind, left, right):
    # Heavy dark matter at rest, an electron with v_perp^2 = k^2/m_e^2 - q^2/4m_e^2 that of the halo and q = alpha m_e
    electron = [left * a + right * b for a, b in zip(oracle.LEFT, oracle.RIGHT, strict=True)]
    q = ALPHA * ELECTRON_MASS
    k = ELECTRON_MASS * np.sqrt(HALO_SPEED2 + ALPHA**2 / 4)
    m_dm, m_u = 3e3, 10.0
    p = oracle.momenta(m_dm, ELECTRON_MASS, k, 1 - q**2 / (2 * k**2))
    squared = oracle.squared_amplitude(CURRENTS[kind], electron, p, m_dm, ELECTRON_MASS, m_u) / 4
    expected = squared / (16 * np.pi * (m_dm + ELECTRON_MASS) ** 2) * CM2
    # what is left out: relativistic corrections of order alpha^2 to terms that are not small
    assert_allclose(sigma_e(kind, m_dm, m_u, 1.0, left, right), expected, rtol=5e-4)


def test_majorana_dark_matter_needs_an_axial_electron():
    vector = sigma_e("MAJORANA", 3.0, 10.0, 1.0, 1e-5, 1e-5)
    axial = sigma_e("MAJORANA", 3.0, 10.0, 1.0, -1e-5, 1e-5)
    assert 1e-6 < vector / axial < 1e-4
    assert_allclose(axial, 3 * sigma_e("DIRAC", 3.0, 10.0, 1.0, 1e-5, 1e-5), rtol=1e-12)


def test_no_points():
    none = np.empty(0)
    assert (
        reference_cross_section(Spectrum(none, none, none, none), dark_photon(none, none), DarkMatter.DIRAC).size == 0
    )


def test_dark_matter_at_the_earth_has_a_thousandth_of_the_speed_of_light():
    assert_allclose(HALO_SPEED2, (300.0 / 299_792.458) ** 2, rtol=0.01)
