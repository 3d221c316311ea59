"""Elastic scattering of dark matter on particles of the bath; formulas stand in early_universe/momentum_exchange.py.

The excess of sqrt(s) over its threshold and the temperature share one lattice, so that all Boltzmann factors come from
one table. Rates are returned as logarithms: they never underflow.
"""

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

Array = NDArray[np.float64]

# Functions that no Python calls do without the code that unpacks Python's objects, half of what would be compiled.
INNER: dict[str, Any] = {"cache": True, "error_model": "numpy", "no_cpython_wrapper": True, "no_cfunc_wrapper": True}


PER_NODE = 6  # temperatures of the finest lattice for one node in ln(excess), whose step is 0.48: 1e-4 of Gamma(7)
LOW, HIGH = 0.1, 35.0  # excess over T where the integral begins and ends
COLDEST, HOTTEST = 100.0, 4.0  # mass of the target and of dark matter over T, beyond which the rate is a power of T
MOST_NODES = 64
TERMS = 5  # of the series of K2
HEAVIEST_U = 1.8  # in units of m_X, short of the pole in the u channel at 2 where U decays to dark matter


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


@njit(**INNER)
def _polynomial(inverse: float, coefficients: Array) -> float:
    total: float = coefficients[-1]
    for i in range(len(coefficients) - 2, -1, -1):
        total = total * inverse + coefficients[i]
    return total


@njit(**INNER)
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


@njit(**INNER)
def _with_scalar(
    tau: float, difference: float, m_scalar2: float, m_fermion2: float, vector: float, axial: float
) -> float:
    """The same for a scalar and a fermion with vector and axial current; ``difference`` = s - u."""
    square, depth = 0.5 * difference * difference, 4.0 * m_scalar2 + tau
    total = vector * (square - 0.5 * depth * tau) + axial * (square - depth * (2.0 * m_fermion2 + 0.5 * tau))
    return 4.0 * total


@njit(**INNER)
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


@njit(**INNER)
def _compton(t1: float, tau: float, m_x: float, m_u: float, m_higgs: float, c: Array) -> float:
    """X U -> X U over g_X^4: the squared amplitude of X X -> U U, averaged over its initial spins, crossed.

    ``c`` holds the coefficients of hidden_sector/u_pair_annihilation.py in their order. What is s there is -tau here,
    and t and u there are s and u here; ``t1`` is s - m_X^2.
    """
    m2, u2 = m_x * m_x, m_u * m_u
    t2 = 2.0 * u2 + tau - t1
    z = -tau
    # 1/t1 and 1/t2 nearly cancel for heavy dark matter. Therefore 1/t1^2 + 1/t2^2 is written as (1/t1 + 1/t2)^2 minus
    # 2/(t1 t2), and the second part is subtracted from the coefficients of the product.
    squares = c[0] * m2 * m2 + c[1] * z * m2 + c[2] * m2 * u2 + c[3] * u2 * u2
    contact = c[4] * z * m2 / (u2 * u2) + c[5] * m2 / u2 + c[6]
    product = ((c[7] * z * m2 / u2 + c[8] * m2) * z * m2 + c[9] * z * z * m2) / u2
    product += (c[10] - 2.0 * c[0]) * m2 * m2 + (c[11] - 2.0 * c[1]) * z * m2 + c[12] * z * z
    product += (c[13] - 2.0 * c[2]) * m2 * u2 + (c[14] - 2.0 * c[3]) * u2 * u2 + c[15] * z * u2
    inverse = (2.0 * u2 + tau) / (t1 * t2)
    total: float = squares * inverse * inverse + 2.0 * contact + product / (t1 * t2)
    if c[16] != 0.0:
        linear = ((c[17] * z / u2 + c[18]) * z * m2) / u2 + c[19] * m2 + c[20] * z + c[21] * u2
        constant = (c[22] * z / u2 + c[23]) * z / u2 + c[24]
        propagator = c[16] / (z - m_higgs * m_higgs)
        squared = (z - 4.0 * m2) * ((0.125 * z / u2 - 0.5) * z / u2 + 1.5)
        total += propagator * m2 * (2.0 * constant + linear * inverse + propagator * squared)
    return total


@njit(**INNER)
def _span(m_x: float, mass: float, functions: Functions) -> tuple[float, float, int, int]:
    """Coldest and hottest temperature of a target, and the first and the last node in ln(excess)."""
    lowest, highest = functions.temperature[0], functions.temperature[-1]
    step = PER_NODE * np.log(functions.temperature[1] / lowest)
    coldest, hottest = max(mass / COLDEST, lowest), min(m_x / HOTTEST, highest)
    first = int(np.floor(np.log(LOW * coldest / lowest) / step))
    last = int(np.ceil(np.log(HIGH * hottest / lowest) / step))
    return coldest, hottest, first, min(last, first + MOST_NODES - 1)


@njit(**INNER)
def _sum_over_nodes(nodes: Array, low: int, high: int, boltzmann: Array, shift: int, t: float) -> float:
    """Sum of weights times Boltzmann factors over some of the nodes, a polynomial in the temperature."""
    s0, s1, s2, s3, s4 = 0.0, 0.0, 0.0, 0.0, 0.0
    for node in range(low, high):
        factor = boltzmann[shift + PER_NODE * node]
        s0 += factor * nodes[0, node]
        s1 += factor * nodes[1, node]
        s2 += factor * nodes[2, node]
        s3 += factor * nodes[3, node]
        s4 += factor * nodes[4, node]
    return s0 + t * (s1 + t * (s2 + t * (s3 + t * s4)))


