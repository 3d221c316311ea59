import itertools
from dataclasses import fields, replace
from functools import cache

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from reference import annuli_oracle
from reference.galaxy_oracle import Oracle
from scipy.integrate import quad
from scipy.interpolate import CubicSpline
from scipy.optimize import brentq

from model.physics.constants import KPC_CM
from model.physics.galaxy.annuli import (
    EDGES_DEG,
    AnnulusSettings,
    RegionTable,
    annulus_factors,
    annulus_kernel,
    detection,
    surface_brightness,
    tabulate,
)
from model.physics.galaxy.halo import DEFAULTS, MSUN_KPC3_PER_GEV_CM3, PARAMETERS, Galaxy, Halo, density
from model.physics.galaxy.j_factor import j_factors
from model.vector_portal import Model

NAMES = tuple(parameter.name for parameter in PARAMETERS)
PROFILES = ("gnfw", "einasto", "burkert")
FACTORS = ("s_wave", "p_wave", "decay")
# docs/physics/galaxy.md 1
OTHER_BARYONS = {"bulge_mass_msun": 1.8e10, "bulge_scale_kpc": 0.8, "disk_mass_msun": 4.1e10}
SKY, SPI, SMEARED = AnnulusSettings(0.0, 0.0), AnnulusSettings(), AnnulusSettings(2.7, 150.0)


def milky_way(profile="gnfw", **changes):
    return Halo(*(np.array([float(value)]) for value in {**DEFAULTS[profile], **changes}.values()))


def random_halos(n, seed, profile="gnfw"):
    rng = np.random.default_rng(seed)
    r_s = np.exp(rng.uniform(np.log(5.01 if profile == "gnfw" else 2.01), np.log(49.9), n))
    ranges = ((0.0, 1.66), None, (0.05, 1.0), (7.5, 9.0), (0.08, 0.5), (0.0, 3.0))
    return Halo(*(r_s if span is None else rng.uniform(*span, n) for span in ranges))


def column(factors, name):
    return np.array([getattr(annulus, name) for annulus in factors]).T


def fractions(factors, name):
    found = column(factors, name)[0]
    return found / found.sum()


def worst(found, expected):
    return max(np.abs(column(found, name) / column(expected, name) - 1).max() for name in FACTORS)


@cache
def table(profile, settings):
    return tabulate(Galaxy(profile), settings)


@pytest.mark.parametrize(
    "profile, name, options, changes, printed",
    [
        ("gnfw", "s_wave", {}, {}, [0.26, 0.22, 0.25, 0.26]),
        ("gnfw", "p_wave", OTHER_BARYONS, {}, [0.23, 0.24, 0.27, 0.27]),
        ("gnfw", "decay", {}, {}, [0.07, 0.16, 0.30, 0.47]),
        ("einasto", "s_wave", {}, {"r_s_kpc": 26.0}, [0.25, 0.24, 0.26, 0.25]),
        # printed .44 .20 .19 .17 with a cusp that ends at 1e-3 kpc (tests/model/physics/galaxy/test_j_factor.py)
        ("gnfw", "s_wave", {}, {"gamma": 1.2}, [0.45, 0.20, 0.19, 0.17]),
    ],
)
def test_published_fractions_are_those_of_the_sky_without_a_telescope(profile, name, options, changes, printed):
    # docs/physics/galaxy.md 5
    factors = annulus_factors(Galaxy(profile, **options), milky_way(profile, **changes), SKY)
    assert_array_equal(np.round(fractions(factors, name), 2), printed)


def test_the_telescope_moves_a_cusp_outwards_and_leaves_decay_alone():
    halo = milky_way(gamma=1.2)
    sky, seen, smeared = (annulus_factors(Galaxy(), halo, view) for view in (SKY, SPI, SMEARED))
    assert_allclose(fractions(seen, "s_wave"), [0.4115, 0.2291, 0.1913, 0.1680], atol=1e-4)
    assert_allclose(fractions(smeared, "s_wave"), [0.3650, 0.2670, 0.1977, 0.1704], atol=1e-4)
    assert_allclose(fractions(seen, "decay"), fractions(sky, "decay"), atol=5e-3)


