import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from model.physics.hidden_sector.charges import (
    charged_leptons,
    dark_photon,
    squared_scalar_coupling,
    sum_squared_scalar_couplings,
    visible_couplings,
)

E = np.sqrt(4 * np.pi / 137.035999177)  # docs/physics/model.md 4: alpha(0) in low-energy couplings
COS2 = 1 - 0.2312
G_PRIME2 = 0.1277  # docs/physics/model.md 4, at m_Z

gauge = st.floats(min_value=1e-3, max_value=3.5)
mixings = st.floats(min_value=1e-8, max_value=1e-1)

# (hypercharge, multiplicity) of the MSSM scalars in one generation: Q, u^c, d^c, L, e^c
GENERATION = [(1 / 6, 6), (-2 / 3, 3), (1 / 3, 3), (-1 / 2, 2), (1, 1)]
FERMIONS = ("g_e_l", "g_e_r", "g_nu", "g_u_l", "g_u_r", "g_d_l", "g_d_r")
HIGGS_DOUBLETS = [(1 / 2, 2), (-1 / 2, 2)]


def couplings(charges, g, chi):
    return visible_couplings(charges, np.array([g]), np.array([chi]), np.array([0.5 * g]))


def total(charges, g, chi, higgs_doublets=False):
    return sum_squared_scalar_couplings(charges, np.array([g]), np.array([chi]), higgs_doublets=higgs_doublets)[0]


@given(gauge, mixings)
def test_kinetic_mixing_couples_to_electric_charge(g, chi):
    found = couplings("kinetic_mixing", g, chi)
    epsilon = chi * np.sqrt(COS2)
    assert_allclose(found.epsilon, epsilon, rtol=1e-12)
    assert_allclose([found.g_e_l, found.g_e_r], -epsilon * E, rtol=1e-12)


@given(gauge, mixings)
def test_hypercharge_couples_chirally(g, chi):
    found = couplings("hypercharge", g, chi)
    g_prime = E / np.sqrt(COS2)
    assert_allclose(found.g_e_l, -0.5 * chi * g_prime, rtol=1e-12)
    assert_allclose(found.g_e_r, -1.0 * chi * g_prime, rtol=1e-12)


def test_hypercharge_is_the_electric_charge_of_right_handed_states_and_the_mean_charge_of_left_handed_doublets():
    electric, hyper = couplings("kinetic_mixing", 1.0, 1e-3), couplings("hypercharge", 1.0, 1e-3)
    for name in ("g_e_r", "g_u_r", "g_d_r"):  # chi e / cos per unit of Y against chi cos e per unit of Q
        assert_allclose(getattr(hyper, name) * COS2, getattr(electric, name), rtol=1e-12)
    for above, below in (("g_nu", "g_e_l"), ("g_u_l", "g_d_l")):
        mean = (getattr(electric, above) + getattr(electric, below)) / 2
        assert_allclose([getattr(hyper, name) * COS2 for name in (above, below)], [mean, mean], rtol=1e-12)


@pytest.mark.parametrize("charges", ["kinetic_mixing", "hypercharge"])
def test_charges_have_no_mixed_gravitational_anomaly(charges):
    found = couplings(charges, 1.0, 1e-3)
    quarks = found.g_u_l + found.g_d_l - found.g_u_r - found.g_d_r
    assert_allclose(3 * quarks + found.g_nu + found.g_e_l - found.g_e_r, 0.0, atol=1e-18)


def test_universal_charge_is_that_of_neutrinos_and_quarks_too():
    found = couplings("universal", 0.5, 1e-3)
    assert_allclose([getattr(found, name) for name in FERMIONS], 0.5e-3, rtol=1e-14)


@given(gauge, mixings)
def test_universal_charge_is_g_times_h_for_all_leptons(g, chi):
    found = couplings("universal", g, chi)
    assert_allclose([found.g_e_l, found.g_e_r], g * chi, rtol=1e-12)
    assert_allclose(found.epsilon * E, np.abs(found.g_e_l + found.g_e_r) / 2, rtol=1e-12)


