"""Thermal average and Boltzmann equation, point by point; the formulas stand in model/physics/freeze_out.py.

Inside, masses and energies are in units of the dark-matter mass m: e = sqrt(s)/m, r = m_U/m, w = Gamma/m. A *group* is a
set of final states that share a threshold e_min; its integral runs over t = ln eps, e = e_min + eps.
"""

from typing import NamedTuple, TypeVar

import numpy as np
from numba import njit
from numpy.typing import NDArray

Array = NDArray[np.float64]
ComplexArray = NDArray[np.complex128]
Number = TypeVar("Number", float, complex)

GROUPS = 3  # open at rest; muons above 2m; hadrons above 2m
MAX_NODES = 320
TERMS = 4  # of the expansion of K1 in the tables

# L-stable SDIRK of order 4, Hairer and Wanner, Solving ODEs II, table IV.6.5: gamma, and rows of A below the diagonal
GAMMA = 0.25
STAGES = 5
SDIRK = np.array(
    [
        [0.0, 0.0, 0.0, 0.0],
        [1 / 2, 0.0, 0.0, 0.0],
        [17 / 50, -1 / 25, 0.0, 0.0],
        [371 / 1360, -137 / 2720, 15 / 544, 0.0],
        [25 / 24, -49 / 48, 125 / 16, -85 / 12],
    ]
)
SDIRK_ABSCISSAE = np.array([1 / 4, 3 / 4, 11 / 20, 1 / 2, 1.0])
# Gregory's end correction of the trapezoid rule, exact for cubics
GREGORY = np.array([251 / 720, 299 / 240, 211 / 240, 739 / 720])


class Constants(NamedTuple):
    """Masses and widths [MeV]; the temperature today [MeV]."""

    electron: float
    muon: float
    pion: float
    rho: float
    rho_width: float
    planck: float
    temperature_today: float


class Kind(NamedTuple):
    """Weights of the cross-section's brackets, degrees of freedom and kappa of the dark matter."""

    axial: float
    vector: float
    mass: float
    degrees_of_freedom: float
    kappa: float


class Bath(NamedTuple):
    """Degrees of freedom on a uniform grid of ln(T/MeV)."""

    ln_t_first: float
    ln_t_step: float
    g_entropy: Array
    sqrt_g_star: Array


class Bessel(NamedTuple):
    """Coefficients a_l of K_n(z) = z^-1/2 e^-z sum_l a_l z^-l, fitted above some z."""

    k1: Array
    k2: Array


class Lattice(NamedTuple):
    """Table at ln x = ln_x_first + 0.1 j, and its Lagrange weights at the stages of the two integrations.

    ``coarse`` and ``fine`` have shape (steps per cell, stages, 6) and serve the cell from j to j + 1 with the points
    j - 2 .. j + 3. The third point is where the integration may start.
    """

    ln_x_first: float
    ln_x_step: float
    size: int
    coarse: Array
    fine: Array


class Point(NamedTuple):
    """One parameter point in units of the dark-matter mass; ``strength`` is g_X^2 / 12 pi."""

    mass: float
    r: float
    w: float
    strength: float
    left: float
    right: float
    hadron: float
    electron: float
    muon: float
    pion: float
    rho: float
    rho_width: float


class Group(NamedTuple):
    """Final states with a common threshold; ``gap`` = e_min - 2 and ``pole_offset`` = r - e_min."""

    gap: float
    pole_offset: float
    electrons: bool
    muons: bool
    hadrons: bool


class Pole(NamedTuple):
    """What the trapezoid rule misses of the U pole: Re[coefficient e^(-x eps) K1-series(x e)]."""

    eps: complex
    e: complex
    coefficient: complex


