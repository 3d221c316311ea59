"""The same posterior by other methods: brute-force importance sampling and nested sampling.

A region that no pilot has found is invisible to every diagnostic of the chains (measured: R-hat 1.001, Pareto k 0.3 and
an evidence half a unit too low; docs/physics/sampling.md 6). Neither method here uses pilots, mixtures or chains. Both
start from the whole range that the priors leave to each sampling coordinate, in the distribution of valid prior draws.

Brute force then adapts that distribution coordinate by coordinate to the weights, as VEGAS does (Lepage, J. Comput.
Phys. 27 (1978) 192). Its last draws come from a mixture fitted to its weighted draws. A fraction of the draws is never
adapted. Nested sampling is nautilus (Lange, arXiv:2306.16923), an optional extra.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any, ClassVar, NamedTuple, cast

import numpy as np
from scipy import special
from threadpoolctl import threadpool_limits

from model.physics.prediction import Prediction
from model.physics.quantities import Array
from workflow.inference.estimates import posterior_file
from workflow.inference.estimates.posterior_file import PosteriorFile
from workflow.inference.posterior.posterior import Posterior
from workflow.inference.sampling.importance_sampling import Blend, WeightedDraws, defensive, importance_sample
from workflow.inference.sampling.proposal import fit_mixture
from workflow.inference.sampling.random_streams import Role, generator, integer_seed

PRIOR_DRAWS = 200_000  # draws that show where valid points lie in each coordinate
BINS = 128  # of each coordinate
EVEN = 0.1  # fraction of the probability of each coordinate that is spread evenly over its range
MARGIN = 0.02  # margin beyond the outermost prior draws, relative to the range
FLAT_SHARE = 0.2  # fraction of the draws of brute force that is never adapted
SWEEPS, FITS = 6, 3  # number of adaptations of the coordinates, then of the mixture
COMPONENTS, FIT_DRAWS = 40, 10_000
TEMPERED_ESS = 2000.0  # weights are flattened to this effective sample size before anything is fitted to them
FLATTEST = 0.02  # smallest power of the weights
HOPELESS = 25.0  # a point is not evaluated further once its ln L is so far below the best value so far
NESTED_ERROR = 0.1  # error of ln Z by nested sampling that is added to its own
AGREEMENT = 3.0  # standard errors
LARGEST_CDF = 0.03  # largest difference of a cumulative marginal; 0.01 to 0.02 of it is noise of the chains
SMALLEST_PIECE = 0.01  # smaller fractions of the posterior in a piece are not compared
MOST_EXPENSIVE = "relic_abundance"  # evaluated last, and only where the other likelihoods leave a chance


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
        u: Array = self.low + (self.high - self.low) * unit
        return u

    def sample(self, n: int, random: np.random.Generator) -> Array:
        """Draw n points, (n, d)."""
        return self.to_coordinates(random.uniform(size=(n, len(self.low))))

    def log_density(self, u: Array) -> Array:
        """Log-density at n points, (n,); -inf outside."""
        dimension, bins = self.probability.shape
        unit = (u - self.low) / (self.high - self.low)
        inside = np.all((unit >= 0.0) & (unit <= 1.0), axis=1)
        cell = np.clip((np.where(inside[:, None], unit, 0.0) * bins).astype(int), 0, bins - 1)
        density = np.log(self.probability * bins / (self.high - self.low)[:, None])
        return np.where(inside, density[np.arange(dimension), cell].sum(axis=1), -np.inf)

    def fitted_to(self, u: Array, weights: Array) -> "Grid":
        """The same range, with the distribution of weighted points in each coordinate, smoothed over five bins."""
        bins = self.probability.shape[1]
        unit = (u - self.low) / (self.high - self.low)
        rows = []
        for column in unit.T:
            counts = np.histogram(column, bins, (0.0, 1.0), weights=weights)[0]
            smooth = np.convolve(np.pad(counts, 2, mode="edge"), [0.1, 0.2, 0.4, 0.2, 0.1], mode="valid")
            rows.append((1.0 - EVEN) * smooth / smooth.sum() + EVEN / bins)
        return Grid(self.low, self.high, np.array(rows))


@dataclass(frozen=True)
class Screened:
    """A posterior that assigns density zero to a point as soon as its likelihood cannot matter any more.

    The logarithm of a likelihood is at most about 0 by convention, so that a partial sum below ``floor`` stays below
    it. The evidence that is lost in this way is less than e^floor.
    """

    posterior: Posterior
    floor: float
    blob_names: ClassVar[tuple[str, ...]] = ("log_likelihood",)

    def log_prob(self, u: Array) -> Array:
        """Log-posterior density and log-likelihood at n points, (n, 2)."""
        terms = self.posterior.likelihoods
        point = self.posterior.to_physical(u)
        log_likelihood = np.full(len(u), -np.inf)
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
    u: Array
    weights: Array
    ln_z: float
    error: float
    pareto_k: float | None
    evaluations: int

    @property
    def effective_sample_size(self) -> float:
        """Kish's sample size of the weights."""
        return float(1.0 / np.sum(self.weights**2))


