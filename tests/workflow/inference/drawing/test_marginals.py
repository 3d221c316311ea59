import numpy as np
import pytest

from workflow.inference.drawing.marginals import inside, outline
from workflow.inference.estimates.regions import Axis, density_1d


@pytest.fixture(scope="module")
def density():
    rng = np.random.default_rng(3)
    return density_1d(np.concatenate([rng.normal(-4.0, 0.5, 20_000), rng.normal(4.0, 0.5, 20_000)]), Axis())


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
