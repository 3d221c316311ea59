"""The run of the paper against brute force: minutes, but the one proof that no region was missed."""

from functools import partial

import numpy as np
import pytest
from reference import brute_force
from reference.runs import ROOT

from workflow.inference.run.assembly import build_posterior
from workflow.inference.run.config import load
from workflow.inference.sampling import ensembles
from workflow.inference.sampling.chain_files import read_chain


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """Physical columns of the chains, the same of the brute-force draws, and the weights of the latter."""
    config = load(ROOT / "config" / "hooper_zurek_2008_paper.yaml")
    folder = tmp_path_factory.mktemp("default")
    build = partial(build_posterior, config, folder / "tables")
    posterior = build()
    run = ensembles.run(
        build, config.sampler, folder / "chains", folder / "checkpoint", marks={"config_hash": "test"}, cores=2
    )
    assert run.converged
    chains = np.concatenate([read_chain(path).coords.reshape(-1, len(posterior.names)) for path in run.files])
    draws, log_w, _ = brute_force.weighted_draws(posterior, 6_000_000, np.random.default_rng(7))
    weights = np.exp(log_w - log_w.max())
    return _columns(posterior, chains), _columns(posterior, draws), weights / weights.sum()


def _columns(posterior, u):
    values = posterior.to_physical(u).values
    spectrum = posterior.model.predict(values, posterior.surroundings).spectrum
    sampled = {name: values[name] for name in posterior.priors}
    return sampled | {"m_dm": spectrum.m_dm, "m_u": spectrum.m_u, "mass_ratio": spectrum.m_u / spectrum.m_dm}


@pytest.mark.slow
def test_every_marginal_agrees_with_brute_force(both):
    chains, draws, weights = both
    assert 1.0 / np.sum(weights**2) > 3000.0  # effective draws: 0.02 of Monte Carlo noise in a CDF
    for name, values in chains.items():
        order = np.argsort(draws[name])
        expected = np.cumsum(weights[order])
        found = np.searchsorted(np.sort(values), draws[name][order], side="right") / len(values)
        assert np.abs(found - expected).max() < 0.03, name


@pytest.mark.slow
def test_regions_have_the_weights_of_brute_force(both):
    chains, draws, weights = both
    for inside in (lambda c: c["mass_ratio"] < 2.0, lambda c: c["m_dm"] > 3.0, lambda c: c["m_soft_tev"] < 1.0):
        assert np.mean(inside(chains)) == pytest.approx(weights[inside(draws)].sum(), abs=0.03)
