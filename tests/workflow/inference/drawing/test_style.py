import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure

from workflow.inference.drawing import style


@pytest.mark.parametrize(
    "low, high", [(-3.0, 0.5), (-8.0, -1.0), (-0.3, 0.2), (-0.01, 0.01), (0.4, 1.9), (-14.2, -13.9)]
)
def test_logarithmic_axes_always_have_ticks(low, high):
    major, labels, minor = style.log_ticks(low, high)
    assert len(major) == len(labels) >= 2
    assert len(set(labels)) == len(labels)
    assert all(low <= tick <= high for tick in [*major, *minor])


@given(st.floats(-15.0, 5.0), st.floats(0.1, 12.0))
def test_labels_of_a_logarithmic_axis_are_few_and_different(low, width):
    major, labels, minor = style.log_ticks(low, low + width)
    assert len(set(labels)) == len(labels) == len(major) <= 9
    assert np.all(np.diff(major) > 0.0)
    assert np.all(np.diff(minor) > 0.0)
    assert all(low - 1e-9 <= tick <= low + width + 1e-9 for tick in [*major, *minor])


def test_labels_below_a_hundredth_say_all_digits_of_their_value():
    _, labels, _ = style.log_ticks(-3.0, -2.75)
    assert labels == ["$10^{-3}$", r"$1.2\!\times\!10^{-3}$", r"$1.4\!\times\!10^{-3}$", r"$1.6\!\times\!10^{-3}$"]


def test_two_decades_are_labelled_at_powers_of_ten():
    major, labels, minor = style.log_ticks(-3.0, -1.0)
    assert major == [-3.0, -2.0, -1.0]
    assert labels == ["$10^{-3}$", "$10^{-2}$", "$10^{-1}$"]
    assert minor == pytest.approx([d + np.log10(k) for d in (-3, -2) for k in range(2, 10)])


def test_a_narrow_logarithmic_axis_leaves_its_power_of_ten_to_the_label():
    axes = Figure().add_subplot()
    assert style.set_ticks(axes.yaxis, "log", -3.15, -2.82) == -3
    axes.set_ylim(-3.15, -2.82)
    assert [tick.get_text() for tick in axes.get_yticklabels()] == ["0.8", "1", "1.5"]
    assert axes.get_yticks() == pytest.approx([np.log10(8e-4), -3.0, np.log10(1.5e-3)])


@pytest.mark.parametrize(
    "scale, low, high, labels",
    [("log", -3.2, 0.1, ["$10^{-3}$", "$10^{-2}$", "$10^{-1}$", "$10^{0}$"]), ("linear", -0.1, 1.1, ["0", "0.5", "1"])],
)
def test_ticks_follow_the_scale(scale, low, high, labels):
    axes = Figure().add_subplot()
    axes.set_xlim(low, high)
    assert style.set_ticks(axes.xaxis, scale, low, high, 4) == 0
    shown = [t.get_text() for t, x in zip(axes.get_xticklabels(), axes.get_xticks(), strict=True) if low <= x <= high]
    assert shown == labels


@pytest.mark.parametrize(
    "low, high, power", [(0.0, 0.0, 0), (0.01, 0.05, 0), (0.0, 9999.0, 0), (-1e-3, 2e-4, -3), (0.0, 3.2e43, 43)]
)
def test_a_power_of_ten_is_taken_out_of_long_labels(low, high, power):
    assert style.power_of(low, high) == power


@pytest.mark.parametrize(
    "arguments, text",
    [
        (("g", "1"), "$g$"),
        (("m_U", "MeV"), r"$m_U$ [$\mathrm{MeV}$]"),
        ((r"\Phi", "ph cm^-2", -3), r"$\Phi$ [$10^{-3}\,\mathrm{ph\,cm^{-2}}$]"),
        (("y", "1", 2, "\n"), "$y$\n[$10^{2}$]"),
    ],
)
def test_axis_labels_name_symbol_power_and_unit(arguments, text):
    assert style.label(*arguments) == text


@pytest.mark.parametrize("size, keep, kept", [(10, 20, 10), (1000, 100, 100), (1001, 100, 91), (1, 1, 1), (0, 5, 0)])
def test_a_thinned_slice_keeps_at_most_as_many_as_asked(size, keep, kept):
    assert len(range(size)[style.thin(size, keep)]) == kept


def test_colours_of_ensembles_repeat():
    assert style.ensemble_colours(10)[8:] == style.ensemble_colours(2)


def test_a_plane_ends_at_the_given_values_and_is_labelled_on_both_axes():
    axes = Figure().subplots()
    style.log_plane(axes, (1e-3, 1e2), (2.0, 5000.0), 6)
    assert axes.get_xlim() == pytest.approx((-3.0, 2.0))
    assert axes.get_ylim() == pytest.approx((np.log10(2.0), np.log10(5000.0)))
    for axis, decades in ((axes.xaxis, [-3, -2, -1, 0, 1, 2]), (axes.yaxis, [1, 2, 3])):
        ticks = axis.get_majorticklocs()
        assert style.drawn_in_log10(axis)
        assert set(decades) <= {round(float(tick), 9) for tick in ticks}
        assert len(ticks) <= 6


@given(st.floats(-1e3, 1e3), st.floats(1e-2, 1e3), st.integers(2, 6))
def test_linear_ticks_are_even_round_and_within_the_axis(low, width, count):
    ticks = style.linear_ticks(low, low + width, count)
    assert 2 <= len(ticks) <= count
    assert all(low <= tick <= low + width for tick in ticks)
    steps = np.diff(ticks)
    np.testing.assert_allclose(steps, steps[0], rtol=1e-6)


def test_hidden_tick_labels_leave_the_ticks():
    axes = Figure().subplots()
    style.hide_ticks(axes, x=True)
    assert not axes.xaxis.get_major_ticks()[0].label1.get_visible()
    assert axes.xaxis.get_major_ticks()[0].tick1line.get_visible()
    assert axes.yaxis.get_major_ticks()[0].label1.get_visible()