@njit(cache=True)
def _lepton(eps: Number, e_min: float, spin: Number, offset: Number, mu: float, point: Point, kind: Kind) -> Number:
    """Velocity times the braces of the cross-section, in units of m^4; ``offset`` = e^2 - r^2."""
    e = e_min + eps
    beta = np.sqrt(((e_min - 2.0 * mu) + eps) * (e + 2.0 * mu)) / e
    square = point.left**2 + point.right**2
    current = e * e * square + mu * mu * (6.0 * point.left * point.right - square)
    longitudinal = 6.0 * (mu * (point.left - point.right) / point.r**2) ** 2 * offset * offset
    return beta * (current * spin + kind.mass * longitudinal)


@njit(cache=True)
def _hadrons(eps: Number, e_min: float, spin: Number, point: Point) -> Number:
    """R(s) times the braces for a massless lepton."""
    e = e_min + eps
    e2 = e * e
    beta2 = ((e_min - 2.0 * point.pion) + eps) * (e + 2.0 * point.pion) / e2
    propagator = (e2 - point.rho**2) * (e2 - point.rho**2) + (point.rho * point.rho_width) ** 2
    return 0.5 * beta2 * np.sqrt(beta2) * point.rho**4 / propagator * point.hadron**2 * e2 * spin


@njit(cache=True)
def _numerator(eps: Number, offset: Number, group: Group, point: Point, kind: Kind) -> Number:
    """Integrand over ln eps without its U propagator and its Boltzmann factor; analytic in eps."""
    e_min = 2.0 + group.gap
    e = e_min + eps
    momentum2 = (group.gap + eps) * (e + 2.0)
    spin = kind.axial * momentum2 + kind.vector * (e * e + 2.0)
    final_states = 0.0 * spin
    if group.electrons:
        final_states += _lepton(eps, e_min, spin, offset, point.electron, point, kind)
    if group.muons:
        final_states += _lepton(eps, e_min, spin, offset, point.muon, point, kind)
    if group.hadrons:
        final_states += _hadrons(eps, e_min, spin, point)
    return point.strength * eps * e * np.sqrt(momentum2) * final_states


@njit(cache=True)
def _groups(m_dm: float, m_u: float, point: Point, constants: Constants) -> list[Group]:
    """Groups of final states that count."""
    muons, pions = m_dm >= constants.muon, m_dm >= constants.pion
    lowest = max(m_dm, constants.electron)
    groups = [Group(2.0 * (lowest - m_dm) / m_dm, (m_u - 2.0 * lowest) / m_dm, True, muons, pions)]
    # Closed at rest: e^(-x gap) buries them, and the test keeps what could matter at x = 8 even next to feeble electrons.
    leptons = point.left**2 + point.right**2
    muon_gap = 2.0 * (constants.muon - m_dm) / m_dm
    if not muons and np.exp(-8.0 * muon_gap) > 1e-8:
        groups.append(Group(muon_gap, (m_u - 2.0 * constants.muon) / m_dm, False, True, False))
    pion_gap = 2.0 * (constants.pion - m_dm) / m_dm
    if not pions and point.hadron**2 * np.exp(-8.0 * pion_gap) > 1e-8 * leptons:
        groups.append(Group(pion_gap, (m_u - 2.0 * constants.pion) / m_dm, False, False, True))
    return groups


