import numpy as np
import pytest
from numpy.testing import assert_allclose
from reference import coupled_relic_oracle
from reference import kinetic_oracle as oracle
from scipy.interpolate import CubicSpline
from scipy.special import gamma as gamma_function

from model.physics.constants import E_CHARGE
from model.physics.early_universe import kinetic_decoupling as kd
from model.physics.early_universe.thermal_history import standard_thermal_history
from model.physics.hidden_sector.charges import dark_photon, visible_couplings
from model.physics.quantities import DarkMatter, Spectrum


@pytest.fixture(scope="module")
def history():
    return standard_thermal_history()


def decoupled(kind, m_dm, m_u, couplings, history):
    one = np.ones_like(couplings.g_dm)
    return kd.decoupling(Spectrum(m_dm * one, m_u * one, one, one), couplings, kind, history)


def photon_like(g, epsilon):
    return dark_photon(np.atleast_1d(g).astype(float), np.atleast_1d(epsilon).astype(float))


def universal(g, coupling):
    g, coupling = np.atleast_1d(g).astype(float), np.atleast_1d(coupling).astype(float)
    return visible_couplings("universal", np.ones_like(g), coupling, g)


def with_recoil(kind, g, coupling, m_dm, m_u, mass, axial=False):
    """gamma(T) of the slow oracle, a spline in ln T; an axial current of the same strength adds to the vector one."""
    temperature = np.geomspace(max(1e-4, mass / 300.0), m_dm / 4.0, 60)
    parts = [(coupling, coupling)] + ([(coupling, -coupling)] if axial else [])
    rate = sum(coupled_relic_oracle.elastic_rate(kind, g, *p, m_dm, m_u, temperature, mass) for p in parts)
    if m_u < 1.8 * m_dm and not axial and mass > 0.1:
        rate = rate + coupled_relic_oracle.u_elastic_rate(kind, g, m_dm, m_u, temperature)
    spline = CubicSpline(np.log(temperature), np.log(rate) + mass / temperature)
    return lambda t: np.exp(spline(np.log(np.clip(t, temperature[0], temperature[-1]))) - mass / t)


@pytest.mark.parametrize(
    "kind, m_dm, m_u, g, epsilon",
    [("MAJORANA", 3.0, 10.0, 1.0, 4e-5), ("DIRAC", 100.0, 2.0, 0.1, 1e-7), ("SCALAR", 1.0, 10.0, 0.3, 1e-3)],
)
def test_agrees_with_the_temperature_equation_step_by_step(kind, m_dm, m_u, g, epsilon, history):
    found = decoupled(DarkMatter[kind], m_dm, m_u, photon_like(g, epsilon), history)
    t_kd = found.t_kd[0]
    coupling = epsilon * E_CHARGE
    electrons = with_recoil(kind.lower(), g, coupling, m_dm, m_u, oracle.ELECTRON)

    late = oracle.late_temperature(electrons, lambda _: 0.0, 20 * t_kd, t_kd / 25)
    assert_allclose(found.cooling, late, rtol=4e-3)
    assert_allclose(t_kd, oracle.decoupling_temperature(late), rtol=4e-3)


def test_neutrinos_hold_it_at_their_own_temperature(history):
    g, coupling, m_dm, m_u = 1.0, 6e-5, 1.0, 10.0
    found = decoupled(DarkMatter.DIRAC, m_dm, m_u, universal(g, coupling), history)
    rates = [
        with_recoil("dirac", g, coupling, m_dm, m_u, oracle.ELECTRON),
        with_recoil("dirac", g, np.sqrt(3) / 2 * coupling, m_dm, m_u, 1e-6, axial=True),
    ]
    late = oracle.late_temperature(*rates, 30 * found.t_kd[0], found.t_kd[0] / 25)
    assert_allclose(found.cooling, late, rtol=4e-3)


def test_power_law_in_closed_form(history):
    # Massless neutrinos alone, after electrons are gone: gamma/H = (T/T*)^4 gives T_kd = T* 4^(1/4) / Gamma(3/4), with
    # T_X -> T_nu^2 / (T_nu at decoupling); electrons are switched off by hand
    g, coupling, m_dm, m_u = 1.0, 9.5e-3, 2000.0, 30.0
    base = universal(g, coupling)
    zero = np.zeros(1)
    couplings = type(base)(**{**vars(base), "g_e_l": zero, "g_e_r": zero})
    found = decoupled(DarkMatter.DIRAC, m_dm, m_u, couplings, history)
    t = 1e-3
    ratio = (history.g_entropy_today / np.interp(2.3, history.temperature, history.g_entropy)) ** (1 / 3)
    gamma = 3 * oracle.rate(ratio * t, m_dm, g, "charge", *(coupling**2 / 4,) * 2, 1e-6 * t, m_u)
    hubble = np.sqrt(4 * np.pi**3 * history.g_energy[0] / 45) * t**2 / oracle.PLANCK
    star = t * (hubble / gamma) ** 0.25
    assert_allclose(found.t_kd * ratio, star * 4**0.25 / gamma_function(0.75), rtol=3e-3)


