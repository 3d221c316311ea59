r"""Proton beam dumps: U from pi0 and eta decays and from proton bremsstrahlung.

They close the gap between E137 and the prompt searches. Per proton that interacts in the dump:

- mesons: inclusive charged-pion production on beryllium (Bonesini et al. 2001, hep-ph/0101163: radial scaling, fitted
  to 400 and 450 GeV), averaged over the charges for pi0, scaled to eta by one number; decays to gamma U;
- bremsstrahlung: the generalised Weizsaecker-Williams splitting of Kim and Tsai in the form of Bluemlein and Brunner
  (1311.3870), 0.1 < z < 0.9 and p_T < 1 GeV.

Two readings, as for electron dumps: the ``published`` one of nu-Cal is 1311.3870, where every U of the splitting points
at the detector and the proton has no form factor; the ``physical`` one has the detector's geometry, the timelike form
factor of the proton and those of the meson decays. `production` describes the couplings.

Uncertainty: about 30 % in the pi0 yield (scaling from 400 GeV to 70 GeV, nuclear dependence, no secondary
interactions), a factor 1.5 in eta, a factor 2 in bremsstrahlung (2409.11096 discusses the spread); the lower edge moves
with the fourth root of the yield and the upper edge hardly. Axial couplings of quarks do not contribute to meson decays
(C parity) and are left out of bremsstrahlung. Energies are in GeV and lengths in m.
"""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from model._deferred import deferred
from model.physics.constants import ALPHA
from model.physics.quantities import Array, Couplings
from model.physics.searches import meson_decay
from model.physics.searches.electron_dump import DecaySpectrum
from model.physics.searches.meson_decay import MESON_MASS, MESONS
from model.physics.units import MEV_PER_GEV

if TYPE_CHECKING:
    from model.physics.searches._kernels import dark_photon_proton as kernel
else:
    kernel = deferred("model.physics.searches._kernels.dark_photon_proton")

Channel = Literal["pi0", "eta", "bremsstrahlung"]
CHANNELS: tuple[Channel, ...] = (*MESONS, "bremsstrahlung")

PROTON_MASS_GEV = 0.938272
# Mass [MeV], width [MeV] and coupling of rho and omega with two excitations each, in the proton's timelike form factor:
# Faessler, Krivoruchenko and Martemyanov 0910.5589, as used in 1609.01770; the couplings of each add up to 1/2.
_ISOVECTOR = ((770.0, 150.0, 0.6165), (1250.0, 300.0, 0.2232), (1450.0, 500.0, -0.3397))
_ISOSCALAR = ((770.0, 8.5, 1.0118), (1250.0, 300.0, -0.8817), (1450.0, 500.0, 0.3699))

# hep-ph/0101163: A [mb/GeV^2], B, alpha, beta, a [1/GeV], gamma, delta of pi+, and r_0, r_1 of the charge ratio.
_PION_FIT = np.array([62.3, 1.57, 3.45, 0.517, 6.10, 0.153, 0.478, 1.05, 2.65])
_BERYLLIUM_INELASTIC_MB = 217.0  # absorption of protons at these energies (Denisov et al. 1973)

_Z_RANGE = (0.1, 0.9)
_LARGEST_PT_GEV = 1.0
_NODES = 60
_EVERYWHERE_M = 1e6  # radius of a detector that does not limit


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
        Smallest energy of U that the detector sees.
    detector_radius_m, off_axis_m : float
        Radius of a disc of the detector's area, 0 if it does not limit, and the distance of its centre from the beam
        axis.
    eta_per_pi0 : float
        Ratio of eta to pi0 production.
    electron_efficiency, muon_efficiency : float
        Efficiencies of the two visible decays.
    form_factors : bool
        With the form factors of the proton and of the meson decays.
    collider : bool
        The target is a proton of the opposite beam; ``protons`` are then the inelastic collisions.
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
    electron_efficiency: float
    muon_efficiency: float
    form_factors: bool
    collider: bool = False

    @property
    def collision(self) -> tuple[float, float]:
        """Energy of a nucleon collision in its centre-of-mass frame [GeV], and the Lorentz factor of that frame."""
        if self.collider:
            return 2.0 * self.beam_gev, 1.0
        root_s = math.sqrt(2.0 * PROTON_MASS_GEV * (PROTON_MASS_GEV + self.beam_gev))
        return root_s, (self.beam_gev + PROTON_MASS_GEV) / root_s


