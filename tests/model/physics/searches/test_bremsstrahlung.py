import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from reference import dump_oracle, exact_tree_oracle
from reference.stored import stored

from model.physics.constants import ALPHA
from model.physics.searches import bremsstrahlung
from model.physics.searches.bremsstrahlung import (
    K_FACTORS,
    TargetMaterial,
    cross_section,
    form_factor_flux,
    k_factor,
    u_spectrum,
)

ALUMINIUM = TargetMaterial("Al", 13.0, 26.98, 24.01)
TUNGSTEN = TargetMaterial("W", 74.0, 183.84, 6.76)
LEAD = TargetMaterial("Pb", 82.0, 207.2, 6.37)


@pytest.mark.parametrize("target", [ALUMINIUM, TUNGSTEN, LEAD], ids=lambda t: t.name)
@pytest.mark.parametrize("mass, energy", [(1.1e-3, 275.0), (5e-3, 9.0), (20e-3, 2.5), (0.1, 20.0), (1.0, 100.0)])
def test_flux_matches_adaptive_quadrature(target, mass, energy):
    expected = dump_oracle.flux((mass**2 / (2 * energy)) ** 2, mass**2, target.z, target.a)
    assert_allclose(form_factor_flux(mass, energy, target), expected, rtol=1e-5)


def test_flux_vanishes_where_no_momentum_transfer_is_left():
    assert form_factor_flux(1.0, 0.5, TUNGSTEN) == 0.0


@pytest.mark.parametrize("form", ["literature", "improved"])
@pytest.mark.parametrize("x", [0.05, 0.5, 0.99])
@pytest.mark.parametrize("mass", [1.3e-3, 17e-3, 0.2])
def test_cross_section_matches_the_formula(form, x, mass):
    expected = dump_oracle.cross_section(x, mass, 20.0, ALUMINIUM.z, ALUMINIUM.a, form)
    assert_allclose(cross_section(x, mass, 20.0, ALUMINIUM, form), expected, rtol=1e-4)


@pytest.mark.parametrize("x", [0.3, 0.9])
@pytest.mark.parametrize("mass", [5e-3, 0.1])
def test_full_cross_section_matches_the_angular_integral(x, mass):
    expected = dump_oracle.cross_section(x, mass, 100.0, LEAD.z, LEAD.a, "full")
    assert_allclose(cross_section(x, mass, 100.0, LEAD, "full"), expected, rtol=3e-3)


def test_literature_form_is_the_improved_one_for_heavy_u():
    x = np.array([0.2, 0.5, 0.8])
    ratio = cross_section(x, 0.1, 20.0, TUNGSTEN, "literature") / cross_section(x, 0.1, 20.0, TUNGSTEN, "improved")
    assert_allclose(ratio, 1.0, rtol=1e-3)


def test_cross_section_vanishes_below_threshold():
    assert cross_section(0.01, 0.1, 5.0, TUNGSTEN, "improved") == 0.0


@given(st.floats(1.1e-3, 0.5), st.floats(0.1, 0.95))
def test_cross_section_falls_with_mass(mass, x):
    light, heavy = (cross_section(x, m, 20.0, TUNGSTEN, "improved")[0] for m in (mass, 1.1 * mass))
    assert 0.0 < heavy < light


@pytest.mark.parametrize("y", [1e-30, 1e-8, 1e-3, 0.1, 1.0, 4.0, 9.0])
def test_track_density_matches_adaptive_quadrature(y):
    table = bremsstrahlung._track_table(60.0)
    found = bremsstrahlung.kernel.track_density(-np.log(y), table)
    assert_allclose(found, dump_oracle.track_length(y, 60.0), rtol=1e-6)


def test_thick_targets_are_all_the_same():
    gap = np.array([0.5])
    thick, thicker = (u_spectrum(gap, 9.0, 5e-3, TUNGSTEN, depth, "improved")[0] for depth in (40.0, 700.0))
    assert_allclose(thick, thicker, rtol=1e-6)


