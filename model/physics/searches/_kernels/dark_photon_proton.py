"""Spectra of U from meson decays and proton bremsstrahlung that point at a detector; GeV and m.

How to read it: `meson_decay_spectrum` fixes the energy of U and integrates over the mesons that can give it. ``gamma``
is the Lorentz factor of the meson, between ``low`` and ``high``; a two-body decay is flat in E_U between its ends,
which gives ``jacobian``. The decay angle then follows (``cosine``), and with it the transverse momentum ``across`` of U
relative to the meson. The second integral is over the transverse momentum ``p_t`` of the meson, restricted to values
for which U can reach the disc at all (``near`` to ``far``). ``tilt`` is the angle of the meson to the beam, ``kick``
that of U to the meson; both act in random azimuth, and the fraction of the azimuth inside the disc is exact for a disc
on the axis and a sum over ``_AZIMUTHS`` angles otherwise. `pion_density` is the fitted invariant cross-section in the
radial scaling variable x_R, and `splitting` the probability of a proton to radiate U with momentum fraction z and p_T.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

Array = NDArray[np.float64]

_GAMMA_X, _GAMMA_W = np.polynomial.legendre.leggauss(24)
_PT_X, _PT_W = np.polynomial.legendre.leggauss(16)
_AZIMUTHS = 16
_LARGEST_PT = 2.0  # of a meson [GeV]: beyond, the spectrum has fallen by e^-15


@njit(cache=True)
def azimuth_fraction(offset: float, centre: float, radius: float) -> float:
    """Fraction of the azimuth at which a point at this distance from the axis is inside a disc."""
    if offset + centre <= radius:
        return 1.0
    if abs(offset - centre) >= radius:
        return 0.0
    fraction: float = np.arccos((offset * offset + centre * centre - radius * radius) / (2.0 * offset * centre)) / np.pi
    return fraction


@njit(cache=True)
def pion_density(x_r: float, p_t: float, fit: Array) -> float:
    """Invariant cross-section of (pi+ + pi-)/2 [mb/GeV^2] at radial scaling x_R and p_T.

    ``fit`` is (A, B, alpha, beta, a, gamma, delta, r_0, r_1).
    """
    if x_r <= 0.0 or x_r >= 1.0:
        return 0.0
    a_prime = fit[4] * x_r ** -fit[5]
    b_prime = 0.5 * fit[4] ** 2 * x_r ** -fit[6]
    positive = fit[0] * (1.0 - x_r) ** fit[2] * (1.0 + fit[1] * x_r) * x_r ** -fit[3]
    positive *= (1.0 + a_prime * p_t + b_prime * p_t * p_t) * np.exp(-a_prime * p_t)
    neutral: float = positive * 0.5 * (1.0 + 1.0 / (fit[7] * (1.0 + x_r) ** fit[8]))
    return neutral


@njit(cache=True)
def meson_decay_spectrum(
    energies: Array,
    m_u: float,
    meson: float,
    beam: float,
    proton: float,
    root_s: float,
    boost: float,
    fit: Array,
    distance: float,
    centre: float,
    radius: float,
) -> Array:
    """Density in energy [mb/GeV] of U from meson -> gamma U that cross the detector's disc, branching ratio 1.

    ``root_s`` is the energy of the collision in its centre-of-mass frame, which moves with the Lorentz factor ``boost``
    in the laboratory: 1 at a collider.
    """
    result = np.zeros(len(energies))
    e_star, p_star = (meson**2 + m_u**2) / (2.0 * meson), (meson**2 - m_u**2) / (2.0 * meson)
    velocity = np.sqrt(1.0 - 1.0 / boost**2)
    e_max = (root_s**2 + meson**2 - 4.0 * proton**2) / (2.0 * root_s)
    for i in range(len(energies)):
        energy = energies[i]
        momentum = np.sqrt(energy**2 - m_u**2)
        ends = energy * e_star + momentum * p_star
        low = max((energy**2 + e_star**2 - m_u**2) / ends, 1.0)
        high = min(ends / m_u**2, beam / meson)
        if low >= high:
            continue
        ln_low, ln_range = np.log(low), np.log(high / low)
        for g in range(len(_GAMMA_X)):
            gamma = np.exp(ln_low + 0.5 * ln_range * (1.0 + _GAMMA_X[g]))
            p_meson = meson * np.sqrt(gamma * gamma - 1.0)
            cosine = (energy - gamma * e_star) / (p_meson / meson * p_star)
            across = p_star * np.sqrt(max(1.0 - cosine * cosine, 0.0))
            # flat in E_U between the ends, width 2 p_meson p* / m; dE = meson gamma dln(gamma)
            jacobian = meson * gamma * 0.5 * ln_range * _GAMMA_W[g] * meson / (2.0 * p_meson * p_star)
            kick = across / momentum
            near = max(((centre - radius) / distance - kick) * p_meson, 0.0)
            far = min(((centre + radius) / distance + kick) * p_meson, _LARGEST_PT, p_meson)
            if near >= far:
                continue
            for k in range(len(_PT_X)):
                # dense at both ends, where the fraction of the azimuth has infinite slope
                v = 0.5 * (1.0 + _PT_X[k])
                p_t = near + (far - near) * v * v * (3.0 - 2.0 * v)
                step = (far - near) * 3.0 * v * (1.0 - v) * _PT_W[k]
                p_along = np.sqrt(p_meson * p_meson - p_t * p_t)
                x_r = boost * (gamma * meson - velocity * p_along) / e_max
                forward = boost * (p_along - velocity * gamma * meson)
                x_r = max(x_r, abs(forward) / e_max)
                # d^3p/E = 2 pi p_t dp_t dE / p_along
                weight = jacobian * 2.0 * np.pi * p_t / p_along * step
                density = pion_density(x_r, p_t, fit)
                if density == 0.0:
                    continue
                tilt = p_t / p_along
                if centre == 0.0:
                    result[i] += weight * density * azimuth_fraction(tilt * distance, kick * distance, radius)
                    continue
                seen = 0.0
                for a in range(_AZIMUTHS):
                    phi = np.pi * (a + 0.5) / _AZIMUTHS
                    angle = np.sqrt(tilt * tilt + kick * kick + 2.0 * tilt * kick * np.cos(phi))
                    seen += azimuth_fraction(angle * distance, centre, radius)
                result[i] += weight * density * seen / _AZIMUTHS
    return result


@njit(cache=True)
def splitting(z: float, p_t2: float, m_u: float, proton: float, alpha: float) -> float:
    """Density in (z, p_T^2) of U radiated by a proton [GeV^-2], epsilon = 1 and no form factor."""
    m2, p2 = m_u * m_u, proton * proton
    h = p_t2 + (1.0 - z) * m2 + z * z * p2
    bracket = (1.0 + (1.0 - z) ** 2) / z - 2.0 * z * (1.0 - z) * ((2.0 * p2 + m2) / h - z * z * 2.0 * p2 * p2 / (h * h))
    bracket += 2.0 * z * (1.0 - z) * (z + (1.0 - z) ** 2) * p2 * m2 / (h * h)
    bracket += 2.0 * z * (1.0 - z) ** 2 * m2 * m2 / (h * h)
    return alpha / (2.0 * np.pi * h) * bracket


@njit(cache=True)
def bremsstrahlung_spectrum(
    fractions: Array,
    m_u: float,
    beam: float,
    proton: float,
    alpha: float,
    largest_pt: float,
    distance: float,
    centre: float,
    radius: float,
) -> Array:
    """Density in z of U radiated at p_T up to ``largest_pt`` that cross the detector's disc, per proton."""
    result = np.zeros(len(fractions))
    for i in range(len(fractions)):
        momentum = np.sqrt(max((fractions[i] * beam) ** 2 - m_u * m_u, 0.0))
        if momentum == 0.0:
            continue
        near = max((centre - radius) / distance * momentum, 0.0)
        far = min((centre + radius) / distance * momentum, largest_pt)
        if near >= far:
            continue
        for k in range(len(_GAMMA_X)):
            p_t = near + 0.5 * (far - near) * (1.0 + _GAMMA_X[k])
            seen = azimuth_fraction(p_t / momentum * distance, centre, radius)
            density = splitting(fractions[i], p_t * p_t, m_u, proton, alpha)
            result[i] += 0.5 * (far - near) * _GAMMA_W[k] * 2.0 * p_t * density * seen
    return result
