"""Elastic scattering of dark matter on particles of the bath; formulas stand in early_universe/momentum_exchange.py.

The excess of sqrt(s) over its threshold and the temperature share one lattice, so that all Boltzmann factors come from
one table. Rates are returned as logarithms: they never underflow.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

Array = NDArray[np.float64]

PER_NODE = 6  # temperatures of the finest lattice for one node in ln(excess), whose step is 0.48: 1e-4 of Gamma(7)
LOW, HIGH = 0.1, 35.0  # excess over T where the integral begins and ends
COLDEST, HOTTEST = 100.0, 4.0  # mass of the target and of dark matter over T, beyond which the rate is a power of T
MOST_NODES = 64
TERMS = 5  # of the series of K2


class Dark(NamedTuple):
    """Dark matter: masses [MeV] of it and of U, each (n,); whether it is a scalar; weights of its two currents."""

    m_dm: Array
    m_u: Array
    scalar: bool
    vector: float
    axial: float


class Target(NamedTuple):
    """Particle of the bath: its mass, whether it is a scalar, its states, and the squared couplings (n,) times g_dm^2.

    ``form_factor`` is the mass of the pole in the form factor of the current [MeV], infinite for a point.
    """

    mass: float
    scalar: bool
    states: float
    vector2: Array
    axial2: Array
    form_factor: float


class Functions(NamedTuple):
    """Temperatures (k,), the Boltzmann factors e^-z of the lattice of z and the place of z = 1, and series.

    ``k2`` are the coefficients of K2(z) z^(1/2) e^z in 1/z, ``heat`` those of the heat capacity in 1/x; ``nodes``,
    ``weights``, ``few`` and ``few_weights`` are those of two rules of Gauss and Legendre. ``statistics`` (2, m_U, k) is
    the ratio that quantum statistics make for a vector and for an axial target, on a uniform grid of ln m_U.
    """

    temperature: Array
    boltzmann: Array
    origin: int
    k2: Array
    heat: Array
    nodes: Array
    weights: Array
    few: Array
    few_weights: Array
    statistics: Array
    ln_m_u_first: float
    ln_m_u_step: float


@njit(cache=True, inline="always")
def _polynomial(inverse: float, coefficients: Array) -> float:
    total: float = coefficients[-1]
    for i in range(len(coefficients) - 2, -1, -1):
        total = total * inverse + coefficients[i]
    return total


@njit(cache=True)
def _contraction(
    tau: float, excess2: float, mx2: float, mf2: float, mu2: float, currents: tuple[float, float, float, float]
) -> float:
    """Sum over spins of the currents' contraction for two fermions; ``excess2`` = s - m_X^2 - m_f^2.

    ``currents`` weigh dark and target current: both vector, vector and axial, axial and vector, both axial.
    """
    vv, va, av, aa = currents
    common = excess2 * excess2 + (tau - excess2) * (tau - excess2)
    product = mx2 * mf2
    total = vv * (common - 2.0 * tau * (mx2 + mf2))
    total += va * (common - 2.0 * tau * (mx2 - mf2) - 8.0 * product)
    total += av * (common + 2.0 * tau * (mx2 - mf2) - 8.0 * product)
    ratio = tau / mu2
    total += aa * (common + 2.0 * tau * (mx2 + mf2) + product * (16.0 + 8.0 * ratio * (2.0 + ratio)))
    return 8.0 * total


@njit(cache=True)
def _with_scalar(
    tau: float, difference: float, m_scalar2: float, m_fermion2: float, vector: float, axial: float
) -> float:
    """The same for a scalar and a fermion with vector and axial current; ``difference`` = s - u."""
    square, depth = 0.5 * difference * difference, 4.0 * m_scalar2 + tau
    total = vector * (square - 0.5 * depth * tau) + axial * (square - depth * (2.0 * m_fermion2 + 0.5 * tau))
    return 4.0 * total


@njit(cache=True)
def _transfer(energy: float, i: int, dark: Dark, target: Target, which: int, functions: Functions) -> float:
    """Integral of tau times the squared amplitude over tau, at sqrt(s), of a vector (0) or an axial (1) target."""
    m_x, m_f, mu2 = dark.m_dm[i], target.mass, dark.m_u[i] ** 2
    mx2, mf2 = m_x * m_x, m_f * m_f
    s = energy * energy
    above = energy - m_x - m_f
    lam = above * (energy + m_x + m_f) * (s - (m_x - m_f) ** 2)
    excess2 = s - mx2 - mf2
    top = lam / (s * mu2)
    vector, axial = dark.vector, dark.axial
    currents = (vector, 0.0, axial, 0.0) if which == 0 else (0.0, vector, 0.0, axial)
    # tau = m_U^2 (e^w - 1) spreads the nodes evenly where U is light.
    stretched = top > 1.0
    depth = 0.5 * np.log1p(top) if stretched else 0.5 * top
    nodes, weights = (functions.nodes, functions.weights) if stretched else (functions.few, functions.few_weights)
    total = 0.0
    for k in range(len(nodes)):
        ratio = depth * (1.0 + nodes[k])
        ratio = np.expm1(ratio) if stretched else ratio
        tau = ratio * mu2
        difference = 2.0 * excess2 - tau
        if dark.scalar and target.scalar:
            squared = difference * difference
        elif dark.scalar:
            squared = _with_scalar(tau, difference, mx2, mf2, 1.0 - which, 1.0 * which)
        elif target.scalar:
            squared = _with_scalar(tau, difference, mf2, mx2, vector, axial)
        else:
            squared = _contraction(tau, excess2, mx2, mf2, mu2, currents)
        # dtau = m_U^2 depth, times 1 + ratio where stretched, over m_U^4 (1 + ratio)^2
        inverse = 1.0 / (1.0 + ratio)
        measure = inverse if stretched else inverse * inverse
        form = 1.0 / (1.0 + tau / target.form_factor**2)
        total += weights[k] * ratio * measure * squared * form * form
    integral: float = depth * total
    return integral


@njit(cache=True)
def add_rates(dark: Dark, target: Target, functions: Functions, stride: int, result: Array) -> None:
    """Add gamma to ``result`` (n, k), both as ln(gamma / MeV), at every ``stride``-th temperature."""
    temperature = functions.temperature[::stride]
    n, k = len(dark.m_dm), len(temperature)
    finest = np.log(functions.temperature[1] / functions.temperature[0])
    nodes = np.empty((TERMS, MOST_NODES))
    spins = (1.0 if dark.scalar else 2.0) * (1.0 if target.scalar else 2.0)
    value = np.empty(k)
    for i in range(n):
        m_x = dark.m_dm[i]
        coldest = max(target.mass / COLDEST, temperature[0])
        hottest = min(m_x / HOTTEST, temperature[-1])
        first = int(np.floor(np.log(LOW * coldest / temperature[0]) / (finest * PER_NODE)))
        last = int(np.ceil(np.log(HIGH * hottest / temperature[0]) / (finest * PER_NODE)))
        last = min(last, first + MOST_NODES - 1)
        column = (np.log(dark.m_u[i]) - functions.ln_m_u_first) / functions.ln_m_u_step
        row = min(max(int(column), 0), functions.statistics.shape[1] - 2)
        fraction = min(max(column - row, 0.0), 1.0)
        for which in range(2):
            coupling = target.vector2[i] if which == 0 else target.axial2[i]
            if not coupling > 0.0:
                continue
            for node in range(first, last + 1):
                excess = temperature[0] * np.exp(finest * PER_NODE * node)
                energy = m_x + target.mass + excess
                weight = 2.0 * finest * PER_NODE * excess / energy / np.sqrt(energy)
                weight *= _transfer(energy, i, dark, target, which, functions)
                for term in range(TERMS):
                    nodes[term, node - first] = weight * functions.k2[term]
                    weight /= energy
            # g / (512 pi^3 m^2 T) and the ratio of K2
            scale = coupling * target.states / (spins * 512.0 * np.pi**3 * m_x**2)
            begin = int(np.ceil(np.log(coldest / temperature[0]) / (finest * stride) - 1e-9))
            end = int(np.log(hottest / temperature[0]) / (finest * stride) + 1e-9)
            for j in range(begin, end + 1):
                t = temperature[j]
                shift = functions.origin - stride * j
                low = max(0, -int(np.floor((shift + PER_NODE * first) / PER_NODE)))
                high = min(last - first + 1, int(np.ceil((len(functions.boltzmann) - shift) / PER_NODE)) - first)
                s0, s1, s2, s3, s4 = 0.0, 0.0, 0.0, 0.0, 0.0
                for node in range(low, high):
                    factor = functions.boltzmann[shift + PER_NODE * (first + node)]
                    s0 += factor * nodes[0, node]
                    s1 += factor * nodes[1, node]
                    s2 += factor * nodes[2, node]
                    s3 += factor * nodes[3, node]
                    s4 += factor * nodes[4, node]
                total = s0 + t * (s1 + t * (s2 + t * (s3 + t * s4)))
                inverse = t / m_x
                norm = np.sqrt(m_x) / (_polynomial(inverse, functions.k2) * _polynomial(inverse, functions.heat))
                ratio = (1.0 - fraction) * functions.statistics[which, row, stride * j]
                ratio += fraction * functions.statistics[which, row + 1, stride * j]
                value[j] = np.log(ratio * scale * norm / t * total)
            for j in range(k):
                if j < begin:
                    ln = value[begin] + (j - begin) * (value[begin + 1] - value[begin])
                elif j > end:
                    ln = value[end] + (j - end) * (value[end] - value[end - 1])
                else:
                    ln = value[j]
                ln -= target.mass / temperature[j]
                larger, smaller = max(ln, result[i, j]), min(ln, result[i, j])
                result[i, j] = larger if smaller < larger - 40.0 else larger + np.log1p(np.exp(smaller - larger))
