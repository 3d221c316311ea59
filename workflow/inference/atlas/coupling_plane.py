"""The coupling plane of the paper: g_Uee against m_U where U couples to dark matter with unit strength."""

import math
from collections.abc import Mapping
from typing import Literal

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from likelihoods import electron_g2, flux_511kev, relic_abundance, self_interaction
from likelihoods.data.eras import Era
from likelihoods.data.measurements import measurements
from model.physics.constants import ELECTRON_MASS
from model.physics.prediction import Prediction
from model.physics.quantities import Array
from model.physics.surroundings import Surroundings
from model.vector_portal import Model
from workflow.inference.drawing.labelled_regions import Region, write_names
from workflow.inference.drawing.style import (
    BLUE,
    COLUMN,
    GREY,
    ORANGE,
    PAGE,
    PALE,
    PURPLE,
    VERMILLION,
    label,
    log_plane,
    styled,
)

DARK_COUPLING = 1.0
_MASS_MEV = (2.002 * ELECTRON_MASS, 100.0)
_COUPLING = (1e-8, 1e-2)
_NODES = 180
_LEVEL = -2.0  # fall of ln L at two standard deviations
_WINDOW = (1e-7, 1e-5)  # of g_UXX g_Uee (10 MeV / m_U)^2, the paper
_BESIDE_THE_BANDS = 12.0  # distance of names from the bands, in units of their half width
_NAMES = {"electron g-2": PURPLE, "clusters": VERMILLION, "paper": "0.3"}  # colours of the names by technique


@styled
def coupling_plane_figure(
    surroundings: Surroundings,
    nuisances: Mapping[str, float],
    era: Era = 2008,
    m_dm_mev: tuple[float, ...] = (1.0, 3.0),
) -> Figure:
    """Couplings for which Majorana dark matter with g_UXX = 1 has its abundance or makes the 511 keV line, and bounds.

    U couples to electrons as a vector, and neither to hadrons nor to neutrinos. Bands lie within two standard
    deviations of the data, theory errors included; the electron's g-2 and self-interaction exclude at as many. The
    paper's window is 1e-7 < g_UXX g_Uee (10 MeV / m_U)^2 < 1e-5.

    Parameters
    ----------
    surroundings : Surroundings
        Bath and J-factors of a run.
    nuisances : mapping of str to float
        Halo and line parameters.
    era : {2008, "modern"}
        Era of the data; the modern g-2 is the neutral choice between Cs and Rb.
    m_dm_mev : tuple of float
        Masses of the dark matter [MeV], a panel each.
    """
    figure = Figure(figsize=(PAGE if len(m_dm_mev) > 1 else COLUMN, 3.9), layout="constrained")
    panels = figure.subplots(1, len(m_dm_mev), sharex=True, sharey=True, squeeze=False)[0]
    for axes, m_dm in zip(panels, m_dm_mev, strict=True):
        _draw(axes, surroundings, nuisances, era, m_dm)
        axes.set_title(rf"$m_{{\mathrm{{DM}}}} = {m_dm:g}$ MeV, $g_{{UXX}} = {DARK_COUPLING:g}$")
        axes.set_xlabel(label("m_U", "MeV"))
    panels[0].set_ylabel(label("g_{Uee}", "1"))
    handles: list[Artist] = [
        Patch(facecolor=BLUE, alpha=0.75, label=r"$\Omega h^2$ measured"),
        Patch(facecolor=ORANGE, alpha=0.75, label="511 keV flux"),
        Patch(facecolor=PURPLE, alpha=0.3, edgecolor=PURPLE, label=r"excluded by electron $g-2$"),
        Patch(facecolor="none", hatch="////", edgecolor=VERMILLION, label="excluded by self-interaction"),
        Patch(facecolor=PALE, edgecolor=GREY, label="window of the paper"),
        Line2D([], [], color=GREY, ls=(0, (1, 2)), label=r"$m_U = 2\,m_{\mathrm{DM}}$"),
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=3)
    return figure


