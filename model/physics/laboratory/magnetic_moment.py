"""One-loop shift of a lepton's anomalous magnetic moment by U."""

import numpy as np

from model.physics.constants import ELECTRON_MASS
from model.physics.quantities import Array, Couplings

# Double-exponential (tanh-sinh) nodes on (0, 1). The integrands bend at z ~ 1/R and at 1 - z ~ sqrt(R), so that the
# nodes must be dense at both ends on every scale. One minus z is kept separately because it would round to zero.
_STEP = 0.06
_T = np.arange(-3.6, 3.6 + _STEP / 2, _STEP)
_S = 0.5 * np.pi * np.sinh(_T)
_Z = 1.0 / (1.0 + np.exp(-2.0 * _S))
_ONE_MINUS_Z = 1.0 / (1.0 + np.exp(2.0 * _S))
_WEIGHT = _STEP * np.pi * np.cosh(_T) * _Z * _ONE_MINUS_Z

_VECTOR = _WEIGHT * _Z * _ONE_MINUS_Z**2
_AXIAL_CONSTANT = _WEIGHT * 2.0 * _ONE_MINUS_Z**3
_AXIAL_LINEAR = _WEIGHT * _Z * _ONE_MINUS_Z * (_Z + 3.0)


def loop_functions(ratio: Array) -> tuple[Array, Array]:
    r"""Vector and axial loop integrals at :math:`R = (m_U/m_\ell)^2`.

    .. math::
        V(R) = \int_0^1 dz \frac{z(1-z)^2}{(1-z)^2 + R z}, \qquad
        A(R) = \frac1R \int_0^1 dz \frac{2(1-z)^3 + R z (1-z)(z+3)}{(1-z)^2 + R z}

    docs/physics/laboratory.md 1; the Leveille form (Nucl. Phys. B 137 (1978) 63).

    Parameters
    ----------
    ratio : (n,) array
        R [1], positive.

    Returns
    -------
    tuple of (n,) array
        V and A [1], relative error below 1e-9 for 1e-4 < R < 1e14.

    Raises
    ------
    ValueError
        If any R is not positive.
    """
    if not np.all(ratio > 0.0):
        raise ValueError(f"(m_U/m_lepton)^2 must be > 0, got {np.min(ratio)}")
    denominator = 1.0 / (_ONE_MINUS_Z**2 + np.multiply.outer(ratio, _Z))
    # sums along rows, since a matrix product rounds a point as its neighbours decide
    vector: Array = (denominator * _VECTOR).sum(axis=-1)
    axial: Array = (denominator * _AXIAL_CONSTANT).sum(axis=-1) / ratio + (denominator * _AXIAL_LINEAR).sum(axis=-1)
    return vector, axial


def moment_shift(m_u: Array, couplings: Couplings, lepton_mass: float = ELECTRON_MASS) -> Array:
    r"""Shift :math:`\Delta a_\ell = (g_V^2 V(R) - g_A^2 A(R)) / 4\pi^2`.

    :math:`g_V = (g_L+g_R)/2`, :math:`g_A = (g_R-g_L)/2`; docs/physics/laboratory.md 1. The heavy-U limits
    :math:`g_V^2/12\pi^2R` and :math:`-5g_A^2/12\pi^2R` are not used, because the vector one is wrong by a factor 1.9 at
    1 MeV.

    Parameters
    ----------
    m_u : (n,) array
        Mass of U [MeV], positive.
    couplings : Couplings
        Left and right couplings to the charged lepton.
    lepton_mass : float
        Mass of the lepton [MeV]; the electron by default.

    Returns
    -------
    (n,) array
        :math:`\Delta a_\ell` [1].

    Raises
    ------
    ValueError
        If any mass is not positive.
    """
    if not np.all(m_u > 0.0):
        raise ValueError(f"m_u must be > 0 MeV, got {np.min(m_u)}")
    vector, axial = loop_functions((m_u / lepton_mass) ** 2)
    g_v = 0.5 * (couplings.g_e_l + couplings.g_e_r)
    g_a = 0.5 * (couplings.g_e_r - couplings.g_e_l)
    shift: Array = (g_v**2 * vector - g_a**2 * axial) / (4.0 * np.pi**2)
    return shift
