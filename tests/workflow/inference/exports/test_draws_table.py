import csv

import numpy as np
import pandas as pd
import pyarrow.parquet

from workflow.inference.exports.draws_table import draws_table, write_csv, write_parquet


def test_a_row_is_a_draw_and_its_log_likelihoods_add_up(file):
    table = draws_table(file)
    assert len(table) == file.posterior.sizes["chain"] * file.posterior.sizes["draw"]
    row = table[(table["chain"] == 2) & (table["draw"] == 7)].iloc[0]
    assert row["m_dm_mev"] == file.posterior["m_dm_mev"].sel(chain=2, draw=7).item()
    terms = table.filter(like="loglike_").sum(axis=1)
    np.testing.assert_allclose(terms, table["log_likelihood"], rtol=1e-12)


def test_chosen_columns_have_their_units(file):
    table = draws_table(file, ["m_dm_mev", "g"])
    assert list(table) == ["chain", "draw", "m_dm_mev", "g"]
    assert table.attrs["units"] == {"m_dm_mev": "MeV", "g": "1"}


def test_csv_gives_every_number_back_with_the_fewest_digits(file, tmp_path):
    (path,) = write_csv(file, tmp_path)
    with path.open(newline="") as stream:
        first = next(csv.DictReader(stream))
    value = file.posterior["chi"][0, 0].item()
    assert float(first["chi"]) == value
    assert len(first["chi"]) <= len(repr(value))


def test_parquet_gives_the_same_table_and_the_units(file, tmp_path):
    (path,) = write_parquet(file, tmp_path)
    pd.testing.assert_frame_equal(pd.read_parquet(path), draws_table(file), check_exact=True)
    assert pyarrow.parquet.read_schema(path).metadata[b"unit:m_dm_mev"] == b"MeV"
