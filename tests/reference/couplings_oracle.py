"""Slow, independent couplings: mass, mixing and g-2, written from docs/physics/model.md 1 to 3,
docs/physics/laboratory.md 1 and docs/physics/kinetic_mixing.md 6.

Nothing is shared with the package: own constants, mpmath integrals, brute-force eigenproblems of the full Lagrangian.
"""

from itertools import pairwise

import numpy as np
from mpmath import mp, mpf
from scipy.integrate import quad

DIGITS = 50
with mp.workdps(DIGITS):
    ALPHA = mpf(1) / mpf("137.035999177")
    ELECTRON = mpf("0.51099895069")  # [MeV]
    Z_MASS = mpf("91187.6")  # [MeV]
    SIN2 = mpf("0.2312")


def radiative_mass_squared(g_uxx, sum_g_uff2, m_soft_tev, lambda_uv_gev, beside=0):
    """m_rad^2 [MeV^2] of Eq. (2), with its sign and a constant beside its logarithm, in mpmath."""
    with mp.workdps(30):
        m_soft = mpf(m_soft_tev) * 10**6
        cut = mpf(lambda_uv_gev) * 10**3
        loop = mpf(g_uxx) ** 2 * mpf(sum_g_uff2) * m_soft**2 * (mp.log(cut**2 / m_soft**2) + beside)
        return float(-loop / (64 * mp.pi**4))


def momentum_kernel(x):
    """f(x) of docs/physics/consistency.md 1: contribution of momenta x m^2 of U to the mass of the hidden scalar."""
    x = mpf(x)

    def bubble(i, j):
        return -mp.quad(lambda t: mp.log(t * i + (1 - t) * j + t * (1 - t) * x), [0, mpf(1) / 2, 1])

    return 1 + x / 4 * ((2 + 4 / x) * bubble(1, 1) + 2 * bubble(0, 0) - 4 * (1 + 1 / x) * bubble(0, 1))


def constant_with_a_cut_off():
    """int du f(e^u) up to ln(Lambda^2/m^2), less that logarithm: what a cut-off leaves beside the logarithm."""
    with mp.workdps(20):
        low, high = -12, 9
        below = momentum_kernel(mp.exp(low))  # f is linear in x there
        above = 1 - momentum_kernel(mp.exp(high))  # and 1 - f falls like 1/x
        inner, error = quad(lambda u: float(momentum_kernel(mp.exp(u))), low, high, epsabs=1e-8)
        assert error < 1e-7
        return inner + float(below - high - above)


def loop_vector(ratio):
    """V(R) by adaptive quadrature: int_0^1 dx x^2 (1-x) / [x^2 + R (1-x)], x = 1 - z."""
    return _loop(ratio, lambda x, r: x**2 * (1 - x) / (x**2 + r * (1 - x)))


def loop_axial(ratio):
    """A(R) by adaptive quadrature: (1/R) int_0^1 dx [2 x^3 + R (1-x) x (4-x)] / [x^2 + R (1-x)], x = 1 - z."""
    return _loop(ratio, lambda x, r: (2 * x**3 + r * (1 - x) * x * (4 - x)) / (x**2 + r * (1 - x)) / r)


def _loop(ratio, integrand):
    with mp.workdps(30):
        r = mpf(ratio)
        # The integrand bends where x^2 = R and where R (1 - x) = 1.
        bends = sorted({mpf(0), mpf(1), *(b for b in (mp.sqrt(r), 1 - 1 / r) if 0 < b < 1)})
        fine = [low + (high - low) * k / 4 for low, high in pairwise(bends) for k in range(4)]
        return mp.quad(lambda x: integrand(x, r), [*fine, mpf(1)])


def moment_shift(m_u, g_v, g_a, lepton=ELECTRON):
    """Shift of a lepton's anomalous magnetic moment, g_V^2 V / 4 pi^2 - g_A^2 A / 4 pi^2."""
    ratio = (mpf(m_u) / mpf(lepton)) ** 2
    return float((mpf(g_v) ** 2 * loop_vector(ratio) - mpf(g_a) ** 2 * loop_axial(ratio)) / (4 * mp.pi**2))


