"""Importance sampling of a posterior: draws from a proposal, weighted by posterior over proposal density.

The mean weight is the evidence. Its reliability depends on the tail of the weights: the shape k of a generalised Pareto
distribution that is fitted to the largest weights shows whether their mean and its error are reliable (Vehtari et al.,
arXiv:1507.02646: k < 0.5 finite variance, k < 0.7 usable, above not).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from scipy import special

from model.physics.quantities import Array
from workflow.inference.sampling.proposal import Mixture
from workflow.inference.sampling.target import Density

BATCH = 2048  # points in one evaluation, which bounds memory and does not reduce the speed
WIDE_FRACTION, WIDE_SCALE, WIDE_FREEDOM = 0.1, 2.0, 5.0  # of draws; covariance factor and degrees of freedom
PRIOR_DRAWS_OF_K, PRIOR_K = 10.0, 0.5  # weak prior on k, arXiv:1507.02646 appendix C


class Proposal(Protocol):
    """A normalised density from which draws can be made."""

    def sample(self, n: int, random: np.random.Generator) -> Array:
        """Draw n points, (n, d)."""

    def log_density(self, theta: Array) -> Array:
        """Log-density, (n,)."""


@dataclass(frozen=True)
class Blend:
    """Several proposals at once.

    Attributes
    ----------
    fractions : tuple of float
        Fractions of the draws, with the sum one. The numbers of draws are fixed and not random, which reduces the
        scatter of a mean.
    proposals : tuple of Proposal
        One for each fraction.
    """

    fractions: tuple[float, ...]
    proposals: tuple[Proposal, ...]

    def sample(self, n: int, random: np.random.Generator) -> Array:
        """Draw n points, (n, d), those of the first proposal first."""
        ends = np.round(np.cumsum(self.fractions) * n).astype(int)
        counts = np.diff(ends, prepend=0)
        return np.concatenate([part.sample(k, random) for part, k in zip(self.proposals, counts, strict=True)])

    def log_density(self, theta: Array) -> Array:
        """Log-density at n points, (n,)."""
        parts = [
            np.log(fraction) + part.log_density(theta)
            for fraction, part in zip(self.fractions, self.proposals, strict=True)
        ]
        total: Array = np.logaddexp.reduce(parts)
        return total


@dataclass(frozen=True)
class StudentT:
    """A multivariate t distribution of `WIDE_FREEDOM` degrees of freedom: centre (d,), Cholesky factor (d, d)."""

    centre: Array
    factor: Array

    def sample(self, n: int, random: np.random.Generator) -> Array:
        """Draw n points, (n, d)."""
        chi2 = random.chisquare(WIDE_FREEDOM, size=(n, 1)) / WIDE_FREEDOM
        steps = random.standard_normal(size=(n, len(self.centre))) @ self.factor.T
        drawn: Array = self.centre + steps / np.sqrt(chi2)
        return drawn

    def log_density(self, theta: Array) -> Array:
        """Log-density at n points, (n,)."""
        dimension = len(self.centre)
        white = np.linalg.solve(self.factor, (theta - self.centre).T)
        half = 0.5 * (WIDE_FREEDOM + dimension)
        norm = special.gammaln(half) - special.gammaln(0.5 * WIDE_FREEDOM)
        norm -= 0.5 * dimension * np.log(WIDE_FREEDOM * np.pi) + np.log(np.diagonal(self.factor)).sum()
        density: Array = norm - half * np.log1p((white**2).sum(axis=0) / WIDE_FREEDOM)
        return density


def defensive(mixture: Mixture) -> Blend:
    """A mixture, and a fraction of one t distribution that is as wide as the whole mixture.

    The wide part keeps weights finite between and around the components, where the mixture was fitted to no draws.
    """
    centre = mixture.weights @ mixture.means
    offsets = mixture.means - centre
    within = np.einsum("k,kij,klj->il", mixture.weights, mixture.axes, mixture.axes)
    between = np.einsum("k,ki,kj->ij", mixture.weights, offsets, offsets)
    wide = StudentT(centre, np.linalg.cholesky(WIDE_SCALE * (within + between)))
    return Blend((1.0 - WIDE_FRACTION, WIDE_FRACTION), (mixture, wide))


@dataclass(frozen=True)
class WeightedDraws:
    """Draws of a proposal as a weighted sample of the posterior.

    Attributes
    ----------
    theta : (n, d) array
        Draws with a finite posterior density.
    log_weight : (n,) array
        ln of posterior over proposal density, not normalised: the evidence is the mean over all proposed.
    blobs : (n, k) array
        Further columns that the posterior returned with its density.
    proposed : int
        Points proposed, those without density included.
    """

    theta: Array
    log_weight: Array
    blobs: Array
    proposed: int

    @cached_property
    def weights(self) -> Array:
        """Weights that sum to one, (n,)."""
        if not len(self.log_weight):
            return np.empty(0)
        weights: Array = special.softmax(self.log_weight)
        return weights

    @property
    def ln_z(self) -> float:
        """Logarithm of the evidence; -inf if no draw has any weight."""
        if not len(self.log_weight):
            return -np.inf
        return float(special.logsumexp(self.log_weight) - np.log(self.proposed))

    @property
    def effective_sample_size(self) -> float:
        """Kish's sample size, 1 / sum of the squared weights."""
        return float(1.0 / np.sum(self.weights**2)) if len(self.weights) else 0.0

    @property
    def ln_z_error(self) -> float:
        """Standard error of ``ln_z``; infinite with fewer than two draws of finite weight."""
        size = self.effective_sample_size
        return float(np.sqrt(max(1.0 / size - 1.0 / self.proposed, 0.0))) if size > 1.0 else np.inf

    @property
    def pareto_k(self) -> float:
        """Shape of the tail of the weights."""
        zeros = np.zeros(self.proposed - len(self.weights))
        return pareto_shape(np.concatenate([zeros, self.weights]))

    def mean(self, values: Array) -> tuple[float, float]:
        """Posterior mean of a quantity (n,), and its Monte Carlo error."""
        mean = float(self.weights @ values)
        return mean, float(np.sqrt(np.sum((self.weights * (values - mean)) ** 2)))

    def resampled(self, n: int, rng: np.random.Generator) -> Array:
        """Systematic resampling of n rows of equal weight, (n, d); rows with large weights are repeated."""
        edges = np.cumsum(self.weights)
        positions = (rng.uniform() + np.arange(n)) / n * edges[-1]
        rows = np.minimum(np.searchsorted(edges, positions, side="right"), len(edges) - 1)
        drawn: Array = self.theta[rows]
        return drawn


