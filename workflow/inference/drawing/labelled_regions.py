"""Excluded regions of a plane with their names written on them, in one colour for each technique."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patheffects import withStroke
from numpy.typing import NDArray
from scipy import ndimage

from model.physics.quantities import Array
from workflow.inference.drawing.style import BLACK, BLUE, GREEN, ORANGE, PURPLE, SKY, SMALL, VERMILLION

TECHNIQUE_COLOURS = (BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY, BLACK)
_FEWER = 10.0  # inches of room that one region less at a place is worth
_CHARACTER, _LINE = 0.052, 0.11  # size of a character and height of a line of a name [inch]


@dataclass(frozen=True)
class Region:
    """A region: its name, its technique, and a level (rows, columns) on the grid of the plane, positive inside."""

    name: str
    technique: str
    level: Array


def technique_colours(techniques: Sequence[str]) -> dict[str, str]:
    """A colour for each technique in the order of the first appearance.

    Raises
    ------
    ValueError
        If there are more techniques than colours.
    """
    names = list(dict.fromkeys(techniques))
    if len(names) > len(TECHNIQUE_COLOURS):
        raise ValueError(f"{len(names)} techniques need as many colours; there are {len(TECHNIQUE_COLOURS)}")
    return dict(zip(names, TECHNIQUE_COLOURS, strict=False))


def draw_regions(axes: Axes, x: Array, y: Array, regions: Sequence[Region], colours: Mapping[str, str]) -> None:
    """Draw regions and write the name of each where it has most room that no other name has taken.

    Parameters
    ----------
    axes : Axes
        Its limits are those of the grid.
    x, y : (columns,) and (rows,) array
        Grid in the coordinates of the axes.
    regions : sequence of Region
        Regions; those that are nowhere positive are left out.
    colours : mapping of str to str
        By technique.
    """
    shown = [region for region in regions if region.level.max() > 0.0]
    for region in shown:
        level = np.clip(region.level, -3.0, 3.0)  # a cliff would bend the interpolated contour
        colour = colours[region.technique]
        axes.contourf(x, y, level, levels=[0.0, np.inf], colors=[colour], alpha=0.13)
        line = axes.contour(x, y, level, levels=[0.0], colors=[colour], linewidths=0.8)
        line.set_label(region.name)
    write_names(axes, x, y, shown, colours)


def write_names(
    axes: Axes,
    x: Array,
    y: Array,
    regions: Sequence[Region],
    colours: Mapping[str, str],
    kept_free: NDArray[np.bool_] | None = None,
    *,
    apart: bool = False,
) -> None:
    """Write the name of each region where it has most room that no other name has taken, the smallest region first.

    Parameters
    ----------
    axes, x, y, regions, colours
        As in `draw_regions`.
    kept_free : (rows, columns) array of bool, optional
        Cells of the grid that no name may cover.
    apart : bool
        Whether a name stands where the fewest other regions are, for regions that nearly coincide.
    """
    shown = [region for region in regions if region.level.max() > 0.0]
    if not shown:
        return
    taken = np.zeros(shown[0].level.shape, dtype=bool) if kept_free is None else kept_free.copy()
    crowd = np.sum([region.level > 0.0 for region in shown], axis=0, dtype=float) if apart else None
    for region in sorted(shown, key=lambda r: np.count_nonzero(r.level > 0.0)):
        row, column, rows, columns = _place(axes, region, taken, crowd)
        taken[max(row - rows, 0) : row + rows + 1, max(column - columns, 0) : column + columns + 1] = True
        text = axes.text(
            x[column],
            y[row],
            region.name,
            color=colours[region.technique],
            fontsize=SMALL - 0.5,
            ha="center",
            va="center",
            zorder=6,
        )
        text.set_path_effects([withStroke(linewidth=1.6, foreground="white")])


def _place(axes: Axes, region: Region, taken: np.ndarray, crowd: Array | None = None) -> tuple[int, int, int, int]:
    """Row and column of the middle of a name, and half its height and width in cells.

    ``crowd`` is the number of regions at each cell, if the fewest count more than the most room.
    """
    n_rows, n_columns = region.level.shape
    place = axes.get_position()
    figure = axes.get_figure(root=True)
    width, height = figure.get_size_inches() if figure else (1.0, 1.0)
    per_row, per_column = place.height * height / n_rows, place.width * width / n_columns
    letters = len(region.name.replace("$", "").replace("\\", "")) + 1
    rows, columns = int(np.ceil(0.5 * _LINE / per_row)), int(np.ceil(0.5 * _CHARACTER * letters / per_column))
    # The middle of a name stays off the edges and off other names by half a name.
    free = ~ndimage.binary_dilation(taken, np.ones((2 * rows + 1, 2 * columns + 1)))
    free[: rows + 1], free[-rows - 1 :], free[:, : columns + 1], free[:, -columns - 1 :] = (False,) * 4
    inside = region.level > 0.0
    room = ndimage.distance_transform_edt(np.pad(inside, 1), sampling=(per_row, per_column))[1:-1, 1:-1]
    scores = [
        np.where(free & inside, room, 0.0),
        np.where(free, 1e-9 - _outside(inside, per_row, per_column), -1e9),
    ]
    if crowd is not None:
        box = (2 * rows + 1, 2 * columns + 1)
        whole = free & ndimage.binary_erosion(inside, np.ones(box))
        alone = crowd.max() - ndimage.uniform_filter(crowd, box)
        scores.insert(0, np.where(whole, room + _FEWER * (1.0 + alone), 0.0))
    for score in scores:
        best = np.unravel_index(int(np.argmax(score)), score.shape)
        if score[best] > 0.0:
            break
    return int(best[0]), int(best[1]), rows, columns


def _outside(inside: np.ndarray, per_row: float, per_column: float) -> Array:
    """Distance of every cell from a region [inch]."""
    distance: Array = ndimage.distance_transform_edt(~inside, sampling=(per_row, per_column))
    return distance
