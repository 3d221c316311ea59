"""A posterior of three parameters in closed form, made of the same parts as a real one.

Likelihoods are densities of x, y and z over a box of uniform priors: a Gaussian, a banana, and two modes of which one
is a needle. Half of the box is outside the domain of the model, which counts with likelihood zero.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from workflow.inference.posterior.posterior import Posterior
from workflow.inference.posterior.priors import uniform
from workflow.inference.sampling.chain_files import Chain

BOX = 4.0  # priors are uniform on [-BOX, BOX] in each coordinate
KINDS = ("gaussian", "banana", "two modes")
PEAK = -1.0  # ln L at the maximum
MODES = {
    "gaussian": [(1.0, np.array([0.5, 0.7, 0.2]), np.array([0.3, 0.2, 0.25]))],
    "two modes": [
        (0.7, np.array([-1.5, 1.0, 1.0]), np.array([0.3, 0.3, 0.3])),
        (0.3, np.array([2.0, -1.0, 1.5]), np.array([0.05, 0.3, 0.3])),
    ],
}


class Spectrum(NamedTuple):
    m_dm: np.ndarray
    m_u: np.ndarray


@dataclass(frozen=True)
class Prediction:
    parts = ("hidden_sector",)
    values: dict
    valid: np.ndarray

    @property
    def spectrum(self):
        return Spectrum(np.exp(self.values["x"]), 2.0 * np.exp(self.values["x"] + self.values["y"]))

    @property
    def at_valid_points(self):
        return self.select(self.valid)

    def select(self, rows):
        return Prediction({name: value[rows] for name, value in self.values.items()}, self.valid[rows])


class _NoCoordinates:
    parameters = ("absent",)


@dataclass(frozen=True)
class Model:
    sampling_coordinates = _NoCoordinates()

    def predict(self, values, surroundings):
        assert surroundings is None
        return Prediction(values, values["z"] > 0.0)


@dataclass(frozen=True)
class Likelihood:
    """A share of the log-likelihood of a kind, so that several terms add up to it."""

    kind: str
    share: float = 1.0
    data: tuple = field(default=())

    def log_likelihood(self, prediction):
        u = np.column_stack([prediction.values[name] for name in ("x", "y", "z")])
        return self.share * log_likelihood(self.kind, u)


def log_likelihood(kind, u):
    """ln L at n points (n, 3)."""
    if kind == "banana":
        x, y, z = u.T
        return PEAK - 0.5 * (x / 0.7) ** 2 - 0.5 * ((y - x**2 + 1.0) / 0.1) ** 2 - 0.5 * ((z - 2.0) / 0.3) ** 2
    terms = [
        np.log(weight) - 0.5 * np.sum(((u - mean) / sigma) ** 2, axis=1) - np.log(sigma).sum()
        for weight, mean, sigma in MODES[kind]
    ]
    top = max(np.log(weight) - np.log(sigma).sum() for weight, _, sigma in MODES[kind])
    return np.logaddexp.reduce(terms) - top + PEAK


def ln_z(kind):
    """The evidence, by quadrature along z and closed forms else."""
    log_volume = 3 * np.log(2 * BOX)
    gauss = 1.5 * np.log(2 * np.pi)
    if kind == "banana":
        return PEAK + gauss + np.log(0.7 * 0.1 * 0.3) - log_volume
    top = max(np.log(weight) - np.log(sigma).sum() for weight, _, sigma in MODES[kind])
    return PEAK + gauss - top - log_volume + np.log(sum(w * _kept(mean, sigma) for w, mean, sigma in MODES[kind]))


def _kept(mean, sigma):
    """Share of a mode at z > 0."""
    from scipy import stats

    return stats.norm.cdf(mean[2] / sigma[2])


def right_fraction():
    """Fraction of the needle in the posterior of two modes."""
    weights = [weight * _kept(mean, sigma) for weight, mean, sigma in MODES["two modes"]]
    return weights[1] / sum(weights)


def build(kind):
    """The posterior."""
    terms = {"first": Likelihood(kind, 0.4), "relic_abundance": Likelihood(kind, 0.6)}
    return Posterior(Model(), terms, {name: uniform(-BOX, BOX) for name in ("x", "y", "z")}, {}, None)


def draws(kind, n, rng):
    """Independent draws of the posterior, (n, 3)."""
    kept = np.empty((0, 3))
    while len(kept) < n:
        normal = rng.normal(size=(2 * n, 3))
        if kind == "banana":
            x = 0.7 * normal[:, 0]
            u = np.column_stack([x, x**2 - 1.0 + 0.1 * normal[:, 1], 2.0 + 0.3 * normal[:, 2]])
        else:
            weights, means, sigmas = (np.array(part) for part in zip(*MODES[kind], strict=True))
            mode = rng.choice(len(weights), p=weights, size=2 * n)
            u = means[mode] + sigmas[mode] * normal
        kept = np.concatenate([kept, u[(u[:, 2] > 0.0) & np.all(np.abs(u) < BOX, axis=1)]])
    return kept[:n]


def chains(kind, rng, ensembles=2, steps=100, walkers=16):
    """Chains of independent draws, with the blobs of the posterior."""
    posterior = build(kind)
    found = []
    for _ in range(ensembles):
        u = draws(kind, steps * walkers, rng)
        values = posterior.log_prob(u).reshape(steps, walkers, -1)
        found.append(
            Chain(u.reshape(steps, walkers, 3), values[..., 0], values[..., 1:], np.full(walkers, steps // 3), ())
        )
    return found
