"""The global proposal of the ensembles: a Gaussian mixture, and the mix of moves around it.

Local moves cannot carry weight between the two sides of the beam-dump exclusion, so half of the steps draw the whole
ensemble afresh from a mixture fitted to the pilots. The mixture is frozen before the chain that is delivered starts;
it then is an ordinary Metropolis-Hastings proposal and decides how fast the chain mixes, never what it converges to.
"""

from dataclasses import dataclass
from functools import cached_property
from importlib import import_module

import emcee
import numpy as np
from numpy.typing import NDArray

from model.physics.quantities import Array

# Each component is drawn from either of two widths, as factors on its covariance. Tails heavier than those of the
# target keep the weights p/q bounded: without them walkers far out refuse every proposal and stick.
CORE, WIDE, WIDE_FRACTION = 1.5, 9.0, 0.1
# Share of the draws spread evenly over the components, so that a region which the pilots found but hold to be
# unlikely is still visited: their weights of regions are off by factors of two.
EVEN_SHARE = 0.2
# In units of the overall variance: below the width of the thinnest ridge, above rounding.
SMALLEST_VARIANCE = 1e-10


@dataclass(frozen=True)
class Mixture:
    """Gaussian mixture with a heavy-tailed kernel, as plain arrays.

    Parameters
    ----------
    weights : (k,) array
        Probabilities of the components, summing to 1.
    means : (k, d) array
        Centres.
    choleskys : (k, d, d) array
        Lower Cholesky factors of the covariances as fitted; the inflation is applied here.
    """

    weights: Array
    means: Array
    choleskys: Array

    @cached_property
    def _whitening(self) -> Array:
        return np.ascontiguousarray(np.linalg.inv(self.choleskys).transpose(0, 2, 1))

    @cached_property
    def _log_norms(self) -> Array:
        """Log of the weight over the volume of each component, (k, 1)."""
        half_log_det = np.log(np.diagonal(self.choleskys, axis1=1, axis2=2)).sum(axis=1)
        dimension = self.means.shape[1]
        norms: Array = np.log(self.weights) - half_log_det - 0.5 * dimension * np.log(2.0 * np.pi)
        return norms[:, None]

    def log_density(self, u: Array) -> Array:
        """Log-density at n points.

        Parameters
        ----------
        u : (n, d) array
            Points.

        Returns
        -------
        (n,) array
            Normalised log-density.
        """
        dimension = self.means.shape[1]
        white = np.matmul(u[None, :, :] - self.means[:, None, :], self._whitening)
        distance = np.einsum("knd,knd->kn", white, white)
        core = np.log1p(-WIDE_FRACTION) - 0.5 * dimension * np.log(CORE) - 0.5 * distance / CORE
        wide = np.log(WIDE_FRACTION) - 0.5 * dimension * np.log(WIDE) - 0.5 * distance / WIDE
        terms = self._log_norms + np.logaddexp(core, wide)
        largest = terms.max(axis=0)
        total: Array = largest + np.log(np.exp(terms - largest).sum(axis=0))
        return total

    def sample(self, n: int, random: np.random.RandomState | np.random.Generator) -> Array:
        """Draw n points, (n, d)."""
        edges = np.cumsum(self.weights)
        position = random.uniform(0.0, edges[-1], size=n)
        component = np.minimum(np.searchsorted(edges, position, side="right"), len(edges) - 1)
        scale: Array = np.sqrt(np.where(random.uniform(size=n) < WIDE_FRACTION, WIDE, CORE))
        normal = random.standard_normal(size=(n, self.means.shape[1]))
        steps = np.einsum("nij,nj->ni", self.choleskys[component], normal)
        drawn: Array = self.means[component] + scale[:, None] * steps
        return drawn

    def propose(self, u: Array, random: np.random.RandomState) -> tuple[Array, Array]:
        """Independence proposal in the form that `emcee.moves.MHMove` asks for.

        Parameters
        ----------
        u : (n, d) array
            Where the walkers are.
        random : RandomState
            emcee's generator.

        Returns
        -------
        proposed : (n, d) array
            Where they may go.
        log_factor : (n,) array
            log q(old) - log q(new), which emcee adds to log p(new) - log p(old).
        """
        proposed = self.sample(len(u), random)
        return proposed, self.log_density(u) - self.log_density(proposed)


