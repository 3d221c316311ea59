"""One `sample` job: pilots, a common proposal, and independent emcee ensembles that extend themselves until converged.

Tempered pilots find the regions, a short burn-in and surveys (weighted draws) shape a mixture that proposes points of
all of them, and then the mixture is frozen: emcee's chains walk with it, mostly by independent draws. Chains in which
walkers stick have found what the mixture lacks: they become the burn-in of new ones, with a mixture fitted to them.

Each ensemble is a file in emcee's own HDF5 layout, written in blocks that replace one another, so that a killed job
goes on from its last block and ends with the same bytes as one that was never interrupted. All randomness hangs on
``(seed, role, ensemble)``: neither the number of processes nor the place of an interruption changes a number.
"""

import hashlib
import json
import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import emcee
import h5py
import numpy as np
from numpy.random import MT19937, Generator, RandomState
from numpy.typing import NDArray
from tqdm import tqdm

from model.physics.quantities import Array
from workflow.inference.sampling import diagnostics
from workflow.inference.sampling.chain_files import (
    Attrs,
    Chain,
    atomic_hdf5,
    chain_length,
    flaw,
    joined,
    kind_of,
    plain_state,
    read_chain,
    read_mixture,
    read_particles,
    read_report,
    read_survey,
    read_warm_particles,
    reproduced,
    set_aside,
    stored_mixture,
    write_attrs,
    write_chain,
    write_survey,
)
from workflow.inference.sampling.pilot import run_pilot
from workflow.inference.sampling.proposal import Inside, Mixture, Truncated, everywhere, fit_proposal, moves
from workflow.inference.sampling.random_streams import Role, generator, integer_seed, seed_sequence
from workflow.inference.sampling.settings import STOP_RULE, SamplerSettings
from workflow.inference.sampling.survey import Survey, resampled, weighted
from workflow.inference.sampling.workers import Submit, Tick, workers

BLOCK = 250  # steps between two checkpoints: a second or two, against a few milliseconds to write them
BATCH = 2048  # points of a survey in one evaluation
GROWTH = 1.5  # of the chain between two checks of convergence
STATES, FIT_DRAWS = 10_000, 40_000  # of the burn-in, and of surveys or a chain, at most, that a mixture is fitted to
FIT_DRAWS_EACH = 1000  # for each component, if that is more
# A chain whose autocorrelation time exceeds this many steps has walkers that stick where the mixture underrates the
# posterior. It is longer by far than those of healthy chains (3 to 10), and cheaper to learn from than to extend.
STICKING, RESTARTS = 20.0, 2
BURN_IN_GLOBAL = 0.5  # share of the steps that draw from the mixture as a whole while it is rough
Monitored = tuple[dict[str, Array], dict[str, NDArray[np.bool_]]]  # quantities and regions, by name
Judge = Callable[[Any, Sequence[Chain]], tuple[str, ...]]  # of a target and its chains: why they have not converged


