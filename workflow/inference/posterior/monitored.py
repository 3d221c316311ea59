"""What must converge besides the sampling coordinates: parameters, observables of the table, pieces of the region."""

from collections.abc import Mapping
from typing import NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from model.physics.line_prediction import LinePrediction
from model.physics.prediction import Prediction
from model.physics.quantities import Array
from workflow.inference.posterior.observables import MONITORED
from workflow.inference.posterior.pieces import pieces


class Monitored(NamedTuple):
    """Quantities {name: (n,)} and pieces {name: (n,)} of the allowed region, the latter as indicators."""

    quantities: dict[str, Array]
    pieces: dict[str, NDArray[np.bool_]]


def monitored(parameters: Mapping[str, Array], prediction: Prediction | LinePrediction) -> Monitored:
    """What must converge, at n valid points.

    Parameters
    ----------
    parameters : mapping of str to (n,) array
        Sampled parameters in the coordinates of their priors.
    prediction : Prediction or LinePrediction
        Of those points. Observables are monitored in the coordinate of their scale.
    """
    quantities = dict(parameters)
    for observable in MONITORED:
        if observable.part in prediction.parts:
            column = observable.of(cast(Prediction, prediction))
            quantities[observable.name] = np.log10(column) if observable.scale == "log" else column
    return Monitored(quantities, pieces(prediction))
