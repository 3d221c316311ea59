"""The tasks of a run that need the posterior. Each depends on its arguments alone, so that any process can do it."""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import emcee
import numpy as np
from numpy.random import MT19937, RandomState

from workflow.inference.posterior.monitored import Monitored
from workflow.inference.sampling.chain_files import (
    Attrs,
    Chain,
    atomic_hdf5,
    joined,
    plain_state,
    read_chain,
    read_particles,
    read_survey,
    reproduced,
    write_attrs,
    write_chain,
    write_survey,
)
from workflow.inference.sampling.importance_sampling import BATCH
from workflow.inference.sampling.pilot import run_pilot
from workflow.inference.sampling.proposal import Mixture, Truncated, moves
from workflow.inference.sampling.random_streams import Role, generator, seed_sequence
from workflow.inference.sampling.settings import SamplerSettings
from workflow.inference.sampling.survey import Survey
from workflow.inference.sampling.target import PARTS, Target, monitored_along, pilot_start
from workflow.inference.sampling.workers import Tick
from workflow.inference.writing.refusal import Refusal

BLOCK = 250  # steps after which a checkpoint may be written
# A checkpoint holds the whole chain. After one has been written, the next waits for this many times as long as that
# took, so that long chains and slow disks spend at most two per cent of the time on writing.
PATIENCE = 50.0
BURN_IN_GLOBAL = 0.5  # fraction of the steps that draw from the mixture as a whole while it is rough
Judge = Callable[[Any, Sequence[Chain]], tuple[str, ...]]  # reasons why the chains of a target have not converged


@dataclass(frozen=True)
class Order:
    """The arguments of every task that writes a file.

    Attributes
    ----------
    path : Path
        The file to be made, or to be extended.
    ensemble : int
        Number of the ensemble.
    settings : SamplerSettings
        Settings of the sampler.
    attrs : dict
        Attributes of the file.
    """

    path: Path
    ensemble: int
    settings: SamplerSettings
    attrs: Attrs


