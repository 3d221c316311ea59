"""Slow, independent evolution of the density and the temperature of dark matter together.

The two equations of Binder, Bringmann, Gustafsson, Hryczuk 2017, 1706.07433, are solved with scipy's Radau in ln Y and
ln(T_X a^2). The cross-section, the widths and the bath are those of `relic_oracle`; averages are sums over its panels,
and the elastic rate is a double integral over s and the momentum transfer of tensors that are contracted as numbers.
Nothing is shared with the package.
"""

from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from reference import relic_oracle as relic
from reference import u_pair_oracle
from reference.relic_oracle import ELECTRON, PLANCK, Case, bessel
from scipy.integrate import solve_ivp
from scipy.interpolate import CubicSpline
from scipy.optimize import brentq

METRIC = np.diag([1.0, -1.0, -1.0, -1.0])
GAUSS, GAUSS_WEIGHTS = np.polynomial.legendre.leggauss(24)
V_NODES = 0.125 * np.arange(1, 60)  # of integrals over exp(-v^2), by the trapezoid rule from v = 0
V_WEIGHTS = 0.125 * np.exp(-(V_NODES**2))
T_TODAY = 2.7255 * 8.617333262e-11  # [MeV]


# -- averages of the annihilation cross-section -----------------------------------------------------------------------


def moment_kernel(x, energy, relative):
    """Average of p^2 / (3 E T) of one partner at fixed s, times K1(z), z = x e, times exp(z).

    ``energy`` is e = sqrt(s)/m and ``relative`` e - 2 with all its digits. With P = sqrt(s) sinh(eta) the energy of one
    partner is uniform between the ends that the velocity in the centre of mass allows, and p^2/E = E - m^2/E gives
    int deta e^(-z cosh eta) [(e/2) cosh 2eta - (2/e) / (1 + (4/e^2) sinh^2 eta)]; all terms are written as positive.
    """
    z = x * energy
    q = 4.0 / energy**2

    def integrand(v):
        u = v * v / z
        sinh2 = u * (u + 2.0)
        first = relative * (energy + 2.0) / (2.0 * energy)
        bracket = first + energy / 2 * (4 * u + 2 * u * u) + 2 / energy * q * sinh2 / (1 + q * sinh2)
        return bracket / np.sqrt(2.0 + u)

    total = 0.5 * 0.125 * integrand(0.0 * z)
    for v, weight in zip(V_NODES, V_WEIGHTS, strict=True):
        total = total + weight * integrand(v)
    return x / 3.0 * 2.0 / np.sqrt(z) * total


def averages(case: Case, x, channels=("electrons",)):
    """<sigma v> and <sigma v>_2 [MeV^-2] at an array of x = m / T_X, summed over channels."""
    total = np.zeros((2, len(x)))
    m = case.m_dm
    for channel in channels:
        threshold = 2 * max(
            m, {"electrons": ELECTRON, "muons": relic.MUON, "hadrons": relic.PION, "u_pairs": case.m_u}[channel]
        )
        excess, weights, distance = panels(case, threshold, x, channel)
        energy = threshold + excess
        relative = (excess + (threshold - 2 * m)) / m
        integrand = relic.sigma_v(case, channel, energy**2, distance * (energy + case.m_u)) * energy**4
        integrand = weights * integrand * np.sqrt(relative * m * (energy + 2 * m)) / energy
        for i, value in enumerate(x):
            used = excess < 60 * m / value
            e, r = energy[used] / m, relative[used]
            common = value / (8 * m**5 * bessel(2, value) ** 2) * integrand[used] * np.exp(-value * r)
            total[0, i] += np.sum(common * bessel(1, value * e))
            total[1, i] += np.sum(common * moment_kernel(value, e, r))
    return total


