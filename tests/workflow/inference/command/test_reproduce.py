"""A run that is made again is compared byte by byte, and what differs is named."""

import argparse
import json
import shutil
from pathlib import Path

import h5py
import numpy as np
import pytest
from reference import synthetic_posterior
from reference.origins import changed, reseal

from workflow.inference.command.parser import main, parser
from workflow.inference.command.reproduce import commands, compared, differences


@pytest.fixture
def folders(tmp_path):
    """A run, and a copy of it."""
    folder = synthetic_posterior.write(tmp_path / "run", n_draws=50).parent
    shutil.copytree(folder, tmp_path / "new")
    return folder, tmp_path / "new"


def test_equal_files_have_the_same_bytes(folders):
    assert list(compared(*folders)) == [
        "diagnostics.json: the same bytes",
        "evidence.json: the same bytes",
        "posterior.nc: the same bytes",
    ]


def test_what_differs_is_named(folders):
    changed(folders[1] / "evidence.json", lambda record: record.update(ln_z=-1.0))
    with h5py.File(folders[1] / "posterior.nc", "r+") as file:
        file["posterior/g"][0, 0] += 0.25
        file.attrs["provenance"] = "{}"
    reseal(folders[1] / "posterior.nc")
    (folders[1] / "summary.csv").write_text("")
    (folders[0] / "report.html").write_text("a")
    (folders[1] / "report.html").write_text("b")
    words = dict(line.split(": ", 1) for line in compared(*folders))
    assert words["evidence.json"] == "differs in ln_z, origin"
    assert words["posterior.nc"] == "differs in attribute provenance, posterior/g (by up to 0.25)"
    assert words["summary.csv"] == f"is not in {folders[0]}"
    assert words["report.html"] == "differs"


def test_a_file_that_is_not_made_again_is_named(folders):
    (folders[0] / "figures").mkdir()
    (folders[0] / "figures" / "corner.png").touch()
    assert "figures/corner.png: was not made again" in compared(*folders)


def test_every_step_that_made_a_file_is_a_command_and_no_other(tmp_path):
    folder, new = tmp_path / "run", tmp_path / "new"
    options = argparse.Namespace(tables=tmp_path / "tables", cores=2)
    for name in ("chains", "figures"):
        (folder / name).mkdir(parents=True)
    for name in ("posterior.nc", "evidence.json", "diagnostics.json", "profile.npz", "cross_check.json", "report.html"):
        (folder / name).touch()
    made = list(commands(folder, Path("run.yaml"), new, options))
    for arguments in made:
        parsed = vars(parser().parse_args(arguments))
        written = [value for value in parsed.values() if isinstance(value, Path) and folder in value.parents]
        assert not written, arguments
        assert parsed["tables"] == tmp_path / "tables"
    assert [arguments[0] for arguments in made] == [
        "sample", "combine", "evidence", "diagnose", "figures", "profile", "cross-check", "report"
    ]  # fmt: skip
    shutil.rmtree(folder / "figures")
    (folder / "profile.npz").unlink()
    assert len(list(commands(folder, Path("run.yaml"), new, options))) == 6


def test_a_folder_without_a_record_is_refused(tmp_path, capsys):
    assert main(["reproduce", str(tmp_path)]) == 2
    assert "posterior.nc: is missing, and is the record of a run" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.compiled
def test_a_run_is_made_again_with_the_same_bytes(config_file, tables_folder, tmp_path, capsys):
    folder, tables = tmp_path / "smoke", ["--tables", str(tables_folder)]
    run = [str(config_file("smoke")), *tables]
    chains = ["--chains", str(folder / "chains")]
    sampling = ["--checkpoint", str(tmp_path / "checkpoint"), "--cores", "1"]
    assert main(["sample", *run, *sampling, "--out", str(folder / "chains")]) == 0
    assert main(["combine", *run, *chains, "--out", str(folder / "posterior.nc")]) == 0
    assert main(["evidence", *run, *chains, "--out", str(folder / "evidence.json")]) == 0
    capsys.readouterr()
    assert main(["reproduce", str(folder), *tables, "--cores", "2"]) == 0
    assert capsys.readouterr().out.count(": the same bytes") == 4
    record = json.loads((folder / "evidence.json").read_text())
    (folder / "evidence.json").write_text(json.dumps(record | {"ln_z": 0.0}))
    assert main(["reproduce", str(folder), *tables, "--cores", "2"]) == 1
    assert "evidence.json: differs in ln_z" in capsys.readouterr().out


def hdf5(path, attributes, datasets):
    with h5py.File(path, "w") as file:
        file.attrs.update(attributes)
        for name, values in datasets.items():
            file[name] = np.array(values)
    return path


def test_what_differs_between_two_files_of_draws_is_named(tmp_path):
    old = {"g/x": [1.0, np.nan], "y": [1, 2], "z": [1.0], "w": [0.5]}
    new = {"g/x": [1.25, np.nan], "y": [1], "z": [1.0], "v": [1.0]}
    one = hdf5(tmp_path / "one.nc", {"run": "a", "same": 1}, old)
    two = hdf5(tmp_path / "two.nc", {"run": "b", "same": 1, "more": 2}, new)
    assert list(differences(one, one)) == []
    assert set(differences(one, two)) == {
        "attribute run",
        "attribute more",
        "v (new)",
        "g/x (by up to 0.25)",
        "y (shape (2,) and (1,))",
        "w (shape (1,) and (0,))",
    }


def test_what_differs_between_two_records_is_named_by_its_keys(tmp_path):
    one, two = tmp_path / "one.json", tmp_path / "two.json"
    one.write_text('{"a": 1, "b": [1, 2], "c": 0}')
    two.write_text('{"a": 1, "b": [1, 3], "d": 0}')
    assert list(differences(one, two)) == ["b", "c", "d"]
    assert list(differences(tmp_path / "one.csv", tmp_path / "two.csv")) == []
