import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from reference import coupled_relic_oracle, kinetic_oracle, scattering_oracle
from reference.couplings import couplings_of

from model.physics.constants import CHARGED_PION_MASS, ELECTRON_MASS, MUON_MASS
from model.physics.early_universe import momentum_exchange
from model.physics.early_universe.momentum_exchange import TEMPERATURE, exchange_rate, integrals
from model.physics.early_universe.thermal_history import standard_thermal_history
from model.physics.hidden_sector.charges import dark_photon, visible_couplings
from model.physics.quantities import DarkMatter, Spectrum

CURRENTS = (("charge", scattering_oracle.VECTOR), ("spin", scattering_oracle.AXIAL))
FERMIONS = (("V", scattering_oracle.VECTOR), ("A", scattering_oracle.AXIAL))


def rates(kind, m_dm, m_u, couplings, t_nu=TEMPERATURE):
    one = np.ones_like(couplings.g_dm)
    return exchange_rate(Spectrum(m_dm * one, m_u * one, one, one), couplings, kind, t_nu)


@pytest.mark.parametrize("k, cos", [(0.2, -0.5), (3.0, 0.2), (8.0, -0.9)])
@pytest.mark.parametrize("m_u", [1.3, 10.0])
@pytest.mark.parametrize("fermion", [0, 1], ids=["V", "A"])
@pytest.mark.parametrize("current", [0, 1], ids=["charge", "spin"])
def test_amplitude_of_the_oracle_is_that_of_explicit_spinors(current, fermion, m_u, k, cos):
    # oracle.squared_amplitude, in closed form, against spinor sums with a dark matter of 100 GeV
    name, gamma_x = CURRENTS[current]
    heavy, mass = 1e5, ELECTRON_MASS
    momenta = scattering_oracle.momenta(heavy, mass, k, cos)
    slow = scattering_oracle.squared_amplitude(gamma_x, FERMIONS[fermion][1], momenta, heavy, mass, m_u)
    couplings = (1.0, 0.0) if fermion == 0 else (0.0, 1.0)
    tau = 2 * k**2 * (1 - cos)
    fast = kinetic_oracle.squared_amplitude(name, *couplings, mass, m_u, np.hypot(k, mass), tau)
    assert_allclose(slow / (4 * heavy**2 * 2), fast, rtol=3e-4)  # k / m_X


@pytest.mark.parametrize("temperature, m_u", [(0.02, 10.0), (0.3, 1.5), (3.0, 40.0), (11.0, 2.0)])
def test_integrals_agree_with_adaptive_quadrature(temperature, m_u):
    found = integrals(np.array([temperature]), ELECTRON_MASS, np.array([m_u]))[:, 0] * np.exp(
        -ELECTRON_MASS / temperature
    )
    unit = 96 * np.pi**3 * m_u**4 * temperature  # for g_dm = m_dm = 1
    for value, (current, pair) in zip(
        found, [(c, p) for c in ("charge", "spin") for p in ((1.0, 0.0), (0.0, 1.0))], strict=True
    ):
        slow = kinetic_oracle.rate(temperature, 1.0, 1.0, current, *pair, ELECTRON_MASS, m_u)
        assert_allclose(value / unit, slow, rtol=3e-5)


def test_massless_contact_limit_in_closed_form():
    # int domega f (1 - f) omega^6 = 6 T^7 Gamma(6) eta(6); 64/3 and 320/3 from the angles, twice for antifermions
    zeta6 = np.pi**6 / 945
    expected = 2 * 6 * 120 * (1 - 2.0**-5) * zeta6 * np.array([64, 64, 320, 320]) / 3
    assert_allclose(integrals(np.array([1.0]), 0.0, np.array([1e6]))[:, 0], expected, rtol=1e-6)


NAMES = {
    DarkMatter.MAJORANA: "majorana",
    DarkMatter.SCALAR: "scalar",
    DarkMatter.DIRAC: "dirac",
    DarkMatter.DIRAC_CHIRAL: "chiral",
}


