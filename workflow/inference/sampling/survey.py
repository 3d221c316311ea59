"""Surveys: draws of successive mixtures, weighted by the posterior, to which the next mixture is fitted.

This is adaptive multiple importance sampling (Cornuet et al., arXiv:0907.1254): each draw is weighted by the posterior
over the average of all mixtures that were drawn from, so that no evaluation is lost. Chains need two to three times as
many evaluations for the same effective sample size. A survey affects only the proposal of the chains.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from model.physics.quantities import Array
from workflow.inference.sampling.importance_sampling import WeightedDraws
from workflow.inference.sampling.proposal import FitPoints, Mixture


@dataclass(frozen=True)
class Survey:
    """Draws of one mixture where the posterior may have a density.

    Attributes
    ----------
    mixture : Mixture
        The mixture of the draws.
    fraction : float
        Fraction of its draws that were inside; the others were drawn again.
    theta : (n, d) array
        Draws inside.
    log_prob : (n,) array
        Log-density of the posterior there.
    """

    mixture: Mixture
    fraction: float
    theta: Array
    log_prob: Array


def together(parts: Sequence[Survey]) -> Survey:
    """The draws that several ensembles made of one mixture, as one survey."""
    n = sum(len(part.theta) for part in parts)
    return Survey(
        mixture=parts[0].mixture,
        fraction=n / sum(len(part.theta) / part.fraction for part in parts),
        theta=np.concatenate([part.theta for part in parts]),
        log_prob=np.concatenate([part.log_prob for part in parts]),
    )


def weighted(surveys: Sequence[Survey]) -> WeightedDraws:
    """All draws of surveys as one weighted sample of the posterior; the blob is ``log_prob``."""
    theta = np.concatenate([survey.theta for survey in surveys])
    log_prob = np.concatenate([survey.log_prob for survey in surveys])
    parts = [
        survey.mixture.log_density(theta) + np.log(len(survey.theta) / len(theta) / survey.fraction)
        for survey in surveys
    ]
    log_weight = log_prob - np.logaddexp.reduce(parts)
    kept = np.isfinite(log_weight)
    return WeightedDraws(theta[kept], log_weight[kept], log_prob[kept, None], len(theta))


def resampled(draws: WeightedDraws, n: int, rng: np.random.Generator) -> FitPoints:
    """At most n distinct draws, with probabilities proportional to their weights.

    Weights are cut at sqrt(n) times their mean (Ionides 2008, J. Comput. Graph. Stat. 17, 295): single draws that carry
    much of the weight show that the mixture fails near them; they do not show the form of the posterior.
    """
    weights = np.minimum(draws.weights, 1.0 / np.sqrt(len(draws.weights)))
    edges = np.cumsum(weights)
    positions = (rng.uniform() + np.arange(n)) / n * edges[-1]
    rows = np.unique(np.minimum(np.searchsorted(edges, positions, side="right"), len(edges) - 1))
    return FitPoints(draws.theta[rows], draws.blobs[rows, 0])
