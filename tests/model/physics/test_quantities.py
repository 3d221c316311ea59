from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from model.physics.quantities import FRACTION, POSITIVE, Array, DarkMatter, Range, selected

numbers = st.floats(allow_nan=False, allow_infinity=False)


@pytest.mark.parametrize(
    "possible, inside, outside, words",
    [
        (POSITIVE, [5e-324, 1e300], [0.0, -1.0, np.inf, np.nan], "> 0"),
        (Range(low=0.0), [0.0, 1.0], [-5e-324, np.inf, np.nan], ">= 0"),
        (FRACTION, [0.0, 0.5, 1.0], [-1e-9, 1.0 + 1e-9, np.nan], "within [0, 1]"),
        (Range(0.0, 3.0, high_open=True), [0.0, 2.9], [3.0, -0.1], "within [0, 3)"),
        (Range(0.0, 1.0, low_open=True, high_open=True), [0.5], [0.0, 1.0], "within (0, 1)"),
        (Range(high=2.0), [-1e300, 2.0], [2.1, -np.inf], "<= 2"),
        (Range(high=2.0, high_open=True), [1.9], [2.0], "< 2"),
        (Range(), [-1e300, 0.0, 1e300], [np.inf, -np.inf, np.nan], "any finite number"),
    ],
)
def test_a_range_contains_its_numbers_and_says_which(possible, inside, outside, words):
    assert possible.contains(np.array(inside)).all()
    assert not possible.contains(np.array(outside)).any()
    assert str(possible) == words


@given(numbers, numbers, numbers)
def test_a_closed_range_is_two_inequalities(low, high, x):
    assert bool(Range(low, high).contains(x)) == (low <= x <= high)


def test_a_range_of_no_numbers_is_empty():
    assert POSITIVE.contains(np.empty(0)).shape == (0,)


@dataclass(frozen=True)
class Pair:
    x: Array
    y: Array

    @cached_property
    def total(self):
        return self.x + self.y


def test_a_record_is_selected_field_by_field_and_computes_anew_what_it_had_computed():
    pair = Pair(np.arange(3.0), 10.0 * np.arange(3.0))
    assert_array_equal(pair.total, [0.0, 11.0, 22.0])
    chosen = selected(pair, np.array([True, False, True]))
    assert isinstance(chosen, Pair)
    assert_array_equal(chosen.y, [0.0, 20.0])
    assert_array_equal(chosen.total, [0.0, 22.0])
    assert selected(pair, np.zeros(3, dtype=bool)).x.shape == (0,)


def test_a_particle_with_an_antiparticle_counts_half():
    # dn/dt + 3 H n = -kappa <sigma v> (n^2 - neq^2), n of both together
    assert {kind.name: kind.kappa for kind in DarkMatter} == {
        "MAJORANA": 1.0,
        "SCALAR": 0.5,
        "DIRAC": 0.5,
        "DIRAC_CHIRAL": 0.5,
    }


def test_only_a_dirac_particle_can_be_chiral():
    assert DarkMatter.of("dirac", chiral=True) is DarkMatter.DIRAC_CHIRAL
    assert DarkMatter.of("dirac", chiral=False) is DarkMatter.DIRAC
    assert DarkMatter.of("majorana", chiral=True) is DarkMatter.MAJORANA
    assert DarkMatter.of("scalar", chiral=True) is DarkMatter.SCALAR
