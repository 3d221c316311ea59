"""Slow, independent neutrino decoupling, written from arXiv:1812.05605, 2001.04466 and 1911.04504.

Nothing is shared with the package: time is the variable, scipy's LSODA the solver, gases are adaptive quadratures over
momentum whose derivatives come from splines, and the electron mass in the weak rates is a Monte Carlo integral over
momenta of all four particles. The entropy formula of docs/physics/early_universe.md 5 stands beside it.
"""

from functools import cache

import numpy as np
from reference.relic_oracle import ELECTRON, MASSIVE, PLANCK, gas
from scipy.integrate import quad, solve_ivp
from scipy.interpolate import CubicSpline
from scipy.special import kve

FERMI = 1.1663787e-11  # [MeV^-2]
CHARGE2 = 4 * np.pi / 137.035999177
LEFT = np.array([0.727, -0.273, -0.273])
RIGHT = np.array([0.233, 0.233, 0.233])
F_ANNIHILATION, F_SCATTERING = 0.884, 0.829
NEUTRINOS = 7 / 8 * np.pi**2 / 30 * 6  # rho / T_nu^4
GRID = np.geomspace(0.008, 25.0, 160)


def monte_carlo_suppression(temperature, draws=60_000, seed=5):
    """Energy exchange by annihilation and scattering with massive over massless electrons, Maxwell-Boltzmann.

    Annihilation: mean of E sigma v over two electrons, sigma v summed over spins from the invariant amplitude averaged
    over the direction of the neutrinos. Scattering: mean of (k - k')^2 |M|^2, which the energy exchange is to first
    order in T - T_nu.
    """
    # The same draws with and without mass: most of their noise cancels.
    return tuple(
        _mean(kind, ELECTRON / temperature, draws, np.random.default_rng(seed))
        / _mean(kind, 0.0, draws, np.random.default_rng(seed))
        for kind in ("annihilation", "scattering")
    )


def _mean(kind, z, draws, rng):
    """Phase-space integral over two incoming momenta drawn from p^2 e^-p, in units of T."""
    left2, right2, product = np.sum(LEFT**2), np.sum(RIGHT**2), np.sum(LEFT * RIGHT)
    first, second = rng.gamma(3.0, size=(2, draws))
    one, two = (size[:, None] * _directions(draws, rng) for size in (first, second))
    e1 = np.sqrt(first**2 + z**2)
    e2 = np.sqrt(second**2 + (z**2 if kind == "annihilation" else 0.0))
    weight = np.exp(first - e1 + second - e2) / (e1 * e2)  # e^-E d3p / E over what was drawn
    if kind == "annihilation":
        s = 2 * z**2 + 2 * (e1 * e2 - np.sum(one * two, axis=1))
        cosine = rng.uniform(-1, 1, draws)
        beta = np.sqrt(np.maximum(1 - 4 * z**2 / s, 0))
        t, u = (z**2 - s / 2 * (1 - sign * beta * cosine) for sign in (1, -1))
        amplitude = left2 * (u - z**2) ** 2 + right2 * (t - z**2) ** 2 + 2 * product * z**2 * s
        return np.mean(weight * amplitude * (e1 + e2))
    # e(one) nu(two) -> e nu' in the frame of their centre of mass
    total, energy = one + two, e1 + e2
    s = energy**2 - np.sum(total**2, axis=1)
    momentum = (s - z**2) / (2 * np.sqrt(s))
    outgoing = momentum[:, None] * _directions(draws, rng)
    after = (energy * momentum + np.sum(total * outgoing, axis=1)) / np.sqrt(s)  # boosted back
    # k.k' in the centre of mass: the incoming neutrino's direction there
    gamma_factor = np.sum(total * two, axis=1) / (energy + np.sqrt(s)) - e2
    incoming = two + total * (gamma_factor / np.sqrt(s))[:, None]
    t = -2 * (momentum**2 - np.sum(incoming * outgoing, axis=1))
    u = 2 * z**2 - s - t
    amplitude = (left2 + right2) * ((s - z**2) ** 2 + (u - z**2) ** 2) + 4 * product * z**2 * t
    flux = (s - z**2) / s  # two-body phase space of the final state
    return np.mean(weight * flux * amplitude * (after - e2) ** 2)


