"""Convergence of the chains: autocorrelation, effective sample sizes, agreement between ensembles, and a verdict.

Walkers of one ensemble depend on each other and are not independent chains, but ensembles are. Therefore R-hat compares
ensembles, and so does ``ess_between``, the sample size that follows from the scatter of the means of the ensembles. The
latter was right in cases where autocorrelation times were not. No diagnostic can detect a region that all pilots
missed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from model.physics.quantities import Array
from workflow.inference.diagnostics import arviz_bridge
from workflow.inference.diagnostics.autocorrelation import (
    Growth,
    Stuck,
    autocorrelation,
    autocorrelation_time,
    by_walker,
    growth_by_doubling,
    rank_normalised,
    split_rhat,
    subsampled,
)
from workflow.inference.writing.refusal import Refusal

TAIL_FRACTION = 0.5  # sample size needed at the 5 % and 95 % quantiles, which mix last, over that of the bulk
# Smallest number of steps per autocorrelation time. The error of that time is then 6 % for 256 walkers (Wolff,
# hep-lat/0306017, Eq. 42), and other tests see a growth beyond the error. emcee's 50 is for chains without such tests.
TIMES_TAU = 20.0
LARGEST_GROWTH = 0.1  # of the longest autocorrelation time, over the last doubling of the chain, if significant
LARGEST_HIDDEN = 1.0  # of any autocorrelation time, from its window to the length of the chain, if significant
# A region decides only if at least this fraction of the posterior is inside and outside, and a quantity only if it has
# other values than the most common one in at least this fraction.
DECISIVE_FRACTION = 0.01
FALSE_ALARM = 2.7e-3  # probability that noise fails a test, over all its comparisons together: three sigma
MOST_FAILURES = 4  # failures named in one line of progress


class StopRule(Protocol):
    """The settings that define when a run is long enough."""

    @property
    def target_ess(self) -> float:
        """Effective sample size wanted for every quantity."""
        ...

    @property
    def max_rhat(self) -> float:
        """Largest split R-hat between ensembles."""
        ...


@dataclass(frozen=True)
class Verdict:
    """Verdict on the chains: ``failures`` name failed tests and remedies, ``warnings`` name points to examine."""

    converged: bool
    failures: tuple[str, ...]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Check:
    """The test made while sampling: the worst quantity of each kind, and the growth of the longest tau by doubling."""

    steps: int
    rhat: float
    tau: float
    growth: Growth
    ess: float
    verdict: Verdict

    def __str__(self) -> str:
        more = len(self.verdict.failures) - MOST_FAILURES
        rest = f"; and {more} more" if more > 0 else ""
        failed = "; ".join(self.verdict.failures[:MOST_FAILURES]) + rest
        state = "converged" if self.verdict.converged else failed
        tau = f"tau {self.tau:.1f} ({100.0 * self.growth.relative:+.0f} +- {100.0 * self.growth.error:.0f} %)"
        return f"{self.steps} steps: R-hat {self.rhat:.4f}, {tau}, ESS {self.ess:.0f}: {state}"


@dataclass(frozen=True)
class QuantityDiagnostics:
    """Diagnostics of one quantity.

    ESS counts draws over all ensembles, and ``mcse`` is the Monte Carlo error of the mean. ``tau`` [steps] and
    ``ess_between`` are those of the rank-normalised quantity. ``growth`` is that of tau from the first half of the
    chain to all of it, and ``hidden`` that from the window of tau to the length of the chain. ``every`` is k if only
    every k-th step is at hand, and ``alike`` the fraction of the draws that have the value of the median.
    """

    mean: float
    sd: float
    mcse: float
    tau: float
    growth: Growth
    hidden: Growth
    steps_per_tau: float
    ess_tau: float
    ess_bulk: float
    ess_tail: float
    ess_between: float
    rhat: float
    every: int = 1
    alike: float = 0.0

    @property
    def decisive(self) -> bool:
        """Whether the quantity decides on convergence.

        One that is the same in nearly all draws, as the branching ratio into electrons is below the muon, stands for a
        rare region: no limit or interval at 95 % depends on how often it differs.
        """
        return self.alike <= 1.0 - DECISIVE_FRACTION


@dataclass(frozen=True)
class RegionDiagnostics:
    """Fraction of the draws in a region, and the diagnostics of being inside.

    ``fractions`` are those of the ensembles and ``error`` the Monte Carlo error of one of them; ``mcse`` is that of
    ``fraction``, and ``worst_pull`` the largest deviation of an ensemble in standard errors.
    """

    fraction: float
    fractions: tuple[float, ...]
    error: float
    mcse: float
    worst_pull: float
    tau: float
    ess: float
    rhat: float


@dataclass(frozen=True)
class DerivedDraws:
    """Quantities and regions, (ensembles, steps, walkers) each, of which only every k-th step is at hand."""

    every: int
    quantities: Mapping[str, Array]
    regions: Mapping[str, NDArray[np.bool_]]


@dataclass(frozen=True)
class Diagnostics:
    """The diagnostics of a run."""

    ensembles: int
    steps: int
    walkers: int
    acceptance: tuple[float, ...]
    quantities: dict[str, QuantityDiagnostics]
    regions: dict[str, RegionDiagnostics]
    verdict: Verdict

    def render_table(self) -> str:
        """Table for the terminal."""
        columns = ("mean", "sd", "mcse", "tau", "N/tau", "ESS", "bulk", "tail", "between", "R-hat")
        width = max([len("quantity"), *map(len, self.quantities), *map(len, self.regions)])
        lines = [" ".join(["quantity".ljust(width), *(f"{name:>10}" for name in columns)])]
        for name, s in self.quantities.items():
            left = (f"{x:10.4g}" for x in (s.mean, s.sd, s.mcse, s.tau))
            counts = (s.steps_per_tau, s.ess_tau, s.ess_bulk, s.ess_tail, s.ess_between)
            right = (f"{x:10.0f}" for x in counts)
            lines.append(" ".join([name.ljust(width), *left, *right, f"{s.rhat:10.4f}"]))
        if self.regions:
            head = " ".join(f"{name:>10}" for name in ("fraction", "mcse", "tau", "ESS", "R-hat"))
            lines.append(f"\n{'region'.ljust(width)} {head}  per ensemble")
            for name, r in self.regions.items():
                each = " ".join(f"{x:.4f}" for x in r.fractions)
                shown = f"{r.fraction:10.4f} {r.mcse:10.4f} {r.tau:10.4g} {r.ess:10.0f} {r.rhat:10.4f}"
                lines.append(f"{name.ljust(width)} {shown}  {each}  (+- {r.error:.4f} each)")
        shape = f"{self.ensembles} ensembles x {self.walkers} walkers x {self.steps} steps"
        lines.append(f"\n{shape}, acceptance {', '.join(f'{x:.2f}' for x in self.acceptance)}")
        lines.append("converged" if self.verdict.converged else "NOT CONVERGED")
        lines += [f"  failed: {text}" for text in self.verdict.failures]
        lines += [f"  note: {text}" for text in self.verdict.warnings]
        return "\n".join(lines)


def diagnose(
    draws: Mapping[str, Array],
    acceptance: Array,
    settings: StopRule,
    regions: Mapping[str, NDArray[np.bool_]] | None = None,
    derived: DerivedDraws | None = None,
) -> Diagnostics:
    """Diagnose the chains of a finished run, in sampled or in derived quantities.

    Parameters
    ----------
    draws : mapping of str to (ensembles, steps, walkers) array
        Quantities by name, without burn-in.
    acceptance : (ensembles,) or (ensembles, walkers) array
        Accepted fraction of the proposals.
    settings : StopRule
        The thresholds.
    regions : mapping of str to (ensembles, steps, walkers) array of bool, optional
        Which draws lie in a region, for regions whose weights the ensembles must agree upon.
    derived : DerivedDraws, optional
        Further quantities and regions that are too expensive to compute at every step.

    Returns
    -------
    Diagnostics
        With a verdict.

    Raises
    ------
    Refusal
        If the shapes differ, there are fewer than 2 ensembles or 8 steps, or a draw is not finite.
    """
    regions = regions or {}
    shape = _common_shape({**draws, **regions})
    stuck = _stuck_walkers(list(draws.values()))
    quantities = {name: _summary(values, stuck) for name, values in draws.items()}
    judged = {name: _region(inside) for name, inside in regions.items()}
    if derived is not None and (derived.quantities or derived.regions):
        _common_shape({**derived.quantities, **derived.regions})
        quantities |= {name: _summary(values, stuck, derived.every) for name, values in derived.quantities.items()}
        judged |= {name: _region(inside, derived.every) for name, inside in derived.regions.items()}
    failures = [*_failures(quantities, stuck, settings), *_region_failures(judged, settings)]
    warnings = [
        f"the means of the ensembles in '{name}' scatter as if there were only {s.ess_between:.0f} draws (tau says"
        f" {s.ess_tau:.0f}): its error bars are too small"
        for name, s in quantities.items()
        if s.ess_between < 0.1 * s.ess_tau
    ]
    return Diagnostics(
        ensembles=shape[0],
        steps=shape[1],
        walkers=shape[2],
        acceptance=tuple(float(np.mean(row)) for row in np.asarray(acceptance)),
        quantities=quantities,
        regions=judged,
        verdict=Verdict(converged=not failures, failures=tuple(failures), warnings=tuple(warnings)),
    )


def check(
    draws: Mapping[str, Array], settings: StopRule, regions: Mapping[str, NDArray[np.bool_]] | None = None
) -> Check:
    """Apply the stop rule during sampling, in a second or two.

    Parameters
    ----------
    draws : mapping of str to (ensembles, steps, walkers) array
        Quantities by name, without burn-in.
    settings : StopRule
        The thresholds.
    regions : mapping of str to (ensembles, steps, walkers) array of bool, optional
        Which draws lie in a region, for regions whose weights the ensembles must agree upon.

    Returns
    -------
    Check
        The worst numbers and a verdict.
    """
    regions = regions or {}
    ensembles, steps, walkers = _common_shape({**draws, **regions})
    stuck = _stuck_walkers(list(draws.values()))
    rhat = max(split_rhat(values) for values in draws.values())
    scores = {name: rank_normalised(values) for name, values in draws.items()}
    correlations = {name: autocorrelation(values, stuck) for name, values in scores.items()}
    slowest = max(correlations, key=lambda name: np.nan_to_num(correlations[name].tau, nan=np.inf))
    tau, growth = correlations[slowest].tau, growth_by_doubling(scores[slowest], stuck)
    # Thin tails mix last: a narrow peak with a per mille of the posterior is visible only here.
    tails = (arviz_bridge.ess_tail(by_walker(values)) / TAIL_FRACTION for values in draws.values())
    # The scatter of the means of the walkers is a measured error; it counts where it is larger than tau says.
    counts = (ensembles * steps * walkers / c.tau / (1.0 + max(c.hidden.relative, 0.0)) for c in correlations.values())
    ess = min(ensembles * steps * walkers / tau, *counts, *tails)
    failures = [] if not stuck else [_stuck_words(stuck)]
    if not rhat < settings.max_rhat:
        failures.append(f"R-hat > {settings.max_rhat}")
    if not ess >= settings.target_ess:
        failures.append(f"ESS < {settings.target_ess:.0f}")
    if not steps > TIMES_TAU * tau:
        failures.append(f"N < {TIMES_TAU:.0f} tau")
    if growth.exceeds(LARGEST_GROWTH, FALSE_ALARM):
        failures.append("tau still grows")
    alarm = FALSE_ALARM / len(correlations)
    if slow := [name for name in correlations if correlations[name].hidden.exceeds(LARGEST_HIDDEN, alarm)]:
        failures.append(f"tau of {', '.join(slow)} hides slow modes")
    failures += _region_failures({name: _region(inside) for name, inside in regions.items()}, settings)
    return Check(steps, rhat, tau, growth, ess, Verdict(not failures, tuple(failures)))


def _common_shape(arrays: Mapping[str, NDArray[np.generic]]) -> tuple[int, int, int]:
    shapes = {np.shape(values) for values in arrays.values()}
    if len(shapes) != 1 or len(shape := shapes.pop()) != 3 or shape[0] < 2 or shape[1] < 8:
        given = {name: np.shape(values) for name, values in arrays.items()}
        raise Refusal(
            f"chains of shape {given}; allowed: one shape (ensembles >= 2, steps >= 8, walkers) for all quantities"
        )
    for name, values in arrays.items():
        if not np.all(np.isfinite(values.astype(float))):
            raise Refusal(f"quantity '{name}' has draws that are not finite")
    ensembles, steps, walkers = shape
    return ensembles, steps, walkers


def _stuck_walkers(quantities: list[Array]) -> Stuck:
    """Pairs (ensemble, walker) in which no quantity ever changes, though some quantity varies at all."""
    if not any(np.ptp(values) > 0.0 for values in quantities):
        return []
    still = np.all([np.ptp(values, axis=1) == 0.0 for values in quantities], axis=0)
    return [(int(ensemble), int(walker)) for ensemble, walker in np.argwhere(still)]


def _stuck_words(stuck: Stuck) -> str:
    named = ", ".join(f"walker {walker} of ensemble {ensemble}" for ensemble, walker in stuck[:4])
    more = f" and {len(stuck) - 4} more" if len(stuck) > 4 else ""
    return f"{named}{more} never moved: look at its log_likelihood; run longer or widen the mixture"


def _summary(values: Array, stuck: Stuck, every: int = 1) -> QuantityDiagnostics:
    ensembles, steps, _ = values.shape
    scores = rank_normalised(values)
    correlation = autocorrelation(scores, stuck)
    tau = correlation.tau  # in units of the available steps
    mean, variance = float(values.mean()), float(values.var())
    if variance == 0.0:
        settled = Growth(0.0, 0.0, values.shape[0] * values.shape[2])
        size = float(values.size)
        return QuantityDiagnostics(
            mean, 0.0, 0.0, 1.0, settled, settled, float(steps * every), size, size, size, size, 1.0, every, alike=1.0
        )
    # All walkers of a step together, in the order of steps, so that the halves are early and late.
    in_time = subsampled(values).reshape(ensembles, -1)
    sd = float(np.sqrt(variance))
    in_steps = by_walker((values - mean) / sd)  # m_W varies in its eighth digit
    scatter = float(scores.mean(axis=(1, 2)).var(ddof=1))
    return QuantityDiagnostics(
        mean=mean,
        sd=sd,
        mcse=sd * arviz_bridge.mcse_mean(in_steps),
        tau=every * tau,
        growth=growth_by_doubling(scores, stuck),
        hidden=correlation.hidden,
        steps_per_tau=steps / tau,
        ess_tau=values.size / tau,
        ess_bulk=arviz_bridge.ess_bulk(in_steps),
        ess_tail=arviz_bridge.ess_tail(in_steps),
        ess_between=np.inf if scatter == 0.0 else ensembles * float(scores.var()) / scatter,
        rhat=arviz_bridge.rhat(in_time),
        every=every,
        alike=float(np.mean(values == np.median(values))),
    )


def _region(inside: NDArray[np.bool_], every: int = 1) -> RegionDiagnostics:
    """Fractions, with errors from the autocorrelation time of being inside."""
    ensembles, steps, walkers = inside.shape
    fractions = inside.mean(axis=(1, 2))
    fraction, each = float(fractions.mean()), tuple(map(float, fractions))
    if fraction in (0.0, 1.0):
        return RegionDiagnostics(fraction, each, 0.0, 0.0, 0.0, 1.0, float(inside.size), 1.0)
    indicator = inside.astype(float)
    tau = autocorrelation_time(indicator)
    error = float(np.sqrt(fraction * (1.0 - fraction) * tau / (steps * walkers)))
    return RegionDiagnostics(
        fraction=fraction,
        fractions=each,
        error=error,
        mcse=error / float(np.sqrt(ensembles)),
        # The mean contains the ensemble that is compared with it.
        worst_pull=float(np.abs(fractions - fraction).max()) / (error * float(np.sqrt(1.0 - 1.0 / ensembles))),
        tau=every * tau,
        ess=inside.size / tau,
        rhat=split_rhat(indicator),
    )


def _failures(quantities: Mapping[str, QuantityDiagnostics], stuck: Stuck, settings: StopRule) -> list[str]:
    """Failed tests of the quantities.

    Quantities that are known at every step must have long chains and a settled tau. Derived ones, some of which have
    tails of many decades, are judged by ranks, that is by R-hat and the two effective sample sizes. Only decisive ones
    are judged.
    """
    failures = [] if not stuck else [_stuck_words(stuck)]
    quantities = {name: s for name, s in quantities.items() if s.decisive}
    for name, s in quantities.items():
        if not s.rhat < settings.max_rhat:
            failures.append(f"R-hat of '{name}' between ensembles is {s.rhat:.4f} > {settings.max_rhat}: run longer")
        complete = s.every == 1 and not stuck
        least = min(s.ess_bulk, s.ess_tail / TAIL_FRACTION, *((s.ess_tau,) if complete else ()))
        if not least >= settings.target_ess:
            failures.append(
                f"effective sample size of '{name}' is {least:.0f} < {settings.target_ess:.0f}: raise max_steps about"
                f" {settings.target_ess / max(least, 1.0):.1f} times"
            )
        if complete and not s.steps_per_tau > TIMES_TAU:
            failures.append(
                f"'{name}' has only {s.steps_per_tau:.0f} steps per autocorrelation time ({s.tau:.1f} steps): raise"
                f" max_steps to {1.2 * TIMES_TAU * s.tau:.0f}"
            )
    followed = {name: s for name, s in quantities.items() if s.every == 1}
    if not stuck and followed:
        slowest = max(followed, key=lambda name: followed[name].tau)
        growth = followed[slowest].growth
        if growth.exceeds(LARGEST_GROWTH, FALSE_ALARM):
            failures.append(
                f"autocorrelation time of '{slowest}' grew by {100.0 * growth.relative:.0f} +-"
                f" {100.0 * growth.error:.0f} % over the last doubling of the chain: run longer"
            )
        failures += [
            f"the means of the walkers in '{name}' scatter as if its autocorrelation time were"
            f" {1.0 + s.hidden.relative:.1f} times as long (+- {100.0 * s.hidden.error:.0f} %): slow modes are hidden,"
            " run longer"
            for name, s in followed.items()
            if s.hidden.exceeds(LARGEST_HIDDEN, FALSE_ALARM / len(followed))
        ]
    return failures


def _region_failures(regions: Mapping[str, RegionDiagnostics], settings: StopRule) -> list[str]:
    """Failed tests of the weights of regions above `DECISIVE_FRACTION`."""
    failures = []
    decisive = {
        name: region
        for name, region in regions.items()
        if DECISIVE_FRACTION < region.fraction < 1.0 - DECISIVE_FRACTION
    }
    for name, region in decisive.items():
        if region.worst_pull > stats.norm.isf(0.5 * FALSE_ALARM / (len(region.fractions) * len(decisive))):
            each = ", ".join(f"{x:.4f}" for x in region.fractions)
            failures.append(
                f"ensembles disagree on the fraction of region '{name}' ({each}; {region.worst_pull:.1f} sigma): run"
                " longer, or give the mixture more components"
            )
        if not region.rhat < settings.max_rhat:
            failures.append(f"R-hat of being in region '{name}' is {region.rhat:.4f} > {settings.max_rhat}: run longer")
        if not region.ess >= settings.target_ess:
            failures.append(
                f"effective sample size of region '{name}' is {region.ess:.0f} < {settings.target_ess:.0f}: raise"
                f" max_steps about {settings.target_ess / max(region.ess, 1.0):.1f} times"
            )
    return failures


def plain_types(value: object) -> object:
    """Nested plain types; floats that JSON cannot hold become None."""
    if isinstance(value, Mapping):
        return {str(key): plain_types(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [plain_types(item) for item in value]
    if isinstance(value, float):
        return float(value) if np.isfinite(value) else None
    return value
