"""Schwinger's correction: its limits, the exact one-loop function, and its size in the relic abundance."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from reference import relic_oracle as oracle
from reference.couplings import couplings_of

from model.physics.constants import ALPHA, E_CHARGE, ELECTRON_MASS
from model.physics.early_universe.freeze_out import Assumptions, relic_abundance, thermal_average
from model.physics.early_universe.thermal_history import standard_thermal_history
from model.physics.hidden_sector.annihilation import low_velocity
from model.physics.hidden_sector.final_state_correction import corrected_velocity
from model.physics.hidden_sector.u_decay import partial_widths
from model.physics.quantities import DarkMatter, Spectrum


def point(kind, m_dm, m_u, g_dm=0.3, epsilon=1e-5, one_loop=True):
    m_dm, m_u = np.broadcast_arrays(*np.atleast_1d(m_dm * 1.0, m_u * 1.0))
    none = np.full(m_dm.shape, np.nan)
    g = epsilon * E_CHARGE + 0.0 * m_dm
    spectrum, couplings = Spectrum(m_dm, m_u, none, none), couplings_of(g_dm, -g, -g)
    return spectrum, couplings, partial_widths(spectrum, couplings, kind, one_loop=one_loop), kind


def test_limits_are_coulomb_attraction_and_three_alpha_over_four_pi():
    slow, fast = np.array([1e-6]), np.array([1.0])
    assert_allclose(corrected_velocity(slow) - slow, np.pi * ALPHA / 2, rtol=1e-5)
    assert_allclose(corrected_velocity(fast), 1 + 3 * ALPHA / (4 * np.pi), rtol=1e-12)
    assert corrected_velocity(np.zeros(1))[0] == 0.0
    assert corrected_velocity(np.array([0.3]), one_loop=False)[0] == 0.3


def test_widths_and_the_annihilation_of_today_have_the_same_factor():
    m_dm = np.array([0.53, 0.62, 1.0, 10.0])
    one, tree = (point(DarkMatter.MAJORANA, m_dm, 3 * m_dm, one_loop=flag) for flag in (True, False))
    beta = np.sqrt(1 - (ELECTRON_MASS / m_dm) ** 2)
    ratio = low_velocity(*tree, one_loop=True).p_wave / low_velocity(*tree).p_wave
    assert_allclose(ratio, corrected_velocity(beta) / beta, rtol=1e-12)
    assert_allclose(ratio[0] - 1.0, 0.035, rtol=0.02)
    beta = np.sqrt(1 - (2 * ELECTRON_MASS / (3 * m_dm)) ** 2)
    assert_allclose(one[2].electrons / tree[2].electrons, corrected_velocity(beta) / beta, rtol=1e-12)


@pytest.mark.parametrize("kind, m_dm, m_u", [("majorana", 0.53, 1.6), ("dirac", 0.6, 1.15), ("chiral", 0.45, 1.3)])
def test_average_matches_quadrature(kind, m_dm, m_u):
    kinds = {"majorana": DarkMatter.MAJORANA, "dirac": DarkMatter.DIRAC, "chiral": DarkMatter.DIRAC_CHIRAL}
    values = point(kinds[kind], m_dm, m_u)
    g = 1e-5 * E_CHARGE
    case = oracle.Case(kind, m_dm, m_u, 0.3, -g, -g, alpha=ALPHA)
    x = np.array([5.0, 20.0, 100.0])
    assert_allclose(thermal_average(x, *values, one_loop=True)[0], oracle.thermal_average(case, x), rtol=1e-5)


def test_abundance_falls_by_the_known_amounts():
    # docs/physics/cross_sections.md 1, far from the pole of U
    m_dm = np.array([0.53, 0.62, 1.0, 10.0])
    history = standard_thermal_history()
    epsilon = 1.5e-4 * m_dm / E_CHARGE  # about the measured abundance
    values = (DarkMatter.MAJORANA, m_dm, 8 * m_dm, 0.3, epsilon)
    tree = relic_abundance(*point(*values, one_loop=False), history).omega_h2
    corrected = relic_abundance(*point(*values), history, Assumptions(one_loop=True)).omega_h2
    assert_allclose(corrected / tree - 1, [-0.017, -0.008, -0.003, -0.0014], rtol=0.12)
