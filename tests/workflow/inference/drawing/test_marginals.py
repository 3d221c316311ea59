import numpy as np
import pytest

from workflow.inference.drawing.marginals import inside, outline
from workflow.inference.estimates.regions import Axis, density_1d

PIECES = np.random.default_rng(3).normal([[-4.0], [4.0]], 0.5, (2, 20_000))


@pytest.fixture(scope="module")
def density():
    return density_1d(PIECES.ravel(), Axis())


def test_an_outline_starts_and_ends_at_zero_and_holds_all_probability(density):
    x, y = outline(density)
    assert y[0] == y[-1] == 0.0
    assert np.all(np.diff(x) >= 0.0)
    assert np.trapezoid(y, x) == pytest.approx(1.0, abs=0.01)


def test_the_shaded_part_is_the_densest_and_leaves_the_gap_between_two_pieces_out(density):
    x, y = outline(density)
    shaded = inside(x, density)
    assert not shaded[np.abs(x) < 2.0].any()
    assert shaded[np.argmax(y)]
    assert y[shaded].min() > 0.95 * y[~shaded].max()


def test_the_shaded_part_is_that_of_68_per_cent_unless_asked_otherwise(density):
    x, _ = outline(density)
    for shaded, probability in ((inside(x, density), 0.68), (inside(x, density, 0.9), 0.9)):
        ends = np.array(density.intervals(probability))
        assert len(ends) == 2  # of the two pieces
        expected = ((x[:, None] >= ends[:, 0]) & (x[:, None] <= ends[:, 1])).any(axis=1)
        assert np.array_equal(shaded, expected)
        held = [np.mean((draws >= low) & (draws <= high)) for draws, (low, high) in zip(PIECES, ends, strict=True)]
        assert np.mean(held) == pytest.approx(probability, abs=0.02)
