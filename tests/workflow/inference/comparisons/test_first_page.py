import csv
import json
import re
from dataclasses import replace

import numpy as np
import pytest
from reference import synthetic_posterior
from reference.origins import ORIGIN, draw_blanks

from workflow.inference.comparisons.comparison_file import NamedRun, ThenAndNow
from workflow.inference.comparisons.first_page import (
    allowed,
    datum_in_words,
    remainder_in_words,
    sentences,
    shown_run,
    weighing_groups,
    write_first_page,
)
from workflow.inference.comparisons.lost_pieces import Remainder, compare_pieces, membership, weigh
from workflow.inference.drawing.figure_files import KINDS
from workflow.inference.estimates import posterior_file
from workflow.inference.estimates.prior_edges import PriorEdge
from workflow.inference.figures.run_figures import PLANE
from workflow.inference.writing import html
from workflow.inference.writing.origin import read_origin
from workflow.inference.writing.rounding import Rounded

PLAN = ThenAndNow(
    description="Then and now.",
    earlier=NamedRun(called="2008", run="early"),
    later=NamedRun(called="today", run="late"),
    columns=("g", "chi", "m_dm_mev"),
)


def edge(name, side):
    return PriorEdge(name, side, 1.0, name, side, 0.5, "")


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """2008 with both pieces, and today with the piece above the resonance alone."""
    file = posterior_file.read(synthetic_posterior.write(tmp_path_factory.mktemp("early"), n_draws=1000))
    above = 2.5 * file.posterior.m_dm_mev
    above.attrs = file.posterior.m_u_mev.attrs
    late = replace(file, posterior=file.posterior.assign(m_u_mev=above), run="late")
    early = replace(file, run="early")
    figures = tmp_path_factory.mktemp("figures")
    draw_blanks(figures, [PLANE], ORIGIN)
    judged = {
        "converged": True,
        "n_ensembles": 4,
        "quantities": {"g": {"rhat": 1.001, "ess_bulk": 5000.0, "decisive": True}},
    }
    return shown_run(PLAN.earlier, early, judged, figures), shown_run(PLAN.later, late, judged, figures)


@pytest.fixture(scope="module")
def log_likelihoods(runs):
    """A dump that excludes the piece below, another that weakens it, and a measurement that says nothing about it."""
    below = membership(runs[0].file)["below the resonance"]
    return {
        "kinetic_mixing.na64_visible": np.where(below, -9.0, 0.0),
        "kinetic_mixing.kloe": np.where(below, -1.0, 0.0),
        "relic_abundance": np.linspace(-1.0, 0.0, below.size),
    }


def unconverged(run):
    return replace(run, diagnostics={**run.diagnostics, "converged": False, "verdict": "too short"})


def text_of(runs, log_likelihoods):
    pieces, weighings = compare_pieces(*(run.file for run in runs)), weigh(log_likelihoods, membership(runs[0].file))
    return " ".join(sentences(*runs, pieces, weighings))


def test_sentences_name_the_datum_that_closes_a_piece(runs, log_likelihoods):
    text = text_of(runs, log_likelihoods)
    assert "The piece below the resonance is lost: NA64 visible (0.012 % left) closes it alone." in text
    assert "All later data together leave" in text
    assert "no more can be said" not in text
    assert "The piece above the resonance is lost" not in text


def test_several_data_that_close_a_piece_are_all_named(runs, log_likelihoods):
    stronger = log_likelihoods | {"kinetic_mixing.kloe": log_likelihoods["kinetic_mixing.na64_visible"] / 2.0}
    text = text_of(runs, stronger)
    assert "each of the following closes it alone: NA64 visible (0.012 % left), KLOE" in text


def test_a_piece_that_no_datum_closes_alone_is_lost_to_all_of_them(runs, log_likelihoods):
    weak = {f"search_{k}": log_likelihoods["kinetic_mixing.kloe"] for k in range(8)}
    text = text_of(runs, weak)
    assert "The piece below the resonance is lost to several data together: none alone leaves less than 5 %" in text
    assert "the strongest is search 0 (37 % left)." in text


def test_too_few_effective_draws_are_said_plainly(runs):
    below = membership(runs[0].file)["below the resonance"]
    column = np.where(below, -np.inf, 0.0)
    text = text_of(runs, {"dump": column})
    assert f"All later data together leave less than {100 * 3 / below.sum():.2g} % of its weight" in text
    assert f"the weight is carried by 0.0 effective of {below.sum()} draws of 2008." in text


