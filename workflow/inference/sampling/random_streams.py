"""Seeds of random streams: each use of random numbers in a run has a stream of its own.

A stream depends on ``(seed, role, index)`` alone. Neither the number of processes nor an interruption changes a number,
and a new use does not change the others.
"""

from enum import IntEnum

from numpy.random import Generator, SeedSequence, default_rng


class Role(IntEnum):
    """The use of a stream. The numbers are part of the result and never change."""

    PILOT = 0
    START = 1
    BURN_IN = 2
    PRODUCTION = 3
    FIT = 4
    SURVEY = 5
    EVIDENCE = 6
    CROSS_CHECK = 7
    PROFILE = 8


def seed_sequence(seed: int, role: Role, index: int = 0) -> SeedSequence:
    """Root of the stream of one role; ``index`` is the number of the ensemble or stage."""
    return SeedSequence(seed, spawn_key=(int(role), index))


def generator(seed: int, role: Role, index: int = 0) -> Generator:
    """Random numbers of one role."""
    return default_rng(seed_sequence(seed, role, index))


def integer_seed(seed: int, role: Role, index: int = 0) -> int:
    """Seed for libraries that need an integer."""
    return int(seed_sequence(seed, role, index).generate_state(1)[0])
