"""The bath: published values, an independent quadrature, limits, and thermodynamic consistency."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose
from reference import relic_oracle as oracle

from model.physics.constants import BOLTZMANN_MEV_K, CMB_TEMPERATURE_K, HBAR_C_MEV_CM
from model.physics.early_universe.thermal_history import ThermalHistory, standard_thermal_history


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
