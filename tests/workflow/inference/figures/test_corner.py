from dataclasses import replace

import numpy as np
import pytest

from workflow.inference.figures.corner import corner_figure, coupling_columns, derived_columns


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


def test_coupling_columns_are_the_couplings_of_the_paper(file):
    assert coupling_columns(file) == ["g", "chi", "lambda"]


def test_without_one_of_them_the_first_parameters_are_shown(file):
    other = replace(file, posterior=file.posterior.drop_vars("chi"))
    assert coupling_columns(other) == other.names("parameter")[:6]
    assert coupling_columns(other)[:2] == ["g", "lambda"]


def test_texts_of_a_corner_do_not_leave_the_page(drawn, stays_on_its_page):
    assert stays_on_its_page(drawn("corner"))


def test_axes_with_a_dimension_name_their_unit(drawn):
    labels = " ".join(axes.get_xlabel() + axes.get_ylabel() for axes in drawn("corner_derived").axes)
    assert "MeV" in labels
    assert "cm^{-2}" in labels


def test_a_quantity_that_does_not_vary_is_left_out(file):
    constant = file.posterior.assign(epsilon=0.0 * file.posterior["epsilon"] + 1e-6)
    assert "epsilon" in derived_columns(file)
    assert "epsilon" not in derived_columns(replace(file, posterior=constant))


def test_a_run_about_the_line_alone_shows_flux_and_rate(file):
    line = file.posterior[["flux_511_bulge_ph_cm2_s", "positron_rate_s", "gamma"]]
    assert derived_columns(replace(file, posterior=line)) == ["flux_511_bulge_ph_cm2_s", "positron_rate_s"]
