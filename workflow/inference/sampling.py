"""One `sample` job: pilots, a common proposal, and independent emcee ensembles that extend themselves until converged.

Each ensemble is a file in emcee's own HDF5 layout, written in blocks that replace one another, so that a killed job
goes on from its last block and ends with the same bytes as one that was never interrupted. All randomness hangs on
``(seed, role, ensemble)``: neither the number of processes nor the place of an interruption changes a number.
"""

import hashlib
import json
import math
import multiprocessing
import os
import shutil
import signal
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from importlib import import_module
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Protocol

import emcee
import h5py
import numpy as np
from numpy.random import MT19937, Generator, RandomState, SeedSequence
from tqdm import tqdm

from model.physics.quantities import Array
from workflow.inference import diagnostics
from workflow.inference.pilot import run_pilot
from workflow.inference.proposal import Mixture, fit_mixture, moves

BLOCK = 250  # steps between two checkpoints: a second or two, against a few milliseconds to write them
GROWTH = 1.5  # of the chain between two checks of convergence
REFIT_DRAWS = 10_000  # of the burn-in, for the final mixture
STOP_RULE = ("steps", "max_steps", "target_ess", "max_rhat")  # settings that leave every draw as it is
PILOT, START, BURN_IN, PRODUCTION, PILOT_FIT, FINAL_FIT = range(6)  # roles of random streams


class Target(Protocol):
    """The posterior as the sampler sees it: n points at a time, in the coordinates u that are walked."""

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
class SamplerSettings:
    """How to sample.

    Attributes
    ----------
    ensembles : int
        Independent ensembles; convergence is judged by their agreement.
    walkers : int
        Walkers of each ensemble, even, at least twice the number of coordinates.
    seed : int
        Of everything random.
    pilot_particles, pilot_sweeps : int
        Size of the tempered pilots, one per ensemble, and sweeps at each temperature.
    mixture_components : int
        Gaussians of the global proposal, at most.
    burn_in : int
        Steps before the proposal is refitted and frozen; they are not delivered.
    steps : int
        Steps of the first check of convergence.
    max_steps : int
        Steps at which an ensemble stops even if not converged.
    target_ess : float
        Effective sample size wanted in every coordinate, over all ensembles.
    max_rhat : float
        Largest split R-hat between ensembles.
    """

    ensembles: int = 4
    walkers: int = 64
    seed: int = 1
    pilot_particles: int = 1000
    pilot_sweeps: int = 5
    mixture_components: int = 30
    burn_in: int = 500
    steps: int = 750
    max_steps: int = 4000
    target_ess: float = 5000.0
    max_rhat: float = 1.005

    def __post_init__(self) -> None:
        least = {"ensembles": 2, "walkers": 4, "seed": 0, "pilot_particles": 50, "burn_in": 8, "steps": 8}
        for field in fields(self):
            value, minimum = getattr(self, field.name), least.get(field.name, 1)
            if not value >= minimum:
                raise ValueError(f"sampler.{field.name} must be at least {minimum}, got {value}")
        if self.walkers % 2:
            raise ValueError(f"sampler.walkers must be even, got {self.walkers}")
        if self.max_steps < self.steps:
            raise ValueError(f"sampler.max_steps ({self.max_steps}) is smaller than sampler.steps ({self.steps})")
        if not self.max_rhat > 1.0:
            raise ValueError(f"sampler.max_rhat must be greater than 1, got {self.max_rhat}")


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


@dataclass(frozen=True)
class Chain:
    """The chain of one ensemble, as emcee stores it."""

    coords: Array  # (steps, walkers, d)
    log_prob: Array  # (steps, walkers)
    blobs: Array  # (steps, walkers, k)
    accepted: Array  # (walkers,), accepted proposals
    random_state: tuple[Any, ...]  # of numpy's RandomState, after the last step

    def last(self) -> emcee.State:
        """Where to go on from."""
        # emcee drops the last axis of a single blob, and expects it dropped when it goes on.
        blobs = self.blobs[-1, :, 0] if self.blobs.shape[2] == 1 else self.blobs[-1]
        return emcee.State(self.coords[-1], self.log_prob[-1], blobs, self.random_state, copy=True)


