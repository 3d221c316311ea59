import pytest

from workflow.inference.figures.trace import trace_figure


def test_texts_do_not_leave_the_page(drawn, stays_on_its_page):
    assert stays_on_its_page(drawn("trace"))


def test_every_ensemble_has_draws_and_a_running_median(drawn):
    assert all(len(axes.lines) == 2 * 4 for axes in drawn("trace").axes)
    assert [text.get_text() for text in drawn("trace").legends[0].texts] == [f"ensemble {k}" for k in range(1, 5)]


def test_the_axis_of_time_ends_with_the_last_draw(drawn, file):
    for axes in drawn("trace").axes:
        assert axes.get_xlim() == (0.0, file.posterior.sizes["draw"] - 1.0)


def test_unknown_variable_is_named(file):
    with pytest.raises(ValueError, match="no variable 'mass'"):
        trace_figure(file, ["mass"])
