"""Brightness of the 511 keV sky against the distance from the Galactic centre: dark haloes and imaging."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import LogFormatterMathtext, LogLocator

from likelihoods.data.eras import ERAS, Era
from likelihoods.data.sky_511kev import Template, brightness, bulge, templates
from likelihoods.morphology_511kev import Likelihood
from model.physics.galaxy.annuli import EDGES_DEG, annulus_factors, surface_brightness
from model.physics.galaxy.halo import DEFAULTS, Galaxy, Halo, Profile
from model.physics.quantities import Array
from workflow.inference.drawing.style import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PAGE,
    PALE,
    PURPLE,
    VERMILLION,
    label,
    styled,
)

ANGLES_DEG = (*np.arange(0.0, 6.0, 0.25), *np.arange(6.0, 20.5, 1.0))
_DEG2_PER_SR = float(np.rad2deg(1.0) ** 2)


@dataclass(frozen=True)
class Emission:
    """A line of the figure: the source of positrons, given by a halo and the factor that the rate follows."""

    name: str
    factor: Literal["s_wave", "p_wave", "decay"]
    profile: Profile
    gamma: float
    r_s_kpc: float
    colour: str
    style: str


# docs/physics/galaxy.md 3 and 5
EMISSIONS = (
    Emission(r"NFW $\rho^2$", "s_wave", "gnfw", 1.0, 20.0, BLUE, "-"),
    Emission(r"gNFW 1.2 $\rho^2$", "s_wave", "gnfw", 1.2, 20.0, GREEN, "-"),
    Emission(r"Einasto $\rho^2$", "s_wave", "einasto", 1.0, 20.0, ORANGE, "-"),
    Emission(r"NFW $\rho^2\langle v^2\rangle$", "p_wave", "gnfw", 1.0, 20.0, PURPLE, "--"),
    Emission(r"NFW $\rho$, decay", "decay", "gnfw", 1.0, 20.0, VERMILLION, "-."),
)
_TEMPLATES = {
    "skinner": ("Skinner 2014", "-"),
    "bouchet": ("Bouchet 2010", "--"),
    "knoedlseder": ("Knödlseder 2005", ":"),
}


@dataclass(frozen=True)
class FittedEmission:
    """An emission fitted to the annuli: brightness (39,) [ph cm^-2 s^-1 sr^-1], flux (4,) [ph cm^-2 s^-1], chi2."""

    brightness: Array
    fluxes: Array
    chi2: float


@styled
def radial_profile_figure(era: Era = "modern", emissions: tuple[Emission, ...] = EMISSIONS) -> Figure:
    """Surface brightness and annuli of dark haloes, each at its best normalisation, over the fitted models of the sky.

    Parameters
    ----------
    era : {2008, "modern"}
        Era of the likelihood ``morphology_511kev``, whose data, covariance, telescope and smearing are drawn.
    emissions : tuple of Emission
        Emissions, each of which is a line.
    """
    likelihood = Likelihood(era=era)
    psf = likelihood.annulus_settings.psf_fwhm_deg
    figure = Figure(figsize=(PAGE, 3.7), layout="constrained")
    sky, annuli = figure.subplots(1, 2, width_ratios=(1.35, 1.0))

    angles = np.array(ANGLES_DEG)
    curves = {name: _bulge_brightness(template, psf, angles) for name, template in templates().items()}
    stacked = np.stack(list(curves.values()))
    band = sky.fill_between(angles, stacked.min(axis=0), stacked.max(axis=0), color=PALE, lw=0)
    handles, names = [band], ["models of the sky (bulge)"]
    for name, curve in curves.items():
        text, style = _TEMPLATES[name]
        handles += sky.plot(angles, curve, color=GREY, ls=style, lw=1.0)
        names.append(text)
    fits = fitted_emissions(emissions, era)
    for emission, fit in zip(emissions, fits, strict=True):
        handles += sky.plot(angles, fit.brightness, color=emission.colour, ls=emission.style, lw=1.2)
        names.append(rf"{emission.name}, $\chi^2 = {fit.chi2:.1f}$")
    sky.set(yscale="log", xlim=(0.0, 20.0), xticks=range(0, 21, 5), ylim=(1e-4, 2e-1))
    sky.yaxis.set_major_locator(LogLocator())
    sky.yaxis.set_major_formatter(LogFormatterMathtext())
    sky.set_xlabel(label(r"\psi", "deg"))
    sky.set_ylabel(label(r"I_{511}", "ph cm^-2 s^-1 sr^-1"))

    edges = np.array(EDGES_DEG)
    for name, template in templates().items():
        annuli.stairs(1e4 * bulge(template, psf), edges, color=GREY, ls=_TEMPLATES[name][1], lw=0.8, baseline=None)
    for emission, fit in zip(emissions, fits, strict=True):
        annuli.stairs(1e4 * fit.fluxes, edges, color=emission.colour, ls=emission.style, lw=1.2, baseline=None)
    data = annuli.errorbar(
        0.5 * (edges[1:] + edges[:-1]),
        1e4 * likelihood.fluxes,
        1e4 * np.sqrt(np.diag(likelihood.covariance)),
        fmt="o",
        color=BLACK,
        ms=4,
        lw=1.2,
        zorder=5,
    )
    handles.append(data)
    names.append(f"data of the likelihood, {era}")
    annuli.set(xlim=(0.0, EDGES_DEG[-1]), ylim=(0.0, None), xticks=edges)
    annuli.set_xlabel(label(r"\psi", "deg"))
    annuli.set_ylabel(label(r"\Phi_{511}\ \mathrm{per\ annulus}", "ph cm^-2 s^-1", -4))
    figure.legend(handles, names, loc="outside lower center", ncols=3)
    return figure


def fitted_emissions(emissions: Sequence[Emission], era: Era) -> list[FittedEmission]:
    """Emissions, each at the normalisation that fits the annuli of the era best."""
    likelihood = Likelihood(era=era)
    settings = likelihood.annulus_settings
    result = {}
    for profile in {emission.profile for emission in emissions}:  # those of one profile share the view of the sky
        alike = [emission for emission in emissions if emission.profile == profile]
        galaxy, haloes = Galaxy(profile), _haloes(alike, era)
        annuli = annulus_factors(galaxy, haloes, settings)
        profiles = surface_brightness(galaxy, haloes, settings, ANGLES_DEG)
        for i, emission in enumerate(alike):
            shape = np.array([getattr(factors, emission.factor)[i] for factors in annuli])
            weighted = np.linalg.solve(likelihood.covariance, shape)
            scale = float(weighted @ likelihood.fluxes / (weighted @ shape))
            chi2 = -2.0 * float(likelihood.of_annuli(scale * shape[None, :])[0])
            bright = scale * np.array([getattr(factors, emission.factor)[i] for factors in profiles])
            result[emission] = FittedEmission(bright, scale * shape, chi2)
    return [result[emission] for emission in emissions]


def _haloes(emissions: Sequence[Emission], era: Era) -> Halo:
    """Haloes of the emissions at the R0 adopted in each era; the local density sets only the normalisation."""
    values = DEFAULTS[emissions[0].profile] | {"r_sun_kpc": ERAS[era].r_sun_kpc}
    columns = {name: np.full(len(emissions), value) for name, value in values.items()}
    columns |= {name: np.array([getattr(emission, name) for emission in emissions]) for name in ("gamma", "r_s_kpc")}
    return Halo(**columns)


def _bulge_brightness(template: Template, psf_fwhm_deg: float, angles: Array) -> Array:
    parts = [brightness(part, psf_fwhm_deg, angles) for part in template.components.values()]
    return np.asarray(_DEG2_PER_SR * np.sum(parts, axis=0))
