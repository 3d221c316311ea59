r"""Missing-energy searches: U is produced and decays to dark matter, which carries away energy of the beam.

NA64 (active lead target, docs/physics/kinetic_mixing.md 3): :math:`N = N_{EOT}\,\eta\,\epsilon^2\,{\rm BR}_{inv}
\int_{E_{miss}}^{E_0} n(E)\,dE`. Visible decays outside the detector, which would look the same, and resonant
annihilation of shower positrons (m_U around 200 to 300 MeV) are left out; both would strengthen the limit.

BaBar (e+ e- -> gamma U, 1702.03327): a published upper limit on epsilon, flat in mass.
"""

from dataclasses import dataclass

import numpy as np

from model.physics.quantities import Array
from model.physics.searches import bremsstrahlung
from model.physics.searches.bremsstrahlung import TargetMaterial
from model.physics.searches.electron_dump import energy_nodes


@dataclass(frozen=True)
class MissingEnergy:
    """An electron beam on an active target.

    Attributes
    ----------
    name : str
        Key of the experiment.
    beam_gev : float
        Beam energy [GeV].
    target : TargetMaterial
        Material of the active dump.
    thickness_x0 : float
        Its depth in radiation lengths.
    missing_gev : float
        Smallest missing energy of the signal region [GeV].
    k_factor : str
        Row of ``bremsstrahlung.K_FACTORS`` that corrects the cross-section to exact tree level.
    """

    name: str
    beam_gev: float
    target: TargetMaterial
    thickness_x0: float
    missing_gev: float
    k_factor: str


def yield_per_electron(search: MissingEnergy, m_u_gev: float, *, exact: bool) -> float:
    r"""Number of U above the cut on missing energy, per electron and :math:`\epsilon^2`.

    Parameters
    ----------
    search : MissingEnergy
        The experiment.
    m_u_gev : float
        Mass of U [GeV], below the beam energy.
    exact : bool
        Divide the improved Weizsaecker-Williams result by sigma_WW/sigma_exact: a factor 3.6 at 1 GeV.

    Returns
    -------
    float
        [1], relative error about 1e-3.
    """
    _, gap, width = energy_nodes(max(search.missing_gev, m_u_gev), search.beam_gev, m_u_gev)
    spectrum, _, _ = bremsstrahlung.u_spectrum(
        gap, search.beam_gev, m_u_gev, search.target, search.thickness_x0, "improved"
    )
    correction = bremsstrahlung.k_factor(m_u_gev, search.k_factor, "improved") if exact else 1.0
    return float(np.sum(spectrum * width)) / correction


def mono_photon_reach(m_u: Array, largest_mass_mev: float) -> Array:
    """Signal of e+ e- -> gamma U relative to a light U, for a search up to a largest mass [1], shape (n,).

    Falls smoothly to zero at the end of the search window, like the phase space; 1.6 % below one at 1 GeV for 8 GeV.
    """
    return np.maximum(1.0 - (m_u / largest_mass_mev) ** 2, 0.0)
