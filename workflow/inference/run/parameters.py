"""Sampled and fixed parameters of a run, and a check that some point is valid."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from model.physics.domain import VALID, reasons
from model.physics.galaxy.halo import Galaxy
from model.physics.quantities import Array, Parameter, Range
from model.physics.surroundings import untabulated
from workflow.inference.posterior.contracts import Model
from workflow.inference.posterior.priors import Prior, shown
from workflow.inference.run.errors import ConfigError, Faults
from workflow.inference.run.run_file import (
    PRIOR_KINDS,
    Fixed,
    LogNormalPrior,
    LogUniformPrior,
    NormalPrior,
    ParameterEntry,
    UniformPrior,
)

Buildable = UniformPrior | LogUniformPrior | NormalPrior | LogNormalPrior

_TAIL = 1e-5  # largest probability outside the range of a prior without a stated end
_PRIOR_DRAWS = 20_000  # a valid point must be among these draws or the corners of the priors


@dataclass(frozen=True)
class ChosenParameters:
    """Sampled parameters with their priors, in order, and the values of the others."""

    sampled: dict[str, Prior]
    fixed: dict[str, float]


def choose(
    declared: tuple[Parameter, ...],
    entries: Mapping[str, ParameterEntry],
    columns: frozenset[str],
    unused: frozenset[str],
    *,
    complete: bool = True,
) -> ChosenParameters:
    """Priors and fixed values of every declared parameter, each within its range.

    Parameters
    ----------
    declared : tuple of Parameter
        All parameters of a point.
    entries : mapping
        The section ``parameters``.
    columns : frozenset of str
        Parameters that a points file supplies; they need no entry.
    unused : frozenset of str
        Parameters of the file that may stand there without being declared.
    complete : bool
        Whether ``declared`` is complete. It is not where another section of the file is wrong, and then no parameter
        is called unknown.

    Raises
    ------
    ConfigError
        If parameters are unknown or missing, or their priors or values are impossible: a line for each.
    """
    names = [parameter.name for parameter in declared]
    faults = Faults()
    for name in entries:
        if complete and name not in names and name not in unused:
            faults.lines.append(f"parameters.{name}: unknown parameter; allowed: {', '.join(names)}")
    sampled: dict[str, Prior] = {}
    fixed: dict[str, float] = {}
    for parameter in declared:
        name, entry = parameter.name, entries.get(parameter.name)
        if isinstance(entry, Fixed):
            with faults.collected():
                _check_fixed(parameter, entry.fixed)
            fixed[name] = entry.fixed
        elif entry is not None:
            with faults.collected():
                sampled[name] = _prior(parameter, entry)
        elif parameter.default is not None:
            fixed[name] = parameter.default
        elif name not in columns:
            kinds = ", ".join(PRIOR_KINDS)
            faults.lines.append(f"parameters.{name}: missing; allowed: a prior ({kinds}) or fixed")
    faults.refuse()
    return ChosenParameters(sampled, fixed)


def _prior(parameter: Parameter, entry: Buildable) -> Prior:
    """The prior of an entry, within the range of its parameter.

    Raises
    ------
    ConfigError
        If its numbers make none, or it leaves the range.
    """
    try:
        prior = entry.build()
    except ValueError as error:
        raise ConfigError(f"parameters.{parameter.name}: {error}") from None
    _check_prior(parameter, prior)
    return prior


def check_possible(model: Model, galaxy: Galaxy, chosen: ChosenParameters, nuisances: tuple[Parameter, ...]) -> None:
    """Refuse priors without a valid point, before any table is computed or anything is sampled.

    It tries draws of the priors and at the corners of those of the model's parameters, at which conditions such as
    lambda < sqrt2 g hold if they hold anywhere.

    Raises
    ------
    ConfigError
        If there is no valid point; the message names the priors of the model's parameters and the most frequent reason.
    """
    own = [p.name for p in model.parameters]
    values = trials(chosen, [name for name in own if name in chosen.sampled])
    with np.errstate(all="ignore"):  # corners of wide priors overflow, and are invalid
        reason = model.predict(values, untabulated(galaxy, nuisances)).reason
    if (reason == VALID).any():
        return
    codes, counts = np.unique(reason, return_counts=True)
    sentence = reasons(nuisances)[codes[np.argmax(counts)]]
    stated = [
        f"{name} {chosen.sampled[name].description}" if name in chosen.sampled else f"{name} {chosen.fixed[name]:g}"
        for name in own
    ]
    raise ConfigError(
        f"parameters: no point is valid with {', '.join(stated)}: {sentence}; allowed: priors that hold a valid point"
    )


def trials(chosen: ChosenParameters, cornered: list[str]) -> dict[str, Array]:
    """Points at which validity is tried, {name: (n,)}: prior draws, and the corners of some parameters' priors."""
    rng = np.random.default_rng(0)
    uniform = {name: rng.uniform(size=_PRIOR_DRAWS) for name in chosen.sampled}
    corners = np.array(list(itertools.product((_TAIL, 1.0 - _TAIL), repeat=len(cornered))))
    n = _PRIOR_DRAWS + len(corners)
    values = {name: np.full(n, value) for name, value in chosen.fixed.items()}
    for name, prior in chosen.sampled.items():
        at_corners = corners[:, cornered.index(name)] if name in cornered else np.full(len(corners), 0.5)
        values[name] = prior.to_physical(prior.quantile(np.concatenate([uniform[name], at_corners])))
    return values


def _check_fixed(parameter: Parameter, value: float) -> None:
    if not parameter.range.contains(value):
        raise ConfigError(f"parameters.{parameter.name}.fixed: {shown(value)}; allowed: {_allowed(parameter.range)}")


def _check_prior(parameter: Parameter, prior: Prior) -> None:
    """A stated end must be in the range; of a tail without one, at most `_TAIL` may be outside."""
    low, high = prior.bounds
    tail_low, tail_high = prior.to_physical(prior.quantile(np.array([_TAIL, 1.0 - _TAIL])))
    low = float(tail_low) if np.isinf(prior.low) else low
    high = float(tail_high) if np.isinf(prior.high) else high
    within = parameter.range
    slack = 1e-12 * max(abs(low), abs(high))  # rounding of a logarithm and its inverse
    # Where a tail ends at infinity the slack is infinite, too, and would allow everything.
    if not np.isfinite(slack) or low < within.low - slack or high > within.high + slack:
        ends = (f"{low:g}" if np.isinf(prior.low) else shown(low), f"{high:g}" if np.isinf(prior.high) else shown(high))
        reach = "reaches from {} to {}".format(*ends)
        raise ConfigError(f"parameters.{parameter.name}: {reach}; allowed: {_allowed(parameter.range)}")


def _allowed(within: Range) -> str:
    return f"{within}, as {within.reason}" if within.reason else str(within)
