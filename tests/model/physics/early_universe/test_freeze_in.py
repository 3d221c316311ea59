"""Dark matter that starts from nothing: closed form of freeze-in, and no change where it was in equilibrium."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose
from reference import relic_oracle
from reference.couplings import couplings_of
from scipy.integrate import quad
from scipy.special import kve

from model.physics.constants import E_CHARGE
from model.physics.early_universe import momentum_exchange
from model.physics.early_universe.freeze_out import Assumptions, relic_abundance
from model.physics.early_universe.thermal_history import standard_thermal_history
from model.physics.early_universe.thermalisation import u_fraction
from model.physics.hidden_sector.u_decay import partial_widths
from model.physics.quantities import DarkMatter, Spectrum

HISTORY = standard_thermal_history()


def inputs(kind, m_dm, m_u, g_dm, g_e, g_h=0.0):
    g = np.atleast_1d(np.asarray(g_e, dtype=float))
    one = np.ones_like(g)
    spectrum, couplings = Spectrum(m_dm * one, m_u * one, one, np.nan * one), couplings_of(g_dm, g, g, g_h)
    return spectrum, couplings, partial_widths(spectrum, couplings, kind), kind


def from_nothing(point, coupled=False, u_pairs=False):
    spectrum, couplings, widths, kind = point
    exchange = momentum_exchange.exchange(spectrum, couplings, kind, HISTORY) if coupled else None
    fraction = u_fraction(spectrum, widths, HISTORY)
    return relic_abundance(*point, HISTORY, Assumptions(u_pairs, exchange=exchange, u_fraction=fraction))


def from_inverse_decay(m_dm, m_u, width):
    """Omega h^2 of two particles for every U that electrons make and that decays invisibly, in closed form."""

    def slope(ln_t):
        t = np.exp(ln_t)
        g_energy, g_s, dln_s = relic_oracle.degrees_of_freedom(t)
        hubble = np.sqrt(4 * np.pi**3 * g_energy / 45) * t * t / relic_oracle.PLANCK
        decays = 3 * m_u**2 * t / (2 * np.pi**2) * kve(1, m_u / t) * np.exp(-m_u / t) * width
        return 2 * decays / (2 * np.pi**2 / 45 * g_s * t**3 * hubble) * dln_s / 3

    number = quad(slope, np.log(m_u / 40), np.log(29.0), limit=200, epsrel=1e-4)[0]
    t_now = 2.7255 * 8.617333262e-11
    critical = 3 * (100e5 / 3.0856775814913673e24 / 2.99792458e10 * 197.3269804e-13 * relic_oracle.PLANCK) ** 2
    return m_dm * number * 2 * np.pi**2 / 45 * HISTORY.g_entropy_today * t_now**3 / (critical / (8 * np.pi))


@pytest.mark.parametrize("coupled", [False, True])
def test_feeble_dark_matter_freezes_in_by_inverse_decays(coupled):
    # Equilibrium at x = 5 would give 8e3; U decays to dark matter alone.
    point = inputs(DarkMatter.DIRAC, 5.0, 15.0, 1e-3, 1e-13 * E_CHARGE)
    found = from_nothing(point, coupled)
    assert_allclose(found.omega_h2, from_inverse_decay(5.0, 15.0, point[2].electrons[0]), rtol=0.03)
    thermal = relic_abundance(*point, HISTORY).omega_h2
    assert thermal[0] > 1e3
    assert_allclose(np.exp(found.start_dependence), thermal / found.omega_h2, rtol=0.02)


def from_pairs(case, channels, x):
    """Omega h^2 of Y = int kappa sqrt(pi/45) M_Pl m/x g_*^(1/2) <sigma v> Y_eq^2 dlnx with the slow average."""
    average = relic_oracle.thermal_average(case, x, channels)
    t, states, kappa = case.m_dm / x, {"dirac": 4, "majorana": 2}[case.kind], {"dirac": 0.5, "majorana": 1.0}[case.kind]
    g_entropy, sqrt_g_star = (
        np.interp(np.log(t), np.log(HISTORY.temperature), column) for column in (HISTORY.g_entropy, HISTORY.sqrt_g_star)
    )
    equilibrium = 45 * states / (4 * np.pi**4) * x**2 * kve(2, x) * np.exp(-x) / g_entropy
    rate = kappa * np.sqrt(np.pi / 45) * relic_oracle.PLANCK * t * sqrt_g_star * average
    number = np.trapezoid(rate * equilibrium**2, np.log(x))
    t_now = 2.7255 * 8.617333262e-11
    critical = 3 * (100e5 / 3.0856775814913673e24 / 2.99792458e10 * 197.3269804e-13 * relic_oracle.PLANCK) ** 2
    return case.m_dm * number * 2 * np.pi**2 / 45 * HISTORY.g_entropy_today * t_now**3 / (critical / (8 * np.pi))


def test_freeze_in_off_shell_is_the_integral_of_production():
    # m_U < 2 m_dm: no inverse decay.
    case = relic_oracle.Case("dirac", 5.0, 7.0, 1e-3, 1e-9, 1e-9)
    slow = from_pairs(case, ("electrons", "muons"), np.geomspace(0.02 * 5 / 7, 40.0, 120))
    assert_allclose(from_nothing(inputs(DarkMatter.DIRAC, 5.0, 7.0, 1e-3, 1e-9)).omega_h2, slow, rtol=0.01)


@pytest.mark.parametrize(
    "kind, m_dm, m_u, channels, share",
    [
        (DarkMatter.MAJORANA, 20.0, 30.0, ("muons",), 0.08),
        (DarkMatter.DIRAC, 45.0, 80.0, ("muons", "hadrons"), 0.12),
    ],
)
def test_final_states_that_are_closed_at_rest_make_dark_matter_while_it_is_hot(kind, m_dm, m_u, channels, share):
    g, hadrons = 1e-10, 1e-10 if "hadrons" in channels else 0.0
    case = relic_oracle.Case(kind.name.lower(), m_dm, m_u, 1e-2, g, g, hadrons)
    x = np.geomspace(0.02 * m_dm / m_u, 40.0, 60)
    slow, electrons = (from_pairs(case, names, x) for names in (("electrons", *channels), ("electrons",)))
    found = from_nothing(inputs(kind, m_dm, m_u, 1e-2, g, hadrons)).omega_h2
    assert_allclose(found, slow, rtol=0.01)
    assert electrons < (1.0 - share) * slow


@pytest.mark.parametrize("kind", DarkMatter)
@pytest.mark.parametrize("m_u", [7.0, 10.5, 30.0])
def test_thermal_dark_matter_does_not_know_its_start(kind, m_u):
    point = inputs(kind, 5.0, m_u, 0.1, np.geomspace(1e-8, 1e-3, 12))
    zero, equilibrium = from_nothing(point), relic_abundance(*point, HISTORY)
    thermal = zero.start_dependence == 0.0
    assert thermal.sum() > 4
    assert_allclose(zero.omega_h2[thermal], equilibrium.omega_h2[thermal], rtol=1e-12)
    assert_allclose(zero.start_dependence, np.log(equilibrium.omega_h2 / zero.omega_h2), atol=1e-9)


def test_dark_matter_that_left_equilibrium_while_relativistic_is_more_than_at_a_late_start():
    point = inputs(DarkMatter.DIRAC, 5.0, 30.0, 0.1, 3e-8)
    assert from_nothing(point).start_dependence[0] < -1.0


def test_abundance_grows_with_a_feeble_coupling_and_falls_with_a_strong_one():
    omega = from_nothing(inputs(DarkMatter.DIRAC, 5.0, 15.0, 1e-2, np.geomspace(1e-14, 1e-3, 100))).omega_h2
    peak = int(np.argmax(omega))
    assert 10 < peak < 90
    assert np.all(np.diff(omega[: peak - 8]) > 0.0)
    assert np.all(np.diff(omega[peak + 8 :]) < 0.0)


def test_pairs_of_a_u_that_was_never_there_make_nothing():
    # Pairs of a thermal U would make dark matter thermal at any coupling to electrons: Omega h^2 = 3e-8.
    point = inputs(DarkMatter.DIRAC, 5.0, 3.0, 0.1, 1e-17)
    assert from_nothing(point, u_pairs=True).omega_h2[0] < 1e-10
    no_coupling = replace(point[1], g_e_l=np.zeros(1), g_e_r=np.zeros(1))
    dark = (point[0], no_coupling, partial_widths(point[0], no_coupling, DarkMatter.DIRAC), DarkMatter.DIRAC)
    assert from_nothing(dark).omega_h2[0] < 1e-50


@pytest.mark.parametrize("m_u", [3.0, 10.01, *(pytest.param(m_u, marks=pytest.mark.compiled) for m_u in (9.99, 30.0))])
def test_both_equations_take_any_coupling_from_nothing(m_u):
    point = inputs(DarkMatter.DIRAC, 5.0, m_u, 0.1, np.geomspace(1e-16, 1e-2, 60))
    result = from_nothing(point, coupled=True, u_pairs=True)
    assert np.all(np.isfinite(result.omega_h2))
    assert np.all(result.omega_h2 > 0.0)
