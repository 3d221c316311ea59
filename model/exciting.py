"""Exciting dark matter: heavy particles are excited in collisions and return to the ground state by an e+e- pair."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from model._parameter_sets import the_only_set
from model.physics import domain
from model.physics.constants import ELECTRON_MASS
from model.physics.line_prediction import LinePrediction
from model.physics.positrons.upscattering import Upscattering
from model.physics.quantities import MASS, Array, Parameter, Range
from model.physics.surroundings import Surroundings


@dataclass(frozen=True)
class Model:
    """One particle of each colliding pair is excited by delta > 2 m_e (``model.physics.positrons.upscattering``).

    The excited particle decays at rest to the ground state and an e+e- pair, which carries the energy delta. The
    kinetic energy of the positron is taken to be half of what remains, (delta - 2 m_e)/2. Finkbeiner & Weiner 2007,
    astro-ph/0702587.
    """

    prediction: ClassVar[type[LinePrediction]] = LinePrediction
    for_columns = the_only_set
    sampling_coordinates: ClassVar[None] = None

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """Parameters in the order of the chain."""
        possible = Range(1.0e-60, 1.0e-10, reason="nothing is seen of less, and more is beyond the size of atoms")
        return (
            Parameter("m_dm_gev", "GeV", r"m_{\rm DM}", MASS, "mass of the dark matter"),
            Parameter("splitting_mev", "MeV", r"\delta", MASS, "mass of the excited state above the ground state"),
            Parameter(
                "sigma_mr_cm2", "cm^2", r"\sigma_{\rm mr}", possible, "cross-section of excitation well above threshold"
            ),
        )

    def predict(self, values: Mapping[str, Array], surroundings: Surroundings) -> LinePrediction:
        """Sources of positrons at n points."""
        inner, reason = domain.possible(self.parameters, values)
        mass, splitting, sigma_mr = (inner[name] for name in ("m_dm_gev", "splitting_mev", "sigma_mr_cm2"))
        energy = 0.5 * splitting - ELECTRON_MASS
        reason = domain.checked_positrons(reason, energy, values, surroundings)
        return LinePrediction(values, reason, surroundings, (Upscattering(mass, splitting, sigma_mr),), (energy,))
