"""Which files a rule depends on: every import is followed, and a name without a file is an error."""

import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from reference.runs import ROOT
from snakemake.exceptions import WorkflowError

RULES = sorted((ROOT / "workflow" / "rules").glob("*.smk"))
CALL = re.compile(r"\b(sources|run_sources|sources_of)\(((?:[^()]|\([^()]*\))*)\)")
NAME = re.compile(r'"([a-z_0-9]+(?:\.[a-z_0-9]+)+)"')


@pytest.fixture
def rules(monkeypatch) -> SimpleNamespace:
    """The functions of sources.smk, which is plain Python but for three names that Snakemake gives it."""
    monkeypatch.chdir(ROOT)
    names: dict[str, Any] = {
        "workflow": SimpleNamespace(basedir=str(ROOT)),
        "shell": SimpleNamespace(prefix=lambda _: None),
        "WorkflowError": WorkflowError,
    }
    file = ROOT / "workflow" / "rules" / "sources.smk"
    exec(compile(file.read_text(encoding="utf-8"), str(file), "exec"), names)
    return SimpleNamespace(**names)


def named_modules(path: Path) -> set[str]:
    """Modules that the rules of a file name as their code."""
    modules = set()
    for function, arguments in CALL.findall(path.read_text(encoding="utf-8")):
        prefix = "" if function == "sources" else "workflow.inference."
        modules |= {prefix + name for name in NAME.findall(arguments)}
    return modules


def test_a_module_without_a_file_is_an_error(rules):
    with pytest.raises(WorkflowError, match=r"no file of the module workflow\.inference\.run\.assembler"):
        rules.sources("workflow.inference.run.assembly", "workflow.inference.run.assembler")
    with pytest.raises(WorkflowError, match=r"workflow\.inference\.estimates\.combiner"):
        rules.run_sources("estimates.combiner")(SimpleNamespace(run="smoke"))


@pytest.mark.parametrize("path", RULES, ids=lambda path: path.name)
def test_every_module_that_a_rule_names_has_a_file(path, rules):
    modules = named_modules(path)
    assert modules or path.name == "sources.smk" or "code=" not in path.read_text(encoding="utf-8")
    assert [module for module in sorted(modules) if rules.file_of(module) is None] == []


def test_imports_are_followed_to_the_kernels(rules):
    files = rules.sources("workflow.inference.run.assembly")
    assert "workflow/inference/run/config.py" in files
    assert "model/physics/galaxy/_kernels/j_factor.py" in files
    assert "workflow/inference/report/report.py" not in files


def test_sources_of_a_run_are_those_of_its_own_model_and_likelihoods_and_all_data(rules):
    files = rules.sources_of("line_stellar", "run.assembly")
    assert {"model/stellar.py", "likelihoods/morphology_511kev.py"} <= set(files)
    assert "model/anomaly_free.py" not in files
    assert "likelihoods/data/kinetic_mixing_experiments.yaml" in files


def test_a_file_that_the_model_reads_is_an_input(rules):
    assert "tests/data/bino_lsp.slha" in rules.sources_of("spectrum_2008", "run.assembly")


def test_the_record_of_tables_depends_on_all_that_their_names_are_made_from():
    """The name of the relic ridge holds a digest of the model's file, and likelihoods say which tables they need."""
    rule = (ROOT / "workflow" / "rules" / "tables.smk").read_text(encoding="utf-8")
    assert 'code=run_sources("run.assembly")' in rule


def test_a_name_without_a_file_of_ours_is_left_to_the_command(rules, monkeypatch):
    config = {"model": {"name": "my_package.mine"}, "likelihoods": {"my_package.bound": {}}}
    monkeypatch.setitem(rules.sources_of.__globals__, "raw_config", lambda _: config)
    assert "workflow/inference/run/assembly.py" in rules.sources_of("mine", "run.assembly")


def test_a_run_that_extends_others_depends_on_their_files_and_their_code(rules, tmp_path, monkeypatch):
    (tmp_path / "config").mkdir()
    files = {
        "base": "model: {name: vector_portal}\nlikelihoods: {cmb: }\nreport: {profile: true}\n",
        "middle": "extends: base.yaml\nlikelihoods: {n_eff: {era: 2008}}\n",
        "mine": "extends: middle\nmodel: {name: minimal}\n",
        "round": "extends: round\nmodel: {name: minimal}\n",
    }
    for name, text in files.items():
        (tmp_path / "config" / f"{name}.yaml").write_text(text)
    monkeypatch.chdir(tmp_path)
    raw = rules.raw_config("mine")
    assert raw["model"] == {"name": "minimal"}
    assert raw["likelihoods"] == {"cmb": None, "n_eff": {"era": 2008}}
    assert raw["report"] == {"profile": True}
    assert raw["extends"] == ["config/middle.yaml", "config/base.yaml"]
    assert rules.raw_config("round") == {"model": {"name": "minimal"}}
    monkeypatch.setitem(rules.sources_of.__globals__, "sources", lambda *modules: sorted(modules))
    monkeypatch.setitem(rules.sources_of.__globals__, "file_of", lambda module: module)
    inputs = rules.sources_of("mine", "run.assembly")
    assert {"model.minimal", "likelihoods.cmb", "likelihoods.n_eff"} <= set(inputs)
    assert rules.bases(SimpleNamespace(run="mine")) == ["config/middle.yaml", "config/base.yaml"]


def test_what_shapes_numbers_is_in_every_file_of_a_run_and_what_is_only_shown_is_not(rules, tmp_path, monkeypatch):
    (tmp_path / "config").mkdir()
    base, mine = tmp_path / "config" / "base.yaml", tmp_path / "config" / "mine.yaml"
    base.write_text("model: {name: vector_portal}\n")
    mine.write_text("extends: base\nreport: {prior_draws: 100}\n")
    monkeypatch.chdir(tmp_path)

    def shaping():
        return rules.shaping(SimpleNamespace(run="mine"))

    before = shaping()
    mine.write_text(
        "# A comment.\nextends: base\nreport: {prior_draws: 100, figures: [], profile: true}\nscan: {points: 3}\n"
    )
    assert shaping() == before
    mine.write_text("extends: base\nreport: {prior_draws: 200}\n")
    other = shaping()
    assert other != before
    base.write_text("model: {name: minimal}\n")
    assert shaping() not in (before, other)


def test_what_a_report_shows_only_on_request_is_asked_for_by_the_config(rules, monkeypatch):
    for options, files in (
        ({}, []),
        ({"report": {"cross_check": True}}, ["results/smoke/cross_check.json"]),
        ({"report": {"profile": True}}, ["results/smoke/profile.npz", "results/smoke/figures/profile.png"]),
    ):
        monkeypatch.setitem(rules.asked_for.__globals__, "raw_config", lambda _, options=options: options)
        assert rules.asked_for(SimpleNamespace(run="smoke")) == files


def test_the_last_words_are_the_verdicts_and_the_reports_of_what_was_made(rules, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for run, record in (("good", {"converged": True}), ("bad", {"converged": False, "verdict": "ensembles disagree"})):
        folder = tmp_path / "results" / run
        folder.mkdir(parents=True)
        (folder / "report.html").write_text("")
        (folder / "diagnostics.json").write_text(json.dumps(record))
    (tmp_path / "results" / "default").mkdir()
    (tmp_path / "results" / "default" / "index.html").write_text("")
    assert rules.last_words(0.0) == [
        "bad: NOT CONVERGED: ensembles disagree; report: results/bad/report.html",
        "good: converged; report: results/good/report.html",
        "open results/default/index.html",
    ]
    assert rules.last_words(2e12) == []
