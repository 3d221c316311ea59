"""Electron-nucleus bremsstrahlung of U and its spectrum from a thick target, GeV throughout.

How to read it (the formulas are in docs/physics/kinetic_mixing.md 2.1): `form_factor_flux` is chi, the number of
virtual photons of the nucleus, an integral over ln t. `cross_section` is dsigma/dx in one of three forms; only the full
one needs an integral over w = U_0/U. `track_density` looks up y times the depth integral of the straggling, which
depends on y = ln(E0/E_e) alone. `spectrum` integrates over the energy E_e of the electron for each energy of U. The
integrand has a peak at each end: at E_e = E0 (y -> 0), where it behaves as 1/(y ln^2 y), and at x = 1 (y -> ``y_max``),
where the cross-section does as 1/(1 - x + m_e^2/m_U^2). The range is therefore split at ``y_half``, and each half has a
variable (r and v) in which the integrand is smooth. 1 - x is carried apart from x because it may be tiny. `_add_node`
adds one node to the sum and remembers its part and its scale of transverse momentum, which the acceptance needs.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

Array = NDArray[np.float64]

LITERATURE, IMPROVED, FULL = 0, 1, 2  # forms of the cross-section

# (2 t - 1) and weights of the form-factor integral in ln t: sixteen e-folds or more, bends at 1/a^2 and d
_FLUX_X, _FLUX_W = np.polynomial.legendre.leggauss(48)
_ANGLE_X, _ANGLE_W = np.polynomial.legendre.leggauss(12)
_ENERGY_X, _ENERGY_W = np.polynomial.legendre.leggauss(20)


@njit(cache=True)
def form_factor_flux(t_min: float, t_max: float, target: Array) -> float:
    """Integral of (t - t_min)/t^2 G2(t) over [t_min, t_max] [1].

    ``target`` is (Z^2, a^2, d, Z, a'^2, (mu_p^2 - 1)/(4 m_p^2), dipole scale).
    """
    if t_min >= t_max:
        return 0.0
    z2, a2, d, z, b2, moment, dipole = target
    low = np.log(t_min)
    half = 0.5 * (np.log(t_max) - low)
    total = 0.0
    for k in range(len(_FLUX_X)):
        t = np.exp(low + half * (1.0 + _FLUX_X[k]))
        elastic = a2 * t / (1.0 + a2 * t) / (1.0 + t / d)
        inelastic = b2 * t / (1.0 + b2 * t)
        proton = 1.0 + t / dipole
        proton = (1.0 + t * moment) / (proton * proton * proton * proton)
        g2 = z2 * elastic * elastic + z * (inelastic * proton) ** 2
        total += _FLUX_W[k] * (t - t_min) / t * g2
    result: float = half * total
    return result


@njit(cache=True)
def cross_section(
    x: float, one_minus_x: float, energy: float, m_u: float, m_e: float, alpha: float, target: Array, form: int
) -> float:
    """Cross-section dsigma/dx for epsilon = 1 [GeV^-2], x = E_U/E_e; 1 - x apart because it may be tiny."""
    momentum2 = (x * energy) ** 2 - m_u * m_u
    if momentum2 <= 0.0 or one_minus_x <= 0.0:
        return 0.0
    beta = np.sqrt(momentum2) / (x * energy)
    u_0 = m_u * m_u * one_minus_x / x + m_e * m_e * x
    front = 4.0 * alpha**3 * beta / u_0
    t_max = m_u * m_u
    if form != FULL:
        flux = form_factor_flux((0.5 * m_u * m_u / energy) ** 2, t_max, target)
        shape: float = one_minus_x + x * x / 3.0
        if form == IMPROVED:
            shape = one_minus_x + 0.5 * x * x - x * one_minus_x * (m_u**2 + 2.0 * m_e**2) / (6.0 * u_0)
        improved: float = front * flux * shape
        return improved
    # The flux falls like ln(1/t_min) and t_min ~ 1/w^2: w = v^2 puts nodes where it does.
    mass_term = x * one_minus_x * (m_u**2 + 2.0 * m_e**2) / u_0
    total = 0.0
    for k in range(len(_ANGLE_X)):
        v = 0.5 * (1.0 + _ANGLE_X[k])
        w = v * v
        t_min = (u_0 / (2.0 * w * energy * one_minus_x)) ** 2
        weight = 0.5 * _ANGLE_W[k] * 2.0 * v
        total += (
            weight * form_factor_flux(t_min, t_max, target) * (one_minus_x + 0.5 * x * x - mass_term * w * (1.0 - w))
        )
    result: float = front * total
    return result


@njit(cache=True)
def track_density(ln_inverse_y: float, table: Array) -> float:
    """Y times the integral of I_e over the depth, y = ln(E0/E_e): cubic interpolation of the table.

    The table holds (L + 4)^2 y J(y), L = ln(1/y), on uniform nodes of p = 1/(L + 4) from 0 to 1.
    """
    p = 1.0 / (ln_inverse_y + 4.0)
    n = len(table)
    position = p * (n - 1)
    first = min(max(int(position) - 1, 0), n - 4)
    u = position - first
    value = (
        -table[first] * (u - 1.0) * (u - 2.0) * (u - 3.0) / 6.0
        + table[first + 1] * u * (u - 2.0) * (u - 3.0) / 2.0
        - table[first + 2] * u * (u - 1.0) * (u - 3.0) / 2.0
        + table[first + 3] * u * (u - 1.0) * (u - 2.0) / 6.0
    )
    result: float = value * p * p
    return result


@njit(cache=True)
def spectrum(
    gaps: Array,
    beam: float,
    m_u: float,
    m_e: float,
    alpha: float,
    target: Array,
    form: int,
    table: Array,
) -> tuple[Array, Array, Array]:
    """Integral over E_e of track length times (1/E_e) dsigma/dx [X0 GeV^-3], epsilon = 1.

    ``gaps`` are ln(E0/E_U), in place of the energies because they may be tiny. Also the transverse scale
    m_U^2 (1-x) + m_e^2 x^2 [GeV^2] and the fraction of each node of the E_e integral, (n, 40): U's transverse momentum
    is that scale times 1/w - 1.
    """
    n, m = len(gaps), len(_ENERGY_X)
    total = np.zeros(n)
    scale = np.zeros((n, 2 * m))
    fraction = np.zeros((n, 2 * m))
    for i in range(n):
        y_max = gaps[i]
        # Towards E_e = E0 (y -> 0): y = y_half exp(1 - 1/r); y J(y) ~ 1/ln^2 y becomes a constant.
        y_half = 0.5 * y_max
        for k in range(m):
            r = 0.5 * (1.0 + _ENERGY_X[k])
            inverse_y = 1.0 / r - 1.0 - np.log(y_half)
            y = y_half * np.exp(1.0 - 1.0 / r)
            one_minus_x = -np.expm1(y - y_max)
            weight = 0.5 * _ENERGY_W[k] / (r * r) * track_density(inverse_y, table)
            _add_node(i, k, weight, y, one_minus_x, beam, m_u, m_e, alpha, target, form, total, scale, fraction)
        # Towards x = 1 (y -> y_max): dsigma/dx ~ 1/(1 - x + m_e^2/m_U^2).
        offset = (m_e / m_u) ** 2
        v_max = np.log1p(y_half / offset)
        for k in range(m):
            v = 0.5 * v_max * (1.0 + _ENERGY_X[k])
            q = offset * np.expm1(v)
            y = y_max - q
            one_minus_x = -np.expm1(-q)
            weight = 0.5 * _ENERGY_W[k] * v_max * (q + offset) * track_density(-np.log(y), table) / y
            _add_node(i, m + k, weight, y, one_minus_x, beam, m_u, m_e, alpha, target, form, total, scale, fraction)
        if total[i] > 0.0:
            fraction[i] /= total[i]
    return total, scale, fraction


@njit(cache=True)
def _add_node(
    i: int,
    k: int,
    weight: float,
    y: float,
    one_minus_x: float,
    beam: float,
    m_u: float,
    m_e: float,
    alpha: float,
    target: Array,
    form: int,
    total: Array,
    scale: Array,
    fraction: Array,
) -> None:
    x = 1.0 - one_minus_x
    electron = beam * np.exp(-y)
    sigma = cross_section(x, one_minus_x, electron, m_u, m_e, alpha, target, form)
    # dE_e I_e / E_e = (dy E_e) (1/E0) J / E_e
    value = weight * sigma / beam
    total[i] += value
    fraction[i, k] = value
    scale[i, k] = m_u * m_u * one_minus_x + m_e * m_e * x * x
