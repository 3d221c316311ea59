"""The corner plot of the couplings."""

from workflow.inference.estimates.posterior_file import PosteriorFile
from workflow.inference.figures.corner import corner_figure
from workflow.inference.figures.run_figure import RunFigure, medians

COUPLINGS = ("g", "chi", "lambda")
MOST_COLUMNS = 6


def coupling_columns(file: PosteriorFile) -> list[str]:
    """The paper's couplings where the run samples them all; for other models the first parameters it samples."""
    parameters = file.names("parameter")
    return list(COUPLINGS) if set(COUPLINGS) <= set(parameters) else parameters[:MOST_COLUMNS]


FIGURE = RunFigure(
    section="posterior",
    alternative_text=lambda file, summary: (
        f"Corner plot of the couplings with 68 and 95 % regions. {medians(summary, coupling_columns(file))}."
    ),
    draw=lambda file, _: corner_figure(file, coupling_columns(file), panel=2.1),
)