@pytest.mark.parametrize(
    "target, beam, mass, form", [(TUNGSTEN, 275.0, 5e-3, "literature"), (ALUMINIUM, 20.0, 0.1, "improved")]
)
@pytest.mark.parametrize("fraction", [0.01, 0.4, 0.98])
def test_spectrum_matches_adaptive_quadrature(target, beam, mass, form, fraction):
    dump = dump_oracle.Dump(target.z, target.a, target.radiation_length_g_cm2, beam, mass, form)
    found = u_spectrum(np.array([-np.log(fraction)]), beam, mass, target, 60.0, form)[0]
    assert_allclose(found, dump.spectrum(fraction * beam), rtol=3e-4)


def test_node_shares_add_up_and_scales_are_between_the_masses():
    _, scale, share = u_spectrum(np.array([0.1, 2.0]), 9.0, 5e-3, TUNGSTEN, 60.0, "improved")
    assert_allclose(share.sum(axis=1), 1.0, rtol=1e-12)
    assert (scale <= 25e-6 * (1 + 1e-9)).all()
    assert (scale >= (0.99 * 0.511e-3) ** 2 * np.exp(-4.0)).all()


@pytest.mark.parametrize("row", K_FACTORS)
def test_k_factor_is_the_table_at_its_nodes(row):
    masses, improved, full = K_FACTORS[row]
    assert_allclose([k_factor(m / 1e3, row, "improved") for m in masses], improved, rtol=1e-12)
    assert_allclose([k_factor(m / 1e3, row, "full") for m in masses], full, rtol=1e-12)


# docs/physics/kinetic_mixing.md 2.4, an independent calculation: masses [MeV], sigma_IWW/sigma_exact and
# sigma_WW/sigma_exact
PRINTED = {
    "Pb 100 GeV, x > 0.5": (
        (1.1, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0),
        (0.86, 0.94, 1.05, 1.14, 1.25, 1.49, 1.71, 1.96, 2.57, 3.60),
        (0.86, 0.93, 1.04, 1.12, 1.19, 1.29, 1.36, 1.45, 1.61, 1.78),
    ),
    "Al 20 GeV, x > 0.1": (
        (1.1, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0),
        (0.84, 0.91, 1.05, 1.20, 1.44, 1.81, 2.20, 2.77),
        (0.83, 0.90, 1.00, 1.08, 1.18, 1.40, 1.63, 1.88),
    ),
    "W 9 GeV, x > 0.5": (
        (1.1, 2.0, 5.0, 10.0, 20.0, 50.0),
        (0.86, 0.95, 1.11, 1.30, 1.60, 2.07),
        (0.85, 0.93, 1.05, 1.14, 1.27, 1.52),
    ),
    "W 2.5 GeV, x > 0.05": (
        (1.1, 2.0, 5.0, 10.0, 20.0),
        (0.82, 0.94, 1.19, 1.51, 1.88),
        (0.80, 0.89, 1.02, 1.15, 1.34),
    ),
}


@pytest.mark.parametrize("row", PRINTED)
def test_k_factors_are_the_printed_ones(row):
    for m, k_improved, k_full in zip(*PRINTED[row], strict=True):
        assert_allclose(k_factor(m / 1e3, row, "improved"), k_improved, rtol=0.025, err_msg=f"{m} MeV")
        assert_allclose(k_factor(m / 1e3, row, "full"), k_full, rtol=0.025, err_msg=f"{m} MeV")


def integrated(form, m_u, energy, target, cut):
    """Approximate cross-section above a cut on x [cm^2]."""
    nodes, weights = np.polynomial.legendre.leggauss(80)
    low, high = np.log(1e-10), np.log(1 - max(cut, 1.0001 * m_u / energy))
    gap = np.exp(low + 0.5 * (high - low) * (1 + nodes))
    return cross_section(1 - gap, m_u, energy, target, form) @ (0.5 * (high - low) * weights * gap)


