r"""Electron beam dumps: U from bremsstrahlung in a thick target, decaying to e+ e- behind the shield.

docs/physics/kinetic_mixing.md 2: :math:`N = \epsilon^2\,{\rm BR}(ee)\,F(m_U, \Gamma)` with

.. math::
    F = \int dE\, n(E) A(E) \left[e^{-L_{sh}/l} - e^{-(L_{sh}+L_{dec})/l}\right],
    \qquad l = \frac{p_U}{m_U \Gamma} \hbar c .

Energies are in GeV and lengths in m.
"""

import math
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from model._deferred import deferred
from model.physics.quantities import Array
from model.physics.searches import bremsstrahlung
from model.physics.searches.bremsstrahlung import ELECTRON_MASS_GEV, CrossSection, TargetMaterial
from model.physics.units import MEV_PER_GEV

if TYPE_CHECKING:
    from model.physics.searches._kernels import dark_photon_decay as kernel
else:
    kernel = deferred("model.physics.searches._kernels.dark_photon_decay")

Reading = Literal["published", "physical"]

_NODES = 40  # energies of U on either side of half the beam energy
_GAP_EFOLDS = 14.0  # how close to the beam energy the nodes reach, in e-folds of ln(E0/E)
_DRAWS = 2048  # points of the acceptance integral, shared by the nodes of the electron spectrum


@dataclass(frozen=True)
class ElectronDump:
    """One run of an electron beam dump.

    Attributes
    ----------
    name : str
        Key of the run.
    beam_gev, electrons : float
        Beam energy [GeV] and electrons on target.
    target : TargetMaterial
        Material of the dump.
    thickness_x0 : float
        Its depth in radiation lengths.
    shield_m, decay_m : float
        Lengths of the shield and of the decay volume [m].
    threshold_gev : float
        Smallest energy of U that the detector sees.
    detector_radius_m : float
        Radius of a disc of the detector's area at the end of the decay volume; 0 if it does not limit.
    efficiency : float
        Constant efficiency in the physical reading.
    published_acceptance : float
        Acceptance A_0 that multiplies the yield in the published reading (docs/physics/kinetic_mixing.md 2.3).
    acceptance_mass_mev, acceptance_power : float
        m_0 [MeV] and k of its dependence on mass, A_0 / [1 + (m_U/m_0)^k]; constant by default.
    flux : {"improved", "full"}
        Cross-section in the physical reading.
    k_factor : str
        Row of ``bremsstrahlung.K_FACTORS`` that corrects it.
    has_published_contour : bool
        False if only the physical reading exists: the option ``reading`` then changes nothing.
    """

    name: str
    beam_gev: float
    electrons: float
    target: TargetMaterial
    thickness_x0: float
    shield_m: float
    decay_m: float
    threshold_gev: float
    detector_radius_m: float
    efficiency: float
    published_acceptance: float
    flux: Literal["improved", "full"]
    k_factor: str
    acceptance_mass_mev: float = math.inf
    acceptance_power: float = 1.0
    has_published_contour: bool = True

    def fitted_acceptance(self, m_u_gev: float) -> float:
        """Acceptance that reproduces the published contour [1], at a mass in GeV."""
        ratio = m_u_gev * MEV_PER_GEV / self.acceptance_mass_mev
        acceptance: float = self.published_acceptance / (1.0 + ratio**self.acceptance_power)
        return acceptance


class DecaySpectrum(NamedTuple):
    """The U bosons that fly towards the shield at one mass: momenta [GeV] and numbers n(E) A(E) dE per epsilon^2."""

    momentum_gev: Array
    number: Array


