from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose
from reference.couplings import couplings_of
from scipy.integrate import quad
from scipy.special import kn

from model.physics.constants import E_CHARGE, ELECTRON_MASS, PLANCK_MASS
from model.physics.early_universe.freeze_out import thermal_average
from model.physics.early_universe.neutrino_decoupling import n_eff
from model.physics.early_universe.thermal_history import standard_thermal_history
from model.physics.early_universe.thermalisation import (
    dark_gas,
    neutrino_exchange,
    pseudoscalar_decoupling,
    thermalisation,
)
from model.physics.hidden_sector import u_decay
from model.physics.hidden_sector.charges import visible_couplings
from model.physics.quantities import DarkMatter, Spectrum


def point(m_dm, m_u, g_dm, epsilon, m_scalar=np.nan, kind=DarkMatter.MAJORANA):
    """Spectrum, couplings and widths of points that share a kind."""
    m_dm, m_u, g_dm, epsilon, m_scalar = np.broadcast_arrays(*np.atleast_1d(m_dm, m_u, g_dm, epsilon, m_scalar))
    spectrum = Spectrum(m_dm=m_dm * 1.0, m_u=m_u * 1.0, m_rad=m_dm * np.nan, m_scalar=m_scalar * 1.0)
    g = epsilon * E_CHARGE
    couplings = couplings_of(g_dm, -g, -g, g)
    return spectrum, couplings, u_decay.partial_widths(spectrum, couplings, kind)


def shares(*args, kind=DarkMatter.MAJORANA, **kwargs):
    inputs = point(*args, kind=kind, **kwargs)
    return thermalisation(*inputs, kind, standard_thermal_history())


def hubble(temperature):
    history = standard_thermal_history()
    g = np.interp(np.log(temperature), np.log(history.temperature), history.g_energy)
    return np.sqrt(8 * np.pi / 3 * np.pi**2 / 30 * g) * temperature**2 / PLANCK_MASS


@pytest.mark.parametrize("epsilon", [1e-12, 3e-10, 1e-9, 3e-9])
def test_u_by_its_decays(epsilon):
    # U -> e+e- alone, slowed by time dilation; time dilation as the mean of m/E over a Maxwell-Boltzmann gas
    m_u = 10.0
    r = (ELECTRON_MASS / m_u) ** 2
    width = (epsilon * E_CHARGE) ** 2 / (12 * np.pi) * m_u * np.sqrt(1 - 4 * r) * (1 + 2 * r)

    def gas(weight):
        return quad(lambda p: p**2 * np.exp(-np.sqrt(p**2 + 1)) * weight(np.sqrt(p**2 + 1)), 0, 60)[0]

    dilation = gas(lambda e: 1 / e) / gas(lambda e: e / e)
    found = shares(6.0, m_u, 1e-6, epsilon).u
    assert_allclose(found, 1 - np.exp(-width * dilation / hubble(m_u)), rtol=1e-6)


@pytest.mark.parametrize("kind, kappa, states", [(DarkMatter.MAJORANA, 1.0, 2), (DarkMatter.DIRAC, 0.5, 4)])
def test_dark_matter_by_annihilation(kind, kappa, states):
    # Far below the U the cross-section is a contact term; its thermal average over Maxwell-Boltzmann gases at T = m
    # from (s - 4m^2) or (s + 2m^2), with massless electrons: <sigma v> = int ds sv sqrt(s) (s-4m^2) K1 / (8 T m^4 K2^2)
    m, m_u, g_dm, epsilon = 5.0, 3000.0, 1.0, 2e-4
    g2 = 2 * (g_dm * epsilon * E_CHARGE) ** 2

    def integrand(w):
        s = (w * m) ** 2
        spin = s - 4 * m**2 if kind is DarkMatter.MAJORANA else s + 2 * m**2
        sigma_v = g2 * s * spin / (12 * np.pi * s * m_u**4)
        # (sigma v) beta s^(3/2) K1 / (16 m^4 T K2^2) with beta = sqrt(1 - 4m^2/s), docs/physics/early_universe.md 2
        return sigma_v * np.sqrt(1 - 4 / w**2) * s**1.5 * kn(1, w) / (16 * m**5 * kn(2, 1.0) ** 2) * 2 * w * m**2

    average = quad(integrand, 2, 60)[0]
    density = states * m**3 * kn(2, 1.0) / (2 * np.pi**2)
    rate = kappa * density * average / hubble(m)
    found = shares(m, m_u, g_dm, epsilon, kind=kind).dark_matter
    assert 0.1 < rate < 30.0
    assert_allclose(found, 1 - np.exp(-rate), rtol=5e-3)


def test_rises_from_nothing_to_equilibrium_with_the_mixing():
    epsilon = np.geomspace(1e-14, 1e-3, 200)
    found = shares(3.0, 10.0, 0.3, epsilon)
    for share in found:
        assert np.all(np.diff(share) >= 0.0)
        assert share[0] < 1e-4
        assert_allclose(share[-1], 1.0, rtol=1e-12)
        rising = epsilon[(share > 0.05) & (share < 0.95)]
        assert rising[-1] / rising[0] < 20.0


