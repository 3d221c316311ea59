import numpy as np
import pytest
from hypothesis import given
from numpy.testing import assert_allclose
from reference.galaxy_oracle import MSUN_KPC3, Oracle
from reference.haloes import (
    NAMES,
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

from model.physics.galaxy.halo import (
    DEFAULTS,
    MSUN_KPC3_PER_GEV_CM3,
    Galaxy,
    Halo,
    baryon_mass,
    density,
    halo_mass,
)
from model.physics.galaxy.speeds import sigma_1d


def test_parameters_are_the_public_names():
    assert NAMES == ("gamma", "r_s_kpc", "rho_sun_gev_cm3", "r_sun_kpc", "einasto_alpha", "baryon_scale")
    assert all(tuple(values) == NAMES for values in DEFAULTS.values())


def test_density_unit_agrees_with_an_independent_conversion():
    assert_allclose(MSUN_KPC3_PER_GEV_CM3, MSUN_KPC3, rtol=1e-4)


@pytest.mark.parametrize("profile, gamma, r_s, rho_sun, r_sun", POINTS)
def test_density_mass_and_dispersion_match_adaptive_quadrature(profile, gamma, r_s, rho_sun, r_sun):
    oracle = Oracle(profile, gamma, r_s, rho_sun, r_sun, msun_kpc3=MSUN_KPC3_PER_GEV_CM3)
    galaxy, r = Galaxy(profile), np.array([1e-6, 1e-3, 0.1, 2.0, r_sun, 50.0, 290.0])
    same = Halo(*(np.full(r.size, float(value)) for value in (gamma, r_s, rho_sun, r_sun, 0.17, 1.0)))
    assert_allclose(density(galaxy, same, r), [oracle.density(x) for x in r], rtol=1e-12)
    assert_allclose(halo_mass(galaxy, same, r), [oracle.halo_mass(x) for x in r], rtol=5e-7)
    assert_allclose(baryon_mass(galaxy, r), [oracle.baryon_mass(x) for x in r], rtol=1e-10)
    assert_allclose(sigma_1d(galaxy, same, r), [oracle.sigma(x) for x in r], rtol=5e-7)


@pytest.mark.parametrize("gamma", [0.0, 0.7, 1.0, 1.6])
def test_inner_slope_of_gnfw_is_gamma(gamma):
    inner = density(Galaxy(), halo(n=2, gamma=gamma), np.array([1e-7, 1e-6]))
    assert_allclose(np.log10(inner[0] / inner[1]), gamma, atol=1e-5)


def test_einasto_slope_is_two_at_its_scale_radius():
    step = 1e-5
    around = density(Galaxy("einasto"), halo("einasto", n=2), 20.0 * np.exp([-step, step]))
    assert_allclose(np.log(around[0] / around[1]) / (2 * step), 2.0, rtol=1e-8)


def test_burkert_density_at_its_core_radius_is_a_quarter_of_the_centre():
    centre, core = density(Galaxy("burkert"), halo("burkert", n=2), np.array([1e-7, 9.0]))
    assert_allclose(core / centre, 0.25, rtol=1e-7)


@pytest.mark.parametrize("x", [0.0099999, 0.0100001])
def test_burkert_mass_is_accurate_on_both_sides_of_its_series(x):
    t = np.polynomial.legendre.leggauss(20)
    nodes, weights = 0.5 * x * (1 + t[0]), 0.5 * x * t[1]
    expected = np.sum(weights * nodes**2 / ((1 + nodes) * (1 + nodes**2)))
    central = density(Galaxy("burkert"), halo("burkert"), np.array([1e-12]))[0] * MSUN_KPC3_PER_GEV_CM3
    mass = halo_mass(Galaxy("burkert"), halo("burkert"), np.array([9.0 * x]))[0]
    assert_allclose(mass, 4 * np.pi * central * 9.0**3 * expected, rtol=1e-9)


def test_baryon_mass_is_complete_far_away_and_quadratic_at_the_centre():
    galaxy = Galaxy()
    assert_allclose(baryon_mass(galaxy, np.array([1e7])), 6.0e10, rtol=1e-6)
    tiny = np.array([1e-7])
    quadratic = 1.0e10 * (tiny / 0.6) ** 2 + 5.0e10 * 0.5 * (tiny / 2.6) ** 2
    assert_allclose(baryon_mass(galaxy, tiny), quadratic, rtol=1e-6)


@given(profiles, slopes, scales, densities, distances)
def test_density_at_the_sun_is_the_parameter(profile, gamma, r_s, rho_sun, r_sun):
    value = density(Galaxy(profile), row(gamma, r_s, rho_sun, r_sun), np.array([r_sun]))
    assert_allclose(value, rho_sun, rtol=1e-14)


@given(profiles, slopes, scales, distances, radii)
def test_mass_grows_as_density_says(profile, gamma, r_s, r_sun, r):
    galaxy, point, step = Galaxy(profile), row(gamma, r_s, 0.4, r_sun), 1e-4
    shells = halo_mass(galaxy, point, r * np.exp([[-step, step]]))[0]
    rho = density(galaxy, point, np.array([r]))[0] * MSUN_KPC3_PER_GEV_CM3
    assert_allclose((shells[1] - shells[0]) / (2 * step), 4 * np.pi * r**3 * rho, rtol=1e-6)


def test_einasto_mass_and_dispersion_follow_alpha():
    oracle = Oracle("einasto", 0.0, 15.0, 0.35, 8.2, alpha=0.09, msun_kpc3=MSUN_KPC3_PER_GEV_CM3)
    r = np.array([1e-3, 0.1, 8.2, 100.0])
    same = halo("einasto", n=4, r_s_kpc=15.0, rho_sun_gev_cm3=0.35, einasto_alpha=0.09)
    assert_allclose(halo_mass(Galaxy("einasto"), same, r), [oracle.halo_mass(x) for x in r], rtol=5e-7)
    assert_allclose(sigma_1d(Galaxy("einasto"), same, r), [oracle.sigma(x) for x in r], rtol=5e-7)


@pytest.mark.parametrize("function", [density, halo_mass, sigma_1d])
def test_batch_equals_row_by_row_and_none_is_allowed(function):
    galaxy, points, r = Galaxy(), random_halo(7), np.geomspace(1e-3, 100.0, 7)
    batch = function(galaxy, points, r)
    columns = (getattr(points, name) for name in NAMES)
    rows = [function(galaxy, row(*values), r[i : i + 1])[0] for i, values in enumerate(zip(*columns, strict=True))]
    assert_allclose(batch, rows, rtol=1e-13)
    assert function(galaxy, random_halo(0), np.empty(0)).shape == (0,)


@pytest.mark.parametrize(
    "options, message",
    [
        ({"profile": "nfw"}, r"profile is 'nfw'; allowed: gnfw, einasto, burkert"),
        ({"velocity": "fast"}, "velocity is 'fast'; allowed: jeans, maxwell"),
        ({"aperture_deg": 0.0}, r"aperture_deg is 0.0; allowed: within \[0.01, 180\]"),
        ({"aperture_deg": 181.0}, "aperture_deg is"),
        ({"aperture_deg": np.nan}, "aperture_deg is"),
        ({"r_max_kpc": 1.0}, "r_max_kpc is"),
        ({"r_max_kpc": np.inf}, "r_max_kpc is"),
        ({"v0_km_s": -1.0}, "v0_km_s is -1.0; allowed: within"),
        ({"bulge_scale_kpc": 0.0}, "bulge_scale_kpc is 0.0; allowed: within"),
        ({"disk_mass_msun": -1.0}, "disk_mass_msun is -1.0; allowed: within"),
    ],
)
def test_galaxy_rejects_bad_options(options, message):
    with pytest.raises(ValueError, match=message):
        Galaxy(**options)


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"gamma": -0.1}, r"gamma is -0.1; allowed: within \[0, 3\)"),
        ({"gamma": 3.0}, "gamma is"),
        ({"gamma": np.nan}, "gamma is"),
        ({"r_s_kpc": 0.0}, "r_s_kpc is 0.0; allowed: > 0"),
        ({"rho_sun_gev_cm3": -0.4}, "rho_sun_gev_cm3 is"),
        ({"r_sun_kpc": np.inf}, "r_sun_kpc is"),
        ({"einasto_alpha": 0.0}, r"einasto_alpha is 0.0; allowed: within \[0.05, 1\]"),
        ({"einasto_alpha": 1.1}, "einasto_alpha is"),
        ({"baryon_scale": -0.1}, r"baryon_scale is -0.1; allowed: within \[0, 100\]"),
        ({"baryon_scale": np.inf}, "baryon_scale is"),
    ],
)
def test_halo_rejects_bad_values(changes, message):
    with pytest.raises(ValueError, match=message):
        halo(n=2, **changes)


def test_halo_rejects_arrays_of_different_shapes():
    with pytest.raises(ValueError, match=r"r_s_kpc has shape \(3,\); allowed: \(2,\) like gamma"):
        Halo(np.ones(2), np.ones(3), *(4 * [np.ones(2)]))
