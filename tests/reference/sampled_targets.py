"""Targets of whole runs of the sampler, and a script that samples one.

The processes of a run import the module of its target, so that this one imports little. Run as a script,
``sampled_targets.py OUT CORES SECONDS_PER_POINT``, it samples `TwoRidges`: the tests that kill a job or spawn workers
need a main module of their own.
"""

import os
import signal
import sys
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from reference.plain_target import PlainTarget

from workflow.inference.sampling import ensembles
from workflow.inference.sampling.settings import SamplerSettings

SMALL = SamplerSettings(
    ensembles=2,
    walkers=16,
    pilot_particles=300,
    pilot_sweeps=3,
    mixture_components=4,
    burn_in=40,
    settling=40,
    survey_draws=1000,
    surveys=2,
    steps=300,
    max_steps=300,
    target_ess=300,
    max_rhat=1.05,
)


@dataclass(frozen=True)
class TwoRidges(PlainTarget):
    """Two thin curved ridges of unequal weight, and a needle that grows out of one of them, in a box."""

    seconds: float = 0.0
    shift: float = 0.0
    names = ("along", "across", "depth")
    blob_names = ("log_likelihood", "log_prior_walked")

    def log_prob(self, u):
        time.sleep(self.seconds * len(u))
        inside = np.all(np.abs(u) < 10.0, axis=1)
        x, y, z = u.T
        # Normalised densities, times the weights 0.7, 0.29 and 0.01.
        left = gauss(x, -3.0, 1.0) + gauss(y, 0.1 * (x + 3.0) ** 2, 0.05) + gauss(z, -0.5 * x, 0.1)
        right = gauss(x, 4.0, 0.7) + gauss(y, -0.1 * (x - 4.0) ** 2, 0.1) + gauss(z, -0.5 * x, 0.05)
        tail = np.where(y > 0.2, -(y - 0.2), -np.inf)
        needle = gauss(x, -2.0, 0.03) + gauss(z, 1.0, 0.03) + tail
        parts = [left + np.log(0.7), right + np.log(0.29), needle + np.log(0.01)]
        log_like = np.logaddexp.reduce(parts) + self.shift
        log_prior, log_like = np.where(inside, -3 * np.log(20.0), -np.inf), np.where(inside, log_like, -np.inf)
        return np.column_stack([log_prior + log_like, log_like, log_prior])

    def sample_prior(self, n, rng):
        return rng.uniform(-10.0, 10.0, size=(n, 3))


def gauss(x, mean, sigma):
    return -0.5 * ((x - mean) / sigma) ** 2 - np.log(sigma) - 0.5 * np.log(2 * np.pi)


@dataclass(frozen=True)
class Simple(PlainTarget):
    """A likelihood in a box in two dimensions."""

    kind: str
    names = ("x", "y")
    blob_names = ("log_likelihood", "log_prior_walked")

    def log_prob(self, u):
        log_prior = np.where(np.all(np.abs(u) < 5.0, axis=1), -2 * np.log(10.0), -np.inf)
        x, y = u.T
        log_like = {
            "flat": np.zeros(len(u)),
            "gaussian": -0.5 * (x**2 - 1.8 * x * y + y**2) / 0.19,
            "banana": -0.5 * (x**2 + ((y - x**2 + 1.0) / 0.1) ** 2),
            "two modes": np.logaddexp(
                -0.5 * ((x - 3) ** 2 + y**2) / 0.2**2 + np.log(0.3), -0.5 * ((x + 3) ** 2 + y**2) / 0.2**2 + np.log(0.7)
            ),
        }[self.kind]
        log_like = np.where(np.isfinite(log_prior), log_like, -np.inf)
        return np.column_stack([log_prior + log_like, log_like, log_prior])

    def sample_prior(self, n, rng):
        return rng.uniform(-5.0, 5.0, size=(n, 2))


def sample(folder, build=TwoRidges, settings=SMALL, config_hash="one", cores=1):
    return ensembles.run(
        build, settings, folder / "out", folder / "checkpoint", marks={"config_hash": config_hash}, cores=cores
    )


def not_before(steps, target, chains):
    """A judge that refuses chains which are shorter."""
    assert target.names == Simple.names
    return () if len(chains[0].coords) >= steps else ("the judge wants more",)


@dataclass(frozen=True)
class Failing(Simple):
    """A posterior that cannot be built, or that kills its process."""

    how: str = "raise"

    def sample_prior(self, n, rng):
        if self.how == "raise":
            raise ValueError("no such table")
        os.kill(os.getpid(), signal.SIGKILL)
        return rng.uniform(size=(n, 2))


if __name__ == "__main__":
    sample(Path(sys.argv[1]), partial(TwoRidges, float(sys.argv[3])), cores=int(sys.argv[2]))
