import copy
import hashlib
import re
from dataclasses import dataclass

import numpy as np
import pytest
from numpy.testing import assert_allclose
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError, model_validator
from reference.runs import ROOT

from likelihoods import kinetic_mixing
from workflow.inference.run.errors import ConfigError, Faults
from workflow.inference.run.run_file import (
    ENTRIES,
    MOVED,
    PRIOR_KINDS,
    CornerOptions,
    FigureOptions,
    RunFile,
    a_number,
    check_name,
    figure_names,
    lines_of,
    name_of,
    overridden,
    read,
    validated,
)


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
        ({"corner": {"columns": ["g"], "probabilities": [2]}}, r"probabilities\.0: 2; allowed: < 1"),
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


def test_a_value_is_set_once_also_where_a_mapping_sets_it_first():
    line = message(overridden, {}, ("sampler={seed: 1}", "sampler.seed=2"))
    assert line == "--set sampler.seed=2: replaces what --set sampler={seed: 1} sets; allowed: one of the two"
    added = overridden({}, ("likelihoods.cmb=", "likelihoods.cmb.era=modern", "sampler={seed: 1}", "sampler.steps=9"))
    assert added == {"likelihoods": {"cmb": {"era": "modern"}}, "sampler": {"seed": 1, "steps": 9}}


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


# The form of every section


PLAIN = {"model": {}, "parameters": {}, "likelihoods": {}}


def faults_of(**sections):
    """What is wrong with a file that has these sections besides the three that every file has."""
    faults = Faults()
    validated(PLAIN | sections, faults)
    return faults.lines


def prior_of(entry):
    """The prior of the parameter g of a file."""
    faults = Faults()
    run, _ = validated(PLAIN | {"parameters": {"g": entry}}, faults)
    assert faults.lines == []
    return run.parameters["g"].build()


@pytest.mark.parametrize(
    "entry, quartiles",
    [
        ({"prior": "uniform", "min": -1.0, "max": 3.0}, [0.0, 1.0, 2.0]),
        ({"prior": "log_uniform", "min": 1e-4, "max": 1.0}, [1e-3, 1e-2, 1e-1]),
        ({"prior": "normal", "mean": 5.0, "sigma": 2.0}, [5.0 - 2.0 * 0.6744898, 5.0, 5.0 + 2.0 * 0.6744898]),
        # half of a normal: the quartiles of |x| are those at 5/8, 3/4 and 7/8
        ({"prior": "normal", "mean": 0.0, "sigma": 1.0, "min": 0.0}, [0.3186394, 0.6744898, 1.1503494]),
        ({"prior": "normal", "mean": 0.0, "sigma": 1.0, "max": 0.0}, [-1.1503494, -0.6744898, -0.3186394]),
        (
            {"prior": "log_normal", "median": 20.0, "sigma_dex": 0.5},
            [20.0 * 10.0**-0.3372449, 20.0, 20.0 * 10.0**0.3372449],
        ),
    ],
)
def test_an_entry_builds_the_prior_that_it_names(entry, quartiles):
    prior = prior_of(entry)
    found = prior.to_physical(prior.quantile(np.array([0.25, 0.5, 0.75])))
    assert_allclose(found, quartiles, rtol=1e-6, atol=1e-9)


def test_bounds_that_are_not_given_are_those_of_the_density():
    assert prior_of({"prior": "normal", "mean": 0.0, "sigma": 1.0}).bounds == (-np.inf, np.inf)
    assert prior_of({"prior": "normal", "mean": 0.0, "sigma": 1.0, "max": 2.0}).bounds == (-np.inf, 2.0)
    log = prior_of({"prior": "log_normal", "median": 1.0, "sigma_dex": 1.0, "min": 0.1, "max": 100.0})
    assert_allclose(log.bounds, (0.1, 100.0), rtol=1e-12)


@pytest.mark.parametrize("value", [True, "1.0", "one", None, [1.0], float("nan"), float("inf")])
@pytest.mark.parametrize("key", ["min", "max"])
def test_a_bound_is_a_finite_number_and_nothing_that_python_takes_for_one(key, value):
    entry = {"prior": "uniform", "min": 0.0, "max": 1.0} | {key: value}
    (line,) = faults_of(parameters={"g": entry})
    assert line.startswith(f"parameters.g.{key}: ")


