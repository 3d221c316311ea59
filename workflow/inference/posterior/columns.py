"""The choice of columns of a table of points by names and patterns, and the likelihoods and tables that they need."""

import re
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase

import numpy as np

from model.physics.quantities import Parameter
from workflow.inference.posterior.evaluation import LOG_POSTERIOR, LOG_PRIOR, REASON, TERM, VALID, evaluate
from workflow.inference.posterior.observables import COLUMNS, Column
from workflow.inference.posterior.posterior import Posterior

STANDARD = "standard"
"""Stands for the sampled parameters, columns that ``posterior.nc`` keeps, likelihoods, log-densities, and validity."""


def needed_terms(patterns: Sequence[str], terms: Iterable[str]) -> tuple[str, ...]:
    """Names of the likelihoods that columns of these names or patterns may need."""
    if any(pattern == STANDARD or fnmatchcase(LOG_POSTERIOR, pattern) for pattern in patterns):
        return tuple(terms)
    starts = [re.split(r"[*?[]", pattern)[0] for pattern in patterns]
    return tuple(
        term
        for term in terms
        # a start that goes on after the name of the likelihood names one of its experiments
        if any(f"{TERM}{term}".startswith(start) or start.startswith(f"{TERM}{term}.") for start in starts)
    )


def needed_tables(patterns: Sequence[str]) -> frozenset[str]:
    """Tables of the surroundings without which observables of these names or patterns do not exist."""
    return frozenset(
        column.table
        for column in COLUMNS.values()
        if column.table is not None and any(_matches(pattern, column.name, frozenset()) for pattern in patterns)
    )


def chosen(patterns: Sequence[str], posterior: Posterior, parameters: Iterable[str]) -> tuple[str, ...]:
    """The columns of names and patterns, in the order of the patterns, each once.

    Parameters
    ----------
    patterns : sequence of str
        Names of columns, patterns with ``*``, ``?`` and ``[...]``, or ``standard``.
    posterior : Posterior
        With the likelihoods and tables that the patterns need.
    parameters : iterable of str
        Names of all parameters of a point, in the order of their columns.

    Raises
    ------
    ValueError
        If a name or pattern fits no column.
    """
    nothing = {name: np.empty(0) for name in parameters}
    available = [*evaluate(posterior, nothing).columns, VALID, REASON]
    standard = frozenset((*posterior.priors, *(f"{TERM}{term}" for term in posterior.likelihoods)))
    found: dict[str, None] = {}
    for pattern in patterns:
        names = [name for name in available if _matches(pattern, name, standard)]
        if not names:
            raise ValueError(f"{pattern!r} is no column of the run; allowed: {STANDARD}, {', '.join(available)}")
        found |= dict.fromkeys(names)
    return tuple(found)


def _matches(pattern: str, name: str, standard: frozenset[str]) -> bool:
    if pattern != STANDARD:
        return fnmatchcase(name, pattern)
    if name in COLUMNS:
        return COLUMNS[name].kept
    return name in standard or name in {LOG_PRIOR, LOG_POSTERIOR, VALID, REASON}


def descriptions(parameters: Iterable[Parameter]) -> dict[str, dict[str, str]]:
    """Unit, symbol and meaning of every parameter and observable by name."""
    described: tuple[Parameter | Column, ...] = (*parameters, *COLUMNS.values())
    return {
        column.name: {"units": column.unit, "symbol": column.label}
        | ({"long_name": column.meaning} if column.meaning else {})
        for column in described
    }
