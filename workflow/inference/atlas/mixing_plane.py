"""The (m_U, epsilon) plane: the regions that each kinetic-mixing experiment excludes, with the posterior on top."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from likelihoods import kinetic_mixing
from likelihoods.mixing.experiments import Case, all_experiments
from model.physics.constants import ELECTRON_MASS
from model.physics.galaxy.halo import Galaxy
from model.physics.quantities import Array
from model.physics.surroundings import Surroundings
from workflow.inference.atlas.published_edges import dark_photon, exclusion_level, with_yields
from workflow.inference.drawing.labelled_regions import Region, draw_regions, technique_colours
from workflow.inference.drawing.style import BLACK, PAGE, label, log_plane, styled, thin
from workflow.inference.estimates import posterior_file
from workflow.inference.run.config import Config
from workflow.inference.run.tables import DEFAULT_FOLDER, surroundings

_MASS_MEV = (2.002 * ELECTRON_MASS, 1000.0)
_EPSILON = (1e-8, 1e-1)
_MASS_NODES, _EPSILON_NODES = 150, 220
_POSTERIOR_POINTS = 2500
_TITLES: dict[Case, str] = {
    "visible": r"visible: $m_U < 2 m_{\mathrm{DM}}$",
    "invisible": r"invisible: $m_U = 3 m_{\mathrm{DM}}$, $g_{\mathrm{DM}} = 1$",
}


def run_likelihood(likelihoods: Mapping[str, object]) -> kinetic_mixing.Likelihood:
    """Every experiment of the era of the run, with its options; all experiments if the run has none."""
    chosen = likelihoods.get("kinetic_mixing")
    if isinstance(chosen, kinetic_mixing.Likelihood):
        return replace(chosen, include="all", exclude=())
    return kinetic_mixing.Likelihood(include="all", era="modern")


class PosteriorPoints(NamedTuple):
    """Draws of a posterior, each (n,): mass of U [MeV], mixing, and branching ratio to dark matter."""

    m_u_mev: Array
    epsilon: Array
    br_invisible: Array


@styled
def mixing_plane_figure(
    surroundings: Surroundings,
    likelihood: kinetic_mixing.Likelihood,
    posterior: PosteriorPoints | None = None,
    tables_folder: Path = DEFAULT_FOLDER,
) -> Figure:
    """Excluded regions of a dark photon, visible and invisible decays side by side.

    Each experiment is drawn at its own published confidence level (``published_edges.exclusion_level``). A draw of
    the posterior is in the panel of its larger branching ratio.

    Parameters
    ----------
    surroundings : Surroundings
        Tables of the run; the table of yields is loaded or computed here.
    likelihood : Likelihood
        Which experiments, era and reading to draw.
    posterior : PosteriorPoints or None
        Draws to put on top.
    tables_folder : Path
        Where tables are kept.
    """
    surroundings = with_yields(surroundings, likelihood, tables_folder)
    figure = Figure(figsize=(PAGE, 3.9))
    cases: tuple[Case, ...] = ("visible", "invisible")
    panels = figure.subplots(1, 2, sharex=True, sharey=True)
    figure.subplots_adjust(left=0.075, right=0.98, bottom=0.2, top=0.93, wspace=0.04)
    colours = technique_colours([experiment.record.group for experiment in all_experiments().values()])
    shown: list[str] = []
    for axes, case in zip(panels, cases, strict=True):
        log_plane(axes, _MASS_MEV, _EPSILON, 8)
        shown += _draw_regions(axes, likelihood, surroundings, case, colours)
        if posterior is not None:
            _draw_posterior(axes, posterior, case)
        axes.set_title(_TITLES[case])
        axes.set_xlabel(label("m_U", "MeV"))
    panels[0].set_ylabel(label(r"\epsilon", "1"))
    handles: list[Artist] = [
        Patch(facecolor=to_rgba(colour, 0.2), edgecolor=colour, label=technique)
        for technique, colour in colours.items()
        if technique in shown
    ]
    if posterior is not None:
        handles.append(Line2D([], [], marker="o", ms=2, ls="", color=BLACK, label="draws of the posterior"))
    figure.legend(handles=handles, loc="lower center", ncols=4)
    return figure


def _draw_regions(
    axes: Axes,
    likelihood: kinetic_mixing.Likelihood,
    surroundings: Surroundings,
    case: Case,
    colours: Mapping[str, str],
) -> list[str]:
    """Draw the experiments that exclude anything in the panel; returns their techniques."""
    log_m = np.linspace(np.log10(_MASS_MEV[0]), np.log10(_MASS_MEV[1]), _MASS_NODES)
    log_epsilon = np.linspace(np.log10(_EPSILON[0]), np.log10(_EPSILON[1]), _EPSILON_NODES)
    grid_m, grid_epsilon = np.meshgrid(log_m, log_epsilon)
    prediction = dark_photon(10.0 ** grid_m.ravel(), 10.0 ** grid_epsilon.ravel(), case, surroundings)
    regions = []
    for name, level in exclusion_level(likelihood, prediction).items():
        record = all_experiments()[name].record
        regions.append(Region(record.label, record.group, level.reshape(grid_m.shape)))
    draw_regions(axes, log_m, log_epsilon, regions, colours)
    return [region.technique for region in regions if region.level.max() > 0.0]


def _draw_posterior(axes: Axes, posterior: PosteriorPoints, case: Case) -> None:
    here = (posterior.br_invisible > 0.5) == (case == "invisible")
    keep = thin(len(here), _POSTERIOR_POINTS)
    m_u, epsilon = posterior.m_u_mev[keep][here[keep]], posterior.epsilon[keep][here[keep]]
    axes.plot(np.log10(m_u), np.log10(epsilon), ".", ms=1.2, mew=0, color="0.25", rasterized=True, zorder=4)


def plane_of_run(config: Config, posterior_path: Path, tables_folder: Path) -> Figure:
    """The plane with the experiments of a run's era and the draws of its posterior on top."""
    file = posterior_file.read(posterior_path)
    names = ("m_u_mev", "epsilon", "br_u_invisible")
    has_u = all(name in file.posterior for name in names)  # hypotheses about the positrons alone have no U
    draws = PosteriorPoints(*map(file.samples, names)) if has_u else None
    around = surroundings(config.galaxy, tables_folder)
    figure: Figure = mixing_plane_figure(around, run_likelihood(config.likelihoods), draws, tables_folder)
    return figure


def plane_without_run(tables_folder: Path) -> Figure:
    """The plane of all experiments alone."""
    around = surroundings(Galaxy(), tables_folder)  # the halo plays no part in a laboratory
    figure: Figure = mixing_plane_figure(around, run_likelihood({}), None, tables_folder)
    return figure
