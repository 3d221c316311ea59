"""Posterior predictions of the observables beside the measured values."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from workflow.inference.estimates.posterior_file import PosteriorFile
from workflow.inference.estimates.regions import Axis, density_1d
from workflow.inference.figures.marginals import inside, outline
from workflow.inference.figures.run_figure import RunFigure, drawn_columns
from workflow.inference.figures.style import (
    BLUE,
    ORANGE,
    REGION_68,
    REGION_95,
    VERMILLION,
    label,
    set_ticks,
    styled,
)


@styled
def predictive_figure(file: PosteriorFile, names: Sequence[str]) -> Figure:
    """Posterior of each observable, with the band of each datum that it has (1 and 2 experimental standard errors).

    Parameters
    ----------
    file : PosteriorFile
        A checked posterior.
    names : sequence of str
        Variables of the posterior.
    """
    missing = [name for name in names if name not in file.posterior]
    if missing or not names:
        raise ValueError(f"not in the posterior: {', '.join(missing) or 'any observable'}")
    figure = Figure(figsize=(max(2.75 * len(names), 4.5), 2.75), layout="constrained")  # room for the legend
    for axes, name in zip(figure.subplots(1, len(names), squeeze=False)[0], names, strict=True):
        _draw(axes, file, name)
    handles = [
        Patch(facecolor=REGION_68, edgecolor=BLUE, label="posterior (68 % darker)"),
        Line2D([], [], marker="*", ms=11, mfc=VERMILLION, mec="white", ls="", label="best fit"),
    ]
    if any(file.data("observable", name) for name in names):
        handles.append(Patch(facecolor=ORANGE, alpha=0.45, label="measured, 1 and 2 σ (experiment)"))
    figure.legend(handles=handles, loc="outside upper center", ncols=3)
    return figure


def _draw(axes: Axes, file: PosteriorFile, name: str) -> None:
    samples = file.samples(name)
    low, high = np.quantile(samples, [0.002, 0.998])
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
    axes.plot(x, y, color=BLUE, lw=1.4, zorder=5)
    axes.plot(float(file.best_fit[name]), 1.08, marker="*", ms=11, mfc=VERMILLION, mec="white", mew=0.8, zorder=6)
    power = set_ticks(axes.xaxis, "linear", low, high, 6)
    axes.set_xlim(low, high)
    axes.set_ylim(0.0, 1.17)
    axes.set_yticks([])
    axes.set_ylabel("density")
    attributes = file.posterior[name].attrs
    axes.set_xlabel(label(str(attributes["label"]), str(attributes["units"]), power))


def predicted_columns(file: PosteriorFile) -> list[str]:
    """Observables that were measured; the flux of the line where the data are no single numbers, as annuli are."""
    measured = [name for name in drawn_columns(file) if file.data("observable", name)]
    return measured or ["flux_511_bulge_ph_cm2_s"]


FIGURE = RunFigure(
    section="posterior",
    alternative_text=lambda *_: (
        "Posterior of each observable beside the measured value; numbers in the table of likelihoods."
    ),
    draw=lambda file, _: predictive_figure(file, predicted_columns(file)),
)