def test_whole_numbers_are_numbers():
    assert a_number(3) == 3
    assert prior_of({"prior": "uniform", "min": 0, "max": 2}).median == 1.0
    for value in (True, "3"):
        with pytest.raises(ValueError, match="allowed: a number"):
            a_number(value)


@pytest.mark.parametrize("kind", sorted(set(ENTRIES) - {"fixed"}))
def test_an_unknown_key_of_an_entry_is_answered_with_those_of_its_kind(kind):
    fields = [name for name in ENTRIES[kind].model_fields if name != "prior"]
    entry = {"prior": kind} | dict.fromkeys(fields, 1.0) | {"width": 1.0}
    (line,) = faults_of(parameters={"g": entry})
    assert line == f"parameters.g.width: unknown key; allowed: prior, {', '.join(fields)}"
    assert kind in PRIOR_KINDS


def test_a_constant_has_one_key():
    assert faults_of(parameters={"g": {"fixed": 0.1}}) == []
    assert faults_of(parameters={"g": {"fixed": 0.1, "min": 0.0}}) == ["parameters.g.min: unknown key; allowed: fixed"]


@pytest.mark.parametrize("entry", [0.1, None, "uniform", [], {}, {"min": 0.0, "max": 1.0}])
def test_an_entry_without_a_kind_is_told_which_there_are(entry):
    (line,) = faults_of(parameters={"g": entry})
    assert line.startswith("parameters.g: ")
    assert line.endswith("allowed: fixed: VALUE, or prior: uniform | log_uniform | normal | log_normal")


@pytest.mark.parametrize("section", ["model", "parameters", "likelihoods"])
def test_a_section_that_every_file_needs_is_missed(section):
    faults = Faults()
    run, broken = validated({name: value for name, value in PLAIN.items() if name != section}, faults)
    assert faults.lines == [f"{section}: missing"]
    assert section in broken
    assert getattr(run, section) == {}


def test_options_of_the_report_have_the_defaults_of_the_documentation():
    run, broken = validated(PLAIN, Faults())
    report = run.report
    assert (report.prior_draws, report.posterior_draws) == (20000, 40000)
    assert (report.profile, report.cross_check, report.figures) == (False, False, ())
    assert broken == frozenset()


@pytest.mark.parametrize(
    "option, good, bad",
    [
        ("prior_draws", [1, 10_000_000], [0, -1, 10_000_001, 1.5, True]),
        ("posterior_draws", [100, 10_000_000], [99, 10_000_001, "40000"]),
        ("profile", [True, False], [1, "true", None]),
        ("cross_check", [True, False], [0, "no"]),
    ],
)
def test_options_of_the_report_have_their_range(option, good, bad):
    for value in good:
        assert faults_of(report={option: value}) == []
    for value in bad:
        (line,) = faults_of(report={option: value})
        assert line.startswith(f"report.{option}: "), value


def test_a_corner_has_one_to_twelve_columns_three_regions_and_three_other_runs():
    def faults(**options):
        return faults_of(report={"figures": [{"corner": {"columns": ["g"]} | options}]})

    assert faults(columns=[f"q{k}" for k in range(12)]) == []
    assert faults(columns=[f"q{k}" for k in range(13)])
    assert faults(probabilities=[0.5, 0.9, 0.99]) == []
    assert faults(probabilities=[0.1, 0.5, 0.9, 0.99])
    assert faults(probabilities=[0.0])
    assert faults(**{"with": ["a", "b", "c"]}) == []
    assert faults(**{"with": ["a", "b", "c", "d"]})
    assert faults(ranges={"g": [0.0, 1.0]}, width="page") == []
    assert faults(ranges={"g": [0.0]})
    assert faults(width="poster")
    assert faults(name="a/b")


def test_an_unknown_key_is_answered_with_those_of_its_section():
    lines = faults_of(report={"colour": 1, "figures": [{"corner": {"columns": ["g"]}, "table": 1}]}, sampling={})
    assert "report.colour: unknown key; allowed: prior_draws, posterior_draws, profile, cross_check, figures" in lines
    assert "report.figures.0.table: unknown key; allowed: corner" in lines
    (line,) = (line for line in lines if line.startswith("sampling"))
    assert line == f"sampling: unknown key; allowed: {', '.join(RunFile.model_fields)}"


