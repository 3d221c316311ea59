r"""The 511 keV sky in annuli around the Galactic centre, as a telescope of finite resolution sees it.

J-factors of annuli instead of a cone: the same integrals over spherical shells (:mod:`model.physics.galaxy.shells`)
with another kernel. A photon that leaves at an angle psi from the centre is counted in an annulus with a probability
:math:`W(\psi)`, the part of the point-spread function around psi that falls there, so that with
:math:`\cos\psi = (s^2 + R_0^2 - r^2)/(2 s R_0)` on the shell of radius r

.. math::
    4\pi r^2 K(r) = 2\pi \frac{r}{R_0} \int_{|R_0 - r|}^{R_0 + r} \frac{ds}{s}\, W(\psi(s)) .

Positrons that annihilate away from their birthplace smear the emission. For a Gaussian of width sigma in each of three
dimensions the mean over a shell is smeared instead: it stays spherical, and :math:`r K(r)`, odd in r, is convolved with
a one-dimensional Gaussian.

Conventions: all photons in front of and behind the centre count; there is no cut in longitude or latitude other than
the annulus; and the sky is that of the model alone, without background or exposure map.
"""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from model._deferred import deferred
from model.physics.galaxy import halo_grid
from model.physics.galaxy.halo import Galaxy, Halo
from model.physics.galaxy.j_factor import cone_kernel
from model.physics.galaxy.shells import PARTS, JFactors, Shells, integrals, scaled, shells
from model.physics.quantities import Array

if TYPE_CHECKING:
    from scipy import special
    from scipy.interpolate import CubicSpline
else:
    special = deferred("scipy.special")

EDGES_DEG = (0.0, 3.0, 6.0, 10.0, 15.0)
"""Edges of the annuli [deg] (docs/physics/galaxy.md 5)."""
REGIONS = len(EDGES_DEG) - 1

PC_PER_KPC = 1.0e3
LARGEST_SMEARING_PC = 3300.0

FWHM_PER_SIGMA = float(np.sqrt(8.0 * np.log(2.0)))
_REACH_SIGMAS = 8.0  # photons from further outside an annulus are not seen in it
# A ring at psi is brightest in the shell that its lines of sight touch, r = R_0 sin(psi), over a width in ln r that
# narrows as cot(psi). Panels end where lines of sight at these angles [deg] touch: rings are resolved to 40 degrees.
_RING_PANELS_DEG = (3.0, 4.5, 6.5, 10.0, 14.0, 19.0, 25.0, 33.0, 44.0, 57.0)
_ANNULUS_NODES, _RING_NODES = 48, 80  # Gauss nodes in ln s between where a shell enters and where it leaves the field
_DRIFT_RULE = np.polynomial.hermite.hermgauss(32)  # in the smearing, where it is narrow
# A wide smearing covers many widths of the telescope, which 32 nodes do not resolve: an integral over birthplaces.
_WIDE_SMEARING_PC, _BIRTH_PANEL_KPC, _BIRTH_REACH = 300.0, 0.1, 7.0  # the last in smearing lengths
_BIRTH_RULE = np.polynomial.legendre.leggauss(6)
_BIRTH_FARTHEST_KPC = 40.0  # beyond, kernels change little over a smearing length
_DRIFT_REACH = 4.0  # panels end this many smearing lengths before and after the Sun


@dataclass(frozen=True)
class AnnulusSettings:
    """How the sky is seen.

    Parameters
    ----------
    psf_fwhm_deg : float
        Full width at half maximum of the Gaussian point-spread function [deg], in [1, 10], or 0 for perfect vision.
        SPI: 2.7 [M] (docs/physics/galaxy.md 5).
    smearing_pc : float
        Distance between birth and annihilation of positrons: width of a Gaussian in each dimension [pc], in [10, 3300],
        or 0 for annihilation on the spot. 150 +- 50 pc in Siegert et al. 2022, 2109.03691 [V-abs].

    Raises
    ------
    ValueError
        If a value is outside its range.
    """

    psf_fwhm_deg: float = 2.7
    smearing_pc: float = 0.0

    def __post_init__(self) -> None:
        for name, low, high in (("psf_fwhm_deg", 1.0, 10.0), ("smearing_pc", 10.0, LARGEST_SMEARING_PC)):
            value = getattr(self, name)
            if value != 0.0 and not low <= value <= high:
                raise ValueError(f"{name} is {value}; allowed: 0, or {low:g} to {high:g}")


