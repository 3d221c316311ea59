"""X X -> U U: explicit sums over spins, thresholds, massless limits, and unitarity at high energies."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from reference import u_pair_oracle as oracle
from reference.couplings import couplings_of

from model.physics.hidden_sector.u_pair_annihilation import higgs_mass, sigma_v
from model.physics.quantities import DarkMatter, Spectrum

KINDS = {
    "majorana": DarkMatter.MAJORANA,
    "scalar": DarkMatter.SCALAR,
    "dirac": DarkMatter.DIRAC,
    "chiral": DarkMatter.DIRAC_CHIRAL,
}


def spectrum_of(m_dm, m_u, m_higgs=np.nan):
    m_dm, m_u, m_higgs = np.broadcast_arrays(*(np.atleast_1d(np.asarray(v, float)) for v in (m_dm, m_u, m_higgs)))
    return Spectrum(m_dm, m_u, m_higgs, m_higgs)


def u_pairs(kind, s, m_dm, m_u, g_dm=1.0, m_higgs=np.nan):
    spectrum = spectrum_of(m_dm, m_u, m_higgs)
    return sigma_v(np.asarray(s, float), spectrum, couplings_of(g_dm + 0 * spectrum.m_dm, 0.0, 0.0), KINDS[kind])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("m_u, m_higgs", [(1.0, 2.0), (5.0, 5.0), (9.5, 13.0), (12.0, 17.0), (19.0, 30.0)])
def test_matches_explicit_sums_over_spins_at_all_energies(kind, m_u, m_higgs):
    for factor in (1.0 + 1e-9, 1.01, 1.3, 2.0, 6.0):
        s = 4 * max(10.0, m_u) ** 2 * factor
        expected = oracle.sigma_v(kind, s, 10.0, m_u, angles=60, m_higgs=m_higgs)
        assert_allclose(u_pairs(kind, s, 10.0, m_u, m_higgs=m_higgs), expected, rtol=1e-7)


def test_threshold_is_the_published_s_wave():
    # docs/physics/cross_sections.md 4
    g, m, m_u = 0.3, 10.0, np.array([1.0, 5.0, 9.0])
    r = (m_u / m) ** 2
    expected = g**4 * (1 - r) ** 1.5 / (16 * np.pi * m**2 * (1 - r / 2) ** 2)
    for kind in ("majorana", "dirac"):
        assert_allclose(u_pairs(kind, 4 * m**2, m, m_u, g), expected, rtol=1e-9)
    scalar = 2 * (1 - r + 3 * r**2 / 8) / (1 - r) * expected
    assert_allclose(u_pairs("scalar", 4 * m**2, m, m_u, g), scalar, rtol=1e-9)


def test_massless_u_gives_two_photon_annihilation():
    # e+ e- -> gamma gamma: Berestetskii, Lifshitz and Pitaevskii, Quantum Electrodynamics, Eq. (88.16)
    g, m = 0.1, 10.0
    alpha = g**2 / (4 * np.pi)
    s = np.array([401.0, 900.0, 1e4])
    beta = np.sqrt(1 - 4 * m**2 / s)
    log = np.log((1 + beta) / (1 - beta))
    sigma = 2 * np.pi * alpha**2 / (s * beta**2) * ((3 - beta**4) * log - 2 * beta * (2 - beta**2)) / 2
    assert_allclose(u_pairs("dirac", s, m, 1e-4, g), sigma * 2 * beta, rtol=1e-6)


@pytest.mark.parametrize("kind", ["majorana", "chiral"])
def test_the_hidden_higgs_boson_restores_unitarity(kind):
    # s times sigma v approaches a constant up to logarithms; without the Higgs boson it grows as s^2.
    m, m_u = 10.0, 4.0
    s = 400.0 * np.array([1e3, 1e4])
    bounded = s * u_pairs(kind, s, m, m_u, m_higgs=5.0)
    assert bounded[1] / bounded[0] < 1.4
    decoupled = [v * oracle.sigma_v(kind, v, m, m_u, angles=400, m_higgs=1e9) for v in s]
    assert_allclose(decoupled[1] / decoupled[0], 10.0, rtol=0.05)


def test_longitudinal_pairs_are_goldstone_pairs_at_high_energies():
    # Equivalence: X X -> U U is then that of a real scalar and pseudoscalar of Yukawa coupling y = 2 g m_X/m_U, which
    # grows as (m_X/m_U)^4 relative to transverse pairs.
    s = np.array([4e6])
    light, lighter = (u_pairs("majorana", s, 10.0, m_u, m_higgs=m_u) for m_u in (0.2, 0.1))
    assert_allclose(lighter / light, 16.0, rtol=0.01)


def test_below_threshold_nothing():
    assert u_pairs("majorana", 4 * 11.9**2, 10.0, 12.0)[0] == 0.0
    assert u_pairs("majorana", 4 * 9.9**2, 10.0, 5.0)[0] == 0.0


@pytest.mark.parametrize("kind", KINDS)
def test_is_not_negative_and_quartic_in_the_coupling(kind):
    s = 4 * 12.0**2 * (1.0 + np.geomspace(1e-14, 1e3, 40))
    for m_u in (0.02, 3.0, 11.9999, 12.0, 23.0):
        one = u_pairs(kind, s, 12.0, m_u)
        assert np.all(one >= 0.0)
        assert_allclose(u_pairs(kind, s, 12.0, m_u, 2.0), 16.0 * one, rtol=1e-12)


def test_higgs_boson_is_the_models_own_or_has_the_mass_of_u():
    assert_allclose(higgs_mass(spectrum_of(10.0, 8.0, [np.nan, 11.0])), [8.0, 11.0])


def test_a_resonant_higgs_boson_is_refused():
    with pytest.raises(ValueError, match="m_scalar must be below"):
        u_pairs("majorana", 500.0, 10.0, 8.0, m_higgs=21.0)


def test_no_points_give_an_empty_array():
    assert u_pairs("dirac", np.empty(0), np.empty(0), np.empty(0), np.empty(0)).shape == (0,)
