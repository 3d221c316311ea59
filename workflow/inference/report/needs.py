"""Sentences about what the model needs, and about the decay of the MSSM's lightest supersymmetric particle."""

import numpy as np
from markupsafe import Markup

from workflow.inference.estimates.posterior_file import PosteriorFile
from workflow.inference.writing.html import fixed
from workflow.inference.writing.rounding import rounded

METRE = 1.0  # the size of a tracker, to which the flight of U is compared
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
    if "u_flight_m" in file.posterior:
        near = float(np.mean(file.samples("u_flight_m") < METRE))
        statements.append(
            Markup("Its mean flight is below one metre in {} % of the posterior.").format(fixed(100.0 * near, ".1f"))
        )
    return tuple(statements)


def _numbers(file: PosteriorFile, name: str) -> tuple[Markup, ...]:
    """Median and ends of the central interval of 95 %, two digits each."""
    low, median, high = np.quantile(file.samples(name), TAILS)
    return tuple(Markup(rounded(value, abs(value)).html()) for value in (median, low, high))
