"""The same posterior by other methods: brute-force importance sampling and nested sampling.

A region that no pilot has found is invisible to every diagnostic of the chains (measured: R-hat 1.001, Pareto k 0.3 and
an evidence half a unit too low; docs/physics/sampling.md 6). Neither method here uses pilots, mixtures or chains. Both
start from the whole range that the priors leave to each sampling coordinate, in the distribution of valid prior draws.

Brute force then adapts that distribution coordinate by coordinate to the weights, as VEGAS does (Lepage, J. Comput.
Phys. 27 (1978) 192). Its last draws come from a mixture, which is fitted in several rounds to the weighted draws of all
rounds before. A fraction of the draws is never adapted. Nested sampling is nautilus (Lange, arXiv:2306.16923), an
optional extra.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from typing import ClassVar, NamedTuple, cast

import numpy as np
from scipy import special
from threadpoolctl import threadpool_limits

from model.physics.prediction import Prediction
from model.physics.quantities import Array
from workflow.inference.judgement.prior_grid import Grid, prior_grid
from workflow.inference.posterior.posterior import Posterior
from workflow.inference.sampling.importance_sampling import (
    Blend,
    Proposal,
    WeightedDraws,
    defensive,
    importance_sample,
)
from workflow.inference.sampling.proposal import FitPoints, Mixture, fit_mixture, reinforced
from workflow.inference.sampling.random_streams import Role, generator, integer_seed
from workflow.inference.writing.refusal import Refusal

FLAT_FRACTION = 0.2  # fraction of the draws of brute force that is never adapted
SWEEPS, FITS = 6, 5  # number of adaptations of the coordinates, then of the mixture
COMPONENTS, FIT_DRAWS = 40, 10_000
TEMPERED_ESS = 2000.0  # weights are flattened to this effective sample size before anything is fitted to them
FLATTEST = 0.02  # smallest power of the weights
HOPELESS = 25.0  # a point is not evaluated further once its ln L is so far below the best value so far
NESTED_ERROR = 0.1  # error of ln Z by nested sampling that is added to its own
MOST_EXPENSIVE = "relic_abundance"  # evaluated last, and only where the other likelihoods leave a chance


@dataclass(frozen=True)
class Screened:
    """A posterior that assigns density zero to a point as soon as its likelihood cannot matter any more.

    The logarithm of a likelihood is at most about 0 by convention, so that a partial sum below ``floor`` stays below
    it. The evidence that is lost in this way is less than e^floor.
    """

    posterior: Posterior
    floor: float
    blob_names: ClassVar[tuple[str, ...]] = ("log_likelihood",)

    def log_prob(self, theta: Array) -> Array:
        """Log-posterior density and log-likelihood at n points, (n, 2)."""
        terms = self.posterior.likelihoods
        point = self.posterior.to_physical(theta)
        log_likelihood = np.full(len(theta), -np.inf)
        rows = np.flatnonzero(np.isfinite(point.log_prior))
        values = {name: value[rows] for name, value in point.values.items()}
        prediction = self.posterior.model.predict(values, self.posterior.surroundings)
        rows, prediction = rows[prediction.valid], prediction.select(prediction.valid)
        total = np.zeros(len(rows))
        for name in sorted(terms, key=lambda name: name == MOST_EXPENSIVE):
            if not len(rows):
                break
            total = total + terms[name].log_likelihood(cast(Prediction, prediction))  # as in Posterior
            near = total > self.floor
            rows, total, prediction = rows[near], total[near], prediction.select(near)
        log_likelihood[rows] = total
        return np.column_stack([point.log_prior + log_likelihood, log_likelihood])


class Reference(NamedTuple):
    """The outcome of a method: weighted draws of the posterior, evidence with error, and evaluations made.

    ``pareto_k`` is None for a method whose weights are not those of importance sampling from one proposal.
    """

    method: str
    theta: Array
    weights: Array
    ln_z: float
    error: float
    pareto_k: float | None
    evaluations: int

    @property
    def effective_sample_size(self) -> float:
        """Kish's sample size of the weights."""
        return float(1.0 / np.sum(self.weights**2))


