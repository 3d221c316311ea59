from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from reference.galaxy_oracle import Oracle
from reference.haloes import (
    NO_BARYONS,
    OTHER_BARYONS,
    POINTS,
    densities,
    distances,
    halo,
    profiles,
    radii,
    random_halo,
    row,
    scales,
    slopes,
)
from scipy.special import spence

from model.physics.constants import LIGHT_SPEED_KM_S, NEWTON_KPC_KM2_S2_MSUN
from model.physics.galaxy.halo import MSUN_KPC3_PER_GEV_CM3, R_MIN_KPC, SHAPE, Galaxy, Halo, baryon_mass
from model.physics.galaxy.speeds import circular_speed, sigma_1d


@pytest.mark.parametrize(
    "baryons, printed",
    [({}, [138, 181, 183, 165]), (NO_BARYONS, [42, 88, 105, 129])],
)
def test_dispersion_of_the_default_halo(baryons, printed):
    # docs/physics/galaxy.md 2, NFW at 0.1, 1, 2, 8.2 kpc
    sigma = sigma_1d(Galaxy(**baryons), halo(n=4), np.array([0.1, 1.0, 2.0, 8.2]))
    assert_array_equal(np.rint(sigma), printed)


def test_dispersion_and_relative_speed_with_the_other_baryons():
    # docs/physics/galaxy.md 2
    galaxy, r = Galaxy(**OTHER_BARYONS), np.array([0.1, 0.5, 1.0, 2.0, 4.0, 8.2])
    assert_array_equal(np.rint(sigma_1d(galaxy, halo(n=6), r)), [144, 184, 188, 186, 178, 164])
    speeds = 6.0 * (sigma_1d(galaxy, halo(n=6), r) / LIGHT_SPEED_KM_S) ** 2
    assert_array_equal(np.rint(speeds * 1e7), [14, 23, 24, 23, 21, 18])


@pytest.mark.parametrize("gamma", [0.0, 1.0])
def test_tracer_in_a_hernquist_bulge_has_a_closed_form(gamma):
    # r_s = a: the tracer x^-gamma (1+x)^(gamma-3) in the field GM/(a^2 (1+x)^2) integrates to elementary functions
    # The heaviest bulge and the thinnest halo that are allowed: the tracer pulls with less than 1e-8 of the bulge.
    a, bulge_mass, baryon_scale, edge = 0.6, 1.0e13, 100.0, 300.0
    mass = baryon_scale * bulge_mass
    galaxy = Galaxy(bulge_scale_kpc=a, bulge_mass_msun=bulge_mass, disk_mass_msun=0.0, r_max_kpc=edge)
    r = np.array([0.01, 0.1, 0.6, 3.0, 20.0])
    light = Halo(*(np.full(r.size, value) for value in (gamma, a, 1e-6, 8.2, 0.17, baryon_scale)))

    def pressure(x):
        if gamma == 0.0:
            return 0.25 * (1 + x) ** -4
        return np.log1p(1 / x) - 1 / (1 + x) - 0.5 / (1 + x) ** 2 - 1 / (3 * (1 + x) ** 3)

    x = r / a
    shape = x**-gamma * (1 + x) ** (gamma - 3)
    sigma2 = NEWTON_KPC_KM2_S2_MSUN * mass / a * (pressure(x) - pressure(edge / a)) / shape
    assert_allclose(sigma_1d(galaxy, light, r) ** 2, sigma2, rtol=1e-8)


def test_nfw_alone_has_the_dispersion_of_lokas_and_mamon():
    # Lokas & Mamon (2001), MNRAS 321, 155, Eq. (14) with beta = 0, for a halo without an edge. Pressure at an edge,
    # which the same formula gives, is missing from a halo that ends there.
    r_s, edge = 20.0, 2000.0
    r = np.array([0.02, 0.3, 2.0, 8.2, 20.0])

    def bracket(x):
        rational = np.pi**2 - np.log(x) - 1 / x - 1 / (1 + x) ** 2 - 6 / (1 + x)
        logarithms = (1 + 1 / x**2 - 4 / x - 2 / (1 + x)) * np.log1p(x) + 3 * np.log1p(x) ** 2
        return rational + logarithms + 6 * spence(1 + x)

    x = r / r_s
    solar = 8.2 / r_s
    rho_s = 0.4 * MSUN_KPC3_PER_GEV_CM3 * solar * (1 + solar) ** 2
    pressure = bracket(x) - bracket(edge / r_s)
    sigma2 = 4 * np.pi * NEWTON_KPC_KM2_S2_MSUN * rho_s * r_s**2 * 0.5 * x * (1 + x) ** 2 * pressure
    galaxy = Galaxy(r_max_kpc=edge, **NO_BARYONS)
    assert_allclose(sigma_1d(galaxy, halo(n=5), r) ** 2, sigma2, rtol=1e-8)


