import csv
import json
import os
import threading

import numpy as np
import pyarrow.parquet as pq
import pytest
from numpy.testing import assert_array_equal

from workflow.inference.posterior.evaluation import Evaluation
from workflow.inference.run import points
from workflow.inference.run.config import load
from workflow.inference.run.errors import ConfigError
from workflow.inference.run.points import CHUNK, check_out, chunks, opened, result_writer


@pytest.fixture
def config(config_file):
    return load(config_file("hooper_zurek_2008_paper"))


def writer_of(path, config=None):
    return result_writer(path, ("x", "valid", "reason"), config)


@pytest.fixture
def written(tmp_path):
    def write(content):
        path = tmp_path / "points.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def read_header(path):
    with opened(path) as file:
        return file.header


def read_points(path, config):
    with opened(path) as file:
        yield from chunks(file, config)


def message(path, config):
    """The one line of the ConfigError that reading raises."""
    with pytest.raises(ConfigError) as caught:
        list(read_points(path, config))
    assert "\n" not in str(caught.value)
    return str(caught.value)


def evaluation(columns, valid=None, reason=None):
    n = len(next(iter(columns.values())))
    return Evaluation(
        {name: np.array(values, dtype=np.float64) for name, values in columns.items()},
        np.ones(n, dtype=bool) if valid is None else np.array(valid),
        ("",) * n if reason is None else tuple(reason),
    )


def test_columns_are_read_and_the_rest_is_filled_in(written, config):
    (chunk,) = read_points(written("g,chi\n1,1e-4\n0.5,1e-5\n"), config)
    assert list(chunk) == [parameter.name for parameter in config.parameters]
    assert_array_equal(chunk["g"], [1.0, 0.5])
    assert_array_equal(chunk["chi"], [1e-4, 1e-5])
    assert_array_equal(chunk["r_sun_kpc"], [8.5, 8.5])  # fixed
    assert_array_equal(chunk["lambda"], [config.priors["lambda"].median] * 2)


def test_columns_may_replace_a_fixed_value(written, config):
    (chunk,) = read_points(written("r_sun_kpc\n8.0\n"), config)
    assert chunk["r_sun_kpc"][0] == 8.0


def test_a_pipe_is_read_once(tmp_path, config):
    pipe = tmp_path / "points"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_text, args=("g,chi\n1,1e-4\n",))
    writer.start()
    (chunk,) = read_points(pipe, config)
    writer.join()
    assert (chunk["g"][0], chunk["chi"][0]) == (1.0, 1e-4)


def test_order_of_columns_does_not_matter(written, config):
    (chunk,) = read_points(written("chi,g\n1e-4,1\n"), config)
    assert (chunk["g"][0], chunk["chi"][0]) == (1.0, 1e-4)


def test_points_come_in_chunks(written, config):
    n = 2 * CHUNK + 3
    text = "g\n" + "".join(f"{k}\n" for k in range(1, n + 1))
    found = [chunk["g"] for chunk in read_points(written(text), config)]
    assert [len(chunk) for chunk in found] == [CHUNK, CHUNK, 3]
    assert_array_equal(np.concatenate(found), np.arange(1, n + 1))


def test_a_whole_number_of_chunks_ends_without_an_empty_one(written, config):
    found = list(read_points(written("g\n" + "1\n" * CHUNK), config))
    assert [len(chunk["g"]) for chunk in found] == [CHUNK]


def test_the_first_chunk_is_there_before_the_last_row_is_read(written, config):
    reader = read_points(written("g\n" + "1\n" * CHUNK + "oops\n"), config)
    assert len(next(reader)["g"]) == CHUNK
    with pytest.raises(ConfigError, match="oops"):
        next(reader)


def test_a_file_without_points_gives_one_empty_chunk(written, config):
    (chunk,) = read_points(written("g,chi\n"), config)
    assert {value.shape for value in chunk.values()} == {(0,)}


@pytest.mark.parametrize(
    "text", [b"g,chi\r\n1,1e-4\r\n", b"\xef\xbb\xbfg,chi\n1,1e-4\n", b"g,chi\n1,1e-4", b"g,chi\n\n1,1e-4\n\n"]
)
def test_line_ends_byte_order_mark_and_blank_lines_do_not_matter(text, written, config):
    (chunk,) = read_points(written(text), config)
    assert (len(chunk["g"]), chunk["g"][0], chunk["chi"][0]) == (1, 1.0, 1e-4)


@pytest.mark.parametrize("text", ["g, chi\n1, 1e-4\n", ' g ,chi\n 1 ,"1e-4"\n'])
def test_spaces_and_quotes_do_not_matter(text, written, config):
    (chunk,) = read_points(written(text), config)
    assert (chunk["g"][0], chunk["chi"][0]) == (1.0, 1e-4)