def names(target: Target, tick: Tick) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names of the coordinates and of the blobs."""
    tick(0)
    if tuple(target.blob_names[:2]) != PARTS:
        raise ValueError(f"the blobs of the posterior are {target.blob_names}; the first two must be {PARTS}")
    return tuple(target.names), tuple(target.blob_names)


def deviation(target: Target, tick: Tick, path: Path) -> str:
    """A message if the posterior does not reproduce the log-densities of a checkpoint."""
    if path.name.startswith("pilot"):
        particles = read_particles(path)
        stored, values = particles.log_prob, target.log_prob(particles.theta)[:, 0]
    elif path.name.startswith("survey"):
        survey = read_survey(path)
        stored, values = survey.log_prob[:BATCH], target.log_prob(survey.theta[:BATCH])[:, 0]
    else:
        chain = read_chain(path)
        stored, values = chain.log_prob[-1], target.log_prob(chain.coords[-1])[:, 0]
    tick(len(stored))
    if reproduced(stored, values):
        return ""
    return "of a posterior with other values (its code or data have changed)"


def monitored(target: Target, tick: Tick, path: Path) -> Monitored:
    """Quantities and pieces that are judged besides the coordinates, for a whole chain: (steps, walkers) each."""
    tick(0)
    return monitored_along(target, read_chain(path).coords)


def judged(target: Target, tick: Tick, judge: Judge, paths: Sequence[Path]) -> tuple[str, ...]:
    """Reasons why the judge does not accept the chains; empty if it does."""
    tick(0)
    return judge(target, [read_chain(path) for path in paths])


def pilot(target: Target, tick: Tick, order: Order) -> None:
    """Carry the particles of an ensemble from the prior to the posterior."""
    settings = order.settings
    rng = generator(settings.seed, Role.PILOT, order.ensemble)
    done = run_pilot(pilot_start(target), settings.pilot_particles, settings.pilot_sweeps, rng, tick)
    report = {
        "log_evidence": done.log_evidence,
        "temperatures": len(done.acceptance),
        "acceptance": float(done.acceptance.mean()),
        "drawn": done.drawn,
        "outside": done.outside,
        "excluded": done.excluded,
        "evaluations": done.evaluations,
    }
    with atomic_hdf5(order.path) as file:
        group = file.create_group("pilot")
        group.create_dataset("particles", data=done.particles)
        group.create_dataset("warm", data=done.warm)
        group.create_dataset("warm_log_prob", data=done.warm_log_prob)
        group.create_dataset("log_prob", data=done.log_prior + done.log_likelihood)
        group.attrs["report"] = json.dumps(report)
        write_attrs(group, order.attrs)


def burn_in(target: Target, tick: Tick, order: Order, particles: Path, mixture: Mixture) -> None:
    """Burn an ensemble in, from the particles of its own pilot."""
    start = None if order.path.exists() else _start(target, order, particles)
    _advance(target, tick, order, start, mixture, BURN_IN_GLOBAL, order.settings.burn_in)


def survey(target: Target, tick: Tick, order: Order, mixture: Mixture, k: int) -> None:
    """Make the draws of one ensemble in survey k."""
    settings = order.settings
    rng = generator(settings.seed, Role.SURVEY, k * settings.ensembles + order.ensemble)
    theta, fraction = Truncated(mixture, target.inside).draw(draws_of_survey(settings, k), rng)
    parts = []
    for start in range(0, len(theta), BATCH):
        parts.append(target.log_prob(theta[start : start + BATCH])[:, 0])
        tick(len(parts[-1]))
    write_survey(order.path, Survey(mixture, fraction, theta, np.concatenate(parts)), order.attrs)


def draws_of_survey(settings: SamplerSettings, k: int) -> int:
    """Draws of an ensemble in survey k."""
    return -(-(settings.survey_draws << k) // settings.ensembles)


def extend(target: Target, tick: Tick, order: Order, before: Path, mixture: Mixture, steps: int) -> None:
    """Extend a chain with the final proposal to ``steps`` steps; it starts where the chain ``before`` ended.

    The delivered chain continues the stream of random numbers of the settling, which starts a new stream.
    """
    start = None
    if not order.path.exists():
        start = read_chain(before).last()
        if order.path.name.startswith("settled"):
            start.random_state = _random_state(order.settings.seed, Role.PRODUCTION, order.ensemble)
    _advance(target, tick, order, start, mixture, order.settings.global_fraction, steps)


def _start(target: Target, order: Order, pilot_file: Path) -> emcee.State:
    """Walkers at distinct particles of a pilot. The log-density there must be the sum of its two parts."""
    walkers, seed = order.settings.walkers, order.settings.seed
    particles = read_particles(pilot_file).distinct().theta
    if len(particles) < walkers:
        raise Refusal(
            f"pilot {order.ensemble} ended with {len(particles)} distinct particles for {walkers} walkers:"
            " raise sampler.pilot_particles or sampler.pilot_sweeps"
        )
    theta = generator(seed, Role.START, order.ensemble).permutation(particles)[:walkers]
    values = target.log_prob(theta)
    if values.shape != (walkers, 1 + len(target.blob_names)):
        raise ValueError(
            f"log_prob of {len(theta)} points has shape {values.shape}, {len(target.blob_names)} blobs named"
        )
    parts = values[:, 1] + values[:, 2]
    if not np.allclose(values[:, 0], parts, rtol=1e-6, atol=1e-6):
        worst = int(np.argmax(np.abs(values[:, 0] - parts)))
        raise ValueError(
            f"log_prob ({values[worst, 0]}) and the sum of its prior and likelihood ({parts[worst]}) disagree at"
            f" theta = {theta[worst].tolist()}"
        )
    return emcee.State(theta, values[:, 0], values[:, 1:], _random_state(seed, Role.BURN_IN, order.ensemble))


def _advance(
    target: Target,
    tick: Tick,
    order: Order,
    start: emcee.State | None,
    mixture: Mixture,
    global_fraction: float,
    steps: int,
) -> None:
    """Bring a chain to ``steps`` steps, in blocks; from ``start``, or from where its file ends."""
    stored = read_chain(order.path) if start is None else None
    done = len(stored.coords) if stored else 0
    state: emcee.State = stored.last() if stored else start
    walkers, dimension = state.coords.shape
    mix = moves(mixture, target.inside, global_fraction)
    sampler = emcee.EnsembleSampler(walkers, dimension, target.log_prob, moves=mix, vectorize=True)
    first, due = done, -np.inf
    while done < steps:
        # Where a chain is cut into blocks, and which of them are written, does not change its content.
        block = min(steps, (done // BLOCK + 1) * BLOCK) - done
        for result in sampler.sample(state, iterations=block, skip_initial_state_check=done > 0):
            tick(walkers)
            state = result
        done += block
        began = time.monotonic()
        if done < steps and began < due:
            continue
        backend = sampler.backend
        new = Chain(
            backend.chain,
            backend.log_prob,
            backend.blobs.reshape(done - first, walkers, -1),
            backend.accepted,
            plain_state(backend.random_state),
        )
        write_chain(order.path, new if stored is None else joined(stored, new), mixture, order.attrs)
        due = time.monotonic() + PATIENCE * (time.monotonic() - began)


def _random_state(seed: int, role: Role, ensemble: int) -> tuple[Any, ...]:
    return plain_state(RandomState(MT19937(seed_sequence(seed, role, ensemble))).get_state(legacy=True))
