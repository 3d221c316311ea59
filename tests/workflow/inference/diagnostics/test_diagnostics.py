"""Diagnostics: right numbers on processes with known answers, and a verdict that fails for each cause."""

import json
from dataclasses import asdict, dataclass

import numpy as np
import pytest
from numpy.testing import assert_allclose

from workflow.inference.diagnostics import arviz_bridge, diagnostics
from workflow.inference.diagnostics.autocorrelation import autocorrelation_time, by_walker
from workflow.inference.diagnostics.diagnostics import TAIL_FRACTION
from workflow.inference.writing.refusal import Refusal


@dataclass(frozen=True)
class Rule:
    target_ess: float = 1000.0
    max_rhat: float = 1.01


def autoregressive(coefficient=0.5, ensembles=4, steps=1000, walkers=16, seed=1):
    """Independent walkers with unit variance and autocorrelation time (1 + c) / (1 - c)."""
    noise = np.random.default_rng(seed).normal(size=(steps, ensembles, walkers))
    series = np.empty_like(noise)
    series[0] = noise[0]
    for step in range(1, steps):
        series[step] = coefficient * series[step - 1] + np.sqrt(1.0 - coefficient**2) * noise[step]
    return series.transpose(1, 0, 2)


def diagnose(draws, regions=None, rule=None):
    return diagnostics.diagnose(draws, np.full(4, 0.3), rule or Rule(), regions)


def test_independent_ensembles_converge():
    result = diagnose({"x": autoregressive()}, {"right": autoregressive() > 1.0})
    assert result.verdict == diagnostics.Verdict(True, (), ())
    assert (result.ensembles, result.steps, result.walkers) == (4, 1000, 16)


def test_every_effective_sample_size_agrees_on_independent_walkers():
    summary = diagnose({"x": autoregressive(0.8)}).quantities["x"]
    exact = 4 * 1000 * 16 / 9.0
    assert summary.ess_tau == pytest.approx(exact, rel=0.25)  # emcee centres each walker on its own mean: tau is low
    assert summary.ess_bulk == pytest.approx(exact, rel=0.15)
    assert summary.mcse == pytest.approx(1.0 / np.sqrt(exact), rel=0.1)
    assert 0.05 * exact < summary.ess_between < 50.0 * exact  # chi-squared with 3 degrees of freedom
    assert summary.steps_per_tau == pytest.approx(1000 / summary.tau)


def test_ensemble_in_the_wrong_place_fails_and_is_worded():
    chains = autoregressive()
    chains[1] += 0.5
    verdict = diagnose({"m_dm": chains}).verdict
    assert not verdict.converged
    assert any("R-hat of 'm_dm' between ensembles" in text for text in verdict.failures)
    assert not diagnostics.check({"m_dm": chains}, Rule()).verdict.converged


def test_drift_common_to_all_ensembles_is_seen():
    chains = autoregressive() + np.linspace(0.0, 1.0, 1000)[None, :, None]
    assert not diagnose({"x": chains}).verdict.converged


def test_stuck_walker_is_named_and_not_averaged_away():
    chains = autoregressive()
    chains[2, :, 5] = 0.1
    result = diagnose({"x": chains, "y": chains**3})
    assert np.isnan(result.quantities["x"].tau)
    assert any("walker 5 of ensemble 2 never moved" in text for text in result.verdict.failures)
    check = diagnostics.check({"x": chains}, Rule())
    assert any("walker 5 of ensemble 2 never moved" in text for text in check.verdict.failures)


def test_plateau_of_a_derived_quantity_is_not_a_stuck_walker():
    chains = autoregressive()
    result = diagnose({"x": chains, "clipped": np.maximum(chains, 2.5), "constant": np.ones_like(chains)})
    assert not any("never moved" in text for text in result.verdict.failures)
    assert result.quantities["constant"].rhat == 1.0


def test_short_chain_says_how_long_it_must_be():
    verdict = diagnose({"x": autoregressive(0.95, steps=400)}).verdict
    assert any("steps per autocorrelation time" in text and "raise max_steps to" in text for text in verdict.failures)


def test_too_few_effective_draws():
    verdict = diagnose({"x": autoregressive()}, rule=Rule(target_ess=1e6)).verdict
    assert any("effective sample size of 'x'" in text for text in verdict.failures)


def test_hidden_slow_mode_is_not_converged():
    # Its tau is 83 steps, of which the window that ends with the fast motion shows 5: two to fifteen times too few.
    chains = {"x": 0.3 * autoregressive(0.998, seed=1) + autoregressive(0.0, seed=2), "y": autoregressive(seed=3)}
    check = diagnostics.check(chains, Rule())
    assert "tau of x hides slow modes" in check.verdict.failures
    # The sample size is that of the scatter of the means of the walkers, which is the error that a reader would see.
    means = chains["x"].mean(axis=1).ravel()
    assert check.ess == pytest.approx(chains["x"].var() / means.var() * len(means), rel=0.05)
    assert check.ess < 0.2 * chains["x"].size / check.tau
    assert any("the means of the walkers in 'x' scatter" in text for text in diagnose(chains).verdict.failures)


