"""Corner plot of several runs on the same axes, which shows whether the data of two eras prefer the same parameters."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from workflow.inference.estimates.posterior_file import PosteriorFile
from workflow.inference.estimates.regions import Axis, axis_of, density_1d, region_2d
from workflow.inference.figures.marginals import outline
from workflow.inference.figures.style import (
    BLUE,
    GREEN,
    PURPLE,
    VERMILLION,
    hide_ticks,
    label,
    layout,
    set_ticks,
    styled,
)

COLOURS = (BLUE, VERMILLION, GREEN, PURPLE)
_TAIL = 1e-3  # of the draws of each run may lie outside the axes on either side


@styled
def corner_overlay_figure(files: Mapping[str, PosteriorFile], names: Sequence[str], panel: float = 1.75) -> Figure:
    """68 and 95 % regions of several runs in one corner plot, each with its best fit.

    Parameters
    ----------
    files : mapping of str to PosteriorFile
        Posteriors by the name that the legend shows, at most four.
    names : sequence of str
        Variables that all of them have, at least two.
    panel : float, optional
        Size of one panel [inch].

    Raises
    ------
    ValueError
        If there are too many runs or too few variables, or a run lacks one.
    """
    if not 1 <= len(files) <= len(COLOURS) or len(names) < 2:
        raise ValueError(
            f"an overlay shows 1 to {len(COLOURS)} runs and at least two variables, got {list(files)}, {names}"
        )
    for run, file in files.items():
        for name in names:
            if name not in file.posterior:
                raise ValueError(f"the posterior of {run} has no variable {name!r}")
    n = len(names)
    spans = {name: _span(files, name) for name in names}
    figure = Figure(figsize=(panel * n + 0.7, panel * n + 0.5), layout=layout(0.03, 0.03))
    grid = figure.add_gridspec(n, n)
    for row, up in enumerate(names):
        for column, across in enumerate(names[: row + 1]):
            axes = figure.add_subplot(grid[row, column])
            for colour, file in zip(COLOURS, files.values(), strict=False):
                if row == column:
                    _draw_marginal(axes, file, across, colour)
                else:
                    _draw_joint(axes, file, across, up, colour)
            _dress(axes, files, (across, up if row != column else None), spans, (row == n - 1, column == 0))
    figure.align_labels()
    handles: list[Line2D | Patch] = []
    for colour, run in zip(COLOURS, files, strict=False):
        handles.append(Patch(facecolor=to_rgba(colour, 0.45), edgecolor=colour, label=f"{run}: 68 and 95 %"))
    handles.append(Line2D([], [], marker="*", ms=11, mfc="0.4", mec="white", ls="", label="best fit of each"))
    figure.legend(handles=handles, loc="upper right", bbox_to_anchor=(0.99, 0.985), handlelength=1.8)
    return figure


def _axis(files: Mapping[str, PosteriorFile], name: str) -> Axis:
    """Scale of a variable without the bounds of the runs; logarithmic only if it is so in every run."""
    scales = {axis_of(file.posterior[name]).scale for file in files.values()}
    return Axis("log" if scales == {"log"} else "linear")


def _span(files: Mapping[str, PosteriorFile], name: str) -> tuple[float, float]:
    axis = _axis(files, name)
    ends = []
    for file in files.values():
        ends += list(np.quantile(axis.coordinate(file.samples(name)), [_TAIL, 1.0 - _TAIL]))
        ends.append(float(axis.coordinate(np.array([float(file.best_fit[name])]))[0]))
    margin = 0.06 * (max(ends) - min(ends))
    return min(ends) - margin, max(ends) + margin


def _draw_marginal(axes: Axes, file: PosteriorFile, name: str, colour: str) -> None:
    axis = axis_of(file.posterior[name])
    x, y = outline(density_1d(file.samples(name), axis))
    # equal heights, because the widths of runs differ by decades and the narrow one would hide the other
    y = y / y.max()
    axes.fill_between(x, y, color=to_rgba(colour, 0.2), lw=0)
    axes.plot(x, y, color=colour, lw=1.2)
    axes.set_ylim(0.0, 1.12)
    axes.set_yticks([])


def _draw_joint(axes: Axes, file: PosteriorFile, across: str, up: str, colour: str) -> None:
    axis_x, axis_y = axis_of(file.posterior[across]), axis_of(file.posterior[up])
    region = region_2d(file.samples(across), file.samples(up), axis_x, axis_y)
    inner, outer = region.levels
    if 0.0 < outer < inner < region.density.max():
        levels = [outer, inner, region.density.max()]
        fills = [to_rgba(colour, 0.25), to_rgba(colour, 0.55)]
        axes.contourf(region.x, region.y, region.density, levels, colors=fills)
        axes.contour(region.x, region.y, region.density, levels[:2], colors=colour, linewidths=(0.6, 0.9))
    star = (axis.coordinate(np.array([float(file.best_fit[n])]))[0] for axis, n in ((axis_x, across), (axis_y, up)))
    axes.plot(*star, marker="*", ms=11, mfc=colour, mec="white", mew=0.8, ls="", zorder=6)


def _dress(
    axes: Axes,
    files: Mapping[str, PosteriorFile],
    names: tuple[str, str | None],
    spans: Mapping[str, tuple[float, float]],
    edges: tuple[bool, bool],
) -> None:
    """Ranges, ticks and labels; ``edges`` says whether the panel is in the bottom row and the left column."""
    bottom, left = edges
    across, up = names
    first = next(iter(files.values())).posterior
    for name, axis, labelled in ((across, axes.xaxis, bottom), *(((up, axes.yaxis, left),) if up else ())):
        power = set_ticks(axis, _axis(files, name).scale, *spans[name])
        if labelled:
            attrs = first[name].attrs
            axis.set_label_text(label(str(attrs["label"]), str(attrs["units"]), power, separator="\n"))
    axes.set_xlim(spans[across])
    if up:
        axes.set_ylim(spans[up])
    axes.tick_params(which="both", top=True, right=up is not None)
    hide_ticks(axes, x=not bottom, y=not (left and up))
