"""Slow, independent relic abundance, written from docs/physics/cross_sections.md 1 to 3 and
docs/physics/early_universe.md 2.

Nothing is shared with the package: the cross-section is written in MeV as printed, the thermal average is a composite
Gauss-Legendre rule on panels that shrink geometrically towards threshold and pole (no residues), the bath is a sum of
adaptive quadratures, and the Boltzmann equation goes through scipy's Radau at tight tolerance in ln Y.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from reference import hadron_oracle, u_pair_oracle
from scipy.integrate import quad, simpson, solve_ivp
from scipy.interpolate import CubicSpline
from scipy.special import kve

ELECTRON, MUON, PION = 0.51099895069, 105.6583755, 139.57039
TAU = 1776.93
MASSES = {"electrons": ELECTRON, "muons": MUON, "taus": TAU, "neutrinos": 0.0, "hadrons": PION}
NARROW_MESONS = ((782.66, 8.68), (1019.461, 4.249))
CHANNELS = ("electrons", "muons", "taus", "neutrinos", "hadrons")
PLANCK = 1.220890e22
T_DECOUPLING = 2.3
# (mass, states, sign) of what counts below 30 MeV
MASSIVE = (
    (ELECTRON, 4, 1),
    (MUON, 4, 1),
    (134.9768, 1, -1),
    (PION, 2, -1),
    (493.677, 2, -1),
    (497.611, 2, -1),
    (547.862, 1, -1),
    (775.26, 9, -1),
    (782.66, 3, -1),
)

LEGENDRE_NODES, LEGENDRE_WEIGHTS = np.polynomial.legendre.leggauss(20)


@dataclass(frozen=True)
class Case:
    """One point: kind is majorana, scalar, dirac or chiral; masses in MeV; width None means the sum of channels."""

    kind: str
    m_dm: float
    m_u: float
    g_dm: float
    g_l: float
    g_r: float
    g_h: float = 0.0
    width: float | None = None
    g_nu: float = 0.0
    alpha: float = 0.0  # of the correction of charged leptons


def gamma_total(case: Case) -> float:
    """Total width [MeV]."""
    if case.width is not None:
        return case.width
    return sum(gamma_channels(case).values())


def gamma_channels(case: Case) -> dict[str, float]:
    """Partial widths [MeV]."""
    m_u, m_x, g = case.m_u, case.m_dm, case.g_dm
    widths = {}
    for name, mass in (("electrons", ELECTRON), ("muons", MUON), ("taus", TAU)):
        widths[name] = 0.0
        if m_u > 2 * mass:
            rest = (6 * case.g_l * case.g_r - case.g_l**2 - case.g_r**2) * mass**2 / m_u**2
            widths[name] = m_u / (24 * np.pi) * beta(m_u**2, mass) * (case.g_l**2 + case.g_r**2 + rest)
            widths[name] *= schwinger(beta(m_u**2, mass), case.alpha)
    widths["hadrons"] = r_ratio(m_u**2) * case.g_h**2 * m_u / (12 * np.pi) if m_u > 2 * PION else 0.0
    widths["neutrinos"] = case.g_nu**2 * m_u / (8 * np.pi)
    widths["dark_matter"] = 0.0
    if m_u > 2 * m_x:
        b = beta(m_u**2, m_x)
        widths["dark_matter"] = {
            "majorana": g**2 * m_u * b**3 / (24 * np.pi),
            "scalar": g**2 * m_u * b**3 / (48 * np.pi),
            "dirac": g**2 * m_u * b * (1 + 2 * m_x**2 / m_u**2) / (12 * np.pi),
            "chiral": g**2 * m_u * b * (1 - m_x**2 / m_u**2) / (24 * np.pi),
        }[case.kind]
    return widths


def beta(s, mass):
    return np.sqrt(1 - 4 * mass**2 / s)


def schwinger(velocity, alpha):
    """Correction of order alpha to a pair of charged leptons; without it the velocity may be zero."""
    if alpha == 0.0:
        return np.ones_like(velocity)
    return 1 + alpha * (np.pi / (2 * velocity) - (3 + velocity) / 4 * (np.pi / 2 - 3 / (4 * np.pi)))


def r_ratio(s):
    return np.vectorize(lambda value: hadron_oracle.r_ratio(np.sqrt(value) / 1e3), otypes=[float])(s)


def sigma_v(case: Case, channel: str, s, s_minus_pole):
    """Cross-section times v [MeV^-2] into one channel, above its threshold."""
    m = case.m_dm
    if channel == "u_pairs":
        return sigma_v_u_pairs(case, s)
    if channel == "hadrons":
        mass, left, right = 0.0, case.g_h, case.g_h
        factor = r_ratio(s)
    elif channel == "neutrinos":
        mass, left, right, factor = 0.0, case.g_nu, 0.0, 3.0
    else:
        mass, left, right, factor = MASSES[channel], case.g_l, case.g_r, 1.0
    denominator = s_minus_pole**2 + gamma_total(case) ** 2 * case.m_u**2
    a = s * (left**2 + right**2) + mass**2 * (6 * left * right - left**2 - right**2)
    last = 6 * (left - right) ** 2 * (mass * m / case.m_u**2) ** 2 * s_minus_pole**2
    majorana = a * (s - 4 * m**2) + last
    dirac = a * (s + 2 * m**2)
    braces = {"majorana": majorana, "scalar": a * (s - 4 * m**2), "dirac": dirac, "chiral": (majorana + dirac) / 4}
    if mass > 0.0:
        factor *= schwinger(beta(s, mass), case.alpha)
    return factor * case.g_dm**2 * beta(s, mass) / (12 * np.pi * s * denominator) * braces[case.kind]


@cache
def _u_pairs(kind, ratio):
    """Spin sums of X X -> U U over beta_U in units of m_X, as a polynomial in ln s up to 200 times the threshold."""
    low = 4 * max(1.0, ratio) ** 2
    return np.polynomial.Chebyshev.interpolate(
        np.vectorize(
            lambda x: (
                u_pair_oracle.sigma_v(kind, np.exp(x), 1.0, ratio, angles=32) / np.sqrt(1 - 4 * ratio**2 / np.exp(x))
            )
        ),
        48,
        domain=[np.log(low * (1 + 1e-9)), np.log(low * 200)],
    )


def sigma_v_u_pairs(case: Case, s):
    """Tree-level X X -> U U [MeV^-2] by explicit sums over spins and polarisations."""
    ratio = case.m_u / case.m_dm
    z = np.clip(s / case.m_dm**2, None, 800 * max(1.0, ratio) ** 2)
    beta = np.sqrt(1 - 4 * case.m_u**2 / s)
    return case.g_dm**4 * beta * _u_pairs(case.kind, ratio)(np.log(z)) / case.m_dm**2


def thermal_average(case: Case, x, channels=CHANNELS):
    """<sigma v> [MeV^-2] at an array of x, summed over channels."""
    silent = {"neutrinos": case.g_nu, "hadrons": case.g_h}
    active = [channel for channel in channels if silent.get(channel, 1.0) != 0.0]
    return sum(_channel_average(case, channel, np.asarray(x, dtype=float)) for channel in active)


def _channel_average(case, channel, x):
    m = case.m_dm
    threshold = 2 * max(m, case.m_u if channel == "u_pairs" else MASSES[channel])
    width = gamma_total(case)
    top = 60 * m / x.min()
    pole = case.m_u - threshold
    scale = m / x.max()
    points = [0.0, *np.geomspace(scale * 1e-6, top, 60)]
    for mass, meson_width in NARROW_MESONS if channel == "hadrons" else ():
        around = mass - threshold + meson_width * np.linspace(-20, 20, 81)
        points += [p for p in around if 0 < p < top]
    if 0 < pole < top:
        # Panels around the pole, in the signed distance from it so that no digits are lost.
        reach = np.geomspace(min(width * 1e-2, pole * 1e-3), max(pole, top - pole), 90)
        left = -reach[reach < pole][::-1]
        edges = np.concatenate([left, [0.0], reach[reach < top - pole], [top - pole]])
        extra = np.array([p - pole for p in points if p < pole - reach[0] or p > pole + reach[0]])
        edges = np.unique(np.concatenate([[-pole], edges, extra]))
        distance, weights = _panels(edges)
        excess = pole + distance
    else:
        if pole <= 0:
            points += [*np.geomspace(max(abs(pole), width, top * 1e-12) * 1e-3, top, 90)]
        excess, weights = _panels(np.unique(points))
        distance = excess - pole
    energy = threshold + excess
    s = energy**2
    integrand = sigma_v(case, channel, s, distance * (energy + case.m_u)) * energy**4
    # Momentum of X from the excess over its own threshold.
    integrand *= np.sqrt((excess + (threshold - 2 * m)) * (energy + 2 * m)) / energy
    result = np.empty(x.size)
    for i, value in enumerate(x):
        argument = value * energy / m
        kernel = bessel(1, argument) * np.exp(-value * (excess + (threshold - 2 * m)) / m)
        result[i] = value / (8 * m**5 * bessel(2, value) ** 2) * np.sum(weights * integrand * kernel)
    return result


def bessel(order, z):
    """K_n(z) e^z; scipy's own fails for z near 1e9."""
    return np.where(
        z < 1e6, kve(order, np.minimum(z, 1e6)), np.sqrt(np.pi / (2 * z)) * (1 + (4 * order**2 - 1) / (8 * z))
    )