@dataclass(frozen=True)
class RegionTable:
    """J-factors of m regions of the sky of one :class:`Galaxy` on the grid of :mod:`model.physics.galaxy.halo_grid`.

    The regions are the annuli here and the angles of the surface brightness in :mod:`model.physics.galaxy.extent`.

    Parameters
    ----------
    profile, velocity : str
        Profile and speeds the table was built for.
    psf_fwhm_deg, smearing_pc : float
        As in :class:`AnnulusSettings`.
    shape, r_s_kpc, r_sun_kpc : arrays
        Nodes, as in :class:`~model.physics.galaxy.j_factor.JFactorTable`.
    ln_j : (n_shape, n_r_s, n_r_sun, 4 m) array
        Logarithms of ``shells.PARTS`` of each region, region by region, for 1 GeV/cm^3.
    """

    profile: str
    velocity: str
    psf_fwhm_deg: float
    smearing_pc: float
    shape: Array
    r_s_kpc: Array
    r_sun_kpc: Array
    ln_j: Array

    def evaluate(self, halo: Halo) -> tuple[JFactors, ...]:
        """Interpolated J-factors of each region at n points.

        The relative error of the annuli is below 1e-4 everywhere in the table.

        Raises
        ------
        ValueError
            If a parameter is outside the table.
        """
        return by_region(halo_grid.interpolated(self, halo), halo, self.velocity)


def annulus_factors(galaxy: Galaxy, halo: Halo, settings: AnnulusSettings) -> tuple[JFactors, ...]:
    """J-factors of each annulus by direct quadrature; the aperture of the galaxy plays no role.

    Parameters
    ----------
    galaxy : Galaxy
        Profile, speeds and baryons.
    halo : Halo
        Nuisance parameters, n points.
    settings : AnnulusSettings
        Point-spread function and smearing.

    Returns
    -------
    tuple of JFactors
        One for each annulus. Relative error below 1e-5 for SPI without smearing, 1e-4 with it or with 1 degree.

    Raises
    ------
    ValueError
        If gamma is not below 5/3 in a gnfw halo.
    """

    def seen(sun: Array) -> tuple[Shells, Array]:
        grid = _grid(galaxy, settings, sun, _RING_PANELS_DEG)
        return grid, annulus_kernel(grid.flat, sun[:, None], settings)

    return by_region(_by_sun(galaxy, halo, seen), halo, galaxy.velocity)


def tabulate(galaxy: Galaxy, settings: AnnulusSettings) -> RegionTable:
    """Table of J-factors of the annuli, over the halo parameters of :func:`model.physics.galaxy.j_factor.tabulate`.

    Parameters
    ----------
    galaxy : Galaxy
        Profile, speeds and baryons; its aperture plays no role.
    settings : AnnulusSettings
        Point-spread function and smearing.

    Returns
    -------
    RegionTable
        Interpolation error below 1e-4; a few seconds of work.
    """
    suns = halo_grid.sun_nodes()
    # SPI and wider telescopes are resolved to 2e-5 without the panels of rings.
    narrow = settings.psf_fwhm_deg < AnnulusSettings.psf_fwhm_deg
    grid = _grid(galaxy, settings, suns, _RING_PANELS_DEG if narrow else ())
    return table_of_regions(galaxy, settings, grid, annulus_kernel(grid.flat, suns[:, None], settings))


