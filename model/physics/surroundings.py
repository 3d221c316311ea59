"""The early Universe and the Galaxy around a parameter point."""

from dataclasses import dataclass

from model.physics.early_universe.freeze_out import STANDARD_FREEZE_OUT, FreezeOutSettings
from model.physics.early_universe.thermal_history import ThermalHistory
from model.physics.galaxy.annuli import AnnulusTable
from model.physics.galaxy.halo import Galaxy
from model.physics.galaxy.j_factor import JFactorTable
from model.physics.searches.dump_yields import DumpYields


@dataclass(frozen=True)
class Surroundings:
    """Tables shared by all points of a run."""

    thermal_history: ThermalHistory
    galaxy: Galaxy
    j_factors: JFactorTable
    dump_yields: DumpYields | None = None  # only where a likelihood requires it
    annuli: AnnulusTable | None = None  # likewise
    freeze_out: FreezeOutSettings = STANDARD_FREEZE_OUT
    omega_h2_measured: float | None = None  # of all dark matter; only where the relic abundance is an upper limit
