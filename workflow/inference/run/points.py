"""Reading of points files and writing of result tables, both in blocks, so that memory is bounded."""

import csv
import json
import math
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from model.physics.quantities import Array
from workflow.inference.posterior.evaluation import REASON, VALID, Evaluation
from workflow.inference.run.config import Config
from workflow.inference.run.errors import ConfigError
from workflow.inference.writing.artefacts import atomic, atomic_text

CHUNK = 4096
_NUMBER = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")  # ASCII digits, no underscores
_ALLOWED = "a finite number in the range of a double, such as 1.5e-3"
_SHOWN = 60  # characters of a cell in a message

Values = Array | NDArray[np.bool_] | Sequence[str]
"""A column: numbers, truth values or sentences."""


@dataclass(frozen=True)
class PointsFile:
    """An open points file: column names, and the rows that follow, which can be read once (it may be a pipe)."""

    path: Path
    header: tuple[str, ...]
    rows: Iterator[tuple[int, list[str]]]


def check_out(out: Path | None, *inputs: Path) -> None:
    """Refuse to write the results over what they are made from.

    Raises
    ------
    ConfigError
        If the file is one of the inputs.
    """
    for path in inputs:
        if out is not None and out.exists() and path.exists() and out.samefile(path):
            raise ConfigError(f"--out {out}: is an input of this command, {path}; allowed: another file")


@contextmanager
def opened(path: Path) -> Iterator[PointsFile]:
    """Open a points file and read its header.

    Raises
    ------
    ConfigError
        If the file cannot be read, is empty or names a column twice.
    """
    try:
        stream = path.open(newline="", encoding="utf-8-sig")
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror}); allowed: a CSV file of points") from None
    with stream:
        rows = _rows(path, stream)
        _, header = next(rows, (0, []))
        if not header:
            raise ConfigError(f"{path}: is empty; allowed: a CSV file with one column per parameter")
        names = tuple(name.strip() for name in header)
        for name in names:
            if names.count(name) > 1:
                raise ConfigError(f"{path}: column {name!r} appears twice; allowed: each parameter once")
        yield PointsFile(path, names, rows)


def chunks(points: PointsFile, config: Config) -> Iterator[dict[str, Array]]:
    """Chunks of points, every parameter filled in: the file's columns, else fixed values, else prior medians.

    Yields
    ------
    dict of str to (n,) array
        Physical values, n <= 4096.

    Raises
    ------
    ConfigError
        If a column is unknown or missing or a cell is not a finite number; the message names file, line, column, value.
    """
    path, header = points.path, points.header
    names = [parameter.name for parameter in config.parameters]
    for name in header:
        if name not in names:
            raise ConfigError(f"{path}: column {name!r} is unknown; allowed: {', '.join(names)}")
    defaults = config.fixed | {name: prior.median for name, prior in config.priors.items()}
    for name in names:
        if name not in header and name not in defaults:
            raise ConfigError(f"{path}: column {name!r} is missing and the run {config.run} gives it no value")
    chunk: list[list[float]] = []
    empty = True
    for line, row in points.rows:
        if not row:
            continue
        chunk.append(_numbers(path, line, header, row))
        if len(chunk) == CHUNK:
            yield _filled(chunk, header, defaults, names)
            chunk, empty = [], False
    if chunk or empty:  # a file without points still gives a table without rows
        yield _filled(chunk, header, defaults, names)


def _rows(path: Path, stream: IO[str]) -> Iterator[tuple[int, list[str]]]:
    """Line numbers and cells."""
    reader = csv.reader(stream, strict=True)  # or a quote that is not closed would swallow the rest of the file
    try:
        for row in reader:
            yield reader.line_num, row
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror}); allowed: a CSV file of points") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: is not text in UTF-8; allowed: a CSV file of points") from None
    except csv.Error as error:  # such as a cell of 100 kB
        raise ConfigError(f"{path}: line {reader.line_num}: {error}; allowed: a CSV file of points") from None


def _numbers(path: Path, line: int, header: tuple[str, ...], row: list[str]) -> list[float]:
    if len(row) != len(header):
        raise ConfigError(
            f"{path}: line {line}: {len(row)} cells; allowed: {len(header)}, one per column of the header"
        )
    numbers = []
    for name, cell in zip(header, row, strict=True):
        text = cell.strip()
        number = float(text) if _NUMBER.fullmatch(text) else math.nan
        vanished = number == 0.0 and any(digit in "123456789" for digit in text.lower().partition("e")[0])
        if vanished or not math.isfinite(number):
            shown = cell if len(cell) <= _SHOWN else cell[:_SHOWN] + "..."
            raise ConfigError(f"{path}: line {line}, column {name!r}: {shown!r}; allowed: {_ALLOWED}")
        numbers.append(number)
    return numbers