class Target(Protocol):
    """The posterior as the sampler sees it: n points at a time, in the coordinates u that are walked.

    It may also have ``inside(u)``, whether n points may have a density (n,), known without any likelihood; and
    ``monitored(u)``: quantities {name: (n,)}, and regions as indicators {name: (n,)}, which must converge before the
    chains are delivered, as the coordinates must.
    """

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the d coordinates."""
        ...

    @property
    def blob_names(self) -> tuple[str, ...]:
        """Names of the columns that `log_prob` returns after the first; log_likelihood comes first."""
        ...

    def log_prob(self, u: Array) -> Array:
        """Log-density in u (with Jacobian; -inf outside), then the k blobs, (n, 1 + k)."""
        ...

    def sample_prior(self, n: int, rng: Generator) -> Array:
        """Draw n points from the prior, (n, d)."""
        ...

    def split(self, u: Array) -> tuple[Array, Array]:
        """Log-prior density in u (with Jacobian; -inf outside) and log-likelihood, each (n,)."""
        ...


@dataclass(frozen=True)
class Run:
    """What a finished `sample` job leaves behind.

    Attributes
    ----------
    files : tuple of Path
        One chain per ensemble.
    steps : int
        Delivered steps of each.
    evaluations : int
        Points at which the posterior was evaluated, pilots and burn-in included.
    pilots : tuple of dict
        For each pilot: log_evidence, temperatures, acceptance, and prior draws by fate (drawn, outside, excluded).
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
    config_hash: str,
    cores: int = 1,
    judge: Judge | None = None,
) -> Run:
    """Sample a posterior into ``out_dir/ensemble_<i>.h5``.

    Parameters
    ----------
    build : callable
        Makes the posterior; called once in every process, so it must be picklable if ``cores`` > 1.
    settings : SamplerSettings
        How to sample.
    out_dir : Path
        Receives the chains when all are finished.
    checkpoint_dir : Path
        Holds the unfinished ones. A second run with the same settings goes on from there; the folder is emptied when
        the chains have converged, and kept when ``max_steps`` ended them, so that a larger ``max_steps`` extends them.
    config_hash : str
        Identity of the posterior: of its configuration, data and code. The stop rule need not be part of it (and a
        changed one takes effect on resuming); the other settings are added here. Files that bear another identity, or
        whose stored log-densities the posterior does not reproduce, are set aside as ``<name>.stale-<n>``; damaged or
        foreign ones as ``<name>.broken-<n>``.
    cores : int
        Processes at most. With 1, everything runs in the calling process.
    judge : callable, optional
        Asked when coordinates and monitored quantities have converged, for instance about derived quantities that are
        too dear to be had at every step. Must be picklable if ``cores`` > 1.

    Returns
    -------
    Run
        Files and figures; ``converged`` says whether to believe them.
    """
    with workers(build, min(cores, settings.ensembles)) as submit:
        names, blob_names = submit(_names, [()], "")[0]
        if settings.walkers < 2 * len(names):
            raise ValueError(f"sampler.walkers must be at least {2 * len(names)} for {len(names)} coordinates")
        attrs: Attrs = {
            "names": list(names),
            "blob_names": list(blob_names),
            "seed": settings.seed,
            "burn_in": settings.burn_in,
            "config_hash": config_hash,
            "identity": _identity(config_hash, settings, names, blob_names),
        }
        checkpoint_dir.mkdir(parents=True, exist_ok=True)
        _set_aside(checkpoint_dir, attrs, submit)
        return _sample(settings, attrs, out_dir, checkpoint_dir, submit, judge)


# --- the course of a run -------------------------------------------------------------------------------------------