def _draw(
    axes: Axes,
    surroundings: Surroundings,
    nuisances: Mapping[str, float],
    era: Era,
    m_dm: float,
) -> None:
    log_m, log_g = np.log10(np.geomspace(*_MASS_MEV, _NODES)), np.log10(np.geomspace(*_COUPLING, _NODES))
    prediction = _prediction(surroundings, nuisances, m_dm, log_m, log_g)
    shape = (_NODES, _NODES)
    alpha: Literal["rb", "neutral"] = "neutral" if f"electron_g2_{era}_neutral" in measurements() else "rb"
    g2 = electron_g2.Likelihood(era=era, alpha_from=alpha).log_likelihood(prediction).reshape(shape)
    clusters = self_interaction.Likelihood(era=era).log_likelihood(prediction).reshape(shape)
    window = np.log10(_WINDOW) + 2.0 * (log_m[:, np.newaxis] - 1.0) - math.log10(DARK_COUPLING)
    axes.fill_between(log_m, window[:, 0], window[:, 1], color=PALE, lw=0.0, zorder=0)
    axes.plot(log_m, window, color=GREY, lw=0.6, zorder=0)
    _exclude(axes, log_m, log_g, g2 - g2[0][np.newaxis], PURPLE)
    axes.contourf(
        log_m, log_g, np.maximum(clusters, -1e3), levels=[-np.inf, _LEVEL], colors="none", hatches=["////"], zorder=1
    ).set_edgecolor(VERMILLION)
    on_bands = np.zeros(shape, dtype=bool)
    relic, line = relic_abundance.Likelihood(era=era), flux_511kev.Likelihood(era=era)
    abundance_error = prediction.omega_h2_theory_error if relic.theory_error == "computed" else relic.theory_error
    for likelihood, predicted, error, colour in (
        (relic, prediction.omega_h2, abundance_error, BLUE),
        (line, prediction.flux_511kev, line.theory_error, ORANGE),
    ):
        (datum,) = likelihood.data
        half = 2.0 * np.hypot(datum.sigma / datum.value, error)
        distance = (np.log(predicted / datum.value) / half).reshape(shape)  # nearly linear on the grid, as ln L is not
        axes.contourf(log_m, log_g, distance, levels=[-1.0, 1.0], colors=[colour], alpha=0.75, zorder=3)
        on_bands |= np.abs(distance) < _BESIDE_THE_BANDS
    axes.axvline(math.log10(2.0 * m_dm), color=GREY, ls=(0, (1, 2)), lw=0.9)
    log_plane(axes, _MASS_MEV, _COUPLING)
    below, above = window.T
    inside_window = np.minimum(log_g[:, np.newaxis] - below, above - log_g[:, np.newaxis])
    regions = (
        Region(r"electron $g-2$", "electron g-2", _LEVEL - (g2 - g2[0][np.newaxis])),
        Region("self-interaction", "clusters", _LEVEL - clusters),
        Region("window of the paper", "paper", inside_window),
    )
    write_names(axes, log_m, log_g, regions, _NAMES, on_bands, apart=True)


def _exclude(axes: Axes, log_m: Array, log_g: Array, fall: Array, colour: str) -> None:
    axes.contourf(log_m, log_g, np.maximum(fall, -10.0), levels=[-np.inf, _LEVEL], colors=[colour], alpha=0.2, zorder=1)
    axes.contour(
        log_m, log_g, np.maximum(fall, -10.0), levels=[_LEVEL], colors=[colour], linewidths=0.9, linestyles="-"
    )


def _prediction(
    surroundings: Surroundings, nuisances: Mapping[str, float], m_dm: float, log_m: Array, log_g: Array
) -> Prediction:
    """The vector portal on the grid, rows of constant coupling."""
    m_u, g_e = (10.0 ** grid.ravel() for grid in np.meshgrid(log_m, log_g))
    values = {name: np.full_like(m_u, value) for name, value in nuisances.items()}
    values |= {"m_dm_mev": np.full_like(m_u, m_dm), "m_u_mev": m_u, "g_dm": np.full_like(m_u, DARK_COUPLING)}
    return Model(dark_matter="majorana", visible="chiral").predict(values | {"g_l": g_e, "g_r": g_e}, surroundings)