def panels(case: Case, threshold, x, channel):
    """Nodes above threshold, weights, and sqrt(s) - m_U with all its digits [MeV]."""
    top, low = 60 * case.m_dm / x.min(), 1e-7 * case.m_dm / x.max()
    pole = case.m_u - threshold
    width = relic.gamma_total(case)
    plain = np.concatenate([[0.0], np.geomspace(low, top, 110)])
    if channel == "u_pairs" or not 0 < pole < top:
        scale = max(abs(pole), width)
        extra = np.geomspace(scale * 1e-3, scale * 1e3, 30) if channel != "u_pairs" else np.array([])
        excess, weights = relic._panels(np.unique(np.concatenate([plain, extra[extra < top]])))
        return excess, weights, excess - pole
    reach = np.geomspace(min(width * 1e-2, pole * 1e-3), max(pole, top - pole), 110)
    edges = np.concatenate([-reach[reach < pole], [-pole, 0.0, top - pole], reach[reach < top - pole]])
    extra = np.array([p - pole for p in plain if p < pole - reach[0] or p > pole + reach[0]])
    distance, weights = relic._panels(np.unique(np.concatenate([edges, extra])))
    return pole + distance, weights, distance


# -- the elastic rate -------------------------------------------------------------------------------------------------


def fermion_tensor(p, q, mass, sign):
    """Sum over spins of a fermion's current times its conjugate; ``sign`` +1 for vector, -1 for axial."""
    dot = np.einsum("...a,ab,...b->...", p, METRIC, q)
    outer = p[..., :, None] * q[..., None, :]
    return 4.0 * (outer + np.swapaxes(outer, -1, -2) - METRIC * (dot - sign * mass**2)[..., None, None])


def squared_amplitude(kind, vector2, axial2, m_x, mass, m_u, s, tau):
    """Sum over all spins of |M|^2 over g_dm^2 for X f -> X f at arrays of s and t = -tau.

    The interference of vector and axial currents changes sign between fermions and antifermions and is left out.
    """
    lam = (s - (m_x + mass) ** 2) * (s - (m_x - mass) ** 2)
    k = np.sqrt(lam / (4 * s))
    cos = 1 - tau / (2 * k * k)
    sin = np.sqrt(np.maximum(1 - cos * cos, 0.0))
    zero = np.zeros_like(s)
    e_x, e_f = np.hypot(m_x, k), np.hypot(mass, k)
    p1, k1 = np.stack([e_x, zero, zero, k], axis=-1), np.stack([e_f, zero, zero, -k], axis=-1)
    p2, k2 = np.stack([e_x, k * sin, zero, k * cos], axis=-1), np.stack([e_f, -k * sin, zero, -k * cos], axis=-1)
    q = (p1 - p2) @ METRIC
    propagator = (-METRIC + q[..., :, None] * q[..., None, :] / m_u**2) / (-tau - m_u**2)[..., None, None]
    if kind == "scalar":
        dark = (p1 + p2)[..., :, None] * (p1 + p2)[..., None, :]
    else:
        weights = {"majorana": (0.0, 1.0), "dirac": (1.0, 0.0), "chiral": (0.25, 0.25)}[kind]
        dark = sum(w * fermion_tensor(p1, p2, m_x, sign) for w, sign in zip(weights, (1, -1), strict=True))
    light = vector2 * fermion_tensor(k1, k2, mass, 1) + axial2 * fermion_tensor(k1, k2, mass, -1)
    return np.einsum("...ab,...ab->...", dark, propagator @ light @ np.swapaxes(propagator, -1, -2))


def transfer(kind, vector2, axial2, m_x, mass, m_u, s):
    """(lambda / s) int tau dsigma, spins averaged, over g_dm^2 [MeV^2], at an array of s."""
    lam = (s - (m_x + mass) ** 2) * (s - (m_x - mass) ** 2)
    top = lam / s
    # tau = m_U^2 (e^w - 1) spreads the nodes evenly whether U is heavy or light.
    depth = 0.5 * np.log1p(top / m_u**2)
    total = 0.0
    for node, weight in zip(GAUSS, GAUSS_WEIGHTS, strict=True):
        tau = m_u**2 * np.expm1(depth * (1 + node))
        amplitude = squared_amplitude(kind, vector2, axial2, m_x, mass, m_u, s, np.minimum(tau, top))
        total = total + weight * depth * (tau + m_u**2) * tau * amplitude
    states = (1 if kind == "scalar" else 2) * 2
    return total / (states * 16 * np.pi * s)


