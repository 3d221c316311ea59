"""The verdict: sentences and tables from numbers alone, and one page with its figures."""

import json
import math
from dataclasses import replace

import h5py
import pytest
from reference import synthetic_posterior
from reference.origins import ORIGIN, reseal
from reference.synthetic_posterior import ORIGIN_OF_RUN

from workflow.inference.comparisons.comparison_file import Comparison, Group
from workflow.inference.comparisons.verdict import (
    ComparedEra,
    ComparedRun,
    compared_era,
    compared_runs,
    conclusions,
    evidence_rows,
    pull_rows,
    record,
    strength,
    write_verdict,
)
from workflow.inference.drawing.figure_files import KINDS
from workflow.inference.estimates.summary import Cost, Pull, summarise
from workflow.inference.writing.labels import words_of
from workflow.inference.writing.origin import read_origin, write_json

PLAN = Comparison(
    description="Two eras.",
    eras={"2008": ("early", "rival"), "modern": ("late",)},
    base=("relic_abundance",),
    groups=(
        Group(called="the line", likelihoods=("flux_511kev",)),
        Group(called="the bounds", likelihoods=("electron_g2", "kinetic_mixing")),
    ),
    columns=("m_dm_mev", "g", "chi"),
)
TENSION = {"ln_r": 2.5, "ln_r_error": 0.03, "ln_i": 2.0, "ln_s": 0.5, "ln_s_error": 0.04}
TENSION |= {key: {"pareto_k": 0.3} for key in ("base", "base_and_a", "base_and_b", "everything")}


def a_run(era, run, ln_z, ln_b=0.0, *, converged=True, deviance=5.0):
    error = 0.0 if ln_b == 0.0 else 0.0141
    return ComparedRun(era, run, "", converged, ln_z, 0.01, 0.2, ln_b, error, 1.0, (0.8, 1.3), deviance, 4)


def a_cost(term, at_best_fit, *data):
    pulls = tuple(
        Pull(
            "omega_h2",
            r"\Omega h^2",
            "1",
            measured,
            sigma,
            predicted,
            (predicted - measured) / sigma,
            "source",
            "2008",
            "V",
        )
        for measured, sigma, predicted in data
    )
    return Cost(term, at_best_fit, at_best_fit, at_best_fit, 0.5, pulls)


@pytest.fixture
def runs():
    return [
        a_run("2008", "early", -13.5),
        a_run("2008", "rival", -10.0, 3.5),
        a_run("modern", "late", -40.25, converged=False, deviance=15.0),
    ]


@pytest.fixture
def eras():
    costs = (a_cost("electron_g2", 4.5), a_cost("relic_abundance", 0.5, (0.11, 0.006, 0.113)))
    return [
        ComparedEra("2008", "early", costs, TENSION),
        ComparedEra("modern", "late", costs, TENSION | {"ln_s": -6.0}),
    ]


@pytest.mark.parametrize(
    "sentence",
    [
        "2008: the best fit of early has −2 ln L = 5.0 for 4 likelihoods, 68 % of the posterior has m_DM between 0.8 "
        "and 1.3 MeV, and ln Z = -13.50 ± 0.01.",
        "modern: late has NOT converged, and its numbers are not to be used.",
        "The largest part comes from electron g\N{MINUS SIGN}2: −2 ln L = 4.5, 90 % of the total.",
        "Between the line and the bounds there is no tension: ln S = 0.50 ± 0.04 (ln R = 2.50 ± 0.03).",
        "Between the line and the bounds there is decisive tension: ln S = -6.00 ± 0.04 (ln R = 2.50 ± 0.03).",
        "The same data prefer rival, the best of its rivals here: ln B = +3.50 ± 0.01 (strong evidence).",
        "From 2008 to modern the best fit worsens by Δ(−2 ln L) = 10.0 and ln S changes from 0.50 to -6.00.",
    ],
)
def test_conclusions_say_what_the_numbers_say(runs, eras, sentence):
    assert sentence in conclusions(PLAN, runs, eras)


def test_what_is_not_so_is_not_said(runs, eras):
    text = " ".join(conclusions(PLAN, runs, eras))
    assert "early has NOT converged" not in text
    assert "do not prefer" not in text
    assert "fine-tuning" not in text


@pytest.mark.parametrize("k, shown", [(0.71, "0.71"), (None, "nan")])
def test_an_evidence_with_a_heavy_tail_is_named_beside_the_tension(runs, eras, k, shown):
    """The error of an evidence means nothing above k = 0.7 (arXiv:1507.02646)."""
    assert "Pareto k" not in " ".join(conclusions(PLAN, runs, eras))
    heavy = replace(eras[0], tension=TENSION | {"base": {"pareto_k": k}, "base_and_a": {"pareto_k": 0.69}})
    assert (
        "The errors of ln S and ln R are too small to be used: the Pareto k of the evidence is above 0.7 for the "
        f"shared data alone ({shown})."
    ) in conclusions(PLAN, runs, [heavy, *eras[1:]])


def test_a_fine_tuned_agreement_is_no_tension(runs, eras):
    tuned = [ComparedEra("2008", "early", eras[0].costs, TENSION | {"ln_r": -3.0})]
    text = " ".join(conclusions(PLAN, runs, tuned))
    assert "there is no tension" in text
    assert "together they are 20 times less probable than apart, a fine-tuning and not a misfit" in text
    assert "worsens" not in text