def test_nothing_is_lost_where_the_posteriors_agree(runs, log_likelihoods):
    early, _ = runs
    same = replace(early, called="today", run="late", file=replace(early.file, run="late"))
    assert "No piece that the data of 2008 allowed is lost." in text_of((early, same), log_likelihoods)


def test_a_run_that_has_not_converged_comes_first(runs, log_likelihoods):
    early, late = runs
    assert text_of((early, unconverged(late)), log_likelihoods).startswith("late has NOT converged")


def test_a_limit_is_one_sided_where_the_prior_sets_the_other_end(runs):
    early, _ = runs
    free = replace(early, summary=replace(early.summary, edges=()))
    assert " to " in allowed(free, "chi")
    samples = early.file.samples("chi")
    lower = replace(early, summary=replace(early.summary, edges=(edge("chi", "lower"),)))
    assert allowed(lower, "chi").startswith("below ")
    limit = float(allowed(lower, "chi").removeprefix("below "))
    assert limit == pytest.approx(np.quantile(samples, 0.95), rel=5e-3)
    assert "<sup>" in allowed(lower, "chi", Rounded.html)
    upper = replace(early, summary=replace(early.summary, edges=(edge("chi", "upper"),)))
    assert allowed(upper, "chi").startswith("above ")
    both = replace(early, summary=replace(early.summary, edges=(edge("chi", "lower"), edge("chi", "upper"))))
    assert allowed(both, "chi").endswith("(both ends set by priors)")


@pytest.mark.parametrize(
    "remainder, words",
    [
        (Remainder(0.5, 100.0, 1000), "50 %"),
        (Remainder(1.0, 100.0, 1000), "100 %"),
        (Remainder(0.0123, 100.0, 1000), "1.2 %"),
        (Remainder(0.0, 0.0, 1000), "less than 0.3 %"),
        (Remainder(float("nan"), 0.0, 0), "no draws"),
    ],
)
def test_remaining_fractions_in_words(remainder, words):
    assert remainder_in_words(remainder) == words


@pytest.mark.parametrize(
    "datum, words",
    [
        ("kinetic_mixing.na64_visible", "NA64 visible"),
        ("kinetic_mixing.w_mass", "m_W"),
        ("injection_energy.spi", "SPI"),
        ("n_eff", "N_eff"),
    ],
)
def test_a_datum_is_named_as_figures_name_it(datum, words):
    assert datum_in_words(datum) == words


def test_the_strongest_datum_comes_first_and_those_that_change_nothing_are_named_alone(runs, log_likelihoods):
    inside = membership(runs[0].file)
    columns = {"weak": np.zeros(len(inside["below the resonance"])), **log_likelihoods}
    rows, others = weighing_groups(weigh(columns, inside), ["below the resonance", "above the resonance"])
    assert [name for name, _ in rows] == ["NA64 visible", "KLOE", "relic abundance", "all later data"]
    assert others == ["weak"]


def test_the_page_stands_alone_and_holds_every_datum(runs, log_likelihoods, tmp_path):
    early, late = runs
    write_first_page(PLAN, early, unconverged(late), log_likelihoods, ORIGIN, tmp_path)
    page = (tmp_path / "index.html").read_text()
    assert page.index("NOT CONVERGED, do not use these numbers: late.") < page.index("<h1>")
    assert page.count("data:image/png;base64,") == 3
    headings = re.findall(r'<section class="card bad">\s*<h2>(.*?)</h2>', page)
    assert len(headings) == 3
    assert page.index('class="cards"') < page.index('id="region"')
    assert "http" not in page
    assert 'href="../early/report.html"' in page
    assert all(datum_in_words(name) in page for name in (*log_likelihoods, "all later data"))
    assert {path.name for path in tmp_path.iterdir()} == {
        "index.html", "first_page.json", "lost_pieces.csv", *(f"corner.{kind}" for kind in KINDS),
    }  # fmt: skip
    assert read_origin(tmp_path / "index.html") == read_origin(tmp_path / "first_page.json") == ORIGIN
    record = json.loads((tmp_path / "first_page.json").read_text())
    assert html.symbols(record["sentences"][-1]) in page
    assert [piece["lost"] for piece in record["pieces"]] == [True, False, False]
    with (tmp_path / "lost_pieces.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 3 * (len(log_likelihoods) + 1)


def test_a_quantity_that_a_run_does_not_have_is_named(runs):
    with pytest.raises(ValueError, match="the posterior of early has no variable 'spin'"):
        runs[0].estimate("spin")
