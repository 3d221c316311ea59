"""Scans with cheap columns of the paper's run, so that no likelihood is evaluated."""

import json
import re
from contextlib import contextmanager

import numpy as np
import pyarrow.parquet as pq
import pytest
from numpy.testing import assert_array_equal
from reference.runs import ROOT

from workflow.inference.posterior.evaluation import evaluate
from workflow.inference.run.config import load
from workflow.inference.run.errors import ConfigError
from workflow.inference.run.parquet import metadata
from workflow.inference.scan import design, shards
from workflow.inference.scan.shards import Evaluator, identity, path_of, run_shards, write_shard

COLUMNS = ("g", "m_dm_mev", "loglike_electron_g2", "valid", "reason")


def config_of(points=9000, shards=2, columns=COLUMNS, more="seed: 1"):
    section = f"scan={{design: sobol, points: {points}, shards: {shards}, columns: {list(columns)}, {more}}}"
    return load(ROOT / "config" / "hooper_zurek_2008_paper.yaml", (section,))


@pytest.fixture(scope="module")
def scanned(tables_folder, tmp_path_factory):
    folder = tmp_path_factory.mktemp("scan")
    assert run_shards(config_of(), tables_folder, folder, cores=1) == 2
    return folder


def test_shards_hold_the_columns_of_every_point(scanned, posterior_of):
    posterior = posterior_of("hooper_zurek_2008_paper")
    (first,) = design.blocks(config_of(), range(1))
    expected = evaluate(posterior, first)
    table = pq.read_table(path_of(scanned, 0))
    assert table.column_names == list(COLUMNS)
    assert table.num_rows == design.BLOCK
    assert pq.read_metadata(path_of(scanned, 1)).num_rows == 9000 - design.BLOCK
    for name in COLUMNS[:3]:
        assert_array_equal(table[name], expected.columns[name], err_msg=name)
    assert_array_equal(table["valid"], expected.valid)
    assert table["reason"].to_pylist() == list(expected.reason)


def test_a_map_of_a_column_that_is_not_written_is_refused_before_the_first_shard(tables_folder, tmp_path):
    with pytest.raises(ConfigError, match=r"scan.maps: chi is no column of the scan; allowed: those of scan.columns"):
        run_shards(config_of(more="maps: [[g, m_dm_mev], [g, chi]]"), tables_folder, tmp_path, cores=1)
    assert not list(tmp_path.glob("*.parquet"))


def test_a_finished_scan_is_not_repeated(scanned, tables_folder):
    before = path_of(scanned, 0).stat().st_mtime_ns
    assert run_shards(config_of(), tables_folder, scanned, cores=2) == 0
    assert path_of(scanned, 0).stat().st_mtime_ns == before


def test_a_lost_shard_is_made_again_with_the_same_bytes(scanned, tables_folder):
    lost = path_of(scanned, 1)
    bytes_before, first_before = lost.read_bytes(), path_of(scanned, 0).stat().st_mtime_ns
    lost.unlink()
    assert run_shards(config_of(), tables_folder, scanned, cores=1) == 1
    assert lost.read_bytes() == bytes_before
    assert path_of(scanned, 0).stat().st_mtime_ns == first_before


def test_a_shard_that_fails_half_way_leaves_no_file(tables_folder, tmp_path):
    def fail(_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_shard(Evaluator(config_of(shards=1), tables_folder, tmp_path), fail, 0)
    assert list(tmp_path.iterdir()) == []


def test_the_file_says_which_scan_and_shard_it_is(scanned):
    found = metadata(path_of(scanned, 1))
    assert found["shard"] == "1"
    assert found["identity"] == identity(config_of())
    assert json.loads(found["scan"])["points"] == 9000
    assert re.fullmatch(r"hooper_zurek_2008_paper-[0-9a-f]{12}", json.loads(found["provenance"])["run"])


def test_shards_of_another_scan_are_refused_and_kept(scanned, tables_folder):
    with pytest.raises(ConfigError, match=r"shard_0.parquet: belongs to another scan"):
        run_shards(config_of(more="seed: 2"), tables_folder, scanned, cores=1)
    assert len(list(scanned.iterdir())) == 2


def test_more_shards_than_the_scan_has_are_refused(tables_folder, tmp_path):
    (tmp_path / "shard_1.parquet").touch()
    with pytest.raises(ConfigError, match=r"shard_1.parquet: is no shard of this scan, which has 1"):
        run_shards(config_of(shards=1), tables_folder, tmp_path, cores=1)


def test_identity_follows_what_shapes_the_table_and_nothing_else():
    same = identity(config_of())
    assert identity(config_of(more="seed: 1, bins: 10, maps: [[g, chi]]")) == same
    for other in (config_of(points=9001), config_of(shards=3), config_of(columns=("g",)), config_of(more="seed: 2")):
        assert identity(other) != same


def test_an_unknown_column_is_one_line(tables_folder, tmp_path):
    with pytest.raises(ConfigError, match="columns: 'brightness' is no column of the run; allowed: standard, "):
        run_shards(config_of(columns=("brightness",)), tables_folder, tmp_path, cores=1)
    assert list(tmp_path.iterdir()) == []


def test_only_the_tables_that_columns_need_are_made(tmp_path):
    run_shards(config_of(points=10, shards=1, columns=("m_dm_mev",)), tmp_path / "tables", tmp_path / "scan", cores=1)
    kinds = {path.name.split("-")[0] for path in (tmp_path / "tables").iterdir()}
    assert kinds == {"thermal_history", "j_factors"}
    assert np.isfinite(pq.read_table(path_of(tmp_path / "scan", 0))["m_dm_mev"]).any()


@pytest.mark.parametrize("cores, processes", [(1, 1), (2, 2), (8, 3)])
def test_progress_counts_the_points_of_the_blocks_that_are_missing(
    tables_folder, tmp_path, monkeypatch, cores, processes
):
    """Three shards of a block each, of which none is there: no more processes than shards, and all their points."""
    submitted = []

    @contextmanager
    def recorded(_, count):
        yield lambda task, arguments, label, total: submitted.append((task, arguments, label, total, count))

    monkeypatch.setattr(shards, "workers", recorded)
    assert run_shards(config_of(points=3 * design.BLOCK, shards=3), tables_folder, tmp_path, cores) == 3
    ((task, arguments, label, total, count),) = submitted
    assert task is write_shard
    assert arguments == [(0,), (1,), (2,)]
    assert label.endswith(" scan")
    assert total == 3 * design.BLOCK
    assert count == processes
