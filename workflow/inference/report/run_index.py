"""The page of all runs, with a comparison of any two: ``results/index.html``."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from workflow.inference.estimates import posterior_file
from workflow.inference.estimates.summary import Summary, summary_of
from workflow.inference.estimates.summary_tables import numbers
from workflow.inference.report.cards import interval_95
from workflow.inference.writing.artefacts import write_text
from workflow.inference.writing.html import fixed, label, page, script_json, unit, words
from workflow.inference.writing.origin import read_json, read_origin, require_same


@dataclass(frozen=True)
class IndexedRun:
    """A run as the list shows it; ``reported`` says whether it has a report."""

    run: str
    description: str
    converged: bool
    ln_z: str
    reported: bool


def write_index(results: Path, out: Path) -> None:
    """List every run of a folder that has a posterior and a verdict, the latest results of each.

    Parameters
    ----------
    results : Path
        Folder with one folder for each run.
    out : Path
        The HTML file, beside the folders of the runs.

    Raises
    ------
    ArtefactError
        If a file is damaged, or files of one run are not of the same run.
    """
    runs, compared = [], {}
    for path in sorted(results.glob("*/posterior.nc")):
        if (path.parent / "diagnostics.json").is_file():
            shown, record = _indexed(path.parent)
            runs.append(shown)
            compared[shown.run] = record
    write_text(out, page("index.html.j2", {"runs": runs, "compared": script_json(compared)}))


def _indexed(folder: Path) -> tuple[IndexedRun, dict[str, Any]]:
    """A run as the list shows it, and its numbers for the comparison of two runs."""
    file = posterior_file.read(folder / "posterior.nc")
    summary = summary_of(file)
    for name, step in (("diagnostics.json", "diagnose"), ("evidence.json", "evidence")):
        if (folder / name).is_file():
            require_same(folder / name, read_origin(folder / name), file.origin, f"mevdm {step} config/{file.run}.yaml")
    diagnostics = posterior_file.read_diagnostics(folder / "diagnostics.json")
    path = folder / "evidence.json"
    evidence = read_json(path).record if path.is_file() else {}
    ln_z = f"{fixed(evidence['ln_z'])} ± {fixed(evidence['error'])}" if evidence else "\N{EN DASH}"
    description = str(yaml.safe_load(file.config).get("description", ""))
    shown = IndexedRun(
        folder.name, description, bool(diagnostics["converged"]), ln_z, (folder / "report.html").is_file()
    )
    quantities = {
        row.name: [
            str(label(row.label)) + (f" [{unit(row.unit)}]" if row.unit != "1" else ""),
            numbers(row)[2].html(),
            str(interval_95(file, summary, row)).split(": ", 1)[-1],
            row.median,
            0.5 * (row.central_68.upper - row.central_68.lower),
        ]
        for row in summary.rows
        if row.central_95.upper > row.central_95.lower
    }
    return shown, {"quantities": quantities, "data": _likelihoods(summary)}


def _likelihoods(summary: Summary) -> list[str]:
    """Names of the likelihoods with the era of their data, in HTML."""
    return [
        f"{words(cost.term)}{f' ({cost.data[0].era})' if cost.data else ''}"
        for cost in sorted(summary.costs, key=lambda cost: cost.term)
    ]
