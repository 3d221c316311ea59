"""Chains of independent draws of a normal density in two dimensions, without a sampler."""

import numpy as np

from workflow.inference.sampling import chain_files
from workflow.inference.sampling.chain_files import Chain
from workflow.inference.sampling.proposal import Mixture

MIXTURE = Mixture(np.array([0.3, 0.7]), np.array([[0.0, 1.0], [2.0, 3.0]]), np.tile(np.eye(2), (2, 1, 1)))
ATTRS = {"names": ["x", "y"], "blob_names": ["log_likelihood"], "identity": "ours" * 16, "seed": 7, "ensemble": 1}


def log_prob(theta):
    density = -0.5 * np.sum(theta**2, axis=1)
    return np.column_stack([density, density])


def chain(steps=40, walkers=8, seed=1):
    rng = np.random.default_rng(seed)
    coords = rng.normal(size=(steps, walkers, 2))
    values = log_prob(coords.reshape(-1, 2)).reshape(steps, walkers, 2)
    state = chain_files.plain_state(np.random.RandomState(seed).get_state(legacy=True))
    return Chain(coords, values[..., 0], values[..., 1:], rng.integers(1, steps, walkers), state)
