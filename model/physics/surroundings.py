"""The early Universe and the Galaxy around a parameter point, and the tables that a likelihood may need."""

from dataclasses import dataclass

import numpy as np

from model.physics.early_universe.cosmology_settings import BEST_COSMOLOGY, CosmologySettings
from model.physics.early_universe.thermal_history import ThermalHistory
from model.physics.galaxy import halo_grid
from model.physics.galaxy.annuli import AnnulusSettings, RegionTable
from model.physics.galaxy.halo import Galaxy
from model.physics.galaxy.j_factor import JFactorTable
from model.physics.galaxy.line_settings import STANDARD_LINE, LineSettings
from model.physics.galaxy.smeared_annuli import SmearedAnnulusTable
from model.physics.quantities import Parameter
from model.physics.searches.dump_yields import DumpSettings, DumpYields


@dataclass(frozen=True)
class Requirements:
    """The settings that a likelihood needs of the surroundings; None where it needs nothing.

    Attributes
    ----------
    dump_yields : DumpSettings or None
        Beam dumps whose yields must be tabulated.
    annuli : AnnulusSettings or None
        How the telescope sees the sky whose annuli must be tabulated.
    smeared_annuli_fwhm_deg : float or None
        Width of the point-spread function [deg] behind which annuli must be tabulated for any smearing.
    extent : AnnulusSettings or None
        How the telescope sees the sky whose extent must be tabulated.
    omega_h2 : float or None
        Measured abundance of all dark matter that the likelihood knows [1]. ``cosmology.role: upper_limit`` takes it.
    """

    dump_yields: DumpSettings | None = None
    annuli: AnnulusSettings | None = None
    smeared_annuli_fwhm_deg: float | None = None
    extent: AnnulusSettings | None = None
    omega_h2: float | None = None


NOTHING = Requirements()


@dataclass(frozen=True)
class Surroundings:
    """Tables and choices shared by all points of a run.

    Attributes
    ----------
    thermal_history : ThermalHistory
        Bath of the Standard Model.
    galaxy : Galaxy
        Halo profile, aperture, speeds and baryons.
    j_factors : JFactorTable
        Of the aperture.
    nuisances : tuple of Parameter
        Parameters of the run besides those of its model; a point with one of them out of its range is invalid.
    dump_yields : DumpYields or None
        Only where a likelihood asks for it.
    annuli : RegionTable or None
        Only where a likelihood asks for it.
    smeared_annuli : SmearedAnnulusTable or None
        In place of ``annuli`` with ``line.smearing: by_energy``.
    extent : RegionTable or None
        Only where ``line.extent`` asks for it.
    cosmology : CosmologySettings
        How the early Universe is taken to be.
    line : LineSettings
        How the positrons of the 511 keV line are counted.
    omega_h2_measured : float or None
        Abundance of all dark matter [1], where this particle may be a part of it; None where it is all of it.
    """

    thermal_history: ThermalHistory
    galaxy: Galaxy
    j_factors: JFactorTable
    nuisances: tuple[Parameter, ...]
    dump_yields: DumpYields | None = None
    annuli: RegionTable | None = None
    smeared_annuli: SmearedAnnulusTable | None = None
    extent: RegionTable | None = None
    cosmology: CosmologySettings = BEST_COSMOLOGY
    line: LineSettings = STANDARD_LINE
    omega_h2_measured: float | None = None


def untabulated(galaxy: Galaxy, nuisances: tuple[Parameter, ...]) -> Surroundings:
    """Surroundings with empty tables, which are free and suffice to decide where points are valid."""
    empty = np.ones(2)
    shape, r_s, r_sun = halo_grid.nodes(galaxy.profile)
    nothing = np.empty((shape.size, r_s.size, r_sun.size, 0))
    return Surroundings(
        thermal_history=ThermalHistory(np.array([1.0, 2.0]), empty, empty, empty),
        galaxy=galaxy,
        j_factors=JFactorTable(galaxy.profile, galaxy.aperture_deg, galaxy.velocity, shape, r_s, r_sun, nothing),
        nuisances=nuisances,
    )
