import numpy as np
import pytest
from hypothesis import given
from numpy.testing import assert_allclose
from reference.haloes import distances, halo, random_halo

from model.physics.constants import KPC_CM, LIGHT_SPEED_KM_S
from model.physics.galaxy.halo import R_MIN_KPC, Galaxy, density
from model.physics.galaxy.shells import GAMMA_LIMIT, PARTS, integrals, scaled, shells
from model.physics.galaxy.speeds import sigma_1d

GALAXY = Galaxy()


def grid_of(n, galaxy=GALAXY):
    """Shells whose panels end at the Sun and at a tenth of its distance."""
    return shells(galaxy, [np.full(n, 0.82), np.full(n, 8.2)])


def whole_halo(galaxy, haloes):
    """Integrals over the volume of the halo, not over a region of the sky: the kernel is 4 pi r^2."""
    grid = grid_of(len(haloes.gamma), galaxy)
    return integrals(galaxy, haloes, grid, 4.0 * np.pi * grid.flat[:, None, :] ** 2)[:, 0]


@given(distances)
def test_shells_fill_the_halo_outwards_and_break_where_asked(r_sun):
    grid = shells(GALAXY, [np.array([0.1 * r_sun]), np.array([r_sun])])
    radii = grid.flat[0]
    assert np.all(np.diff(radii) > 0.0)
    assert R_MIN_KPC < radii[0] < radii[-1] < GALAXY.r_max_kpc
    panels = grid.r[0]
    for edge in (0.1 * r_sun, r_sun):  # no panel holds an edge in its inside
        assert not np.any((panels[:, 0] < edge) & (panels[:, -1] > edge))


def test_shells_integrate_powers_of_the_radius():
    grid = grid_of(1)
    nodes = grid.r.shape[2]
    weights = np.tile(0.5 * np.polynomial.legendre.leggauss(nodes)[1], grid.r.shape[1])
    for power in (-2.5, -1.0, 0.0, 2.0):
        low, high = R_MIN_KPC, GALAXY.r_max_kpc
        expected = np.log(high / low) if power == -1 else (high ** (power + 1) - low ** (power + 1)) / (power + 1)
        found = np.sum(grid.flat[0] ** power * grid.dr.reshape(-1) * weights)
        assert_allclose(found, expected, rtol=1e-10, err_msg=str(power))


def test_no_panel_spans_more_than_the_resolution_allows():
    for breaks in ([1e-6, 8.2], [8.2]):
        grid = shells(GALAXY, [np.array([edge]) for edge in breaks])
        assert np.all(np.log(grid.r[0, :, -1] / grid.r[0, :, 0]) < 1.5)


def test_decay_part_of_the_volume_is_the_mass_of_the_halo():
    # The integral of rho over the volume, in closed form for NFW: 4 pi rho_s r_s^3 [ln(1 + c) - c / (1 + c)].
    point = halo(r_s_kpc=20.0, rho_sun_gev_cm3=0.4, r_sun_kpc=8.2)
    c, x = GALAXY.r_max_kpc / 20.0, 8.2 / 20.0
    rho_s = 0.4 * x * (1.0 + x) ** 2
    mass = 4.0 * np.pi * rho_s * 20.0**3 * (np.log1p(c) - c / (1.0 + c))
    found = dict(zip(PARTS, whole_halo(GALAXY, point)[0], strict=True))
    assert_allclose(found["decay"], KPC_CM * mass, rtol=1e-9)


def test_s_wave_part_of_the_volume_is_the_annihilation_integral_of_nfw():
    # int 4 pi r^2 rho^2 = (4 pi / 3) rho_s^2 r_s^3 [1 - (1 + c)^-3] up to the hole at R_MIN_KPC.
    point = halo(r_s_kpc=20.0, rho_sun_gev_cm3=0.4, r_sun_kpc=8.2)
    c, x = GALAXY.r_max_kpc / 20.0, 8.2 / 20.0
    rho_s = 0.4 * x * (1.0 + x) ** 2
    expected = 4.0 * np.pi / 3.0 * rho_s**2 * 20.0**3 * (1.0 - (1.0 + c) ** -3)
    found = dict(zip(PARTS, whole_halo(GALAXY, point)[0], strict=True))
    assert_allclose(found["s_wave"], KPC_CM * expected, rtol=2e-8)


@pytest.mark.parametrize("profile", ["gnfw", "einasto", "burkert"])
def test_p_wave_parts_are_the_integral_of_the_jeans_speed(profile):
    # Without the exchange of integrals: rho^2 <v_rel^2> shell by shell.
    galaxy, point = Galaxy(profile), halo(profile)
    grid = grid_of(1, galaxy)
    r = grid.flat[0]
    same = halo(profile, n=r.size)
    speed2 = 6.0 * (sigma_1d(galaxy, same, r) / LIGHT_SPEED_KM_S) ** 2
    weights = np.tile(0.5 * np.polynomial.legendre.leggauss(grid.r.shape[2])[1], grid.r.shape[1])
    per_shell = 4.0 * np.pi * r**2 * density(galaxy, same, r) ** 2 * speed2 * grid.dr.reshape(-1)
    parts = dict(zip(PARTS, whole_halo(galaxy, point)[0], strict=True))
    assert_allclose(parts["baryon"] + parts["dark"], KPC_CM * np.sum(per_shell * weights), rtol=1e-6)


def test_maxwellian_speeds_are_three_v0_squared():
    galaxy = Galaxy(velocity="maxwell", v0_km_s=230.0)
    s_wave, _, baryon, dark = whole_halo(galaxy, random_halo(4)).T
    assert_allclose(baryon, 3.0 * (230.0 / LIGHT_SPEED_KM_S) ** 2 * s_wave, rtol=1e-14)
    assert not dark.any()


def test_regions_of_the_sky_do_not_disturb_each_other():
    haloes, grid = random_halo(3), grid_of(3)
    kernels = np.stack([grid.flat**power for power in (0, 1, 2)], axis=1)
    together = integrals(GALAXY, haloes, grid, kernels)
    assert together.shape == (3, 3, 4)
    for region in range(3):
        alone = integrals(GALAXY, haloes, grid, kernels[:, region : region + 1])
        assert_allclose(alone[:, 0], together[:, region], rtol=1e-12)


def test_slopes_whose_p_wave_diverges_are_refused_in_gnfw_only():
    steep = halo(gamma=GAMMA_LIMIT)
    with pytest.raises(ValueError, match=r"gamma must be in \[0, 5/3\), got"):
        whole_halo(GALAXY, steep)
    assert np.isfinite(whole_halo(Galaxy("burkert"), halo("burkert", gamma=2.0))).all()


def test_parts_scale_with_the_density_and_the_baryons():
    parts = np.array([[2.0, 3.0, 5.0, 7.0]])
    point = halo(rho_sun_gev_cm3=0.5, baryon_scale=2.0)
    jeans, maxwell = (scaled(parts, point, velocity) for velocity in ("jeans", "maxwell"))
    assert [jeans.s_wave[0], jeans.p_wave[0], jeans.decay[0]] == [0.5, 0.25 * (10.0 + 3.5), 1.5]
    assert [maxwell.s_wave[0], maxwell.p_wave[0], maxwell.decay[0]] == [0.5, 0.25 * (5.0 + 3.5), 1.5]


def test_no_points_have_no_factors():
    assert whole_halo(GALAXY, random_halo(0)).shape == (0, 4)