@pytest.mark.parametrize("profile", PROFILES)
def test_sharp_annuli_add_up_to_the_cone(profile):
    halos = random_halos(5, seed=3, profile=profile)
    annuli, cone = annulus_factors(Galaxy(profile), halos, SKY), j_factors(Galaxy(profile, aperture_deg=15.0), halos)
    for name in FACTORS:
        assert_allclose(column(annuli, name).sum(axis=1), getattr(cone, name), rtol=1e-9)


# profile, gamma, r_s, rho_sun, r_sun, alpha, factor, point-spread function [deg], smearing [pc]
SLOW_POINTS = [
    ("gnfw", 1.3, 20.0, 0.3, 8.5, 0.17, "s_wave", 2.7, 150.0),
    ("gnfw", 1.2, 20.0, 0.4, 8.2, 0.17, "p_wave", 2.7, 0.0),
    ("gnfw", 0.9, 12.0, 0.5, 8.0, 0.17, "p_wave", 2.7, 200.0),
    ("gnfw", 1.0, 20.0, 0.4, 8.2, 0.17, "decay", 4.0, 150.0),
    ("einasto", 0.0, 15.0, 0.4, 8.1, 0.21, "s_wave", 4.0, 0.0),
    ("burkert", 0.0, 9.0, 0.4, 8.2, 0.17, "s_wave", 2.7, 100.0),
    ("gnfw", 1.0, 20.0, 0.4, 8.2, 0.17, "s_wave", 2.7, 1000.0),
]


def assert_matches_lines_of_sight(profile, gamma, r_s, rho_sun, r_sun, alpha, name, psf, smearing):
    oracle = Oracle(profile, gamma, r_s, rho_sun, r_sun, alpha, msun_kpc3=MSUN_KPC3_PER_GEV_CM3)
    halo = Halo(*(np.array([value]) for value in (gamma, r_s, rho_sun, r_sun, alpha, 1.0)))
    found = column(annulus_factors(Galaxy(profile), halo, AnnulusSettings(psf, smearing)), name)[0]
    assert_allclose(found, annuli_oracle.annuli(oracle, name, psf, smearing / 1000.0), rtol=1e-4 if smearing else 3e-5)


def test_matches_lines_of_sight_through_the_telescope():
    assert_matches_lines_of_sight("gnfw", 1.0, 20.0, 0.4, 8.2, 0.17, "s_wave", 2.7, 0.0)


@pytest.mark.slow
@pytest.mark.parametrize("point", SLOW_POINTS, ids=lambda point: f"{point[0]}-{point[6]}-{point[7]}-{point[8]}")
def test_matches_lines_of_sight_through_smeared_haloes(point):
    assert_matches_lines_of_sight(*point)


@pytest.mark.parametrize("psi", [0.0, 2.0, 3.0, 9.0, 17.0])
def test_detection_is_the_sum_over_pixels_of_the_sky(psi):
    assert_allclose(detection(2.7, np.array([psi]))[:, 0], annuli_oracle.detection(psi, 2.7), rtol=2e-4, atol=1e-9)


def test_detection_from_the_centre_is_the_integral_of_a_gaussian():
    # on the sphere: kappa exp(kappa (cos theta - 1)) d cos theta
    concentration = np.deg2rad(2.7 / np.sqrt(8 * np.log(2))) ** -2
    inside = -np.expm1(concentration * (np.cos(np.deg2rad(EDGES_DEG)) - 1))
    assert_allclose(detection(2.7, np.zeros(1))[:, 0], np.diff(inside), rtol=1e-9, atol=1e-15)


def test_an_annulus_gains_at_one_edge_what_its_neighbour_loses():
    total = detection(2.7, np.linspace(0.0, 30.0, 61)).sum(axis=0)
    assert_allclose(total[:16], 1.0, atol=1e-9)  # far inside
    assert np.all(np.diff(total) <= 1e-12)
    assert total[-1] < 1e-12
    assert_allclose(total[30], 0.5, atol=0.02)  # at 15 degrees


