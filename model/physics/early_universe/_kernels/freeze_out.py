"""Thermal average and Boltzmann equation, point by point, as written in freeze_out.py.

Inside, masses and energies are in units of the dark-matter mass m: e = sqrt(s)/m, r = m_U/m, w = Gamma/m. A *group* is
a set of final states that share a threshold e_min; its integral runs over t = ln eps, e = e_min + eps.

Everything lives on one lattice, x_j = X_START e^(CELL j) and eps_i = e^(CELL i) / X_START, so that x eps takes the
values e^(CELL (i + j)) alone and one table holds every Boltzmann factor there is.
"""

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

Array = NDArray[np.float64]
Integers = NDArray[np.int64]
Number = Any  # float on the nodes, complex at the pole: numba compiles both

X_START = 5.0  # where dark matter is still in equilibrium
CELL = 0.00625  # of the lattice, in ln x and in ln eps
STEP = 80  # of the trapezoid rule in ln eps, in cells
HADRON_STEP = 40  # of a group with hadrons: the poles of their resonances come close to the path
FINE_STEP = 16  # where time is no object
LATE_STEP = 40  # of the trapezoid rule in ln x after freeze-out, in cells

GROUPS = 6  # all that is open at rest; electrons, muons, taus and hadrons where they are closed; U pairs
ROWS = 7  # a group fills one row of nodes, or two where its step is half of STEP
TERMS = 4  # of the series of K1 in the rows
MAX_NODES = 640
CUT = 45.0  # e^-45 of the continuum is nothing
DEAD = 90.0  # e^-90 of a pole is nothing, even if U is so narrow that the pole is 1e17 times the continuum

SCHWINGER = np.pi / 2.0 - 3.0 / (4.0 * np.pi)  # of the correction of order alpha to pairs of leptons

TIGHT = 15.0  # L Y_eq / x beyond which Y follows Y_eq
FALL = 1.0  # e-folds of L Y_eq in one coarse step
NEGLIGIBLE = 0.05  # Y_eq / Y below which production is a small correction


class Points(NamedTuple):
    """Parameter points: masses and total width of U in one unit, couplings; each (n,).

    ``currents`` (n, k) are the squared couplings to the k parts of the hadronic current.
    """

    m_dm: Array
    m_u: Array
    m_higgs: Array
    width: Array
    g_dm: Array
    g_l: Array
    g_r: Array
    g_nu: Array
    currents: Array


class Hadrons(NamedTuple):
    """Parts of the hadronic current: R_k(s) = beta_pi^3 [constant + sum (slope (s - a) + height) / ((s - a)^2 + b^2)].

    ``centre`` a and ``breadth`` b, each (p,), in the squared unit of the points; ``constant`` (k,), ``slope`` and
    ``height`` (k, p).
    """

    constant: Array
    centre: Array
    breadth: Array
    slope: Array
    height: Array


class Constants(NamedTuple):
    """Masses, widths, Planck mass and temperature today, in the unit of the points."""

    electron: float
    muon: float
    tau: float
    pion: float
    alpha: float  # fine-structure constant, zero at tree level
    planck: float
    temperature_today: float


class UPairs(NamedTuple):
    """Coefficients of X X -> U U, in the order of the monomials in `_u_pairs`."""

    squares: tuple[float, float, float, float]
    contact: tuple[float, float, float]
    product: tuple[float, float, float, float, float, float, float, float, float]
    higgs: float
    higgs_product: tuple[float, float, float, float, float]
    higgs_contact: tuple[float, float, float]


class Kind(NamedTuple):
    """Weights of the cross-section's brackets, degrees of freedom and kappa of the dark matter, and X X -> U U."""

    axial: float
    vector: float
    mass: float
    degrees_of_freedom: float
    kappa: float
    with_u_pairs: bool
    u_pairs: UPairs


class Bath(NamedTuple):
    """Degrees of freedom on a uniform grid of ln T, one row for all points or one for each."""

    ln_t_first: float
    ln_t_step: float
    g_entropy: Array
    sqrt_g_star: Array


class Lattice(NamedTuple):
    """Functions of x on the lattice, each (size,), and the quadrature after freeze-out.

    ``norm`` = x^(1/2) / (8 x K2(x)^2 e^(2x)). ``equilibrium`` = x^2 K2(x) and ``fall`` = -dln(equilibrium)/dlnx end
    soon after any freeze-out. ``boltzmann[p, q]`` = e^-z, z = e^(CELL (STEP q + p - origin)), to where z passes CUT.
    ``late`` are offsets from the point where the quadrature starts, and ``late_weights`` go with them; from the last
    one it goes on in steps of LATE_STEP.
    """

    ln_x: Array
    x: Array
    norm: Array
    equilibrium: Array
    fall: Array
    boltzmann: Array
    origin: int
    late: Integers
    late_weights: Array


