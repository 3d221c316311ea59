"""Rows of the report's tables: numbers as text, with the digits that their errors justify."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from markupsafe import Markup

from model.physics.quantities import Array
from workflow.inference.estimates.posterior_file import PosteriorFile
from workflow.inference.estimates.prior_edges import one_sided_limit
from workflow.inference.estimates.regions import Interval
from workflow.inference.estimates.summary import Cost, Pull, QuantityEstimate, Summary
from workflow.inference.estimates.summary_tables import ends, numbers
from workflow.inference.figures.run_figure import drawn_columns
from workflow.inference.sampling.settings import LARGEST_K
from workflow.inference.writing.html import fixed, label, thousands
from workflow.inference.writing.refusal import Refusal
from workflow.inference.writing.rounding import measurement, percent, rounded

ABUNDANCE_ERROR = "omega_h2_error_"
_BY = "relative change of the relic abundance by "  # how the meanings of such columns begin
_MOST_PIECES = 3  # an interval in more pieces is described by their number


@dataclass(frozen=True)
class QuantityRow:
    """A quantity with its best fit, MAP and median, whether it is shown first, and a one-sided limit if it has one."""

    row: QuantityEstimate
    numbers: tuple[Markup, ...]
    first: bool = True
    limit: Markup | None = None


@dataclass(frozen=True)
class PullRow:
    """A datum beside the prediction at the best fit."""

    pull: Pull
    measured: Markup
    predicted: Markup
    shown_pull: str


@dataclass(frozen=True)
class CostRow:
    """The cost of a likelihood beside its data."""

    cost: Cost
    fraction: str
    data: tuple[PullRow, ...]


@dataclass(frozen=True)
class CheckRow:
    """The diagnostics of one quantity, which of the run's limits it fails, and whether it decides on convergence."""

    label: Markup | str
    shown: tuple[str, ...]
    failed: tuple[str, ...]
    decisive: bool


@dataclass(frozen=True)
class ErrorRow:
    """One effect on the relic abundance: its size at the median and at the 95 % quantile of the posterior [%]."""

    meaning: str
    median: str
    quantile_95: str


@dataclass(frozen=True)
class RegionRow:
    """The fraction of the posterior in a region, over all and in each ensemble."""

    label: Markup | str
    fraction: str
    per_ensemble: str
    shown: tuple[str, ...]


@dataclass(frozen=True)
class MaximumRow:
    """A local maximum of the likelihood: its cost, the excess over the best one, and where it lies."""

    cost: str
    excess: str
    position: tuple[Markup, ...]


@dataclass(frozen=True)
class Maxima:
    """Local maxima of the likelihood; ``columns`` are symbols and units of the quantities that locate them."""

    columns: tuple[tuple[Markup, str], ...]
    rows: tuple[MaximumRow, ...]


@dataclass(frozen=True)
class EvidenceRow:
    """The evidence of one method, with the size and the quality of its sample."""

    ln_z: str
    pareto_k: str
    ess: str
    evaluations: str


@dataclass(frozen=True)
class Evidence:
    """The evidence of the chains; ``limit`` is the tail shape above which it is not reliable."""

    row: EvidenceRow
    reliable: bool
    limit: float
    mean_log_likelihood: str
    information: str


@dataclass(frozen=True)
class ReferenceRow:
    """An independent method beside the chains."""

    method: str
    evidence: EvidenceRow
    pull: str
    cdf_difference: str
    label: Markup | str


@dataclass(frozen=True)
class ReferenceRegion:
    """The fraction of the posterior in a region, from the chains and from each independent method."""

    name: str
    chains: str
    references: tuple[str, ...]


@dataclass(frozen=True)
class CrossCheck:
    """Independent methods beside the chains."""

    agrees: bool
    rows: tuple[ReferenceRow, ...]
    regions: tuple[ReferenceRegion, ...]


def quantity_rows(file: PosteriorFile, summary: Summary) -> list[QuantityRow]:
    """The quantities that vary as the tables of numbers show them.

    First are parameters, drawn quantities and what was measured. A limit stands where a prior sets one end alone.
    """
    measured = {str(datum.attrs["observable"]) for datum in file.observed_data.values()}
    first = {*file.names("parameter"), *drawn_columns(file), *measured}
    rows = []
    for row in summary.rows:
        samples = file.samples(row.name)
        if np.ptp(samples) > 0.0:
            shown = tuple(Markup(number.html()) for number in numbers(row))
            rows.append(QuantityRow(row, shown, row.name in first, one_sided(summary, row.name, samples)))
    return rows


