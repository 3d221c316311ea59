r"""Proton beam dumps: U from pi0 and eta decays and from proton bremsstrahlung.

They close the gap between E137 and the prompt searches. Per proton that interacts in the dump, and epsilon = 1:

- mesons: inclusive charged-pion production on beryllium (Bonesini et al. 2001, hep-ph/0101163: radial scaling, fitted
  to 400 and 450 GeV), averaged over the charges for pi0, scaled to eta by one number; decays to gamma U with
  :math:`2 (1 - m_U^2/m^2)^3` times the branching ratio to two photons;
- bremsstrahlung: the generalised Weizsaecker-Williams splitting of Kim and Tsai in the form of Bluemlein and Brunner
  (1311.3870), 0.1 < z < 0.9 and p_T < 1 GeV, with the timelike form factor of rho and omega.

Uncertainty: about 30 % in the pi0 yield (scaling from 400 GeV to 70 GeV, nuclear dependence, no secondary
interactions), a factor 1.5 in eta, a factor 2 in bremsstrahlung (2409.11096 discusses the spread); the lower edge moves
with the fourth root of the yield and the upper edge hardly. Energies are in GeV and lengths in m.
"""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from model.physics._kernels import dark_photon_proton as kernel
from model.physics.constants import ALPHA
from model.physics.electron_dump import DecaySpectrum
from model.physics.quantities import Array
from model.physics.units import MEV_PER_GEV

Channel = Literal["pi0", "eta", "bremsstrahlung"]
CHANNELS: tuple[Channel, ...] = get_args(Channel)

PROTON_MASS_GEV = 0.938272
MESON_MASS_GEV = {"pi0": 0.1349768, "eta": 0.547862}  # PDG 2024
TWO_PHOTON_RATIO = {"pi0": 0.98823, "eta": 0.3936}  # PDG 2024
# Mass [MeV], width [MeV] and coupling of rho, omega and their two excitations in the proton's timelike form factor:
# Faessler, Krivoruchenko and Martemyanov 0910.5589, as used in 1609.01770; the couplings add up to 1.
RESONANCES = (
    (770.0, 150.0, 0.6165),
    (1250.0, 300.0, 0.2232),
    (1450.0, 500.0, -0.3397),
    (770.0, 8.5, 1.0118),
    (1250.0, 300.0, -0.8817),
    (1450.0, 500.0, 0.3699),
)

# hep-ph/0101163: A [mb/GeV^2], B, alpha, beta, a [1/GeV], gamma, delta of pi+, and r_0, r_1 of the charge ratio.
_PION_FIT = np.array([62.3, 1.57, 3.45, 0.517, 6.10, 0.153, 0.478, 1.05, 2.65])
_BERYLLIUM_INELASTIC_MB = 217.0  # absorption of protons at these energies (Denisov et al. 1973)

_Z_RANGE = (0.1, 0.9)
_LARGEST_PT_GEV = 1.0
_NODES = 60
_NEAR_THRESHOLD = 0.999  # a meson's spectrum is tabulated up to this share of its mass and continued from there


@dataclass(frozen=True)
class ProtonDump:
    """One proton beam dump.

    Attributes
    ----------
    name : str
        Key of the run.
    beam_gev, protons : float
        Beam energy [GeV] and protons on target.
    shield_m, decay_m : float
        Lengths of the shield and of the decay volume [m].
    threshold_gev : float
        Least energy of U that the detector sees.
    detector_radius_m, off_axis_m : float
        Radius of a disc of the detector's area, and the distance of its centre from the beam axis.
    eta_per_pi0 : float
        Ratio of eta to pi0 production.
    efficiency : float
        Constant efficiency.
    """

    name: str
    beam_gev: float
    protons: float
    shield_m: float
    decay_m: float
    threshold_gev: float
    detector_radius_m: float
    off_axis_m: float
    eta_per_pi0: float
    efficiency: float


def decay_spectrum(dump: ProtonDump, m_u_gev: float, channel: Channel) -> DecaySpectrum:
    """Spectrum of U that fly towards the detector at one mass, without the factor ``mass_factor``.

    Parameters
    ----------
    dump : ProtonDump
        The experiment.
    m_u_gev : float
        Mass of U [GeV]; a meson's spectrum stays that of its own mass above it, where the factor is zero.
    channel : {"pi0", "eta", "bremsstrahlung"}
        How U is produced.

    Returns
    -------
    DecaySpectrum
        Momenta [GeV] and numbers per squared coupling over e^2.
    """
    distance = dump.shield_m + dump.decay_m
    disc = (distance, dump.off_axis_m, dump.detector_radius_m)
    x, w = np.polynomial.legendre.leggauss(_NODES)
    if channel == "bremsstrahlung":
        low, high = max(_Z_RANGE[0], dump.threshold_gev / dump.beam_gev, 1.001 * m_u_gev / dump.beam_gev), _Z_RANGE[1]
        z = low + 0.5 * (high - low) * (1.0 + x)
        width = 0.5 * (high - low) * w
        density = kernel.bremsstrahlung_spectrum(
            z, m_u_gev, dump.beam_gev, PROTON_MASS_GEV, ALPHA, _LARGEST_PT_GEV, *disc
        )
        energy, number = z * dump.beam_gev, dump.protons * dump.efficiency * density * width
    else:
        meson = MESON_MASS_GEV[channel]
        mass = min(m_u_gev, _NEAR_THRESHOLD * meson)
        ln_low, ln_high = np.log(max(dump.threshold_gev, mass)), np.log(dump.beam_gev)
        energy = np.exp(ln_low + 0.5 * (ln_high - ln_low) * (1.0 + x))
        width = 0.5 * (ln_high - ln_low) * w * energy
        density = kernel.meson_decay_spectrum(energy, mass, meson, dump.beam_gev, PROTON_MASS_GEV, _PION_FIT, *disc)
        number = dump.protons * dump.efficiency * density / _BERYLLIUM_INELASTIC_MB * width
        number *= 1.0 if channel == "pi0" else dump.eta_per_pi0
        m_u_gev = mass
    return DecaySpectrum(np.sqrt((energy - m_u_gev) * (energy + m_u_gev)), number)


def mass_factor(m_u: Array, channel: Channel) -> Array:
    r"""What multiplies a channel's yield and bends too sharply in m_U to be tabulated, shape (n,).

    For mesons :math:`2\,{\rm BR}(\gamma\gamma)(1 - m_U^2/m^2)^3`, zero above the mass; for bremsstrahlung
    :math:`|F_1(m_U^2)|^2` with

    .. math::
        F_1(s) = \sum_V \frac{f_V m_V^2}{m_V^2 - s - i s \Gamma_V/m_V},

    over ``RESONANCES``; the widths grow with s, so that F_1(0) = 1.

    Parameters
    ----------
    m_u : (n,) array
        Mass of U [MeV].
    channel : {"pi0", "eta", "bremsstrahlung"}
        How U is produced.
    """
    if channel == "bremsstrahlung":
        s = m_u**2
        factor = sum(
            coupling * mass**2 / (mass**2 - s * (1.0 + 1j * width / mass)) for mass, width, coupling in RESONANCES
        )
        squared: Array = np.abs(factor) ** 2
        return squared
    ratio = np.minimum(m_u / (MESON_MASS_GEV[channel] * MEV_PER_GEV), 1.0)
    return 2.0 * TWO_PHOTON_RATIO[channel] * (1.0 - ratio**2) ** 3