def _directions(draws, rng):
    vectors = rng.normal(size=(draws, 3))
    return vectors / np.linalg.norm(vectors, axis=1)[:, None]


@cache
def _suppression():
    ln_t = np.linspace(np.log(0.05), np.log(8.0), 12)
    return CubicSpline(ln_t, [monte_carlo_suppression(np.exp(x)) for x in ln_t])


def suppression(temperature):
    """The same from a spline; 1 - 4e-3 at 8 MeV counts as 1 above, and below 50 keV nothing is left."""
    return np.where(temperature < 0.05, 0.0, _suppression()(np.log(np.clip(temperature, 0.05, 8.0))))


def qed_pressure(temperature):
    """Interaction pressure at orders e^2 and e^3 [MeV^4], electron mass included."""

    def integral(f):
        def integrand(p):
            energy = np.sqrt(p * p + ELECTRON**2)
            return f(p, energy) * 2 * np.exp(-energy / temperature) / (1 + np.exp(-energy / temperature))

        return quad(integrand, 0, 40 * temperature + ELECTRON, epsrel=1e-10, limit=200)[0]

    i = integral(lambda p, e: p * p / e)
    j = integral(lambda p, e: (p * p + e * e) / e)
    return (
        -CHARGE2 * temperature**2 / (12 * np.pi**2) * i
        - CHARGE2 / (8 * np.pi**4) * i**2
        + CHARGE2**1.5 * temperature / (12 * np.pi**4) * j**1.5
    )


@cache
def _plasma(species):
    """ln T against ln rho and ln(rho + p) of photons, electrons, muons and dark species."""
    rows = []
    for t in GRID:
        rho, both = np.pi**2 / 15, 4 / 3 * np.pi**2 / 15
        for one in (*MASSIVE[:2], *species):
            if one[0] < 40 * t:
                r, entropy, _ = gas(*one, t)
                rho, both = rho + r, both + entropy
        rows.append((rho * t**4, both * t**4))
    rho, both = np.array(rows).T
    pressure = CubicSpline(np.log(GRID), [qed_pressure(t) / t**4 for t in GRID])
    x = np.log(GRID)
    entropy = (4 * pressure(x) + pressure(x, 1)) * GRID**4  # T dP/dT
    rho = rho + entropy - pressure(x) * GRID**4
    return CubicSpline(x, np.log(rho)), CubicSpline(x, np.log(both + entropy))


