from dataclasses import replace

import pytest
from markupsafe import Markup
from reference import synthetic_posterior

from workflow.inference.comparisons.first_cards import first_cards
from workflow.inference.comparisons.lost_pieces import Piece
from workflow.inference.estimates import posterior_file
from workflow.inference.estimates.summary import summary_of

ALLOWED = {
    "g": (Markup("<i>g</i>"), [Markup("above 0.04"), Markup("0.003 to 0.3")]),
    "m_dm_mev": (Markup("m"), [Markup("0.5 to 1.5 MeV"), Markup("8 to 65 MeV")]),
}
PIECES = (
    Piece("below", "m_U < 2", 0.0, 1e-4, 0.0, 1e-4),
    Piece("on", "m_U = 2", 0.1, 1e-3, 1.0, 1e-4),
    Piece("above", "m_U > 2", 0.9, 1e-3, 0.0, 1e-4),
    Piece("far above", "m_U > 9", 0.004, 1e-3, 0.0, 1e-4),  # too small to be called allowed, and empty now
)


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    """A function from the convergence of the later run to the cards."""
    file = posterior_file.read(synthetic_posterior.write(tmp_path_factory.mktemp("run"), n_draws=300))
    record = {
        "n_ensembles": 4,
        "quantities": {"g": {"rhat": 1.001, "ess_bulk": 5000.0, "decisive": True}},
        "verdict": "too short",
    }

    def cards(converged, cost=1.0):
        summary = summary_of(file)
        fits = replace(summary, costs=tuple(replace(each, at_best_fit=cost) for each in summary.costs[:1]))
        runs = [
            (name, file, fits if name == "today" else summary, {**record, "converged": good})
            for name, good in (("2008", True), ("today", converged))
        ]
        return first_cards(ALLOWED, PIECES, [Markup("Above is lost.")], runs)

    return cards


def test_masses_come_first_with_both_runs_in_a_line(shown):
    answer, _, _ = shown(True)
    assert answer.lines == (
        "m: 0.5 to 1.5 MeV (2008); 8 to 65 MeV (today)",
        "<i>g</i>: above 0.04 (2008); 0.003 to 0.3 (today)",
    )


def test_what_is_lost_comes_before_what_stays_and_a_piece_that_never_was_is_left_out(shown):
    _, lost, _ = shown(True)
    assert lost.lines == ("Above is lost.", "The piece on stays.")


def test_each_run_is_judged_and_says_what_it_leaves_out(shown):
    *_, sound = shown(True)
    assert [line.split(":")[0] for line in sound.lines] == ["2008", "Left out, 2008", "Today", "Left out, today"]
    assert not sound.bad


def test_a_run_that_does_not_fit_says_so_and_makes_all_cards_red(shown):
    cards = shown(True, cost=400.0)
    assert all(card.bad for card in cards)
    assert [line for line in cards[2].lines if line.startswith("Today: No point of the model agrees with the data")]


def test_a_run_that_has_not_converged_makes_all_cards_red(shown):
    cards = shown(False)
    assert all(card.bad for card in cards)
    assert "have not converged: too short" in cards[2].lines[2]
