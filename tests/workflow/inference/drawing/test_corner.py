from itertools import pairwise

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgba
from reference import synthetic_posterior

from workflow.inference.drawing.corner import (
    RUN_COLOURS,
    CornerLook,
    Overlay,
    _axis_label,
    _printed_width,
    _Quantity,
    _range,
    _tints,
    _with_fewer_points,
    corner_figure,
)
from workflow.inference.drawing.style import COLUMN, PAGE
from workflow.inference.estimates import posterior_file
from workflow.inference.estimates.regions import Axis
from workflow.inference.writing.refusal import Refusal


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


# Outlines, tints and labels by themselves


def test_points_on_a_straight_line_are_left_out_and_corners_are_kept():
    line = np.column_stack([np.linspace(0.0, 64.0, 65), np.zeros(65)])
    assert len(_with_fewer_points(line)) == 2
    square = np.concatenate([[[0.0, 0.0]], [[10.0, 0.0]], [[10.0, 10.0]], [[0.0, 10.0]], [[0.0, 0.0]]])
    np.testing.assert_array_equal(_with_fewer_points(square), square)


@pytest.mark.parametrize("height, kept", [(0.14, False), (0.16, True)])
def test_a_point_is_kept_that_lies_more_than_a_fraction_of_a_dot_beside_the_line(height, kept):
    bend = np.array([[0.0, 0.0], [5.0, height], [10.0, 0.0]])
    assert len(_with_fewer_points(bend)) == (3 if kept else 2)


def test_a_tip_is_kept_though_it_lies_on_the_line_through_its_neighbours():
    """The outline goes out to 10 and back to 4: without the tip it would end at 4."""
    tip = np.array([[0.0, 0.0], [10.0, 0.0], [4.0, 0.0]])
    assert len(_with_fewer_points(tip)) == 3


def test_a_circle_of_many_points_keeps_its_shape_within_a_dot():
    angle = np.linspace(0.0, 2.0 * np.pi, 2001)
    circle = 100.0 * np.column_stack([np.cos(angle), np.sin(angle)])
    few = _with_fewer_points(circle)
    assert 40 < len(few) < 100
    x, y = few.T
    area = 0.5 * np.sum(x[:-1] * y[1:] - x[1:] * y[:-1])
    assert area == pytest.approx(np.pi * 100.0**2, rel=4e-3)
    middles = 0.5 * (few[1:] + few[:-1])
    assert np.all(100.0 - np.linalg.norm(middles, axis=1) < 0.5)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_inner_regions_are_darker_tints_of_the_same_colour(count):
    """A tint is white + (1 - w) colour: outermost with 72 % of white and innermost with 32 %."""
    tints = np.array(_tints("#204060", count))
    colour = np.array([0x20, 0x40, 0x60]) / 255.0
    white = (tints - colour) / (1.0 - colour)
    np.testing.assert_allclose(white[:, 0], white[:, 2], rtol=1e-12)
    np.testing.assert_allclose(white[:, 0], {1: [0.32], 2: [0.72, 0.32], 3: [0.72, 0.52, 0.32]}[count], rtol=1e-12)


def quantity(scale="linear", unit="1", low=0.0, high=1.0, **bounds):
    return _Quantity("x", "x", unit, Axis(scale, **bounds), low, high)


@pytest.mark.parametrize(
    "given, size, label",
    [
        (quantity(), 1.0, "$x$"),
        (quantity(unit="MeV"), 1.0, "$x$\n[$\\mathrm{MeV}$]"),
        (quantity(unit="ph cm^-2 s^-1"), 2.0, "$x$\n[$\\mathrm{ph\\,cm^{-2}\\,s^{-1}}$]"),
        # a narrow panel takes a line for each part
        (quantity(unit="ph cm^-2 s^-1"), 0.3, "$x$\n[$\\mathrm{ph}$\n$\\mathrm{cm^{-2}}$\n$\\mathrm{s^{-1}}$]"),
        # a power of ten that the ticks leave to the label
        (quantity(high=4e-5), 1.0, "$x$\n[$\\mathrm{10^{-5}}$]"),
        (quantity(high=4e-5, unit="MeV"), 1.0, "$x$\n[$\\mathrm{10^{-5}\\,MeV}$]"),
    ],
)
def test_units_stand_below_the_symbol_in_as_many_lines_as_they_need(given, size, label):
    assert _axis_label(given, size) == label


