r"""Electromagnetic corrections of order alpha to a pair of charged leptons, inclusive of radiation.

.. math::
    \sigma = \sigma_0 \left\{1 + \alpha \left[\frac{\pi}{2\beta}
        - \frac{3 + \beta}{4} \left(\frac{\pi}{2} - \frac{3}{4\pi}\right)\right]\right\}

is Schwinger's interpolation for a vector current (Particles, Sources and Fields, Vol. 2, 1973, Section 5-4), good to
1 % of the correction at any velocity. Its limits are the Coulomb attraction of the pair, 1 + pi alpha / 2 beta, and
1 + 3 alpha / 4 pi. The first is common to all partial waves; for axial currents the rest differs by a number of order
alpha. The velocity beta is that of a lepton in the centre of mass. The series in alpha/beta holds for beta >> 0.02,
that is for leptons more than 0.1 keV above their threshold.
"""

import numpy as np

from model.physics.constants import ALPHA
from model.physics.quantities import Array

CONSTANT = np.pi / 2.0 - 3.0 / (4.0 * np.pi)


def corrected_velocity(beta: Array, *, one_loop: bool = True) -> Array:
    """Velocity times the correction, for formulas that are proportional to the velocity.

    Parameters
    ----------
    beta : array
        Velocity of a lepton [1], 0 where the channel is closed.
    one_loop : bool
        False leaves the velocity as it is.

    Returns
    -------
    array
        beta sigma / sigma_0 [1]; zero where beta is, and alpha pi / 2 just above.
    """
    if not one_loop:
        return beta
    corrected = beta + ALPHA * (0.5 * np.pi - 0.25 * beta * (3.0 + beta) * CONSTANT)
    result: Array = np.where(beta > 0.0, corrected, 0.0)
    return result
