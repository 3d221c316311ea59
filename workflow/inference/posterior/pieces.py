"""The pieces of the allowed region, on whose weights independent ensembles must agree.

The beam dumps cut the region in two near m_U = 2 m_dm, above which U decays invisibly. The needle at the resonance and
its continuation to heavy dark matter are what samplers miss first.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray

from model.physics.line_prediction import LinePrediction
from model.physics.prediction import Prediction
from workflow.inference.posterior.observables import Part

NEEDLE_WIDTH = 0.01  # of m_U / 2 m_dm about the resonance
HEAVY_MEV = 10.0


@dataclass(frozen=True)
class Piece:
    """A piece of the allowed region: its name, an indicator of its points (n,), and the part of the physics it needs.

    Pieces may overlap.
    """

    name: str
    of: Callable[[Prediction], NDArray[np.bool_]]
    part: Part = "hidden_sector"


PIECES = (
    Piece("m_U < 2 m_dm", lambda p: p.spectrum.m_u / (2.0 * p.spectrum.m_dm) < 1.0),
    Piece("m_U > 2 m_dm", lambda p: p.spectrum.m_u / (2.0 * p.spectrum.m_dm) >= 1.0),
    Piece(
        "m_U within 1 % of 2 m_dm",
        lambda p: np.abs(p.spectrum.m_u / (2.0 * p.spectrum.m_dm) - 1.0) < NEEDLE_WIDTH,
    ),
    Piece("m_dm > 10 MeV", lambda p: p.spectrum.m_dm > HEAVY_MEV),
)


def pieces(prediction: Prediction | LinePrediction) -> dict[str, NDArray[np.bool_]]:
    """Which points lie in which piece, each (n,); a hypothesis about the positrons alone has none."""
    return {piece.name: piece.of(cast(Prediction, prediction)) for piece in PIECES if piece.part in prediction.parts}
