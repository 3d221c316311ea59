"""Slow in-flight annihilation by adaptive quadrature, from docs/physics/galaxy.md 6; MeV and cm, own constants."""

import math

from scipy.integrate import quad

ALPHA = 1.0 / 137.035999
R_E = 2.8179403e-13
M_E = 0.51099895
C = 2.99792458e10
ELECTRONS = 1.2  # per hydrogen atom
PLASMON = 3.713e-17 * math.sqrt(0.2)


def logarithm(t, excitation):
    beta2 = 1.0 - 1.0 / (1.0 + t) ** 2
    f_plus = 2.0 * math.log(2.0) - beta2 / 12.0 * (
        23.0 + 14.0 / (t + 2.0) + 10.0 / (t + 2.0) ** 2 + 4.0 / (t + 2.0) ** 3
    )
    return math.log(t**2 * (t + 2.0) / (2.0 * (excitation / M_E) ** 2)) + f_plus


def loss(energy, x_ion, radiate=True):
    """-dE/dx per electron [MeV cm^2]."""
    t = energy / M_E
    gamma = 1.0 + t
    beta2 = 1.0 - 1.0 / gamma**2
    neutral = (logarithm(t, 15e-6) + 0.2 * logarithm(t, 41.5e-6)) / ELECTRONS
    plasma = logarithm(t, PLASMON) - math.log(gamma**2) + beta2
    collisions = 2.0 * math.pi * R_E**2 * M_E / beta2 * ((1.0 - x_ion) * neutral + x_ion * plasma)
    if energy <= 30.0 or not radiate:
        return collisions
    # radiation lengths of atomic hydrogen and helium, 63.04 and 94.32 g/cm^2 (PDG), for one H and 0.1 He
    grams = 1.66053907e-24
    inverse = grams * (1.00794 / 63.04 + 0.1 * 4.002602 / 94.32) / ELECTRONS
    return collisions + (energy + M_E) * inverse


def sigma(energy):
    g = 1.0 + energy / M_E
    root = math.sqrt(g * g - 1.0)
    return math.pi * R_E**2 / (g + 1.0) * ((g * g + 4 * g + 1) / (g * g - 1) * math.log(g + root) - (g + 3.0) / root)


def sigma_k(energy, photon):
    """Spectrum of the photons [cm^2/MeV] inside the kinematic range."""
    g, k = 1.0 + energy / M_E, photon / M_E
    beta2 = 1.0 - 1.0 / g**2
    bracket = (-(3 + g) / (1 + g) + (3 + g) / k - 1 / k**2) / (1 - k / (1 + g)) ** 2 - 2.0
    return math.pi * R_E**2 / (g * g * beta2) * bracket / M_E


def photon_range(energy):
    g = 1.0 + energy / M_E
    root = math.sqrt((g - 1.0) / (g + 1.0))
    return M_E * (1 + g) / 2 * (1 - root), M_E * (1 + g) / 2 * (1 + root)


def _log_quad(function, low, high, accuracy=1e-7):
    if high <= low:
        return 0.0
    result = quad(
        lambda u: function(math.exp(u)) * math.exp(u), math.log(low), math.log(high), epsrel=accuracy, limit=200
    )
    return result[0]


def depth(energy, x_ion, radiate=True, start=1e-4):
    """Optical depth of annihilation between rest and an energy."""
    total = 0.0
    for low, high in ((start, min(energy, 30.0)), (30.0, energy)):
        total += _log_quad(lambda e: sigma(e) / loss(e, x_ion, radiate), low, high)
    return total


def photons(energy, low, high):
    """Photons between two energies per annihilation in flight."""
    bottom, top = photon_range(energy)
    return _log_quad(lambda k: sigma_k(energy, k), max(low, bottom), min(high, top), 1e-5) / sigma(energy)


def photons_per_positron(e_kin, x_ion, low, high):
    """Photons in flight per positron that comes to rest, from the formula as printed."""
    survive = math.exp(-depth(e_kin, x_ion))

    def integrand(e):
        reach = math.exp(-(depth(e_kin, x_ion) - depth(e, x_ion)))
        return reach * photons(e, low, high) * sigma(e) / loss(e, x_ion)

    # no photon above `low` comes from positrons slower than this
    slowest = 1e-4
    while photon_range(slowest)[1] < low and slowest < e_kin:
        slowest *= 1.02
    return _log_quad(integrand, slowest / 1.02, e_kin, 1e-4) / survive


def internal(energy, low, high):
    """Photons of internal bremsstrahlung per annihilation, leptons of the given energy."""

    def spectrum(e):
        s_ratio = 4 * energy * (energy - e) / (4 * energy**2)
        bracket = math.log(4 * energy * (energy - e) / M_E**2) - 1.0 if e < energy else -1.0
        return ALPHA / math.pi / e * max(bracket, 0.0) * (1.0 + s_ratio**2)

    return _log_quad(spectrum, low, min(high, energy))
