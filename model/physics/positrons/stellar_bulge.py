r"""The stars of the inner Galaxy as a map of positrons: boxy bulge and nuclear stellar bulge.

The line follows the old stars of the bulge, smeared by 150 +- 50 pc (Siegert et al. 2022, 2109.03691). The boxy bulge
is model S of Freudenreich 1998, ApJ 492, 495 [M],

.. math::
    \rho &\propto \mathrm{sech}^2(R_s) \times \begin{cases} 1 & R \le R_{\rm end}\\
        e^{-(R - R_{\rm end})^2/h_{\rm end}^2} & R > R_{\rm end}\end{cases}, \\
    R_s^{C_\parallel} &= \left[\left(\tfrac{|x|}{a_x}\right)^{C_\perp} + \left(\tfrac{|y|}{a_y}\right)^{C_\perp}
        \right]^{C_\parallel/C_\perp} + \left(\tfrac{|z|}{a_z}\right)^{C_\parallel},

with the near end of the long axis x at positive longitude. The nuclear stellar bulge (Launhardt et al. 2002,
astro-ph/0201294 [M]) fits inside one resolution element: a disk of 230 pc and 1.4e9 Msun seen edge-on, here a round
Gaussian of half that radius.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np

from model.physics.constants import KPC_CM
from model.physics.galaxy.annuli import FWHM_PER_SIGMA, PC_PER_KPC, detection
from model.physics.quantities import Array

# Freudenreich 1998, model S: scale lengths [kpc], exponents, cut-off [kpc], angle to the line of sight [deg] [M]
_AXES_KPC = (1.696, 0.6426, 0.4425)
_C_PERPENDICULAR, _C_PARALLEL = 1.574, 3.501
_END_KPC, _END_SCALE_KPC = 3.128, 0.461
_ANGLE_DEG = 13.79

NUCLEAR_FRACTION = 1.4e9 / (1.4e9 + 1.0e10)  # of the stars: 1.4e9 Msun (Launhardt) against the boxy bulge's 1e10 [M]
_NUCLEAR_SIGMA_PC = 115.0
SMEARING_PC = 150.0  # Siegert et al. 2022 [V-abs]

REFERENCE_R_SUN_KPC = 8.2  # angles are those from here; fluxes scale with 1/R0^2
_CELL_KPC = 0.04
_HALF_WIDTH_KPC = (4.2, 4.2, 2.2)
_LARGEST_PSI_DEG, _PSI_BINS = 60.0, 3000


@dataclass(frozen=True)
class StellarMap:
    r"""Flux of positrons per positron made in the bulge, :math:`\langle W/4\pi s^2\rangle` [cm^-2] at 8.2 kpc.

    Parameters
    ----------
    aperture : float
        In the aperture, sharp-edged.
    annuli : (4,) array
        In the annuli, through the point-spread function.
    """

    aperture: float
    annuli: Array


def boxy_bulge(x: Array, y: Array, z: Array) -> Array:
    """Unnormalised density at the bulge's own axes [kpc], arrays that broadcast."""
    a_x, a_y, a_z = _AXES_KPC
    in_plane = (np.abs(x) / a_x) ** _C_PERPENDICULAR + (np.abs(y) / a_y) ** _C_PERPENDICULAR
    scaled = (in_plane ** (_C_PARALLEL / _C_PERPENDICULAR) + (np.abs(z) / a_z) ** _C_PARALLEL) ** (1.0 / _C_PARALLEL)
    beyond = np.maximum(np.sqrt(x * x + y * y + z * z) - _END_KPC, 0.0)
    result: Array = np.cosh(scaled) ** -2.0 * np.exp(-((beyond / _END_SCALE_KPC) ** 2))
    return result


@cache
def stellar_map(aperture_deg: float, psf_fwhm_deg: float) -> StellarMap:
    """Map of the bulge's stars for one aperture and resolution; about a second of work, kept in memory.

    Parameters
    ----------
    aperture_deg : float
        Half-angle of the aperture [deg].
    psf_fwhm_deg : float
        Point-spread function [deg], as in ``annuli.AnnulusSettings``; may be 0.
    """
    psi, weights = _boxy_sky()
    boxy_sigma = _angle(SMEARING_PC)
    nuclear_sigma = np.hypot(boxy_sigma, _angle(_NUCLEAR_SIGMA_PC))
    fraction = NUCLEAR_FRACTION
    boxy = _seen(psi, psf_fwhm_deg, boxy_sigma) @ weights
    centre = 1.0 / (4.0 * np.pi * (REFERENCE_R_SUN_KPC * KPC_CM) ** 2)
    nuclear = _seen(np.zeros(1), psf_fwhm_deg, nuclear_sigma)[:, 0] * centre
    aperture = (1.0 - fraction) * weights[psi < aperture_deg].sum()
    aperture += fraction * centre * -np.expm1(-0.5 * (aperture_deg / nuclear_sigma) ** 2)
    return StellarMap(float(aperture), (1.0 - fraction) * boxy + fraction * nuclear)


def _angle(length_pc: float) -> float:
    """Angle of a length at the centre [deg]."""
    return float(np.rad2deg(length_pc / PC_PER_KPC / REFERENCE_R_SUN_KPC))


def _seen(psi_deg: Array, psf_fwhm_deg: float, sigma_deg: float) -> Array:
    """Probability to be counted in each annulus (4, k); the smearing counts as part of the point-spread function."""
    return detection(FWHM_PER_SIGMA * float(np.hypot(psf_fwhm_deg / FWHM_PER_SIGMA, sigma_deg)), psi_deg)


@cache
def _boxy_sky() -> tuple[Array, Array]:
    """Angles from the centre [deg] and the flux per positron made there [cm^-2] of the boxy bulge, each (k,)."""
    u, v, z = (np.arange(-half + 0.5 * _CELL_KPC, half, _CELL_KPC) for half in _HALF_WIDTH_KPC)
    along, across = np.meshgrid(u, v, indexing="ij")  # towards the Sun, and towards positive longitude
    cosine, sine = np.cos(np.deg2rad(_ANGLE_DEG)), np.sin(np.deg2rad(_ANGLE_DEG))
    long_axis, short_axis = along * cosine + across * sine, -along * sine + across * cosine
    total, by_angle = 0.0, np.zeros(_PSI_BINS)
    for height in z:
        rho = boxy_bulge(long_axis, short_axis, np.full_like(along, height))
        ahead, aside2 = REFERENCE_R_SUN_KPC - along, across**2 + height**2
        psi = np.rad2deg(np.arctan2(np.sqrt(aside2), ahead))
        flux = rho / (4.0 * np.pi * (ahead**2 + aside2) * KPC_CM**2)
        by_angle += np.histogram(psi, _PSI_BINS, (0.0, _LARGEST_PSI_DEG), weights=flux)[0]
        total += float(rho.sum())
    middle = (np.arange(_PSI_BINS) + 0.5) * _LARGEST_PSI_DEG / _PSI_BINS
    return middle, by_angle / total
