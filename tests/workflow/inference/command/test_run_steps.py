import csv
import json
import math
import re
from pathlib import Path

import numpy as np
import pytest
from reference.runs import PUBLIC_COLUMNS, VECTOR_CONFIGS

from workflow.inference.command.parser import main
from workflow.inference.posterior import evaluation, relic_ridge
from workflow.inference.run.assembly import build_posterior
from workflow.inference.run.config import load
from workflow.inference.run.provenance import origin_of
from workflow.inference.writing.origin import read_json, write_json

REQUIRED = [*PUBLIC_COLUMNS, "valid", "reason"]
INPUTS = ["g", "chi", "lambda", "m_soft_tev", "gamma", "r_s_kpc", "rho_sun_gev_cm3", "r_sun_kpc"]
INPUTS += ["einasto_alpha", "baryon_scale", "f_ps"]


@pytest.fixture
def points(tmp_path):
    def write(text):
        path = tmp_path / "points.csv"
        path.write_text(text)
        return str(path)

    return write


@pytest.fixture
def run(config_file, tables_folder, tmp_path):
    """Run ``mevdm evaluate`` in this process: (exit code, output file)."""

    def evaluate(points_file, *arguments, name="hooper_zurek_2008_paper", out="out.csv"):
        path = tmp_path / out
        config = str(config_file(name)) if isinstance(name, str) else str(name)
        tables = ["--tables", str(tables_folder)]
        return main(["evaluate", config, "--points", points_file, "--out", str(path), *tables, *arguments]), path

    return evaluate


def rows(path):
    with path.open(newline="") as stream:
        return list(csv.DictReader(stream))


def error_line(capsys):
    """What a failing command says: one line on standard error and nothing else."""
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert captured.err.startswith("mevdm: error: ")
    return captured.err


def test_good_points_give_a_table_and_exit_code_0(run, points, capsys):
    code, path = run(points("g,chi,lambda,m_soft_tev\n0.5,1e-5,0.2,3\n1,1e-4,0.3,1\n"))
    assert code == 0
    assert capsys.readouterr().err == ""
    assert [row["valid"] for row in rows(path)] == ["true", "true"]


@pytest.mark.parametrize("name", VECTOR_CONFIGS)
def test_required_columns_are_there_in_every_shipped_run(name, run, points):
    code, path = run(points("gamma\n1\n"), name=name)
    assert code == 0
    assert set(REQUIRED) <= set(rows(path)[0])


def test_inputs_come_first_and_reason_last(run, points):
    _, path = run(points("g\n1\n"))
    header = path.read_text().split("\n")[0].split(",")
    assert set(header[: len(INPUTS)]) == set(INPUTS)
    assert header[-2:] == ["valid", "reason"]
    order = [name for name in header if name in REQUIRED]
    assert order.index("m_dm_mev") < order.index("omega_h2") < order.index("log_prior") < order.index("log_posterior")


def test_every_likelihood_has_its_column_and_experiments_theirs(run, points):
    _, path = run(points("g\n1\n"))
    header = path.read_text().split("\n")[0].split(",")
    terms = ["flux_511kev", "relic_abundance", "electron_g2", "kinetic_mixing"]
    assert [name for name in header if name.startswith("loglike_") and "." not in name] == [
        f"loglike_{t}" for t in terms
    ]
    assert "loglike_kinetic_mixing.w_mass" in header


def test_invalid_points_are_rows_with_a_reason(run, points):
    code, path = run(
        points("g,chi,lambda,m_soft_tev\n0.5,1e-5,0.2,3\n0.1,1e-4,1,1\n0.5,1e-9,0.2,3\n0,1e-4,0.2,3\n-1,2,0.2,1e9\n")
    )
    assert code == 0
    found = rows(path)
    assert [row["valid"] for row in found] == ["true", *["false"] * 4]
    assert found[0]["reason"] == ""
    assert "two-vev vacuum" in found[1]["reason"]
    assert "m_dm <= m_e" in found[2]["reason"]
    assert "not positive" in found[3]["reason"]
    assert all(row["log_posterior"] == "-inf" for row in found[1:])
    assert all(row["omega_h2"] == "" for row in found[1:])