@pytest.mark.parametrize("charges", ["kinetic_mixing", "hypercharge", "universal"])
def test_dark_coupling_passes_through(charges):
    assert couplings(charges, 0.8, 1e-4).g_dm == 0.4


def test_squared_hypercharges_of_the_sfermions_sum_to_10():
    assert_allclose(3 * sum(n * y**2 for y, n in GENERATION), 10.0)
    assert_allclose(total("kinetic_mixing", 1.0, 1e-3), 1e-6 * G_PRIME2 * 10, rtol=5e-4)  # g'^2 printed to 4 digits


def test_both_higgs_doublets_make_it_11():
    assert_allclose(sum(n * y**2 for y, n in HIGGS_DOUBLETS), 1.0)
    ratio = total("hypercharge", 1.0, 1e-3, higgs_doublets=True) / total("hypercharge", 1.0, 1e-3)
    assert_allclose(ratio, 1.1, rtol=1e-14)


def test_universal_charge_counts_45_sfermion_states():
    assert 3 * sum(n for _, n in GENERATION) == 45
    assert_allclose(total("universal", 0.5, 1e-3), 45 * (0.5e-3) ** 2, rtol=1e-14)


@given(gauge, mixings)
def test_loop_is_the_same_for_kinetic_mixing_and_hypercharge(g, chi):
    assert total("kinetic_mixing", g, chi) == total("hypercharge", g, chi)


def test_gauge_coupling_of_the_loop_is_that_at_the_z_mass():
    # 4 pi / 127.95 / cos^2 = 0.1277, not 4 pi alpha(0) / cos^2 = 0.1193
    assert_allclose(total("kinetic_mixing", 1.0, 0.1) / 0.1, 4 * np.pi / 127.95 / COS2, rtol=1e-12)


@given(gauge, mixings)
def test_couplings_are_linear_in_the_mixing(g, chi):
    for charges in ("kinetic_mixing", "hypercharge", "universal"):
        one, two = couplings(charges, g, chi), couplings(charges, g, 2 * chi)
        for name in (*FERMIONS, "epsilon"):
            assert_allclose(getattr(two, name), 2 * getattr(one, name), rtol=1e-14)


@pytest.mark.parametrize("charges", ["kinetic_mixing", "hypercharge", "universal"])
def test_no_points_give_empty_couplings(charges):
    found = visible_couplings(charges, np.empty(0), np.empty(0), np.empty(0))
    assert {getattr(found, name).shape for name in ("g_dm", *FERMIONS, "epsilon")} == {(0,)}


def test_a_dark_photon_couples_to_each_charge_without_chirality():
    epsilon = np.array([1e-4, 3e-2])
    found = dark_photon(np.array([0.5, 1.0]), epsilon)
    charges = {"e": -1.0, "u": 2.0 / 3.0, "d": -1.0 / 3.0}
    for fermion, charge in charges.items():
        for side in ("l", "r"):
            assert_allclose(getattr(found, f"g_{fermion}_{side}"), charge * epsilon * E, rtol=1e-12)
    assert not found.g_nu.any()
    assert_allclose(found.epsilon, epsilon)
    assert_allclose(found.g_dm, [0.5, 1.0])


@given(st.floats(-1.0, 1.0), st.floats(-1.0, 1.0))
def test_charged_leptons_alone_have_the_mixing_of_their_vector_coupling(g_l, g_r):
    found = charged_leptons(np.ones(1), np.array([g_l]), np.array([g_r]))
    assert [found.g_e_l[0], found.g_e_r[0]] == [g_l, g_r]
    assert_allclose(found.epsilon, abs(0.5 * (g_l + g_r)) / E, rtol=1e-12)
    assert not any(getattr(found, name).any() for name in FERMIONS if not name.startswith("g_e"))


@given(gauge, mixings)
def test_the_sum_over_scalars_is_that_of_their_charges_times_the_coupling_of_one(g, chi):
    squares = {"universal": 3 * sum(n for _, n in GENERATION), "hypercharge": 3 * sum(n * y * y for y, n in GENERATION)}
    for charges, expected in squares.items():
        one = squared_scalar_coupling(charges, np.array([g]), np.array([chi]))[0]
        assert_allclose(total(charges, g, chi), expected * one, rtol=1e-12)
