"""Read a measurement: every datum has value, error, unit, source and verification tag in ``data/measurements.yaml``."""

from functools import cache
from pathlib import Path
from typing import NamedTuple

import yaml

DATA = Path(__file__).parent


class Measurement(NamedTuple):
    """A measured number with a symmetric Gaussian error.

    ``observable`` is the attribute of ``Prediction`` it measures, ``unit`` the unit of both numbers, ``year``
    that in which the data became public. ``tag`` says how the number was verified ([V] page, [V-abs] abstract, [C]
    computed, [M] from memory).
    """

    observable: str
    year: int
    value: float
    sigma: float
    unit: str
    source: str
    tag: str
    note: str


@cache
def measurements() -> dict[str, Measurement]:
    """All measurements by key.

    Raises
    ------
    TypeError
        If an entry lacks a field or has an unknown one.
    """
    entries = yaml.safe_load((DATA / "measurements.yaml").read_text(encoding="utf-8"))
    return {key: Measurement(**entry) for key, entry in entries.items()}
