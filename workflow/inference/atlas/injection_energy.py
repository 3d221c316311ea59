"""Constraints of each data set on the mass of annihilating dark matter through the energy of its positrons."""

from typing import NamedTuple

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from likelihoods.injection_energy import Likelihood
from model.physics.constants import ELECTRON_MASS
from model.physics.positrons.line_511kev import F_PS
from model.physics.quantities import Array
from workflow.inference.drawing.style import (
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
    styled,
)

_MASS_MEV = (1.0, 200.0)
_LOWEST = -8.0
_LEVEL_95 = -1.92  # of ln L against its maximum, one parameter


class Curve(NamedTuple):
    """A likelihood of the mass, the gas for which it holds, and the published edge [MeV] that it should reproduce."""

    name: str
    likelihood: Likelihood
    x_ion: float
    published: float | None
    colour: str
    style: str


# The published edges are those of docs/physics/galaxy.md 7.
CURVES = (
    Curve("internal bremsstrahlung only", Likelihood(processes="internal"), 0.0, 20.0, GREEN, "-"),
    Curve("2008, neutral gas", Likelihood(), 0.0, 3.0, BLUE, "-"),
    Curve("2008, half ionised", Likelihood(), 0.5, None, PURPLE, "--"),
    Curve("2008, ionised gas", Likelihood(), 1.0, 7.5, SKY, "-"),
    Curve("Das et al. 2025, SPI", Likelihood(era="modern_upper"), 0.5, 50.0, ORANGE, "-"),
    Curve("Knödlseder et al. 2025, COMPTEL", Likelihood(era="modern_detection"), 0.5, 2.5, VERMILLION, "-"),
)


@styled
def injection_energy_figure(curves: tuple[Curve, ...] = CURVES) -> Figure:
    """Log-likelihood of the mass relative to its maximum; triangles are the published edges and the published best fit.

    Parameters
    ----------
    curves : tuple of Curve
        The curves to draw.
    """
    figure = Figure(figsize=(PAGE, 3.2), layout="constrained")
    axes = figure.subplots()
    masses = np.geomspace(*_MASS_MEV, 500)
    axes.axhline(_LEVEL_95, color=GREY, lw=0.8, ls=":")
    axes.annotate("95 %", (_MASS_MEV[1] * 0.97, _LEVEL_95), ha="right", va="bottom", color=GREY, fontsize=SMALL)
    for curve in curves:
        axes.plot(masses, mass_likelihood(curve, masses), color=curve.colour, ls=curve.style, lw=1.2, label=curve.name)
        if curve.published is not None:
            axes.plot(curve.published, 0.25, marker="v", ms=7, color=curve.colour, mec="white", clip_on=False)
    axes.set(xscale="log", xlim=_MASS_MEV, ylim=(_LOWEST, 0.5))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.set_xlabel(label(r"m_{\rm DM}", "MeV"))
    axes.set_ylabel(r"$\ln L - \ln L_{\max}$")
    figure.legend(loc="outside lower center", ncols=3)
    return figure


def mass_likelihood(curve: Curve, masses: Array) -> Array:
    """Log-likelihood of each mass [MeV] relative to the best of them, shape (n,)."""
    values = {"f_ps": np.full(masses.shape, F_PS.default), "x_ion": np.full(masses.shape, curve.x_ion)}
    level = curve.likelihood.of_energy(masses - ELECTRON_MASS, values)
    result: Array = level - level.max()
    return result
