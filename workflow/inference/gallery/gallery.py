"""The page of the figures of the field, with their commands and captions, and of published numbers beside ours."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from workflow.inference.atlas.atlas import FIGURES, caption
from workflow.inference.atlas.lsp_decay import lsp_decay_figure
from workflow.inference.atlas.published_edges import COLUMNS as EDGES
from workflow.inference.drawing.figure_files import KINDS, save
from workflow.inference.estimates import posterior_file
from workflow.inference.figures import run_figure
from workflow.inference.figures.run_figures import PLANE
from workflow.inference.gallery.paper_statements import Statement, Target
from workflow.inference.writing.artefacts import read_csv, write_csv, write_text
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
LSP = "lsp_decay"  # the figure of the atlas on which draws of runs are put
OF_RUN = {"corner": "couplings", "corner_derived": "masses and observables", PLANE: "kinetic mixing"}


@dataclass(frozen=True)
class Exhibit:
    """A figure of the page: image as data URI, and addresses of its other files relative to the page."""

    name: str
    title: str
    image: str
    caption: str
    command: str
    files: tuple[str, ...]


def write_gallery(
    atlas: Path,
    planes: Path,
    published: tuple[Sequence[Statement], Sequence[Target]],
    folder: Path,
    runs: Sequence[Path] = (),
) -> None:
    """Write ``index.html``, ``paper_statements.csv`` and ``relic_targets.csv``.

    Parameters
    ----------
    atlas, planes : Path
        Folders of the atlas and of the kinetic-mixing plane.
    published : (sequence of Statement, sequence of Target)
        What the paper states and the published lines of thermal relics, beside ours.
    folder : Path
        Where to, beside the other two.
    runs : sequence of Path, optional
        Folders of finished runs, of any model and era. Their figures are shown, and their draws in the figure of the
        lightest supersymmetric particle.

    Raises
    ------
    FileNotFoundError
        If a figure is missing.
    """
    exhibits = [_exhibit(name, planes if name == PLANE else atlas) for name in (PLANE, *FIGURES)]
    exhibits.sort(key=lambda exhibit: list(TITLES).index(exhibit.name))
    if runs:
        exhibits = [_with_draws(each, runs, folder) if each.name == LSP else each for each in exhibits]
        exhibits += [_exhibit_of_run(run, name) for run in runs for name in OF_RUN]
    statements, targets = published
    edges = read_csv(planes / "reproduction.csv", EDGES)
    write_csv(folder / "paper_statements.csv", [Statement._fields, *statements])
    write_csv(folder / "relic_targets.csv", [Target._fields, *targets])
    content = {"exhibits": exhibits, "statements": statements, "targets": targets, "edges": edges}
    write_text(folder / "index.html", page("gallery.html.j2", content))


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


def _with_draws(exhibit: Exhibit, runs: Sequence[Path], folder: Path) -> Exhibit:
    """The figure of the atlas again, with the draws of the runs on top."""
    files = {run.name: posterior_file.read(run / "posterior.nc") for run in runs}
    image = save(lsp_decay_figure(files), folder, exhibit.name, exhibit.caption)[0]
    return replace(
        exhibit,
        image=data_uri(image),
        command=_command(runs),
        files=tuple(f"{exhibit.name}.{kind}" for kind in KINDS if kind != "png"),
    )


def _exhibit_of_run(run: Path, name: str) -> Exhibit:
    figures = run / "figures"
    return Exhibit(
        name=f"{run.name}-{name}",
        title=f"{run.name}: {OF_RUN[name]}",
        image=data_uri(figures / f"{name}.png"),
        caption=run_figure.caption(name),
        command=f"snakemake --cores all results/{run.name}/report.html",
        files=tuple(f"../{run.name}/figures/{name}.{kind}" for kind in KINDS if kind != "png"),
    )


def _command(runs: Sequence[Path]) -> str:
    return f"snakemake --cores all gallery --config runs={','.join(run.name for run in runs)}"
