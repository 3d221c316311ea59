"""The stars of the bulge alone: supernovae and X-ray binaries, no dark matter."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from model._parameter_sets import the_only_set
from model.physics import domain
from model.physics.line_prediction import LinePrediction
from model.physics.positrons import stellar_sources
from model.physics.quantities import Array, Parameter
from model.physics.surroundings import Surroundings


@dataclass(frozen=True)
class Model:
    """Positrons of the bulge's stars, on the map of ``model.physics.positrons.stellar_bulge``.

    Yields and rates are in ``model.physics.positrons.stellar_sources``. 26Al and 44Ti follow massive stars: they are
    part of the disk, which the likelihood of the morphology fits, and put 2 % of their positrons into the bulge.
    """

    prediction: ClassVar[type[LinePrediction]] = LinePrediction
    for_columns = the_only_set
    sampling_coordinates: ClassVar[None] = None

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """Parameters in the order of the chain."""
        return stellar_sources.PARAMETERS

    def predict(self, values: Mapping[str, Array], surroundings: Surroundings) -> LinePrediction:
        """Sources of positrons at n points."""
        stars, reason = stellar_sources.possible(values)
        energy = stars["positron_energy_mev"]
        reason = domain.checked_positrons(reason, energy, values, surroundings)
        return LinePrediction(values, reason, surroundings, (stellar_sources.bulge(stars),), (energy,))
