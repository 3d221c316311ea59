"""Thermal average and Boltzmann equation, point by point; the formulas stand in model/physics/freeze_out.py.

Inside, masses and energies are in units of the dark-matter mass m: e = sqrt(s)/m, r = m_U/m, w = Gamma/m. A *group* is
a set of final states that share a threshold e_min; its integral runs over t = ln eps, e = e_min + eps.
"""

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

Array = NDArray[np.float64]
Number = Any  # float on the nodes, complex at the pole: numba compiles both

GROUPS = 3  # open at rest; muons above 2m; hadrons above 2m
TERMS = 4  # of the series of K1 in the tables
MAX_NODES = 640
CUT = 45.0  # e^-45 of the continuum is nothing
DEAD = 90.0  # e^-90 of a pole is nothing, even if U is so narrow that the pole is 1e17 times the continuum
X_LATE = 16.0  # freeze-out beyond takes half the step: Y_eq falls by e^(-x dlnx) in one

# L-stable SDIRK of order 4, Hairer and Wanner, Solving ODEs II, table IV.6.5: gamma, and A below the diagonal
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
# Gauss-Legendre on [0, 1], for the integral of L after freeze-out
GAUSS_ABSCISSAE = np.array([0.5 - np.sqrt(0.15), 0.5, 0.5 + np.sqrt(0.15)])
GAUSS_WEIGHTS = np.array([5 / 18, 8 / 18, 5 / 18])


class Points(NamedTuple):
    """Parameter points: masses and total width of U in one unit, couplings; each (n,)."""

    m_dm: Array
    m_u: Array
    width: Array
    g_dm: Array
    g_l: Array
    g_r: Array
    g_h: Array


class Constants(NamedTuple):
    """Masses, widths, Planck mass and temperature today, in the unit of the points."""

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
    """Degrees of freedom on a uniform grid of ln T."""

    ln_t_first: float
    ln_t_step: float
    g_entropy: Array
    sqrt_g_star: Array


class Stages(NamedTuple):
    """Abscissae within the cells of the table, and Lagrange weights (steps, stages, 6) to interpolate it there.

    Cell j reaches from point j to j + 1 and uses the points j - 2 .. j + 3. ``ln_x``, ``x`` and ``equilibrium`` (which
    is x^2 K2(x)) have shape (cells, steps, stages).
    """

    weights: Array
    ln_x: Array
    x: Array
    equilibrium: Array


class Lattice(NamedTuple):
    """Table in ln x, each (size,); ``norm`` = x^(3/2) / (8 x K2(x)^2 e^(2x)). Y may start at its third point.

    ``stages`` are three integrations of Y, each with twice the steps of the one before; ``late`` is the quadrature that
    follows.
    """

    ln_x: Array
    x: Array
    norm: Array
    equilibrium: Array
    stages: tuple[Stages, Stages, Stages]
    late: Stages


class Point(NamedTuple):
    """One parameter point: masses of dark matter and U, then all in units of the former.

    ``strength`` is g_X^2 / 12 pi.
    """

    m_dm: float
    m_u: float
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
    """Final states with a common threshold; ``gap`` = e_min - 2, ``pole_offset`` = r - e_min."""

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


class Average(NamedTuple):
    """Thermal average of one point as a sum of rows, each a table that varies slowly with ln x times e^(-x decay)."""

    tables: Array
    decays: Array
    rows: int


@njit(cache=True)
def _lepton(eps: Number, e_min: float, spin: Number, offset: Number, mu: float, point: Point, kind: Kind) -> Number:
    """Velocity times the braces of the cross-section, in units of m^4; ``offset`` = e^2 - r^2."""
    e = e_min + eps
    # At the group's own threshold e_min - 2 mu is zero, and rounding must not make it negative.
    beta = np.sqrt((max(e_min - 2.0 * mu, 0.0) + eps) * (e + 2.0 * mu)) / e
    square = point.left**2 + point.right**2
    current = e * e * square + mu * mu * (6.0 * point.left * point.right - square)
    longitudinal = 6.0 * (mu * (point.left - point.right) / point.r**2) ** 2 * offset * offset
    return beta * (current * spin + kind.mass * longitudinal)


@njit(cache=True)
def _hadrons(eps: Number, e_min: float, spin: Number, point: Point) -> Number:
    """R(s) times the braces for a massless lepton."""
    e = e_min + eps
    e2 = e * e
    beta2 = (max(e_min - 2.0 * point.pion, 0.0) + eps) * (e + 2.0 * point.pion) / e2
    propagator = (e2 - point.rho**2) * (e2 - point.rho**2) + (point.rho * point.rho_width) ** 2
    return 0.5 * beta2 * np.sqrt(beta2) * point.rho**4 / propagator * point.hadron**2 * e2 * spin


