import json

import numpy as np
import pyarrow.parquet as pq
import pytest
from reference.runs import ROOT

from workflow.inference.posterior.evaluation import Evaluation
from workflow.inference.run.config import load
from workflow.inference.run.parquet import ROW_GROUP, ParquetWriter, metadata
from workflow.inference.run.provenance import provenance

NAMES = ("reason", "omega_h2", "m_soft_tev", "loglike_cmb", "valid")


@pytest.fixture(scope="module")
def config():
    return load(ROOT / "config" / "hooper_zurek_2008_paper.yaml")


def block(first, n):
    """Points whose numbers go on from the first."""
    columns = {name: np.arange(first, first + n) * 1.0 for name in NAMES[1:4]}
    return Evaluation(columns, np.arange(n) % 2 == 0, tuple("" if k % 2 == 0 else "no vacuum" for k in range(n)))


def write(path, config, sizes, **extra):
    writer = ParquetWriter(path, config, NAMES, extra)
    for first, n in zip(np.cumsum([0, *sizes]), sizes, strict=False):
        writer.write(block(first, n))
    writer.close()
    return path


def test_fields_have_unit_symbol_and_meaning(tmp_path, config):
    schema = pq.read_schema(write(tmp_path / "t.parquet", config, [2]))
    assert schema.names == list(NAMES)
    assert schema.field("m_soft_tev").metadata[b"units"] == b"TeV"
    assert schema.field("omega_h2").metadata == {
        b"units": b"1",
        b"symbol": rb"\Omega h^2",
        b"long_name": b"relic abundance",
    }
    assert schema.field("loglike_cmb").metadata == {b"units": b"1"}


def test_the_schema_says_where_the_table_comes_from(tmp_path, config):
    found = metadata(write(tmp_path / "t.parquet", config, [1], shard="3"))
    assert json.loads(found["provenance"]) == provenance(config)
    assert found["config"] == config.text
    assert found["shard"] == "3"


def test_blocks_become_row_groups_and_lose_nothing(tmp_path, config):
    path = write(tmp_path / "t.parquet", config, [ROW_GROUP - 1, 2, 5])
    file = pq.ParquetFile(path)
    assert [file.metadata.row_group(k).num_rows for k in range(file.num_row_groups)] == [ROW_GROUP + 1, 5]
    np.testing.assert_array_equal(file.read(["omega_h2"])["omega_h2"], np.arange(ROW_GROUP + 6))


def test_no_points_are_a_table_without_rows(tmp_path, config):
    table = pq.read_table(write(tmp_path / "t.parquet", config, []))
    assert table.num_rows == 0
    assert table.column_names == list(NAMES)


def test_equal_tables_have_equal_bytes(tmp_path, config):
    first, second = (write(tmp_path / name, config, [100, 50]) for name in ("a.parquet", "b.parquet"))
    assert first.read_bytes() == second.read_bytes()
