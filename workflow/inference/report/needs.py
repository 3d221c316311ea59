"""Sentences about what the model needs, and about the decay of the MSSM's lightest supersymmetric particle."""

import numpy as np
from markupsafe import Markup

from workflow.inference.estimates.posterior_file import PosteriorFile
from workflow.inference.writing.html import fixed
from workflow.inference.writing.rounding import rounded

TAILS = (0.025, 0.5, 0.975)


def needs_of(file: PosteriorFile) -> tuple[Markup, ...]:
    """A sentence for each column of the visible sector that the posterior keeps; none in models without one."""
    sentences = (
        (
            "d_term_over_radiative",
            "The D-term of hypercharge gives the hidden scalar {} times the squared radiative mass at the median, and "
            "between {} and {} times with a probability of 95 %. The model needs a hidden sector that is sequestered "
            "from it, or a cos 2β that is smaller by that factor.",
        ),
        (
            "lsp_ctau_m",
            "The MSSM's lightest supersymmetric particle has a decay length cτ of {} m at the median, and between {} "
            "and {} m with a probability of 95 %.",
        ),
        (
            "u_flight_m",
            "A U with half of its energy flies {} m at the median, and between {} and {} m with a probability of 95 %.",
        ),
    )
    statements = [Markup(text).format(*_numbers(file, name)) for name, text in sentences if name in file.posterior]
    statements += [
        Markup(text).format(_fractions(file, name))
        for name, text in (
            ("lsp_ctau_m", "Its decay is {}."),
            ("u_flight_m", "The decay of that U, where it is visible at all, is {}."),
        )
        if name in file.posterior and "class_names" in file.posterior[name].attrs
    ]
    return tuple(statements)


def _fractions(file: PosteriorFile, name: str) -> Markup:
    """Fractions of the posterior in the ranges of a length that have names."""
    attributes = file.posterior[name].attrs
    names = str(attributes["class_names"]).split(", ")
    ends = [float(end) for end in str(attributes["class_ends"]).split()]
    places = np.digitize(file.samples(name), ends)
    words = [*(f"below {_length(end)}" for end in ends), f"beyond {_length(ends[-1])}"]
    parts = [
        Markup("{} ({}) in {}\N{NO-BREAK SPACE}% of the posterior").format(
            each, words[place], fixed(100.0 * fraction, ".1f" if fraction < 1.0 else ".0f")
        )
        for place, each in enumerate(names)
        if (fraction := float(np.mean(places == place))) > 0.0
    ]
    return Markup(", ").join(parts)


def _length(metres: float) -> str:
    return f"{1000.0 * metres:g}\N{NO-BREAK SPACE}mm" if metres < 0.1 else f"{metres:g}\N{NO-BREAK SPACE}m"


def _numbers(file: PosteriorFile, name: str) -> tuple[Markup, ...]:
    """Median and ends of the central interval of 95 %, two digits each."""
    low, median, high = np.quantile(file.samples(name), TAILS)
    return tuple(Markup(rounded(value, abs(value)).html()) for value in (median, low, high))