def decay_spectrum(dump: ProtonDump, m_u_gev: float, channel: Channel) -> DecaySpectrum:
    """Spectrum of U bosons that fly towards the detector at one mass, without the factors of `production`.

    Parameters
    ----------
    dump : ProtonDump
        The experiment.
    m_u_gev : float
        Mass of U [GeV], below that of the meson.
    channel : {"pi0", "eta", "bremsstrahlung"}
        How U is produced.

    Returns
    -------
    DecaySpectrum
        Momenta [GeV] and numbers per unit of `production`.
    """
    distance = dump.shield_m + dump.decay_m
    disc = (distance, dump.off_axis_m, dump.detector_radius_m or _EVERYWHERE_M)
    x, w = np.polynomial.legendre.leggauss(_NODES)
    if channel == "bremsstrahlung":
        low, high = max(_Z_RANGE[0], dump.threshold_gev / dump.beam_gev, 1.001 * m_u_gev / dump.beam_gev), _Z_RANGE[1]
        z = low + 0.5 * (high - low) * (1.0 + x)
        width = 0.5 * (high - low) * w
        density = kernel.bremsstrahlung_spectrum(
            z, m_u_gev, dump.beam_gev, PROTON_MASS_GEV, ALPHA, _LARGEST_PT_GEV, *disc
        )
        energy, number = z * dump.beam_gev, dump.protons * density * width
    else:
        meson = MESON_MASS[channel] / MEV_PER_GEV
        ln_low, ln_high = np.log(max(dump.threshold_gev, m_u_gev)), np.log(dump.beam_gev)
        energy = np.exp(ln_low + 0.5 * (ln_high - ln_low) * (1.0 + x))
        width = 0.5 * (ln_high - ln_low) * w * energy
        density = kernel.meson_decay_spectrum(
            energy, m_u_gev, meson, dump.beam_gev, PROTON_MASS_GEV, *dump.collision, _PION_FIT, *disc
        )
        number = dump.protons * density / _BERYLLIUM_INELASTIC_MB * width
        number *= 1.0 if channel == "pi0" else dump.eta_per_pi0
    return DecaySpectrum(np.sqrt((energy - m_u_gev) * (energy + m_u_gev)), number)


def production(m_u: Array, couplings: Couplings, channel: Channel, *, form_factors: bool) -> Array:
    r"""Factor of the yield of a channel, (n,): couplings, and form factors that vary too fast with m_U for a table.

    For mesons `meson_decay.branching_ratio` times the squared charge; for bremsstrahlung, with the vector couplings
    :math:`g_q` of quarks in units of e,

    .. math::
        |(g_u - g_d) F_\rho + 3 (g_u + g_d) F_\omega|^2, \qquad
        F_\rho, F_\omega = \sum_V \frac{f_V m_V^2}{m_V^2 - s - i s \Gamma_V/m_V}, \quad s = m_U^2,

    the isovector and isoscalar form factors of the proton. Widths grow with s, so that both are 1/2 at s = 0.

    Parameters
    ----------
    m_u : (n,) array
        Mass of U [MeV].
    couplings : Couplings
        Couplings [1], each (n,).
    channel : {"pi0", "eta", "bremsstrahlung"}
        How U is produced.
    form_factors : bool
        False sets them to their values at m_U = 0.
    """
    if channel != "bremsstrahlung":
        branching = meson_decay.branching_ratio(m_u, channel, form_factor=form_factors)
        return branching * meson_decay.squared_charge(couplings, channel)
    g_u, g_d = meson_decay.quark_charges(couplings)
    s = m_u**2 if form_factors else np.zeros_like(m_u)
    squared: Array = (
        np.abs((g_u - g_d) * _resonances(s, _ISOVECTOR) + 3.0 * (g_u + g_d) * _resonances(s, _ISOSCALAR)) ** 2
    )
    return squared


def _resonances(
    s: Array, family: tuple[tuple[float, float, float], ...]
) -> np.ndarray[tuple[int], np.dtype[np.complex128]]:
    terms = [coupling * mass**2 / (mass**2 - s * (1.0 + 1j * width / mass)) for mass, width, coupling in family]
    total: np.ndarray[tuple[int], np.dtype[np.complex128]] = np.sum(terms, axis=0)
    return total
