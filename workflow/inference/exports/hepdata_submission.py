"""The numbers of a run as a submission to HEPData: tables of intervals, of densities and of two-dimensional regions.

The form is that of HEPData's YAML files: a list of tables in ``submission.yaml`` and one file for each table.
"""

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from workflow.inference.estimates.posterior_file import PosteriorFile
from workflow.inference.estimates.regions import axis_of, density_1d
from workflow.inference.estimates.summary import QuantityEstimate, Summary
from workflow.inference.writing.artefacts import write_text
from workflow.inference.writing.labels import text_of

_CELLS = 64  # of a density: eight cells of the smoothed grid together


def write_submission(file: PosteriorFile, summary: Summary, folder: Path) -> list[Path]:
    """Write ``submission.yaml``, ``intervals.yaml`` and a density for each parameter and drawn quantity."""
    shown = [name for name in file.posterior if _is_drawn(file, str(name))]
    tables = {"intervals": _intervals(summary)}
    tables |= {f"density_{name}": _density(file, str(name)) for name in shown}
    documents = [{"comment": f"Posterior of the run {file.run}, made with mevdm: {summary.draws} draws."}]
    documents += [_described(name, file) for name in tables]
    submission = folder / "submission.yaml"
    write_text(submission, yaml.safe_dump_all(documents, sort_keys=False, allow_unicode=True))
    paths = [submission]
    for name, table in tables.items():
        paths.append(folder / f"{name}.yaml")
        write_text(paths[-1], yaml.safe_dump(table, sort_keys=False, allow_unicode=True))
    return paths


def _is_drawn(file: PosteriorFile, name: str) -> bool:
    attributes = file.posterior[name].attrs
    return attributes["role"] == "parameter" or "drawn" in attributes


def _described(name: str, file: PosteriorFile) -> dict[str, Any]:
    if name == "intervals":
        description = "Median, best fit and equal-tailed intervals that hold 68 and 95 % of the posterior."
    else:
        quantity = name.removeprefix("density_")
        description = f"Density of the posterior of {text_of(file.posterior[quantity].attrs['label'])} ({quantity})."
    return {
        "name": name.replace("_", " "),
        "description": description,
        "location": f"Run {file.run}",
        "keywords": [{"name": "phrases", "values": ["dark matter", "511 keV line", "Bayesian inference"]}],
        "data_file": f"{name}.yaml",
    }


def _intervals(summary: Summary) -> dict[str, Any]:
    rows = summary.rows
    columns = {
        "best fit": [{"value": row.best_fit} for row in rows],
        "median": [{"value": row.median, "errors": _errors(row)} for row in rows],
    }
    return {
        "independent_variables": [{"header": {"name": "quantity"}, "values": [{"value": _named(row)} for row in rows]}],
        "dependent_variables": [{"header": {"name": name}, "values": values} for name, values in columns.items()],
    }


def _named(row: QuantityEstimate) -> str:
    return row.name if row.unit == "1" else f"{row.name} [{row.unit}]"


def _errors(row: QuantityEstimate) -> list[dict[str, Any]]:
    """Distances from the median to the ends of the intervals."""
    return [
        {
            "label": f"{label} % interval",
            "asymerror": {"minus": interval.lower - row.median, "plus": interval.upper - row.median},
        }
        for label, interval in (("68", row.central_68), ("95", row.central_95))
    ]


def _density(file: PosteriorFile, name: str) -> dict[str, Any]:
    """Density with respect to the quantity's own coordinate, log10 of it on a logarithmic axis."""
    variable = file.posterior[name]
    axis, unit = axis_of(variable), str(variable.attrs["units"])
    density = density_1d(file.samples(name), axis)
    together = max(1, len(density.density) // _CELLS)
    edges = axis.physical(density.edges[::together])
    # Smoothing with a width that varies keeps the shape and not the integral.
    held = density.counts.sum() / density.total / np.dot(density.density, np.diff(density.edges))
    values = held * density.density.reshape(-1, together).mean(axis=1)
    header = {"name": name} | ({} if unit == "1" else {"units": unit})
    coordinate = f"log10({name})" if axis.scale == "log" else name
    cells = itertools.pairwise(edges)
    return {
        "independent_variables": [
            {"header": header, "values": [{"low": float(low), "high": float(high)} for low, high in cells]}
        ],
        "dependent_variables": [
            {"header": {"name": f"density in {coordinate}"}, "values": [{"value": float(value)} for value in values]}
        ],
    }
