"""Tempered pilots: find every region of the posterior before the ensembles start.

A pilot is a small sequential Monte Carlo run from the prior to the posterior, through prior x likelihood^beta. Prior
draws themselves are useless as a start (the posterior holds 1e-5 to 1e-10 of the prior) and an optimiser finds one
region. Pilots locate regions; they are not used for the weights of regions, because their evidence scatters by a unit
or more.

At each temperature a few ancestors are resampled and moved many times, and every state they pass through is a particle
of the next (waste-free sequential Monte Carlo, Dau and Chopin, arXiv:2011.02328). The population is as large as the
number of evaluations; a thin region that gains weight late needs this to survive the first temperatures.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.physics.quantities import Array
from workflow.inference.sampling.target import Tempered
from workflow.inference.writing.refusal import Refusal

ESS_FRACTION = 0.5  # of the particles, kept at each change of temperature
START = 4  # particles of the start over those at each temperature: the start decides which regions are found
MAX_STAGES = 300  # known posteriors need 10 to 30
WARM = 0.5  # largest inverse temperature of the warm particles, which are kept besides those of the posterior
# Differential evolution (ter Braak 2006, Stat. Comput. 16, 239): a step is gamma times the difference of two particles.
# The best gamma for a Gaussian is 2.38 / sqrt(2 d); shorter steps follow the curved ends of ridges, and gamma = 1 hops
# between regions of like shape. The jitter makes every point reachable.
DE_SCALES = (1.0, 0.4, 0.1)  # of gamma, in units of the best
DE_HOP = 1.0  # gamma itself
DE_PROBABILITIES = (0.5, 0.25, 0.15, 0.1)  # of the scales and, last, of the hop
DE_JITTER = 1e-4  # relative
MAX_DRAWS = 250  # largest number of prior draws in the search for finite points, over the number of the start


@dataclass(frozen=True)
class Pilot:
    """The outcome of one pilot.

    Attributes
    ----------
    particles : (n, d) array
        Draws of equal weight, roughly from the posterior; some are repeated. Their number is rounded down to a
        multiple of the sweeps.
    log_prior, log_likelihood : (n,) arrays
        Both parts of the log-density, in theta.
    warm : (n, d) array
        Draws roughly from prior times likelihood^beta, at the last temperature with beta below `WARM`: the posterior
        with wider tails.
    warm_log_prob : (n,) array
        The log-density of the posterior itself there.
    betas : (stages + 1,) array
        Inverse temperatures visited, from 0 to 1.
    log_evidence : float
        Its estimate of ln Z, with an error of one unit, or several if the posterior is very narrow.
    acceptance : (stages,) array
        Accepted fraction of the moves at each temperature.
    drawn : int
        Prior draws needed to start.
    outside : int
        Of these, without a density (outside the priors or the domain of the model).
    excluded : int
        Of these, inside but with likelihood zero.
    evaluations : int
        Points at which the posterior was evaluated.
    """

    particles: Array
    log_prior: Array
    log_likelihood: Array
    warm: Array
    warm_log_prob: Array
    betas: Array
    log_evidence: float
    acceptance: Array
    drawn: int
    outside: int
    excluded: int
    evaluations: int


def run_pilot(
    target: Tempered, particles: int, sweeps: int, rng: np.random.Generator, tick: Callable[[int], None]
) -> Pilot:
    """Carry particles from the prior to the posterior.

    Parameters
    ----------
    target : Tempered
        The posterior.
    particles : int
        Number of particles, at least 4 times ``sweeps``.
    sweeps : int
        Differential-evolution sweeps at each temperature, of ``particles / sweeps`` ancestors.
    rng : Generator
        All randomness of the pilot.
    tick : callable
        Called with the number of evaluations made since the last call.

    Returns
    -------
    Pilot
        Particles of equal weight at beta = 1.

    Raises
    ------
    ValueError
        If no start is found (with the counts by cause), or a likelihood is NaN or +inf.
    RuntimeError
        If beta = 1 is not reached in `MAX_STAGES` temperatures.
    """
    theta, log_prior, log_like, drawn, outside, excluded = _start(target, START * particles, rng, tick)
    ancestors = particles // sweeps
    beta, log_evidence = 0.0, float(np.log1p(-(outside + excluded) / drawn))
    warm, warm_log_prob = theta, log_prior + log_like
    betas: list[float] = [0.0]
    acceptance: list[float] = []
    while beta < 1.0:
        if len(acceptance) == MAX_STAGES:
            raise Refusal(
                f"a pilot reached only beta = {beta:.3g} in {MAX_STAGES} temperatures: raise sampler.pilot_particles"
            )
        step = _next_step(log_like, 1.0 - beta)
        beta = 1.0 if beta + step >= 1.0 else beta + step
        weights = np.exp(step * (log_like - log_like.max()))
        log_evidence += float(step * log_like.max() + np.log(weights.mean()))
        chosen = _systematic(weights, ancestors, rng)
        theta, log_prior, log_like = theta[chosen], log_prior[chosen], log_like[chosen]
        accepted, visited = 0, []
        for _ in range(sweeps):
            accepted += _sweep(target, theta, log_prior, log_like, beta, rng)
            visited.append((theta.copy(), log_prior.copy(), log_like.copy()))
            tick(ancestors)
        theta, log_prior, log_like = (np.concatenate(parts) for parts in zip(*visited, strict=True))
        if beta <= WARM:
            warm, warm_log_prob = theta, log_prior + log_like
        betas.append(beta)
        acceptance.append(accepted / len(theta))
    return Pilot(
        particles=theta,
        log_prior=log_prior,
        log_likelihood=log_like,
        warm=warm,
        warm_log_prob=warm_log_prob,
        betas=np.array(betas),
        log_evidence=log_evidence,
        acceptance=np.array(acceptance),
        drawn=drawn,
        outside=outside,
        excluded=excluded,
        evaluations=drawn - outside + ancestors * sweeps * len(acceptance),
    )


def _evaluate(target: Tempered, theta: Array) -> tuple[Array, Array]:
    """Both parts of the posterior; the likelihood is -inf where the prior is."""
    log_prior, log_like = target.split(theta)
    log_like = np.where(np.isneginf(log_prior), -np.inf, log_like)
    bad = np.isnan(log_prior) | np.isnan(log_like) | np.isposinf(log_prior) | np.isposinf(log_like)
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        raise ValueError(
            f"log_prior = {log_prior[row]}, log_likelihood = {log_like[row]} at theta = {theta[row].tolist()};"
            " expected finite numbers or -inf"
        )
    return log_prior, log_like


def _start(
    target: Tempered, particles: int, rng: np.random.Generator, tick: Callable[[int], None]
) -> tuple[Array, Array, Array, int, int, int]:
    """Prior draws with a finite likelihood, and the counts of those without."""
    starts: list[tuple[Array, Array, Array]] = []
    drawn = outside = excluded = kept = 0
    while kept < particles and drawn < MAX_DRAWS * particles:
        theta = target.sample_prior(particles, rng)
        theta = theta[target.inside(theta)]
        log_prior, log_like = _evaluate(target, theta)
        tick(len(theta))
        within = np.isfinite(log_prior)
        good = within & np.isfinite(log_like)
        drawn += particles
        outside += particles - int(within.sum())
        excluded += int(np.sum(within & ~good))
        kept += int(good.sum())
        starts.append((theta[good], log_prior[good], log_like[good]))
    if kept < particles:
        raise Refusal(
            f"only {kept} of {drawn} prior draws can start a pilot of {particles} particles: {outside} have no prior"
            f" density, {excluded} a likelihood of zero; widen the priors or drop the likelihood that excludes them"
        )
    theta, log_prior, log_like = (np.concatenate(parts)[:particles] for parts in zip(*starts, strict=True))
    return theta, log_prior, log_like, drawn, outside, excluded


def _next_step(log_like: Array, largest: float) -> float:
    """Step in beta that leaves `ESS_FRACTION` of the particles effective, at most ``largest``."""
    depth = log_like.max() - log_like

    def effective(step: float) -> float:
        weights = np.exp(-step * depth)
        return float(weights.sum() ** 2 / np.sum(weights**2)) / len(depth)

    if effective(largest) >= ESS_FRACTION:
        return largest
    # Bisect the logarithm: first steps of 1e-10 occur when prior draws miss the data by decades.
    low, high = np.log(1e-300), np.log(largest)
    for _ in range(60):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if effective(np.exp(middle)) > ESS_FRACTION else (low, middle)
    return float(np.exp(low))


def _systematic(weights: Array, n: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """Systematic resampling: the indices of n particles of equal weight."""
    edges = np.cumsum(weights)
    positions = (rng.uniform() + np.arange(n)) / n * edges[-1]
    chosen: NDArray[np.intp] = np.minimum(np.searchsorted(edges, positions, side="right"), len(weights) - 1)
    return chosen


def _sweep(
    target: Tempered, theta: Array, log_prior: Array, log_like: Array, beta: float, rng: np.random.Generator
) -> int:
    """One differential-evolution update of every particle, in place; returns how many moved.

    Each half moves along differences within the other half, so that detailed balance holds for either.
    """
    n, dimension = theta.shape
    order = rng.permutation(n)
    accepted = 0
    for moving, still in ((order[: n // 2], order[n // 2 :]), (order[n // 2 :], order[: n // 2])):
        first = rng.integers(len(still), size=len(moving))
        second = (first + rng.integers(1, len(still), size=len(moving))) % len(still)
        scales = np.append(np.array(DE_SCALES) * 2.38 / np.sqrt(2.0 * dimension), DE_HOP)
        gamma = rng.choice(scales, p=DE_PROBABILITIES, size=(len(moving), 1))
        gamma = gamma * (1.0 + DE_JITTER * rng.standard_normal(gamma.shape))
        proposed = theta[moving] + gamma * (theta[still[first]] - theta[still[second]])
        new_prior, new_like = _evaluate(target, proposed)
        gain = (new_prior - log_prior[moving]) + beta * (new_like - log_like[moving])
        accept = -rng.standard_exponential(len(moving)) < gain
        rows = moving[accept]
        theta[rows], log_prior[rows], log_like[rows] = proposed[accept], new_prior[accept], new_like[accept]
        accepted += int(accept.sum())
    return accepted