def one_sided(summary: Summary, name: str, samples: Array) -> Markup | None:
    """The limit on the side that no prior sets; none if priors set both ends, or neither."""
    sides = {edge.side for edge in summary.edges if edge.parameter == name}
    if len(sides) != 1:
        return None
    (side,) = sides
    end = one_sided_limit(samples, side)
    return Markup("{} {}").format("<" if side == "lower" else ">", Markup(rounded(end, abs(end) / 5.0).html()))


def cost_row(cost: Cost) -> CostRow:
    """A likelihood as the table of costs shows it."""
    return CostRow(
        cost=cost,
        fraction=fixed(100.0 * cost.fraction, ".0f"),
        data=tuple(
            PullRow(
                pull=pull,
                measured=Markup(measurement(pull.measured, pull.sigma).html()),
                predicted=Markup(rounded(pull.predicted, pull.sigma / 10.0).html()),
                shown_pull=fixed(pull.pull, "+.2f"),
            )
            for pull in cost.data
        ),
    )


def check_rows(file: PosteriorFile, diagnostics: Mapping[str, Any]) -> tuple[CheckRow, ...]:
    """Each quantity, judged by the limits that stand in the record of the diagnostics."""
    n_steps, limits = int(diagnostics["n_steps"]), diagnostics["limits"]
    return tuple(
        _check_row(_named(file, name), name, quantity, n_steps, limits)
        for name, quantity in diagnostics["quantities"].items()
    )


def _check_row(
    shown_as: Markup | str, name: str, quantity: Mapping[str, Any], n_steps: int, limits: Mapping[str, float]
) -> CheckRow:
    tau, bulk, tail, rhat, between, mcse = (
        _number(quantity, key, name) for key in ("tau", "ess_bulk", "ess_tail", "rhat", "ess_b", "mcse_over_sd")
    )
    steps_per_tau = n_steps / tau if tau > 0.0 else math.nan
    followed = quantity["every"] == 1  # at every step of the chains, as derived quantities are not
    long_enough = not followed or _number(quantity, "ess_tau", name) >= limits["target_ess"]
    passed = {  # a comparison with NaN is false, so NaN fails
        "R-hat": rhat <= limits["max_rhat"],
        "ESS": bulk >= limits["target_ess"] and long_enough,
        "tail ESS": tail >= limits["tail_ess"],
        "N/τ": not followed or steps_per_tau >= limits["steps_per_tau"],
    }
    shown = (
        fixed(tau, ".1f"),
        fixed(steps_per_tau, ".0f"),
        *map(thousands, (bulk, tail, between)),
        fixed(rhat, ".4f"),
        fixed(100.0 * mcse, ".2f"),
    )
    return CheckRow(
        shown_as, shown, tuple(words for words, good in passed.items() if not good), bool(quantity["decisive"])
    )


def abundance_error_rows(file: PosteriorFile) -> tuple[ErrorRow, ...]:
    """What the relic abundance leaves out or knows to a finite accuracy, the largest first; none where it is zero."""
    sizes = {name: file.samples(name) for name in file.names("derived") if name.startswith(ABUNDANCE_ERROR)}
    medians = {name: float(np.median(size)) for name, size in sizes.items() if size.max() > 0.0}
    return tuple(
        ErrorRow(
            meaning=str(file.posterior[name].attrs["meaning"]).split(";")[0].removeprefix(_BY),
            median=fixed(100.0 * medians[name], ".2f"),
            quantile_95=fixed(100.0 * float(np.quantile(sizes[name], 0.95)), ".2f"),
        )
        for name in sorted(medians, key=lambda name: -medians[name])
    )


def _named(file: PosteriorFile, name: str) -> Markup | str:
    """The symbol of a quantity or flag that the posterior holds; of anything else its name."""
    return label(str(file.posterior[name].attrs["label"])) if name in file.posterior else name


