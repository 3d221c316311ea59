"""What a target monitors is the same in batches, for chains of any shape."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from reference.plain_target import PlainTarget

from workflow.inference.posterior.monitored import Monitored
from workflow.inference.sampling import target
from workflow.inference.sampling.target import monitored_along


class Squares(PlainTarget):
    """Monitors a square and a half-space, and counts the points of each batch."""

    def __init__(self):
        self.batches = []

    def monitored(self, theta):
        self.batches.append(len(theta))
        return Monitored({"square": theta[:, 0] ** 2}, {"right": theta[:, 1] > 0.0})


@pytest.mark.parametrize("batch, batches", [(1000, [60]), (25, [25, 25, 10]), (60, [60]), (1, [1] * 60)])
def test_batches_change_nothing(monkeypatch, batch, batches):
    monkeypatch.setattr(target, "BATCH", batch)
    coords = np.random.default_rng(1).normal(size=(3, 5, 4, 2))
    squares = Squares()
    quantities, pieces = monitored_along(squares, coords)
    assert squares.batches == batches
    assert_array_equal(quantities["square"], coords[..., 0] ** 2)
    assert_array_equal(pieces["right"], coords[..., 1] > 0.0)


def test_a_chain_without_draws_has_the_names_and_no_values():
    quantities, pieces = monitored_along(Squares(), np.empty((0, 4, 2)))
    assert quantities["square"].shape == pieces["right"].shape == (0, 4)
