r"""J-factors of the 511 keV flux in a full cone around the Galactic centre, and their table.

The integral over the lines of sight is one over spherical shells (:mod:`model.physics.galaxy.shells`), with a kernel
that is elementary for a cone (:func:`cone_kernel`).
"""

from dataclasses import dataclass, replace

import numpy as np

from model.physics.galaxy import halo_grid
from model.physics.galaxy.halo import Galaxy, Halo
from model.physics.galaxy.shells import JFactors, integrals, scaled, shells
from model.physics.quantities import Array

_R_SUN_MIN_KPC = 0.1  # keeps R_0 sin(aperture) above the inner edge of the halo


@dataclass(frozen=True)
class JFactorTable:
    """J-factors of one :class:`Galaxy` on the grid of :mod:`model.physics.galaxy.halo_grid`, for rho_sun = 1 GeV/cm^3.

    Parameters
    ----------
    profile : str
        Profile the table was built for.
    aperture_deg : float
        Half-angle of the cone [deg].
    velocity : str
        Speeds the table was built for.
    shape : (n_shape,) array
        Nodes of gamma (gnfw) or einasto_alpha [1]; a single node (0) for burkert.
    r_s_kpc : (n_r_s,) array
        Nodes of the scale radius [kpc], uniform in the logarithm.
    r_sun_kpc : (n_r_sun,) array
        Nodes of the distance of the Sun [kpc].
    ln_j : (n_shape, n_r_s, n_r_sun, 4) array
        Logarithms of ``shells.PARTS``, in the units of :class:`~model.physics.galaxy.shells.JFactors` at 1 GeV/cm^3.
    """

    profile: str
    aperture_deg: float
    velocity: str
    shape: Array
    r_s_kpc: Array
    r_sun_kpc: Array
    ln_j: Array

    def evaluate(self, halo: Halo) -> JFactors:
        """Interpolated J-factors of n points, relative error below 1e-4 everywhere in the table.

        Raises
        ------
        ValueError
            If a parameter is outside the table.
        """
        return scaled(halo_grid.interpolated(self, halo), halo, self.velocity)


def j_factors(galaxy: Galaxy, halo: Halo) -> JFactors:
    """J-factors in the full cone of half-angle ``galaxy.aperture_deg``, by direct quadrature.

    Parameters
    ----------
    galaxy : Galaxy
        Profile, aperture, speeds and baryons.
    halo : Halo
        Nuisance parameters, n points.

    Returns
    -------
    JFactors
        Relative error below 1e-6.

    Raises
    ------
    ValueError
        If gamma is not below 5/3 in a gnfw halo, the Sun is outside the halo or a parameter outside its range.
    """
    unit = replace(halo, rho_sun_gev_cm3=np.ones(halo.gamma.size))
    return scaled(_unit_factors(galaxy, unit), halo, galaxy.velocity)


def tabulate(galaxy: Galaxy) -> JFactorTable:
    """Table of J-factors for R0 from 7.5 to 9 kpc.

    gnfw: gamma 0 to 1.66, r_s 5 to 50 kpc; einasto: alpha 0.08 to 0.5, r_-2 2 to 50 kpc; burkert: r_c 2 to 50 kpc.

    Parameters
    ----------
    galaxy : Galaxy
        Profile, aperture, speeds and baryons.

    Returns
    -------
    JFactorTable
        Interpolation error below 1e-4; a second or two of work.
    """
    grid = halo_grid.filled(galaxy.profile, lambda halo: _unit_factors(galaxy, halo))
    return JFactorTable(galaxy.profile, galaxy.aperture_deg, galaxy.velocity, *grid)


def cone_kernel(r_kpc: Array, r_sun_kpc: Array, aperture_deg: float) -> Array:
    r"""Volume per dr of a shell inside the cone, weighted by :math:`1/s^2`: :math:`4\pi r^2 K(r)`.

    On the shell :math:`s\,ds = -r R_0\,d\cos\theta`, so :math:`K = \int ds/(2 r R_0 s)` over the distances s at which
    the shell is inside the cone, :math:`s^2 - 2 s R_0\cos\psi + R_0^2 - r^2 \ge 0`. With
    :math:`s_+ = R_0\cos\psi + \sqrt{r^2 - R_0^2\sin^2\psi}`:

    .. math::
        4\pi r^2 K = 2\pi\frac{r}{R_0} \times \begin{cases}
            \ln\frac{R_0+r}{R_0-r} & r < R_0\ \text{and}\ (r \le R_0\sin\psi\ \text{or}\ \psi \ge 90^\circ)\\
            2\ln\frac{R_0+r}{s_+} & R_0\sin\psi < r < R_0,\ \psi < 90^\circ\\
            \ln\frac{R_0+r}{s_+} & r > R_0 \end{cases}

    The step by a factor 2 at :math:`r = R_0` is real: shells just inside cross the cone at the Sun as well.

    Parameters
    ----------
    r_kpc : (n,) or (n, k) array
        Radius of the shell [kpc], positive.
    r_sun_kpc : (n,) or (n, 1) array
        Distance R_0 of the Sun [kpc].
    aperture_deg : float
        Half-angle psi of the cone [deg], in (0, 180].

    Returns
    -------
    array, broadcast shape
        Kernel [1]: its integral over dr is the integral of ds dOmega [kpc].
    """
    cosine, sine = np.cos(np.deg2rad(aperture_deg)), np.sin(np.deg2rad(aperture_deg))
    y = r_kpc / r_sun_kpc
    root = np.sqrt(np.maximum(y * y - sine * sine, 0.0))
    # s_+ / R_0; behind the Sun (psi > 90 deg) its two terms cancel, so use the product of the roots there
    nearest = cosine + root if cosine >= 0.0 else (y * y - 1.0) / (root - cosine)
    partly = 1.0 if cosine < 0.0 else sine
    with np.errstate(divide="ignore", invalid="ignore"):
        beyond = np.log((1.0 + y) / nearest)
        whole = 2.0 * np.arctanh(np.minimum(y, 1.0))
    logarithm = np.where(y > 1.0, beyond, np.where(y > partly, 2.0 * beyond, whole))
    return np.asarray(2.0 * np.pi * y * logarithm)


def _unit_factors(galaxy: Galaxy, halo: Halo) -> Array:
    """``shells.PARTS`` in the cone for rho_sun = 1 GeV/cm^3, shape (n, 4)."""
    r_sun = halo.r_sun_kpc
    halo_grid.check_range("r_sun_kpc", r_sun, _R_SUN_MIN_KPC, 0.5 * galaxy.r_max_kpc)
    narrow = galaxy.aperture_deg < 90.0
    grid = shells(galaxy, [r_sun * np.sin(np.deg2rad(galaxy.aperture_deg)), r_sun] if narrow else [r_sun])
    kernel = cone_kernel(grid.flat, r_sun[:, None], galaxy.aperture_deg)
    return integrals(galaxy, halo, grid, kernel[:, None, :])[:, 0]