@njit(cache=True)
def _numerator(eps: Number, offset: Number, group: Group, point: Point, kind: Kind) -> Number:
    """Integrand over ln eps without U propagator, Bessel function and Boltzmann factor; analytic in eps."""
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
def _point(points: Points, i: int, constants: Constants) -> Point:
    m_dm = points.m_dm[i]
    return Point(
        m_dm,
        points.m_u[i],
        points.m_u[i] / m_dm,
        points.width[i] / m_dm,
        points.g_dm[i] ** 2 / (12.0 * np.pi),
        points.g_l[i],
        points.g_r[i],
        points.g_h[i],
        constants.electron / m_dm,
        constants.muon / m_dm,
        constants.pion / m_dm,
        constants.rho / m_dm,
        constants.rho_width / m_dm,
    )


@njit(cache=True)
def _groups(point: Point, constants: Constants) -> tuple[Group, Group, Group]:
    """Groups of final states; one without any does not count.

    Closed at rest: e^(-x gap) buries them. The test keeps what could matter at x = 8 even next to feeble electrons.
    """
    m_dm, m_u = point.m_dm, point.m_u
    lowest = max(m_dm, constants.electron)
    muons, pions = m_dm >= constants.muon, m_dm >= constants.pion
    muon_gap, pion_gap = 2.0 * (constants.muon - m_dm) / m_dm, 2.0 * (constants.pion - m_dm) / m_dm
    leptons = point.left**2 + point.right**2
    muons_matter = not muons and np.exp(-8.0 * muon_gap) > 1e-8
    pions_matter = not pions and point.hadron**2 * np.exp(-8.0 * pion_gap) > 1e-8 * leptons
    return (
        Group(2.0 * (lowest - m_dm) / m_dm, (m_u - 2.0 * lowest) / m_dm, True, muons, pions),
        Group(muon_gap, (m_u - 2.0 * constants.muon) / m_dm, False, muons_matter, False),
        Group(pion_gap, (m_u - 2.0 * constants.pion) / m_dm, False, False, pions_matter),
    )


@njit(cache=True)
def _nodes(
    group: Group, point: Point, kind: Kind, span: tuple[float, float], stride: int, eps: Array, weight: Array
) -> tuple[int, Pole]:
    """Fill nodes and weights of the trapezoid rule in ln eps, step 0.1 stride; return their number and the pole.

    The pole lies midway between two nodes, so that nothing cancels however narrow it is; the exact correction for it is
    -2 Re[2 pi i Res / (1 + e^(2 pi |Im t_p| / h))]. The rule's own error is below 1e-7.
    """
    eps_low, eps_high = span
    step = 0.1 * stride
    e_min = 2.0 + group.gap
    pole_eps = group.pole_offset - 1j * point.w / (1.0 + np.sqrt(1.0 - 1j * (point.w / point.r)))
    distance = max(abs(pole_eps), 1e-16)
    first = np.floor(np.log(eps_low / distance) / step)
    n = min(MAX_NODES, int(np.ceil(np.log(eps_high / distance) / step - first)))
    width2 = (point.w * point.r) ** 2
    for k in range(n):
        here = distance * np.exp((first + k + 0.5) * step)
        offset = (here - group.pole_offset) * (e_min + here + point.r)
        eps[k] = here
        weight[k] = step * _numerator(here, offset, group, point, kind) / (offset * offset + width2)
    depth = -np.angle(pole_eps)
    pole_e = e_min + pole_eps
    coefficient = 0.0j
    if point.w > 0.0 and 0.0 < depth < 2.75 * step:  # beyond, the correction is below 1e-7 of the pole
        width = point.w * point.r
        numerator = _numerator(pole_eps, -1j * width, group, point, kind)
        coefficient = np.pi * numerator / (width * pole_e * pole_eps * (1.0 + np.exp(2.0 * np.pi * depth / step)))
    return n, Pole(pole_eps, pole_e, coefficient)


@njit(cache=True)
def _series(inverse: Number, coefficients: Array) -> Number:
    """Polynomial in 1/z by Horner's rule."""
    total = 0.0 * inverse + coefficients[-1]
    for i in range(len(coefficients) - 2, -1, -1):
        total = total * inverse + coefficients[i]
    return total


