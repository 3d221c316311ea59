import json
import math
from dataclasses import replace

import numpy as np
import pytest
import xarray as xr
from reference import synthetic_posterior

from workflow.inference.estimates.prior_edges import PriorEdge
from workflow.inference.estimates.regions import Interval
from workflow.inference.estimates.summary import summary_of
from workflow.inference.report import tables
from workflow.inference.writing.refusal import Refusal


@pytest.fixture
def diagnostics(posterior_path):
    return json.loads((posterior_path.parent / "diagnostics.json").read_text())


def failures(file, diagnostics):
    return {
        name: row.failed
        for name, row in zip(diagnostics["quantities"], tables.check_rows(file, diagnostics), strict=True)
    }


def test_a_converged_run_fails_nothing(file, diagnostics):
    assert set(failures(file, diagnostics).values()) == {()}


@pytest.mark.parametrize(
    "quantity, key, value, failed",
    [
        ("gamma", "rhat", 1.02, ("R-hat",)),
        ("g", "rhat", None, ("R-hat",)),
        ("g", "ess_bulk", 4999.0, ("ESS",)),
        ("g", "ess_tau", 4999.0, ("ESS",)),
        ("m_dm_mev", "ess_tau", 10.0, ()),
        ("g", "ess_tail", 2499.0, ("tail ESS",)),
        ("chi", "tau", None, ("N/τ",)),
        ("chi", "tau", 81.0, ("N/τ",)),
        ("chi", "tau", 0.0, ("N/τ",)),
        ("m_dm_mev", "tau", 900.0, ()),
    ],
)
def test_a_quantity_is_judged_by_the_limits_of_the_record(file, diagnostics, quantity, key, value, failed):
    diagnostics["quantities"][quantity][key] = value
    assert failures(file, diagnostics)[quantity] == failed


@pytest.mark.parametrize(
    "limit, value, failed", [("max_rhat", 1.0001, "R-hat"), ("target_ess", 1e6, "ESS"), ("steps_per_tau", 1e3, "N/τ")]
)
def test_other_limits_fail_other_quantities(file, diagnostics, limit, value, failed):
    diagnostics["limits"][limit] = value
    assert failures(file, diagnostics)["g"] == (failed,)


def test_diagnostics_that_lack_a_key_are_refused(file, diagnostics):
    del diagnostics["quantities"]["g"]["rhat"]
    with pytest.raises(Refusal, match=r"diagnostics\.json: g has no key rhat"):
        tables.check_rows(file, diagnostics)


def test_regions_are_fractions_with_their_error(file, diagnostics):
    below, above = tables.region_rows(file, diagnostics)
    assert below.label == "below_resonance"
    assert below.fraction.endswith(" ± 0.4")
    assert float(below.fraction.split()[0]) + float(above.fraction.split()[0]) == pytest.approx(100.0, abs=0.11)
    assert len(below.per_ensemble.split(", ")) == 4


def test_maxima_are_listed_from_the_best(file):
    maxima = tables.local_maxima(file)
    assert len(maxima.columns) == len(file.names("parameter")) + 2
    assert maxima.rows[0].excess == "0.00"
    assert all(len(row.position) == len(maxima.columns) for row in maxima.rows)


def test_each_datum_stands_beside_its_prediction(file):
    (cost,) = (cost for cost in summary_of(file).costs if cost.term == "relic_abundance")
    row = tables.cost_row(cost)
    assert [datum.measured for datum in row.data] == ["0.1099 ± 0.0062"]
    assert row.data[0].shown_pull[0] in "+\N{MINUS SIGN}"
    assert row.fraction.isdigit()


def test_a_cost_that_has_no_fraction_has_a_dash(file):
    cost = replace(summary_of(file).costs[0], fraction=math.nan, data=())
    assert tables.cost_row(cost).fraction == "–"
    assert tables.cost_row(cost).data == ()


@pytest.mark.parametrize("k, shown, reliable", [(0.35, "0.35", True), (0.71, "0.71", False), (None, "–", False)])
def test_an_evidence_without_a_finite_tail_is_not_reliable(k, shown, reliable):
    evidence = tables.evidence_of(synthetic_posterior.EVIDENCE | {"pareto_k": k})
    assert evidence.row.ln_z == "−13.517 ± 0.010"
    assert (evidence.row.pareto_k, evidence.reliable) == (shown, reliable)


def test_independent_methods_stand_beside_the_chains(file):
    reference = {
        "method": "brute force",
        "ln_z": -13.5,
        "error": 0.02,
        "pull": 0.8,
        "agrees": True,
        "pareto_k": None,
        "effective_sample_size": 12345.0,
        "evaluations": 1e6,
        "largest_cdf_difference": 0.004,
        "in_quantity": "m_dm_mev",
        "regions": {"below resonance": [0.4, 0.01]},
    }
    other = reference | {"method": "nested", "agrees": False, "in_quantity": "ln L"}
    record = {
        "references": [reference, other],
        "chains": {"regions": {"below resonance": {"fraction": 0.41, "error": 0.004}}},
    }
    check = tables.cross_check_of(file, record)
    assert not check.agrees
    assert [row.method for row in check.rows] == ["brute force", "nested"]
    assert [row.label for row in check.rows] == ["<i>m</i><sub>DM</sub>", "ln L"]
    assert check.rows[0].evidence.pareto_k == "–"
    assert check.rows[0].pull == "+0.8"
    assert check.regions[0].chains == "41.0 ± 0.4"
    assert check.regions[0].references == ("40 ± 1", "40 ± 1")