class Point(NamedTuple):
    """One parameter point: masses of dark matter and U, then all in units of the former.

    ``strength`` is g_X^2 / 12 pi, ``quartic`` g_X^4 / 16 pi, ``neutrino`` the square of the left-handed coupling summed
    over three flavours; ``alpha`` is zero at tree level.
    """

    m_dm: float
    m_u: float
    r: float
    higgs: float
    w: float
    strength: float
    quartic: float
    left: float
    right: float
    neutrino: float
    electron: float
    muon: float
    tau: float
    pion: float
    alpha: float


class Resonances(NamedTuple):
    """Hadrons of one point in units of the dark-matter mass, all parts together; the first ``size`` entries count."""

    constant: float
    centre: Array
    breadth: Array
    slope: Array
    height: Array
    size: int


class Group(NamedTuple):
    """Final states with a common threshold; ``gap`` = e_min - 2, ``pole_offset`` = r - e_min."""

    gap: float
    pole_offset: float
    neutrinos: bool
    electrons: bool
    muons: bool
    taus: bool
    hadrons: bool
    u_pairs: bool


Groups = tuple[Group, Group, Group, Group, Group, Group]


class Poles(NamedTuple):
    """What the trapezoid rule misses of each pole: Re[coefficient e^(-x eps) K1-series(x e)]; each (most,)."""

    eps: NDArray[np.complex128]
    e: NDArray[np.complex128]
    coefficient: NDArray[np.complex128]


class Average(NamedTuple):
    """Thermal average of one point: rows of nodes, and poles.

    ``weights`` (ROWS, TERMS, nodes) go with powers of 1/x; ``first``, ``size`` and ``gap`` of a row are the place of
    its first node on the lattice, their number and e_min - 2. A pole adds Re[e^(-x eps) sum series x^-l], eps = e - 2.
    """

    weights: Array
    first: Integers
    size: Integers
    gap: Array
    pole_eps: NDArray[np.complex128]
    pole_series: NDArray[np.complex128]
    rows: int
    poles: int


class Universe(NamedTuple):
    """What surrounds one point: the bath and its row, ln m, and the scales of L and of Y_eq."""

    bath: Bath
    row: int
    ln_m: float
    rate: float
    equilibrium: float


@njit(cache=True, inline="always")
def _lepton(eps: Number, e_min: float, spin: Number, offset: Number, mu: float, point: Point, kind: Kind) -> Number:
    """Velocity times the braces of the cross-section, in units of m^4; ``offset`` = e^2 - r^2."""
    e = e_min + eps
    # At the group's own threshold e_min - 2 mu is zero, and rounding must not make it negative.
    beta = np.sqrt((max(e_min - 2.0 * mu, 0.0) + eps) * (e + 2.0 * mu)) / e
    if point.alpha > 0.0:
        beta += point.alpha * (0.5 * np.pi - 0.25 * beta * (3.0 + beta) * SCHWINGER)
    square = point.left**2 + point.right**2
    current = e * e * square + mu * mu * (6.0 * point.left * point.right - square)
    longitudinal = 6.0 * (mu * (point.left - point.right) / point.r**2) ** 2 * offset * offset
    return beta * (current * spin + kind.mass * longitudinal)


@njit(cache=True)
def _hadrons(eps: Number, e_min: float, spin: Number, point: Point) -> Number:
    """beta_pi^3 times the braces for a massless lepton of unit vector coupling: R is this times `_resonances`."""
    e = e_min + eps
    beta2 = (max(e_min - 2.0 * point.pion, 0.0) + eps) * (e + 2.0 * point.pion) / (e * e)
    return 2.0 * beta2 * np.sqrt(beta2) * e * e * spin


@njit(cache=True)
def _resonances(s: Number, resonances: Resonances) -> Number:
    """Squared coupling times R(s) / beta_pi^3."""
    total = 0.0 * s + resonances.constant
    for p in range(resonances.size):
        distance = s - resonances.centre[p]
        peak = distance * distance + resonances.breadth[p] ** 2
        total += (resonances.slope[p] * distance + resonances.height[p]) / peak
    return total


@njit(cache=True)
def _no_resonances(size: int) -> Resonances:
    return Resonances(0.0, np.empty(size), np.empty(size), np.empty(size), np.empty(size), 0)


@njit(cache=True)
def _fill_resonances(point: Point, groups: Groups, currents: Array, hadrons: Hadrons, blank: Resonances) -> Resonances:
    """Hadrons of one point, in the arrays of ``blank``: those that couple, and none if no group has hadrons."""
    if not (groups[0].hadrons or groups[4].hadrons):
        return blank
    unit = 1.0 / point.m_dm**2
    constant, size = 0.0, 0
    for k in range(len(currents)):
        constant += currents[k] * hadrons.constant[k]
    for p in range(len(hadrons.centre)):
        slope, height = 0.0, 0.0
        for k in range(len(currents)):
            slope += currents[k] * hadrons.slope[k, p]
            height += currents[k] * hadrons.height[k, p]
        if slope != 0.0 or height != 0.0:
            blank.centre[size], blank.breadth[size] = hadrons.centre[p] * unit, hadrons.breadth[p] * unit
            blank.slope[size], blank.height[size] = slope * unit, height * unit * unit
            size += 1
    return Resonances(constant, blank.centre, blank.breadth, blank.slope, blank.height, size)


