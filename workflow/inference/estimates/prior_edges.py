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
    (the same name for a direct edge). ``share`` is the evidence: for a direct edge the density at the bound over its
    maximum, for an induced edge the fraction of the extreme draws that lie at the bound of the cause. ``statement`` is
    a sentence in HTML.
    """

    parameter: str
    side: Side
    value: float
    cause: str
    cause_side: Side
    share: float
    statement: str

    @property
    def direct(self) -> bool:
        """True if the quantity's own prior ends here."""
        return self.parameter == self.cause


def prior_edges(file: PosteriorFile) -> tuple[PriorEdge, ...]:
    """All such edges: first those at the bounds of a parameter itself, then those induced by another parameter."""
    direct = [edge for name in file.names("parameter") for edge in _direct(file, name)]
    induced = [edge for name in file.names("parameter", "derived") for edge in _induced(file, name)]
    own = {(edge.parameter, edge.side) for edge in direct}
    return (*direct, *(edge for edge in induced if (edge.parameter, edge.side) not in own))


def bound_shares(samples: Array, axis: Axis) -> dict[Side, float]:
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
    for side, share in bound_shares(samples, axis).items():
        if share < _HEIGHT:
            continue
        value = axis.lower if side == "lower" else axis.upper
        statement = (
            f"{_symbol(file, name)} reaches the {side} bound of its prior, {_quantity(file, name, exact(value))}: "
            f"the density there is {100 * share:.0f}\N{NO-BREAK SPACE}% of its maximum"
        )
        edges.append(PriorEdge(name, side, value, name, side, share, statement))
    return edges


def _induced(file: PosteriorFile, name: str) -> list[PriorEdge]:
    samples = file.samples(name)
    if np.ptp(samples) == 0.0:
        return []
    edges = []
    lower, upper = np.quantile(samples, [_TAIL, 1.0 - _TAIL])
    tails: tuple[tuple[Side, float, Mask], ...] = (
        ("lower", float(lower), samples <= lower),
        ("upper", float(upper), samples >= upper),
    )
    for side, value, tail in tails:
        if abs(samples[tail] - value).max() < _PILE_UP * (upper - lower):
            continue
        for cause in file.names("parameter"):
            if not np.array_equal(samples, file.samples(cause)):
                edges += _caused_by(file, name, side, value, tail, cause)
    return edges


def _caused_by(file: PosteriorFile, name: str, side: Side, value: float, tail: Mask, cause: str) -> list[PriorEdge]:
    axis = axis_of(file.posterior[cause])
    low, high = axis.bounds
    if not np.isfinite(high - low):
        return []
    position = (axis.coordinate(file.samples(cause)) - low) / (high - low)
    sides: tuple[tuple[Side, Mask], ...] = (("lower", position < _NEAR), ("upper", position > 1.0 - _NEAR))
    edges = []
    for cause_side, near in sides:
        extreme, overall = float(near[tail].mean()), float(near.mean())
        if extreme < _MOST or extreme < _EXCESS * overall:
            continue
        bound = axis.lower if cause_side == "lower" else axis.upper
        end = _quantity(file, name, rounded(value, abs(value) / 5.0))
        statement = (
            f"{_symbol(file, name)} ends on its {side} side, near {end}, where {_symbol(file, cause)} "
            f"is at the {cause_side} bound of its prior, {_quantity(file, cause, exact(bound))}: "
            f"{100 * extreme:.0f}\N{NO-BREAK SPACE}% of the draws in that tail, "
            f"{100 * overall:.1f}\N{NO-BREAK SPACE}% of all draws"
        )
        edges.append(PriorEdge(name, side, value, cause, cause_side, extreme, statement))
    return edges


def _symbol(file: PosteriorFile, name: str) -> str:
    return html_of(str(file.posterior[name].attrs["label"]))


def _quantity(file: PosteriorFile, name: str, number: Rounded) -> str:
    unit = unit_html(str(file.posterior[name].attrs["units"]))
    return f"{number.html()}\N{NO-BREAK SPACE}{unit}".rstrip("\N{NO-BREAK SPACE}")
