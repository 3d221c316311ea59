from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from reference import dump_oracle
from reference.mixing_experiments import of_kind
from scipy.optimize import brentq

from model.physics.searches import bremsstrahlung
from model.physics.searches.dump_yields import direct_yield
from model.physics.searches.electron_dump import DecaySpectrum, decay_spectrum, energy_nodes

RUNS = {name: dump.runs[0] for name, dump in of_kind("electron_dump").items()}
EVENTS = {name: dump.edge_events for name, dump in of_kind("electron_dump").items()}

# docs/physics/kinetic_mixing.md 8 uses one constant acceptance for each experiment
CONSTANT = {"e137": 0.40, "e141": 0.055, "e774": 1.0, "kek": 0.33, "orsay": 0.45}


def with_constant_acceptance(name):
    return replace(RUNS[name], published_acceptance=CONSTANT[name], acceptance_mass_mev=np.inf, acceptance_power=1.0)


def edges(run, spectrum, mass_mev, events):
    """Lower and upper edge in epsilon of a dark photon that decays to e+ e-."""
    nodes = np.linspace(-9.0, -1.0, 81)

    def excess(log_epsilon):
        epsilon = 10**log_epsilon
        width = dump_oracle.electron_width(mass_mev / 1e3, epsilon) * 1e3
        expected = epsilon**2 * direct_yield(spectrum, run.shield_m, run.decay_m, mass_mev, width)
        return np.log(max(expected, 1e-290) / events)

    values = [excess(v) for v in nodes]
    top = int(np.argmax(values))
    return 10 ** brentq(excess, nodes[0], nodes[top]), 10 ** brentq(excess, nodes[top], nodes[-1])


@pytest.mark.parametrize(
    "name, mass, lower, upper",
    [
        ("e774", 2.0, 1.27e-4, 1.11e-2),
        ("e774", 5.0, 2.32e-4, 3.26e-3),
        ("e137", 5.0, 2.57e-8, 8.54e-5),
        ("e137", 50.0, 4.08e-8, 6.60e-6),
        ("e137", 200.0, 7.13e-8, 1.17e-6),
        ("e141", 5.0, 1.54e-5, 1.20e-3),
        ("kek", 5.0, 4.60e-7, 2.27e-4),
        ("orsay", 5.0, 7.45e-7, 2.67e-4),
        ("orsay", 20.0, 9.99e-7, 5.34e-5),
    ],
)
@pytest.mark.parametrize("acceptance", ["constant", "fitted"])
def test_published_reading_has_the_reference_edges(name, mass, lower, upper, acceptance):
    run = with_constant_acceptance(name) if acceptance == "constant" else RUNS[name]
    spectrum = decay_spectrum(run, mass / 1e3, "published", exact=False)
    assert_allclose(edges(run, spectrum, mass, EVENTS[name]), (lower, upper), rtol=0.02)


@pytest.mark.parametrize("mass, lower, upper", [(5.0, 8.90e-8, 8.48e-5), (50.0, 7.81e-8, 6.52e-6)])
def test_e137_as_best_has_it(mass, lower, upper):
    # 0906.0580: E_U > 2 GeV, ten events, no geometry, literature cross-section
    run = RUNS["e137"]
    energy, gap, width = energy_nodes(2.0, run.beam_gev, mass / 1e3)
    density, _, _ = bremsstrahlung.u_spectrum(gap, run.beam_gev, mass / 1e3, run.target, run.thickness_x0, "literature")
    spectrum = DecaySpectrum(np.sqrt(energy**2 - (mass / 1e3) ** 2), run.electrons * density * width)
    assert_allclose(edges(run, spectrum, mass, 10.0), (lower, upper), rtol=0.005)


@pytest.mark.parametrize(
    "name, mass, lower, upper",
    [
        pytest.param("e137", 20.0, 5.87e-8, 1.94e-5, marks=pytest.mark.compiled),
        ("e141", 5.0, 1.40e-5, 1.49e-3),
        pytest.param("orsay", 20.0, 1.54e-6, 5.62e-5, marks=pytest.mark.compiled),
    ],
)
def test_physical_reading_has_the_reference_edges(name, mass, lower, upper):
    spectrum = decay_spectrum(RUNS[name], mass / 1e3, "physical", exact=False)
    assert_allclose(edges(RUNS[name], spectrum, mass, EVENTS[name]), (lower, upper), rtol=0.01)


# Edges of 1209.6083 fig. 2 as digitised by darkcast (1801.04847), at masses where nothing was fitted.
CONTOURS = [
    ("e774", 1.790, 1.196e-4, 1.285e-2, 0.05),
    ("e774", 5.405, 2.467e-4, 2.874e-3, 0.05),
    ("e137", 1.790, 2.299e-8, 2.627e-4, 0.10),
    ("e137", 14.22, 3.071e-8, 2.761e-5, 0.10),
    ("e137", 77.47, 4.709e-8, 3.982e-6, 0.10),
    ("orsay", 2.276, 6.734e-7, 6.545e-4, 0.10),
    ("orsay", 16.92, 9.463e-7, 6.654e-5, 0.10),
    ("orsay", 56.60, 1.775e-6, 1.201e-5, 0.10),
    ("orsay", 73.15, 2.524e-6, 6.841e-6, 0.10),
    ("kek", 2.709, 4.085e-7, 4.483e-4, 0.10),
    ("kek", 10.48, 5.415e-7, 1.000e-4, 0.10),
    ("kek", 37.40, 1.370e-6, 1.724e-5, 0.10),
    ("e141", 2.055, 1.143e-5, 3.493e-3, 0.10),
    ("e141", 8.014, 1.991e-5, 6.557e-4, 0.10),
    ("e141", 14.22, 3.852e-5, 2.661e-4, 0.10),
]
FIRST_OF_EACH = (("e774", 1.790), ("e137", 1.790), ("orsay", 2.276), ("kek", 2.709), ("e141", 2.055))