def table_of_regions(galaxy: Galaxy, settings: AnnulusSettings, grid: Shells, kernel: Array) -> RegionTable:
    """Table of J-factors over the halo parameters, from the kernel of each region.

    Parameters
    ----------
    galaxy : Galaxy
        Profile, speeds and baryons; its aperture plays no role.
    settings : AnnulusSettings
        Point-spread function and smearing of the kernel.
    grid : Shells
        Shells for each distance of the Sun in ``halo_grid.sun_nodes``.
    kernel : (n_r_sun, m, k) array
        Kernel of each region on these shells, in the units of the region: [1] or [1/sr].

    Returns
    -------
    RegionTable
    """
    suns = halo_grid.sun_nodes()
    nodes = halo_grid.filled(
        galaxy.profile,
        lambda halo: _factors(galaxy, halo, grid, kernel, np.searchsorted(suns, halo.r_sun_kpc)),
    )
    return RegionTable(galaxy.profile, galaxy.velocity, settings.psf_fwhm_deg, settings.smearing_pc, *nodes)


def surface_brightness(
    galaxy: Galaxy, halo: Halo, settings: AnnulusSettings, psi_deg: Sequence[float]
) -> tuple[JFactors, ...]:
    """J-factors per steradian after the telescope, averaged over azimuth around the centre, by direct quadrature.

    Parameters
    ----------
    galaxy : Galaxy
        Profile, speeds and baryons.
    halo : Halo
        Nuisance parameters, n points.
    settings : AnnulusSettings
        Point-spread function, which may not be 0 here, and smearing.
    psi_deg : sequence of float
        Angles from the centre [deg], at most 40.

    Returns
    -------
    tuple of JFactors
        One for each angle [per sr].

    Raises
    ------
    ValueError
        If the point-spread function is 0, an angle out of range or gamma not below 5/3 in a gnfw halo.
    """

    def seen(sun: Array) -> tuple[Shells, Array]:
        return brightness_kernel(galaxy, settings, psi_deg, sun)

    return by_region(_by_sun(galaxy, halo, seen), halo, galaxy.velocity)


def brightness_kernel(
    galaxy: Galaxy, settings: AnnulusSettings, psi_deg: Sequence[float], r_sun_kpc: Array
) -> tuple[Shells, Array]:
    """Shells and the kernel of the surface brightness at some angles, for :func:`shells.integrals`.

    Parameters
    ----------
    galaxy : Galaxy
        Its outer edge.
    settings : AnnulusSettings
        Point-spread function, which may not be 0 here, and smearing.
    psi_deg : sequence of float
        Angles from the centre [deg], at most 40.
    r_sun_kpc : (n,) array
        Distances of the Sun [kpc].

    Returns
    -------
    Shells, (n, angles, k) array
        Kernel [1/sr].

    Raises
    ------
    ValueError
        If the point-spread function is 0 or an angle out of range.
    """
    if settings.psf_fwhm_deg == 0.0 or not all(0.0 <= angle <= 40.0 + 1e-9 for angle in psi_deg):
        raise ValueError(f"surface brightness needs a point-spread function and angles in [0, 40], got {psi_deg}")
    sigma = settings.psf_fwhm_deg / FWHM_PER_SIGMA
    angles = np.deg2rad(np.asarray(psi_deg, dtype=np.float64))
    reach = max(psi_deg) + _REACH_SIGMAS * sigma
    field = _field(lambda psi: _ring_mean(sigma, psi[:, None], angles), reach, _RING_NODES)
    grid = _grid(galaxy, settings, r_sun_kpc, _RING_PANELS_DEG)
    sun = r_sun_kpc[:, None]
    kernel = _smeared(lambda r: _blurred_kernel(r, sun, field), grid.flat, sun, settings.smearing_pc)
    return grid, kernel


