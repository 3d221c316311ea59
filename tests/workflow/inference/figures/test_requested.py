import shutil

import pytest

from workflow.inference.figures.requested import corners, read_overlay, write_requested
from workflow.inference.run.errors import ConfigError
from workflow.inference.run.run_file import FigureOptions


def request(**corner):
    return FigureOptions.model_validate({"corner": corner})


def test_a_corner_of_the_config_is_drawn_with_other_runs_and_points(file, posterior_path, tmp_path):
    other = tmp_path / "results" / "other"
    other.mkdir(parents=True)
    shutil.copy(posterior_path, other)
    points = tmp_path / "my_points.csv"
    points.write_text("g,chi\n0.1,1e-5\n")
    asked = [
        request(columns=["g", "chi"], **{"with": ["other"]}, points=str(points)),
        request(columns=["g"], name="mine"),
    ]
    paths = write_requested(asked, file, tmp_path / "results", tmp_path / "asked")
    assert sorted(path.name for path in paths) == sorted(
        f"{name}.{kind}" for name in ("corner_1", "mine") for kind in ("png", "pdf", "svg", "csv", "txt")
    )
    caption = (tmp_path / "asked" / "corner_1.txt").read_text()
    assert caption.startswith("g, χ of hooper_zurek_2008 and other. Shaded: the smallest regions that hold 68 and 95 %")
    assert caption.endswith("On top: my_points.\n")
    assert "my points" in (tmp_path / "asked" / "corner_1.csv").read_text()


def test_without_requests_the_folder_is_there_and_empty(file, tmp_path):
    assert write_requested([], file, tmp_path, tmp_path / "asked") == ()
    assert list((tmp_path / "asked").iterdir()) == []


def test_names_are_given_or_numbered():
    assert list(corners([request(columns=["g"]), request(columns=["g"], name="a"), request(columns=["g"])])) == [
        "corner_1",
        "a",
        "corner_3",
    ]


@pytest.mark.parametrize(
    "corner, message",
    [
        ({"columns": ["mass"]}, r"report\.figures: corner_1: the posterior of .* has no variable 'mass'"),
        ({"columns": ["g"], "with": ["nothing"]}, r"report\.figures: corner_1\.with: nothing; allowed: a run in"),
        ({"columns": ["g"], "points": "none.csv"}, r"none\.csv: cannot be read"),
    ],
)
def test_what_does_not_exist_is_named(file, tmp_path, corner, message):
    with pytest.raises(ConfigError, match=message):
        write_requested([request(**corner)], file, tmp_path, tmp_path / "asked")


@pytest.mark.parametrize(
    "text, message",
    [
        ("g\n", "has no rows"),
        ("", "has no rows"),
        ("g,chi\n1,x\n", "could not convert"),
        ("g,chi\n1\n", "float"),
        ("g\nnan\n", "column 'g' has nan; allowed: finite numbers"),
        ("g\n1e999\n", "column 'g' has inf; allowed: finite numbers"),
        ("g,g\n1,2\n", "column 'g' appears twice; allowed: each once"),
        ('g\n"1\n', "line 1: .*; allowed: a CSV file of points"),
        (b"g\n\xe9\n", "is not text in UTF-8; allowed: a CSV file of points"),
    ],
)
def test_a_file_that_holds_no_numbers_is_refused(tmp_path, text, message):
    path = tmp_path / "points.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ConfigError, match=message):
        read_overlay(path, joined=False)


def test_a_byte_order_mark_is_no_part_of_a_column(tmp_path):
    path = tmp_path / "points.csv"
    path.write_bytes(b"\xef\xbb\xbfg\n1\n")
    assert list(read_overlay(path, joined=False).columns) == ["g"]
