from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from reference.galaxy_oracle import MSUN_KPC3, Oracle
from scipy.special import spence

from model.physics.constants import LIGHT_SPEED_KM_S, NEWTON_KPC_KM2_S2_MSUN
from model.physics.galaxy.halo import (
    DEFAULTS,
    MSUN_KPC3_PER_GEV_CM3,
    PARAMETERS,
    R_MIN_KPC,
    SHAPE,
    Galaxy,
    Halo,
    baryon_mass,
    circular_speed,
    density,
    halo_mass,
    relative_speed_squared,
    sigma_1d,
)

NAMES = tuple(parameter.name for parameter in PARAMETERS)
NO_BARYONS = {"bulge_mass_msun": 0.0, "disk_mass_msun": 0.0}
# docs/physics/galaxy.md 1
OTHER_BARYONS = {"bulge_mass_msun": 1.8e10, "bulge_scale_kpc": 0.8, "disk_mass_msun": 4.1e10}

# five points inside the prior for each profile: gamma, r_s, rho_sun, r_sun
GNFW_POINTS = [(1.0, 20, 0.4, 8.2), (0.2, 5, 0.2, 7.5), (1.6, 50, 0.6, 9.0), (1.4, 12, 0.3, 8.5), (0.6, 33, 0.45, 8.0)]
CORED_POINTS = [(0.0, 20, 0.4, 8.2), (0.0, 2, 0.2, 7.5), (0.0, 50, 0.6, 9.0), (0.0, 9, 0.3, 8.5), (0.0, 33, 0.45, 8.0)]
POINTS = [
    *(("gnfw", *point) for point in GNFW_POINTS),
    *((profile, *point) for profile in ("einasto", "burkert") for point in CORED_POINTS),
]

profiles = st.sampled_from(["gnfw", "einasto", "burkert"])
slopes = st.floats(min_value=0.0, max_value=1.6)
scales = st.floats(min_value=2.0, max_value=50.0)
densities = st.floats(min_value=0.05, max_value=2.0)
distances = st.floats(min_value=7.5, max_value=9.0)
radii = st.floats(min_value=1e-6, max_value=200.0)


def halo(profile="gnfw", n=1, **changes):
    values = {**DEFAULTS[profile], **changes}
    return Halo(*(np.full(n, float(values[name])) for name in NAMES))


def row(gamma, r_s, rho_sun, r_sun, alpha=0.17, baryon_scale=1.0):
    return Halo(*(np.array([float(value)]) for value in (gamma, r_s, rho_sun, r_sun, alpha, baryon_scale)))


def random_halo(n, seed=3):
    rng = np.random.default_rng(seed)
    ranges = ((0, 1.6), (5, 50), (0.1, 1), (7.5, 9), (0.08, 0.5), (0.3, 2))
    return Halo(*(rng.uniform(low, high, n) for low, high in ranges))


def test_parameters_are_the_public_names():
    assert NAMES == ("gamma", "r_s_kpc", "rho_sun_gev_cm3", "r_sun_kpc", "einasto_alpha", "baryon_scale")
    assert all(tuple(values) == NAMES for values in DEFAULTS.values())


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
    speeds = relative_speed_squared(galaxy, halo(n=6), r)
    assert_array_equal(np.rint(speeds * 1e7), [14, 23, 24, 23, 21, 18])


def test_maxwellian_speed_is_the_same_everywhere():
    galaxy = Galaxy(velocity="maxwell", v0_km_s=220.0)
    speeds = relative_speed_squared(galaxy, halo(n=3), np.array([1e-3, 1.0, 100.0]))
    assert_allclose(speeds, 3 * (220.0 / LIGHT_SPEED_KM_S) ** 2, rtol=1e-15)
    assert round(speeds[0] * 1e6, 1) == 1.6  # docs/physics/galaxy.md 2


def test_jeans_speed_is_six_sigma_squared():
    r = np.array([0.5])
    expected = 6 * (sigma_1d(Galaxy(), halo(), r) / LIGHT_SPEED_KM_S) ** 2
    assert_allclose(relative_speed_squared(Galaxy(), halo(), r), expected, rtol=1e-15)


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


@pytest.mark.parametrize("gamma", [0.0, 1.0])
def test_tracer_in_a_hernquist_bulge_has_a_closed_form(gamma):
    # r_s = a: the tracer x^-gamma (1+x)^(gamma-3) in the field GM/(a^2 (1+x)^2) integrates to elementary functions
    a, mass, edge = 0.6, 1.0e10, 300.0
    galaxy = Galaxy(bulge_scale_kpc=a, bulge_mass_msun=mass, disk_mass_msun=0.0, r_max_kpc=edge)
    r = np.array([0.01, 0.1, 0.6, 3.0, 20.0])
    light = Halo(*(np.full(r.size, value) for value in (gamma, a, 1e-12, 8.2, 0.17, 1.0)))

    def pressure(x):
        if gamma == 0.0:
            return 0.25 * (1 + x) ** -4
        return np.log1p(1 / x) - 1 / (1 + x) - 0.5 / (1 + x) ** 2 - 1 / (3 * (1 + x) ** 3)

    x = r / a
    shape = x**-gamma * (1 + x) ** (gamma - 3)
    sigma2 = NEWTON_KPC_KM2_S2_MSUN * mass / a * (pressure(x) - pressure(edge / a)) / shape
    assert_allclose(sigma_1d(galaxy, light, r) ** 2, sigma2, rtol=1e-8)