def assert_table_is_accurate(profile, settings, n):
    halos = random_halos(n, seed=17, profile=profile)
    assert worst(table(profile, settings).evaluate(halos), annulus_factors(Galaxy(profile), halos, settings)) < 1e-4


@pytest.mark.parametrize("profile", PROFILES)
def test_table_agrees_with_the_direct_integral_at_held_back_haloes(profile):
    assert_table_is_accurate(profile, SPI, 60)


@pytest.mark.slow
@pytest.mark.parametrize("settings", [SKY, SMEARED, AnnulusSettings(4.0, 50.0), AnnulusSettings(1.0, 0.0)], ids=str)
@pytest.mark.parametrize("profile", PROFILES)
def test_table_error_over_telescopes(profile, settings):
    assert_table_is_accurate(profile, settings, 40)


def test_no_smearing_is_the_limit_of_a_little():
    halos = random_halos(4, seed=5)
    halos = replace(halos, gamma=np.array([0.2, 0.8, 1.0, 1.3]))
    little, less = (annulus_factors(Galaxy(), halos, AnnulusSettings(2.7, width)) for width in (20.0, 10.0))
    none = annulus_factors(Galaxy(), halos, SPI)
    for name in FACTORS:
        errors = [np.abs(column(some, name) / column(none, name) - 1).max() for some in (little, less)]
        assert errors[1] < 2e-3
        assert_allclose(errors[0] / errors[1], 4.0, rtol=0.05)  # second order in the width


def test_smearing_moves_the_light_of_a_small_halo_as_a_wider_telescope_does():
    # all emission well within the width: smearing by w is a blur of w / R0 on the sky
    halo = milky_way("einasto", r_s_kpc=0.05, einasto_alpha=0.5)
    width = 200.0
    blur = np.rad2deg(np.arctan(width / 8200.0)) * np.sqrt(8 * np.log(2))
    smeared = annulus_factors(Galaxy("einasto"), halo, AnnulusSettings(2.7, width))
    blurred = annulus_factors(Galaxy("einasto"), halo, AnnulusSettings(float(np.hypot(2.7, blur)), 0.0))
    assert_allclose(fractions(smeared, "s_wave")[:2], fractions(blurred, "s_wave")[:2], rtol=3e-3)


def test_smearing_leaves_a_uniform_halo_alone():
    halo = Halo(*(np.array([value]) for value in (0.0, 1e7, 0.4, 8.2, 0.17, 1.0)))
    plain, smeared = (annulus_factors(Galaxy("burkert"), halo, view) for view in (SPI, SMEARED))
    assert_allclose(column(smeared, "decay"), column(plain, "decay"), rtol=1e-3)  # but for the edge of the halo


def test_kernel_of_the_sky_is_continuous_in_the_telescope():
    r, r_sun = np.geomspace(1e-3, 100.0, 40)[None, :], np.array([[8.2]])
    sharp, seen = (annulus_kernel(r, r_sun, AnnulusSettings(psf, 0.0)).sum(axis=1) for psf in (0.0, 1.0))
    inside = (r[0] < 8.2 * np.sin(np.deg2rad(14.0))) | (r[0] > 30.0)
    assert_allclose(seen[0, inside], sharp[0, inside], rtol=0.03)


@pytest.mark.parametrize("settings", [SPI, pytest.param(SMEARED, marks=pytest.mark.slow)], ids=str)
def test_brightness_adds_up_to_the_annuli(settings):
    halos = replace(random_halos(2, seed=8), gamma=np.array([0.4, 1.3]))
    annuli = annulus_factors(Galaxy(), halos, settings)
    nodes, weights = np.polynomial.legendre.leggauss(8)
    for (low, high), annulus in zip(itertools.pairwise(EDGES_DEG), annuli, strict=True):
        psi = 0.5 * (low + high + (high - low) * nodes)
        rings = surface_brightness(Galaxy(), halos, settings, psi)
        area = np.pi * np.deg2rad(high - low) * np.sin(np.deg2rad(psi)) * weights
        for name in FACTORS:
            assert_allclose(column(rings, name) @ area, getattr(annulus, name), rtol=1e-5)


