import csv
import json

import pytest
from reference import synthetic_posterior
from reference.mixing_experiments import write_experiments
from reference.origins import draw_blanks

from likelihoods.data import kinetic_mixing_experiments
from workflow.inference.command.parser import main
from workflow.inference.run.config import load
from workflow.inference.run.provenance import origin_of


def error_line(capsys):
    """What a failing command says: one line on standard error and nothing else."""
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    return captured.err


def test_planes_are_a_table_and_a_figure(tables_folder, tmp_path, monkeypatch):
    file = write_experiments(tmp_path / "experiments.yaml", {}, kept=("w_mass", "babar_invisible"))
    monkeypatch.setattr(kinetic_mixing_experiments, "FILE", file)
    assert main(["planes", "--tables", str(tables_folder), "--out", str(tmp_path / "planes")]) == 0
    with (tmp_path / "planes" / "reproduction.csv").open(newline="") as stream:
        experiments = [row["experiment"] for row in csv.DictReader(stream)]
    assert experiments == ["w_mass", "babar_invisible", "babar_invisible"]
    assert (tmp_path / "planes" / "kinetic_mixing_plane.png").stat().st_size > 10_000


def test_a_verdict_without_its_runs_names_the_first_that_is_missing(config_file, tmp_path, capsys):
    comparison = config_file("comparisons/verdict")
    assert main(["verdict", str(comparison), "--results", str(tmp_path)]) == 2
    assert "posterior.nc: is missing, a run of era" in error_line(capsys)
    assert list(tmp_path.iterdir()) == []


def test_the_first_page_without_its_runs_names_the_first_that_is_missing(config_file, tmp_path, capsys):
    comparison = config_file("comparisons/first_page")
    assert main(["first-page", str(comparison), "--results", str(tmp_path)]) == 2
    assert "hooper_zurek_2008/posterior.nc: is missing, a run of era 2008" in error_line(capsys)
    assert list(tmp_path.iterdir()) == []


def test_the_first_page_weighs_the_data_that_the_later_run_alone_has(config_file, tables_folder, tmp_path):
    configs, results = tmp_path / "configs", tmp_path / "results"
    configs.mkdir()
    text = config_file("hooper_zurek_2008_paper").read_text(encoding="utf-8")
    (configs / "early.yaml").write_text(text)
    (configs / "late.yaml").write_text(text.replace("relic_abundance: {era: 2008", "relic_abundance: {era: modern"))
    for run in ("early", "late"):
        origin = origin_of(load(configs / f"{run}.yaml"))
        synthetic_posterior.write(results / run, n_draws=100, origin=origin)
        draw_blanks(results / run / "figures", ["kinetic_mixing_plane"], origin)
    plan = tmp_path / "plan.yaml"
    plan.write_text("earlier: {called: then, run: early}\nlater: {called: now, run: late}\ncolumns: [g, m_dm_mev]\n")
    folders = ["--configs", str(configs), "--results", str(results), "--tables", str(tables_folder)]
    assert main(["first-page", str(plan), *folders]) == 0
    record = json.loads((results / "default" / "first_page.json").read_text())
    assert [entry["datum"] for entry in record["later_data"]] == ["relic_abundance", "all later data"]
    assert (results / "default" / "index.html").exists()


@pytest.mark.parametrize("step", ["verdict", "hypotheses", "first-page"])
def test_a_missing_comparison_is_named(step, tmp_path, capsys):
    assert main([step, str(tmp_path / "none.yaml"), "--out", str(tmp_path / "out")]) == 2
    assert "none.yaml: cannot be read" in error_line(capsys)


def test_groups_that_leave_a_likelihood_out_are_refused(config_file, tables_folder, tmp_path, capsys):
    comparison = tmp_path / "groups.yaml"
    comparison.write_text(
        "eras: {2008: [smoke]}\n"
        "groups: [{called: a, likelihoods: [flux_511kev]}, {called: b, likelihoods: [electron_g2]}]\n"
        "columns: [g, chi]\n".replace("2008", "'2008'")
    )
    arguments = ["--comparison", str(comparison), "--tables", str(tables_folder), "--out", str(tmp_path / "out.json")]
    assert main(["tension", str(config_file("smoke")), *arguments]) == 2
    assert "groups.yaml: " in error_line(capsys)
    assert not (tmp_path / "out.json").exists()


def test_the_steps_write_json_that_can_be_read(tmp_path, config_file, tables_folder):
    out = tmp_path / "tables.json"
    assert main(["tables", str(config_file("line_stellar")), "--tables", str(tables_folder), "--out", str(out)]) == 0
    assert "annuli" in json.loads(out.read_text())


def test_an_index_of_no_folder_is_refused_and_makes_none(tmp_path, capsys):
    assert main(["index", "--results", str(tmp_path / "nowhere")]) == 2
    assert "nowhere: is no folder; allowed: one with a folder for each run" in error_line(capsys)
    assert list(tmp_path.iterdir()) == []