def test_figures_without_a_name_are_numbered_from_one():
    corners = [FigureOptions(corner=CornerOptions(columns=("g",), name=name)) for name in (None, "mine", None)]
    assert figure_names(corners) == ["corner_1", "mine", "corner_3"]


# Overrides and names


@pytest.mark.parametrize(
    "text, value",
    [
        ("2", 2),
        ("1e-3", 1e-3),
        ("true", True),
        ("null", None),
        ("", None),
        ("[a, b]", ["a", "b"]),
        ("{x: 1}", {"x": 1}),
        ("a=b", "a=b"),  # only the first sign of equality separates
    ],
)
def test_a_value_of_an_override_is_read_as_yaml(text, value):
    assert overridden({}, (f"sampler.seed={text}",)) == {"sampler": {"seed": value}}


def test_overrides_are_applied_in_order_and_the_last_of_one_key_wins():
    raw = {"sampler": {"seed": 1, "walkers": 8}, "scan": None}
    changed = overridden(raw, ("sampler.seed=2", "scan.points=10", "sampler.walkers=16"))
    assert changed == {"sampler": {"seed": 2, "walkers": 16}, "scan": {"points": 10}}


def test_a_prior_replaces_no_other_key_and_a_constant_all_of_them():
    raw = {"parameters": {"g": {"prior": "uniform", "min": 0.0, "max": 1.0}}}
    changed = overridden(copy.deepcopy(raw), ("parameters.g.max=2.0",))
    assert changed["parameters"]["g"] == {"prior": "uniform", "min": 0.0, "max": 2.0}
    line = message(overridden, raw, ("parameters.g.max=2.0", "parameters.g.fixed=0.1"))
    assert line.startswith("--set parameters.g.fixed=0.1: replaces what --set parameters.g.max=2.0 sets")
    # "fixed" of another section is a key like others
    assert overridden({"scan": {"a": {"x": 1}}}, ("scan.a.fixed=2",)) == {"scan": {"a": {"x": 1, "fixed": 2}}}


@pytest.mark.parametrize("length", [60, 61])
def test_overrides_stand_in_the_name_up_to_sixty_characters(length):
    override = "model.name=" + (length - len("model_name_")) * "x"
    found = name_of("smoke", (override,))
    if length <= 60:
        assert found == "smoke-model_name_" + override.partition("=")[2]
    else:
        digest = hashlib.sha256(override.encode()).hexdigest()
        assert found == f"smoke-{digest[:12]}"
    check_name(found)


# Files that cannot be read


def test_a_file_that_is_not_there_is_named_with_the_reason(tmp_path):
    line = message(read, tmp_path / "none.yaml")
    assert line.startswith(f"{tmp_path / 'none.yaml'}: cannot be read (No such file or directory)")


@pytest.mark.parametrize(
    "content, words",
    [
        (b"[1, 2]", "holds a list; allowed: a mapping with the keys description, model"),
        (b"", "holds nothing; allowed: a mapping"),
        (b"model: [", "not valid YAML"),
        (b"\xff\xfe", "not valid YAML: 'utf-8' codec"),
        (b"model: !!python/object:os.system {}", "run.yaml: "),
    ],
)
def test_a_file_that_holds_no_run_is_refused_by_its_name(content, words, tmp_path):
    path = tmp_path / "run.yaml"
    path.write_bytes(content)
    line = message(read, path)
    assert line.startswith(f"{path}: ")
    assert words in line


def test_a_file_is_the_mapping_that_it_holds(tmp_path):
    path = tmp_path / "run.yaml"
    path.write_text("description: größe\nmodel: {name: minimal}\nscan:\n", encoding="utf-8")
    assert read(path) == {"description": "größe", "model": {"name": "minimal"}, "scan": None}


@dataclass(frozen=True)
class Section:
    """A section whose options are checked by its class."""

    walkers: int = 8
    seed: int = 1


@pytest.mark.parametrize(
    "words, line",
    [
        ("walkers is 3; allowed: 4 or more", "sampler.walkers: 3; allowed: 4 or more"),
        ("seed: -1; allowed: 0 or more", "sampler.seed: -1; allowed: 0 or more"),
        ("the two disagree", "sampler: the two disagree"),
        ("colour is red; allowed: none", "sampler: colour is red; allowed: none"),  # no option of the section
    ],
)
def test_what_a_class_says_of_an_option_stands_at_its_key(words, line):
    class Checked(BaseModel):
        walkers: int = 8

        @model_validator(mode="after")
        def refuse(self):
            raise ValueError(words)

    with pytest.raises(ValidationError) as caught:
        Checked()
    assert lines_of(caught.value, Section, "sampler") == [line]


