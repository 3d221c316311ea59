"""The plane of y = epsilon^2 alpha_D (m_DM/m_U)^4 against m_DM: thermal targets and excluded regions."""

import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from likelihoods import cmb, direct_detection, kinetic_mixing, self_interaction
from likelihoods.mixing.experiments import all_experiments
from model.physics.confidence import ONE_SIDED_90
from model.physics.constants import ELECTRON_MASS
from model.physics.prediction import Prediction
from model.physics.quantities import Array
from model.physics.surroundings import Surroundings
from model.vector_portal import Model
from workflow.inference.atlas.published_edges import exclusion_level, with_yields
from workflow.inference.drawing.labelled_regions import Region, write_names
from workflow.inference.drawing.style import BLACK, BLUE, GREEN, PAGE, SKY, label, log_plane, styled, thin
from workflow.inference.run.tables import DEFAULT_FOLDER

Kind = Literal["majorana", "scalar", "dirac"]

ALPHA_DARK = 0.1
MASS_RATIO = 3.0  # m_U / m_DM, the convention of such plots
OMEGA_H2 = 0.12
_MASS_MEV = (1.001 * ELECTRON_MASS, 300.0)
_Y = (1e-15, 1e-5)
_NODES = 150
_TARGET_NODES = 81
_POSTERIOR_POINTS = 3000
_LEVEL_90 = -0.5 * ONE_SIDED_90**2
# Lines of thermal relics that LDMX shows for m_U = 3 m_DM (arXiv:1808.05219, after arXiv:1807.01730): mass [MeV] and y,
# to three digits, from a table that members of the collaboration keep with their programs. The third line is that of a
# pseudo-Dirac fermion, whose two states differ in mass; ours is a Dirac fermion. Beyond 200 MeV the table resolves the
# resonances of hadrons coarsely.
TARGET_MASS_MEV = (1.0, 2.34, 4.42, 10.3, 19.6, 45.8, 70.0, 90.1, 126.0)
TARGETS: dict[Kind, tuple[float, ...]] = {
    "majorana": (5.82e-14, 3.27e-13, 1.12e-12, 6.60e-12, 2.62e-11, 1.66e-10, 4.15e-10, 6.97e-10, 8.17e-10),
    "scalar": (1.16e-13, 6.54e-13, 2.24e-12, 1.32e-11, 5.24e-11, 3.31e-10, 8.31e-10, 1.39e-9, 1.63e-9),
    "dirac": (8.04e-15, 4.24e-14, 1.37e-13, 7.01e-13, 2.51e-12, 1.44e-11, 3.48e-11, 5.86e-11, 6.66e-11),
}
KINDS: dict[Kind, str] = {"majorana": "Majorana", "scalar": "complex scalar", "dirac": "Dirac"}
_BESIDE_THE_LINE = 0.7  # distance of names from the line of the relic and its circles, in ln Omega
_BESIDE = {"cmb": ("CMB", SKY), "direct_detection": ("DAMIC-M", GREEN)}


def invisible_searches() -> tuple[str, ...]:
    """Names of the experiments that published a limit on U's invisible decays."""
    experiments = all_experiments().items()
    return tuple(name for name, e in experiments if e.case == "invisible" and e.record.published is not None)


def _searches() -> dict[str, tuple[str, str]]:
    """Label and colour of each likelihood that excludes a region, by its name."""
    records = {name: all_experiments()[name].record for name in invisible_searches()}
    return {name: (record.label, record.colour) for name, record in records.items()} | _BESIDE


class PosteriorPoints(NamedTuple):
    """Draws of a posterior, each (n,): mass of the dark matter [MeV] and y, for any m_U and g_UXX."""

    m_dm_mev: Array
    y: Array


@styled
def yield_plane_figure(
    surroundings: Surroundings,
    nuisances: Mapping[str, float],
    posteriors: Mapping[Kind, PosteriorPoints] | None = None,
    tables_folder: Path = DEFAULT_FOLDER,
) -> Figure:
    """A panel for each kind of dark matter: the line of the thermal relic, and the regions that are excluded today.

    U is kinetically mixed, with m_U = 3 m_DM and alpha_D = 0.1. Each search excludes at its published 90 % level, for
    particles that are all of the dark matter. Self-interaction excludes masses for any mixing.

    Parameters
    ----------
    surroundings : Surroundings
        Bath and J-factors of a run; the table of yields is loaded or computed here.
    nuisances : mapping of str to float
        Halo and line parameters, which have no effect here.
    posteriors : mapping of str to PosteriorPoints, optional
        Draws to put on top, by kind of dark matter (``majorana``, ``scalar``, ``dirac``).
    tables_folder : Path
        Where tables are kept.
    """
    invisible = kinetic_mixing.Likelihood(include=invisible_searches(), era="modern")
    surroundings = with_yields(surroundings, invisible, tables_folder)
    figure = Figure(figsize=(PAGE, 3.6), layout="constrained")
    panels = figure.subplots(1, len(KINDS), sharex=True, sharey=True)
    drawn: set[str] = set()
    for axes, (kind, title) in zip(panels, KINDS.items(), strict=True):
        drawn |= _draw(axes, kind, invisible, surroundings, nuisances)
        if posteriors and kind in posteriors:
            points = posteriors[kind]
            keep = thin(len(points.y), _POSTERIOR_POINTS)
            axes.plot(
                *np.log10([points.m_dm_mev[keep], points.y[keep]]), ".", ms=1.6, color=BLACK, alpha=0.5, rasterized=True
            )
        axes.plot(*np.log10([TARGET_MASS_MEV, TARGETS[kind]]), "o", ms=3, color=BLACK, mfc="white", mew=0.7, zorder=5)
        axes.set_title(title)
        axes.set_xlabel(label(r"m_{\mathrm{DM}}", "MeV"))
    panels[0].set_ylabel(label(r"y = \epsilon^2 \alpha_D\,(m_{\mathrm{DM}}/m_U)^4", "1"))
    handles: list[Artist] = [Line2D([], [], color=BLUE, lw=1.4, label=rf"$\Omega h^2 = {OMEGA_H2:g}$")]
    handles.append(Line2D([], [], marker="o", ms=3, ls="", color=BLACK, mfc="white", label="published target"))
    searches = (search for name, search in _searches().items() if name in drawn)
    handles += [Patch(facecolor=colour, alpha=0.4, edgecolor=colour, label=name) for name, colour in searches]
    handles.append(Patch(facecolor="none", hatch="////", edgecolor="0.4", label="clusters"))
    if posteriors:
        handles.append(Line2D([], [], marker="o", ms=3, ls="", color=BLACK, label="posterior"))
    figure.legend(handles=handles, loc="outside lower center", ncols=5)
    return figure


