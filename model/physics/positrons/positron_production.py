r"""Positrons that annihilation makes, channel by channel, with the mean energy at which they start.

Each pair e+e- and mu+mu- and each hadronic event, which is :math:`\pi^+\pi^-` or :math:`\pi^+\pi^-\pi^0` below the
threshold of the kaons, holds one positive particle and so makes one positron in the end. Muons and pions decay before
they lose energy in gas.

Mean energy. In the frame of a muon the positron has :math:`x = 2E/m_\mu` with the density
:math:`x^2[(3 - 2x) + P\cos\theta\,(2x - 1)]` about the polarisation P of the muon (Michel 1950; Kinoshita and Sirlin
1957), so that :math:`\langle x\rangle = 7/10` and :math:`\langle x\cos\theta\rangle = P/10`, without the mass of the
electron. A mean over isotropic decays scales with the energy of the parent:

- unpolarised muons, :math:`\langle E\rangle = \tfrac{7}{20}E_\mu`;
- charged pions, whose antimuons have helicity -1, :math:`\langle E\rangle = (\tfrac{3}{20} + \tfrac15 m_\mu^2/m_\pi^2)
  E_\pi`.

Losses in flight are taken at the mean energy: averaged over the spectrum, 0.2 to 0.5 % more positrons of muons come to
rest at m_dm = 110 MeV, and 0.7 to 1.8 % more at 300 MeV, for gas from ionised to neutral.

Left out are pairs of tau leptons, which need m_dm > 1.8 GeV, the second positive pion or kaon of some events above the
threshold of kaons, and the polarisation of muons from chiral couplings. docs/physics/galaxy.md 4.
"""

from typing import NamedTuple

import numpy as np

from model.physics.constants import CHARGED_PION_MASS, ELECTRON_MASS, MUON_MASS
from model.physics.hidden_sector import annihilation, u_pair_annihilation
from model.physics.quantities import Array, Couplings, DarkMatter, LowVelocityCrossSection, Spectrum, Widths

MUON_FRACTION = 7.0 / 20.0
"""Mean fraction of the energy of an unpolarised muon that its positron has, m_e = 0 [1]."""
PION_FRACTION = 3.0 / 20.0 + (MUON_MASS / CHARGED_PION_MASS) ** 2 / 5.0
"""Mean fraction of the energy of a charged pion that the positron of its muon has, m_e = 0 [1]."""


class Production(NamedTuple):
    """Positrons of a channel: their number times sigma v, and their mean kinetic energy [MeV], (n,)."""

    cross_section: LowVelocityCrossSection
    energy: Array


def from_electrons(cross_section: LowVelocityCrossSection, spectrum: Spectrum) -> Production:
    """Positrons of X X -> e+e-, given its cross-section: one of them, with the energy m_dm."""
    return Production(cross_section, spectrum.m_dm - ELECTRON_MASS)


def from_muons_and_pions(
    spectrum: Spectrum, couplings: Couplings, widths: Widths, dark_matter: DarkMatter, *, one_loop: bool = False
) -> tuple[Production, Production]:
    """Positrons of X X -> mu+mu- and of X X -> hadrons; no positrons below the thresholds.

    Parameters
    ----------
    spectrum, couplings, widths : Spectrum, Couplings, Widths
        Masses [MeV], couplings [1] and widths [MeV] of U, each (n,).
    dark_matter : DarkMatter
        Spin and coupling structure of the dark matter.
    one_loop : bool
        Correct the muons to order alpha, as `CosmologySettings.final_states` describes it.
    """
    inputs = spectrum, couplings, widths, dark_matter
    muons = annihilation.low_velocity(*inputs, lepton_mass=MUON_MASS, one_loop=one_loop)
    return (
        Production(muons, MUON_FRACTION * spectrum.m_dm - ELECTRON_MASS),
        Production(annihilation.low_velocity_hadrons(*inputs), PION_FRACTION * spectrum.m_dm - ELECTRON_MASS),
    )


def from_u_pairs(
    spectrum: Spectrum, couplings: Couplings, widths: Widths, dark_matter: DarkMatter
) -> tuple[Production, ...]:
    """Positrons of X X -> U U at rest, of the decays U -> e+e-, mu+mu- and hadrons; each U has the energy m_dm.

    The p-wave part is left out: it is smaller than the s-wave part, which no kind of dark matter lacks, by the square
    of the velocity.

    Raises
    ------
    ValueError
        If the hidden Higgs boson is heavy enough to be a resonance of the channel.
    """
    pairs = u_pair_annihilation.sigma_v(4.0 * spectrum.m_dm**2, spectrum, couplings, dark_matter)
    decays = ((widths.electrons, 1.0), (widths.muons, MUON_FRACTION), (widths.hadrons, PION_FRACTION))
    none = np.zeros_like(pairs)
    return tuple(
        Production(
            LowVelocityCrossSection(2.0 * pairs * width / widths.total, none),
            0.5 * fraction * spectrum.m_dm - ELECTRON_MASS,
        )
        for width, fraction in decays
    )