def brute_force(
    posterior: Posterior,
    seed: int,
    *,
    sweep_draws: int = 500_000,
    final_draws: int = 400_000,
    tick: Callable[[int], None] = lambda _: None,
) -> Reference:
    """Importance sampling of the whole range of the priors.

    Parameters
    ----------
    posterior : Posterior
        What to sample.
    seed : int
        Seed of all random streams.
    sweep_draws : int, optional
        Draws of each of the `SWEEPS` adaptations; a fifth of them is flat each time.
    final_draws : int, optional
        Draws that count; a tenth of them is flat, and another tenth from the adapted grid.
    tick : callable, optional
        Called with the number of evaluations made since the last call.

    Returns
    -------
    Reference
        Weighted draws; ``pareto_k`` must be below 0.7.
    """
    flat = prior_grid(posterior, seed)
    # A few points without screening give the first value of the best likelihood.
    draws = importance_sample(posterior, flat, sweep_draws // 20, generator(seed, Role.CROSS_CHECK, 1), tick)
    best = _best(draws, posterior.blob_names.index("log_likelihood"), -np.inf)
    grid, swept = _swept(posterior, seed, flat, _Progress(flat, draws, best, draws.proposed), sweep_draws, tick)
    progress, parts = swept, [swept]
    for fit in range(FITS + 1):
        rng = generator(seed, Role.CROSS_CHECK, 100 + fit)
        mixture = _fitted(_pooled(parts), rng, integer_seed(seed, Role.CROSS_CHECK, 200 + fit))
        n = final_draws if fit == FITS else sweep_draws // 5
        half = 0.5 * FLAT_FRACTION
        proposal = Blend((1.0 - FLAT_FRACTION, half, half), (defensive(mixture), flat, grid))
        progress = progress.after(posterior, proposal, n, rng, tick)
        parts.append(progress)
    draws = progress.draws
    return Reference(
        "brute-force importance sampling",
        draws.theta,
        draws.weights,
        draws.ln_z,
        draws.ln_z_error,
        draws.pareto_k,
        progress.evaluations,
    )


def _swept(
    posterior: Posterior, seed: int, flat: Grid, progress: "_Progress", n: int, tick: Callable[[int], None]
) -> "tuple[Grid, _Progress]":
    """The grid after all adaptations coordinate by coordinate, and the draws of the last of them."""
    grid = flat
    for sweep in range(SWEEPS):
        proposal = Blend((FLAT_FRACTION, 1.0 - FLAT_FRACTION), (flat, grid))
        progress = progress.after(posterior, proposal, n, generator(seed, Role.CROSS_CHECK, 2 + sweep), tick)
        grid = flat.fitted_to(progress.draws.theta, _flattened(progress.draws))
    return grid, progress


@dataclass(frozen=True)
class _Progress:
    """The latest draws and their proposal, the best likelihood until now, and all evaluations until now."""

    proposal: Proposal
    draws: WeightedDraws
    best: float
    evaluations: int

    def after(
        self,
        posterior: Posterior,
        proposal: Blend,
        n: int,
        rng: np.random.Generator,
        tick: Callable[[int], None],
    ) -> "_Progress":
        """The same after n more draws, in which points far below the best are given up early."""
        draws = importance_sample(Screened(posterior, self.best - HOPELESS), proposal, n, rng, tick)
        return _Progress(proposal, draws, _best(draws, 0, self.best), self.evaluations + draws.proposed)


def _pooled(parts: Sequence[_Progress]) -> WeightedDraws:
    """Draws of several proposals, weighted with the average of all; the blob is the log-density of the posterior."""
    theta = np.concatenate([part.draws.theta for part in parts])
    log_prob = np.concatenate([part.draws.log_weight + part.proposal.log_density(part.draws.theta) for part in parts])
    proposed = np.array([part.draws.proposed for part in parts])
    log_q = np.logaddexp.reduce(
        [part.proposal.log_density(theta) + np.log(n / proposed.sum()) for part, n in zip(parts, proposed, strict=True)]
    )
    return WeightedDraws(theta, log_prob - log_q, log_prob[:, None], int(proposed.sum()))


def _fitted(draws: WeightedDraws, rng: np.random.Generator, seed: int) -> Mixture:
    """A mixture for the posterior, with more components where it is too small, from draws with flattened weights."""
    rows = rng.choice(len(draws.theta), size=FIT_DRAWS, p=_flattened(draws))
    points = FitPoints(draws.theta[rows], draws.blobs[rows, 0])
    return reinforced(fit_mixture(points.theta, COMPONENTS, seed), points.distinct(), COMPONENTS, seed)


def nested(
    posterior: Posterior,
    seed: int,
    *,
    live: int = 2000,
    effective: int = 10_000,
) -> Reference:
    """Nested sampling with neural boundaries, by nautilus, over the same range as `brute_force`.

    Its own error includes the scatter of the weights but not the volume that its boundaries may have cut off. The
    latter was measured to be up to ten times larger on this kind of posterior (docs/physics/sampling.md 6: 0.09 where
    0.008 was quoted): `NESTED_ERROR` is added in quadrature.

    Parameters
    ----------
    posterior : Posterior
        What to sample.
    seed : int
        Seed of all random streams.
    live : int, optional
        Live points.
    effective : int, optional
        Effective draws wanted.

    Returns
    -------
    Reference

    Raises
    ------
    ImportError
        If nautilus is not installed.
    """
    import nautilus

    grid = prior_grid(posterior, seed)

    def log_weight(cube: Array) -> Array:
        """Posterior over proposal density: the integrand over the unit cube."""
        theta = grid.to_coordinates(cube)
        return np.asarray(posterior.log_prob(theta)[:, 0] - grid.log_density(theta))

    sampler = nautilus.Sampler(
        lambda cube: cube,
        log_weight,
        n_dim=len(grid.low),
        n_live=live,
        n_networks=1,
        pass_dict=False,
        vectorized=True,
        seed=integer_seed(seed, Role.CROSS_CHECK, 300),
    )
    sampler.run(n_eff=effective, discard_exploration=True)
    cube, log_weights, _ = sampler.posterior()
    weights = np.exp(log_weights - log_weights.max())
    error = float(np.hypot(1.0 / np.sqrt(sampler.n_eff), NESTED_ERROR))
    return Reference(
        f"nested sampling (nautilus {metadata.version('nautilus-sampler')})",
        grid.to_coordinates(cube),
        weights / weights.sum(),
        float(sampler.log_z),
        error,
        None,
        int(sampler.n_like),
    )


METHODS: Mapping[str, Callable[[Posterior, int], Reference]] = {"brute_force": brute_force, "nested": nested}


def references_of(posterior: Posterior, methods: Sequence[str], seed: int) -> list[Reference]:
    """The posterior by each of the named methods, on one core, so that the order of summation is always the same.

    Parameters
    ----------
    posterior : Posterior
        What to sample.
    methods : sequence of str
        Keys of `METHODS`.
    seed : int
        Seed of all random streams.

    Returns
    -------
    list of Reference

    Raises
    ------
    Refusal
        If a method has another name.
    ModuleNotFoundError
        If nested sampling is wanted and nautilus is not installed.
    """
    if unknown := [name for name in methods if name not in METHODS]:
        raise Refusal(f"--methods: {', '.join(unknown)}; allowed: {', '.join(METHODS)}")
    with threadpool_limits(limits=1):
        return [METHODS[name](posterior, seed) for name in methods]


def _best(draws: WeightedDraws, column: int, before: float) -> float:
    """The highest log-likelihood so far."""
    return max(before, float(draws.blobs[:, column].max(initial=-np.inf)))


def _flattened(draws: WeightedDraws) -> Array:
    """Normalised weights, raised to a power at which many draws count."""
    power = 1.0
    while True:
        weights: Array = special.softmax(power * draws.log_weight)
        if 1.0 / np.sum(weights**2) >= TEMPERED_ESS or power < FLATTEST:
            return weights
        power *= 0.8
