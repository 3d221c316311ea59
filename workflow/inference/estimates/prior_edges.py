"""Which edges of the allowed region are set by the prior and not by the data.

A parameter's marginal may simply stop at its prior's bound. Less visibly, a derived quantity may end because some
*other* parameter has reached its bound: m_U/m_dm ends near 6 only because m_soft may not be below 0.1 TeV.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from model.physics.quantities import Array
from workflow.inference.estimates.posterior_file import PosteriorFile
from workflow.inference.estimates.regions import Axis, axis_of, density_1d, highest_density_intervals
from workflow.inference.writing.labels import html_of, unit_html
from workflow.inference.writing.rounding import Rounded, exact, rounded

Side = Literal["lower", "upper"]
Mask = NDArray[np.bool_]

LIMIT = 0.95  # probability of a one-sided limit

_HEIGHT = 0.1  # an edge is set by the prior if the density there exceeds this fraction of its maximum
_NEAR = 0.05  # "at the bound" means within this fraction of the range of the prior
_TAIL = 0.025  # fraction of draws on each side that count as the extreme ones
_MOST = 0.4  # fraction of the extreme draws that must be at the bound
_PILE_UP = 1e-4  # a tail narrower than this fraction of the range belongs to a saturated quantity (a branching of 1)
_EXCESS = 3.0  # factor by which it must exceed the fraction among all draws


@dataclass(frozen=True)
class PriorEdge:
    """An edge of the allowed region that is due to the bound of a prior.

    ``parameter`` is the quantity whose range ends near ``value``, and ``cause`` the parameter whose bound causes it
    (the same name for a direct edge). ``evidence`` is, for a direct edge the density at the bound over its
    maximum, for an induced edge the fraction of the extreme draws that lie at the bound of the cause. ``statement`` is
    a sentence in HTML.
    """

    parameter: str
    side: Side
    value: float
    cause: str
    cause_side: Side
    evidence: float
    statement: str

    @property
    def direct(self) -> bool:
        """True if the quantity's own prior ends here."""
        return self.parameter == self.cause


def one_sided_limit(samples: Array, side: Side) -> float:
    """The limit at `LIMIT` on a quantity whose range has a prior at one side.

    Parameters
    ----------
    samples : (n,) array
        Draws of the quantity.
    side : {"lower", "upper"}
        The side that the prior sets; the limit is on the other one.
    """
    return float(np.quantile(samples, LIMIT if side == "lower" else 1.0 - LIMIT))


@dataclass(frozen=True)
class _End:
    """One end of what a quantity or a prior covers: where it is, all draws (n,), and which of them lie there (n,)."""

    name: str
    side: Side
    value: float
    samples: Array
    there: Mask


def prior_edges(file: PosteriorFile) -> tuple[PriorEdge, ...]:
    """All such edges: first those at the bounds of a parameter itself, then those induced by another parameter."""
    direct = [edge for name in file.names("parameter") for edge in _direct(file, name)]
    own = {(edge.parameter, edge.side) for edge in direct}
    bounds = [bound for name in file.names("parameter") for bound in _bounds(file, name)]
    induced = [
        _induced_edge(file, tail, bound)
        for name in file.names("parameter", "derived")
        for tail in _tails(file, name)
        for bound in bounds
        if (tail.name, tail.side) not in own and _causes(bound, tail)
    ]
    return (*direct, *induced)


def bound_heights(samples: Array, axis: Axis) -> dict[Side, float]:
    """Density at each finite bound over the maximum of the density; 0 where the samples do not come near.

    A bound that the 95 % highest-density region touches counts at least as much as `_HEIGHT`.
    """
    density = density_1d(samples, axis)
    heights = density.density / density.density.max()
    region = highest_density_intervals(samples, 0.95, axis)
    ends = axis.coordinate(np.array([region[0].lower, region[-1].upper]))
    near = 0.01 * (density.edges[-1] - density.edges[0])
    out: dict[Side, float] = {}
    for side, bound, edge, height, end in (
        ("lower", axis.bounds[0], density.edges[0], heights[0], ends[0]),
        ("upper", axis.bounds[1], density.edges[-1], heights[-1], ends[1]),
    ):
        if np.isfinite(bound):
            reached = abs(edge - bound) <= near
            touched = abs(end - bound) <= near
            out["lower" if side == "lower" else "upper"] = max(
                float(height) if reached else 0.0, _HEIGHT if touched else 0.0
            )
    return out