def _panels(edges):
    half = np.diff(edges)[:, None] / 2
    middle = (edges[:-1] + edges[1:])[:, None] / 2
    return (middle + half * LEGENDRE_NODES).ravel(), (half * LEGENDRE_WEIGHTS).ravel()


def gas(mass, states, sign, temperature):
    """rho/T^4, s/T^3 and T ds/dT / T^3 of an ideal gas, by adaptive quadrature over momentum."""
    y = mass / temperature

    def occupation(q):
        return 1 / (np.exp(np.sqrt(q * q + y * y)) + sign)

    def integrate(f):
        return (
            states / (2 * np.pi**2) * quad(f, 0, np.sqrt((y + 60) ** 2 - y * y), epsabs=0, epsrel=1e-11, limit=200)[0]
        )

    rho = integrate(lambda q: q * q * np.sqrt(q * q + y * y) * occupation(q))
    pressure = integrate(lambda q: q**4 / (3 * np.sqrt(q * q + y * y)) * occupation(q))
    heat = integrate(lambda q: q * q * (q * q + y * y) * occupation(q) * (1 - sign * occupation(q)))
    return np.array([rho, rho + pressure, heat])


def degrees_of_freedom(temperature, dark=(), decoupling=T_DECOUPLING):
    """g_energy, g_entropy and dln s/dlnT, below 30 MeV; ``dark`` species share the temperature of the photons."""
    units = np.array([np.pi**2 / 30, 2 * np.pi**2 / 45, 2 * np.pi**2 / 45])
    photons = np.array([2.0, 2.0, 6.0])
    neutrinos = np.array([5.25, 5.25, 15.75])

    def plasma(t):
        return photons + sum(gas(*species, t) for species in (*MASSIVE, *dark) if species[0] < 40 * t) / units

    g = plasma(temperature)
    if temperature > decoupling:
        g = g + neutrinos
    else:
        ratio3 = g[1] / plasma(decoupling)[1]
        g = np.array([g[0] + 5.25 * ratio3 ** (4 / 3), g[1] + 5.25 * ratio3, g[2] + 5.25 * ratio3 * g[2] / g[1]])
    return g[0], g[1], g[2] / g[1]


