import numpy as np
import pytest

from workflow.inference.figures.corner import corner_figure


@pytest.mark.parametrize("name", ["corner", "corner_derived", "corner_parameters"])
def test_outer_panels_are_labelled(drawn, name):
    axes = drawn(name).axes
    columns = round((np.sqrt(8 * len(axes) + 1) - 1) / 2)
    assert all(panel.get_xlabel() for panel in axes[-columns:])


def test_ticks_are_labelled(drawn):
    figure = drawn("corner")
    figure.draw_without_rendering()
    for axes in figure.axes[-3:]:
        assert sum(bool(tick.get_text()) for tick in axes.get_xticklabels()) >= 2


def test_both_pieces_show_in_the_plane_of_masses(file):
    figure = corner_figure(file, ["m_dm_mev", "m_u_mev"])
    outlines = [c for c in figure.axes[1].collections if hasattr(c, "levels") and not c.filled]
    paths = outlines[0].get_paths()[0]  # the 95 % line
    assert np.count_nonzero(paths.codes == 1) >= 2


@pytest.mark.parametrize(
    "names, message",
    [
        (["g", "mass"], "no variable 'mass'"),
        (["g", "heats_the_bath"], "heats_the_bath has the same value"),
        (["g"], "at least two variables"),
    ],
)
def test_what_cannot_be_drawn_is_named(file, names, message):
    with pytest.raises(ValueError, match=message):
        corner_figure(file, names)
