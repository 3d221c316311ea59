"""Brute force and nested sampling find what is known."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose
from reference import toy_posterior as toy

from workflow.inference.judgement import other_samplers
from workflow.inference.judgement.other_samplers import Reference, Screened, brute_force, nested, references_of
from workflow.inference.writing.refusal import Refusal

SMALL = {"sweep_draws": 40_000, "final_draws": 20_000}


@pytest.fixture(scope="module")
def references():
    return {kind: brute_force(toy.build(kind), seed=1, **SMALL) for kind in toy.KINDS}


@pytest.mark.parametrize("kind", toy.KINDS)
def test_brute_force_knows_the_evidence(kind, references):
    found = references[kind]
    assert found.ln_z == pytest.approx(toy.ln_z(kind), abs=4 * found.error)
    assert found.error < 0.05
    assert found.pareto_k < 0.7
    assert found.evaluations > 6 * SMALL["sweep_draws"]


@pytest.mark.parametrize("kind", toy.KINDS)
def test_brute_force_has_the_marginals(kind, references, rng):
    found, draws = references[kind], toy.draws(kind, 20_000, rng)
    for axis in range(3):
        mean = found.weights @ found.theta[:, axis]
        error = draws[:, axis].std() * (found.effective_sample_size**-0.5 + 20_000**-0.5)
        assert mean == pytest.approx(draws[:, axis].mean(), abs=4 * error)


@pytest.mark.slow
def test_nested_sampling_agrees():
    pytest.importorskip("nautilus")
    found = nested(toy.build("two modes"), seed=2, live=400, effective=2000)
    assert found.ln_z == pytest.approx(toy.ln_z("two modes"), abs=found.error)
    assert found.weights @ (found.theta[:, 0] > 0.0) == pytest.approx(toy.right_fraction(), abs=0.05)


def test_screening_changes_nothing_that_matters(rng):
    posterior = toy.build("banana")
    u = rng.uniform(-5.0, 5.0, size=(2000, 3))
    full, screened = posterior.log_prob(u), Screened(posterior, -8.0).log_prob(u)
    near = full[:, 1] > -8.0
    assert 10 < near.sum() < 1000
    assert_allclose(screened[near], full[near, :2])
    assert np.all(np.isneginf(screened[~near]))


def test_screening_asks_the_dearest_last_and_only_where_it_may_matter():
    asked = []

    class Counting(toy.Likelihood):
        def log_likelihood(self, prediction):
            asked.append((self.share, len(prediction.valid)))
            return super().log_likelihood(prediction)

    terms = {"relic_abundance": Counting("gaussian", 0.6), "first": Counting("gaussian", 0.4)}
    posterior = replace(toy.build("gaussian"), likelihoods=terms)
    Screened(posterior, -8.0).log_prob(np.random.default_rng(1).uniform(-4.0, 4.0, size=(1000, 3)))
    (first, before), (second, after) = asked
    assert (first, second) == (0.4, 0.6)
    assert after < 0.2 * before


def test_effective_sample_size_of_a_reference():
    assert Reference("any", np.zeros((4, 1)), np.full(4, 0.25), 0.0, 0.1, None, 4).effective_sample_size == 4.0


def test_every_method_is_asked_with_the_seed_of_the_run_and_another_name_is_refused(monkeypatch):
    asked = []

    def method(posterior, seed):
        asked.append((posterior, seed))
        return Reference("any", np.zeros((4, 1)), np.full(4, 0.25), 0.0, 0.1, None, 4)

    monkeypatch.setattr(other_samplers, "METHODS", {"one": method, "other": method})
    assert len(references_of("posterior", ["one", "other"], 5)) == 2
    assert asked == [("posterior", 5), ("posterior", 5)]
    with pytest.raises(Refusal, match="--methods: nested; allowed: one, other"):
        references_of("posterior", ["one", "nested"], 5)