def test_printed_widths_are_those_of_their_characters():
    """Markup is not printed, and a power is smaller than what it stands on."""
    assert _printed_width("12", 72.0) == pytest.approx(2 * 0.62)
    assert _printed_width("$12$", 36.0) == pytest.approx(0.62)
    assert _printed_width("$10^{-3}$", 72.0) == pytest.approx(2 * 0.62 + 2 * 0.7 * 0.62)


def test_an_axis_shows_nearly_all_draws_the_best_fit_and_a_strip_beyond_a_bound_that_is_close():
    samples = np.linspace(0.0, 1.0, 10_001)
    low, high = _range(Axis(), [samples], np.array([0.5]))
    np.testing.assert_allclose([low, high], [0.001 - 0.06 * 0.998, 0.999 + 0.06 * 0.998], rtol=1e-9)
    # a best fit outside of the draws widens the axis
    assert _range(Axis(), [samples], np.array([2.0]))[1] > 2.0
    # with a bound at 0 the axis ends a twentieth of its length beyond
    span = high - low
    assert _range(Axis(lower=0.0), [samples], np.array([0.5]))[0] == pytest.approx(-0.05 * span)
    assert _range(Axis(upper=1.0), [samples], np.array([0.5]))[1] == pytest.approx(1.0 + 0.05 * span)
    assert _range(Axis(lower=-9.0, upper=9.0), [samples], np.array([0.5])) == (low, high)


def test_an_axis_of_several_runs_spans_them_all_and_one_of_equal_draws_has_a_width():
    first, second = np.linspace(0.0, 1.0, 1001), np.linspace(5.0, 6.0, 1001)
    low, high = _range(Axis(), [first, second], np.array([0.5, 5.5]))
    assert low < 0.0
    assert high > 6.0
    same = _range(Axis(), [np.full(10, 3.0)], np.array([3.0]))
    np.testing.assert_allclose(same, (3.0 - 3e-6, 3.0 + 3e-6), rtol=1e-12)


@pytest.mark.parametrize(
    "count, runs, overlays, words",
    [
        (13, 1, 0, "1 to 12 variables, got 13"),
        (1, 5, 0, "1 to 4 runs, got 5"),
        (1, 0, 0, "1 to 4 runs, got 0"),
        (1, 1, 4, "1 to 3 overlays, got 4"),
    ],
)
def test_more_than_can_be_told_apart_is_refused(file, count, runs, overlays, words):
    drawn = [Overlay(f"overlay {k}", {"g": np.ones(1)}) for k in range(overlays)]
    with pytest.raises(Refusal, match=words):
        corner_figure({f"run {k}": file for k in range(runs)}, count * ["g"], drawn)


def test_what_is_outside_of_a_prior_is_hatched_in_the_plot_of_one_run_alone(file):
    """g ends at its upper bound, so that a strip beyond it is shown."""
    (marginal,) = corner_figure({"run": file}, ["g"]).axes
    hatched = [(patch.get_x(), patch.get_x() + patch.get_width()) for patch in marginal.patches if patch.get_hatch()]
    bound = np.log10(float(file.posterior["g"].attrs["prior_max"]))
    assert hatched[-1] == pytest.approx((bound, marginal.get_xlim()[1]))
    assert hatched[-1][1] > bound
    (marginal,) = corner_figure({"one": file, "two": file}, ["g"]).axes
    assert not [patch for patch in marginal.patches if patch.get_hatch()]