@njit(cache=True)
def _nodes(
    group: Group, point: Point, kind: Kind, eps_low: float, eps_high: float, eps: Array, weight: Array
) -> tuple[int, int, Pole]:
    """Fill nodes and weights of the trapezoid rule in ln eps; return their number, the step over 0.1, and the pole.

    The pole lies midway between two nodes, so that nothing cancels however narrow it is. The rule's own error is below
    1e-7; the exact correction for the pole is -2 Re[2 pi i Res / (1 + e^(2 pi |Im t_p| / h))].
    """
    stride = 2 if group.hadrons else 4  # the rho pole may come as close as 0.2 to the path
    step = 0.1 * stride
    e_min = 2.0 + group.gap
    root = np.sqrt(1.0 - 1j * (point.w / point.r))
    pole_eps = group.pole_offset - 1j * point.w / (1.0 + root)
    distance = max(abs(pole_eps), 1e-16)
    first = np.floor(np.log(eps_low / distance) / step)
    n = min(MAX_NODES, int(np.ceil((np.log(eps_high / distance)) / step - first)) + 1)
    for k in range(n):
        here = distance * np.exp((first + k + 0.5) * step)
        offset = (here - group.pole_offset) * (e_min + here + point.r)
        eps[k] = here
        weight[k] = (
            step * _numerator(here, offset, group, point, kind) / (offset * offset + (point.w * point.r) ** 2)
        )
    depth = -np.angle(pole_eps)
    pole_e = e_min + pole_eps
    coefficient = 0.0j
    if point.w > 0.0 and 0.0 < depth < 2.75 * step:  # beyond, the correction is below 1e-7 of the pole
        width = point.w * point.r
        numerator = _numerator(pole_eps, -1j * width, group, point, kind)
        coefficient = np.pi * numerator / (width * pole_e * pole_eps * (1.0 + np.exp(2.0 * np.pi * depth / step)))
    return n, stride, Pole(pole_eps, pole_e, coefficient)


@njit(cache=True)
def _series(inverse: Number, coefficients: Array) -> Number:
    """Polynomial in 1/z by Horner's rule."""
    total = 0.0 * inverse + coefficients[-1]
    for i in range(len(coefficients) - 2, -1, -1):
        total = total * inverse + coefficients[i]
    return total


@njit(cache=True)
def _norm(x: float, bessel: Bessel) -> float:
    """Return x^(3/2) / 8 over the squared series of K2."""
    return x * np.sqrt(x) / (8.0 * _series(1.0 / x, bessel.k2) ** 2)


@njit(cache=True)
def _pole_term(x: float, pole: Pole, bessel: Bessel) -> float:
    """Pole part of the integral over ln eps, without x^(-1/2)."""
    if pole.coefficient == 0.0:
        return 0.0
    value = pole.coefficient * np.exp(-x * pole.eps) * _series(1.0 / (x * pole.e), bessel.k1) / np.sqrt(pole.e)
    return value.real


@njit(cache=True)
def _point(
    m_dm: float, m_u: float, width: float, couplings: tuple[float, float, float, float], constants: Constants
) -> Point:
    g_dm, left, right, hadron = couplings
    return Point(
        m_dm,
        m_u / m_dm,
        width / m_dm,
        g_dm**2 / (12.0 * np.pi),
        left,
        right,
        hadron,
        constants.electron / m_dm,
        constants.muon / m_dm,
        constants.pion / m_dm,
        constants.rho / m_dm,
        constants.rho_width / m_dm,
    )


@njit(cache=True)
def thermal_average(
    x: Array,
    m_dm: Array,
    m_u: Array,
    width: Array,
    g_dm: Array,
    g_l: Array,
    g_r: Array,
    g_h: Array,
    kind: Kind,
    constants: Constants,
    bessel: Bessel,
) -> Array:
    """Thermal average <sigma v>, shape (n, k) [mass^-2], at k values of x = m/T."""
    result = np.zeros((len(m_dm), len(x)))
    eps, weight = np.empty(MAX_NODES), np.empty(MAX_NODES)
    for i in range(len(m_dm)):
        point = _point(m_dm[i], m_u[i], width[i], (g_dm[i], g_l[i], g_r[i], g_h[i]), constants)
        for group in _groups(m_dm[i], m_u[i], point, constants):
            for j in range(len(x)):
                scale = min(1.0 / x[j], max(abs(group.pole_offset), point.w))
                low = max(1e-4 * scale, 1e-20)
                n, _, pole = _nodes(group, point, kind, low, 45.0 / x[j], eps, weight)
                total = _pole_term(x[j], pole, bessel)
                for k in range(n):
                    e = 2.0 + group.gap + eps[k]
                    total += weight[k] * np.exp(-x[j] * eps[k]) * _series(1.0 / (x[j] * e), bessel.k1) / np.sqrt(e)
                result[i, j] += _norm(x[j], bessel) * np.exp(-x[j] * group.gap) * total / m_dm[i] ** 2
    return result


