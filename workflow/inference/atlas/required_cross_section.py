"""Annihilation cross-section that the 511 keV line requires, beside those of freeze-out and the limit of the CMB."""

from typing import Literal, NamedTuple

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter
from scipy.stats import truncnorm

from likelihoods import propagated_line
from likelihoods.data.measurements import measurements
from model import vector_portal
from model.physics.constants import ELECTRON_MASS
from model.physics.early_universe import cmb_injection
from model.physics.galaxy.halo import DEFAULTS, Galaxy, Halo
from model.physics.galaxy.j_factor import j_factors
from model.physics.galaxy.shells import JFactors
from model.physics.nuisances import default_nuisances
from model.physics.positrons.line_511kev import F_PS, photons_per_positron
from model.physics.quantities import Array
from model.physics.surroundings import Surroundings
from model.physics.units import CM3_S_PER_MEV_MINUS2, MEV_PER_GEV
from workflow.inference.drawing.style import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PAGE,
    SKY,
    SMALL,
    VERMILLION,
    label,
    styled,
)

MASSES_MEV = np.geomspace(0.55, 30.0, 60)
_HEAVY = 30.0  # m_U / m_dm, so that the cross-section is that of a contact interaction
# Names in the plane: place [MeV, cm^3/s], words and colour.
_WRITTEN = (
    ((0.6, 1.3e-25), "thermal s-wave", GREY),
    ((0.6, 1.0e-28), "excluded by the CMB, if s-wave", "0.25"),
    ((13.0, 1.7e-31), "thermal p-wave", VERMILLION),
)
_ITERATIONS = 4  # of the coupling that gives the abundance: Omega goes as 1/<sigma v> up to a logarithm


class HaloChoice(NamedTuple):
    """A halo of the figure; the aperture is that of the bulge flux, 15 degrees."""

    name: str
    galaxy: Galaxy
    parameters: dict[str, float]
    colour: str

    @property
    def j_factors(self) -> JFactors:
        """J-factors of the aperture, each (1,)."""
        values = DEFAULTS[self.galaxy.profile] | self.parameters
        return j_factors(self.galaxy, Halo(**{name: np.array([value]) for name, value in values.items()}))


# docs/physics/galaxy.md 3; the rest is at its default, rho_sun = 0.4 GeV/cm^3 and R0 = 8.2 kpc
HALOES = (
    HaloChoice("NFW 2008", Galaxy(aperture_deg=15.0), {"rho_sun_gev_cm3": 0.3, "r_sun_kpc": 8.5}, SKY),
    HaloChoice("NFW", Galaxy(aperture_deg=15.0), {}, BLUE),
    HaloChoice("Einasto", Galaxy("einasto", aperture_deg=15.0), {}, ORANGE),
    HaloChoice(r"gNFW, $\gamma = 1.2$", Galaxy(aperture_deg=15.0), {"gamma": 1.2}, GREEN),
)


