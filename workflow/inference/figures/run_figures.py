"""The figures of a run: one entry for each, whose key is the name of its files."""

from pathlib import Path

from workflow.inference.drawing.figure_files import save
from workflow.inference.estimates import posterior_file
from workflow.inference.figures import (
    predictive,
    profile,
    pulls,
    rank,
    run_corners,
    trace,
)
from workflow.inference.figures.run_figure import RunFigure, caption
from workflow.inference.writing.origin import Origin
from workflow.inference.writing.progress import say

# The rules of Snakemake and the report read the names from here; the order is that of the report.
FIGURES: dict[str, RunFigure] = {
    "corner": run_corners.COUPLINGS,
    "corner_derived": run_corners.DERIVED,
    "corner_parameters": run_corners.PARAMETERS,
    "pulls": pulls.FIGURE,
    "predictive": predictive.FIGURE,
    "trace": trace.FIGURE,
    "rank": rank.FIGURE,
}

# Separate steps draw these: the plane needs the physics, and the profile is optional.
PLANE, PROFILE = "kinetic_mixing_plane", "profile"
OTHER_FIGURES: dict[str, RunFigure] = {
    PLANE: RunFigure(
        section="mixing",
        alternative_text=lambda *_: (
            "Kinetic mixing against the mass of U: regions that each experiment excludes, and draws of the posterior."
        ),
    ),
    PROFILE: profile.FIGURE,
}


def write_figures(
    posterior_path: Path, diagnostics_path: Path, folder: Path, origin: Origin | None = None
) -> tuple[Path, ...]:
    """Draw `FIGURES`; each becomes the files that `figure_files.save` writes.

    Parameters
    ----------
    posterior_path, diagnostics_path : Path
        ``posterior.nc`` and ``diagnostics.json`` of one run.
    folder : Path
        Where to write; made if it does not exist.
    origin : Origin, optional
        What the figures are made from.

    Raises
    ------
    ValueError
        If the files lack something that a figure shows; the message names it.
    """
    file = posterior_file.read(posterior_path)
    diagnostics = posterior_file.read_diagnostics(diagnostics_path)
    paths: list[Path] = []
    for name, figure in FIGURES.items():
        if figure.draw is not None:
            say(f"{file.run}: figure {name}")
            paths += save(figure.draw(file, diagnostics), folder, name, caption(name), origin)
    return tuple(paths)