def test_many_pieces_of_an_interval_are_counted():
    two = (Interval(1.0, 2.0), Interval(3.0, 4.0))
    assert tables.intervals(two) == "<span class='piece'>[1.00, 2.00]</span> ∪ <span class='piece'>[3.00, 4.00]</span>"
    with_point = (Interval(0.0, 0.0), two[0])
    assert tables.intervals(with_point) == "<span class='piece'>{0}</span> ∪ <span class='piece'>[1.00, 2.00]</span>"
    four = (*two, Interval(5.0, 6.0), Interval(7.0, 8.0))
    assert tables.intervals(four).startswith("4 pieces in [1.0, 8.0]")


def with_abundance_errors(file, **sizes):
    """The same posterior with columns of effects on the abundance, each of one size at every draw."""
    added = {
        f"omega_h2_error_{name}": xr.full_like(file.posterior["omega_h2"], size).assign_attrs(
            role="derived", meaning=f"relative change of the relic abundance by {name}; 0 where the run accounts for it"
        )
        for name, size in sizes.items()
    }
    return replace(file, posterior=file.posterior.assign(added))


def test_effects_on_the_abundance_stand_with_the_largest_first(file):
    rows = tables.abundance_error_rows(with_abundance_errors(file, bath=0.02, start=0.0, temperature=0.113))
    assert [row.meaning for row in rows] == ["temperature", "bath"]
    assert (rows[0].median, rows[0].quantile_95) == ("11.30", "11.30")


def test_a_run_that_leaves_nothing_out_has_no_effects(file):
    assert tables.abundance_error_rows(file) == ()


@pytest.mark.parametrize("sides, sign, quantile", [(["lower"], "&lt;", 0.95), (["upper"], "&gt;", 0.05)])
def test_a_limit_is_on_the_side_that_no_prior_sets(file, sides, sign, quantile):
    samples = np.linspace(1.0, 2.0, 1001)
    limit = tables.one_sided(bounded(file, *sides), "g", samples)
    assert str(limit).startswith(sign)
    assert float(str(limit).split()[1]) == pytest.approx(1.0 + quantile, abs=0.06)


@pytest.mark.parametrize("sides", [(), ("lower", "upper")])
def test_there_is_no_limit_where_priors_set_neither_end_or_both(file, sides):
    assert tables.one_sided(bounded(file, *sides), "g", np.linspace(1.0, 2.0, 11)) is None


def bounded(file, *sides):
    """The summary of a run in which priors set these ends of the coupling."""
    edges = tuple(PriorEdge("g", side, 1.0, "g", side, 0.5, "") for side in sides)
    return replace(summary_of(file), edges=edges)


def test_a_quantity_that_does_not_decide_on_convergence_is_marked(file, diagnostics):
    diagnostics["quantities"]["g"] |= {"ess_bulk": 10.0, "decisive": False}
    rows = dict(zip(diagnostics["quantities"], tables.check_rows(file, diagnostics), strict=True))
    assert not rows["g"].decisive
    assert rows["g"].failed == ("ESS",)
    assert all(row.decisive for name, row in rows.items() if name != "g")


def test_the_error_of_a_mean_is_shown_in_per_cent_of_the_spread(file, diagnostics):
    diagnostics["quantities"]["g"] |= {"mcse_over_sd": 0.0123, "tau": 40.0, "rhat": 1.00049, "ess_bulk": 9876.4}
    (row,) = (
        row
        for name, row in zip(diagnostics["quantities"], tables.check_rows(file, diagnostics), strict=True)
        if name == "g"
    )
    tau, steps, bulk, _, _, rhat, mcse = row.shown
    assert (tau, rhat, mcse) == ("40.0", "1.0005", "1.23")
    assert steps == f"{diagnostics['n_steps'] / 40.0:.0f}"
    assert bulk == "9\N{NARROW NO-BREAK SPACE}876"


def test_excesses_are_over_the_best_maximum_and_costs_add_up(file):
    maxima = tables.local_maxima(file)
    costs = [
        -2.0 * sum(float(file.local_maxima[f"loglike_{term}"][k]) for term in file.log_likelihood)
        for k in range(file.local_maxima.sizes["maximum"])
    ]
    assert [float(row.cost.replace("\N{MINUS SIGN}", "-")) for row in maxima.rows] == pytest.approx(costs, abs=0.006)
    excess = [float(row.excess) for row in maxima.rows]
    assert excess == pytest.approx([cost - costs[0] for cost in costs], abs=0.006)


@pytest.mark.parametrize("k, reliable", [(0.699, True), (0.701, False)])
def test_an_evidence_is_reliable_below_a_tail_shape_of_seven_tenths(k, reliable):
    evidence = tables.evidence_of(synthetic_posterior.EVIDENCE | {"pareto_k": k, "information": 12.3456})
    assert (evidence.reliable, evidence.limit, evidence.information) == (reliable, 0.7, "12.35")


@pytest.mark.parametrize("end, shown", [(4.9, "&lt; 4.90"), (5.2, "&lt; 5.2"), (0.0523, "&lt; 0.052")])
def test_a_limit_has_the_digits_of_a_fifth_of_its_value(file, end, shown):
    """Two digits of an error of a fifth, so that a limit keeps two or three of its own."""
    samples = np.array([0.1 * end] * 90 + [end] * 10)
    assert str(tables.one_sided(bounded(file, "lower"), "g", samples)) == shown
