import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from reference.runs import ROOT

from workflow.inference.command import run_steps
from workflow.inference.command.parser import RIVALS, VERDICT, function_of, main, parser

STEPS = (
    "evaluate",
    "scan",
    "scan-maps",
    "tables",
    "sample",
    "combine",
    "evidence",
    "diagnose",
    "profile",
    "cross-check",
    "figures",
    "report",
    "planes",
    "atlas",
    "tension",
    "asimov",
    "verdict",
    "first-page",
    "hypotheses",
    "differences",
    "gallery",
    "export",
    "reproduce",
    "reweight",
    "index",
    "describe",
    "schema",
)


@pytest.mark.parametrize(
    "arguments", [[], ["nope"], ["evaluate"], ["evaluate", "x.yaml"], ["evaluate", "--frobnicate"]]
)
def test_bad_usage_gives_exit_code_2_and_one_line(arguments, capsys):
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("mevdm: error: ")
    assert captured.err.endswith(" --help`\n")
    assert captured.err.count("\n") == 1


@pytest.mark.parametrize("step", STEPS)
def test_every_step_refuses_an_option_that_it_does_not_know(step, capsys):
    with pytest.raises(SystemExit) as caught:
        main([step, "--frobnicate"])
    assert caught.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_every_step_is_a_function_of_one_argument():
    (steps,) = (action for action in parser()._actions if action.choices)
    assert set(steps.choices) == set(STEPS)
    for step in steps.choices.values():
        assert function_of(step.get_default("step")).__code__.co_argcount == 1


def test_help_imports_nothing_that_takes_long():
    code = "import sys; from workflow.inference.command.parser import parser; parser(); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    modules = set(done.stdout.split())
    assert "workflow.inference.command.parser" in modules
    assert not modules & {"numpy", "numba", "scipy", "pydantic", "yaml", "model", "likelihoods"}


@pytest.mark.parametrize("words", [["schema"], ["describe", "cmb"], ["describe", "omega_h2"]])
def test_a_step_that_computes_nothing_imports_nothing_that_computes(words):
    code = f"import sys; from workflow.inference.command.parser import main; main({words!r}); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    modules = set(done.stdout.splitlines()[-1].split())
    assert "model.physics.prediction" in modules
    assert not modules & {
        "numba",
        "scipy",
        "scipy.special",
        "pandas",
        "xarray",
        "matplotlib",
        "emcee",
        "h5py",
        "pyslha",
    }


def test_help_names_every_step(capsys):
    with pytest.raises(SystemExit) as caught:
        main(["--help"])
    assert caught.value.code == 0
    text = capsys.readouterr().out
    assert all(step in text for step in STEPS)


@pytest.mark.parametrize("step", ["evaluate", "tables", "sample", "combine", "diagnose", "figures", "report"])
def test_every_step_takes_overrides(step, capsys):
    with pytest.raises(SystemExit):
        main([step, "--help"])
    assert "--set KEY.PATH=VALUE" in capsys.readouterr().out


def test_schema_is_json(capsys):
    assert main(["schema"]) == 0
    assert json.loads(capsys.readouterr().out)["properties"]["model"]


OF_A_RUN = {
    **dict.fromkeys(STEPS[:10], ()),
    "evaluate": ("--points", "none.csv"),
    "tension": (),
    "asimov": ("--out", "none.txt"),
}


@pytest.mark.parametrize("step", OF_A_RUN)
def test_every_step_of_a_run_refuses_a_file_and_a_key_that_do_not_exist(
    step, config_file, tmp_path, monkeypatch, capsys
):
    config = str(config_file("smoke"))
    monkeypatch.chdir(tmp_path)
    Path("none.csv").write_text("g\n1\n")
    for arguments, words in (
        (["none.yaml"], "none.yaml: cannot be read"),
        ([config, "--set", "sampler.nope=1"], "sampler.nope: unknown key; allowed: "),
        ([config, "--set", "nope"], "--set nope: allowed: key.path=value"),
    ):
        assert main([step, *arguments, *OF_A_RUN[step]]) == 2
        captured = capsys.readouterr()
        assert captured.out == ""
        assert captured.err.count("\n") == 1
        assert words in captured.err
    assert [path.name for path in tmp_path.iterdir()] == ["none.csv"]


@pytest.mark.parametrize("cores", ["0", "-1", "two", "1.5", "²"])
def test_a_number_of_processes_is_at_least_one(cores, capsys):
    with pytest.raises(SystemExit) as caught:
        main(["sample", "config.yaml", f"--cores={cores}"])
    assert caught.value.code == 2
    assert "allowed: an integer of at least 1" in capsys.readouterr().err


def test_version_is_that_of_the_project(capsys):
    with pytest.raises(SystemExit) as caught:
        main(["--version"])
    assert caught.value.code == 0
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert capsys.readouterr().out == f"mevdm {version}\n"


@pytest.mark.parametrize("default", [RIVALS, VERDICT])
def test_default_comparisons_are_there(default):
    assert (ROOT / default).is_file()


def test_a_reader_who_has_read_enough_is_no_error(monkeypatch):
    def stop(_):
        raise BrokenPipeError

    closed = []
    monkeypatch.setattr(run_steps, "schema", stop)
    monkeypatch.setattr("os.dup2", lambda *ends: closed.append(ends))
    assert main(["schema"]) == 0
    assert closed


def test_a_path_that_cannot_be_used_is_one_line(monkeypatch, capsys):
    def fail(_):
        raise PermissionError(13, "Permission denied", "somewhere")

    monkeypatch.setattr(run_steps, "schema", fail)
    assert main(["schema"]) == 2
    assert capsys.readouterr().err == "mevdm: error: somewhere: Permission denied\n"


def test_an_empty_argument_is_no_path(capsys):
    assert main(["tables", "config/smoke.yaml", "--tables", ""]) == 2
    assert capsys.readouterr().err == "mevdm: error: argument 4 is empty; allowed: a name, a file or a folder\n"


@pytest.mark.parametrize(
    "words, option",
    [
        (["evaluate", "run.yaml", "--points", "a.csv", "--points", "b.csv"], "--points"),
        (["evaluate", "run.yaml", "--points", "a.csv", "--columns", "g", "--columns", "chi"], "--columns"),
        (["sample", "--cores", "1", "run.yaml", "--cores=2"], "--cores"),
        (["export", "smoke", "--to", "csv", "--out", "a", "--out", "a"], "--out"),
    ],
)
def test_an_option_that_is_given_twice_is_refused(words, option, capsys):
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    assert f"argument {option}: is given twice; allowed: once" in capsys.readouterr().err


def test_overrides_may_be_given_any_number_of_times():
    words = ["evaluate", "run.yaml", "--points", "a.csv", "--set", "a.b=1", "--set", "a.c=2"]
    assert parser().parse_args(words).overrides == ["a.b=1", "a.c=2"]
