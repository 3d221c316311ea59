"""Priors, given in physical units; each has a coordinate of its own, the parameter or its log10."""

from dataclasses import dataclass

import numpy as np

from model.physics.quantities import Array

LN10 = float(np.log(10.0))

_NARROWEST = 1e-9  # width of a prior as a fraction of its largest value: doubles have few numbers in a narrower one


@dataclass(frozen=True)
class Prior:
    """Uniform or normal in the coordinate, cut to [low, high] there and renormalised.

    Build one with ``uniform``, ``log_uniform``, ``normal`` or ``log_normal``.

    Attributes
    ----------
    logarithmic : bool
        Whether the coordinate is log10 of the parameter.
    low, high : float
        Bounds in the coordinate; infinite for an unbounded normal.
    mean, sigma : float
        Of the normal, in the coordinate; ``sigma`` is infinite for a uniform prior.
    description : str
        A readable phrase.
    """

    logarithmic: bool
    low: float
    high: float
    mean: float
    sigma: float
    description: str

    @property
    def bounds(self) -> tuple[float, float]:
        """Smallest and largest physical value."""
        if self.logarithmic:
            return float(10.0**self.low), float(10.0**self.high)
        return self.low, self.high

    @property
    def median(self) -> float:
        """Median in physical units."""
        return float(self.to_physical(self.quantile(np.array([0.5])))[0])

    def to_physical(self, coordinate: Array) -> Array:
        """Physical value of a coordinate, shape (n,); inf where it is larger than any number."""
        with np.errstate(over="ignore"):
            return np.power(10.0, coordinate) if self.logarithmic else coordinate

    def to_coordinate(self, physical: Array) -> Array:
        """Coordinate of a physical value, shape (n,); -inf where a logarithm does not exist."""
        if not self.logarithmic:
            return physical
        positive = physical > 0.0
        return np.where(positive, np.log10(np.where(positive, physical, 1.0)), -np.inf)

    def log_density(self, coordinate: Array) -> Array:
        """Normalised log-density in the coordinate, shape (n,); -inf outside the bounds."""
        if np.isinf(self.sigma):
            inside_value: Array = np.full_like(coordinate, -np.log(self.high - self.low))
        else:
            with np.errstate(over="ignore"):  # a point beyond all tails has the density 0
                square = ((coordinate - self.mean) / self.sigma) ** 2
            below, above = self._tails()
            inside_value = -0.5 * square - np.log(self.sigma * np.sqrt(2.0 * np.pi)) - np.log(above - below)
        return np.where((coordinate >= self.low) & (coordinate <= self.high), inside_value, -np.inf)

    def quantile(self, probability: Array) -> Array:
        """Coordinate below which a fraction ``probability`` of the prior lies, shape (n,)."""
        if np.isinf(self.sigma):
            return self.low + (self.high - self.low) * probability
        from scipy import special  # slow to import, and whoever only describes a prior does without

        below, above = self._tails()
        coordinate: Array = self.mean + self.sigma * special.ndtri(below + (above - below) * probability)
        return np.clip(coordinate, self.low, self.high)

    def _tails(self) -> tuple[float, float]:
        """Cumulative probability of the normal at the two bounds before it is cut."""
        from scipy import special  # as above

        return (
            float(special.ndtr((self.low - self.mean) / self.sigma)),
            float(special.ndtr((self.high - self.mean) / self.sigma)),
        )


def uniform(minimum: float, maximum: float) -> Prior:
    """Uniform on [minimum, maximum].

    Raises
    ------
    ValueError
        If the range is empty, or too narrow for the numbers of a computer.
    """
    _check_range(minimum, maximum)
    return Prior(False, minimum, maximum, 0.0, np.inf, f"uniform [{minimum:g}, {maximum:g}]")


def log_uniform(minimum: float, maximum: float) -> Prior:
    """Uniform in log10 on [minimum, maximum].

    Raises
    ------
    ValueError
        If the range is empty, too narrow for the numbers of a computer, or not positive.
    """
    _check_positive("min", minimum)
    _check_range(minimum, maximum)
    text = f"log-uniform [{minimum:g}, {maximum:g}]"
    return Prior(True, float(np.log10(minimum)), float(np.log10(maximum)), 0.0, np.inf, text)


def normal(mean: float, sigma: float, minimum: float = -np.inf, maximum: float = np.inf) -> Prior:
    """Normal, cut to [minimum, maximum] and renormalised there.

    Raises
    ------
    ValueError
        If sigma is not positive or the range is empty or out of the normal's reach.
    """
    _check_positive("sigma", sigma)
    _check_width("sigma", sigma, abs(mean))
    _check_range(minimum, maximum)
    text = f"normal {mean:g} ± {sigma:g}"
    if np.isfinite(minimum) or np.isfinite(maximum):
        text += f" on [{minimum:g}, {maximum:g}]"
    return _reached(Prior(False, minimum, maximum, mean, sigma, text))


def log_normal(median: float, sigma_dex: float, minimum: float = 0.0, maximum: float = np.inf) -> Prior:
    """Normal in log10, cut to [minimum, maximum] and renormalised there; ``median`` is that before the cut.

    Raises
    ------
    ValueError
        If median or sigma_dex is not positive, or the range is empty, negative or out of the normal's reach.
    """
    _check_positive("median", median)
    _check_positive("sigma_dex", sigma_dex)
    _check_width("sigma_dex", sigma_dex, 1.0)
    _check_range(minimum, maximum)
    if minimum < 0.0:
        raise ValueError(f"min is {shown(minimum)}; allowed: >= 0")
    text = f"log-normal, median {median:g}, {sigma_dex:g} dex"
    if minimum > 0.0 or np.isfinite(maximum):
        text += f", on [{minimum:g}, {maximum:g}]"
    low, high = (float(np.log10(bound)) if bound > 0.0 else -np.inf for bound in (minimum, maximum))
    return _reached(Prior(True, low, high, float(np.log10(median)), sigma_dex, text))


def _reached(prior: Prior) -> Prior:
    below, above = prior._tails()
    if above - below > 1e-12:
        return prior
    if prior.low <= prior.mean <= prior.high:
        raise ValueError(f"{prior.description} is flat in the range; allowed: a smaller width, or a uniform prior")
    raise ValueError(f"the range holds nothing of {prior.description}; allowed: a range that the normal reaches")


def shown(value: float) -> str:
    """A number of a user in a message: in six digits where they are all of it, else in full."""
    short = f"{value:g}"
    return short if float(short) == value else repr(float(value))


def _check_positive(key: str, value: float) -> None:
    if not value > 0.0:
        raise ValueError(f"{key} is {shown(value)}; allowed: > 0")


def _check_width(key: str, width: float, scale: float) -> None:
    if not width > _NARROWEST * scale:
        raise ValueError(f"{key} is {shown(width)}; allowed: > {_NARROWEST * scale:g}, or the parameter fixed")


def _check_range(minimum: float, maximum: float) -> None:
    ends = f"min is {shown(minimum)} and max is {shown(maximum)}"
    if not minimum < maximum:
        raise ValueError(f"{ends}; allowed: min < max")
    scale = max((abs(end) for end in (minimum, maximum) if np.isfinite(end)), default=0.0)
    if not maximum - minimum > _NARROWEST * scale:
        raise ValueError(f"{ends}; allowed: ends that differ by more than {_NARROWEST:g} of the larger, or fixed")
