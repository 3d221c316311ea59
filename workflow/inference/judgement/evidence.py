"""The evidence, with its error, by importance sampling from a mixture fitted to the posterior.

Bayes factors compare ln Z. Together with the posterior means of the log-likelihoods it also gives the information and
the suspiciousness of a combination of data. A region that no draw has found is missing here as it is in the chains;
`cross_check.py` searches for it.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np

from workflow.inference.sampling.chain_files import Chain
from workflow.inference.sampling.importance_sampling import (
    Blend,
    WeightedDraws,
    defensive,
    importance_sample,
    joined,
)
from workflow.inference.sampling.pilot import Pilot, run_pilot
from workflow.inference.sampling.proposal import FitPoints, Mixture, fit_mixture, fit_proposal, reinforced
from workflow.inference.sampling.random_streams import Role, generator, integer_seed
from workflow.inference.sampling.settings import LARGEST_K, SamplerSettings
from workflow.inference.sampling.survey import Survey, resampled, weighted
from workflow.inference.sampling.target import Density, Target, pilot_start
from workflow.inference.writing.refusal import Refusal

DRAWS = 30_000  # draws of one estimate; they give an error of 0.01 if the mixture fits well
FIT_DRAWS = 20_000  # draws of the chains to which the mixture is fitted
ATTEMPTS, HEAVIEST = 4, 200  # most estimates of one evidence, and draws of one that the mixture of the next must know
COMPONENTS = 30  # largest number of Gaussians of the mixture of `evidence_from_pilots`
MOST_ROUNDS = 8  # largest number of rounds of fits, and of rounds of draws, of `evidence_from_pilots`
LEAST_ROUNDS = 4  # of fits, if the mixture has less than the efficiency of the next line
GOOD_EFFICIENCY = 0.05  # effective draws for each draw
ROUND_DRAWS = 20_000  # draws of a round of fits
MIXING_COLUMNS = ("log_likelihood", "log_prior_walked")  # blobs that are no term of the likelihood


@dataclass(frozen=True)
class Evidence:
    """The evidence of a posterior and related quantities. Logarithms are natural.

    The prior is normalised over its whole range. Points at which the model has no vacuum, or which lie outside its
    domain, count with likelihood zero and so lower the evidence.

    Attributes
    ----------
    ln_z, error : float
        Evidence and its Monte Carlo error, which is meaningless if ``pareto_k`` is above 0.7.
    pareto_k : float
        Shape of the tail of the weights.
    effective_sample_size : float
        Of the weights.
    mean_log_likelihood, mean_log_likelihood_error : float
        Posterior mean of ln L, and its Monte Carlo error.
    mean_log_likelihoods : dict of str to float
        The same for each term.
    information : float
        Kullback-Leibler divergence from prior to posterior, <ln L> - ln Z.
    dimensionality : float
        Twice the posterior variance of ln L: the number of constrained dimensions of a Gaussian posterior (Handley
        and Lemos, arXiv:1903.06682). Not to be used for posteriors of several pieces.
    evaluations : int
        Evaluations of the posterior, including those that prepared the proposal.
    """

    ln_z: float
    error: float
    pareto_k: float
    effective_sample_size: float
    mean_log_likelihood: float
    mean_log_likelihood_error: float
    mean_log_likelihoods: dict[str, float]
    information: float
    dimensionality: float
    evaluations: int

    @property
    def reliable(self) -> bool:
        """Whether the weights have a tail whose mean exists for practical purposes."""
        return self.pareto_k < LARGEST_K

    def to_dict(self) -> dict[str, object]:
        """Plain types for JSON; numbers that do not exist become None."""
        return {k: None if isinstance(v, float) and not np.isfinite(v) else v for k, v in asdict(self).items()}


def evidence_of(draws: WeightedDraws, blob_names: Sequence[str], evaluations: int) -> Evidence:
    """The evidence and posterior means of weighted draws whose blobs have these names.

    Raises
    ------
    ValueError
        If no draw has any weight: the proposal missed the posterior altogether.
    """
    if not len(draws.weights):
        raise Refusal(f"none of {draws.proposed} draws has a posterior density: the proposal misses it altogether")
    columns = dict(zip(blob_names, draws.blobs.T, strict=True))
    log_likelihood = columns["log_likelihood"]
    mean, error = draws.mean(log_likelihood)
    variance, _ = draws.mean((log_likelihood - mean) ** 2)
    terms = {name: draws.mean(column)[0] for name, column in columns.items() if name not in MIXING_COLUMNS}
    return Evidence(
        ln_z=draws.ln_z,
        error=draws.ln_z_error,
        pareto_k=draws.pareto_k,
        effective_sample_size=draws.effective_sample_size,
        mean_log_likelihood=mean,
        mean_log_likelihood_error=error,
        mean_log_likelihoods=terms,
        information=mean - draws.ln_z,
        dimensionality=2.0 * variance,
        evaluations=evaluations,
    )


def evidence_of_chains(
    posterior: Density,
    chains: Sequence[Chain],
    settings: SamplerSettings,
    n: int = DRAWS,
    tick: Callable[[int], None] = lambda _: None,
) -> Evidence:
    """The evidence from a mixture refitted to finished chains; the same chains and seed give the same numbers.

    If the weights have too heavy a tail, the mixture is fitted again with the draws of largest weight, and the estimate
    is made with new draws.

    Parameters
    ----------
    posterior : Density
        The posterior of the chains.
    chains : sequence of Chain
        One per ensemble, without burn-in.
    settings : SamplerSettings
        Of the run: seed and number of components.
    n : int, optional
        Evaluations.
    tick : callable, optional
        Called with the number of evaluations made since the last call.

    Returns
    -------
    Evidence
    """
    coords = np.concatenate([chain.coords.reshape(-1, chain.coords.shape[2]) for chain in chains])
    log_prob = np.concatenate([chain.log_prob.ravel() for chain in chains])
    every = max(1, len(coords) // FIT_DRAWS)
    points = FitPoints(coords[::every], log_prob[::every])
    components, seed = settings.mixture_components, integer_seed(settings.seed, Role.EVIDENCE)
    for round_ in range(ATTEMPTS):
        mixture = reinforced(fit_mixture(points.theta, components, seed), points.distinct(), components, seed)
        rng = generator(settings.seed, Role.EVIDENCE, 1 + round_)
        draws = importance_sample(posterior, defensive(mixture), n, rng, tick)
        if draws.pareto_k < LARGEST_K or round_ + 1 == ATTEMPTS:
            break
        points += _heaviest(draws, defensive(mixture))
    return evidence_of(draws, posterior.blob_names, (round_ + 1) * n)


def _of_equal_weight(draws: WeightedDraws, proposal: Blend, rng: np.random.Generator) -> FitPoints:
    """Draws that are chosen by their weights, with the density of the posterior."""
    log_prob = draws.log_weight + proposal.log_density(draws.theta)
    return resampled(replace(draws, blobs=log_prob[:, None]), ROUND_DRAWS, rng)


def _heaviest(draws: WeightedDraws, proposal: Blend) -> FitPoints:
    """The draws where the proposal is much too small, with the density of the posterior."""
    rows = np.argsort(draws.log_weight)[-HEAVIEST:]
    theta = draws.theta[rows]
    return FitPoints(theta, draws.log_weight[rows] + proposal.log_density(theta))


def evidence_from_pilots(
    posterior: Target,
    seed: int,
    *,
    pilots: int = 4,
    particles: int = 1500,
    sweeps: int = 10,
    target_ess: float = 5000.0,
    tick: Callable[[int], None] = lambda _: None,
) -> Evidence:
    """The evidence without chains: pilots, a mixture refitted to its own weighted draws, importance sampling.

    If the weights have too heavy a tail, components are added where the draws of largest weight are, and the estimate
    is made with new draws.

    It serves comparisons of models and of subsets of data that do not need the posterior itself. A mode that every
    pilot has lost is missing, and neither ``pareto_k`` nor the scatter of the pilots shows it (docs/physics/sampling.md
    6).

    Parameters
    ----------
    posterior : Target
        The posterior.
    seed : int
        Seed of all random streams.
    pilots, particles, sweeps : int, optional
        Tempered pilots, and the size of each.
    target_ess : float, optional
        Effective sample size at which to stop: an error of ln Z of about 1 / sqrt(target_ess).
    tick : callable, optional
        Called with the number of evaluations made since the last call.

    Returns
    -------
    Evidence
        It has fewer effective draws if `MOST_ROUNDS` did not suffice; ``error`` and ``pareto_k`` show this.
    """
    explored = [
        run_pilot(pilot_start(posterior), particles, sweeps, generator(seed, Role.PILOT, index), tick)
        for index in range(pilots)
    ]
    proposal, efficiency, evaluations = _refined(posterior, seed, explored, tick)
    evaluations += sum(pilot.evaluations for pilot in explored)
    if proposal is None:
        raise Refusal(f"none of {evaluations} points has a posterior density that importance sampling could use")
    # Streams from 0 on are those of the fits and their draws; each attempt has two blocks of `MOST_ROUNDS` after them.
    for attempt in range(ATTEMPTS):
        blend, blocks = defensive(proposal), list[WeightedDraws]()
        for index in range(MOST_ROUNDS):
            n = int(np.clip(1.2 * target_ess / efficiency, ROUND_DRAWS, 2 * DRAWS))
            rng = generator(seed, Role.EVIDENCE, (2 + 2 * attempt) * MOST_ROUNDS + index)
            blocks.append(importance_sample(posterior, blend, n, rng, tick))
            evaluations += n
            pooled = joined(blocks)
            if pooled.effective_sample_size >= target_ess:
                break
        if pooled.pareto_k < LARGEST_K or attempt + 1 == ATTEMPTS:
            break
        rng = generator(seed, Role.EVIDENCE, (2 + 2 * ATTEMPTS) * MOST_ROUNDS + attempt)
        points = _of_equal_weight(pooled, blend, rng) + _heaviest(pooled, blend)
        proposal = reinforced(
            proposal, points.distinct(), COMPONENTS, integer_seed(seed, Role.EVIDENCE, MOST_ROUNDS + attempt)
        )
    return evidence_of(pooled, posterior.blob_names, evaluations)


def _refined(
    posterior: Density, seed: int, explored: Sequence[Pilot], tick: Callable[[int], None]
) -> tuple[Mixture | None, float, int]:
    """The best mixture of several refits, its effective draws for each evaluation, and the evaluations of all.

    Each mixture is fitted to the draws of all mixtures before it, as those of the surveys of a run are. Pilots stay in
    every fit, so that a region which one of them has found is not lost after one round of low weight.
    """
    particles = FitPoints(
        np.concatenate([pilot.particles for pilot in explored]),
        np.concatenate([pilot.log_prior + pilot.log_likelihood for pilot in explored]),
    )
    warm = FitPoints(
        np.concatenate([pilot.warm for pilot in explored]),
        np.concatenate([pilot.warm_log_prob for pilot in explored]),
    )
    points, surveys, evaluations = particles, list[Survey](), 0
    efficiency, best = 0.0, None
    for index in range(MOST_ROUNDS):
        mixture = fit_proposal(points, warm, COMPONENTS, integer_seed(seed, Role.EVIDENCE, index))
        rng = generator(seed, Role.EVIDENCE, MOST_ROUNDS + index)
        draws = importance_sample(posterior, mixture, ROUND_DRAWS, rng, tick)
        evaluations += draws.proposed
        gained = draws.effective_sample_size / draws.proposed - efficiency
        if gained > 0.0:
            best, efficiency = mixture, efficiency + gained
        # Few effective draws are a poor measure of progress.
        measured = efficiency > GOOD_EFFICIENCY or index + 1 >= LEAST_ROUNDS
        if not len(draws.weights) or (measured and gained < 0.1 * efficiency):
            break
        log_prob = draws.log_weight + mixture.log_density(draws.theta)
        surveys.append(Survey(mixture, len(draws.theta) / draws.proposed, draws.theta, log_prob))
        rng = generator(seed, Role.EVIDENCE, 3 * MOST_ROUNDS + index)
        points = particles + resampled(weighted(surveys), len(surveys) * ROUND_DRAWS, rng)
    return best, efficiency, evaluations
