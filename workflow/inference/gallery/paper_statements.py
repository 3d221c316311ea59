"""Numbers that Hooper and Zurek state (arXiv:0801.3686) beside ours."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from model.physics.constants import ELECTRON_MASS
from model.physics.galaxy.annuli import AnnulusSettings, surface_brightness
from model.physics.galaxy.extent import ANGLES_DEG, full_width
from model.physics.galaxy.halo import DEFAULTS, Galaxy, Halo
from model.physics.hidden_sector.radiative_mass import radiative_mass
from model.physics.positrons import line_511kev
from model.physics.quantities import Array
from model.physics.surroundings import Surroundings
from workflow.inference.atlas.yield_plane import KINDS, TARGET_MASS_MEV, TARGETS, relic_targets


class Statement(NamedTuple):
    """What the paper states, its number, ours, and why they differ or where the formula is explained."""

    statement: str
    published: str
    ours: str
    explanation: str


class Target(NamedTuple):
    """A point of a published line of thermal relics, and ours: masses in MeV, y without a unit."""

    kind: str
    mass_mev: str
    published: str
    ours: str
    ratio: str


def targets(surroundings: Surroundings, nuisances: Mapping[str, float]) -> tuple[Target, ...]:
    """The points of `yield_plane.TARGETS` beside ours; each of our numbers is computed here."""
    masses = np.array(TARGET_MASS_MEV)
    return tuple(
        Target(KINDS[kind], f"{mass:g}", f"{published:.2e}", f"{ours:.2e}", f"{ours / published:.2f}")
        for kind, line in TARGETS.items()
        for mass, published, ours in zip(
            masses, line, relic_targets(kind, surroundings, nuisances, masses), strict=True
        )
    )


def _one(value: float) -> Array:
    return np.array([value])


def statements() -> tuple[Statement, ...]:
    """The table; each of our numbers is computed here."""
    mass2 = float(radiative_mass(_one(1.0), _one(1e-10), _one(4.0), 1e9)[0]) ** 2
    flux = 3e42 / float(line_511kev.positron_rate(_one(1.0), _one(8.2), _one(0.967))[0])
    halo = Halo(**{name: np.array([float(value)]) for name, value in DEFAULTS["gnfw"].items()})
    seen = surface_brightness(Galaxy(), halo, AnnulusSettings(), ANGLES_DEG)
    width = float(full_width(np.stack([j.p_wave for j in seen], axis=1))[0])
    return (
        Statement(
            "squared radiative mass at the benchmark of Eq. (3)",
            "6 MeV²",
            f"{mass2:.2f} MeV²",
            "one digit in the paper; docs/physics/model.md 2",
        ),
        Statement(
            "flux of 3 × 10⁴² positrons a second, first paragraph",
            "the observed line, 1.05 × 10⁻³ ph cm⁻² s⁻¹",
            f"{1e3 * flux:.3f} × 10⁻³ ph cm⁻² s⁻¹",
            "the rate was printed without positronium; docs/physics/galaxy.md 4",
        ),
        Statement(
            "extent of the line, full width at half maximum",
            "6°",
            f"{width:.2f}°",
            "p-wave, NFW, behind 2.7°; docs/physics/galaxy.md 3",
        ),
        Statement(
            "lightest dark matter that makes a positron",
            "0.511 MeV",
            f"{ELECTRON_MASS:.3f} MeV",
            "the mass of the electron",
        ),
    )
