"""Corner plots: densities of single quantities and regions of pairs, of one run or of several on the same axes."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis as MatplotlibAxis
from matplotlib.axis import YAxis
from matplotlib.colors import to_rgb
from matplotlib.contour import ContourSet
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.path import Path
from matplotlib.ticker import NullLocator

from model.physics.quantities import Array
from workflow.inference.drawing.marginals import inside, outline
from workflow.inference.drawing.style import (
    BLACK,
    BLUE,
    COLUMN,
    GREEN,
    GREY,
    ORANGE,
    PAGE,
    PALE,
    PURPLE,
    SKY,
    SMALL,
    TEXT,
    VERMILLION,
    hide_ticks,
    power_taken,
    set_ticks,
    styled,
    thin,
)
from workflow.inference.estimates.posterior_file import PosteriorFile
from workflow.inference.estimates.regions import PROBABILITIES, Axis, Density, axis_of, density_1d, region_2d
from workflow.inference.writing.labels import unit_latex
from workflow.inference.writing.refusal import Refusal

OVERLAY_CAPTION = (
    "Regions that hold 68 and 95 % of the posterior of each run; star: its best fit. One-dimensional curves are drawn "
    "to equal heights."
)
RUN_COLOURS = (BLUE, VERMILLION, GREEN, PURPLE)  # as many runs as stay apart on top of each other
OVERLAY_LOOKS = ((BLACK, "o", "-"), (ORANGE, "s", "--"), (SKY, "^", "-."))
MOST_QUANTITIES = 12
_TINTS = (0.72, 0.32)  # fractions of white in the outermost and in the innermost region
_DOTS = 2000
_TAIL = 1e-3  # of the draws on each side that may lie outside the axes
_BEYOND = 0.05  # fraction of an axis that is shown beyond the bound of a prior
_MARGIN = 0.06
_EDGE, _GAP = 0.07, 0.045  # beside the outermost panels, and between panels [inch]
_CHARACTER = 0.052  # width of a character of a unit [inch]
_LINE = 0.135  # height of a line of text [inch]
_HALVINGS = 6
_DOT = 0.15  # distance of a point from an outline without it [dots]
_PRINTED = 400.0  # dots across a panel, which an outline resolves
_NO_MINOR = 0.95  # width of a panel below which it has no minor ticks [inch]
_DIGIT = 0.62  # width of a digit [size of type]
_TICK_GAP = 0.1  # between the tick labels of a horizontal axis [inch]
_ROTATED = 0.85  # width of a panel below which its tick labels stand upright [inch]


@dataclass(frozen=True)
class Overlay:
    """Points or a curve of a user: the name in the legend, a column for each quantity, and whether a line joins them.

    A panel shows an overlay if the overlay has both of its quantities.
    """

    called: str
    columns: Mapping[str, Array]
    joined: bool = False


@dataclass(frozen=True)
class CornerLook:
    """How a corner is drawn.

    Attributes
    ----------
    probabilities : tuple of float
        Of the regions, one to three.
    ranges : mapping of str to (float, float)
        Ends of axes in physical units; the others follow the draws.
    width : float or None
        Of the figure [inch]: one column for at most three quantities and two for more, unless it is given.
    """

    probabilities: tuple[float, ...] = PROBABILITIES
    ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    width: float | None = None


@dataclass(frozen=True)
class _Quantity:
    """A column of the corner: symbol, unit, scale, range of the axis in its coordinate, and bounds of its prior."""

    name: str
    latex: str
    unit: str
    axis: Axis
    low: float
    high: float


@styled
def corner_figure(
    runs: Mapping[str, PosteriorFile],
    names: Sequence[str],
    overlays: Sequence[Overlay] = (),
    look: CornerLook | None = None,
) -> Figure:
    """Corner plot of some quantities of one run or of several.

    One run is shown with its prior, single draws outside the regions, and hatching where its prior is zero. Several
    runs are shown with their regions and best fits alone.

    Parameters
    ----------
    runs : mapping of str to PosteriorFile
        Posteriors by the name that the legend shows, one to four.
    names : sequence of str
        Variables that all of them have, one to twelve.
    overlays : sequence of Overlay, optional
        Points and curves to draw on top, at most three.
    look : CornerLook, optional
        Regions, ranges and size.

    Raises
    ------
    Refusal
        If there are too many of anything, or a run lacks a variable, or a variable varies in no run.
    """
    look = look or CornerLook()
    _check(runs, names, overlays)
    quantities = [_quantity(runs, name, look) for name in names]
    sheet = _sheet(quantities, look, len(handles := _legend(runs, quantities, overlays, look)))
    figure = Figure(figsize=(sheet.width, sheet.height))
    for row, up in enumerate(quantities):
        for column, across in enumerate(quantities[: row + 1]):
            axes = figure.add_axes(sheet.panel(row, column))
            place = row == len(quantities) - 1, column == 0
            _dress(axes, (across, up if row != column else None), place, sheet, single=len(runs) == 1)
            if row == column:
                _draw_marginals(axes, runs, across, look)
            else:
                _draw_joint(axes, runs, (across, up), look)
            _draw_overlays(axes, overlays, across, up if row != column else None)
    corner = 1.0 - 0.5 * _EDGE / sheet.width, 1.0 - 0.3 * _EDGE / sheet.height
    columns = 2 if len(quantities) == 1 else 1
    figure.legend(handles=handles, loc="upper right", bbox_to_anchor=corner, borderaxespad=0.0, ncols=columns)
    return figure


@dataclass(frozen=True)
class _Sheet:
    """Sizes of a corner [inch]: the page, a panel, and the margins that hold ticks and labels."""

    width: float
    height: float
    size: float
    tall: float
    left: float
    bottom: float
    count: int

    def panel(self, row: int, column: int) -> tuple[float, float, float, float]:
        """Left, bottom, width and height of a panel as fractions of the page."""
        left = self.left + column * (self.size + _GAP)
        bottom = self.bottom + (self.count - 1 - row) * (self.tall + _GAP)
        return left / self.width, bottom / self.height, self.size / self.width, self.tall / self.height

    @property
    def text(self) -> float:
        """Size of tick labels [pt]."""
        return float(np.clip(SMALL * self.size / 0.8, 5.5, SMALL))

    @property
    def upright(self) -> bool:
        """Whether the tick labels of the lowest panels stand upright."""
        return self.size < _ROTATED


def _sheet(quantities: Sequence[_Quantity], look: CornerLook, entries: int) -> _Sheet:
    """The sizes that leave room for every label."""
    n = len(quantities)
    width = look.width or (COLUMN if n <= 3 else PAGE)
    size = (width - 0.7 - _EDGE - _GAP * (n - 1)) / n
    lines = max(_axis_label(q, size).count("\n") + 1 for q in quantities)
    left = 0.40 + _LINE * lines
    size = (width - left - _EDGE - _GAP * (n - 1)) / n
    bottom = (0.34 if size < _ROTATED else 0.20) + _LINE * lines
    top = _EDGE + (_LINE * -(-entries // 2) + 0.03 if n == 1 else 0.0)
    tall = size * 0.62 if n == 1 else size
    return _Sheet(width, bottom + n * tall + _GAP * (n - 1) + top, size, tall, left, bottom, n)


def _axis_label(quantity: _Quantity, size: float) -> str:
    """Symbol and unit of a quantity, in as many lines as the size of a panel [inch] asks for."""
    power = power_taken(quantity.axis.scale, quantity.low, quantity.high)
    parts = [f"10^{power}"] if power else []
    parts += [] if quantity.unit == "1" else quantity.unit.split(" ")
    lines: list[list[str]] = []
    for part in parts:
        fits = lines and sum(len(p.strip("^")) + 1 for p in lines[-1]) + len(part) <= size / _CHARACTER
        lines[-1].append(part) if fits else lines.append([part])
    units = "\n".join(f"${unit_latex(' '.join(line))}$" for line in lines)
    return f"${quantity.latex}$" + (f"\n[{units}]" if units else "")


def _check(runs: Mapping[str, PosteriorFile], names: Sequence[str], overlays: Sequence[Overlay]) -> None:
    for what, count, most in (
        ("runs", len(runs), len(RUN_COLOURS)),
        ("variables", len(names), MOST_QUANTITIES),
        ("overlays", max(len(overlays), 1), len(OVERLAY_LOOKS)),
    ):
        if not 1 <= count <= most:
            raise Refusal(f"a corner plot has 1 to {most} {what}, got {count}")
    for run, file in runs.items():
        for name in names:
            if name not in file.posterior:
                raise Refusal(
                    f"the posterior of {run} has no variable {name!r}; it has {', '.join(map(str, file.posterior))}"
                )
    for name in names:
        if all(np.ptp(file.samples(name)) == 0.0 for file in runs.values()):
            value = float(next(iter(runs.values())).samples(name)[0])
            raise Refusal(f"{name} has the same value {value:g} in every draw: nothing to draw")


def _quantity(runs: Mapping[str, PosteriorFile], name: str, look: CornerLook) -> _Quantity:
    """A quantity with the range that shows every run; logarithmic only if it is so in all of them."""
    axes = [axis_of(file.posterior[name]) for file in runs.values()]
    bounds = min(axis.lower for axis in axes), max(axis.upper for axis in axes)
    axis = Axis("log" if all(a.scale == "log" for a in axes) else "linear", *bounds)
    attributes = next(iter(runs.values())).posterior[name].attrs
    if name in look.ranges:
        low, high = (float(axis.coordinate(np.array([end]))[0]) for end in look.ranges[name])
    else:
        low, high = _range(axis, [file.samples(name) for file in runs.values()], _best_fits(runs, name))
    return _Quantity(name, str(attributes["label"]), str(attributes["units"]), axis, low, high)


def _best_fits(runs: Mapping[str, PosteriorFile], name: str) -> Array:
    return np.array([float(file.best_fit[name]) for file in runs.values()])


def _range(axis: Axis, samples: Sequence[Array], best_fits: Array) -> tuple[float, float]:
    """Nearly all draws of each run, the best fits, and a strip beyond the bound of a prior that is close."""
    stars = axis.coordinate(best_fits)
    ends = np.array([np.quantile(axis.coordinate(x), [_TAIL, 1.0 - _TAIL]) for x in samples])
    low, high = float(min(ends.min(), stars.min())), float(max(ends.max(), stars.max()))
    margin = _MARGIN * (high - low) or 1e-6 * max(abs(low), 1.0)
    low, high = low - margin, high + margin
    lower, upper = axis.bounds
    strip = _BEYOND * (high - low)
    return (lower - strip if low < lower + strip else low), (upper + strip if high > upper - strip else high)


def _tints(colour: str, count: int) -> list[tuple[float, float, float]]:
    """Lighter versions of a colour, the lightest first."""
    whites = np.linspace(*_TINTS, count) if count > 1 else np.array([_TINTS[1]])
    red, green, blue = to_rgb(colour)
    return [(red + w * (1.0 - red), green + w * (1.0 - green), blue + w * (1.0 - blue)) for w in whites.tolist()]


def _own_axis(file: PosteriorFile, quantity: _Quantity) -> Axis:
    """Scale of the corner with the hard bounds of the run."""
    own = axis_of(file.posterior[quantity.name])
    return Axis(quantity.axis.scale, own.lower, own.upper)


def _draw_marginals(axes: Axes, runs: Mapping[str, PosteriorFile], quantity: _Quantity, look: CornerLook) -> None:
    """Densities of a quantity; those of several runs have equal heights, as the narrow would hide the wide ones."""
    top = 0.0
    for colour, (run, file) in zip(RUN_COLOURS, runs.items(), strict=False):
        samples = file.samples(quantity.name)
        if np.ptp(samples) == 0.0:
            continue
        density = density_1d(samples, _own_axis(file, quantity))
        x, y = outline(density)
        y = y / y.max()
        top = max(top, float(y.max()))
        _fill(axes, density, (x, y), colour, look, single=len(runs) == 1)
        axes.plot(x, y, color=colour, lw=1.0, zorder=4, label=run)
        star = quantity.axis.coordinate(_best_fits({run: file}, quantity.name))[0]
        axes.axvline(star, color=VERMILLION if len(runs) == 1 else colour, lw=0.9, ls=(0, (1, 1)), zorder=6)
        if len(runs) == 1 and (prior := _prior(file, quantity.name)).size > 3:
            x, p = outline(density_1d(prior, _own_axis(file, quantity)))
            p = p / density.density.max()
            axes.plot(x, p, color=GREY, lw=0.9, ls=(0, (4, 2)), zorder=5, label="prior")
    axes.set_ylim(0.0, 1.12 * (top or 1.0))
    axes.set_yticks([])


def _fill(
    axes: Axes, density: Density, curve: tuple[Array, Array], colour: str, look: CornerLook, *, single: bool
) -> None:
    """Shade the highest-density intervals below a curve."""
    x, y = curve
    for probability, tint in zip(
        sorted(look.probabilities, reverse=True), _tints(colour, len(look.probabilities)), strict=True
    ):
        where = inside(x, density, probability)
        axes.fill_between(x, y, where=where, color=tint, lw=0, zorder=2, alpha=1.0 if single else 0.45)


def _prior(file: PosteriorFile, name: str) -> Array:
    """Draws of the prior that are numbers; none where the prior of a quantity is not known."""
    if name not in file.prior:
        return np.empty(0)
    draws = file.prior[name].to_numpy().ravel()
    return np.asarray(draws[np.isfinite(draws)], dtype=np.float64)


def _draw_joint(
    axes: Axes, runs: Mapping[str, PosteriorFile], pair: tuple[_Quantity, _Quantity], look: CornerLook
) -> None:
    across, up = pair
    for colour, (run, file) in zip(RUN_COLOURS, runs.items(), strict=False):
        x, y = file.samples(across.name), file.samples(up.name)
        u, v = across.axis.coordinate(x), up.axis.coordinate(y)
        single = len(runs) == 1
        if single:
            few = thin(u.size, _DOTS)
            axes.plot(u[few], v[few], ".", ms=1.6, mew=0, color="0.6", zorder=1, rasterized=True)
        if np.ptp(x) > 0.0 and np.ptp(y) > 0.0:
            region = region_2d(x, y, _own_axis(file, across), _own_axis(file, up), tuple(sorted(look.probabilities)))
            levels = [*sorted(set(region.levels)), region.density.max()]
            if len(levels) == len(look.probabilities) + 1 and levels[0] > 0.0 and levels[-2] < levels[-1]:
                opacity = 1.0 if single else 0.5
                tints = _tints(colour, len(levels) - 1)
                grid = region.x, region.y, region.density
                filled = axes.contourf(*grid, levels, colors=tints, alpha=opacity, zorder=2)
                _simplify(filled, axes)
                lines = axes.contour(
                    *grid,
                    levels[:-1],
                    colors=[colour],
                    linewidths=np.linspace(0.5, 0.8, len(levels) - 1),
                    zorder=3,
                )
                inwards = sorted(look.probabilities, reverse=True)
                _simplify(lines, axes)
                lines.set_label(f"{run}: {', '.join(f'{100.0 * p:g} %' for p in inwards)}")
        star = (q.axis.coordinate(_best_fits({run: file}, q.name))[0] for q in pair)
        fill = VERMILLION if single else colour
        axes.plot(*star, marker="*", ms=7, mfc=fill, mec="white", mew=0.5, ls="", zorder=6, label=f"{run}: best fit")


def _simplify(regions: ContourSet, axes: Axes) -> None:
    """Leave out the points of outlines that lie within a fraction of a printed dot of the line without them."""
    spans = np.array([np.ptp(axes.get_xlim()), np.ptp(axes.get_ylim())]) / _PRINTED
    paths = []
    for path in regions.get_paths():
        polygons = [np.asarray(polygon, dtype=np.float64) for polygon in path.to_polygons(closed_only=False)]
        kept = [Path(_with_fewer_points(polygon / spans) * spans) for polygon in polygons]
        paths.append(Path.make_compound_path(*kept) if kept else path)
    regions.set_paths(paths)


def _with_fewer_points(points: Array) -> Array:
    """An outline (n, 2) in dots without every second point that is nearly on the line between its neighbours."""
    for _ in range(_HALVINGS):
        before, here, after = points[:-2:2], points[1:-1:2], points[2::2]
        count = min(len(after), len(here))
        (dx, dy), (ex, ey) = (after[:count] - before[:count]).T, (here[:count] - before[:count]).T
        distance = abs(dx * ey - dy * ex) / np.maximum(np.hypot(dx, dy), 1e-12)
        between = (ex * dx + ey * dy >= 0.0) & (np.hypot(ex, ey) <= np.hypot(dx, dy))
        keep = np.ones(len(points), dtype=bool)
        keep[1 : 2 * count : 2] = ~between | (distance > _DOT)
        points = points[keep]
    return points


def _draw_overlays(axes: Axes, overlays: Sequence[Overlay], across: _Quantity, up: _Quantity | None) -> None:
    for overlay, (colour, marker, dashes) in zip(overlays, OVERLAY_LOOKS, strict=False):
        if across.name not in overlay.columns or (up and up.name not in overlay.columns):
            continue
        x = across.axis.coordinate(np.asarray(overlay.columns[across.name], dtype=np.float64))
        if up is None:
            if not overlay.joined:
                axes.plot(x, np.zeros_like(x), marker=marker, ms=3, color=colour, ls="", clip_on=False, zorder=8)
            continue
        y = up.axis.coordinate(np.asarray(overlay.columns[up.name], dtype=np.float64))
        look: dict[str, Any] = {"ls": dashes, "lw": 1.1} if overlay.joined else {"ls": "", "marker": marker, "ms": 3}
        axes.plot(x, y, color=colour, zorder=8, label=overlay.called, **look)


def _dress(
    axes: Axes,
    pair: tuple[_Quantity, _Quantity | None],
    place: tuple[bool, bool],
    sheet: _Sheet,
    *,
    single: bool,
) -> None:
    """Ranges, ticks, labels, and hatching where a prior is zero; ``place`` says whether a panel is lowest and first."""
    across, up = pair
    lowest, first = place
    labels = 5 if sheet.size > 1.4 else 3 if sheet.size > 0.95 else 2
    for quantity, axis, shown in ((across, axes.xaxis, lowest), *(((up, axes.yaxis, first),) if up else ())):
        _ticks_with_room(axis, quantity, sheet, labels)
        if sheet.size < _NO_MINOR:
            axis.set_minor_locator(NullLocator())
        axis.set_label_text(_axis_label(quantity, sheet.size), visible=shown)
        span = axes.axvspan if axis is axes.xaxis else axes.axhspan
        lower, upper = quantity.axis.bounds
        for start, end in ((quantity.low, lower), (upper, quantity.high)):
            if single and start < end:
                span(start, end, facecolor=PALE, edgecolor="0.6", hatch="//////", lw=0, zorder=0)
    axes.set_xlim(across.low, across.high)
    if up:
        axes.set_ylim(up.low, up.high)
    axes.xaxis.set_label_coords(0.5, -(0.32 if sheet.upright else 0.17) / sheet.tall)
    axes.yaxis.set_label_coords(-0.34 / sheet.size, 0.5)
    for axis, aligned in ((axes.xaxis, "top"), (axes.yaxis, "bottom")):
        axis.label.set(va=aligned, fontsize=TEXT if sheet.size > 0.65 else SMALL, linespacing=1.05)
    axes.tick_params(which="both", top=True, right=up is not None, labelsize=sheet.text)
    axes.tick_params(axis="x", labelrotation=90.0 if sheet.upright else 0.0)
    hide_ticks(axes, x=not lowest, y=not (first and up))


def _ticks_with_room(axis: MatplotlibAxis, quantity: _Quantity, sheet: _Sheet, most: int) -> None:
    """At most so many tick labels, and so few on a horizontal axis that none comes close to the next."""
    per_unit = sheet.size / (quantity.high - quantity.low)
    for count in range(most, 1, -1):
        set_ticks(axis, quantity.axis.scale, quantity.low, quantity.high, count, 0.07)
        places = axis.get_major_locator()()
        widths = [_printed_width(axis.get_major_formatter()(place), sheet.text) for place in places]
        gaps = [
            per_unit * (b - a) - 0.5 * (v + w)
            for a, b, v, w in zip(places, places[1:], widths, widths[1:], strict=False)
        ]
        if isinstance(axis, YAxis) or sheet.upright or all(gap > _TICK_GAP for gap in gaps):
            return


def _printed_width(label: str, size: float) -> float:
    """About the width of a tick label [inch] at a size of type [pt]."""
    whole, _, power = re.sub(r"[${}]|\\!|\\times", "", label).partition("^")
    return (_DIGIT * len(whole) + 0.7 * _DIGIT * len(power)) * size / 72.0


def _legend(
    runs: Mapping[str, PosteriorFile], quantities: Sequence[_Quantity], overlays: Sequence[Overlay], look: CornerLook
) -> list[Line2D | Patch]:
    handles: list[Line2D | Patch] = []
    inwards = sorted(look.probabilities, reverse=True)
    for colour, run in zip(RUN_COLOURS, runs, strict=False):
        tints = _tints(colour, len(inwards))
        if len(runs) == 1:
            handles += [
                Patch(facecolor=tint, edgecolor=colour, lw=0.6, label=f"{100.0 * p:g} % of the posterior")
                for p, tint in zip(inwards[::-1], tints[::-1], strict=True)
            ]
        else:
            shown = " and ".join(f"{100.0 * p:g}" for p in inwards[::-1])
            handles.append(Patch(facecolor=tints[-1], edgecolor=colour, lw=0.6, label=f"{run}: {shown} %"))
    star: dict[str, Any] = {"marker": "*", "ms": 7, "mec": "white", "mew": 0.5, "ls": ""}
    if len(runs) == 1:
        handles.append(Line2D([], [], marker=".", ms=3, color="0.6", ls="", label="single draws"))
        handles.append(Line2D([], [], mfc=VERMILLION, label="best fit", **star))
        if any(_prior(file, q.name).size > 3 for file in runs.values() for q in quantities):
            handles.append(Line2D([], [], color=GREY, lw=0.9, ls=(0, (4, 2)), label="prior"))
        if any(q.low < q.axis.bounds[0] or q.high > q.axis.bounds[1] for q in quantities):
            handles.append(Patch(facecolor=PALE, edgecolor="0.6", hatch="//////", lw=0, label="outside the prior"))
    else:
        handles.append(Line2D([], [], mfc="0.4", label="best fits", **star))
    for overlay, (colour, marker, dashes) in zip(overlays, OVERLAY_LOOKS, strict=False):
        drawn: dict[str, Any] = {"ls": dashes, "lw": 1.1} if overlay.joined else {"ls": "", "marker": marker, "ms": 3}
        handles.append(Line2D([], [], color=colour, label=overlay.called, **drawn))
    return handles
