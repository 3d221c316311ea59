"""The page of the figures of the field, with their commands and captions, and of published numbers beside ours."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from workflow.inference.atlas.atlas import FIGURES, caption
from workflow.inference.drawing.figure_files import KINDS
from workflow.inference.figures import run_figure
from workflow.inference.figures.run_figures import PLANE
from workflow.inference.gallery.paper_statements import Statement
from workflow.inference.writing.artefacts import write_csv, write_text
from workflow.inference.writing.html import data_uri, page

TITLES = {
    PLANE: "Kinetic mixing",
    "yield_plane": "Relic targets: Majorana, scalar and Dirac dark matter",
    "coupling_plane_2008": "Coupling plane of the paper, data of 2008",
    "coupling_plane_modern": "Coupling plane of the paper, data of today",
    "n_eff": "Effective number of neutrinos",
    "required_cross_section": "Cross-section that the 511 keV line requires",
    "radial_profile": "Profile of the line",
    "in_flight": "Photons of positrons in flight",
    "injection_energy": "Energy of the positrons",
    "mass_relation": "Masses of the hidden sector",
    "lsp_decay": "Decay of the lightest supersymmetric particle of the MSSM",
}


@dataclass(frozen=True)
class Exhibit:
    """A figure of the page: image as data URI, and addresses of its other files relative to the page."""

    name: str
    title: str
    image: str
    caption: str
    command: str
    files: tuple[str, ...]


def write_gallery(atlas: Path, planes: Path, statements: Sequence[Statement], folder: Path) -> None:
    """Write ``index.html`` and ``paper_statements.csv``.

    Parameters
    ----------
    atlas, planes : Path
        Folders of the atlas and of the kinetic-mixing plane.
    statements : sequence of Statement
        What the paper states, beside ours.
    folder : Path
        Where to, beside the other two.

    Raises
    ------
    FileNotFoundError
        If a figure is missing.
    """
    exhibits = [_exhibit(name, planes if name == PLANE else atlas) for name in (PLANE, *FIGURES)]
    exhibits.sort(key=lambda exhibit: list(TITLES).index(exhibit.name))
    with (planes / "reproduction.csv").open(newline="", encoding="utf-8") as stream:
        edges = list(csv.DictReader(stream))
    write_csv(folder / "paper_statements.csv", [Statement._fields, *statements])
    write_text(
        folder / "index.html",
        page("gallery.html.j2", {"exhibits": exhibits, "statements": statements, "edges": edges}),
    )


def _exhibit(name: str, folder: Path) -> Exhibit:
    target = "planes" if name == PLANE else "atlas"
    return Exhibit(
        name=name,
        title=TITLES[name],
        image=data_uri(folder / f"{name}.png"),
        caption=run_figure.caption(name) if name == PLANE else caption(name),
        command=f"snakemake --cores all {target}",
        files=tuple(f"../{folder.name}/{name}.{kind}" for kind in KINDS if kind != "png"),
    )
