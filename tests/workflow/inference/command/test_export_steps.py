import json
from io import BytesIO
from pathlib import Path

import pandas as pd
import pytest
import xarray as xr
from reference import synthetic_posterior

from workflow.inference.command.export_steps import results_folder
from workflow.inference.command.parser import main
from workflow.inference.diagnostics import arviz_bridge
from workflow.inference.judgement import reweighting
from workflow.inference.judgement.reweighting import Reweighted, Reweighting
from workflow.inference.run import assembly
from workflow.inference.run.config import load

RUN = "hooper_zurek_2008"  # of the synthetic posterior


def test_a_run_is_found_by_name_by_folder_and_by_its_config(tmp_path, monkeypatch, capsys):
    synthetic_posterior.write(tmp_path / "results" / RUN, n_draws=100)
    monkeypatch.chdir(tmp_path)
    for run in (RUN, "results/hooper_zurek_2008", "config/hooper_zurek_2008.yaml"):
        assert results_folder(run) == Path("results/hooper_zurek_2008")
    assert main(["export", RUN, "--to", "csv", "--out", "out"]) == 0
    assert capsys.readouterr().out == "out/draws.csv\n"
    assert len(pd.read_csv("out/draws.csv")) == 400


def test_exports_lie_beside_the_run_by_default(tmp_path, monkeypatch):
    synthetic_posterior.write(tmp_path / "results" / RUN, n_draws=100)
    monkeypatch.chdir(tmp_path)
    assert main(["export", RUN, "--to", "summary", "macros"]) == 0
    assert {path.name for path in (tmp_path / "results/hooper_zurek_2008/exports").iterdir()} == {
        "summary.json",
        "macros.tex",
    }


def test_a_run_that_is_not_there_is_one_line(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["export", "none", "--to", "csv"]) == 2
    assert capsys.readouterr().err.startswith("mevdm: error: none: no results; allowed: ")


def test_the_differences_of_two_runs_are_lines(config_file, capsys):
    change = "likelihoods.relic_abundance.era=modern"
    assert main(["differences", str(config_file("smoke")), str(config_file("smoke")), "--set", change]) == 0
    assert capsys.readouterr().out == "likelihoods.relic_abundance.era: 2008 -> modern\n"


def test_a_finished_run_is_weighed_by_other_data(tmp_path, monkeypatch, capsys):
    synthetic_posterior.write(tmp_path / "results" / RUN, n_draws=100)
    monkeypatch.chdir(tmp_path)
    # the synthetic run names priors that no config can have
    assert main(["reweight", RUN, "--set", "likelihoods.relic_abundance.era=modern"]) == 2
    error = capsys.readouterr().err
    assert error.startswith("mevdm: error: ")
    assert "parameters.g" in error


def test_a_weighed_run_has_its_posterior_and_its_quality_in_a_folder(tmp_path, monkeypatch, capsys, config_file):
    """The weights have tests of their own; a stand-in for them is quick."""
    synthetic_posterior.write(tmp_path / "results" / RUN, n_draws=100)
    monkeypatch.chdir(tmp_path)
    config = load(config_file("smoke"))
    made = Reweighted(Reweighting(123.0, 0.31, 400, -1.5), {"posterior": xr.Dataset({"g": ("draw", [0.5])})}, {})
    monkeypatch.setattr(reweighting, "changed_configs", lambda *_: (config, config))
    monkeypatch.setattr(assembly, "build_posterior", lambda *_: None)
    monkeypatch.setattr(reweighting, "reweight", lambda *_: made)
    for arguments, folder in (([], Path("results/smoke")), (["--out", "elsewhere"], Path("elsewhere"))):
        assert main(["reweight", RUN, "--set", "likelihoods.relic_abundance.era=modern", *arguments]) == 0
        said = capsys.readouterr().out
        assert "Kish size 123 of 400, Pareto k 0.31, ln Z changes by -1.500" in said
        assert said.endswith(f"{folder / 'posterior.nc'}\n")
        groups, _ = arviz_bridge.read_netcdf(BytesIO((folder / "posterior.nc").read_bytes()), ["posterior"])
        assert groups["posterior"]["g"].to_numpy().tolist() == [0.5]
        record = json.loads((folder / "reweighting.json").read_text())
        assert (record["run"], record["kish"], record["pareto_k"]) == ("smoke", 123.0, 0.31)


def test_the_posterior_of_another_run_is_refused_under_a_name_and_taken_as_a_copy(tmp_path, monkeypatch, capsys):
    synthetic_posterior.write(tmp_path / "results" / "backup", n_draws=100)
    monkeypatch.chdir(tmp_path)
    for name in ("backup", "config/backup.yaml"):
        assert main(["export", name, "--to", "csv"]) == 2
        assert capsys.readouterr().err == (
            "mevdm: error: results/backup/posterior.nc: is of the run hooper_zurek_2008; make it again, or name the "
            "folder of a copy, results/backup\n"
        )
    assert main(["export", "results/backup", "--to", "csv"]) == 0


@pytest.mark.parametrize("out", [f"results/{RUN}", f"results/../results/{RUN}/", "alias"])
def test_a_reweighted_run_does_not_replace_the_one_that_it_is_made_from(out, tmp_path, monkeypatch, capsys):
    path = synthetic_posterior.write(tmp_path / "results" / RUN, n_draws=100)
    before = path.read_bytes()
    monkeypatch.chdir(tmp_path)
    Path("alias").symlink_to(path.parent)
    assert main(["reweight", RUN, "--set", "likelihoods.relic_abundance.era=modern", "--out", out]) == 2
    assert "is the folder of the run that is read; allowed: another folder" in capsys.readouterr().err
    assert path.read_bytes() == before
