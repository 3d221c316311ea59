"""Figures of the physics that need tables and data but no run."""

from collections.abc import Callable
from pathlib import Path

from matplotlib.figure import Figure

from model.physics.galaxy.halo import DEFAULTS, Galaxy
from model.physics.surroundings import Surroundings
from workflow.inference.atlas.coupling_plane import coupling_plane_figure
from workflow.inference.atlas.in_flight import in_flight_figure
from workflow.inference.atlas.injection_energy import injection_energy_figure
from workflow.inference.atlas.mass_relation import mass_relation_figure
from workflow.inference.atlas.n_eff import n_eff_figure
from workflow.inference.atlas.radial_profile import radial_profile_figure
from workflow.inference.atlas.required_cross_section import required_cross_section_figure
from workflow.inference.atlas.yield_plane import yield_plane_figure
from workflow.inference.figures.style import save
from workflow.inference.run.config import F_PS_DEFAULT
from workflow.inference.run.tables import surroundings

GALAXY = Galaxy(aperture_deg=15.0)  # the bulge of the published fluxes
NUISANCES = {**DEFAULTS[GALAXY.profile], "f_ps": F_PS_DEFAULT}


def figures(around: Surroundings, tables: Path) -> dict[str, Callable[[], Figure]]:
    """Every figure by name, drawn when called.

    Parameters
    ----------
    around : Surroundings
        Bath and J-factors.
    tables : Path
        Where computed tables are kept.
    """
    return {
        "radial_profile": radial_profile_figure,
        "required_cross_section": lambda: required_cross_section_figure(around),
        "in_flight": in_flight_figure,
        "injection_energy": injection_energy_figure,
        "coupling_plane_2008": lambda: coupling_plane_figure(around, NUISANCES, 2008),
        "coupling_plane_modern": lambda: coupling_plane_figure(around, NUISANCES, "modern"),
        "n_eff": n_eff_figure,
        "yield_plane": lambda: yield_plane_figure(around, NUISANCES, None, tables),
        "mass_relation": mass_relation_figure,
    }


def write_atlas(tables: Path, folder: Path) -> tuple[Path, ...]:
    """Draw all; each becomes ``<name>.png`` and ``<name>.pdf``.

    Parameters
    ----------
    tables : Path
        Where computed tables are kept.
    folder : Path
        Where to write; made if it does not exist.
    """
    drawn = figures(surroundings(GALAXY, tables), tables)
    return tuple(path for name, draw in drawn.items() for path in save(draw(), folder, name))
