"""Slow beam-dump yields by adaptive quadrature, written from docs/physics/kinetic_mixing.md 2.1; GeV and m."""

from itertools import pairwise

import numpy as np
from scipy.integrate import quad
from scipy.interpolate import CubicSpline
from scipy.special import rgamma

ALPHA = 1.0 / 137.035999
M_E = 0.51099895e-3
GEV2_CM2 = 3.8937937e-28
HBAR_C_M = 1.973269804e-16
AVOGADRO = 6.02214076e23
B = 4.0 / 3.0
MU_P, M_P = 2.79, 0.938272


def g2(t, z, a):
    a_el, a_in = 111.0 * z ** (-1 / 3) / M_E, 773.0 * z ** (-2 / 3) / M_E
    d = 0.164 * a ** (-2 / 3)
    elastic = z**2 * (a_el**2 * t / (1 + a_el**2 * t)) ** 2 / (1 + t / d) ** 2
    nucleon = (1 + t * (MU_P**2 - 1) / (4 * M_P**2)) / (1 + t / 0.71) ** 4
    return elastic + z * (a_in**2 * t / (1 + a_in**2 * t)) ** 2 * nucleon**2


def flux(t_min, t_max, z, a):
    if t_min >= t_max:
        return 0.0

    def integrand(ln_t):
        t = np.exp(ln_t)
        return (t - t_min) / t * g2(t, z, a)

    edges = np.linspace(np.log(t_min), np.log(t_max), 9)
    return sum(quad(integrand, lo, hi, epsrel=1e-10)[0] for lo, hi in pairwise(edges))


def shape(x, gap, m, form):
    """Bracket of dsigma/dx; gap = 1 - x."""
    u_0 = m**2 * gap / x + M_E**2 * x
    if form == "literature":
        return (gap + x**2 / 3) / u_0
    return (gap + x**2 / 2) / u_0 - x * gap * (m**2 + 2 * M_E**2) / (6 * u_0**2)


def cross_section(x, m, energy, z, a, form):
    """dsigma/dx in cm^2, epsilon = 1."""
    beta = np.sqrt(1 - (m / (x * energy)) ** 2)
    if form != "full":
        chi = flux((m**2 / (2 * energy)) ** 2, m**2, z, a)
        return 4 * ALPHA**3 * chi * beta * shape(x, 1 - x, m, form) * GEV2_CM2
    u_0 = m**2 * (1 - x) / x + M_E**2 * x

    def integrand(w):
        t_min = (u_0 / (2 * w * energy * (1 - x))) ** 2
        bracket = 1 - x + x**2 / 2 - x * (1 - x) * (m**2 + 2 * M_E**2) / u_0 * w * (1 - w)
        return flux(t_min, m**2, z, a) * bracket

    return 4 * ALPHA**3 * beta / u_0 * quad(integrand, 0, 1, epsrel=1e-6, limit=200)[0] * GEV2_CM2


def track_length(y, thickness):
    """y times the depth integral of y^(bt-1)/Gamma(bt)."""
    edges = [0.0, *(e for e in (0.01, 0.1, 0.5, 1.0, 3.0, 8.0, 20.0) if e < thickness), thickness]
    return sum(
        quad(lambda t: np.exp(B * t * np.log(y)) * rgamma(B * t), lo, hi, epsrel=1e-10, limit=200)[0]
        for lo, hi in pairwise(edges)
    )


class Dump:
    """A thick target: flux and track length splined once per mass, everything else by quadrature."""

    def __init__(self, z, a, x0, beam, m, form):
        self.a, self.x0, self.beam, self.m, self.form = a, x0, beam, m, form
        ln_e = np.linspace(np.log(m), np.log(beam), 60)
        chi = [flux((m**2 / (2 * np.exp(e))) ** 2, m**2, z, a) for e in ln_e]
        self.chi = CubicSpline(ln_e, chi)
        p = np.linspace(0.004, 0.75, 120)
        ln_y = 3.0 - 1.0 / p
        self.track = CubicSpline(p, [track_length(np.exp(v), 60.0) / q**2 for v, q in zip(ln_y, p, strict=True)])

    def track_at(self, y):
        p = 1.0 / (3.0 - np.log(y))
        return self.track(p) * p**2

    def spectrum(self, energy, gap=None):
        """U per GeV, electron and epsilon^2."""
        top = np.log(self.beam / energy) if gap is None else gap
        beta = np.sqrt(1 - (self.m / energy) ** 2)

        def kernel(y, q):
            bracket = shape(np.exp(-q), -np.expm1(-q), self.m, self.form)
            chi = self.chi(np.log(self.beam) - y)
            return 4 * ALPHA**3 * chi * beta * bracket * self.track_at(y) / y

        near_beam = quad(lambda v: np.exp(v) * kernel(np.exp(v), top - np.exp(v)), -200, np.log(top / 2), limit=400)[0]
        near_beam += kernel(np.exp(-200), top) / self.track_at(np.exp(-200)) * np.exp(-200) / (B * 200)
        near_one = quad(lambda v: np.exp(v) * kernel(top - np.exp(v), np.exp(v)), -40, np.log(top / 2), limit=400)[0]
        return AVOGADRO * self.x0 / self.a * GEV2_CM2 * (near_beam + near_one) / self.beam

    def yield_per_electron(self, width, shield, decay, lowest):
        """F / N_el for a total width [GeV]: decays between shield and detector."""

        def integrand(ln_e):
            energy = np.exp(ln_e)
            length = np.sqrt(energy**2 - self.m**2) / (self.m * width) * HBAR_C_M
            return energy * self.spectrum(energy) * np.exp(-shield / length) * -np.expm1(-decay / length)

        edges = np.log([lowest, (lowest * self.beam) ** 0.5, 0.5 * self.beam, 0.95 * self.beam, self.beam * (1 - 1e-6)])
        pieces = pairwise(np.sort(edges))
        return sum(quad(integrand, lo, hi, epsrel=1e-4, limit=60)[0] for lo, hi in pieces)


def electron_width(m, epsilon):
    """Width of a dark photon into e+ e- [GeV]."""
    r = (M_E / m) ** 2
    return epsilon**2 * ALPHA * m / 3 * np.sqrt(1 - 4 * r) * (1 + 2 * r)
