from dataclasses import dataclass

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from reference.haloes import halo, random_halo

from model.physics.galaxy import halo_grid
from model.physics.galaxy.halo import DEFAULTS, SHAPE
from model.physics.galaxy.halo_grid import axes, check_range, filled, interpolated, limits, nodes, sun_nodes

PROFILES = ("gnfw", "einasto", "burkert")


@dataclass(frozen=True)
class Table:
    """The least that a table of haloes holds."""

    profile: str
    shape: np.ndarray
    r_s_kpc: np.ndarray
    r_sun_kpc: np.ndarray
    ln_j: np.ndarray


def smooth(of):
    """A quantity that is smooth in the axes of the grid, and the square of it."""
    first = np.exp(0.3 * of.gamma + 0.5 * of.einasto_alpha) * of.r_s_kpc**1.7 / of.r_sun_kpc
    return np.stack([first, first**2], axis=1)


def table(profile, quantities=smooth):
    return Table(profile, *filled(profile, quantities))


def inside(profile, n=40):
    """Random haloes within the table, for the densities and baryons of any halo."""
    rng, columns = np.random.default_rng(4), {}
    for name, limit in limits(profile).items():
        columns[name] = rng.uniform(limit.low, limit.high, n)
    everything = {name: getattr(halo(profile, n), name) for name in DEFAULTS[profile]}
    return type(random_halo(0))(**everything | columns)


@pytest.mark.parametrize("profile", PROFILES)
def test_nodes_are_uniform_and_end_at_the_limits(profile):
    shape, r_s, r_sun = nodes(profile)
    assert_array_equal(r_sun, sun_nodes())
    for grid in (np.log(r_s), r_sun) if SHAPE[profile] is None else (shape, np.log(r_s), r_sun):
        assert_allclose(np.diff(grid), grid[1] - grid[0], rtol=1e-9)
    for name, at in axes(table(profile)).items():
        assert (at[0], at[-1]) == pytest.approx((limits(profile)[name].low, limits(profile)[name].high))


def test_only_parameters_of_the_shape_are_axes():
    assert {profile: [*limits(profile)] for profile in PROFILES} == {
        "gnfw": ["gamma", "r_s_kpc", "r_sun_kpc"],
        "einasto": ["einasto_alpha", "r_s_kpc", "r_sun_kpc"],
        "burkert": ["r_s_kpc", "r_sun_kpc"],
    }
    assert all(limit.reason for profile in PROFILES for limit in limits(profile).values())


@pytest.mark.parametrize("profile", PROFILES)
def test_grid_is_computed_at_unit_density_and_interpolated_between(profile):
    densities = []

    def recorded(of):
        densities.append(of.rho_sun_gev_cm3)
        return smooth(of)

    haloes = inside(profile)
    found = interpolated(table(profile, recorded), haloes)
    assert all(np.all(rho == 1.0) for rho in densities)
    shape = (
        DEFAULTS[profile] | {SHAPE[profile]: getattr(haloes, SHAPE[profile])} if SHAPE[profile] else DEFAULTS[profile]
    )
    expected = np.exp(0.3 * shape["gamma"] + 0.5 * shape["einasto_alpha"]) * haloes.r_s_kpc**1.7 / haloes.r_sun_kpc
    assert_allclose(found[:, 0], expected, rtol=1e-6)
    assert_allclose(found[:, 1], expected**2, rtol=1e-6)


@pytest.mark.parametrize("profile", PROFILES)
def test_interpolation_passes_through_the_nodes(profile):
    known = table(profile)
    for index in ((0, 0, 0), (-1, -1, -1), (len(known.shape) // 2, 3, 2)):
        changes = {"r_s_kpc": known.r_s_kpc[index[1]], "r_sun_kpc": known.r_sun_kpc[index[2]]}
        if SHAPE[profile]:
            changes[SHAPE[profile]] = known.shape[index[0]]
        assert_allclose(interpolated(known, halo(profile, **changes)), np.exp(known.ln_j[index])[None], rtol=1e-9)


def test_a_part_that_vanishes_stays_negligible():
    known = table("burkert", lambda of: np.zeros((of.gamma.size, 1)))
    assert np.all(np.isfinite(known.ln_j))
    assert np.all(interpolated(known, inside("burkert")) < 1e-290)


def test_points_outside_the_table_are_refused_by_name():
    known = table("gnfw")
    with pytest.raises(ValueError, match=r"r_s_kpc = 4.0 is outside \[5, 50\]"):
        interpolated(known, halo(r_s_kpc=4.0))
    with pytest.raises(ValueError, match=r"gamma = 1.7 is outside \[0, 1.66\]"):
        interpolated(known, halo(gamma=1.7))


# Ends of the table: the priors of docs/physics/galaxy.md 1 lie within them.
RANGES = [
    ("gnfw", "gamma", 0.0, 1.66),
    ("gnfw", "r_s_kpc", 5.0, 50.0),
    ("gnfw", "r_sun_kpc", 7.5, 9.0),
    ("einasto", "einasto_alpha", 0.08, 0.5),
    ("einasto", "r_s_kpc", 2.0, 50.0),
    ("burkert", "r_s_kpc", 2.0, 50.0),
]


@pytest.mark.parametrize("profile, name, low, high", RANGES)
def test_the_table_reaches_to_the_ends_of_its_ranges_and_not_beyond(profile, name, low, high):
    known, step = table(profile), 5e-3
    for at in (low, low + step, high - step, high):
        assert np.isfinite(interpolated(known, halo(profile, **{name: at}))).all()
    for outside in (low - step, high + step):
        with pytest.raises(ValueError, match=f"{name} (= .* is outside|is .*; allowed)"):
            interpolated(known, halo(profile, **{name: outside}))


def test_the_first_value_outside_is_named():
    check_range("gamma", np.array([0.0, 1.0]), 0.0, 1.0)
    check_range("gamma", np.empty(0), 0.0, 1.0)
    with pytest.raises(ValueError, match=r"gamma = 3.0 is outside \[0, 1\]"):
        check_range("gamma", np.array([0.5, 3.0, -1.0]), 0.0, 1.0)
    with pytest.raises(ValueError, match="gamma = nan is outside"):
        check_range("gamma", np.array([np.nan]), 0.0, 1.0)


def test_no_points_are_interpolated_to_nothing():
    assert halo_grid.interpolated(table("gnfw"), random_halo(0)).shape == (0, 2)