def test_points_with_the_right_abundance_are_in_equilibrium():
    # docs/physics/early_universe.md 2: each of these gives Omega h^2 = 0.12
    g = np.array([8.14e-5, 3.47e-8]) / E_CHARGE
    found = shares([10.0, 10.0], [30.0, 20.2], [0.3, 0.01], g)
    assert_allclose(found.dark_matter, 1.0, atol=1e-6)
    assert_allclose(found.u, 1.0, atol=1e-6)


def test_secluded_dark_matter_follows_u():
    # m_U < m_dm and feeble mixing: X X -> e+e- is out of equilibrium, X X -> U U is not
    found = shares(10.0, 5.0, 0.01, 1e-8)
    assert_allclose(found.u, 1.0, atol=1e-6)
    assert_allclose(found.dark_matter, 1.0, atol=1e-6)
    assert shares(10.0, 5.0, 1e-7, 1e-8).dark_matter[0] < 1e-3
    assert shares(10.0, 200.0, 1e-4, 1e-8).dark_matter[0] < 1e-3


def test_gas_holds_the_species_with_their_shares():
    spectrum, couplings, widths = point([3.0, 3.0], 10.0, 0.3, [1e-4, 1e-4], m_scalar=[8.0, np.nan])
    share = thermalisation(spectrum, couplings, widths, DarkMatter.MAJORANA, standard_thermal_history())
    gas = dark_gas(spectrum, DarkMatter.MAJORANA, share._replace(u=np.array([1.0, 0.5])))
    assert_allclose(gas.mass[0], [3.0, 10.0, 8.0])
    assert_allclose(gas.states, [[2.0, 3.0, 1.0], [2.0, 1.5, 0.0]])
    assert gas.fermion == (True, False, False)
    assert dark_gas(spectrum, DarkMatter.SCALAR, share).fermion[0] is False
    assert dark_gas(spectrum, DarkMatter.DIRAC_CHIRAL, share).states[0, 0] == 4.0


def test_n_eff_is_the_standard_one_without_couplings():
    inputs = point(1.0, 3.0, 1e-9, 1e-15)
    share = thermalisation(*inputs, DarkMatter.DIRAC, standard_thermal_history())
    assert_allclose(n_eff(dark_gas(inputs[0], DarkMatter.DIRAC, share)), 3.0448, atol=1e-3)


def test_neutrinos_exchange_heat_only_where_u_couples_to_them():
    one = np.ones(2)
    spectrum = Spectrum(40.0 * one, 100.0 * one, np.nan * one, np.nan * one)
    expected = {"kinetic_mixing": None, "hypercharge": 0.6, "universal": 1.5}
    for charges, ratio in expected.items():
        couplings = visible_couplings(charges, one, 1e-5 * one, 0.1 * one)
        inputs = spectrum, couplings, u_decay.partial_widths(spectrum, couplings, DarkMatter.DIRAC), DarkMatter.DIRAC
        share = thermalisation(*inputs, standard_thermal_history())
        exchange = neutrino_exchange(*inputs, share)
        if ratio is None:
            assert exchange is None
            continue
        widths = inputs[2]
        assert_allclose(widths.neutrinos / widths.electrons, ratio, rtol=1e-4)
        assert_allclose(exchange.u_rate, 100.0 * widths.neutrinos * (1 - widths.neutrinos / widths.total), rtol=1e-5)
        # annihilation into neutrinos alone, a power law between its two nodes
        electrons = thermal_average(np.array([10.0, 20.0]), *inputs) / (1 + ratio)
        assert_allclose(exchange.dm_rate / 0.5, ratio * electrons[:, 0], rtol=1e-3)
        assert_allclose(2.0**exchange.dm_power, electrons[:, 1] / electrons[:, 0], rtol=2e-3)


def test_pseudoscalar_leaves_the_bath_with_the_heat_that_feeds_it():
    spectrum, couplings, widths = point([1.0, 10.0, 10.0], [3.0, 30.0, 30.0], 0.5, 1e-4, kind=DarkMatter.MAJORANA)
    history = standard_thermal_history()
    inputs = spectrum, couplings, widths, DarkMatter.MAJORANA, history
    assert pseudoscalar_decoupling(*inputs) is None
    coupled = replace(couplings, g_pseudoscalar=np.array([0.1, 0.1, 1e-9]))
    leaves = pseudoscalar_decoupling(spectrum, coupled, *inputs[2:])
    assert np.isinf(leaves[2])
    assert np.all((leaves[:2] > spectrum.m_dm[:2] / 15) & (leaves[:2] < spectrum.m_dm[:2] / 8))
    # at that temperature the smaller rate, into electrons here, carries 4 H rho_a
    for m_dm, t, row in zip(spectrum.m_dm[:2], leaves, (0, 1), strict=False):
        x = np.array([m_dm / t])
        average = thermal_average(x, spectrum, couplings, widths, DarkMatter.MAJORANA)[row, 0]
        density = 2 * m_dm**2 * t / (2 * np.pi**2) * kn(2, x[0])
        heat = average * density**2 * (m_dm + 1.5 * t)
        assert_allclose(heat, 4 * hubble(t) * np.pi**2 / 30 * t**4, rtol=0.1)