@pytest.mark.parametrize("name, power, atol", [("decay", 1, 3e-4), ("s_wave", 2, 5e-3)])
@pytest.mark.parametrize("psi", [20.0, 27.0, 30.0, 36.0, 39.9])
def test_far_from_the_centre_the_brightness_is_the_integral_along_the_line_of_sight(psi, name, power, atol):
    """A beam of 1.15 degrees changes a brightness that varies over the angle itself in its fourth digit or less."""
    halo, cosine = milky_way(), np.cos(np.deg2rad(psi))

    def along(ln_s):
        s = np.exp(ln_s)
        r = np.sqrt(s * s + 8.2**2 - 2.0 * s * 8.2 * cosine)
        return s * density(Galaxy(), halo, np.array([r]))[0] ** power if r < 300.0 else 0.0

    ends = np.log([1e-9, 8.2 * cosine, 40.0, 310.0])
    expected = KPC_CM * sum(quad(along, *pair, limit=200, epsrel=1e-9)[0] for pair in itertools.pairwise(ends))
    found = column(surface_brightness(Galaxy(), halo, SPI, [psi]), name)[0, 0]
    assert_allclose(found / expected, 1.0, atol=atol)


@pytest.mark.parametrize("name, printed", [("s_wave", 3.9), ("p_wave", 4.8), ("decay", 19.7)])
def test_width_of_the_brightness_after_the_point_spread_function(name, printed):
    # docs/physics/galaxy.md 3: full width at half maximum, NFW, 2.6 deg
    psi = np.linspace(0.0, 12.0, 25)
    seen = column(surface_brightness(Galaxy(), milky_way(), AnnulusSettings(2.6, 0.0), psi), name)[0]
    half = brentq(lambda angle: CubicSpline(psi, np.log(seen / seen[0]))(angle) + np.log(2.0), 0.1, 12.0)
    assert round(2 * half, 1) == printed


@pytest.mark.parametrize("settings, psi", [(SKY, [1.0]), (SPI, [-1.0]), (SPI, [50.0])])
def test_brightness_needs_a_telescope_and_angles_near_the_centre(settings, psi):
    with pytest.raises(ValueError, match="surface brightness needs a point-spread function and angles in"):
        surface_brightness(Galaxy(), milky_way(), settings, psi)


def test_brightness_is_allowed_from_the_centre_to_forty_degrees():
    """The last angle of a grid may be 40 by its rounding, and the brightness there is that of its neighbourhood."""
    edge, near = (
        column(surface_brightness(Galaxy(), milky_way(), SPI, angles), "decay")[0]
        for angles in ([0.0, 40.0], [0.0, np.nextafter(40.0, 41.0), 39.9])
    )
    assert_allclose(near[:2], edge, rtol=1e-6)
    assert edge[1] < near[2] < 1.005 * edge[1]
    with pytest.raises(ValueError, match="surface brightness needs"):
        surface_brightness(Galaxy(), milky_way(), SPI, [40.001])


def test_a_probability_far_from_every_annulus_is_none():
    """At 40 degrees, 25 from the last edge, a Gaussian of 1.15 degrees leaves nothing; W of the sum never exceeds 1."""
    found = detection(2.7, np.array([0.0, 7.5, 40.0]))
    assert np.all(found[:, 2] < 1e-80)
    assert np.all(found >= 0.0)
    assert found[:, :2].sum(axis=0) == pytest.approx([1.0, 1.0], abs=1e-9)
    assert np.argmax(found[:, 1]) == 2  # 6 to 10 degrees


def test_density_and_baryons_scale_the_factors_exactly():
    halos = random_halos(6, seed=9)
    spi = table("gnfw", SPI)
    base, denser, heavier = (
        spi.evaluate(halo)
        for halo in (
            replace(halos, baryon_scale=np.ones(6)),
            replace(halos, rho_sun_gev_cm3=2.0 * halos.rho_sun_gev_cm3),
            replace(halos, baryon_scale=np.full(6, 3.0)),
        )
    )
    assert_allclose(column(denser, "s_wave"), 4.0 * column(base, "s_wave"), rtol=1e-13)
    assert_allclose(column(denser, "decay"), 2.0 * column(base, "decay"), rtol=1e-13)
    none = spi.evaluate(replace(halos, baryon_scale=np.zeros(6)))
    gain = column(base, "p_wave") - column(none, "p_wave")
    assert_allclose(column(heavier, "p_wave") - column(none, "p_wave"), 3.0 * gain, rtol=1e-11)


