"""Slow, independent evolution of the whole momentum distribution of dark matter, without self-scattering.

The Boltzmann equation for f(p) (Binder, Bringmann, Gustafsson, Hryczuk 2017, 1706.07433) is solved by scipy's BDF on a
grid of comoving momenta, which takes the expansion out of it. Annihilation couples every pair of momenta through the
integral of the cross-section over the angle between them; elastic scattering is a Fokker-Planck term that gains energy
at the rate of `coupled_relic_oracle.elastic_rate`. ``relaxation`` stands for self-scattering: at this rate, per e-fold
of x, f relaxes to the Maxwell-Juettner distribution of the same density and temperature. When it is fast the solution
is that of the two equations for these two.
"""

import numpy as np
from reference import coupled_relic_oracle as coupled
from reference import relic_oracle as relic
from reference.relic_oracle import PLANCK, Case, bessel
from scipy.integrate import solve_ivp
from scipy.interpolate import CubicSpline

LOWEST, HIGHEST = 0.03, 18.0  # comoving momenta in units of the thermal one at the start, which grows until decoupling


def cumulative(case: Case, top):
    """Function of w = s - 4 m^2: the integral of s (sigma v) ds / 4 into electrons, from w = 0 to ``top``."""
    m = case.m_dm
    # s - m_U^2 = w - pole without cancellation.
    pole = (case.m_u - 2 * m) * (case.m_u + 2 * m)
    width = relic.gamma_total(case) * case.m_u
    low = 1e-12 * top
    edges = [0.0, *np.geomspace(low, top, 400)]
    if 0 < pole < top:
        reach = np.geomspace(width * 1e-2, max(pole, top - pole), 500)
        signed = np.concatenate([-reach[reach < pole], [-pole, 0.0, top - pole], reach[reach < top - pole]])
        plain = np.array([e - pole for e in edges if abs(e - pole) > reach[0]])
        distance = np.unique(np.concatenate([signed, plain]))
    else:
        scale = max(abs(pole), width)
        near = np.geomspace(scale * 1e-3, min(scale * 1e3, top), 200)
        distance = np.unique([*edges, *near]) - pole
    half = np.diff(distance)[:, None] / 2
    offset = (distance[1:] + distance[:-1])[:, None] / 2 + half * relic.LEGENDRE_NODES
    w = np.maximum(offset + pole, 0.0)
    s = 4 * m * m + w
    integrand = relic.sigma_v(case, "electrons", s, offset) * s / 4
    total = np.concatenate([[0.0], np.cumsum(np.sum(half * relic.LEGENDRE_WEIGHTS * integrand, axis=1))])
    # A narrow pole is found again only in the distance from it.
    return lambda w_of: np.interp(w_of - pole, distance, total)