def _filled(
    chunk: list[list[float]], header: tuple[str, ...], defaults: dict[str, float], names: list[str]
) -> dict[str, Array]:
    table = np.array(chunk, dtype=np.float64).reshape(len(chunk), len(header))
    given = {name: table[:, k] for k, name in enumerate(header)}
    return {name: given[name] if name in given else np.full(len(chunk), defaults[name]) for name in names}


class _Writer(Protocol):
    def write(self, evaluation: Evaluation) -> None: ...

    def close(self) -> None: ...


def table_of(evaluation: Evaluation, columns: Sequence[str]) -> dict[str, Values]:
    """The named columns in order, those of validity among them."""
    whole: dict[str, Values] = dict(evaluation.columns)
    whole |= {VALID: evaluation.valid, REASON: evaluation.reason}
    return {name: whole[name] for name in columns}


class _CsvWriter:
    """CSV with 17 significant digits; a quantity that does not exist is an empty cell."""

    def __init__(self, stream: IO[str], columns: Sequence[str]) -> None:
        self._stream = stream
        self._columns = columns
        self._started = False

    def write(self, evaluation: Evaluation) -> None:
        table = table_of(evaluation, self._columns)
        writer = csv.writer(self._stream, lineterminator="\n")
        if not self._started:
            writer.writerow(table)
            self._started = True
        writer.writerows(zip(*map(_cells, table.values()), strict=True))

    def close(self) -> None:
        """Finish the file."""


def _cells(values: Values) -> list[str]:
    """The cells of a column of numbers, truth values or sentences."""
    if not isinstance(values, np.ndarray):
        return [str(value) for value in values]
    if values.dtype == np.bool_:
        return ["true" if value else "false" for value in values]
    return ["" if math.isnan(value) else f"{value:.17g}" for value in values]


class _JsonWriter:
    """A JSON array of objects; NaN is null and infinities are the strings "inf" and "-inf", since JSON has neither."""

    def __init__(self, stream: IO[str], columns: Sequence[str]) -> None:
        self._stream = stream
        self._columns = columns
        self._separator = "[\n"

    def write(self, evaluation: Evaluation) -> None:
        table = table_of(evaluation, self._columns)
        for row in zip(*table.values(), strict=True):
            record = dict(zip(table, map(_json, row), strict=True))
            self._stream.write(self._separator + json.dumps(record))
            self._separator = ",\n"

    def close(self) -> None:
        self._stream.write("\n]\n" if self._separator == ",\n" else "[]\n")


def _json(value: object) -> float | str | bool | None:
    if isinstance(value, str):
        return value
    if isinstance(value, np.bool_):
        return bool(value)
    number = float(cast(float, value))
    if math.isnan(number):
        return None
    return number if math.isfinite(number) else str(number)


@contextmanager
def result_writer(path: Path | None, columns: Sequence[str], config: Config) -> Iterator[_Writer]:
    """Write evaluations to a .csv, .json or .parquet file, atomically, or as CSV to standard output.

    Parameters
    ----------
    path : Path or None
        The file; None for standard output.
    columns : sequence of str
        The columns to write, in order.
    config : Config
        The run, whose units and provenance a Parquet file holds.

    Raises
    ------
    ConfigError
        If the file's ending is none of them.
    """
    if path is None:
        yield _CsvWriter(sys.stdout, columns)
        return
    if path.suffix not in {".csv", ".json", ".parquet"}:
        raise ConfigError(f"--out {path}: ending {path.suffix!r}; allowed: .csv, .json, .parquet")
    if path.suffix == ".parquet":
        # pyarrow takes a quarter of a second to import
        from workflow.inference.run.parquet import ParquetWriter

        with atomic(path) as temporary:
            writer: _Writer = ParquetWriter(temporary, config, columns)
            yield writer
            writer.close()
        return
    with atomic_text(path) as stream:
        writer = _CsvWriter(stream, columns) if path.suffix == ".csv" else _JsonWriter(stream, columns)
        yield writer
        writer.close()
