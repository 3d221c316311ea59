r"""Beams of dark matter: U from mesons or electrons decays to dark matter, which scatters off electrons of a detector.

Events of a search are :math:`N_{\rm parents}\,{\rm BR}_{\rm inv}\,g_{\rm dm}^2\,g_e^2` times the squared coupling of
production and the yield of this module, with :math:`g_e^2 = g_V^2 + g_A^2` of the electron. Production is pi0 or eta to
gamma U with U on its mass shell, or bremsstrahlung of electrons in a thick target. U decays isotropically in its rest
frame, so that dark matter is flat in energy between the ends of its range in any other.

Left out: U off its shell, that is m_U < 2 m_dm and U heavier than its meson, and bremsstrahlung of protons; both would
add events. Masses and energies are in MeV.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from model.physics.constants import ELECTRON_MASS
from model.physics.quantities import Array, DarkMatter
from model.physics.searches import bremsstrahlung, pion_spectra
from model.physics.searches.bremsstrahlung import TargetMaterial
from model.physics.searches.electron_dump import energy_nodes
from model.physics.searches.meson_decay import MESON_MASS
from model.physics.searches.pion_spectra import Spectrum
from model.physics.units import CM2_PER_MEV_MINUS2, MEV_PER_GEV

Parent = Literal["pi0", "eta", "electron"]
KINDS: tuple[DarkMatter, ...] = tuple(DarkMatter)

LARGEST_MASS_MEV = 2000.0  # of U from electrons

_ENERGIES = 60
_RECOILS = 24
_AZIMUTHS = 6  # of a detector off the axis
_CM2_PER_M2 = 1.0e4


@dataclass(frozen=True)
class ScatteringSearch:
    """One way of producing the dark matter that a detector sees.

    Attributes
    ----------
    name : str
        Key of the search.
    parent : {"pi0", "eta", "electron"}
        Particle that produces U.
    parents : float
        Number of these particles in the data set.
    distance_m, angle_deg : float
        Distance of the detector from the target [m], and its direction from the beam axis [deg].
    electrons : float
        Electrons in the detector.
    recoil_mev : tuple of float
        Smallest and largest recoil energy of the electron that the search accepts [MeV].
    spectrum : str or None
        Spectrum of the mesons, a name of ``pion_spectra``.
    beam_gev, target, radius_m, k_factor : float, TargetMaterial, float, str
        Used only if the parent is an electron: beam energy [GeV], dump, radius of a disc of the detector's area [m],
        and the row of ``bremsstrahlung.K_FACTORS`` that corrects the cross-section to exact tree level.
    """

    name: str
    parent: Parent
    parents: float
    distance_m: float
    electrons: float
    recoil_mev: tuple[float, float]
    angle_deg: float = 0.0
    spectrum: Spectrum | None = None
    beam_gev: float = 0.0
    target: TargetMaterial | None = None
    radius_m: float = 0.0
    k_factor: str = ""

    @property
    def largest_mass(self) -> float:
        """Mass of U [MeV] above which no event is counted."""
        return LARGEST_MASS_MEV if self.parent == "electron" else MESON_MASS[self.parent]


def cross_section(energy: Array, m_dm: float, m_u: float, recoil_mev: tuple[float, float], kind: DarkMatter) -> Array:
    r"""Cross-section on an electron at rest for a range of recoils, over :math:`g_{\rm dm}^2 g_e^2` [cm^2], shape (n,).

    .. math::
        \frac{d\sigma}{dT} = \frac{m_e}{4\pi p^2 (m_U^2 + 2 m_e T)^2} \times \begin{cases}
        E^2 + (E-T)^2 - T(m_e^2 + m^2)/m_e & \text{vector current of a Dirac particle}\\
        E^2 + (E-T)^2 + T(m^2 - m_e^2)/m_e - 2m^2 & \text{axial current (Majorana)}\\
        2E^2 - 2ET - T m^2/m_e & \text{complex scalar (1107.4580)}\end{cases}

    for vector couplings of the electron; a chiral Dirac particle has a quarter of each of the first two.

    Parameters
    ----------
    energy : (n,) array
        Energies of the dark matter [MeV].
    m_dm, m_u : float
        Masses [MeV].
    recoil_mev : tuple of float
        Smallest and largest kinetic energy of the electron [MeV].
    kind : DarkMatter
        Which current the dark matter has.
    """
    m_e, p2 = ELECTRON_MASS, np.maximum(energy**2 - m_dm**2, 1e-300)
    largest = 2.0 * m_e * p2 / (m_e**2 + m_dm**2 + 2.0 * m_e * energy)
    low, high = recoil_mev[0], np.clip(largest, recoil_mev[0], recoil_mev[1])
    x, w = np.polynomial.legendre.leggauss(_RECOILS)
    # Nodes are even in the logarithm of the propagator, in which the integrand changes least.
    start, length = np.log(m_u**2 + 2.0 * m_e * low), np.log((m_u**2 + 2.0 * m_e * high) / (m_u**2 + 2.0 * m_e * low))
    propagator = np.exp(start + 0.5 * length[:, None] * (1.0 + x))
    t, e = (propagator - m_u**2) / (2.0 * m_e), energy[:, None]
    vector = e**2 + (e - t) ** 2 - t * (m_e**2 + m_dm**2) / m_e
    axial = e**2 + (e - t) ** 2 + t * (m_dm**2 - m_e**2) / m_e - 2.0 * m_dm**2
    bracket = {
        DarkMatter.DIRAC: vector,
        DarkMatter.MAJORANA: axial,
        DarkMatter.DIRAC_CHIRAL: 0.25 * (vector + axial),
        DarkMatter.SCALAR: 2.0 * e**2 - 2.0 * e * t - t * m_dm**2 / m_e,
    }[kind]
    integral = np.sum(0.5 * length[:, None] * w * bracket / (2.0 * m_e * propagator), axis=1)
    result: Array = np.maximum(m_e / (4.0 * np.pi * p2) * integral, 0.0) * CM2_PER_MEV_MINUS2
    return result


def yields(search: ScatteringSearch, m_u: float, m_dm: float) -> Array:
    """Events of a search for each of ``KINDS``, without the factors that depend on couplings.

    Those factors are the branching ratio of a meson to U (for an electron its squared coupling over e^2), BR_inv,
    g_dm^2 and g_e^2.

    Parameters
    ----------
    search : ScatteringSearch
        The search.
    m_u, m_dm : float
        Masses [MeV], m_U above 2 m_dm.

    Returns
    -------
    (4,) array
        Events over the product of these factors [1].
    """
    flux_of = _electron_flux if search.parent == "electron" else _meson_flux
    energy, width, per_cm2 = flux_of(search, m_u, m_dm)
    weight = search.parents * search.electrons * per_cm2 * width
    return np.array([weight @ cross_section(energy, m_dm, m_u, search.recoil_mev, kind) for kind in KINDS])


def _energies(low: float, high: float) -> tuple[Array, Array]:
    """Energies [MeV] between two ends and the weights [MeV] of an integral over them, even in the logarithm."""
    x, w = np.polynomial.legendre.leggauss(_ENERGIES)
    energy = np.exp(np.log(low) + 0.5 * np.log(high / low) * (1.0 + x))
    return energy, 0.5 * np.log(high / low) * w * energy


def _meson_flux(search: ScatteringSearch, m_u: float, m_dm: float) -> tuple[Array, Array, Array]:
    """Energies [MeV], their weights [MeV], and dark matter per meson, cm^2 and MeV at the detector, each (n,)."""
    assert search.spectrum is not None
    beam = pion_spectra.beam(search.spectrum)
    # In the rest frame of the meson U has one energy, and that of dark matter is flat between two ends.
    e_u = (beam.mass**2 + m_u**2) / (2.0 * beam.mass)
    boost, speed = e_u / m_u, np.sqrt(1.0 - (m_u / e_u) ** 2)
    star = np.sqrt(0.25 * m_u**2 - m_dm**2)
    ends = boost * (0.5 * m_u - speed * star), boost * (0.5 * m_u + speed * star)
    gamma, beta = np.sqrt(1.0 + (beam.momentum / beam.mass) ** 2), beam.momentum / np.hypot(beam.momentum, beam.mass)
    energy, width = _energies(max(search.recoil_mev[0], m_dm), float(np.max(gamma)) * 2.0 * ends[1])
    momentum = np.sqrt(np.maximum(energy**2 - m_dm**2, 0.0))
    direction, flux = np.radians(search.angle_deg), np.zeros_like(energy)
    azimuths = 1 if direction == 0.0 else _AZIMUTHS
    for k in range(azimuths):
        phi = np.pi * (k + 0.5) / azimuths
        cosine = np.cos(beam.angle) * np.cos(direction) + np.sin(beam.angle) * np.sin(direction) * np.cos(phi)
        rest = gamma[:, None] * (energy - beta[:, None] * momentum * cosine[:, None])
        inside = (rest > ends[0]) & (rest < ends[1])
        # d^3p/E is invariant: dN/dE dOmega = (p / p*) dN/dE* dOmega*
        ratio = momentum / np.sqrt(np.maximum(rest**2 - m_dm**2, 1e-12))
        flux += beam.fraction @ np.where(inside, ratio, 0.0) / azimuths
    per_solid_angle = 2.0 * flux / (4.0 * np.pi * (ends[1] - ends[0]))
    return energy, width, per_solid_angle / (search.distance_m**2 * _CM2_PER_M2)


def _electron_flux(search: ScatteringSearch, m_u: float, m_dm: float) -> tuple[Array, Array, Array]:
    """As `_meson_flux`, per electron on target: the mean over the detector's disc, for U that flies along the axis."""
    assert search.target is not None
    m_gev, star = m_u / MEV_PER_GEV, np.sqrt(0.25 * m_u**2 - m_dm**2)
    lowest = max(1.001 * m_gev, search.recoil_mev[0] / MEV_PER_GEV)
    u_energy, gap, u_width = energy_nodes(lowest, search.beam_gev, m_gev)
    spectrum, _, _ = bremsstrahlung.u_spectrum(gap, search.beam_gev, m_gev, search.target, 200.0, "improved")
    spectrum = spectrum / bremsstrahlung.k_factor(m_gev, search.k_factor, "improved")
    boost = u_energy / m_gev
    speed = np.sqrt(1.0 - 1.0 / boost**2)
    energy, width = _energies(max(search.recoil_mev[0], m_dm), search.beam_gev * MEV_PER_GEV)
    # The energy of dark matter fixes its angle in the rest frame of U, and with it the angle in the laboratory.
    cosine = (energy / boost[:, None] - 0.5 * m_u) / (speed[:, None] * star)
    across = star * np.sqrt(np.maximum(1.0 - cosine**2, 0.0))
    along = np.sqrt(np.maximum(energy**2 - m_dm**2 - across**2, 1e-300))
    seen = (np.abs(cosine) <= 1.0) & (across / along < search.radius_m / search.distance_m)
    density = np.where(seen, 1.0 / (2.0 * boost * speed * star)[:, None], 0.0)
    flux: Array = 2.0 * (spectrum * u_width) @ density
    return energy, width, flux / (np.pi * search.radius_m**2 * _CM2_PER_M2)