@settings(max_examples=30)
@given(profiles, slopes, scales, densities, distances, radii, st.floats(min_value=0.1, max_value=10.0))
def test_dispersion_without_baryons_scales_with_density_and_size(profile, gamma, r_s, rho_sun, r_sun, r, factor):
    galaxy = Galaxy(profile, **NO_BARYONS)
    sigma = sigma_1d(galaxy, row(gamma, r_s, rho_sun, r_sun), np.array([r]))
    denser = sigma_1d(galaxy, row(gamma, r_s, factor * rho_sun, r_sun), np.array([r]))
    assert_allclose(denser**2, factor * sigma**2, rtol=1e-12)
    larger_galaxy = Galaxy(profile, r_max_kpc=1500.0, **NO_BARYONS)
    larger = sigma_1d(larger_galaxy, row(gamma, 5 * r_s, rho_sun, 5 * r_sun), np.array([5 * r]))
    assert_allclose(larger, 5 * sigma, rtol=1e-9)


def test_baryons_only_speed_dark_matter_up():
    point, r = random_halo(20), np.geomspace(1e-5, 100.0, 20)
    assert np.all(sigma_1d(Galaxy(), point, r) > sigma_1d(Galaxy(**NO_BARYONS), point, r))


@pytest.mark.parametrize("profile, name", [("gnfw", "gamma"), ("einasto", "einasto_alpha"), ("burkert", None)])
def test_only_its_own_shape_matters_to_a_profile(profile, name):
    assert SHAPE[profile] == name
    for shape in ("gamma", "einasto_alpha"):
        sigmas = [sigma_1d(Galaxy(profile), halo(profile, **{shape: x}), np.array([0.1]))[0] for x in (0.1, 0.5)]
        assert (sigmas[0] == sigmas[1]) == (shape != name)


def test_baryon_scale_multiplies_the_masses_of_bulge_and_disk():
    heavy = Galaxy(bulge_mass_msun=1.5e10, disk_mass_msun=7.5e10)
    r = np.array([0.1, 8.2])
    assert_allclose(sigma_1d(Galaxy(), halo(n=2, baryon_scale=1.5), r), sigma_1d(heavy, halo(n=2), r), rtol=1e-14)
    speeds = [circular_speed(galaxy, halo(baryon_scale=scale)) for galaxy, scale in ((Galaxy(), 1.5), (heavy, 1.0))]
    assert_allclose(*speeds, rtol=1e-14)
    bare = Galaxy(**NO_BARYONS)
    assert_array_equal(sigma_1d(Galaxy(), halo(n=2, baryon_scale=0.0), r), sigma_1d(bare, halo(n=2), r))


@pytest.mark.parametrize("profile, gamma, r_s, rho_sun, r_sun", POINTS)
def test_circular_speed_matches_the_force_on_the_sun(profile, gamma, r_s, rho_sun, r_sun):
    oracle = Oracle(profile, gamma, r_s, rho_sun, r_sun, msun_kpc3=MSUN_KPC3_PER_GEV_CM3)
    found = circular_speed(Galaxy(profile), row(gamma, r_s, rho_sun, r_sun))
    assert_allclose(found, oracle.circular_speed(), rtol=1e-6)


def test_circular_speed_of_the_default_galaxy():
    # docs/physics/data.md 1: 229 +- (2-5 %) at 8.2 kpc with 0.4 GeV/cm^3, 220 +- 20 at 8.5 kpc with 0.3 GeV/cm^3
    assert round(circular_speed(Galaxy(), halo())[0]) == 240
    assert round(circular_speed(Galaxy(), halo(rho_sun_gev_cm3=0.3, r_sun_kpc=8.5))[0]) == 229


def test_a_thin_disk_pulls_harder_than_its_mass_on_spheres():
    # Freeman (1970): the speed of a thin exponential disk peaks at 2.15 R_d with 0.62 sqrt(G M / R_d)
    disk = Galaxy(bulge_mass_msun=0.0)
    r = np.linspace(4.0, 8.0, 401)
    speeds = circular_speed(disk, replace(halo(n=401, rho_sun_gev_cm3=1e-6), r_sun_kpc=r))
    assert_allclose(r[np.argmax(speeds)] / 2.6, 2.15, atol=0.01)
    assert_allclose(speeds.max() / np.sqrt(NEWTON_KPC_KM2_S2_MSUN * 5.0e10 / 2.6), 0.623, atol=1e-3)
    assert np.all(speeds > np.sqrt(NEWTON_KPC_KM2_S2_MSUN * baryon_mass(disk, r) / r))


@pytest.mark.parametrize("r", [0.5 * R_MIN_KPC, 301.0, np.nan])
def test_speeds_exist_only_inside_the_halo(r):
    with pytest.raises(ValueError, match="r_kpc must be in"):
        sigma_1d(Galaxy(), halo(), np.array([r]))