def omega_h2(case: Case, x_start=8.0, x_end=None, size=180, relaxation=0.0, elastic=1.0, rtol=1e-5):
    """Relic abundance from equilibrium at ``x_start``."""
    m = case.m_dm
    kappa = 1.0 if case.kind == "majorana" else 0.5
    states = 4 if case.kind in ("dirac", "chiral") else 2
    distance = max(abs(case.m_u / m - 2.0), relic.gamma_total(case) / m)
    x_end = x_end or max(3e3, m / 0.01, 10.0 / distance)

    def a_of(t):  # scale factor, in 1/MeV
        return 1.0 / (t * np.cbrt(coupled.bath(t)[1]))

    t_start = m / x_start
    thermal = np.sqrt(3 * m * t_start * (1 + 1.25 / x_start))
    centre = np.geomspace(LOWEST, HIGHEST, size) * thermal * a_of(t_start)  # comoving
    step = np.log(centre[1] / centre[0])
    cross = cumulative(case, 8 * (HIGHEST * thermal) ** 2 + 8 * m * HIGHEST * thermal)

    t_grid = np.geomspace(t_start, 5e-3, 50)
    rates = elastic * coupled.elastic_rate(case.kind, case.g_dm, case.g_l, case.g_r, m, case.m_u, t_grid)
    ln_rate = CubicSpline(-np.log(t_grid), np.log(np.maximum(rates, 1e-300)))

    def weights(p):  # of f in the density
        return states / (2 * np.pi**2) * p**3 * step

    def pairs(p, energy):
        """Mean of sigma v over the angle between every two momenta."""
        total = energy[:, None] + energy
        minus, plus = p[:, None] - p, p[:, None] + p
        low = minus**2 * (1 - (plus / total) ** 2)
        high = plus**2 * (1 - (minus / total) ** 2)
        return (cross(high) - cross(low)) / (4 * np.outer(p * energy, p * energy))

    def surroundings(ln_x):
        t = m * np.exp(-ln_x)
        g_energy, _, slope = coupled.bath(t)
        hubble = np.sqrt(4 * np.pi**3 * g_energy / 45) * t * t / PLANCK
        p = centre / a_of(t)
        energy = np.hypot(m, p)
        equilibrium = np.exp(-energy / t)
        clock = slope / 3.0 / hubble
        gamma = 0.0
        if t > t_grid[-1]:
            gamma = np.exp(ln_rate(-np.log(t))) * coupled.heat_capacity(m / t) * 2 / 3
        # Fokker-Planck: flux p^2 gamma/2 (T E df/dp + p f), written so that it vanishes in equilibrium.
        middle = np.sqrt(p[1:] * p[:-1])
        diffusion = 0.5 * gamma * t * middle**2 * np.hypot(m, middle) / np.diff(p)
        tilt = np.exp(np.diff(energy) / (2 * t))
        volume = p**3 * step
        matrix = np.zeros((size, size))
        index = np.arange(size - 1)
        matrix[index, index + 1] += diffusion * tilt / volume[:-1]
        matrix[index, index] -= diffusion / tilt / volume[:-1]
        matrix[index + 1, index + 1] -= diffusion * tilt / volume[1:]
        matrix[index + 1, index] += diffusion / tilt / volume[1:]
        kernel = kappa * pairs(p, energy) * weights(p)
        return p, energy, equilibrium, clock, matrix, kernel

    def maxwellian(f, p, energy):
        """Maxwell-Juettner distribution of the density and temperature of f, and its derivative by f."""
        w = weights(p)
        density = np.sum(w * f)
        t_x = np.sum(w * f * p * p / (3 * energy)) / density
        t_g = t_x
        for _ in range(3):  # the sum over the grid has the temperature of f to the last digit
            g = np.exp(-(energy - m) / t_g)
            g *= density / np.sum(w * g)
            t_g *= t_x * density / np.sum(w * g * p * p / (3 * energy))
        warmer = g * (energy - np.sum(w * g * energy) / density) / t_x**2
        derivative = np.outer(g, w) / density + np.outer(warmer, w * (p * p / (3 * energy) - t_x)) / density
        return g, derivative

    def slope(ln_x, f):
        p, energy, equilibrium, clock, matrix, kernel = surroundings(ln_x)
        change = clock * (matrix @ f - f * (kernel @ f) + equilibrium * (kernel @ equilibrium))
        return change + relaxation * (maxwellian(f, p, energy)[0] - f) if relaxation else change

    def jacobian(ln_x, f):
        p, energy, _, clock, matrix, kernel = surroundings(ln_x)
        change = clock * (matrix - np.diag(kernel @ f) - f[:, None] * kernel)
        return change + relaxation * (maxwellian(f, p, energy)[1] - np.eye(size)) if relaxation else change

    first = np.exp(-np.hypot(m, centre / a_of(t_start)) / t_start)
    solution = solve_ivp(
        slope,
        (np.log(x_start), np.log(x_end)),
        first,
        "BDF",
        jac=jacobian,
        rtol=rtol,
        atol=rtol * 1e-7 * first[0],
        max_step=0.3,
        t_eval=[np.log(x_end)],
    )
    assert solution.success, solution.message
    p = centre / a_of(m / x_end)
    g_s = coupled.bath(m / x_end)[1]
    number = np.sum(weights(p) * solution.y[:, -1]) / (2 * np.pi**2 / 45 * g_s * (m / x_end) ** 3)
    critical = 3 * (100e5 / 3.0856775814913673e24 / 2.99792458e10 * 197.3269804e-13 * PLANCK) ** 2 / (8 * np.pi)
    # The grid cuts off both ends and sums what lies between: its own equilibrium density corrects for that.
    p0 = centre / a_of(t_start)
    exact = states * m * m * t_start * bessel(2, x_start) * np.exp(-x_start) / (2 * np.pi**2)
    lost = exact / np.sum(weights(p0) * first)
    return lost * number * m * 2 * np.pi**2 / 45 * coupled.bath(0.008)[1] * coupled.T_TODAY**3 / critical
