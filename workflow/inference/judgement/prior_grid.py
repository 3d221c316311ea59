"""The range that the priors leave to each sampling coordinate, and the distribution of valid prior draws in it."""

from dataclasses import dataclass

import numpy as np

from model.physics.quantities import Array
from workflow.inference.posterior.posterior import Posterior
from workflow.inference.sampling.random_streams import Role, generator

PRIOR_DRAWS = 200_000  # draws that show where valid points lie in each coordinate
BINS = 128  # of each coordinate
EVEN = 0.1  # fraction of the probability of each coordinate that is spread evenly over its range
MARGIN = 0.02  # margin beyond the outermost prior draws, relative to the range


@dataclass(frozen=True)
class Grid:
    """A product of one-dimensional histograms.

    Attributes
    ----------
    low, high : (d,) array
        Range of each coordinate.
    probability : (d, bins) array
        Of each bin, summing to one over the bins.
    """

    low: Array
    high: Array
    probability: Array

    def to_coordinates(self, cube: Array) -> Array:
        """Map the unit cube (n, d) so that evenly distributed points have this density."""
        bins = self.probability.shape[1]
        at = np.arange(bins + 1) / bins
        edges = np.concatenate([np.zeros((len(self.low), 1)), np.cumsum(self.probability, axis=1)], axis=1)
        edges /= edges[:, -1:]
        unit = np.column_stack([np.interp(t, edge, at) for t, edge in zip(cube.T, edges, strict=True)])
        theta: Array = self.low + (self.high - self.low) * unit
        return theta

    def sample(self, n: int, random: np.random.Generator) -> Array:
        """Draw n points, (n, d)."""
        return self.to_coordinates(random.uniform(size=(n, len(self.low))))

    def log_density(self, theta: Array) -> Array:
        """Log-density at n points, (n,); -inf outside."""
        dimension, bins = self.probability.shape
        unit = (theta - self.low) / (self.high - self.low)
        inside = np.all((unit >= 0.0) & (unit <= 1.0), axis=1)
        cell = np.clip((np.where(inside[:, None], unit, 0.0) * bins).astype(int), 0, bins - 1)
        density = np.log(self.probability * bins / (self.high - self.low)[:, None])
        return np.where(inside, density[np.arange(dimension), cell].sum(axis=1), -np.inf)

    def fitted_to(self, theta: Array, weights: Array) -> "Grid":
        """The same range, with the distribution of weighted points in each coordinate, smoothed over five bins."""
        bins = self.probability.shape[1]
        unit = (theta - self.low) / (self.high - self.low)
        rows = []
        for column in unit.T:
            counts = np.histogram(column, bins, (0.0, 1.0), weights=weights)[0]
            smooth = np.convolve(np.pad(counts, 2, mode="edge"), [0.1, 0.2, 0.4, 0.2, 0.1], mode="valid")
            rows.append((1.0 - EVEN) * smooth / smooth.sum() + EVEN / bins)
        return Grid(self.low, self.high, np.array(rows))


def prior_grid(posterior: Posterior, seed: int) -> Grid:
    """The range of the sampling coordinates, and the distribution of valid prior draws in it.

    Parameters
    ----------
    posterior : Posterior
        Its priors and the domain of its model define the range.
    seed : int
        Of the prior draws.

    Returns
    -------
    Grid
    """
    values = posterior.sample_prior_values(PRIOR_DRAWS, generator(seed, Role.CROSS_CHECK))
    valid = posterior.model.predict(values, posterior.surroundings).valid
    theta = posterior.from_physical({name: value[valid] for name, value in values.items()})
    margin = MARGIN * np.ptp(theta, axis=0)
    even = np.full((theta.shape[1], BINS), 1.0 / BINS)
    return Grid(theta.min(axis=0) - margin, theta.max(axis=0) + margin, even).fitted_to(theta, np.ones(len(theta)))
