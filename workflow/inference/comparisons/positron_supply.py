"""How many events or sources the positrons of the bulge need, against how many there are."""

from typing import NamedTuple

import numpy as np

from model.physics.positrons.stellar_sources import BULGE_RATE, Supply, supplies


class SourceRow(NamedTuple):
    """A row of the table in words, as a report prints it."""

    hypothesis: str
    positrons: str
    needed: str
    available: str
    share: str
    source: str


CAPTION = (
    f"Sources of the positrons of the Galactic bulge, {BULGE_RATE:.3g} per second: what one event or source makes, "
    "what is needed and what is known to be there. The share is that of the bulge which the known ones make."
)


def source_rows() -> tuple[SourceRow, ...]:
    """Rows of the table, one for each of the paper's other explanations (docs/physics/galaxy.md 8)."""
    return tuple(_row(supply) for supply in supplies())


def _row(supply: Supply) -> SourceRow:
    known = np.isfinite(supply.available)
    return SourceRow(
        hypothesis=supply.name,
        positrons=f"{supply.positrons:.2g}" + (" per second" if supply.unit == "sources" else ""),
        needed=f"{supply.needed:.2g} {supply.unit}",
        available=f"{supply.available:.2g} {supply.unit}" if known else "not measured",
        share=f"{supply.fraction:.2g}" if known else "",
        source=f"{supply.source} [{supply.tag}]",
    )
