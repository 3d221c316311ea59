"""Atomic writing of files, so that a reader never sees an incomplete one, and reading of tables."""

import csv
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from workflow.inference.writing.refusal import Refusal


@contextmanager
def atomic(path: Path) -> Iterator[Path]:
    """A temporary path beside ``path``, which is renamed to ``path`` when the block ends without an error.

    Raises
    ------
    OSError
        If the disk is full, or the file cannot be written for another reason; its ``filename`` is ``path``.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        yield temporary
        with temporary.open("rb") as stream:
            os.fsync(stream.fileno())
        temporary.replace(path)
    except OSError as error:
        if error.errno is None or error.filename not in (None, str(temporary), temporary):
            raise
        raise OSError(error.errno, os.strerror(error.errno), str(path)) from error
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


@contextmanager
def atomic_text(path: Path) -> Iterator[IO[str]]:
    """A text file that appears only once it is complete."""
    with atomic(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as stream:
        yield stream


def write_bytes(path: Path, content: bytes | memoryview) -> None:
    """Write a binary file atomically."""
    with atomic(path) as temporary:
        temporary.write_bytes(content)


def write_text(path: Path, text: str) -> None:
    """Write a text file atomically."""
    with atomic_text(path) as stream:
        stream.write(text)


def write_csv(path: Path, rows: Iterable[Sequence[object]]) -> None:
    """Write rows as CSV atomically."""
    with atomic_text(path) as stream:
        csv.writer(stream, lineterminator="\n").writerows(rows)


def read_csv(path: Path, columns: Iterable[str]) -> list[dict[str, str]]:
    """The rows of a table by its columns.

    Raises
    ------
    Refusal
        If it is no table, lacks one of the columns, or has a row of another length than the first.
    """
    try:
        with path.open(newline="", encoding="utf-8") as stream:
            header, *rows = list(csv.reader(stream)) or [[]]
    except (UnicodeDecodeError, csv.Error):
        raise Refusal(f"{path}: is no table; make it again") from None
    missing = [column for column in columns if column not in header]
    if missing:
        raise Refusal(f"{path}: has no column {', '.join(missing)}; make it again")
    if any(len(row) != len(header) for row in rows):
        raise Refusal(f"{path}: has a row of another length than its head; make it again")
    return [dict(zip(header, row, strict=True)) for row in rows]
