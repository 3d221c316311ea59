"""Slow, independent scattering amplitudes: explicit Dirac spinors and every Wick contraction, one by one.

Nothing is shared with the package. A current is psi-bar Gamma^mu psi; the fields are expanded in modes, and the
amplitude is the sum over all ways to let the operators of two currents absorb the initial and create the final
particles, each with the sign of the reordering and the propagator of the momentum that flows between the currents. No
relative sign of t, u and s channels is put in by hand.
"""

from functools import cache
from itertools import permutations, product

import numpy as np

I2, O2 = np.eye(2), np.zeros((2, 2))
PAULI = [np.array([[0, 1], [1, 0]]), np.array([[0, -1j], [1j, 0]]), np.array([[1, 0], [0, -1]])]
GAMMA = [np.block([[I2, O2], [O2, -I2]]).astype(complex)]
GAMMA += [np.block([[O2, s], [-s, O2]]).astype(complex) for s in PAULI]
GAMMA5 = 1j * GAMMA[0] @ GAMMA[1] @ GAMMA[2] @ GAMMA[3]
CHARGE = 1j * GAMMA[2] @ GAMMA[0]
METRIC = np.diag([1.0, -1.0, -1.0, -1.0])
VECTOR = list(GAMMA)
AXIAL = [g @ GAMMA5 for g in GAMMA]
LEFT = [g @ (np.eye(4) - GAMMA5) / 2 for g in GAMMA]
RIGHT = [g @ (np.eye(4) + GAMMA5) / 2 for g in GAMMA]


@cache
def _spinor_u(p, mass, spin):
    p = np.array(p)
    chi = np.eye(2)[spin]
    sigma_p = sum(s * k for s, k in zip(PAULI, p[1:], strict=True))
    return np.concatenate([np.sqrt(p[0] + mass) * chi, sigma_p @ chi / np.sqrt(p[0] + mass)]).astype(complex)


def spinor_u(p, mass, spin):
    """Particle spinor, norm u-bar u = 2m."""
    return _spinor_u(tuple(p), mass, spin)


@cache
def _spinor_v(p, mass, spin):
    return CHARGE @ (_spinor_u(p, mass, spin).conj() @ GAMMA[0])


def spinor_v(p, mass, spin):
    """Antiparticle spinor C u-bar^T, so that a Majorana field is its own conjugate."""
    return _spinor_v(tuple(p), mass, spin)


def momenta(m1, m2, k, cos):
    """p1, p2 -> p3, p4 in the centre of mass, momentum k, elastic."""
    e1, e2 = np.hypot(m1, k), np.hypot(m2, k)
    sin = np.sqrt(1 - cos**2)
    return (
        np.array([e1, 0, 0, k]),
        np.array([e2, 0, 0, -k]),
        np.array([e1, k * sin, 0, k * cos]),
        np.array([e2, -k * sin, 0, -k * cos]),
    )


def propagator(q, m_u, width=0.0):
    """Massive vector, unitary gauge, indices down."""
    low = METRIC @ q
    s = q @ low
    return (-METRIC + np.outer(low, low) / m_u**2) / (s - m_u**2 + 1j * m_u * width)


def sign_of(order):
    """Sign of a permutation."""
    return (-1) ** sum(order[i] > order[j] for i in range(len(order)) for j in range(i + 1, len(order)))


