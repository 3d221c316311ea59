import numpy as np
import pytest
from matplotlib.colors import to_rgba
from reference import synthetic_posterior

from workflow.inference.comparisons.corner_overlay import COLOURS, corner_overlay_figure
from workflow.inference.estimates import posterior_file


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    return {
        run: posterior_file.read(synthetic_posterior.write(folder / run, n_draws=500, seed=seed))
        for seed, run in enumerate(("early", "late"))
    }


def test_axes_span_every_run_and_each_has_its_colour(files):
    figure = corner_overlay_figure(files, ["m_dm_mev", "g"])
    marginal, joint, _ = figure.axes
    low, high = marginal.get_xlim()
    for file in files.values():
        x = np.log10(file.samples("m_dm_mev"))
        assert np.mean((x > low) & (x < high)) > 0.995
    assert [line.get_color() for line in marginal.lines] == list(COLOURS[:2])
    stars = [line.get_markerfacecolor() for line in joint.lines if line.get_marker() == "*"]
    assert [to_rgba(colour) for colour in stars] == [to_rgba(colour) for colour in COLOURS[:2]]
    assert "MeV" in joint.get_xlabel() + figure.axes[1].get_xlabel()


@pytest.mark.parametrize(
    "names, message", [(["mass", "g"], "early has no variable 'mass'"), (["g"], "at least two variables")]
)
def test_what_cannot_be_drawn_is_named(files, names, message):
    with pytest.raises(ValueError, match=message):
        corner_overlay_figure(files, names)
