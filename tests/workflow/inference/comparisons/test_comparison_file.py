import pytest

from workflow.inference.comparisons.comparison_file import (
    Comparison,
    Rivals,
    ThenAndNow,
    load,
    require_files,
    require_results,
)
from workflow.inference.run.config import load as load_run
from workflow.inference.run.errors import ConfigError

COMPARISON = """
eras:
  "2008": [early, rival]
  modern: [late]
groups:
  - {called: the line, likelihoods: [flux_511kev]}
  - {called: the bounds, likelihoods: [electron_g2, kinetic_mixing]}
columns: [m_dm_mev, g, chi]
"""


@pytest.mark.parametrize("name, form", [("verdict", Comparison), ("hypotheses", Rivals), ("first_page", ThenAndNow)])
def test_shipped_files_are_valid(config_file, name, form):
    assert load(config_file(f"comparisons/{name}"), form).description


def test_runs_of_an_era_have_the_same_data_so_that_they_have_bayes_factors(config_file):
    for first, *rivals in load(config_file("comparisons/verdict"), Comparison).eras.values():
        for rival in rivals:
            data = [load_run(config_file(run)).likelihoods for run in (first, rival)]
            assert data[0] == data[1], f"{first} and {rival}"


def test_a_comparison_keeps_the_order_of_its_runs(tmp_path):
    path = tmp_path / "comparison.yaml"
    path.write_text(COMPARISON)
    plan = load(path, Comparison)
    assert list(plan.eras.items()) == [("2008", ("early", "rival")), ("modern", ("late",))]
    assert [group.called for group in plan.groups] == ["the line", "the bounds"]
    assert plan.base == ()


@pytest.mark.parametrize(
    "form, text, message",
    [
        (Comparison, COMPARISON.replace("[m_dm_mev, g, chi]", "[g]"), "columns"),
        (Comparison, COMPARISON + "bases: []", "bases: unknown key; allowed: description, eras, "),
        (Comparison, COMPARISON.replace("[late]", "[]"), r"eras.modern: \[\]; allowed: at least 1"),
        (Rivals, "hypotheses: 7\neras: {x: []}", "hypotheses: 7; allowed: a mapping of keys to values"),
        (ThenAndNow, "earlier: {called: a, run: b}\ncolumns: [g, chi]", "later"),
        (Rivals, "hypotheses: {a: b, 3: c}\neras: {x: []}", "hypotheses.3: is a key that is not text; allowed: text"),
        (Rivals, "- 1", r"broken.yaml: : \[1\]"),
        (Rivals, "a: [", "not valid YAML"),
    ],
)
def test_a_broken_file_is_one_line_that_names_file_key_and_value(form, text, message, tmp_path):
    path = tmp_path / "broken.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=message) as caught:
        load(path, form)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_all_faults_of_a_file_are_told_and_a_long_value_is_cut(tmp_path):
    path = tmp_path / "broken.yaml"
    path.write_text(f"earlier: {{called: {'a' * 500}}}\nlater: [{', '.join('b' * 500)}]\n")
    with pytest.raises(ConfigError) as caught:
        load(path, ThenAndNow)
    lines = caught.value.faults
    assert [line.removeprefix(f"{path}: ").split(":")[0] for line in lines] == ["earlier.run", "later", "columns"]
    assert lines[0].endswith("missing")
    assert max(map(len, lines)) < len(str(path)) + 200


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r"nowhere\.yaml: cannot be read"):
        load(tmp_path / "nowhere.yaml", Rivals)


def test_a_run_that_is_not_there_is_named_with_its_era(tmp_path):
    path = tmp_path / "comparison.yaml"
    path.write_text(COMPARISON)
    plan = load(path, Comparison)
    for run in ("early", "rival", "late"):
        for name in ("posterior.nc", "diagnostics.json", "evidence.json"):
            (tmp_path / run).mkdir(exist_ok=True)
            (tmp_path / run / name).touch()
    require_results(plan, tmp_path)
    (tmp_path / "late" / "evidence.json").unlink()
    with pytest.raises(ConfigError, match=r"late/evidence\.json: is missing, a run of era modern"):
        require_results(plan, tmp_path)


def test_a_run_of_the_first_page_that_is_not_there_is_named(config_file, tmp_path):
    plan = load(config_file("comparisons/first_page"), ThenAndNow)
    (tmp_path / plan.earlier.run).mkdir()
    for name in ("posterior.nc", "diagnostics.json"):
        (tmp_path / plan.earlier.run / name).touch()
    with pytest.raises(ConfigError, match=r"hooper_zurek_modern/posterior.nc: is missing, a run of era today; run "):
        require_files((plan.earlier, plan.later), tmp_path)