def test_numbers_have_17_significant_digits(run, points):
    _, path = run(points("g,lambda\n0.1,0.1\n"))
    (row,) = rows(path)
    assert row["g"] == "0.10000000000000001"
    assert float(row["m_dm_mev"]) == pytest.approx(float(row["m_rad_mev"]) * math.sqrt(2), rel=1e-15)


def test_json_holds_the_same_numbers(run, points):
    file = points("g,lambda\n0.5,0.2\n0.1,2\n")
    _, table = run(file)
    code, path = run(file, out="out.json")
    assert code == 0
    for record, row in zip(json.loads(path.read_text()), rows(table), strict=True):
        assert list(record) == list(row)
        for name, cell in row.items():
            value = record[name]
            if name == "valid":
                assert value is (cell == "true")
            elif name == "reason":
                assert value == cell
            elif cell == "":
                assert value is None
            else:
                assert float(value) == float(cell)


def test_no_points_give_a_table_without_rows(run, points):
    code, path = run(points("g,chi\n"))
    assert code == 0
    assert path.read_text().count("\n") == 1
    assert path.read_text().startswith("g,chi,")


def test_set_overrides_a_key(run, points):
    file = points("g,lambda\n0.5,0.2\n")
    _, rb = run(file)
    _, cs = run(file, "--set", "likelihoods.electron_g2.alpha_from=cs", out="cs.csv")
    assert rows(rb)[0]["loglike_electron_g2"] != rows(cs)[0]["loglike_electron_g2"]


@pytest.mark.parametrize("columns, visible", [("epsilon", "1e-5"), ("g_l,g_r", "-1e-5,2e-5")])
def test_portal_takes_epsilon_or_chiral_couplings(columns, visible, run, points, tmp_path, config_file):
    config = tmp_path / "portal.yaml"
    text = config_file("vector_portal").read_text()
    config.write_text("\n".join(line for line in text.split("\n") if not line.startswith("  epsilon:")))
    code, path = run(points(f"m_dm_mev,m_u_mev,g_dm,{columns}\n3,10,0.5,{visible}\n"), name=config)
    assert code == 0
    (row,) = rows(path)
    assert (row["valid"], row["m_dm_mev"], row["m_u_mev"]) == ("true", "3", "10")
    assert (row["g_e_l"] == row["g_e_r"]) == (columns == "epsilon")


def test_portal_columns_override_the_visible_couplings_of_the_shipped_run(run, points):
    code, path = run(points("m_dm_mev,m_u_mev,g_dm,g_l,g_r\n3,10,0.5,-1e-5,2e-5\n"), name="vector_portal")
    # the shipped run samples epsilon, which chiral couplings have no use for
    assert code == 0, "the portal takes either epsilon or (g_l, g_r)"
    assert rows(path)[0]["g_e_r"] == "2.0000000000000002e-05"


@pytest.mark.parametrize(
    "text, words",
    [
        ("g,mass\n1,1\n", "column 'mass' is unknown"),
        ("g,g\n1,1\n", "column 'g' appears twice"),
        ("g\nnan\n", "line 2, column 'g': 'nan'"),
        ("g,chi\n1\n", "line 2: 1 cells"),
        ("", "is empty"),
    ],
)
def test_bad_points_give_exit_code_2_one_line_and_no_file(text, words, run, points, capsys):
    code, path = run(points(text))
    assert code == 2
    assert words in error_line(capsys)
    assert not path.exists()


@pytest.mark.parametrize(
    "override, words",
    [
        ("model.name=nope", "model.name: 'nope' is unknown; allowed: annihilating, anomaly_free"),
        ("parameters.g.min=10", "parameters.g: min is 10"),
        ("parameters.gamma.max=1.9", "parameters.gamma: reaches from"),
        ("parameters.r_sun_kpc.fixed=7", "parameters.r_sun_kpc.fixed: 7; allowed: within [7.5, 9]"),
        ("likelihoods.nope=", "likelihoods.nope"),
        ("x", "--set x: allowed: key.path=value"),
    ],
)
def test_bad_config_gives_exit_code_2_one_line_and_no_file(override, words, run, points, capsys):
    code, path = run(points("g\n1\n"), "--set", override)
    assert code == 2
    assert words in error_line(capsys)
    assert not path.exists()


def test_bad_ending_gives_exit_code_2(run, points, capsys):
    code, path = run(points("g\n1\n"), out="out.txt")
    assert code == 2
    assert "--out" in error_line(capsys)
    assert not path.exists()