Attrs = dict[str, str | int | list[str]]
Tick = Callable[[int], None]


def run(
    build: Callable[[], Target],
    settings: SamplerSettings,
    out_dir: Path,
    checkpoint_dir: Path,
    *,
    config_hash: str,
    cores: int = 1,
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
        whose stored log-densities the posterior does not reproduce, are set aside as ``<name>.stale``.
    cores : int
        Processes at most. With 1, everything runs in the calling process.

    Returns
    -------
    Run
        Files and figures; ``converged`` says whether to believe them.
    """
    with _workers(build, min(cores, settings.ensembles)) as submit:
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
        return _sample(settings, attrs, out_dir, checkpoint_dir, submit)


def read_chain(path: Path) -> Chain:
    """Read an ensemble; `emcee.backends.HDFBackend(path, read_only=True)` opens the same file."""
    with h5py.File(path, "r", locking=False) as file:
        group = file["mcmc"]
        state = _plain_state([group.attrs[f"random_state_{i}"] for i in range(5)])
        coords, log_prob, blobs, accepted = (group[name][...] for name in ("chain", "log_prob", "blobs", "accepted"))
        chain = Chain(coords, log_prob, blobs, accepted, state)
        if not len(chain.coords) == len(chain.log_prob) == len(chain.blobs) == group.attrs["iteration"] > 0:
            raise ValueError(f"{path}: its datasets differ in length")
    return chain


def read_attributes(path: Path) -> dict[str, object]:
    """Names, blob names, seed, burn-in and identity of an ensemble."""
    with h5py.File(path, "r", locking=False) as file:
        found = {name: file["mcmc"].attrs[name] for name in file["mcmc"].attrs}
    plain = {
        name: value.tolist() if isinstance(value, np.generic | np.ndarray) else value for name, value in found.items()
    }
    return {name: value for name, value in plain.items() if not name.startswith("random_state")}


def read_mixture(path: Path) -> Mixture:
    """Read the global proposal that an ensemble used."""
    with h5py.File(path, "r", locking=False) as file:
        return Mixture(**{name: file["proposal"][name][...] for name in ("weights", "means", "choleskys")})


# --- the course of a run -------------------------------------------------------------------------------------------


class Submit(Protocol):
    """Run one task for each tuple of arguments, in whatever processes there are, and return the results in order."""

    def __call__(
        self, task: Callable[..., Any], arguments: Sequence[tuple[Any, ...]], label: str, total: int | None = None
    ) -> list[Any]:
        """Call ``task(target, tick, *arguments)`` for each."""
        ...


def _sample(settings: SamplerSettings, attrs: Attrs, out_dir: Path, folder: Path, submit: Submit) -> Run:
    every = range(settings.ensembles)
    pilots, burnt, chains = ([folder / f"{kind}_{i}.h5" for i in every] for kind in ("pilot", "burn_in", "ensemble"))
    size = settings.ensembles * settings.walkers

    todo = [i for i in every if not pilots[i].exists()]
    submit(_pilot, [(pilots[i], settings, i, attrs) for i in todo], "pilots")
    reports = tuple(_read_report(path) for path in pilots)
    _say(f"pilots: ln Z about {', '.join(format(report['log_evidence'], '.1f') for report in reports)}")

    # Pooled, each pilot with the same weight: a region that one of them missed is proposed to all ensembles, and a
    # wrong evidence of one cannot drop a region.
    mixture = _stored_mixture(burnt)
    if mixture is None:
        particles = np.concatenate([_read_particles(path)[0] for path in pilots])
        mixture = fit_mixture(particles, settings.mixture_components, _integer_seed(settings.seed, PILOT_FIT))
    arguments = [(burnt[i], pilots[i], mixture, settings, settings.burn_in, i, attrs) for i in every]
    submit(_burn_in, arguments, "burn-in", _missing(burnt, settings.burn_in, settings.walkers))

    # Refitted once to the second half of the burn-in, again pooled. The chain that is delivered starts after this
    # and never changes its moves: given the mixture, the ensembles are independent Markov chains with the posterior
    # as their stationary distribution, which is what comparing them with R-hat presumes.
    mixture = _stored_mixture(chains)
    if mixture is None:
        late = np.concatenate([read_chain(path).coords[settings.burn_in // 2 :] for path in burnt])
        late = late.reshape(-1, late.shape[2])
        late = late[:: max(1, len(late) // REFIT_DRAWS)]
        mixture = fit_mixture(late, settings.mixture_components, _integer_seed(settings.seed, FINAL_FIT))

    # Interrupted, all ensembles first catch up with the longest, to the check at which it was aiming.
    longest = max(map(_length, chains))
    steps = settings.steps
    while steps < longest:
        steps = max(longest, settings.max_steps) if steps >= settings.max_steps else _next_check(steps, settings)
    checks: list[diagnostics.Check] = []
    while True:
        arguments = [(chains[i], burnt[i], mixture, settings, steps, i, attrs) for i in every]
        submit(_production, arguments, f"to step {steps}", _missing(chains, steps, settings.walkers))
        check = diagnostics.check(_quantities(chains, attrs), settings)
        checks.append(check)
        finished = check.verdict.converged or steps >= settings.max_steps
        _say(f"{check}" if finished else f"{check}; on to step {_next_check(steps, settings)}")
        if finished:
            break
        steps = _next_check(steps, settings)

    evaluations = sum(int(report["evaluations"]) for report in reports) + size * (1 + settings.burn_in + steps)
    files = _deliver(chains, out_dir)
    result = Run(files, steps, evaluations, reports, tuple(checks))
    if result.converged:
        for path in (*pilots, *burnt, *chains):
            path.unlink()
    return result


def _missing(paths: Sequence[Path], steps: int, walkers: int) -> int:
    """Evaluations until all chains have ``steps`` steps."""
    return sum(walkers * max(0, steps - _length(path)) for path in paths)


def _next_check(steps: int, settings: SamplerSettings) -> int:
    return min(math.ceil(GROWTH * steps), settings.max_steps)


def _quantities(chains: Sequence[Path], attrs: Attrs) -> dict[str, Array]:
    """Coordinates and log-density of all ensembles, (ensembles, steps, walkers) each."""
    read = [read_chain(path) for path in chains]
    coords = np.stack([chain.coords for chain in read])
    names = attrs["names"]
    columns = {name: coords[..., i] for i, name in enumerate(names if isinstance(names, list) else [])}
    return {**columns, "log_prob": np.stack([chain.log_prob for chain in read])}


def _deliver(chains: Sequence[Path], out_dir: Path) -> tuple[Path, ...]:
    out_dir.mkdir(parents=True, exist_ok=True)
    for path in chains:
        temporary = out_dir / f".{path.name}.{os.getpid()}.tmp"
        shutil.copyfile(path, temporary)
        _replace(temporary, out_dir / path.name)
    return tuple(out_dir / path.name for path in chains)


def _say(line: str) -> None:
    tqdm.write(line, file=sys.stderr)


# --- seeds and identity --------------------------------------------------------------------------------------------


def _seed_sequence(seed: int, role: int, ensemble: int = 0) -> SeedSequence:
    return SeedSequence(seed, spawn_key=(role, ensemble))


def _integer_seed(seed: int, role: int) -> int:
    return int(_seed_sequence(seed, role).generate_state(1)[0])


def _random_state(seed: int, role: int, ensemble: int) -> tuple[Any, ...]:
    return _plain_state(RandomState(MT19937(_seed_sequence(seed, role, ensemble))).get_state(legacy=True))


def _plain_state(state: Sequence[Any] | dict[str, Any]) -> tuple[Any, ...]:
    kind, keys, position, has_gauss, gauss = state
    return str(kind), np.asarray(keys, dtype=np.uint32), int(position), int(has_gauss), float(gauss)


def _identity(config_hash: str, settings: SamplerSettings, names: Sequence[str], blob_names: Sequence[str]) -> str:
    shaping = {name: value for name, value in asdict(settings).items() if name not in STOP_RULE}
    text = json.dumps([config_hash, shaping, list(names), list(blob_names)], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _set_aside(folder: Path, attrs: Attrs, submit: Submit) -> None:
    """Rename what cannot be gone on with, saying so in one line each."""
    for leftover in folder.glob(".*.tmp"):
        leftover.unlink()
    reasons = {path: _flaw(path, attrs) for path in sorted(folder.glob("*.h5"))}
    # A sound file may still come from other code or data than its identity admits: let the posterior tell.
    sound = [path for path, reason in reasons.items() if not reason]
    deviations = submit(_deviation, [(path,) for path in sound], "")
    if any(deviations):
        reasons.update(zip(sound, (words or "of the same run" for words in deviations), strict=True))
    for path, reason in reasons.items():
        if reason:
            path.replace(path.with_name(f"{path.name}.stale"))
            _say(f"set aside {path} as {path.name}.stale: {reason}")


def _flaw(path: Path, attrs: Attrs) -> str:
    try:
        if path.name.startswith("pilot"):
            _read_particles(path)
            _read_report(path)
        else:
            read_chain(path)
            read_mixture(path)
        with h5py.File(path, "r", locking=False) as file:
            identity = file["pilot" if "pilot" in file else "mcmc"].attrs["identity"]
    except (OSError, KeyError, ValueError) as error:
        return f"truncated or not a checkpoint ({' '.join(str(error).split())})"
    return "" if identity == attrs["identity"] else "of another configuration, posterior or sampler setting"


# --- tasks, each a function of its arguments alone -----------------------------------------------------------------


def _names(target: Target, tick: Tick) -> tuple[tuple[str, ...], tuple[str, ...]]:
    tick(0)
    if not target.blob_names:
        raise ValueError("the posterior names no blobs; log_likelihood must be the first")
    return tuple(target.names), tuple(target.blob_names)


def _deviation(target: Target, tick: Tick, path: Path) -> str:
    """Words if the posterior does not give the log-densities that a checkpoint holds."""
    if path.name.startswith("pilot"):
        particles, stored = _read_particles(path)
        values = np.add(*target.split(particles))
    else:
        chain = read_chain(path)
        stored, values = chain.log_prob[-1], target.log_prob(chain.coords[-1])[:, 0]
    tick(len(stored))
    # Not exactly: a batch of another size may differ in the last bits.
    if np.allclose(stored, values, rtol=1e-8, atol=1e-8):
        return ""
    return "of a posterior with other values (its code or data have changed)"


def _pilot(target: Target, tick: Tick, path: Path, settings: SamplerSettings, ensemble: int, attrs: Attrs) -> None:
    rng = np.random.default_rng(_seed_sequence(settings.seed, PILOT, ensemble))
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
    with _atomic_hdf5(path) as file:
        group = file.create_group("pilot")
        group.create_dataset("particles", data=pilot.particles)
        group.create_dataset("log_prob", data=pilot.log_prior + pilot.log_likelihood)
        group.attrs["report"] = json.dumps(report)
        _write_attrs(group, attrs)


def _burn_in(
    target: Target,
    tick: Tick,
    path: Path,
    pilot: Path,
    mixture: Mixture,
    settings: SamplerSettings,
    steps: int,
    ensemble: int,
    attrs: Attrs,
) -> None:
    """Burn an ensemble in, from particles of its own pilot."""
    start = None
    if not path.exists():
        particles = np.unique(_read_particles(pilot)[0], axis=0)
        if len(particles) < settings.walkers:
            raise RuntimeError(
                f"pilot {ensemble} ended with {len(particles)} distinct particles for {settings.walkers} walkers:"
                " raise sampler.pilot_particles or sampler.pilot_sweeps"
            )
        rng = np.random.default_rng(_seed_sequence(settings.seed, START, ensemble))
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
        start = emcee.State(u, values[:, 0], blobs, _random_state(settings.seed, BURN_IN, ensemble))
    _advance(target, tick, path, start, mixture, steps, attrs | {"ensemble": ensemble})


def _production(
    target: Target,
    tick: Tick,
    path: Path,
    burnt: Path,
    mixture: Mixture,
    settings: SamplerSettings,
    steps: int,
    ensemble: int,
    attrs: Attrs,
) -> None:
    """Extend the chain that is delivered, which starts where the burn-in ended."""
    start = None
    if not path.exists():
        start = read_chain(burnt).last()
        start.random_state = _random_state(settings.seed, PRODUCTION, ensemble)
    _advance(target, tick, path, start, mixture, steps, attrs | {"ensemble": ensemble})


def _advance(
    target: Target, tick: Tick, path: Path, start: emcee.State | None, mixture: Mixture, steps: int, attrs: Attrs
) -> None:
    """Bring a chain to ``steps`` steps, in blocks; from ``start``, or from where its file ends."""
    stored = read_chain(path) if start is None else None
    done = len(stored.coords) if stored else 0
    state: emcee.State = stored.last() if stored else start
    walkers, dimension = state.coords.shape
    sampler = emcee.EnsembleSampler(walkers, dimension, target.log_prob, moves=moves(mixture), vectorize=True)
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
            _plain_state(backend.random_state),
        )
        _write_chain(path, new if stored is None else _joined(stored, new), mixture, attrs)


# --- files ---------------------------------------------------------------------------------------------------------


def _joined(one: Chain, two: Chain) -> Chain:
    return Chain(
        np.concatenate([one.coords, two.coords]),
        np.concatenate([one.log_prob, two.log_prob]),
        np.concatenate([one.blobs, two.blobs]),
        one.accepted + two.accepted,
        two.random_state,
    )


def _write_chain(path: Path, chain: Chain, mixture: Mixture, attrs: Attrs) -> None:
    """Write an ensemble in the layout of emcee's HDFBackend, with the proposal beside it.

    HDFBackend itself opens the file several times per step, which would double the time of a run.
    """
    steps, walkers, dimension = chain.coords.shape
    with _atomic_hdf5(path) as file:
        group = file.create_group("mcmc")
        group.create_dataset("accepted", data=chain.accepted)
        group.create_dataset("chain", data=chain.coords)
        group.create_dataset("log_prob", data=chain.log_prob)
        group.create_dataset("blobs", data=chain.blobs)
        group.attrs["version"] = emcee.__version__
        group.attrs["nwalkers"] = walkers
        group.attrs["ndim"] = dimension
        group.attrs["has_blobs"] = True
        group.attrs["iteration"] = steps
        for i, element in enumerate(chain.random_state):
            group.attrs[f"random_state_{i}"] = element
        _write_attrs(group, attrs)
        proposal = file.create_group("proposal")
        proposal.create_dataset("weights", data=mixture.weights)
        proposal.create_dataset("means", data=mixture.means)
        proposal.create_dataset("choleskys", data=mixture.choleskys)


def _write_attrs(group: h5py.Group, attrs: Attrs) -> None:
    for name, value in attrs.items():
        group.attrs[name] = value


@contextmanager
def _atomic_hdf5(path: Path) -> Iterator[h5py.File]:
    """Open an HDF5 file that takes the place of ``path`` when complete, and leaves nothing behind when not."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        # No locks: nobody else knows this file, and network file systems often have none.
        with h5py.File(temporary, "w", libver=("v110", "v110"), locking=False) as file:
            yield file
        _replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def _replace(temporary: Path, path: Path) -> None:
    """Give a finished file its name, once it is on the disk."""
    with temporary.open("rb") as written:
        os.fsync(written.fileno())
    temporary.replace(path)


def _read_particles(path: Path) -> tuple[Array, Array]:
    """Particles of a pilot and their log-densities."""
    with h5py.File(path, "r", locking=False) as file:
        return file["pilot"]["particles"][...], file["pilot"]["log_prob"][...]


def _read_report(path: Path) -> dict[str, float]:
    with h5py.File(path, "r", locking=False) as file:
        report: dict[str, float] = json.loads(file["pilot"].attrs["report"])
    return report


def _length(path: Path) -> int:
    """Steps in a chain; 0 if there is none."""
    if not path.exists():
        return 0
    with h5py.File(path, "r", locking=False) as file:
        return int(file["mcmc"].attrs["iteration"])


def _stored_mixture(paths: Sequence[Path]) -> Mixture | None:
    """Read the proposal of the first chain there is: all of a kind share it."""
    return next((read_mixture(path) for path in paths if path.exists()), None)


# --- processes -----------------------------------------------------------------------------------------------------


@contextmanager
def _workers(build: Callable[[], Target], processes: int) -> Iterator[Submit]:
    """Run tasks in ``processes`` fresh processes, each with its own target; in this one if that is 1.

    Spawned, not forked: numba, BLAS and tqdm have threads, which do not survive a fork. Pipes, not an executor: if
    this process dies, however it dies, the workers find their pipe broken within a step and end, rather than write
    checkpoints behind the back of the run that resumes.
    """
    if processes <= 1:
        with import_module("threadpoolctl").threadpool_limits(limits=1):
            target = build()

            def submit_here(
                task: Callable[..., Any], arguments: Sequence[tuple[Any, ...]], label: str, total: int | None = None
            ) -> list[Any]:
                with _progress_bar(label, total) as bar:
                    return [task(target, bar.update, *given) for given in arguments]

            yield submit_here
        return

    context = multiprocessing.get_context("spawn")
    workers: dict[Connection, BaseProcess] = {}

    def submit(
        task: Callable[..., Any], arguments: Sequence[tuple[Any, ...]], label: str, total: int | None = None
    ) -> list[Any]:
        results: list[Any] = [None] * len(arguments)
        waiting = list(range(len(arguments)))
        idle, running = list(workers), dict[Connection, int]()
        with _progress_bar(label, total) as bar:
            while waiting or running:
                while waiting and idle:
                    connection = idle.pop(0)
                    running[connection] = waiting.pop(0)
                    connection.send((task, arguments[running[connection]]))
                for ready in wait(list(running)):
                    connection = next(known for known in running if known is ready)
                    kind, value = _receive(connection, workers[connection])
                    if kind == "tick":
                        bar.update(value)
                    else:
                        results[running.pop(connection)] = value
                        idle.append(connection)
        return results

    try:
        for _ in range(processes):
            ours, theirs = context.Pipe()
            process: BaseProcess = context.Process(target=_serve, args=(theirs, build), daemon=True)
            process.start()
            theirs.close()
            workers[ours] = process
        yield submit
    finally:
        for connection, process in workers.items():
            connection.close()
            process.terminate()
            process.join()


def _receive(connection: Connection, process: BaseProcess) -> tuple[str, Any]:
    try:
        kind, value = connection.recv()
    except (EOFError, ConnectionResetError):
        process.join()
        raise RuntimeError(
            f"a sampling process died with exit code {process.exitcode} (out of memory?); run again to resume"
        ) from None
    if kind == "error":
        raise value
    return kind, value


def _serve(connection: Connection, build: Callable[[], Target]) -> None:
    """Do tasks until the parent closes the pipe, or is no more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent ends us
    import_module("threadpoolctl").threadpool_limits(limits=1)

    def tick(evaluations: int) -> None:
        connection.send(("tick", evaluations))

    target: Target | None = None
    try:
        while True:
            task, arguments = connection.recv()
            try:
                target = target or build()
                answer = ("result", task(target, tick, *arguments))
            except Exception as error:
                error.add_note(traceback.format_exc())
                answer = ("error", error)
            connection.send(answer)
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return


@contextmanager
def _progress_bar(label: str, total: int | None) -> Iterator[Any]:
    """A bar on a terminal; nothing in a log, where the line at the end of each phase is enough."""
    hidden = not label or not sys.stderr.isatty()
    with tqdm(total=total, desc=label, unit="eval", unit_scale=True, leave=False, disable=hidden) as bar:
        yield bar
