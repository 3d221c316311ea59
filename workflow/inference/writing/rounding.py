"""Round numbers to the digits that their spread justifies, for tables in HTML and LaTeX."""

import math
from dataclasses import dataclass

_MAX_DIGITS = 7
_UNSEEN = 3.0  # draws that independent samples would hold with a probability of 95 %
_PLAIN = (1e-2, 1e5)  # magnitudes written without a power of ten


@dataclass(frozen=True)
class Rounded:
    """A rounded number as text: mantissa and, if written with a power of ten, its exponent."""

    mantissa: str
    exponent: int | None = None

    def html(self) -> str:
        """HTML, with a true minus sign; plain ASCII input, so nothing to escape."""
        mantissa = self.mantissa.replace("-", "\N{MINUS SIGN}")
        if self.exponent is None:
            return mantissa
        power = str(self.exponent).replace("-", "\N{MINUS SIGN}")
        return f"{mantissa}\N{NO-BREAK SPACE}×\N{NO-BREAK SPACE}10<sup>{power}</sup>"

    def latex(self) -> str:
        """LaTeX for math mode, without dollar signs."""
        if self.mantissa in _NOT_NUMBERS:
            return _NOT_NUMBERS[self.mantissa]
        mantissa = self.mantissa.replace("±", r"\pm")
        return mantissa if self.exponent is None else rf"{mantissa} \times 10^{{{self.exponent}}}"

    def text(self) -> str:
        """Plain text."""
        return self.mantissa if self.exponent is None else f"{self.mantissa}e{self.exponent}"


_NOT_NUMBERS = {"∞": r"\infty", "-∞": r"-\infty", "–": r"\text{--}"}


def rounded(value: float, spread: float = math.nan) -> Rounded:
    """Round so that the spread keeps two digits; if the spread is wider than the value, the value keeps two digits.

    Parameters
    ----------
    value : float
        Any number; NaN becomes a dash.
    spread : float, optional
        Typical uncertainty, same unit. Without one, three digits.
    """
    if math.isnan(value):
        return Rounded("–")
    if math.isinf(value):
        return Rounded("∞" if value > 0 else "-∞")
    if value == 0.0:
        return Rounded("0")
    order = math.floor(math.log10(abs(value)))
    digits = 3
    if math.isfinite(spread) and spread > 0.0:
        digits = min(max(order - math.floor(math.log10(spread)) + 2, 2), _MAX_DIGITS)
    mantissa, _, exponent = f"{value:.{digits - 1}e}".partition("e")  # rounding may carry into the next power
    power = int(exponent)
    if _PLAIN[0] <= abs(value) < _PLAIN[1] and power < digits + 2:
        shifted = round(float(f"{mantissa}e{power}"), max(digits - 1 - power, 0))
        return Rounded(f"{shifted:.{max(digits - 1 - power, 0)}f}")
    return Rounded(mantissa, power)


def exact(value: float) -> Rounded:
    """A number that a user chose, such as the bound of a prior: all its digits, up to six."""
    if not math.isfinite(value) or value == 0.0:
        return rounded(value)
    if _PLAIN[0] <= abs(value) < _PLAIN[1]:
        return Rounded(f"{value:.6g}")
    mantissa, _, exponent = f"{value:.5e}".partition("e")
    return Rounded(mantissa.rstrip("0").rstrip("."), int(exponent))


def measurement(value: float, sigma: float) -> Rounded:
    """A value and its error to the same decimal, with one power of ten for both: ``(1.050 ± 0.060) × 10^-3``."""
    if not (math.isfinite(value) and math.isfinite(sigma) and sigma > 0.0):
        return rounded(value)
    largest = max(abs(value), sigma)
    power = 0 if _PLAIN[0] <= largest < _PLAIN[1] else math.floor(math.log10(largest))
    decimals = max(1 - math.floor(math.log10(sigma / 10.0**power)), 0)
    pair = f"{value / 10.0**power:.{decimals}f} ± {sigma / 10.0**power:.{decimals}f}"
    return Rounded(f"({pair})", power) if power else Rounded(pair)


def percent(fraction: float, error: float) -> str:
    """A fraction and its Monte Carlo error in per cent, the error with one digit: ``"24.6 ± 0.4"``.

    Where no draw or every draw lies in question, only a limit at 95 % is given: three times the error, which is then
    that of one draw. It is rounded outwards to one digit.
    """
    limit = 100.0 * min(_UNSEEN * error, 1.0)
    if error > 0.0 and fraction in (0.0, 1.0) and limit < 50.0:
        decimals = max(-math.floor(math.log10(limit)), 0)
        outwards = math.ceil(limit * 10.0**decimals) / 10.0**decimals
        return f"< {outwards:.{decimals}f}" if fraction == 0.0 else f"> {100.0 - outwards:.{decimals}f}"
    decimals = min(max(-math.floor(math.log10(100.0 * error)), 0), 4) if error > 0.0 else 2
    return f"{100.0 * fraction:.{decimals}f} ± {100.0 * error:.{decimals}f}"
