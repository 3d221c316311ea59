"""Has the sampler converged? Autocorrelation, effective sample sizes, agreement between ensembles, and a verdict.

Walkers of one ensemble move along each other and are not independent chains; ensembles are. So R-hat compares
ensembles, and so does ``ess_between``, the sample size implied by how far the means of the ensembles scatter, which has
been honest where autocorrelation times were not. None of this can see a region that every pilot missed.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Protocol

import numpy as np
from emcee.autocorr import integrated_time
from numpy.typing import NDArray
from scipy import special, stats

from model.physics.quantities import Array
from workflow.inference import arviz_bridge
from workflow.inference.sampler_settings import TAIL_SHARE

TIMES_TAU = 50.0  # steps per autocorrelation time below which its estimate is not to be trusted
FALSE_ALARM = 2.7e-3  # probability, over all comparisons of region fractions together: three sigma
MOST_DRAWS = 100_000  # per quantity for the rank statistics; longer chains are thinned, below tau


class StopRule(Protocol):
    """The settings that say when a run is long enough."""

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
    """Whether to believe the chains; ``failures`` say what failed and what to do, ``warnings`` what to look at."""

    converged: bool
    failures: tuple[str, ...]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Check:
    """The cheap test made while sampling, in the worst coordinate of each; tau allows for its growth."""

    steps: int
    rhat: float
    tau: float
    ess: float
    verdict: Verdict

    def __str__(self) -> str:
        state = "converged" if self.verdict.converged else "; ".join(self.verdict.failures)
        return f"{self.steps} steps: R-hat {self.rhat:.4f}, tau {self.tau:.1f}, ESS {self.ess:.0f}: {state}"


@dataclass(frozen=True)
class Summary:
    """Diagnostics of one quantity. ESS counts draws over all ensembles; tau is in steps."""

    mean: float
    sd: float
    mcse: float
    tau: float
    steps_per_tau: float
    ess_tau: float
    ess_bulk: float
    ess_tail: float
    ess_between: float
    rhat: float


@dataclass(frozen=True)
class Region:
    """Share of the draws in a region: in each ensemble, with the Monte Carlo error of one, and the largest pull."""

    fraction: float
    fractions: tuple[float, ...]
    error: float
    worst_pull: float


@dataclass(frozen=True)
class Diagnostics:
    """All that is known about the convergence of a run."""

    ensembles: int
    steps: int
    walkers: int
    acceptance: tuple[float, ...]
    quantities: dict[str, Summary]
    regions: dict[str, Region]
    verdict: Verdict

    def to_dict(self) -> dict[str, object]:
        """Plain types for JSON; numbers that do not exist (tau of a stuck walker) become None."""
        plain = _plain(asdict(self))
        if not isinstance(plain, dict):
            raise TypeError("diagnostics are a mapping")
        return plain

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
            lines.append(f"\n{'region'.ljust(width)}   fraction  per ensemble")
            for name, r in self.regions.items():
                each = " ".join(f"{x:.4f}" for x in r.fractions)
                lines.append(f"{name.ljust(width)} {r.fraction:10.4f}  {each}  (+- {r.error:.4f} each)")
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
) -> Diagnostics:
    """Diagnose the chains of a finished run, in sampled or in derived quantities.

    Parameters
    ----------
    draws : mapping of str to (ensembles, steps, walkers) array
        Quantities by name, without burn-in.
    acceptance : (ensembles,) or (ensembles, walkers) array
        Accepted share of the proposals.
    settings : StopRule
        Thresholds.
    regions : mapping of str to (ensembles, steps, walkers) array of bool, optional
        Which draws lie in a region, for regions whose weights the ensembles must agree upon.

    Returns
    -------
    Diagnostics
        With a verdict.

    Raises
    ------
    ValueError
        If the shapes differ, there are fewer than 2 ensembles or 8 steps, or a draw is not finite.
    """
    regions = regions or {}
    shape = _common_shape({**draws, **regions})
    stuck = _stuck_walkers(list(draws.values()))
    quantities = {name: _summary(values, stuck) for name, values in draws.items()}
    shares = {name: _region(inside) for name, inside in regions.items()}
    failures = _failures(quantities, stuck, settings)
    comparisons = shape[0] * len(shares)
    for name, share in shares.items():
        if share.worst_pull > stats.norm.isf(0.5 * FALSE_ALARM / comparisons):
            each = ", ".join(f"{x:.4f}" for x in share.fractions)
            failures.append(
                f"ensembles disagree on the share of region '{name}' ({each}; {share.worst_pull:.1f} sigma): run"
                " longer, or give the mixture more components"
            )
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
        regions=shares,
        verdict=Verdict(converged=not failures, failures=tuple(failures), warnings=tuple(warnings)),
    )


def check(draws: Mapping[str, Array], settings: StopRule) -> Check:
    """Apply the stop rule during sampling, in a second or two.

    Parameters
    ----------
    draws : mapping of str to (ensembles, steps, walkers) array
        Quantities by name, without burn-in.
    settings : StopRule
        Thresholds.

    Returns
    -------
    Check
        The worst figures and a verdict.
    """
    ensembles, steps, walkers = _common_shape(draws)
    stuck = _stuck_walkers(list(draws.values()))
    rhats = {name: split_rhat(values) for name, values in draws.items()}
    taus = {name: autocorrelation_time(values, stuck) for name, values in draws.items()}
    slowest = max(taus, key=lambda name: np.nan_to_num(taus[name], nan=np.inf))
    # Short chains hide slow modes: where tau grew over the last doubling, let it grow as much once more.
    before = autocorrelation_time(draws[slowest][:, : steps // 2], stuck)
    tau, rhat = taus[slowest] * max(1.0, taus[slowest] / before), max(rhats.values())
    # Thin tails mix last: a needle that holds a per mille of the posterior shows here and nowhere else.
    tails = (arviz_bridge.ess_tail(_by_walker(values)) / TAIL_SHARE for values in draws.values())
    ess = min(ensembles * steps * walkers / tau, *tails)
    failures = [] if not stuck else [_stuck_words(stuck)]
    if not rhat < settings.max_rhat:
        failures.append(f"R-hat > {settings.max_rhat}")
    if not ess >= settings.target_ess:
        failures.append(f"ESS < {settings.target_ess:.0f}")
    if not steps > TIMES_TAU * tau:
        failures.append(f"N < {TIMES_TAU:.0f} tau")
    return Check(steps, rhat, tau, ess, Verdict(not failures, tuple(failures)))


def autocorrelation_time(values: Array, stuck: list[tuple[int, int]] | None = None) -> float:
    """Integrated autocorrelation time [steps], averaged over the walkers of all ensembles.

    Parameters
    ----------
    values : (ensembles, steps, walkers) array
        One quantity.
    stuck : list of (ensemble, walker), optional
        Walkers known never to have moved.

    Returns
    -------
    float
        NaN if any walker is stuck; 1 for a quantity that is the same everywhere.
    """
    if stuck:
        return np.nan
    chains = np.concatenate(list(values), axis=1)
    # A walker may sit in a plateau of a derived quantity (a threshold, a saturated bound) without being stuck.
    moving = np.ptp(chains, axis=0) > 0.0
    if not moving.any():
        return 1.0
    # tol = 0: emcee logs a complaint about short chains, which is our verdict's to make.
    return float(integrated_time(chains[:, moving], tol=0)[0])


def split_rhat(values: Array) -> float:
    """Rank-normalised split R-hat between ensembles, bulk or folded, whichever is larger.

    The same statistic as ArviZ's (Vehtari et al. 2021, arXiv:1903.08008, Eqs. 1-4 and section 4) on every k-th step.

    Parameters
    ----------
    values : (ensembles, steps, walkers) array
        One quantity.

    Returns
    -------
    float
        1 in the limit of perfect agreement, and for a constant.
    """
    chains = _thinned(values, axis=1)
    half = chains.shape[1] // 2
    halves = np.concatenate([chains[:, :half], chains[:, -half:]]).reshape(2 * len(values), -1)
    if np.ptp(halves) == 0.0:
        return 1.0
    results = []
    for sample in (halves, np.abs(halves - np.median(halves))):
        ranks = stats.rankdata(sample).reshape(sample.shape)
        normal = special.ndtri((ranks - 0.375) / (sample.size + 0.25))
        within = normal.var(axis=1, ddof=1).mean()
        between = normal.mean(axis=1).var(ddof=1)
        n = normal.shape[1]
        results.append(np.inf if within == 0.0 else np.sqrt((n - 1) / n + between / within))
    return float(max(results))


def _common_shape(arrays: Mapping[str, NDArray[np.generic]]) -> tuple[int, int, int]:
    shapes = {np.shape(values) for values in arrays.values()}
    if len(shapes) != 1 or len(shape := shapes.pop()) != 3 or shape[0] < 2 or shape[1] < 8:
        given = {name: np.shape(values) for name, values in arrays.items()}
        raise ValueError(f"need one shape (ensembles >= 2, steps >= 8, walkers) for all quantities, got {given}")
    for name, values in arrays.items():
        if not np.all(np.isfinite(values.astype(float))):
            raise ValueError(f"quantity '{name}' has draws that are not finite")
    ensembles, steps, walkers = shape
    return ensembles, steps, walkers


def _stuck_walkers(quantities: list[Array]) -> list[tuple[int, int]]:
    """(ensemble, walker) pairs in which no quantity ever changes, though some quantity varies at all."""
    if not any(np.ptp(values) > 0.0 for values in quantities):
        return []
    still = np.all([np.ptp(values, axis=1) == 0.0 for values in quantities], axis=0)
    return [(int(ensemble), int(walker)) for ensemble, walker in np.argwhere(still)]


def _stuck_words(stuck: list[tuple[int, int]]) -> str:
    named = ", ".join(f"walker {walker} of ensemble {ensemble}" for ensemble, walker in stuck[:4])
    more = f" and {len(stuck) - 4} more" if len(stuck) > 4 else ""
    return f"{named}{more} never moved: look at its log_likelihood; run longer or widen the mixture"


def _thinned(values: Array, axis: int) -> Array:
    """Every k-th step, so that at most `MOST_DRAWS` remain (and at least 8 steps)."""
    k = min(max(1, values.size // MOST_DRAWS), max(1, values.shape[axis] // 8))
    return np.take(values, np.arange(k - 1, values.shape[axis], k), axis=axis)


def _summary(values: Array, stuck: list[tuple[int, int]]) -> Summary:
    ensembles, steps, _ = values.shape
    tau = autocorrelation_time(values, stuck)
    mean, variance = float(values.mean()), float(values.var())
    if variance == 0.0:
        every = float(values.size)
        return Summary(mean, 0.0, 0.0, 1.0, float(steps), every, every, every, every, 1.0)
    thinned = _thinned(values, axis=1)
    # Step after step, all walkers of a step together: halves of this are early and late.
    in_time = thinned.reshape(ensembles, -1)
    by_walker = _by_walker(values)
    scatter = float(values.mean(axis=(1, 2)).var(ddof=1))
    return Summary(
        mean=mean,
        sd=float(np.sqrt(variance)),
        mcse=arviz_bridge.mcse_mean(by_walker),
        tau=tau,
        steps_per_tau=steps / tau,
        ess_tau=values.size / tau,
        ess_bulk=arviz_bridge.ess_bulk(by_walker),
        ess_tail=arviz_bridge.ess_tail(by_walker),
        ess_between=np.inf if scatter == 0.0 else ensembles * variance / scatter,
        rhat=arviz_bridge.rhat(in_time),
    )


def _by_walker(values: Array) -> Array:
    """Thinned chains (ensembles, draws), walker after walker: only so do lags mean steps, which an ESS needs."""
    thinned = _thinned(values, axis=1)
    return thinned.transpose(0, 2, 1).reshape(len(values), -1)


def _region(inside: NDArray[np.bool_]) -> Region:
    """Fractions, with the error of one ensemble from the autocovariance about the mean of all.

    About the mean of all and not of each walker: walkers that never leave their region then count as one draw each.
    """
    ensembles, steps, walkers = inside.shape
    fractions = inside.mean(axis=(1, 2))
    fraction = float(fractions.mean())
    if fraction in (0.0, 1.0):
        return Region(fraction, tuple(map(float, fractions)), 0.0, 0.0)
    series = inside.transpose(1, 0, 2).reshape(steps, -1) - fraction
    padded = np.fft.rfft(series, n=2 * steps, axis=0)
    covariance = np.fft.irfft((padded.real**2 + padded.imag**2).sum(axis=1), n=2 * steps)[:steps]
    taus = 2.0 * np.cumsum(covariance / covariance[0]) - 1.0
    settled = np.arange(steps) >= 5.0 * taus  # Sokal's window, as in emcee
    tau = max(1.0, float(taus[np.argmax(settled)] if settled.any() else taus.max()))
    error = float(np.sqrt(fraction * (1.0 - fraction) * tau / (steps * walkers)))
    # The mean contains the ensemble compared with it.
    pull = float(np.abs(fractions - fraction).max()) / (error * np.sqrt(1.0 - 1.0 / ensembles))
    return Region(fraction, tuple(map(float, fractions)), error, pull)


def _failures(quantities: Mapping[str, Summary], stuck: list[tuple[int, int]], settings: StopRule) -> list[str]:
    failures = [] if not stuck else [_stuck_words(stuck)]
    for name, s in quantities.items():
        if not s.rhat < settings.max_rhat:
            failures.append(f"R-hat of '{name}' between ensembles is {s.rhat:.4f} > {settings.max_rhat}: run longer")
        least = min(s.ess_bulk, s.ess_tail / TAIL_SHARE, *(() if stuck else (s.ess_tau,)))
        if not least >= settings.target_ess:
            failures.append(
                f"effective sample size of '{name}' is {least:.0f} < {settings.target_ess:.0f}: raise max_steps about"
                f" {settings.target_ess / max(least, 1.0):.1f} times"
            )
        if not stuck and not s.steps_per_tau > TIMES_TAU:
            failures.append(
                f"'{name}' has only {s.steps_per_tau:.0f} steps per autocorrelation time ({s.tau:.1f} steps): raise"
                f" max_steps to {1.2 * TIMES_TAU * s.tau:.0f}"
            )
    return failures


def _plain(value: object) -> object:
    """Nested plain types; floats that JSON cannot hold become None."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        return float(value) if np.isfinite(value) else None
    return value