class Agreement(NamedTuple):
    """Comparison of a reference with draws of the chains.

    Attributes
    ----------
    cdf_differences : dict of str to float
        Largest difference of the cumulative distributions of each parameter and mass.
    regions : dict of str to (float, float)
        Fraction of each piece of the allowed region in the reference, with its error.
    """

    cdf_differences: dict[str, float]
    regions: dict[str, tuple[float, float]]


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
    u = posterior.from_physical({name: value[valid] for name, value in values.items()})
    margin = MARGIN * np.ptp(u, axis=0)
    even = np.full((u.shape[1], BINS), 1.0 / BINS)
    return Grid(u.min(axis=0) - margin, u.max(axis=0) + margin, even).fitted_to(u, np.ones(len(u)))


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
        Of everything random.
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
    evaluations, best = draws.proposed, _best(draws, posterior.blob_names.index("log_likelihood"), -np.inf)
    grid = flat
    for sweep in range(SWEEPS):
        proposal = Blend((FLAT_SHARE, 1.0 - FLAT_SHARE), (flat, grid))
        rng = generator(seed, Role.CROSS_CHECK, 2 + sweep)
        draws = importance_sample(Screened(posterior, best - HOPELESS), proposal, sweep_draws, rng, tick)
        evaluations, best = evaluations + draws.proposed, _best(draws, 0, best)
        grid = flat.fitted_to(draws.u, _flattened(draws))
    proposal = Blend((FLAT_SHARE, 1.0 - FLAT_SHARE), (flat, grid))
    for fit in range(FITS + 1):
        rng = generator(seed, Role.CROSS_CHECK, 100 + fit)
        rows = rng.choice(len(draws.u), size=FIT_DRAWS, p=_flattened(draws))
        mixture = fit_mixture(draws.u[rows], COMPONENTS, integer_seed(seed, Role.CROSS_CHECK, 200 + fit))
        n = final_draws if fit == FITS else sweep_draws // 10
        blend = Blend((1.0 - FLAT_SHARE, 0.5 * FLAT_SHARE, 0.5 * FLAT_SHARE), (defensive(mixture), flat, grid))
        draws = importance_sample(Screened(posterior, best - HOPELESS), blend, n, rng, tick)
        evaluations, best = evaluations + draws.proposed, _best(draws, 0, best)
    return Reference(
        "brute-force importance sampling",
        draws.u,
        draws.weights,
        draws.ln_z,
        draws.ln_z_error,
        draws.pareto_k,
        evaluations,
    )


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
        Of everything random.
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
        u = grid.to_coordinates(cube)
        return np.asarray(posterior.log_prob(u)[:, 0] - grid.log_density(u))

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


def compare(posterior: Posterior, reference: Reference, chains: Mapping[str, Array]) -> Agreement:
    """Compare a reference with draws of the chains.

    Parameters
    ----------
    posterior : Posterior
        What both sampled.
    reference : Reference
        Weighted draws.
    chains : mapping of str to (n,) array
        Draws of quantities that ``posterior.monitored`` names, in its coordinates; quantities without draws are not
        compared.

    Returns
    -------
    Agreement
    """
    monitored = posterior.monitored(reference.u)
    differences = {}
    for name, draws in chains.items():
        values = monitored.quantities[name]
        order = np.argsort(values)
        values, expected = values[order], np.cumsum(reference.weights[order])
        differences[name] = float(
            np.abs(np.searchsorted(np.sort(draws), values, "right") / len(draws) - expected).max()
        )
    fractions = {}
    for name, inside in monitored.pieces.items():
        fraction = float(reference.weights[inside].sum())
        fractions[name] = (fraction, float(np.sqrt(np.sum((reference.weights * (inside - fraction)) ** 2))))
    return Agreement(differences, fractions)


