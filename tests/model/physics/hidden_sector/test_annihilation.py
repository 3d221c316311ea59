"""Cross-sections: an independent copy of the formulas, low-velocity limits, published numbers, symmetries."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from reference import relic_oracle as oracle
from reference.couplings import couplings_of

from model.physics.constants import ELECTRON_MASS, MUON_MASS
from model.physics.hidden_sector import annihilation
from model.physics.hidden_sector.charges import visible_couplings
from model.physics.hidden_sector.u_decay import partial_widths
from model.physics.quantities import Couplings, DarkMatter, Spectrum, Widths
from model.physics.units import CM3_S_PER_MEV_MINUS2

KINDS = {
    "majorana": DarkMatter.MAJORANA,
    "scalar": DarkMatter.SCALAR,
    "dirac": DarkMatter.DIRAC,
    "chiral": DarkMatter.DIRAC_CHIRAL,
}


def point(m_dm, m_u, g_dm, g_l, g_r, g_h=0.0) -> tuple[Spectrum, Couplings]:
    m_dm, m_u, g_dm, g_l, g_r, g_h = (
        np.array(column, dtype=float)
        for column in np.broadcast_arrays(*(np.atleast_1d(v) for v in (m_dm, m_u, g_dm, g_l, g_r, g_h)))
    )
    nan = np.full(m_dm.shape, np.nan)
    return Spectrum(m_dm, m_u, nan, nan), couplings_of(g_dm, g_l, g_r, g_h)


def with_widths(kind, *values):
    spectrum, couplings = point(*values)
    return spectrum, couplings, partial_widths(spectrum, couplings, kind), kind


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "values",
    [
        (10.0, 30.0, 0.3, 1e-4, 1e-4, 0.0),
        (3.0, 7.5, 1.0, 2e-6, 0.0, 0.0),
        (0.55, 1.3, 0.1, 1e-5, -1e-5, 0.0),
        (100.0, 150.0, 0.1, 1e-3, 5e-4, 1e-3),
        (380.0, 770.0, 1.0, 1e-3, 1e-3, 1e-3),
    ],
)
def test_matches_the_independent_formulas(kind, values):
    case = oracle.Case(kind, *values)
    inputs = with_widths(KINDS[kind], *values)
    energy = 2 * case.m_dm * np.array([[1.001], [1.1], [1.5], [3.0]])
    s = energy**2
    expected = np.zeros(4)
    for channel in oracle.CHANNELS:
        open_here = s[:, 0] > 4 * oracle.MASSES[channel] ** 2
        expected[open_here] += oracle.sigma_v(case, channel, s[open_here, 0], s[open_here, 0] - case.m_u**2)
    assert_allclose(annihilation.sigma_v(s, *inputs)[:, 0], expected, rtol=1e-6)


@pytest.mark.parametrize("assignment, ratio", [("hypercharge", 0.6), ("universal", 1.5), ("kinetic_mixing", 0.0)])
def test_neutrinos_are_three_left_handed_massless_leptons(assignment, ratio):
    # Over e+e- far above its threshold: 3 g_nu^2 / (g_L^2 + g_R^2)
    one = np.ones(1)
    couplings = visible_couplings(assignment, one, 1e-4 * one, one)
    spectrum = Spectrum(3.0e2 * one, 1e3 * one, one, one)
    inputs = spectrum, couplings, partial_widths(spectrum, couplings, DarkMatter.MAJORANA), DarkMatter.DIRAC
    s = np.array([1e6])
    electrons = annihilation.sigma_v_leptons(s, ELECTRON_MASS, *inputs)
    assert_allclose(annihilation.sigma_v_neutrinos(s, *inputs) / electrons, ratio, rtol=1e-5)


def test_cross_section_on_a_narrow_pole_is_that_of_breit_and_wigner():
    values = (10.0, 21.0, 1e-3, 1e-6, 1e-6)
    spectrum, couplings, widths, kind = with_widths(DarkMatter.DIRAC, *values)
    s = spectrum.m_u**2
    # sigma = (2J+1)/(2s+1)^2 pi/p^2 Gamma_XX Gamma_ee / [(E - m_U)^2 + Gamma^2/4], times v = 2 beta
    momentum2 = s / 4 - spectrum.m_dm**2
    sigma = 3 / 4 * np.pi / momentum2 * 4 * widths.dark_matter * widths.electrons / widths.total**2
    beta = np.sqrt(momentum2 * 4 / s)
    result = annihilation.sigma_v_leptons(s, ELECTRON_MASS, spectrum, couplings, widths, kind, s_minus_mu2=np.zeros(1))
    assert_allclose(result, sigma * 2 * beta, rtol=1e-9)


def test_published_low_velocity_form():
    m, m_u, g, ge = 5.0, 17.0, 0.3, 1e-5
    expected = (
        g**2 * ge**2 * m**2 * np.sqrt(1 - ELECTRON_MASS**2 / m**2) * (1 + ELECTRON_MASS**2 / (2 * m**2))
        / (6 * np.pi * (m_u**2 - 4 * m**2) ** 2)
    )  # fmt: skip
    for kind in (DarkMatter.MAJORANA, DarkMatter.SCALAR):
        spectrum, couplings = point(m, m_u, g, ge, ge)
        narrow = Widths(*(np.full(1, 1e-9) for _ in range(6)))
        result = annihilation.low_velocity(spectrum, couplings, narrow, kind)
        assert_allclose(result.p_wave, expected, rtol=1e-12)
        assert_allclose(result.s_wave, 0.0, atol=0.0)


@pytest.mark.parametrize("kind", list(DarkMatter))
def test_low_velocity_is_the_limit_of_the_full_cross_section(kind):
    inputs = with_widths(kind, 5.0, 17.0, 0.3, 1e-5, 3e-6)
    low = annihilation.low_velocity(*inputs)
    v_rel = 1e-4
    s = 4 * 5.0**2 / (1 - v_rel**2 / 4)
    full = annihilation.sigma_v_leptons(np.array([s]), ELECTRON_MASS, *inputs)
    assert_allclose(low.s_wave + low.p_wave * v_rel**2, full, rtol=1e-7)


def test_only_a_chiral_current_gives_majorana_dark_matter_an_s_wave():
    chiral = annihilation.low_velocity(*with_widths(DarkMatter.MAJORANA, 3.0, 7.5, 1.0, 1e-5, 0.0))
    vector = annihilation.low_velocity(*with_widths(DarkMatter.MAJORANA, 3.0, 7.5, 1.0, 1e-5, 1e-5))
    assert chiral.s_wave > 0.0
    assert vector.s_wave == 0.0


def test_s_wave_of_majorana_ignores_the_resonance():
    ratio = np.array([1.5, 2.0, 2.5])
    spectrum, couplings, widths, kind = with_widths(DarkMatter.MAJORANA, 3.0, 3.0 * ratio, 1.0, 1e-5, 0.0)
    narrow = Widths(*(np.full(3, 1e-9) for _ in range(6)))
    s_wave = annihilation.low_velocity(spectrum, couplings, narrow, kind).s_wave
    assert_allclose(s_wave[[0, 2]] * ratio[[0, 2]] ** 4, s_wave[0] * ratio[0] ** 4, rtol=1e-12)
    assert widths.total.shape == (3,)


@given(
    st.sampled_from(list(DarkMatter)),
    st.floats(min_value=0.6, max_value=2e3),
    st.floats(min_value=0.3, max_value=30.0),
    st.floats(min_value=-1e-2, max_value=1e-2),
    st.floats(min_value=-1e-2, max_value=1e-2),
)
@settings(max_examples=50, deadline=None)
def test_is_not_negative_and_blind_to_overall_signs(kind, m_dm, ratio, g_l, g_r):
    inputs = with_widths(kind, m_dm, m_dm * ratio, 0.3, g_l, g_r, 1e-3)
    mirrored = with_widths(kind, m_dm, m_dm * ratio, -0.3, -g_l, -g_r, -1e-3)
    s = 4 * m_dm**2 * np.geomspace(0.5, 30.0, 7)[:, np.newaxis]
    result = annihilation.sigma_v(s, *inputs)
    assert np.all(result >= 0.0)
    assert result[0] == 0.0  # below 4 m^2
    assert_allclose(annihilation.sigma_v(s, *mirrored), result, rtol=1e-14)


def test_muons_are_closed_below_their_threshold():
    inputs = with_widths(DarkMatter.DIRAC, 90.0, 400.0, 0.3, 1e-3, 1e-3)
    energy = 2 * MUON_MASS * np.array([[1 - 1e-9], [1 + 1e-9]])
    result = annihilation.sigma_v_leptons(energy**2, MUON_MASS, *inputs)
    assert result[0] == 0.0
    assert result[1] > 0.0


def test_threshold_of_u_pairs():
    ratio = np.array([1.79, 1.81, 1.59, 1.61, 1.49, 1.51, 1.79, 1.49, np.nan])
    g = np.array([1.0, 1.0, 0.3, 0.3, 0.1, 0.1, 3.0, 0.0, 1.0])
    spectrum, couplings = point(10.0, 10.0 * ratio, g, 0.0, 0.0)
    expected = [True, False, True, False, True, False, True, True, False]
    assert annihilation.u_pair_channel_matters(spectrum, couplings).tolist() == expected


def test_unit_of_the_reference():
    assert_allclose(CM3_S_PER_MEV_MINUS2, 1.16733e-11, rtol=1e-5)


def test_empty_batch():
    inputs = with_widths(DarkMatter.MAJORANA, [], [], [], [], [])
    assert annihilation.low_velocity(*inputs).s_wave.shape == (0,)
    assert annihilation.sigma_v(np.empty(0), *inputs).shape == (0,)
