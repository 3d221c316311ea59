"""Model, observables and likelihoods at given points, as named columns."""

from collections.abc import Collection, Mapping
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
            raise ValueError(f"the prediction has no column {', '.join(sorted(unknown))}")
        columns = tuple(column for column in columns if column.name in names)
    valid = prediction.valid
    everything = cast(Prediction, prediction)  # it has the attributes that exist for the model
    selected = everything if valid.all() else everything.select(valid)
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


def evaluate(posterior: Posterior, values: Mapping[str, Array]) -> Evaluation:
    """All inputs, observables and log-likelihoods at n points.

    Parameters
    ----------
    posterior : Posterior
        Model, likelihoods and priors.
    values : mapping of str to (n,) array
        Every parameter, fixed ones included, in physical units.

    Returns
    -------
    Evaluation
        Columns: inputs, those of the table of observables that the model predicts, ``log_prior`` (density in the
        priors' own coordinates), ``loglike_<likelihood>``, ``loglike_<likelihood>.<experiment>``, ``log_posterior``.
    """
    prediction = posterior.model.predict(values, posterior.surroundings)
    columns = dict(values) | derived(prediction)
    columns["log_prior"] = log_prior(posterior, values)
    terms = log_likelihood_columns(posterior, prediction)
    columns |= {f"loglike_{name}": term for name, term in terms.items()}
    valid = prediction.valid
    total = np.column_stack([np.empty((len(valid), 0)), *(terms[name] for name in posterior.likelihoods)]).sum(axis=1)
    columns["log_posterior"] = np.where(valid, columns["log_prior"] + total, -np.inf)
    sentences = reasons(posterior.surroundings.nuisances)
    return Evaluation(columns, valid, tuple(sentences[code] for code in prediction.reason))


def log_likelihood_columns(posterior: Posterior, prediction: Prediction | LinePrediction) -> dict[str, Array]:
    """Log-likelihoods of a prediction (n,) by name, -inf at invalid points.

    A likelihood is followed by each of its experiments, as ``likelihood.experiment``.

    Raises
    ------
    FloatingPointError
        If a likelihood returns NaN; the message names it and the point.
    """
    terms, valid = posterior.log_likelihoods_of(prediction), prediction.valid
    selected = cast(Prediction, prediction.select(valid))
    columns: dict[str, Array] = {}
    for k, (name, likelihood) in enumerate(posterior.likelihoods.items()):
        columns[name] = terms[:, k]
        for experiment, term in likelihood.experiments(selected).items():
            columns[f"{name}.{experiment}"] = np.full(len(valid), -np.inf)
            columns[f"{name}.{experiment}"][valid] = term
    return columns


def log_prior(posterior: Posterior, values: Mapping[str, Array]) -> Array:
    """Log-density of the priors in their own coordinates (log10 for log-uniform and log-normal), shape (n,)."""
    total = np.zeros(len(next(iter(values.values()))))
    for name, prior in posterior.priors.items():
        total = total + prior.log_density(prior.to_coordinate(values[name]))
    return total
