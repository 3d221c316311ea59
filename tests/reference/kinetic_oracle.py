"""Slow, independent kinetic decoupling: textbook integrals with scipy, and the temperature equation step by step.

gamma(T) is that of 1603.04884 with the |M|^2 of heavy dark matter written out in s, t-like variables; the bath is
photons, electrons and neutrinos that decouple at once at 2.3 MeV. Nothing is shared with the package.
"""

from functools import cache
from itertools import pairwise

import numpy as np
from scipy.integrate import quad, solve_ivp
from scipy.interpolate import CubicSpline

ELECTRON = 0.51099895  # [MeV]
PLANCK = 1.22089e22  # [MeV]
DECOUPLING = 2.3  # [MeV]


def squared_amplitude(current, vector2, axial2, mass, m_u, energy, tau):
    """Sum over spins of |M|^2 / (4 m_X^2 g_X g_dm^2) for dark matter at rest, current "charge" or "spin"."""
    k2 = energy**2 - mass**2
    cos = 1 - tau / (2 * k2)
    if current == "charge":  # |j_0|^2 = 4 (2 E E' -+ ...) of a fermion that keeps its energy
        vector = 4 * (energy**2 + k2 * cos + mass**2)
        axial = 4 * (energy**2 + k2 * cos - mass**2)
    else:  # sum over directions, and the longitudinal U in the axial current
        vector = 4 * k2 * (3 - cos)
        axial = 4 * (3 * (energy**2 + mass**2) - k2 * cos)
        axial += (2 / m_u**2 + tau / m_u**4) * 4 * mass**2 * 4 * (tau / 2)
    return (vector2 * vector + axial2 * axial) / (m_u**2 + tau) ** 2


def rate(temperature, m_x, g_dm, current, vector2, axial2, mass, m_u):
    """gamma [MeV] of one fermion and its antiparticle."""

    def over_tau(energy):
        top = 4 * (energy**2 - mass**2)
        integrand = lambda tau: tau * squared_amplitude(current, vector2, axial2, mass, m_u, energy, tau)  # noqa: E731
        knots = [0.0, *(m for m in (m_u**2, 10 * m_u**2, 100 * m_u**2) if m < top), top]  # peaked when U is light
        return sum(quad(integrand, a, b, epsrel=1e-9)[0] for a, b in pairwise(knots))

    def over_energy(energy):
        f = 1 / (np.exp(min(energy / temperature, 300.0)) + 1)
        return f * (1 - f) * over_tau(energy) / 8

    # 4 m_X^2 g_X of the amplitude against 48 pi^3 g_X m_X^3 T; twice for the antifermions
    scale = 2 * 4 * g_dm**2 / (48 * np.pi**3 * m_x * temperature)
    edges = mass + temperature * np.array([0.0, 3.0, 8.0, 15.0, 40.0])
    return scale * sum(quad(over_energy, a, b, epsrel=1e-7)[0] for a, b in pairwise(edges))


@cache
def electron_entropy(temperature):
    """Entropy of electrons and positrons over 2 pi^2/45 T^3."""
    x = ELECTRON / temperature
    integrand = lambda y: (  # noqa: E731
        y**2 * (np.hypot(x, y) + y**2 / (3 * np.hypot(x, y))) / (np.exp(min(np.hypot(x, y), 700.0)) + 1)
    )
    return 4 / (2 * np.pi**2) * quad(integrand, 0, 60, epsrel=1e-9)[0] * 45 / (2 * np.pi**2)


def electron_energy(temperature):
    """Energy of electrons and positrons over pi^2/30 T^4."""
    x = ELECTRON / temperature
    integrand = lambda y: y**2 * np.hypot(x, y) / (np.exp(min(np.hypot(x, y), 700.0)) + 1)  # noqa: E731
    return 4 / (2 * np.pi**2) * quad(integrand, 0, 60, epsrel=1e-9)[0] * 30 / np.pi**2


def neutrino_ratio(temperature):
    """T_nu / T by conservation of both entropies below the decoupling of neutrinos."""
    at = 2 + electron_entropy(DECOUPLING)
    return min(1.0, ((2 + electron_entropy(temperature)) / at) ** (1 / 3))


def bath(temperature):
    """g_rho and g_s."""
    nu = neutrino_ratio(temperature)
    return (
        2 + electron_energy(temperature) + 5.25 * nu**4,
        2 + electron_entropy(temperature) + 5.25 * nu**3,
    )


def late_temperature(electrons, neutrinos, t_hot, t_cold):
    """T_X a^2 with a = 1 / (T g_s^(1/3)), followed from equilibrium at t_hot to t_cold.

    ``electrons(T)`` and ``neutrinos(T_nu)`` are rates [MeV]; dT_X/dln a = -2 T_X + (gamma_e (T - T_X) + ...) / H.
    """
    grid = np.geomspace(t_cold, t_hot, 60)
    g_rho, g_s = np.array([bath(t) for t in grid]).T
    ln_a = -np.log(grid * np.cbrt(g_s))
    hubble = np.sqrt(4 * np.pi**3 * g_rho / 45) * grid**2 / PLANCK
    t_nu = grid * np.array([neutrino_ratio(t) for t in grid])
    over_hubble = [
        np.array([rate(t) for rate, t in zip((electrons, neutrinos), pair, strict=True)])
        for pair in zip(grid, t_nu, strict=True)
    ]
    columns = (grid, t_nu, *(np.array(over_hubble).T / hubble))
    splines = [CubicSpline(ln_a[::-1], np.log(np.maximum(column, 1e-100))[::-1]) for column in columns]

    def slope(x, y):  # y = T_X a^2
        t, nu, gamma_e, gamma_nu = (np.exp(spline(x)) for spline in splines)
        a2 = np.exp(2 * x)
        return gamma_e * (t * a2 - y) + gamma_nu * (nu * a2 - y)

    start, end = ln_a[-1], ln_a[0]
    found = solve_ivp(slope, (start, end), [t_hot * np.exp(2 * start)], method="Radau", rtol=1e-7, atol=0.0)
    return found.y[0, -1]


def decoupling_temperature(late):
    """T_kd with T_kd a_kd^2 = T_X a^2 and a = 1 / (T g_s^(1/3)), by bisection in ln T."""
    low, high = np.log(1e-5), np.log(100.0)
    for _ in range(60):
        middle = 0.5 * (low + high)
        t = np.exp(middle)
        value = 1 / (t * bath(t)[1] ** (2 / 3))
        low, high = (middle, high) if value > late else (low, middle)
    return np.exp(0.5 * (low + high))
