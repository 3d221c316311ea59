"""Displacement of positrons: the growth with energy against a direct integral, and limits."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.integrate import quad

from model.physics.constants import ELECTRON_MASS
from model.physics.positrons import propagation
from model.physics.positrons.energy_loss import LOWEST_ENERGY_MEV, energy_loss


def variance(energy, x_ion=0.51):
    """The integral of p^(1/3) / L over the energy by adaptive quadrature, without a constant factor."""

    def integrand(ln_energy):
        e = np.exp(ln_energy)
        return e * (e * (e + 2.0 * ELECTRON_MASS)) ** (1.0 / 6.0) / energy_loss(np.array([e]), x_ion)[0]

    ends = np.log([LOWEST_ENERGY_MEV, energy])
    return quad(integrand, *ends, epsrel=1e-9, limit=200, points=[np.log(30.0)] if energy > 30.0 else None)[0]


@pytest.mark.parametrize("energy", [0.01, 0.3, 1.0, 10.0, 35.0, 300.0])
def test_growth_with_energy_is_the_integral_over_the_path(energy):
    found = propagation.displacement_pc(np.array([energy]), np.array([150.0]))
    assert_allclose(found, 150.0 * np.sqrt(variance(energy) / variance(0.5)), rtol=1e-3)


def test_reference_energy_travels_the_reference_distance_and_slow_positrons_none():
    found = propagation.displacement_pc(np.array([0.5, LOWEST_ENERGY_MEV, -1.0, np.nan]), np.full(4, 123.0))
    assert_allclose(found, [123.0, 0.0, 0.0, 0.0], rtol=1e-6)


def test_relativistic_positrons_with_constant_loss_grow_as_the_two_thirds_power():
    # sigma^2 goes as E^(4/3) where L is constant; L rises by a third from 3 to 30 MeV in gas of which half is ionised
    low, high = propagation.displacement_pc(np.array([3.0, 30.0]), np.full(2, 100.0))
    assert np.log10(high / low) == pytest.approx(2.0 / 3.0, abs=0.06)


def test_ionised_gas_changes_the_growth_by_as_much_as_is_said():
    ratio = [np.sqrt(variance(20.0, x) / variance(0.5, x)) for x in (0.0, 0.51, 1.0)]
    assert ratio[0] / ratio[1] == pytest.approx(0.89, abs=0.01)
    assert ratio[2] / ratio[1] == pytest.approx(1.04, abs=0.01)


def test_stated_diffusion_and_gas_give_the_displacement_by_hand():
    # sigma^2 = 2 D t, with D = 3e28 (1.2 MeV/GeV)^(1/3) beta and t = E / (n c beta L) at about 1 MeV, within a factor 2
    energy, loss = 1.0, energy_loss(np.array([0.7]), 0.51)[0]
    by_hand = np.sqrt(2.0 * 3e28 * 1.2e-3 ** (1 / 3) * energy / (1.2 * 2.998e10 * loss)) / 3.086e18
    assert propagation.displacement_in(energy, 3e28, 1.0) == pytest.approx(by_hand, rel=0.4)
    assert propagation.displacement_in(0.5, 3e28, 1.0) == pytest.approx(17.4, abs=0.1)


def test_thinner_gas_lets_positrons_travel_as_the_inverse_root_of_its_density():
    thin, dense = (propagation.displacement_in(0.5, 3e28, n) for n in (0.01, 1.0))
    assert thin == pytest.approx(10.0 * dense)


def test_an_energy_beyond_the_table_is_refused():
    with pytest.raises(ValueError, match="at most 10000 MeV, got 20000"):
        propagation.displacement_pc(np.array([2.0e4]), np.array([150.0]))
