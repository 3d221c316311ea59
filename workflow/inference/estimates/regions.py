"""Credible regions from samples: densities, highest-density intervals and 2-D contours that respect edges.

These rules make the picture faithful where a posterior has cliffs and separate modes:

* a quantity is smoothed in its own coordinate (log10 for positive, wide ones), inside its declared bounds and inside
  the range of its samples, with reflection there, so that a cliff stays a cliff;
* each cell is smoothed as widely as its neighbourhood is flat within the counting noise (Lepski's rule): thin ridges,
  cliffs and narrow gaps survive, noise does not;
* levels are set by counting *samples*, not by integrating the smoothed density: a 95 % region holds 95 % of the samples
  whatever the smoothing did;
* cells farther than one smoothing width from any sample are empty.

How the smoothing works (`_smooth`): the counts are smoothed with a list of Gaussians of growing width. A Gaussian of
width w averages over ``area`` = (2 sqrt(pi) w)^d cells, so that its result has the variance smooth/area for independent
draws; `_excess_noise` measures by how much the variance of a chain is larger. Starting from the narrowest, a cell may
take the next width as long as the result agrees with those of all narrower widths within `_TOLERANCE` standard
deviations. At a cliff or a gap wide kernels disagree with narrow ones at once, so that the cell keeps a narrow one; on
a plateau all agree. Isolated cells that fail by chance are accepted (`_without_specks`), and the choice of width is
smoothed itself and interpolated between two widths, so that neighbouring cells do not differ by a step.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy import ndimage
from scipy.optimize import isotonic_regression

from model.physics.quantities import Array
from workflow.inference.writing.refusal import Refusal

Scale = Literal["log", "linear"]

PROBABILITIES = (0.68, 0.95)
_BINS_1D = 512
_BINS_2D = 256
_WIDTHS_1D = (1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0, 24.0, 32.0, 48.0)  # standard deviations [bins]
_WIDTHS_2D = (1.0, 1.4, 2.0, 2.8, 4.0, 5.6, 8.0, 12.0)
_TAIL = 1e-3  # probability on each side that may lie outside a grid, so that a far tail does not coarsen the grid
_MARGIN = 0.1  # extent of a grid beyond the central samples, as a fraction of their range
_SHARED, _SHARED_BY = 0.05, 50  # fraction and number of equal samples above which their value is a point of its own
_DIP = 0.1  # depth below the level, as a fraction of it, that separates two highest-density intervals
_SPECK = 8  # groups of cells smaller than this, to the power of the dimension, are noise [cells]
# a larger disagreement of ensembles means that they have not converged; it must not blur the picture
_MOST_EXCESS = 30.0
_BUMP = 3.0  # step between a maximum and a dip that counts as noise [standard deviations]
_TOLERANCE = 2.0  # disagreement between two widths of smoothing that counts as noise [standard deviations]


class Interval(NamedTuple):
    """A closed interval in physical units."""

    lower: float
    upper: float


@dataclass(frozen=True)
class Axis:
    """The coordinate of one quantity: its scale, and hard bounds in physical units (infinite if there are none)."""

    scale: Scale = "linear"
    lower: float = -np.inf
    upper: float = np.inf

    def coordinate(self, values: Array) -> Array:
        """Physical values to the coordinate in which they are smoothed and drawn."""
        if self.scale == "linear":
            return np.asarray(values, dtype=np.float64)
        if np.any(np.asarray(values) <= 0.0):
            raise Refusal(f"a quantity with scale 'log' has the value {np.min(values):g}; allowed: > 0")
        return np.log10(values)

    def physical(self, coordinate: Array) -> Array:
        """Inverse of `coordinate`."""
        return 10.0**coordinate if self.scale == "log" else coordinate

    @property
    def bounds(self) -> tuple[float, float]:
        """Hard bounds in the coordinate."""
        if self.scale == "linear":
            return self.lower, self.upper
        lower = np.log10(self.lower) if self.lower > 0.0 else -np.inf
        return float(lower), float(np.log10(self.upper))


def axis_of(variable: xr.DataArray) -> Axis:
    """Axis of a variable of the posterior, from its attributes ``scale``, ``prior_min`` and ``prior_max``.

    Parameters
    ----------
    variable : DataArray
        Needs the attribute ``scale``; the bounds are optional, as derived quantities have none.

    Raises
    ------
    Refusal
        If the scale is neither ``"log"`` nor ``"linear"``.
    """
    scale = variable.attrs["scale"]
    if scale not in ("log", "linear"):
        raise Refusal(f"{variable.name}: scale is {scale!r}; allowed: log, linear")
    bounds = (float(variable.attrs.get("prior_min", -np.inf)), float(variable.attrs.get("prior_max", np.inf)))
    return Axis(scale, *bounds)


@dataclass(frozen=True)
class Density:
    """Smoothed density of one quantity on a grid of cells, in its coordinate.

    ``counts`` are the samples in each cell. ``total`` counts all samples, including the few outside the grid.
    """

    axis: Axis
    edges: Array
    density: Array
    counts: Array
    total: int

    @property
    def centres(self) -> Array:
        """Cell centres in the coordinate."""
        return 0.5 * (self.edges[1:] + self.edges[:-1])

    def level(self, probability: float) -> float:
        """Density above which the given fraction of the samples lies."""
        return _level(self.density, self.counts, self.total, probability)

    def intervals(self, probability: float) -> tuple[Interval, ...]:
        """Highest-density intervals in physical units; a dip that noise can explain does not divide an interval."""
        level = self.level(probability)
        above = self.density >= level
        gaps, n_gaps = ndimage.label(~above)
        for gap in range(1, n_gaps + 1):
            cells = gaps == gap
            if not (cells[0] or cells[-1]) and self.density[cells].min() > (1.0 - _DIP) * level:
                above |= cells
        flips = np.flatnonzero(np.diff(np.concatenate([[False], above, [False]]).astype(np.int8)))
        ends = self.axis.physical(self.edges[flips])
        return tuple(Interval(float(low), float(high)) for low, high in zip(ends[::2], ends[1::2], strict=True))


@dataclass(frozen=True)
class JointDensity:
    """Smoothed density of two quantities, ``density[i, j]`` at ``(x[j], y[i])``, framed by a border of zeros.

    ``levels`` are the densities that enclose the stated probabilities, in the same order.
    """

    x: Array
    y: Array
    density: Array
    levels: tuple[float, ...]


def density_1d(samples: Array, axis: Axis) -> Density:
    """Density of samples given in physical units; its integral is the fraction of samples on the grid."""
    x = _checked(samples, axis)
    edges = _grid(x, axis, _BINS_1D)
    halves = [np.histogram(half, edges)[0].astype(np.float64) for half in np.array_split(x, 2)]
    smooth, width, excess = _smooth(halves, _WIDTHS_1D)
    smooth = without_bumps(smooth, _BUMP * _noise(smooth, width, excess))
    # The blur rounds the corners of monotone pieces, and may leave ripples where its width changes.
    smooth = without_bumps(_blurred(smooth, 0.5 * width), _BUMP * _noise(smooth, width, excess))
    return Density(axis, edges, smooth / (x.size * np.diff(edges)), halves[0] + halves[1], x.size)


def region_2d(
    x: Array, y: Array, axis_x: Axis, axis_y: Axis, probabilities: tuple[float, ...] = PROBABILITIES
) -> JointDensity:
    """Joint density of two quantities with the levels of its highest-density regions.

    Parameters
    ----------
    x, y : (n,) array
        Samples in physical units, in sampling order (ensemble after ensemble): the difference between the first and
        the second half shows how much noisier than independent draws they are.
    axis_x, axis_y : Axis
        Coordinates and hard bounds.
    probabilities : tuple of float, optional
        What the regions hold, 68 and 95 % by default.

    Returns
    -------
    JointDensity
        In the coordinates of the axes.
    """
    if x.shape != y.shape:
        raise ValueError(f"x and y must have the same shape, got {x.shape} and {y.shape}")
    u, v = _checked(x, axis_x), _checked(y, axis_y)
    grid = _grid(u, axis_x, _BINS_2D), _grid(v, axis_y, _BINS_2D)
    halves = [
        np.histogram2d(b, a, bins=(grid[1], grid[0]))[0]
        for a, b in zip(np.array_split(u, 2), np.array_split(v, 2), strict=True)
    ]
    smooth, width, excess = _smooth(halves, _WIDTHS_2D)
    counts = halves[0] + halves[1]
    distance = ndimage.distance_transform_edt(counts == 0.0)
    smooth *= np.clip(1.5 - distance / np.maximum(width, 1.0), 0.0, 1.0)
    levels = tuple(_level(smooth, counts, u.size, p) for p in probabilities)
    noise = _BUMP * _noise(smooth, width, excess)
    for level in levels:
        smooth = _without_specks_and_holes(smooth, level, noise)
    cells = [np.concatenate([[e[0]], 0.5 * (e[1:] + e[:-1]), [e[-1]]]) for e in grid]
    return JointDensity(cells[0], cells[1], np.pad(smooth, 1), levels)


def highest_density_intervals(samples: Array, probability: float, axis: Axis) -> tuple[Interval, ...]:
    """Shortest set of intervals, in the coordinate of the axis, that holds the given fraction of the samples.

    A value that many samples share has an infinite density and comes first, as an interval without length; the density
    of the others is not smoothed over it.

    Returns
    -------
    tuple of Interval
        In physical units and increasing order; several if the density dips below the level between them.
    """
    if not 0.0 < probability < 1.0:
        raise ValueError(f"probability must be inside (0, 1), got {probability}")
    points, held = _shared_values(samples)
    if held[-1] >= probability:
        few = np.sort(points[: int(np.searchsorted(held, probability))])
        return tuple(Interval(float(point), float(point)) for point in few)
    density = density_1d(samples[~np.isin(samples, points)], axis)
    pieces = density.intervals((probability - held[-1]) / (1.0 - held[-1]))
    cell = float(density.edges[1] - density.edges[0])
    return _with_points(pieces, points, axis, cell)


def _shared_values(samples: Array) -> tuple[Array, Array]:
    """Values that many samples share, the most frequent first, and the fraction in the first 0, 1, ... of them."""
    values, counts = np.unique(samples, return_counts=True)
    order = np.argsort(-counts, kind="stable")
    many = order[counts[order] > max(_SHARED * samples.size, _SHARED_BY)]
    if values.size == 1:
        many = order
    return values[many], np.concatenate([[0.0], np.cumsum(counts[many]) / samples.size])


def _with_points(pieces: Sequence[Interval], points: Array, axis: Axis, cell: float) -> tuple[Interval, ...]:
    """Intervals and single values in order; an interval grows to a value within a cell of its end and takes it up."""
    grown = list(pieces)
    alone = []
    for point in map(float, points):
        at = axis.coordinate(np.array([point]))[0]
        for k, piece in enumerate(grown):
            low, high = axis.coordinate(np.array(piece))
            if low - cell <= at <= high + cell:
                grown[k] = Interval(min(piece.lower, point), max(piece.upper, point))
                break
        else:
            alone.append(Interval(point, point))
    return tuple(sorted([*grown, *alone]))


def central_interval(samples: Array, probability: float) -> Interval:
    """Interval between equal-tailed quantiles, in physical units."""
    tail = 0.5 * (1.0 - probability)
    lower, upper = np.quantile(samples, [tail, 1.0 - tail])
    return Interval(float(lower), float(upper))


def _checked(samples: Array, axis: Axis) -> Array:
    x = axis.coordinate(samples)
    if x.ndim != 1 or x.size < 4:
        raise Refusal(f"samples of a quantity have the shape {x.shape}; allowed: one dimension, 4 draws or more")
    if not np.all(np.isfinite(x)):
        raise Refusal(f"{np.count_nonzero(~np.isfinite(x))} of {x.size} samples are not finite")
    return x


def _grid(x: Array, axis: Axis, bins: int) -> Array:
    """Cell edges: the central samples with a margin, never beyond the samples themselves or the hard bounds.

    A bound is used instead of the outermost sample only when that sample is about to touch it: otherwise the cell
    between the two would look empty.
    """
    low, high = np.quantile(x, [_TAIL, 1.0 - _TAIL])
    if high <= low:  # (almost) all samples at one value
        low, high = x.min(), x.max()
    margin = _MARGIN * (high - low)
    low, high = max(low - margin, x.min()), min(high + margin, x.max())
    if high <= low:
        half = max(abs(low), 1.0) * 1e-6
        return np.linspace(low - half, high + half, bins + 1)
    touch = 0.01 * (high - low)
    lower, upper = axis.bounds
    low = lower if 0.0 <= low - lower < touch else low
    high = upper if 0.0 <= upper - high < touch else high
    return np.linspace(low, high, bins + 1)


def without_bumps(density: Array, noise: Array) -> Array:
    """A curve whose maxima all stand higher above the dips beside them than noise does; it is monotone in between.

    The extremes that remain are those of a hierarchy: the smallest step between neighbouring extremes goes first. The
    curve between them is the least-squares monotone one, so that cliffs stay cliffs and the area stays.

    Parameters
    ----------
    density : (n,) array
        A smoothed curve.
    noise : (n,) array
        Height of a step that noise can explain.
    """
    ends = np.concatenate([[0.0], density, [0.0]])
    turns = np.flatnonzero(np.sign(np.diff(ends))[:-1] * np.sign(np.diff(ends))[1:] <= 0.0)
    extremes = [int(turn) for turn in turns]
    while len(extremes) > 1:
        steps = [abs(density[b] - density[a]) - max(noise[a], noise[b]) for a, b in itertools.pairwise(extremes)]
        least = int(np.argmin(steps))
        if steps[least] >= 0.0:
            break
        del extremes[least : least + 2]
    out = density.copy()
    marks = [0, *extremes, density.size - 1]
    for first, last in itertools.pairwise(marks):
        if last > first:
            piece = density[first : last + 1]
            out[first : last + 1] = isotonic_regression(piece, increasing=bool(piece[-1] >= piece[0])).x
    return out


def _blurred(curve: Array, width: Array) -> Array:
    """A curve after a Gaussian whose standard deviation [cells] differs from cell to cell."""
    widths = np.array([0.0, *_WIDTHS_1D])
    stack = np.stack([curve, *(ndimage.gaussian_filter(curve, w, mode="reflect") for w in _WIDTHS_1D)])
    above = np.clip(np.searchsorted(widths, width), 1, widths.size - 1)
    weight = np.clip((width - widths[above - 1]) / (widths[above] - widths[above - 1]), 0.0, 1.0)
    cells = np.arange(curve.size)
    out: Array = (1.0 - weight) * stack[above - 1, cells] + weight * stack[above, cells]
    return out


def _without_specks_and_holes(density: Array, level: float, noise: Array) -> Array:
    """A density without islands above a level and lakes below it that noise can explain."""
    out = density.copy()
    for above in (True, False):
        labels, count = ndimage.label((out >= level) == above, np.ones((3, 3)) if above else None)
        if count < 2:
            continue
        index = np.arange(1, count + 1)
        deepest = ndimage.maximum(abs(out - level) - noise, labels, index)
        small = np.concatenate([[False], deepest < 0.0])
        out[small[labels]] = level * (1.0 - 1e-6 if above else 1.0 + 1e-6)
    return out


def _noise(smooth: Array, width: Array, excess: float) -> Array:
    """Standard deviation of smoothed counts; ``width`` is that of the Gaussian in each cell."""
    area = (2.0 * np.sqrt(np.pi) * width) ** smooth.ndim
    noise: Array = np.sqrt(excess * np.maximum(smooth, 0.0) / area)
    return noise


def _smooth(halves: list[Array], widths: tuple[float, ...]) -> tuple[Array, Array, float]:
    """Smooth the sum of two half histograms, each cell with a Gaussian as wide as the counts allow.

    Lepski's rule: a width is allowed in a cell while the result agrees, within `_TOLERANCE` standard deviations of the
    counting noise, with the results of all smaller widths. Cliffs and gaps forbid wide kernels, plateaus do not.

    Returns
    -------
    smooth : array
        Smoothed counts.
    width : array
        Standard deviation of the Gaussian used in each cell [cells].
    excess : float
        Variance of the counts over that of independent draws.
    """
    counts = halves[0] + halves[1]
    area = [(2.0 * np.sqrt(np.pi) * width) ** counts.ndim for width in widths]  # cells that a kernel averages over
    smooth = [ndimage.gaussian_filter(counts, width, mode="reflect") for width in widths]
    excess = _excess_noise(halves, widths[0], area[0])
    noise = _TOLERANCE**2 * excess
    allowed = np.ones(counts.shape, dtype=bool)
    choice = np.zeros(counts.shape)
    for k in range(1, len(widths)):
        for j in range(k):
            allowed &= (smooth[k] - smooth[j]) ** 2 <= noise * smooth[k] / area[j]
        allowed = _without_specks(allowed)
        choice[allowed] = k
    choice = ndimage.gaussian_filter(choice, 1.5, mode="nearest")  # neighbours of different width would leave steps
    low = np.minimum(choice.astype(np.intp), len(widths) - 2)
    weight = choice - low
    stack, steps = np.stack(smooth), np.asarray(widths)
    below = np.take_along_axis(stack, low[None], 0)[0]
    above = np.take_along_axis(stack, low[None] + 1, 0)[0]
    width = (1.0 - weight) * steps[low] + weight * steps[low + 1]
    return (1.0 - weight) * below + weight * above, width, excess


def _without_specks(allowed: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Allow small groups of cells: chance excludes single cells, and a cliff or a gap excludes long rows of them."""
    groups, n_groups = ndimage.label(~allowed, np.ones((3,) * allowed.ndim))
    sizes = np.bincount(groups.ravel(), minlength=n_groups + 1)
    return np.asarray(allowed | (sizes[groups] < _SPECK**allowed.ndim))


def _excess_noise(halves: list[Array], width: float, area: float) -> float:
    """Variance of the counts over that of a Poisson distribution, at least 1: draws of a chain are correlated.

    Measured from the difference of the halves, which are independent ensembles, and limited to `_MOST_EXCESS`.
    """
    first, second = (ndimage.gaussian_filter(h, width, mode="reflect") for h in halves)
    excess = float(((first - second) ** 2).sum() * area / (first + second).sum())
    return min(max(excess, 1.0), _MOST_EXCESS)


def _level(density: Array, counts: Array, total: int, probability: float) -> float:
    order = np.argsort(density, axis=None, kind="stable")[::-1]
    held = np.cumsum(counts.ravel()[order])
    last = min(int(np.searchsorted(held, probability * total)), order.size - 1)
    return float(density.ravel()[order[last]])
