"""Style of the figures: colours for colour-blind readers and grey print, ticks, labels, and reproducible files."""

import math
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.axis import Axis as MatplotlibAxis
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_pdf import FigureCanvasPdf
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullFormatter

from workflow.inference.writing.artefacts import atomic
from workflow.inference.writing.labels import unit_latex

# Okabe and Ito's palette
BLUE, VERMILLION, GREEN, ORANGE = "#0072B2", "#D55E00", "#009E73", "#E69F00"
SKY, PURPLE, YELLOW, BLACK = "#56B4E9", "#CC79A7", "#F0E442", "#000000"
ENSEMBLES = (BLUE, ORANGE, GREEN, PURPLE, SKY, VERMILLION, BLACK, YELLOW)
REGION_95, REGION_68 = "#B5D7EB", "#4E9FCB"  # tints of BLUE
GREY, PALE = "0.45", "0.88"

_DPI = 200
_DECADES = 1.7  # width of a logarithmic axis above which only powers of ten are labelled
# Multiples of powers of ten that ticks of a narrower axis may have, the fewest first.
_MULTIPLES = ((1,), (1, 3), (1, 2, 5), (1, 2, 3, 5, 7), (1, 1.5, 2, 3, 4, 5, 6, 8))

# A decorator: matplotlib enters a fresh context at each call.
styled = rc_context(
    {
        "axes.edgecolor": "0.25",
        "axes.labelsize": 9.5,
        "axes.linewidth": 0.7,
        "axes.titlesize": 9.0,
        "figure.dpi": 100,
        "font.family": "DejaVu Sans",
        "font.size": 9.0,
        "hatch.linewidth": 0.5,
        "legend.fontsize": 9.0,
        "legend.frameon": False,
        "mathtext.fontset": "dejavusans",
        "pdf.fonttype": 42,
        "xtick.labelsize": 8.0,
        "ytick.labelsize": 8.0,
        "xtick.direction": "in",
        "ytick.direction": "in",
        "xtick.major.width": 0.6,
        "ytick.major.width": 0.6,
        "xtick.minor.width": 0.4,
        "ytick.minor.width": 0.4,
    }
)


@styled
def save(figure: Figure, folder: Path, name: str) -> tuple[Path, Path]:
    """Write ``<name>.png`` and ``<name>.pdf`` without dates or versions: the same figure gives the same bytes.

    Returns
    -------
    tuple of Path
        The PNG and the PDF.
    """
    png, pdf = folder / f"{name}.png", folder / f"{name}.pdf"
    figure.set_dpi(_DPI)
    # The canvases write directly because Figure.savefig draws twice for each file. The first draw settles the layout.
    write_png: Callable[..., object] = FigureCanvasAgg(figure).print_png
    with atomic(png) as temporary:
        write_png(temporary, metadata={"Software": None})
    figure.set_layout_engine("none")
    write_pdf: Callable[..., object] = FigureCanvasPdf(figure).print_pdf
    with atomic(pdf) as temporary:
        write_pdf(temporary, metadata=dict.fromkeys(("Creator", "Producer", "CreationDate")))
    return png, pdf


def log_ticks(low: float, high: float) -> tuple[list[float], list[str], list[float]]:
    """Ticks of a logarithmic axis drawn in log10, as matplotlib's own fail below one decade.

    Parameters
    ----------
    low, high : float
        Range of the axis in log10.

    Returns
    -------
    major, labels, minor
        Positions in log10, and mathtext or plain labels of the major ones.
    """
    if high - low > _DECADES:
        return _decade_ticks(low, high)
    for multiples in _MULTIPLES:
        values = _multiples_within(low, high, multiples)
        if len(values) >= 3:
            minor = [math.log10(value) for value in _multiples_within(low, high, range(1, 10))]
            return [math.log10(value) for value in values], [_plain(value) for value in values], minor
    # A narrow range has equal steps in the quantity itself.
    values = [value for value in MaxNLocator(4).tick_values(10**low, 10**high) if 10**low <= value <= 10**high]
    return [math.log10(value) for value in values], [_plain(value) for value in values], []


def _decade_ticks(low: float, high: float) -> tuple[list[float], list[str], list[float]]:
    """At most five powers of ten, with minor ticks at multiples, or at decades where not every decade is labelled."""
    step = math.ceil((high - low) / 4.0)
    exponents = [exponent for exponent in range(math.ceil(low), math.floor(high) + 1) if exponent % step == 0]
    if step == 1:
        minor = [math.log10(value) for value in _multiples_within(low, high, range(2, 10))]
    else:
        minor = [float(e) for e in range(math.ceil(low), math.floor(high) + 1) if e not in exponents]
    return [float(exponent) for exponent in exponents], [f"$10^{{{exponent}}}$" for exponent in exponents], minor


def _multiples_within(low: float, high: float, multiples: Sequence[float]) -> list[float]:
    """Multiples of the powers of ten whose logarithm lies in a range."""
    decades = range(math.floor(low), math.ceil(high) + 1)
    within = [(decade, k) for decade in decades for k in multiples if low <= decade + math.log10(k) <= high]
    return [k * 10.0**decade for decade, k in within]


def set_log_ticks(axis: MatplotlibAxis, low: float, high: float) -> int:
    """Put the ticks of `log_ticks` on an axis that is drawn in log10.

    Returns
    -------
    int
        The power of ten that the labels leave to the label of the axis, because they would meet each other with it; 0
        on an axis of two decades or more.
    """
    power = power_of(10.0**low, 10.0**high) if high - low <= _DECADES else 0
    major, labels, minor = log_ticks(low - power, high - power)
    names = dict(zip((power + tick for tick in major), labels, strict=True))
    axis.set_major_locator(FixedLocator(list(names)))
    axis.set_major_formatter(FuncFormatter(lambda position, _: names.get(position, "")))
    axis.set_minor_locator(FixedLocator([power + tick for tick in minor]))
    axis.set_minor_formatter(NullFormatter())
    return power


def power_of(low: float, high: float) -> int:
    """Power of ten that is taken out of the tick labels of a linear axis; 0 if they are short already."""
    largest = max(abs(low), abs(high))
    power = math.floor(math.log10(largest)) if largest > 0.0 else 0
    return 0 if -2 <= power <= 3 else power


def set_ticks(axis: MatplotlibAxis, scale: str, low: float, high: float, count: int = 4) -> int:
    """Ticks of an axis in the coordinates in which it is drawn, log10 where its scale is "log".

    A linear axis gets at most ``count`` intervals.

    Returns
    -------
    int
        The power of ten that the label of the axis must name, see `label`.
    """
    if scale == "log":
        return set_log_ticks(axis, low, high)
    power = power_of(low, high)
    axis.set_major_locator(MaxNLocator(count, steps=[1, 2, 2.5, 5, 10]))
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
