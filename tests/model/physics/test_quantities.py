from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from model.physics.quantities import (
    COUPLING,
    FRACTION,
    MASS,
    MIXING,
    POSITIVE,
    RATE_PER_CENTURY,
    SIGMA_V,
    Array,
    Couplings,
    DarkMatter,
    Range,
    RelicAbundance,
    Widths,
    selected,
)

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


def test_widths_add_up_to_what_is_seen_and_what_is_not():
    """Powers of two, so that every sum says which widths are in it."""
    names = ("electrons", "muons", "taus", "neutrinos", "hadrons", "dark_matter")
    widths = Widths(**{name: np.array([2.0**k]) for k, name in enumerate(names)})
    assert widths.visible.tolist() == [1.0 + 2.0 + 4.0 + 16.0]
    assert widths.invisible.tolist() == [8.0 + 32.0]
    assert widths.total.tolist() == [63.0]


@pytest.mark.parametrize("left, right, expected", [(3.0, 3.0, 3.0), (5.0, 0.0, 5.0 / np.sqrt(2.0)), (1.0, -7.0, 5.0)])
def test_the_coupling_to_electrons_is_that_of_both_chiralities(left, right, expected):
    names = [field.name for field in fields(Couplings)]
    given = {"g_e_l": left, "g_e_r": right}
    couplings = Couplings(**{name: np.array([given.get(name, np.nan)]) for name in names})
    assert couplings.g_e[0] == pytest.approx(expected, rel=1e-14)


def test_vector_and_axial_parts_of_a_chiral_particle_are_half_amplitudes():
    """g P_L = (g / 2)(1 - gamma5): a quarter of the rate of each, at rest as in annihilation."""
    vector, axial = DarkMatter.DIRAC.static_currents, DarkMatter.MAJORANA.static_currents
    assert (vector, axial) == ((1.0, 0.0), (0.0, 1.0))
    assert DarkMatter.DIRAC_CHIRAL.static_currents == tuple(0.25 * (v + a) for v, a in zip(vector, axial, strict=True))
    weights = (*DarkMatter.MAJORANA.value, *DarkMatter.DIRAC.value)
    assert weights == (1.0, 0.0, 1.0, 0.0, 1.0, 0.0)
    chiral = tuple(0.25 * (a + b) for a, b in zip(DarkMatter.MAJORANA.value, DarkMatter.DIRAC.value, strict=True))
    assert DarkMatter.DIRAC_CHIRAL.value == chiral
    assert DarkMatter.SCALAR.static_currents == vector  # a scalar at rest has a charge and no spin


def test_internal_states_are_those_of_particle_and_antiparticle():
    """Two helicities of a Majorana particle, a complex scalar and its antiparticle, four states of a Dirac fermion."""
    states = {kind: kind.degrees_of_freedom for kind in DarkMatter}
    assert states == {
        DarkMatter.MAJORANA: 2,
        DarkMatter.SCALAR: 2,
        DarkMatter.DIRAC: 4,
        DarkMatter.DIRAC_CHIRAL: 4,
    }
    assert [kind for kind in DarkMatter if kind.self_conjugate] == [DarkMatter.MAJORANA]


def test_a_late_temperature_exists_only_where_it_was_solved():
    number = np.ones(3)
    solved = RelicAbundance(number, number, number, cooling=2.0 * number)
    assert_array_equal(solved.late_cooling, [2.0, 2.0, 2.0])
    with pytest.raises(ValueError, match="kinetic equilibrium was assumed"):
        _ = RelicAbundance(number, number, number).late_cooling


@pytest.mark.parametrize(
    "possible, inside, outside",
    [
        (COUPLING, [1e-25, 1.0, 12.566], [0.0, 12.567, -1.0]),  # up to 4 pi
        (MIXING, [1e-25, 0.999999], [0.0, 1.0]),
        (MASS, [1e-12, 1e12], [0.0, 1.1e12]),
        (SIGMA_V, [1e-60, 3e-26, 1e-5], [0.0, 1.1e-5]),
        (RATE_PER_CENTURY, [0.0, 1.4, 1e4], [-0.1, 1.1e4]),
    ],
)
def test_ranges_that_parameters_share(possible, inside, outside):
    assert possible.contains(np.array(inside)).all()
    assert not possible.contains(np.array(outside)).any()
    assert possible.reason
