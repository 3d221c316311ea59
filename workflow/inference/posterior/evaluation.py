"""Model, observables and likelihoods at given points, as named columns."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray

from model.physics.domain import reasons
from model.physics.line_prediction import LinePrediction
from model.physics.prediction import Prediction
from model.physics.quantities import Array
from workflow.inference.posterior.observables import Column, predicted
from workflow.inference.posterior.posterior import Posterior

LOG_PRIOR, LOG_POSTERIOR = "log_prior", "log_posterior"
VALID, REASON = "valid", "reason"
TERM = "loglike_"  # before the name of a likelihood in the name of its column


class UnknownColumn(ValueError):
    """A column that a prediction or a run does not have."""


@dataclass(frozen=True)
class Evaluation:
    """Columns of n points, each (n,) with NaN where a quantity does not exist, and why a point is invalid."""

    columns: dict[str, Array]
    valid: NDArray[np.bool_]
    reason: tuple[str, ...]


def derived(prediction: Prediction | LinePrediction, names: Collection[str] | None = None) -> dict[str, Array]:
    """Columns of the table of observables that a prediction has, each (n,), NaN at points where one does not exist.

    Parameters
    ----------
    prediction : Prediction or LinePrediction
        Of n points, valid or not.
    names : collection of str, optional
        The columns to compute; by default all that the prediction has.

    Raises
    ------
    ValueError
        If a name is not a column of the prediction, or a column has not one number per point.
    """
    columns = predicted(prediction)
    if names is not None:
        unknown = set(names) - {column.name for column in columns}
        if unknown:
            raise UnknownColumn(f"the prediction has no column {', '.join(sorted(unknown))}")
        columns = tuple(column for column in columns if column.name in names)
    valid = prediction.valid
    everything = cast(Prediction, prediction)  # it has the attributes that exist for the model
    selected = everything.at_valid_points
    result: dict[str, Array] = {}
    for column in columns:
        if column.everywhere:
            with np.errstate(invalid="ignore", divide="ignore"):  # invalid points may hold a zero mass
                result[column.name] = _computed(column, everything)
            continue
        result[column.name] = np.full(len(valid), np.nan)
        if valid.any():
            result[column.name][valid] = _computed(column, selected)
    return result


def _computed(column: Column, prediction: Prediction) -> Array:
    """One number per point (n,), refused if it is anything else."""
    values = np.asarray(column.of(prediction), dtype=np.float64)
    if values.shape != prediction.valid.shape:
        raise ValueError(
            f"column {column.name} has shape {values.shape}; allowed: {prediction.valid.shape}, a number per point"
        )
    return values


def evaluate(posterior: Posterior, values: Mapping[str, Array], columns: Sequence[str] | None = None) -> Evaluation:
    """Inputs, observables and log-likelihoods at n points.

    A point at which a formula or a likelihood fails is a row with that reason, and no other row is lost.

    Parameters
    ----------
    posterior : Posterior
        Model, likelihoods and priors.
    values : mapping of str to (n,) array
        Every parameter, fixed ones included, in physical units.
    columns : sequence of str, optional
        The columns to compute, in this order, and nothing else; by default all. ``valid`` and ``reason`` may be
        among them; they are always found.

    Returns
    -------
    Evaluation
        Columns: inputs, those of the table of observables that the model predicts, ``log_prior`` (density in the
        priors' own coordinates), ``loglike_<likelihood>``, ``loglike_<likelihood>.<experiment>``, ``log_posterior``.

    Raises
    ------
    ValueError
        If a column is unknown.
    """
    try:
        with np.errstate(all="ignore"):  # an overflow becomes an infinity or NaN, for which the terms answer
            return _evaluated(posterior, values, columns)
    except UnknownColumn:
        raise
    except (ArithmeticError, ValueError) as error:
        n = len(next(iter(values.values())))
        if n < 2:
            return _impossible(posterior, values, columns, f"cannot be computed: {' '.join(str(error).split())}")
    first, second = (
        {name: value[half] for name, value in values.items()} for half in (slice(n // 2), slice(n // 2, n))
    )
    return _joined(evaluate(posterior, first, columns), evaluate(posterior, second, columns))


def _joined(first: Evaluation, second: Evaluation) -> Evaluation:
    """The points of one evaluation and then those of another, with the same columns."""
    columns = {name: np.concatenate([values, second.columns[name]]) for name, values in first.columns.items()}
    return Evaluation(columns, np.concatenate([first.valid, second.valid]), first.reason + second.reason)


def _impossible(
    posterior: Posterior, values: Mapping[str, Array], columns: Sequence[str] | None, reason: str
) -> Evaluation:
    """The row of one point that cannot be computed."""
    nothing = _evaluated(posterior, {name: value[:0] for name, value in values.items()}, columns)
    found: dict[str, Array] = {}
    for name in nothing.columns:
        excluded = name == LOG_POSTERIOR or name.startswith(TERM)
        found[name] = values[name] if name in values else np.full(1, -np.inf if excluded else np.nan)
    if LOG_PRIOR in found:
        found[LOG_PRIOR] = log_prior(posterior, values)
    return Evaluation(found, np.zeros(1, dtype=np.bool_), (reason,))


def _evaluated(posterior: Posterior, values: Mapping[str, Array], columns: Sequence[str] | None) -> Evaluation:
    """The evaluation of points all of which the physics can do."""
    prediction = posterior.model.predict(values, posterior.surroundings)
    wanted = None if columns is None else frozenset(columns)
    observables = None if wanted is None else wanted & {column.name for column in predicted(prediction)}
    found = dict(values) | derived(prediction, observables)
    if wanted is None or wanted & {LOG_PRIOR, LOG_POSTERIOR}:
        found[LOG_PRIOR] = log_prior(posterior, values)
    terms = log_likelihood_columns(posterior, prediction, None if wanted is None else _terms_of(wanted, posterior))
    found |= {f"{TERM}{name}": term for name, term in terms.items()}
    if wanted is None or LOG_POSTERIOR in wanted:
        total = np.column_stack(
            [np.empty((len(prediction.valid), 0)), *(terms[name] for name in posterior.likelihoods)]
        )
        found[LOG_POSTERIOR] = np.where(prediction.valid, found[LOG_PRIOR] + total.sum(axis=1), -np.inf)
    if columns is not None:
        numbers = [name for name in columns if name not in {VALID, REASON}]
        if missing := [name for name in numbers if name not in found]:
            raise UnknownColumn(f"the run has no column {', '.join(missing)}")
        found = {name: found[name] for name in numbers}
    sentences = reasons(posterior.surroundings.nuisances)
    return Evaluation(found, prediction.valid, tuple(sentences[code] for code in prediction.reason))


def _terms_of(wanted: Collection[str], posterior: Posterior) -> frozenset[str]:
    """Names of the likelihoods, and of experiments as ``likelihood.experiment``, that columns need."""
    every = posterior.likelihoods if LOG_POSTERIOR in wanted else ()
    return frozenset(every) | {name.removeprefix(TERM) for name in wanted if name.startswith(TERM)}


def log_likelihood_columns(
    posterior: Posterior, prediction: Prediction | LinePrediction, names: Collection[str] | None = None
) -> dict[str, Array]:
    """Log-likelihoods of a prediction (n,) by name, -inf at invalid points.

    A likelihood is followed by each of its experiments, as ``likelihood.experiment``.

    Parameters
    ----------
    posterior : Posterior
        The likelihoods.
    prediction : Prediction or LinePrediction
        Of n points, valid or not.
    names : collection of str, optional
        The likelihoods and experiments to compute; by default all.

    Raises
    ------
    FloatingPointError
        If a likelihood returns NaN; the message names it and the point.
    """
    asked = [name for name in posterior.likelihoods if names is None or name in names]
    terms, valid = posterior.log_likelihoods_of(prediction, asked), prediction.valid
    of_name = dict(zip(asked, terms.T, strict=True))
    selected = cast(Prediction, prediction.at_valid_points)
    columns: dict[str, Array] = {}
    for name, likelihood in posterior.likelihoods.items():
        if name in of_name:
            columns[name] = of_name[name]
        if names is not None and not any(other.startswith(f"{name}.") for other in names):
            continue
        for experiment, term in likelihood.experiments(selected).items():
            if names is None or f"{name}.{experiment}" in names:
                columns[f"{name}.{experiment}"] = np.full(len(valid), -np.inf)
                columns[f"{name}.{experiment}"][valid] = term
    return columns


def log_prior(posterior: Posterior, values: Mapping[str, Array]) -> Array:
    """Log-density of the priors in their own coordinates (log10 for log-uniform and log-normal), shape (n,)."""
    total = np.zeros(len(next(iter(values.values()))))
    for name, prior in posterior.priors.items():
        total = total + prior.log_density(prior.to_coordinate(values[name]))
    return total
