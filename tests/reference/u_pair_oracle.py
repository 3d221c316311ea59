"""Tree-level X X -> U U by explicit sums over spins and polarisations, as slow and as independent as it gets.

Dirac matrices and momenta are written out, both diagrams (and the contact term of the scalar) are added as matrices,
and the angle is integrated by Gauss-Legendre. A Majorana fermion with vertices g gamma^mu gamma_5 has the amplitude of
a Dirac fermion with the axial coupling g. The hidden Higgs boson h, of vev v, gives X the mass y v and U the mass of
its own charge: y for h X X and 2 m_U^2/v for h U U, whose product is 8 a^2 m_X for an axial coupling a. Everything is
in units of g = 1.
"""

import numpy as np
from scipy.special import kve

METRIC = np.diag([1.0, -1.0, -1.0, -1.0])
PAULI = (np.array([[0, 1], [1, 0]]), np.array([[0, -1j], [1j, 0]]), np.array([[1, 0], [0, -1]]))
GAMMA = np.array(
    [np.kron(np.diag([1, -1]), np.eye(2)), *(np.kron(np.array([[0, 1], [-1, 0]]), sigma) for sigma in PAULI)]
)
GAMMA5 = 1j * GAMMA[0] @ GAMMA[1] @ GAMMA[2] @ GAMMA[3]
# (vector, axial) couplings of the fermions
COUPLINGS = {"majorana": (0.0, 1.0), "dirac": (1.0, 0.0), "chiral": (0.5, -0.5)}


def sigma_v(kind, s, m_dm, m_u, angles=12, m_higgs=None):
    """sigma v [MeV^-2] at s, v = 2 beta_X; spins averaged, identical U's counted once. Without m_higgs it is m_u."""
    squared = scalar_squared if kind == "scalar" else fermion_squared
    spins = 1.0 if kind == "scalar" else 4.0
    nodes, weights = np.polynomial.legendre.leggauss(angles)
    m_higgs = m_u if m_higgs is None else m_higgs
    values = [squared(kind, *momenta(s, m_dm, m_u, cosine), m_dm, m_u, m_higgs) for cosine in nodes]
    mean = 0.5 * np.dot(weights, values)
    # flux 2 s beta_X, two-body phase space beta_U / 8 pi, half of it for identical particles
    return 0.5 * mean / spins * np.sqrt(1 - 4 * m_u**2 / s) / (8 * np.pi) / s


def momenta(s, m_dm, m_u, cosine):
    energy = np.sqrt(s) / 2
    p, k = np.sqrt(max(energy**2 - m_dm**2, 0.0)), np.sqrt(energy**2 - m_u**2)
    sine = np.sqrt(1 - cosine**2)
    return (
        np.array([energy, 0, 0, p]),
        np.array([energy, 0, 0, -p]),
        np.array([energy, k * sine, 0, k * cosine]),
        np.array([energy, -k * sine, 0, -k * cosine]),
    )


def dot(a, b):
    return a @ METRIC @ b


def slash(p):
    return np.einsum("m,mij->ij", METRIC @ p, GAMMA)


def polarisations(k, m_u):
    """Sum over polarisations, indices down."""
    lower = METRIC @ k
    return -METRIC + np.outer(lower, lower) / m_u**2


def fermion_squared(kind, p1, p2, k1, k2, m_dm, m_u, m_higgs):
    vector, axial = COUPLINGS[kind]
    vertex = GAMMA @ (vector * np.eye(4) + axial * GAMMA5)
    q1, q2 = p1 - k1, p1 - k2
    one, other = ((slash(q) + m_dm * np.eye(4)) / (dot(q, q) - m_dm**2) for q in (q1, q2))
    amplitude = np.einsum("nij,jk,mkl->mnil", vertex, one, vertex)
    amplitude += np.einsum("mij,jk,nkl->mnil", vertex, other, vertex)
    higgs = -8 * axial**2 * m_dm / (dot(p1 + p2, p1 + p2) - m_higgs**2)
    amplitude += higgs * np.einsum("mn,il->mnil", METRIC, np.eye(4))
    conjugate = np.einsum("ij,mnkj,kl->mnil", GAMMA[0], amplitude.conj(), GAMMA[0])
    closed = np.einsum("ij,mnjk,kl->mnil", slash(p2) - m_dm * np.eye(4), amplitude, slash(p1) + m_dm * np.eye(4))
    trace = np.einsum("mnil,abli->mnab", closed, conjugate)
    return np.einsum("ma,nb,mnab->", polarisations(k1, m_u), polarisations(k2, m_u), trace).real


def scalar_amplitude(p1, p2, k1, k2, m_dm):
    """Contact term and both exchanges, indices up; transverse in k1 and k2."""
    q1, q2 = p1 - k1, p1 - k2
    one = np.outer(p1 + q1, p2 - q1) / (dot(q1, q1) - m_dm**2)
    other = np.outer(p2 - q2, p1 + q2) / (dot(q2, q2) - m_dm**2)
    return 2 * METRIC + one + other


def scalar_squared(_, p1, p2, k1, k2, m_dm, m_u, __):
    amplitude = scalar_amplitude(p1, p2, k1, k2, m_dm)
    return np.einsum("mn,ab,ma,nb->", amplitude, amplitude, polarisations(k1, m_u), polarisations(k2, m_u))


def unnormalised_average(sigma_v_of_s, m_dm, m_u, x, nodes=16):
    """Thermal average up to a factor that depends on m_dm and x alone."""
    threshold = 2 * max(m_dm, m_u)
    position, weights = np.polynomial.legendre.leggauss(nodes)
    root = 0.5 * (position + 1) * np.sqrt(12 * m_dm / x)
    energy = threshold + root**2
    measure = weights * root * energy**4 * np.sqrt(1 - 4 * m_dm**2 / energy**2)
    measure *= kve(1, x * energy / m_dm) * np.exp(-x * (energy - threshold) / m_dm)
    return sum(w * sigma_v_of_s(e**2) for w, e in zip(measure, energy, strict=True))