def test_growing_tau_is_not_converged():
    # Walkers that move slowly once half of the chain is done: tau 3 in one half, 19 in the other.
    chains = np.concatenate([autoregressive(0.5, steps=2000), autoregressive(0.9, steps=2000, seed=2)], axis=1)
    check = diagnostics.check({"x": chains}, Rule())
    assert check.verdict.failures == ("tau still grows",)
    assert f"tau {check.tau:.1f} (+{100.0 * check.growth.relative:.0f} +- " in str(check)
    assert any("over the last doubling of the chain" in text for text in diagnose({"x": chains}).verdict.failures)


def test_check_counts_the_worst_tail():
    chains = autoregressive(0.9)
    check = diagnostics.check({"x": chains}, Rule())
    tail = arviz_bridge.ess_tail(by_walker(chains))
    assert check.ess == pytest.approx(min(chains.size / check.tau, tail / TAIL_FRACTION))


def test_check_sees_ensembles_that_disagree_on_a_region():
    inside = np.concatenate([hops(0.1, 0.2, ensembles=3), hops(0.1, 0.4, ensembles=1)])
    assert diagnostics.check({"x": autoregressive()}, Rule()).verdict.converged
    verdict = diagnostics.check({"x": autoregressive()}, Rule(), {"above the dumps": inside}).verdict
    assert any("above the dumps" in text for text in verdict.failures)


def test_scatter_of_the_ensembles_beyond_tau_is_a_warning():
    chains = autoregressive(0.0)
    chains += np.array([-0.03, -0.02, 0.02, 0.03])[:, None, None]
    verdict = diagnose({"x": chains}, rule=Rule(max_rhat=1.05)).verdict
    assert any("scatter as if there were only" in text for text in verdict.warnings)


# --- regions -------------------------------------------------------------------------------------------------------


def hops(rate, fraction, ensembles=4, steps=1000, walkers=16, seed=1):
    """Walkers that redraw their region with probability ``rate`` at each step."""
    rng = np.random.default_rng(seed)
    inside = np.empty((steps, ensembles, walkers), dtype=bool)
    inside[0] = rng.uniform(size=(ensembles, walkers)) < fraction
    for step in range(1, steps):
        redraw = rng.uniform(size=(ensembles, walkers)) < rate
        inside[step] = np.where(redraw, rng.uniform(size=(ensembles, walkers)) < fraction, inside[step - 1])
    return inside.transpose(1, 0, 2)


def test_region_fraction_and_its_error():
    inside = hops(0.1, 0.2)
    region = diagnose({"x": autoregressive()}, {"above": inside}).regions["above"]
    tau = 2 / 0.1 - 1
    assert region.error == pytest.approx(np.sqrt(0.2 * 0.8 * tau / 16000), rel=0.2)
    assert region.fraction == pytest.approx(0.2, abs=4 * region.error / 2)
    assert_allclose(region.fractions, inside.mean(axis=(1, 2)))


def test_false_alarms_of_the_region_test_are_rare():
    alarms = 0
    for seed in range(40):
        regions = {"above": hops(0.1, 0.2, steps=500, seed=seed)}
        verdict = diagnose({"x": autoregressive(steps=500)}, regions).verdict
        alarms += any("disagree" in text for text in verdict.failures)
    assert alarms <= 1


def test_ensembles_that_disagree_on_a_region_fail():
    inside = np.concatenate([hops(0.1, 0.2, ensembles=3), hops(0.1, 0.4, ensembles=1)])
    verdict = diagnose({"x": autoregressive()}, {"above the dumps": inside}).verdict
    assert any("ensembles disagree on the fraction of region 'above the dumps'" in text for text in verdict.failures)


def test_frozen_walkers_count_as_one_draw_each():
    inside = np.broadcast_to(hops(0.0, 0.5, steps=1), (4, 1000, 16))
    region = diagnose({"x": autoregressive()}, {"frozen": inside}).regions["frozen"]
    assert region.error == pytest.approx(np.sqrt(0.25 / 16), rel=0.3)


def test_empty_region_is_agreed_upon():
    region = diagnose({"x": autoregressive()}, {"empty": np.zeros((4, 1000, 16), bool)}).regions["empty"]
    assert (region.fraction, region.error, region.worst_pull) == (0.0, 0.0, 0.0)


def test_worst_pull_is_that_of_a_normal_deviate():
    """Over sound runs, the largest of four deviations from their mean has the mean square of simulated normals."""
    normals = np.random.default_rng(5).normal(size=(100_000, 4))
    normals -= normals.mean(axis=1, keepdims=True)
    expected = np.mean((np.abs(normals).max(axis=1) / np.sqrt(0.75)) ** 2)
    pulls = [diagnostics._region(hops(0.5, 0.3, steps=200, seed=seed)).worst_pull for seed in range(60)]
    assert np.mean(np.square(pulls)) == pytest.approx(expected, rel=0.35)