def annulus_kernel(r_kpc: Array, r_sun_kpc: Array, settings: AnnulusSettings) -> Array:
    """Volume per dr of a shell, weighted by 1/s^2 and by the probability to be counted in each annulus.

    Parameters
    ----------
    r_kpc : (n, k) array
        Radius of the shell [kpc], positive.
    r_sun_kpc : (n, 1) array
        Distance R_0 of the Sun [kpc].
    settings : AnnulusSettings
        Point-spread function and smearing.

    Returns
    -------
    (n, 4, k) array
        Kernel [1], :math:`4 pi r^2 K(r)`.
    """

    def sharp(r: Array) -> Array:
        if settings.psf_fwhm_deg == 0.0:
            inside = [np.zeros_like(r), *(cone_kernel(r, r_sun_kpc, edge) for edge in EDGES_DEG[1:])]
            return np.diff(np.stack(inside, axis=1), axis=1)
        return _blurred_kernel(r, r_sun_kpc, _annuli_field(settings.psf_fwhm_deg))

    return _smeared(sharp, r_kpc, r_sun_kpc, settings.smearing_pc)


def detection(psf_fwhm_deg: float, psi_deg: Array) -> Array:
    r"""Probability that a photon from an angle psi off the centre is counted in each annulus.

    The point-spread function is a Gaussian on the sphere (Fisher 1953), :math:`\propto e^{\kappa\cos\delta}` with
    :math:`\kappa = 1/\sigma^2` at a distance delta from the true direction. Integrated over azimuth around the centre,

    .. math::
        \frac{dW}{d\theta} = \kappa \sin\theta\; e^{\kappa[\cos(\psi-\theta) - 1]}\,
            \hat I_0(\kappa\sin\psi\sin\theta)\,/\,(1 - e^{-2\kappa}), \qquad \hat I_0(x) = e^{-x} I_0(x).

    Parameters
    ----------
    psf_fwhm_deg : float
        Full width at half maximum [deg], positive.
    psi_deg : (m,) array
        Angle from the centre [deg].

    Returns
    -------
    (4, m) array
        Probabilities [1].
    """
    nodes, weights = np.polynomial.legendre.leggauss(48)
    psi = np.deg2rad(psi_deg)[:, None]
    probability = np.empty((REGIONS, psi.size))
    for k, (low, high) in enumerate(itertools.pairwise(EDGES_DEG)):
        half = 0.5 * np.deg2rad(high - low)
        theta = np.deg2rad(low) + half * (1.0 + nodes)
        ring = 2.0 * np.pi * np.sin(theta) * _ring_mean(psf_fwhm_deg / FWHM_PER_SIGMA, psi, theta)
        probability[k] = ring @ (half * weights)
    return probability


def _ring_mean(sigma_deg: float, psi: Array, theta: Array) -> Array:
    """Point-spread function of a source at psi, averaged over azimuth at theta [rad]: density per steradian."""
    concentration = np.deg2rad(sigma_deg) ** -2.0
    peak = concentration / (-2.0 * np.pi * np.expm1(-2.0 * concentration))
    falling = np.exp(concentration * (np.cos(psi - theta) - 1.0))
    return np.asarray(peak * falling * special.ive(0, concentration * np.sin(psi) * np.sin(theta)))


class _Field(NamedTuple):
    """W of m regions as a spline in psi [rad], values (..., m); where the field of view ends [rad]; nodes it needs."""

    seen: "CubicSpline"
    reach: float
    nodes: int


def _field(seen: Callable[[Array], Array], reach_deg: float, nodes: int) -> _Field:
    from scipy.interpolate import CubicSpline  # slow to import, and only the computation of a table needs it

    psi = np.linspace(0.0, np.deg2rad(reach_deg), 600)
    return _Field(CubicSpline(psi, seen(psi)), float(psi[-1]), nodes)