@pytest.mark.parametrize(
    "name, mass, lower, upper, tolerance",
    [c if c[:2] in FIRST_OF_EACH else pytest.param(*c, marks=pytest.mark.compiled) for c in CONTOURS],
)
def test_published_reading_reproduces_the_published_contour(name, mass, lower, upper, tolerance):
    spectrum = decay_spectrum(RUNS[name], mass / 1e3, "published", exact=False)
    assert_allclose(edges(RUNS[name], spectrum, mass, EVENTS[name]), (lower, upper), rtol=tolerance)


@pytest.mark.slow
@pytest.mark.parametrize("name, mass, epsilon", [("kek", 5.0, 1e-6), ("kek", 5.0, 2e-4), ("e137", 50.0, 5e-6)])
def test_yield_matches_adaptive_quadrature(name, mass, epsilon):
    run = RUNS[name]
    m = mass / 1e3
    dump = dump_oracle.Dump(
        run.target.z, run.target.a, run.target.radiation_length_g_cm2, run.beam_gev, m, "literature"
    )
    width = dump_oracle.electron_width(m, epsilon)
    expected = dump.yield_per_electron(width, run.shield_m, run.decay_m, m * (1 + 1e-9))
    spectrum = decay_spectrum(run, m, "published", exact=False)
    found = direct_yield(spectrum, run.shield_m, run.decay_m, mass, width * 1e3)
    assert_allclose(found / run.electrons / run.fitted_acceptance(m), expected, rtol=0.01)


@given(st.sampled_from(sorted(RUNS)), st.floats(1.1, 300.0))
def test_events_grow_with_the_fourth_power_at_small_mixing(name, mass):
    run = RUNS[name]
    spectrum = DecaySpectrum(np.array([0.9 * run.beam_gev]), np.array([1.0]))
    small = dump_oracle.electron_width(mass / 1e3, 1e-12) * 1e3
    one, ten = (s * direct_yield(spectrum, run.shield_m, run.decay_m, mass, s * small) for s in (1.0, 100.0))
    assert_allclose(ten / one, 1e4, rtol=1e-3)


@pytest.mark.compiled
def test_yield_falls_exponentially_beyond_the_upper_edge():
    spectrum = decay_spectrum(RUNS["e137"], 0.02, "physical", exact=False)
    widths = np.array([1.0, 2.0, 3.0]) * dump_oracle.electron_width(0.02, 4e-5) * 1e3
    ln_f = np.log([direct_yield(spectrum, 179.0, 204.0, 20.0, w) for w in widths])
    exponent = 179.0 * 20.0 * widths / 1e6 / 1.973269804e-16 / 20.0
    assert_allclose(np.diff(ln_f) / np.diff(exponent), -1.0, atol=0.08)


@pytest.mark.compiled
def test_yield_depends_on_mass_times_width_alone_at_fixed_spectrum():
    spectrum = decay_spectrum(RUNS["kek"], 0.005, "physical", exact=False)
    assert_allclose(
        direct_yield(spectrum, 2.4, 2.2, 5.0, 2e-10), direct_yield(spectrum, 2.4, 2.2, 10.0, 1e-10), rtol=1e-12
    )


@pytest.mark.compiled
def test_exact_tree_divides_the_spectrum_by_the_k_factor():
    plain, exact = (decay_spectrum(RUNS["e137"], 0.05, "physical", exact=e).number for e in (False, True))
    assert_allclose(plain / exact, 1.821, rtol=1e-12)


@pytest.mark.compiled
def test_threshold_option_changes_nothing_for_na64():
    published, physical = (
        decay_spectrum(RUNS["na64_visible"], 0.01, t, exact=False) for t in ("published", "physical")
    )
    assert_allclose(published.number, physical.number, rtol=0.0)


@pytest.mark.parametrize(
    "name", ["e141", *(pytest.param(name, marks=pytest.mark.compiled) for name in ("e137", "kek", "orsay"))]
)
def test_acceptance_is_a_share_that_grows_with_the_detector(name):
    run = RUNS[name]
    wider = replace(run, detector_radius_m=2.0 * run.detector_radius_m)
    small, large = (decay_spectrum(r, 0.01, "physical", exact=False).number for r in (run, wider))
    everything = decay_spectrum(replace(run, detector_radius_m=0.0), 0.01, "physical", exact=False).number
    assert (small <= large).all()
    assert (large <= everything * (1 + 1e-12)).all()
    assert small.sum() > 0.05 * everything.sum()


def test_energy_nodes_integrate_a_falling_spectrum():
    energy, gap, weight = energy_nodes(0.002, 20.0, 0.002)
    assert_allclose(np.sum(weight / energy**2), 1 / 0.002 - 1 / 20.0, rtol=1e-4)
    assert_allclose(20.0 * np.exp(-gap), energy, rtol=1e-12)
