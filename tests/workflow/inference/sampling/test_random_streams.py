"""Random streams: one for each role and index, always the same, and independent of one another."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from scipy import stats

from workflow.inference.sampling.random_streams import Role, generator, integer_seed, seed_sequence


def test_a_stream_depends_on_seed_role_and_index_alone():
    assert_array_equal(generator(3, Role.START, 2).uniform(size=5), generator(3, Role.START, 2).uniform(size=5))
    assert integer_seed(3, Role.FIT, 1) == integer_seed(3, Role.FIT, 1)


def test_no_two_streams_are_the_same():
    firsts = [
        int(seed_sequence(seed, role, index).generate_state(1, np.uint64)[0])
        for seed in range(4)
        for role in Role
        for index in range(50)
    ]
    assert len(set(firsts)) == len(firsts)


def test_numbers_of_the_roles_never_change():
    # They are part of the result: a role that takes another number changes every run.
    assert {role.name: int(role) for role in Role} == {
        "PILOT": 0,
        "START": 1,
        "BURN_IN": 2,
        "PRODUCTION": 3,
        "FIT": 4,
        "SURVEY": 5,
        "EVIDENCE": 6,
        "CROSS_CHECK": 7,
        "PROFILE": 8,
    }


@pytest.mark.parametrize("other", [(1, Role.PILOT, 1), (1, Role.START, 0), (2, Role.PILOT, 0)])
def test_neighbouring_streams_are_not_correlated(other):
    one, two = generator(1, Role.PILOT, 0).normal(size=10_000), generator(*other).normal(size=10_000)
    assert stats.pearsonr(one, two).pvalue > 1e-6