def n_eff(species=(), decay=None, annihilation=None):
    """N_eff with dark species (mass [MeV], states, sign) in the e-gamma bath.

    ``decay`` = (mass, rate) of a vector that carries heat to the neutrinos: m times its width into them, reduced
    by its width into everything else. ``annihilation`` = (mass, states, <sigma v> into neutrinos [MeV^-2]), constant.
    """

    def density(mass, t):
        z = mass / t
        return mass**2 * t / (2 * np.pi**2) * kve(2, z) * np.exp(-z)

    def dark_exchange(t, t_nu):
        power = 0.0
        if decay is not None:
            power += 3 * decay[1] * (density(decay[0], t) - density(decay[0], t_nu))
        if annihilation is not None:
            mass, states, sigma_v = annihilation
            z = mass / t
            energy = mass * kve(1, z) / kve(2, z) + 3 * t
            power += sigma_v * states**2 * energy * (density(mass, t) ** 2 - density(mass, t_nu) ** 2)
        return power

    ln_rho, ln_both = _plasma(tuple(species))

    def exchange(t, t_nu):
        annihilation, scattering = suppression(t)
        back = suppression(t_nu)[0]
        power = 32 * F_ANNIHILATION * (annihilation * t**9 - back * t_nu**9)
        power += 56 * F_SCATTERING * scattering * t**4 * t_nu**4 * (t - t_nu)
        return FERMI**2 / np.pi**5 * 4 * np.sum(LEFT**2 + RIGHT**2) * power + dark_exchange(t, t_nu)

    def slope(_, logs):
        t, t_nu = np.exp(logs)
        rho_nu = NEUTRINOS * t_nu**4
        rho, both = np.exp(ln_rho(logs[0])), np.exp(ln_both(logs[0]))
        hubble = np.sqrt(8 * np.pi / 3 * (rho + rho_nu)) / PLANCK
        heat = exchange(t, t_nu)
        cooling = -(3 * hubble * both + heat) / (rho * ln_rho(logs[0], 1))
        return np.array([cooling, -hubble + heat / (4 * rho_nu)]) / hubble

    def cold(_, logs):
        return logs[0] - np.log(0.0085)

    cold.terminal = True
    start = np.log(20.0)
    found = solve_ivp(slope, (0, 12), [start, start], method="LSODA", rtol=1e-7, atol=1e-9, events=cold)
    t, t_nu = np.exp(found.y[:, -1])
    return 8 / 7 * (11 / 4) ** (4 / 3) * NEUTRINOS * t_nu**4 / (np.pi**2 / 15 * t**4)


# docs/physics/early_universe.md 5: T_D that makes the entropy formula reproduce a full decoupling calculation, linear
# in m
ENTROPY_MASS, ENTROPY_DECOUPLING = (3.0, 5.0, 8.0, 10.0), (1.70, 1.84, 1.98, 2.07)


def n_eff_by_entropy(species):
    """3.045 [5.5 / (5.5 + sum g_s(m/T_D(m)))]^(4/3), docs/physics/early_universe.md 5."""
    extra = sum(gas(*one, np.interp(one[0], ENTROPY_MASS, ENTROPY_DECOUPLING))[1] for one in species)
    return 3.045 * (5.5 / (5.5 + extra * 45 / (2 * np.pi**2))) ** (4 / 3)


def entropy_bath(species):
    """The bath of docs/physics/early_universe.md 1 with dark species in it: g_s and sqrt(g_star) at T.

    Neutrinos decouple at once, at the T_D of docs/physics/early_universe.md 5 and beyond its ends at the nearest one.
    Without hadrons: good below 15 MeV.
    """
    decoupling = np.interp(min(one[0] for one in species), ENTROPY_MASS, ENTROPY_DECOUPLING)
    units = np.array([np.pi**2 / 30, 2 * np.pi**2 / 45, 2 * np.pi**2 / 45])

    def plasma(t):
        return (
            np.array([2.0, 2.0, 6.0]) + sum(gas(*one, t) for one in (*MASSIVE[:2], *species) if one[0] < 40 * t) / units
        )

    def degrees(t):
        g = plasma(t)
        if t > decoupling:
            return g + np.array([5.25, 5.25, 15.75])
        ratio3 = g[1] / plasma(decoupling)[1]
        return g + 5.25 * ratio3 * np.array([ratio3 ** (1 / 3), 1.0, g[2] / g[1]])

    splines = []
    for low, high in ((0.008, decoupling * (1 - 1e-12)), (decoupling * (1 + 1e-12), 30.0)):
        t = np.geomspace(low, high, 50)
        g = np.array([degrees(x) for x in t])
        star = g[:, 2] / (3 * np.sqrt(g[:, 0]))
        splines.append(CubicSpline(np.log(t), np.stack([g[:, 1], star], axis=1)))

    def bath(temperature):
        t = np.atleast_1d(temperature)
        x = np.log(np.clip(t, 0.008, 30.0))
        values = np.where((t > decoupling)[:, None], splines[1](x), splines[0](x))
        return values[:, 0], values[:, 1]

    return bath
