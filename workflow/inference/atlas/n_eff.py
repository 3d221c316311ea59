"""N_eff against the mass of a species in the e-gamma bath, beside the measurements of the CMB."""

from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from likelihoods.n_eff import Likelihood
from model.physics.early_universe.neutrino_decoupling import DarkGas, n_eff
from model.physics.quantities import Array
from workflow.inference.drawing.style import (
    BLACK,
    BLUE,
    COLUMN,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    REGION_95,
    SMALL,
    VERMILLION,
    label,
    set_log_ticks,
    styled,
)

_MASS_MEV = (0.5, 25.0)
_N_EFF = (1.0, 3.25)
_POINTS = 240


class Curve(NamedTuple):
    """The species in the bath: masses over that of the abscissa, number of states, and whether each is a fermion."""

    name: str
    mass_ratio: tuple[float, ...]
    states: tuple[float, ...]
    fermion: tuple[bool, ...]
    colour: str
    line: str


_CURVES = (
    Curve("real scalar", (1.0,), (1.0,), (False,), GREEN, "-"),
    Curve("Majorana fermion", (1.0,), (2.0,), (True,), BLUE, "-"),
    Curve("complex scalar", (1.0,), (2.0,), (False,), ORANGE, "--"),
    Curve("vector U", (1.0,), (3.0,), (False,), VERMILLION, "-"),
    Curve("Dirac fermion", (1.0,), (4.0,), (True,), PURPLE, "-"),
    Curve(
        "Majorana, U and scalar,\n$m_U = m_s = 2.5\\,m$",
        (1.0, 2.5, 2.5),
        (2.0, 3.0, 1.0),
        (True, False, False),
        BLACK,
        ":",
    ),
)
# Measurement, colour of its band, name and height of the name
_BANDS = (
    (Likelihood(era="modern"), REGION_95, "Planck 2018", 2.955),
    (Likelihood(era="modern", modern_data="act_spt_planck_2026"), "#F6C9A8", "ACT, SPT and Planck 2026", 2.755),
)


@styled
def n_eff_figure() -> Figure:
    """N_eff for each kind of thermal species, with the modern measurements (1 sigma) and the bounds they set.

    Diamonds mark where chi^2 of a measurement is 4 above its minimum. They are lower bounds on the mass of a species
    that is alone in the bath and in full equilibrium with electrons and photons but not with neutrinos.
    """
    figure = Figure(figsize=(COLUMN, 3.6), layout="constrained")
    axes = figure.add_subplot()
    mass = np.geomspace(*_MASS_MEV, _POINTS)
    left, right = np.log10(_MASS_MEV)
    for likelihood, colour, name, height in _BANDS:
        (datum,) = likelihood.data
        axes.axhspan(datum.value - datum.sigma, datum.value + datum.sigma, color=colour, alpha=0.7, lw=0.0)
        axes.text(left + 0.03, height, name, fontsize=SMALL, va="center")
    standard = n_eff(DarkGas(np.ones((1, 1)), np.zeros((1, 1)), (True,)))[0]
    axes.axhline(standard, color=GREY, lw=0.8, ls=(0, (4, 3)))
    axes.text(left + 0.03, standard + 0.045, "Standard Model", color=GREY, fontsize=SMALL, va="center")
    for curve in _CURVES:
        values = _n_eff(mass, curve)
        axes.plot(np.log10(mass), values, curve.line, color=curve.colour, lw=1.2, label=curve.name)
        _mark_bounds(axes, np.log10(mass), values, curve.colour)
    axes.set_xlim(left, right)
    axes.set_ylim(*_N_EFF)
    set_log_ticks(axes.xaxis, float(left), float(right))
    axes.set_xlabel(label("m", "MeV"))
    axes.set_ylabel(label(r"N_{\rm eff}", "1"))
    diamond = Line2D([], [], marker="D", ms=4, ls="", mfc="white", mec=BLACK, label=r"$\Delta\chi^2 = 4$")
    figure.legend(handles=[*axes.get_legend_handles_labels()[0], diamond], loc="outside lower center", ncols=2)
    return figure


def _n_eff(mass: Array, curve: Curve) -> Array:
    """N_eff with the species of a curve, (n,)."""
    masses = mass[:, np.newaxis] * np.array(curve.mass_ratio)
    return n_eff(DarkGas(masses, np.broadcast_to(curve.states, masses.shape), curve.fermion))


def _mark_bounds(axes: Axes, ln_m: Array, values: Array, colour: str) -> None:
    """Where the curve, which rises through the measured value, is 2 sigma below it."""
    for likelihood, _, _, _ in _BANDS:
        (datum,) = likelihood.data
        height = datum.value - 2.0 * datum.sigma
        axes.plot(np.interp(height, values, ln_m), height, "D", ms=4, mfc="white", mec=colour, zorder=5)