def test_no_points_give_no_factors():
    nothing = Halo(*([np.empty(0)] * 6))
    for factors in (annulus_factors(Galaxy(), nothing, SPI), table("gnfw", SPI).evaluate(nothing)):
        assert column(factors, "s_wave").shape == (0, 4)


@pytest.mark.parametrize("smearing_pc", [0.0, 1980.0])
def test_a_point_does_not_depend_on_the_company(smearing_pc):
    """A smearing of 1980 pc reaches back to 0.9 of the distance of the Sun between the smallest and the largest one."""
    halos, settings = random_halos(4, seed=11), AnnulusSettings(2.7, smearing_pc)
    halos = replace(halos, r_sun_kpc=np.array([9.0, 7.5, 8.2, 9.0]))
    together = {
        "annuli": annulus_factors(Galaxy(), halos, settings),
        "rings": surface_brightness(Galaxy(), halos, settings, (0.0, 8.0)),
    }
    for point in range(4):
        one = Halo(*(getattr(halos, field.name)[point : point + 1] for field in fields(Halo)))
        alone = {
            "annuli": annulus_factors(Galaxy(), one, settings),
            "rings": surface_brightness(Galaxy(), one, settings, (0.0, 8.0)),
        }
        for view, factors in alone.items():
            for name in FACTORS:
                assert_allclose(column(factors, name)[0], column(together[view], name)[point], rtol=1e-13)


def test_table_holds_only_what_a_file_can_hold():
    held = {field.name: getattr(table("gnfw", SPI), field.name) for field in fields(RegionTable)}
    assert all(isinstance(value, (str, float, np.ndarray)) for value in held.values())
    halo = milky_way()
    assert_array_equal(
        column(RegionTable(**held).evaluate(halo), "p_wave"), column(table("gnfw", SPI).evaluate(halo), "p_wave")
    )


@pytest.mark.parametrize(
    "options, message",
    [
        ({"psf_fwhm_deg": 0.5}, "psf_fwhm_deg is 0.5; allowed: 0, or 1 to 10"),
        ({"psf_fwhm_deg": np.nan}, "psf_fwhm_deg is nan"),
        ({"smearing_pc": -1.0}, "smearing_pc is -1.0; allowed: 0, or 10 to 3300"),
    ],
)
def test_settings_reject_bad_values(options, message):
    with pytest.raises(ValueError, match=message):
        AnnulusSettings(**options)


def test_table_rejects_haloes_outside():
    with pytest.raises(ValueError, match=r"r_sun_kpc = 7.0 is outside \[7.5, 9\]"):
        table("gnfw", SPI).evaluate(milky_way(r_sun_kpc=7.0))


def portal(n=1, **changes):
    point = {"m_dm_mev": 3.0, "m_u_mev": 10.0, "g_dm": 0.1, "epsilon": 1e-3, **DEFAULTS["gnfw"], "f_ps": 0.967}
    return {name: np.full(n, float(value)) for name, value in {**point, **changes}.items()}


def test_fluxes_in_the_annuli_are_what_the_cone_holds(surroundings):
    prediction = Model().predict(portal(n=3), surroundings)
    assert prediction.annuli_511kev.shape == (3, 4)
    # as much scatters out of 15 degrees as in, but for the slope of the brightness
    assert_allclose(prediction.annuli_511kev.sum(axis=1), prediction.flux_511kev, rtol=0.01)


def test_fluxes_need_a_table(surroundings):
    prediction = Model().predict(portal(), replace(surroundings, annuli=None))
    with pytest.raises(ValueError, match="annuli_511kev needs a table of annuli"):
        _ = prediction.annuli_511kev


def test_benchmark_of_a_batch(benchmark):
    halos = random_halos(128, seed=6)
    assert len(benchmark(table("gnfw", SPI).evaluate, halos)) == 4
