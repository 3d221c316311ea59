import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflow.inference.writing.rounding import Rounded, exact, measurement, percent, rounded


@pytest.mark.parametrize(
    "value, spread, text",
    [
        (0.123456, 0.01, "0.123"),
        (123.456, 10.0, "123"),
        (99.96, 0.1, "99.96"),
        (9.9996, 0.01, "10.00"),
        (1.23456e-9, 1e-11, "1.235e-9"),
        (0.5, 3.0, "0.50"),
        (math.pi, math.nan, "3.14"),
        (1.0e43, 2e42, "1.00e43"),
        (0.0, 1.0, "0"),
        (math.nan, 1.0, "–"),
        (-math.inf, 1.0, "-∞"),
    ],
)
def test_the_spread_decides_the_digits(value, spread, text):
    assert rounded(value, spread).text() == text


@given(st.floats(1e-30, 1e30), st.floats(1e-3, 1.0))
def test_rounding_changes_a_number_by_less_than_a_tenth_of_its_spread(value, relative):
    spread = value * relative
    assert abs(float(rounded(value, spread).text()) - value) <= 0.1 * spread


@pytest.mark.parametrize(
    "value, text", [(0.1, "0.1"), (100.0, "100"), (1e-8, "1e-8"), (3.5, "3.5"), (1.25e-5, "1.25e-5"), (0.0, "0")]
)
def test_a_chosen_number_keeps_its_digits_and_gets_no_more(value, text):
    assert exact(value).text() == text


def test_html_and_latex_of_powers_of_ten():
    number = Rounded("-1.05", -3)
    assert number.html() == "−1.05\u00a0×\u00a010<sup>−3</sup>"
    assert number.latex() == r"-1.05 \times 10^{-3}"
    assert Rounded("–").latex() == r"\text{--}"
    assert Rounded("∞").latex() == r"\infty"


@pytest.mark.parametrize(
    "value, sigma, text",
    [
        (0.1099, 0.0062, "0.1099 ± 0.0062"),
        (1.05e-3, 0.06e-3, "(1.050 ± 0.060)e-3"),
        (80.3692, 0.0146, "80.369 ± 0.015"),
        (-2.6e-12, 7.7e-12, "(-2.6 ± 7.7)e-12"),
        (0.5, math.nan, "0.500"),
    ],
)
def test_a_measurement_shares_decimals_and_power_with_its_error(value, sigma, text):
    assert measurement(value, sigma).text() == text


@pytest.mark.parametrize(
    "fraction, error, text",
    [
        (0.2459, 0.0041, "24.6 ± 0.4"),
        (1.0, 0.0, "100.00 ± 0.00"),
        (0.5, 0.2, "50 ± 20"),
        (1e-4, 3e-5, "0.010 ± 0.003"),
        (0.0, 2.6e-5, "< 0.008"),
        (1.0, 2.6e-5, "> 99.992"),
    ],
)
def test_a_fraction_in_per_cent_has_the_decimals_of_its_error(fraction, error, text):
    assert percent(fraction, error) == text