def test_neutrino_coupled_dark_matter_cuts_off_where_the_paper_says(history):
    # 0801.3686, Ref. [14] (0704.2558): coupled to neutrinos as to electrons, MeV dark matter decouples at keV
    # temperatures, which cuts structure off at 1e4 to 1e7 Msun; 1.7 and 17 keV by the emulator
    # (docs/physics/early_universe.md 8)
    assert_allclose(kd.ACOUSTIC_MASS_MSUN * (np.array([1.7e-3, 1.7e-2]) / 1e-4) ** -3, [1.5e7, 1.5e4], rtol=0.02)
    # g_X g_e that gives the relic abundance, at (1, 10), (3, 10) and (1, 3) MeV (docs/physics/cross_sections.md 1)
    for m_dm, m_u, product in ((1.0, 10.0, 6.1e-5), (3.0, 10.0, 1.2e-5)):
        found = decoupled(DarkMatter.MAJORANA, m_dm, m_u, universal(1.0, product), history)
        assert 1e-3 < found.t_kd[0] < 2e-2
        assert 1e4 < kd.cutoff_mass(found, np.array([m_dm]), history)[0] < 1e7


def test_velocity_at_recombination_is_that_of_essig_et_al(history):
    # v = 2e-4 (MeV/m) (T/eV) sqrt(1e-4/x_kd), 1309.4091 eq. 28, is sqrt(3) rounded up; Hazma's 10 MeV is a slip
    found = decoupled(DarkMatter.DIRAC, 10.0, 30.0, universal(1.0, 3e-4), history)
    m_dm, t = np.array([10.0]), 0.235e-6
    printed = 2e-4 / 10.0 * 0.235 * np.sqrt(1e-4 / (found.t_kd / m_dm))
    speed = np.sqrt(kd.relative_velocity2(found, m_dm, t, history) / 2)
    # entropy of electrons makes 3 % where T_kd is keV
    assert_allclose(speed / printed, np.sqrt(3) / 2, rtol=0.03)


@pytest.mark.parametrize("m_dm, t_kd", [(1e5, 50.0), (1e5, 30.0), (1e6, 50.0)])
def test_free_streaming_mass_is_that_of_bringmann(m_dm, t_kd, history, monkeypatch):
    # 0903.0189 eq. (13) [M], with an approximate logarithm and Omega_m h^2 = 0.127
    monkeypatch.setattr(kd, "ACOUSTIC_MASS_MSUN", 0.0)
    g, scaled = np.interp(t_kd, history.temperature, history.g_energy), t_kd / 50
    expected = 2.9e-6 * ((1 + np.log(g**0.25 * scaled) / 19.1) / (np.sqrt(m_dm / 1e5 * scaled) * g**0.25)) ** 3
    entropy = np.interp(t_kd, history.temperature, history.g_entropy)
    state = kd.KineticDecoupling(np.array([t_kd]), np.array([1 / t_kd]) / entropy ** (2 / 3))
    assert_allclose(kd.cutoff_mass(state, np.array([m_dm]), history), expected, rtol=0.08)


def test_electron_coupled_cutoff_is_by_free_streaming(history):
    found = decoupled(DarkMatter.MAJORANA, 3.0, 10.0, photon_like(1.0, 4e-5), history)
    acoustic = kd.ACOUSTIC_MASS_MSUN * (found.t_kd / 1e-4) ** -3
    assert kd.cutoff_mass(found, np.array([3.0]), history) > 50 * acoustic


def test_weak_coupling_decouples_early_and_raises_the_flag(history):
    found = decoupled(DarkMatter.MAJORANA, 3.0, 6.0001, photon_like([1e-3, 1.0], [1e-9, 1e-4]), history)
    assert kd.decouples_before_freeze_out(found, np.array([3.0, 3.0])).tolist() == [1.0, 0.0]
    assert np.all(found.t_kd <= 100.0 * (1 + 1e-12))


def test_rows_do_not_depend_on_each_other(history):
    couplings = photon_like([0.1, 1.0, 0.01], [1e-3, 1e-5, 1e-7])
    batch = decoupled(DarkMatter.DIRAC, 3.0, 10.0, couplings, history)
    for k in range(3):
        one = photon_like(couplings.g_dm[k], couplings.epsilon[k])
        assert_allclose(decoupled(DarkMatter.DIRAC, 3.0, 10.0, one, history).t_kd[0], batch.t_kd[k], rtol=1e-12)


def test_no_points(history):
    found = decoupled(DarkMatter.DIRAC, 3.0, 10.0, photon_like(np.empty(0), np.empty(0)), history)
    assert found.t_kd.shape == (0,)
