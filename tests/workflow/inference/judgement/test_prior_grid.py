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
