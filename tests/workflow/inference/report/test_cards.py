import re
from dataclasses import replace
from html import unescape

import numpy as np
import pytest

from model.physics.positrons.propagation import displacement_in
from workflow.inference.estimates.prior_edges import PriorEdge
from workflow.inference.estimates.regions import Interval
from workflow.inference.estimates.summary import Fraction, summary_of
from workflow.inference.report.cards import (
    FIRST,
    TRAVEL,
    answer,
    interval_95,
    left_out,
    missed_data,
    sampling_sentence,
    soundness,
)
from workflow.inference.report.findings import Findings
from workflow.inference.writing.labels import html_of

RECORD = {
    "converged": True,
    "verdict": "all checks passed.",
    "n_ensembles": 4,
    "quantities": {
        "g": {"rhat": 1.0012, "ess_bulk": 9000.0, "decisive": True},
        "chi": {"rhat": None, "ess_bulk": 7000.4, "decisive": True},
        "br_u_ee": {"rhat": 1.0044, "ess_bulk": 1700.0, "decisive": False},  # the same in nearly all draws
    },
}


def plain(text):
    return unescape(re.sub("<[^>]+>", "", str(text))).replace("\N{NO-BREAK SPACE}", " ")


@pytest.fixture(scope="module")
def summary(file):
    return replace(summary_of(file), edges=())


def test_the_answer_has_masses_first_and_only_what_the_data_say(file, summary):
    card = answer(file, summary, True, Findings((), (), ("g", "m_u_mev", "m_dm_mev")))
    assert [plain(line).split(":")[0] for line in card.lines] == ["mDM", "mU", "g"]
    assert not card.bad


@pytest.mark.parametrize(
    "converged, names, words", [(False, ("g",), "None yet"), (True, (), "no more than the priors about any")]
)
def test_without_convergence_or_findings_the_answer_says_so(file, summary, converged, names, words):
    card = answer(file, summary, converged, Findings((), (), names))
    assert card.bad == (not converged)
    assert words in card.lines[0]


def test_a_model_that_misses_a_datum_by_five_sigma_says_so_before_its_numbers(file, summary):
    found = Findings((), (), ("g", "m_u_mev"))
    (flux,) = (cost for cost in summary.costs if cost.term == "flux_511kev")
    others = tuple(cost for cost in summary.costs if cost is not flux)

    def card(cost):
        return answer(file, replace(summary, costs=(*others, replace(flux, at_best_fit=cost))), True, found)

    assert len(flux.data) == 1
    assert not card(24.9).bad
    missed = card(25.1)
    assert missed.bad
    assert missed.heading == "The answer: the model does not fit"
    assert "the best one misses flux 511 keV (\N{MINUS SIGN}2 ln L = 25.1)" in plain(missed.lines[0])
    assert len(missed.lines) == 3


def test_more_data_may_cost_more(summary):
    (flux,) = (cost for cost in summary.costs if cost.term == "flux_511kev")
    many = replace(flux, at_best_fit=40.0, data=flux.data * 10)  # 40 for 10 degrees of freedom: 4.2 sigma
    assert missed_data(replace(summary, costs=(many,))) == ()
    assert missed_data(replace(summary, costs=(replace(many, data=flux.data),))) != ()
    assert missed_data(replace(summary, costs=(replace(flux, at_best_fit=-3.0),))) == ()
    assert missed_data(replace(summary, costs=(replace(many, data=()),))) == ()  # data that are not single numbers
    assert missed_data(replace(summary, costs=(replace(many, at_best_fit=60.0, data=()),))) != ()


def test_an_interval_becomes_a_limit_where_a_prior_sets_one_end(file, summary):
    (row,) = (row for row in summary.rows if row.name == "m_dm_mev")
    low, high = row.hdi_95[0].lower, row.hdi_95[-1].upper
    numbers = [float(text) for text in re.findall(r"[\d.]+", plain(interval_95(file, summary, row)))]
    np.testing.assert_allclose(numbers[:1] + numbers[-1:], [low, high], rtol=0.05)
    edge = PriorEdge("m_dm_mev", "upper", 1.0, "m_dm_mev", "upper", 0.5, "")
    text = plain(interval_95(file, replace(summary, edges=(edge,)), row))
    assert text.startswith("mDM > ")
    assert float(re.search(r"[\d.]+", text)[0]) == pytest.approx(np.quantile(file.samples("m_dm_mev"), 0.05), rel=0.05)
    edges = (edge, replace(edge, side="lower"))
    assert plain(interval_95(file, replace(summary, edges=edges), row)).endswith("MeV (priors set both ends)")


def test_soundness_has_the_worst_numbers_and_the_largest_pull(summary):
    card = soundness(summary, RECORD, ["The model needs a thing."])
    lines = [plain(line) for line in card.lines]
    assert lines[0].startswith("4 independent ensembles agree: the largest R-hat is 1.0012, the smallest effective")
    assert lines[0].endswith("7\N{NARROW NO-BREAK SPACE}000.")
    largest = max((pull for cost in summary.costs for pull in cost.data), key=lambda pull: abs(pull.pull))
    assert f"{largest.pull:+.1f}".replace("-", "\N{MINUS SIGN}") in lines[1]
    assert lines[2] == "The model needs a thing."


def test_unconverged_chains_are_named_as_such():
    assert "have not converged: too short." in sampling_sentence({**RECORD, "converged": False, "verdict": "too short"})


