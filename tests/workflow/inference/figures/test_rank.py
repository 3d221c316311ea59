import numpy as np
import pytest

from workflow.inference.figures.rank import effective_sizes, rank_figure


def test_bars_of_an_ensemble_add_up_to_its_draws(drawn):
    for axes in drawn("rank").axes:
        (bars,) = (patch for patch in axes.patches if hasattr(patch, "get_data"))
        heights, edges, _ = bars.get_data()
        assert np.sum(heights * np.diff(edges)) == pytest.approx(1.0, rel=1e-12)


def test_a_variable_without_sample_size_is_named(file):
    with pytest.raises(ValueError, match="no effective sample size for chi"):
        rank_figure(file, ["g", "chi"], {"g": 100.0})


def test_sizes_are_those_of_the_diagnostics_and_one_draw_where_there_is_none():
    record = {"quantities": {"g": {"ess_bulk": 120.0}, "chi": {"ess_bulk": None}, "lambda": {"ess_bulk": 0.0}}}
    assert effective_sizes(record, ["g", "chi", "lambda"]) == {"g": 120.0, "chi": 1.0, "lambda": 1.0}


def test_diagnostics_without_a_variable_are_refused():
    with pytest.raises(ValueError, match="no ess_bulk for chi"):
        effective_sizes({"quantities": {"g": {"ess_bulk": 1.0}, "chi": {}}}, ["g", "chi"])
