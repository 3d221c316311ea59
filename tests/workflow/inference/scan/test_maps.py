"""Maps of a hand-made scan: every cell has a number that is known beforehand."""

import csv

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from reference.runs import ROOT

from workflow.inference.posterior.evaluation import Evaluation
from workflow.inference.run.config import load
from workflow.inference.run.parquet import ParquetWriter
from workflow.inference.scan.maps import TOGETHER, plane_maps, write_maps

TERMS = ("flux_511kev", "relic_abundance", "electron_g2", "kinetic_mixing")
PLANE = ("m_dm_mev", "gamma")


@pytest.fixture(scope="module")
def config():
    return load(ROOT / "config" / "hooper_zurek_2008_paper.yaml")


def write(path, config, rows, left_out=None):
    """Rows of m_dm, gamma, valid, and the log-likelihoods of the first two terms; those of the others are zero."""
    m_dm, gamma, valid, flux, relic = (np.array(column) for column in zip(*rows, strict=True))
    columns = {"m_dm_mev": m_dm, "gamma": gamma} | {f"loglike_{name}": np.zeros(len(rows)) for name in TERMS}
    columns["loglike_flux_511kev"], columns["loglike_relic_abundance"] = flux, relic
    columns.pop(left_out, None)
    writer = ParquetWriter(path, config, [*columns, "valid"])
    writer.write(Evaluation(columns, valid.astype(bool), ("",) * len(rows)))
    writer.close()
    return path


@pytest.fixture
def shards(tmp_path, config):
    first = [
        (1.0, 0.1, True, -1.0, -1.0),  # the best of the scan
        (1.1, 0.1, True, -50.0, 0.0),  # the same cell, worse together
        (100.0, 0.1, True, -20.0, 0.0),  # the flux alone excludes it
        (1e-3, 0.2, False, 0.0, 0.0),  # invalid: it counts nowhere and sets no range
    ]
    second = [
        (1.0, 0.9, True, -2.9, -2.9),  # neither alone, both together
        (100.0, 0.9, True, -np.inf, -9.0),  # each of two alone
    ]
    return [write(tmp_path / f"shard_{k}.parquet", config, rows) for k, rows in enumerate((first, second))]


@pytest.fixture
def cells(config, shards):
    (found,) = plane_maps(config, shards, [PLANE], bins=2)
    return found


def test_cells_are_equal_in_the_coordinate_of_the_axis(cells):
    assert_allclose(cells.x_edges, [0.0, 1.0, 2.0])  # log10 of 1 to 100 MeV
    assert_allclose(cells.y_edges, [0.1, 0.5, 0.9])
    assert_array_equal(cells.points, [[2, 1], [1, 1]])


def test_a_cell_has_the_likelihood_of_its_best_point(cells):
    assert_allclose(cells.log_likelihood, [[-2.0, -5.8], [-20.0, -np.inf]])
    assert_allclose(cells.terms["relic_abundance"], [[0.0, -2.9], [0.0, -9.0]])
    assert_allclose(cells.cost, [[0.0, 7.6], [36.0, np.inf]])


def test_exclusion_is_of_one_term_or_of_all_together(cells):
    excluded = cells.excluded_by
    assert_array_equal(excluded["flux_511kev"], [[False, False], [True, True]])
    assert_array_equal(excluded["relic_abundance"], [[False, False], [False, True]])
    assert_array_equal(excluded[TOGETHER], [[False, True], [False, False]])
    assert not excluded["electron_g2"].any()


def test_a_point_without_a_coordinate_is_not_in_the_plane(config, shards, tmp_path, cells):
    better = [(0.0, 0.1, True, 0.0, 0.0), (10.0, np.nan, True, 0.0, 0.0)]  # no logarithm, no value
    (found,) = plane_maps(config, [*shards, write(tmp_path / "shard_2.parquet", config, better)], [PLANE], bins=2)
    assert_array_equal(found.points, cells.points)
    assert_array_equal(found.cost, cells.cost)


def test_cells_without_points_are_neither_allowed_nor_excluded(config, shards):
    (found,) = plane_maps(config, shards, [PLANE], bins=8)
    empty = found.points == 0
    assert empty.sum() == 64 - 4
    assert np.isnan(found.cost[empty]).all()
    assert not any(where[empty].any() for where in found.excluded_by.values())


def test_the_table_has_a_row_for_each_cell_with_points(cells, tmp_path):
    write_maps([cells], tmp_path / "maps.csv")
    with (tmp_path / "maps.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert [row["excluded_by"] for row in rows] == ["", TOGETHER, "flux_511kev", "flux_511kev relic_abundance"]
    assert_allclose([float(row["x"]) for row in rows], [10**0.5, 10**0.5, 10**1.5, 10**1.5], rtol=1e-5)
    assert [row["delta_minus_2_ln_l"] for row in rows] == ["0.0000", "7.6000", "36.0000", "inf"]
    assert [row["points"] for row in rows] == ["2", "1", "1", "1"]


def test_a_scan_without_a_needed_column_is_refused(config, tmp_path):
    path = write(tmp_path / "s.parquet", config, [(1.0, 0.1, True, 0.0, 0.0)], left_out="loglike_electron_g2")
    with pytest.raises(ValueError, match="loglike_electron_g2: is no column of the scan"):
        plane_maps(config, [path], [PLANE], bins=2)
    with pytest.raises(ValueError, match="epsilon: is no column of the scan"):
        plane_maps(config, [path], [("m_dm_mev", "epsilon")], bins=2)


def test_a_plane_without_a_range_or_an_allowed_point_is_refused(config, tmp_path):
    one = write(tmp_path / "one.parquet", config, [(1.0, 0.1, True, 0.0, 0.0)])
    with pytest.raises(ValueError, match="m_dm_mev: has no range in the scan"):
        plane_maps(config, [one], [PLANE], bins=2)
    rows = [(1.0, 0.1, True, -np.inf, 0.0), (2.0, 0.2, True, -np.inf, 0.0)]
    (found,) = plane_maps(config, [write(tmp_path / "none.parquet", config, rows)], [PLANE], bins=2)
    with pytest.raises(ValueError, match="no point of the scan has a likelihood"):
        _ = found.cost


def test_the_table_leaves_out_cells_that_no_point_fell_in(config, shards, tmp_path):
    """Of 64 cells four have points; the centres are those of equal cells in log10 of the mass and in the slope."""
    (found,) = plane_maps(config, shards, [PLANE], bins=8)
    write_maps([found], tmp_path / "maps.csv")
    with (tmp_path / "maps.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 4
    assert min(int(row["points"]) for row in rows) == 1
    assert_allclose([float(row["x"]) for row in rows], np.repeat([10**0.125, 10**1.875], 2), rtol=1e-5)
    assert_allclose([float(row["y"]) for row in rows], np.tile([0.15, 0.85], 2), rtol=1e-5)
