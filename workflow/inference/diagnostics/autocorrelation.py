"""Autocorrelation times of chains, their growth, and the agreement of ensembles by ranks."""

from dataclasses import dataclass

import numpy as np
from scipy import special, stats

from model.physics.quantities import Array

WINDOW = 5.0  # autocorrelation times over which the correlation is summed (Sokal), as in emcee
MOST_DRAWS = 100_000  # largest number for the rank statistics of a quantity; longer chains are thinned by less than tau
Stuck = list[tuple[int, int]]  # (ensemble, walker) pairs that never moved


@dataclass(frozen=True)
class Growth:
    """Increase of one estimate of tau over another, with its error.

    Attributes
    ----------
    relative : float
        Ratio of the two estimates, minus 1.
    error : float
        Standard error of the logarithm of the ratio, which is that of ``relative`` if it is small.
    walkers : int
        Walkers from which the error was estimated.
    """

    relative: float
    error: float
    walkers: int

    def exceeds(self, tolerance: float, false_alarm: float) -> bool:
        """Whether the growth is larger than ``tolerance`` and significant.

        Noise alone is significant with probability ``false_alarm``. The significance is that of Student's t, because
        the error is estimated too.
        """
        if not self.relative > tolerance:
            return False
        quantile = stats.t.isf(false_alarm, self.walkers - 1)
        return bool(np.log1p(self.relative) > quantile * self.error)


@dataclass(frozen=True)
class Autocorrelation:
    """The integrated autocorrelation time [steps], and the part of it outside the window of its sum."""

    tau: float
    hidden: Growth


def rank_normalised(values: Array) -> Array:
    """The normal scores of the ranks of all values of a quantity, of the same shape (Vehtari et al., arXiv:1903.08008).

    A quantity with a per mille of its draws far away from the others has most of its variance there. The
    autocorrelation time of its values is then that of being in this per mille, and says little of its quantiles. The
    time of its ranks does.
    """
    ranks = stats.rankdata(values).reshape(values.shape)
    scores: Array = special.ndtri((ranks - 0.375) / (values.size + 0.25))
    return scores


def autocorrelation_time(values: Array, stuck: Stuck | None = None) -> float:
    """Integrated autocorrelation time [steps], from the mean correlation of all walkers about the mean of all.

    It is taken about the mean of all, where emcee takes each walker about its own. Over a chain of 50 autocorrelation
    times the latter hides a fifth of tau and more of a slow mode, and all of it where walkers never leave their region.

    Parameters
    ----------
    values : (ensembles, steps, walkers) array
        One quantity.
    stuck : list of (ensemble, walker), optional
        Walkers that never moved.

    Returns
    -------
    float
        NaN if any walker is stuck; 1 for a quantity that is the same everywhere.
    """
    if stuck:
        return np.nan
    steps = values.shape[1]
    series = _by_step(values)
    if not series.any():
        return 1.0
    return _windowed(_power(series).sum(axis=1), steps)[0]


def autocorrelation(values: Array, stuck: Stuck | None = None) -> Autocorrelation:
    r"""Autocorrelation time, and its growth from the window of its sum to the length of the chain.

    The variance of the mean of a walker over N steps is :math:`\sigma^2\tau/N` up to terms of order tau/N (Sokal 1997,
    Functional Integration, NATO ASI B 361, 131). A slow mode of small amplitude under a fast one is not in the window
    of a sum which ends with the fast one, in neither half of the chain; it is in the scatter of these means.

    Parameters
    ----------
    values : (ensembles, steps, walkers) array
        One quantity.
    stuck : list of (ensemble, walker), optional
        Walkers that never moved.

    Returns
    -------
    Autocorrelation
        NaN if any walker is stuck.
    """
    walkers, steps = values.shape[0] * values.shape[2], values.shape[1]
    if stuck:
        return Autocorrelation(np.nan, Growth(np.nan, np.nan, walkers))
    series = _by_step(values)
    if not series.any():
        return Autocorrelation(1.0, Growth(0.0, 0.0, walkers))
    tau, without_each = _jackknifed(series)
    squares, means = (series**2).sum(axis=0), steps * series.mean(axis=0) ** 2
    from_means = steps * means.sum() / squares.sum()
    each_from_means = steps * (means.sum() - means) / (squares.sum() - squares)
    error = _jackknife(np.log(each_from_means / without_each))
    return Autocorrelation(tau, Growth(from_means / tau - 1.0, error, walkers))


