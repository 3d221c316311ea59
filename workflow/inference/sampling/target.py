"""The posterior as samplers see it: a log-density of n points at a time, in the sampling coordinates theta.

A pilot needs a start besides, from which points can be drawn, and tempers what is left of the posterior.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from model.physics.quantities import Array
from workflow.inference.posterior.monitored import Monitored
from workflow.inference.posterior.posterior import Posterior

BATCH = 8192  # points of a chain in one evaluation of what is monitored: 30 MB, where all draws of a run took 2 GB
PARTS = ("log_likelihood", "log_prior_walked")  # first two blobs of a target, whose sum is its log-density
NEAR_RIDGE, RIDGE_WIDTH = 0.7, 0.2  # part of the start of pilots in a Cauchy distribution about the ridge; its width
RANGE_DRAWS, RANGE_MARGIN = 20_000, 0.05  # points that span the start of pilots, and a margin relative to the range


class Density(Protocol):
    """Members of a posterior that importance sampling needs."""

    @property
    def blob_names(self) -> tuple[str, ...]:
        """Names of the columns of `log_prob` after the first: log_likelihood, possibly log_prior_walked, then terms."""
        ...

    def log_prob(self, theta: Array, /) -> Array:
        """Log-density in theta (with Jacobian; -inf outside), then the k blobs, (n, 1 + k)."""
        ...


class Tempered(Protocol):
    """Members that a pilot needs: a start that can be drawn from, and the rest of the posterior, which is tempered."""

    def sample_prior(self, n: int, rng: np.random.Generator, /) -> Array:
        """Draw n points of the start, (n, d)."""
        ...

    def inside(self, theta: Array, /) -> NDArray[np.bool_]:
        """Whether n points may have a density, (n,), which is decided without any likelihood."""
        ...

    def split(self, theta: Array, /) -> tuple[Array, Array]:
        """Log-density of the start in theta (with Jacobian; -inf outside) and the log of the rest, each (n,)."""
        ...


class Followed(Protocol):
    """Quantities and pieces that must converge."""

    def monitored(self, theta: Array, /) -> Monitored:
        """Quantities {name: (n,)}, and pieces as indicators {name: (n,)}."""
        ...


class Target(Density, Followed, Protocol):
    """Members that a run needs. Its first two blobs are `PARTS`."""

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the d coordinates."""
        ...

    def sample_prior(self, n: int, rng: np.random.Generator, /) -> Array:
        """Draw n points of the prior, (n, d)."""
        ...

    def inside(self, theta: Array, /) -> NDArray[np.bool_]:
        """Whether n points may have a density, (n,), which is decided without any likelihood."""
        ...


def monitored_along(target: Followed, coords: Array) -> Monitored:
    """Monitored quantities and pieces at every draw of chains, in batches that bound memory.

    Parameters
    ----------
    target : Followed
        The posterior.
    coords : (..., d) array
        Sampling coordinates of the draws.

    Returns
    -------
    Monitored
        Quantities and pieces of the shape (...) of the draws.
    """
    theta, shape = coords.reshape(-1, coords.shape[-1]), coords.shape[:-1]
    # An empty chain has the names of what is monitored too.
    parts = [target.monitored(theta[start : start + BATCH]) for start in range(0, max(1, len(theta)), BATCH)]
    return Monitored(
        {
            name: np.concatenate([part.quantities[name] for part in parts]).reshape(shape)
            for name in parts[0].quantities
        },
        {name: np.concatenate([part.pieces[name] for part in parts]).reshape(shape) for name in parts[0].pieces},
    )


def pilot_start(target: Target) -> Tempered:
    """The target with the start that suits its coordinates.

    Parameters
    ----------
    target : Target
        What is sampled.

    Returns
    -------
    Tempered
        An even start along the relic ridge for a posterior whose model has sampling coordinates, and a start from the
        prior for any other target.
    """
    if isinstance(target, Posterior) and target.coordinates is not None:
        return EvenStart(target)
    return PriorStart(target)


@dataclass(frozen=True)
class PriorStart:
    """A target whose pilots start from its prior.

    Attributes
    ----------
    target : Target
        What is sampled.
    """

    target: Target

    def sample_prior(self, n: int, rng: np.random.Generator) -> Array:
        """N draws of the prior, (n, d)."""
        return self.target.sample_prior(n, rng)

    def inside(self, theta: Array) -> NDArray[np.bool_]:
        """Whether points (n, d) may have a density, (n,)."""
        return self.target.inside(theta)

    def split(self, theta: Array) -> tuple[Array, Array]:
        """Log-prior density in theta and log-likelihood, each (n,)."""
        columns = self.target.log_prob(theta)
        return columns[:, 2], columns[:, 1]


