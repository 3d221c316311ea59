"""The pieces of the allowed region (docs/physics/model.md 7), whose weights independent ensembles must agree upon."""

import numpy as np
from numpy.typing import NDArray

from model.physics.quantities import Array

NEEDLE_WIDTH = 0.01  # of m_U / 2 m_dm about the resonance
HEAVY_MEV = 10.0


def pieces(m_u: Array, m_dm: Array) -> dict[str, NDArray[np.bool_]]:
    """Which points lie in which piece.

    The beam dumps cut the region in two near m_U = 2 m_dm, above which U decays invisibly; the needle at the resonance
    and its continuation to heavy dark matter are what samplers miss first.

    Parameters
    ----------
    m_u, m_dm : (n,) array
        Masses [MeV].

    Returns
    -------
    dict of str to (n,) array of bool
    """
    ratio = m_u / (2.0 * m_dm)
    return {
        "m_U < 2 m_dm": ratio < 1.0,
        "m_U > 2 m_dm": ratio >= 1.0,
        "m_U within 1 % of 2 m_dm": np.abs(ratio - 1.0) < NEEDLE_WIDTH,
        "m_dm > 10 MeV": m_dm > HEAVY_MEV,
    }
