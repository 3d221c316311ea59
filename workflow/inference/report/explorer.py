"""What the linked corner and mixing plane of a report draw: a few thousand draws, and outlines of excluded regions."""

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np

from workflow.inference.drawing.style import thin
from workflow.inference.estimates.posterior_file import PosteriorFile
from workflow.inference.estimates.regions import axis_of
from workflow.inference.figures.run_corners import derived_columns, parameter_columns
from workflow.inference.writing.html import label
from workflow.inference.writing.labels import text_of

DRAWS = 2500
_MOST_COLUMNS = 16
_OUTLINE = 90  # points of an outline
_DIGITS = 4


def explorer_data(file: PosteriorFile, plane: Path) -> str:
    """JSON of the linked view, which can stand in a script element.

    Parameters
    ----------
    file : PosteriorFile
        The posterior.
    plane : Path
        The table of curves of the kinetic-mixing plane; without the file there are no outlines.
    """
    names = list(dict.fromkeys([*derived_columns(file), *parameter_columns(file)]))[:_MOST_COLUMNS]
    first = [name for name in ("m_dm_mev", "m_u_mev", "g", "chi") if name in names]
    names = [*first, *(name for name in names if name not in first)]
    keep = thin(file.samples(names[0]).size, DRAWS)
    content = {
        "columns": [_column(file, name, keep) for name in names],
        "total": int(file.samples(names[0]).size),
        "outlines": outlines(plane) if {"m_u_mev", "epsilon"} <= set(names) else [],
    }
    # Nothing in a script element may look like its end.
    return json.dumps(content, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")


def _column(file: PosteriorFile, name: str, keep: slice) -> dict[str, Any]:
    attributes = file.posterior[name].attrs
    axis = axis_of(file.posterior[name])
    shown = axis.coordinate(file.samples(name))[keep]
    step = 10.0 ** (np.floor(np.log10(max(float(np.ptp(shown)), 1e-300))) - _DIGITS)
    return {
        "name": name,
        "label": str(label(str(attributes["label"]))),
        "text": text_of(str(attributes["label"])),
        "unit": "" if attributes["units"] == "1" else str(attributes["units"]),
        "log": axis.scale == "log",
        "offset": float(shown.min()),
        "step": step,
        "values": np.rint((shown - shown.min()) / step).astype(int).tolist(),
        "best": float(axis.coordinate(np.array([float(file.best_fit[name])]))[0]),
    }


def outlines(plane: Path) -> list[dict[str, Any]]:
    """Outlines of the plane in log10 of mass [MeV] and of mixing, by panel and experiment."""
    if not plane.is_file():
        return []
    parts: dict[tuple[str, str, str], list[tuple[float, float]]] = {}
    with plane.open(newline="", encoding="utf-8") as stream:
        for row in csv.DictReader(stream):
            key = row["panel"], row["curve"], row["part"]
            parts.setdefault(key, []).append((float(row["x_value"]), float(row["y_value"])))
    return [
        {
            "panel": int(panel),
            "name": text_of(name.replace("$", "")) if "$" in name else name,
            "points": [[round(float(c), 3) for c in point] for point in np.log10(points)[_spread(len(points))]],
        }
        for (panel, name, _), points in parts.items()
    ]


def _spread(count: int) -> list[int]:
    """Indices of some points of an outline, its last included."""
    step = max(-(-count // _OUTLINE), 1)
    return sorted({*range(0, count, step), count - 1})
