"""Seeds of everything random: each use of random numbers in a run has a stream of its own.

A stream hangs on ``(seed, role, index)`` alone, so neither the number of processes nor the place of an interruption
changes a number, and a new use leaves the others as they were.
"""

from enum import IntEnum

from numpy.random import Generator, SeedSequence, default_rng


class Role(IntEnum):
    """What a stream is for; numbers are part of the result and never change."""

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
    """Root of the stream of one role; ``index`` tells ensembles, or stages, apart."""
    return SeedSequence(seed, spawn_key=(int(role), index))


def generator(seed: int, role: Role, index: int = 0) -> Generator:
    """Random numbers of one role."""
    return default_rng(seed_sequence(seed, role, index))


def integer_seed(seed: int, role: Role, index: int = 0) -> int:
    """Seed for libraries that want an integer."""
    return int(seed_sequence(seed, role, index).generate_state(1)[0])
