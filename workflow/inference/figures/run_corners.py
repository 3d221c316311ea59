"""Which quantities the corner plots of a run show: couplings, masses with observables, and all parameters."""

import numpy as np

from workflow.inference.drawing.corner import MOST_QUANTITIES, corner_figure
from workflow.inference.estimates.posterior_file import PosteriorFile
from workflow.inference.figures.run_figure import RunFigure, drawn_columns, medians, parameter_symbols

_COUPLINGS = ("g", "chi", "lambda")
_MOST_COLUMNS = 6


def coupling_columns(file: PosteriorFile) -> list[str]:
    """The paper's couplings where the run samples them all; for other models the first parameters it samples."""
    parameters = varying(file, file.names("parameter"))
    return list(_COUPLINGS) if set(_COUPLINGS) <= set(parameters) else parameters[:_MOST_COLUMNS]


def derived_columns(file: PosteriorFile) -> list[str]:
    """Those quantities of `drawn_columns` that vary; flux and rate of the line where none does."""
    return varying(file, drawn_columns(file))[:MOST_QUANTITIES] or ["flux_511_bulge_ph_cm2_s", "positron_rate_s"]


def parameter_columns(file: PosteriorFile) -> list[str]:
    """Every sampled parameter, nuisances included, as far as a corner has room."""
    return varying(file, file.names("parameter"))[:MOST_QUANTITIES]


def varying(file: PosteriorFile, names: list[str]) -> list[str]:
    """Those of some quantities that have more than one value."""
    return [name for name in names if np.ptp(file.samples(name)) > 0.0]


COUPLINGS = RunFigure(
    section="posterior",
    alternative_text=lambda file, summary: (
        f"Corner plot of the couplings with 68 and 95 % regions. {medians(summary, coupling_columns(file))}."
    ),
    draw=lambda file, _: corner_figure({file.run: file}, coupling_columns(file)),
)
DERIVED = RunFigure(
    section="posterior",
    alternative_text=lambda file, summary: (
        f"Corner plot of masses and observables. {medians(summary, derived_columns(file))}."
    ),
    draw=lambda file, _: corner_figure({file.run: file}, derived_columns(file)),
)
PARAMETERS = RunFigure(
    section="posterior",
    alternative_text=lambda _, summary: (
        f"Corner plot of all sampled parameters, nuisances included: {parameter_symbols(summary)}."
    ),
    draw=lambda file, _: corner_figure({file.run: file}, parameter_columns(file)),
)
