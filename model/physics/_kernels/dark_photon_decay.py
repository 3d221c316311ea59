"""Decay of U behind the shield, geometric acceptance, and interpolation of tabulated yields."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

Array = NDArray[np.float64]


@njit(cache=True)
def decay_probability(exponent: float, ratio: float) -> float:
    """exp(-e) - exp(-e (1 + ratio)) without cancellation; e = L_sh / l, ratio = L_dec / L_sh."""
    probability: float = -np.exp(-exponent) * np.expm1(-exponent * ratio)
    return probability


@njit(cache=True)
def ln_reduced_yields(momenta: Array, weights: Array, beam: float, ratio: float, y: Array) -> Array:
    """Reduced yield ln F - y + exp(y) on the nodes y = ln(L_sh / l(E0)): constant at small y, slow everywhere.

    ``weights`` are n(E) A(E) dE at the momenta; l is proportional to the momentum.
    """
    result = np.empty(len(y))
    for j in range(len(y)):
        at_beam = np.exp(y[j])
        total = 0.0
        for i in range(len(momenta)):
            exponent = at_beam * beam / momenta[i]
            # exp(at_beam) taken out here: it would underflow long before the ratio does
            total += weights[i] * np.exp(at_beam - exponent) * -np.expm1(-exponent * ratio)
        result[j] = np.log(max(total, 1e-300)) - y[j]
    return result


@njit(cache=True)
def accepted_fraction(
    energy: float,
    m_u: float,
    m_e: float,
    scale: Array,
    share: Array,
    shield: float,
    decay: float,
    radius: float,
    draws: Array,
) -> float:
    """Share of decays with at least one of e+ e- inside a disc at the end of the decay volume.

    ``scale`` and ``share`` (k,) describe the transverse momentum of U, p_T^2 = scale (1/w - 1); ``draws`` (q, 4) are
    points of the unit cube for w, decay position, decay angle and azimuth. GeV and m.
    """
    momentum = np.sqrt(energy * energy - m_u * m_u)
    half = 0.5 * m_u
    star = np.sqrt(max(half * half - m_e * m_e, 0.0))
    end = shield + decay
    count, per_node = len(draws), len(draws) // len(share)
    total = 0.0
    for k in range(len(share)):
        inside = 0
        for j in range(per_node):
            draw = draws[(k * per_node + j) % count]
            p_t = np.sqrt(scale[k] * (1.0 / draw[0] - 1.0))
            if p_t >= momentum:
                continue
            offset = p_t / np.sqrt(momentum * momentum - p_t * p_t) * end
            flight = decay * (1.0 - draw[1])
            cosine = 2.0 * draw[2] - 1.0
            across = star * np.sqrt(1.0 - cosine * cosine)
            x = np.cos(2.0 * np.pi * draw[3])
            hit = False
            for sign in (-1.0, 1.0):
                along = (momentum * half + sign * energy * star * cosine) / m_u
                if along > 0.0:
                    swing = sign * across / along * flight
                    if offset * offset + 2.0 * offset * swing * x + swing * swing < radius * radius:
                        hit = True
            if hit:
                inside += 1
        total += share[k] * inside / per_node
    return total


@njit(cache=True)
def _weights(position: float, size: int, weights: Array) -> int:
    """Cubic Lagrange weights around a position in steps from node 0; returns the first node."""
    first = min(max(int(np.floor(position)) - 1, 0), size - 4)
    u = position - first
    weights[0] = -(u - 1.0) * (u - 2.0) * (u - 3.0) / 6.0
    weights[1] = u * (u - 2.0) * (u - 3.0) / 2.0
    weights[2] = -u * (u - 1.0) * (u - 3.0) / 2.0
    weights[3] = u * (u - 1.0) * (u - 2.0) / 6.0
    return first


@njit(cache=True)
def interpolate_yields(
    table: Array,
    m_start: float,
    m_step: float,
    y_start: float,
    y_step: float,
    ln_scale: Array,
    ln_m: Array,
    ln_mg: Array,
) -> Array:
    """Yields F (n_dumps, n) from ln F - y + exp(y) tabulated on uniform (ln m, y); y = ln_scale + ln(m Gamma).

    Outside the table in y the tabulated quantity is constant, which is exact at small y. Above the largest mass F is 0.
    """
    n_dumps, n_m, n_y = table.shape
    n = len(ln_m)
    result = np.zeros((n_dumps, n))
    weights_m, weights_y = np.empty(4), np.empty(4)
    for i in range(n):
        position = (ln_m[i] - m_start) / m_step
        if position > n_m - 1:
            continue
        first_m = _weights(max(position, 0.0), n_m, weights_m)
        for d in range(n_dumps):
            y = ln_scale[d] + ln_mg[i]
            if y > 700.0:
                continue
            first_y = _weights(min(max((y - y_start) / y_step, 0.0), n_y - 1.0), n_y, weights_y)
            value = 0.0
            for a in range(4):
                row = 0.0
                for b in range(4):
                    row += weights_y[b] * table[d, first_m + a, first_y + b]
                value += weights_m[a] * row
            result[d, i] = np.exp(value + y - np.exp(y))
    return result


@njit(cache=True)
def interpolate_rows(table: Array, start: float, step: float, position: Array) -> Array:
    """Exponential of cubically interpolated rows (k, n_m) at the positions (n,), continued as power laws above."""
    rows, size = table.shape
    result = np.zeros((rows, len(position)))
    weights = np.empty(4)
    for i in range(len(position)):
        where = (position[i] - start) / step
        beyond = max(where - (size - 1), 0.0)
        first = _weights(min(max(where, 0.0), size - 1.0), size, weights)
        for k in range(rows):
            value = beyond * (table[k, size - 1] - table[k, size - 2])
            for a in range(4):
                value += weights[a] * table[k, first + a]
            result[k, i] = np.exp(value)
    return result
