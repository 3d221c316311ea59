"""Positrons of every channel: decay chains drawn at random, cross-sections near threshold, and closed channels."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from reference.couplings import couplings_of

from model.physics.constants import CHARGED_PION_MASS, ELECTRON_MASS, MUON_MASS
from model.physics.hidden_sector import annihilation, u_pair_annihilation
from model.physics.hidden_sector.charges import dark_photon
from model.physics.hidden_sector.u_decay import partial_widths
from model.physics.positrons.in_flight_annihilation import fraction_at_rest
from model.physics.positrons.positron_production import (
    MUON_FRACTION,
    PION_FRACTION,
    from_electrons,
    from_muons_and_pions,
    from_u_pairs,
)
from model.physics.quantities import DarkMatter, Spectrum

KINDS = tuple(DarkMatter)


def inputs_of(kind, m_dm, m_u=1000.0, left=1e-3, right=1e-3, hadron=0.0):
    m_dm = np.atleast_1d(np.asarray(m_dm, dtype=np.float64))
    one, nan = np.ones_like(m_dm), np.full_like(m_dm, np.nan)
    spectrum = Spectrum(m_dm, m_u * one, nan, nan)
    couplings = couplings_of(0.3 * one, left * one, right * one, hadron * one)
    return spectrum, couplings, partial_widths(spectrum, couplings, kind), kind


def drawn_positrons(rng, n, polarisation):
    """Energy over m_mu / 2 and cosine to the momentum of the muon, accepted at the rate of muon decay."""
    x, cosine = rng.uniform(size=n), rng.uniform(-1.0, 1.0, n)
    rate = x**2 * ((3.0 - 2.0 * x) + polarisation * cosine * (2.0 * x - 1.0))
    kept = rng.uniform(0.0, 2.0, n) < rate
    return x[kept], cosine[kept]


def boosted(energy, parallel, gamma):
    return gamma * energy + np.sqrt(gamma**2 - 1.0) * parallel


def test_mean_energy_of_a_positron_from_a_muon_in_flight(rng):
    x, cosine = drawn_positrons(rng, 2_000_000, 0.0)
    m_dm = 300.0
    energy = boosted(0.5 * MUON_MASS * x, 0.5 * MUON_MASS * x * cosine, m_dm / MUON_MASS)
    assert_allclose(energy.mean(), MUON_FRACTION * m_dm, rtol=2e-3)


def test_mean_energy_of_a_positron_from_a_pion_in_flight(rng):
    # The antimuon of a pion at rest has helicity -1, and the pion decays isotropically.
    x, cosine = drawn_positrons(rng, 2_000_000, -1.0)
    m_dm = 300.0
    gamma = (CHARGED_PION_MASS**2 + MUON_MASS**2) / (2.0 * CHARGED_PION_MASS * MUON_MASS)
    along = 0.5 * MUON_MASS * x * cosine
    in_pion = boosted(0.5 * MUON_MASS * x, along, gamma)
    parallel = gamma * along + np.sqrt(gamma**2 - 1.0) * 0.5 * MUON_MASS * x
    direction = rng.uniform(-1.0, 1.0, x.size)
    sideways = 0.5 * MUON_MASS * x * np.sqrt(1.0 - cosine**2) * np.cos(rng.uniform(0.0, 2.0 * np.pi, x.size))
    seen = parallel * direction + sideways * np.sqrt(1.0 - direction**2)
    energy = boosted(in_pion, seen, m_dm / CHARGED_PION_MASS)
    assert_allclose(energy.mean(), PION_FRACTION * m_dm, rtol=2e-3)


@pytest.mark.parametrize("kind", KINDS)
def test_muons_over_electrons_are_the_ratio_of_their_phase_space(kind):
    m_dm = np.array([90.0, 100.0, 106.0, 150.0, 300.0])
    inputs = inputs_of(kind, m_dm)
    electrons = from_electrons(annihilation.low_velocity(*inputs), inputs[0])
    muons, _ = from_muons_and_pions(*inputs)
    ratio = (MUON_MASS / m_dm) ** 2
    tiny = (ELECTRON_MASS / m_dm) ** 2
    expected = (1.0 + 0.5 * ratio) * np.sqrt(np.maximum(1.0 - ratio, 0.0)) / ((1.0 + 0.5 * tiny) * np.sqrt(1.0 - tiny))
    for wave in ("s_wave", "p_wave"):
        electron, muon = (getattr(made.cross_section, wave) for made in (electrons, muons))
        if electron.any():
            assert_allclose(muon / electron, expected, rtol=1e-12)
        else:
            assert not muon.any()
    assert_allclose(electrons.energy, m_dm - ELECTRON_MASS, rtol=1e-15)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("m_dm", [130.0, 145.0, 250.0, 450.0])
def test_hadrons_at_low_velocity_are_the_cross_section_near_threshold(kind, m_dm):
    inputs = inputs_of(kind, m_dm, hadron=1e-3)
    _, hadrons = from_muons_and_pions(*inputs)
    speed2 = 1e-6
    exact = annihilation.sigma_v_hadrons(m_dm**2 * (4.0 + speed2) * np.ones(1), *inputs)
    found = hadrons.cross_section.s_wave + hadrons.cross_section.p_wave * speed2
    assert_allclose(found, exact, rtol=1e-4)
    assert (found > 0.0) == (m_dm > CHARGED_PION_MASS)


@pytest.mark.parametrize("kind", KINDS)
def test_each_u_of_a_pair_makes_a_positron_if_it_decays_to_charged_particles(kind):
    m_dm, m_u = 300.0, 20.0
    one, nan = np.ones(1), np.full(1, np.nan)
    spectrum, couplings = Spectrum(m_dm * one, m_u * one, nan, nan), dark_photon(0.3 * one, 1e-3 * one)
    widths = partial_widths(spectrum, couplings, kind)
    made = from_u_pairs(spectrum, couplings, widths, kind)
    pairs = u_pair_annihilation.sigma_v(4.0 * spectrum.m_dm**2, spectrum, couplings, kind)
    assert pairs > 0.0
    assert_allclose(sum(each.cross_section.s_wave for each in made), 2.0 * pairs, rtol=1e-12)  # all to e+e- here
    assert_allclose(made[0].energy, 150.0 - ELECTRON_MASS, rtol=1e-12)


def test_no_pairs_of_u_from_lighter_dark_matter():
    made = from_u_pairs(*inputs_of(DarkMatter.MAJORANA, [3.0, 30.0], m_u=40.0))
    assert not any(each.cross_section.s_wave.any() for each in made)


def test_nothing_makes_nothing():
    inputs = inputs_of(DarkMatter.DIRAC, np.empty(0))
    for made in (*from_muons_and_pions(*inputs), *from_u_pairs(*inputs)):
        assert made.cross_section.s_wave.shape == made.cross_section.p_wave.shape == made.energy.shape == (0,)


@pytest.mark.parametrize("m_dm, largest", [(110.0, 0.006), (300.0, 0.02)])
def test_losses_in_flight_at_the_mean_energy_are_nearly_those_of_the_spectrum(rng, m_dm, largest):
    x, cosine = drawn_positrons(rng, 400_000, 0.0)
    energy = boosted(0.5 * MUON_MASS * x, 0.5 * MUON_MASS * x * cosine, m_dm / MUON_MASS) - ELECTRON_MASS
    energy = np.maximum(energy, 1e-4)
    for x_ion in (0.0, 0.51, 1.0):
        exact = fraction_at_rest(energy, np.full(energy.size, x_ion)).mean()
        mean = fraction_at_rest(np.array([MUON_FRACTION * m_dm - ELECTRON_MASS]), np.array([x_ion]))
        assert 0.0 < exact / mean[0] - 1.0 < largest


def test_axial_couplings_favour_muons_by_the_squared_ratio_of_masses():
    inputs = inputs_of(DarkMatter.MAJORANA, [150.0, 300.0], left=-1e-3, right=1e-3)
    electrons = from_electrons(annihilation.low_velocity(*inputs), inputs[0])
    muons, _ = from_muons_and_pions(*inputs)
    speed = np.sqrt(1.0 - (MUON_MASS / inputs[0].m_dm) ** 2)
    expected = (MUON_MASS / ELECTRON_MASS) ** 2 * speed
    assert_allclose(muons.cross_section.s_wave / electrons.cross_section.s_wave, expected, rtol=2e-5)
