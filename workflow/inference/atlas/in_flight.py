"""Photons that the positrons of the 511 keV line radiate before they are at rest, over the measured continuum."""

import itertools

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter

from likelihoods.data.continuum_spectra import Continuum, continuum
from model.physics.constants import ELECTRON_MASS
from model.physics.positrons import internal_bremsstrahlung
from model.physics.positrons.in_flight_annihilation import photons_per_positron, survival_probability
from model.physics.positrons.line_511kev import F_PS
from model.physics.positrons.line_511kev import photons_per_positron as line_photons_per_positron
from model.physics.quantities import Array
from workflow.inference.drawing.style import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PAGE,
    PURPLE,
    SKY,
    VERMILLION,
    label,
    styled,
)

INJECTION_MEV = (1.0, 3.0, 5.0, 10.0, 20.0)
_COLOURS = (SKY, BLUE, GREEN, ORANGE, VERMILLION)
_ENERGY_MEV = (0.3, 100.0)
_BINS = 400
_GASES = ((0.0, "neutral gas"), (1.0, "ionised gas"))
_LOOK = {"comptel": ("o", BLACK, "COMPTEL"), "spi": ("s", GREY, "SPI")}


@styled
def in_flight_figure(injection_mev: tuple[float, ...] = INJECTION_MEV) -> Figure:
    """Intensity of annihilation in flight and internal bremsstrahlung within 5 degrees of the Galactic centre.

    The points are means over regions that are far larger than the bulge, so that they alone constrain little. The band
    is the emission that the bulge may add to the diffuse emission of the inner Galaxy
    (``likelihoods.injection_energy``).

    Parameters
    ----------
    injection_mev : tuple of float
        Kinetic energies of the positrons [MeV], at most five.
    """
    measured = continuum()
    figure = Figure(figsize=(PAGE, 3.5), layout="constrained")
    panels = figure.subplots(1, 2, sharex=True, sharey=True)
    for axes, (x_ion, title) in zip(panels, _GASES, strict=True):
        _draw_data(axes, measured)
        for e_kin, colour in zip(injection_mev, _COLOURS, strict=False):
            energy, in_flight, internal = cone_intensity(e_kin, x_ion)
            axes.plot(energy, np.where(in_flight > 0.0, in_flight, np.nan), color=colour, lw=1.1)
            axes.plot(energy, np.where(internal > 0.0, internal, np.nan), color=colour, lw=0.9, ls=":")
        axes.set_title(title)
        axes.set(xscale="log", yscale="log", xlim=_ENERGY_MEV, ylim=(3e-5, 0.1))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axes.set_xlabel(label("E", "MeV"))
    panels[0].set_ylabel(label(r"E^2\,d\Phi/dE\,d\Omega", "MeV cm^-2 s^-1 sr^-1"))
    handles = [
        Line2D([], [], color=colour, lw=1.1, label=rf"$E_k = {e_kin:g}$ MeV")
        for e_kin, colour in zip(injection_mev, _COLOURS, strict=False)
    ]
    handles += [
        Line2D([], [], color=GREY, lw=1.1, label="in flight"),
        Line2D([], [], color=GREY, lw=0.9, ls=":", label="internal bremsstrahlung"),
        Line2D([], [], color=PURPLE, lw=4.0, alpha=0.3, label="diffuse, inner Galaxy + 40 %"),
    ]
    handles += [
        Line2D([], [], marker=marker, ms=4, color=colour, ls="", label=f"{name}, large region")
        for marker, colour, name in _LOOK.values()
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=4)
    return figure


def cone_intensity(e_kin: float, x_ion: float) -> tuple[Array, Array, Array]:
    """Photon energy, in-flight and internal E^2 dPhi/dE/dOmega within the cone of the concentration, each (k,).

    Parameters
    ----------
    e_kin : float
        Kinetic energy at injection [MeV].
    x_ion : float
        Fraction of the electrons in ionised gas [1].
    """
    measured = continuum()
    edges = np.geomspace(*_ENERGY_MEV, _BINS + 1)
    low, high = measured.concentration.energies
    solid_angle = measured.concentration.diffuse_flux / measured.concentration.intensity / (1.0 / low - 1.0 / high)
    at_rest = measured.line_flux / line_photons_per_positron(np.array([F_PS.default]))[0]
    per_number = at_rest * measured.fraction_in_cone / solid_angle * edges[:-1] * edges[1:] / np.diff(edges)
    injected = np.array([e_kin])
    in_flight = photons_per_positron(injected, x_ion, edges)[0]
    lepton = injected + ELECTRON_MASS
    pairs = itertools.pairwise(edges.tolist())
    internal = np.array([internal_bremsstrahlung.photon_number(lepton, below, above)[0] for below, above in pairs])
    made = internal / survival_probability(injected, x_ion)[0]
    return np.sqrt(edges[:-1] * edges[1:]), per_number * in_flight, per_number * made


def _draw_data(axes: Axes, measured: Continuum) -> None:
    for name, spectrum in measured.spectra.items():
        marker, colour, _ = _LOOK[name]
        middle = np.sqrt(spectrum.low * spectrum.high)
        axes.errorbar(
            middle,
            spectrum.value,
            xerr=(middle - spectrum.low, spectrum.high - middle),
            yerr=(spectrum.error_down, spectrum.error_up),
            fmt=marker,
            ms=3.5,
            color=colour,
            elinewidth=0.8,
            zorder=4,
        )
    diffuse, excess = measured.concentration.intensity, measured.concentration.largest_excess
    low, high = measured.concentration.energies
    axes.fill_between((low, high), diffuse, diffuse * (1.0 + excess), color=PURPLE, alpha=0.3, lw=0)
    axes.plot((low, high), (diffuse, diffuse), color=PURPLE, lw=1.0)
