"""Neutrons to helium, point by point; the equations are those of big_bang_nucleosynthesis.py.

How to read it: time runs from hot to cold in equal steps ``h`` of ln T. Two numbers per baryon are followed: ``total``,
all neutrons including those bound in helium, and ``neutrons``, those outside helium (free or in deuterium). Helium is
what separates them, Y_p = 2 (total - neutrons) at the end. Weak rates change both, fusion of deuterons only
``neutrons``.

Each step (1) interpolates the bath at this temperature: ``clock`` is the time per ln T, ``volume`` the baryon density;
(2) interpolates the weak rates in ln(T_nu/T) with the four cubic weights w0 to w3; (3) extrapolates a guess from the
three previous values; (4) solves the quadratic equation for deuterium in equilibrium with neutrons and protons;
(5) corrects the guess by one Newton step of the third-order backward difference, whose coefficients are 18, -9, 2 and
6 over 11. ``weak`` and ``fusion`` are changes per ln T, and ``slope`` is the derivative of the change by the neutrons.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

Array = NDArray[np.float64]


class Bath(NamedTuple):
    """Thermal histories on a grid uniform in ln T, cold end first, each (n, k).

    ``clock`` is sqrt(g_star) / g_entropy, ``volume`` g_entropy over its value today, ``ln_neutrino`` ln(T_nu/T).
    """

    clock: Array
    volume: Array
    ln_neutrino: Array


class Rates(NamedTuple):
    """Rates times the clock's unit, on temperatures that divide the cells of the bath, hot end first.

    ``cell`` (m,) is the bath's point at or below, ``weights`` (m, 4) interpolate from the one before it to two after.
    ``ln_n_to_p`` and ``ln_p_to_n`` (m, r) against ln(T_nu/T) from ``ln_ratio_first`` in steps of ``ln_ratio_step``;
    ``fusion`` (m,) of two deuterons times the baryon density for g_entropy of today, ``deuterium`` (m,) = Y_d / (Y_n
    Y_p) in equilibrium for that density.
    """

    step: float
    cell: NDArray[np.int64]
    weights: Array
    ln_ratio_first: float
    ln_ratio_step: float
    ln_n_to_p: Array
    ln_p_to_n: Array
    fusion: Array
    deuterium: Array


@njit(cache=True)
def _between(values: Array, cell: int, weights: Array) -> float:
    total = 0.0
    for q in range(4):
        total += weights[q] * values[cell - 1 + q]
    return total


@njit(cache=True)
def helium(bath: Bath, rates: Rates, neutrons_start: float) -> Array:
    """Helium mass fraction Y_p, shape (n,).

    Third-order backward differences for all neutrons, and for those outside helium with one Newton step from an
    extrapolated guess. Fusion, which is stiff, moves the former only through the decays that it prevents.
    """
    n, last = bath.clock.shape[0], rates.ln_n_to_p.shape[1] - 3
    h = rates.step
    result = np.empty(n)
    for i in range(n):
        neutrons, before, before2 = neutrons_start, neutrons_start, neutrons_start
        total, total1, total2 = neutrons_start, neutrons_start, neutrons_start
        for j in range(len(rates.cell)):
            cell, weights = rates.cell[j], rates.weights[j]
            clock = _between(bath.clock[i], cell, weights)
            volume = _between(bath.volume[i], cell, weights)
            position = (_between(bath.ln_neutrino[i], cell, weights) - rates.ln_ratio_first) / rates.ln_ratio_step
            r = min(max(int(position), 1), last)
            f = position - r
            w0, w1 = -f * (f - 1.0) * (f - 2.0) / 6.0, (f + 1.0) * (f - 1.0) * (f - 2.0) / 2.0
            w2, w3 = -(f + 1.0) * f * (f - 2.0) / 2.0, (f + 1.0) * f * (f - 1.0) / 6.0
            row, other = rates.ln_n_to_p[j], rates.ln_p_to_n[j]
            n_to_p = clock * np.exp(w0 * row[r - 1] + w1 * row[r] + w2 * row[r + 1] + w3 * row[r + 2])
            p_to_n = clock * np.exp(w0 * other[r - 1] + w1 * other[r] + w2 * other[r + 1] + w3 * other[r + 2])
            fusion = clock * volume * rates.fusion[j]
            inverse = 1.0 / (volume * rates.deuterium[j])

            guess = max(3.0 * neutrons - 3.0 * before + before2, 0.0)
            protons = 1.0 + guess - 2.0 * (3.0 * total - 3.0 * total1 + total2)
            half = guess + protons + inverse
            deuterium = 2.0 * guess * protons / (half + np.sqrt(half * half - 4.0 * guess * protons))
            growth = (protons - deuterium) / (half - 2.0 * deuterium)  # d deuterium / d neutrons
            weak = p_to_n * (protons - deuterium) - n_to_p * (guess - deuterium)
            weak_slope = -p_to_n * growth - n_to_p * (1.0 - growth)
            change = weak - fusion * deuterium * deuterium
            slope = weak_slope - 2.0 * fusion * deuterium * growth
            residual = guess - (18.0 * neutrons - 9.0 * before + 2.0 * before2 + 6.0 * h * change) / 11.0
            step = -residual / (1.0 - 6.0 / 11.0 * h * slope)
            weak += weak_slope * step
            neutrons, before, before2 = max(guess + step, 0.0), neutrons, before
            total, total1, total2 = (18.0 * total - 9.0 * total1 + 2.0 * total2 + 6.0 * h * weak) / 11.0, total, total1
        result[i] = 2.0 * (total - neutrons)
    return result
