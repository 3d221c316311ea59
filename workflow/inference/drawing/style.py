"""Style of the figures: sizes for print, colours for colour-blind readers and grey print, ticks and labels."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.axis import Axis as MatplotlibAxis
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullFormatter

from workflow.inference.writing.labels import unit_latex

# Okabe and Ito's palette
BLUE, VERMILLION, GREEN, ORANGE = "#0072B2", "#D55E00", "#009E73", "#E69F00"
SKY, PURPLE, YELLOW, BLACK = "#56B4E9", "#CC79A7", "#F0E442", "#000000"
ENSEMBLES = (BLUE, ORANGE, GREEN, PURPLE, SKY, VERMILLION, BLACK, YELLOW)
REGION_95, REGION_68 = "#B5D7EB", "#4E9FCB"  # tints of BLUE
GREY, PALE = "0.45", "0.88"

COLUMN, PAGE = 3.375, 7.0  # widths of one and of two columns of a journal [inch]
TEXT, SMALL = 8.0, 7.0  # sizes of labels and of tick labels, as printed [pt]
_DECADES = 1.7  # width of a logarithmic axis above which only powers of ten are labelled
# Multiples of powers of ten that ticks of a narrower axis may have, the fewest first.
_MULTIPLES = ((1,), (1, 3), (1, 2, 5), (1, 2, 3, 5, 7), (1, 1.5, 2, 3, 4, 5, 6, 8))

# A decorator: matplotlib enters a fresh context at each call.
styled = rc_context(
    {
        "axes.edgecolor": "0.25",
        "axes.labelpad": 2.5,
        "axes.labelsize": TEXT,
        "axes.linewidth": 0.6,
        "axes.titlesize": TEXT,
        "axes.titlepad": 4.0,
        "figure.dpi": 100,
        "font.family": "DejaVu Sans",
        "font.size": TEXT,
        "hatch.linewidth": 0.4,
        "legend.fontsize": TEXT,
        "legend.frameon": False,
        "legend.handlelength": 1.4,
        "legend.handletextpad": 0.5,
        "legend.columnspacing": 1.2,
        "legend.labelspacing": 0.3,
        "lines.linewidth": 1.0,
        "mathtext.fontset": "dejavusans",
        "pdf.fonttype": 42,
        "svg.fonttype": "path",
        "svg.hashsalt": "mevdm",
        "xtick.labelsize": SMALL,
        "ytick.labelsize": SMALL,
        "xtick.direction": "in",
        "ytick.direction": "in",
        "xtick.major.pad": 2.5,
        "ytick.major.pad": 2.5,
        "xtick.major.size": 2.8,
        "ytick.major.size": 2.8,
        "xtick.minor.size": 1.6,
        "ytick.minor.size": 1.6,
        "xtick.major.width": 0.5,
        "ytick.major.width": 0.5,
        "xtick.minor.width": 0.4,
        "ytick.minor.width": 0.4,
    }
)


def log_ticks(low: float, high: float, count: int = 5, edge: float = 0.0) -> tuple[list[float], list[str], list[float]]:
    """Ticks of a logarithmic axis drawn in log10, as matplotlib's own fail below one decade.

    Parameters
    ----------
    low, high : float
        Range of the axis in log10.
    count : int, optional
        Most labels that have room, at least 2.
    edge : float, optional
        Fraction of the axis at either end that has no label.

    Returns
    -------
    major, labels, minor
        Positions in log10, and mathtext or plain labels of the major ones.
    """
    first, last = low + edge * (high - low), high - edge * (high - low)
    if high - low > _DECADES:
        return _decade_ticks((low, high), (first, last), count)
    for multiples in _MULTIPLES:
        values = _multiples_within(first, last, multiples)
        if len(values) >= min(3, count):
            minor = [math.log10(value) for value in _multiples_within(low, high, range(1, 10))]
            values = values[:: -(-len(values) // count)]
            return [math.log10(value) for value in values], [_plain(value) for value in values], minor
    # A narrow range has equal steps in the quantity itself.
    values = linear_ticks(10**first, 10**last, min(4, count))
    return [math.log10(value) for value in values], [_plain(value) for value in values], []


def _decade_ticks(
    whole: tuple[float, float], inner: tuple[float, float], count: int
) -> tuple[list[float], list[str], list[float]]:
    """At most ``count`` powers of ten, minor ticks at multiples, or at decades where not every one is labelled."""
    inside = range(math.ceil(inner[0]), math.floor(inner[1]) + 1)
    step = max(-(-len(inside) // count), 1)
    choices = [[e for e in inside if e % step == offset] for offset in range(step)]
    exponents = max(choices, key=len)  # of equally long choices the first, which has the multiples of the step
    if step == 1:
        minor = [math.log10(value) for value in _multiples_within(*whole, range(2, 10))]
    else:
        minor = [float(e) for e in range(math.ceil(whole[0]), math.floor(whole[1]) + 1) if e not in exponents]
    return [float(exponent) for exponent in exponents], [f"$10^{{{exponent}}}$" for exponent in exponents], minor


def linear_ticks(low: float, high: float, count: int) -> list[float]:
    """At most ``count`` round values within a range, and at least two if any step gives as many."""
    for intervals in range(count, count + 4):
        steps = MaxNLocator(intervals, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high)
        values = [float(value) for value in steps if low <= value <= high]
        if len(values) >= 2:
            break
    return values[:: -(-len(values) // count)]


def _multiples_within(low: float, high: float, multiples: Sequence[float]) -> list[float]:
    """Multiples of the powers of ten whose logarithm lies in a range."""
    decades = range(math.floor(low), math.ceil(high) + 1)
    within = [(decade, k) for decade in decades for k in multiples if low <= decade + math.log10(k) <= high]
    return [k * 10.0**decade for decade, k in within]


@dataclass(frozen=True)
class LogLabels:
    """Labels of the ticks of an axis that is drawn in log10, by their positions. They also mark the axis as such."""

    names: Mapping[float, str]

    def __call__(self, position: float, _: int | None = None) -> str:
        """The label of a tick, which is empty if it has none."""
        return self.names.get(position, "")


def drawn_in_log10(axis: MatplotlibAxis) -> bool:
    """Whether the coordinate of an axis is the logarithm of its quantity."""
    formatter = axis.get_major_formatter()
    return isinstance(formatter, FuncFormatter) and isinstance(formatter.func, LogLabels)


def set_log_ticks(axis: MatplotlibAxis, low: float, high: float, count: int = 5, edge: float = 0.0) -> int:
    """Put the ticks of `log_ticks` on an axis that is drawn in log10.

    Returns
    -------
    int
        The power of ten that the labels leave to the label of the axis, because they would meet each other with it; 0
        on an axis of two decades or more.
    """
    power = power_taken("log", low, high)
    major, labels, minor = log_ticks(low - power, high - power, count, edge)
    names = dict(zip((power + tick for tick in major), labels, strict=True))
    axis.set_major_locator(FixedLocator(list(names)))
    axis.set_major_formatter(FuncFormatter(LogLabels(names)))
    axis.set_minor_locator(FixedLocator([power + tick for tick in minor]))
    axis.set_minor_formatter(NullFormatter())
    return power


def log_plane(axes: Axes, across: tuple[float, float], up: tuple[float, float], count: int = 5) -> None:
    """Set the limits and the ticks of a panel, both axes of which are drawn in log10.

    Parameters
    ----------
    axes : Axes
        The panel.
    across, up : tuple of float
        Smallest and largest value on the horizontal and on the vertical axis, in the unit of the quantity, positive.
    count : int
        Largest number of labels on each axis.
    """
    for axis, limit, (low, high) in ((axes.xaxis, axes.set_xlim, across), (axes.yaxis, axes.set_ylim, up)):
        limit(math.log10(low), math.log10(high))
        set_log_ticks(axis, math.log10(low), math.log10(high), count)


def power_taken(scale: str, low: float, high: float) -> int:
    """The power of ten that `set_ticks` leaves to the label of an axis."""
    if scale == "log":
        return power_of(10.0**low, 10.0**high) if high - low <= _DECADES else 0
    return power_of(low, high)


def power_of(low: float, high: float) -> int:
    """Power of ten that is taken out of the tick labels of a linear axis; 0 if they are short already."""
    largest = max(abs(low), abs(high))
    power = math.floor(math.log10(largest)) if largest > 0.0 else 0
    return 0 if -2 <= power <= 3 else power


def set_ticks(axis: MatplotlibAxis, scale: str, low: float, high: float, count: int = 5, edge: float = 0.0) -> int:
    """Ticks of an axis in the coordinates in which it is drawn, log10 where its scale is "log".

    An axis gets at most ``count`` labels, and none within the fraction ``edge`` of its ends.

    Returns
    -------
    int
        The power of ten that the label of the axis must name, see `label`.
    """
    if scale == "log":
        return set_log_ticks(axis, low, high, count, edge)
    power = power_of(low, high)
    margin = edge * (high - low)
    axis.set_major_locator(FixedLocator(linear_ticks(low + margin, high - margin, count)))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value / 10.0**power:.6g}".replace("-", "\u2212")))
    return power


def label(latex: str, unit: str, power: int = 0, separator: str = " ") -> str:
    """Axis label: symbol, then power of ten and unit in brackets; nothing in brackets for a plain number."""
    factor = f"10^{{{power}}}" if power else ""
    inside = r"\,".join(part for part in (factor, unit_latex(unit)) if part)
    return f"${latex}${separator}[${inside}$]" if inside else f"${latex}$"


def hide_ticks(axes: Axes, *, x: bool = False, y: bool = False) -> None:
    """Hide tick labels but keep the ticks themselves."""
    if x:
        axes.tick_params(axis="x", which="both", labelbottom=False)
    if y:
        axes.tick_params(axis="y", which="both", labelleft=False)


def layout(w_pad: float, h_pad: float, space: float = 0.0) -> ConstrainedLayoutEngine:
    """Constrained layout with padding in inches and space between panels as a fraction of their size."""
    return ConstrainedLayoutEngine(w_pad=w_pad, h_pad=h_pad, wspace=space, hspace=space)


def ensemble_colours(count: int) -> list[str]:
    """A colour for each ensemble; they repeat if there are more ensembles than colours."""
    return [ENSEMBLES[i % len(ENSEMBLES)] for i in range(count)]


def thin(size: int, keep: int) -> slice:
    """Every k-th of ``size`` draws, about ``keep`` of them: no random numbers, so figures repeat exactly."""
    return slice(None, None, max(int(np.ceil(size / keep)), 1))


def _plain(value: float) -> str:
    """A tick label with all digits of its value, up to seven; small and large values have a power of ten."""
    if 1e-2 <= abs(value) < 1e4:
        return f"{value:.6g}"
    mantissa, _, exponent = f"{value:.6e}".partition("e")
    mantissa = mantissa.rstrip("0").rstrip(".")
    return f"$10^{{{int(exponent)}}}$" if mantissa == "1" else rf"${mantissa}\!\times\!10^{{{int(exponent)}}}$"
