"""The proposals of the ensembles: a Gaussian mixture, used as a whole and for local steps, and the list of moves.

Local moves cannot carry weight between the two sides of the beam-dump exclusion. Therefore a part of the steps draws
the whole ensemble anew from a mixture that is fitted to draws of the posterior. The mixture is frozen before the
delivered chain starts. Its moves are then ordinary Metropolis-Hastings steps: they determine the speed of mixing, but
not the stationary distribution (docs/physics/sampling.md 3 and 4).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module

import emcee
import numpy as np
from numpy.typing import NDArray

from model.physics.quantities import Array
from workflow.inference.sampling._kernels.stretched_gaussians import log_terms
from workflow.inference.writing.refusal import Refusal

# A draw of a component has its covariance times CORE, or one of its principal axes stretched, or all of them. Tails
# heavier than those of the target keep the weights p/q bounded; otherwise walkers far out refuse every proposal and
# stick. A distant draw is usually distant in one direction only. To stretch this direction alone reduces the density
# little, while to stretch all seven reduces it by a factor of a thousand.
CORE = 1.2
STRETCHED_FRACTION, STRETCHED = 0.15, 16.0
WIDE_FRACTION, WIDE = 0.05, 9.0
# Fraction of the draws that is spread evenly over the components, so that a region to which the pilots give little
# weight is still visited: the weights of regions by pilots are wrong by factors of two.
EVEN_FRACTION = 0.1
# Thin tails and narrow peaks hold too few draws to receive components, and walkers there refuse the proposals of the
# mixture. Therefore the draws in the tail of p/q receive components with a fraction of the weight, in rounds that use
# an ever smaller part of the tail.
REINFORCED_TAILS, REINFORCED_FRACTION = (0.1, 0.05, 0.02), 0.1
# Fraction of the weight in components that are fitted to a warmer posterior and reach beyond the draws.
WARM_FRACTION = 0.08
# Warm draws may receive components as well, where the density is above this quantile of the densities of the draws. A
# thin tail that holds 1e-3 of the posterior is in few of its own draws, and in many of the warm ones. With 0.1 in place
# of this fraction of the weight in these components, the weights of small pieces scattered twice as far.
OUTERMOST, WARM_TAIL_FRACTION = 1e-3, 0.03
# Sizes of local steps in units of 2.38 / sqrt(d) standard deviations of a component: the optimum for a Gaussian, and
# a fifth of it.
LOCAL_SCALES = (1.0, 0.2)
MOST_REDRAWS = 1000  # rounds of a step before a mixture outside the target is an error
# Relative to the overall variance: below that of the thinnest ridge, above rounding.
SMALLEST_VARIANCE = 1e-10
Inside = Callable[[Array], NDArray[np.bool_]]  # of points (n, d), whether they may have a density (n,)


@dataclass(frozen=True)
class Mixture:
    """Gaussian mixture with a heavy-tailed kernel, as plain arrays.

    Parameters
    ----------
    weights : (k,) array
        Probabilities of the components, summing to 1.
    means : (k, d) array
        Centres.
    axes : (k, d, d) array
        Principal axes of the components in columns, as long as their standard deviations: axes @ axes.T is the
        covariance as fitted; the inflation is applied here.
    """

    weights: Array
    means: Array
    axes: Array

    @cached_property
    def _whitening(self) -> Array:
        return np.ascontiguousarray(np.linalg.inv(self.axes))

    @cached_property
    def _log_norms(self) -> Array:
        """Log of the weight over the volume of each component, (k,)."""
        volumes = np.linalg.slogdet(self.axes)[1] + 0.5 * self.means.shape[1] * np.log(2.0 * np.pi)
        norms: Array = np.log(self.weights) - volumes
        return norms

    def log_density(self, theta: Array) -> Array:
        """Log-density at n points.

        Parameters
        ----------
        theta : (n, d) array
            Points.

        Returns
        -------
        (n,) array
            Normalised log-density.
        """
        return _log_sum(self._log_terms(theta))

    def _log_terms(self, theta: Array) -> Array:
        """Weight times density of each component, in logarithms, (k, n)."""
        points = np.ascontiguousarray(theta, dtype=float)
        tails = (CORE, STRETCHED, WIDE, STRETCHED_FRACTION, WIDE_FRACTION)
        terms: Array = log_terms(points, self.means, self._whitening, self._log_norms, *tails)
        return terms

    def sample(self, n: int, random: np.random.RandomState | np.random.Generator) -> Array:
        """Draw n points, (n, d)."""
        edges = np.cumsum(self.weights)
        position = random.uniform(0.0, edges[-1], size=n)
        component = np.minimum(np.searchsorted(edges, position, side="right"), len(edges) - 1)
        dimension = self.means.shape[1]
        kernel = random.uniform(size=n)
        scale = np.where(kernel < WIDE_FRACTION, WIDE, CORE)[:, None] * np.ones(dimension)
        stretched = np.flatnonzero(kernel > 1.0 - STRETCHED_FRACTION)
        scale[stretched, (random.uniform(size=len(stretched)) * dimension).astype(int)] = STRETCHED
        normal = np.sqrt(scale) * random.standard_normal(size=(n, dimension))
        drawn: Array = self.means[component] + np.einsum("nij,nj->ni", self.axes[component], normal)
        return drawn

    def step(self, theta: Array, random: np.random.RandomState) -> tuple[Array, Array]:
        """Local proposal: a Gaussian step with the covariance of a component to which the walker probably belongs.

        Component k is drawn with its responsibility r_k(theta), and the step has its covariance. Given k the step is
        symmetric, so that accepting with p(theta') r_k(theta') / (p(theta) r_k(theta)) leaves p invariant for every k.

        Parameters
        ----------
        theta : (n, d) array
            Where the walkers are.
        random : RandomState
            emcee's generator.

        Returns
        -------
        proposed : (n, d) array
            Where they may go.
        log_factor : (n,) array
            log r_k(new) - log r_k(old).
        """
        n, dimension = theta.shape
        here = self._log_responsibilities(theta)
        edges = np.cumsum(np.exp(here), axis=0)
        component = np.minimum((random.uniform(size=n) * edges[-1] >= edges).sum(axis=0), len(edges) - 1)
        scale = 2.38 / np.sqrt(dimension) * random.choice(LOCAL_SCALES, size=n)
        steps = np.einsum("nij,nj->ni", self.axes[component], random.standard_normal(size=theta.shape))
        proposed: Array = theta + scale[:, None] * steps
        there, rows = self._log_responsibilities(proposed), np.arange(n)
        return proposed, there[component, rows] - here[component, rows]

    def _log_responsibilities(self, theta: Array) -> Array:
        terms = self._log_terms(theta)
        responsibilities: Array = terms - _log_sum(terms)
        return responsibilities


def _log_sum(terms: Array) -> Array:
    """Logarithm of the sum of exponentials over the first axis."""
    largest = terms.max(axis=0)
    total: Array = largest + np.log(np.exp(terms - largest).sum(axis=0))
    return total


@dataclass(frozen=True)
class Truncated:
    """The mixture restricted to the priors and the model's domain, which are tested without evaluating a likelihood.

    Proposals that would be refused in any case, a fifth of those near hard edges, are drawn again instead of
    evaluated. The restriction changes the normalisation of the mixture, which a Hastings ratio does not contain.

    Parameters
    ----------
    mixture : Mixture
        The mixture that is restricted.
    inside : callable
        Whether each of n points (n, d) may have a density, (n,) of bool.
    """

    mixture: Mixture
    inside: Inside

    def draw(self, n: int, random: np.random.RandomState | np.random.Generator) -> tuple[Array, float]:
        """Draw n points inside, (n, d), and return them with the fraction of the draws that were inside.

        Raises
        ------
        RuntimeError
            If `MOST_REDRAWS` rounds do not give n points.
        """
        kept, drawn = np.empty((0, self.mixture.means.shape[1])), 0
        for _ in range(MOST_REDRAWS):
            if len(kept) >= n:
                break
            points = self.mixture.sample(2 * (n - len(kept)), random)  # so that one round is nearly always enough
            kept, drawn = np.concatenate([kept, points[self.inside(points)]]), drawn + len(points)
        else:
            raise Refusal(f"only {len(kept)} of {n} draws of the mixture lie where the posterior has a density")
        return kept[:n], len(kept) / max(drawn, 1)

    def propose(self, theta: Array, random: np.random.RandomState) -> tuple[Array, Array]:
        """Independence proposal in the form that `emcee.moves.MHMove` expects.

        Parameters
        ----------
        theta : (n, d) array
            Where the walkers are, inside.
        random : RandomState
            emcee's generator.

        Returns
        -------
        proposed : (n, d) array
            Where they may go.
        log_factor : (n,) array
            log q(old) - log q(new), which emcee adds to log p(new) - log p(old).
        """
        proposed, _ = self.draw(len(theta), random)
        return proposed, self.mixture.log_density(theta) - self.mixture.log_density(proposed)


def everywhere(theta: Array) -> NDArray[np.bool_]:
    """Every point is inside: the `Inside` of a target without known edges."""
    return np.ones(len(theta), dtype=bool)


def moves(mixture: Mixture, inside: Inside, fraction: float) -> list[tuple[object, float]]:
    """Moves and their probabilities.

    Most steps propose from the whole mixture, within the edges of the target. Where the mixture is smaller than the
    target its proposals are refused for long. Therefore some steps follow its components or are differential evolution:
    with the standard scale, with a short one for the curved ends of the ridges, and with gamma = 1, which moves between
    regions of similar form. `DESnookerMove` is not used: in emcee 3.1.6 it has the wrong Jacobian and samples another
    distribution (tests/workflow/inference/sampling/test_proposal.py shows it).

    Parameters
    ----------
    mixture : Mixture
        The global proposal.
    inside : callable
        Whether each of n points (n, d) may have a density; `everywhere` if that is not known.
    fraction : float
        Probability of a draw from the mixture as a whole.

    Returns
    -------
    list of (move, probability)
    """
    dimension = mixture.means.shape[1]
    local = 1.0 - fraction
    return [
        (emcee.moves.MHMove(Truncated(mixture, inside).propose, ndim=dimension), fraction),
        (emcee.moves.MHMove(mixture.step, ndim=dimension), 0.4 * local),
        (emcee.moves.DEMove(), 0.3 * local),
        (emcee.moves.DEMove(gamma0=0.2), 0.15 * local),
        (emcee.moves.DEMove(gamma0=1.0, sigma=1e-4), 0.15 * local),
    ]


@dataclass(frozen=True)
class FitPoints:
    """Points of equal weight: theta (n, d), and the log-density of the posterior there (n,), up to a constant."""

    theta: Array
    log_prob: Array

    def __add__(self, other: "FitPoints") -> "FitPoints":
        """The points of both."""
        return FitPoints(np.concatenate([self.theta, other.theta]), np.concatenate([self.log_prob, other.log_prob]))

    def distinct(self) -> "FitPoints":
        """Each point once, in lexical order."""
        theta, first = np.unique(self.theta, axis=0, return_index=True)
        return FitPoints(theta, self.log_prob[first])


def fit_proposal(samples: FitPoints, warm: FitPoints, components: int, seed: int) -> Mixture:
    """Fit the mixture of the ensembles to draws, then add components for the draws that it underestimates most.

    Parameters
    ----------
    samples : FitPoints
        Of the posterior.
    warm : FitPoints
        Of a warmer posterior, which has wider tails.
    components : int
        Gaussians of the first fit, at most; each later one gets a third as many.
    seed : int
        Fixes the fits.

    Returns
    -------
    Mixture

    Raises
    ------
    ValueError
        As `fit_mixture` does for the first fit.
    """
    points = samples.distinct()
    mixture = _joined(
        fit_mixture(points.theta, components, seed),
        fit_mixture(warm.theta, max(1, components // 2), seed + 101),
        WARM_FRACTION,
    )
    mixture = reinforced(mixture, points, components, seed)
    likely = warm.log_prob >= np.quantile(points.log_prob, OUTERMOST)
    everyone = (points + FitPoints(warm.theta[likely], warm.log_prob[likely])).distinct()
    last = seed + 1 + len(REINFORCED_TAILS)
    return _reinforced(mixture, everyone, REINFORCED_TAILS[-1], WARM_TAIL_FRACTION, max(1, components // 3), last)


def reinforced(mixture: Mixture, points: FitPoints, components: int, seed: int) -> Mixture:
    """The mixture with more components for the points that it underestimates most, in three rounds.

    Parameters
    ----------
    mixture : Mixture
        Fitted to the points.
    points : FitPoints
        Of the posterior.
    components : int
        Gaussians of the fit; each round adds at most a third as many.
    seed : int
        Fixes the fits.
    """
    for round_, tail in enumerate(REINFORCED_TAILS):
        mixture = _reinforced(mixture, points, tail, REINFORCED_FRACTION, max(1, components // 3), seed + 1 + round_)
    return mixture


def _reinforced(
    mixture: Mixture, points: FitPoints, tail: float, fraction: float, components: int, seed: int
) -> Mixture:
    """The mixture with components for the fraction ``tail`` of the points, which it underestimates most."""
    size = int(tail * len(points.theta))
    if size < 8 * (points.theta.shape[1] + 1):
        return mixture
    underrated = np.argsort(points.log_prob - mixture.log_density(points.theta), kind="stable")[-size:]
    return _joined(mixture, fit_mixture(points.theta[underrated], components, seed), fraction)


def _joined(first: Mixture, second: Mixture, fraction: float) -> Mixture:
    """One mixture of two, the second with a fraction of the weight."""
    return Mixture(
        weights=np.concatenate([(1.0 - fraction) * first.weights, fraction * second.weights]),
        means=np.concatenate([first.means, second.means]),
        axes=np.concatenate([first.axes, second.axes]),
    )


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
        With `EVEN_FRACTION` of the weight spread evenly.

    Raises
    ------
    Refusal
        If there are fewer than 2 (d + 1) distinct draws, or a coordinate never varies.
    """
    # The import takes one and a half seconds and is needed only in the process that fits.
    from sklearn.mixture import GaussianMixture

    points = np.unique(samples, axis=0)
    n, dimension = points.shape
    if n < 2 * (dimension + 1):
        raise Refusal(f"a mixture in {dimension} dimensions needs {2 * (dimension + 1)} distinct draws, got {n}")
    centre, spread = points.mean(axis=0), points.std(axis=0)
    if not np.all(spread > 0.0):
        raise Refusal(f"coordinates {np.flatnonzero(spread == 0.0).tolist()} never vary in the draws to be fitted")

    fit = GaussianMixture(
        n_components=max(1, min(components, n // (4 * dimension))),
        reg_covar=SMALLEST_VARIANCE,
        tol=3e-3,
        max_iter=1000,
        random_state=seed,
    )
    # One thread, because the order of summation and therefore the last bits must not depend on the number of cores.
    with import_module("threadpoolctl").threadpool_limits(limits=1):
        fit.fit((points - centre) / spread)
    covariances = _borrow_covariances(fit.means_, fit.covariances_, fit.weights_ * n, 2.0 * (dimension + 1))
    weights = (1.0 - EVEN_FRACTION) * fit.weights_ + EVEN_FRACTION / len(fit.weights_)
    return Mixture(
        weights=weights / weights.sum(),
        means=centre + spread * fit.means_,
        axes=_principal_axes(spread[:, None] * spread * covariances),
    )


def _principal_axes(covariances: Array) -> Array:
    """Eigenvectors in columns, as long as the standard deviations along them, (k, d, d)."""
    # In units of the standard deviations, so that thin directions are not lost in rounding.
    units = np.sqrt(np.diagonal(covariances, axis1=1, axis2=2))
    values, vectors = np.linalg.eigh(covariances / (units[:, :, None] * units[:, None, :]))
    axes: Array = units[:, :, None] * vectors * np.sqrt(values)[:, None, :]
    return axes


def _borrow_covariances(means: Array, covariances: Array, counts: Array, enough: float) -> Array:
    """Give components with fewer than ``enough`` draws the covariance of their nearest neighbour that has enough.

    A few draws span no volume. With its own covariance such a component would collapse onto them.
    """
    own: NDArray[np.bool_] = counts >= enough
    if not own.any():
        own = counts == counts.max()
    distance = np.linalg.norm(means[:, None, :] - means[own], axis=2)
    nearest = np.flatnonzero(own)[np.argmin(distance, axis=1)]
    donors = np.where(own, np.arange(len(own)), nearest)
    borrowed: Array = covariances[donors]
    return borrowed
