"""The figures of the physics and of the data that need tables but no run."""

from collections.abc import Callable
from pathlib import Path

from matplotlib.figure import Figure

from model.physics.galaxy.halo import Galaxy
from model.physics.nuisances import default_nuisances
from model.physics.surroundings import Surroundings
from workflow.inference.atlas.coupling_plane import coupling_plane_figure
from workflow.inference.atlas.in_flight import in_flight_figure
from workflow.inference.atlas.injection_energy import injection_energy_figure
from workflow.inference.atlas.lsp_decay import lsp_decay_figure
from workflow.inference.atlas.mass_relation import mass_relation_figure
from workflow.inference.atlas.n_eff import n_eff_figure
from workflow.inference.atlas.radial_profile import radial_profile_figure
from workflow.inference.atlas.required_cross_section import required_cross_section_figure
from workflow.inference.atlas.yield_plane import yield_plane_figure
from workflow.inference.drawing.figure_files import save
from workflow.inference.run.tables import surroundings
from workflow.inference.writing.origin import Origin
from workflow.inference.writing.progress import say

GALAXY = Galaxy(aperture_deg=15.0)  # the bulge of the published fluxes
_CAPTIONS = Path(__file__).parent / "captions"
NUISANCES = default_nuisances(GALAXY.profile)


# The key is the name of the files, which the rule of Snakemake reads here too; captions/<name>.rst is the caption.
# Each is drawn from the bath and the J-factors, and from the folder where computed tables are kept.
FIGURES: dict[str, Callable[[Surroundings, Path], Figure]] = {
    "radial_profile": lambda *_: radial_profile_figure(),
    "required_cross_section": lambda around, _: required_cross_section_figure(around),
    "in_flight": lambda *_: in_flight_figure(),
    "injection_energy": lambda *_: injection_energy_figure(),
    "coupling_plane_2008": lambda around, _: coupling_plane_figure(around, NUISANCES, 2008),
    "coupling_plane_modern": lambda around, _: coupling_plane_figure(around, NUISANCES, "modern"),
    "n_eff": lambda *_: n_eff_figure(),
    "yield_plane": lambda around, tables: yield_plane_figure(around, NUISANCES, None, tables),
    "mass_relation": lambda *_: mass_relation_figure(),
    "lsp_decay": lambda *_: lsp_decay_figure(),
}


def caption(name: str) -> str:
    """The caption of a figure in plain text."""
    return (_CAPTIONS / f"{name}.rst").read_text(encoding="utf-8").strip()


def write_atlas(tables: Path, folder: Path, origin: Origin | None = None) -> tuple[Path, ...]:
    """Draw all; each becomes the files that `figure_files.save` writes.

    Parameters
    ----------
    tables : Path
        Where computed tables are kept.
    folder : Path
        Where to write; made if it does not exist.
    origin : Origin, optional
        What the figures are made from.
    """
    around = surroundings(GALAXY, tables)
    paths: list[Path] = []
    for name, draw in FIGURES.items():
        say(f"atlas: figure {name}")
        paths += save(draw(around, tables), folder, name, caption(name), origin)
    return tuple(paths)
