"""Cooling of supernova 1987A by U: a soft band in epsilon (docs/physics/kinetic_mixing.md 7)."""

import numpy as np

from model.physics.quantities import Array

# Edges of the band of 1611.03864 (a digitised file, taken to be its result [M]), each uncertain by about a factor 3.
_MASS_MEV = (1.0, 20.0, 100.0, 200.0)
_LOWER = (7e-11, 7e-11, 2.9e-10, 1.3e-9)
_UPPER = (1.2e-7, 1.2e-7, 3.8e-8, 1.5e-8)

SOFTNESS = np.log(2.0)  # width of each edge in ln(epsilon)


def band(m_u: Array) -> tuple[Array, Array]:
    """Lower and upper edge in epsilon, each (n,); continued by power laws, so that the band closes near 400 MeV."""
    nodes = np.log(np.asarray(_MASS_MEV))
    ln_m = np.maximum(np.log(m_u), nodes[0])
    beyond = np.maximum(ln_m - nodes[-1], 0.0)
    edges = []
    for values in (_LOWER, _UPPER):
        ln_values = np.log(np.asarray(values))
        slope = (ln_values[-1] - ln_values[-2]) / (nodes[-1] - nodes[-2])
        edges.append(np.exp(np.interp(ln_m, nodes, ln_values) + slope * beyond))
    return edges[0], edges[1]


def band_membership(m_u: Array, epsilon: Array) -> Array:
    r"""Soft membership in the band.

    .. math::
        \sigma[\ln(\epsilon/\epsilon_{lo})/w]\;\sigma[\ln(\epsilon_{hi}/\epsilon)/w], \qquad
        \sigma(x) = 1/(1 + e^{-x}), \quad w = \ln 2

    docs/physics/kinetic_mixing.md 7. The band holds where U neither decays to dark matter nor thermalises with it.

    Parameters
    ----------
    m_u : (n,) array
        Mass of U [MeV].
    epsilon : (n,) array
        Coupling to electrons over e [1].

    Returns
    -------
    (n,) array
        Between 0 outside and 1 well inside.
    """
    lower, upper = band(m_u)
    ln_epsilon = np.log(epsilon)
    inside: Array = _sigmoid((ln_epsilon - np.log(lower)) / SOFTNESS) * _sigmoid(
        (np.log(upper) - ln_epsilon) / SOFTNESS
    )
    return inside


def _sigmoid(x: Array) -> Array:
    result: Array = 0.5 * (1.0 + np.tanh(0.5 * x))
    return result
