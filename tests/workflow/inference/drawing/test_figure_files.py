import csv
import re
import zlib

import numpy as np
import pytest
from matplotlib.backends import backend_pdf
from matplotlib.figure import Figure

from workflow.inference.drawing.figure_files import DPI, KINDS, curves_of, save
from workflow.inference.drawing.style import set_log_ticks, styled


@styled
def plane():
    figure = Figure(figsize=(2.0, 1.5), layout="constrained")
    first, second = figure.subplots(1, 2)
    set_log_ticks(first.xaxis, 0.0, 2.0)
    first.set(xlim=(0.0, 2.0), xlabel="$m$ [MeV]", ylabel="height")
    first.plot([0.0, 1.0, 2.0], [3.0, 4.0, 5.0], label="line")
    first.plot([0.0, 1.0], [0.0, 0.0])
    first.axvline(1.0, label="mark")
    grid = np.linspace(-1.0, 1.0, 41)
    rings = second.contour(grid, grid, np.hypot(*np.meshgrid(grid, grid)), levels=[0.5])
    rings.set_label("ring")
    return figure


def test_same_figure_same_bytes(tmp_path):
    first, second = (save(plane(), tmp_path / folder, "line", "A line.") for folder in "ab")
    assert [path.name for path in first] == [f"line.{kind}" for kind in KINDS]
    for one, other in zip(first, second, strict=True):
        assert one.read_bytes() == other.read_bytes()


@styled
def rasterised():
    figure = Figure(figsize=(2.0, 1.5))
    for axes in figure.subplots(2, 2).flat:
        axes.pcolormesh(np.arange(12.0).reshape(3, 4), rasterized=True)
    return figure


def test_a_pdf_of_rasterised_panels_keeps_no_canvas_and_is_that_of_matplotlib(tmp_path, monkeypatch):
    kept = []
    original = backend_pdf.PdfFile.imageObject

    def noted(self, image):
        kept.append(image)
        return original(self, image)

    monkeypatch.setattr(backend_pdf.PdfFile, "imageObject", noted)
    ours = save(rasterised(), tmp_path, "panels", "")[KINDS.index("pdf")]
    assert len(kept) == 4
    assert all(image.base is None for image in kept)

    plain = rasterised()
    plain.set_dpi(DPI)
    metadata = dict.fromkeys(("Creator", "Producer", "CreationDate"))
    styled(backend_pdf.FigureCanvasPdf(plain).print_pdf)(tmp_path / "plain.pdf", metadata=metadata)
    assert kept[-1].base is not None
    assert ours.read_bytes() == (tmp_path / "plain.pdf").read_bytes()


def test_curves_are_in_the_quantities_of_the_axes_and_decoration_is_left_out():
    line, ring = curves_of(plane())
    assert (line.panel, line.across, line.up, line.name) == (1, "$m$ [MeV]", "height", "line")
    np.testing.assert_allclose(line.x, [1.0, 10.0, 100.0], rtol=1e-12)
    np.testing.assert_allclose(line.y, [3.0, 4.0, 5.0], rtol=1e-12)
    assert (ring.panel, ring.name) == (2, "ring")
    np.testing.assert_allclose(np.hypot(ring.x, ring.y), 0.5, atol=2e-3)
    assert ring.across == "$m$ [MeV]"  # the panel has no name of its own


def test_table_and_caption_stand_beside_the_figure(tmp_path):
    *_, table, text = save(plane(), tmp_path, "plane", "Two panels.")
    assert text.read_text() == "Two panels.\n"
    rows = list(csv.DictReader(table.read_text().splitlines()))
    assert [row["x_value"] for row in rows[:3]] == ["1", "10", "100"]
    assert {row["curve"] for row in rows} == {"line", "ring"}


@pytest.fixture(scope="module")
def pdf(tmp_path_factory):
    return save(plane(), tmp_path_factory.mktemp("pdf"), "plane", "A plane.")[1].read_bytes()


def test_a_pdf_has_the_size_of_the_figure_and_no_fonts_of_type_3(pdf):
    assert re.search(rb"/MediaBox \[ ?0 0 144 108 ?\]", pdf)
    streams = [
        zlib.decompress(s) for s in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL) if s[:1] == b"x"
    ]
    whole = pdf + b"".join(streams)
    assert b"/Type3" not in whole
    assert b"/CIDFontType2" in whole or b"/TrueType" in whole
