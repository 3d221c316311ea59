"""How the positrons of the 511 keV line are counted: the section ``line`` of a config."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class LineSettings:
    """Choices about positrons that hold for every likelihood of a run.

    Attributes
    ----------
    in_flight_losses : bool
        Whether the positrons that annihilate before they are at rest are taken out of the line, with the fraction of
        ionised gas ``x_ion`` as a nuisance parameter of the run (`model.physics.positrons.in_flight_annihilation`).
    positrons_from : {"electrons", "every_channel"}
        Annihilations of a model with a hidden sector that make positrons: X X -> e+e- alone, or also mu+mu- and
        hadrons, and the decays of X X -> U U where ``cosmology.u_pair_annihilation`` counts it
        (`model.physics.positrons.positron_production`).
    extent : bool
        Whether the surface brightness is tabulated, for the column ``fwhm_511_deg``: behind the resolution of SPI, and
        with the smearing of the annuli where a likelihood asks for annuli (`model.physics.galaxy.extent`).
    smearing : {"fixed", "by_energy"}
        How far positrons travel before they annihilate, for a likelihood of the morphology: the distance that its
        option ``smearing_pc`` says, or one that grows with their energy, with the nuisance parameter
        ``displacement_pc`` (`model.physics.positrons.propagation`). The latter is for models with a hidden sector.
    """

    in_flight_losses: bool = False
    positrons_from: Literal["electrons", "every_channel"] = "electrons"
    extent: bool = False
    smearing: Literal["fixed", "by_energy"] = "fixed"


STANDARD_LINE = LineSettings()
