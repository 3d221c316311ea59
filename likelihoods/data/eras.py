"""Which data exist: those of 2008, when arXiv:0801.3686 appeared, or those of today.

A datum of an era has the key ``{name}_{era}`` in its YAML file.
"""

from math import inf
from typing import Literal

Era = Literal[2008, "modern"]

LAST_YEAR: dict[Era, float] = {2008: 2008, "modern": inf}
"""The last year of publication that an era knows."""


def existed(year: int, era: Era) -> bool:
    """Whether a result of a year is known in an era."""
    return year <= LAST_YEAR[era]
