import numpy as np
import pytest
from numpy.testing import assert_allclose

from likelihoods.quarkonium import searches
from model.physics.constants import E_CHARGE
from model.physics.hidden_sector.charges import dark_photon, visible_couplings
from model.physics.hidden_sector.u_decay import partial_widths
from model.physics.laboratory.quarkonium import invisible_branching, radiative_invisible_branching
from model.physics.quantities import DarkMatter, Spectrum

ONE = np.ones(1)
PSI, UPSILON = searches()["j_psi"].state, searches()["upsilon_1s"].state


def inputs(couplings, kind=DarkMatter.DIRAC, m_dm=3.0, m_u=10.0):
    spectrum = Spectrum(m_dm * ONE, m_u * ONE, ONE, ONE)
    return spectrum, couplings, partial_widths(spectrum, couplings, kind)


@pytest.mark.parametrize("state", [PSI, UPSILON], ids=["psi", "upsilon"])
def test_a_dark_photon_with_the_charge_of_the_electron_doubles_the_electrons(state):
    # Dirac dark matter of charge e behind a U of charge e: as many pairs as electrons, if both are light
    found = invisible_branching(state, *inputs(dark_photon(E_CHARGE * ONE, ONE)), DarkMatter.DIRAC)
    assert_allclose(found, state.br_ee, rtol=1e-4)


@pytest.mark.parametrize("kind, share", [("MAJORANA", 0.5), ("SCALAR", 0.25), ("DIRAC_CHIRAL", 0.5)])
def test_spins_of_the_dark_matter(kind, share):
    couplings = dark_photon(0.3 * ONE, 1e-2 * ONE)
    dirac = invisible_branching(UPSILON, *inputs(couplings), DarkMatter.DIRAC)
    found = invisible_branching(UPSILON, *inputs(couplings, DarkMatter[kind]), DarkMatter[kind])
    assert_allclose(found, share * dirac, rtol=1e-4)


def test_bound_of_fayet_on_vector_couplings():
    # 0910.2587: |c_chi f_bV| < 5e-3 from BR(Upsilon -> invisible) < 3e-4
    couplings = visible_couplings("universal", ONE, 5e-3 * ONE, ONE)
    couplings = type(couplings)(**{**vars(couplings), "g_nu": 0 * ONE})
    found = invisible_branching(UPSILON, *inputs(couplings, DarkMatter.MAJORANA), DarkMatter.MAJORANA)
    assert_allclose(found, 3e-4, rtol=0.15)


def test_bound_of_fayet_on_axial_couplings():
    # hep-ph/0702176: below about 1e-6 m_U/MeV from BR(Upsilon -> gamma + invisible) of CLEO, 1.3e-5
    template = dark_photon(ONE, 1e-9 * ONE)
    axial = type(template)(**{**vars(template), "g_d_l": -8e-6 * ONE, "g_d_r": 8e-6 * ONE})
    assert_allclose(radiative_invisible_branching(UPSILON, *inputs(axial, m_u=10.0)), 1.3e-5, rtol=0.3)


def test_vector_couplings_make_no_photon_and_axial_ones_no_pair():
    vector = dark_photon(ONE, 1e-3 * ONE)
    axial = type(vector)(
        **{**vars(vector), "g_u_l": -1e-3 * ONE, "g_u_r": 1e-3 * ONE, "g_d_l": -1e-3 * ONE, "g_d_r": 1e-3 * ONE}
    )
    for state in (PSI, UPSILON):
        assert radiative_invisible_branching(state, *inputs(vector)) == 0.0
        assert invisible_branching(state, *inputs(axial), DarkMatter.DIRAC) == 0.0
        assert radiative_invisible_branching(state, *inputs(axial)) > 0.0


def test_three_neutrinos_count_as_invisible():
    # hypercharge: Q = T3 + Y; neutrinos have half of the width of a Dirac fermion of the same charge
    couplings = visible_couplings("hypercharge", ONE, 1e-3 * ONE, 1e-12 * ONE)
    found = invisible_branching(PSI, *inputs(couplings), DarkMatter.DIRAC)
    unit = couplings.g_e_r[0] ** 2
    expected = PSI.br_ee * (5 / 12) ** 2 / (4 / 9) * unit / E_CHARGE**2 * 3 * 0.25 * unit / 2 / E_CHARGE**2
    assert_allclose(found, expected, rtol=1e-4)


def test_a_u_that_decays_to_electrons_is_seen():
    couplings = visible_couplings("hypercharge", ONE, 1e-3 * ONE, 1e-6 * ONE)
    assert radiative_invisible_branching(UPSILON, *inputs(couplings, m_dm=6.0)) == 0.0


def test_the_photon_takes_its_phase_space_until_u_is_as_heavy_as_the_state():
    # m_U^2 BR is 1 - (m_U/m_V)^2 of its value for a light U
    template = dark_photon(ONE, 1e-9 * ONE)
    axial = type(template)(**{**vars(template), "g_d_l": -8e-6 * ONE, "g_d_r": 8e-6 * ONE})
    masses = np.array([1e-3, 0.5, 0.9, 1.01]) * UPSILON.mass
    found = np.array([radiative_invisible_branching(UPSILON, *inputs(axial, m_u=m))[0] * m**2 for m in masses])
    assert_allclose(found / found[0], [1.0, 0.75, 0.19, 0.0], rtol=1e-5)