def statistics(kind, vector2, axial2, mass, m_u, temperature):
    """Ratio that Fermi statistics and blocking make in the rate on dark matter at rest."""
    grid = np.concatenate([[0.0], np.geomspace(1e-4, 60.0, 60)])
    kinetic, weights = relic._panels(grid)
    kinetic, weights = kinetic * temperature, weights * temperature
    omega, k2 = mass + kinetic, kinetic * (kinetic + 2 * mass)
    charge, spin = {"majorana": (0, 1), "scalar": (1, 0), "dirac": (1, 0), "chiral": (0.25, 0.25)}[kind]
    inner = np.zeros_like(omega)
    for node, weight in zip(GAUSS, GAUSS_WEIGHTS, strict=True):
        tau = m_u**2 * np.expm1(0.5 * np.log1p(4 * k2 / m_u**2) * (1 + node))
        measure = weight * 0.5 * np.log1p(4 * k2 / m_u**2) * (tau + m_u**2) * tau / (m_u**2 + tau) ** 2
        vector = charge * (8 * omega**2 - 2 * tau) + spin * (8 * k2 + 2 * tau)
        longitudinal = 8 * mass**2 * tau * (2 / m_u**2 + tau / m_u**4)
        axial = charge * (8 * k2 - 2 * tau) + spin * (8 * k2 + 24 * mass**2 + 2 * tau + longitudinal)
        inner += measure * (vector2 * vector + axial2 * axial)
    classical = np.exp(-(omega - mass) / temperature)
    suppressed = np.exp(-mass / temperature) * classical
    quantum = classical / (1 + suppressed) ** 2
    return np.sum(weights * inner * quantum) / np.sum(weights * inner * classical)


def heat_capacity(x):
    """d<E>/dT of a Maxwell-Juettner gas, from <E>/m = K1/K2 + 3/x."""
    ratio = bessel(1, x) / bessel(2, x)
    return 3.0 + x * x - 3 * x * ratio - x * x * ratio**2 if x < 300 else 1.5 + 15 / (4 * x)


def elastic_rate(kind, g_dm, g_l, g_r, m_x, m_u, temperatures, mass=ELECTRON, states=4, quantum=True):
    """gamma [MeV] of dark matter on fermions with ``states`` spin states at the temperatures, K / C.

    K = <dE^2> / 2 T^2, where <dE^2> is the integral over s of (lambda/s) K2(sqrt(s)/T) int tau dsigma: the mean square
    of the energy that one particle of dark matter gains or loses in a unit of time, exact in both masses. In a frame
    where the pair moves with momentum P, dE^2 = P^2 tau / 3s on average, and int dE P^3 e^(-E/T) = 3 s T^2 K2.
    """
    temperatures = np.atleast_1d(temperatures)
    vector2, axial2 = 0.25 * (g_l + g_r) ** 2, 0.25 * (g_l - g_r) ** 2
    lowest = m_x + mass
    edges = np.concatenate([[0.0], np.geomspace(1e-3 * temperatures.min(), 60 * temperatures.max(), 30)])
    excess, weights = relic._panels(edges)
    energy = lowest + excess
    inner = transfer(kind, vector2, axial2, m_x, mass, m_u, energy * energy) * 2 * energy * weights
    rates = []
    for t in temperatures:
        n_1 = m_x**2 * t * bessel(2, m_x / t) / (2 * np.pi**2)  # times exp(m / t)
        integral = np.sum(inner * bessel(2, energy / t) * np.exp(-excess / t)) * np.exp(-mass / t)
        spread = t * t * 2 * np.pi**2 / ((2 * np.pi) ** 6 * n_1) * integral * states * g_dm**2
        ratio = statistics(kind, vector2, axial2, mass, m_u, t) if quantum else 1.0
        rates.append(ratio * spread / (2 * t * t) / heat_capacity(m_x / t))
    return np.array(rates)