def _number(quantity: Mapping[str, Any], key: str, name: str) -> float:
    if key not in quantity:
        raise Refusal(f"diagnostics.json: {name} has no key {key}; run `mevdm diagnose` again")
    return math.nan if quantity[key] is None else float(quantity[key])


def region_rows(file: PosteriorFile, diagnostics: Mapping[str, Any]) -> tuple[RegionRow, ...]:
    """Regions of the posterior with their fractions."""
    return tuple(
        RegionRow(
            label=_named(file, str(name)),
            fraction=percent(float(region["fraction"]), float(region["mcse"])),
            per_ensemble=", ".join(fixed(100.0 * float(fraction), ".1f") for fraction in region["per_ensemble"]),
            shown=(fixed(region["tau"], ".1f"), thousands(region["ess"]), fixed(region["rhat"], ".4f")),
        )
        for name, region in diagnostics["regions"].items()
    )


def local_maxima(file: PosteriorFile) -> Maxima:
    """Local maxima of the likelihood, in parameters and masses, with the digits of one per cent."""
    names = [*file.names("parameter"), *(name for name in ("m_dm_mev", "m_u_mev") if name in file.names("derived"))]
    costs = [
        sum(-2.0 * float(file.local_maxima[f"loglike_{term}"][k]) for term in file.log_likelihood)
        for k in range(file.local_maxima.sizes["maximum"])
    ]
    spreads = {name: 0.01 * abs(float(file.best_fit[name])) for name in names}
    return Maxima(
        columns=tuple((label(v.attrs["label"]), str(v.attrs["units"])) for v in (file.posterior[n] for n in names)),
        rows=tuple(
            MaximumRow(
                cost=fixed(cost),
                excess=fixed(cost - costs[0]),
                position=tuple(Markup(rounded(float(file.local_maxima[n][k]), spreads[n]).html()) for n in names),
            )
            for k, cost in enumerate(costs)
        ),
    )


def evidence_of(record: Mapping[str, Any]) -> Evidence:
    """The record ``evidence.json`` of a run in words and numbers."""
    k = record["pareto_k"]
    return Evidence(
        row=_evidence_row(record),
        reliable=k is not None and k < LARGEST_K,
        limit=LARGEST_K,
        mean_log_likelihood=fixed(record["mean_log_likelihood"]),
        information=fixed(record["information"]),
    )


def _evidence_row(record: Mapping[str, Any]) -> EvidenceRow:
    k = record["pareto_k"]
    return EvidenceRow(
        ln_z=f"{fixed(record['ln_z'], '.3f')} ± {fixed(record['error'], '.3f')}",
        pareto_k=fixed(math.nan if k is None else k),
        ess=thousands(record["effective_sample_size"]),
        evaluations=thousands(record["evaluations"]),
    )


def cross_check_of(file: PosteriorFile, record: Mapping[str, Any]) -> CrossCheck:
    """The record ``cross_check.json`` of a run: evidences, marginals and fractions in regions of each method."""
    references = record["references"]
    return CrossCheck(
        agrees=all(reference["agrees"] for reference in references),
        rows=tuple(
            ReferenceRow(
                method=reference["method"],
                evidence=_evidence_row(reference),
                pull=fixed(reference["pull"], "+.1f"),
                cdf_difference=fixed(reference["largest_cdf_difference"], ".3f"),
                label=_named(file, reference["in_quantity"]),
            )
            for reference in references
        ),
        regions=tuple(
            ReferenceRegion(
                name=name,
                chains=percent(region["fraction"], region["error"]),
                references=tuple(percent(*reference["regions"][name]) for reference in references),
            )
            for name, region in record["chains"]["regions"].items()
        ),
    )


def intervals(pieces: tuple[Interval, ...]) -> Markup:
    """Intervals in brackets and single values in braces, joined by union signs; of many only their number and range."""
    if len(pieces) > _MOST_PIECES:
        low, high = ends([Interval(pieces[0].lower, pieces[-1].upper)])[0]
        return Markup(f"{len(pieces)} pieces in [{low.html()}, {high.html()}]")
    each = [
        f"<span class='piece'>{{{low.html()}}}</span>"
        if piece.lower == piece.upper
        else f"<span class='piece'>[{low.html()}, {high.html()}]</span>"
        for piece, (low, high) in zip(pieces, ends(pieces), strict=True)
    ]
    return Markup(" ∪ ".join(each))
