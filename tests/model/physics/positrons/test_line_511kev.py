import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from model.physics.galaxy.halo import DEFAULTS, Galaxy, Halo
from model.physics.galaxy.j_factor import j_factors
from model.physics.galaxy.shells import JFactors
from model.physics.positrons import line_511kev
from model.physics.positrons.line_511kev import flux, photons_per_positron, positron_rate, sigma_v_bulge
from model.physics.quantities import DarkMatter, LowVelocityCrossSection
from model.physics.units import CM3_S_PER_MEV_MINUS2

# Freeze-out p-wave cross-sections b [cm^3/s] by mass [MeV], Omega h^2 = 0.12 (docs/physics/early_universe.md 2)
THERMAL_P_WAVE = {1.0: 2.451e-25, 3.0: 1.954e-25}
BULGE_FLUX = 0.96e-3  # SPI, Siegert 2016 [ph cm^-2 s^-1] (docs/physics/data.md 1)

masses = st.floats(min_value=0.52, max_value=1e3)
fractions = st.floats(min_value=0.0, max_value=1.0)
factors = st.floats(min_value=1e-3, max_value=1e3)


def array(value):
    return np.array([float(value)])


def cross_section(s_wave=0.0, p_wave=0.0):
    """From cm^3/s to MeV^-2."""
    return LowVelocityCrossSection(array(s_wave) / CM3_S_PER_MEV_MINUS2, array(p_wave) / CM3_S_PER_MEV_MINUS2)


def milky_way(profile="gnfw", aperture_deg=10.0, **changes):
    values = {**DEFAULTS[profile], **changes}
    return j_factors(Galaxy(profile, aperture_deg=aperture_deg), Halo(*map(array, values.values())))


UNIT_J = JFactors(s_wave=array(1e22), p_wave=array(1e16), decay=array(1e21))


def test_parameter_is_the_positronium_fraction():
    assert [parameter.name for parameter in line_511kev.PARAMETERS] == ["f_ps"]


@pytest.mark.parametrize("f_ps, printed", [(0.93, 0.605), (0.967, 0.550), (1.0, 0.500)])
def test_photons_per_positron(f_ps, printed):
    # docs/physics/galaxy.md 4: 0.5495 at 0.967 (0.54950 exactly)
    assert_allclose(photons_per_positron(array(f_ps)), printed, atol=5.1e-4)
    assert_allclose(photons_per_positron(array(0.967)), 0.5495, rtol=1e-12)


def test_flux_is_the_formula_in_gev():
    # 1/(4 pi) * N * 1/(2 m^2) * <sigma v> * J, written out with a cross-section in cm^3/s
    expected = 0.5495 / (4 * np.pi) * 1e-30 / (2 * 0.003**2) * 1e22
    found = flux(cross_section(s_wave=1e-30), array(3.0), DarkMatter.MAJORANA, UNIT_J, array(0.967))
    assert_allclose(found, expected, rtol=1e-12)


def test_p_wave_flux_uses_the_p_wave_factor():
    s_wave = flux(cross_section(s_wave=1e-30), array(3.0), DarkMatter.MAJORANA, UNIT_J, array(0.967))
    p_wave = flux(cross_section(p_wave=1e-24), array(3.0), DarkMatter.MAJORANA, UNIT_J, array(0.967))
    assert_allclose(p_wave, s_wave, rtol=1e-12)


@pytest.mark.parametrize("kind", [DarkMatter.SCALAR, DarkMatter.DIRAC, DarkMatter.DIRAC_CHIRAL])
def test_particle_and_antiparticle_give_half_the_flux(kind):
    arguments = array(3.0), UNIT_J, array(0.967)
    majorana = flux(cross_section(1e-30, 1e-25), arguments[0], DarkMatter.MAJORANA, *arguments[1:])
    assert_allclose(flux(cross_section(1e-30, 1e-25), arguments[0], kind, *arguments[1:]), 0.5 * majorana, rtol=1e-15)


@pytest.mark.parametrize(
    "profile, changes, percent",
    [("gnfw", {}, (46, 4)), ("gnfw", {"gamma": 1.2}, (98, 9)), ("einasto", {}, (84, 7))],
)
def test_thermal_p_wave_share_of_the_bulge_flux(profile, changes, percent):
    # docs/physics/model.md 7: 10 deg, Majorana, 1 and 3 MeV
    j = milky_way(profile, **changes)
    shares = [
        flux(cross_section(p_wave=b), array(m), DarkMatter.MAJORANA, j, array(0.967))[0] / BULGE_FLUX
        for m, b in THERMAL_P_WAVE.items()
    ]
    assert_array_equal(np.rint(100 * np.array(shares)), percent)


def test_thermal_p_wave_cross_section_in_the_bulge():
    # docs/physics/galaxy.md 3: 4-5e-31 cm^3/s
    for profile in ("gnfw", "einasto"):
        value = sigma_v_bulge(cross_section(p_wave=2.3e-25), milky_way(profile))
        assert 4e-31 < value[0] < 5e-31


