"""Chains of independent draws of a normal density in two dimensions, without a sampler."""

import numpy as np
from reference.plain_target import PlainTarget

from workflow.inference.sampling import chain_files
from workflow.inference.sampling.chain_files import Chain
from workflow.inference.sampling.proposal import Mixture
from workflow.inference.sampling.settings import SamplerSettings

MIXTURE = Mixture(np.array([0.3, 0.7]), np.array([[0.0, 1.0], [2.0, 3.0]]), np.tile(np.eye(2), (2, 1, 1)))
SETTINGS = SamplerSettings(seed=7)
CONFIG_HASH = "configuration"
BLOBS = ("log_likelihood", "log_prior_walked")
ATTRS = {
    "names": ["x", "y"],
    "blob_names": list(BLOBS),
    "config_hash": CONFIG_HASH,
    "identity": chain_files.identity(CONFIG_HASH, SETTINGS, ["x", "y"], BLOBS),
    "seed": 7,
    "ensemble": 1,
}


class Normal(PlainTarget):
    """The density of the chains, or one that differs by a constant."""

    names = ("x", "y")
    blob_names = BLOBS

    def __init__(self, shift=0.0):
        self.shift = shift

    def log_prob(self, theta):
        return log_prob(theta) + self.shift * np.array([1.0, 1.0, 0.0])

    def sample_prior(self, n, rng):
        return rng.normal(size=(n, 2))


def log_prob(theta):
    density = -0.5 * np.sum(theta**2, axis=1)
    return np.column_stack([density, density, np.zeros(len(theta))])


def chain(steps=40, walkers=8, seed=1):
    rng = np.random.default_rng(seed)
    coords = rng.normal(size=(steps, walkers, 2))
    values = log_prob(coords.reshape(-1, 2)).reshape(steps, walkers, 3)
    state = chain_files.plain_state(np.random.RandomState(seed).get_state(legacy=True))
    return Chain(coords, values[..., 0], values[..., 1:], rng.integers(1, steps, walkers), state)