def moves(mixture: Mixture) -> list[tuple[object, float]]:
    """Moves and their probabilities.

    Differential evolution with the standard scale, with two short ones for the curved ends of the ridges, and with
    gamma = 1, which hops between regions of like shape. `DESnookerMove` is absent on purpose: in emcee 3.1.6 it has
    the wrong Jacobian and samples another distribution (tests/workflow/inference/test_proposal.py shows it).
    """
    return [
        (emcee.moves.MHMove(mixture.propose, ndim=mixture.means.shape[1]), 0.5),
        (emcee.moves.DEMove(), 0.2),
        (emcee.moves.DEMove(gamma0=0.2), 0.1),
        (emcee.moves.DEMove(gamma0=0.05), 0.1),
        (emcee.moves.DEMove(gamma0=1.0, sigma=1e-4), 0.1),
    ]


def fit_mixture(samples: Array, components: int, seed: int) -> Mixture:
    """Fit a mixture to draws of equal weight.

    Parameters
    ----------
    samples : (n, d) array
        Draws; repeated rows count once, since the particles of a pilot and a stuck walker repeat themselves.
    components : int
        Number of Gaussians at most; fewer when there are not 4 d distinct draws for each.
    seed : int
        Fixes the k-means start of the fit.

    Returns
    -------
    Mixture
        With `EVEN_SHARE` of the weight spread evenly.

    Raises
    ------
    ValueError
        If there are fewer than 2 (d + 1) distinct draws, or a coordinate never varies.
    """
    # Imported here: a second and a half that only the process which fits has to pay.
    from sklearn.mixture import GaussianMixture

    points = np.unique(samples, axis=0)
    n, dimension = points.shape
    if n < 2 * (dimension + 1):
        raise ValueError(f"a mixture in {dimension} dimensions needs {2 * (dimension + 1)} distinct draws, got {n}")
    centre, spread = points.mean(axis=0), points.std(axis=0)
    if not np.all(spread > 0.0):
        raise ValueError(f"coordinates {np.flatnonzero(spread == 0.0).tolist()} never vary in the draws to be fitted")

    fit = GaussianMixture(
        n_components=max(1, min(components, n // (4 * dimension))),
        reg_covar=SMALLEST_VARIANCE,
        tol=3e-3,
        max_iter=1000,
        random_state=seed,
    )
    # One thread: the order of summation, hence the last bits, must not depend on how many cores there are.
    with import_module("threadpoolctl").threadpool_limits(limits=1):
        fit.fit((points - centre) / spread)
    covariances = _borrow_covariances(fit.means_, fit.covariances_, fit.weights_ * n, 2.0 * (dimension + 1))
    weights = (1.0 - EVEN_SHARE) * fit.weights_ + EVEN_SHARE / len(fit.weights_)
    return Mixture(
        weights=weights / weights.sum(),
        means=centre + spread * fit.means_,
        choleskys=spread[:, None] * np.linalg.cholesky(covariances),
    )


def _borrow_covariances(means: Array, covariances: Array, counts: Array, enough: float) -> Array:
    """Give components with fewer than ``enough`` draws the covariance of their nearest neighbour that has enough.

    A handful of draws spans no volume; left alone, such a component collapses onto them and is never drawn usefully.
    """
    own: NDArray[np.bool_] = counts >= enough
    if not own.any():
        own = counts == counts.max()
    distance = np.linalg.norm(means[:, None, :] - means[own], axis=2)
    nearest = np.flatnonzero(own)[np.argmin(distance, axis=1)]
    donors = np.where(own, np.arange(len(own)), nearest)
    borrowed: Array = covariances[donors]
    return borrowed
