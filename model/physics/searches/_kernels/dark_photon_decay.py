"""Decay of U behind the shield, geometric acceptance, and interpolation of tabulated yields.

How to read it: y is the logarithm of the decay exponent L_sh/l of a U with the energy of the beam; a U of momentum p
has the exponent e^y E0/p. `ln_reduced_yields` sums the spectrum of U times the probability to decay behind the shield
and returns ln F - y + e^y, which is constant at small y and varies slowly everywhere, so that a coarse table is enough.
`interpolate_yields` undoes this with cubic weights in mass and y. `accepted_fraction` is a quasi-Monte Carlo integral
over the transverse momentum of U, the place of the decay and its angle; the azimuth is done exactly: ``offset`` is the
distance of the undeflected U from the axis at the detector, the second argument of `_azimuth_fraction` the kick of the
lepton, and the fraction of the azimuth at which their sum lies in the disc follows from the law of cosines.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

Array = NDArray[np.float64]
Index = NDArray[np.int64]


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
def _azimuth_fraction(offset: float, swing: float, radius: float) -> float:
    """Fraction of the angle between two transverse vectors at which their sum is shorter than ``radius``."""
    if offset + swing <= radius:
        return 1.0
    if abs(offset - swing) >= radius:
        return 0.0
    fraction: float = np.arccos((offset * offset + swing * swing - radius * radius) / (2.0 * offset * swing)) / np.pi
    return fraction


@njit(cache=True)
def accepted_fraction(
    energy: float,
    m_u: float,
    m_e: float,
    scale: Array,
    fraction: Array,
    shield: float,
    decay: float,
    radius: float,
    draws: Array,
) -> float:
    """Fraction of decays with at least one of e+ e- inside a disc at the end of the decay volume.

    ``scale`` and ``fraction`` (k,) describe the transverse momentum of U, p_T^2 = scale (1/w - 1); ``draws`` (q, 3) are
    points of the unit cube for w, decay position and decay angle; the azimuth is integrated. GeV and m.
    """
    momentum = np.sqrt(energy * energy - m_u * m_u)
    half = 0.5 * m_u
    star = np.sqrt(max(half * half - m_e * m_e, 0.0))
    end = shield + decay
    count, per_node = len(draws), len(draws) // len(fraction)
    total = 0.0
    for k in range(len(fraction)):
        inside = 0.0
        for j in range(per_node):
            draw = draws[(k * per_node + j) % count]
            p_t = np.sqrt(scale[k] * (1.0 / draw[0] - 1.0))
            if p_t >= momentum:
                continue
            offset = p_t / np.sqrt(momentum * momentum - p_t * p_t) * end
            flight = decay * (1.0 - draw[1])
            cosine = 2.0 * draw[2] - 1.0
            across = star * np.sqrt(1.0 - cosine * cosine)
            hit = 0.0
            for sign in (-1.0, 1.0):
                along = (momentum * half + sign * energy * star * cosine) / m_u
                if along > 0.0:
                    hit += _azimuth_fraction(offset, across / along * flight, radius)
            # e+ and e- leave back to back: the azimuths at which each is inside overlap only where they cover all
            inside += min(hit, 1.0)
        total += fraction[k] * inside / per_node
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
    coordinate: Index,
    meson: Array,
    start: Array,
    step: Array,
    y_start: float,
    y_step: float,
    ln_scale: Array,
    ln_m: Array,
    ln_mg: Array,
) -> Array:
    """Yields F (rows, n) from ln F - y + exp(y) tabulated on uniform (mass coordinate, y); y = ln_scale + ln(m Gamma).

    Rows share mass coordinates: ``coordinate`` (rows,) says which one, ``meson``, ``start`` and ``step`` are one entry
    for each of them. The coordinate is ln m, or sqrt(1 - m^2/M^2) with a finite ``meson`` mass M. Outside the table in
    y the tabulated quantity is constant, which is exact at small y. Above the largest mass or the meson F is 0.
    """
    rows, n_m, n_y = table.shape
    n = len(ln_m)
    result = np.zeros((rows, n))
    first_m = np.empty(len(start), dtype=np.int64)
    weights_m, weights_y = np.empty((len(start), 4)), np.empty(4)
    for i in range(n):
        for c in range(len(start)):
            first_m[c] = -1
            if np.isinf(meson[c]):
                position = (ln_m[i] - start[c]) / step[c]
                if position > n_m - 1:
                    continue
            else:
                open_fraction = 1.0 - (np.exp(ln_m[i]) / meson[c]) ** 2
                if open_fraction <= 0.0:
                    continue
                position = min((np.sqrt(open_fraction) - start[c]) / step[c], n_m - 1.0)
            first_m[c] = _weights(max(position, 0.0), n_m, weights_m[c])
        for r in range(rows):
            c = coordinate[r]
            y = ln_scale[r] + ln_mg[i]
            if first_m[c] < 0 or y > 700.0:
                continue
            first_y = _weights(min(max((y - y_start) / y_step, 0.0), n_y - 1.0), n_y, weights_y)
            value = 0.0
            for a in range(4):
                row = 0.0
                for b in range(4):
                    row += weights_y[b] * table[r, first_m[c] + a, first_y + b]
                value += weights_m[c, a] * row
            result[r, i] = np.exp(value + y - np.exp(y))
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


@njit(cache=True)
def interpolate_planes(table: Array, step: Array, slowest: float, ln_m: Array, speed: Array) -> Array:
    """Exponential of the planes (k, n_m, n_v) at n points; 0 above the largest mass and where the speed is 0.

    Plane k has nodes in ln m at 0, step[k], ...; all have nodes in the speed between ``slowest`` and 1.
    """
    planes, n_m, n_v = table.shape
    result = np.zeros((planes, len(ln_m)))
    weights_m, weights_v = np.empty(4), np.empty(4)
    for i in range(len(ln_m)):
        if speed[i] <= 0.0:
            continue
        position = max((speed[i] - slowest) / (1.0 - slowest) * (n_v - 1), 0.0)
        first_v = _weights(position, n_v, weights_v)
        for k in range(planes):
            position = ln_m[i] / step[k]
            if position > n_m - 1:
                continue
            first_m = _weights(max(position, 0.0), n_m, weights_m)
            value = 0.0
            for a in range(4):
                for b in range(4):
                    value += weights_m[a] * weights_v[b] * table[k, first_m + a, first_v + b]
            result[k, i] = np.exp(value)
    return result
