"""The mass relation of arXiv:0801.3686: the radiative mass of Eqs. (2)-(3), and the spectra that follow from it."""

import math

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from model.physics.hidden_sector.radiative_mass import radiative_mass
from workflow.inference.drawing.style import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PAGE,
    PURPLE,
    SKY,
    SMALL,
    VERMILLION,
    label,
    log_plane,
    styled,
)

LAMBDA_UV_GEV = 1.0e9
_SOFT_TEV = ((0.1, SKY), (1.0, GREEN), (4.0, VERMILLION), (10.0, ORANGE), (100.0, PURPLE))
_PRODUCT = (1e-8, 1e-2)
_MASS_MEV = (1e-3, 1e4)
_BENCHMARK = (1.0e-5, 4.0)  # g_UXX g_Uff and m_S [TeV] of Eq. (3)
_NODES = 200


@styled
def mass_relation_figure() -> Figure:
    """Left: |m_rad| of one scalar in the loop against the product of couplings. Right: masses of both models.

    Eq. (3) with its "(4 TeV^2)" read as (4 TeV)^2: 6.38 MeV^2 at g_UXX^2 g_Uff^2 = 1e-10. Masses are over that of U,
    where the paper and the corrected spectrum differ in the scalars alone.
    """
    figure = Figure(figsize=(PAGE, 3.1), layout="constrained")
    left, right = figure.subplots(1, 2)
    _radiative(left)
    _spectra(right)
    return figure


def _radiative(axes: Axes) -> None:
    product = np.geomspace(*_PRODUCT, _NODES)
    one = np.ones_like(product)
    for m_soft, colour in _SOFT_TEV:
        mass = radiative_mass(one, product**2, m_soft * one, LAMBDA_UV_GEV)
        axes.plot(np.log10(product), np.log10(mass), color=colour, lw=1.4, label=rf"$m_S = {m_soft:g}$ TeV")
    coupling, m_soft = _BENCHMARK
    at = radiative_mass(np.ones(1), np.array([coupling**2]), np.array([m_soft]), LAMBDA_UV_GEV)[0]
    axes.plot(math.log10(coupling), math.log10(at), "o", ms=5, color=BLACK, zorder=5)
    axes.annotate(
        rf"Eq. (3): $|m_{{\mathrm{{rad}}}}^2| = {at**2:.2f}$ MeV$^2$",
        (math.log10(coupling), math.log10(at)),
        xytext=(-2.15, -2.4),
        ha="right",
        fontsize=SMALL,
        arrowprops={"arrowstyle": "-", "color": GREY, "lw": 0.7, "shrinkB": 4},
    )
    log_plane(axes, _PRODUCT, _MASS_MEV)
    axes.set_xlabel(label(r"g_{UXX}\,g_{Uff}", "1"))
    axes.set_ylabel(label(r"|m_{\mathrm{rad}}|", "MeV"))
    axes.legend(loc="upper left", fontsize=SMALL)
    axes.set_title(r"one scalar, $\Lambda_{\mathrm{UV}} = 10^9$ GeV")


def _spectra(axes: Axes) -> None:
    ratio = np.linspace(0.0, 1.0, _NODES)  # lambda / (sqrt2 g), the range of the two-vev vacuum
    axes.plot(ratio, ratio, color=BLUE, lw=1.2, label="dark matter: fermions, three scalars")
    axes.plot(ratio, np.ones_like(ratio), color=BLACK, lw=1.2, label=r"$U$, fermions, scalar (paper)")
    axes.plot(ratio, np.sqrt(1.0 - ratio**2), color=VERMILLION, lw=1.2, label="that scalar, corrected")
    axes.plot(ratio, np.zeros_like(ratio), color=GREEN, lw=1.2, clip_on=False, label="pseudoscalar, massless")
    axes.plot([0.5, 0.5], [0.0, 1.0], color=GREY, ls=(0, (1, 2)), lw=0.9)
    axes.text(0.48, 0.06, r"$m_U > 2\,m_{\mathrm{DM}}$", ha="right", fontsize=SMALL, color=GREY)
    axes.plot(1.04, 1.0, "s", ms=5, color=BLACK, clip_on=False, zorder=5)
    axes.plot(1.04, math.sqrt(2.0), "D", ms=5, mfc="white", color=BLACK, clip_on=False, zorder=5)
    axes.text(1.06, 1.0, "minimal:\nall", fontsize=SMALL, va="center")
    axes.text(1.06, math.sqrt(2.0), "its scalar,\npaper", fontsize=SMALL, va="center")
    axes.set_xlim(0.0, 1.0)
    axes.set_ylim(0.0, 1.75)
    axes.set_xlabel(label(r"\lambda/(\sqrt{2}\,g)", "1"))
    axes.set_ylabel(label(r"m/m_U", "1"))
    axes.legend(loc="upper left", fontsize=SMALL)
    axes.set_title("anomaly-free model")
