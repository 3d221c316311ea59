"""Stored results are those of their expressions."""

import pytest
from numpy.testing import assert_allclose
from reference.stored import computed, results, stored


@pytest.mark.slow
@pytest.mark.parametrize("expression", results())
def test_a_stored_result_is_what_its_expression_gives(expression):
    assert_allclose(stored(expression), computed(expression), rtol=1e-7)


def test_what_is_not_stored_says_how_to_store_it():
    with pytest.raises(KeyError, match=r"not stored: 1 \+ 1; add it with python tests/reference/stored.py '1 \+ 1'"):
        stored("1 + 1")
