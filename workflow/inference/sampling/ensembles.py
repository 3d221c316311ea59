"""The step `sample`: pilots, a common proposal, and independent emcee ensembles that are extended until they converge.

Tempered pilots find the regions. A short burn-in and surveys (weighted draws) improve a mixture that proposes points of
all regions. The ensembles settle with it, and the last mixture is fitted to where they went. Then the mixture is
frozen, and the chains of emcee use it, mostly for independent draws. Chains in which walkers stick have found regions
that the mixture lacks; they become the burn-in of new chains, with a mixture that is fitted to them
(docs/physics/sampling.md 2 to 5).

Each ensemble is a file in the HDF5 layout of emcee, which is rewritten after blocks of steps. An interrupted job
continues from the last block and gives the same bytes as one that was never interrupted. All random numbers depend on
``(seed, role, ensemble)`` alone: neither the number of processes nor an interruption changes a number.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from operator import add
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from model.physics.quantities import Array
from workflow.inference.diagnostics import diagnostics
from workflow.inference.sampling import checkpoint, tasks
from workflow.inference.sampling.chain_files import (
    Attrs,
    chain_length,
    identity,
    read_chain,
    read_mixture,
    read_particles,
    read_report,
    read_survey,
    read_warm_particles,
    stored_mixture,
    write_chain,
)
from workflow.inference.sampling.importance_sampling import WeightedDraws
from workflow.inference.sampling.proposal import FitPoints, Mixture, fit_proposal
from workflow.inference.sampling.random_streams import Role, generator, integer_seed
from workflow.inference.sampling.settings import SamplerSettings
from workflow.inference.sampling.survey import resampled, together, weighted
from workflow.inference.sampling.target import Target
from workflow.inference.sampling.tasks import Judge, Order
from workflow.inference.sampling.workers import Submit, workers
from workflow.inference.writing.progress import say
from workflow.inference.writing.refusal import Refusal

GROWTH = 1.5  # factor of the length of the chain between two checks of convergence
STATES, FIT_DRAWS = 10_000, 40_000  # most states of the burn-in, and draws of surveys or of a chain, in a fit
FIT_DRAWS_EACH = 1000  # the same for each component, if this gives more
# In a chain with a longer autocorrelation time [steps] walkers stick where the mixture is smaller than the posterior.
# Usual chains have 3 to 10. A new mixture that is fitted to such a chain costs less than its extension.
STICKING, RESTARTS = 20.0, 2


@dataclass(frozen=True)
class Run:
    """The outcome of the step `sample`.

    Attributes
    ----------
    files : tuple of Path
        One chain per ensemble.
    steps : int
        Delivered steps of each.
    evaluations : int
        Points at which the posterior was evaluated, pilots and burn-in included.
    pilots : tuple of dict
        For each pilot: log_evidence, temperatures, acceptance, and numbers of prior draws (drawn, outside, excluded).
    checks : tuple of Check
        Each check of convergence; the last one decides.
    """

    files: tuple[Path, ...]
    steps: int
    evaluations: int
    pilots: tuple[dict[str, float], ...]
    checks: tuple[diagnostics.Check, ...]

    @property
    def converged(self) -> bool:
        """Verdict of the last check."""
        return self.checks[-1].verdict.converged


def run(
    build: Callable[[], Target],
    settings: SamplerSettings,
    out_dir: Path,
    checkpoint_dir: Path,
    *,
    marks: Mapping[str, str],
    cores: int = 1,
    judge: Judge | None = None,
) -> Run:
    """Sample a posterior into ``out_dir/ensemble_<i>.h5``.

    Parameters
    ----------
    build : callable
        Makes the posterior; called once in every process, so it must be picklable if ``cores`` > 1.
    settings : SamplerSettings
        Settings of the sampler.
    out_dir : Path
        Receives the chains when all are finished.
    checkpoint_dir : Path
        Holds the unfinished ones. A second run with the same settings continues from there; the folder is emptied when
        the chains have converged, and kept when ``max_steps`` ended them, so that a larger ``max_steps`` extends them.
    marks : mapping of str to str
        Attributes of every file. ``config_hash`` must be among them: the identity of the posterior, which is that of
        its configuration, data and code. It does not include the stop rule, and a changed one is used on resuming; the
        other settings are added here. Files with another identity, or
        whose stored log-densities the posterior does not reproduce, are set aside as ``<name>.stale-<n>``; damaged or
        foreign ones as ``<name>.broken-<n>``.
    cores : int
        Largest number of processes. With 1, everything runs in the calling process.
    judge : callable, optional
        Called once the coordinates and monitored quantities have converged. It may check derived quantities that are
        too expensive to compute at every step. Must be picklable if ``cores`` > 1.

    Returns
    -------
    Run
        Files and numbers; ``converged`` states whether the chains can be used.
    """
    with workers(build, min(cores, settings.ensembles)) as submit:
        names, blob_names = submit(tasks.names, [()], "")[0]
        if settings.walkers < 2 * len(names):
            raise Refusal(
                f"sampler.walkers: {settings.walkers}; allowed: at least {2 * len(names)}, two for each of the"
                f" {len(names)} sampled parameters"
            )
        attrs: Attrs = {
            "names": list(names),
            "blob_names": list(blob_names),
            "seed": settings.seed,
            "burn_in": settings.burn_in,
            **marks,
            "identity": identity(marks["config_hash"], settings, names, blob_names),
        }
        checkpoint_dir.mkdir(parents=True, exist_ok=True)
        checkpoint.clear(checkpoint_dir, str(attrs["identity"]), submit)
        return _course(_Job(settings, names, attrs, checkpoint_dir, submit, judge), out_dir)


@dataclass(frozen=True)
class _Job:
    """The common arguments of all stages: settings, processes, folders, and the judge."""

    settings: SamplerSettings
    names: tuple[str, ...]
    attrs: Attrs
    folder: Path
    submit: Submit
    judge: Judge | None

    def paths(self, kind: str) -> list[Path]:
        """One file of a kind for each ensemble."""
        return [self.folder / f"{kind}_{i}.h5" for i in range(self.settings.ensembles)]

    def orders(self, paths: Sequence[Path]) -> list[Order]:
        """One order for each file: ensemble, settings and attributes."""
        return [Order(path, i, self.settings, self.attrs | {"ensemble": i}) for i, path in enumerate(paths)]

    def fit(self, index: int, draws: FitPoints, warm: FitPoints) -> Mixture:
        """The mixture number ``index`` of the run."""
        seed = integer_seed(self.settings.seed, Role.FIT, index)
        return fit_proposal(draws, warm, self.settings.mixture_components, seed)

    @property
    def fit_draws(self) -> int:
        """Largest number of draws to which a mixture is fitted."""
        return max(FIT_DRAWS, FIT_DRAWS_EACH * self.settings.mixture_components)


@dataclass(frozen=True)
class _Explored:
    """Result of the pilots: their particles, those of a warmer posterior, and the report of each pilot."""

    paths: list[Path]
    reports: tuple[dict[str, float], ...]
    particles: FitPoints
    warm: FitPoints


@dataclass(frozen=True)
class _BurntIn:
    """Result of the burn-in: its states."""

    paths: list[Path]
    states: FitPoints


@dataclass(frozen=True)
class _Surveyed:
    """Result of the surveys: the files of each, and the mixture that is fitted to all of them."""

    paths: list[list[Path]]
    mixture: Mixture

    @property
    def all_paths(self) -> list[Path]:
        """The files of all surveys."""
        return [path for paths in self.paths for path in paths]


@dataclass(frozen=True)
class _Walk:
    """Chains with one frozen mixture, each of which starts where another one ended."""

    chains: list[Path]
    before: list[Path]
    mixture: Mixture


@dataclass(frozen=True)
class _Walked:
    """Result of the walks: all of them, of which the last is delivered, and the checks of convergence."""

    walks: list[_Walk]
    steps: int
    checks: list[diagnostics.Check]


# --- the course of a run -------------------------------------------------------------------------------------------


def _course(job: _Job, out_dir: Path) -> Run:
    """All stages of a run, one after the other."""
    explored = _explore(job)
    burnt_in = _burn_in(job, explored)
    surveyed = _survey(job, explored, burnt_in)
    settled = _settle(job, explored, burnt_in, surveyed)
    walked = _walk(job, explored, settled)
    delivered = _deliver(job, walked.walks[-1].chains, out_dir)
    result = Run(delivered, walked.steps, _evaluations(job, explored, walked), explored.reports, tuple(walked.checks))
    if result.converged:
        chains = [path for walk in walked.walks for path in walk.chains]
        for path in (*explored.paths, *burnt_in.paths, *surveyed.all_paths, *settled.chains, *chains):
            path.unlink()
    return result


def _explore(job: _Job) -> _Explored:
    """Run the pilots.

    They are pooled with equal weights. Thus a region that one of them missed is proposed to all ensembles, and the
    wrong evidence of one pilot cannot remove a region.
    """
    paths = job.paths("pilot")
    missing = [(order,) for order in job.orders(paths) if not order.path.exists()]
    job.submit(tasks.pilot, missing, "pilots")
    reports = tuple(read_report(path) for path in paths)
    say(f"pilots: ln Z about {', '.join(format(report['log_evidence'], '.1f') for report in reports)}")
    particles, warm = (_pooled(map(read, paths)) for read in (read_particles, read_warm_particles))
    return _Explored(paths, reports, particles, warm)


def _burn_in(job: _Job, explored: _Explored) -> _BurntIn:
    """Burn the ensembles in, with a mixture that is fitted to the pilots."""
    paths, settings = job.paths("burn_in"), job.settings
    mixture = stored_mixture(paths) or job.fit(0, explored.particles, explored.warm)
    arguments = [
        (order, particles, mixture) for order, particles in zip(job.orders(paths), explored.paths, strict=True)
    ]
    job.submit(tasks.burn_in, arguments, "burn-in", _missing(paths, settings.burn_in, settings.walkers))
    return _BurntIn(paths, _states_of(paths, STATES))


def _survey(job: _Job, explored: _Explored, burnt_in: _BurntIn) -> _Surveyed:
    """Draw from successive mixtures, each of which is fitted to the draws of all surveys before it."""
    surveys = [job.paths(f"survey_{k}") for k in range(job.settings.surveys)]
    followers = [*surveys[1:], job.paths("settled")]  # their files hold the mixture after each survey
    mixture = stored_mixture(surveys[0]) or job.fit(1, burnt_in.states, explored.warm)
    for k, paths in enumerate(surveys):
        missing = [(order, mixture, k) for order in job.orders(paths) if not order.path.exists()]
        job.submit(tasks.survey, missing, f"survey {k + 1}")
        if stored := stored_mixture(followers[k]):
            mixture = stored
            continue
        draws = _all_draws(surveys[: k + 1])
        say(f"survey {k + 1}: {draws.effective_sample_size:.0f} effective draws, ln Z about {draws.ln_z:.2f}")
        mixture = _refitted(job, 2 + k, draws, explored, burnt_in)
    return _Surveyed(surveys, mixture)


def _all_draws(surveys: Sequence[Sequence[Path]]) -> WeightedDraws:
    """The draws of several surveys, each of which has a file for every ensemble, as one weighted sample."""
    return weighted([together([read_survey(path) for path in paths]) for paths in surveys])


def _refitted(job: _Job, index: int, draws: WeightedDraws, explored: _Explored, burnt_in: _BurntIn) -> Mixture:
    """The mixture number ``index``: fitted to the draws of surveys and to the states of a burn-in.

    The latter keep components in regions where a survey has only a few draws with large weights.
    """
    drawn = resampled(draws, job.fit_draws, generator(job.settings.seed, Role.FIT, index))
    return job.fit(index, drawn + burnt_in.states, explored.warm)


def _settle(job: _Job, explored: _Explored, burnt_in: _BurntIn, surveyed: _Surveyed) -> _Walk:
    """Walk with the mixture of the surveys, and fit the mixture of the delivered chains to where the walkers went.

    Walkers stay long where the posterior exceeds the mixture most. Their states there are what the last fit needs. The
    delivered chains start after it and never change their moves: given the mixture, the ensembles are independent
    Markov chains with the posterior as their stationary distribution, which is what R-hat between them presumes.
    """
    walk = _Walk(job.paths("settled"), burnt_in.paths, surveyed.mixture)
    _extend(job, walk, job.settings.settling, "settling")
    settled = _BurntIn(walk.chains, _states_of(walk.chains, job.fit_draws))
    index = 2 + job.settings.surveys
    mixture = stored_mixture(job.paths("ensemble")) or _refitted(
        job, index, _all_draws(surveyed.paths), explored, settled
    )
    return _Walk(walk.chains, walk.before, mixture)


def _walk(job: _Job, explored: _Explored, settled: _Walk) -> _Walked:
    """Extend chains until they have converged or reach `max_steps`; chains that stick become the burn-in of new ones.

    The moves of a delivered chain never change, so that a chain that sticks is replaced and not changed.
    """
    walks = [_Walk(job.paths("ensemble"), settled.chains, settled.mixture)]
    checks: list[diagnostics.Check] = []
    while True:
        steps, new = _until_converged(job, walks[-1], RESTARTS + 1 - len(walks))
        checks += new
        if new[-1].verdict.converged or steps >= job.settings.max_steps:
            return _Walked(walks, steps, checks)
        chains = job.paths(f"again_{len(walks)}")
        states = _states_of(walks[-1].chains, job.fit_draws)
        index = 2 + job.settings.surveys + len(walks)
        mixture = stored_mixture(chains) or job.fit(index, states, explored.warm)
        walks.append(_Walk(chains, walks[-1].chains, mixture))


def _until_converged(job: _Job, walk: _Walk, restarts: int) -> tuple[int, list[diagnostics.Check]]:
    """Extend chains until they converge, reach `max_steps`, or stick while ``restarts`` are left; steps and checks."""
    settings = job.settings
    # After an interruption all ensembles are first extended to the next check of the longest one.
    longest = max(map(chain_length, walk.chains))
    steps = settings.steps
    while steps < longest:
        steps = max(longest, settings.max_steps) if steps >= settings.max_steps else _next_check(steps, settings)
    checks: list[diagnostics.Check] = []
    while True:
        _extend(job, walk, steps, f"to step {steps}")
        check = _check(job, walk.chains)
        checks.append(check)
        finished = check.verdict.converged or steps >= settings.max_steps
        # A walker that never moves leaves no autocorrelation time (NaN).
        sticks = not finished and restarts > 0 and not check.tau <= STICKING
        onward = "walkers stick, start again from here" if sticks else f"on to step {_next_check(steps, settings)}"
        say(f"{check}" if finished else f"{check}; {onward}")
        if finished or sticks:
            return steps, checks
        steps = _next_check(steps, settings)


def _extend(job: _Job, walk: _Walk, steps: int, label: str) -> None:
    """Extend all chains of a walk to ``steps`` steps."""
    orders = zip(job.orders(walk.chains), walk.before, strict=True)
    arguments = [(order, before, walk.mixture, steps) for order, before in orders]
    job.submit(tasks.extend, arguments, label, _missing(walk.chains, steps, job.settings.walkers))


def _check(job: _Job, chains: Sequence[Path]) -> diagnostics.Check:
    """Apply the stop rule to the coordinates and the monitored quantities, then call the judge."""
    quantities, regions = _monitored(job, chains)
    check = diagnostics.check(quantities, job.settings, regions)
    if job.judge is None or not check.verdict.converged:
        return check
    (failures,) = job.submit(tasks.judged, [(job.judge, tuple(chains))], "")
    return replace(check, verdict=diagnostics.Verdict(not failures, failures))


def _monitored(job: _Job, chains: Sequence[Path]) -> tuple[dict[str, Array], dict[str, NDArray[np.bool_]]]:
    """Quantities and indicators of pieces at every step, (ensembles, steps, walkers) each."""
    read = [read_chain(path) for path in chains]
    coords = np.stack([chain.coords for chain in read])
    quantities = {name: coords[..., i] for i, name in enumerate(job.names)}
    quantities["log_prob"] = np.stack([chain.log_prob for chain in read])
    each = job.submit(tasks.monitored, [(path,) for path in chains], "")
    quantities |= {name: np.stack([part.quantities[name] for part in each]) for name in each[0].quantities}
    return quantities, {name: np.stack([part.pieces[name] for part in each]) for name in each[0].pieces}


def _deliver(job: _Job, chains: Sequence[Path], out_dir: Path) -> tuple[Path, ...]:
    """Write the chains again, because a file contains its own name and the checkpoint may have another."""
    out_dir.mkdir(parents=True, exist_ok=True)
    files = [out_dir / f"ensemble_{i}.h5" for i in range(len(chains))]
    for path, order in zip(chains, job.orders(files), strict=True):
        write_chain(order.path, read_chain(path), read_mixture(path), order.attrs)
    return tuple(files)


# --- counts --------------------------------------------------------------------------------------------------------


def _evaluations(job: _Job, explored: _Explored, walked: _Walked) -> int:
    """Points at which the posterior was evaluated, by all stages together."""
    settings = job.settings
    steps = sum(chain_length(chain) for walk in walked.walks for chain in walk.chains)
    steps += settings.ensembles * (1 + settings.burn_in + settings.settling)
    surveyed = settings.ensembles * sum(tasks.draws_of_survey(settings, k) for k in range(settings.surveys))
    return sum(int(report["evaluations"]) for report in explored.reports) + surveyed + steps * settings.walkers


def _pooled(parts: Iterable[FitPoints]) -> FitPoints:
    """The points of several files together."""
    return reduce(add, parts)


def _states_of(paths: Sequence[Path], n: int) -> FitPoints:
    """About n states of all chains, evenly spaced."""
    chains = [read_chain(path) for path in paths]
    coords = np.concatenate([chain.coords for chain in chains])
    log_prob = np.concatenate([chain.log_prob for chain in chains]).ravel()
    every = max(1, len(log_prob) // n)
    return FitPoints(coords.reshape(-1, coords.shape[2])[::every], log_prob[::every])


def _missing(paths: Sequence[Path], steps: int, walkers: int) -> int:
    """Evaluations until all chains have ``steps`` steps."""
    return sum(walkers * max(0, steps - chain_length(path)) for path in paths)


def _next_check(steps: int, settings: SamplerSettings) -> int:
    return min(math.ceil(GROWTH * steps), settings.max_steps)