@pytest.mark.parametrize("missing", ["run", "points"])
def test_missing_files_give_exit_code_2(missing, tmp_path, points, config_file, capsys):
    config = tmp_path / "none.yaml" if missing == "run" else config_file("smoke")
    file = str(tmp_path / "none.csv") if missing == "points" else points("g\n1\n")
    assert main(["evaluate", str(config), "--points", file]) == 2
    assert "cannot be read" in error_line(capsys)


def test_output_that_cannot_be_written_gives_exit_code_2(run, points, capsys, tmp_path):
    (tmp_path / "file").write_text("")
    code, _ = run(points("g\n1\n"), out="file/out.csv")
    assert code == 2
    assert "file" in error_line(capsys)


def test_output_on_a_folder_gives_exit_code_2_and_leaves_nothing_behind(run, points, capsys, tmp_path):
    (tmp_path / "out.csv").mkdir()
    code, _ = run(points("g\n1\n"))
    assert code == 2
    assert "out.csv" in error_line(capsys)
    assert {path.name for path in tmp_path.iterdir()} == {"out.csv", "points.csv"}


def test_a_late_failure_leaves_no_file(run, points, tmp_path):
    code, _ = run(points("g\n" + "1\n" * 20 + "oops\n"))
    assert code == 2
    assert [path.name for path in tmp_path.iterdir()] == ["points.csv"]


def test_a_failure_in_the_physics_is_not_swallowed(run, points, tmp_path, monkeypatch, capsys):
    def fail(*_):
        raise FloatingPointError("likelihood x returned NaN at g=1")

    monkeypatch.setattr(evaluation, "evaluate", fail)
    code, _ = run(points("g\n1\n"))
    assert code == 70
    line = capsys.readouterr().err
    assert line.startswith("mevdm: internal error: FloatingPointError: likelihood x returned NaN at g=1; ")
    traceback = Path(re.search(r"the traceback is in (\S+), please report it\n$", line)[1])
    assert "in fail\n" in traceback.read_text(encoding="utf-8")
    traceback.unlink()
    assert [path.name for path in tmp_path.iterdir()] == ["points.csv"]


def test_tables_says_which_files_a_run_uses(config_file, tables_folder, tmp_path):
    out = tmp_path / "tables.json"
    assert main(["tables", str(config_file("smoke")), "--tables", str(tables_folder), "--out", str(out)]) == 0
    names = read_json(out).record
    assert set(names) == {"thermal_history", "j_factors"}
    assert all((tables_folder / name).exists() for name in names.values())


@pytest.mark.parametrize("run, tabulated", [("hooper_zurek_2008", True), ("minimal_2008", False)])
def test_the_relic_ridge_is_a_table_of_runs_that_solve_for_the_temperature_near_a_pole(
    run, tabulated, config_file, tables_folder, tmp_path, monkeypatch
):
    monkeypatch.setattr(relic_ridge, "LOG_G", np.log([0.1, 1.0]))
    monkeypatch.setattr(relic_ridge, "STRETCHED_RATIO", np.array([12.0, 14.0]))
    monkeypatch.setattr(relic_ridge, "STRETCHED_M_DM", np.array([1.0, 2.0]))
    folder = tmp_path / "tables"
    folder.mkdir()
    for path in tables_folder.glob("*.npz"):
        (folder / path.name).symlink_to(path)
    for path in folder.glob("relic_ridge-*"):
        path.unlink()
    out = tmp_path / "tables.json"
    assert main(["tables", str(config_file(run)), "--tables", str(folder), "--out", str(out)]) == 0
    assert ("relic_ridge" in json.loads(out.read_text())) is tabulated
    assert len(list(folder.glob("relic_ridge-*.npz"))) == tabulated
    posterior = build_posterior(load(config_file(run)), folder)
    assert (posterior.coordinates.correction is not None) is tabulated


