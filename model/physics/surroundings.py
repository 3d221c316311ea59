"""The early Universe and the Galaxy around a parameter point."""

from dataclasses import dataclass

from model.physics.dump_yields import DumpYields
from model.physics.j_factor import JFactorTable
from model.physics.thermal_history import ThermalHistory


@dataclass(frozen=True)
class Surroundings:
    """Tables shared by all points of a run."""

    thermal_history: ThermalHistory
    j_factors: JFactorTable
    dump_yields: DumpYields | None = None  # only where a likelihood asks for it
