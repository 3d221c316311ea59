"""Write a summary's table as CSV for machines and as LaTeX for papers."""

import csv
from collections.abc import Iterable
from pathlib import Path

from workflow.inference.estimates.regions import Interval
from workflow.inference.estimates.summary import QuantityEstimate, Summary, summarise
from workflow.inference.writing.artefacts import atomic_text
from workflow.inference.writing.labels import unit_latex
from workflow.inference.writing.rounding import Rounded, rounded

_HEADER = (
    "name",
    "label",
    "unit",
    "role",
    "best_fit",
    "maximum_posterior",
    "median",
    "lower_68",
    "upper_68",
    "lower_95",
    "upper_95",
    "hdi_68",
    "hdi_95",
)


def write_csv(summary: Summary, out: Path) -> None:
    """Write the table with 17 significant digits.

    Highest-density intervals are ``lower upper`` pairs joined by semicolons, as there may be several.
    """
    with atomic_text(out) as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(_HEADER)
        writer.writerows(_csv_row(row) for row in summary.rows)


def write_latex(summary: Summary, out: Path) -> None:
    """Write the table for the booktabs package, numbers rounded to two digits of their spread."""
    columns = "Quantity & Unit & Best fit & MAP & Median & 68\\,\\% & 95\\,\\%"
    parameters = [row for row in summary.rows if row.role == "parameter"]
    derived = [row for row in summary.rows if row.role != "parameter"]
    lines = [
        f"% Run {summary.run}: {summary.draws} draws; equal-tailed intervals; needs \\usepackage{{booktabs,amsmath}}",
        r"\begin{tabular}{llrrrrr}",
        r"\toprule",
        columns + r" \\",
        r"\midrule",
        *map(_latex_row, parameters),
        *([r"\midrule"] if parameters and derived else []),
        *map(_latex_row, derived),
        r"\bottomrule",
        r"\end{tabular}",
    ]
    with atomic_text(out) as stream:
        stream.write("\n".join(lines) + "\n")


def numbers(row: QuantityEstimate) -> tuple[Rounded, Rounded, Rounded]:
    """Best fit, maximum of the posterior and median, rounded by the width of the 68 % interval."""
    width = spread(row.central_68)
    return rounded(row.best_fit, width), rounded(row.maximum_posterior, width), rounded(row.median, width)


def ends(intervals: Iterable[Interval]) -> list[tuple[Rounded, Rounded]]:
    """Ends of the intervals, each rounded by the half width of its own interval."""
    return [(rounded(i.lower, spread(i)), rounded(i.upper, spread(i))) for i in intervals]


def spread(interval: Interval) -> float:
    """Half width of an interval."""
    return 0.5 * (interval.upper - interval.lower)


def _csv_row(row: QuantityEstimate) -> list[str]:
    values = (row.best_fit, row.maximum_posterior, row.median, *row.central_68, *row.central_95)
    intervals = (";".join(f"{low:.17g} {high:.17g}" for low, high in hdi) for hdi in (row.hdi_68, row.hdi_95))
    return [row.name, row.label, row.unit, row.role, *(f"{value:.17g}" for value in values), *intervals]


def _latex_row(row: QuantityEstimate) -> str:
    intervals = [f"$[{low.latex()},\\ {high.latex()}]$" for low, high in ends((row.central_68, row.central_95))]
    values = [f"${number.latex()}$" for number in numbers(row)]
    unit = unit_latex(row.unit)
    return " & ".join([f"${row.label}$", f"${unit}$" if unit else "", *values, *intervals]) + r" \\"


def write_tables(posterior_path: Path, out: Path) -> None:
    """Summarise a ``posterior.nc`` and write the table as CSV, and as LaTeX beside it."""
    summary = summarise(posterior_path)
    write_csv(summary, out)
    write_latex(summary, out.with_suffix(".tex"))