@cache
def _annuli_field(psf_fwhm_deg: float) -> _Field:
    reach = EDGES_DEG[-1] + _REACH_SIGMAS * psf_fwhm_deg / FWHM_PER_SIGMA
    return _field(lambda psi: detection(psf_fwhm_deg, np.rad2deg(psi)).T, reach, _ANNULUS_NODES)


def _smeared(sharp: Callable[[Array], Array], r: Array, r_sun: Array, smearing_pc: float) -> Array:
    """A kernel (n, m, k) of shells of radius r (n, k), for positrons that annihilate away from their birthplace."""
    if smearing_pc == 0.0:
        return sharp(r)
    if smearing_pc > _WIDE_SMEARING_PC:
        return _widely_smeared(sharp, r, r_sun, smearing_pc / PC_PER_KPC)
    total: Array = np.zeros(1)
    for drift, weight in zip(*_DRIFT_RULE, strict=True):
        there = r + np.sqrt(2.0) * smearing_pc / PC_PER_KPC * drift
        # r K(r) is odd: 4 pi r^2 K(r) / r, with r negative on the far side of the centre
        total = total + weight * (sharp(np.abs(there)) / there[:, None, :])
    return np.asarray(total * r[:, None, :] / np.sqrt(np.pi))


def _widely_smeared(sharp: Callable[[Array], Array], r: Array, r_sun: Array, width: float) -> Array:
    """The same for a width [kpc] that is large against the telescope's: an integral over radii of annihilation.

    Panels end at the Sun, where the kernel is singular.
    """
    end = _BIRTH_FARTHEST_KPC + _BIRTH_REACH * width
    inner = np.linspace(0.0, 1.0, int(np.max(r_sun) / _BIRTH_PANEL_KPC) + 1) * r_sun
    outer = r_sun + np.linspace(0.0, 1.0, int(end / _BIRTH_PANEL_KPC) + 1)[1:] * (end - r_sun)
    edges = np.concatenate([inner, outer], axis=1)
    half = 0.5 * np.diff(edges, axis=1)[:, :, None]
    nodes, weights = _BIRTH_RULE
    there = (edges[:, :-1, None] + half * (1.0 + nodes)).reshape(len(r), -1)
    odd = sharp(there) / there[:, None, :] * (half * weights).reshape(len(r), 1, -1)
    smeared = np.empty((len(r), odd.shape[1], r.shape[1]))
    for i in range(len(r)):
        away = (there[i][:, None] - r[i]) / width
        beyond = (there[i][:, None] + r[i]) / width  # on the far side of the centre, where r K(r) is negative
        gaussian = np.exp(-0.5 * away**2) - np.exp(-0.5 * beyond**2)
        smeared[i] = odd[i] @ gaussian * r[i] / (np.sqrt(2.0 * np.pi) * width)
    near = (r < _BIRTH_FARTHEST_KPC)[:, None, :]
    return np.where(near, smeared, sharp(r))


def _blurred_kernel(r: Array, r_sun: Array, field: _Field) -> Array:
    """The kernel of m regions behind a point-spread function, (n, m, k)."""
    y = r / r_sun
    difference = 1.0 - y * y  # in units of R_0^2: product of the two distances at which a direction meets the shell
    far = np.cos(field.reach) + np.sqrt(np.maximum(y * y - np.sin(field.reach) ** 2, 0.0))
    # A shell is in the field between its nearest and farthest points. If it is wider than the field, its middle is not:
    # only distances beyond s = far on the other side of the centre and below s = difference / far on this side count.
    narrow = y <= np.sin(field.reach)
    whole, part = 2.0 * np.arctanh(np.minimum(y, 0.99)), np.log((1.0 + y) / far)
    near = _along(np.abs(1.0 - y), np.where(narrow, whole, part), difference, field)
    beyond = _along(far, np.where(narrow, 0.0, part), difference, field)
    return np.asarray(2.0 * np.pi * y[:, None, :] * (near * (y < 1.0)[:, None, :] + beyond))


