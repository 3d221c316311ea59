import numpy as np
import pytest
from numpy.testing import assert_allclose
from reference import in_flight_oracle as oracle

from model.physics.constants import ELECTRON_MASS, LIGHT_SPEED_CM_S
from model.physics.positrons.energy_loss import ELECTRON_RADIUS_CM, ELECTRONS_PER_HYDROGEN, energy_loss

ENERGIES = np.array([1e-4, 1e-3, 0.03, 0.5, 1.0, 3.0, 29.9, 30.1, 100.0, 3e3])


@pytest.mark.parametrize("x_ion", [0.0, 0.3, 1.0])
def test_loss_is_that_of_the_oracle(x_ion):
    expected = [oracle.loss(e, x_ion) for e in ENERGIES]
    assert_allclose(energy_loss(ENERGIES, x_ion), expected, rtol=2e-3)  # radiation lengths of the PDG are rounded
    below = ENERGIES < 30.0
    assert_allclose(energy_loss(ENERGIES[below], x_ion), np.array(expected)[below], rtol=1e-6)


@pytest.mark.parametrize("x_ion, printed", [(0.0, 2.1e-7), (1.0, 7.4e-7)])
def test_loss_per_time_at_one_mev(x_ion, printed):
    # docs/physics/galaxy.md 6: eV/s at one hydrogen atom per cm^3
    beta = np.sqrt(1.0 - (1.0 + 1.0 / ELECTRON_MASS) ** -2)
    rate = energy_loss(np.array([1.0]), x_ion) * ELECTRONS_PER_HYDROGEN * beta * LIGHT_SPEED_CM_S * 1e6
    assert_allclose(rate, printed, rtol=0.02)


def test_mixture_is_linear_in_the_share_of_ionised_gas():
    neutral, ionised = energy_loss(ENERGIES, 0.0), energy_loss(ENERGIES, 1.0)
    assert_allclose(energy_loss(ENERGIES, 0.25), 0.75 * neutral + 0.25 * ionised, rtol=1e-12)
    assert np.all(ionised > neutral)


@pytest.mark.parametrize("x_ion, slope", [(0.0, 3.0), (1.0, 1.0)])
def test_relativistic_rise(x_ion, slope):
    # beta^2 dE/dx rises as ln g^3 in neutral gas and as ln g in a plasma (Ginzburg & Syrovatskii 1964)
    energies = np.array([10.0, 29.0])
    gamma = 1.0 + energies / ELECTRON_MASS
    unit = 2.0 * np.pi * ELECTRON_RADIUS_CM**2 * ELECTRON_MASS
    logarithm = energy_loss(energies, x_ion) * (1.0 - gamma**-2) / unit
    assert_allclose(np.diff(logarithm) / np.diff(np.log(gamma)), slope, rtol=0.07)


def test_classical_radius():
    assert_allclose(ELECTRON_RADIUS_CM, 2.8179403e-13, rtol=1e-7)


def test_radiation_equals_collisions_near_the_critical_energy_of_hydrogen_gas():
    # PDG: 345 MeV in hydrogen, 1 MeV-scale liquids lower; helium 257 MeV
    energies = np.geomspace(100.0, 1000.0, 400)
    without = np.array([oracle.loss(e, 0.0, radiate=False) for e in energies])
    critical = energies[np.argmin(np.abs(energy_loss(energies, 0.0) / without - 2.0))]
    assert 250.0 < critical < 420.0


def test_shapes_broadcast():
    assert energy_loss(ENERGIES, np.zeros((3, 1))).shape == (3, len(ENERGIES))
    assert energy_loss(np.empty(0), 0.5).shape == (0,)


@pytest.mark.parametrize("energy, x_ion, message", [(1e-5, 0.5, "energy"), (1.0, -0.1, "x_ion"), (1.0, 1.1, "x_ion")])
def test_what_is_outside_raises(energy, x_ion, message):
    with pytest.raises(ValueError, match=message):
        energy_loss(np.array([energy]), x_ion)