def test_unknown_column_lists_the_known_ones(written, config):
    line = message(written("g,mass\n1,2\n"), config)
    assert "column 'mass' is unknown; allowed: g, chi, lambda" in line


def test_missing_column_is_named(written, config_file, tmp_path):
    text = config_file("hooper_zurek_2008_paper").read_text()
    run = tmp_path / "short.yaml"
    run.write_text("\n".join(line for line in text.split("\n") if not line.startswith("  chi:")))
    config = load(run, (), frozenset({"g", "chi"}))
    line = message(written("g\n1\n"), config)
    assert "column 'chi' is missing and the run short gives it no value" in line


@pytest.mark.parametrize("cell", ["0", "0.0e-999", "-0", "+1.", ".5e+1", "1E-3", "4.9e-324", "1.7976931348623157e308"])
def test_a_number_of_ascii_digits_is_read_exactly(cell, written, config):
    (chunk,) = read_points(written(f"g\n{cell}\n"), config)
    assert chunk["g"][0] == float(cell)


def test_a_cell_that_is_too_long_for_a_csv_file_is_one_line(written, config):
    line = message(written("g\n" + "1" * 200_000 + "\n"), config)
    assert "line 2: field larger than field limit" in line
    assert len(message(written("g\n" + "x" * 10_000 + "\n"), config)) < 300


@pytest.mark.parametrize("text", ['g\n"0.1\n', 'g\n"0.1\n0.2\n0.3\n', 'g\n"0.1"5\n', '"g\n0.1\n'])
def test_a_quote_that_is_not_closed_is_refused(text, written):
    with (
        pytest.raises(ConfigError, match=r"points.csv: line \d: .*; allowed: a CSV file of points"),
        opened(written(text)) as file,
    ):
        list(file.rows)


def test_results_are_not_written_over_their_inputs(tmp_path):
    points = tmp_path / "points.csv"
    points.write_text("g\n1\n")
    (tmp_path / "link.csv").symlink_to(points)
    for out in (points, tmp_path / "link.csv", tmp_path / "." / "points.csv"):
        with pytest.raises(ConfigError, match="is an input of this command"):
            check_out(out, points)
    check_out(tmp_path / "other.csv", points)
    check_out(None, points)


def test_repeated_column_is_named(written, config):
    path = written("g,chi,g\n1,1e-4,2\n")
    with pytest.raises(ConfigError, match="column 'g' appears twice"):
        read_header(path)
    assert "appears twice" in message(path, config)


BAD_CELLS = [
    *(
        "nan",
        "inf",
        "-inf",
        "",
        " ",
        "abc",
        "1;",
        "0x10",
        "1e999",
        "None",
        "1_000",
        "1e-400",
        "-1e-999",
        "1e",
        "e3",
        ".",
    ),
    *("\u0661", "\uff11", "1\u00a02", "1.0f", "+-1", "1 2", "1/2", "10%", "\u22121"),
]


@pytest.mark.parametrize("cell", BAD_CELLS)
def test_a_cell_that_is_not_a_finite_number_is_located(cell, written, config):
    line = message(written(f"g,chi\n1,1e-4\n{cell},1e-4\n"), config)
    assert f"line 3, column 'g': {cell!r}; allowed: a finite number" in line


@pytest.mark.parametrize("row, cells", [("1", 1), ("1,2,3", 3), ("1,1e-4,", 3)])
def test_a_ragged_row_is_located(row, cells, written, config):
    assert f"line 3: {cells} cells; allowed: 2" in message(written(f"g,chi\n1,1e-4\n{row}\n"), config)