def joined(parts: list[WeightedDraws]) -> WeightedDraws:
    """One sample of several, all from the same proposal."""
    return WeightedDraws(
        theta=np.concatenate([part.theta for part in parts]),
        log_weight=np.concatenate([part.log_weight for part in parts]),
        blobs=np.concatenate([part.blobs for part in parts]),
        proposed=sum(part.proposed for part in parts),
    )


def importance_sample(
    posterior: Density,
    proposal: Proposal,
    n: int,
    rng: np.random.Generator,
    tick: Callable[[int], None] = lambda _: None,
) -> WeightedDraws:
    """Weigh n draws of a proposal.

    Parameters
    ----------
    posterior : Target
        The density that gives the weights.
    proposal : Proposal
        The density of the draws. It must not vanish where the posterior has a density.
    n : int
        Draws.
    rng : Generator
        All randomness.
    tick : callable, optional
        Called with the number of evaluations made since the last call.

    Returns
    -------
    WeightedDraws

    Raises
    ------
    ValueError
        If a posterior density is NaN or +inf.
    """
    theta = proposal.sample(n, rng)
    log_q = proposal.log_density(theta)
    values = np.empty((n, 1 + len(posterior.blob_names)))
    for start in range(0, n, BATCH):
        batch = slice(start, min(start + BATCH, n))
        values[batch] = posterior.log_prob(theta[batch])
        tick(batch.stop - start)
    bad = np.isnan(values[:, 0]) | np.isposinf(values[:, 0])
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        raise ValueError(
            f"log_prob = {values[row, 0]} at theta = {theta[row].tolist()}; expected a finite number or -inf"
        )
    kept = np.isfinite(values[:, 0])
    return WeightedDraws(theta[kept], (values[:, 0] - log_q)[kept], values[kept, 1:], n)


def pareto_shape(weights: Array) -> float:
    """Shape k of the generalised Pareto tail of importance weights.

    The estimator of Zhang and Stephens (2009), Technometrics 51, 316, on the largest min(n/5, 3 sqrt n) weights, drawn
    to 1/2 by ten pseudo-draws as arXiv:1507.02646 proposes; the same numbers as ArviZ's.

    Parameters
    ----------
    weights : (n,) array
        Weights, zeros included; their scale does not matter.

    Returns
    -------
    float
        0 where the largest weights are all equal, infinite where fewer than five are positive.
    """
    n = len(weights)
    m = int(np.ceil(min(0.2 * n, 3.0 * np.sqrt(n))))
    ordered = np.sort(weights)
    m = min(m, int(np.count_nonzero(ordered > 0.0)) - 1)
    if m < 4:
        return np.inf
    x = ordered[-m:] - ordered[-m - 1]
    if x[-1] == 0.0:
        return 0.0
    x = x[x > 0.0] / x[-1]
    m = len(x)
    candidates = 30 + int(np.sqrt(m))
    b = 1.0 - np.sqrt(candidates / (np.arange(1, candidates + 1) - 0.5))
    b = b / (3.0 * x[int(m / 4 + 0.5) - 1]) + 1.0
    k = np.log1p(-b[:, None] * x).mean(axis=1)
    log_likelihood = m * (np.log(-b / k) - k - 1.0)
    posterior = special.softmax(log_likelihood)
    kept = posterior >= 10.0 * np.finfo(float).eps
    mean_b = np.sum(b[kept] * posterior[kept]) / posterior[kept].sum()
    shape = float(np.log1p(-mean_b * x).mean())
    return (m * shape + PRIOR_DRAWS_OF_K * PRIOR_K) / (m + PRIOR_DRAWS_OF_K)
