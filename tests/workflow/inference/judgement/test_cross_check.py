"""The comparison of chains with other samplers: agreement is recorded, and so is what the chains have missed."""

import json

import numpy as np
import pytest
from reference import synthetic_posterior
from reference import toy_posterior as toy
from reference.origins import ORIGIN

from workflow.inference.judgement import cross_check
from workflow.inference.judgement.cross_check import compare
from workflow.inference.judgement.other_samplers import brute_force
from workflow.inference.writing.origin import read_json, write_json

SMALL = {"sweep_draws": 40_000, "final_draws": 20_000}


@pytest.fixture(scope="module")
def reference():
    return brute_force(toy.build("two modes"), seed=1, **SMALL)


def chains_of(posterior, u):
    return posterior.monitored(u).quantities


def test_chains_that_agree(reference, rng):
    posterior = toy.build("two modes")
    agreement = compare(posterior, reference, chains_of(posterior, toy.draws("two modes", 20_000, rng)))
    assert max(agreement.cdf_differences.values()) < 0.03
    fraction, error = agreement.regions["m_U < 2 m_dm"]  # y < 0: the needle
    assert fraction == pytest.approx(toy.right_fraction(), abs=4 * error)


def test_mode_that_the_chains_missed_is_found(reference, rng):
    posterior = toy.build("two modes")
    draws = toy.draws("two modes", 20_000, rng)
    agreement = compare(posterior, reference, chains_of(posterior, draws[draws[:, 0] < 0.5]))
    assert agreement.cdf_differences["x"] == pytest.approx(toy.right_fraction(), abs=0.05)


@pytest.mark.parametrize("missed", [False, True])
def test_record_says_whether_they_agree(missed, reference, rng):
    posterior = toy.build("two modes")
    draws = toy.draws("two modes", 20_000, rng)
    draws = draws[draws[:, 0] < 0.5] if missed else draws
    values = posterior.monitored(draws)

    class File:
        run = "toy"

        def samples(self, name):
            column = values.quantities[name]
            return 10.0**column if name.startswith("m_") else column

    regions = {n: {"fraction": float(inside.mean()), "mcse": 0.003} for n, inside in values.pieces.items()}
    evidence = {"ln_z": toy.ln_z("two modes") + (np.log1p(-toy.right_fraction()) if missed else 0.0), "error": 0.01}
    record = cross_check.cross_check(posterior, File(), evidence, {"regions": regions}, [reference])
    record = json.loads(json.dumps(record, allow_nan=False))
    assert record["agrees"] is not missed
    (found,) = record["references"]
    assert (abs(found["pull"]) > 3.0) is missed
    assert (abs(found["region_pulls"]["m_U < 2 m_dm"]) > 3.0) is missed
    assert found["in_quantity"] in found["cdf_differences"]


def test_files_are_read(monkeypatch, tmp_path):
    monkeypatch.setattr(cross_check, "cross_check", lambda *arguments: {"arguments": arguments})
    path = synthetic_posterior.write(tmp_path, n_draws=100)
    diagnostics, evidence = path.with_name("diagnostics.json"), tmp_path / "evidence.json"
    write_json(evidence, {"ln_z": -3.0, "error": 0.1}, ORIGIN)
    record = cross_check.cross_check_files("posterior", [], path, evidence, diagnostics)
    posterior, file, weighed, diagnosed, references = record["arguments"]
    assert (posterior, references, weighed["ln_z"]) == ("posterior", [], -3.0)
    assert file.posterior.sizes["draw"] == 100
    assert diagnosed == read_json(diagnostics).record