@pytest.mark.parametrize(
    "profile, changes, aperture_deg, printed",
    [
        ("gnfw", {}, 15.0, 7.9e-31),
        ("gnfw", {}, 30.0, 5.1e-31),
        ("gnfw", {"rho_sun_gev_cm3": 0.3, "r_sun_kpc": 8.5}, 15.0, 1.31e-30),
        ("gnfw", {"rho_sun_gev_cm3": 0.3, "r_sun_kpc": 8.5}, 30.0, 8.5e-31),
        ("gnfw", {"gamma": 1.03, "r_s_kpc": 16.7, "rho_sun_gev_cm3": 0.3, "r_sun_kpc": 8.5}, 15.0, 9.9e-31),
        ("gnfw", {"gamma": 1.03, "r_s_kpc": 16.7, "rho_sun_gev_cm3": 0.3, "r_sun_kpc": 8.5}, 30.0, 6.7e-31),
        # the page prints 3.4: its inner cusp ends at 1e-3 kpc, see test_j_factor.py
        ("gnfw", {"gamma": 1.2}, 15.0, 3.34e-31),
        ("gnfw", {"gamma": 1.2}, 30.0, 2.6e-31),
        # the page prints 5.8; its own J of 7.64e28 gives 5.75
        ("einasto", {"r_s_kpc": 26.0}, 15.0, 5.75e-31),
        ("einasto", {"r_s_kpc": 26.0}, 30.0, 3.9e-31),
        ("einasto", {}, 15.0, 4.4e-31),
        ("einasto", {}, 30.0, 3.2e-31),
    ],
)
def test_cross_section_that_the_line_needs_at_one_mev(profile, changes, aperture_deg, printed):
    # docs/physics/galaxy.md 3: 0.96e-3 ph/cm^2/s in the aperture, f_Ps = 0.967
    j = milky_way(profile, aperture_deg, **changes)
    per_unit = flux(cross_section(s_wave=1.0), array(1.0), DarkMatter.MAJORANA, j, array(0.967))
    digits = len(str(printed).split("e")[0]) - 1
    assert f"{BULGE_FLUX / per_unit[0]:.{digits - 1}e}" == f"{printed:.{digits - 1}e}"


@pytest.mark.parametrize(
    "line_flux, r_sun, f_ps, printed",
    [
        (0.96e-3, 8.2, 0.967, "1.41e+43"),  # docs/physics/galaxy.md 4
        (2.05e-4, 8.2, 0.967, "3.00e+42"),  # docs/physics/galaxy.md 4: the paper's rate
        (1.05e-3, 8.5, 0.93, "1.50e+43"),  # docs/physics/galaxy.md 4, Knoedlseder 2005
    ],
)
def test_positron_rates_of_the_literature(line_flux, r_sun, f_ps, printed):
    assert f"{positron_rate(array(line_flux), array(r_sun), array(f_ps))[0]:.2e}" == printed


def test_cross_section_in_the_bulge_is_weighted_with_the_square_of_the_density():
    value = sigma_v_bulge(cross_section(s_wave=2e-31, p_wave=3e-25), UNIT_J)
    assert_allclose(value, 2e-31 + 3e-25 * 1e-6, rtol=1e-12)


@given(masses, fractions, factors)
def test_flux_falls_as_the_square_of_the_mass(mass, f_ps, factor):
    light, heavy = (
        flux(cross_section(1e-30, 1e-25), array(m), DarkMatter.MAJORANA, UNIT_J, array(f_ps))
        for m in (mass, factor * mass)
    )
    assert light > 0.0
    assert_allclose(heavy * factor**2, light, rtol=1e-12)


@given(fractions, factors)
def test_flux_and_rate_are_inverse_to_each_other(f_ps, distance):
    rate = positron_rate(array(1e-3), array(distance), array(f_ps))
    assert_allclose(rate, positron_rate(array(1e-3), array(1.0), array(f_ps)) * distance**2, rtol=1e-12)
    assert_allclose(
        rate * photons_per_positron(array(f_ps)), positron_rate(array(2e-3), array(distance), array(0.0)), rtol=1e-12
    )


def test_point_without_a_vacuum_stays_undefined():
    found = flux(cross_section(np.nan, np.nan), array(np.nan), DarkMatter.MAJORANA, UNIT_J, array(0.967))
    assert np.isnan(found[0])


@pytest.mark.parametrize("n", [0, 1, 5])
def test_batches_of_any_size(n):
    rng = np.random.default_rng(n)
    sigma_v = LowVelocityCrossSection(rng.uniform(0, 1e-19, n), rng.uniform(0, 1e-14, n))
    j = JFactors(*(rng.uniform(1, 2, n) * scale for scale in (1e22, 1e16, 1e21)))
    m, f_ps = rng.uniform(1, 10, n), rng.uniform(0, 1, n)
    batch = flux(sigma_v, m, DarkMatter.DIRAC, j, f_ps)
    assert batch.shape == (n,)
    for i in range(n):
        one = slice(i, i + 1)
        row = LowVelocityCrossSection(sigma_v.s_wave[one], sigma_v.p_wave[one])
        row_j = JFactors(j.s_wave[one], j.p_wave[one], j.decay[one])
        assert_array_equal(flux(row, m[one], DarkMatter.DIRAC, row_j, f_ps[one]), batch[one])


@pytest.mark.parametrize("f_ps", [-0.01, 1.01, np.nan])
def test_rejects_positronium_fractions_outside_the_unit_interval(f_ps):
    with pytest.raises(ValueError, match=r"f_ps must be in \[0, 1\], got"):
        photons_per_positron(array(f_ps))


def test_rejects_masses_and_distances_that_are_not_positive():
    with pytest.raises(ValueError, match=r"m_dm must be > 0 MeV, got 0\.0"):
        flux(cross_section(1e-30), array(0.0), DarkMatter.MAJORANA, UNIT_J, array(0.967))
    with pytest.raises(ValueError, match=r"r_sun_kpc must be > 0, got 0\.0"):
        positron_rate(array(1e-3), array(0.0), array(0.967))
