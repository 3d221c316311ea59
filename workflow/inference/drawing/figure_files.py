"""The files of a figure: PNG for the screen, PDF and SVG for print, CSV of its curves, and its caption."""

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.axis import Axis as MatplotlibAxis
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_pdf import FigureCanvasPdf, PdfPages
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.collections import Collection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from model.physics.quantities import Array
from workflow.inference.drawing.style import drawn_in_log10, styled
from workflow.inference.writing.artefacts import atomic, write_csv, write_text
from workflow.inference.writing.origin import KEY, Origin

DPI = 200
KINDS = ("png", "pdf", "svg", "csv", "txt")
_HEADER = ("panel", "x", "y", "curve", "part", "x_value", "y_value")
_DIGITS = 5


class Curve(NamedTuple):
    """A labelled line or outline of a figure: where it is, and its points in the quantities of its axes."""

    panel: int
    across: str
    up: str
    name: str
    part: int
    x: Array
    y: Array


@styled
def save(figure: Figure, folder: Path, name: str, caption: str, origin: Origin | None = None) -> tuple[Path, ...]:
    """Write the files of a figure without dates or versions: the same figure gives the same bytes.

    Parameters
    ----------
    figure : Figure
        What to write.
    folder : Path
        Where to; made if it does not exist.
    name : str
        Stem of the files.
    caption : str
        Content of the file ``<name>.txt``.
    origin : Origin, optional
        What it was made from. The pictures carry it.

    Returns
    -------
    tuple of Path
        One for each of `KINDS`, in that order.
    """
    png, pdf, svg, csv, text = paths = tuple(folder / f"{name}.{kind}" for kind in KINDS)
    figure.set_dpi(DPI)
    # The canvases write directly because Figure.savefig draws twice for each file. The first draw settles the layout.
    write_png: Callable[..., object] = FigureCanvasAgg(figure).print_png
    with atomic(png) as temporary:
        write_png(temporary, metadata={"Software": None, **_record(KEY, origin)})
    figure.set_layout_engine("none")
    with atomic(pdf) as temporary:
        no_dates = dict.fromkeys(("Creator", "Producer", "CreationDate"))
        _write_pdf(figure, temporary, {**no_dates, **_record("Subject", origin)})
    write_svg: Callable[..., object] = FigureCanvasSVG(figure).print_svg
    with atomic(svg) as temporary:
        write_svg(
            temporary,
            metadata={**dict.fromkeys(("Creator", "Date", "Format", "Type")), **_record("Description", origin)},
        )
    write_csv(csv, [_HEADER, *rows_of(figure)])
    write_text(text, caption + "\n")
    return paths


def _write_pdf(figure: Figure, path: Path, metadata: Mapping[str, str | None]) -> None:
    """Write a PDF whose images are let go of as they are drawn.

    The image of a rasterised panel is a view of a canvas of the whole figure, 8 MB for each panel, which matplotlib
    would keep until the end of the file: 340 MB for a corner of ten parameters. The file is the same with copies.
    """
    pages: Any = PdfPages(path, metadata=dict(metadata))
    file = pages._ensure_file()
    keep = file.imageObject
    file.imageObject = lambda image: keep(np.array(image))
    write: Callable[..., object] = FigureCanvasPdf(figure).print_pdf
    write(pages)
    pages.close()


def _record(key: str, origin: Origin | None) -> dict[str, str]:
    """The record of origin as metadata of a picture."""
    return {} if origin is None else {key: origin.text()}


def rows_of(figure: Figure) -> Iterator[tuple[object, ...]]:
    """The points of every labelled curve, a row for each, as ``<name>.csv`` holds them."""
    for curve in curves_of(figure):
        for x, y in zip(curve.x.tolist(), curve.y.tolist(), strict=True):
            yield (*curve[:5], f"{x:.{_DIGITS}g}", f"{y:.{_DIGITS}g}")


def curves_of(figure: Figure) -> Iterator[Curve]:
    """Every line, outline and band that has a label, in the quantities that the axes name and not in their logarithms.

    An artist without a label is decoration and has no place in the table.
    """
    for panel, axes in enumerate(figure.axes, 1):
        across, up = (_name(figure, axes, get) for get in (Axes.get_xlabel, Axes.get_ylabel))
        for artist in axes.get_children():
            name = str(artist.get_label())
            if not name or name.startswith("_"):
                continue
            for part, points in enumerate(_points(artist, axes), 1):
                x, y = _physical(axes.xaxis, points[:, 0]), _physical(axes.yaxis, points[:, 1])
                yield Curve(panel, across, up, name, part, x, y)


def _points(artist: Artist, axes: Axes) -> Iterator[Array]:
    """Points of an artist in the coordinates of its axes, (n, 2) for each connected part."""
    if artist.get_transform() != axes.transData:
        return  # a line that spans the axes, such as axvline, is no curve
    if isinstance(artist, Line2D):
        yield np.asarray(artist.get_xydata(), dtype=np.float64)
    elif isinstance(artist, Collection):
        for path in artist.get_paths():
            for part in path.to_polygons(closed_only=False):
                yield np.asarray(part, dtype=np.float64)


def _physical(axis: MatplotlibAxis, values: Array) -> Array:
    return np.asarray(10.0**values if drawn_in_log10(axis) else values, dtype=np.float64)


def _name(figure: Figure, axes: Axes, get: Callable[[Axes], str]) -> str:
    """Label of an axis in one line; a panel that shares the axis of another takes the first that the figure has."""
    label = get(axes) or next(filter(None, map(get, figure.axes)), "")
    return re.sub(r"\s+", " ", label).strip()