@njit(**INNER)
def _add(
    i: int,
    m_x: float,
    mass: float,
    scale: float,
    transfer: Array,
    statistics: Array,
    functions: Functions,
    stride: int,
    result: Array,
) -> None:
    """Add the rate of one target, from ``transfer`` at the nodes of `_span`, to row ``i`` of the result."""
    temperature = functions.temperature[::stride]
    k = len(temperature)
    finest = np.log(functions.temperature[1] / functions.temperature[0])
    coldest, hottest, first, last = _span(m_x, mass, functions)
    begin = int(np.ceil(np.log(coldest / temperature[0]) / (finest * stride) - 1e-9))
    end = min(int(np.log(hottest / temperature[0]) / (finest * stride) + 1e-9), k - 1)
    if end <= begin:  # The target is gone, by e^-100, wherever dark matter is not relativistic.
        return
    nodes = np.empty((TERMS, last - first + 1))
    for node in range(first, last + 1):
        excess = temperature[0] * np.exp(finest * PER_NODE * node)
        energy = m_x + mass + excess
        weight = 2.0 * finest * PER_NODE * excess / energy / np.sqrt(energy) * transfer[node - first]
        for term in range(TERMS):
            nodes[term, node - first] = weight * functions.k2[term]
            weight /= energy
    value = np.empty(k)
    for j in range(begin, end + 1):
        t = temperature[j]
        shift = functions.origin - stride * j
        low = max(0, -int(np.floor((shift + PER_NODE * first) / PER_NODE)))
        high = min(last - first + 1, int(np.ceil((len(functions.boltzmann) - shift) / PER_NODE)) - first)
        total = _sum_over_nodes(nodes, low, high, functions.boltzmann, shift + PER_NODE * first, t)
        inverse = t / m_x
        norm = np.sqrt(m_x) / (_polynomial(inverse, functions.k2) * _polynomial(inverse, functions.heat))
        value[j] = np.log(statistics[stride * j] * scale * norm / t * total)
    for j in range(k):
        if j < begin:
            ln = value[begin] + (j - begin) * (value[begin + 1] - value[begin])
        elif j > end:
            ln = value[end] + (j - end) * (value[end] - value[end - 1])
        else:
            ln = value[j]
        ln -= mass / temperature[j]
        larger, smaller = max(ln, result[i, j]), min(ln, result[i, j])
        result[i, j] = larger if smaller < larger - 40.0 else larger + np.log1p(np.exp(smaller - larger))


@njit(cache=True, error_model="numpy")
def add_rates(dark: Dark, target: Target, functions: Functions, stride: int, result: Array) -> None:
    """Add gamma to ``result`` (n, k), both as ln(gamma / MeV), at every ``stride``-th temperature."""
    lowest = functions.temperature[0]
    step = PER_NODE * np.log(functions.temperature[1] / lowest)
    transfer, statistics = np.empty(MOST_NODES), np.empty(functions.statistics.shape[2])
    spins = (1.0 if dark.scalar else 2.0) * (1.0 if target.scalar else 2.0)
    for i in range(len(dark.m_dm)):
        m_x = dark.m_dm[i]
        _, _, first, last = _span(m_x, target.mass, functions)
        column = (np.log(dark.m_u[i]) - functions.ln_m_u_first) / functions.ln_m_u_step
        row = min(max(int(column), 0), functions.statistics.shape[1] - 2)
        fraction = min(max(column - row, 0.0), 1.0)
        for which in range(2):
            coupling = target.vector2[i] if which == 0 else target.axial2[i]
            if not coupling > 0.0:
                continue
            for node in range(first, last + 1):
                energy = m_x + target.mass + lowest * np.exp(step * node)
                transfer[node - first] = _transfer(energy, i, dark, target, which, functions)
            for j in range(len(statistics)):
                below, above = functions.statistics[which, row, j], functions.statistics[which, row + 1, j]
                statistics[j] = (1.0 - fraction) * below + fraction * above
            # g / (512 pi^3 m^2 T) and the ratio of K2
            scale = coupling * target.states / (spins * 512.0 * np.pi**3 * m_x**2)
            _add(i, m_x, target.mass, scale, transfer, statistics, functions, stride, result)


@njit(cache=True, error_model="numpy")
def add_u_rates(
    dark: Dark, m_higgs: Array, g_dm: Array, coefficients: Array, functions: Functions, stride: int, result: Array
) -> None:
    """Add gamma of U bosons lighter than HEAVIEST_U m_X, classical and in equilibrium, as `add_rates`."""
    lowest = functions.temperature[0]
    step = PER_NODE * np.log(functions.temperature[1] / lowest)
    transfer = np.empty(MOST_NODES)
    # From the average over the spins of X X to that over one X: 4/2 for fermions, with a sign for one crossed line. The
    # average over the three states of U cancels their number.
    spins = 1.0 if dark.scalar else -2.0
    for i in range(len(dark.m_dm)):
        m_x, m_u = dark.m_dm[i], dark.m_u[i]
        if not (m_u < HEAVIEST_U * m_x and g_dm[i] != 0.0):
            continue
        _, _, first, last = _span(m_x, m_u, functions)
        for node in range(first, last + 1):
            excess = lowest * np.exp(step * node)
            energy = m_x + m_u + excess
            s = energy * energy
            top = excess * (energy + m_x + m_u) * (s - (m_x - m_u) ** 2) / s
            t1 = (m_u + excess) * (energy + m_x)
            total = 0.0
            for k in range(len(functions.nodes)):
                tau = 0.5 * top * (1.0 + functions.nodes[k])
                total += functions.weights[k] * tau * _compton(t1, tau, m_x, m_u, m_higgs[i], coefficients)
            transfer[node - first] = 0.5 * top * total * spins
        scale = g_dm[i] ** 4 / (512.0 * np.pi**3 * m_x**2)
        _add(i, m_x, m_u, scale, transfer, functions.statistics[0, 0], functions, stride, result)
