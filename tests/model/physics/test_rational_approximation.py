"""Partial fractions of known functions, and what cannot be approximated."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from model.physics.rational_approximation import approximate

POINTS = np.linspace(0.0, 10.0, 400)


def test_a_resonance_gives_back_its_poles_and_residues():
    fit = approximate(POINTS, 0.7 + 2.0 / ((POINTS - 4.0) ** 2 + 0.01), 1e-12)
    order = np.argsort(fit.poles.imag)  # the real parts are equal but for their last bits
    assert_allclose(fit.poles[order], [4.0 - 0.1j, 4.0 + 0.1j], rtol=1e-9)
    assert_allclose(fit.residues[order], [10.0j, -10.0j], rtol=1e-7, atol=1e-7)
    assert_allclose(fit.constant, 0.7, rtol=1e-9)


def test_a_smooth_step_is_followed_to_the_tolerance():
    values = np.tanh(POINTS - 3.0)
    fit = approximate(POINTS, values, 1e-8)
    between = 0.5 * (POINTS[1:] + POINTS[:-1])
    assert_allclose(fit.evaluate(between), np.tanh(between - 3.0), atol=1e-7)


def test_too_few_terms_are_an_error():
    with pytest.raises(ValueError, match="3 terms leave an error"):
        approximate(POINTS, np.tanh(POINTS - 3.0), 1e-8, most_terms=3)


def test_a_pole_among_the_points_is_an_error():
    with pytest.raises(ValueError, match="pole on the real axis"):
        approximate(POINTS, 1.0 / (POINTS - 3.1415), 1e-8)