def test_a_better_fit_in_the_last_era_is_called_better(runs, eras):
    better = [*runs[:2], a_run("modern", "late", -40.25, deviance=3.0)]
    assert "From 2008 to modern the best fit improves by Δ(−2 ln L) = 2.0" in " ".join(conclusions(PLAN, better, eras))


def test_rivals_without_the_same_data_are_not_mentioned(runs, eras):
    other = [runs[0], a_run("2008", "rival", -10.0, math.nan), runs[2]]
    assert "prefer" not in " ".join(conclusions(PLAN, other, eras))


def test_the_table_of_evidences_leaves_empty_what_does_not_exist(runs):
    header, *rows = evidence_rows([*runs[:2], a_run("2008", "other", -1.0, math.nan)])
    assert [row[header.index("run")] for row in rows] == ["early", "rival", "other"]
    assert [row[header.index("ln_bayes_factor")] for row in rows] == ["0.0000", "3.5000", ""]


def test_the_table_of_pulls_has_a_row_for_each_likelihood_of_each_era(eras):
    header, *rows = pull_rows(eras)
    assert [(row[0], row[2]) for row in rows] == [
        (era, term) for era in ("2008", "modern") for term in ("electron_g2", "relic_abundance")
    ]
    assert [row[header.index("pull")] for row in rows[:2]] == ["", "0.5"]


def test_each_datum_of_a_likelihood_has_its_row():
    two = (a_cost("both", 1.0, (0.11, 0.006, 0.113), (0.12, 0.001, 0.113)),)
    _, *rows = pull_rows([ComparedEra("2008", "early", two, TENSION)])
    assert [row[5:] for row in rows] == [["0.11", "0.006", "0.113", "0.5"], ["0.12", "0.001", "0.113", "-7"]]


def test_the_record_is_json_without_nan(runs, eras):
    text = json.dumps(record(PLAN, [*runs, a_run("2008", "other", -1.0, math.nan)], eras), allow_nan=False)
    assert json.loads(text)["runs"][-1]["ln_bayes_factor"] is None
    assert json.loads(text)["eras"][0]["costs"][1]["data"][0]["pull"] == pytest.approx(0.5)


@pytest.mark.parametrize(
    "value, word",
    [(0.0, "no"), (-0.99, "no"), (1.0, "mild"), (-2.6, "strong"), (5.0, "decisive"), (-math.inf, "decisive")],
)
def test_words_follow_jeffreys(value, word):
    assert strength(value) == word


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    folder = tmp_path_factory.mktemp("results")
    for seed, (run, ln_z) in enumerate((("early", -13.5), ("rival", -10.0), ("late", None))):
        origin = replace(ORIGIN_OF_RUN, run=run)
        synthetic_posterior.write(folder / run, n_draws=500, seed=seed, converged=run != "late", origin=origin)
        write_json(folder / run / "evidence.json", {"ln_z": ln_z, "error": 0.01, "pareto_k": 0.2}, origin)
    with h5py.File(folder / "rival" / "posterior.nc", "a") as file:
        changed = file.attrs["config"].replace("electron_g2:", "muon_g2:")
        assert changed != file.attrs["config"]
        file.attrs["config"] = changed
    reseal(folder / "rival" / "posterior.nc")
    return folder


def test_only_runs_with_the_data_of_the_first_have_a_bayes_factor(results):
    summaries = {run: summarise(results / run / "posterior.nc") for run in ("early", "rival")}
    early, rival = compared_runs("2008", ("early", "rival"), summaries, results)
    assert (early.ln_bayes_factor, early.ln_bayes_factor_error) == (0.0, 0.0)
    assert math.isnan(rival.ln_bayes_factor)
    assert early.terms == 4
    assert early.m_dm_68[0] < early.m_dm_median < early.m_dm_68[1]


def test_the_page_stands_alone_and_begins_with_what_failed(results, tmp_path):
    (tmp_path / "tension").mkdir()
    for run in ("early", "late"):
        write_json(tmp_path / "tension" / f"{run}.json", TENSION, replace(ORIGIN_OF_RUN, run=run))
    write_verdict(PLAN, results, tmp_path, ORIGIN)
    page = (tmp_path / "verdict.html").read_text()
    assert "“no” below 1, “mild” below 2.5, “strong” below 5, “decisive” from there on." in page
    assert page.index("NOT CONVERGED, do not use these numbers: late.") < page.index("<h1>")
    assert page.count("data:image/png;base64,") == 2
    assert "http" not in page.replace("http-equiv", "")
    assert {path.name for path in tmp_path.iterdir()} == {
        "tension", "verdict.html", "verdict.json", "evidence.csv", "pulls.csv",
        *(f"{name}.{kind}" for name in ("corner", "evidence") for kind in KINDS),
    }  # fmt: skip
    assert read_origin(tmp_path / "verdict.html") == read_origin(tmp_path / "verdict.json") == ORIGIN
    origin = read_origin(results / "early" / "posterior.nc")
    era = compared_era("2008", origin, summarise(results / "early" / "posterior.nc"), tmp_path / "tension")
    assert era.tension == TENSION
    assert all(words_of(cost.term) in page for cost in era.costs)
