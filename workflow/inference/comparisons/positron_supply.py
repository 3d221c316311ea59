"""The number of events or sources that the positrons of the bulge need, against the number available."""

from typing import NamedTuple

import numpy as np

from model.physics.positrons.stellar_sources import BULGE_RATE, Supply, supplies


class SourceRow(NamedTuple):
    """A row of the table in words, as a report prints it."""

    hypothesis: str
    positrons: str
    needed: str
    available: str
    fraction: str
    source: str
    note: str


CAPTION = (
    f"Sources of the positrons of the Galactic bulge, {BULGE_RATE:.3g} per second: the yield of one event or source, "
    "the number needed and the number known. The fraction is the part of the bulge that the known sources make. A "
    "yield that is itself derived from a rate that suffices says so in its note."
)


def source_rows() -> tuple[SourceRow, ...]:
    """Rows of the table, one for each of the paper's other explanations (docs/physics/galaxy.md 8)."""
    return tuple(_row(supply) for supply in supplies())


def _row(supply: Supply) -> SourceRow:
    measured = np.isfinite(supply.available)
    return SourceRow(
        hypothesis=supply.name,
        positrons=f"{supply.positrons:.2g}" + (" per second" if supply.unit == "sources" else ""),
        needed=f"{supply.needed:.2g} {supply.unit}",
        available=f"{supply.available:.2g} {supply.unit}" if measured else "not measured",
        fraction=f"{supply.fraction:.2g}" if measured else "",
        source=f"{supply.source} [{supply.tag}]",
        note=supply.note,
    )
