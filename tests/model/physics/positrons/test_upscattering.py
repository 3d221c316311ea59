from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose
from reference.galaxy_oracle import KPC, Oracle
from scipy.integrate import quad
from scipy.interpolate import PchipInterpolator

from model.physics.galaxy.annuli import AnnulusSettings, annulus_factors
from model.physics.galaxy.halo import DEFAULTS, Galaxy, Halo
from model.physics.positrons.upscattering import Upscattering, mean_cross_section

C_KM_S = 299792.458


def array(*values):
    return np.array(values, dtype=np.float64)


def halo(n=1, **changes):
    return Halo(**{name: np.full(n, value) for name, value in (DEFAULTS["gnfw"] | changes).items()})


def averaged(threshold, dispersion):
    """<sqrt(v^2 - v_t^2)> over relative speeds, dispersion sqrt2 sigma per dimension [c]."""

    def integrand(u):  # v^2 = v_t^2 + u^2
        v2 = threshold**2 + u**2
        return 4.0 * np.pi * np.sqrt(v2) * u**2 * np.exp(-v2 / (4.0 * dispersion**2)) / norm

    norm = (4.0 * np.pi * dispersion**2) ** 1.5
    if threshold > 40.0 * dispersion:  # exp(-400)
        return 0.0
    return quad(integrand, 0.0, 30.0 * dispersion, epsabs=0.0, epsrel=1e-9, limit=300)[0]


@pytest.mark.parametrize("threshold", [0.0, 1e-4, 1e-3, 3e-3, 8e-3])
def test_mean_over_the_speeds(threshold):
    found = mean_cross_section(array(threshold), array(1e-24), array(5e-4))
    assert_allclose(found, 1e-24 * 2.99792458e10 * averaged(threshold, 5e-4), rtol=1e-8)


def test_threshold_is_that_of_the_page():
    # docs/physics/galaxy.md 8: v > 2 sqrt(delta/m)
    assert_allclose(Upscattering(array(500.0), array(2.0), array(1.0)).threshold, 2.0 * np.sqrt(2.0 / 5e5), rtol=1e-12)


@pytest.mark.parametrize("mass, gamma", [(500.0, 1.0), (3000.0, 1.3)])
def test_flux_is_the_integral_over_lines_of_sight(mass, gamma, surroundings):
    oracle = Oracle("gnfw", gamma, 20.0, 0.4, 8.2)
    threshold = 2.0 * np.sqrt(1.5 / (mass * 1e3))
    radii = np.geomspace(1e-7, 300.0, 600)
    speeds = [np.sqrt(oracle.relative_speed_squared(r) / 6.0) if r < 295.0 else 1e-6 for r in radii]
    means = np.array([averaged(threshold, max(s, 1e-5)) for s in speeds])
    ln_mean = PchipInterpolator(np.log(radii), np.log(np.maximum(means, 1e-60)))

    def emission(r):
        return 0.5 * np.exp(ln_mean(np.log(r))) * 2.99792458e10 * 1e-24 * (oracle.density(r) / mass) ** 2

    expected = KPC * oracle.cone(emission, 15.0, 1e-3) / (4.0 * np.pi)
    found = Upscattering(array(mass), array(1.5), array(1e-24)).in_aperture(surroundings, halo(gamma=gamma))
    assert_allclose(found, expected, rtol=0.01)


def test_annuli_without_threshold_follow_the_speed(surroundings):
    # For one speed everywhere the emission goes with rho^2: the annuli of the s-wave
    galaxy = Galaxy(aperture_deg=15.0, velocity="maxwell")
    there = replace(surroundings, galaxy=galaxy)
    source = Upscattering(array(1e9), array(1.1), array(1e-24))
    found = source.in_annuli(there, halo())[0]
    settings = AnnulusSettings(surroundings.annuli.psf_fwhm_deg, surroundings.annuli.smearing_pc)
    s_wave = np.array([j.s_wave[0] for j in annulus_factors(galaxy, halo(), settings)])
    speed = 4.0 / np.sqrt(np.pi) * 220.0 / np.sqrt(2.0) / C_KM_S * 2.99792458e10
    assert_allclose(found, 0.5 * s_wave / 1e9**2 * speed * 1e-24 / (4.0 * np.pi), rtol=0.005)


def test_a_high_threshold_leaves_the_deepest_part_of_the_halo(surroundings):
    # the dispersion peaks near 1 kpc (docs/physics/galaxy.md 2): less light from the middle than rho^2 gives
    masses = array(1e5, 300.0)
    source = Upscattering(masses, array(1.1, 1.1), array(1e-24, 1e-24))
    easy, hard = source.in_annuli(surroundings, halo(2))
    assert hard.sum() < easy.sum() * (1e5 / 300.0) ** 2
    assert hard[0] / hard.sum() < easy[0] / easy.sum()


def test_empty(surroundings):
    assert Upscattering(*(np.empty(0),) * 3).in_annuli(surroundings, halo(0)).shape == (0, 4)
