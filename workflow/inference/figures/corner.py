"""Corner plots: 1-D and 2-D marginals with 68 and 95 % regions, prior, best fit and the edges of the prior."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from model.physics.quantities import Array
from workflow.inference.estimates.posterior_file import PosteriorFile
from workflow.inference.estimates.regions import Axis, axis_of, density_1d, region_2d
from workflow.inference.figures.marginals import inside, outline
from workflow.inference.figures.run_figure import RunFigure, drawn_columns, medians
from workflow.inference.figures.style import (
    BLUE,
    GREY,
    PALE,
    REGION_68,
    REGION_95,
    VERMILLION,
    hide_ticks,
    label,
    layout,
    set_ticks,
    styled,
    thin,
)

_DOTS = 2500
_BEYOND = 0.05  # fraction of the axis that is shown beyond the bound of a prior
_COUPLINGS = ("g", "chi", "lambda")
_MOST_COLUMNS = 6


@dataclass(frozen=True)
class _Quantity:
    """A column of the corner: samples, coordinate, range shown, prior draws (possibly none) and best fit."""

    name: str
    latex: str
    unit: str
    axis: Axis
    samples: Array
    low: float
    high: float
    prior: Array
    best_fit: float


@styled
def corner_figure(file: PosteriorFile, names: Sequence[str], panel: float = 1.75) -> Figure:
    """Corner plot of some variables of the posterior.

    Parameters
    ----------
    file : PosteriorFile
        A checked posterior.
    names : sequence of str
        Variables of the posterior, at least two.
    panel : float, optional
        Size of one panel [inch].

    Raises
    ------
    ValueError
        If a variable is not in the posterior, or does not vary.
    """
    if len(names) < 2:
        raise ValueError(f"a corner plot needs at least two variables, got {list(names)}")
    quantities = [_quantity(file, name) for name in names]
    n = len(quantities)
    figure = Figure(figsize=(panel * n + 0.7, panel * n + 0.5), layout=layout(0.03, 0.03))
    grid = figure.add_gridspec(n, n)
    for row, below in enumerate(quantities):
        for column in range(row + 1):
            axes = figure.add_subplot(grid[row, column])
            if row == column:
                _draw_marginal(axes, below)
            else:
                _draw_joint(axes, quantities[column], below)
            _dress(axes, quantities[column], below if row != column else None, row == n - 1, column == 0)
    figure.align_labels()
    _legend(figure, quantities)
    return figure


def _quantity(file: PosteriorFile, name: str) -> _Quantity:
    if name not in file.posterior:
        raise ValueError(f"the posterior has no variable {name!r}; it has {', '.join(map(str, file.posterior))}")
    variable, samples = file.posterior[name], file.samples(name)
    if np.ptp(samples) == 0.0:
        raise ValueError(f"{name} has the same value {samples[0]:g} in every draw: nothing to draw")
    axis = axis_of(variable)
    prior = file.prior[name].to_numpy().ravel() if name in file.prior else np.empty(0)
    best_fit = float(file.best_fit[name])
    low, high = _range(axis, samples, best_fit)
    finite = prior[np.isfinite(prior)]
    return _Quantity(
        name, str(variable.attrs["label"]), str(variable.attrs["units"]), axis, samples, low, high, finite, best_fit
    )


def _range(axis: Axis, samples: Array, best_fit: float) -> tuple[float, float]:
    """Range shown: 99.8 % of the draws, the best fit, and a strip beyond the bound of a prior that is close."""
    x = axis.coordinate(samples)
    star = float(axis.coordinate(np.array([best_fit]))[0])
    low, high = np.quantile(x, [1e-3, 1.0 - 1e-3])
    low, high = min(float(low), star), max(float(high), star)
    margin = 0.06 * (high - low)
    low, high = low - margin, high + margin
    lower, upper = axis.bounds
    strip = _BEYOND * (high - low)
    return (lower - strip if low < lower + strip else low), (upper + strip if high > upper - strip else high)


def _draw_marginal(axes: Axes, quantity: _Quantity) -> None:
    density = density_1d(quantity.samples, quantity.axis)
    x, y = outline(density)
    axes.fill_between(x, y, color=REGION_95, lw=0, zorder=2)
    axes.fill_between(x, y, where=inside(x, density), color=REGION_68, lw=0, zorder=3)
    axes.plot(x, y, color=BLUE, lw=1.1, zorder=4)
    top = 1.12 * y.max()
    if quantity.prior.size > 3:
        axes.plot(*outline(density_1d(quantity.prior, quantity.axis)), color=GREY, lw=1.2, ls=(0, (4, 2)), zorder=5)
    axes.axvline(quantity.axis.coordinate(np.array([quantity.best_fit]))[0], color=VERMILLION, lw=1.1, zorder=6)
    axes.set_ylim(0.0, top)
    axes.set_yticks([])


def _draw_joint(axes: Axes, across: _Quantity, up: _Quantity) -> None:
    region = region_2d(across.samples, up.samples, across.axis, up.axis)
    x, y = across.axis.coordinate(across.samples), up.axis.coordinate(up.samples)
    few = thin(x.size, _DOTS)
    axes.plot(x[few], y[few], ".", ms=2.0, mew=0, color="0.6", zorder=1, rasterized=True)
    inner, outer = region.levels
    if 0.0 < outer < inner < region.density.max():
        levels = [outer, inner, region.density.max()]
        axes.contourf(region.x, region.y, region.density, levels, colors=[REGION_95, REGION_68], zorder=2)
        axes.contour(region.x, region.y, region.density, levels[:2], colors=BLUE, linewidths=(0.6, 0.9), zorder=3)
    star = (c.axis.coordinate(np.array([c.best_fit]))[0] for c in (across, up))
    axes.plot(*star, marker="*", ms=11, mfc=VERMILLION, mec="white", mew=0.8, ls="", zorder=6)


def _dress(axes: Axes, across: _Quantity, up: _Quantity | None, bottom: bool, left: bool) -> None:
    """Ranges, ticks, labels, and hatching where a prior is zero."""
    for quantity, axis, span in (
        (across, axes.xaxis, axes.axvspan),
        *(((up, axes.yaxis, axes.axhspan),) if up else ()),
    ):
        power = set_ticks(axis, quantity.axis.scale, quantity.low, quantity.high)
        if (axis is axes.xaxis and bottom) or (axis is axes.yaxis and left):
            axis.set_label_text(label(quantity.latex, quantity.unit, power, separator="\n"))
        lower, upper = quantity.axis.bounds
        for start, end in ((quantity.low, lower), (upper, quantity.high)):
            if start < end:
                span(start, end, facecolor=PALE, edgecolor="0.6", hatch="//////", lw=0, zorder=0)
    axes.set_xlim(across.low, across.high)
    if up:
        axes.set_ylim(up.low, up.high)
    axes.tick_params(which="both", top=True, right=up is not None)
    hide_ticks(axes, x=not bottom, y=not (left and up))


def _legend(figure: Figure, quantities: Sequence[_Quantity]) -> None:
    handles: list[Line2D | Patch] = [
        Patch(facecolor=REGION_68, edgecolor=BLUE, label="68 % of the posterior"),
        Patch(facecolor=REGION_95, edgecolor=BLUE, label="95 % of the posterior"),
        Line2D([], [], marker=".", ms=4, color="0.6", ls="", label="single draws"),
        Line2D([], [], marker="*", ms=11, mfc=VERMILLION, mec="white", ls="", label="best fit"),
    ]
    if any(q.prior.size > 3 for q in quantities):
        handles.append(Line2D([], [], color=GREY, lw=1.2, ls=(0, (4, 2)), label="prior"))
    if any(q.low < q.axis.bounds[0] or q.high > q.axis.bounds[1] for q in quantities):
        handles.append(Patch(facecolor=PALE, edgecolor="0.6", hatch="//////", lw=0, label="outside the prior"))
    figure.legend(handles=handles, loc="upper right", bbox_to_anchor=(0.99, 0.985), handlelength=1.8)


def coupling_columns(file: PosteriorFile) -> list[str]:
    """The paper's couplings where the run samples them all; for other models the first parameters it samples."""
    parameters = file.names("parameter")
    return list(_COUPLINGS) if set(_COUPLINGS) <= set(parameters) else parameters[:_MOST_COLUMNS]


def derived_columns(file: PosteriorFile) -> list[str]:
    """Those quantities of `drawn_columns` that vary; at least two, because the line always has two."""
    varying = [name for name in drawn_columns(file) if np.ptp(file.samples(name)) > 0.0]
    return varying if len(varying) > 1 else ["flux_511_bulge_ph_cm2_s", "positron_rate_s"]


COUPLINGS = RunFigure(
    section="posterior",
    alternative_text=lambda file, summary: (
        f"Corner plot of the couplings with 68 and 95 % regions. {medians(summary, coupling_columns(file))}."
    ),
    draw=lambda file, _: corner_figure(file, coupling_columns(file), panel=2.1),
)
DERIVED = RunFigure(
    section="posterior",
    alternative_text=lambda file, summary: (
        f"Corner plot of masses and observables. {medians(summary, derived_columns(file))}."
    ),
    draw=lambda file, _: corner_figure(file, derived_columns(file), panel=1.6),
)