@njit(cache=True, inline="always")
def _numerator(eps: Number, offset: Number, group: Group, point: Point, kind: Kind, resonances: Resonances) -> Number:
    """Integrand over ln eps without U propagator, Bessel function and Boltzmann factor; analytic in eps."""
    e_min = 2.0 + group.gap
    e = e_min + eps
    momentum2 = (group.gap + eps) * (e + 2.0)
    spin = kind.axial * momentum2 + kind.vector * (e * e + 2.0)
    final_states = 0.0 * spin
    if group.electrons:
        final_states += _lepton(eps, e_min, spin, offset, point.electron, point, kind)
    if group.neutrinos:
        final_states += point.neutrino * e * e * spin
    if group.muons:
        final_states += _lepton(eps, e_min, spin, offset, point.muon, point, kind)
    if group.taus:
        final_states += _lepton(eps, e_min, spin, offset, point.tau, point, kind)
    if group.hadrons:
        final_states += _hadrons(eps, e_min, spin, point) * _resonances(e * e, resonances)
    return point.strength * eps * e * np.sqrt(momentum2) * final_states


@njit(cache=True)
def _artanh_over(r: float, quarter: float) -> float:
    """artanh(r)/r, with (1 - r^2)/4 given so that r may be close to 1."""
    value: float
    if r < 0.05:
        value = 1.0 + r * r * (1.0 / 3.0 + r * r * (1.0 / 5.0 + r * r * (1.0 / 7.0 + r * r / 9.0)))
    else:
        value = 0.5 * np.log((1.0 + r) ** 2 / (4.0 * quarter)) / r
    return value


@njit(cache=True)
def _u_pairs(eps: float, group: Group, point: Point, kind: Kind) -> float:
    """Integrand over ln eps of X X -> U U without Bessel function and Boltzmann factor; u = m_U^2, z = s."""
    e = 2.0 + group.gap + eps
    u, z, p = point.r**2, e * e, kind.u_pairs
    momentum2 = (group.gap + eps) * (e + 2.0)
    u_momentum2 = (max(2.0 + group.gap - 2.0 * point.r, 0.0) + eps) * (e + 2.0 * point.r)
    exchange, k = z - 2.0 * u, u * u + u_momentum2
    log = _artanh_over(np.sqrt(momentum2 * u_momentum2) / exchange, k / exchange**2)
    squares = p.squares[0] + p.squares[1] * z + (p.squares[2] + p.squares[3] * u) * u
    contact = (p.contact[0] * z / u + p.contact[1]) / u + p.contact[2]
    product = (p.product[0] * z * z / u + p.product[1] * z + p.product[2] * z * z) / u + p.product[3]
    product += (p.product[4] + p.product[5] * z) * z + (p.product[6] + p.product[7] * u + p.product[8] * z) * u
    bracket = 2.0 * squares / k + 2.0 * contact + 4.0 * product * log / exchange**2
    if p.higgs != 0.0:
        propagator = p.higgs / (z - point.higgs**2)
        linear = (p.higgs_product[0] * z / u + p.higgs_product[1]) * z / u + p.higgs_product[2]
        linear += p.higgs_product[3] * z + p.higgs_product[4] * u
        constant = (p.higgs_contact[0] * z / u + p.higgs_contact[1]) * z / u + p.higgs_contact[2]
        squared = momentum2 * ((0.125 * z / u - 0.5) * z / u + 1.5)
        bracket += propagator * (2.0 * constant - 4.0 * linear * log / exchange + propagator * squared)
    sigma_v = point.quartic * np.sqrt(u_momentum2) / e * max(bracket, 0.0) / z
    integrand: float = eps * e**3 * np.sqrt(momentum2) * sigma_v
    return integrand


@njit(cache=True)
def _point(points: Points, i: int, constants: Constants) -> Point:
    m_dm = points.m_dm[i]
    return Point(
        m_dm,
        points.m_u[i],
        points.m_u[i] / m_dm,
        points.m_higgs[i] / m_dm,
        points.width[i] / m_dm,
        points.g_dm[i] ** 2 / (12.0 * np.pi),
        points.g_dm[i] ** 4 / (16.0 * np.pi),
        points.g_l[i],
        points.g_r[i],
        3.0 * points.g_nu[i] ** 2,
        constants.electron / m_dm,
        constants.muon / m_dm,
        constants.tau / m_dm,
        constants.pion / m_dm,
        constants.alpha,
    )


