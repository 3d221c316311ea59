import pytest
from pydantic import ValidationError

from workflow.inference.run.config import json_schema
from workflow.inference.run.errors import ConfigError
from workflow.inference.run.scan_section import build_scan

SOBOL = {"design": "sobol", "points": 10, "shards": 2}


def test_an_empty_section_is_no_scan():
    assert build_scan({}) is None


@pytest.mark.parametrize("name", ["shards", "seed"])
def test_a_section_that_was_checked_is_not_changed_afterwards(name):
    with pytest.raises(ValidationError, match="frozen"):
        setattr(build_scan(SOBOL), name, 0)


def test_defaults():
    found = build_scan(SOBOL)
    assert (found.columns, found.seed, found.maps, found.axes) == (("standard",), 0, (), {})


@pytest.mark.parametrize(
    "change, message",
    [
        ({"design": "spiral"}, r"scan.design: 'spiral'; allowed: 'grid', 'sobol', 'random' or 'file'"),
        ({"point": 3}, "scan.point: unknown key; allowed: design, shards, points, axes"),
        ({"shards": 0}, "scan.shards: 0; allowed: at least 1"),
        ({"shards": True}, "scan.shards: True; allowed: a number"),
        ({"points": None}, "scan.points is None; allowed: a number with design sobol or random"),
        ({"design": "grid"}, "scan.points is 10; allowed: a number with design sobol or random"),
        ({"design": "grid", "points": None}, "scan.axes is empty; allowed: each parameter of the grid"),
        ({"file": "x.csv"}, "scan.file is x.csv; allowed: a points file with design file"),
        ({"design": "file", "points": None}, "scan.file is None; allowed: a points file with design file"),
        (
            {"design": "file", "points": None, "file": "x.csv", "axes": {"g": {}}},
            "scan.axes is given; allowed: nothing with design file",
        ),
        ({"axes": {"g": {"points": 3}}}, "scan.axes.g.points is 3; allowed: a number with design grid"),
        ({"axes": {"g": {"min": 3}}}, "scan.axes.g has one end or a scale alone"),
        ({"axes": {"g": {"scale": "log"}}}, "scan.axes.g has one end or a scale alone"),
        ({"axes": {"g": {"step": 3}}}, "scan.axes.g.step: unknown key; allowed: points, min, max, scale"),
        ({"points": 10**21}, "scan.points: 1000000000000000000000; allowed: at most 4294967296"),
        ({"points": 1e21}, "scan.points: 1e[+]21; allowed: a smaller number"),
        ({"shards": 10**6}, "scan.shards: 1000000; allowed: at most 100000"),
        (
            {"design": "grid", "points": None, "axes": {"g": {"points": 10**21}}},
            "scan.axes.g.points: 1000000000000000000000; allowed: at most 4294967296",
        ),
        (
            {"design": "grid", "points": None, "axes": {k: {"points": 10**7} for k in ("g", "chi", "lambda")}},
            "scan.axes make a grid of too many points; allowed: at most 4294967296",
        ),
        ({"maps": [["g", "chi"], ["g", "g"]]}, "scan.maps has a plane of g with itself; allowed: two columns"),
        ({"columns": []}, "scan.columns is empty; allowed: names or patterns"),
    ],
)
def test_a_wrong_key_is_one_line(change, message):
    with pytest.raises(ConfigError, match=message) as caught:
        build_scan({**SOBOL, **change})
    assert "\n" not in str(caught.value)


def test_the_schema_describes_the_section():
    schema = json_schema()
    assert schema["properties"]["scan"]["properties"]["design"]["enum"] == ["grid", "sobol", "random", "file"]
    axis = schema["properties"]["scan"]["properties"]["axes"]["additionalProperties"]["$ref"]
    assert axis == "#/$defs/ScanAxis"
    assert "ScanAxis" in schema["$defs"]