@styled
def required_cross_section_figure(surroundings: Surroundings, haloes: tuple[HaloChoice, ...] = HALOES) -> Figure:
    """Cross-section into e+e- of self-conjugate dark matter for the line, of thermal relics, and the CMB's limit.

    Parameters
    ----------
    surroundings : Surroundings
        Bath for the thermal relics.
    haloes : tuple of HaloChoice
        One line each; their velocities span the p-wave band.
    """
    figure = Figure(figsize=(PAGE, 3.5), layout="constrained")
    axes = figure.subplots()
    for halo in haloes:
        needed = required_cross_section(halo.j_factors, MASSES_MEV)
        axes.plot(MASSES_MEV, needed, color=halo.colour, lw=1.2, label=f"line, {halo.name}")
    p_wave = thermal_cross_section(MASSES_MEV, surroundings, "majorana")
    speeds = [(halo.j_factors.p_wave / halo.j_factors.s_wave)[0] for halo in haloes]
    axes.fill_between(
        MASSES_MEV,
        p_wave * min(speeds),
        p_wave * max(speeds),
        color=VERMILLION,
        alpha=0.5,
        lw=0,
        label="thermal p-wave",
    )
    s_wave = thermal_cross_section(MASSES_MEV, surroundings, "dirac")
    axes.plot(MASSES_MEV, s_wave, color=GREY, lw=1.2, ls="-.", label="thermal s-wave")
    limit = cmb_limit(MASSES_MEV)
    axes.plot(MASSES_MEV, limit, color=BLACK, lw=1.2, ls="--", label="CMB 95 %, s-wave")
    axes.fill_between(MASSES_MEV, limit, 1e-24, color=BLACK, alpha=0.08, lw=0)
    bound = propagated_line.limit(MASSES_MEV)
    axes.plot(MASSES_MEV, bound, color=BLACK, lw=1.2, ls=":", label="line with propagation, NFW")
    axes.set(xscale="log", yscale="log", xlim=(MASSES_MEV[0], MASSES_MEV[-1]), ylim=(2e-33, 3e-25))
    for place, name, colour in _WRITTEN:
        axes.text(*place, name, color=colour, fontsize=SMALL, va="center")
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.set_xlabel(label(r"m_{\rm DM}", "MeV"))
    axes.set_ylabel(label(r"\langle\sigma v\rangle_{e^+e^-}", "cm^3 s^-1"))
    figure.legend(loc="outside lower center", ncols=3)
    return figure


def required_cross_section(factors: JFactors, masses: Array) -> Array:
    r"""Line-weighted cross-section for the observed bulge flux, :math:`\Phi\,4\pi\,2m^2/(N_{511} J_s)` [cm^3/s], (n,).

    Parameters
    ----------
    factors : JFactors
        Of the aperture, each (1,).
    masses : (n,) array
        [MeV].
    """
    flux = measurements()["flux_511kev_modern"].value
    photons = photons_per_positron(np.array([F_PS.default]))[0]
    needed: Array = 8.0 * np.pi * flux * (masses / MEV_PER_GEV) ** 2 / (photons * factors.s_wave[0])
    return needed


def thermal_cross_section(
    masses: Array, surroundings: Surroundings, dark_matter: Literal["majorana", "dirac"]
) -> Array:
    """Cross-section of Omega h^2 = 0.12 per self-conjugate particle: b of b v^2 (majorana), a (dirac) [cm^3/s], (n,).

    The mediator is a kinetically mixed vector far heavier than dark matter; freeze-out has the options of
    ``surroundings``.

    Parameters
    ----------
    masses : (n,) array
        [MeV].
    surroundings : Surroundings
        Bath.
    dark_matter : {"majorana", "dirac"}
        Majorana for the p-wave, Dirac for the s-wave.
    """
    target = measurements()["relic_abundance_modern"].value
    model = vector_portal.Model(dark_matter)
    inputs = {"m_dm_mev": masses, "m_u_mev": _HEAVY * masses, "g_dm": np.ones_like(masses)}
    inputs |= {name: np.full_like(masses, value) for name, value in default_nuisances("gnfw").items()}
    epsilon = 1e-3 * masses
    for _ in range(_ITERATIONS):
        prediction = model.predict({**inputs, "epsilon": epsilon}, surroundings)
        epsilon = epsilon * np.sqrt(prediction.omega_h2 / target)
    relic = model.predict({**inputs, "epsilon": epsilon}, surroundings)
    value = relic.cross_section.p_wave if dark_matter == "majorana" else relic.cross_section.s_wave
    result: Array = CM3_S_PER_MEV_MINUS2 * relic.dark_matter.kappa * value
    return result


def cmb_limit(masses: Array) -> Array:
    """Largest s-wave cross-section into e+e- at 95 %, flat prior in p_ann >= 0, for Planck 2018 [cm^3/s], (n,)."""
    datum = measurements()["p_ann_modern"]
    largest = truncnorm.ppf(0.95, -datum.value / datum.sigma, np.inf, loc=datum.value, scale=datum.sigma)
    result: Array = largest * masses / MEV_PER_GEV / cmb_injection.efficiency(masses - ELECTRON_MASS)
    return result