@cache
def _bath(dark, decoupling):
    """ln T against g_s and g_s/sqrt(g) (1 + dln g_s/dlnT / 3) as splines on either side of neutrino decoupling."""
    splines = []
    for low, high in ((0.008, decoupling * (1 - 1e-12)), (decoupling * (1 + 1e-12), 30.0)):
        temperature = np.geomspace(low, high, 90)
        table = np.array([degrees_of_freedom(t, dark, decoupling) for t in temperature])
        star = table[:, 1] / np.sqrt(table[:, 0]) * table[:, 2] / 3
        splines.append(CubicSpline(np.log(temperature), np.stack([table[:, 1], star], axis=1)))
    return splines


def bath(temperature, dark=(), decoupling=T_DECOUPLING):
    """g_entropy and sqrt(g_star) at temperatures below 30 MeV."""
    t = np.atleast_1d(temperature)
    cold, warm = _bath(dark, decoupling)
    ln_t = np.log(np.clip(t, 0.008, 30.0))
    values = np.where((t > decoupling)[:, None], warm(ln_t), cold(ln_t))
    return values[:, 0], values[:, 1]


def boltzmann(m, kappa, states, sigma_v_of_x, x_end=1e6, bath=bath):
    """Omega h^2 for <sigma v>(x) [MeV^-2], from equilibrium at x = 5; ``bath`` gives g_s and sqrt(g_star) at T."""
    t_now = 2.7255 * 8.617333262e-11
    x_end = min(x_end, m / t_now)
    x = np.concatenate([np.geomspace(5.0, 200.0, 401), np.geomspace(200.0, x_end, 401)[1:]])
    average = sigma_v_of_x(x)
    g_s, star = bath(m / x)
    ln_rate = np.log(kappa * np.sqrt(np.pi / 45) * PLANCK * m * star * average / x)
    rate = CubicSpline(np.log(x), ln_rate)
    ln_g = CubicSpline(np.log(x), np.log(g_s))

    def ln_equilibrium(u):
        value = np.exp(u)
        return np.log(45 * states / (4 * np.pi**4) * value**2 * bessel(2, value)) - value - ln_g(u)

    def slope(u, w):
        e = ln_equilibrium(u)
        return -np.exp(rate(u)) * (np.exp(w) - np.exp(2 * e - w))

    u0, u1 = np.log(5.0), np.log(200.0)
    solution = solve_ivp(slope, (u0, u1), [float(ln_equilibrium(u0))], method="Radau", rtol=1e-10, atol=1e-10)
    # Past the end the rate is a power of x, until today.
    power = rate(np.log(x_end), 1)
    tail = np.exp(ln_rate[-1]) * np.expm1(power * np.log(m / t_now / x_end)) / power
    inverse = np.exp(-solution.y[0, -1]) + simpson(np.exp(ln_rate[400:]), x=np.log(x[400:])) + tail
    critical = 3 * (100e5 / 3.0856775814913673e24 / 2.99792458e10 * 197.3269804e-13 * PLANCK) ** 2 / (8 * np.pi)
    g_now = float(np.ravel(bath(0.008)[0])[0])
    return m / inverse * 2 * np.pi**2 / 45 * g_now * t_now**3 / critical


def omega_h2(case: Case, x_end=1e6, channels=CHANNELS, bath=bath):
    """Relic abundance of a full model point."""
    kappa = 1.0 if case.kind == "majorana" else 0.5
    states = 4 if case.kind in ("dirac", "chiral") else 2
    return boltzmann(case.m_dm, kappa, states, lambda x: thermal_average(case, x, channels), x_end, bath)
