"""The first page of the default job: what the earlier data allowed, what is allowed today, and which datum decides."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markupsafe import Markup

from likelihoods.mixing.experiments import all_experiments
from model.physics.quantities import Array
from workflow.inference.comparisons.comparison_file import NamedRun, ThenAndNow
from workflow.inference.comparisons.first_cards import first_cards
from workflow.inference.comparisons.lost_pieces import (
    ALL_LATER,
    LOST,
    SMALLEST_KISH,
    Piece,
    Remainder,
    Weighing,
    closing,
    compare_pieces,
    membership,
    strongest,
    weigh,
)
from workflow.inference.drawing.corner import OVERLAY_CAPTION, corner_figure
from workflow.inference.drawing.figure_files import save
from workflow.inference.estimates.posterior_file import PosteriorFile
from workflow.inference.estimates.prior_edges import one_sided_limit
from workflow.inference.estimates.regions import Interval
from workflow.inference.estimates.summary import QuantityEstimate, Summary, summary_of
from workflow.inference.estimates.summary_tables import ends
from workflow.inference.figures.run_figures import PLANE
from workflow.inference.report.explorer import explorer_data
from workflow.inference.writing.artefacts import write_csv, write_text
from workflow.inference.writing.html import data_uri, label, page, symbols, unit
from workflow.inference.writing.labels import capitalised, mixed_text, words_of
from workflow.inference.writing.origin import Origin, write_json
from workflow.inference.writing.refusal import Refusal
from workflow.inference.writing.rounding import Rounded, percent, rounded

_MOST_PIECES = 3  # an interval in more pieces is described by the range that they span
_UNCHANGED = 0.9  # a datum that leaves more than this fraction of every piece is not shown in the table


@dataclass(frozen=True)
class ShownRun:
    """A run as the page shows it; ``figures`` is the folder of its figures."""

    called: str
    run: str
    file: PosteriorFile
    summary: Summary
    diagnostics: Mapping[str, Any]
    figures: Path

    @property
    def converged(self) -> bool:
        """The verdict on its convergence."""
        return bool(self.diagnostics["converged"])

    def estimate(self, name: str) -> QuantityEstimate:
        """The estimate of a quantity.

        Raises
        ------
        Refusal
            If the run has no such quantity.
        """
        for row in self.summary.rows:
            if row.name == name:
                return row
        raise Refusal(f"the posterior of {self.run} has no variable {name!r}; allowed: another run")


def shown_run(named: NamedRun, file: PosteriorFile, diagnostics: Mapping[str, Any], figures: Path) -> ShownRun:
    """A run with its estimates, the verdict on its convergence, and the folder of its figures."""
    return ShownRun(named.called, named.run, file, summary_of(file), diagnostics, figures)


def write_first_page(
    plan: ThenAndNow,
    earlier: ShownRun,
    later: ShownRun,
    log_likelihoods: Mapping[str, Array],
    origin: Origin,
    folder: Path,
) -> None:
    """Write ``index.html``, ``first_page.json``, ``lost_pieces.csv`` and the corner of both runs.

    Parameters
    ----------
    plan : ThenAndNow
        Which quantities are shown.
    earlier, later : ShownRun
        Both runs.
    log_likelihoods : mapping of str to (n,) array
        Of each datum that the later run alone has, at the draws of the earlier run.
    origin : Origin
        Of the pages and the figure.
    folder : Path
        Where to.

    Raises
    ------
    FileNotFoundError
        If a run has no figure of the kinetic-mixing plane.
    """
    runs = (earlier, later)
    pieces = compare_pieces(earlier.file, later.file)
    weighings = weigh(log_likelihoods, membership(earlier.file))
    corner = corner_figure({run.called: run.file for run in runs}, plan.columns)
    result = record(plan, earlier, later, pieces, weighings)
    held = [piece for piece in pieces if weighings[0].remainders[piece.name].draws]
    quantities = [
        (earlier.estimate(name), [Markup(allowed(run, name, Rounded.html)) for run in runs]) for name in plan.columns
    ]
    lost = [[symbols(line) for line in _how_lost(p, earlier, weighings)] for p in pieces if p.lost]
    planes = [run.figures / PLANE for run in runs]
    content = {
        "origin": origin,
        "plan": plan,
        "runs": runs,
        "unconverged": [run.run for run in runs if not run.converged],
        "cards": first_cards(
            {row.name: (label(row.label), [_with_unit(text, row.unit) for text in texts]) for row, texts in quantities},
            pieces,
            [lines[0] for lines in lost],
            [(run.called, run.file, run.summary, run.diagnostics) for run in runs],
        ),
        "lost": [line for lines in lost for line in lines] or [Markup(result["sentences"][-1])],
        "quantities": quantities,
        "pieces": [
            (
                piece,
                symbols(piece.meaning),
                [percent(piece.earlier, piece.earlier_error), percent(piece.later, piece.later_error)],
            )
            for piece in pieces
        ],
        "held": held,
        "weighings": weighing_groups(weighings, [piece.name for piece in held]),
        "smallest_kish": SMALLEST_KISH,
        "unchanged": _UNCHANGED,
        "corner": data_uri(save(corner, folder, "corner", OVERLAY_CAPTION, origin)[0]),
        "planes": [data_uri(path.with_suffix(".png")) for path in planes],
        "explorer": explorer_data(
            {run.called: run.file for run in runs}, [path.with_suffix(".csv") for path in planes]
        ),
        "explorer_words": f"Blue: {earlier.called}; orange: {later.called}.",
    }
    write_json(folder / "first_page.json", result, origin)
    write_csv(folder / "lost_pieces.csv", weighing_rows(weighings))
    write_text(folder / "index.html", page("first_page.html.j2", content))


def weighing_groups(
    weighings: Sequence[Weighing], pieces: Sequence[str]
) -> tuple[list[tuple[Markup, list[tuple[str, str]]]], list[str]]:
    """Rows of the data that change a piece, the strongest first and all data last, and the names of the others.

    Parameters
    ----------
    weighings : sequence of Weighing
        What each datum leaves.
    pieces : sequence of str
        The pieces that have draws.
    """

    def least(weighing: Weighing) -> float:
        return min(weighing.remainders[piece].at_most for piece in pieces)

    alone = [weighing for weighing in weighings if weighing.datum != ALL_LATER]
    strong = sorted((weighing for weighing in alone if least(weighing) < _UNCHANGED), key=least)
    shown = [*strong, *(weighing for weighing in weighings if weighing.datum == ALL_LATER)]
    rows = [
        (
            symbols(datum_in_words(weighing.datum)),
            [(remainder_in_words(weighing.remainders[p]), f"{weighing.remainders[p].kish:.0f}") for p in pieces],
        )
        for weighing in shown
    ]
    return rows, [datum_in_words(weighing.datum) for weighing in alone if weighing not in strong]


def _with_unit(text: Markup, name: str) -> Markup:
    return text if name == "1" else Markup("{}\N{NO-BREAK SPACE}{}").format(text, unit(name))


def record(
    plan: ThenAndNow, earlier: ShownRun, later: ShownRun, pieces: Sequence[Piece], weighings: Sequence[Weighing]
) -> dict[str, Any]:
    """Everything that the page says, in types of JSON; numbers that do not exist are null."""
    return {
        "runs": [{"called": run.called, "run": run.run, "converged": run.converged} for run in (earlier, later)],
        "sentences": sentences(earlier, later, pieces, weighings),
        "quantities": [
            {
                "name": name,
                "unit": earlier.estimate(name).unit,
                **{
                    run.called: {
                        "median": run.estimate(name).median,
                        "hdi_95": [list(interval) for interval in run.estimate(name).hdi_95],
                        "allowed": allowed(run, name),
                    }
                    for run in (earlier, later)
                },
            }
            for name in plan.columns
        ],
        "pieces": [
            {
                "name": piece.name,
                "meaning": piece.meaning,
                earlier.called: [piece.earlier, piece.earlier_error],
                later.called: [piece.later, piece.later_error],
                "lost": piece.lost,
            }
            for piece in pieces
        ],
        "later_data": [
            {
                "datum": weighing.datum,
                **{
                    name: {
                        "fraction": remainder.fraction if math.isfinite(remainder.fraction) else None,
                        "kish": remainder.kish,
                        "draws": remainder.draws,
                        "shown": remainder_in_words(remainder),
                    }
                    for name, remainder in weighing.remainders.items()
                },
            }
            for weighing in weighings
        ],
    }


def allowed(run: ShownRun, name: str, form: Callable[[Rounded], str] = Rounded.text) -> str:
    """What a run allows of a quantity at 95 %: intervals of highest density, or a limit where a prior sets one end.

    Parameters
    ----------
    run : ShownRun
        The run.
    name : str
        The quantity.
    form : callable, optional
        How numbers are written, plain text by default.
    """
    intervals = run.estimate(name).hdi_95
    sides = {edge.side for edge in run.summary.edges if edge.parameter == name}
    samples = run.file.samples(name)
    if len(sides) == 1:
        (side,) = sides
        return f"{'below' if side == 'lower' else 'above'} {form(rounded(one_sided_limit(samples, side)))}"
    if len(intervals) > _MOST_PIECES:
        intervals = (Interval(intervals[0].lower, intervals[-1].upper),)
    text = " or ".join(
        form(low) if piece.lower == piece.upper else f"{form(low)} to {form(high)}"
        for piece, (low, high) in zip(intervals, ends(intervals), strict=True)
    )
    return f"{text} (both ends set by priors)" if len(sides) == 2 else text


def datum_in_words(datum: str) -> str:
    """A likelihood in words; of one experiment among several, written as ``likelihood.experiment``, its name alone."""
    likelihood, _, experiment = datum.partition(".")
    if experiment in all_experiments():
        return mixed_text(all_experiments()[experiment].record.label)
    return words_of(experiment or likelihood)


def remainder_in_words(remainder: Remainder) -> str:
    """A remaining fraction in per cent; only its upper limit where few draws carry the weight."""
    if not remainder.draws:
        return "no draws"
    per_cent = 100.0 * remainder.at_most
    number = f"{per_cent:.0f} %" if per_cent >= 10.0 else f"{per_cent:.2g} %"
    return f"less than {number}" if remainder.is_limit else number


def sentences(earlier: ShownRun, later: ShownRun, pieces: Sequence[Piece], weighings: Sequence[Weighing]) -> list[str]:
    """What the numbers say, in sentences."""
    text = [
        f"{run.run} has NOT converged, and its numbers are not to be used."
        for run in (earlier, later)
        if not run.converged
    ]
    for piece in pieces:
        text.append(
            f"{capitalised(piece.name)} ({piece.meaning}) lie {percent(piece.earlier, piece.earlier_error)} % of the "
            f"posterior of {earlier.called} and {percent(piece.later, piece.later_error)} % of that of {later.called}."
        )
    lost = [piece for piece in pieces if piece.lost]
    if not lost:
        text.append(f"No piece that the data of {earlier.called} allowed is lost.")
    return text + [sentence for piece in lost for sentence in _how_lost(piece, earlier, weighings)]


def _how_lost(piece: Piece, earlier: ShownRun, weighings: Sequence[Weighing]) -> list[str]:
    """Which later data close a piece, and what all of them leave."""

    def leaves(weighing: Weighing) -> str:
        return f"{datum_in_words(weighing.datum)} ({remainder_in_words(weighing.remainders[piece.name])} left)"

    closed_by = closing(weighings, piece.name)
    everything = next(weighing for weighing in weighings if weighing.datum == ALL_LATER).remainders[piece.name]
    if len(closed_by) > 1:
        names = ", ".join(map(leaves, closed_by))
        first = f"The piece {piece.name} is lost: each of the following closes it alone: {names}."
    elif closed_by:
        first = f"The piece {piece.name} is lost: {leaves(closed_by[0])} closes it alone."
    else:
        first = (
            f"The piece {piece.name} is lost to several data together: none alone leaves less than {100.0 * LOST:g} % "
            f"of what it leaves of another piece, and the strongest is {leaves(strongest(weighings, piece.name))}."
        )
    last = f"All later data together leave {remainder_in_words(everything)} of its weight"
    if everything.is_limit:
        last += (
            f", and no more can be said: the weight is carried by {everything.kish:.1f} effective of "
            f"{everything.draws} draws of {earlier.called}"
        )
    return [first, last + "."]


def weighing_rows(weighings: Sequence[Weighing]) -> list[list[str]]:
    """The table of later data with its header, as text; a number that does not exist is empty."""
    rows = [["datum", "piece", "remaining_fraction", "upper_limit_95", "kish", "draws"]]
    for weighing in weighings:
        for piece, remainder in weighing.remainders.items():
            fraction = "" if math.isnan(remainder.fraction) else f"{remainder.fraction:.4g}"
            limit = f"{remainder.at_most:.4g}" if remainder.is_limit and remainder.draws else ""
            rows.append([weighing.datum, piece, fraction, limit, f"{remainder.kish:.1f}", str(remainder.draws)])
    return rows
