from dataclasses import replace

import numpy as np
import pytest
from conftest import COMPILED
from numpy.testing import assert_allclose, assert_array_equal
from reference.mixing_experiments import of_kind
from scipy.integrate import quad

from model.physics.constants import ALPHA, ELECTRON_MASS
from model.physics.quantities import DarkMatter
from model.physics.searches import bremsstrahlung, pion_spectra
from model.physics.searches.dark_matter_scattering import KINDS, ScatteringSearch, cross_section, yields
from model.physics.searches.electron_dump import energy_nodes
from model.physics.searches.meson_decay import branching_ratio

EXPERIMENTS = of_kind("dark_matter_scattering")
PAULI = np.array([[[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]])
GAMMA = np.array([np.kron(np.diag([1, -1]), np.eye(2)), *(np.kron([[0, 1], [-1, 0]], s) for s in PAULI)])
GAMMA_5 = 1j * GAMMA[0] @ GAMMA[1] @ GAMMA[2] @ GAMMA[3]
METRIC = np.diag([1.0, -1.0, -1.0, -1.0])


def tensor(p, q, mass, axial):
    """Sum over spins of the current u(q) gamma u(p) times its conjugate, by matrices."""
    slash = [np.einsum("m,mn,nab->ab", k, METRIC, GAMMA) for k in (p, q)]
    vertex = [g @ GAMMA_5 if axial else g for g in GAMMA]
    bar = [GAMMA[0] @ v.conj().T @ GAMMA[0] for v in vertex]
    left, right = slash[1] + mass * np.eye(4), slash[0] + mass * np.eye(4)
    return np.array([[np.trace(left @ vertex[m] @ right @ bar[n]) for n in range(4)] for m in range(4)])


def differential(energy, m_dm, m_u, recoil, kind):
    """d sigma / dT over g_dm^2 g_e^2 [MeV^-3] from the amplitude of a vector exchange."""
    m_e, p = ELECTRON_MASS, np.sqrt(energy**2 - m_dm**2)
    p_e = np.sqrt(recoil**2 + 2 * m_e * recoil)
    cosine = (energy + m_e) * recoil / (p * p_e)
    k, at_rest = np.array([energy, 0, 0, p]), np.array([m_e, 0, 0, 0])
    struck = np.array([m_e + recoil, p_e * np.sqrt(1 - cosine**2), 0, p_e * cosine])
    out = k + at_rest - struck
    if kind is DarkMatter.SCALAR:
        dark, spins = np.outer(k + out, k + out), 2.0
    else:
        dark, spins = tensor(k, out, m_dm, kind is DarkMatter.MAJORANA), 4.0
    electron = METRIC @ tensor(at_rest, struck, m_e, False) @ METRIC
    squared = np.sum(dark * electron).real / spins / (m_u**2 + 2 * m_e * recoil) ** 2
    return squared / (32 * np.pi * m_e * p**2)


@pytest.mark.parametrize("kind", [DarkMatter.DIRAC, DarkMatter.MAJORANA, DarkMatter.SCALAR])
@pytest.mark.parametrize("energy, m_dm, m_u", [(60.0, 10.0, 30.0), (300.0, 5.0, 12.0), (90.0, 40.0, 120.0)])
def test_cross_section_is_that_of_the_amplitude(kind, energy, m_dm, m_u):
    largest = 2 * ELECTRON_MASS * (energy**2 - m_dm**2) / (ELECTRON_MASS**2 + m_dm**2 + 2 * ELECTRON_MASS * energy)
    low, high = 0.1 * largest, 0.8 * largest
    expected = quad(lambda t: differential(energy, m_dm, m_u, t, kind), low, high, epsrel=1e-8)[0]
    found = cross_section(np.array([energy]), m_dm, m_u, (low, high), kind)[0]
    assert_allclose(found, expected * 197.3269804e-13**2, rtol=1e-5)


def test_a_chiral_particle_is_half_of_each_amplitude_and_slow_dark_matter_gives_no_recoil():
    energy, arguments = np.array([41.0, 200.0]), (40.0, 100.0, (18.0, 50.0))
    vector, axial, chiral = (
        cross_section(energy, *arguments, kind)
        for kind in (DarkMatter.DIRAC, DarkMatter.MAJORANA, DarkMatter.DIRAC_CHIRAL)
    )
    assert_allclose(chiral, 0.25 * (vector + axial), rtol=1e-12)
    assert vector[0] == 0.0
    assert vector[1] > 0.0


def isotropic(rng, n):
    cosine, phi = rng.uniform(-1, 1, n), rng.uniform(0, 2 * np.pi, n)
    sine = np.sqrt(1 - cosine**2)
    return np.array([sine * np.cos(phi), sine * np.sin(phi), cosine])


def boosted(energy, momentum, frame):
    """Four-vectors of a rest frame seen where that frame has the velocity (3, n)."""
    speed2 = np.sum(frame**2, axis=0)
    gamma, along = 1 / np.sqrt(1 - speed2), np.sum(frame * momentum, axis=0)
    return gamma * (energy + along), momentum + frame * ((gamma - 1) * along / speed2 + gamma * energy)


def simulated(rng, velocity, chi, inside):
    """Events per cm^2: dark matter of U with these velocities that flies into a cone, weighed by its cross-section."""
    m_u, m_dm, recoil = chi
    n = velocity.shape[1]
    star = np.sqrt(0.25 * m_u**2 - m_dm**2)
    energy, momentum = boosted(np.full(n, 0.5 * m_u), star * isotropic(rng, n), velocity)
    return 2 * np.where(inside(momentum), cross_section(energy, m_dm, m_u, recoil, DarkMatter.DIRAC), 0.0)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["lsnd", "miniboone"])
