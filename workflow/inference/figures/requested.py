"""Figures that a config asks for: corners of any columns, with other runs, points and curves on top."""

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from workflow.inference.drawing.corner import CornerLook, Overlay, corner_figure
from workflow.inference.drawing.figure_files import save
from workflow.inference.drawing.style import COLUMN, PAGE
from workflow.inference.estimates import posterior_file
from workflow.inference.estimates.posterior_file import PosteriorFile
from workflow.inference.run.errors import ConfigError
from workflow.inference.run.run_file import CornerOptions, FigureOptions, figure_names
from workflow.inference.writing.labels import text_of
from workflow.inference.writing.origin import Origin

FOLDER = "asked"
"""Folder below the other figures of a run that holds them."""


def write_requested(
    requests: Sequence[FigureOptions], file: PosteriorFile, results: Path, folder: Path, origin: Origin | None = None
) -> tuple[Path, ...]:
    """Draw every figure of a list into a folder, which is made even if the list is empty.

    Parameters
    ----------
    requests : sequence of FigureOptions
        The list of the config.
    file : PosteriorFile
        The posterior of the run.
    results : Path
        Folder with one folder for each run, where the other runs are looked for.
    folder : Path
        Where to write.
    origin : Origin, optional
        What they are made from.

    Raises
    ------
    ConfigError
        If a run, a column or a file does not exist; the message names the key, the value and what is allowed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    for name, options in corners(requests).items():
        where = f"report.figures: {name}"
        runs = {file.run: file} | {run: _other(run, results, where) for run in options.others}
        overlays = [read_overlay(Path(path), joined=False) for path in options.points]
        overlays += [read_overlay(Path(path), joined=True) for path in options.curves]
        width = None if options.width is None else {"column": COLUMN, "page": PAGE}[options.width]
        try:
            figure = corner_figure(
                runs, options.columns, overlays, CornerLook(options.probabilities, options.ranges, width)
            )
        except ValueError as error:
            raise ConfigError(f"{where}: {error}") from None
        written += save(figure, folder, name, caption_of(file, options), origin)
    return tuple(written)


def corners(requests: Sequence[FigureOptions]) -> dict[str, CornerOptions]:
    """The corners of a list by the names of their files."""
    return {name: request.corner for name, request in zip(figure_names(requests), requests, strict=True)}


def caption_of(file: PosteriorFile, options: CornerOptions) -> str:
    """What a corner shows, in a sentence for each thing."""
    symbols = ", ".join(text_of(str(file.posterior[name].attrs["label"])) for name in options.columns)
    shown = " and ".join(f"{100.0 * p:g}" for p in sorted(options.probabilities))
    runs = " and ".join((file.run, *options.others))
    text = f"{symbols} of {runs}. Shaded: the smallest regions that hold {shown} % of the posterior. Stars: best fits."
    drawn = [Path(path).stem for path in (*options.points, *options.curves)]
    return text + (f" On top: {', '.join(drawn)}." if drawn else "")


def read_overlay(path: Path, *, joined: bool) -> Overlay:
    """Points or a curve from a CSV file whose header names columns of the posterior, in their units.

    Raises
    ------
    ConfigError
        If it cannot be read, or a value is not a number.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as stream:
            reader = csv.DictReader(stream, strict=True)
            header, rows = reader.fieldnames or (), list(reader)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror}); allowed: a CSV file of points") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: is not text in UTF-8; allowed: a CSV file of points") from None
    except csv.Error as error:
        raise ConfigError(f"{path}: line {reader.line_num}: {error}; allowed: a CSV file of points") from None
    for name in header:
        if header.count(name) > 1:
            raise ConfigError(f"{path}: column {name!r} appears twice; allowed: each once")
    if not rows:
        raise ConfigError(f"{path}: has no rows; allowed: a header with columns of the posterior, and numbers below it")
    try:
        columns = {name: np.array([float(row[name]) for row in rows]) for name in rows[0]}
    except (TypeError, ValueError) as error:
        raise ConfigError(f"{path}: {error}; allowed: a number in every column of every row") from None
    for name, values in columns.items():
        if not np.isfinite(values).all():
            raise ConfigError(f"{path}: column {name!r} has {values[~np.isfinite(values)][0]}; allowed: finite numbers")
    return Overlay(path.stem.replace("_", " "), columns, joined)


def _other(run: str, results: Path, where: str) -> PosteriorFile:
    path = results / run / "posterior.nc"
    if not path.is_file():
        there = sorted(other.parent.name for other in results.glob("*/posterior.nc"))
        raise ConfigError(f"{where}.with: {run}; allowed: a run in {results}, of which there are {', '.join(there)}")
    return posterior_file.read(path)