def u_elastic_rate(kind, g_dm, m_x, m_u, temperatures, m_higgs=None):
    """gamma [MeV] of dark matter on a classical gas of U: spin sums of X X -> U U with one X and one U crossed."""
    m_higgs = m_u if m_higgs is None else m_higgs
    squared = u_pair_oracle.scalar_squared if kind == "scalar" else u_pair_oracle.fermion_squared
    temperatures = np.atleast_1d(temperatures)
    edges = np.concatenate([[0.0], np.geomspace(1e-1 * temperatures.min(), 45 * temperatures.max(), 8)])
    excess, weights = relic._panels(edges)
    energy = m_x + m_u + excess
    cosines, cosine_weights = np.polynomial.legendre.leggauss(6)
    inner = []
    for e in energy:
        s = e * e
        k = np.sqrt((s - (m_x + m_u) ** 2) * (s - (m_x - m_u) ** 2) / (4 * s))
        e_x, e_u, total = np.hypot(m_x, k), np.hypot(m_u, k), 0.0
        p1, k1 = np.array([e_x, 0, 0, k]), np.array([e_u, 0, 0, -k])
        for cos, weight in zip(cosines, cosine_weights, strict=True):
            sin = np.sqrt(1 - cos * cos)
            p2, k2 = np.array([e_x, k * sin, 0, k * cos]), np.array([e_u, -k * sin, 0, -k * cos])
            # The sign of a crossed fermion line drops out.
            total += weight * 4 * k**4 * (1 - cos) * abs(squared(kind, p1, -p2, -k1, k2, m_x, m_u, m_higgs))
        inner.append(total / ((1 if kind == "scalar" else 2) * 16 * np.pi * s) * 2 * e)
    rates = []
    for t in temperatures:
        n_1 = m_x**2 * t * bessel(2, m_x / t) / (2 * np.pi**2)
        integral = np.sum(weights * inner * bessel(2, energy / t) * np.exp(-excess / t)) * np.exp(-m_u / t)
        rates.append(g_dm**4 * np.pi**2 / ((2 * np.pi) ** 6 * n_1) * integral / heat_capacity(m_x / t))
    return np.array(rates)


def static_rate(kind, g_dm, g_l, g_r, m_x, m_u, temperature, mass=ELECTRON):
    """gamma [MeV] of dark matter at rest on classical electrons, 1603.04884, by the same panels."""
    vector2, axial2 = 0.25 * (g_l + g_r) ** 2, 0.25 * (g_l - g_r) ** 2
    kinetic, weights = relic._panels(np.concatenate([[0.0], np.geomspace(1e-4, 60.0, 60)]))
    kinetic, weights = kinetic * temperature, weights * temperature
    omega, k2 = mass + kinetic, kinetic * (kinetic + 2 * mass)
    charge, spin = {"majorana": (0, 1), "scalar": (1, 0), "dirac": (1, 0), "chiral": (0.25, 0.25)}[kind]
    inner = np.zeros_like(omega)
    for node, weight in zip(GAUSS, GAUSS_WEIGHTS, strict=True):
        tau = m_u**2 * np.expm1(0.5 * np.log1p(4 * k2 / m_u**2) * (1 + node))
        measure = weight * 0.5 * np.log1p(4 * k2 / m_u**2) * tau / (m_u**2 + tau)
        vector = charge * (8 * omega**2 - 2 * tau) + spin * (8 * k2 + 2 * tau)
        longitudinal = 8 * mass**2 * tau * (2 / m_u**2 + tau / m_u**4)
        axial = charge * (8 * k2 - 2 * tau) + spin * (8 * k2 + 24 * mass**2 + 2 * tau + longitudinal)
        inner += measure * (vector2 * vector + axial2 * axial)
    f = np.exp(-omega / temperature)
    return 2 * g_dm**2 / (96 * np.pi**3 * m_x * temperature) * np.sum(weights * f * inner)


