"""Read the entries of the experiments behind the kinetic-mixing bounds, one entry an experiment.

What every experiment states becomes a `Record`. The other fields belong to the kind of the experiment, whose class in
``likelihoods/mixing/experiments.py`` reads them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from model.physics.searches.bremsstrahlung import TargetMaterial

FILE = Path(__file__).with_suffix(".yaml")


class Published(NamedTuple):
    """A published exclusion that ours is compared with in the reproduction table.

    Attributes
    ----------
    source : str
        Where the points are from.
    points : tuple
        Mass of U [MeV], lower and upper edge in epsilon; None where there is no such edge to compare with.
    tag : str or None
        How the points were verified, if that differs from the tag of the experiment.
    """

    source: str
    points: tuple[tuple[float, float | None, float | None], ...]
    tag: str | None = None


@dataclass(frozen=True)
class Record:
    """Statements that experiments of every kind have in common.

    Attributes
    ----------
    name, kind : str
        Key of the entry, and the class that computes its likelihood.
    group, label, colour : str
        Technique, and how figures show the experiment: its name for a legend and a colour of matplotlib.
    year : int
        Year of the data or of the analysis that is used.
    confidence : float or None
        Confidence level of the published exclusion.
    source, tag, note : str
        Papers, how the numbers were verified, and what is approximate.
    option : str or None
        Option of the likelihood that brings the experiment in, in place of ``include`` and ``exclude``.
    measurement : str or None
        The datum that the experiment is: its key in ``measurements.yaml`` without the era.
    published : Published or None
        Points of a published contour.
    """

    name: str
    kind: str
    group: str
    label: str
    colour: str
    year: int
    confidence: float | None
    source: str
    tag: str
    note: str
    option: str | None = None
    measurement: str | None = None
    published: Published | None = None


class Entry(NamedTuple):
    """An experiment as the file has it: what all state, and the fields of its kind by name."""

    record: Record
    fields: Mapping[str, Any]


@cache
def entries(file: Path) -> tuple[Entry, ...]:
    """All experiments in the order of the file.

    Raises
    ------
    TypeError
        If an entry lacks a field that every experiment has.
    """
    raw = yaml.safe_load(file.read_text(encoding="utf-8"))
    targets = {name: TargetMaterial(name, **numbers) for name, numbers in raw["targets"].items()}
    return tuple(_entry(name, fields, targets) for name, fields in raw["experiments"].items())


def _entry(name: str, fields: Mapping[str, Any], targets: Mapping[str, TargetMaterial]) -> Entry:
    common = {key: value for key, value in fields.items() if key in Record.__dataclass_fields__}
    own = {key: _with_targets(value, targets) for key, value in fields.items() if key not in common}
    if "published" in common:
        points = tuple((mass, lower, upper) for mass, lower, upper in common["published"]["points"])
        common["published"] = Published(**{**common["published"], "points": points})
    return Entry(Record(name=name, **common), own)


def _with_targets(value: Any, targets: Mapping[str, TargetMaterial]) -> Any:
    """The value with the name of each target replaced by the target."""
    if isinstance(value, list):
        return [_with_targets(item, targets) for item in value]
    if isinstance(value, dict):
        return {key: targets[item] if key == "target" else _with_targets(item, targets) for key, item in value.items()}
    return value
