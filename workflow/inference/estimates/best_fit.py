"""Best fits: maxima of the likelihood and of the posterior, polished from the best draws of the chains.

The best draw of a chain lies below the maximum by about half the number of dimensions in -2 ln L. Searches therefore
climb from several of the best draws that lie apart. A model with more couplings than observables has no single best fit
but a family of them. Two maxima belong to one family if the likelihood hardly falls on the straight line between them,
or if they are equally high in the same piece of the allowed region, as the ends of a curved ridge are. One maximum of
each family is listed.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.physics.quantities import Array
from workflow.inference.estimates.nelder_mead import maximise
from workflow.inference.posterior.evaluation import log_prior
from workflow.inference.posterior.posterior import Posterior
from workflow.inference.sampling.chain_files import Chain

STARTS = 16  # searches for each of the two maxima
APART = 1.0  # smallest distance of starts, in standard deviations of the draws
SIMPLEX = 0.2  # size of the first simplices, in the same unit
WORST_START = 8.0  # below the best draw in ln L, at most
SAME = 0.1  # largest fall of ln L on the line between two maxima of one family
EQUAL = 0.01  # largest difference of ln L of two equally high maxima
LISTED = 10.0  # maxima that lie deeper than this below the highest in ln L are not listed
BETWEEN = np.arange(1, 16) / 16.0  # points on the line between two maxima


@dataclass(frozen=True)
class BestFits:
    """Sampling coordinates of maxima: (d,) each, and those of distinct local maxima of the likelihood, highest first.

    ``maximum_posterior`` maximises the density in the priors' own coordinates (log10 where a prior is logarithmic). A
    density depends on its coordinates, and so does its maximum.
    """

    maximum_likelihood: Array
    maximum_posterior: Array
    local: Array


def best_fits(posterior: Posterior, chains: Sequence[Chain]) -> BestFits:
    """Polish the best draws of all chains.

    Parameters
    ----------
    posterior : Posterior
        What the chains sampled.
    chains : sequence of Chain
        One per ensemble.

    Returns
    -------
    BestFits
        Neither maximum is lower than the best draw. The same chains give the same numbers.
    """
    theta = np.concatenate([chain.coords.reshape(-1, chain.coords.shape[2]) for chain in chains])
    log_likelihood = np.concatenate([chain.blobs[..., 0].ravel() for chain in chains])
    density = log_likelihood + log_prior(posterior, posterior.to_physical(theta).values)
    spread = theta.std(axis=0)
    starts = [theta[distinct(theta / spread, score, STARTS)] for score in (log_likelihood, density)]
    # of the prior in the function that a search maximises
    weights = np.repeat([0.0, 1.0], [len(rows) for rows in starts])

    def score(points: Array, search: NDArray[np.intp]) -> Array:
        return scores(posterior, points, weights[search])

    maxima = maximise(score, np.concatenate(starts), SIMPLEX * spread)
    likely, dense = weights == 0.0, weights == 1.0
    return BestFits(
        maximum_likelihood=maxima.points[likely][np.argmax(maxima.values[likely])],
        maximum_posterior=maxima.points[dense][np.argmax(maxima.values[dense])],
        local=_separate(posterior, maxima.points[likely], maxima.values[likely]),
    )


def scores(posterior: Posterior, theta: Array, prior_weight: Array) -> Array:
    """Log-likelihood plus a multiple of the log-prior in the priors' coordinates, (n,); -inf outside the prior."""
    values = posterior.log_prob(theta)[:, 1]
    inside = np.isfinite(values)
    if inside.any():
        physical = posterior.to_physical(theta[inside]).values
        values[inside] += prior_weight[inside] * log_prior(posterior, physical)
    return values


def distinct(whitened: Array, score: Array, n: int) -> NDArray[np.intp]:
    """Rows of at most n points: the highest score first, then always the highest that is apart from all chosen."""
    order = np.argsort(-score, kind="stable")
    order = order[score[order] > score[order[0]] - WORST_START]
    points = whitened[order]
    chosen: list[int] = []
    free = np.ones(len(order), dtype=bool)
    while free.any() and len(chosen) < n:
        first = int(np.argmax(free))
        chosen.append(int(order[first]))
        free &= np.linalg.norm(points - points[first], axis=1) > APART
    return np.array(chosen, dtype=np.intp)


def _separate(posterior: Posterior, points: Array, values: Array) -> Array:
    """One maximum of the likelihood of each family, highest first, (k, d)."""
    order = np.argsort(-values, kind="stable")
    indicators = posterior.monitored(points).pieces.values()
    pieces = np.column_stack([np.ones(len(points), dtype=bool), *indicators])
    kept: list[int] = []
    for row in order[values[order] > values[order[0]] - LISTED]:
        if not any(_same(posterior, points, values, pieces, other, row) for other in kept):
            kept.append(int(row))
    separate: Array = points[kept]
    return separate


def _same(
    posterior: Posterior, points: Array, values: Array, pieces: NDArray[np.bool_], higher: int, lower: int
) -> bool:
    if values[higher] - values[lower] < EQUAL and np.array_equal(pieces[higher], pieces[lower]):
        return True
    line = points[lower] + BETWEEN[:, None] * (points[higher] - points[lower])
    return bool(posterior.log_prob(line)[:, 1].min() > values[lower] - SAME)
