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
)

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
