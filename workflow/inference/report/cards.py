"""The three cards that begin a report: the answer, whether to believe it, and what is left out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from markupsafe import Markup
from scipy.special import chdtrc

from workflow.inference.estimates.posterior_file import PosteriorFile
from workflow.inference.estimates.regions import Interval
from workflow.inference.estimates.summary import Cost, QuantityEstimate, Summary
from workflow.inference.estimates.summary_tables import ends
from workflow.inference.report.findings import Findings
from workflow.inference.report.tables import ABUNDANCE_ERROR, abundance_error_rows, one_sided
from workflow.inference.writing.html import fixed, label, symbols, thousands, unit, words

FIRST = ("m_dm_mev", "m_u_mev", "mass_ratio", "epsilon", "g", "chi", "lambda")
_MOST = 6  # quantities in the answer
_MOST_PIECES = 3  # an interval in more pieces is described by the range that they span
# Kinetic energies of positrons [MeV], and how far they travel [pc] with a diffusion coefficient of 3e28 cm^2/s at 1 GeV
# in gas of one hydrogen atom per cm^3 (docs/physics/galaxy.md 4; a test computes them).
TRAVEL = ((10, 140), (40, 350))
MISFIT = 5.7e-7  # probability of a worse fit to one likelihood that calls the model excluded: five standard deviations
_OF_A_MAP = 10  # degrees of freedom of a likelihood whose data are not single numbers
_NOTICED = 0.01  # fraction of the posterior in which a neglected effect is worth a line


@dataclass(frozen=True)
class Card:
    """A heading, whether it is bad news, and lines in HTML."""

    heading: str
    bad: bool
    lines: tuple[Markup, ...]


def cards_of(
    file: PosteriorFile, summary: Summary, diagnostics: Mapping[str, Any], findings: Findings, needs: Sequence[Markup]
) -> tuple[Card, Card, Card]:
    """The cards of a run.

    Parameters
    ----------
    file, summary
        A posterior and its summary.
    diagnostics : mapping
        The record of ``diagnostics.json``.
    findings : Findings
        Which quantities differ from their priors.
    needs : sequence of Markup
        What the model needs, a sentence each.
    """
    return (
        answer(file, summary, bool(diagnostics["converged"]), findings),
        soundness(summary, diagnostics, needs),
        left_out(file, summary),
    )


def answer(file: PosteriorFile, summary: Summary, converged: bool, findings: Findings) -> Card:
    """Intervals of those quantities about which the data say more than the prior, masses first."""
    if not converged:
        return Card("The answer", True, (Markup("None yet: the chains have not converged."),))
    rows = {row.name: row for row in summary.rows if row.name in findings.names}
    names = [*(name for name in FIRST if name in rows), *(name for name in rows if name not in FIRST)]
    lines = tuple(interval_95(file, summary, rows[name]) for name in names[:_MOST])
    missed = missed_data(summary)
    if missed:
        return Card("The answer: the model does not fit", True, (does_not_fit(missed), *lines))
    if not lines:
        return Card("The answer", False, (Markup("The data say no more than the priors about any quantity."),))
    return Card("The answer, with a probability of 95\N{NO-BREAK SPACE}%", False, lines)


def missed_data(summary: Summary) -> tuple[Cost, ...]:
    """Likelihoods that the best fit misses by five standard deviations or more, the worst first.

    The cost of a likelihood is compared with a chi^2 of as many degrees of freedom as it has data. No parameter is
    counted, and a likelihood whose data are not single numbers counts as ten, so that a model is called excluded too
    late rather than too early.
    """
    worst_first = sorted(summary.costs, key=lambda cost: -cost.at_best_fit)
    return tuple(
        cost for cost in worst_first if chdtrc(len(cost.data) or _OF_A_MAP, max(cost.at_best_fit, 0.0)) < MISFIT
    )


def does_not_fit(missed: Sequence[Cost]) -> Markup:
    """The sentence about likelihoods that the best fit misses."""
    parts = Markup(" and ").join(
        Markup("{} (−2\N{NO-BREAK SPACE}ln\N{NO-BREAK SPACE}<i>L</i> = {})").format(
            words(cost.term), fixed(cost.at_best_fit, ".1f")
        )
        for cost in missed
    )
    return Markup(
        "No point of the model agrees with the data: the best one misses {}. The numbers below describe the points "
        "that miss the data least. They are no measurement."
    ).format(parts)


def interval_95(file: PosteriorFile, summary: Summary, row: QuantityEstimate) -> Markup:
    """A quantity with its 95 % intervals of highest density, or with a limit where a prior sets one end."""
    sides = {edge.side for edge in summary.edges if edge.parameter == row.name}
    shown_unit = Markup("") if row.unit == "1" else Markup("\N{NO-BREAK SPACE}") + unit(row.unit)
    limit = one_sided(summary, row.name, file.samples(row.name))
    if limit is not None:
        return Markup("{} {}{}").format(label(row.label), limit, shown_unit)
    pieces = row.hdi_95 if len(row.hdi_95) <= _MOST_PIECES else (Interval(row.hdi_95[0].lower, row.hdi_95[-1].upper),)
    text = Markup(" or ").join(
        Markup(low.html() if piece.lower == piece.upper else f"{low.html()} to {high.html()}")
        for piece, (low, high) in zip(pieces, ends(pieces), strict=True)
    )
    line = Markup("{}: {}{}").format(label(row.label), text, shown_unit)
    return line + (Markup(" (priors set both ends)") if sides else Markup(""))


def soundness(summary: Summary, diagnostics: Mapping[str, Any], needs: Sequence[Markup]) -> Card:
    """One sentence about the chains, one about the data, and what the model needs."""
    lines = [sampling_sentence(diagnostics)]
    pulls = [(abs(pull.pull), cost.term, pull) for cost in summary.costs for pull in cost.data]
    if pulls:
        _, term, pull = max(pulls, key=lambda entry: entry[:2])
        lines.append(
            Markup(
                "The largest pull at the best fit is {} standard errors, of {} ({}); −2\N{NO-BREAK SPACE}ln"
                "\N{NO-BREAK SPACE}<i>L</i> is {} in {} likelihoods."
            ).format(
                fixed(pull.pull, "+.1f"),
                label(pull.label),
                words(term),
                fixed(sum(cost.at_best_fit for cost in summary.costs), ".1f"),
                len(summary.costs),
            )
        )
    lines += needs[:1]
    return Card("Is it sound, and what does it need?", not diagnostics["converged"], tuple(lines))


def sampling_sentence(diagnostics: Mapping[str, Any]) -> Markup:
    """Whether the chains can be believed, with the worst numbers of the quantities that decide on it."""
    if not diagnostics["converged"]:
        return Markup("The chains have not converged: {}.").format(str(diagnostics["verdict"]).strip().rstrip("."))
    quantities = [q for q in diagnostics["quantities"].values() if q["decisive"]]
    rhat = max((q["rhat"] for q in quantities if q.get("rhat")), default=float("nan"))
    size = min((q["ess_bulk"] for q in quantities if q.get("ess_bulk")), default=float("nan"))
    return Markup(
        "{} independent ensembles agree: the largest R-hat is {}, the smallest effective sample size {}."
    ).format(diagnostics["n_ensembles"], fixed(rhat, ".4f"), thousands(size))


def left_out(file: PosteriorFile, summary: Summary) -> Card:
    """Neglected effects by the fraction of the posterior in which they matter, and what they do to the abundance."""
    lines = [
        Markup("{}: in {}\N{NO-BREAK SPACE}% of the posterior {}.").format(
            label(flag.label), fixed(100.0 * flag.value, ".1f"), symbols(flag.statement.rstrip("."))
        )
        for flag in sorted(summary.neglected, key=lambda flag: -flag.value)
        if flag.value > _NOTICED
    ]
    travel = _positrons_travel(file)
    lines = [*travel, *lines]
    if not lines:
        lines = [Markup("No neglected effect matters in more than 1\N{NO-BREAK SPACE}% of the posterior.")]
    rows = abundance_error_rows(file)
    if rows and float(rows[0].median) == 0.0:
        lines.append(
            Markup("The relic abundance leaves out nothing that moves it by 0.01\N{NO-BREAK SPACE}% at the median.")
        )
    elif rows:
        text = "The largest effect that the relic abundance leaves out is {}: {}\N{NO-BREAK SPACE}% at the median{}."
        lines.append(Markup(text).format(rows[0].meaning, rows[0].median, _in_errors(file)))
    return Card("What is left out?", any(flag.value > 0.5 for flag in summary.neglected), tuple(lines))


def _positrons_travel(file: PosteriorFile) -> list[Markup]:
    """How far positrons would travel, for a run that compares the shape of the line and takes them not to."""
    if "morphology_511kev" not in file.log_likelihood or "m_u_mev" not in file.posterior:
        return []
    if "displacement_pc" in file.config:  # the distance is a parameter of the run (`line.smearing: by_energy`)
        return []
    text = (
        "Positrons are taken to annihilate near where they are made. With a diffusion coefficient of"
        " 3\N{NO-BREAK SPACE}×\N{NO-BREAK SPACE}10<sup>28</sup>\N{NO-BREAK SPACE}cm²/s at 1\N{NO-BREAK SPACE}GeV and"
        " one hydrogen atom per cm³ those of {} and {}\N{NO-BREAK SPACE}MeV would travel {} and {}\N{NO-BREAK SPACE}pc"
        " first, and the line would be wider than in this run (<code>line.smearing: by_energy</code> accounts for it)."
    )
    energies, distances = zip(*TRAVEL, strict=True)
    return [Markup(text).format(*energies, *distances)]


def _in_errors(file: PosteriorFile) -> str:
    """How far all effects together move the abundance, in units of the error of its measurement."""
    names = [name for name in file.names("derived") if name.startswith(ABUNDANCE_ERROR)]
    data = file.data("observable", "omega_h2")
    if not data or not names:
        return ""
    total = np.sqrt(sum(np.square(file.samples(name)) for name in names)) * file.samples("omega_h2")
    ratio = float(np.median(total)) / float(data[0].attrs["sigma"])
    return f"; all together are {ratio:.2g} times the error of its measurement"
