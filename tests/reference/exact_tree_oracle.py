"""Exact tree-level e N -> e N U on a static nucleus: squared amplitude, and its integral in extended precision; GeV.

With S = (p' + k)^2 - m^2, U = (p - k)^2 - m^2, q = p' + k - p = (0, q), t = |q|^2, t_2 = (p - p')^2, half the sum over
spins of the squared amplitude, stripped of couplings and of the photon's 1/t, is

    T = 2 (S^2 + U^2)/SU - 8 t/SU (E^2 + E'^2) - 4 t/SU (t_2 + M^2) + (S + U)^2/(SU)^2 t (2 M^2 + 4 m^2)
        - 8 (U E + S E')^2/(SU)^2 (M^2 + 2 m^2)

for U of mass M with vector couplings: found from the traces, which `traced` takes with explicit Dirac matrices.
"""

import numpy as np
from reference.dump_oracle import ALPHA, GEV2_CM2, M_E, g2

LONG = np.longdouble  # invariants cancel to (M/E)^2 of their terms


def gammas():
    one, none = np.eye(2), np.zeros((2, 2))
    pauli = [np.array([[0, 1], [1, 0]]), np.array([[0, -1j], [1j, 0]]), np.array([[1, 0], [0, -1]])]
    return [np.block([[one, none], [none, -one]]), *(np.block([[none, s], [-s, none]]) for s in pauli)]


METRIC = np.diag([1.0, -1.0, -1.0, -1.0])


def traced(p, p_out, k, m, m_u):
    """T by explicit traces; four-momenta as arrays (4,)."""
    gamma = gammas()

    def slash(v):
        return sum(METRIC[i, i] * v[i] * gamma[i] for i in range(4))

    late, early = 2 * (p_out @ METRIC @ k) + m_u**2, m_u**2 - 2 * (p @ METRIC @ k)
    total = 0.0
    for i in range(4):
        vertex = gamma[i] @ (slash(p_out + k) + m * np.eye(4)) @ gamma[0] / late
        vertex = vertex + gamma[0] @ (slash(p - k) + m * np.eye(4)) @ gamma[i] / early
        barred = gamma[0] @ vertex.conj().T @ gamma[0]
        total -= METRIC[i, i] * np.trace((slash(p_out) + m * np.eye(4)) @ vertex @ (slash(p) + m * np.eye(4)) @ barred)
    return total.real / 2


def squared_amplitude(s_plus_u, u, mix, t, energies, m, m_u):
    """T from S + U, U, U E + S E', t, (E, E') and the masses."""
    s = s_plus_u - u
    t_2 = m_u**2 - t - s_plus_u
    product = s * u
    result = 2 * (s * s + u * u) / product - 8 * t / product * (energies[0] ** 2 + energies[1] ** 2)
    result += -4 * t / product * (t_2 + m_u**2) + (s_plus_u / product) ** 2 * t * (2 * m_u**2 + 4 * m**2)
    return result - 8 * (mix / product) ** 2 * (m_u**2 + 2 * m**2)


def density(gap, m_u, energy, z, a, nodes=(32, 48, 32)):
    """dsigma/dx [cm^2] for epsilon = 1 at x = 1 - gap; nodes of U's angle, of the momentum transfer, of its azimuth."""
    m, m_u, energy, gap = LONG(M_E), LONG(m_u), LONG(energy), LONG(gap)
    x = 1 - gap
    e_u, e_out = x * energy, gap * energy
    p, k, p_out = np.sqrt(energy**2 - m**2), np.sqrt(e_u**2 - m_u**2), np.sqrt(e_out**2 - m**2)
    # -U = 2 p.k - M^2 = base/v with v uniform up to phase space; E E_U - p k without its cancellation
    base = 2 * ((energy * m_u) ** 2 + (e_u * m) ** 2 - (m * m_u) ** 2) / (energy * e_u + p * k) - m_u**2
    nodes_v, weights_v = np.polynomial.legendre.leggauss(nodes[0])
    low = np.sqrt(base / (base + 4 * p * k))
    root = low + (1 - low) * 0.5 * (1 + nodes_v)
    v, dv = root**2, (1 - low) * weights_v * root
    one_minus_cosine = base / (2 * p * k) * (1 / v - 1)
    d_cosine = base / (2 * p * k) / v**2 * dv
    u = -(base + 2 * p * k * one_minus_cosine)
    length = np.sqrt(p * p + k * k - 2 * p * k * (1 - one_minus_cosine))  # of p - k
    k_across = p * k * np.sqrt(np.maximum(one_minus_cosine * (2 - one_minus_cosine), 0)) / length
    k_along = (p * k * (1 - one_minus_cosine) - k * k) / length
    # |p - k + q| = p_out fixes q along p - k
    nodes_q, weights_q = np.polynomial.legendre.leggauss(nodes[1])
    ln_low, ln_high = np.log(-u / (length + p_out)), np.log(length + p_out)
    half = 0.5 * (ln_high - ln_low)[:, None]
    q = np.exp(ln_low[:, None] + half * (1 + nodes_q))
    t = q * q
    q_along = (u[:, None] - t) / (2 * length[:, None])
    q_across = np.sqrt(np.maximum((q - q_along) * (q + q_along), 0))
    total = np.zeros_like(q)
    for phi in (np.arange(nodes[2]) + 0.5) * np.pi / nodes[2]:
        s_plus_u = -2 * (q_along * k_along[:, None] + q_across * k_across[:, None] * np.cos(phi))
        mix = s_plus_u * e_out + u[:, None] * e_u
        total += squared_amplitude(s_plus_u, u[:, None], mix, t, (energy, e_out), m, m_u)
    total *= 2 * np.pi / nodes[2]
    inner = np.sum(half * weights_q * 2 * t * g2(t.astype(float), z, a) / t**2 * total, axis=1) / (4 * length)
    front = (4 * np.pi * ALPHA) ** 3 / (2 * p) / (2 * (2 * np.pi) ** 4)
    return float(front * k * np.sum(d_cosine * inner) * energy) * GEV2_CM2


def cross_section(m_u, energy, z, a, cut, nodes=28):
    """Cross-section [cm^2] for epsilon = 1 and x above a cut."""
    low, high = np.log(1.0001 * M_E / energy), np.log(1 - max(cut, 1.0001 * m_u / energy))
    x, w = np.polynomial.legendre.leggauss(nodes)
    gaps = np.exp(low + 0.5 * (high - low) * (1 + x))
    values = np.array([density(gap, m_u, energy, z, a) for gap in gaps])
    return float(np.sum(0.5 * (high - low) * w * gaps * values))
