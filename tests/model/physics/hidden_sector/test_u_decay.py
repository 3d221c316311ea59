"""Widths of U: closed forms, thresholds, an independent copy of the formulas, and symmetries."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from reference import relic_oracle as oracle
from reference.couplings import couplings_of

from model.physics.constants import ALPHA, CHARGED_PION_MASS, E_CHARGE, ELECTRON_MASS, MUON_MASS
from model.physics.hidden_sector.charges import visible_couplings
from model.physics.hidden_sector.u_decay import partial_widths
from model.physics.quantities import DarkMatter, Spectrum, Widths

KINDS = {
    "majorana": DarkMatter.MAJORANA,
    "scalar": DarkMatter.SCALAR,
    "dirac": DarkMatter.DIRAC,
    "chiral": DarkMatter.DIRAC_CHIRAL,
}
CHANNELS = ("electrons", "muons", "taus", "neutrinos", "hadrons", "dark_matter")
couplings = st.floats(min_value=-1.0, max_value=1.0).filter(lambda g: g == 0.0 or abs(g) > 1e-8)
masses = st.floats(min_value=0.1, max_value=5e3)  # [MeV]


def widths(kind, m_dm, m_u, g_dm, g_l, g_r, g_h=0.0) -> Widths:
    m_dm, m_u, g_dm, g_l, g_r, g_h = (
        np.array(column, dtype=float)
        for column in np.broadcast_arrays(*(np.atleast_1d(v) for v in (m_dm, m_u, g_dm, g_l, g_r, g_h)))
    )
    nan = np.full(m_dm.shape, np.nan)
    return partial_widths(Spectrum(m_dm, m_u, nan, nan), couplings_of(g_dm, g_l, g_r, g_h), kind)


def test_dark_photon_width_is_alpha_over_three():
    epsilon = 1e-3
    result = widths(DarkMatter.MAJORANA, 1e3, 100.0, 0.1, epsilon * E_CHARGE, epsilon * E_CHARGE)
    r = (ELECTRON_MASS / 100.0) ** 2
    expected = epsilon**2 * ALPHA * 100.0 / 3.0 * np.sqrt(1 - 4 * r) * (1 + 2 * r)
    assert_allclose(result.electrons, expected, rtol=1e-12)


def test_electrons_and_muons_are_universal_far_above_threshold():
    result = widths(DarkMatter.DIRAC, 10.0, 1e5, 0.1, 1e-3, 2e-3)
    assert_allclose(result.muons, result.electrons, rtol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "point",
    [
        (3.0, 9.0, 0.5, 1e-3, 1e-3, 0.0),
        (10.0, 25.0, 1.0, 1e-4, -2e-4, 0.0),
        (0.6, 1.1, 0.1, 1e-5, 0.0, 0.0),
        (100.0, 211.32, 0.1, 1e-3, 1e-3, 1e-3),
        (150.0, 775.0, 3.5, 1e-2, 1e-2, 1e-2),
        (300.0, 280.0, 0.3, 1e-3, 5e-4, 2e-3),
        (900.0, 3600.0, 0.3, 1e-3, 5e-4, 2e-3),
    ],
)
def test_matches_the_independent_formulas(kind, point):
    expected = oracle.gamma_channels(oracle.Case(kind, *point))
    result = widths(KINDS[kind], *point)
    for channel in CHANNELS:
        rtol = 1e-6 if channel == "hadrons" else 1e-12  # the slope of a logarithm is a difference in the oracle
        assert_allclose(getattr(result, channel), expected[channel], rtol=rtol)


@pytest.mark.parametrize(
    "channel, mass",
    [("electrons", ELECTRON_MASS), ("muons", MUON_MASS), ("hadrons", CHARGED_PION_MASS), ("dark_matter", 50.0)],
)
def test_channel_opens_continuously_at_twice_the_mass(channel, mass):
    below, at, above = 2 * mass * (1 - 1e-9), 2 * mass, 2 * mass * (1 + 1e-9)
    result = getattr(widths(DarkMatter.DIRAC, 50.0, np.array([below, at, above]), 1.0, 1.0, 1.0, 1.0), channel)
    assert_allclose(result[:2], 0.0, atol=0.0)
    assert 0.0 < result[2] < 1e-3 * mass


@pytest.mark.parametrize("assignment, electrons", [("kinetic_mixing", 1.0), ("hypercharge", 0.625), ("universal", 0.4)])
def test_u_below_its_dark_matter_shares_its_decays_between_electrons_and_neutrinos(assignment, electrons):
    one = np.ones(1)
    spectrum, charged = Spectrum(60.0 * one, 100.0 * one, one, one), visible_couplings(assignment, one, 1e-4 * one, one)
    result = partial_widths(spectrum, charged, DarkMatter.MAJORANA)
    assert_allclose(result.electrons / result.total, electrons, rtol=1e-4)
    assert_allclose(result.visible + result.invisible, result.total, rtol=1e-14)


@given(st.sampled_from(list(DarkMatter)), masses, masses, couplings, couplings, couplings)
@settings(max_examples=50, deadline=None)
def test_widths_are_not_negative_and_blind_to_overall_signs(kind, m_dm, m_u, g_dm, g_l, g_r):
    result = widths(kind, m_dm, m_u, g_dm, g_l, g_r, g_l)
    mirrored = widths(kind, m_dm, m_u, -g_dm, -g_l, -g_r, -g_l)
    swapped = widths(kind, m_dm, m_u, g_dm, g_r, g_l, g_l)
    for channel in CHANNELS:
        assert getattr(result, channel) >= 0.0
        assert_allclose(getattr(mirrored, channel), getattr(result, channel), rtol=0.0)
        assert_allclose(getattr(swapped, channel), getattr(result, channel), rtol=1e-9)


@given(st.sampled_from(list(DarkMatter)), masses, masses)
@settings(max_examples=30, deadline=None)
def test_widths_are_quadratic_in_the_couplings(kind, m_dm, m_u):
    one = widths(kind, m_dm, m_u, 0.1, 1e-3, -2e-3, 1e-3)
    two = widths(kind, m_dm, m_u, 0.2, 2e-3, -4e-3, 2e-3)
    assert_allclose(two.total, 4.0 * one.total, rtol=1e-12)


def test_empty_batch_and_missing_vacuum():
    assert widths(DarkMatter.MAJORANA, [], [], [], [], []).total.shape == (0,)
    nan = np.nan
    assert np.isnan(widths(DarkMatter.MAJORANA, nan, nan, 1.0, 1e-3, 1e-3).total).all()


def test_rejects_masses_that_are_not_positive():
    with pytest.raises(ValueError, match="m_u must be > 0 MeV, got -1"):
        widths(DarkMatter.SCALAR, 1.0, [-1.0, 2.0], 1.0, 1e-3, 1e-3)