@dataclass(frozen=True)
class EvenStart:
    """A posterior whose pilots start evenly along the relic ridge of the model's sampling coordinates.

    The coordinates are stretched where allowed regions are thin. Prior draws miss such regions: a needle of 1e-3 in
    m_U / m_dm holds 1e-3 of the draws but a fifth of the range of its coordinate, and a needle that gains its weight
    late in the cooling was lost by two pilots of three. The last coordinate is the distance from the relic ridge. Most
    of the start lies near the ridge: it holds 1e-3 of the range, and the likelihood is nearly flat beyond it, so that
    a pilot from an even start found the ridge only in a few places. Parameters that have a coordinate of their own
    start from their priors. The product of prior and likelihood is unchanged.

    Attributes
    ----------
    posterior : Posterior
        What is sampled.
    """

    posterior: Posterior

    @cached_property
    def _range(self) -> tuple[Array, Array]:
        """Smallest and largest value of each coordinate of the model, for parameters in all decades of their priors."""
        posterior, rng = self.posterior, np.random.default_rng(RANGE_DRAWS)
        values = posterior.sample_prior_values(RANGE_DRAWS, rng)
        for name in posterior.coordinates.parameters if posterior.coordinates else ():
            low, high = posterior.priors[name].bounds
            if low > 0.0 and np.isfinite(high):
                values[name] = np.exp(rng.uniform(np.log(low), np.log(high), size=RANGE_DRAWS))
        theta = posterior.from_physical(values)
        theta = theta[posterior.inside(theta), : len(posterior.names) - len(posterior.plain)]
        margin = RANGE_MARGIN * np.ptp(theta, axis=0)
        return theta.min(axis=0) - margin, theta.max(axis=0) + margin

    def sample_prior(self, n: int, rng: np.random.Generator) -> Array:
        """N draws of the start, (n, d); many are outside."""
        theta = self.posterior.sample_prior(n, rng)
        low, high = self._range
        theta[:, : len(low)] = rng.uniform(low, high, size=(n, len(low)))
        near = rng.uniform(size=n) < NEAR_RIDGE
        angle = rng.uniform(np.arctan(low[-1] / RIDGE_WIDTH), np.arctan(high[-1] / RIDGE_WIDTH), size=n)
        theta[near, len(low) - 1] = RIDGE_WIDTH * np.tan(angle[near])
        return theta

    def inside(self, theta: Array) -> NDArray[np.bool_]:
        """Whether points (n, d) lie within the range, the priors and the domain of the model, (n,)."""
        return self._within(theta) & self.posterior.inside(theta)

    def split(self, theta: Array) -> tuple[Array, Array]:
        """Log-density of the start in theta, and the remaining factor of the posterior, each (n,)."""
        log_prior, log_likelihood = PriorStart(self.posterior).split(theta)
        low, high = self._range
        own = zip(self.posterior.plain, theta[:, len(low) :].T, strict=True)
        log_start = sum((self.posterior.priors[name].log_density(x) for name, x in own), -np.log(high - low).sum())
        log_start = log_start + self._log_nearness(theta[:, len(low) - 1])
        inside = np.isfinite(log_prior) & self._within(theta)
        left = np.where(inside, log_prior, 0.0) - np.where(inside, log_start, 0.0)
        return np.where(inside, log_start, -np.inf), log_likelihood + left

    def _log_nearness(self, offset: Array) -> Array:
        """Log of the density of the start in the distance from the ridge over that of an even one, (n,)."""
        low, high = (edge[-1] for edge in self._range)
        angles = np.arctan(np.array([low, high]) / RIDGE_WIDTH)
        peak = (high - low) / np.ptp(angles) * RIDGE_WIDTH / (RIDGE_WIDTH**2 + offset**2)
        nearness: Array = np.log(1.0 - NEAR_RIDGE + NEAR_RIDGE * peak)
        return nearness

    def _within(self, theta: Array) -> NDArray[np.bool_]:
        low, high = self._range
        within: NDArray[np.bool_] = np.all((theta[:, : len(low)] > low) & (theta[:, : len(low)] < high), axis=1)
        return within
