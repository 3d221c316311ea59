import json

import numpy as np

from workflow.inference.report.explorer import DRAWS, explorer_data, outlines


def test_draws_come_back_within_a_thousandth_of_their_range(file, tmp_path):
    data = json.loads(explorer_data(file, tmp_path / "none.csv"))
    column = next(column for column in data["columns"] if column["name"] == "chi")
    values = column["offset"] + column["step"] * np.array(column["values"])
    assert len(values) <= DRAWS
    every = -(-file.samples("chi").size // DRAWS)
    expected = np.log10(file.samples("chi"))[::every]
    np.testing.assert_allclose(values, expected, atol=1e-3 * np.ptp(expected))
    assert column["log"]
    assert data["outlines"] == []


def test_nothing_in_it_can_end_the_script_element(file, tmp_path):
    text = explorer_data(file, tmp_path / "none.csv")
    assert "<" not in text
    assert "<i>" in json.loads(text)["columns"][0]["label"]


def test_outlines_are_those_of_the_table_in_logarithms(tmp_path):
    path = tmp_path / "plane.csv"
    rows = [f"1,m,e,E137,1,{10 ** (k / 1000):.5g},1e-06" for k in range(1000)] + ["2,m,e,$m_W$,1,100,0.05"]
    path.write_text("panel,x,y,curve,part,x_value,y_value\n" + "\n".join(rows) + "\n")
    first, second = outlines(path)
    assert (first["panel"], first["name"], second["panel"], second["name"]) == (1, "E137", 2, "mW")
    assert len(first["points"]) < 100
    assert first["points"][0] == [0.0, -6.0]
    np.testing.assert_allclose(first["points"][-1], [0.999, -6.0], atol=1e-3)