def test_a_chain_that_is_not_one_is_named_and_left_where_it_is(config_file, tables_folder, tmp_path, capsys):
    for ensemble in range(2):
        (tmp_path / f"ensemble_{ensemble}.h5").write_text("chains, chains, chains")
    places = ["--tables", str(tables_folder), "--chains", str(tmp_path), "--out", str(tmp_path / "out")]
    assert main(["combine", str(config_file("smoke")), *places]) == 2
    line = error_line(capsys)
    assert "ensemble_0.h5: truncated or not a file of mevdm" in line
    assert "mend the configuration, or run `mevdm sample" in line
    assert sorted(path.name for path in tmp_path.iterdir()) == ["ensemble_0.h5", "ensemble_1.h5"]
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "step, missing, before",
    [
        ("combine", "ensemble_0.h5", "sample"),
        ("evidence", "ensemble_0.h5", "sample"),
        ("diagnose", "evidence.json", "evidence"),
        ("profile", "posterior.nc", "combine"),
        ("cross-check", "posterior.nc", "combine"),
        ("figures", "posterior.nc", "combine"),
        ("report", "posterior.nc", "combine"),
    ],
)
def test_a_step_without_what_it_needs_names_the_step_before(
    step, missing, before, config_file, tables_folder, tmp_path, monkeypatch, capsys
):
    config = config_file("smoke")
    monkeypatch.chdir(tmp_path)
    assert main([step, str(config), "--tables", str(tables_folder)]) == 2
    line = error_line(capsys)
    assert missing in line
    assert f"run `mevdm {before} {config}` first" in line
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("option, step", [("--cross-check", "cross-check"), ("--profile", "profile")])
def test_what_an_option_names_must_be_there(option, step, config_file, tmp_path, monkeypatch, capsys):
    config = config_file("smoke")
    monkeypatch.chdir(tmp_path)
    assert main(["report", str(config), option, "none"]) == 2
    assert f"none: is missing; run `mevdm {step} {config}` first" in error_line(capsys)


def test_the_step_before_is_named_with_the_same_overrides(config_file, tables_folder, tmp_path, monkeypatch, capsys):
    config = config_file("smoke")
    monkeypatch.chdir(tmp_path)
    changes = ["--set", "sampler.seed=3", "--set", "sampler.walkers=40"]
    assert main(["combine", str(config), "--tables", str(tables_folder), *changes]) == 2
    assert f"run `mevdm sample {config} {' '.join(changes)}` first" in error_line(capsys)


@pytest.mark.parametrize(
    "record, arguments, code",
    [
        ({"converged": True, "accepted": False, "verdict": ""}, [], 0),
        ({"converged": False, "accepted": False, "verdict": "R-hat 1.2"}, [], 3),
        ({"converged": False, "accepted": True, "verdict": "R-hat 1.2"}, [], 0),
    ],
)
def test_a_verdict_that_is_there_is_acted_upon(record, arguments, code, config_file, tmp_path, capsys):
    path = tmp_path / "diagnostics.json"
    write_json(path, record, origin_of(load(config_file("smoke"))))
    assert main(["diagnose", str(config_file("smoke")), "--check", str(path), *arguments]) == code
    assert ("NOT CONVERGED" in capsys.readouterr().err) == (not record["converged"])


def test_columns_are_what_was_asked_for_in_its_order(run, points):
    code, path = run(points("g\n1\n"), "--columns", "valid", "loglike_electron_g2", "g")
    assert code == 0
    assert path.read_text().split("\n")[0] == "valid,loglike_electron_g2,g"
    _, whole = run(points("g\n1\n"), out="whole.csv")
    assert rows(path)[0] == {name: rows(whole)[0][name] for name in rows(path)[0]}


def test_an_unknown_column_is_one_line(run, points, capsys):
    code, path = run(points("g\n1\n"), "--columns", "brightness")
    assert code == 2
    assert "columns: 'brightness' is no column of the run; allowed: standard, g, " in error_line(capsys)
    assert not path.exists()


@pytest.mark.parametrize("option", ["--out", "--checkpoint"])
def test_a_file_in_place_of_a_folder_is_refused_before_the_work(option, config_file, tables_folder, tmp_path, capsys):
    (tmp_path / "file").touch()
    places = {"--out": tmp_path / "chains", "--checkpoint": tmp_path / "checkpoint"} | {option: tmp_path / "file"}
    arguments = [word for name, path in places.items() for word in (name, str(path))]
    assert main(["sample", str(config_file("smoke")), "--tables", str(tables_folder), *arguments]) == 2
    assert f"{option} {tmp_path / 'file'}: is a file; allowed: a folder" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