def test_what_is_left_out_is_ordered_by_its_fraction(file, summary):
    flags = tuple(Fraction(n, n, f"{n} matters", v, 0.01) for n, v in (("a", 0.02), ("b", 0.6), ("c", 0.001)))
    card = left_out(file, replace(summary, neglected=flags))
    assert [plain(line).split(" of")[0] for line in card.lines[:2]] == ["b: in 60.0 %", "a: in 2.0 %"]
    assert "60.0 % of the posterior" in plain(card.lines[0])
    assert card.bad
    assert "No neglected effect matters" in left_out(file, replace(summary, neglected=())).lines[0]


def test_positrons_of_a_run_with_the_shape_of_the_line_travel(file, summary):
    shape = replace(file, log_likelihood=file.log_likelihood.assign(morphology_511kev=file.posterior["m_dm_mev"]))
    line = plain(left_out(shape, replace(summary, neglected=())).lines[0])
    assert "those of 10 and 40 MeV would travel 140 and 350 pc first" in line
    for energy, distance in TRAVEL:
        assert displacement_in(energy, 3.0e28, 1.0) == pytest.approx(distance, rel=0.05)
    # A run whose data do not see the shape, and one in which the distance is a parameter, have no such line.
    accounted = replace(shape, config=shape.config + "\nparameters: {displacement_pc: {fixed: 17.0}}")
    for other in (file, accounted):
        assert "Positrons" not in "".join(map(str, left_out(other, replace(summary, neglected=())).lines))


def test_errors_of_the_abundance_are_compared_with_its_measurement(file, summary):
    error = (0.0 * file.posterior["omega_h2"] + 0.05).assign_attrs(
        file.posterior["omega_h2"].attrs
        | {
            "meaning": "relative change of the relic abundance by the bath; 0 where the run accounts for it",
            "role": "derived",
        }
    )
    other = replace(file, posterior=file.posterior.assign(omega_h2_error_bath=error))
    line = plain(left_out(other, replace(summary, neglected=())).lines[-1])
    expected = 0.05 * np.median(file.samples("omega_h2")) / file.data("observable", "omega_h2")[0].attrs["sigma"]
    assert "is the bath: 5.00 % at the median" in line
    assert f"{expected:.2g} times the error of its measurement" in line


def test_an_abundance_that_leaves_out_less_than_is_shown_leaves_out_nothing(file, summary):
    error = (0.0 * file.posterior["omega_h2"] + 4e-5).assign_attrs(
        file.posterior["omega_h2"].attrs | {"meaning": "relative change by the bath", "role": "derived"}
    )
    other = replace(file, posterior=file.posterior.assign(omega_h2_error_bath=error))
    line = plain(left_out(other, replace(summary, neglected=())).lines[-1])
    assert line == "The relic abundance leaves out nothing that moves it by 0.01 % at the median."


def flags(**fractions):
    return tuple(Fraction(name, name, "matters", fraction, 0.01) for name, fraction in fractions.items())


@pytest.mark.parametrize("fraction, shown, bad", [(0.0099, False, False), (0.0101, True, False), (0.501, True, True)])
def test_an_effect_is_worth_a_line_above_one_per_cent_and_bad_news_above_a_half(fraction, shown, bad, file, summary):
    card = left_out(file, replace(summary, neglected=flags(a=fraction)))
    assert plain(card.lines[0]).startswith("a: in" if shown else "No neglected effect matters in more than 1 %")
    assert card.bad is bad


def test_the_answer_has_six_quantities_at_most_and_those_of_a_reader_first(file, summary):
    names = tuple(row.name for row in summary.rows)
    card = answer(file, summary, True, Findings((), (), names))
    shown = [plain(line).split(":")[0] for line in card.lines]
    assert len(shown) == 6
    first = [name for name in FIRST if name in names]
    labels = {row.name: plain(html_of(row.label)) for row in summary.rows}
    assert shown[: len(first)] == [labels[name] for name in first[:6]]


def test_many_pieces_are_shown_as_the_range_that_they_span(file, summary):
    (row,) = (row for row in summary.rows if row.name == "g")
    three = tuple(Interval(float(k), k + 0.5) for k in (1, 2, 3))
    text = plain(interval_95(file, summary, replace(row, hdi_95=three)))
    assert text.count(" or ") == 2
    four = (*three, Interval(4.0, 4.5))
    text = plain(interval_95(file, summary, replace(row, hdi_95=four)))
    numbers = [float(number) for number in re.findall(r"[\d.]+", text.partition(":")[2])]
    assert numbers == [1.0, 4.5]
    point = (Interval(0.0, 0.0), Interval(1.0, 2.0))
    assert plain(interval_95(file, summary, replace(row, hdi_95=point))).endswith(": 0 or 1.00 to 2.00")


def test_the_worst_numbers_of_the_chains_are_the_largest_and_the_smallest():
    quantities = {
        name: {"rhat": rhat, "ess_bulk": size, "decisive": True}
        for name, rhat, size in (("a", 1.01, 50.0), ("b", 1.001, 90.0))
    }
    text = plain(sampling_sentence({**RECORD, "quantities": quantities}))
    assert "the largest R-hat is 1.0100, the smallest effective sample size 50." in text


def test_the_fit_is_the_sum_of_its_likelihoods(summary):
    total = sum(cost.at_best_fit for cost in summary.costs)
    line = plain(soundness(summary, RECORD, []).lines[1])
    assert f"is {total:.1f} in {len(summary.costs)} likelihoods." in line
    without = soundness(replace(summary, costs=()), RECORD, ["One need.", "Another need."])
    assert [plain(line) for line in without.lines[1:]] == ["One need."]