def energy_nodes(lowest_gev: float, beam_gev: float, m_u_gev: float) -> tuple[Array, Array, Array]:
    """Quadrature in the energy of U: logarithmic from threshold to E0/2 and dense near E0.

    Returns
    -------
    energy, gap, weight : (n,) array
        Energies [GeV], ln(E0/E), and dE [GeV]; n is 80, or 40 where the threshold is above E0/2.
    """
    x, w = np.polynomial.legendre.leggauss(_NODES)
    split = max(lowest_gev, 0.5 * beam_gev)
    v = 0.5 * _GAP_EFOLDS * (1.0 + x)
    gap = np.log(beam_gev / split) * np.exp(-v)
    energy = beam_gev * np.exp(-gap)
    weight = 0.5 * _GAP_EFOLDS * w * energy * gap
    if lowest_gev >= split:
        return energy, gap, weight
    # E = m cosh(eta): the momentum, which sets decay length and velocity, is smooth in eta down to E = m.
    low, high = np.arccosh(max(lowest_gev / m_u_gev, 1.0)), np.arccosh(split / m_u_gev)
    eta = low + 0.5 * (high - low) * (1.0 + x)
    below = m_u_gev * np.cosh(eta)
    return (
        np.concatenate([below, energy]),
        np.concatenate([np.log(beam_gev / below), gap]),
        np.concatenate([0.5 * (high - low) * w * m_u_gev * np.sinh(eta), weight]),
    )


def decay_spectrum(dump: ElectronDump, m_u_gev: float, reading: Reading, *, exact: bool) -> DecaySpectrum:
    """Accepted spectrum of U at one mass, per epsilon^2.

    Parameters
    ----------
    dump : ElectronDump
        The experiment.
    m_u_gev : float
        Mass of U [GeV], below the beam energy.
    reading : {"published", "physical"}
        ``published`` reproduces 1209.6083: literature cross-section, every U above E_U = m_U, a fitted acceptance.
        ``physical``: the detector's energy threshold and, where it matters, its geometry.
    exact : bool
        Divide by sigma_WW/sigma_exact at tree level.

    Returns
    -------
    DecaySpectrum
    """
    published = reading == "published" and dump.has_published_contour
    form: CrossSection = "literature" if published else dump.flux
    lowest = m_u_gev if published else max(m_u_gev, dump.threshold_gev)
    energy, gap, width = energy_nodes(lowest, dump.beam_gev, m_u_gev)
    spectrum, scale, fraction = bremsstrahlung.u_spectrum(
        gap, dump.beam_gev, m_u_gev, dump.target, dump.thickness_x0, form
    )
    number = dump.electrons * spectrum * width
    number *= dump.fitted_acceptance(m_u_gev) if published else dump.efficiency
    if exact:
        number /= bremsstrahlung.k_factor(m_u_gev, dump.k_factor, form)
    if not published and dump.detector_radius_m > 0.0:
        number *= acceptance(dump, m_u_gev, energy, scale, fraction)
    return DecaySpectrum(np.sqrt((energy - m_u_gev) * (energy + m_u_gev)), number)


def acceptance(dump: ElectronDump, m_u_gev: float, energy_gev: Array, scale: Array, fraction: Array) -> Array:
    """Geometric acceptance of the decay products, decays uniform along the decay volume.

    U leaves the dump at the angle of Weizsaecker-Williams production and decays isotropically in its rest frame; one
    electron or positron inside the detector is enough. Multiple scattering of the beam is left out
    (docs/physics/kinetic_mixing.md 2.3: 3-25 % in the lower edges). Exact in azimuth, quasi-Monte Carlo in the other
    variables.

    Parameters
    ----------
    dump : ElectronDump
        The experiment.
    m_u_gev : float
        Mass of U [GeV].
    energy_gev : (n,) array
        Energies of U [GeV].
    scale, fraction : (n, k) array
        As ``bremsstrahlung.u_spectrum`` returns them.

    Returns
    -------
    (n,) array
        Accepted fraction of the decays [1].
    """
    draws = _draws()
    arguments = (dump.shield_m, dump.decay_m, dump.detector_radius_m, draws)
    fractions = [
        kernel.accepted_fraction(e, m_u_gev, ELECTRON_MASS_GEV, s, f, *arguments)
        for e, s, f in zip(energy_gev, scale, fraction, strict=True)
    ]
    return np.array(fractions, dtype=np.float64)


@cache
def _draws() -> Array:
    """Sobol points (q, 3), the same for all: the acceptance is smooth in mass and energy."""
    from scipy.stats import qmc  # half a second that only the computation of a table needs

    points: Array = qmc.Sobol(3, scramble=True, seed=20080101).random(_DRAWS)
    return np.clip(points, 1e-12, 1.0 - 1e-12)