def cross_check(
    posterior: Posterior,
    file: PosteriorFile,
    digest: str,
    evidence: Mapping[str, Any],
    diagnostics: Mapping[str, Any],
    references: Sequence[Reference],
) -> dict[str, object]:
    """The record of the cross-check of a run, for ``cross_check.json``.

    Parameters
    ----------
    posterior : Posterior
        Of the run.
    file, digest : PosteriorFile, str
        Its ``posterior.nc``, and the SHA-256 of that file.
    evidence, diagnostics : mapping
        Its ``evidence.json`` and ``diagnostics.json``.
    references : sequence of Reference
        The results of other methods.

    Returns
    -------
    dict
        A reference agrees if ln Z does within `AGREEMENT` standard errors, every fraction of a piece that holds more
        than `SMALLEST_PIECE` too, and every cumulative distribution within `LARGEST_CDF`.
    """
    draws = {
        name: posterior.priors[name].to_coordinate(samples) if name in posterior.priors else np.log10(samples)
        for name, samples in ((name, file.samples(name)) for name in posterior.monitored(references[0].u).quantities)
    }
    fractions = {name: (float(r["fraction"]), float(r["mcse"])) for name, r in diagnostics["regions"].items()}
    records = []
    for reference in references:
        agreement = compare(posterior, reference, draws)
        worst = max(agreement.cdf_differences, key=lambda name: agreement.cdf_differences[name])
        pull = (reference.ln_z - evidence["ln_z"]) / float(np.hypot(reference.error, evidence["error"]))
        pulls = {
            name: (agreement.regions[name][0] - fraction)
            / max(float(np.hypot(agreement.regions[name][1], error)), 1e-12)
            for name, (fraction, error) in fractions.items()
            if name in agreement.regions and SMALLEST_PIECE < agreement.regions[name][0] < 1.0 - SMALLEST_PIECE
        }
        largest = agreement.cdf_differences[worst]
        records.append(
            {
                "method": reference.method,
                "ln_z": reference.ln_z,
                "error": reference.error,
                "pareto_k": reference.pareto_k,
                "effective_sample_size": reference.effective_sample_size,
                "evaluations": reference.evaluations,
                "pull": pull,
                "largest_cdf_difference": largest,
                "in_quantity": worst,
                "cdf_differences": agreement.cdf_differences,
                "regions": {name: list(agreement.regions[name]) for name in fractions if name in agreement.regions},
                "region_pulls": pulls,
                "agrees": max(map(abs, (pull, *pulls.values()))) < AGREEMENT and largest < LARGEST_CDF,
            }
        )
    recorded = {name: {"fraction": fraction, "error": error} for name, (fraction, error) in fractions.items()}
    common = {name: recorded[name] for name in recorded if all(name in record["regions"] for record in records)}
    return {
        "run": file.run,
        "posterior_sha256": digest,
        "chains": {"ln_z": evidence["ln_z"], "error": evidence["error"], "regions": common},
        "references": records,
        "agrees": all(record["agrees"] for record in records),
    }


def _best(draws: WeightedDraws, column: int, best_so_far: float) -> float:
    """The highest log-likelihood so far."""
    return max(best_so_far, float(draws.blobs[:, column].max(initial=-np.inf)))


def _flattened(draws: WeightedDraws) -> Array:
    """Normalised weights, raised to a power at which many draws count."""
    power = 1.0
    while True:
        weights: Array = special.softmax(power * draws.log_weight)
        if 1.0 / np.sum(weights**2) >= TEMPERED_ESS or power < FLATTEST:
            return weights
        power *= 0.8


def cross_check_files(
    posterior: Posterior,
    references: Sequence[Reference],
    posterior_path: Path,
    evidence_path: Path,
    diagnostics_path: Path,
) -> dict[str, object]:
    """The record of `cross_check` from the files of a run."""
    return cross_check(
        posterior,
        posterior_file.read(posterior_path),
        hashlib.sha256(posterior_path.read_bytes()).hexdigest(),
        json.loads(evidence_path.read_text(encoding="utf-8")),
        posterior_file.read_diagnostics(diagnostics_path),
        references,
    )


METHODS: Mapping[str, Callable[[Posterior, int], Reference]] = {"brute_force": brute_force, "nested": nested}


def references_of(posterior: Posterior, methods: Sequence[str], seed: int) -> list[Reference]:
    """What each of the `METHODS` finds, on one core, so that the order of summation is always the same.

    Raises
    ------
    ModuleNotFoundError
        If nested sampling is wanted and nautilus is not installed.
    """
    with threadpool_limits(limits=1):
        return [METHODS[method](posterior, seed) for method in methods]
