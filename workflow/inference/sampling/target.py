"""The posterior as samplers see it: a log-density of n points at a time, in the sampling coordinates theta."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from model.physics.quantities import Array
from workflow.inference.posterior.monitored import Monitored

BATCH = 8192  # points of a chain in one evaluation of what is monitored: 30 MB, where all draws of a run took 2 GB


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


class Target(Density, Tempered, Followed, Protocol):
    """Members that a run needs; `split` separates prior and likelihood."""

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the d coordinates."""
        ...

    @property
    def pilot_target(self) -> Tempered:
        """The same posterior, split into what pilots start from and the rest; itself, if that is its prior."""
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
