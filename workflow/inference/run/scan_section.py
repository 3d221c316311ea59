"""The section ``scan`` of a config: many points, their columns, and the shards in which they are evaluated."""

import math
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from workflow.inference.posterior.columns import STANDARD
from workflow.inference.run.errors import ConfigError
from workflow.inference.run.run_file import Number, a_number, lines_of

Design = Literal["grid", "sobol", "random", "file"]
MOST_POINTS = 2**32  # where the Sobol net ends; at 100 points a second they would take more than a year
MOST_SHARDS = 100_000  # each is a file
Count = Annotated[int, BeforeValidator(a_number), Field(ge=1, le=MOST_POINTS)]
_STRICT = ConfigDict(extra="forbid", frozen=True)


class ScanAxis(BaseModel):
    """The values of one parameter: its number of values in a grid, and a range in place of its prior."""

    model_config = _STRICT
    points: Annotated[int, BeforeValidator(a_number), Field(ge=2, le=MOST_POINTS)] | None = None
    min: Number | None = None
    max: Number | None = None
    scale: Literal["linear", "log"] | None = None


class ScanOptions(BaseModel):
    """Which points a scan evaluates, which columns it writes, and in how many shards."""

    model_config = _STRICT
    design: Design
    shards: Annotated[int, BeforeValidator(a_number), Field(ge=1, le=MOST_SHARDS)]
    points: Count | None = None
    axes: dict[str, ScanAxis] = {}
    file: str | None = None
    seed: Annotated[int, BeforeValidator(a_number), Field(ge=0)] = 0
    columns: tuple[str, ...] = (STANDARD,)
    maps: tuple[tuple[str, str], ...] = ()
    bins: Annotated[int, BeforeValidator(a_number), Field(ge=2)] = 60

    def check(self) -> None:
        """Refuse keys that the design does not have, and ask for those that it needs.

        Raises
        ------
        ValueError
            If a key is missing or superfluous, or the grid has too many points.
        """
        counted = self.design in {"sobol", "random"}
        if counted != (self.points is not None):
            raise ValueError(f"points is {self.points}; allowed: a number with design sobol or random, else nothing")
        if (self.design == "file") != (self.file is not None):
            raise ValueError(f"file is {self.file}; allowed: a points file with design file, else nothing")
        if self.design == "grid" and not self.axes:
            raise ValueError("axes is empty; allowed: each parameter of the grid with its number of points")
        if self.design == "file" and self.axes:
            raise ValueError("axes is given; allowed: nothing with design file")
        for name, axis in self.axes.items():
            if (self.design == "grid") != (axis.points is not None):
                raise ValueError(
                    f"axes.{name}.points is {axis.points}; allowed: a number with design grid, else nothing"
                )
            if (axis.min is None) != (axis.max is None) or (axis.min is None and axis.scale is not None):
                raise ValueError(f"axes.{name} has one end or a scale alone; allowed: min and max, and scale with them")
        if math.prod(axis.points or 1 for axis in self.axes.values()) > MOST_POINTS:
            raise ValueError(f"axes make a grid of too many points; allowed: at most {MOST_POINTS}")
        for across, up in self.maps:
            if across == up:
                raise ValueError(f"maps has a plane of {across} with itself; allowed: two columns")
        if not self.columns:
            raise ValueError("columns is empty; allowed: names or patterns of columns")


def build_scan(section: dict[str, object]) -> ScanOptions | None:
    """The options of the section; None if it is empty.

    Raises
    ------
    ConfigError
        If a key is unknown, missing or of the wrong type.
    """
    if not section:
        return None
    try:
        options = ScanOptions.model_validate(section)
        options.check()
    except ValidationError as error:
        inside = len(error.errors()[0]["loc"]) > 1 and error.errors()[0]["loc"][0] == "axes"
        raise ConfigError("\n".join(lines_of(error, ScanAxis if inside else ScanOptions, "scan"))) from None
    except ValueError as error:
        raise ConfigError(f"scan.{error}") from None
    return options
