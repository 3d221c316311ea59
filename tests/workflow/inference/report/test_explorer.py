import json
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from workflow.inference.report.explorer import (
    _OUTLINE,
    DRAWS,
    PLANE_COLUMNS,
    SHARE,
    _spread,
    explorer_data,
    outlines,
)
from workflow.inference.writing.refusal import Refusal


def test_draws_come_back_within_a_thousandth_of_their_range(file, tmp_path):
    data = json.loads(explorer_data({"a": file}, [tmp_path / "none.csv"]))
    column = next(column for column in data["columns"] if column["name"] == "chi")
    values = column["offset"] + column["step"] * np.array(column["values"])
    assert len(values) <= DRAWS
    every = -(-file.samples("chi").size // DRAWS)
    expected = np.log10(file.samples("chi"))[::every]
    np.testing.assert_allclose(values, expected, atol=1e-3 * np.ptp(expected))
    assert column["log"]
    assert data["outlines"] == []


def test_nothing_in_it_can_end_the_script_element(file, tmp_path):
    text = explorer_data({"a": file}, [tmp_path / "none.csv"])
    assert "<" not in text
    assert "<i>" in json.loads(text)["columns"][0]["label"]


def test_outlines_are_those_of_the_table_in_logarithms(tmp_path):
    path = tmp_path / "plane.csv"
    rows = [f"1,m,e,E137,1,{10 ** (k / 1000):.5g},1e-06" for k in range(1000)] + ["2,m,e,$m_W$,1,100,0.05"]
    path.write_text("panel,x,y,curve,part,x_value,y_value\n" + "\n".join(rows) + "\n")
    first, second = outlines(path)
    assert (first["panel"], first["name"], second["panel"], second["name"]) == (1, "E137", 2, "m_W")
    assert len(first["points"]) < 100
    assert first["points"][0] == [0.0, -6.0]
    np.testing.assert_allclose(first["points"][-1], [0.999, -6.0], atol=1e-3)


def test_the_plane_can_tell_visible_from_invisible_decays(file, tmp_path):
    columns = {c["name"]: c for c in json.loads(explorer_data({"a": file}, [tmp_path / "none.csv"]))["columns"]}
    assert {*PLANE_COLUMNS, SHARE} <= set(columns)


def test_two_runs_follow_each_other_and_an_outline_of_both_stands_once(file, tmp_path):
    rows = {"early": [("E137", 1e-6)], "late": [("E137", 1e-6), ("NA64", 1e-4)]}
    for name, curves in rows.items():
        lines = [f"1,m,e,{curve},1,{m},{y}" for curve, y in curves for m in (1.0, 10.0)]
        (tmp_path / f"{name}.csv").write_text("panel,x,y,curve,part,x_value,y_value\n" + "\n".join(lines) + "\n")
    later = replace(file, posterior=file.posterior.isel(draw=slice(0, 100)))
    data = json.loads(explorer_data({"2008": file, "today": later}, [tmp_path / f"{name}.csv" for name in rows]))
    first, second = data["runs"]
    assert (first["called"], second["called"], second["first"]) == ("2008", "today", first["count"])
    assert all(len(c["values"]) == first["count"] + second["count"] and len(c["best"]) == 2 for c in data["columns"])
    assert [(outline["name"], outline["run"]) for outline in data["outlines"]] == [("E137", 0), ("NA64", 1)]


@pytest.mark.parametrize(
    "text, message",
    [
        ("", "has no column panel, curve, part, x_value, y_value"),
        ("panel,x,y,curve,part,x_value,y_value\n1,m,e,E137,1,2.0\n", "has a row of another length"),
        ("panel,x,y,curve,part,x_value,y_value\n1,m,e,E137,1,two,1\n", "could not convert string to float: 'two'"),
    ],
)
def test_a_table_of_curves_that_is_damaged_is_refused(text, message, tmp_path):
    path = tmp_path / "plane.csv"
    path.write_text(text)
    with pytest.raises(Refusal, match=message):
        outlines(path)


def test_short_outlines_are_whole_and_long_ones_are_thinned_evenly_to_their_last_point():
    assert _spread(1) == [0]
    assert _spread(_OUTLINE) == list(range(_OUTLINE))
    long = _spread(2 * _OUTLINE + 1)  # every third point, and the last
    assert long[:3] == [0, 3, 6]
    assert long[-1] == 2 * _OUTLINE
    assert {b - a for a, b in pairwise(long[:-1])} == {3}
    assert all(len(_spread(count)) <= _OUTLINE + 1 for count in range(1, 5 * _OUTLINE, 7))