@njit(cache=True)
def _fill_table(
    group: Group,
    point: Point,
    kind: Kind,
    bessel: Bessel,
    lattice: Lattice,
    n_x: int,
    eps_low: float,
    work: tuple[Array, Array, Array, Array],
    table: Array,
) -> Pole:
    """Tabulate the node sums of one group, pole part and e^(-x gap) left out, at the first ``n_x`` points.

    Nodes and table are both geometric with commensurate steps, so x_j eps_k takes few different values: one array of
    exponentials serves all. The series of K1(x e) separates x from e.
    """
    eps, weight, powers, exponentials = work
    eps_high = 45.0 * np.exp(-lattice.ln_x_first)
    n, stride, pole = _nodes(group, point, kind, eps_low, eps_high, eps, weight)
    for k in range(n):
        e = 2.0 + group.gap + eps[k]
        value = weight[k] / np.sqrt(e)
        for term in range(TERMS):
            powers[k, term] = bessel.k1[term] * value
            value /= e
    first = lattice.ln_x_first + np.log(eps[0])
    count = 0
    while count < len(exponentials):
        argument = np.exp(first + lattice.ln_x_step * count)
        if argument > 45.0:
            break
        exponentials[count] = np.exp(-argument)
        count += 1
    for j in range(n_x):
        x = np.exp(lattice.ln_x_first + lattice.ln_x_step * j)
        s0, s1, s2, s3 = 0.0, 0.0, 0.0, 0.0
        for k in range(min(n, (count - j + stride - 1) // stride)):
            factor = exponentials[j + stride * k]
            s0 += factor * powers[k, 0]
            s1 += factor * powers[k, 1]
            s2 += factor * powers[k, 2]
            s3 += factor * powers[k, 3]
        table[j] = _norm(x, bessel) * (s0 + (s1 + (s2 + s3 / x) / x) / x)
    return pole


@njit(cache=True)
def _lookup(ln_t: float, bath: Bath) -> tuple[float, float]:
    """g_entropy and sqrt_g_star, linear in ln T, constant beyond the table."""
    position = min(max((ln_t - bath.ln_t_first) / bath.ln_t_step, 0.0), len(bath.g_entropy) - 1.0)
    i = min(int(position), len(bath.g_entropy) - 2)
    f = position - i
    return (
        (1.0 - f) * bath.g_entropy[i] + f * bath.g_entropy[i + 1],
        (1.0 - f) * bath.sqrt_g_star[i] + f * bath.sqrt_g_star[i + 1],
    )


class Average(NamedTuple):
    """Tabulated thermal average of one point: per group a table without pole, the gap and the pole."""

    tables: Array
    groups: list[Group]
    poles: list[Pole]


@njit(cache=True)
def _rate_and_equilibrium(
    ln_x: float, node_sums: Array, average: Average, point: Point, kind: Kind, constants: Constants, bath: Bath, bessel: Bessel
) -> tuple[float, float]:
    """L and Y_eq of dY/dlnx = -L (Y^2 - Y_eq^2), given the node sums of the groups at x."""
    x = np.exp(ln_x)
    m2_sigma_v = 0.0
    norm = _norm(x, bessel)
    for g in range(len(average.groups)):
        gap = average.groups[g].gap
        value = node_sums[g] + norm * _pole_term(x, average.poles[g], bessel)
        m2_sigma_v += value if gap == 0.0 else value * np.exp(-x * gap)
    g_entropy, sqrt_g_star = _lookup(np.log(point.mass) - ln_x, bath)
    rate = kind.kappa * np.sqrt(np.pi / 45.0) * constants.planck / point.mass * sqrt_g_star * m2_sigma_v / x
    k2 = np.exp(-x) * _series(1.0 / x, bessel.k2) / np.sqrt(x)
    return rate, 45.0 / (4.0 * np.pi**4) * kind.degrees_of_freedom * x * x * k2 / g_entropy


