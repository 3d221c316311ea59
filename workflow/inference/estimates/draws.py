"""Draws of the chains, and the derived quantities that a run keeps of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from model.physics.quantities import Array
from workflow.inference.posterior.evaluation import derived
from workflow.inference.posterior.observables import Predicted, measured_by, predicted
from workflow.inference.posterior.posterior import Posterior
from workflow.inference.sampling.chain_files import Chain
from workflow.inference.writing.refusal import Refusal

BATCH = 2048  # points in one evaluation: bounds memory


@dataclass(frozen=True)
class Draws:
    """Every k-th step: coordinates (ensembles, draws, d) in time order, with log-prior and log-likelihood terms."""

    every: int
    theta: Array
    log_prior: Array
    terms: Array


def thinned(chains: Sequence[Chain], wanted: int) -> Draws:
    """Every k-th step of all walkers, k the smallest that leaves at most ``wanted`` draws in all."""
    steps, walkers, _ = chains[0].coords.shape
    every = max(1, -(-len(chains) * steps * walkers // wanted))
    keep = slice(every - 1, None, every)

    def stacked(arrays: list[Array]) -> Array:
        return np.stack([a[keep].reshape(-1, *a.shape[2:]) for a in arrays])

    blobs = stacked([chain.blobs for chain in chains])
    return Draws(every, stacked([chain.coords for chain in chains]), blobs[..., 1], blobs[..., 2:])


def derived_columns(posterior: Posterior, values: Mapping[str, Array]) -> dict[str, Array]:
    """Sampled parameters and kept columns of every point, a batch at a time to bound memory.

    Parameters
    ----------
    posterior : Posterior
        The run.
    values : mapping of str to (n,) array
        Every parameter, in physical units.
    """
    n = len(next(iter(values.values())))
    parts: list[dict[str, Array]] = []
    for start in range(0, max(n, 1), BATCH):
        batch = {name: value[start : start + BATCH] for name, value in values.items()}
        prediction = posterior.model.predict(batch, posterior.surroundings)
        parts.append(derived(prediction, kept_columns(posterior, prediction)))
    columns = {name: values[name] for name in posterior.priors}
    return columns | {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def kept_columns(posterior: Posterior, prediction: Predicted) -> list[str]:
    """Columns of the table of observables that ``posterior.nc`` keeps, sampled parameters apart.

    They are the columns that the table keeps and those that the data of the run measure.

    Raises
    ------
    Refusal
        If a datum of the run measures what the model does not predict.
    """
    measured = {measured_by(d.observable).name for term in posterior.likelihoods.values() for d in term.data}
    columns = predicted(prediction)
    absent = measured - {column.name for column in columns}
    if absent:
        raise Refusal(f"likelihoods: {', '.join(sorted(absent))} is measured, which the model does not predict")
    kept = [column.name for column in columns if column.kept or column.name in measured]
    return [name for name in kept if name not in posterior.priors]
