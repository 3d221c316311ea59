"""Helium and deuterium: an independent network of reactions, published exponents, weak rates by quadrature."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose
from reference import nucleosynthesis_oracle as oracle

from model.physics.early_universe import big_bang_nucleosynthesis
from model.physics.early_universe.big_bang_nucleosynthesis import abundances, deuteron_fusion
from model.physics.early_universe.neutrino_decoupling import DarkGas, ThermalHistories, thermal_histories


def history(mass=1.0, states=0.0, *, fermion=True) -> ThermalHistories:
    return thermal_histories(DarkGas(np.array([[mass]]), np.array([[float(states)]]), (fermion,)))


def network(one: ThermalHistories, **options):
    return np.array(
        oracle.abundances(one.temperature, one.g_entropy[0], one.sqrt_g_star[0], one.neutrino_temperature[0], **options)
    )


@pytest.fixture(scope="module")
def standard():
    """Y_p and D/H of the network without dark species."""
    return network(history())


def test_standard_model_of_the_network(standard):
    # nuclear rates are those of 1993
    assert_allclose(standard[0], 0.2470, atol=1e-3)
    assert_allclose(standard[1], 2.51e-5, rtol=0.05)


def test_own_helium_before_calibration(standard):
    # deuterium in equilibrium and fusion of its pairs alone, against the network
    helium, _, _ = big_bang_nucleosynthesis._standard()
    assert_allclose(helium, standard[0], rtol=6e-3)


@pytest.mark.parametrize(
    "mass, states, fermion, deuterium_error",
    [(0.55, 2, True, 0.02), (1.0, 4, True, 3e-3), (2.0, 1, False, 3e-3), (3.0, 4, True, 3e-3), (8.0, 2, True, 1e-3)],
)
def test_dark_species_against_the_network(mass, states, fermion, deuterium_error, standard):
    one = history(mass, states, fermion=fermion)
    found = abundances(one)
    helium, deuterium = network(one) / standard
    assert_allclose(found.helium / 0.2470, helium, rtol=5e-4)
    assert_allclose(found.deuterium / 2.51e-5, deuterium, rtol=deuterium_error)


@pytest.mark.parametrize("mass, ratio", [(1.0, 1.011), (5.0, 0.996), (10.0, 1.000)])
def test_helium_of_a_dirac_particle_has_the_finite_mass_of_nucleons(mass, ratio):
    # PRyMordial (2307.07061) has 0.996 of its Standard Model at 5 MeV; Born rates give 1.0097, 0.986 and 0.995
    assert_allclose(abundances(history(mass, 4)).helium / 0.2470, ratio, atol=1e-3)


def test_standard_model_is_the_published_one():
    found = abundances(history(300.0, 4))
    assert_allclose(found.helium, 0.2470, rtol=1e-5)
    assert_allclose(found.deuterium, 2.51e-5, rtol=1e-5)


def test_dark_radiation_has_the_published_exponents():
    # 1912.01132: Y_p ~ N_nu^0.163, D/H ~ N_nu^0.405 around N_nu = 3
    rise = np.log(3.15 / 2.85)
    more, less = (abundances(history(), np.array([x])) for x in (0.15, -0.15))
    assert_allclose(np.log(more.helium / less.helium) / rise, 0.163, rtol=0.05)
    assert_allclose(np.log(more.deuterium / less.deuterium) / rise, 0.405, rtol=0.05)


def test_expansion_rate_has_the_published_exponents():
    # 1912.01132: Y_p ~ G^0.357, D/H ~ G^0.974, and H ~ G^(1/2)
    fast = history()
    fast = replace(fast, sqrt_g_star=fast.sqrt_g_star / np.sqrt(1.05))
    found = abundances(fast)
    assert_allclose(np.log(found.helium / 0.2470) / np.log(1.05), 0.357, rtol=0.03)
    assert_allclose(np.log(found.deuterium / 2.51e-5) / np.log(1.05), 0.974, rtol=0.03)


@pytest.mark.slow
def test_network_has_the_published_exponents(standard):
    # 1912.01132, (Y_p, D/H): what the closed form of D/H is made of
    for options, expected in (
        ({"omega_b": 0.0224 * 1.05}, (0.039, -1.634)),
        ({"lifetime": 878.4 * 1.05}, (0.729, 0.418)),
        ({"faster": 1.05}, (2 * 0.357, 2 * 0.974)),
    ):
        assert_allclose(np.log(network(history(), **options) / standard) / np.log(1.05), expected, rtol=0.03)


@pytest.mark.parametrize("t9", [0.3, 0.8, 2.0])
def test_fusion_is_both_branches(t9):
    rates = oracle.reactions(t9)
    assert_allclose(deuteron_fusion(np.array(t9 / oracle.T9)), rates[2] + rates[3], rtol=1e-9)


def test_no_points_and_batches():
    empty = thermal_histories(DarkGas(np.empty((0, 1)), np.empty((0, 1)), (True,)))
    assert abundances(empty).helium.shape == abundances(empty).deuterium.shape == (0,)
    gas = DarkGas(np.array([[1.0], [4.0]]), np.full((2, 1), 2.0), (True,))
    both = abundances(thermal_histories(gas), np.array([0.0, 0.3]))
    alone = abundances(history(4.0, 2), np.array([0.3]))
    assert_allclose(both.helium[1], alone.helium[0], rtol=1e-14)
    assert_allclose(both.deuterium[1], alone.deuterium[0], rtol=1e-14)
