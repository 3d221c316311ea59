import re

import pytest

from workflow.inference.run.errors import ConfigError, Faults
from workflow.inference.run.run_file import MOVED, overridden, read, validated


def message(function, *arguments):
    with pytest.raises(ConfigError) as caught:
        function(*arguments)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_repeated_key_names_the_file(tmp_path):
    path = tmp_path / "run.yaml"
    path.write_text("model: {name: minimal}\nmodel: {name: stellar}\n")
    assert message(read, path) == f"{path}: line 1 and line 2: the key 'model' is written twice; allowed: once"


def test_a_repeated_key_in_an_override_names_the_override():
    line = message(overridden, {}, ("sampler={walkers: 4, walkers: 8}",))
    assert line.startswith("--set sampler={walkers: 4, walkers: 8}: ")
    assert line.endswith("line 1: the key 'walkers' is written twice; allowed: once")


def test_an_override_reaches_a_key_that_has_points_in_it():
    raw = {"likelihoods": {"my_package.my_bound": {"width": 1.0}, "cmb": None}}
    changed = overridden(raw, ("likelihoods.my_package.my_bound.width=2.0", "likelihoods.cmb.era=modern"))
    assert changed == {"likelihoods": {"my_package.my_bound": {"width": 2.0}, "cmb": {"era": "modern"}}}
    assert overridden(changed, ("likelihoods.my_package.my_bound=",))["likelihoods"]["my_package.my_bound"] is None


@pytest.mark.parametrize("old, new", MOVED.items())
def test_a_key_that_has_moved_is_refused_with_its_new_name(old, new):
    section, name, option = old.split(".")
    faults = Faults()
    validated({"model": {}, "parameters": {}, "likelihoods": {}, section: {name: {option: "x"}}}, faults)
    assert faults.lines == [f"{old}: is called {new} now"]


@pytest.mark.parametrize(
    "figure, message",
    [
        ({"corner": {}}, r"report\.figures\.0\.corner\.columns: missing"),
        ({"corner": {"columns": []}}, r"report\.figures\.0\.corner\.columns: \[\]; .* at least 1"),
        (
            {"corner": {"columns": ["g"], "colour": 1}},
            r"corner\.colour: unknown key; allowed: columns, name, .* with, points",
        ),
        ({"corner": {"columns": ["g"], "probabilities": [2]}}, r"probabilities\.0: 2; .* less than 1"),
        ({"histogram": {}}, r"report\.figures\.0"),
    ],
)
def test_a_figure_that_cannot_be_drawn_is_refused_with_its_key(figure, message):
    faults = Faults()
    validated({"model": {}, "parameters": {}, "likelihoods": {}, "report": {"figures": [figure]}}, faults)
    assert re.search(message, "\n".join(faults.lines))


def test_a_corner_takes_one_file_or_several():
    raw = {"model": {}, "parameters": {}, "likelihoods": {}}
    for points, expected in (("a.csv", ("a.csv",)), (["a.csv", "b.csv"], ("a.csv", "b.csv"))):
        corner = {"columns": ["g"], "points": points, "with": "other"}
        run, _ = validated({**raw, "report": {"figures": [{"corner": corner}]}}, Faults())
        (figure,) = run.report.figures
        assert figure.corner.points == expected
        assert figure.corner.others == ("other",)