def _sample(
    settings: SamplerSettings, attrs: Attrs, out_dir: Path, folder: Path, submit: Submit, judge: Judge | None
) -> Run:
    every = range(settings.ensembles)
    kinds = ("pilot", "burn_in", "settled", "ensemble")
    pilots, burnt, settled, chains = ([folder / f"{kind}_{i}.h5" for i in every] for kind in kinds)
    surveys = [[folder / f"survey_{k}_{i}.h5" for i in every] for k in range(settings.surveys)]

    todo = [i for i in every if not pilots[i].exists()]
    submit(_pilot, [(pilots[i], settings, i, attrs) for i in todo], "pilots")
    reports = tuple(read_report(path) for path in pilots)
    _say(f"pilots: ln Z about {', '.join(format(report['log_evidence'], '.1f') for report in reports)}")

    # Pooled, each pilot with the same weight: a region that one of them missed is proposed to all ensembles, and a
    # wrong evidence of one cannot drop a region.
    particles, log_prob = map(np.concatenate, zip(*map(read_particles, pilots), strict=True))
    warm = np.concatenate([read_warm_particles(path) for path in pilots])
    mixture = stored_mixture(burnt) or _fit(settings, 0, particles, log_prob, warm)
    arguments = [(burnt[i], pilots[i], mixture, settings, i, attrs) for i in every]
    submit(_burn_in, arguments, "burn-in", _missing(burnt, settings.burn_in, settings.walkers))

    # The chain that is delivered starts after the last fit and never changes its moves: given the mixture, the
    # ensembles are independent Markov chains with the posterior as their stationary distribution, which is what
    # comparing them with R-hat presumes.
    states, log_prob = _pooled(burnt, STATES)
    mixture = stored_mixture(surveys[0]) or _fit(settings, 1, states, log_prob, warm)
    for k, paths in enumerate(surveys):
        missing = [i for i in every if not paths[i].exists()]
        submit(_survey, [(paths[i], mixture, settings, k, i, attrs) for i in missing], f"survey {k + 1}")
        mixture = stored_mixture(surveys[k + 1] if k + 1 < len(surveys) else settled) or _refit(
            settings, k, surveys[: k + 1], states, log_prob, warm
        )
    extended = [(settled[i], burnt[i], mixture, settings, settings.burn_in, i, attrs) for i in every]
    submit(_extend, extended, "burn-in again", _missing(settled, settings.burn_in, settings.walkers))

    # The moves of a chain that is delivered never change: one that sticks is not mended but becomes burn-in.
    checks: list[diagnostics.Check] = []
    before, walks = settled, [chains]
    while True:
        steps, found = _until_converged(
            walks[-1], before, mixture, settings, attrs, submit, judge, RESTARTS + 1 - len(walks)
        )
        checks += found
        if found[-1].verdict.converged or steps >= settings.max_steps:
            break
        again = [folder / f"again_{len(walks)}_{i}.h5" for i in every]
        states, log_prob = _pooled(walks[-1], _fit_draws(settings))
        index = 1 + settings.surveys + len(walks)
        mixture = stored_mixture(again) or _fit(settings, index, states, log_prob, warm)
        before = walks[-1]
        walks.append(again)

    walked = sum(chain_length(chain) for walk in walks for chain in walk) * settings.walkers
    walked += settings.ensembles * settings.walkers * (1 + 2 * settings.burn_in)
    surveyed = settings.ensembles * sum(_draws(settings, k) for k in range(settings.surveys))
    evaluations = sum(int(report["evaluations"]) for report in reports) + surveyed + walked
    files = _deliver(walks[-1], out_dir, attrs)
    result = Run(files, steps, evaluations, reports, tuple(checks))
    if result.converged:
        for path in (path for paths in (pilots, burnt, *surveys, settled, *walks) for path in paths):
            path.unlink()
    return result


def _until_converged(
    chains: Sequence[Path],
    before: Sequence[Path],
    mixture: Mixture,
    settings: SamplerSettings,
    attrs: Attrs,
    submit: Submit,
    judge: Judge | None,
    restarts: int,
) -> tuple[int, list[diagnostics.Check]]:
    """Extend chains until they have converged, are capped, or stick while ``restarts`` are left; steps and checks."""
    # Interrupted, all ensembles first catch up with the longest, to the check at which it was aiming.
    longest = max(map(chain_length, chains))
    steps = settings.steps
    while steps < longest:
        steps = max(longest, settings.max_steps) if steps >= settings.max_steps else _next_check(steps, settings)
    checks: list[diagnostics.Check] = []
    while True:
        extended = [(chains[i], before[i], mixture, settings, steps, i, attrs) for i in range(len(chains))]
        submit(_extend, extended, f"to step {steps}", _missing(chains, steps, settings.walkers))
        quantities, regions = _monitored_of(submit(_monitored, [(path,) for path in chains], ""))
        check = diagnostics.check(_quantities(chains, attrs) | quantities, settings, regions)
        if judge is not None and check.verdict.converged:
            (failures,) = submit(_judged, [(judge, tuple(chains))], "")
            check = replace(check, verdict=diagnostics.Verdict(not failures, failures))
        checks.append(check)
        finished = check.verdict.converged or steps >= settings.max_steps
        sticks = not finished and restarts > 0 and check.tau > STICKING
        onward = "walkers stick, start again from here" if sticks else f"on to step {_next_check(steps, settings)}"
        _say(f"{check}" if finished else f"{check}; {onward}")
        if finished or sticks:
            return steps, checks
        steps = _next_check(steps, settings)


def _fit(settings: SamplerSettings, index: int, draws: Array, log_prob: Array, warm: Array) -> Mixture:
    """The mixture number ``index`` of a run."""
    seed = integer_seed(settings.seed, Role.FIT, index)
    return fit_proposal(draws, log_prob, warm, settings.mixture_components, seed)


