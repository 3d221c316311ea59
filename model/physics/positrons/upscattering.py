r"""Positrons from exciting dark matter: in a collision one particle is excited, and its decay makes an e+e- pair.

.. math::
    \chi\chi \to \chi\chi^*,\ \chi^* \to \chi e^+e^-, \qquad \sigma v = \sigma_{\rm mr}\sqrt{v^2 - v_t^2}, \qquad
    v_t = 2\sqrt{\delta/m},

with the splitting delta > 2 m_e, the cross-section of moderately relativistic collisions and the relative speed at
which the energy of the pair, :math:`mv^2/4`, makes one delta. Finkbeiner & Weiner 2007, astro-ph/0702587;
docs/physics/galaxy.md 8.
Averaged over the relative speeds of a Maxwellian of dispersion sigma per dimension, with
:math:`z = v_t^2/8\sigma^2`,

.. math::
    \langle\sigma v\rangle = \frac{4\sigma}{\sqrt\pi}\,\sigma_{\rm mr}\; z\,e^{-z} K_1(z),

the mean relative speed times :math:`zK_1(z)e^{-z}`, which is 1 without threshold. The dispersion is that of the Jeans
equation at each radius; the escape speed does not cut the tail.
"""

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from model._deferred import deferred
from model.physics.constants import KPC_CM, LIGHT_SPEED_CM_S, LIGHT_SPEED_KM_S, NEWTON_KPC_KM2_S2_MSUN
from model.physics.galaxy.annuli import AnnulusSettings, annulus_kernel
from model.physics.galaxy.halo import MSUN_KPC3_PER_GEV_CM3, Galaxy, Halo, baryon_mass, density, halo_mass
from model.physics.galaxy.j_factor import cone_kernel
from model.physics.quantities import Array, selected
from model.physics.surroundings import Surroundings
from model.physics.units import MEV_PER_GEV

if TYPE_CHECKING:
    from scipy import special
else:
    special = deferred("scipy.special")

# Shells in r/R0, uniform in the logarithm: errors below 0.5 % (tests). Inside the innermost shell, where the dispersion
# of any cusp falls, hardly any collision excites; with ``velocity: maxwell`` cusps steeper than r^-1.2 lose some per
# cent.
_Y_RANGE, _Y_NODES = (1.0e-5, 30.0), 200


@dataclass(frozen=True)
class Upscattering:
    """Exciting dark matter at n points, each (n,), and the flux that follows.

    Parameters
    ----------
    m_dm_gev : (n,) array
        Mass [GeV].
    splitting_mev : (n,) array
        delta [MeV].
    sigma_mr_cm2 : (n,) array
        Cross-section well above threshold [cm^2].
    """

    m_dm_gev: Array
    splitting_mev: Array
    sigma_mr_cm2: Array

    @property
    def threshold(self) -> Array:
        """Relative speed v_t at threshold [c], (n,)."""
        result: Array = 2.0 * np.sqrt(self.splitting_mev / (self.m_dm_gev * MEV_PER_GEV))
        return result

    def select(self, keep: NDArray[np.bool_]) -> "Upscattering":
        """The same at the points where ``keep`` (n,) is true."""
        return selected(self, keep)

    def in_aperture(self, surroundings: Surroundings, halo: Halo) -> Array:
        """Positrons made in the aperture, as a flux [cm^-2 s^-1], (n,)."""
        kernel = _aperture_kernel(surroundings.galaxy.aperture_deg)
        return self._flux(surroundings.galaxy, halo, kernel)[:, 0]

    def in_annuli(self, surroundings: Surroundings, halo: Halo) -> Array:
        """Positrons made in each annulus, as a flux [cm^-2 s^-1], (n, 4).

        Raises
        ------
        ValueError
            If the surroundings hold no table of annuli.
        """
        if surroundings.annuli is None:
            raise ValueError("the sky in annuli needs a table of annuli, which no likelihood of this run requires")
        table = surroundings.annuli
        return self._flux(surroundings.galaxy, halo, _annulus_kernel(table.psf_fwhm_deg, table.smearing_pc))

    def _flux(self, galaxy: Galaxy, halo: Halo, kernel: Array) -> Array:
        """Fluxes in the regions of a kernel (regions, k), shape (n, regions)."""
        r = _shells() * halo.r_sun_kpc[:, None]
        rho = density(galaxy, halo, r)
        sigma_v = mean_cross_section(
            self.threshold[:, None], self.sigma_mr_cm2[:, None], _dispersion(galaxy, halo, r, rho)
        )
        per_volume = 0.5 * sigma_v * (rho / self.m_dm_gev[:, None]) ** 2  # [cm^-3 s^-1]
        step = np.log(_Y_RANGE[1] / _Y_RANGE[0]) / (_Y_NODES - 1)
        # the ends contribute nothing
        total: Array = KPC_CM * step * np.stack([(per_volume * r * region).sum(axis=1) for region in kernel], axis=1)
        return total / (4.0 * np.pi)


