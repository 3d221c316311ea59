"""Evidences of several runs, era by era, relative to the first run of each."""

import math
from collections.abc import Sequence
from typing import Protocol

from matplotlib.figure import Figure

from workflow.inference.drawing.style import BLUE, GREY, ORANGE, PAGE, PURPLE, SMALL, VERMILLION, layout, styled

CAPTION = (
    "ln Bayes factor of each run to the first run of its era, with its standard error. Dotted lines: odds of 3, 12 and "
    "150 to 1, where they fit."
)
_COLOURS = (BLUE, VERMILLION, PURPLE, ORANGE)
JEFFREYS = (1.0, 2.5, 5.0)  # the steps of his scale, in natural logarithms of odds
_ODDS = ("3:1", "12:1", "150:1")


class Compared(Protocol):
    """A run with its ln Bayes factor."""

    @property
    def era(self) -> str:
        """Name of its era."""

    @property
    def run(self) -> str:
        """Its name."""

    @property
    def ln_bayes_factor(self) -> float:
        """Relative to the first run of its era; NaN if the data differ."""

    @property
    def ln_bayes_factor_error(self) -> float:
        """Its standard error."""


@styled
def evidence_figure(runs: Sequence[Compared]) -> Figure:
    """One row a run, grouped by era, with the error of ln B; lines mark odds of 3, 12 and 150 to 1.

    Parameters
    ----------
    runs : sequence of Compared
        Runs in the order of the rows, runs of an era together.
    """
    shown = [run for run in runs if math.isfinite(run.ln_bayes_factor)]
    figure = Figure(figsize=(PAGE, 0.24 * len(shown) + 0.75), layout=layout(0.03, 0.03))
    axes = figure.add_subplot()
    eras = list(dict.fromkeys(run.era for run in shown))
    for row, run in enumerate(shown):
        colour = _COLOURS[eras.index(run.era) % len(_COLOURS)]
        axes.errorbar(
            run.ln_bayes_factor, row, xerr=run.ln_bayes_factor_error, fmt="o", ms=3, color=colour, capsize=2, lw=0.9
        )
    axes.axvline(0.0, color=GREY, lw=0.8)
    low, high = axes.get_xlim()
    span = max(high - low, 4.0)
    axes.set_xlim(low - 0.05 * span, high + 0.05 * span)
    for size, odds in zip(JEFFREYS, _ODDS, strict=True):
        for sign in (-1.0, 1.0):
            left, right = axes.get_xlim()
            if left < sign * size < right:
                axes.vlines(sign * size, -0.55, len(shown), color=GREY, lw=0.6, ls=(0, (2, 3)))
                room = min(sign * size - left, right - sign * size) > 0.03 * (right - left)
                if span < 15.0 and room:  # otherwise the words would overlap each other or the frame
                    axes.text(sign * size, -0.9, odds, ha="center", va="top", fontsize=SMALL, color=GREY)
    axes.set_yticks(range(len(shown)), [f"{run.run.replace('_', ' ')}  ({run.era.replace('_', ' ')})" for run in shown])
    axes.set_ylim(len(shown) - 0.4, -1.0)
    axes.set_xlabel("ln Bayes factor to the first run of the era")
    return figure
