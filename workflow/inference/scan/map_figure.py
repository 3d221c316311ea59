"""Figure of the maps of a scan: profile likelihood on the left, and what excludes each cell on the right."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from workflow.inference.drawing import style
from workflow.inference.estimates.profile_file import THRESHOLDS
from workflow.inference.scan.maps import PlaneMap

CAPTION = Path(__file__).parent / "captions" / "maps.rst"
INCHES = 3.6  # height of a row
MIXED = "#BBBBBB"  # a cell that several likelihoods exclude, each alone
ALLOWED, ALLOWED_68, EXCLUDED = style.REGION_95, style.REGION_68, style.PALE
COLOURS = (style.VERMILLION, style.ORANGE, style.GREEN, style.PURPLE, style.YELLOW, style.SKY, "#8C510A", "#7F7F7F")


@style.styled
def map_figure(maps: Sequence[PlaneMap], descriptions: Mapping[str, Mapping[str, str]]) -> Figure:
    """Draw all planes, a row each.

    Parameters
    ----------
    maps : sequence of PlaneMap
    descriptions : mapping
        Unit and symbol of the columns by name.
    """
    names = list(dict.fromkeys(name for cells in maps for name in _shown(cells)))
    colours = {name: COLOURS[k % len(COLOURS)] for k, name in enumerate(names)}
    figure = Figure(figsize=(style.PAGE, INCHES * len(maps) + 0.6), layout=style.layout(0.05, 0.05))
    grid = figure.add_gridspec(len(maps), 2)
    for row, cells in enumerate(maps):
        left, right = figure.add_subplot(grid[row, 0]), figure.add_subplot(grid[row, 1])
        _profile(left, cells)
        _exclusion(right, cells, colours)
        for axes in (left, right):
            _axes(axes, cells, descriptions)
        right.set_ylabel("")
    handles = [
        Patch(facecolor=ALLOWED_68, label="68 %"),
        Patch(facecolor=ALLOWED, label="95 %"),
        Patch(facecolor=EXCLUDED, label="excluded"),
        *(Patch(facecolor=colour, label=name.replace("_", " ")) for name, colour in colours.items()),
    ]
    if any((np.sum(list(_alone(cells).values()), axis=0) > 1).any() for cells in maps):
        handles.append(Patch(facecolor=MIXED, label="several, each alone"))
    figure.legend(handles=handles, loc="outside upper center", ncols=4, handlelength=1.4, columnspacing=1.2)
    return figure


def _alone(cells: PlaneMap) -> dict[str, np.ndarray[tuple[int, ...], np.dtype[np.int64]]]:
    return {name: where.astype(np.int64) for name, where in cells.excluded_by.items()}


def _shown(cells: PlaneMap) -> list[str]:
    """Likelihoods that are the only one to exclude some cell, and so give it their colour."""
    where = _alone(cells)
    single = np.sum(list(where.values()), axis=0) == 1
    return [name for name, cell in where.items() if (cell[single] > 0).any()]


def _profile(axes: Axes, cells: PlaneMap) -> None:
    inner, outer = THRESHOLDS
    cost = cells.cost
    level = np.where(np.isnan(cost), np.nan, np.where(cost <= inner, 2.0, np.where(cost <= outer, 1.0, 0.0)))
    _mesh(axes, cells, level, [EXCLUDED, ALLOWED, ALLOWED_68])


def _exclusion(axes: Axes, cells: PlaneMap, colours: Mapping[str, str]) -> None:
    """Colour of the likelihood that excludes a cell; allowed cells and cells of several have their own."""
    where = _alone(cells)
    count = np.sum(list(where.values()), axis=0)
    level = np.where(cells.points > 0, 0.0, np.nan)
    for k, name in enumerate(colours):
        level[(where[name] > 0) & (count == 1)] = k + 1.0
    level[count > 1] = len(colours) + 1.0
    _mesh(axes, cells, level, [ALLOWED, *colours.values(), MIXED])


def _mesh(axes: Axes, cells: PlaneMap, level: np.ndarray[tuple[int, ...], np.dtype[np.float64]], of: list[str]) -> None:
    axes.pcolormesh(
        cells.x_edges, cells.y_edges, level.T, cmap=ListedColormap(of), vmin=-0.5, vmax=len(of) - 0.5, rasterized=True
    )


def _axes(axes: Axes, cells: PlaneMap, descriptions: Mapping[str, Mapping[str, str]]) -> None:
    for axis, quantity, name, edges in (
        (axes.xaxis, cells.x_axis, cells.across, cells.x_edges),
        (axes.yaxis, cells.y_axis, cells.up, cells.y_edges),
    ):
        power = style.set_ticks(axis, quantity.scale, float(edges[0]), float(edges[-1]))
        axis.set_label_text(style.label(descriptions[name]["symbol"], descriptions[name]["units"], power))
    axes.tick_params(which="both", top=True, right=True)
