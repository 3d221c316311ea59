"""Twenty seeds of three posteriors: what 5000 independent draws cost, and whether a seed loses a piece or shifts ln Z.

The draws of all seeds together are the reference of each: a run is as good as n independent draws if the fractions of
its draws below the quartiles of the reference scatter like those of n independent draws. A bias that all seeds share
cannot be seen here; the section on agreement looks for it with other methods.
"""

import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from model.physics.quantities import Array
from tests.reference.runs import ROOT
from tests.validation.page import Section, table
from workflow.inference.judgement import convergence
from workflow.inference.judgement.evidence import evidence_of_chains
from workflow.inference.run.assembly import build_posterior
from workflow.inference.run.config import load
from workflow.inference.sampling import ensembles
from workflow.inference.sampling.chain_files import read_chain

RUNS = ("hooper_zurek_2008", "hooper_zurek_modern", "hypercharge_2008")
SEEDS = range(1, 21)
PROCESSES = 2
LEVELS = (0.25, 0.5, 0.75)
KEPT_STEPS = 200  # of each chain, evenly, for the quartiles of the reference
MOST_EVALUATIONS, WANTED_DRAWS = 200_000, 5000
LARGEST_LN_Z = 0.03  # largest distance of ln Z from the mean of the seeds
SMALLEST_PIECE, FACTOR = (
    0.003,
    2.0,
)  # a piece counts from this fraction of the posterior, and is found within the factor


@dataclass(frozen=True)
class Outcome:
    """What one seed left.

    Attributes
    ----------
    converged : bool
        Verdict of the last check.
    steps, evaluations : int
        Delivered steps of each ensemble, and evaluations of the posterior in all stages.
    ln_z, ln_z_error : float
        Evidence and its error.
    quantities : dict of str to (steps, walkers) array
        Sampled parameters and masses that vary.
    fractions : dict of str to float
        Fraction of the draws in each piece.
    """

    converged: bool
    steps: int
    evaluations: int
    ln_z: float
    ln_z_error: float
    quantities: Mapping[str, Array]
    fractions: Mapping[str, float]


def sample(run: str, seed: int, tables: Path | None) -> Outcome:
    """Sample one run with one seed and all its other settings as shipped."""
    config = load(ROOT / "config" / f"{run}.yaml")
    settings = replace(config.sampler, seed=seed)
    posterior = build_posterior(config, tables)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        done = ensembles.run(
            lambda: posterior,
            settings,
            folder / "out",
            folder / "checkpoint",
            marks={"config_hash": "seeds"},
            judge=partial(convergence.failures, config),
        )
        chains = [read_chain(path) for path in done.files]
    evidence = evidence_of_chains(posterior, chains, settings)
    theta = np.concatenate([chain.coords for chain in chains], axis=1)
    found = posterior.monitored(theta.reshape(-1, theta.shape[2]))
    shape = theta.shape[:2]
    return Outcome(
        converged=done.converged,
        steps=done.steps,
        evaluations=done.evaluations,
        ln_z=evidence.ln_z,
        ln_z_error=evidence.error,
        quantities={name: x.reshape(shape).astype(np.float32) for name, x in found.quantities.items() if np.ptp(x)},
        fractions={name: float(inside.mean()) for name, inside in found.pieces.items()},
    )