def fermion_amplitude(gamma, kinds, p, spins, mass, m_u, width, majorana, strength):
    """Amplitude of 1 2 -> 3 4, kinds "a" (particle) or "b" (antiparticle), one mass.

    L_int = strength psi-bar gamma psi U. psi holds a u + b^dagger v; a Majorana field has b = a.
    """
    legs = [(k, kinds[k], p[k], spins[k]) for k in range(4)]
    total = 0.0

    def slot(leg, barred):
        """Spinor with which psi (or psi-bar) absorbs an incoming or creates an outgoing leg; None if it cannot."""
        index, kind, momentum, spin = leg
        incoming = index < 2
        u, v = spinor_u(momentum, mass, spin), spinor_v(momentum, mass, spin)
        wanted = {(False, True): "a", (False, False): "b", (True, False): "a", (True, True): "b"}[(barred, incoming)]
        if not majorana and kind != wanted:
            return None
        plain = (u if incoming else v) if not barred else (u if not incoming else v)
        return plain.conj() @ GAMMA[0] if barred else plain

    # positions: psi-bar_1, psi_1, psi-bar_2, psi_2; normal order wanted: out(3), out(4), in(2), in(1)
    rank = {2: 0, 3: 1, 1: 2, 0: 3}
    for order in permutations(range(4)):
        pieces = [slot(legs[order[i]], barred=i in (0, 2)) for i in range(4)]
        if any(x is None for x in pieces):
            continue
        q = sum((p[order[i]] if order[i] < 2 else -p[order[i]]) for i in (0, 1))
        j1 = np.array([pieces[0] @ g @ pieces[1] for g in gamma])
        j2 = np.array([pieces[2] @ g @ pieces[3] for g in gamma])
        total += 0.5 * sign_of([rank[i] for i in order]) * (j1 @ propagator(q, m_u, width) @ j2)
    return strength**2 * total


def fermion_cross_section(gamma, kinds, mass, m_u, k, width=0.0, majorana=False, strength=1.0, nodes=2):
    """Total elastic cross-section, spins averaged; 1/2 for identical particles in the final state."""
    cos, weight = np.polynomial.legendre.leggauss(nodes)
    total = 0.0
    for c, w in zip(cos, weight, strict=True):
        p = momenta(mass, mass, k, c)
        total += (
            w
            * sum(
                abs(fermion_amplitude(gamma, kinds, p, s, mass, m_u, width, majorana, strength)) ** 2
                for s in product((0, 1), repeat=4)
            )
            / 4
        )
    identical = kinds[2] == kinds[3]
    flux = 64 * np.pi**2 * (2 * np.hypot(mass, k)) ** 2
    return 2 * np.pi * total / flux * (0.5 if identical else 1.0)


def scalar_cross_section(unlike, mass, m_u, k, nodes=2):
    """Total elastic cross-section of complex scalars, L_int = i U^mu (phi* d_mu phi - phi d_mu phi*)."""
    cos, weight = np.polynomial.legendre.leggauss(nodes)
    total = 0.0
    for c, w in zip(cos, weight, strict=True):
        p1, p2, p3, p4 = momenta(mass, mass, k, c)
        amplitude = (p1 + p3) @ propagator(p1 - p3, m_u) @ (p2 + p4)
        if unlike:  # 2 and 4 carry the opposite charge; the other channel is annihilation
            amplitude = -amplitude + (p1 - p2) @ propagator(p1 + p2, m_u) @ (p3 - p4)
        else:
            amplitude += (p1 + p4) @ propagator(p1 - p4, m_u) @ (p2 + p3)
        total += w * abs(amplitude) ** 2
    return 2 * np.pi * total / (64 * np.pi**2 * 4 * (mass**2 + k**2)) * (1.0 if unlike else 0.5)


def squared_amplitude(gamma_x, gamma_f, p, m_x, m_f, m_u):
    """Sum over all spins of |M|^2 of X(p1) f(p2) -> X(p3) f(p4) through the t channel, unit couplings."""
    d = propagator(p[0] - p[2], m_u)
    total = 0.0
    for s1, s2, s3, s4 in product((0, 1), repeat=4):
        x = [spinor_u(p[2], m_x, s3).conj() @ GAMMA[0] @ g @ spinor_u(p[0], m_x, s1) for g in gamma_x]
        f = [spinor_u(p[3], m_f, s4).conj() @ GAMMA[0] @ g @ spinor_u(p[1], m_f, s2) for g in gamma_f]
        total += abs(np.array(x) @ d @ np.array(f)) ** 2
    return total
