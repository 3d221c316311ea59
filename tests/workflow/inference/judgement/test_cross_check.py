"""The comparison of chains with other samplers: agreement is recorded, and so is what the chains have missed."""

import json
from types import MappingProxyType

import numpy as np
import pytest
from reference import synthetic_posterior
from reference import toy_posterior as toy
from reference.origins import ORIGIN

from workflow.inference.judgement import cross_check
from workflow.inference.judgement.cross_check import compare
from workflow.inference.judgement.other_samplers import Reference, brute_force
from workflow.inference.posterior.monitored import Monitored
from workflow.inference.posterior.priors import uniform
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


# Comparisons with answers that are known


class Listed:
    """A stand-in of a posterior whose coordinates are its quantities; the piece is where x is positive."""

    priors = MappingProxyType({"x": uniform(-1.0, 1.0)})

    def monitored(self, theta):
        return Monitored({"x": theta[:, 0], "m_u_mev": theta[:, 1]}, {"right": theta[:, 0] > 0.0})


def listed(x, y, weights):
    """A reference of these weighted draws, with an evidence of -3.00 +- 0.04."""
    theta = np.column_stack([x, y]).astype(float)
    return Reference("list", theta, np.asarray(weights), -3.0, 0.04, 0.2, len(theta))


def test_a_fraction_is_the_weight_inside_with_the_error_of_importance_sampling():
    """sum (w (inside - f))^2 of normalised weights: f (1 - f) / n of n equal ones."""
    n = 400
    x = np.where(np.arange(n) < 100, 1.0, -1.0)
    found = compare(Listed(), listed(x, x, np.full(n, 1.0 / n)), {}).regions["right"]
    assert found == pytest.approx((0.25, np.sqrt(0.25 * 0.75 / n)), rel=1e-12)
    uneven = np.where(x > 0.0, 3.0, 1.0) / 600.0
    fraction, error = compare(Listed(), listed(x, x, uneven), {}).regions["right"]
    assert fraction == pytest.approx(0.5, rel=1e-12)
    assert error == pytest.approx(np.sqrt(100 * (0.5 * 3.0 / 600.0) ** 2 + 300 * (0.5 / 600.0) ** 2), rel=1e-12)


def test_cumulative_distributions_are_compared_at_every_weighted_draw():
    """Steps of 1/4 against a chain with three of its four draws below: the largest difference is 1/4 at -0.5."""
    reference = listed([0.5, -0.5, 1.0, 0.0], [1.0, 2.0, 3.0, 4.0], np.full(4, 0.25))
    chains = {"x": np.array([-0.7, -0.6, 0.2, 0.7])}
    assert compare(Listed(), reference, chains).cdf_differences == {"x": pytest.approx(0.25, abs=1e-12)}
    same = compare(Listed(), reference, {"x": np.array([1.0, 0.0, -0.5, 0.5])})
    assert same.cdf_differences["x"] == pytest.approx(0.0, abs=1e-12)
    assert set(same.cdf_differences) == {"x"}  # what the chains do not have is not compared


class Chains:
    """The draws of a run whose x is that of the reference and whose masses are powers of ten of its y."""

    run = "toy"

    def __init__(self, x, y):
        self.columns = {"x": np.asarray(x), "m_u_mev": 10.0 ** np.asarray(y)}

    def samples(self, name):
        return self.columns[name]


def record_of(reference, *, ln_z=-3.0, fraction=0.5, mcse=0.0, error=0.03):
    x, y = reference.theta.T
    regions = {"right": {"fraction": fraction, "mcse": mcse}, "elsewhere": {"fraction": 0.5, "mcse": 0.1}}
    evidence = {"ln_z": ln_z, "error": error}
    return cross_check.cross_check(Listed(), Chains(x, y), evidence, {"regions": regions}, [reference])


def even(n=1000):
    x = np.linspace(-1.0, 1.0, n)
    return listed(x, np.linspace(0.0, 2.0, n), np.full(n, 1.0 / n))


def test_the_same_draws_agree_in_physical_units_and_coordinates():
    (row,) = record_of(even())["references"]
    assert row["agrees"]
    assert row["largest_cdf_difference"] < 1.001e-3  # a draw, by the rounding of 10^y
    assert row["pull"] == 0.0
    assert row["effective_sample_size"] == pytest.approx(1000.0)


@pytest.mark.parametrize("ln_z, pull", [(-3.1, 2.0), (-2.9, -2.0), (-3.149, 2.98), (-3.151, 3.02)])
def test_evidences_differ_in_standard_errors_of_both(ln_z, pull):
    """Errors of 0.04 and 0.03 make 0.05; more than three of them are a disagreement."""
    record = record_of(even(), ln_z=ln_z)
    (row,) = record["references"]
    assert row["pull"] == pytest.approx(pull, abs=1e-9)
    assert (record["agrees"], row["agrees"]) == 2 * (abs(pull) < 3.0,)


@pytest.mark.parametrize("fraction, agrees", [(0.5, True), (0.55, True), (0.56, False), (0.44, False)])
def test_fractions_differ_in_standard_errors_of_both(fraction, agrees):
    """1000 draws know a half to 0.0158, and with 0.01 of the chains 0.0187; three of them are 0.056."""
    (row,) = record_of(even(), fraction=fraction, mcse=0.01)["references"]
    expected = (0.5 - fraction) / np.hypot(0.5 / np.sqrt(1000.0), 0.01)
    assert row["region_pulls"] == {"right": pytest.approx(expected, abs=1e-9)}
    assert (row["agrees"], abs(expected) < 3.0) == (agrees, agrees)
    assert set(row["regions"]) == {"right"}  # a region that the reference does not know is left out


@pytest.mark.parametrize("share, compared", [(0.009, False), (0.011, True), (0.989, True), (0.991, False)])
def test_pieces_of_less_than_a_per_cent_are_not_compared(share, compared):
    n = 1000
    x = np.where(np.arange(n) < round(share * n), 0.5, -0.5) + 1e-6 * np.arange(n)
    (row,) = record_of(listed(x, x, np.full(n, 1.0 / n)), fraction=0.5, mcse=1e-4)["references"]
    assert bool(row["region_pulls"]) is compared
    assert row["agrees"] is not compared  # the chains say a half


@pytest.mark.parametrize("shift, agrees", [(0.02, True), (0.04, False)])
def test_distributions_that_differ_by_more_than_three_per_cent_disagree(shift, agrees):
    reference = even()
    x, y = reference.theta.T
    moved = Chains(x + 2.0 * shift, y)  # of a range of 2
    regions = {"right": {"fraction": 0.5, "mcse": 0.0}}
    evidence = {"ln_z": -3.0, "error": 0.03}
    (row,) = cross_check.cross_check(Listed(), moved, evidence, {"regions": regions}, [reference])["references"]
    assert row["largest_cdf_difference"] == pytest.approx(shift, abs=2e-3)
    assert row["in_quantity"] == "x"
    assert row["agrees"] is agrees
