"""Pulls of the data over the posterior and at the best fit."""

from typing import Any, NamedTuple

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from model.physics.quantities import Array
from workflow.inference.drawing.style import BLUE, PAGE, REGION_68, VERMILLION, layout, styled
from workflow.inference.estimates.posterior_file import PosteriorFile
from workflow.inference.figures.run_figure import RunFigure
from workflow.inference.writing.labels import text_of, words_of

_FAR = 6.0  # of a pull, beyond which it is drawn at the edge with an arrow [standard errors]


class PullRow(NamedTuple):
    """A datum: the likelihood that compares it, its symbol, and pulls of the draws (n,) and of the best fit."""

    likelihood: str
    latex: str
    draws: Array
    best_fit: float


def pull_rows(file: PosteriorFile) -> list[PullRow]:
    """Every datum that is a number with an error; limits and skies are not."""
    rows = []
    for _, datum in file.observed_data.items():
        observable, sigma = str(datum.attrs["observable"]), float(datum.attrs["sigma"])
        draws = (file.samples(observable) - float(datum)) / sigma
        best = (float(file.best_fit[observable]) - float(datum)) / sigma
        latex = str(file.posterior[observable].attrs["label"])
        rows.append(PullRow(words_of(str(datum.attrs["likelihood"])), latex, draws, best))
    return rows


def shown_pull(pull: float) -> str:
    """A pull with one decimal and its sign; zero has none."""
    text = f"{pull:+.1f}".replace("-", "\N{MINUS SIGN}")
    return text if float(text[1:]) else text[1:]


def _tick(row: PullRow) -> str:
    """The likelihood in words and the symbol of its observable; the symbol alone where both say the same."""
    same = row.likelihood.replace("_", "") == text_of(row.latex)
    return f"${row.latex}$" if same else f"{row.likelihood}  ${row.latex}$"


@styled
def pulls_figure(rows: list[PullRow]) -> Figure:
    """A line for each datum: 68 and 95 % of the pulls of the posterior, and that of the best fit.

    Parameters
    ----------
    rows : list of PullRow
        From top to bottom. Without a row the figure says that no datum is a number with an error.
    """
    figure = Figure(figsize=(PAGE, 0.26 * max(len(rows), 1) + 0.75), layout=layout(0.03, 0.03))
    axes = figure.add_subplot()
    for reach in (2.0, 1.0):
        axes.axvspan(-reach, reach, color="0.5", alpha=0.14, lw=0, zorder=0)
    axes.axvline(0.0, color="0.4", lw=0.6, zorder=1)
    for place, row in enumerate(rows):
        low, lower, upper, high = np.clip(np.quantile(row.draws, [0.025, 0.16, 0.84, 0.975]), -_FAR, _FAR)
        name = f"{row.likelihood}, {row.latex}"
        axes.plot([low, high], [place, place], color=BLUE, lw=1.0, zorder=2, label=f"{name}: 95 %")
        axes.plot([lower, upper], [place, place], color=REGION_68, lw=6.0, solid_capstyle="butt", zorder=2)
        star = float(np.clip(row.best_fit, -_FAR, _FAR))
        far = abs(row.best_fit) > _FAR
        marker, size = ((">" if star > 0.0 else "<"), 5) if far else ("*", 7)
        look: dict[str, Any] = {"mfc": VERMILLION, "mec": "white", "mew": 0.5, "ls": "", "clip_on": False}
        axes.plot(star, place, marker=marker, ms=size, zorder=3, label=f"{name}: best fit", **look)
        axes.text(
            1.01,
            place,
            shown_pull(row.best_fit),
            transform=axes.get_yaxis_transform(),
            va="center",
            ha="left",
        )
    if not rows:
        axes.text(0.5, 0.5, "no datum of this run is a number with an error", transform=axes.transAxes, ha="center")
    axes.set_yticks(range(len(rows)), [_tick(row) for row in rows])
    axes.set_ylim(max(len(rows), 1) - 0.5, -0.5)
    axes.set_xlim(-_FAR, _FAR)
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel("(prediction $-$ datum) / experimental standard error")
    handles = [
        Patch(facecolor=REGION_68, label="68 %"),
        Line2D([], [], color=BLUE, label="95 % of the posterior"),
        Line2D([], [], marker="*", ms=7, mfc=VERMILLION, mec="white", ls="", label="best fit (at the right)"),
    ]
    figure.legend(handles=handles, loc="outside upper center", ncols=3)
    return figure


FIGURE = RunFigure(
    section="data",
    alternative_text=lambda file, _: (
        f"Pulls of the best fit: {'; '.join(f'{r.likelihood} {shown_pull(r.best_fit)}' for r in pull_rows(file))}."
    ),
    draw=lambda file, _: pulls_figure(pull_rows(file)),
)
