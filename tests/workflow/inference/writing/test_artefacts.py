import pytest

from workflow.inference.writing.artefacts import atomic, atomic_text, read_csv, write_bytes, write_csv, write_text
from workflow.inference.writing.refusal import Refusal


def test_a_file_appears_only_when_it_is_complete(tmp_path):
    path = tmp_path / "new" / "artefact.txt"
    with atomic_text(path) as stream:
        stream.write("half")
        assert not path.exists()
    assert path.read_text() == "half"


def test_an_error_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "artefact.txt"
    write_text(path, "old")
    with pytest.raises(FileNotFoundError), atomic(path) as temporary:
        (temporary.parent / "nothing").rename(temporary)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_line_ends_and_bytes_are_written_as_they_are(tmp_path):
    write_text(tmp_path / "text", "a\nb\r\nμ")
    write_bytes(tmp_path / "bytes", b"\x00\n\xff")
    assert (tmp_path / "text").read_bytes() == "a\nb\r\nμ".encode()
    assert (tmp_path / "bytes").read_bytes() == b"\x00\n\xff"


def test_a_table_quotes_what_needs_quotes(tmp_path):
    write_csv(tmp_path / "table.csv", [["name", "value"], ["a, b", 1.5], ['"c"', ""]])
    assert (tmp_path / "table.csv").read_text() == 'name,value\n"a, b",1.5\n"""c""",\n'


def test_a_table_is_read_as_it_was_written(tmp_path):
    write_csv(tmp_path / "table.csv", [["name", "value"], ["a, b", 1.5], ['"c"', ""]])
    rows = [{"name": "a, b", "value": "1.5"}, {"name": '"c"', "value": ""}]
    assert read_csv(tmp_path / "table.csv", ["value"]) == rows


@pytest.mark.parametrize(
    "content, message",
    [
        (b"", "has no column value"),
        (b"name,size\na,1\n", "has no column value"),
        (b"name,value\na,1\nb\n", "has a row of another length than its head"),
        (b"name,value\na,1,2\n", "has a row of another length than its head"),
        (b"name,value\n\xff,1\n", "is no table"),
        (b'name,value\n"' + b"a" * 200_000 + b'",1\n', "is no table"),
    ],
)
def test_what_is_wrong_with_a_table_is_one_line(content, message, tmp_path):
    path = tmp_path / "table.csv"
    path.write_bytes(content)
    with pytest.raises(Refusal, match=message) as caught:
        read_csv(path, ["value"])
    assert str(caught.value).startswith(f"{path}: ")
    assert caught.value.faults == (str(caught.value),)
