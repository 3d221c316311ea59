"""The bath: published values, an independent quadrature, limits, and thermodynamic consistency."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose
from reference import relic_oracle as oracle

from model.physics.constants import BOLTZMANN_MEV_K, CMB_TEMPERATURE_K, HBAR_C_MEV_CM
from model.physics.early_universe.thermal_history import (
    BOSE,
    ELECTROWEAK,
    FERMI,
    HADRONS,
    LEPTONS,
    NEUTRINOS,
    PARTONS,
    PHOTON,
    Species,
    ThermalHistory,
    electromagnetic,
    ideal_gas,
    neutrino_temperature,
    standard_thermal_history,
)


@pytest.fixture(scope="module")
def history() -> ThermalHistory:
    return standard_thermal_history()


def interpolate(history, name, temperature):
    return np.interp(np.log(temperature), np.log(history.temperature), getattr(history, name))


def test_entropy_today(history):
    assert_allclose(history.g_entropy_today, 3.9156, rtol=1e-5)
    t_now = CMB_TEMPERATURE_K * BOLTZMANN_MEV_K
    entropy = 2 * np.pi**2 / 45 * history.g_entropy_today * (t_now / HBAR_C_MEV_CM) ** 3
    assert_allclose(entropy, 2896.0, rtol=1e-4)


def test_energy_today_has_cold_neutrinos(history):
    # T_nu^3/T^3 = (g_s - 2)/5.25 with three neutrinos
    ratio = (history.g_entropy_today - 2) / 5.25
    assert_allclose(history.g_energy[0], 2 + 5.25 * ratio ** (4 / 3), rtol=1e-10)


@pytest.mark.parametrize("temperature", [0.02, 0.05, 0.15, 0.5, 1.5, 2.25, 2.35, 5.0, 20.0, 29.0])
def test_matches_adaptive_quadrature(history, temperature):
    energy, entropy, slope = oracle.degrees_of_freedom(temperature)
    # Linear interpolation in steps of 0.01 is good to 1e-5 where the electrons disappear.
    assert_allclose(interpolate(history, "g_energy", temperature), energy, rtol=1e-5)
    assert_allclose(interpolate(history, "g_entropy", temperature), entropy, rtol=1e-5)
    expected = entropy / np.sqrt(energy) * slope / 3
    assert_allclose(interpolate(history, "sqrt_g_star", temperature), expected, rtol=2e-5)


def test_sqrt_g_star_is_consistent_with_the_slope_of_the_entropy(history):
    slope = np.gradient(np.log(history.g_entropy), np.log(history.temperature))
    expected = history.g_entropy / np.sqrt(history.g_energy) * (1 + slope / 3)
    # The finite difference is worth 5e-4 where g changes fastest, and is wrong across T_D.
    assert_allclose(history.sqrt_g_star[1:-1], expected[1:-1], rtol=1e-3)


def test_standard_model_is_complete_at_high_temperature(history):
    assert_allclose(history.g_energy[-1], 106.75, rtol=2e-3)
    assert_allclose(history.g_entropy[-1], 106.75, rtol=2e-3)


def test_ten_mev_plasma(history):
    assert_allclose(interpolate(history, "g_energy", 10.0), 10.75, rtol=1.5e-3)


# Borsanyi et al. (2016), arXiv:1606.07494: T [MeV], g of the energy density
@pytest.mark.parametrize("temperature, g, tolerance", [(39.8, 13.68, 0.005), (100.0, 17.61, 0.01)])
def test_lattice_equation_of_state_below_the_transition(history, temperature, g, tolerance):
    assert_allclose(interpolate(history, "g_energy", temperature), g, rtol=tolerance)


def test_degrees_of_freedom_never_fall_with_temperature(history):
    assert np.all(np.diff(history.g_entropy) > -1e-9)


def test_rejects_bad_tables(history):
    with pytest.raises(ValueError, match="g_energy must be one-dimensional"):
        replace(history, g_energy=history.g_energy[:-1])
    with pytest.raises(ValueError, match="g_entropy must be finite"):
        replace(history, g_entropy=-history.g_entropy)
    with pytest.raises(ValueError, match="rise uniformly"):
        replace(history, temperature=history.temperature**2 + history.temperature)


# One gas by its limits in closed form


@pytest.mark.parametrize("sign, factor", [(BOSE, 1.0), (FERMI, 7.0 / 8.0)])
def test_a_massless_gas_has_its_states_and_seven_eighths_of_them_for_fermions(sign, factor):
    """rho and s count the states, and s ~ T^3 makes the slope three times the entropy."""
    energy, entropy, slope = ideal_gas(Species(0.0, 6.0, sign), np.array([1e-3, 1.0, 1e5]))
    assert_allclose(energy, 6.0 * factor, rtol=1e-9)
    assert_allclose(entropy, 6.0 * factor, rtol=1e-9)
    assert_allclose(slope, 3.0 * 6.0 * factor, rtol=1e-9)


@pytest.mark.parametrize("sign", [BOSE, FERMI])
def test_a_heavy_gas_is_that_of_boltzmann(sign):
    """n = g (m T / 2 pi)^(3/2) e^(-m/T) (1 + 15 T / 8 m), rho = m n + (3/2) n T, and s = (rho + n T) / T."""
    mass, states, x = 100.0, 4.0, 60.0
    temperature = mass / x
    density = states * (mass * temperature / (2.0 * np.pi)) ** 1.5 * np.exp(-x) * (1.0 + 15.0 / (8.0 * x))
    energy, entropy, slope = ideal_gas(Species(mass, states, sign), np.array([temperature]))[:, 0]
    rho = density * (mass + 1.5 * temperature)
    assert_allclose(energy * np.pi**2 / 30.0 * temperature**4, rho, rtol=2e-3)
    s = (rho + density * temperature) / temperature
    assert_allclose(entropy * 2.0 * np.pi**2 / 45.0 * temperature**3, s, rtol=2e-3)
    # s is T^(1/2) e^(-m/T) (1 + 5 T / 2 m) (1 + 15 T / 8 m)
    assert_allclose(slope / entropy, x + 0.5 + 35.0 / (8.0 * x), rtol=1e-4)


@pytest.mark.parametrize("species", [LEPTONS[0], HADRONS[0], HADRONS[10], ELECTROWEAK[0]], ids=str)
def test_energy_pressure_and_entropy_of_a_gas_are_consistent(species):
    """T ds/dT = d rho/dT of one gas without a chemical potential: the slope is that of the entropy."""
    step, temperature = 1e-4, species.mass / np.array([0.3, 1.0, 5.0, 20.0])
    rows = [ideal_gas(species, temperature * np.exp(sign * step)) for sign in (-1.0, 0.0, 1.0)]
    growth = [np.exp(3.0 * sign * step) for sign in (-1.0, 1.0)]
    ds = (rows[2][1] * growth[1] - rows[0][1] * growth[0]) / (2.0 * step)
    assert_allclose(rows[1][2], ds, rtol=1e-6)
    growth = [np.exp(4.0 * sign * step) for sign in (-1.0, 1.0)]
    drho = (rows[2][0] * growth[1] - rows[0][0] * growth[0]) / (2.0 * step)
    assert_allclose(drho * np.pi**2 / 30.0, rows[1][2] * 2.0 * np.pi**2 / 45.0, rtol=1e-6)


def test_a_gas_that_is_gone_is_zero_without_a_warning():
    with np.errstate(all="raise", under="ignore"):
        assert_allclose(ideal_gas(ELECTROWEAK[3], np.array([1e-2])), 0.0, atol=1e-200)


def test_neutrinos_are_colder_by_the_third_root_of_four_elevenths_after_the_electrons(history):
    temperature = np.array([0.01, 2.3, 5.0, 100.0])
    found = neutrino_temperature(temperature, history) / temperature
    # electrons at T_D = 2.3 MeV are not quite relativistic: 0.5 % in the entropy
    assert_allclose(found[0], (4.0 / 11.0) ** (1.0 / 3.0), rtol=2e-3)
    assert_allclose(found[0] ** 3, (history.g_entropy_today - 2.0) / 5.25, rtol=1e-3)
    assert_allclose(found[1:], 1.0, rtol=1e-6)
    falling = neutrino_temperature(np.array([0.05, 0.1, 0.2, 0.5, 1.0]), history) / np.array([0.05, 0.1, 0.2, 0.5, 1.0])
    assert np.all(np.diff(falling) > 0.0)


def test_quarks_replace_hadrons_half_way_at_the_transition():
    """At 190 MeV half of each; a factor e^(+-0.1) in T moves the weight to 1 / (1 + e^(-+1))."""
    temperature = 190.0 * np.exp([0.0, -0.1, 0.1])

    def gases(kinds):
        return sum(ideal_gas(species, temperature)[:2] for species in kinds)

    strong = electromagnetic(temperature)[:2] - gases((PHOTON, *LEPTONS, *ELECTROWEAK))
    weight = (strong - gases(HADRONS)) / (gases(PARTONS) - gases(HADRONS))
    assert_allclose(weight, np.tile([0.5, 1.0 / (1.0 + np.e), 1.0 / (1.0 + 1.0 / np.e)], (2, 1)), rtol=1e-9)


def test_all_particles_of_the_standard_model_are_in_the_bath():
    """106.75: 28 bosonic states of photon, gluons, W, Z and Higgs, and 90 fermionic ones, of which neutrinos have 6."""
    kinds = (PHOTON, *LEPTONS, *PARTONS, *ELECTROWEAK, NEUTRINOS)
    bosons = sum(species.states for species in kinds if species.sign == BOSE)
    fermions = sum(species.states for species in kinds if species.sign == FERMI)
    assert (bosons, fermions) == (28.0, 90.0)
    assert bosons + 7.0 / 8.0 * fermions == 106.75


def test_hadrons_obey_the_relations_of_the_quark_model():
    """Partners of isospin, equal spacing of the squared masses of mesons, Gell-Mann and Okubo, and splitting of spins.

    Each relation holds to a few per cent, and together they know every hadron to a tenth.
    """
    mass = [species.mass for species in HADRONS]
    pi0, pi, kaon, kaon0, eta, rho, omega, kstar, kstar0, eta_prime, proton, neutron, phi = mass[:13]
    cascade0, cascade = mass[-2:]
    lambda0, *sigmas, delta = mass[13:-2]
    nucleon, sigma, xi = (proton + neutron) / 2, np.mean(sigmas), (cascade0 + cascade) / 2
    assert 4.5 < pi - pi0 < 4.7  # electromagnetic, and larger than of any other
    assert_allclose([kaon0 - kaon, kstar0 - kstar, neutron - proton, cascade - cascade0], [4, 4, 1.3, 7], atol=0.3)
    assert np.ptp(sigmas) < 9.0
    assert_allclose(omega, rho, rtol=0.01)
    assert_allclose((rho + phi) / 2, kstar, rtol=0.02)
    assert_allclose(kstar**2 - kaon**2, rho**2 - pi**2, rtol=0.06)
    assert_allclose(4 * kaon**2, 3 * eta**2 + pi**2, rtol=0.08)
    assert_allclose((nucleon + xi) / 2, (3 * lambda0 + sigma) / 4, rtol=0.01)
    # Splitting of spins (de Rujula, Georgi and Glashow 1975): 1 - m_u/m_s; the moment of Lambda says m_u/m_s = 0.66.
    assert 0.55 < 1 - 1.5 * (sigma - lambda0) / (delta - nucleon) < 0.68
    assert kstar < eta_prime < phi


def test_hadrons_have_the_states_of_their_spin_isospin_and_antiparticles():
    """(2 I + 1) (2 J + 1) of pi, K, eta, rho, omega, K*, eta' and phi; of N, Lambda, Sigma, Delta and Xi.

    Those with antiparticles of their own, which are K, K* and the baryons, have twice as many.
    """
    bosons = sum(species.states for species in HADRONS if species.sign == BOSE)
    fermions = sum(species.states for species in HADRONS if species.sign == FERMI)
    assert bosons == 3 + 4 + 1 + 9 + 3 + 12 + 1 + 3
    assert fermions == 2 * (4 + 2 + 6 + 16 + 4)
