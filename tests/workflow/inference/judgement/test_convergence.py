"""The verdict on a run: chains, derived quantities, flags and evidence are judged together."""

import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from reference import toy_posterior as toy

from workflow.inference.judgement import convergence
from workflow.inference.sampling.settings import SamplerSettings

GOOD = {"pareto_k": 0.3}
SETTINGS = SamplerSettings(target_ess=1000.0, max_rhat=1.01)
PIECE = "m_U < 2 m_dm"  # y < 0: the needle, a third of the draws


def derived(posterior, values):
    """A derived quantity, and a flag, in place of the observables of a real model."""
    assert set(values) == set(posterior.priors)
    return {"omega_h2": 0.1 * np.exp(values["x"]), "heats_the_bath": (values["y"] > 1.0).astype(float)}


@pytest.fixture(autouse=True)
def observables(monkeypatch):
    monkeypatch.setattr(convergence, "derived_columns", derived)


@pytest.fixture(scope="module")
def chains():
    return toy.chains("two modes", np.random.default_rng(1), ensembles=4, steps=400)


def config(**changes):
    return SimpleNamespace(
        run="toy", sampler=replace(SETTINGS, **changes), report=SimpleNamespace(posterior_draws=8000)
    )


def diagnose(chains, evidence=GOOD, **changes):
    posterior = toy.build("two modes")
    result = convergence.diagnose_run(config(**changes), posterior, chains, evidence)
    return result.text, json.loads(json.dumps(result.record, allow_nan=False))


def moved(chains):
    """The last ensemble in another place."""
    return [*chains[:-1], replace(chains[-1], coords=chains[-1].coords + np.array([0.2, 0.0, 0.0]))]


def test_independent_draws_converge_in_everything_that_is_reported(chains):
    text, record = diagnose(chains)
    assert record["converged"], record["reasons"]
    assert record["verdict"].startswith("4 independent ensembles agree: largest split R-hat 1.00")
    assert all(row["decisive"] for row in record["quantities"].values())
    assert {"x", "y", "z", "m_dm_mev", "m_u_mev", "log_likelihood", "first", "omega_h2"} <= set(record["quantities"])
    assert {PIECE, "heats_the_bath"} <= set(record["regions"])
    assert (record["n_ensembles"], record["n_walkers"], record["n_steps"]) == (4, 16, 400)
    assert record["evaluations"] == 4 * 16 * 400
    assert "\nconverged" in text


def test_coordinates_are_known_at_every_step_and_derived_quantities_at_some(chains):
    _, record = diagnose(chains)
    assert record["quantities"]["x"]["every"] == 1
    assert record["quantities"]["omega_h2"]["every"] > 1
    assert record["quantities"]["x"]["tau"] < 1.3  # the draws are independent


def test_limits_are_those_of_the_settings(chains):
    _, record = diagnose(chains, target_ess=1200.0)
    assert record["limits"] == {"max_rhat": 1.01, "target_ess": 1200.0, "tail_ess": 600.0, "steps_per_tau": 20.0}


@pytest.mark.parametrize("k, words", [(0.8, "has tail shape k = 0.80 > 0.7"), (None, "has no finite tail")])
def test_weights_with_a_heavy_tail_fail_the_run(chains, k, words):
    text, record = diagnose(chains, {"pareto_k": k})
    assert not record["converged"]
    (reason,) = record["reasons"]
    assert words in reason
    assert record["verdict"] == reason
    assert "NOT CONVERGED" in text


def test_ensembles_that_disagree_fail_the_run_and_the_first_reason_leads(chains):
    _, record = diagnose(moved(chains), {"pareto_k": 0.8})
    assert any("R-hat of 'x' between ensembles" in reason for reason in record["reasons"])
    assert record["verdict"].startswith(record["reasons"][0])
    assert f"(and {len(record['reasons']) - 1} more, listed under convergence)" in record["verdict"]


def test_the_judge_of_the_sampler_gives_the_reasons_of_the_chains(chains):
    posterior = toy.build("two modes")
    assert convergence.failures(config(), posterior, chains) == ()
    _, record = diagnose(moved(chains), {"pareto_k": 0.8})
    assert list(convergence.failures(config(), posterior, moved(chains))) == record["reasons"][:-1]


def test_a_run_that_has_not_converged_may_be_accepted(chains):
    text, record = diagnose(chains, {"pareto_k": 0.8}, accept_unconverged=True)
    assert (record["converged"], record["accepted"]) == (False, True)
    assert "accepted: sampler.accept_unconverged is set" in text
    assert diagnose(chains, accept_unconverged=True)[1]["accepted"] is False


def test_what_never_varies_is_not_judged(chains, monkeypatch):
    monkeypatch.setattr(convergence, "derived_columns", lambda _, values: {"omega_h2": np.ones(len(values["x"]))})
    _, record = diagnose(chains)
    assert "omega_h2" not in record["quantities"]
    assert record["converged"]


def test_derived_quantities_are_judged_in_the_coordinates_in_which_they_are_drawn(chains, monkeypatch):
    """log10 of what is drawn logarithmically and positive, and the quantity itself of everything else."""

    def columns(_, values):
        x = values["x"]
        return {"omega_h2": 0.1 * np.exp(x), "n_eff": np.exp(x), "delta_a_mu": x}

    monkeypatch.setattr(convergence, "derived_columns", columns)
    posterior = toy.build("two modes")
    judged = convergence.diagnose_run(config(), posterior, chains, GOOD).record["quantities"]
    spread = {name: row["mcse_mean"] / row["mcse_over_sd"] for name, row in judged.items()}
    x = np.concatenate([chain.coords[..., 0].ravel() for chain in chains])
    assert spread["omega_h2"] == pytest.approx(x.std() / np.log(10.0), rel=0.03)
    assert spread["n_eff"] == pytest.approx(np.exp(x).std(), rel=0.03)
    assert spread["delta_a_mu"] == pytest.approx(x.std(), rel=0.03)  # of both signs
