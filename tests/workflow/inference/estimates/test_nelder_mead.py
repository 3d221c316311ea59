"""Many simplices at once: the maxima of functions that have known ones."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import optimize

from workflow.inference.estimates.nelder_mead import maximise


@pytest.mark.parametrize("dimension", [1, 2, 4, 7])
def test_quadratic_forms_of_any_shape(dimension, rng):
    factor = rng.normal(size=(dimension, dimension))
    curvature = factor @ factor.T + 0.1 * np.eye(dimension)
    found = maximise(
        lambda u, _: -0.5 * np.einsum("ni,ij,nj->n", u, curvature, u),
        rng.normal(size=(12, dimension)) * 3.0,
        np.full(dimension, 0.5),
    )
    assert_allclose(found.values, 0.0, atol=3e-3)
    assert_allclose(found.points, 0.0, atol=0.5)


def test_curved_valley():
    """Rosenbrock's, from both ends."""
    starts = np.array([[-1.2, 1.0], [2.0, -1.0], [0.0, 3.0]])
    found = maximise(lambda u, _: -100 * (u[:, 1] - u[:, 0] ** 2) ** 2 - (1 - u[:, 0]) ** 2, starts, np.full(2, 0.3))
    assert_allclose(found.points, 1.0, atol=0.1)


def test_wall_beyond_which_there_is_nothing():
    def function(u, _):
        inside = np.all(u > 0.0, axis=1)
        return np.where(inside, -np.sum((u - np.array([-1.0, 2.0])) ** 2, axis=1), -np.inf)

    found = maximise(function, np.array([[3.0, 3.0], [0.5, 8.0]]), np.full(2, 0.5))
    assert_allclose(found.values, -1.0, atol=0.01)
    assert np.all(found.points[:, 0] > 0.0)


def test_each_search_has_its_own_function(rng):
    centres = rng.normal(size=(20, 3))
    found = maximise(lambda u, k: -np.sum((u - centres[k]) ** 2, axis=1), np.zeros((20, 3)), np.full(3, 0.3))
    assert_allclose(found.points, centres, atol=0.1)


def test_as_high_as_scipy_from_the_same_start(rng):
    def function(u, _):
        return -np.sum(np.abs(u - 0.3) ** 1.5, axis=1) + 0.3 * np.cos(3.0 * u).sum(axis=1)

    starts = rng.normal(size=(6, 3))
    found = maximise(function, starts, np.full(3, 0.3), tolerance=1e-6)
    for start, value in zip(starts, found.values, strict=True):
        other = optimize.minimize(lambda x: -function(x[None], None)[0], start, method="Nelder-Mead")
        assert value > -other.fun - 0.05


def test_never_below_the_start_and_dead_starts_stay(rng):
    def function(u, _):
        return np.where(u[:, 0] > 0.0, rng.normal(size=len(u)), -np.inf)

    starts = np.array([[1.0, 0.0], [-1.0, 0.0]])
    first = []

    def remembered(u, k):
        values = function(u, k)
        if not first:
            first.append(values)
        return values

    found = maximise(remembered, starts, np.full(2, 1e-3))
    assert found.values[0] >= first[0][0]
    assert found.values[1] == -np.inf
    assert_array_equal(found.points[1], starts[1])


def test_counts_its_evaluations():
    seen = []

    def function(u, _):
        seen.append(len(u))
        return -np.sum(u**2, axis=1)

    assert maximise(function, np.ones((3, 2)), np.ones(2)).evaluations == sum(seen)


def test_same_starts_same_bits(rng):
    starts = rng.normal(size=(5, 3))
    one, two = (maximise(lambda u, _: -np.sum(u**4, axis=1), starts, np.ones(3)) for _ in range(2))
    assert_array_equal(one.points, two.points)


def test_no_searches_at_all():
    found = maximise(lambda u, _: np.zeros(len(u)), np.empty((0, 3)), np.ones(3))
    assert found.points.shape == (0, 3)