@njit(cache=True)
def _phase(x: float, pole: Pole, k1: Array) -> Any:
    """Pole term without its real exponential and x^(-1/2)."""
    turn = np.exp(-1j * x * pole.eps.imag)
    return (pole.coefficient * turn * _series(1.0 / (x * pole.e), k1) / np.sqrt(pole.e)).real


@njit(cache=True)
def thermal_average(x: Array, points: Points, kind: Kind, constants: Constants, k1: Array) -> Array:
    """Thermal average without the factor norm / m^2, shape (n, k), at k values of x = m/T.

    ``k1`` are coefficients a_l of K1(z) = z^(-1/2) e^(-z) sum a_l z^(-l).
    """
    result = np.zeros((len(points.m_dm), len(x)))
    eps, weight = np.empty(MAX_NODES), np.empty(MAX_NODES)
    for i in range(len(points.m_dm)):
        point = _point(points, i, constants)
        groups = _groups(point, constants)
        for g in range(GROUPS):
            group = groups[g]
            if not (group.electrons or group.muons or group.hadrons):
                continue
            stride = 1 if group.hadrons else 4
            for j in range(len(x)):
                low = max(1e-4 * min(1.0 / x[j], max(abs(group.pole_offset), point.w)), 1e-20)
                n, pole = _nodes(group, point, kind, (low, CUT / x[j]), stride, eps, weight)
                total = np.exp(-x[j] * pole.eps.real) * _phase(x[j], pole, k1) if pole.coefficient != 0.0 else 0.0
                for k in range(n):
                    e = 2.0 + group.gap + eps[k]
                    total += weight[k] * np.exp(-x[j] * eps[k]) * _series(1.0 / (x[j] * e), k1) / np.sqrt(e)
                result[i, j] += np.exp(-x[j] * group.gap) * total
    return result


