"""Decaying dark matter: the emission of the halo follows its density instead of the square of its density."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from model._parameter_sets import the_only_set
from model.physics import domain
from model.physics.constants import ELECTRON_MASS
from model.physics.line_prediction import LinePrediction
from model.physics.positrons import halo_emission
from model.physics.quantities import MASS, Array, Parameter, Range
from model.physics.surroundings import Surroundings


@dataclass(frozen=True)
class Model:
    """Dark matter that decays to e+e-, each lepton with half of its mass (docs/physics/galaxy.md 8).

    The lifetime is the partial one to e+e- of particles that are all of the dark matter. Particles that are a fraction
    of it must decay faster by the same factor. Hooper & Wang 2004, hep-ph/0402220; Picciotto & Pospelov 2005,
    hep-ph/0402178.
    """

    prediction: ClassVar[type[LinePrediction]] = LinePrediction
    for_columns = the_only_set
    sampling_coordinates: ClassVar[None] = None

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """Parameters in the order of the chain."""
        possible = Range(1.0, 1.0e60, reason="nothing is left of faster decays, and nothing is seen of slower ones")
        return (
            Parameter("m_dm_mev", "MeV", r"m_{\rm DM}", MASS, "mass of the dark matter"),
            Parameter(
                "lifetime_s",
                "s",
                r"\tau",
                possible,
                "partial lifetime to e+e-",
            ),
        )

    def predict(self, values: Mapping[str, Array], surroundings: Surroundings) -> LinePrediction:
        """Sources of positrons at n points."""
        inner, reason = domain.possible(self.parameters, values)
        m_dm, lifetime = inner["m_dm_mev"], inner["lifetime_s"]
        energy = 0.5 * m_dm - ELECTRON_MASS
        reason = domain.checked_positrons(reason, energy, values, surroundings)
        return LinePrediction(values, reason, surroundings, (halo_emission.decay(m_dm, lifetime),), (energy,))
