"""The cards that begin the first page: what was and is allowed, what is lost, and whether both runs are sound."""

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from workflow.inference.comparisons.lost_pieces import Piece
from workflow.inference.estimates.posterior_file import PosteriorFile
from workflow.inference.estimates.summary import Summary
from workflow.inference.report.cards import FIRST, Card, does_not_fit, left_out, missed_data, sampling_sentence
from workflow.inference.writing.labels import capitalised

RunRecord = tuple[str, PosteriorFile, Summary, Mapping[str, Any]]


def first_cards(
    allowed: Mapping[str, tuple[Markup, Sequence[Markup]]],
    pieces: Sequence[Piece],
    lost: Sequence[Markup],
    runs: Sequence[RunRecord],
) -> tuple[Card, Card, Card]:
    """The three cards.

    Parameters
    ----------
    allowed : mapping of str to (symbol, texts)
        What each run allows of each quantity, unit included.
    pieces : sequence of Piece
        The pieces of the region.
    lost : sequence of Markup
        Sentences about the data that close pieces.
    runs : sequence of (name, posterior, summary, diagnostics)
        Both runs, by the name that a reader sees.
    """
    called = [name for name, *_ in runs]
    unsound = any(not diagnostics["converged"] or missed_data(summary) for _, _, summary, diagnostics in runs)
    answer = tuple(
        Markup("{}: {}").format(
            symbol, Markup("; ").join(Markup("{} ({})").format(*pair) for pair in zip(texts, called, strict=True))
        )
        for symbol, texts in (allowed[name] for name in dict.fromkeys([*FIRST, *allowed]) if name in allowed)
    )
    stays = [Markup("The piece {} stays.").format(piece.name) for piece in pieces if piece.stays]
    return (
        Card("The answer, with a probability of 95\N{NO-BREAK SPACE}%", unsound, answer),
        Card("What is lost, and to which datum?", unsound, (*lost, *stays)),
        Card("Is it sound, and what is left out?", unsound, tuple(line for run in runs for line in _of_run(run))),
    )


def _of_run(run: RunRecord) -> list[Markup]:
    """Whether the chains of a run can be believed, and the largest effect that it leaves out."""
    called, file, summary, diagnostics = run
    most = left_out(file, summary).lines[0]
    most = most.replace("No ", "no ", 1) if most.startswith("No ") else most
    missed = missed_data(summary)
    return [
        *([Markup("{}: {}").format(capitalised(called), does_not_fit(missed))] if missed else []),
        Markup("{}: {}").format(capitalised(called), sampling_sentence(diagnostics)),
        Markup("Left out, {}: {}").format(called, most),
    ]
