import numpy as np
import pytest
from numpy.testing import assert_allclose

from workflow.inference.atlas.n_eff import n_eff_figure


@pytest.fixture(scope="module")
def axes():
    return n_eff_figure().axes[0]


def curve(axes, name):
    (line,) = [line for line in axes.get_lines() if line.get_label() == name]
    return line.get_xdata(), line.get_ydata()


# docs/physics/early_universe.md 5 at 1 and 10 MeV
@pytest.mark.parametrize(
    "name, at_1, at_10",
    [
        ("Majorana fermion", 2.128, 2.859),
        ("real scalar", 2.463, 2.949),
        ("complex scalar", 2.049, 2.857),
        ("Dirac fermion", 1.603, 2.691),
        ("vector U", 1.742, 2.770),
    ],
)
def test_curves_are_the_published_table(axes, name, at_1, at_10):
    assert_allclose(np.interp([0.0, 1.0], *curve(axes, name)), [at_1, at_10], atol=3e-3)


def test_everything_at_once_lies_lowest_at_small_mass(axes):
    lowest = [line.get_ydata()[0] for line in axes.get_lines() if len(line.get_xdata()) > 100]
    assert np.argmin(lowest) == len(lowest) - 1


def test_bands_are_the_measurements(axes):
    spans = sorted((patch.get_y(), patch.get_y() + patch.get_height()) for patch in axes.patches)
    assert_allclose(spans, [(2.69, 2.93), (2.82, 3.16)], rtol=1e-12)


def test_diamonds_are_the_published_bounds(axes):
    marks = [line for line in axes.get_lines() if line.get_marker() == "D"]
    masses = sorted(10 ** float(np.ravel(line.get_xdata())[0]) for line in marks)
    assert len(masses) == 12
    for bound in (6.6, 5.7, 3.6, 2.6, 9.5, 8.7):  # docs/physics/early_universe.md 5
        assert min(abs(m - bound) for m in masses) < 0.06


def test_axes_have_units(axes):
    assert "MeV" in axes.get_xlabel()
    assert "N_" in axes.get_ylabel()