@njit(cache=True)
def _matters(gap: float, threshold: float, point: Point) -> bool:
    """Whether final states that are closed at rest matter next to electrons: at x = 8, or because U reaches them.

    Where the pole outshines the continuum they have the share of U's branching fraction.
    """
    resonant = point.r > threshold and np.exp(-X_START * (point.r - 2.0)) > 1e-6 * point.w
    matters: bool = resonant or np.exp(-8.0 * gap) > 1e-8
    return matters


@njit(cache=True)
def _groups(point: Point, kind: Kind, currents: Array) -> Groups:
    """Groups of final states; one without any does not count. Closed at rest: e^(-x gap) buries them."""
    hadrons = False
    for k in range(len(currents)):
        hadrons = hadrons or currents[k] != 0.0
    electron, muon, tau, pion = 2.0 * point.electron, 2.0 * point.muon, 2.0 * point.tau, 2.0 * point.pion
    r = point.r
    muons_matter = muon > 2.0 and _matters(muon - 2.0, muon, point)
    taus_matter = tau > 2.0 and _matters(tau - 2.0, tau, point)
    pions_matter = pion > 2.0 and hadrons and _matters(pion - 2.0, pion, point)
    u_gap = max(2.0 * r - 2.0, 0.0)
    u_pairs = kind.with_u_pairs and X_START * u_gap < DEAD
    open_hadrons = hadrons and pion <= 2.0
    return (
        Group(0.0, r - 2.0, point.neutrino != 0.0, electron <= 2.0, muon <= 2.0, tau <= 2.0, open_hadrons, False),
        Group(electron - 2.0, r - electron, False, electron > 2.0, False, False, False, False),
        Group(muon - 2.0, r - muon, False, False, muons_matter, False, False, False),
        Group(tau - 2.0, r - tau, False, False, False, taus_matter, False, False),
        Group(pion - 2.0, r - pion, False, False, False, False, pions_matter, False),
        Group(u_gap, 0.0, False, False, False, False, False, u_pairs),
    )


@njit(cache=True)
def _counts(group: Group) -> bool:
    """Whether a group has any final state."""
    leptons: bool = group.neutrinos or group.electrons or group.muons or group.taus
    counts: bool = leptons or group.hadrons or group.u_pairs
    return counts


@njit(cache=True)
def _nodes(
    group: Group,
    point: Point,
    kind: Kind,
    resonances: Resonances,
    span: tuple[float, float],
    cells: int,
    eps: Array,
    weight: Array,
    poles: Poles,
) -> tuple[int, int, int]:
    """Fill nodes and weights of the trapezoid rule in ln eps, and poles; return the first on the lattice, both numbers.

    The U pole lies midway between two nodes, as nearly as the lattice allows, so that nothing cancels however narrow it
    is; the exact correction for it is -2 Re[2 pi i Res / (1 + e^(2 pi (|Im t_p| / h + i misfit)))]. Towards zero the
    integrand is a power of eps: the first weight takes the geometric series of all nodes below.
    """
    step = CELL * cells
    e_min = 2.0 + group.gap
    pole_eps = group.pole_offset - 1j * point.w / (1.0 + np.sqrt(1.0 - 1j * (point.w / point.r)))
    midway = np.log(X_START * max(abs(pole_eps), 1e-16)) / CELL + 0.5 * cells
    nearest = np.floor(midway + 0.5)
    lowest, highest = np.log(X_START * span[0]) / CELL, np.log(X_START * span[1]) / CELL
    first = int(nearest + cells * np.ceil((lowest - nearest) / cells))
    n = min(MAX_NODES, int((highest - first) / cells) + 1)
    width2 = (point.w * point.r) ** 2
    here, ratio = np.exp(CELL * first) / X_START, np.exp(step)
    for k in range(n):
        eps[k] = here
        if group.u_pairs:
            weight[k] = step * _u_pairs(here, group, point, kind)
        else:
            offset = (here - group.pole_offset) * (e_min + here + point.r)
            weight[k] = step * _numerator(here, offset, group, point, kind, resonances) / (offset * offset + width2)
        here *= ratio
    if 0.0 < weight[0] < weight[1]:
        weight[0] *= weight[1] / (weight[1] - weight[0])
    if group.u_pairs:
        return first, n, 0
    count = 0
    depth = -np.angle(pole_eps)
    # Deeper than 2.75 steps the correction is below 1e-7 of the pole.
    if point.w > 0.0 and 0.0 < depth < 2.75 * step:
        pole_e = e_min + pole_eps
        width = point.w * point.r
        numerator = _numerator(pole_eps, -1j * width, group, point, kind, resonances)
        turn = np.exp(2.0 * np.pi * (depth / step + 1j * ((midway - nearest) / cells)))
        poles.eps[0], poles.e[0] = pole_eps, pole_e
        poles.coefficient[0] = np.pi * numerator / (width * pole_e * pole_eps * (1.0 + turn))
        count = 1
    if group.hadrons:
        count = _hadron_poles(group, point, kind, resonances, step, CELL * first - np.log(X_START), poles, count)
    return first, n, count


