"""The range of the priors, and a density over it."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from reference import toy_posterior as toy

from workflow.inference.judgement.prior_grid import Grid, prior_grid


@pytest.fixture
def grid(rng):
    flat = Grid(np.array([-1.0, 0.0]), np.array([3.0, 10.0]), np.full((2, 20), 1 / 20))
    return flat.fitted_to(rng.normal([1.0, 4.0], [0.3, 1.0], size=(1000, 2)), np.ones(1000))


def test_grid_draws_have_its_density(grid, rng):
    u = grid.sample(100_000, rng)
    density = np.exp(grid.log_density(u))
    assert np.mean(1.0 / density) == pytest.approx(40.0, rel=0.05)  # the area, each point counted once
    inside = np.all((u > [0.5, 3.0]) & (u < [1.5, 5.0]), axis=1)
    assert np.mean(np.where(inside, 1.0 / density, 0.0)) == pytest.approx(2.0, rel=0.02)


def test_grid_has_no_density_outside(grid):
    assert np.all(np.isneginf(grid.log_density(np.array([[-1.1, 5.0], [0.0, 10.1]]))))
    assert np.all(np.isfinite(grid.log_density(np.array([[-1.0, 0.0], [3.0, 10.0]]))))


def test_grid_covers_the_valid_part_of_the_prior():
    grid = prior_grid(toy.build("gaussian"), seed=1)
    assert_allclose(grid.low, [-toy.BOX, -toy.BOX, 0.0], atol=0.2)
    assert np.all(grid.low[:2] < -toy.BOX)
    assert grid.low[2] < 0.0


def test_a_density_is_that_of_its_cell_in_every_coordinate(rng):
    """Probability over the width of a cell, the first and the last one included, and the product over coordinates."""
    probability = rng.dirichlet(np.ones(4), size=2)
    grid = Grid(np.array([-1.0, 0.0]), np.array([3.0, 10.0]), probability)
    for i in range(4):
        for j in range(4):
            theta = np.array([[-1.0 + (i + 0.5) * 1.0, (j + 0.5) * 2.5]])
            expected = np.log(probability[0, i] / 1.0) + np.log(probability[1, j] / 2.5)
            assert_allclose(grid.log_density(theta), [expected], rtol=1e-12)


def test_the_cube_is_mapped_to_quantiles():
    """Two cells with a quarter and three quarters of the probability: the lower quartile is their border."""
    grid = Grid(np.array([2.0]), np.array([6.0]), np.array([[0.25, 0.75]]))
    found = grid.to_coordinates(np.array([[0.0], [0.125], [0.25], [0.625], [1.0]]))
    assert_allclose(found[:, 0], [2.0, 3.0, 4.0, 5.0, 6.0], rtol=1e-14)


def test_a_fitted_grid_is_smoothed_over_five_cells_and_keeps_an_even_part():
    flat = Grid(np.zeros(1), np.ones(1), np.full((1, 20), 1.0 / 20.0))
    one = flat.fitted_to(np.array([[0.525]]), np.array([7.0]))  # the eleventh cell
    even = 20.0 * one.probability[0, 0]
    assert 0.0 < even < 0.5
    peak = (one.probability[0] - even / 20.0) / (1.0 - even)
    assert_allclose(peak[8:13], [0.1, 0.2, 0.4, 0.2, 0.1], rtol=1e-12)
    assert_allclose(np.delete(peak, range(8, 13)), 0.0, atol=1e-15)
    assert_allclose(one.probability.sum(), 1.0, rtol=1e-14)
