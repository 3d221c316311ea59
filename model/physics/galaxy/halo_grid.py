"""Tables of J-factors on a uniform grid in the halo's shape, scale radius and distance, for rho_sun = 1 GeV/cm^3.

The grid is (gamma or einasto_alpha, ln r_s, R0): the local density and the baryons' factor scale J-factors exactly.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np

from model._deferred import deferred
from model.physics.galaxy.halo import DEFAULTS, SHAPE, Halo
from model.physics.quantities import Array, Range

if TYPE_CHECKING:
    from model.physics.galaxy._kernels import j_factor as kernel
else:
    kernel = deferred("model.physics.galaxy._kernels.j_factor")

_STENCIL = 6  # nodes an axis in the interpolation
_LARGEST_LN = 690.0  # a part that is exactly zero is stored as ln = -690; e^-690 = 2e-300 is negligible in any sum

# Ranges and numbers of nodes: interpolation error below 1e-4 (tests/model/physics/galaxy/test_j_factor.py)
_SHAPE_NODES = {"gnfw": (0.0, 1.66, 101), "einasto": (0.08, 0.5, 57)}
_R_S_NODES = {"gnfw": (5.0, 50.0, 12), "einasto": (2.0, 50.0, 24), "burkert": (2.0, 50.0, 24)}
_R_SUN_NODES = (7.5, 9.0, 5)


class HaloGrid(NamedTuple):
    """Nodes of the three axes, and the logarithm of q quantities there.

    ``shape`` (n_shape,) are nodes of gamma or einasto_alpha, a single 0 for profiles without a shape; ``r_s_kpc``
    (n_r_s,) is uniform in the logarithm, ``r_sun_kpc`` (n_r_sun,) uniform; ``ln_j`` is (n_shape, n_r_s, n_r_sun, q).
    """

    shape: Array
    r_s_kpc: Array
    r_sun_kpc: Array
    ln_j: Array


class HaloTable(Protocol):
    """A table with the fields of :class:`HaloGrid`, made for one profile."""

    @property
    def profile(self) -> str:
        """Density profile."""

    @property
    def shape(self) -> Array:
        """Nodes of the shape parameter."""

    @property
    def r_s_kpc(self) -> Array:
        """Nodes of the scale radius [kpc]."""

    @property
    def r_sun_kpc(self) -> Array:
        """Nodes of the distance of the Sun [kpc]."""

    @property
    def ln_j(self) -> Array:
        """Logarithms at the nodes."""


def axes(table: HaloTable) -> dict[str, Array]:
    """Nodes of the halo parameters of the table's profile, by name; the parameters must stay within them."""
    name = SHAPE[table.profile]
    shape = {} if name is None else {name: table.shape}
    return {**shape, "r_s_kpc": table.r_s_kpc, "r_sun_kpc": table.r_sun_kpc}


def limits(profile: str) -> dict[str, Range]:
    """Range of the halo parameters of a profile, by name, within which tables are made."""
    name = SHAPE[profile]
    tabulated = "J-factors are tabulated there"
    shape = {} if name is None else {name: Range(*_SHAPE_NODES[profile][:2], reason=tabulated)}
    r_s, r_sun = (Range(*ends[:2], reason=tabulated) for ends in (_R_S_NODES[profile], _R_SUN_NODES))
    return {**shape, "r_s_kpc": r_s, "r_sun_kpc": r_sun}


def interpolated(table: HaloTable, halo: Halo) -> Array:
    """Quantities of a table at n haloes, by 6-point Lagrange interpolation of their logarithms on each axis.

    Parameters
    ----------
    table : HaloTable
        The table.
    halo : Halo
        Nuisance parameters, n points.

    Returns
    -------
    (n, q) array
        For rho_sun = 1 GeV/cm^3; relative error below 1e-4.

    Raises
    ------
    ValueError
        If a parameter is outside the table.
    """
    for parameter, at in axes(table).items():
        check_range(parameter, getattr(halo, parameter), at[0], at[-1])
    name = SHAPE[table.profile]
    shape = np.zeros(halo.gamma.size) if name is None else getattr(halo, name)
    points = np.stack([shape, np.log(halo.r_s_kpc), halo.r_sun_kpc])
    uniform = (table.shape, np.log(table.r_s_kpc), table.r_sun_kpc)
    start = np.array([at[0] for at in uniform])
    step = np.array([at[1] - at[0] if at.size > 1 else 1.0 for at in uniform])
    return np.exp(kernel.interpolate(table.ln_j, start, step, points, _STENCIL))


def sun_nodes() -> Array:
    """Distances of the Sun on the grid [kpc], the same for all profiles."""
    return np.linspace(*_R_SUN_NODES)


def nodes(profile: str) -> tuple[Array, Array, Array]:
    """Nodes of the shape parameter, the scale radius [kpc] and the distance of the Sun [kpc] of a profile."""
    shapes = np.zeros(1) if SHAPE[profile] is None else np.linspace(*_SHAPE_NODES[profile])
    return shapes, np.geomspace(*_R_S_NODES[profile]), sun_nodes()


def filled(profile: str, quantities: Callable[[Halo], Array]) -> HaloGrid:
    """Compute quantities on the grid of a profile.

    Parameters
    ----------
    profile : str
        Density profile.
    quantities : callable
        Takes a Halo of m points with rho_sun = 1 GeV/cm^3 and returns (m, q).

    Returns
    -------
    HaloGrid
    """
    name = SHAPE[profile]
    shapes, r_s, r_sun = nodes(profile)
    scale, sun = (grid.ravel() for grid in np.meshgrid(r_s, r_sun, indexing="ij"))
    like = {key: np.full(scale.size, value) for key, value in DEFAULTS[profile].items()}
    halo = Halo(**like | {"r_s_kpc": scale, "r_sun_kpc": sun, "rho_sun_gev_cm3": np.ones(scale.size)})
    by_shape = []
    for shape in shapes:
        computed = quantities(halo if name is None else replace(halo, **{name: np.full(scale.size, shape)}))
        by_shape.append(np.log(np.maximum(computed, np.exp(-_LARGEST_LN))).reshape(r_s.size, r_sun.size, -1))
    return HaloGrid(shapes, r_s, r_sun, np.stack(by_shape))


def check_range(name: str, values: Array, low: float, high: float) -> None:
    """Raise ValueError naming the first of the values (n,) that is not within [low, high]."""
    inside = (values >= low) & (values <= high)
    if not np.all(inside):
        raise ValueError(f"{name} = {values[~inside][0]} is outside [{low:.6g}, {high:.6g}]")