@njit(cache=True)
def _hadron_poles(
    group: Group,
    point: Point,
    kind: Kind,
    resonances: Resonances,
    step: float,
    ln_first: float,
    poles: Poles,
    count: int,
) -> int:
    """Add what the trapezoid rule misses of hadronic resonances, 2 Re[2 pi i Res / (e^(2 pi i (t_p - t_0)/h) - 1)]."""
    e_min = 2.0 + group.gap
    for p in range(resonances.size):
        breadth = resonances.breadth[p]
        if breadth == 0.0:
            continue
        e = np.sqrt(resonances.centre[p] - 1j * breadth)
        eps = e - e_min
        depth = -np.angle(eps)
        if not 0.0 < depth < 2.75 * step or X_START * eps.real > DEAD:
            continue
        momentum2 = (group.gap + eps) * (e + 2.0)
        spin = kind.axial * momentum2 + kind.vector * (e * e + 2.0)
        offset = (eps - group.pole_offset) * (e + point.r)
        propagator = offset * offset + (point.w * point.r) ** 2
        around = point.strength * eps * e * np.sqrt(momentum2) * _hadrons(eps, e_min, spin, point) / propagator
        residue = (0.5 * resonances.slope[p] + 0.5j * resonances.height[p] / breadth) / (2.0 * e * eps)
        turn = np.exp(2j * np.pi * (np.log(eps) - ln_first) / step)
        poles.eps[count], poles.e[count] = eps, e
        poles.coefficient[count] = 4j * np.pi * around * residue / (turn - 1.0)
        count += 1
    return count


@njit(cache=True)
def _blank_poles(size: int) -> Poles:
    return Poles(
        np.empty(size, dtype=np.complex128), np.empty(size, dtype=np.complex128), np.empty(size, dtype=np.complex128)
    )


@njit(cache=True)
def _series(inverse: Number, coefficients: Array) -> Number:
    """Polynomial in 1/z by Horner's rule."""
    total = 0.0 * inverse + coefficients[-1]
    for i in range(len(coefficients) - 2, -1, -1):
        total = total * inverse + coefficients[i]
    return total


@njit(cache=True)
def thermal_average(x: Array, points: Points, kind: Kind, constants: Constants, hadrons: Hadrons, k1: Array) -> Array:
    """Thermal average without the factor norm / m^2, shape (n, k), at k values of x = m/T.

    ``k1`` are coefficients a_l of K1(z) = z^(-1/2) e^(-z) sum a_l z^(-l).
    """
    result = np.zeros((len(points.m_dm), len(x)))
    eps, weight = np.empty(MAX_NODES), np.empty(MAX_NODES)
    poles = _blank_poles(1 + len(hadrons.centre))
    blank = _no_resonances(len(hadrons.centre))
    for i in range(len(points.m_dm)):
        point = _point(points, i, constants)
        groups = _groups(point, kind, points.currents[i])
        resonances = _fill_resonances(point, groups, points.currents[i], hadrons, blank)
        for g in range(GROUPS):
            group = groups[g]
            if not _counts(group):
                continue
            cells = FINE_STEP if group.hadrons else 4 * FINE_STEP
            for j in range(len(x)):
                low = max(1e-4 * min(1.0 / x[j], max(abs(group.pole_offset), point.w)), 1e-20)
                _, n, count = _nodes(group, point, kind, resonances, (low, CUT / x[j]), cells, eps, weight, poles)
                total = 0.0
                for p in range(count):
                    value = poles.coefficient[p] * np.exp(-x[j] * poles.eps[p])
                    total += (value * _series(1.0 / (x[j] * poles.e[p]), k1) / np.sqrt(poles.e[p])).real
                for k in range(n):
                    e = 2.0 + group.gap + eps[k]
                    total += weight[k] * np.exp(-x[j] * eps[k]) * _series(1.0 / (x[j] * e), k1) / np.sqrt(e)
                result[i, j] += np.exp(-x[j] * group.gap) * total
    return result