def _refit(
    settings: SamplerSettings,
    k: int,
    surveys: Sequence[Sequence[Path]],
    states: Array,
    log_prob: Array,
    warm: Array,
) -> Mixture:
    """The mixture after survey k: fitted to the draws of all surveys until now, and to the states of the burn-in.

    The latter keep a proposal alive where a survey has a few heavy draws instead of many.
    """
    draws = weighted([read_survey(path) for paths in surveys for path in paths])
    _say(f"survey {k + 1}: {draws.effective_sample_size:.0f} effective draws, ln Z about {draws.ln_z:.2f}")
    u, found = resampled(draws, _fit_draws(settings), generator(settings.seed, Role.FIT, 2 + k))
    return _fit(settings, 2 + k, np.concatenate([u, states]), np.concatenate([found, log_prob]), warm)


def _fit_draws(settings: SamplerSettings) -> int:
    """Draws that a mixture is fitted to, at most."""
    return max(FIT_DRAWS, FIT_DRAWS_EACH * settings.mixture_components)


def _draws(settings: SamplerSettings, k: int) -> int:
    """Draws of an ensemble in survey k."""
    return -(-(settings.survey_draws << k) // settings.ensembles)


def _pooled(paths: Sequence[Path], n: int) -> tuple[Array, Array]:
    """About n states of all chains, evenly spaced, with their log-densities."""
    chains = [read_chain(path) for path in paths]
    coords = np.concatenate([chain.coords for chain in chains])
    log_prob = np.concatenate([chain.log_prob for chain in chains]).ravel()
    every = max(1, len(log_prob) // n)
    return coords.reshape(-1, coords.shape[2])[::every], log_prob[::every]


def _missing(paths: Sequence[Path], steps: int, walkers: int) -> int:
    """Evaluations until all chains have ``steps`` steps."""
    return sum(walkers * max(0, steps - chain_length(path)) for path in paths)


def _next_check(steps: int, settings: SamplerSettings) -> int:
    return min(math.ceil(GROWTH * steps), settings.max_steps)


def _quantities(chains: Sequence[Path], attrs: Attrs) -> dict[str, Array]:
    """Coordinates and log-density of all ensembles, (ensembles, steps, walkers) each."""
    read = [read_chain(path) for path in chains]
    coords = np.stack([chain.coords for chain in read])
    names = attrs["names"]
    columns = {name: coords[..., i] for i, name in enumerate(names if isinstance(names, list) else [])}
    return {**columns, "log_prob": np.stack([chain.log_prob for chain in read])}


def _monitored_of(found: Sequence[Monitored]) -> Monitored:
    """Those of all ensembles, (ensembles, steps, walkers) each."""
    every = range(len(found))
    return (
        {name: np.stack([found[i][0][name] for i in every]) for name in found[0][0]},
        {name: np.stack([found[i][1][name] for i in every]) for name in found[0][1]},
    )


def _deliver(chains: Sequence[Path], out_dir: Path, attrs: Attrs) -> tuple[Path, ...]:
    """Write the chains anew: a file knows its own name, and the checkpoint may have another."""
    out_dir.mkdir(parents=True, exist_ok=True)
    files = tuple(out_dir / f"ensemble_{i}.h5" for i in range(len(chains)))
    for i, (path, delivered) in enumerate(zip(chains, files, strict=True)):
        write_chain(delivered, read_chain(path), read_mixture(path), attrs | {"ensemble": i})
    return files


def _say(line: str) -> None:
    tqdm.write(line, file=sys.stderr)


# --- seeds and identity --------------------------------------------------------------------------------------------


def _random_state(seed: int, role: Role, ensemble: int) -> tuple[Any, ...]:
    return plain_state(RandomState(MT19937(seed_sequence(seed, role, ensemble))).get_state(legacy=True))


def _identity(config_hash: str, settings: SamplerSettings, names: Sequence[str], blob_names: Sequence[str]) -> str:
    shaping = {name: value for name, value in asdict(settings).items() if name not in STOP_RULE}
    text = json.dumps([config_hash, shaping, list(names), list(blob_names)], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _set_aside(folder: Path, attrs: Attrs, submit: Submit) -> None:
    """Rename what cannot be gone on with, saying so in one line each."""
    for leftover in folder.glob(".*.tmp"):
        leftover.unlink()
    # Sound files may still come from other code or data than their identity admits: let the posterior tell.
    sound = []
    for path in sorted(folder.glob("*.h5")):
        if words := flaw(path):
            _rename(path, "broken", words)
        elif _identity_of(path) != attrs["identity"]:
            _rename(path, "stale", "of another configuration, posterior or sampler setting")
        else:
            sound.append(path)
    deviations = submit(_deviation, [(path,) for path in sound], "")
    if any(deviations):
        for path, words in zip(sound, deviations, strict=True):
            _rename(path, "stale", words or "of the same run")


def _rename(path: Path, word: str, reason: str) -> None:
    _say(f"set aside {path} as {set_aside(path, word).name}: {reason}")


def _identity_of(path: Path) -> object:
    with h5py.File(path, "r", locking=False) as file:
        return file[kind_of(file)].attrs["identity"]


# --- tasks, each a function of its arguments alone -----------------------------------------------------------------


def _names(target: Target, tick: Tick) -> tuple[tuple[str, ...], tuple[str, ...]]:
    tick(0)
    if not target.blob_names:
        raise ValueError("the posterior names no blobs; log_likelihood must be the first")
    return tuple(target.names), tuple(target.blob_names)


def _deviation(target: Target, tick: Tick, path: Path) -> str:
    """Words if the posterior does not give the log-densities that a checkpoint holds."""
    if path.name.startswith("pilot"):
        particles, stored = read_particles(path)
        values = np.add(*target.split(particles))
    elif path.name.startswith("survey"):
        survey = read_survey(path)
        stored, values = survey.log_prob[:BATCH], target.log_prob(survey.u[:BATCH])[:, 0]
    else:
        chain = read_chain(path)
        stored, values = chain.log_prob[-1], target.log_prob(chain.coords[-1])[:, 0]
    tick(len(stored))
    if reproduced(stored, values):
        return ""
    return "of a posterior with other values (its code or data have changed)"


def _monitored(target: Target, tick: Tick, path: Path) -> Monitored:
    """What the target wants judged beside its coordinates, for a whole chain: (steps, walkers) each."""
    tick(0)
    monitored = getattr(target, "monitored", None)
    if monitored is None:
        return {}, {}
    coords = read_chain(path).coords
    shape = coords.shape[:2]
    quantities, regions = monitored(coords.reshape(-1, coords.shape[2]))
    return (
        {name: values.reshape(shape) for name, values in quantities.items()},
        {name: inside.reshape(shape) for name, inside in regions.items()},
    )


def _judged(target: Target, tick: Tick, judge: Judge, paths: Sequence[Path]) -> tuple[str, ...]:
    tick(0)
    return judge(target, [read_chain(path) for path in paths])


def _pilot(target: Target, tick: Tick, path: Path, settings: SamplerSettings, ensemble: int, attrs: Attrs) -> None:
    rng = generator(settings.seed, Role.PILOT, ensemble)
    pilot = run_pilot(target, settings.pilot_particles, settings.pilot_sweeps, rng, tick)
    report = {
        "log_evidence": pilot.log_evidence,
        "temperatures": len(pilot.acceptance),
        "acceptance": float(pilot.acceptance.mean()),
        "drawn": pilot.drawn,
        "outside": pilot.outside,
        "excluded": pilot.excluded,
        "evaluations": pilot.evaluations,
    }
    with atomic_hdf5(path) as file:
        group = file.create_group("pilot")
        group.create_dataset("particles", data=pilot.particles)
        group.create_dataset("warm", data=pilot.warm)
        group.create_dataset("log_prob", data=pilot.log_prior + pilot.log_likelihood)
        group.attrs["report"] = json.dumps(report)
        write_attrs(group, attrs)


def _burn_in(
    target: Target,
    tick: Tick,
    path: Path,
    pilot: Path,
    mixture: Mixture,
    settings: SamplerSettings,
    ensemble: int,
    attrs: Attrs,
) -> None:
    """Burn an ensemble in, from particles of its own pilot."""
    start = None
    if not path.exists():
        particles = np.unique(read_particles(pilot)[0], axis=0)
        if len(particles) < settings.walkers:
            raise RuntimeError(
                f"pilot {ensemble} ended with {len(particles)} distinct particles for {settings.walkers} walkers:"
                " raise sampler.pilot_particles or sampler.pilot_sweeps"
            )
        rng = generator(settings.seed, Role.START, ensemble)
        u = rng.permutation(particles)[: settings.walkers]
        values = target.log_prob(u)
        if values.shape != (settings.walkers, 1 + len(target.blob_names)):
            raise ValueError(
                f"log_prob of {len(u)} points has shape {values.shape}, {len(target.blob_names)} blobs named"
            )
        parts = np.add(*target.split(u))
        if not np.allclose(values[:, 0], parts, rtol=1e-6, atol=1e-6):
            worst = int(np.argmax(np.abs(values[:, 0] - parts)))
            raise ValueError(
                f"log_prob ({values[worst, 0]}) and split ({parts[worst]}) of the posterior disagree at"
                f" u = {u[worst].tolist()}"
            )
        blobs = values[:, 1] if values.shape[1] == 2 else values[:, 1:]
        start = emcee.State(u, values[:, 0], blobs, _random_state(settings.seed, Role.BURN_IN, ensemble))
    mix = moves(mixture, _inside(target), BURN_IN_GLOBAL)
    _advance(target, tick, path, start, mixture, mix, settings.burn_in, attrs | {"ensemble": ensemble})


def _survey(
    target: Target,
    tick: Tick,
    path: Path,
    mixture: Mixture,
    settings: SamplerSettings,
    k: int,
    ensemble: int,
    attrs: Attrs,
) -> None:
    """Make the draws of one ensemble in survey k."""
    rng = generator(settings.seed, Role.SURVEY, k * settings.ensembles + ensemble)
    u, share = Truncated(mixture, _inside(target)).draw(_draws(settings, k), rng)
    parts = []
    for start in range(0, len(u), BATCH):
        parts.append(target.log_prob(u[start : start + BATCH])[:, 0])
        tick(len(parts[-1]))
    write_survey(path, Survey(mixture, share, u, np.concatenate(parts)), attrs | {"ensemble": ensemble})


def _extend(
    target: Target,
    tick: Tick,
    path: Path,
    before: Path,
    mixture: Mixture,
    settings: SamplerSettings,
    steps: int,
    ensemble: int,
    attrs: Attrs,
) -> None:
    """Extend a chain with the final proposal, which starts where another ended.

    The chain that is delivered goes on with the random numbers of the second burn-in, and that with new ones.
    """
    start = None
    if not path.exists():
        start = read_chain(before).last()
        if path.name.startswith("settled"):
            start.random_state = _random_state(settings.seed, Role.PRODUCTION, ensemble)
    mix = moves(mixture, _inside(target), settings.global_share)
    _advance(target, tick, path, start, mixture, mix, steps, attrs | {"ensemble": ensemble})


def _inside(target: Target) -> Inside:
    inside: Inside = getattr(target, "inside", everywhere)
    return inside


def _advance(
    target: Target,
    tick: Tick,
    path: Path,
    start: emcee.State | None,
    mixture: Mixture,
    mix: list[tuple[object, float]],
    steps: int,
    attrs: Attrs,
) -> None:
    """Bring a chain to ``steps`` steps, in blocks; from ``start``, or from where its file ends."""
    stored = read_chain(path) if start is None else None
    done = len(stored.coords) if stored else 0
    state: emcee.State = stored.last() if stored else start
    walkers, dimension = state.coords.shape
    sampler = emcee.EnsembleSampler(walkers, dimension, target.log_prob, moves=mix, vectorize=True)
    first = done
    while done < steps:
        # Blocks end at multiples of BLOCK wherever the run was interrupted; the content does not depend on it.
        block = min(steps, (done // BLOCK + 1) * BLOCK) - done
        for result in sampler.sample(state, iterations=block, skip_initial_state_check=done > 0):
            tick(walkers)
            state = result
        done += block
        backend = sampler.backend
        new = Chain(
            backend.chain,
            backend.log_prob,
            backend.blobs.reshape(done - first, walkers, -1),
            backend.accepted,
            plain_state(backend.random_state),
        )
        write_chain(path, new if stored is None else joined(stored, new), mixture, attrs)
