"""The corner plot of masses, mixing and observables."""

import numpy as np

from workflow.inference.estimates.posterior_file import PosteriorFile
from workflow.inference.figures.corner import corner_figure
from workflow.inference.figures.run_figure import RunFigure, drawn_columns, medians


def derived_columns(file: PosteriorFile) -> list[str]:
    """Those quantities of `drawn_columns` that vary; at least two, because the line always has two."""
    varying = [name for name in drawn_columns(file) if np.ptp(file.samples(name)) > 0.0]
    return varying if len(varying) > 1 else ["flux_511_bulge_ph_cm2_s", "positron_rate_s"]


FIGURE = RunFigure(
    section="posterior",
    alternative_text=lambda file, summary: (
        f"Corner plot of masses and observables. {medians(summary, derived_columns(file))}."
    ),
    draw=lambda file, _: corner_figure(file, derived_columns(file), panel=1.6),
)