def mean_cross_section(threshold: Array, sigma_mr_cm2: Array, dispersion: Array) -> Array:
    """<sigma v> over the relative speeds of a Maxwellian [cm^3/s], of arrays that broadcast.

    Parameters
    ----------
    threshold : array
        v_t [c].
    sigma_mr_cm2 : array
        Cross-section well above threshold [cm^2].
    dispersion : array
        One-dimensional dispersion sigma of the particles [c], positive.
    """
    z = threshold**2 / (8.0 * dispersion**2)
    # special.k1e(z) = e^z K_1(z); z special.k1e(z) -> 1 at threshold zero
    above = np.where(z > 0.0, z * special.k1e(np.maximum(z, 1e-300)), 1.0) * np.exp(-2.0 * z)
    result: Array = 4.0 / np.sqrt(np.pi) * dispersion * LIGHT_SPEED_CM_S * sigma_mr_cm2 * above
    return result


@cache
def _shells() -> Array:
    return np.geomspace(*_Y_RANGE, _Y_NODES)


@cache
def _aperture_kernel(aperture_deg: float) -> Array:
    """Kernel of the aperture at the shells; it depends on r/R0 only. Shape (1, k)."""
    return cone_kernel(_shells()[None, :], np.ones((1, 1)), aperture_deg)


@cache
def _annulus_kernel(psf_fwhm_deg: float, smearing_pc: float) -> Array:
    """Kernels of the annuli at the shells, (4, k); the smearing is that at R0 = 8.2 kpc."""
    reference = np.full((1, 1), 8.2)
    kernel = annulus_kernel(_shells()[None, :] * reference, reference, AnnulusSettings(psf_fwhm_deg, smearing_pc))
    result: Array = kernel[0]
    return result


def _dispersion(galaxy: Galaxy, halo: Halo, r: Array, rho: Array) -> Array:
    """One-dimensional dispersion at the shells [c], (n, k): sums in ln r for the mass and for the pressure."""
    if galaxy.velocity == "maxwell":
        return np.full_like(r, galaxy.v0_km_s / LIGHT_SPEED_KM_S / np.sqrt(2.0))
    step = np.log(_Y_RANGE[1] / _Y_RANGE[0]) / (_Y_NODES - 1)
    shell_mass = 4.0 * np.pi * MSUN_KPC3_PER_GEV_CM3 * rho * r**3
    inner = halo_mass(galaxy, halo, r[:, 0])[:, None]
    dark = inner + _running(shell_mass, step)
    pull = rho * (dark + halo.baryon_scale[:, None] * baryon_mass(galaxy, r)) / r
    outwards = _running(pull, step)
    pressure = outwards[:, -1:] - outwards
    speed2 = NEWTON_KPC_KM2_S2_MSUN * np.maximum(pressure, np.finfo(float).tiny) / rho
    result: Array = np.sqrt(np.maximum(speed2, 1e-6)) / LIGHT_SPEED_KM_S  # the outermost shell: no pressure
    return result


def _running(integrand: Array, step: float) -> Array:
    """Integral from the first node to each, fourth order, (n, k)."""
    cells = 0.5 * (integrand[:, 1:] + integrand[:, :-1])
    cells[:, 1:-1] += (cells[:, 1:-1] - 0.5 * (integrand[:, :-3] + integrand[:, 3:])) / 12.0
    result: Array = np.concatenate([np.zeros((len(integrand), 1)), step * np.cumsum(cells, axis=1)], axis=1)
    return result