@pytest.mark.parametrize("m_dm, m_u, near", [(0.7, 2.1, 0.035), (1.0, 1.9, 0.1), (20.0, 37.0, 1.0)])
@pytest.mark.parametrize("kind", DarkMatter)
def test_rate_with_recoil_agrees_with_contracted_tensors(kind, m_dm, m_u, near):
    k = np.argmin(np.abs(TEMPERATURE - near))
    found = rates(kind, m_dm, m_u, couplings_of(0.7, 2e-4, -5e-4))[0][0, k]
    slow = coupled_relic_oracle.elastic_rate(NAMES[kind], 0.7, 2e-4, -5e-4, m_dm, m_u, [TEMPERATURE[k]])
    # The oracle takes one ratio of quantum to classical statistics for vector and axial currents together.
    assert_allclose(found, slow, rtol=1e-3)


@pytest.mark.parametrize("m_dm, m_u, near", [(1.0, 1.3, 0.06), (10.0, 2.0, 0.8)])
@pytest.mark.parametrize("kind", DarkMatter)
def test_rate_on_u_bosons_agrees_with_explicit_spins_and_polarisations(kind, m_dm, m_u, near):
    k = np.argmin(np.abs(TEMPERATURE - near))
    one = np.ones(1)
    spectrum = Spectrum(m_dm * one, m_u * one, one, 0.9 * m_u * one)
    found = exchange_rate(spectrum, couplings_of(0.7, 0.0, 0.0), kind, TEMPERATURE)[0][0, k]
    slow = coupled_relic_oracle.u_elastic_rate(NAMES[kind], 0.7, m_dm, m_u, TEMPERATURE[k], 0.9 * m_u)
    assert_allclose(found, slow, rtol=1e-3)


@pytest.mark.parametrize("m_dm", [1e4, 1e11])
def test_light_u_bosons_scatter_like_photons(m_dm):
    # sigma = g^4 / (6 pi m^2) for two polarisations, and tau = 2 k^2 on average: momenta of dark matter at rest spread
    # by 2 k^2 sigma n / 3 along one direction, which is gamma m T.
    # Diagrams that nearly cancel for heavy dark matter leave it.
    m_u, g = 1e-2, 0.1
    k = np.argmin(np.abs(TEMPERATURE - 1.0))
    t, one = TEMPERATURE[k], np.ones(1)
    spectrum = Spectrum(m_dm * one, m_u * one, one, np.nan * one)
    found = exchange_rate(spectrum, couplings_of(g, 0.0, 0.0), DarkMatter.SCALAR, TEMPERATURE)[0][0, k]
    k2_density = 2 * 24 * t**5 / (2 * np.pi**2)  # two polarisations of int k^2 d^3k/(2pi)^3 e^(-k/T)
    thomson = g**4 / (6 * np.pi * m_dm**2)
    assert_allclose(found, 2 / 3 * k2_density * thomson / (m_dm * t), rtol=0.02)


@pytest.mark.parametrize("kind", DarkMatter)
def test_heavy_dark_matter_recovers_the_rate_of_dark_matter_at_rest(kind):
    charge, spin = kind.static_currents
    couplings = couplings_of(0.7, 2e-4, -5e-4)
    vector2, axial2 = 1.5e-4**2, 3.5e-4**2
    heavy, m_u = 1e5, 333.0
    found = rates(kind, heavy, m_u, couplings)[0][0]
    columns = integrals(TEMPERATURE, ELECTRON_MASS, np.full_like(TEMPERATURE, m_u))
    weights = np.array([charge * vector2, charge * axial2, spin * vector2, spin * axial2])
    expected = 0.49 / (96 * np.pi**3 * heavy * m_u**4) * weights @ columns / TEMPERATURE
    # Muons and pions add to it above; electrons are gone below.
    used = (TEMPERATURE > 1e-2) & (TEMPERATURE < 3.0)
    assert_allclose(found[used], (expected * np.exp(-ELECTRON_MASS / TEMPERATURE))[used], rtol=1e-3)


