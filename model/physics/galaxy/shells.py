r"""Integrals over the Galaxy as sums over spherical shells, for regions of the sky described by a kernel.

With :math:`d^3x = s^2\,ds\,d\Omega` the integral over the lines of sight of a region is one over shells,

.. math::
    J[f] = \int d\Omega \int ds\, f(r)\, W = \int_{r_{\min}}^{r_{\max}} 4\pi r^2 K(r)\, f(r)\, dr,

where K(r), the mean over the shell of :math:`W/s^2`, depends on the region alone. W is the fraction of the light from a
direction that counts: 0 or 1 for a cone. The cusp becomes a power of r, which is resolved exactly in ln r. With
:math:`f = \rho^2`, :math:`\rho^2\langle v_{\rm rel}^2\rangle/c^2` and :math:`\rho` these are the s-wave, p-wave and
decay factors. For the p-wave, exchanging the order of the Jeans integral and of the integral over shells removes the
dispersion altogether,

.. math::
    J_p = \frac{6}{c^2} \int dr'\, \rho(r')\, \frac{G M(r')}{r'^2} \int_{r_{\min}}^{r'} 4\pi r^2 K(r)\, \rho(r)\, dr .

The mass is baryons plus halo, so :math:`J_p = \rho_\odot^2 [f_{\rm bar} J_{\rm baryon} + \rho_\odot J_{\rm dm}]`
exactly.

Cusps: rho^2 r^2 is integrable at the centre for gamma < 3/2, the dark part of the p-wave integrand (r^{4-3 gamma}) for
gamma < 5/3, the baryonic part (r^{3-2 gamma}) for gamma < 2. Close to and above those slopes the inner edge of the
halo, ``R_MIN_KPC``, matters: the factors stay finite and smooth but depend on it.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from model.physics.constants import KPC_CM, LIGHT_SPEED_KM_S, NEWTON_KPC_KM2_S2_MSUN
from model.physics.galaxy.halo import R_MIN_KPC, Galaxy, Halo, baryon_mass, density, halo_mass
from model.physics.quantities import Array

GAMMA_LIMIT = 5.0 / 3.0  # above, the p-wave J of the halo's own gravity diverges (docs/physics/galaxy.md 1)
PARTS = ("s_wave", "decay", "baryon", "dark")
"""What :func:`integrals` returns for each region: J_s, J_decay, J_baryon and J_dm."""

_PANEL_EFOLDS = 1.5
_NODES_PER_PANEL = 24


@dataclass(frozen=True)
class JFactors:
    """J-factors of n parameter points, each (n,): s-wave and p-wave [GeV^2 cm^-5], decay [GeV cm^-2].

    The p-wave factor contains <v_rel^2> in units of c^2, so that the flux is proportional to a J_s + b J_p.
    """

    s_wave: Array
    p_wave: Array
    decay: Array


@dataclass(frozen=True)
class Shells:
    """Gauss panels in ln r: radii and dr [kpc], each (n, panels, nodes), outwards."""

    r: Array
    dr: Array

    @property
    def flat(self) -> Array:
        """Radii as (n, k)."""
        return self.r.reshape(len(self.r), self.r.shape[1] * self.r.shape[2])


def shells(galaxy: Galaxy, breaks_kpc: Sequence[Array]) -> Shells:
    """Shells from ``R_MIN_KPC`` to the edge of the halo.

    Parameters
    ----------
    galaxy : Galaxy
        Its ``r_max_kpc``.
    breaks_kpc : sequence of (n,) arrays
        Ascending radii where kernels have a kink or a step: panels end there.

    Returns
    -------
    Shells
    """
    like = breaks_kpc[0]
    edges = [np.full(like.shape, R_MIN_KPC), *breaks_kpc, np.full(like.shape, galaxy.r_max_kpc)]
    logs = [np.log(edge) for edge in edges]
    ends = [logs[0]]
    for low, high in itertools.pairwise(logs):
        count = max(1, int(np.ceil(np.max(high - low, initial=0.0) / _PANEL_EFOLDS)))
        ends.extend(low + (high - low) * (k / count) for k in range(1, count + 1))
    end = np.stack(ends, axis=1)
    width = np.diff(end, axis=1)[:, :, None]
    r = np.exp(end[:, :-1, None] + width * _RULE.positions)
    return Shells(r, r * width * _RULE.slopes)


def integrals(galaxy: Galaxy, halo: Halo, grid: Shells, kernel: Array) -> Array:
    """J-factors of several regions, in the four parts that density and baryons scale.

    Parameters
    ----------
    galaxy : Galaxy
        Profile, speeds and baryons.
    halo : Halo
        Nuisance parameters, n points; ``baryon_scale`` is not applied.
    grid : Shells
        Shells of each point.
    kernel : (n, regions, k) array
        :math:`4 pi r^2 K(r)` [1] of each region at the shells.

    Returns
    -------
    (n, regions, 4) array
        ``PARTS``, in the units of :class:`JFactors`.

    Raises
    ------
    ValueError
        If gamma is not below 5/3 in a gnfw halo.
    """
    if galaxy.profile == "gnfw" and not np.all(halo.gamma < GAMMA_LIMIT):
        raise ValueError(f"gamma must be in [0, 5/3), got {halo.gamma.max()}: above, the p-wave J diverges")
    n, panels, nodes = grid.r.shape
    r, dr = grid.flat, grid.dr.reshape(grid.flat.shape)
    weights = np.tile(_RULE.weights, panels)
    rho = density(galaxy, halo, r)
    seen = kernel * (rho * dr)[:, None, :]
    decay = seen @ weights
    s_wave = (seen * rho[:, None, :]) @ weights
    if galaxy.velocity == "maxwell":
        baryon, dark = 3.0 * (galaxy.v0_km_s / LIGHT_SPEED_KM_S) ** 2 * s_wave, np.zeros_like(s_wave)
    else:
        by_panel = seen.reshape(n, kernel.shape[1], panels, nodes)
        inside = by_panel @ _RULE.cumulative.T
        whole_panels = by_panel @ _RULE.weights
        inside += (np.cumsum(whole_panels, axis=2) - whole_panels)[..., None]
        pull = inside.reshape(seen.shape) * (rho * dr / r**2)[:, None, :]
        to_c2 = 6.0 * NEWTON_KPC_KM2_S2_MSUN / LIGHT_SPEED_KM_S**2
        baryon = to_c2 * (pull * baryon_mass(galaxy, r)[:, None, :]) @ weights
        dark = to_c2 * (pull * halo_mass(galaxy, halo, r)[:, None, :]) @ weights
    return KPC_CM * np.stack([s_wave, decay, baryon, dark], axis=2)


def scaled(parts: Array, halo: Halo, velocity: str) -> JFactors:
    r"""J-factors of one region from its parts at 1 GeV/cm^3.

    :math:`J_p = \rho_\odot^2 [f_{\rm bar} J_{\rm baryon} + \rho_\odot J_{\rm dm}]`; a Maxwellian, whose speeds do not
    depend on the masses, is stored in J_baryon without f_bar.

    Parameters
    ----------
    parts : (n, 4) array
        ``PARTS`` for rho_sun = 1 GeV/cm^3.
    halo : Halo
        Nuisance parameters, n points.
    velocity : {"jeans", "maxwell"}
        Speeds the parts hold.

    Returns
    -------
    JFactors
    """
    s_wave, decay, baryon, dark = parts.T
    rho, scale = halo.rho_sun_gev_cm3, halo.baryon_scale if velocity == "jeans" else 1.0
    return JFactors(s_wave=rho**2 * s_wave, p_wave=rho**2 * (scale * baryon + rho * dark), decay=rho * decay)


@dataclass(frozen=True)
class _Rule:
    """Gauss-Legendre rule on [0, 1] composed with w(t) = t^4 (35 - 84 t + 70 t^2 - 20 t^3).

    w' = 140 t^3 (1 - t)^3 clusters the nodes at both ends: the square root of a cone's kernel at R_0 sin(psi) and the
    logarithm at R_0 (wide cones) become harmless there. ``cumulative[i]`` integrates from 0 to node i.
    """

    positions: Array
    slopes: Array
    weights: Array
    cumulative: Array


def _rule(count: int) -> _Rule:
    nodes, weights = np.polynomial.legendre.leggauss(count)
    t = 0.5 * (1.0 + nodes)
    # integral of the Lagrange polynomials from -1 to each node, through their Legendre coefficients
    legendre = np.polynomial.legendre.legvander(nodes, count)
    degree = np.arange(count)
    coefficients = (degree + 0.5)[:, None] * legendre[:, :count].T * weights
    primitive = np.empty((count, count))
    primitive[:, 0] = nodes + 1.0
    primitive[:, 1:] = (legendre[:, 2:] - legendre[:, : count - 1]) / (2.0 * degree[1:] + 1.0)
    return _Rule(
        positions=t**4 * (35.0 - 84.0 * t + 70.0 * t**2 - 20.0 * t**3),
        slopes=140.0 * (t * (1.0 - t)) ** 3,
        weights=0.5 * weights,
        cumulative=0.5 * primitive @ coefficients,
    )


_RULE = _rule(_NODES_PER_PANEL)
