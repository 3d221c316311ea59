"""Slow, independent nucleosynthesis: n, p, d, t, 3He, 4He and nine reactions, for a given thermal history.

Reaction rates: Smith, Kawano and Malaney 1993 (ApJS 85, 219) and Caughlan and Fowler 1988 for t(p,gamma). Weak rates
are adaptive quadratures, normalised to the lifetime of the neutron, whose derivatives are differences. Time is the
variable and scipy's BDF the solver. Nothing is shared with the package but the arrays of the thermal history, checked
elsewhere.
"""

from functools import cache
from itertools import pairwise

import numpy as np
from reference.stored import stored
from scipy.integrate import quad, solve_ivp
from scipy.interpolate import CubicSpline, RectBivariateSpline
from scipy.special import expit, gamma

ELECTRON, Q = 0.51099895069, 1.29333236
PLANCK, HBAR_S, HBAR_C_CM, T9 = 1.220890e22, 6.582119569e-22, 1.973269804e-11, 11.604518121745
NUCLEON_G, NUCLEON_MEV, BINDING = 1.66053907e-24, 938.92, 2.224566
LIFETIME = 878.4  # of the neutron [s]
ETA_PER_OMEGA_B = 273.78e-10  # baryons per photon today


def born_rates(t, t_nu, lifetime=LIFETIME):
    """Rates n -> p and p -> n [1/s] without corrections."""

    def fermi(energy, temperature):
        return 0.5 * (1 - np.tanh(energy / (2 * temperature)))

    def phase(e):
        return e * np.sqrt(max(e * e - ELECTRON**2, 0.0))

    def integrate(f):
        edges = [ELECTRON, Q, Q + 3 * t, Q + 10 * t, Q + 40 * t]
        return sum(quad(f, a, b, epsrel=1e-6, epsabs=1e-12, limit=200)[0] for a, b in pairwise(edges))

    free = quad(lambda e: phase(e) * (Q - e) ** 2, ELECTRON, Q)[0]
    n_to_p = integrate(
        lambda e: (
            phase(e)
            * ((e + Q) ** 2 * fermi(e, t) * fermi(-e - Q, t_nu) + (e - Q) ** 2 * fermi(-e, t) * fermi(e - Q, t_nu))
        )
    )
    p_to_n = integrate(
        lambda e: (
            phase(e)
            * ((e + Q) ** 2 * fermi(-e, t) * fermi(e + Q, t_nu) + (e - Q) ** 2 * fermi(e, t) * fermi(Q - e, t_nu))
        )
    )
    return n_to_p / free / lifetime, p_to_n / free / lifetime


PROTON, NEUTRON, G_AXIAL, MAGNETIC, ALPHA = 938.27208943, 939.56542194, 1.2754, 3.7058, 1 / 137.035999177


def fermi_function(velocity):
    """Of an electron and a proton that leave or meet."""
    power = np.sqrt(1 - ALPHA**2) - 1
    boost = 1 / np.sqrt(1 - velocity**2)
    size = 2 * 0.841 / 197.3269804 * ELECTRON * velocity * boost
    modulus = abs(gamma(1 + power + 1j * ALPHA / velocity)) ** 2
    attraction = np.exp(np.pi * ALPHA / velocity)
    return (1 + power / 2) * 4 * size ** (2 * power) / gamma(3 + 2 * power) ** 2 * attraction * modulus


def radiative(e, neutrino):
    """Outer and inner corrections of Czarnecki, Marciano and Sirlin; energies of electron and neutrino [MeV]."""
    b = np.sqrt(1 - (ELECTRON / e) ** 2)
    r = np.log((1 + b) / (1 - b)) / (2 * b)
    y = max(neutrino, 1e-12)
    g = 3 * np.log(PROTON / ELECTRON) - 3 / 4 + 4 * (r - 1) * (y / (3 * e) - 3 / 2 + np.log(2 * y / ELECTRON))
    g += r * (2 * (1 + b**2) + y**2 / (6 * e**2) - 4 * b * r)
    g += 4 / b * quad(lambda x: np.log(1 - x) / x, 0, 2 * b / (1 + b), epsrel=1e-10)[0]
    outer = 1 + ALPHA / (2 * np.pi) * (g - 3 * np.log(PROTON / (2 * Q)))
    outer *= 1.02094 + ALPHA / np.pi * 0.891 - 0.00043
    return outer * (1.02248 + ALPHA / (2 * np.pi) * (np.log(PROTON / 1200) - 0.34) - 0.0001)