# -- the bath and the two equations -----------------------------------------------------------------------------------


@cache
def _bath(dark=(), decoupling=relic.T_DECOUPLING):
    """Splines of ln T: g_energy, g_entropy and dln s / dln T, on either side of neutrino decoupling."""
    splines = []
    for low, high in ((0.008, decoupling * (1 - 1e-12)), (decoupling * (1 + 1e-12), 30.0)):
        temperature = np.geomspace(low, high, 90)
        table = np.array([relic.degrees_of_freedom(t, dark, decoupling) for t in temperature])
        splines.append(CubicSpline(np.log(temperature), table))
    return splines


def bath(temperature, dark=()):
    """g_energy, g_entropy and dln s / dln T below 30 MeV."""
    cold, warm = _bath(dark)
    values = (warm if temperature > relic.T_DECOUPLING else cold)(np.log(min(max(temperature, 0.008), 30.0)))
    return (values[0], values[1], 3.0) if temperature < 0.008 else tuple(values)


@dataclass(frozen=True)
class Coupled:
    """Omega h^2 with both equations and with one temperature, and the evolution."""

    omega_h2: float
    one_temperature: float
    x: np.ndarray
    ln_yield: np.ndarray
    temperature_ratio: np.ndarray

    @property
    def ratio(self):
        return self.omega_h2 / self.one_temperature


