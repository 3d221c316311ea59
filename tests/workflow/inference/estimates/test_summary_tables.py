"""Tables of numbers on disk: every digit for machines, rounded for papers."""

import csv

import pytest
from reference import synthetic_posterior

from workflow.inference.estimates.summary import summarise
from workflow.inference.estimates.summary_tables import ends, numbers, spread, write_csv, write_latex, write_tables


@pytest.fixture(scope="module")
def summary(tmp_path_factory):
    return summarise(synthetic_posterior.write(tmp_path_factory.mktemp("tables"), n_draws=1000))


def test_csv_round_trips_every_digit(summary, tmp_path):
    write_csv(summary, tmp_path / "table.csv")
    with (tmp_path / "table.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    for read_back, row in zip(rows, summary.rows, strict=True):
        assert float(read_back["median"]) == row.median
        assert (float(read_back["lower_95"]), float(read_back["upper_95"])) == row.central_95
        pieces = tuple(tuple(map(float, piece.split())) for piece in read_back["hdi_68"].split(";"))
        assert pieces == row.hdi_68


def test_latex_has_a_row_per_quantity_and_balanced_braces(summary, tmp_path):
    write_latex(summary, tmp_path / "table.tex")
    text = (tmp_path / "table.tex").read_text()
    body = [line for line in text.splitlines() if line.startswith("$")]
    assert len(body) == len(summary.rows)
    assert all(line.count("&") == 6 and line.endswith(r"\\") for line in body)
    assert text.count("{") == text.count("}")
    assert "nan" not in text


def test_tables_are_byte_reproducible(summary, tmp_path):
    for write, name in ((write_csv, "table.csv"), (write_latex, "table.tex")):
        write(summary, tmp_path / name)
        first = (tmp_path / name).read_bytes()
        write(summary, tmp_path / name)
        assert (tmp_path / name).read_bytes() == first


def test_numbers_have_two_digits_of_the_width_of_their_interval(summary):
    (row,) = [row for row in summary.rows if row.name == "f_ps"]
    assert spread(row.central_68) == 0.5 * (row.central_68.upper - row.central_68.lower)
    assert numbers(row)[2].text() == f"{row.median:.3f}"
    assert [end.text() for end in ends([row.central_68])[0]] == [f"{end:.3f}" for end in row.central_68]


def test_both_tables_are_written_beside_each_other(summary, tmp_path):
    posterior = synthetic_posterior.write(tmp_path, n_draws=1000)
    write_tables(posterior, tmp_path / "summary.csv")
    write_csv(summary, tmp_path / "table.csv")
    assert (tmp_path / "summary.csv").read_bytes() == (tmp_path / "table.csv").read_bytes()
    assert (tmp_path / "summary.tex").exists()