def test_flux_of_mesons_is_that_of_a_simulation(name, rng):
    search, n = EXPERIMENTS[name].searches[0], 3_000_000 if COMPILED else 300_000
    chi = (60.0, 20.0, search.recoil_mev)
    mesons = pion_spectra.beam(search.spectrum)
    pick = rng.choice(len(mesons.fraction), n, p=mesons.fraction)
    phi, angle = rng.uniform(0, 2 * np.pi, n), mesons.angle[pick]
    direction = np.array([np.sin(angle) * np.cos(phi), np.sin(angle) * np.sin(phi), np.cos(angle)])
    frame = direction * mesons.momentum[pick] / np.hypot(mesons.momentum[pick], mesons.mass)
    e_u = (mesons.mass**2 + chi[0] ** 2) / (2 * mesons.mass)
    energy, momentum = boosted(np.full(n, e_u), np.sqrt(e_u**2 - chi[0] ** 2) * isotropic(rng, n), frame)
    towards = np.array([np.sin(np.radians(search.angle_deg)), 0.0, np.cos(np.radians(search.angle_deg))])
    cone = np.cos(np.radians(4.0 if name == "lsnd" else 1.0))

    def inside(p):
        return towards @ p > cone * np.sqrt(np.sum(p**2, axis=0))

    events = np.mean(simulated(rng, momentum / energy, chi, inside)) / (2 * np.pi * (1 - cone))
    expected = events * search.parents * search.electrons / (search.distance_m * 100) ** 2
    assert_allclose(yields(search, *chi[:2])[KINDS.index(DarkMatter.DIRAC)], expected, rtol=0.05 if COMPILED else 0.2)


@pytest.mark.compiled
def test_flux_of_electrons_is_that_of_a_simulation(rng):
    search, chi = EXPERIMENTS["e137_scattering"].searches[0], (60.0, 20.0, (1000.0, 20000.0))
    nodes, gap, width = energy_nodes(1.0, 20.0, 0.06)
    number, _, _ = bremsstrahlung.u_spectrum(gap, 20.0, 0.06, search.target, 200.0, "improved")
    weight = number * width / bremsstrahlung.k_factor(0.06, search.k_factor, "improved")
    n = 1_000_000
    e_u = 1e3 * nodes[rng.choice(len(nodes), n, p=weight / weight.sum())]
    velocity = np.array([np.zeros(n), np.zeros(n), np.sqrt(1 - (60.0 / e_u) ** 2)])
    opening = search.radius_m / search.distance_m
    events = np.mean(simulated(rng, velocity, chi, lambda p: np.hypot(p[0], p[1]) < opening * p[2])) * weight.sum()
    expected = events * search.parents * search.electrons / (np.pi * (search.radius_m * 100) ** 2)
    assert_allclose(yields(search, *chi[:2])[KINDS.index(DarkMatter.DIRAC)], expected, rtol=0.03)


# Published limits of complex scalars with m_U = 3 m_dm at masses that the entries do not hold: y = eps^2 alpha_D / 81.
# One number is fitted for each experiment.
@pytest.mark.parametrize(
    "name, m_dm, y, alpha_d, rtol",
    [
        ("lsnd", 1.536, 1.793e-12, 0.5, 0.10),
        ("lsnd", 6.546, 1.680e-11, 0.5, 0.10),
        ("lsnd", 15.75, 1.016e-10, 0.5, 0.15),
        ("e137_scattering", 2.334, 8.099e-12, 0.5, 0.10),
        ("e137_scattering", 13.11, 7.591e-11, 0.5, 0.12),
        ("e137_scattering", 47.94, 3.904e-9, 0.5, 0.12),
        ("miniboone", 3.345, 4.005e-12, 0.1, 0.25),
        ("miniboone", 17.82, 4.525e-11, 0.1, 0.25),
    ],
)
def test_published_limits_come_out(name, m_dm, y, alpha_d, rtol):
    experiment, m_u = EXPERIMENTS[name], 3 * m_dm
    per_fourth_power = 0.0
    for search in experiment.searches:
        produced = 1.0
        if search.parent != "electron":
            produced = branching_ratio(np.array([m_u]), search.parent, form_factor=True)[0]
        scattering = yields(search, m_u, m_dm)[KINDS.index(DarkMatter.SCALAR)] * 16 * np.pi**2 * ALPHA * alpha_d
        per_fourth_power += experiment.efficiency * produced * scattering
    epsilon = (experiment.edge_events / per_fourth_power) ** 0.25
    assert_allclose(epsilon, np.sqrt(81 * y / alpha_d), rtol=rtol)


def test_yield_is_proportional_to_what_makes_it():
    search = EXPERIMENTS["lsnd"].searches[0]
    one = yields(search, 30.0, 10.0)
    assert_allclose(yields(replace(search, parents=2 * search.parents), 30.0, 10.0), 2 * one, rtol=1e-12)
    assert_allclose(yields(replace(search, electrons=3 * search.electrons), 30.0, 10.0), 3 * one, rtol=1e-12)


def test_a_detector_without_a_direction_is_on_the_axis_of_the_beam():
    search = EXPERIMENTS["miniboone"].searches[0]
    own = {name: value for name, value in vars(search).items() if name != "angle_deg"}
    axis, beside = (yields(replace(search, angle_deg=angle), 30.0, 10.0) for angle in (0.0, 1.0))
    assert np.all(beside < axis)
    assert_array_equal(yields(ScatteringSearch(**own), 30.0, 10.0), axis)