def test_an_unknown_key_of_a_section_within_another_names_the_keys_of_the_outer_one():
    class Inner(BaseModel):
        model_config = ConfigDict(extra="forbid")
        seed: int = 1

    class Outer(BaseModel):
        model_config = ConfigDict(extra="forbid")
        inner: Inner = Inner()
        walkers: int = 8

    with pytest.raises(ValidationError) as caught:
        Outer.model_validate({"inner": {"colour": 1}, "shape": 2})
    assert lines_of(caught.value, Outer) == [
        "inner.colour: unknown key; allowed: inner, walkers",
        "shape: unknown key; allowed: inner, walkers",
    ]


@pytest.mark.parametrize(
    "value, lines",
    [
        ("e137", ["likelihoods.kinetic_mixing.include: 'e137'; allowed: 'all' or a list"]),
        (["e137", 2], ["likelihoods.kinetic_mixing.include.1: 2; allowed: a text"]),
    ],
)
def test_a_value_that_may_be_of_several_kinds_has_one_line(value, lines):
    kind = TypeAdapter(kinetic_mixing.Likelihood)
    with pytest.raises(ValidationError) as error:
        kind.validate_python({"include": value})
    assert lines_of(error.value, kinetic_mixing.Likelihood, "likelihoods.kinetic_mixing") == lines


@pytest.mark.parametrize(
    "raw, line",
    [
        ({1: {}}, "1: is a key that is not text; allowed: text"),
        ({None: 1}, "null: is a key that is not text; allowed: text"),
        ({True: 1}, "true: is a key that is not text; allowed: text"),
        ({"parameters": {1: {"fixed": 1.0}}}, "parameters.1: is a key that is not text; allowed: text"),
        ({"model": {1.5: 2}}, "model.1.5: is a key that is not text; allowed: text"),
        ({"likelihoods": {"cmb": {2008: 1}}}, "likelihoods.cmb.2008: is a key that is not text; allowed: text"),
        ({"report": {"figures": [{1: 2}]}}, "report.figures.0.1: is a key that is not text; allowed: text"),
    ],
)
def test_a_key_that_is_not_text_is_refused_wherever_it_stands(raw, line):
    assert message(validated, raw, Faults()) == line


def corner_fault(**options):
    raw = {"model": {}, "parameters": {}, "likelihoods": {}, "report": {"figures": [{"corner": options}]}}
    faults = Faults()
    validated(raw, faults)
    (line,) = faults.lines
    return line


@pytest.mark.parametrize(
    "options, words",
    [
        ({"columns": ["g", "chi", "g"]}, "columns: ['g', 'chi', 'g']: g is written twice; allowed: once"),
        ({"columns": ["g"], "probabilities": [0.68, 0.68]}, "0.68 is written twice; allowed: once"),
        ({"columns": ["g"], "ranges": {"g": [1, 0]}}, "ranges.g: [1, 0]: the ends of an axis; allowed: the lower one"),
        ({"columns": ["g"], "ranges": {"g": [1, 1]}}, "ranges.g: [1, 1]: the ends of an axis; allowed: the lower one"),
        ({"columns": ["g"], "ranges": {"chi": [0, 1]}}, "chi is not drawn; allowed: g"),
        ({"columns": ["g"], "name": "a/b"}, "name: 'a/b'; allowed: a text that matches ^[A-Za-z0-9_-]+$"),
    ],
)
def test_options_of_a_corner_that_cannot_be_meant_are_refused(options, words):
    line = corner_fault(**options)
    assert line.startswith("report.figures.0.corner.")
    assert words in line


def test_names_of_figures_that_differ_in_case_alone_are_refused():
    corners = [{"corner": {"columns": ["g"], "name": name}} for name in ("plane", "Plane")]
    raw = {"model": {}, "parameters": {}, "likelihoods": {}, "report": {"figures": corners}}
    faults = Faults()
    validated(raw, faults)
    assert "two figures have the name plane; allowed: a name of its own for each" in faults.lines[0]
