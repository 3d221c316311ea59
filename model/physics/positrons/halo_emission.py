r"""Positrons from annihilation or decay in a dark halo.

Their number per volume and time is :math:`s\rho^2 + p\rho^2\langle v_{\rm rel}^2\rangle + d\rho`, so that the flux from
any region of the sky is :math:`(sJ_s + pJ_p + dJ_d)/4\pi`.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.physics.galaxy.halo import Halo
from model.physics.galaxy.shells import JFactors
from model.physics.quantities import Array, DarkMatter, selected
from model.physics.surroundings import Surroundings
from model.physics.units import MEV_PER_GEV


@dataclass(frozen=True)
class HaloEmission:
    """Coefficients of n points, each (n,), and the flux that follows.

    Parameters
    ----------
    s_wave, p_wave : (n,) array
        s and p [cm^3 s^-1 GeV^-2].
    decay : (n,) array
        d [s^-1 GeV^-1].
    """

    s_wave: Array
    p_wave: Array
    decay: Array

    def select(self, keep: NDArray[np.bool_]) -> "HaloEmission":
        """The same at the points where ``keep`` (n,) is true."""
        return selected(self, keep)

    def in_aperture(self, surroundings: Surroundings, halo: Halo) -> Array:
        """Positrons made in the aperture, as a flux [cm^-2 s^-1], (n,)."""
        return self._flux(surroundings.j_factors.evaluate(halo))

    def in_annuli(self, surroundings: Surroundings, halo: Halo) -> Array:
        """Positrons made in each annulus, as a flux [cm^-2 s^-1], (n, 4).

        Raises
        ------
        ValueError
            If the surroundings hold no table of annuli.
        """
        if surroundings.annuli is None:
            raise ValueError("the sky in annuli needs a table of annuli, which no likelihood of this run requires")
        return np.stack([self._flux(j) for j in surroundings.annuli.evaluate(halo)], axis=1)

    def _flux(self, j: JFactors) -> Array:
        total: Array = self.s_wave * j.s_wave + self.p_wave * j.p_wave + self.decay * j.decay
        return total / (4.0 * np.pi)


def annihilation(m_dm_mev: Array, s_wave: Array, p_wave: Array, dark_matter: DarkMatter) -> HaloEmission:
    r"""One positron per annihilation, :math:`\tfrac{\kappa}{2}\langle\sigma v\rangle\rho^2/m^2` of them.

    Parameters
    ----------
    m_dm_mev : (n,) array
        Mass [MeV].
    s_wave, p_wave : (n,) array
        a and b of sigma v = a + b v_rel^2 [cm^3/s].
    dark_matter : DarkMatter
        kappa is 1 for self-conjugate particles and 1/2 otherwise.
    """
    with np.errstate(divide="ignore", invalid="ignore"):  # invalid points may hold a zero mass
        per_density2 = 0.5 * dark_matter.kappa / (m_dm_mev / MEV_PER_GEV) ** 2
    return HaloEmission(s_wave * per_density2, p_wave * per_density2, np.zeros_like(m_dm_mev))


def decay(m_dm_mev: Array, lifetime_s: Array) -> HaloEmission:
    r"""One positron per decay, :math:`\rho/(m\tau)` of them; the halo is not depleted.

    Parameters
    ----------
    m_dm_mev : (n,) array
        Mass [MeV].
    lifetime_s : (n,) array
        Partial lifetime to e+e- [s].
    """
    nothing = np.zeros_like(m_dm_mev)
    with np.errstate(divide="ignore"):  # invalid points
        per_density = MEV_PER_GEV / (m_dm_mev * lifetime_s)
    return HaloEmission(nothing, nothing, per_density)
