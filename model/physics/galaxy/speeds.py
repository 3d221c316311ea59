"""Speeds in the Milky Way: the dispersion of dark matter and the circular speed of the disk at the Sun."""

from typing import TYPE_CHECKING

import numpy as np

from model._deferred import deferred
from model.physics.constants import NEWTON_KPC_KM2_S2_MSUN
from model.physics.galaxy.halo import R_MIN_KPC, Galaxy, Halo, baryon_mass, density, halo_mass
from model.physics.quantities import Array

if TYPE_CHECKING:
    from scipy import special
else:
    special = deferred("scipy.special")

_PANEL_EFOLDS = 1.0  # Gauss panels of the Jeans integral: 16 nodes per e-fold at most, error below 1e-12
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(16)


def sigma_1d(galaxy: Galaxy, halo: Halo, r_kpc: Array) -> Array:
    r"""One-dimensional velocity dispersion of dark matter from the isotropic Jeans equation.

    .. math::
        \sigma_{1D}^2(r) = \frac{1}{\rho(r)} \int_r^{r_{\max}} \rho(r')\,\frac{G M(r')}{r'^2}\,dr'

    Binney & Tremaine (2008), Eq. (4.216) with beta = 0; M is halo + ``baryon_scale`` (bulge + disk).

    Parameters
    ----------
    galaxy : Galaxy
        Profile and baryons.
    halo : Halo
        Nuisance parameters, n points.
    r_kpc : (n,) array
        Distance from the centre [kpc], in [1e-7, r_max_kpc].

    Returns
    -------
    (n,) array
        Dispersion [km/s], whatever ``galaxy.velocity`` says; relative error below 1e-10.

    Raises
    ------
    ValueError
        If a radius is outside the halo.
    """
    r = np.asarray(r_kpc, dtype=np.float64)
    _check_radii(galaxy, r)
    panels = int(np.ceil(np.log(galaxy.r_max_kpc / R_MIN_KPC) / _PANEL_EFOLDS))
    # every point has its own grid, uniform in ln r from r to the edge of the halo
    width = np.log(galaxy.r_max_kpc / r) / panels
    steps = (np.arange(panels)[:, None] + 0.5 * (1.0 + _NODES)).ravel()
    weights = 0.5 * np.tile(_WEIGHTS, panels)
    radii = r[:, None] * np.exp(width[:, None] * steps)
    mass = halo_mass(galaxy, halo, radii) + halo.baryon_scale[:, None] * baryon_mass(galaxy, radii)
    pressure = width * (density(galaxy, halo, radii) * mass / radii * weights).sum(axis=1)
    sigma: Array = np.sqrt(NEWTON_KPC_KM2_S2_MSUN * pressure / density(galaxy, halo, r))
    return sigma


def circular_speed(galaxy: Galaxy, halo: Halo) -> Array:
    r"""Circular speed of the Galactic disk at the Sun, from halo, bulge and disk.

    .. math::
        v_c^2(R_0) = \frac{G M_{\rm halo}(R_0)}{R_0} + f_{\rm bar}\left\{\frac{G M_b R_0}{(R_0+a)^2}
            + \frac{2 G M_d}{R_d}\,y^2 [I_0(y) K_0(y) - I_1(y) K_1(y)]\right\},\qquad y = \frac{R_0}{2 R_d}

    The disk is thin and exponential, Freeman (1970), ApJ 160, 811, Eq. (12): in its own plane it pulls harder than its
    mass would if it were spread over spheres, which is what the isotropic Jeans equation of :func:`sigma_1d` takes.

    Parameters
    ----------
    galaxy : Galaxy
        Profile and baryons.
    halo : Halo
        Nuisance parameters, n points.

    Returns
    -------
    (n,) array
        Speed [km/s].
    """
    r = halo.r_sun_kpc
    spheres = halo_mass(galaxy, halo, r) / r
    bulge = galaxy.bulge_mass_msun * r / (r + galaxy.bulge_scale_kpc) ** 2
    y = 0.5 * r / galaxy.disk_scale_kpc
    bessel = special.ive(0, y) * special.kve(0, y) - special.ive(1, y) * special.kve(1, y)
    disk = 2.0 * galaxy.disk_mass_msun / galaxy.disk_scale_kpc * y**2 * bessel
    speed: Array = np.sqrt(NEWTON_KPC_KM2_S2_MSUN * (spheres + halo.baryon_scale * (bulge + disk)))
    return speed


def _check_radii(galaxy: Galaxy, r: Array) -> None:
    inside = (r >= R_MIN_KPC) & (r <= galaxy.r_max_kpc)
    if not np.all(inside):
        raise ValueError(f"r_kpc must be in [{R_MIN_KPC}, {galaxy.r_max_kpc}] kpc, got {r[~inside][0]}")
