r"""Parity violation in caesium by exchange of U between the axial electron and the vector current of the nucleus.

For a heavy U it shifts the weak charge of the nucleus (Bouchiat and Fayet 2005, hep-ph/0410260),

.. math:: \Delta Q_W = \frac{2\sqrt2}{G_F m_U^2}\, g_A^e \left[(2Z + N)\,g_V^u + (Z + 2N)\,g_V^d\right] K(m_U), \qquad
    g_V = \tfrac12 (g_L + g_R), \quad g_A = \tfrac12 (g_R - g_L).

K < 1 is the reduction by the finite range of a light U. The parity-violating mixing of s and p1/2 electrons then feels
a Yukawa potential instead of one inside the nucleus, where the density of the electron is largest. K is computed from
the Dirac equation of an electron without binding energy in the field of a uniformly charged nucleus. The other
electrons screen the field only far outside the range of U (m_U > 1 MeV). A purely vector coupling to electrons has no
effect.
"""

from functools import cache

import numpy as np

from model.physics.constants import ALPHA, ELECTRON_MASS, FERMI_CONSTANT, HBAR_C_MEV_CM
from model.physics.quantities import Array, Couplings

HBAR_C_MEV_FM = 1e13 * HBAR_C_MEV_CM
PROTONS, NEUTRONS = 55, 78
RADIUS_FM = np.sqrt(5.0 / 3.0) * 4.804  # radius of a uniform sphere with the charge radius of 133Cs [M]

_K_MASS = np.geomspace(0.5, 2.0e3, 60)  # [MeV]
_INNER_FM, _OUTER_FM, _POINTS = 1.0e-2, 4.0e3, 4000


def weak_charge_shift(m_u: Array, couplings: Couplings) -> Array:
    """Shift of the weak charge that the experiments on caesium see [1], shape (n,).

    Parameters
    ----------
    m_u : (n,) array
        Mass of U [MeV].
    couplings : Couplings
        Couplings [1], each (n,).
    """
    axial = 0.5 * (couplings.g_e_r - couplings.g_e_l)
    up, down = 0.5 * (couplings.g_u_l + couplings.g_u_r), 0.5 * (couplings.g_d_l + couplings.g_d_r)
    nucleus = (2 * PROTONS + NEUTRONS) * up + (PROTONS + 2 * NEUTRONS) * down
    shift: Array = 2.0 * np.sqrt(2.0) * axial * nucleus / (FERMI_CONSTANT * m_u**2) * range_factor(m_u)
    return shift


def range_factor(m_u: Array) -> Array:
    """K(m_U) [1], 1 for a heavy U, shape (n,); constant below 0.5 MeV."""
    factor: Array = np.interp(np.log(m_u), np.log(_K_MASS), _factors())
    return factor


@cache
def _factors() -> Array:
    """K at the nodes, by the trapezoid rule in ln r."""
    radius = np.geomspace(_INNER_FM, _OUTER_FM, _POINTS)
    upper_s, lower_s = _electron(radius, -1)
    upper_p, lower_p = _electron(radius, 1)
    mixing = (upper_p * lower_s - lower_p * upper_s) * radius  # one power of r from dr = r dln r
    nucleus = np.where(radius < RADIUS_FM, 3.0 / RADIUS_FM**3, 0.0)
    contact = np.trapezoid(mixing * nucleus, np.log(radius))
    return np.array([np.trapezoid(mixing * _yukawa(radius, m), np.log(radius)) / contact for m in _K_MASS])


def _yukawa(radius: Array, m_u: float) -> Array:
    """Yukawa potential of a uniform sphere, 4 pi m^2 times as large as usual: its volume integral is 4 pi."""
    reach, size = m_u / HBAR_C_MEV_FM * radius, m_u / HBAR_C_MEV_FM * RADIUS_FM
    inside = 1.0 - (1.0 + size) * np.exp(np.minimum(reach - size, 0.0)) * -np.expm1(-2.0 * reach) / (2.0 * reach)
    outside = (size - 1.0 + (size + 1.0) * np.exp(-2.0 * size)) * np.exp(np.minimum(size - reach, 0.0)) / (2.0 * reach)
    potential: Array = 3.0 / RADIUS_FM**3 * np.where(radius < RADIUS_FM, inside, outside)
    return potential


def _electron(radius: Array, kappa: int) -> tuple[Array, Array]:
    """Radial functions r g and r f of an electron at rest at infinity, kappa = -1 (s) or 1 (p1/2), any norm."""

    def slope(ln_r: float, y: Array) -> list[float]:
        r = np.exp(ln_r)
        depth = 1.5 - 0.5 * (r / RADIUS_FM) ** 2 if r < RADIUS_FM else RADIUS_FM / r
        well = PROTONS * ALPHA / RADIUS_FM * depth  # -V [1/fm]
        return [
            -kappa * y[0] + r * (well + 2.0 * ELECTRON_MASS / HBAR_C_MEV_FM) * y[1],
            kappa * y[1] - r * well * y[0],
        ]

    # Inside, V is flat at the centre: the larger component starts as r, the other as r^2 (l = 0 and 1).
    well = 1.5 * PROTONS * ALPHA / RADIUS_FM
    r = radius[0]
    start = [r, -well * r**2 / 3.0] if kappa < 0 else [(well + 2.0 * ELECTRON_MASS / HBAR_C_MEV_FM) * r**2 / 3.0, r]
    from scipy.integrate import solve_ivp  # slow to import, and used by one likelihood alone

    solution = solve_ivp(
        slope, np.log(radius[[0, -1]]), start, t_eval=np.log(radius), method="DOP853", rtol=1e-9, atol=0.0
    )
    return solution.y[0], solution.y[1]