@njit(cache=True)
def _fill_nodes(
    nodes: tuple[int, int],
    gap: float,
    k1: Array,
    lattice: Lattice,
    work: tuple[Array, Array, Array, Array],
    table: Array,
) -> None:
    """Tabulate the node sum of one group without e^(-x gap).

    Nodes and table are both geometric with commensurate steps, so x_j eps_k takes few different values: one array of
    exponentials serves all. The series of K1(x e) separates x from e.
    """
    n, stride = nodes
    eps, weight, powers, exponentials = work
    for k in range(n):
        e = 2.0 + gap + eps[k]
        value = weight[k] / np.sqrt(e)
        for term in range(TERMS):
            powers[k, term] = k1[term] * value
            value /= e
    first = lattice.ln_x[0] + np.log(eps[0])
    step = lattice.ln_x[1] - lattice.ln_x[0]
    count = 0
    while count < len(exponentials):
        argument = np.exp(first + step * count)
        if argument > CUT:
            break
        exponentials[count] = np.exp(-argument)
        count += 1
    for j in range(len(table)):
        inverse = 1.0 / lattice.x[j]
        s0, s1, s2, s3 = 0.0, 0.0, 0.0, 0.0
        for k in range(min(n, (count - j + stride - 1) // stride)):
            factor = exponentials[j + stride * k]
            s0 += factor * powers[k, 0]
            s1 += factor * powers[k, 1]
            s2 += factor * powers[k, 2]
            s3 += factor * powers[k, 3]
        table[j] = lattice.norm[j] * (s0 + (s1 + (s2 + s3 * inverse) * inverse) * inverse)


@njit(cache=True)
def _tabulate(
    point: Point,
    groups: tuple[Group, Group, Group],
    kind: Kind,
    k1: Array,
    lattice: Lattice,
    sizes: tuple[int, float],
    work: tuple[Array, Array, Array, Array],
    tables: Array,
    decays: Array,
) -> Average:
    """Tabulate the thermal average of one point, a row for the nodes of each group and one for its pole."""
    n_x, eps_low = sizes
    rows = 0
    for g in range(GROUPS):
        group = groups[g]
        if not (group.electrons or group.muons or group.hadrons):
            continue
        # The rho pole may come close to the path, but then e^(-x eps) buries it: 0.2 is enough for x > 8.
        stride = 2 if group.hadrons else 4
        n, pole = _nodes(group, point, kind, (eps_low, CUT / lattice.x[0]), stride, work[0], work[1])
        _fill_nodes((n, stride), group.gap, k1, lattice, work, tables[rows, :n_x])
        decays[rows] = group.gap
        rows += 1
        if pole.coefficient != 0.0:
            for j in range(n_x):
                x = lattice.x[j]
                tables[rows, j] = lattice.norm[j] * _phase(x, pole, k1) if x * pole.eps.real < DEAD else 0.0
            decays[rows] = group.gap + pole.eps.real
            rows += 1
    return Average(tables, decays, rows)


@njit(cache=True)
def _lookup(ln_t: float, bath: Bath) -> tuple[float, float]:
    """g_entropy and sqrt_g_star, linear in ln T, constant beyond the table."""
    last = len(bath.g_entropy) - 2
    position = (ln_t - bath.ln_t_first) / bath.ln_t_step
    i = min(max(int(position), 0), last)
    f = min(max(position - i, 0.0), 1.0)
    return (
        (1.0 - f) * bath.g_entropy[i] + f * bath.g_entropy[i + 1],
        (1.0 - f) * bath.sqrt_g_star[i] + f * bath.sqrt_g_star[i + 1],
    )


@njit(cache=True)
def _rate_at(j: int, average: Average, scale: float, ln_m: float, lattice: Lattice, bath: Bath) -> tuple[float, float]:
    """L at point j of the table, and g_entropy."""
    x = lattice.x[j]
    total = 0.0
    for row in range(average.rows):
        total += average.tables[row, j] * np.exp(-x * average.decays[row])
    g_entropy, sqrt_g_star = _lookup(ln_m - lattice.ln_x[j], bath)
    return scale * sqrt_g_star * total / x, g_entropy


@njit(cache=True)
def _rate_within(
    where: tuple[int, int, int], stages: Stages, average: Average, scale: float, ln_m: float, bath: Bath
) -> tuple[float, float]:
    """L within a cell of the table, and g_entropy."""
    j, step, stage = where
    x = stages.x[j, step, stage]
    total = 0.0
    for row in range(average.rows):
        exponent = x * average.decays[row]
        if exponent > DEAD:
            continue
        value = 0.0
        for q in range(6):
            value += stages.weights[step, stage, q] * average.tables[row, j - 2 + q]
        total += value * np.exp(-exponent) if exponent != 0.0 else value
    g_entropy, sqrt_g_star = _lookup(ln_m - stages.ln_x[j, step, stage], bath)
    return scale * sqrt_g_star * total / x, g_entropy


@njit(cache=True)
def _start(
    average: Average, scales: tuple[float, float], ln_m: float, lattice: Lattice, bath: Bath
) -> tuple[int, float]:
    """Last point of the table in tight equilibrium, and Y there; else x = 5 and Y_eq.

    With L Y_eq > 300 the quasi-static solution of Y^2 - Y_eq^2 = -Y'/L is good to 1e-3, and that error is forgotten
    within a fraction of a cell.
    """
    scale, scale_equilibrium = scales
    equilibrium = 0.0
    for j in range(len(lattice.stages[0].x) - 1, 1, -1):
        rate, g_entropy = _rate_at(j, average, scale, ln_m, lattice, bath)
        equilibrium = scale_equilibrium * lattice.equilibrium[j] / g_entropy
        if rate * equilibrium > 300.0:
            return j, np.sqrt(equilibrium**2 + (lattice.x[j] - 1.5) * equilibrium / rate)
    return 2, equilibrium


@njit(cache=True)
def _integrate(
    start: tuple[int, float],
    stages: Stages,
    average: Average,
    scales: tuple[float, float],
    ln_m: float,
    bath: Bath,
    step: float,
) -> tuple[int, float]:
    """Integrate dY/dlnx = -L (Y^2 - Y_eq^2) until Y_eq is 1e-4 of Y; return the point of the table and Y there.

    Each stage of the SDIRK method is a quadratic with one positive root.
    """
    scale, scale_equilibrium = scales
    steps = stages.weights.shape[0]
    h = step / steps
    slopes = np.zeros(STAGES)
    j, y = start
    equilibrium = y
    while equilibrium > 1e-4 * y and j < len(stages.x):
        for i in range(steps):
            begin = y
            for stage in range(STAGES):
                rate, g_entropy = _rate_within((j, i, stage), stages, average, scale, ln_m, bath)
                equilibrium = scale_equilibrium * stages.equilibrium[j, i, stage] / g_entropy
                known = begin
                for q in range(stage):
                    known += h * SDIRK[stage, q] * slopes[q]
                factor = GAMMA * h * rate
                known += factor * equilibrium**2
                y = 2.0 * known / (1.0 + np.sqrt(1.0 + 4.0 * factor * known))
                slopes[stage] = rate * (equilibrium - y) * (equilibrium + y)
        j += 1
    return j, y


@njit(cache=True)
def _tail(rates: tuple[float, float, float], step: float) -> tuple[float, float]:
    """Integral of L dlnx beyond the table, where L is a power of x, and its uncertainty, from the last three points."""
    first, before, last = rates
    if not 0.0 < last < before < first:
        return 0.0, 0.0
    power = np.log(before / last) / step
    # The power changes on the scale of an e-fold, ten cells.
    return last / power, 10.0 * last * abs(np.log(first / before) / step - power) / power**2


@njit(cache=True)
def _extent(
    point: Point, groups: tuple[Group, Group, Group], lattice: Lattice, temperature_today: float
) -> tuple[int, float, bool]:
    """Points of the table that this parameter point needs, the lowest eps, and whether the table reaches today.

    It ends in a power law: well after freeze-out, after e+e- annihilation (10 keV), and where thermal energies are far
    below the distance from the resonance.
    """
    distance = 1.0
    for g in range(GROUPS):
        distance = min(distance, max(abs(groups[g].pole_offset), point.w))
    x_today = point.m_dm / temperature_today
    x_last = max(3e3, point.m_dm / 0.01, 100.0 / max(distance, 1e-16))
    complete = x_last > x_today
    x_last = min(x_last, x_today)
    n_x = min(int(np.searchsorted(lattice.x, x_last)) + 4, len(lattice.x))  # interpolation reaches ahead
    return n_x, max(1e-4 * min(1.0 / x_last, distance), 1e-20), complete


@njit(cache=True)
def relic_yield(
    points: Points, kind: Kind, constants: Constants, bath: Bath, lattice: Lattice, k1: Array
) -> tuple[Array, Array]:
    """Yield Y = n/s today and its relative numerical error, each (n,); NaN where an input is NaN."""
    n = len(points.m_dm)
    size = len(lattice.x)
    result, error = np.full(n, np.nan), np.full(n, np.nan)
    work = (
        np.empty(MAX_NODES),
        np.empty(MAX_NODES),
        np.empty((MAX_NODES, TERMS)),
        np.empty(size + 4 * MAX_NODES),
    )
    tables, decays = np.zeros((2 * GROUPS, size)), np.zeros(2 * GROUPS)
    step = lattice.ln_x[1] - lattice.ln_x[0]
    for i in range(n):
        point = _point(points, i, constants)
        if np.isnan(point.r + point.w + point.strength + point.left + point.right + point.hadron):
            continue
        groups = _groups(point, constants)
        n_x, eps_low, complete = _extent(point, groups, lattice, constants.temperature_today)
        average = _tabulate(point, groups, kind, k1, lattice, (n_x, eps_low), work, tables, decays)
        ln_m = np.log(point.m_dm)
        scales = (
            kind.kappa * np.sqrt(np.pi / 45.0) * constants.planck / point.m_dm,
            45.0 / (4.0 * np.pi**4) * kind.degrees_of_freedom,
        )
        start = _start(average, scales, ln_m, lattice, bath)
        finer = 1 if lattice.x[start[0]] > X_LATE else 0
        stop, y = _integrate(start, lattice.stages[finer + 1], average, scales, ln_m, bath, step)
        stop_coarse, y_coarse = _integrate(start, lattice.stages[finer], average, scales, ln_m, bath, step)
        late, late_error, late_coarse = 0.0, 0.0, 0.0
        for j in range(min(stop, stop_coarse), n_x - 3):
            cell = 0.0
            for q in range(len(GAUSS_WEIGHTS)):
                rate, _ = _rate_within((j, 0, q), lattice.late, average, scales[0], ln_m, bath)
                cell += step * GAUSS_WEIGHTS[q] * rate
            late += cell if j >= stop else 0.0
            late_coarse += cell if j >= stop_coarse else 0.0
        if not complete:
            ends = [_rate_at(j, average, scales[0], ln_m, lattice, bath)[0] for j in range(n_x - 5, n_x - 2)]
            tail, late_error = _tail((ends[0], ends[1], ends[2]), step)
            late += tail
            late_coarse += tail
        # Richardson: halving the step of a method of order 4 leaves 1/15 of the difference.
        inverse = 1.0 / y + late
        correction = (inverse - 1.0 / y_coarse - late_coarse) / 15.0
        inverse += correction
        result[i] = 1.0 / inverse
        error[i] = (abs(correction) + late_error) / inverse
    return result, error