def kernel(electron, occupation, t, sign, step=1e-3):
    """Squared amplitude over p E of one side, with ``occupation`` of the neutrino as a function of its energy."""
    eps = electron - sign * Q
    p2 = electron**2 - ELECTRON**2

    def derivatives(power):
        low, mid, high = ((eps + k * step) ** power * occupation(eps + k * step) for k in (-1, 0, 1))
        return (high - low) / (2 * step), (high - 2 * mid + low) / step**2

    norm = 1 + 3 * G_AXIAL**2
    c1 = ((1 + sign * G_AXIAL) ** 2 + 2 * MAGNETIC * sign * G_AXIAL) / norm
    c2 = ((1 - sign * G_AXIAL) ** 2 - 2 * MAGNETIC * sign * G_AXIAL) / norm
    c3 = (G_AXIAL**2 - 1) / norm
    (d2, dd2), (d3, dd3), (d4, dd4) = (derivatives(power) for power in (2, 3, 4))
    f = occupation(eps)
    cold = c1 * eps**2 * f * p2 / electron - c2 * eps**3 * f + d4 / 2 + d2 * p2 / 2 + c3 / 3 * d3 * p2 / electron
    warm = dd4 / 2 + dd2 * p2 / 2 - (c1 + c2) * (d3 - d2 * p2 / electron) - 3 * c3 * eps**2 * f
    warm += c3 / 3 * dd3 * p2 / electron
    mass = PROTON if sign > 0 else NEUTRON
    mass_shift = 1.5 * t * (1 - (NEUTRON / PROTON) ** sign) * d2
    total = eps**2 * f + (cold + t * warm) / mass - mass_shift
    attraction = fermi_function(np.sqrt(p2) / abs(electron)) if sign * electron > 0 else 1.0
    return total * attraction * radiative(abs(electron), abs(eps))


def weak_rates(t, t_nu, lifetime=LIFETIME):
    """Rates n -> p and p -> n [1/s] with radiative corrections and the finite mass of nucleons."""

    def fermi(energy, temperature):
        return expit(-energy / temperature)  # whose small values keep their digits in differences

    def phase(e):
        return e * np.sqrt(max(e * e - ELECTRON**2, 0.0))

    free = quad(lambda e: phase(e) * kernel(e, lambda _: 1.0, 0.0, 1), ELECTRON * (1 + 1e-9), Q, epsrel=1e-8)[0]
    rates = []
    for sign in (1, -1):

        def integrand(e, sign=sign):
            sides = (
                kernel(k * e, lambda eps: fermi(eps, t_nu), t, sign, 3e-3 * t_nu) * fermi(-k * e, t) for k in (1, -1)
            )
            return phase(e) * sum(sides)

        edges = [ELECTRON * (1 + 1e-9), Q, Q + 3 * t, Q + 10 * t, Q + 40 * t]
        parts = [quad(integrand, a, b, epsrel=1e-6, epsabs=1e-10, limit=100)[0] for a, b in pairwise(edges)]
        rates.append(sum(parts) / free / lifetime)
    return tuple(rates)


_LN_T, _LN_RATIO = np.linspace(np.log(0.004), np.log(6.0), 40), np.linspace(-0.75, 0.01, 7)


def weak_grid(lifetime):
    """Both weak rates [1/s] at each temperature and each ratio of the neutrinos' to it, (40, 7, 2)."""
    return np.array([[weak_rates(np.exp(x), np.exp(x + y), lifetime) for y in _LN_RATIO] for x in _LN_T])


@cache
def _weak_tables(lifetime):
    grid = stored(f"nucleosynthesis_oracle.weak_grid({lifetime})") if lifetime == LIFETIME else weak_grid(lifetime)
    grid = np.log(np.maximum(grid, 1e-14))
    return [RectBivariateSpline(_LN_T, _LN_RATIO, grid[:, :, k]) for k in (0, 1)]