def _along(first: Array, span: Array, difference: Array, field: _Field) -> Array:
    """Integral of W d ln s from s = first R_0 over a span in ln s, (n, m, k)."""
    safe = np.maximum(first, 1e-300)  # the shell through the Sun begins at distance 0
    total: Array = np.zeros(1)
    for node, weight in zip(*np.polynomial.legendre.leggauss(field.nodes), strict=True):
        s = safe * np.exp(0.5 * span * (1.0 + node))
        psi = np.arccos(np.clip(0.5 * (s + difference / s), -1.0, 1.0))
        seen = np.where((psi < field.reach)[..., None], field.seen(np.minimum(psi, field.reach)), 0.0)
        total = total + 0.5 * weight * seen
    return np.asarray(np.moveaxis(total * span[..., None], 2, 1))


def _grid(galaxy: Galaxy, settings: AnnulusSettings, r_sun: Array, touched_deg: Sequence[float] = ()) -> Shells:
    """Shells whose panels end where the kernel has a kink (sharp edges) or a step (at the Sun), and at given angles."""
    drift = _DRIFT_REACH * settings.smearing_pc / PC_PER_KPC
    nearest = np.min(r_sun, initial=np.inf)  # the minimum of no points is infinite
    if settings.psf_fwhm_deg == 0.0:
        rings = [r_sun * np.sin(np.deg2rad(edge)) for edge in EDGES_DEG[1:]]
    else:  # panels are in order: those beyond the first one that ends before the Sun are left out
        rings = [r_sun * sine for sine in np.sin(np.deg2rad(touched_deg)) if sine * nearest + drift <= nearest]
    # A wider smearing leaves no kink before the Sun.
    near = [r_sun - drift] if drift < 0.9 * nearest else []
    steps = [*near, r_sun, r_sun + drift] if drift > 0.0 else [r_sun]
    return shells(galaxy, [*rings, *steps])


def _unit(halo: Halo) -> Halo:
    return replace(halo, rho_sun_gev_cm3=np.ones(halo.gamma.size))


def _by_sun(galaxy: Galaxy, halo: Halo, seen: Callable[[Array], tuple[Shells, Array]]) -> Array:
    """``shells.PARTS`` of m regions for 1 GeV/cm^3, (n, 4 m), from shells and kernel for a distance of the Sun (1,).

    The shells of several distances have as many panels as the one that needs the most. Each distance has shells of its
    own here, so that a point does not depend on the others.
    """
    suns, rows = np.unique(halo.r_sun_kpc, return_inverse=True)
    if not suns.size:
        return _factors(galaxy, halo, *seen(suns), rows)
    parts = []
    for k in range(suns.size):
        here = Halo(*(getattr(halo, field.name)[rows == k] for field in fields(Halo)))
        parts.append(_factors(galaxy, _unit(here), *seen(suns[k : k + 1]), np.zeros(here.gamma.size, dtype=np.intp)))
    return np.concatenate(parts)[np.argsort(np.argsort(rows, kind="stable"))]


def _factors(galaxy: Galaxy, halo: Halo, grid: Shells, kernel: Array, rows: NDArray[np.intp]) -> Array:
    """``shells.PARTS`` of m regions, (n, 4 m); ``rows`` selects the distance of the Sun in grid and kernel."""
    parts = integrals(galaxy, halo, Shells(grid.r[rows], grid.dr[rows]), kernel[rows])
    return parts.reshape(len(parts), parts.shape[1] * len(PARTS))


def by_region(parts: Array, halo: Halo, velocity: str) -> tuple[JFactors, ...]:
    """J-factors of each region, from ``shells.PARTS`` of m regions (n, 4 m) for 1 GeV/cm^3."""
    regions = parts.shape[1] // len(PARTS)
    of_regions = parts.reshape(len(parts), regions, len(PARTS))
    return tuple(scaled(of_regions[:, k], halo, velocity) for k in range(regions))