def growth_by_doubling(values: Array, stuck: Stuck | None = None) -> Growth:
    r"""Growth of tau from the first half of the chain to all of it: a short chain hides slow modes.

    The error is the jackknife over walkers of :math:`\ln(\tau/\tau_{1/2})`. The variance of a windowed estimate
    :math:`\tau` is :math:`\tau^2\,2(2W+1)/N` for a Gaussian process of N draws and a window of W steps (Sokal 1997,
    Functional Integration, NATO ASI B 361, 131; Wolff, hep-lat/0306017, Eq. 42, where W is long against tau), but many
    times that where walkers stick now and then, because few of them then carry most of tau. The jackknife holds for
    both. It takes walkers as independent, and with the global moves they nearly are.

    The growth is not biased where the slowest of several quantities is chosen by its tau: a mean over the whole chain
    has the same covariance with that over its half as with itself, so tau does not correlate with its growth.

    Parameters
    ----------
    values : (ensembles, steps, walkers) array
        One quantity.
    stuck : list of (ensemble, walker), optional
        Walkers that never moved.

    Returns
    -------
    Growth
        NaN if any walker is stuck.
    """
    walkers = values.shape[0] * values.shape[2]
    if stuck:
        return Growth(np.nan, np.nan, walkers)
    whole, half = _by_step(values), _by_step(values[:, : values.shape[1] // 2])
    if not (whole.any() and half.any()):
        return Growth(0.0, 0.0, walkers)
    (tau, without_each), (tau_half, half_without_each) = _jackknifed(whole), _jackknifed(half)
    return Growth(tau / tau_half - 1.0, _jackknife(np.log(without_each / half_without_each)), walkers)


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
    chains = subsampled(values)
    half = chains.shape[1] // 2
    halves = np.concatenate([chains[:, :half], chains[:, -half:]]).reshape(2 * len(values), -1)
    if np.ptp(halves) == 0.0:
        return 1.0
    results = []
    for sample in (halves, np.abs(halves - np.median(halves))):
        normal = rank_normalised(sample)
        within = normal.var(axis=1, ddof=1).mean()
        between = normal.mean(axis=1).var(ddof=1)
        n = normal.shape[1]
        results.append(np.inf if within == 0.0 else np.sqrt((n - 1) / n + between / within))
    return float(max(results))


def subsampled(values: Array) -> Array:
    """Every k-th step, so that at most `MOST_DRAWS` draws remain (and at least 8 steps)."""
    steps = values.shape[1]
    k = min(max(1, values.size // MOST_DRAWS), max(1, steps // 8))
    return np.take(values, np.arange(k - 1, steps, k), axis=1)


def by_walker(values: Array) -> Array:
    """Chains (ensembles, draws), one walker after another, so that a lag is a number of steps, as an ESS needs."""
    return subsampled(values).transpose(0, 2, 1).reshape(len(values), -1)


def _by_step(values: Array) -> Array:
    """Deviations from the mean of all, (steps, walkers of all ensembles)."""
    deviations: Array = values.transpose(1, 0, 2).reshape(values.shape[1], -1) - values.mean()
    return deviations


def _power(series: Array) -> Array:
    """Power spectrum of each walker, padded so that correlations do not wrap around, (steps + 1, walkers)."""
    spectrum = np.fft.rfft(series, n=2 * len(series), axis=0)
    power: Array = spectrum.real**2 + spectrum.imag**2
    return power


def _windowed(power: Array, steps: int) -> tuple[float, int]:
    """The autocorrelation time of a power spectrum (steps + 1,), and the last lag in its sum."""
    covariance = np.fft.irfft(power, n=2 * steps)[:steps]
    taus = 2.0 * np.cumsum(covariance / covariance[0]) - 1.0
    settled = np.arange(steps) >= WINDOW * taus
    last = int(np.argmax(settled) if settled.any() else np.argmax(taus))
    return max(1.0, float(taus[last])), last


def _jackknifed(series: Array) -> tuple[float, Array]:
    """The autocorrelation time of all walkers (steps, walkers), and those when one after the other is left out.

    The latter have the window of the former.
    """
    steps, power = len(series), _power(series)
    tau, last = _windowed(power.sum(axis=1), steps)
    # The sum of covariances at lags up to `last` is linear in the spectrum: one product does all inverse transforms.
    inside = np.zeros(2 * steps)
    inside[: last + 1] = 1.0
    weights = np.fft.rfft(inside).real / steps
    weights[[0, -1]] *= 0.5  # the other frequencies stand for two each
    lags, zero = weights @ power, (series**2).sum(axis=0)
    remaining = zero.sum() - zero
    taus: Array = np.maximum(1.0, 2.0 * (lags.sum() - lags) / np.where(remaining > 0.0, remaining, 1.0) - 1.0)
    return tau, taus


def _jackknife(without_each: Array) -> float:
    """Standard error of a statistic, from its values (n,) when one of n independent parts is left out."""
    n = len(without_each)
    return float(np.sqrt((n - 1) * without_each.var()))
