from itertools import pairwise

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgba
from reference import synthetic_posterior

from workflow.inference.drawing.corner import RUN_COLOURS, CornerLook, Overlay, corner_figure
from workflow.inference.drawing.style import COLUMN, PAGE
from workflow.inference.estimates import posterior_file


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    return {
        run: posterior_file.read(synthetic_posterior.write(folder / run, n_draws=500, seed=seed))
        for seed, run in enumerate(("early", "late"))
    }


@pytest.mark.parametrize("name", ["corner", "corner_derived", "corner_parameters"])
def test_outer_panels_are_labelled_and_inner_ones_are_not(drawn, name):
    axes = drawn(name).axes
    columns = round((np.sqrt(8 * len(axes) + 1) - 1) / 2)
    assert all(panel.get_xlabel() and panel.xaxis.label.get_visible() for panel in axes[-columns:])
    assert not any(panel.xaxis.label.get_visible() for panel in axes[:-columns])


def test_ticks_are_labelled_off_the_ends(drawn):
    figure = drawn("corner")
    figure.draw_without_rendering()
    for axes in figure.axes[-3:]:
        low, high = axes.get_xlim()
        assert sum(bool(tick.get_text()) for tick in axes.get_xticklabels()) >= 2
        assert all(low + 0.06 * (high - low) < tick < high - 0.06 * (high - low) for tick in axes.get_xticks())


def test_both_pieces_show_in_the_plane_of_masses(file):
    figure = corner_figure({"run": file}, ["m_dm_mev", "m_u_mev"])
    outlines = [c for c in figure.axes[1].collections if hasattr(c, "levels") and not c.filled]
    paths = outlines[0].get_paths()[0]  # the 95 % line
    assert len(paths.to_polygons(closed_only=False)) >= 2


def test_simplified_outlines_stay_where_they_were(file):
    figure = corner_figure({"run": file}, ["gamma", "rho_sun_gev_cm3"])
    (line,) = [c for c in figure.axes[1].collections if hasattr(c, "levels") and not c.filled]
    x, y = file.samples("gamma"), np.log10(file.samples("rho_sun_gev_cm3"))
    for path, share in zip(line.get_paths(), (0.95, 0.68), strict=True):
        assert len(path.vertices) < 400
        inside = np.logical_or.reduce([type(path)(p).contains_points(np.c_[x, y]) for p in path.to_polygons()])
        assert inside.mean() == pytest.approx(share, abs=0.02)


@pytest.mark.parametrize(
    "names, message",
    [
        (["g", "mass"], "of run has no variable 'mass'"),
        (["g", "heats_the_bath"], "heats_the_bath has the same value"),
        ([], "1 to 12 variables, got 0"),
    ],
)
def test_what_cannot_be_drawn_is_named(file, names, message):
    with pytest.raises(ValueError, match=message):
        corner_figure({"run": file}, names)


@pytest.mark.parametrize("count, width", [(1, COLUMN), (2, COLUMN), (3, COLUMN), (4, PAGE)])
def test_a_few_quantities_fill_one_column_and_more_two(file, stays_on_its_page, count, width):
    figure = corner_figure({"run": file}, ["g", "chi", "rho_sun_gev_cm3", "flux_511_bulge_ph_cm2_s"][:count])
    assert figure.get_figwidth() == width
    assert len(figure.axes) == count * (count + 1) / 2
    assert stays_on_its_page(figure)


@pytest.mark.slow
def test_texts_of_twelve_quantities_do_not_leave_the_page(file, stays_on_its_page):
    names = [*file.names("parameter"), "m_dm_mev", "m_u_mev", "epsilon", "omega_h2", "flux_511_bulge_ph_cm2_s"]
    assert len(names) == 12
    figure = corner_figure({"run": file}, names)
    assert stays_on_its_page(figure)
    sizes = {text.get_fontsize() for axes in figure.axes for text in (axes.xaxis.label, *axes.get_xticklabels())}
    assert min(sizes) >= 5.5


def test_axes_with_a_dimension_name_their_unit(drawn):
    labels = " ".join(axes.get_xlabel() + axes.get_ylabel() for axes in drawn("corner_derived").axes)
    assert "MeV" in labels
    assert "cm^{-2}" in labels


def test_axes_span_every_run_and_each_has_its_colour(runs):
    figure = corner_figure(runs, ["m_dm_mev", "g"])
    marginal, joint, _ = figure.axes
    low, high = marginal.get_xlim()
    for file in runs.values():
        x = np.log10(file.samples("m_dm_mev"))
        assert np.mean((x > low) & (x < high)) > 0.995
    curves = [line for line in marginal.lines if line.get_label() in runs]
    assert [line.get_color() for line in curves] == list(RUN_COLOURS[:2])
    stars = [line.get_markerfacecolor() for line in joint.lines if line.get_marker() == "*"]
    assert [to_rgba(colour) for colour in stars] == [to_rgba(colour) for colour in RUN_COLOURS[:2]]


def test_points_and_curves_show_where_both_quantities_are_theirs(file):
    points = Overlay("other code", {"g": np.array([0.1, 1.0]), "chi": np.array([1e-5, 1e-4])})
    curve = Overlay("relation", {"chi": np.array([1e-6, 1e-3]), "lambda": np.array([1.0, 0.1])}, joined=True)
    figure = corner_figure({"run": file}, ["g", "chi", "lambda"], [points, curve])
    shown = {
        k: [line for line in axes.lines if line.get_label() in ("other code", "relation")]
        for k, axes in enumerate(figure.axes)
    }
    assert {k: [line.get_label() for line in lines] for k, lines in shown.items() if lines} == {
        1: ["other code"],
        4: ["relation"],
    }
    np.testing.assert_allclose(shown[1][0].get_xdata(), [-1.0, 0.0], atol=1e-12)
    assert shown[4][0].get_linestyle() == "--"
    assert [text.get_text() for text in figure.legends[0].get_texts()][-2:] == ["other code", "relation"]


def test_ranges_and_probabilities_are_those_asked_for(file):
    figure = corner_figure({"run": file}, ["g", "chi"], look=CornerLook((0.5, 0.9, 0.99), {"g": (0.01, 1.0)}, 5.0))
    assert figure.get_figwidth() == 5.0
    assert figure.axes[0].get_xlim() == pytest.approx((-2.0, 0.0))
    (line,) = [c for c in figure.axes[1].collections if hasattr(c, "levels") and not c.filled]
    assert line.get_label() == "run: 99 %, 90 %, 50 %"
    assert len(line.levels) == 3


@pytest.mark.parametrize("count", [3, 4, 5, 6])
def test_tick_labels_of_neighbouring_ticks_stay_apart(file, count):
    names = [name for name in ("omega_h2", "delta_a_e", "chi", "m_u_mev", "gamma", "g") if name in file.posterior]
    figure = corner_figure({file.run: file}, names[:count])
    FigureCanvasAgg(figure).draw()
    for axes in figure.axes:
        labels = [tick.label1 for tick in axes.xaxis.get_major_ticks() if tick.label1.get_visible()]
        boxes = sorted((text.get_window_extent() for text in labels if text.get_text()), key=lambda box: box.x0)
        assert all(a.x1 + 0.04 * figure.dpi < b.x0 for a, b in pairwise(boxes))
