"""A sentence about each quantity whose posterior differs from its prior."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from model.physics.quantities import Array
from workflow.inference.estimates.posterior_file import PosteriorFile
from workflow.inference.estimates.prior_edges import LIMIT, Side, one_sided_limit
from workflow.inference.estimates.summary import QuantityEstimate, Summary
from workflow.inference.estimates.summary_tables import numbers
from workflow.inference.figures.run_figure import drawn_columns
from workflow.inference.report.tables import intervals
from workflow.inference.writing.html import fixed, label, unit
from workflow.inference.writing.rounding import rounded

LEAST_DISTANCE = 0.1  # between the distribution functions of posterior and prior; less is not worth a sentence
NOISE = 1.63  # times (1/n + 1/m)^(1/2): the distance of two equal samples exceeds it once in 100 (Kolmogorov, Smirnov)


@dataclass(frozen=True)
class Findings:
    """Sentences about quantities in HTML, the symbols of parameters that the data do not constrain, and names.

    ``names`` are the quantities of the statements.
    """

    statements: tuple[Markup, ...]
    like_prior: tuple[Markup, ...]
    names: tuple[str, ...] = ()


def findings_of(file: PosteriorFile, summary: Summary, diagnostics: Mapping[str, Any]) -> Findings:
    """Sentences about the parameters and the drawn quantities whose prior is known; none if a run has not converged.

    The prior is that of valid points, so that the model's own conditions do not count as data. Where the range of a
    quantity ends because a prior does, only the limit on the other side is given.

    Parameters
    ----------
    file, summary
        A posterior and its summary.
    diagnostics : mapping
        The record of ``diagnostics.json``: whether the run has converged, and effective sample sizes.
    """
    if not diagnostics["converged"]:
        return Findings((), ())
    statements, like_prior, names = [], [], []
    valid = _valid(file)
    shown = {*file.names("parameter"), *drawn_columns(file)}
    for row in summary.rows:
        samples = file.samples(row.name)
        if row.name not in shown or row.name not in file.prior or np.ptp(samples) == 0.0:
            continue
        prior = file.prior[row.name].to_numpy().ravel()[valid]
        size = float(diagnostics["quantities"].get(row.name, {}).get("ess_bulk") or samples.size)
        if differs(samples, prior, size):
            sides = {edge.side for edge in summary.edges if edge.parameter == row.name}
            statements.append(_statement(row, samples, prior, sides))
            names.append(row.name)
        elif row.role == "parameter":
            like_prior.append(label(row.label))
    return Findings(tuple(statements), tuple(like_prior), tuple(names))


def differs(samples: Array, prior: Array, effective_size: float) -> bool:
    """Whether two samples are further apart than `LEAST_DISTANCE` and the noise of both.

    Parameters
    ----------
    samples, prior : (n,) and (m,) arrays
        Draws of the posterior and independent draws of the prior.
    effective_size : float
        Effective sample size of the former.
    """
    if prior.size == 0:
        return False
    at = np.concatenate([samples, prior])
    below, below_prior = (np.searchsorted(np.sort(x), at, side="right") / x.size for x in (samples, prior))
    noise = NOISE * np.sqrt(1.0 / effective_size + 1.0 / prior.size)
    return bool(np.abs(below - below_prior).max() > LEAST_DISTANCE + noise)


def _valid(file: PosteriorFile) -> NDArray[np.bool_]:
    """Which draws of the prior are valid points. The derived quantities of all others are NaN."""
    finite: NDArray[np.bool_] = np.logical_and.reduce([np.isfinite(v.to_numpy().ravel()) for v in file.prior.values()])
    return finite


def _statement(row: QuantityEstimate, samples: Array, prior: Array, sides: set[Side]) -> Markup:
    """A sentence with an interval, or with a limit where a prior sets one end of the range."""
    if len(sides) == 2:
        return label(row.label) + " differs from its prior, but priors set both ends of its range: no limit is given."
    if sides:
        return _limit(row, samples, prior, *sides)
    inside = np.logical_or.reduce([(prior >= piece.lower) & (prior <= piece.upper) for piece in row.hdi_68])
    text = "{} has its median at {}{}. {} of the posterior lies in {}{}, where the prior alone has {}."
    median = Markup(numbers(row)[2].html())
    return Markup(text).format(
        label(row.label),
        median,
        _unit(row),
        _per_cent(0.68),
        intervals(row.hdi_68),
        _unit(row),
        _per_cent(float(inside.mean())),
    )


def _limit(row: QuantityEstimate, samples: Array, prior: Array, side: Side) -> Markup:
    """A limit on the side that no prior sets, unless the prior alone gives nearly the same limit."""
    limit = one_sided_limit(samples, side)
    fraction = float(np.mean(prior <= limit if side == "lower" else prior >= limit))
    if fraction > LIMIT - LEAST_DISTANCE:
        text = "{} differs from its prior, but a prior sets the {} end of its range, and the data set none."
        return Markup(text).format(label(row.label), side)
    text = "{} {} {}{} with a probability of {}, where the prior alone has {}. A prior sets the {} end of its range."
    sign, number = "<" if side == "lower" else ">", Markup(rounded(limit, abs(limit) / 5.0).html())
    return Markup(text).format(label(row.label), sign, number, _unit(row), _per_cent(LIMIT), _per_cent(fraction), side)


def _unit(row: QuantityEstimate) -> Markup:
    return Markup("") if row.unit == "1" else Markup("\N{NO-BREAK SPACE}") + unit(row.unit)


def _per_cent(fraction: float) -> str:
    number = fixed(100.0 * fraction, ".0f") if fraction >= 0.01 else "less than 1"
    return f"{number}\N{NO-BREAK SPACE}%"