def coupled(case: Case, channels=("electrons",), elastic=1.0, feedback=True, dark=(), x_start=5.0):
    """Solve both equations from x = 5; ``elastic`` multiplies the rate of momentum exchange."""
    m = case.m_dm
    kappa = 1.0 if case.kind == "majorana" else 0.5
    states = 4 if case.kind in ("dirac", "chiral") else 2
    distance = max(abs(case.m_u / m - 2.0), relic.gamma_total(case) / m)
    x_end = min(max(3e3, m / 0.01, 300.0 / distance), m / T_TODAY)
    cold_end = min(max(x_end, 3e3 / min(distance, 1.0)), 1e13)

    grid = np.geomspace(3.0, cold_end, int(30 * np.log(cold_end / 3.0)))
    values = averages(case, grid, channels)
    logs = [CubicSpline(np.log(grid), np.log(row)) for row in values]
    end = np.log(grid[-1])

    def average(which, ln_x):
        spline = logs[which]
        return np.exp(spline(ln_x) if ln_x < end else spline(end) + (ln_x - end) * spline(end, 1))

    t_grid = np.geomspace(max(m / 4.0 if m < 100 else 30.0, 0.05), 5e-3, 70)
    rates = elastic * elastic_rate(case.kind, case.g_dm, case.g_l, case.g_r, m, case.m_u, t_grid)
    if case.m_u < 1.8 * m:
        rates = rates + elastic * u_elastic_rate(case.kind, case.g_dm, m, case.m_u, t_grid)
    ln_rate = CubicSpline(-np.log(t_grid), np.log(np.maximum(rates, 1e-300)))

    def gamma(t):
        return np.exp(ln_rate(-np.log(min(t, t_grid[0])))) if t > t_grid[-1] else 0.0

    def surroundings(ln_x):
        t = m * np.exp(-ln_x)
        g_energy, g_s, slope = bath(t, dark)
        stretch = slope / 3.0
        hubble = np.sqrt(4 * np.pi**3 * g_energy / 45) * t * t / PLANCK
        entropy = 2 * np.pi**2 / 45 * g_s * t**3
        x = np.exp(ln_x)
        equilibrium = 45 * states / (4 * np.pi**4) * x * x * bessel(2, x) / g_s
        return t, hubble, entropy, stretch, np.log(equilibrium) - x, g_s

    def single(ln_x, y):
        _, hubble, entropy, stretch, ln_eq, _ = surroundings(ln_x)
        rate = kappa * entropy * stretch / hubble * average(0, ln_x)
        return [-rate * (np.exp(y[0]) - np.exp(2 * ln_eq - y[0]))]

    def both(ln_x, y):
        t, hubble, entropy, stretch, ln_eq, g_s = surroundings(ln_x)
        density, t_x = np.exp(y[0]), np.exp(y[1]) * (t * np.cbrt(g_s)) ** 2
        x_x = m / t_x
        ln_x_x = np.log(x_x)
        prefactor = kappa * entropy * stretch / hubble
        hot, hot2, cold, cold2 = average(0, ln_x), average(1, ln_x), average(0, ln_x_x), average(1, ln_x_x)
        source = np.exp(2 * ln_eq - y[0])
        d_yield = prefactor * (source * hot - density * cold)
        heat = prefactor * (density * (cold - cold2) + source * (t / t_x * hot2 - hot)) if feedback else 0.0
        drag = gamma(t) * stretch / hubble * (t / t_x - 1.0)
        return [d_yield, stretch * relativistic(x_x) + drag + heat]

    start = np.log(x_start)
    t0, _, _, _, ln_eq0, g0 = surroundings(start)
    yields, x_out, ratio = {}, np.geomspace(x_start, x_end, 400), None
    for name, slope, first in (
        ("one", single, [ln_eq0]),
        ("both", both, [ln_eq0, np.log(t0) - 2 * np.log(t0 * np.cbrt(g0))]),
    ):
        solution = solve_ivp(
            slope, (start, np.log(x_end)), first, "Radau", t_eval=np.log(x_out), rtol=1e-7, atol=1e-8, max_step=0.3
        )
        assert solution.success, solution.message
        y = solution.y[:, -1]
        ln_end = np.log(x_end)
        rate = -slope(ln_end, y)[0]
        # Beyond the end the rate is a power of x, from its last two points.
        u_before, y_before = np.log(x_out[-20]), solution.y[:, -20]
        before = -slope(u_before, y_before)[0] / np.exp(y_before[0])
        after = rate / np.exp(y[0])
        power = np.log(after / before) / (ln_end - u_before)
        reach = np.log(m / T_TODAY) - ln_end
        yields[name] = 1.0 / (np.exp(-y[0]) + after * np.expm1(power * reach) / power)
        if name == "both":
            t = m / x_out
            g_s = np.array([bath(v, dark)[1] for v in t])
            ratio = np.exp(solution.y[1]) * (t * np.cbrt(g_s)) ** 2 / t
            ln_yield = solution.y[0]
    critical = 3 * (100e5 / 3.0856775814913673e24 / 2.99792458e10 * 197.3269804e-13 * PLANCK) ** 2 / (8 * np.pi)
    scale = m * 2 * np.pi**2 / 45 * bath(0.008, dark)[1] * T_TODAY**3 / critical
    return Coupled(scale * yields["both"], scale * yields["one"], x_out, ln_yield, ratio)


def relativistic(x):
    """<p^4/E^3> / 3T of a Maxwell-Juettner gas: 1 when relativistic, 5/x when cold."""
    v, weights = V_NODES, V_WEIGHTS
    u = v * v / x  # kinetic energy over mass
    p2, energy = u * (u + 2.0), 1.0 + u
    measure = weights * 2 * v / x * np.sqrt(p2) * energy
    return x / 3.0 * np.sum(measure * p2**2 / energy**3) / np.sum(measure)


def relic_coupling(case: Case, omega_h2=0.12, channels=("electrons",)):
    """The case with the coupling of U to electrons at which one temperature gives the abundance."""

    def excess(ln_g):
        g = np.exp(ln_g)
        return np.log(relic.omega_h2(replace(case, g_l=g, g_r=g), channels=channels) / omega_h2)

    g = np.exp(brentq(excess, np.log(1e-14), np.log(1e-1), xtol=1e-4))
    return replace(case, g_l=g, g_r=g)
