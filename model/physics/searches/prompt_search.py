r"""Searches for a prompt e+ e- (or lepton) resonance.

Each is a Gaussian in :math:`s = \epsilon^2 {\rm BR}` with :math:`\sigma = \epsilon_{90}^2 {\rm BR}_0/1.645`: a flat
prior in s >= 0 then has its 90 % point at the published limit (docs/physics/kinetic_mixing.md 4), which holds for the
branching ratio :math:`{\rm BR}_0` of a dark photon without dark matter. Units: MeV, and m for flight lengths.
"""

from dataclasses import dataclass

import numpy as np

from model.physics.confidence import ONE_SIDED_90
from model.physics.constants import HBAR_C_MEV_CM
from model.physics.hidden_sector import u_decay
from model.physics.hidden_sector.charges import dark_photon
from model.physics.quantities import Array, DarkMatter, Spectrum

_HBAR_C_MEV_M = HBAR_C_MEV_CM / 100.0
_EDGE_EFOLDS = 0.05  # beyond the published range the sensitivity fades smoothly over 5 % in mass


@dataclass(frozen=True)
class PromptSearch:
    """Published sensitivity of one search.

    Attributes
    ----------
    name : str
        Key of the search.
    mass_mev, epsilon_90 : tuple of float
        Nodes of the published 90 % limit, interpolated in the logarithms.
    momentum_mev : float
        Momentum of U in the laboratory [MeV].
    flight_m : float
        Flight distance within which a decay counts as prompt [m].
    """

    name: str
    mass_mev: tuple[float, ...]
    epsilon_90: tuple[float, ...]
    momentum_mev: float
    flight_m: float

    def inverse_sigma(self, m_u: Array) -> Array:
        r"""1/sigma of the Gaussian in s/BR_0 [1], shape (n,); falls smoothly to zero beyond the published range."""
        ln_m, nodes = np.log(m_u), np.log(np.asarray(self.mass_mev))
        limit = np.exp(np.interp(ln_m, nodes, np.log(np.asarray(self.epsilon_90))))
        outside = np.maximum(np.maximum(nodes[0] - ln_m, ln_m - nodes[-1]), 0.0)
        result: Array = ONE_SIDED_90 / limit**2 * _fade(outside / _EDGE_EFOLDS)
        return result

    def prompt_fraction(self, m_u: Array, width: Array) -> Array:
        r"""Fraction of decays within the flight distance, :math:`1 - e^{-d/l}` with l = p/(m Gamma) [1], shape (n,)."""
        result: Array = -np.expm1(-self.flight_m * m_u * width / (self.momentum_mev * _HBAR_C_MEV_M))
        return result


def dark_photon_branching(m_u: Array) -> dict[str, Array]:
    """Branching ratios of a dark photon that decays visibly only, by channel (electrons, muons), each (n,)."""
    coupling, closed = np.ones_like(m_u), np.zeros_like(m_u)
    widths = u_decay.partial_widths(
        Spectrum(m_dm=m_u, m_u=m_u, m_rad=closed, m_scalar=closed),
        dark_photon(closed, coupling),
        DarkMatter.DIRAC,
    )
    inverse = 1.0 / widths.total
    return {"electrons": widths.electrons * inverse, "muons": widths.muons * inverse}


def _fade(distance: Array) -> Array:
    """Smooth step from 1 at 0 to 0 at 1, with zero slope at both ends."""
    x = np.minimum(distance, 1.0)
    result: Array = (1.0 - x) ** 2 * (1.0 + 2.0 * x)
    return result
