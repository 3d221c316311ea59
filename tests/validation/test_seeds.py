"""The measure of cost over many seeds, on draws whose number is known."""

from dataclasses import replace

import numpy as np
import pytest

from tests.validation import seeds

STEPS, WALKERS = 100, 80


def outcome(seed, shift=0.0, repeats=1, fraction=0.3):
    """Independent draws of three quantities, each of which stands ``repeats`` times in the chain."""
    draws = np.random.default_rng(seed).normal(shift, 1.0, size=(3, STEPS // repeats, WALKERS))
    quantities = {name: np.repeat(x, repeats, axis=0) for name, x in zip("abc", draws, strict=True)}
    return seeds.Outcome(True, STEPS, 100_000, -14.5, 0.01, quantities, {"a piece": fraction})


@pytest.mark.parametrize("repeats", [1, 5])
def test_draws_by_error_are_the_independent_ones(repeats):
    found = seeds.independent_draws([outcome(seed, repeats=repeats) for seed in range(20)])
    assert 1.0 / np.mean(1.0 / found) == pytest.approx(STEPS * WALKERS / repeats, rel=0.25)


def test_a_seed_that_is_shifted_delivers_little():
    found = seeds.independent_draws([outcome(seed, shift=0.3 if seed == 7 else 0.0) for seed in range(20)])
    assert found[7] < 0.05 * np.median(found)


@pytest.mark.parametrize(
    "change, words",
    [
        ({}, None),
        ({"converged": False}, "converged"),
        ({"fractions": {"a piece": 0.1}}, "loses a piece"),
        ({"ln_z": -14.4}, "ln Z"),
    ],
)
def test_one_bad_seed_fails_the_check_that_it_concerns(change, words):
    outcomes = [outcome(seed) for seed in range(20)]
    _, held = seeds.judge("run", [*outcomes[:-1], replace(outcomes[-1], **change)])
    failed = [text for text, holds in held.items() if not holds]
    assert len(failed) == (words is not None)
    assert words is None or words in failed[0]


def test_more_evaluations_than_wanted_fail():
    _, held = seeds.judge("run", [replace(outcome(seed), evaluations=300_000) for seed in range(20)])
    assert [text for text, holds in held.items() if not holds] == ["run: at most 200 k evaluations at the median"]
