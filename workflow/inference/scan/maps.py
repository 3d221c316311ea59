"""Profile and exclusion maps of a scan: the largest log-likelihood among the points of each cell of a plane.

A cell is allowed where -2 ln L of its best point is within 6.18 of the smallest in the plane (Wilks' theorem, two
degrees of freedom). A likelihood alone excludes a cell whose every point is further than that from the best that the
likelihood reaches anywhere in the plane. A point that is invalid, or that has no coordinate on one of the axes, is not
in the plane. Shards are read one row group at a time, and only the columns of the maps are read.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from model.physics.quantities import Array
from workflow.inference.estimates.profile_file import THRESHOLDS
from workflow.inference.estimates.regions import Axis
from workflow.inference.posterior.evaluation import TERM, VALID
from workflow.inference.posterior.observables import COLUMNS
from workflow.inference.run.config import Config
from workflow.inference.writing.artefacts import write_csv
from workflow.inference.writing.refusal import Refusal

TOGETHER = "together"  # what excludes a cell that no likelihood excludes alone


@dataclass(frozen=True)
class PlaneMap:
    """Cells of one plane.

    Attributes
    ----------
    across, up : str
        Columns of the scan.
    x_axis, y_axis : Axis
        How they are drawn.
    x_edges, y_edges : array
        Edges of the cells in the coordinates of the axes.
    points : (nx, ny) array of int
        Valid points of each cell.
    log_likelihood : (nx, ny) array
        Largest log-likelihood of all terms together, -inf without points.
    terms : dict of str to (nx, ny) array
        Largest log-likelihood of each term alone.
    """

    across: str
    up: str
    x_axis: Axis
    y_axis: Axis
    x_edges: Array
    y_edges: Array
    points: NDArray[np.int64]
    log_likelihood: Array
    terms: dict[str, Array]

    @property
    def cost(self) -> Array:
        """-2 ln L of each cell above the smallest in the plane: infinite if all points are excluded, NaN without any.

        Raises
        ------
        Refusal
            If no point of the plane has a likelihood.
        """
        return self._above_best(self.log_likelihood)

    @property
    def excluded_by(self) -> dict[str, NDArray[np.bool_]]:
        """Cells that each likelihood excludes alone, and those that all exclude together but none alone."""
        limit = THRESHOLDS[1]
        alone = {name: self._above_best(term) > limit for name, term in self.terms.items()}
        none_alone = ~np.any(list(alone.values()), axis=0)
        return alone | {TOGETHER: (self.cost > limit) & none_alone}

    def _above_best(self, log_likelihood: Array) -> Array:
        best = log_likelihood.max()
        if not np.isfinite(best):
            raise Refusal(f"{self.across}, {self.up}: no point of the scan has a likelihood; allowed: other points")
        return np.where(self.points > 0, 2.0 * (best - log_likelihood), np.nan)


def plane_maps(config: Config, shards: Sequence[Path], planes: Sequence[tuple[str, str]], bins: int) -> list[PlaneMap]:
    """Maps of planes of the columns of a scan.

    Parameters
    ----------
    config : Config
        The run of the scan.
    shards : sequence of Path
        Its files.
    planes : sequence of (str, str)
        Columns across and up.
    bins : int
        Cells along each axis.

    Raises
    ------
    Refusal
        If the scan lacks a column, or a column of a plane has no range.
    """
    terms = {name: f"{TERM}{name}" for name in config.likelihoods}
    names = list(dict.fromkeys(name for plane in planes for name in plane))
    held = pq.read_schema(shards[0]).names
    for name in (*names, *terms.values(), VALID):
        if name not in held:
            raise Refusal(f"{name}: is no column of the scan; allowed: scan.columns with it")
    axes = {name: _axis(config, name) for name in names}
    edges = _edges(shards, axes, bins)
    maps = [_empty(plane, axes, edges, terms) for plane in planes]
    for block in _blocks(shards, [*names, *terms.values()]):
        total = np.sum([block[column] for column in terms.values()], axis=0)
        for cells in maps:
            _fill(cells, block, total, terms)
    return maps


def write_maps(maps: Sequence[PlaneMap], path: Path) -> None:
    """Write a row for each cell with points: its centre in physical units, -2 ln L above the best, its exclusion."""
    rows: list[Sequence[object]] = [("across", "up", "x", "y", "points", "delta_minus_2_ln_l", "excluded_by")]
    for cells in maps:
        x, y = (
            axis.physical((edges[1:] + edges[:-1]) / 2.0)
            for axis, edges in ((cells.x_axis, cells.x_edges), (cells.y_axis, cells.y_edges))
        )
        cost, excluded = cells.cost, cells.excluded_by
        for i, j in np.argwhere(cells.points > 0):
            by = " ".join(name for name, where in excluded.items() if where[i, j])
            numbers = (f"{x[i]:.6g}", f"{y[j]:.6g}", cells.points[i, j], f"{cost[i, j]:.4f}")
            rows.append((cells.across, cells.up, *numbers, by))
    write_csv(path, rows)


def _axis(config: Config, name: str) -> Axis:
    if name in COLUMNS:
        return Axis(COLUMNS[name].scale)
    return Axis("log" if name in config.priors and config.priors[name].logarithmic else "linear")


def _blocks(shards: Sequence[Path], names: list[str]) -> Iterator[dict[str, Array]]:
    """Columns of the valid points of row groups."""
    for path in shards:
        with pq.ParquetFile(path) as file:
            for group in range(file.num_row_groups):
                table = file.read_row_group(group, columns=[*names, VALID])
                valid = table[VALID].to_numpy()
                yield {name: table[name].to_numpy()[valid] for name in names}


def _edges(shards: Sequence[Path], axes: dict[str, Axis], bins: int) -> dict[str, Array]:
    """Edges of equal cells between the smallest and the largest value of each column."""
    low, high = dict.fromkeys(axes, np.inf), dict.fromkeys(axes, -np.inf)
    for block in _blocks(shards, list(axes)):
        for name, axis in axes.items():
            values = _drawable(axis, block[name])
            low[name] = min(low[name], np.nanmin(values, initial=np.inf))
            high[name] = max(high[name], np.nanmax(values, initial=-np.inf))
    for name in axes:
        if not low[name] < high[name]:
            raise Refusal(f"{name}: has no range in the scan; allowed: a column with at least two values")
    return {name: np.linspace(low[name], high[name], bins + 1) for name in axes}


def _drawable(axis: Axis, values: Array) -> Array:
    """Coordinates of values, NaN where there is none."""
    exists = np.isfinite(values) & ((values > 0.0) | (axis.scale == "linear"))
    return np.where(exists, axis.coordinate(np.where(exists, values, 1.0)), np.nan)


def _empty(plane: tuple[str, str], axes: dict[str, Axis], edges: dict[str, Array], terms: dict[str, str]) -> PlaneMap:
    across, up = plane
    shape = (len(edges[across]) - 1, len(edges[up]) - 1)
    return PlaneMap(
        across,
        up,
        axes[across],
        axes[up],
        edges[across],
        edges[up],
        np.zeros(shape, dtype=np.int64),
        np.full(shape, -np.inf),
        {name: np.full(shape, -np.inf) for name in terms},
    )


def _fill(cells: PlaneMap, block: dict[str, Array], total: Array, terms: dict[str, str]) -> None:
    """Raise the cells of a map to the points of a block."""
    x, y = _drawable(cells.x_axis, block[cells.across]), _drawable(cells.y_axis, block[cells.up])
    exists = np.isfinite(x) & np.isfinite(y)
    i, j = (
        np.clip(np.searchsorted(edges, value[exists], side="right") - 1, 0, len(edges) - 2)
        for edges, value in ((cells.x_edges, x), (cells.y_edges, y))
    )
    np.add.at(cells.points, (i, j), 1)
    np.maximum.at(cells.log_likelihood, (i, j), total[exists])
    for name, column in terms.items():
        np.maximum.at(cells.terms[name], (i, j), block[column][exists])
