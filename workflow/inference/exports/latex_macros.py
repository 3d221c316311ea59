r"""The numbers of a run as macros of LaTeX, so that a paper quotes them without copying: ``macros.tex``.

The name of a macro is that of the quantity without underscores and with digits as words, such as
``\mevdmOmegaHTwoMedian``, because LaTeX allows only letters.
"""

import re

from workflow.inference.estimates.summary import QuantityEstimate, Summary
from workflow.inference.estimates.summary_tables import ends, numbers
from workflow.inference.writing.labels import unit_latex

_DIGITS = ("Zero", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine")


def macro_name(quantity: str, number: str) -> str:
    r"""The macro of a number of a quantity: ``omega_h2`` and ``Median`` give ``\mevdmOmegaHTwoMedian``."""
    words = (word[:1].upper() + word[1:] for word in re.split(r"[_.]", quantity))
    letters = re.sub(r"\d", lambda digit: _DIGITS[int(digit[0])], "".join(words))
    return rf"\mevdm{letters}{number}"


def macros(summary: Summary) -> str:
    """The content of the file: one line for each number of each quantity."""
    lines = [
        f"% Run {summary.run}, {summary.draws} draws. Intervals are equal-tailed; every macro works in and outside of",
        "% math mode, without its unit, which is the macro that ends with Unit.",
        *(line for row in summary.rows for line in _of(row)),
    ]
    return "\n".join(lines) + "\n"


def _of(row: QuantityEstimate) -> list[str]:
    best_fit, maximum, median = numbers(row)
    (low_68, high_68), (low_95, high_95) = ends((row.central_68, row.central_95))
    texts = {
        "BestFit": best_fit,
        "Maximum": maximum,
        "Median": median,
        "LowSixtyEight": low_68,
        "HighSixtyEight": high_68,
        "LowNinetyFive": low_95,
        "HighNinetyFive": high_95,
    }
    lines = [rf"\newcommand{{{macro_name(row.name, key)}}}{{\ensuremath{{{n.latex()}}}}}" for key, n in texts.items()]
    unit = unit_latex(row.unit)
    return [*lines, rf"\newcommand{{{macro_name(row.name, 'Unit')}}}{{\ensuremath{{{unit}}}}}"]
