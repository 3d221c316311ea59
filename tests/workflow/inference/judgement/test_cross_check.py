"""Cross-checks: brute force and nested sampling find what is known, and what the chains have missed."""

import hashlib
import json
from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose
from reference import synthetic_posterior
from reference import toy_posterior as toy
from scipy import stats

from workflow.inference.judgement import cross_check
from workflow.inference.judgement.cross_check import (
    Grid,
    Reference,
    Screened,
    brute_force,
    compare,
    cross_check_files,
    nested,
    prior_grid,
    references_of,
)

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
        mean = found.weights @ found.u[:, axis]
        error = draws[:, axis].std() * (found.effective_sample_size**-0.5 + 20_000**-0.5)
        assert mean == pytest.approx(draws[:, axis].mean(), abs=4 * error)


@pytest.mark.slow
def test_nested_sampling_agrees():
    pytest.importorskip("nautilus")
    found = nested(toy.build("two modes"), seed=2, live=400, effective=2000)
    assert found.ln_z == pytest.approx(toy.ln_z("two modes"), abs=found.error)
    assert found.weights @ (found.u[:, 0] > 0.0) == pytest.approx(_right_share(), abs=0.05)


def _right_share():
    shares = [weight * stats.norm.cdf(mean[2] / sigma[2]) for weight, mean, sigma in toy.MODES["two modes"]]
    return shares[1] / sum(shares)


# --- parts ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def grid(rng):
    flat = Grid(np.array([-1.0, 0.0]), np.array([3.0, 10.0]), np.full((2, 20), 1 / 20))
    return flat.fitted_to(rng.normal([1.0, 4.0], [0.3, 1.0], size=(1000, 2)), np.ones(1000))


def test_grid_draws_have_its_density(grid, rng):
    u = grid.sample(100_000, rng)
    density = np.exp(grid.log_density(u))
    assert np.mean(1.0 / density) == pytest.approx(40.0, rel=0.05)  # the area, each point counted once
    inside = np.all((u > [0.5, 3.0]) & (u < [1.5, 5.0]), axis=1)
    assert np.mean(np.where(inside, 1.0 / density, 0.0)) == pytest.approx(2.0, rel=0.02)


def test_grid_has_no_density_outside(grid):
    assert np.all(np.isneginf(grid.log_density(np.array([[-1.1, 5.0], [0.0, 10.1]]))))
    assert np.all(np.isfinite(grid.log_density(np.array([[-1.0, 0.0], [3.0, 10.0]]))))


def test_grid_covers_the_valid_part_of_the_prior():
    grid = prior_grid(toy.build("gaussian"), seed=1)
    assert_allclose(grid.low, [-toy.BOX, -toy.BOX, 0.0], atol=0.2)
    assert np.all(grid.low[:2] < -toy.BOX)
    assert grid.low[2] < 0.0


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


# --- the record ----------------------------------------------------------------------------------------------------


def chains_of(posterior, u):
    return posterior.monitored(u).quantities


def test_chains_that_agree(references, rng):
    posterior = toy.build("two modes")
    agreement = compare(posterior, references["two modes"], chains_of(posterior, toy.draws("two modes", 20_000, rng)))
    assert max(agreement.cdf_differences.values()) < 0.03
    share, error = agreement.regions["m_U < 2 m_dm"]  # y < 0: the needle
    assert share == pytest.approx(_right_share(), abs=4 * error)


def test_mode_that_the_chains_missed_is_found(references, rng):
    posterior = toy.build("two modes")
    draws = toy.draws("two modes", 20_000, rng)
    agreement = compare(posterior, references["two modes"], chains_of(posterior, draws[draws[:, 0] < 0.5]))
    assert agreement.cdf_differences["x"] == pytest.approx(_right_share(), abs=0.05)


@pytest.mark.parametrize("missed", [False, True])
def test_record_says_whether_they_agree(missed, references, rng):
    posterior, reference = toy.build("two modes"), references["two modes"]
    draws = toy.draws("two modes", 20_000, rng)
    draws = draws[draws[:, 0] < 0.5] if missed else draws
    values = posterior.monitored(draws)

    class File:
        run = "toy"

        def samples(self, name):
            column = values.quantities[name]
            return 10.0**column if name.startswith("m_") else column

    regions = {n: {"fraction": float(inside.mean()), "mcse": 0.003} for n, inside in values.pieces.items()}
    evidence = {"ln_z": toy.ln_z("two modes") + (np.log1p(-_right_share()) if missed else 0.0), "error": 0.01}
    record = cross_check.cross_check(posterior, File(), "digest", evidence, {"regions": regions}, [reference])
    record = json.loads(json.dumps(record, allow_nan=False))
    assert record["agrees"] is not missed
    (found,) = record["references"]
    assert (abs(found["pull"]) > 3.0) is missed
    assert (abs(found["region_pulls"]["m_U < 2 m_dm"]) > 3.0) is missed
    assert found["in_quantity"] in found["cdf_differences"]
    assert record["posterior_sha256"] == "digest"


def test_effective_sample_size_of_a_reference():
    assert Reference("any", np.zeros((4, 1)), np.full(4, 0.25), 0.0, 0.1, None, 4).effective_sample_size == 4.0


def test_every_method_is_asked_with_the_seed_of_the_run(monkeypatch):
    asked = []

    def method(posterior, seed):
        asked.append((posterior, seed))
        return Reference("any", np.zeros((4, 1)), np.full(4, 0.25), 0.0, 0.1, None, 4)

    monkeypatch.setattr(cross_check, "METHODS", {"one": method, "other": method})
    assert len(references_of("posterior", ["one", "other"], 5)) == 2
    assert asked == [("posterior", 5), ("posterior", 5)]


def test_files_are_read_with_the_digest_of_the_posterior(monkeypatch, tmp_path):
    monkeypatch.setattr(cross_check, "cross_check", lambda *arguments: {"arguments": arguments})
    path = synthetic_posterior.write(tmp_path, n_draws=100)
    diagnostics, evidence = path.with_name("diagnostics.json"), tmp_path / "evidence.json"
    evidence.write_text('{"ln_z": -3.0, "error": 0.1}')
    record = cross_check_files("posterior", [], path, evidence, diagnostics)
    posterior, file, digest, weighed, diagnosed, references = record["arguments"]
    assert (posterior, references, weighed["ln_z"]) == ("posterior", [], -3.0)
    assert file.posterior.sizes["draw"] == 100
    assert digest == hashlib.sha256(path.read_bytes()).hexdigest()
    assert diagnosed == json.loads(diagnostics.read_text())
