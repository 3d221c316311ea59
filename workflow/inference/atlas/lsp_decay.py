"""Decay of the MSSM's lightest supersymmetric particle to the hidden sector, and the flight of U that it makes."""

import math
from collections.abc import Mapping
from typing import get_args

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from model.physics.constants import ELECTRON_MASS
from model.physics.hidden_sector.charges import dark_photon
from model.physics.hidden_sector.u_decay import partial_widths
from model.physics.quantities import Array, DarkMatter, Spectrum
from model.physics.supersymmetry.lsp_decay import (
    DISPLACED_BELOW_M,
    LENGTH_CLASSES,
    PROMPT_BELOW_M,
    Kind,
    LspSettings,
    decay_length_m,
    u_flight_m,
    width_gev,
)
from workflow.inference.drawing.corner import RUN_COLOURS
from workflow.inference.drawing.style import (
    BLACK,
    GREEN,
    GREY,
    ORANGE,
    PAGE,
    PURPLE,
    SMALL,
    label,
    log_plane,
    styled,
    thin,
)
from workflow.inference.estimates.posterior_file import PosteriorFile

COLUMNS = ("g", "chi", "m_u_mev", "epsilon", "br_u_invisible", "lsp_ctau_m")  # of a run that can be drawn on top
MULTIPLETS = 2  # of the anomaly-free model
_KINDS: dict[Kind, tuple[str, str]] = {
    "neutralino": (BLACK, "-"),
    "slepton": (GREEN, "--"),
    "sneutrino": (PURPLE, "-."),
    "squark": (ORANGE, ":"),
}
_PRODUCT, _LENGTH_M = (1e-8, 1e-2), (1e-9, 1e5)
_MASS_MEV, _MIXING, _SHORTEST_M = (2.001 * ELECTRON_MASS, 1e3), (1e-7, 1e-1), 1e-12
_NODES = 150
_DRAWS = 1500


@styled
def lsp_decay_figure(posteriors: Mapping[str, PosteriorFile] | None = None) -> Figure:
    """Left: decay length of each kind of particle of 100 GeV. Right: flight of a U of 50 GeV that decays to e+e- alone.

    Parameters
    ----------
    posteriors : mapping of str to PosteriorFile, optional
        Runs whose draws are put on top, by the name in the legend. A run without `COLUMNS` is left out.
    """
    figure = Figure(figsize=(PAGE, 3.2), layout="constrained")
    left, right = figure.subplots(1, 2)
    _decay_lengths(left)
    _flights(right)
    drawn = {
        name: file for name, file in (posteriors or {}).items() if all(column in file.posterior for column in COLUMNS)
    }
    for colour, (name, file) in zip(RUN_COLOURS, drawn.items(), strict=False):
        few = thin(file.samples("g").size, _DRAWS)
        values = {column: file.samples(column)[few] for column in COLUMNS}
        visible = values["br_u_invisible"] < 0.5
        look = {"ls": "", "marker": ".", "ms": 2.2, "mew": 0, "color": colour, "zorder": 5, "rasterized": True}
        left.plot(np.log10(values["g"] * values["chi"]), np.log10(values["lsp_ctau_m"]), label=name, **look)
        right.plot(np.log10(values["m_u_mev"][visible]), np.log10(values["epsilon"][visible]), label=name, **look)
    handles = [Line2D([], [], color=colour, ls=line, label=kind) for kind, (colour, line) in _KINDS.items()]
    handles += [
        Line2D([], [], marker="o", ms=3, ls="", color=colour, label=f"draws of {name}")
        for colour, name in zip(RUN_COLOURS, drawn, strict=False)
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=4 if len(drawn) != 1 else 5)
    return figure


def _decay_lengths(axes: Axes) -> None:
    product = np.geomspace(*_PRODUCT, _NODES)
    for kind in get_args(Kind):
        colour, line = _KINDS[kind]
        width = width_gev(LspSettings(kind=kind), product, np.ones_like(product), MULTIPLETS, universal=False)
        axes.plot(np.log10(product), np.log10(decay_length_m(width)), color=colour, ls=line, lw=1.2, label=kind)
    for edge in (PROMPT_BELOW_M, DISPLACED_BELOW_M):
        axes.axhline(math.log10(edge), color=GREY, lw=0.6, ls=(0, (4, 3)), zorder=1)
    lows, highs = (_LENGTH_M[0], PROMPT_BELOW_M, DISPLACED_BELOW_M), (PROMPT_BELOW_M, DISPLACED_BELOW_M, _LENGTH_M[1])
    for name, low, high in zip(LENGTH_CLASSES, lows, highs, strict=True):
        middle, (first, last) = 0.5 * (math.log10(low) + math.log10(high)), np.log10(_PRODUCT)
        x, side = (first + 0.1, "left") if high == PROMPT_BELOW_M else (last - 0.1, "right")  # off the lines
        axes.text(x, middle, name, ha=side, va="center", fontsize=SMALL, color=GREY)
    log_plane(axes, _PRODUCT, _LENGTH_M)
    axes.set_xlabel(label(r"g\,\chi", "1"))
    axes.set_ylabel(label(r"c\tau_{\mathrm{LSP}}", "m"))
    axes.set_title(r"$m_{\mathrm{LSP}} = 100$ GeV, $N_{11} = 1$, $M_1 = 400$ GeV")


def _flights(axes: Axes) -> None:
    log_m, log_mixing = (np.log10(np.geomspace(*ends, _NODES)) for ends in (_MASS_MEV, _MIXING))
    m_u, mixing = (10.0 ** grid.ravel() for grid in np.meshgrid(log_m, log_mixing))
    flight = u_flight_m(m_u, _visible_width(m_u, mixing), LspSettings().m_lsp_gev).reshape(_NODES, _NODES)
    edges = [math.log10(edge) for edge in (_SHORTEST_M, PROMPT_BELOW_M, DISPLACED_BELOW_M)]
    axes.contourf(log_m, log_mixing, np.log10(flight), levels=[*edges, 30.0], colors=["0.97", "0.88", "0.76"])
    # Matplotlib would draw the contour of a negative logarithm with dashes.
    lines = axes.contour(
        log_m, log_mixing, np.log10(flight), levels=edges[1:], colors=["0.3"], linewidths=0.7, linestyles="-"
    )
    lines.set_label("flight of 0.1 mm and of 10 m")
    for name, place in zip(LENGTH_CLASSES, ((2.1, -2.2), (0.75, -2.6), (0.75, -6.3)), strict=True):
        axes.text(*place, name, fontsize=SMALL, ha="center", va="center", zorder=6)
    log_plane(axes, _MASS_MEV, _MIXING)
    axes.set_xlabel(label("m_U", "MeV"))
    axes.set_ylabel(label(r"\epsilon", "1"))
    axes.set_title(r"flight of $U\to e^+e^-$ with $E_U = 50$ GeV")


def _visible_width(m_u: Array, mixing: Array) -> Array:
    """Width [MeV] of a kinetically mixed U whose decay to dark matter is closed."""
    undefined = np.full_like(m_u, np.nan)
    spectrum = Spectrum(m_dm=m_u, m_u=m_u, m_rad=undefined, m_scalar=undefined)
    return partial_widths(spectrum, dark_photon(np.zeros_like(m_u), mixing), DarkMatter.MAJORANA).total