# Ratios of the exact rate to that of dark matter at rest, with classical statistics and m_U = 3 m: a table that a
# separate calculation gave in two digits, and that a Monte Carlo of collisions confirmed to 0.6 %.
@pytest.mark.parametrize(
    "m_dm, temperature, majorana, scalar",
    [(1.0, 0.035, 0.147, 0.20), (2.0, 0.04, 0.31, 0.39), (5.0, 0.06, 0.55, 0.63), (20.0, 0.16, 0.76, 0.83)],
)
def test_recoil_slows_the_exchange_as_tabulated(m_dm, temperature, majorana, scalar):
    for kind, expected in (("majorana", majorana), ("scalar", scalar)):
        point = (kind, 1.0, 1e-3, 1e-3, m_dm, 3.0 * m_dm)
        exact = coupled_relic_oracle.elastic_rate(*point, [temperature], quantum=False)[0]
        assert_allclose(exact / coupled_relic_oracle.static_rate(*point, temperature), expected, rtol=0.02)


def test_pions_scatter_like_a_scalar_of_their_charge():
    # At energies far below both masses a target counts by its charge: pions against muons, scaled by
    # int domega f k^4 omega^2 ~ g m^4 e^(-m/T) in the contact limit.
    m_dm, m_u = 3000.0, 1e4
    k = np.argmin(np.abs(TEMPERATURE - 4.0))
    quarks = couplings_of(1.0, 0.0, 0.0, 1e-3)
    pions = rates(DarkMatter.DIRAC, m_dm, m_u, quarks)[0][0, k]
    both = rates(DarkMatter.DIRAC, m_dm, m_u, couplings_of(1.0, 1e-3, 1e-3))[0][0, k]
    electrons = coupled_relic_oracle.elastic_rate("dirac", 1.0, 1e-3, 1e-3, m_dm, m_u, [TEMPERATURE[k]])[0]
    muons = coupled_relic_oracle.elastic_rate("dirac", 1.0, 1e-3, 1e-3, m_dm, m_u, [TEMPERATURE[k]], MUON_MASS)[0]
    assert_allclose(both, electrons + muons, rtol=1e-3)
    scaled = 0.5 * (CHARGED_PION_MASS / MUON_MASS) ** 4 * np.exp((MUON_MASS - CHARGED_PION_MASS) / TEMPERATURE[k])
    assert_allclose(pions / muons, scaled, rtol=0.1)


@pytest.mark.parametrize("kind", [DarkMatter.DIRAC, DarkMatter.MAJORANA])
def test_neutrinos_are_three_left_handed_fermions(kind):
    one = np.ones(1)
    found = rates(kind, 5e3, 4.0, visible_couplings("universal", one, 1e-4 * one, one), 0.7 * TEMPERATURE)[1][0]
    current = "charge" if kind is DarkMatter.DIRAC else "spin"
    for k in (80, 150):
        # P_L is vector and axial of half the strength; masses of 1e-6 T stand for none
        t = 0.7 * TEMPERATURE[k]
        slow = 3 * kinetic_oracle.rate(t, 5e3, 1.0, current, 0.25e-8, 0.25e-8, 1e-6 * t, 4.0)
        assert_allclose(found[k], slow, rtol=5e-3)


def test_without_neutrino_charge_neutrinos_do_nothing():
    electrons, neutrinos = rates(DarkMatter.DIRAC, 5.0, 12.0, couplings_of([1.0, 1.0], [1e-4, 0.0], [1e-4, 0.0]))
    assert not neutrinos.any()
    assert electrons[0].any()
    assert not electrons[1].any()


@pytest.mark.parametrize("m_dm", [0.6, 3.0, 6000.0, 1e9])
def test_rates_do_not_depend_on_what_was_in_memory(m_dm):
    # Muons are gone before light dark matter is slow, and a heavy U before the lattice begins: neither has a window.
    spectrum = Spectrum(np.array([m_dm]), np.array([1.75 * m_dm]), np.array([np.nan]), np.array([1.75 * m_dm]))
    couplings = dark_photon(np.array([0.3]), np.array([1e-4]))
    history = standard_thermal_history()

    def rates(litter):
        np.full((3000, 202), litter)  # what the next arrays may be made of
        return momentum_exchange.exchange(spectrum, couplings, DarkMatter.MAJORANA, history).ln_gamma

    assert_array_equal(rates(1e300), rates(-7.0))
    assert np.all(np.diff(rates(0.0)[0]) >= 0.0)
