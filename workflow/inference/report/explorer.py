"""What the linked corner and mixing plane draw: a few thousand draws of each run, and outlines of excluded regions."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from model.physics.quantities import Array
from workflow.inference.drawing.style import thin
from workflow.inference.estimates.posterior_file import PosteriorFile
from workflow.inference.estimates.regions import axis_of
from workflow.inference.figures.run_corners import derived_columns, parameter_columns
from workflow.inference.writing.artefacts import read_csv
from workflow.inference.writing.html import label, script_json, unit
from workflow.inference.writing.labels import mixed_text, text_of
from workflow.inference.writing.refusal import Refusal

DRAWS = 2500  # of each run
FIRST = ("m_dm_mev", "m_u_mev", "g", "chi")
PLANE_COLUMNS = ("m_u_mev", "epsilon")
SHARE = "br_u_invisible"  # it decides whether a draw is in the visible or in the invisible panel
_MOST_COLUMNS = 16
_OUTLINE = 90  # points of an outline
_DIGITS = 4
_CURVE = ("panel", "curve", "part", "x_value", "y_value")  # columns of a table of curves


def explorer_data(files: Mapping[str, PosteriorFile], planes: Sequence[Path]) -> str:
    """JSON of the linked view, which can stand in a script element.

    Parameters
    ----------
    files : mapping of str to PosteriorFile
        A posterior or several, by the name that a reader sees. Columns that all of them have are shown.
    planes : sequence of Path
        For each posterior the table of curves of its kinetic-mixing plane; a file that is missing gives no outlines.
    """
    shown = [_columns(file) for file in files.values()]
    names = [name for name in shown[0] if all(name in file.posterior for file in files.values())][:_MOST_COLUMNS]
    plane = all(name in file.posterior for name in PLANE_COLUMNS for file in files.values())
    needed = (*PLANE_COLUMNS, SHARE) if plane else ()
    hidden = [n for n in needed if n not in names and all(n in file.posterior for file in files.values())]
    keeps = [thin(file.samples(names[0]).size, DRAWS) for file in files.values()]
    counts = [len(range(file.samples(names[0]).size)[keep]) for file, keep in zip(files.values(), keeps, strict=True)]
    firsts = np.cumsum([0, *counts[:-1]]).tolist()
    content = {
        "columns": [_column(tuple(files.values()), name, keeps, hidden=name in hidden) for name in (*names, *hidden)],
        "runs": [
            {"called": called, "first": first, "count": count}
            for called, first, count in zip(files, firsts, counts, strict=True)
        ],
        "outlines": _distinct([outlines(path) for path in planes]) if plane else [],
    }
    return script_json(content)


def _columns(file: PosteriorFile) -> list[str]:
    """The quantities that can be chosen; those that the view shows at the beginning come first."""
    names = list(dict.fromkeys([*derived_columns(file), *parameter_columns(file)]))
    first = [name for name in FIRST if name in names]
    return [*first, *(name for name in names if name not in first)]


def _column(
    files: Sequence[PosteriorFile], name: str, keeps: Sequence[slice], *, hidden: bool = False
) -> dict[str, Any]:
    attributes = files[0].posterior[name].attrs
    axes = [axis_of(file.posterior[name]) for file in files]
    axis = next((axis for axis in axes if axis.scale == "linear"), axes[0])  # logarithmic only if it is so in all
    shown: Array = np.concatenate(
        [axis.coordinate(file.samples(name))[keep] for file, keep in zip(files, keeps, strict=True)]
    )
    step = 10.0 ** (np.floor(np.log10(max(float(np.ptp(shown)), 1e-300))) - _DIGITS)
    return {
        "name": name,
        "label": str(label(str(attributes["label"]))),
        "text": text_of(str(attributes["label"])),
        "unit": "" if attributes["units"] == "1" else str(attributes["units"]),
        "unit_html": str(unit(str(attributes["units"]))),
        "hidden": hidden,
        "log": axis.scale == "log",
        "offset": float(shown.min()),
        "step": step,
        "values": np.rint((shown - shown.min()) / step).astype(int).tolist(),
        "best": [float(axis.coordinate(np.array([float(file.best_fit[name])]))[0]) for file in files],
    }


def outlines(plane: Path) -> list[dict[str, Any]]:
    """Outlines of the plane in log10 of mass [MeV] and of mixing, by panel and experiment."""
    if not plane.is_file():
        return []
    parts: dict[tuple[str, str, str], list[tuple[float, float]]] = {}
    for row in read_csv(plane, _CURVE):
        key = row["panel"], row["curve"], row["part"]
        try:
            parts.setdefault(key, []).append((float(row["x_value"]), float(row["y_value"])))
        except ValueError as error:
            raise Refusal(f"{plane}: {error}; make it again") from None
    return [
        {
            "panel": int(panel),
            "name": mixed_text(name),
            "points": [[round(float(c), 3) for c in point] for point in np.log10(points)[_spread(len(points))]],
        }
        for (panel, name, _), points in parts.items()
    ]


def _distinct(planes: Sequence[list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """The outlines of all planes with the number of their run, those of an earlier run once."""
    result: list[dict[str, Any]] = []
    for run, plane in enumerate(planes):
        known = [{key: value for key, value in outline.items() if key != "run"} for outline in result]
        result += [{**outline, "run": run} for outline in plane if outline not in known]
    return result


def _spread(count: int) -> list[int]:
    """Indices of some points of an outline, its last included."""
    step = max(-(-count // _OUTLINE), 1)
    return sorted({*range(0, count, step), count - 1})
