import re

import pytest
from reference.runs import ROOT

from workflow.inference.run.errors import ConfigError, Faults
from workflow.inference.run.run_file import MOVED, check_name, name_of, overridden, read, validated


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


def test_a_run_cannot_have_the_folder_of_another_step():
    rules = "".join(path.read_text() for path in [ROOT / "Snakefile", *(ROOT / "workflow" / "rules").glob("*.smk")])
    runs = {path.stem for path in (ROOT / "config").glob("*.yaml")} | {"default"}
    folders = set(re.findall(r"results/([a-z_0-9]+)/", rules)) - (runs - {"default"})
    assert {"atlas", "default", "gallery", "hypotheses", "logs"} <= folders
    for folder in folders:
        assert "is that of another folder of results" in message(check_name, folder)
        assert "is that of another folder of results" in message(check_name, folder.upper())  # the same on some disks


@pytest.mark.parametrize("name", ["", "a/b", "..", "a b", "a.b", "größe", "-_"])
def test_a_name_that_is_no_folder_everywhere_is_refused(name):
    assert message(check_name, name).endswith("allowed: letters a-z and A-Z, digits, _ and -")


@pytest.mark.parametrize("name", ["smoke", "hooper_zurek_2008", "smoke-sampler_seed_2", "A1"])
def test_a_name_of_letters_digits_and_lines_is_that_of_a_run(name):
    check_name(name)


def test_a_run_with_overrides_has_a_name_of_its_own():
    assert name_of("smoke", ()) == "smoke"
    assert name_of("smoke", ("sampler.seed=2",)) == "smoke-sampler_seed_2"
    assert name_of("smoke", ("model={name: minimal}", "sampler.seed=2")) == "smoke-model_name_minimal-sampler_seed_2"
    long = tuple(f"parameters.m_dm_mev.fixed={k}" for k in range(3))
    named = name_of("smoke", long)
    assert re.fullmatch(r"smoke-[0-9a-f]{12}", named)
    assert named != name_of("smoke", long[::-1])  # the last of two that contradict each other wins
    check_name(named)


def test_a_parameter_is_fixed_or_has_a_prior():
    raw = {"parameters": {"g": {"prior": "log_uniform", "min": 1e-3, "max": 1.0}}}
    assert overridden(raw, ("parameters.g.fixed=0.1",)) == {"parameters": {"g": {"fixed": 0.1}}}


def test_an_override_that_replaces_another_is_refused():
    line = message(overridden, {}, ("sampler.seed=2", "sampler={walkers: 8}"))
    assert line == "--set sampler={walkers: 8}: replaces what --set sampler.seed=2 sets; allowed: one of the two"


def test_every_override_that_is_wrong_is_named_at_once():
    with pytest.raises(ConfigError) as caught:
        overridden({"model": "minimal"}, ("nope", "a..b=1", "model.name=x"))
    for words in ("--set nope", "--set a..b=1", "model holds 'minimal'"):
        assert words in str(caught.value)


def test_what_is_right_of_a_file_is_kept_beside_what_is_wrong():
    faults = Faults()
    right = {"prior": "uniform", "min": 0.0, "max": 1.0}
    raw = {
        "model": {"name": "minimal"},
        "parameters": {"g": right, "chi": {"prior": "flat"}},
        "likelihoods": {},
        "x": 1,
    }
    run, broken = validated(raw, faults)
    assert list(run.parameters) == ["g"]
    assert run.model == {"name": "minimal"}
    assert broken == {"parameters.chi", "x"}
    assert any(line.startswith("parameters.chi: ") and "prior: uniform | log_uniform" in line for line in faults.lines)
    assert any(line.startswith("x: unknown key; allowed: description, model") for line in faults.lines)
    assert "chi" in raw["parameters"]  # the content that was given is not changed


@pytest.mark.parametrize(
    "names, twice", [(("a", "a"), "a"), (("corner_2", None), "corner_2"), (("a", None), None), ((None, None), None)]
)
def test_two_figures_cannot_have_the_same_file(names, twice):
    figures = [{"corner": {"columns": ["g"]} | ({} if name is None else {"name": name})} for name in names]
    faults = Faults()
    validated({"model": {}, "parameters": {}, "likelihoods": {}, "report": {"figures": figures}}, faults)
    if twice is None:
        assert not faults.lines
    else:
        (line,) = faults.lines
        assert line.startswith("report.figures: ")
        assert line.endswith(f"two figures have the name {twice}; allowed: a name of its own for each")