def _direct(file: PosteriorFile, name: str) -> list[PriorEdge]:
    variable = file.posterior[name]
    axis = axis_of(variable)
    samples = file.samples(name)
    if np.ptp(samples) == 0.0:
        return []
    edges = []
    for side, height in bound_heights(samples, axis).items():
        if height < _HEIGHT:
            continue
        value = axis.lower if side == "lower" else axis.upper
        statement = (
            f"{_symbol(file, name)} reaches the {side} bound of its prior, {_quantity(file, name, exact(value))}: "
            f"the density there is {100 * height:.0f}\N{NO-BREAK SPACE}% of its maximum"
        )
        edges.append(PriorEdge(name, side, value, name, side, height, statement))
    return edges


def _tails(file: PosteriorFile, name: str) -> list[_End]:
    """Both tails of a quantity, but for those at which it saturates."""
    samples = file.samples(name)
    if np.ptp(samples) == 0.0:
        return []
    lower, upper = map(float, np.quantile(samples, [_TAIL, 1.0 - _TAIL]))
    tails = (
        _End(name, "lower", lower, samples, samples <= lower),
        _End(name, "upper", upper, samples, samples >= upper),
    )
    narrowest = _PILE_UP * (upper - lower)
    return [tail for tail in tails if abs(samples[tail.there] - tail.value).max() >= narrowest]


def _bounds(file: PosteriorFile, name: str) -> list[_End]:
    """Both bounds of a parameter's prior, if they are finite."""
    axis, samples = axis_of(file.posterior[name]), file.samples(name)
    low, high = axis.bounds
    if not np.isfinite(high - low):
        return []
    position = (axis.coordinate(samples) - low) / (high - low)
    return [
        _End(name, "lower", axis.lower, samples, position < _NEAR),
        _End(name, "upper", axis.upper, samples, position > 1.0 - _NEAR),
    ]


def _causes(bound: _End, tail: _End) -> bool:
    """Whether draws in the tail of a quantity are mostly at the bound of another, and far more so than all draws."""
    extreme = bound.there[tail.there].mean()
    crowded = bool(extreme >= _MOST and extreme >= _EXCESS * bound.there.mean())
    return crowded and not np.array_equal(tail.samples, bound.samples)


def _induced_edge(file: PosteriorFile, tail: _End, bound: _End) -> PriorEdge:
    extreme, overall = float(bound.there[tail.there].mean()), float(bound.there.mean())
    end = _quantity(file, tail.name, rounded(tail.value, abs(tail.value) / 5.0))
    statement = (
        f"{_symbol(file, tail.name)} ends on its {tail.side} side, near {end}, where {_symbol(file, bound.name)} "
        f"is at the {bound.side} bound of its prior, {_quantity(file, bound.name, exact(bound.value))}: "
        f"{100 * extreme:.0f}\N{NO-BREAK SPACE}% of the draws in that tail, "
        f"{100 * overall:.1f}\N{NO-BREAK SPACE}% of all draws"
    )
    return PriorEdge(tail.name, tail.side, tail.value, bound.name, bound.side, extreme, statement)


def _symbol(file: PosteriorFile, name: str) -> str:
    return html_of(str(file.posterior[name].attrs["label"]))


def _quantity(file: PosteriorFile, name: str, number: Rounded) -> str:
    unit = unit_html(str(file.posterior[name].attrs["units"]))
    return f"{number.html()}\N{NO-BREAK SPACE}{unit}".rstrip("\N{NO-BREAK SPACE}")