def test_region_is_judged_like_a_quantity():
    region = diagnose({"x": autoregressive()}, {"above": hops(0.05, 0.2)}).regions["above"]
    assert region.tau == pytest.approx(2 / 0.05 - 1, rel=0.2)
    assert region.ess == pytest.approx(4 * 1000 * 16 / region.tau)
    assert region.mcse == pytest.approx(region.error / 2)
    assert 1.0 <= region.rhat < 1.01
    verdict = diagnose({"x": autoregressive()}, {"above": hops(0.05, 0.2)}, Rule(target_ess=3000)).verdict
    assert any("effective sample size of region 'above'" in text for text in verdict.failures)


def test_rare_region_is_reported_and_does_not_decide():
    rare = hops(0.02, 0.005)
    result = diagnose({"x": autoregressive()}, {"rare": rare, "common": ~rare}, Rule(target_ess=3000))
    assert result.verdict.converged
    assert result.regions["rare"].ess < 3000


def test_error_of_a_quantity_that_varies_in_its_last_digits():
    chains = autoregressive(0.5)
    one, other = (diagnose({"x": values}).quantities["x"] for values in (chains, 80.0 + 1e-6 * chains))
    assert other.mcse == pytest.approx(1e-6 * one.mcse, rel=1e-4)


def test_derived_quantities_need_no_long_chain_but_draws():
    slow = autoregressive(0.97, steps=1000, walkers=64)
    derived = diagnostics.DerivedDraws(2, {"derived": slow[:, ::2]}, {})
    fast = autoregressive(steps=1000, walkers=64)
    result = diagnostics.diagnose({"x": fast}, np.full(4, 0.3), Rule(), derived=derived)
    assert result.quantities["derived"].steps_per_tau < diagnostics.TIMES_TAU
    assert result.verdict.converged
    more = diagnostics.diagnose({"x": fast}, np.full(4, 0.3), Rule(target_ess=2e4), derived=derived)
    assert any("effective sample size of 'derived'" in text for text in more.verdict.failures)


@pytest.mark.parametrize("fraction, decides", [(0.005, False), (0.02, True)])
def test_a_quantity_that_is_the_same_in_nearly_all_draws_does_not_decide(fraction, decides):
    """A branching ratio that is 1 below the muon says only how many draws are above it."""
    branching = np.where(hops(0.02, fraction), 0.6, 1.0)
    result = diagnose({"x": autoregressive(), "branching": branching}, {}, Rule(target_ess=3000))
    assert result.quantities["branching"].ess_bulk < 3000
    assert any("'branching'" in failure for failure in result.verdict.failures) == decides


def test_a_rare_piece_far_away_does_not_rule_the_autocorrelation_time():
    bulk = autoregressive(steps=400, walkers=64)
    far = bulk.copy()
    for ensemble in range(4):  # a walker stays for 100 steps where a draw in a thousand belongs
        far[ensemble, 100:200, ensemble] += 1000.0
    assert autocorrelation_time(far) > 50.0
    assert diagnose({"x": far}).quantities["x"].tau < 10.0


def test_thinned_quantities_count_in_steps_of_the_chain():
    slow = autoregressive(0.9, steps=2000)
    derived = diagnostics.DerivedDraws(4, {"derived": slow[:, ::4]}, {"above": slow[:, ::4] > 1.0})
    result = diagnostics.diagnose({"x": slow}, np.full(4, 0.3), Rule(), derived=derived)
    assert result.quantities["derived"].tau == pytest.approx(result.quantities["x"].tau, rel=0.1)
    assert result.quantities["derived"].steps_per_tau == pytest.approx(result.quantities["x"].steps_per_tau, rel=0.1)
    assert result.quantities["derived"].ess_bulk == pytest.approx(result.quantities["x"].ess_bulk, rel=0.2)
    assert result.regions["above"].tau > 4.0


# --- output and errors ---------------------------------------------------------------------------------------------


def test_json_has_no_nan():
    chains = autoregressive()
    chains[0, :, 0] = 0.0
    result = diagnose({"x": chains}, {"right": chains > 1.0})
    plain = json.loads(json.dumps(diagnostics.plain_types(asdict(result)), allow_nan=False))
    assert plain["quantities"]["x"]["tau"] is None
    assert plain["verdict"]["converged"] is False


def test_table_has_a_line_for_everything():
    text = diagnose({"m_dm": autoregressive()}, {"above": hops(0.1, 0.2)}).render_table()
    for word in ("m_dm", "above", "R-hat", "acceptance 0.30", "converged", "4 ensembles x 16 walkers x 1000 steps"):
        assert word in text


@pytest.mark.parametrize(
    "draws, words",
    [
        ({"x": np.zeros((4, 10, 3)), "y": np.zeros((4, 11, 3))}, "allowed: one shape"),
        ({"x": np.zeros((1, 10, 3))}, "allowed: one shape"),
        ({"x": np.full((2, 10, 3), np.nan)}, "'x' has draws that are not finite"),
        ({}, "allowed: one shape"),
    ],
)
def test_rejects_draws_it_cannot_judge(draws, words):
    with pytest.raises(Refusal, match=words):
        diagnose(draws)