def reactions(t9):
    """N_A <sigma v> [cm^3/s/mol] of npdg, dpg, ddn, ddp, tdn, hnp, hdp, tpg."""
    c, s = t9 ** (1 / 3), np.sqrt(t9)
    powers = np.array([1, c, c**2, t9, c**4, c**5])

    def series(*coefficients):
        return np.dot(coefficients, powers)

    return np.array(
        [
            4.742e4 * (1 - 0.8504 * s + 0.4895 * t9 - 0.09623 * s**3 + 8.471e-3 * t9**2 - 2.80e-4 * s**5),
            2.65e3 / c**2 * np.exp(-3.720 / c) * series(1, 0.112, 1.99, 1.56, 0.162, 0.324),
            3.95e8 / c**2 * np.exp(-4.259 / c) * series(1, 0.098, 0.765, 0.525, 9.61e-3, 0.0167),
            4.17e8 / c**2 * np.exp(-4.258 / c) * series(1, 0.098, 0.518, 0.355, -0.010, -0.018),
            1.063e11 / c**2 * np.exp(-4.559 / c - (t9 / 0.0754) ** 2) * series(1, 0.092, -0.375, -0.242, 33.82, 55.42)
            + 8.047e8 / c**2 * np.exp(-0.4857 / t9),
            7.21e8 * (1 - 0.508 * s + 0.228 * t9),
            5.021e10 / c**2 * np.exp(-7.144 / c - (t9 / 0.270) ** 2) * series(1, 0.058, 0.603, 0.245, 6.97, 7.19)
            + 5.212e8 / s * np.exp(-1.762 / t9),
            2.20e4 / c**2 * np.exp(-3.869 / c) * series(1, 0.108, 1.68, 1.26, 0.551, 1.06),
        ]
    )


def abundances(temperature, g_entropy, sqrt_g_star, neutrino_ratio, omega_b=0.0224, lifetime=LIFETIME, faster=1.0):
    """Y_p and D/H of one history (arrays on a grid of photon temperatures [MeV]); ``faster`` multiplies H."""
    ln_t = np.log(temperature)
    clock = CubicSpline(ln_t, np.log(sqrt_g_star / g_entropy))
    ratio = CubicSpline(ln_t, np.log(neutrino_ratio))
    volume = CubicSpline(ln_t, np.log(g_entropy))
    n_to_p, p_to_n = _weak_tables(lifetime)
    now = 2.7255 * 8.617333262e-11
    baryons_now = ETA_PER_OMEGA_B * omega_b * 2 * 1.2020569 / np.pi**2 * now**3  # [MeV^3]

    def balance(t, baryons):
        """Y_d / (Y_n Y_p) in equilibrium."""
        return baryons * 0.75 * (4 * np.pi / (NUCLEON_MEV * t)) ** 1.5 * np.exp(BINDING / t)

    def density_of(t):
        x = max(np.log(t), ln_t[0])
        return baryons_now * np.exp(volume(x) - volume(ln_t[0])) * (t / now) ** 3

    def slope(minus_ln_t, y):
        x = -minus_ln_t
        t = np.exp(x)
        # -dt/dlnT = sqrt(45/4pi^3) M_Pl sqrt_g_star / (g_s T^2)
        inside = max(x, ln_t[0])
        seconds = np.sqrt(45 / (4 * np.pi**3)) * PLANCK * np.exp(clock(inside)) / t**2 * HBAR_S / faster
        baryons = density_of(t)
        density = baryons / HBAR_C_CM**3 * NUCLEON_G  # [g/cm^3]
        forward, back = (np.exp(table(x, ratio(inside))[0, 0]) for table in (n_to_p, p_to_n))
        rate = reactions(min(t * T9, 9.0)) * density  # fits end at T9 = 10, where only p and n matter
        n, p, d, tritium, helium3, _ = y
        npd = rate[0] * (n * p - d / balance(t, baryons))
        dp, ddn, ddp = rate[1] * d * p, rate[2] * d * d / 2, rate[3] * d * d / 2
        td, hn, hd, tp = rate[4] * tritium * d, rate[5] * helium3 * n, rate[6] * helium3 * d, rate[7] * tritium * p
        weak = forward * n - back * p
        return seconds * np.array(
            [
                -weak - npd + ddn + td - hn,
                weak - npd - dp + ddp + hn + hd - tp,
                npd - dp - 2 * ddn - 2 * ddp - td - hd,
                ddp - td + hn - tp,
                dp + ddn - hn - hd,
                td + hd + tp,
            ]
        )

    hot, cold = 5.0, 0.004
    neutrons = 1 / (1 + np.exp(Q / hot))
    deuterium = neutrons * (1 - neutrons) * balance(hot, density_of(hot))
    start = np.array([neutrons, 1 - neutrons, deuterium, 1e-30, 1e-30, 1e-30])
    solution = solve_ivp(
        slope,
        (-np.log(hot), -np.log(cold)),
        start,
        method="BDF",
        rtol=1e-6,
        atol=1e-14,
    )
    assert solution.success, solution.message
    y = solution.y[:, -1]
    return 4 * y[5], y[2] / y[1]