def test_nfw_alone_has_the_dispersion_of_lokas_and_mamon():
    # Lokas & Mamon (2001), MNRAS 321, 155, Eq. (14) with beta = 0, for a halo without an edge
    r_s = 20.0
    r = np.array([0.02, 0.3, 2.0, 8.2, 20.0])
    x = r / r_s
    bracket = np.pi**2 - np.log(x) - 1 / x - 1 / (1 + x) ** 2 - 6 / (1 + x)
    bracket += (1 + 1 / x**2 - 4 / x - 2 / (1 + x)) * np.log1p(x) + 3 * np.log1p(x) ** 2 + 6 * spence(1 + x)
    solar = 8.2 / r_s
    rho_s = 0.4 * MSUN_KPC3_PER_GEV_CM3 * solar * (1 + solar) ** 2
    sigma2 = 4 * np.pi * NEWTON_KPC_KM2_S2_MSUN * rho_s * r_s**2 * 0.5 * x * (1 + x) ** 2 * bracket
    galaxy = Galaxy(r_max_kpc=1e6, **NO_BARYONS)
    assert_allclose(sigma_1d(galaxy, halo(n=5), r) ** 2, sigma2, rtol=1e-8)


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


def test_einasto_mass_and_dispersion_follow_alpha():
    oracle = Oracle("einasto", 0.0, 15.0, 0.35, 8.2, alpha=0.09, msun_kpc3=MSUN_KPC3_PER_GEV_CM3)
    r = np.array([1e-3, 0.1, 8.2, 100.0])
    same = halo("einasto", n=4, r_s_kpc=15.0, rho_sun_gev_cm3=0.35, einasto_alpha=0.09)
    assert_allclose(halo_mass(Galaxy("einasto"), same, r), [oracle.halo_mass(x) for x in r], rtol=5e-7)
    assert_allclose(sigma_1d(Galaxy("einasto"), same, r), [oracle.sigma(x) for x in r], rtol=5e-7)


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
    speeds = circular_speed(disk, replace(halo(n=401, rho_sun_gev_cm3=1e-12), r_sun_kpc=r))
    assert_allclose(r[np.argmax(speeds)] / 2.6, 2.15, atol=0.01)
    assert_allclose(speeds.max() / np.sqrt(NEWTON_KPC_KM2_S2_MSUN * 5.0e10 / 2.6), 0.623, atol=1e-3)
    assert np.all(speeds > np.sqrt(NEWTON_KPC_KM2_S2_MSUN * baryon_mass(disk, r) / r))


@pytest.mark.parametrize("function", [density, halo_mass, sigma_1d, relative_speed_squared])
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
        ({"profile": "nfw"}, r"profile must be one of \('gnfw', 'einasto', 'burkert'\), got 'nfw'"),
        ({"velocity": "fast"}, "velocity must be one of"),
        ({"aperture_deg": 0.0}, r"aperture_deg must be in \[0.01, 180\] deg, got 0.0"),
        ({"aperture_deg": 181.0}, "aperture_deg must be"),
        ({"aperture_deg": np.nan}, "aperture_deg must be"),
        ({"r_max_kpc": 1.0}, "r_max_kpc must be"),
        ({"r_max_kpc": np.inf}, "r_max_kpc must be"),
        ({"v0_km_s": -1.0}, "v0_km_s must be > 0"),
        ({"bulge_scale_kpc": 0.0}, "bulge_scale_kpc must be > 0"),
        ({"disk_mass_msun": -1.0}, "disk_mass_msun must be >= 0"),
    ],
)
def test_galaxy_rejects_bad_options(options, message):
    with pytest.raises(ValueError, match=message):
        Galaxy(**options)


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"gamma": -0.1}, r"gamma must be in \[0, 3\), got -0.1"),
        ({"gamma": 3.0}, "gamma must be"),
        ({"gamma": np.nan}, "gamma must be"),
        ({"r_s_kpc": 0.0}, "r_s_kpc must be > 0 and finite, got 0.0"),
        ({"rho_sun_gev_cm3": -0.4}, "rho_sun_gev_cm3 must be"),
        ({"r_sun_kpc": np.inf}, "r_sun_kpc must be"),
        ({"einasto_alpha": 0.0}, r"einasto_alpha must be in \[0.05, 1\], got 0.0"),
        ({"einasto_alpha": 1.1}, "einasto_alpha must be"),
        ({"baryon_scale": -0.1}, "baryon_scale must be >= 0 and finite, got -0.1"),
        ({"baryon_scale": np.inf}, "baryon_scale must be"),
    ],
)
def test_halo_rejects_bad_values(changes, message):
    with pytest.raises(ValueError, match=message):
        halo(n=2, **changes)


def test_halo_rejects_arrays_of_different_shapes():
    with pytest.raises(ValueError, match=r"r_s_kpc must have shape \(2,\) like gamma, got \(3,\)"):
        Halo(np.ones(2), np.ones(3), *(4 * [np.ones(2)]))


@pytest.mark.parametrize("velocity", ["jeans", "maxwell"])
@pytest.mark.parametrize("r", [0.5 * R_MIN_KPC, 301.0, np.nan])
def test_speeds_exist_only_inside_the_halo(velocity, r):
    with pytest.raises(ValueError, match="r_kpc must be in"):
        relative_speed_squared(Galaxy(velocity=velocity), halo(), np.array([r]))
