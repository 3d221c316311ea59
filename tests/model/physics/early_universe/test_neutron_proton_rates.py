"""Weak rates: quadrature, detailed balance, decay, and exact kinematics with nucleons of finite mass by Monte Carlo."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from reference import nucleosynthesis_oracle as oracle
from scipy.integrate import quad

from model.physics.early_universe import neutron_proton_rates
from model.physics.early_universe.neutron_proton_rates import (
    AXIAL_COUPLING,
    MASS_DIFFERENCE,
    NEUTRON_MASS,
    PROTON_MASS,
    vacuum_decay,
    weak_rates,
)

ELECTRON = 0.51099895069


@pytest.mark.parametrize("temperature, ratio", [(4.0, 1.0), (1.0, 0.99), (0.7, 0.9), (0.3, 0.75), (0.1, 0.7)])
def test_rates_against_adaptive_quadrature(temperature, ratio):
    t, t_nu = np.array(temperature), np.array(temperature * ratio)
    assert_allclose(weak_rates(t, t_nu), oracle.weak_rates(temperature, temperature * ratio), rtol=3e-5)
    assert_allclose(weak_rates(t, t_nu, born=True), oracle.born_rates(temperature, temperature * ratio), rtol=1e-5)


def test_rates_obey_detailed_balance_and_end_in_decay():
    t = np.array([0.2, 1.0, 3.0])
    n_to_p, p_to_n = weak_rates(t, t, born=True)
    assert_allclose(p_to_n / n_to_p, np.exp(-MASS_DIFFERENCE / t), rtol=1e-6)
    # Radiative corrections at zero temperature break it by their thermal counterparts, which are left out.
    n_to_p, p_to_n = weak_rates(t, t)
    heavier = (NEUTRON_MASS / PROTON_MASS) ** 1.5
    assert_allclose(p_to_n / n_to_p, np.exp(-MASS_DIFFERENCE / t) * heavier, rtol=3e-3)
    for born in (True, False):
        cold = weak_rates(np.array(0.005), np.array(0.0036), born=born)
        assert_allclose(cold, [1 / 878.4, 0.0], rtol=1e-3, atol=1e-30)


def test_vacuum_decay_integral():
    # Born value of the phase space: 1.636 m_e^5 (Dicus et al. 1982); with corrections 1.6887 x 1.03887 (hep-ph/0406324)
    m, q = ELECTRON, MASS_DIFFERENCE
    expected = quad(lambda e: e * np.sqrt(e * e - m * m) * (q - e) ** 2, m, q)[0]
    assert_allclose(vacuum_decay(born=True), expected, rtol=1e-9)
    assert_allclose(expected / m**5, 1.636, rtol=1e-3)
    assert_allclose(vacuum_decay() / m**5, 1.6887 * 1.03887, rtol=2e-3)


def boost(momentum, energy, total, total_energy, mass):
    """From the rest frame of a system of that mass into the frame where its momentum is ``total``."""
    along = np.sum(total * momentum, axis=1) / mass
    return momentum + total * ((along / (total_energy / mass + 1) + energy) / mass)[:, None]


def directions(rng, n):
    vectors = rng.normal(size=(n, 3))
    return vectors / np.linalg.norm(vectors, axis=1)[:, None]


def monte_carlo(t, t_nu, sign, capture, heavier, n=400_000):
    """Rate of n nu -> p e (or n e -> p nu with ``capture``) up to a factor; sign = -1 swaps n and p."""
    rng = np.random.default_rng(7)
    first, last = (NEUTRON_MASS, PROTON_MASS) if sign > 0 else (PROTON_MASS, NEUTRON_MASS)
    first, last = first + heavier, last + heavier
    m_in, m_out = (ELECTRON, 0.0) if capture else (0.0, ELECTRON)
    t_in, t_out = (t, t_nu) if capture else (t_nu, t)
    scale = 1.15 * t_in
    kinetic = rng.gamma(4.5, scale, n)
    energy = m_in + kinetic
    p_in = np.sqrt(energy**2 - m_in**2)
    weight = energy * p_in / (np.exp(energy / t_in) + 1) * np.exp(kinetic / scale) * (scale / kinetic) ** 3.5
    weight *= scale
    nucleon = rng.normal(size=(n, 3)) * np.sqrt(first * t)
    k2 = np.sum(nucleon**2, axis=1)
    e_nucleon = np.sqrt(first**2 + k2)
    juettner = np.exp(-(e_nucleon - first) / t + k2 / (2 * first * t))
    incoming = p_in[:, None] * directions(rng, n)
    total, total_energy = nucleon + incoming, e_nucleon + energy
    mass = np.sqrt(total_energy**2 - np.sum(total**2, axis=1))
    allowed = mass > last + m_out
    kallen = np.where(allowed, (mass**2 - (last + m_out) ** 2) * (mass**2 - (last - m_out) ** 2), 0.0)
    p_star = np.sqrt(kallen) / (2 * mass)
    outgoing = boost(p_star[:, None] * directions(rng, n), np.hypot(p_star, m_out), total, total_energy, mass)
    e_out = np.sqrt(m_out**2 + np.sum(outgoing**2, axis=1))
    p_last, e_last = total - outgoing, total_energy - e_out

    def dot(e1, p1, e2, p2):
        return e1 * e2 - np.sum(p1 * p2, axis=1)

    leptons = dot(energy, incoming, e_out, outgoing)
    neutrino_first = dot(e_nucleon, nucleon, energy, incoming) * dot(e_last, p_last, e_out, outgoing)
    electron_first = dot(e_last, p_last, energy, incoming) * dot(e_nucleon, nucleon, e_out, outgoing)
    if capture:
        neutrino_first, electron_first = electron_first, neutrino_first
    g = sign * AXIAL_COUPLING
    squared = (1 + g) ** 2 * neutrino_first + (1 - g) ** 2 * electron_first + (g**2 - 1) * first * last * leptons
    value = weight * juettner * squared / (e_nucleon * energy) * p_star / mass / (1 + np.exp(-e_out / t_out))
    return np.mean(np.where(allowed, value, 0.0)) / np.mean(juettner)


@pytest.mark.compiled  # no kernel is called
@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("ratio", [1.0, 0.8])
def test_finite_mass_of_nucleons_against_exact_kinematics(sign, ratio, monkeypatch):
    # Without weak magnetism and radiative corrections; the same random numbers serve nucleons that are 100 times
    # heavier. Decay and its inverse are negligible at 2 MeV.
    monkeypatch.setattr(neutron_proton_rates, "WEAK_MAGNETISM", 0.0)
    monkeypatch.setattr(neutron_proton_rates, "_radiative", lambda energy, *_, **__: np.ones_like(energy))
    monkeypatch.setattr(neutron_proton_rates, "vacuum_decay", lambda **_: 1.0)
    light, heavy = (
        sum(monte_carlo(2.0, 2.0 * ratio, sign, capture, heavier) for capture in (True, False))
        for heavier in (0.0, 1e5)
    )
    t, channel = np.array(2.0), 0 if sign > 0 else 1
    corrected, born = (weak_rates(t, t * ratio, born=born)[channel] for born in (False, True))
    # Terms of second order are a few per cent of the first.
    assert_allclose(corrected / born - 1, (light / heavy - 1) / 0.99, rtol=0.06)


def test_weak_magnetism_separates_the_two_rates_where_neutrinos_are_cold(monkeypatch):
    monkeypatch.setattr(neutron_proton_rates, "_radiative", lambda energy, *_, **__: np.ones_like(energy))
    t = np.array(1.0)

    def separation(ratio):
        both = np.divide(*(np.array(weak_rates(t, ratio * t, born=born)) for born in (False, True)))
        return both[1] / both[0] - 1

    assert_allclose(separation(1.0), (NEUTRON_MASS / PROTON_MASS) ** 1.5 - 1, rtol=0.02)
    with_magnetism = separation(0.9)
    monkeypatch.setattr(neutron_proton_rates, "WEAK_MAGNETISM", 0.0)
    assert with_magnetism > 0.015
    assert abs(separation(0.9)) < 0.006
