"""Parts of a figure of a run: a drawing, the section of the report that shows it, and texts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from matplotlib.figure import Figure

from workflow.inference.estimates.posterior_file import PosteriorFile
from workflow.inference.estimates.summary import Summary
from workflow.inference.estimates.summary_tables import numbers
from workflow.inference.writing.labels import text_of

Section = Literal["posterior", "data", "profile", "mixing", "convergence"]
Draw = Callable[[PosteriorFile, Mapping[str, Any]], Figure]

_CAPTIONS = Path(__file__).parent / "captions"


@dataclass(frozen=True)
class RunFigure:
    """A figure of a run. Its name is its key in ``run_figures``, and ``captions/<name>.rst`` is its caption.

    Attributes
    ----------
    section : {"posterior", "data", "profile", "mixing", "convergence"}
        Where the report shows it.
    alternative_text : callable
        Makes the text for readers who do not see the figure, from a posterior file and its summary.
    draw : callable or None
        Draws the figure from a posterior file and the record of ``diagnostics.json``. None where a step of its own
        draws the figure, because the draws of the posterior do not suffice.
    """

    section: Section
    alternative_text: Callable[[PosteriorFile, Summary], str]
    draw: Draw | None = None


def caption(name: str) -> str:
    """The caption of a figure in plain text, which Snakemake's own report shows too."""
    return (_CAPTIONS / f"{name}.rst").read_text(encoding="utf-8").strip()


def medians(summary: Summary, names: list[str]) -> str:
    """Medians of quantities as a sentence of an alternative text."""
    rows = {row.name: row for row in summary.rows}
    return "; ".join(
        f"{text_of(rows[name].label)} median {numbers(rows[name])[2].text()}"
        + ("" if rows[name].unit == "1" else f" {rows[name].unit}")
        for name in names
    )


def parameter_symbols(summary: Summary) -> str:
    """Symbols of the sampled parameters, for an alternative text."""
    return ", ".join(text_of(row.label) for row in summary.rows if row.role == "parameter")


def drawn_columns(file: PosteriorFile) -> list[str]:
    """Quantities of the run that the table of observables marks as drawn."""
    return [str(name) for name, variable in file.posterior.items() if "drawn" in variable.attrs]
