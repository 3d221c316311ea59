r"""How wide the line looks: full width at half maximum of its surface brightness behind a telescope.

The surface brightness around the Galactic centre, averaged over azimuth, is tabulated at a few angles over the halo
parameters. It falls with the angle, so that the angle of half the central brightness is found between two neighbours,
linear in the logarithms of both. docs/physics/galaxy.md 4.
"""

import numpy as np

from model.physics.galaxy import halo_grid
from model.physics.galaxy.annuli import AnnulusSettings, RegionTable, brightness_kernel, table_of_regions
from model.physics.galaxy.halo import Galaxy
from model.physics.quantities import Array

ANGLES_DEG = (0.0, *(float(angle) for angle in np.geomspace(1.2, 40.0, 36)))
"""Angles of the table [deg]. Half of the narrowest width that a point-spread function of 2.7 deg allows is 1.35 deg."""
LARGEST_WIDTH_DEG = 2.0 * ANGLES_DEG[-1]


def tabulate(galaxy: Galaxy, settings: AnnulusSettings) -> RegionTable:
    """Table of the surface brightness over the halo parameters of :func:`model.physics.galaxy.j_factor.tabulate`.

    Parameters
    ----------
    galaxy : Galaxy
        Profile, speeds and baryons; its aperture plays no role.
    settings : AnnulusSettings
        Point-spread function, which may not be 0, and smearing.

    Returns
    -------
    RegionTable
        J-factors per steradian; the regions are ``ANGLES_DEG``.

    Raises
    ------
    ValueError
        If the point-spread function is 0.
    """
    grid, kernel = brightness_kernel(galaxy, settings, ANGLES_DEG, halo_grid.sun_nodes())
    return table_of_regions(galaxy, settings, grid, kernel)


def full_width(brightness: Array) -> Array:
    """Full width at half maximum of profiles that fall with the angle.

    Parameters
    ----------
    brightness : (n, k) array
        At ``ANGLES_DEG``, positive.

    Returns
    -------
    (n,) array
        Width [deg]; ``LARGEST_WIDTH_DEG`` where it is more. The error of table and interpolation is below 0.3 % for
        annihilation in gnfw haloes of slopes from 0.4 to 1.5 (tests).
    """
    over_half = np.log(2.0 * brightness[:, 1:] / brightness[:, :1])  # the centre itself has no logarithm of an angle
    ln_angle = np.log(ANGLES_DEG[1:])
    count = np.sum(np.logical_and.accumulate(over_half > 0.0, axis=1), axis=1)
    outer = np.clip(count, 1, len(ln_angle) - 1)[:, None]
    above, below = (np.take_along_axis(over_half, k, axis=1)[:, 0] for k in (outer - 1, outer))
    step = ln_angle[1] - ln_angle[0]
    fall = np.where(above > below, above - below, 1.0)  # a profile without half its maximum may be flat
    ln_half = ln_angle[outer[:, 0] - 1] + step * above / fall
    width: Array = np.where(count == len(ln_angle), LARGEST_WIDTH_DEG, 2.0 * np.exp(np.minimum(ln_half, ln_angle[-1])))
    return width
