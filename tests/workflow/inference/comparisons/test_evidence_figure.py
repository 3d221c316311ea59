import math
from types import SimpleNamespace

import pytest

from workflow.inference.comparisons.evidence_figure import evidence_figure


def runs(*factors):
    return [
        SimpleNamespace(era=era, run=run, ln_bayes_factor=value, ln_bayes_factor_error=0.1)
        for era, run, value in factors
    ]


def test_each_comparable_run_is_a_row_at_its_bayes_factor():
    figure = evidence_figure(runs(("2008", "a_b", 0.0), ("2008", "c", -1.5), ("modern", "d", math.nan)))
    (axes,) = figure.axes
    assert [tick.get_text() for tick in axes.get_yticklabels()] == ["a b  (2008)", "c  (2008)"]
    points = [line.get_xydata()[0].tolist() for line in axes.lines if line.get_marker() == "o"]
    assert points == [[0.0, 0.0], [-1.5, 1.0]]


@pytest.mark.parametrize("factor, odds", [(-1.5, ["3:1"]), (-3.0, ["3:1", "12:1"]), (-300.0, [])])
def test_odds_are_named_only_where_they_fit(factor, odds):
    (axes,) = evidence_figure(runs(("2008", "a", 0.0), ("2008", "b", factor))).axes
    left, right = axes.get_xlim()
    assert left < factor < right
    assert [text.get_text() for text in axes.texts if text.get_position()[0] < 0.0] == odds


def test_odds_for_and_against_a_run_are_marked_alike_at_their_logarithms():
    (axes,) = evidence_figure(runs(("2008", "a", 0.0), ("2008", "b", -3.5), ("2008", "c", 3.5))).axes
    marks = [(text.get_position()[0], text.get_text()) for text in axes.texts]
    assert sorted(marks) == sorted((-place, odds) for place, odds in marks)
    assert {odds for _, odds in marks} == {"3:1", "12:1"}
    for place, odds in marks:  # Jeffreys rounds the logarithms to 1, 2.5 and 5
        assert abs(place) == pytest.approx(math.log(float(odds.removesuffix(":1"))), abs=0.11)
