import pytest
from scipy.stats import halfnorm, norm

from model.physics import confidence


def test_levels_are_quantiles_of_a_normal():
    assert pytest.approx(halfnorm.ppf(0.90), abs=5e-4) == confidence.ONE_SIDED_90
    assert pytest.approx(norm.ppf(0.95), abs=5e-4) == confidence.ONE_SIDED_90
    assert pytest.approx(halfnorm.ppf(0.95), abs=5e-4) == confidence.TWO_SIDED_95


def test_levels_are_the_rounded_numbers_that_papers_print():
    assert (confidence.ONE_SIDED_90, confidence.TWO_SIDED_95) == (1.645, 1.96)
