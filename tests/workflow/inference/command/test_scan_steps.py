import csv
import re

import pyarrow.parquet as pq
import pytest
from reference.runs import ROOT

from workflow.inference.command.parser import main

COLUMNS = "[m_dm_mev, epsilon, loglike_electron_g2, valid]"


@pytest.fixture
def run(tables_folder, tmp_path, monkeypatch):
    """Run a step in an empty folder with a small scan that has one likelihood: its exit code."""
    monkeypatch.chdir(tmp_path)
    config = tmp_path / "few.yaml"
    text = (ROOT / "config" / "hooper_zurek_2008_paper.yaml").read_text(encoding="utf-8")
    head, _, rest = text.partition("\nlikelihoods:")
    sampler = rest[rest.index("\nsampler:") :]
    for name, value in {"gamma": 1.0, "rho_sun_gev_cm3": 0.30, "f_ps": 0.967}.items():  # which g-2 does not read
        head = re.sub(rf"(?m)^  {name}: .*$", f"  {name}: {{fixed: {value}}}", head)
    scan = f"\nscan: {{design: sobol, points: 5000, shards: 2, columns: {COLUMNS}, maps: [[m_dm_mev, epsilon]]}}\n"
    config.write_text(f"{head}\nlikelihoods:\n  electron_g2: {{era: 2008, alpha_from: rb}}\n{sampler}{scan}")

    def step(*arguments):
        return main([arguments[0], str(config), "--tables", str(tables_folder), *arguments[1:]])

    return step


def test_a_scan_and_its_maps(run, tmp_path, capsys):
    assert run("scan", "--cores", "1") == 0
    folder = tmp_path / "results" / "few" / "scan"
    assert "5000 points in 2 shards, 2 of them new" in capsys.readouterr().err
    assert sum(pq.read_metadata(folder / f"shard_{k}.parquet").num_rows for k in range(2)) == 5000
    assert run("scan-maps", "--bins", "20") == 0
    assert {path.name for path in folder.glob("maps.*")} == {"maps.png", "maps.pdf", "maps.svg", "maps.csv", "maps.txt"}
    with (folder / "cells.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    valid = sum(pq.read_table(folder / f"shard_{k}.parquet")["valid"].to_numpy().sum() for k in range(2))
    assert sum(int(row["points"]) for row in rows) == valid
    assert {row["excluded_by"] for row in rows} == {"", "electron_g2"}


def test_a_shard_alone_has_the_bytes_of_the_whole_scan(run, tmp_path):
    assert run("scan", "--cores", "1") == 0
    assert run("scan", "--shard", "1", "--out", "alone") == 0
    whole = tmp_path / "results" / "few" / "scan" / "shard_1.parquet"
    assert (tmp_path / "alone" / "shard_1.parquet").read_bytes() == whole.read_bytes()
    assert [path.name for path in (tmp_path / "alone").iterdir()] == ["shard_1.parquet"]


@pytest.mark.parametrize(
    "arguments, message",
    [
        (("scan", "--shard", "2"), "--shard 2; allowed: 0 to 1"),
        (("scan-maps",), "shard_0.parquet: is missing; run `mevdm scan"),
        (
            ("scan-maps", "--set", "scan.maps=[]"),
            "scan.maps: is empty; allowed: pairs of columns there, or --plane X Y",
        ),
        (("scan", "--set", "scan.columns=[brightness]"), "columns: 'brightness' is no column of the run"),
    ],
)
def test_what_is_wrong_is_one_line(run, capsys, arguments, message):
    assert run(*arguments) == 2
    captured = capsys.readouterr().err
    assert captured.count("\n") == 1
    assert message in captured


def damaged(path):
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])


def damaged_inside(path):
    whole = bytearray(path.read_bytes())
    whole[4 : len(whole) // 2] = bytes(len(whole) // 2 - 4)  # the schema is at the end
    path.write_bytes(whole)


def a_folder(path):
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize(
    "harm, step, message",
    [
        (damaged, "scan", "shard_1.parquet: cannot be read as Parquet"),
        (damaged, "scan-maps", "shard_1.parquet: cannot be read as Parquet"),
        (a_folder, "scan", "shard_1.parquet: cannot be read as Parquet"),
        (a_folder, "scan-maps", "shard_1.parquet: cannot be read as Parquet"),
        (damaged_inside, "scan-maps", "scan: "),
    ],
)
def test_a_shard_that_cannot_be_read_is_one_line(run, tmp_path, capsys, harm, step, message):
    assert run("scan", "--cores", "1") == 0
    capsys.readouterr()
    harm(tmp_path / "results" / "few" / "scan" / "shard_1.parquet")
    assert run(step) == 2
    captured = capsys.readouterr().err
    assert captured.count("\n") == 1
    assert message in captured


@pytest.mark.parametrize("change", ["likelihoods.electron_g2.alpha_from=cs", "scan.seed=1"])
def test_maps_of_the_shards_of_another_scan_are_refused(run, capsys, change):
    assert run("scan", "--cores", "1", "--out", "there") == 0
    capsys.readouterr()
    assert run("scan-maps", "--scan", "there", "--set", change) == 2
    captured = capsys.readouterr().err
    assert captured.count("\n") == 1
    assert "shard_0.parquet: belongs to another scan or another version" in captured