def independent_draws(outcomes: Sequence[Outcome]) -> Array:
    """For each seed the number of independent draws that would be as far from all seeds together, (seeds,).

    The reference contains the seed itself, which makes the mean square distance smaller by (1 - 1/K) for K seeds.
    """
    squares = []
    for name in outcomes[0].quantities:
        thinned = [x[:: max(len(x) // KEPT_STEPS, 1)] for x in (outcome.quantities[name] for outcome in outcomes)]
        for level, edge in zip(LEVELS, np.quantile(np.concatenate([x.ravel() for x in thinned]), LEVELS), strict=True):
            below = np.array([(outcome.quantities[name] < edge).mean() for outcome in outcomes])
            squares.append((below - below.mean()) ** 2 / (level * (1.0 - level)))
    unbiased = np.mean(squares, axis=0) / (1.0 - 1.0 / len(outcomes))
    draws: Array = 1.0 / unbiased
    return draws


def judge(run: str, outcomes: Sequence[Outcome]) -> tuple[tuple[str, ...], dict[str, bool]]:
    """The row of a run in the table, and what must hold."""
    draws = independent_draws(outcomes)
    evaluations = np.array([outcome.evaluations for outcome in outcomes])
    cost = evaluations / draws * WANTED_DRAWS
    ln_z = np.array([outcome.ln_z for outcome in outcomes])
    far = np.abs(ln_z - ln_z.mean()).max()
    pieces, lost = [], 0
    for name in outcomes[0].fractions:
        fractions = np.array([outcome.fractions[name] for outcome in outcomes])
        if not SMALLEST_PIECE < fractions.mean() < 1.0 - SMALLEST_PIECE:
            continue
        ratio = fractions / fractions.mean()
        lost += int(((ratio < 1.0 / FACTOR) | (ratio > FACTOR)).sum())
        pieces.append(f"{name}: {fractions.min():.4f} to {fractions.max():.4f}".replace("|", r"\|"))
    row = (
        run,
        f"{sum(outcome.converged for outcome in outcomes)} of {len(outcomes)}",
        f"{np.median(evaluations) / 1e3:.0f} k ({evaluations.min() / 1e3:.0f} to {evaluations.max() / 1e3:.0f})",
        f"{np.median(draws):.0f} ({draws.min():.0f})",
        f"{np.median(cost) / 1e3:.0f} k",
        f"{ln_z.mean():.3f} ± {ln_z.std(ddof=1):.3f} (largest {far:.3f}; stated "
        f"{np.median([outcome.ln_z_error for outcome in outcomes]):.3f})",
        "<br>".join(pieces) or "-",
    )
    held = {
        f"{run}: every seed converged": all(outcome.converged for outcome in outcomes),
        f"{run}: at most {MOST_EVALUATIONS // 1000} k evaluations at the median": bool(
            np.median(evaluations) <= MOST_EVALUATIONS
        ),
        f"{run}: at least {WANTED_DRAWS} draws by error at the median": bool(np.median(draws) >= WANTED_DRAWS),
        f"{run}: no seed loses a piece, fractions within a factor of {FACTOR:g}": lost == 0,
        f"{run}: ln Z of every seed within {LARGEST_LN_Z} of the mean": bool(far <= LARGEST_LN_Z),
    }
    return row, held


def section(outcomes: Mapping[str, Sequence[Outcome]]) -> Section:
    """The section of the page from the outcomes of all seeds of each run."""
    judged = [judge(run, several) for run, several in outcomes.items()]
    checks = {words: holds for _, held in judged for words, holds in held.items()}
    header = (
        "run",
        "converged",
        "evaluations, median (range)",
        "draws by error, median (smallest)",
        f"evaluations for {WANTED_DRAWS} draws",
        "ln Z, mean ± scatter",
        "pieces, range",
    )
    text = f"""\
The runs as shipped, with other seeds. Draws by error are the number of independent draws whose fractions below the
quartiles of every parameter and mass would be as far from those of all seeds together. Evaluations count pilots,
burn-in and surveys. A bias that all seeds share would not show here; the section before this one looks for it.

{table(header, [row for row, _ in judged])}"""
    return Section("seeds", "Many seeds", text, checks, {})


def measure(tables: Path | None = None) -> Section:
    """Sample every run with every seed, two at a time."""
    # Compiled kernels do not survive a fork while threads run; a spawned process starts clean.
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as pool:
        waiting = {run: [pool.submit(sample, run, seed, tables) for seed in SEEDS] for run in RUNS}
        return section({run: [done.result() for done in several] for run, several in waiting.items()})