@njit(cache=True)
def _tabulate(
    point: Point,
    groups: Groups,
    kind: Kind,
    resonances: Resonances,
    k1: Array,
    eps_low: float,
    work: tuple[Array, Array, Poles],
    blank: Average,
) -> Average:
    """Nodes and poles of one point, in the arrays of ``blank``. The series of K1(x e) separates x from e."""
    eps, weight, near = work
    rows, poles = 0, 0
    for g in range(GROUPS):
        group = groups[g]
        if not _counts(group):
            continue
        cells = HADRON_STEP if group.hadrons else STEP
        span = (eps_low, CUT / X_START)
        first, n, count = _nodes(group, point, kind, resonances, span, cells, eps, weight, near)
        interleaved = STEP // cells
        for i in range(interleaved):
            size = 0
            for k in range(i, n, interleaved):
                inverse = 1.0 / (2.0 + group.gap + eps[k])
                value = weight[k] * np.sqrt(inverse)
                for term in range(TERMS):
                    blank.weights[rows, term, size] = k1[term] * value
                    value *= inverse
                size += 1
            blank.first[rows], blank.size[rows], blank.gap[rows] = first + cells * i, size, group.gap
            rows += 1
        for p in range(count):
            blank.pole_eps[poles] = group.gap + near.eps[p]
            value = near.coefficient[p] / np.sqrt(near.e[p])
            for term in range(TERMS):
                blank.pole_series[poles, term] = k1[term] * value
                value /= near.e[p]
            poles += 1
    return Average(blank.weights, blank.first, blank.size, blank.gap, blank.pole_eps, blank.pole_series, rows, poles)


@njit(cache=True, inline="always")
def _sum_over_nodes(weights: Array, size: int, boltzmann: Array, first: int, inverse: float) -> float:
    """Sum of weights times Boltzmann factors, a polynomial in 1/x."""
    s0, s1, s2, s3 = 0.0, 0.0, 0.0, 0.0
    for k in range(min(size, len(boltzmann) - first)):
        factor = boltzmann[first + k]
        s0 += factor * weights[0, k]
        s1 += factor * weights[1, k]
        s2 += factor * weights[2, k]
        s3 += factor * weights[3, k]
    return s0 + (s1 + (s2 + s3 * inverse) * inverse) * inverse


@njit(cache=True, inline="always")
def _lookup(ln_t: float, bath: Bath, row: int) -> tuple[float, float]:
    """g_entropy and sqrt_g_star, linear in ln T, constant beyond the table."""
    last = bath.g_entropy.shape[1] - 2
    position = (ln_t - bath.ln_t_first) / bath.ln_t_step
    i = min(max(int(position), 0), last)
    f = min(max(position - i, 0.0), 1.0)
    return (
        (1.0 - f) * bath.g_entropy[row, i] + f * bath.g_entropy[row, i + 1],
        (1.0 - f) * bath.sqrt_g_star[row, i] + f * bath.sqrt_g_star[row, i + 1],
    )