def relic_targets(kind: Kind, surroundings: Surroundings, nuisances: Mapping[str, float], mass_mev: Array) -> Array:
    """The y of a thermal relic at each mass [MeV], (n,): the largest at which all dark matter is made."""
    log_y = np.linspace(-15.0, -7.0, _TARGET_NODES)
    found = []
    for mass in mass_mev:
        prediction = _prediction(kind, surroundings, nuisances, np.log10([mass]), log_y)
        excess = np.log(prediction.omega_h2 / OMEGA_H2)  # falls with y
        found.append(10.0 ** np.interp(0.0, excess[::-1], log_y[::-1]))
    return np.array(found)


def _draw(
    axes: Axes,
    kind: Kind,
    invisible: kinetic_mixing.Likelihood,
    surroundings: Surroundings,
    nuisances: Mapping[str, float],
) -> set[str]:
    """Draw a panel; returns which searches exclude a region of it."""
    log_m, log_y = np.log10(np.geomspace(*_MASS_MEV, _NODES)), np.log10(np.geomspace(*_Y, _NODES))
    prediction = _prediction(kind, surroundings, nuisances, log_m, log_y)
    shape = (_NODES, _NODES)
    levels = exclusion_level(invisible, prediction)
    for name, likelihood in (
        ("cmb", cmb.Likelihood(era="modern")),
        ("direct_detection", direct_detection.Likelihood()),
    ):
        levels[name] = np.log(np.maximum(likelihood.log_likelihood(prediction) / _LEVEL_90, 1e-300))
    regions = []
    for name, (long_name, colour) in _searches().items():
        region = np.clip(levels[name].reshape(shape), -3.0, 3.0)
        if region.max() <= 0.0:
            continue
        axes.contourf(log_m, log_y, region, levels=[0.0, np.inf], colors=[colour], alpha=0.25)
        axes.contour(log_m, log_y, region, levels=[0.0], colors=[colour], linewidths=0.9)
        regions.append(Region(long_name.split()[0], name, region))
    clusters = self_interaction.Likelihood(era="modern").log_likelihood(prediction).reshape(shape)
    hatched = axes.contourf(
        log_m, log_y, np.maximum(clusters, -50.0), levels=[-np.inf, _LEVEL_90], colors="none", hatches=["////"]
    )
    hatched.set_edgecolor("0.4")
    excess = np.log(prediction.omega_h2 / OMEGA_H2).reshape(shape)
    axes.contour(log_m, log_y, excess, levels=[0.0], colors=[BLUE], linewidths=1.4, zorder=4)
    log_plane(axes, _MASS_MEV, _Y)
    regions.append(Region("clusters", "clusters", _LEVEL_90 - clusters))
    colours = {name: colour for name, (_, colour) in _searches().items()} | {"clusters": "0.3"}
    write_names(axes, log_m, log_y, regions, colours, np.abs(excess) < _BESIDE_THE_LINE, apart=True)
    return {region.technique for region in regions}


def _prediction(
    kind: Kind, surroundings: Surroundings, nuisances: Mapping[str, float], log_m: Array, log_y: Array
) -> Prediction:
    """The vector portal on the grid, rows of constant y; all dark matter is this particle."""
    m_dm, y = (10.0 ** grid.ravel() for grid in np.meshgrid(log_m, log_y))
    values = {name: np.full_like(m_dm, value) for name, value in nuisances.items()} | {
        "m_dm_mev": m_dm,
        "m_u_mev": MASS_RATIO * m_dm,
        "g_dm": np.full_like(m_dm, math.sqrt(4.0 * math.pi * ALPHA_DARK)),
        "epsilon": np.sqrt(y / ALPHA_DARK) * MASS_RATIO**2,
    }
    whole = replace(surroundings, omega_h2_measured=None)
    return Model(dark_matter=kind).predict(values, whole)