@pytest.mark.parametrize("content", ["", "\n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_refused(content, written):
    with pytest.raises(ConfigError, match="is empty; allowed: a CSV file"):
        read_header(written(content))


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read"):
        read_header(tmp_path / "none.csv")


def test_a_file_that_is_not_text_is_refused(written):
    with pytest.raises(ConfigError, match="not text in UTF-8"):
        read_header(written(b"g\n\xff\xfe\x00\n"))


# --- results


def test_csv_numbers_survive_the_round_trip(tmp_path, rng):
    numbers = np.concatenate([rng.normal(size=50) * 10.0 ** rng.integers(-300, 300, 50), [0.1, 1 / 3, 5e-324, 1.7e308]])
    with writer_of(tmp_path / "out.csv") as writer:
        writer.write(evaluation({"x": numbers}))
    with (tmp_path / "out.csv").open() as stream:
        back = [float(row["x"]) for row in csv.DictReader(stream)]
    assert_array_equal(back, numbers)


def test_csv_has_one_header_and_all_chunks(tmp_path):
    with writer_of(tmp_path / "out.csv") as writer:
        writer.write(evaluation({"x": [1.0, 2.0]}))
        writer.write(evaluation({"x": [3.0]}))
    assert (tmp_path / "out.csv").read_text() == "x,valid,reason\n1,true,\n2,true,\n3,true,\n"


def test_csv_of_no_points_has_a_header(tmp_path):
    with writer_of(tmp_path / "out.csv") as writer:
        writer.write(evaluation({"x": []}))
    assert (tmp_path / "out.csv").read_text() == "x,valid,reason\n"


def test_csv_leaves_what_does_not_exist_blank_and_writes_infinities(tmp_path):
    with writer_of(tmp_path / "out.csv") as writer:
        writer.write(evaluation({"x": [np.nan, -np.inf]}, [False, True], ["a, reason", ""]))
    assert (tmp_path / "out.csv").read_text() == 'x,valid,reason\n,false,"a, reason"\n-inf,true,\n'


def test_json_is_strict_and_says_null_and_infinity(tmp_path):
    with writer_of(tmp_path / "out.json") as writer:
        writer.write(evaluation({"x": [np.nan, -np.inf, 0.1]}, [False, True, True], ['no "vacuum"', "", ""]))
        writer.write(evaluation({"x": [np.inf]}))

    def refuse(constant):
        raise AssertionError(f"{constant} is not JSON")

    rows = json.loads((tmp_path / "out.json").read_text(), parse_constant=refuse)
    assert [row["x"] for row in rows] == [None, "-inf", 0.1, "inf"]
    assert rows[0] == {"x": None, "valid": False, "reason": 'no "vacuum"'}


@pytest.mark.parametrize("chunks", [0, 1])
def test_json_of_no_points_is_an_empty_list(tmp_path, chunks):
    with writer_of(tmp_path / "out.json") as writer:
        for _ in range(chunks):
            writer.write(evaluation({"x": []}))
    assert json.loads((tmp_path / "out.json").read_text()) == []


def test_json_numbers_survive_the_round_trip(tmp_path, rng):
    numbers = rng.normal(size=50) * 10.0 ** rng.integers(-300, 300, 50)
    with writer_of(tmp_path / "out.json") as writer:
        writer.write(evaluation({"x": numbers}))
    assert_array_equal([row["x"] for row in json.loads((tmp_path / "out.json").read_text())], numbers)


def test_columns_are_written_in_the_order_of_the_request_and_no_others(tmp_path):
    with result_writer(tmp_path / "out.csv", ("reason", "y"), None) as writer:
        writer.write(evaluation({"x": [1.0], "y": [2.0]}, [False], ["no vacuum"]))
    assert (tmp_path / "out.csv").read_text() == "reason,y\nno vacuum,2\n"


def test_parquet_holds_the_same_numbers_and_validity(tmp_path, config):
    with writer_of(tmp_path / "out.parquet", config) as writer:
        writer.write(evaluation({"x": [np.nan, -np.inf, 0.1]}, [False, True, True], ['no "vacuum"', "", ""]))
        writer.write(evaluation({"x": [np.inf]}))
    table = pq.read_table(tmp_path / "out.parquet").to_pydict()
    assert_array_equal(table["x"], [np.nan, -np.inf, 0.1, np.inf])
    assert table["valid"] == [False, True, True, True]
    assert table["reason"] == ['no "vacuum"', "", "", ""]


def test_results_go_to_standard_output_as_csv(capsys):
    with writer_of(None) as writer:
        writer.write(evaluation({"x": [1.5]}))
    assert capsys.readouterr().out == "x,valid,reason\n1.5,true,\n"


@pytest.mark.parametrize("name", ["out.txt", "out", "out.CSV2"])
def test_unknown_ending_is_refused(tmp_path, name):
    with pytest.raises(ConfigError, match=r"allowed: \.csv, \.json, \.parquet"), writer_of(tmp_path / name):
        pass


def fail_half_way(path, config=None):
    with writer_of(path, config) as writer:
        writer.write(evaluation({"x": [1.0]}))
        raise RuntimeError("half way")


@pytest.mark.parametrize("ending", ["csv", "json", "parquet"])
def test_a_failure_leaves_no_file(tmp_path, ending, config):
    with pytest.raises(RuntimeError, match="half way"):
        fail_half_way(tmp_path / f"out.{ending}", config)
    assert list(tmp_path.iterdir()) == []


def test_a_failure_keeps_the_older_file(tmp_path):
    (tmp_path / "out.csv").write_text("older")
    with pytest.raises(RuntimeError, match="half way"):
        fail_half_way(tmp_path / "out.csv")
    assert (tmp_path / "out.csv").read_text() == "older"


def test_chunks_bound_the_memory():
    # 4096 points of about 60 columns are 2 MB
    assert points.CHUNK <= 10_000