@njit(cache=True, inline="always")
def _rate(j: int, average: Average, lattice: Lattice, universe: Universe) -> tuple[float, float]:
    """L = -dY/dlnx / (Y^2 - Y_eq^2) at point j of the lattice, and g_entropy."""
    x = lattice.x[j]
    inverse = 1.0 / x
    total = 0.0
    for row in range(average.rows):
        at = j + average.first[row] + lattice.origin
        phase = at % STEP
        value = _sum_over_nodes(average.weights[row], average.size[row], lattice.boltzmann[phase], at // STEP, inverse)
        total += value * np.exp(-x * average.gap[row]) if average.gap[row] > 0.0 else value
    for pole in range(average.poles):
        eps = average.pole_eps[pole]
        if x * eps.real < DEAD:
            series = average.pole_series[pole]
            value = series[0] + (series[1] + (series[2] + series[3] * inverse) * inverse) * inverse
            angle = x * eps.imag
            total += np.exp(-x * eps.real) * (value.real * np.cos(angle) + value.imag * np.sin(angle))
    g_entropy, sqrt_g_star = _lookup(universe.ln_m - lattice.ln_x[j], universe.bath, universe.row)
    return universe.rate * sqrt_g_star * lattice.norm[j] * total, g_entropy


@njit(cache=True)
def _start(average: Average, lattice: Lattice, universe: Universe) -> tuple[int, float]:
    """Last point of the lattice in tight equilibrium, found by bisection, and Y there; else the first, and Y_eq.

    There Y^2 - Y_eq^2 = -Y'/L is good to a percent with Y' = Y_eq', and by freeze-out that error has shrunk by
    e^(-2 TIGHT).
    """
    tight, beyond = -1, len(lattice.equilibrium)
    j = 0
    y = 0.0
    while True:
        rate, g_entropy = _rate(j, average, lattice, universe)
        equilibrium = universe.equilibrium * lattice.equilibrium[j] / g_entropy
        if rate * equilibrium > TIGHT * lattice.x[j]:
            tight, y = j, np.sqrt(equilibrium**2 + lattice.fall[j] * equilibrium / rate)
        elif j == 0:
            return 0, equilibrium
        else:
            beyond = j
        if beyond - tight <= 4:
            return tight, y
        j = (tight + beyond) // 2


@njit(cache=True)
def _advance(y: float, samples: Array, where: tuple[int, int, int], step: float) -> float:
    """One Magnus step of order 4 for y = Y / (c F), from begin over middle to end; Y_eq = c F / g_s.

    With y = p/q the Riccati equation dY/dlnx = -L (Y^2 - Y_eq^2) is linear: (p, q)' = A (p, q), A = ((d, b), (k, 0)),
    with d = -dlnF/dlnx, k = L c F and b = k / g_s^2, the columns of ``samples``. The step is exp(Omega) with
    Omega = int A + h^2/12 [A_end - A_begin, A_middle]; of this exponential of a 2 x 2 matrix the ratio p/q counts.
    """
    begin, middle, end = where
    d0, d1, d2 = samples[begin, 0], samples[middle, 0], samples[end, 0]
    k0, k1, k2 = samples[begin, 1], samples[middle, 1], samples[end, 1]
    b0, b1, b2 = samples[begin, 2], samples[middle, 2], samples[end, 2]
    simpson, commutator = step / 6.0, step * step / 12.0
    dd, dk, db = d2 - d0, k2 - k0, b2 - b0
    diagonal = 0.5 * simpson * (d0 + 4.0 * d1 + d2) + commutator * (db * k1 - b1 * dk)
    upper = simpson * (b0 + 4.0 * b1 + b2) + commutator * (dd * b1 - d1 * db)
    lower = simpson * (k0 + 4.0 * k1 + k2) + commutator * (dk * d1 - k1 * dd)
    root = np.sqrt(max(diagonal * diagonal + upper * lower, 1e-300))
    t = np.tanh(root) / root
    advanced: float = (y + t * (diagonal * y + upper)) / (1.0 + t * (lower * y - diagonal))
    return advanced


@njit(cache=True)
def _sample(
    j: int, stride: int, rows: range, average: Average, lattice: Lattice, universe: Universe, samples: Array
) -> None:
    """Fill rows of ``samples``, row i at the point j + stride i of the lattice; columns as in `_advance`."""
    for i in rows:
        at = j + stride * i
        rate, g_entropy = _rate(at, average, lattice, universe)
        samples[i, 0] = lattice.fall[at]
        samples[i, 1] = rate * universe.equilibrium * lattice.equilibrium[at]
        samples[i, 2] = samples[i, 1] / g_entropy**2


@njit(cache=True)
def _fall(begin: float, end: float, interval: float) -> float:
    """Mean -dln/dlnx of a positive function, 0 if nothing is left of it."""
    if not (begin > 0.0 and end > 0.0):
        return 0.0
    fall: float = np.log(begin / end) / interval
    return fall


@njit(cache=True)
def _freeze_out(
    average: Average, lattice: Lattice, universe: Universe, samples: Array
) -> tuple[int, float, float, float]:
    """Integrate until Y_eq is negligible: point of the lattice, 1/Y by coarse and by fine steps, and what it overrates.

    Once Y_eq is negligible 1/Y grows by the integral of L but for the small last number, int L (Y_eq/Y)^2 dlnx.
    """
    j, y = _start(average, lattice, universe)
    scale = universe.equilibrium
    fine = y / (scale * lattice.equilibrium[j])
    coarse = fine
    _sample(j, 1, range(2), average, lattice, universe, samples)
    fall = max(lattice.x[j], _fall(samples[0, 1], samples[1, 1], CELL))
    last = 0.0
    while True:
        # A coarse step is two fine ones, of two quarters each.
        quarter = max(1, int(0.25 * FALL / (CELL * fall)))
        _sample(j, quarter, range(1, 5), average, lattice, universe, samples)
        step = 2.0 * quarter * CELL
        fine = _advance(_advance(fine, samples, (0, 1, 2), step), samples, (2, 3, 4), step)
        coarse = _advance(coarse, samples, (0, 2, 4), 2.0 * step)
        j += 4 * quarter
        fall = max(lattice.x[j], _fall(samples[0, 1], samples[4, 1], 2.0 * step))
        # L Y_eq^2 = c F b, and Y = c F fine
        production = samples[4, 2] / (scale * lattice.equilibrium[j] * fine**2)
        last = production / (_fall(samples[2, 2], samples[4, 2], step) + samples[4, 0])
        if samples[4, 2] <= (NEGLIGIBLE * fine) ** 2 * samples[4, 1] or j + 4 * quarter >= len(lattice.fall):
            break
        samples[0] = samples[4]
    unit = scale * lattice.equilibrium[j]
    return j, 1.0 / (unit * coarse), 1.0 / (unit * fine), last


@njit(cache=True)
def _beyond(last: float, before: float, reach: float) -> float:
    """Integral of L dlnx to ``reach`` beyond the last node, plus the end correction of the sum over the nodes.

    L is a power of x. On an infinite line the trapezoid rule is exact, so the sum may be continued into the past of a
    rising power, or the future of a falling one, where both it and the integral are known.
    """
    if not (last > 0.0 and before > 0.0):
        return 0.0
    step = LATE_STEP * CELL
    power = np.log(last / before) / step
    if abs(power) < 1e-5:
        power = 1e-5
    integral: float = last * (np.exp(power * reach) / power - step / (1.0 - np.exp(min(-power * step, 700.0))))
    return integral


@njit(cache=True)
def _late(
    start: int, x_last: float, ln_x_today: float, average: Average, lattice: Lattice, universe: Universe
) -> tuple[float, float]:
    """Integral of L dlnx from the point ``start`` to today, and its uncertainty.

    The integrand is analytic in x, so the trapezoid rule converges exponentially but for its ends.
    """
    total, rate, before, earlier = 0.0, 0.0, 0.0, 0.0
    regular = len(lattice.late) - 1
    i, j, weight = 0, start, 0.0
    while True:
        if i <= regular:
            j, weight = start + lattice.late[i], lattice.late_weights[i]
        else:
            j, weight = j + LATE_STEP, LATE_STEP * CELL
        earlier, before = before, rate
        rate, _ = _rate(j, average, lattice, universe)
        total += weight * rate
        if i >= regular + 2 and (lattice.x[j] > x_last or j + LATE_STEP >= len(lattice.x)):
            break
        i += 1
    reach = ln_x_today - lattice.ln_x[j]
    beyond = _beyond(rate, before, reach)
    # The power of x may change as much again as it did over the last step.
    change = abs(beyond - _beyond(rate, rate * earlier / before, reach)) if before > 0.0 else 0.0
    return total + beyond, change


@njit(cache=True)
def relic_yield(
    points: Points,
    kind: Kind,
    constants: Constants,
    hadrons: Hadrons,
    bath: Bath,
    lattice: Lattice,
    k1: Array,
) -> tuple[Array, Array]:
    """Yield Y = n/s today and its relative numerical error, each (n,); NaN where an input is NaN."""
    n = len(points.m_dm)
    result, error = np.full(n, np.nan), np.full(n, np.nan)
    work = np.empty(MAX_NODES), np.empty(MAX_NODES), _blank_poles(1 + len(hadrons.centre))
    no_resonances = _no_resonances(len(hadrons.centre))
    most_poles = GROUPS - 1 + len(hadrons.centre)
    blank = Average(
        np.empty((ROWS, TERMS, MAX_NODES)),
        np.zeros(ROWS, dtype=np.int64),
        np.zeros(ROWS, dtype=np.int64),
        np.zeros(ROWS),
        np.zeros(most_poles, dtype=np.complex128),
        np.zeros((most_poles, TERMS), dtype=np.complex128),
        0,
        0,
    )
    samples = np.empty((5, 3))
    for i in range(n):
        point = _point(points, i, constants)
        couplings = point.left + point.right + point.neutrino
        for k in range(points.currents.shape[1]):
            couplings += points.currents[i, k]
        if np.isnan(point.r + point.w + point.strength + couplings):
            continue
        groups = _groups(point, kind, points.currents[i])
        resonances = _fill_resonances(point, groups, points.currents[i], hadrons, no_resonances)
        distance = 1.0
        for g in range(GROUPS - 1):
            if _counts(groups[g]):
                distance = min(distance, max(abs(groups[g].pole_offset), point.w))
        for p in range(resonances.size):
            if resonances.breadth[p] > 0.0:
                distance = min(distance, abs(np.sqrt(resonances.centre[p] - 1j * resonances.breadth[p]) - 2.0))
        # Beyond this L is a power of x: well after freeze-out, after e+e- annihilation (10 keV), and where thermal
        # energies are far below the distance from the resonance.
        x_today = point.m_dm / constants.temperature_today
        x_last = min(max(3e3, point.m_dm / 0.01, 300.0 / max(distance, 1e-16)), x_today)
        eps_low = max(1e-2 * min(1.0 / x_last, distance), 1e-20)
        average = _tabulate(point, groups, kind, resonances, k1, eps_low, work, blank)
        universe = Universe(
            bath,
            min(i, len(bath.g_entropy) - 1),
            np.log(point.m_dm),
            kind.kappa * np.sqrt(np.pi / 45.0) * constants.planck / point.m_dm,
            45.0 / (4.0 * np.pi**4) * kind.degrees_of_freedom,
        )
        stop, coarse, fine, overrated = _freeze_out(average, lattice, universe, samples)
        late, late_error = _late(stop, x_last, np.log(x_today), average, lattice, universe)
        # Richardson: halving the step of a method of order 4 leaves 1/15 of the difference.
        correction = (fine - coarse) / 15.0
        inverse = fine + correction + late - overrated
        result[i] = 1.0 / inverse
        error[i] = (abs(correction) + late_error) / inverse
    return result, error