def neutral_bosons(chi, m_x):
    """Eigenstates of the neutral vectors (B, W3, X): {"photon" | "U" | "Z": (mass [MeV], vector)}.

    L = -1/4 V^T K V + 1/2 V^T M V with K_BX = -chi and M from <H> and m_X, solved as M v = mass^2 K v, v^T K v = 1.
    U is the state with more of X in it, on either side of m_Z.
    """
    with mp.workdps(DIGITS):
        chi, m_x = mpf(chi), mpf(m_x)
        s, c = mp.sqrt(SIN2), mp.sqrt(1 - SIN2)
        kinetic = mp.matrix([[1, 0, -chi], [0, 1, 0], [-chi, 0, 1]])
        mass = mp.matrix([[s**2, -s * c, 0], [-s * c, c**2, 0], [0, 0, 0]]) * Z_MASS**2
        mass[2, 2] = m_x**2
        inverse = mp.inverse(mp.cholesky(kinetic))
        values, vectors = mp.eigsy(inverse * mass * inverse.T)
        states = [(mp.sqrt(abs(values[k])), inverse.T * vectors[:, k]) for k in range(3)]
        photon, *heavy = sorted(states, key=lambda state: state[0])
        heavy.sort(key=lambda state: abs(state[1][2]))
        z, u = heavy
        return {"photon": photon, "U": (u[0], _signed(u[1], 2)), "Z": (z[0], _signed(z[1], 1))}


def _signed(vector, positive):
    return vector if vector[positive] > 0 else -vector


def fermion_coupling(vector, charge, isospin):
    """Coupling of a chiral fermion to the state: g' (Q - T3) along B and g T3 along W3."""
    with mp.workdps(DIGITS):  # in neutrinos the two terms nearly cancel
        e = mp.sqrt(4 * mp.pi * ALPHA)
        s, c = mp.sqrt(SIN2), mp.sqrt(1 - SIN2)
        return float(e / c * (mpf(charge) - mpf(isospin)) * vector[0] + e / s * mpf(isospin) * vector[1])


def fermion_masses(g, coupling, vev):
    """Masses of (X, X^c, gaugino, singlino) from the matrix of Eq. (6), a = sqrt2 g, ascending."""
    a, b = np.sqrt(2.0) * g * vev, coupling * vev
    matrix = np.array([[0, 0, a, b], [0, 0, -a, b], [a, -a, 0, 0], [b, b, 0, 0]])
    return np.sort(np.abs(np.linalg.eigvalsh(matrix)))


def scalar_potential(fields, g, coupling, soft):
    """V(Re X, Im X, Re X^c, Im X^c, Re S, Im S) of Eq. (5), canonical, with D-term g^2/2 (|X|^2 - |X^c|^2)^2.

    ``soft`` multiplies |X|^2 and |X^c|^2: m_rad^2 (negative), or half of it as Eq. (5) is printed.
    """
    x, xc, s = ((fields[k] ** 2 + fields[k + 1] ** 2) / 2 for k in (0, 2, 4))
    return soft * (x + xc) + coupling**2 * (s * (x + xc) + x * xc) + g**2 * (x - xc) ** 2 / 2


def minimum(g, coupling, soft):
    """The two-vev stationary point (six fields), from the slope of V along X = X^c by bisection."""

    def slope(field):
        step = 1e-4 * field
        values = [scalar_potential([f, 0, f, 0, 0, 0], g, coupling, soft) for f in (field - step, field + step)]
        return (values[1] - values[0]) / step

    low, high = 1e-6 * np.sqrt(-soft) / coupling, 1e3 * np.sqrt(-soft) / coupling
    for _ in range(200):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if slope(middle) < 0 else (low, middle)
    return np.array([low, 0.0, low, 0.0, 0.0, 0.0])


def scalar_masses_squared(g, coupling, soft):
    """Eigenvalues of the numerical Hessian of V at the two-vev point, ascending; differences in multiple precision."""
    with mp.workdps(DIGITS):
        g, coupling, soft = mpf(g), mpf(coupling), mpf(soft)
        vev = mp.sqrt(-2 * soft) / coupling  # sqrt2 <X>: where the first derivatives vanish, as asserted below
        origin, step = [vev, 0, vev, 0, 0, 0], vev / 10**12

        def value(*moves):
            fields = list(origin)
            for index, amount in moves:
                fields[index] += amount
            return scalar_potential(fields, g, coupling, soft)

        hessian = mp.matrix(6, 6)
        for i in range(6):
            assert abs(value((i, step)) - value((i, -step))) < mpf(10) ** -12 * abs(soft) * vev * step
            for j in range(i + 1):
                signs = [(1, 1, 1), (1, -1, -1), (-1, 1, -1), (-1, -1, 1)]
                second = sum(sign * value((i, a * step), (j, b * step)) for a, b, sign in signs) / (4 * step**2)
                hessian[i, j] = hessian[j, i] = second
        return np.sort([float(x) for x in mp.eigsy(hessian, eigvals_only=True)])
