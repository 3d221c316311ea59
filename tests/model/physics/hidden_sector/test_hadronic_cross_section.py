"""R(s): an independent copy, measured integrals over it, its poles, and the currents of the charge assignments."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from reference import hadron_oracle as oracle

from model.physics.constants import ALPHA, E_CHARGE, MUON_MASS
from model.physics.hidden_sector.charges import dark_photon, visible_couplings
from model.physics.hidden_sector.hadronic_cross_section import (
    CKM_UD,
    CURRENTS,
    TAU_ELECTROWEAK,
    TAU_MASS,
    THRESHOLD,
    current_products,
    parts,
    pole_expansion,
    r_ratio,
    relative_uncertainty,
    squared_coupling,
    strong_coupling,
)
from model.physics.quantities import Couplings, selected

ENERGIES = (279.5, 300.0, 500.0, 775.0, 782.66, 800.0, 985.0, 1019.0, 1030.0, 1200.0, 1500.0, 2000.0, 2999.0)


def charges(assignment):
    one = np.ones(1)
    return visible_couplings(assignment, one, 1e-3 * one, one)


@pytest.mark.parametrize("energy", ENERGIES)
def test_matches_the_independent_copy(energy):
    assert_allclose(parts(np.array(energy**2)), oracle.parts(energy / 1e3), rtol=2e-6)
    assert_allclose(r_ratio(np.array(energy**2)), oracle.r_ratio(energy / 1e3), rtol=2e-6)


@pytest.mark.parametrize("assignment", ["kinetic_mixing", "hypercharge", "universal"])
def test_every_charge_assignment_couples_as_its_quarks_do(assignment):
    couplings = charges(assignment)
    up, down = ((getattr(couplings, f"g_{q}_l")[0], getattr(couplings, f"g_{q}_r")[0]) for q in "ud")
    for energy in ENERGIES:
        expected = oracle.squared_coupling(energy / 1e3, up, down)
        assert_allclose(squared_coupling(np.array([energy**2]), couplings), [expected], rtol=2e-6)


def test_a_dark_photon_has_the_r_ratio_of_the_photon():
    s = np.linspace(280.0, 3000.0, 50) ** 2
    couplings = dark_photon(np.ones(50), np.full(50, 1e-3))
    assert_allclose(squared_coupling(s, couplings), (1e-3 * E_CHARGE) ** 2 * r_ratio(s), rtol=1e-12)


def test_universal_charges_have_the_omega_and_the_phi_but_no_rho():
    products = dict(zip(CURRENTS, current_products(charges("universal"))[0], strict=True))
    assert products["isovector"] == products["rho_omega"] == products["axial"] == 0.0
    assert products["isoscalar"] == 4.0 * products["strange"] > 0.0


def test_r_is_zero_up_to_two_pions_and_2_2_between_2_and_3_gev():
    assert_allclose(r_ratio(np.array([1.0, THRESHOLD**2])), 0.0, atol=0.0)
    assert_allclose(r_ratio(np.linspace(2e3, 3e3, 11) ** 2), 2.2, rtol=0.02)


def vacuum_polarisation(current, energy):
    """a_mu of R in units of 1e-10: alpha^2/(3 pi^2) int ds/s K(s) R(s), 2006.04822 Eq. (2.7)."""
    s = energy**2
    x = (np.arange(400) + 0.5) / 400
    kernel = np.array([np.mean(x**2 * (1 - x) / (x**2 + (1 - x) * value / MUON_MASS**2)) for value in s])
    return 1e10 * ALPHA**2 / (3 * np.pi**2) * np.trapezoid(2.0 * kernel * current / energy, energy)


def test_vacuum_polarisation_of_the_muon_is_the_measured_one():
    # 2006.04822 Table 5 (DHMZ), in 1e-10: two pions 506.0, three pions and pi0 gamma 50.6, of which 4.5 on the phi, two
    # kaons 35.9. In total 693.1, less 25 from above 3 GeV.
    energy = np.unique(np.concatenate([np.linspace(279.2, 3e3, 2500), np.linspace(1e3, 1.04e3, 500)]))
    isovector, isoscalar, strange, interference, *_ = parts(energy**2)
    low = energy < 1000.0
    assert_allclose(vacuum_polarisation((isovector + interference)[low], energy[low]), 506.0, rtol=0.02)
    assert_allclose(vacuum_polarisation(np.sum(parts(energy**2)[:4], axis=0), energy), 668.0, rtol=0.015)
    phi = (energy > 990.0) & (energy < 1060.0)
    assert_allclose(vacuum_polarisation(strange[phi], energy[phi]), 35.9 + 4.5, rtol=0.10)
    omega = energy < 950.0
    assert_allclose(vacuum_polarisation(isoscalar[omega], energy[omega]), 50.6 - 4.5, rtol=0.10)


def test_decays_of_the_tau_are_the_measured_ones():
    # R_tau,V = 1.782 and R_tau,A = 1.694 (1312.1501), of which the pion alone is 0.607 = BR(pi nu) / BR(e nu nu)
    x = (np.arange(20000) + 0.5) / 20000
    weight = 2.0 * (1 - x) ** 2 * (1 + 2 * x) * CKM_UD**2 * TAU_ELECTROWEAK
    isovector, _, _, _, axial, _ = parts(x * TAU_MASS**2)
    assert_allclose(np.mean(weight * isovector), 1.782, rtol=0.07)
    assert_allclose(np.mean(weight * 1.5 * axial), 1.694 - 0.607, rtol=0.02)


@pytest.mark.parametrize("current", range(len(CURRENTS)))
def test_poles_reproduce_r(current):
    s = np.unique(np.concatenate([np.linspace(279.2, 1.1e3, 4000), np.linspace(1.1e3, 2e4, 2000)])) ** 2
    expansion = pole_expansion()
    distance = s[:, np.newaxis] - expansion.centre
    terms = expansion.slope[current] * distance + expansion.height[current]
    reduced = expansion.constant[current] + np.sum(terms / (distance**2 + expansion.breadth**2), axis=1)
    expected = parts(s)[current]
    assert_allclose(reduced * (1 - THRESHOLD**2 / s) ** 1.5, expected, atol=2e-6 * np.max(np.abs(expected)))


def test_poles_on_the_real_axis_lie_below_the_threshold():
    expansion = pole_expansion()
    assert np.all(expansion.breadth >= 0.0)
    assert np.all(expansion.centre[expansion.breadth == 0.0] < THRESHOLD**2)


def test_uncertainty_grows_where_channels_overlap_and_beyond_3_gev():
    s = np.array([500.0, 1100.0, 2500.0, 4500.0]) ** 2
    photon = dark_photon(np.ones(4), np.full(4, 1e-3))
    assert_allclose(relative_uncertainty(s, photon), [0.05, 0.20, 0.05, 0.70], rtol=0.02)
    other = visible_couplings("universal", np.ones(4), np.full(4, 1e-3), np.ones(4))
    assert np.all(relative_uncertainty(s, other) >= relative_uncertainty(s, photon))
    assert_allclose(relative_uncertainty(np.array([1e4]), charges("kinetic_mixing")), 0.0, atol=0.0)


def test_no_points_give_empty_arrays():
    empty = np.empty(0)
    couplings = dark_photon(empty, empty)
    assert squared_coupling(empty, couplings).shape == relative_uncertainty(empty, couplings).shape == (0,)
    assert current_products(couplings).shape == (0, len(CURRENTS))


# Closed forms of the single pieces


@pytest.mark.parametrize(
    "current, mass, width, electrons", [("isoscalar", 782.66, 8.68, 7.38e-5), ("strange", 1019.461, 4.249, 2.979e-4)]
)
def test_a_narrow_meson_has_the_height_and_the_width_of_the_particle(current, mass, width, electrons):
    """12 pi BR(ee) / M^2 over 4 pi alpha^2 / 3 M^2 is 9 BR(ee) / alpha^2 at the peak, half of it at M +- Gamma / 2."""
    row = CURRENTS.index(current)
    peak, below, above = parts((mass + width * np.array([0.0, -0.5, 0.5])) ** 2)[row]
    assert_allclose(peak, 9.0 * electrons * 137.035999177**2, rtol=0.01)
    assert_allclose([below, above], 0.5 * peak, rtol=0.09)  # phase space leans the peak
    assert_allclose(0.5 * (below + above), 0.5 * peak, rtol=0.01)


def test_the_area_of_the_omega_is_its_electronic_width():
    """The integral of R ds over a narrow meson is 9 pi Gamma(ee) M / alpha^2, of which 1/30 lies beyond 10 widths."""
    energy = 782.66 + 8.68 * np.linspace(-10.0, 10.0, 20001)
    isoscalar = parts(energy**2)[CURRENTS.index("isoscalar")]
    area = np.trapezoid(isoscalar * 2.0 * energy, energy)
    expected = 9.0 * np.pi * 8.68 * 7.38e-5 * 782.66 * 137.035999177**2
    assert_allclose(area, (1.0 - 1.0 / (10.0 * np.pi)) * expected, rtol=0.01)


def test_the_pion_begins_as_a_point_with_its_charge_radius():
    """|F| at s -> 4 m^2 is 1 + s <r^2> / 6 with a radius of 0.659 fm (PDG), and a curvature of a few per cent more."""
    s = THRESHOLD**2 * (1.0 + 1e-4)
    isovector = parts(np.array(s))[CURRENTS.index("isovector")]
    form_factor = np.sqrt(4.0 * isovector / (1.0 - THRESHOLD**2 / s) ** 1.5)
    linear = s * (0.659 / 197.327) ** 2 / 6.0
    assert linear == pytest.approx(0.145, abs=0.001)
    assert 1.0 + linear < form_factor < 1.0 + linear + 2.0 * linear**2


def test_two_pions_open_with_the_third_power_of_their_velocity():
    s = THRESHOLD**2 / (1.0 - np.array([1e-3, 1e-2]) ** 2)
    first, second = parts(s)[CURRENTS.index("isovector")]
    assert_allclose(second / first, 1000.0, rtol=1e-3)


def test_rho_and_omega_interfere_with_opposite_signs_on_both_sides_of_the_omega():
    row = CURRENTS.index("rho_omega")
    below, at, above = parts((782.66 + np.array([-4.34, 0.0, 4.34])) ** 2)[row]
    assert below > 0.0 > above
    assert_allclose(at, 0.0, atol=1e-12)
    # at half a width the real part of the propagator is 1 / (2 M Gamma): 2 times 1.64e-3 M / (2 Gamma) of the pions
    pions = parts(np.array(782.66**2))[CURRENTS.index("isovector")]
    assert_allclose(0.5 * (below - above), pions * 1.64e-3 * 782.66 / 8.68, rtol=0.03)


def test_free_quarks_share_the_currents_as_their_charges_do():
    """Nc times (1/2)(2/3 + 1/3)^2 = 3/2, (1/2)(1/3)^2 = 1/6 and (1/3)^2 = 1/3, and the axial parts like one quark."""
    isovector, isoscalar, strange, interference, axial, axial_strange = parts(np.array(3e4**2))
    quarks = axial_strange  # 1 + alpha_s / pi
    assert_allclose(
        [isovector, isoscalar, strange, axial], np.array([1.5, 1.0 / 6.0, 1.0 / 3.0, 1.0]) * quarks, rtol=1e-4
    )
    assert_allclose(interference, 0.0, atol=1e-6)
    assert_allclose(quarks, 1.0 + strong_coupling(np.array(3e4**2)) / np.pi, rtol=1e-4)
    assert_allclose(r_ratio(np.array(3e4**2)), 2.0 * quarks, rtol=1e-4)


def test_the_strong_coupling_runs_with_three_flavours_and_freezes_below_1_gev():
    """d(1/alpha_s) / d ln s = (33 - 2 Nf) / 12 pi = 9 / 4 pi, and 0.314 at the mass of the tau (PDG 2024)."""
    assert_allclose(strong_coupling(np.array(1776.93**2)), 0.314, rtol=0.015)  # the freezing takes 1 % already
    high, higher = 1.0 / strong_coupling(np.array([1e4, 1e5]) ** 2)
    assert_allclose(higher - high, 9.0 / (4.0 * np.pi) * np.log(100.0), rtol=1e-4)
    low = strong_coupling(np.array([1.0, 300.0]) ** 2)
    assert_allclose(low, 4.0 * np.pi / (9.0 * np.log((1000.0 / 192.0) ** 2)), rtol=2e-3)


def quarks(**given):
    """Couplings of U to quarks alone, one point."""
    zero = np.zeros(1)
    names = ("g_dm", "g_e_l", "g_e_r", "g_nu", "g_u_l", "g_u_r", "g_d_l", "g_d_r", "epsilon", "g_pseudoscalar")
    return Couplings(**{name: zero + given.get(name, 0.0) for name in names})


@pytest.mark.parametrize(
    "given, expected",
    [
        # vector couplings of up alone: v_u^2 (1, 9, 0, 3) and no axial part
        ({"g_u_l": 0.2, "g_u_r": 0.2}, [0.04, 0.36, 0.0, 0.12, 0.0, 0.0]),
        # of down alone, which the strange quark shares: v_d^2 (1, 9, 9, -3)
        ({"g_d_l": 0.2, "g_d_r": 0.2}, [0.04, 0.36, 0.36, -0.12, 0.0, 0.0]),
        # axial couplings: 3 (a_u^2 + a_d^2), and 3 a_d^2 of the strange quark
        ({"g_u_l": -0.2, "g_u_r": 0.2}, [0.0, 0.0, 0.0, 0.0, 0.12, 0.0]),
        ({"g_d_l": -0.2, "g_d_r": 0.2}, [0.0, 0.0, 0.0, 0.0, 0.12, 0.12]),
        # isoscalar: equal vector couplings have no isovector part
        ({"g_u_l": 0.1, "g_u_r": 0.1, "g_d_l": 0.1, "g_d_r": 0.1}, [0.0, 0.36, 0.09, 0.0, 0.0, 0.0]),
    ],
)
def test_squared_couplings_of_single_quarks(given, expected):
    assert_allclose(current_products(quarks(**given))[0], expected, atol=1e-15)
    # the other sign of all couplings is the same physics
    other = {name: -value for name, value in given.items()}
    assert_allclose(current_products(quarks(**other))[0], expected, atol=1e-15)


def test_a_left_handed_coupling_is_half_vector_and_half_axial():
    products = current_products(quarks(g_u_l=0.2, g_d_l=0.4))[0]
    expected = [0.01, 9.0 * 0.09, 9.0 * 0.04, -3.0 * 0.1 * 0.3, 3.0 * (0.01 + 0.04), 3.0 * 0.04]
    assert_allclose(products, expected, atol=1e-15)


@pytest.mark.parametrize("energy, measured, other", [(280.0, 0.05, 0.5), (1390.0, 0.175, 0.3), (2500.0, 0.05, 0.125)])
def test_the_uncertainty_is_the_measured_one_for_a_photon_and_larger_for_others(energy, measured, other):
    s = np.array([energy**2 * (1.0 + 1e-9)])
    photon = dark_photon(np.ones(1), np.full(1, 1e-3))
    assert_allclose(relative_uncertainty(s, photon), measured, rtol=2e-3)  # but for the interference
    axial = quarks(g_u_l=-1e-3, g_u_r=1e-3)
    assert_allclose(relative_uncertainty(s, axial), other, rtol=1e-6)
    assert_allclose(relative_uncertainty(s, quarks(g_u_l=-1.0, g_u_r=1.0)), other, rtol=1e-6)  # of any strength
    # vector couplings out of the ratio 2 to -1 have parts of both
    mixed = relative_uncertainty(s, quarks(g_u_l=1e-3, g_u_r=1e-3, g_d_l=-3e-4, g_d_r=-3e-4))
    assert measured < mixed[0] < other


def test_what_does_not_couple_to_hadrons_has_no_uncertainty():
    assert_allclose(relative_uncertainty(np.array([1e6]), quarks()), 0.0, atol=0.0)


def test_a_point_has_the_same_bits_alone_and_in_company():
    s = np.linspace(300.0, 2900.0, 7) ** 2
    couplings = visible_couplings("hypercharge", np.ones(7), np.linspace(1e-4, 1e-3, 7), np.ones(7))
    together = squared_coupling(s, couplings)
    one = [squared_coupling(s[k : k + 1], selected(couplings, np.arange(7) == k))[0] for k in range(7)]
    assert together.tolist() == one
