"""Posterior predictions of the observables beside the measured values."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from workflow.inference.drawing.marginals import inside, outline
from workflow.inference.drawing.style import (
    BLUE,
    COLUMN,
    ORANGE,
    PAGE,
    REGION_68,
    REGION_95,
    VERMILLION,
    label,
    layout,
    set_ticks,
    styled,
)
from workflow.inference.estimates.posterior_file import PosteriorFile
from workflow.inference.estimates.regions import Axis, density_1d
from workflow.inference.figures.run_figure import RunFigure
from workflow.inference.writing.refusal import Refusal

_COLUMNS = 3  # panels in a row


@styled
def predictive_figure(file: PosteriorFile, names: Sequence[str]) -> Figure:
    """Posterior of each observable, with the band of each datum that it has (1 and 2 experimental standard errors).

    Parameters
    ----------
    file : PosteriorFile
        A checked posterior.
    names : sequence of str
        Variables of the posterior.

    Raises
    ------
    Refusal
        If the posterior lacks one of them.
    """
    missing = [name for name in names if name not in file.posterior]
    if missing or not names:
        raise Refusal(
            f"the posterior of {file.run} has no {', '.join(missing) or 'observable'}; allowed: columns that it has"
        )
    columns = min(len(names), _COLUMNS)
    rows = -(-len(names) // columns)
    width = COLUMN if columns == 1 else PAGE
    figure = Figure(figsize=(width, 1.55 * rows + 0.35), layout=layout(0.03, 0.03, 0.02))
    grid = figure.add_gridspec(rows, columns)
    for place, name in enumerate(names):
        _draw(figure.add_subplot(grid[place // columns, place % columns]), file, name)
    handles = [
        Patch(facecolor=REGION_68, edgecolor=BLUE, label="posterior (68 % darker)"),
        Line2D([], [], marker="*", ms=7, mfc=VERMILLION, mec="white", ls="", label="best fit"),
    ]
    if any(file.data("observable", name) for name in names):
        handles.append(Patch(facecolor=ORANGE, alpha=0.45, label="measured, 1 and 2 σ (experiment)"))
    figure.legend(handles=handles, loc="outside upper center", ncols=3)
    return figure


def _draw(axes: Axes, file: PosteriorFile, name: str) -> None:
    samples = file.samples(name)
    low, high = np.quantile(samples, [0.0005, 0.9995])  # where a normal density is 0.4 % of its peak
    for datum in file.data("observable", name):
        value, sigma = float(datum), float(datum.attrs["sigma"])
        low, high = min(value - 2.6 * sigma, low), max(value + 2.6 * sigma, high)
        for reach, alpha in ((2.0, 0.20), (1.0, 0.30)):
            axes.axvspan(value - reach * sigma, value + reach * sigma, facecolor=ORANGE, alpha=alpha, lw=0, zorder=1)
        axes.axvline(value, color=ORANGE, lw=1.0, zorder=2)
    density = density_1d(samples, Axis())
    x, y = outline(density)
    y = y / y.max()
    axes.fill_between(x, y, color=REGION_95, lw=0, alpha=0.85, zorder=3)
    axes.fill_between(x, y, where=inside(x, density), color=REGION_68, lw=0, alpha=0.85, zorder=4)
    axes.plot(x, y, color=BLUE, lw=1.0, zorder=5, label="posterior")
    axes.plot(
        float(file.best_fit[name]),
        1.08,
        marker="*",
        ms=7,
        mfc=VERMILLION,
        mec="white",
        mew=0.5,
        zorder=6,
        label="best fit",
    )
    power = set_ticks(axes.xaxis, "linear", low, high, 4, 0.05)
    axes.set_xlim(low, high)
    axes.set_ylim(0.0, 1.17)
    axes.set_yticks([])
    attributes = file.posterior[name].attrs
    axes.set_xlabel(label(str(attributes["label"]), str(attributes["units"]), power))


def predicted_columns(file: PosteriorFile) -> list[str]:
    """Every observable that was measured; the flux of the line where the data are no single numbers, as annuli are."""
    measured = dict.fromkeys(str(datum.attrs["observable"]) for datum in file.observed_data.values())
    return list(measured) or ["flux_511_bulge_ph_cm2_s"]


FIGURE = RunFigure(
    section="data",
    alternative_text=lambda *_: (
        "Posterior of each observable beside the measured value; numbers in the table of likelihoods."
    ),
    draw=lambda file, _: predictive_figure(file, predicted_columns(file)),
)