@pytest.mark.slow
@pytest.mark.parametrize("row", K_FACTORS)
def test_k_factors_are_those_of_the_exact_amplitude(row):
    name, energy, _, _, _, cut = row.replace(",", "").split()
    target = {"Al": ALUMINIUM, "W": TUNGSTEN, "Pb": LEAD}[name]
    for m in K_FACTORS[row][0][::3]:
        exact = exact_tree_oracle.cross_section(m / 1e3, float(energy), target.z, target.a, float(cut))
        for form in ("improved", "full"):
            ratio = integrated(form, m / 1e3, float(energy), target, float(cut)) / exact
            assert_allclose(k_factor(m / 1e3, row, form), ratio, rtol=3e-3, err_msg=f"{form} at {m} MeV")


MASSES_MEV = (1.1, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0)


@pytest.mark.parametrize("row", K_FACTORS)
def test_every_number_of_a_row_is_that_of_the_exact_amplitude_at_its_mass(row):
    name, energy, _, _, _, cut = row.replace(",", "").split()
    target = {"Al": ALUMINIUM, "W": TUNGSTEN, "Pb": LEAD}[name]
    for m in MASSES_MEV[: len(K_FACTORS[row][0])]:
        where = f"{m / 1e3}, {float(energy)}, {target.z}, {target.a}, {float(cut)}"
        exact = stored(f"exact_tree_oracle.cross_section({where})")
        for form in ("improved", "full"):
            ratio = integrated(form, m / 1e3, float(energy), target, float(cut)) / exact
            assert_allclose(k_factor(m / 1e3, row, form), ratio, rtol=3e-3, err_msg=f"{form} at {m} MeV")


@given(st.integers(0, 10_000))
def test_squared_amplitude_is_the_trace(seed):
    rng = np.random.default_rng(seed)
    m, m_u = rng.uniform(0.1, 1.0, 2)
    k, p = (np.array([0.0, *v]) for v in (rng.normal(size=3), 3.0 * rng.normal(size=3)))
    k[0], p[0] = np.hypot(m_u, np.linalg.norm(k[1:])), np.hypot(m, np.linalg.norm(p[1:]))
    e_out = p[0] - k[0]
    if e_out < 1.05 * m:
        return
    direction = rng.normal(size=3)
    p_out = np.array([e_out, *(np.sqrt(e_out**2 - m**2) * direction / np.linalg.norm(direction))])
    metric = exact_tree_oracle.METRIC
    q = p_out + k - p
    s, u = 2 * (p_out @ metric @ k) + m_u**2, m_u**2 - 2 * (p @ metric @ k)
    arguments = (s + u, u, u * p[0] + s * e_out, -(q @ metric @ q), (p[0], e_out), m, m_u)
    expected = exact_tree_oracle.traced(p, p_out, k, m, m_u)
    assert_allclose(exact_tree_oracle.squared_amplitude(*arguments), expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("gap", [0.02, 0.4, 0.8])
def test_exact_cross_section_of_a_massless_u_is_ordinary_bremsstrahlung(gap):
    # complete screening, Born: 4 alpha r_e^2/x {(4/3 (1-x) + x^2) [Z^2 L + Z L'] + (1-x) (Z^2 + Z)/9} (PDG 2024, 34.28)
    z, x = LEAD.z, 1 - gap
    radius2 = (ALPHA / dump_oracle.M_E) ** 2 * dump_oracle.GEV2_CM2
    logarithms = z**2 * np.log(184.15 * z ** (-1 / 3)) + z * np.log(1194 * z ** (-2 / 3))
    shape = (4 / 3 * gap + x**2) * logarithms + gap * (z**2 + z) / 9
    found = exact_tree_oracle.density(gap, 1e-6, 100.0, LEAD.z, LEAD.a, nodes=(64, 96, 64))
    assert_allclose(found, 4 * ALPHA * radius2 / x * shape, rtol=0.006)
