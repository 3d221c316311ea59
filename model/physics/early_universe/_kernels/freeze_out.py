"""Thermal average and Boltzmann equation, point by point, as written in freeze_out.py.

Inside, masses and energies are in units of the dark-matter mass m: e = sqrt(s)/m, r = m_U/m, w = Gamma/m. A *group* is
a set of final states that share a threshold e_min; its integral runs over t = ln eps, e = e_min + eps.

The sums over nodes are added in the order that suits the vector unit of the processor: the last bits of a result depend
on the kind of processor, as they do on its library of exponentials, and on nothing else.

All functions are on one lattice, x_j = X_START e^(CELL j) and eps_i = e^(CELL i) / X_START. Products x eps then take
only the values e^(CELL (i + j)), and one table holds all Boltzmann factors.

How to read this kernel, which follows docs/physics/early_universe.md 2, 3, 9 and 11:

1. `relic_yield` (temperature of the photons) and `coupled_yield` (temperature of its own) loop over points.
2. `_point` scales a point by m, `_groups` sorts final states by threshold, `_fill_resonances` scales R(s).
3. `_numerator` is the integrand of <sigma v> for one group: `_lepton` and `_hadrons`, or `_u_pairs`.
4. `_nodes` and `_hadron_poles` compute, once for each point, the nodes and weights of the trapezoid rule in ln eps, and
   the exact corrections for the pole of U and for those of hadronic resonances. `_tabulate` collects them: <sigma v> at
   any x is then a sum of weights times Boltzmann factors (`_sum_over_nodes`) plus the poles.
5. `_rate` is L, the coefficient of dY/dlnx = -L (Y^2 - Y_eq^2).
6. `_start` finds the end of tight equilibrium; dark matter that never was in equilibrium has Y of `_from_nothing` at
   X_START. `_freeze_out` integrates until Y_eq is negligible with steps `_advance`
   of order 4, twice with two step sizes, and `_late` integrates L to today.
7. For a temperature of its own: `_second_moments` adds <sigma v>_2 to the nodes, `_extend` tabulates both averages in
   ln x as far as they are needed, `_slopes` gives the derivatives of ln Y and of the temperature with their Jacobian,
   and `_evolve` integrates them by the stiff method of `_step`.
"""

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

Array = NDArray[np.float64]
Integers = NDArray[np.int64]
Number = Any  # float on the nodes, complex at the pole: numba compiles both

X_START = 5.0  # where dark matter is still in equilibrium
X_CLOSED = 8.0  # where final states that are closed at rest count if they are 1e-8 of the open ones
CELL = 0.00625  # of the lattice, in ln x and in ln eps
STEP = 80  # of the trapezoid rule in ln eps, in cells
HADRON_STEP = 40  # of a group with hadrons: the poles of their resonances come close to the path
FINE_STEP = 16  # the same in `thermal_average`, where speed does not matter
LATE_STEP = 40  # of the trapezoid rule in ln x after freeze-out, in cells

GROUPS = 7  # all open at rest; electrons, muons, taus and hadrons where they are closed; pseudoscalars; U pairs
ROWS = 8  # a group fills one row of nodes, or two where its step is half of STEP
TERMS = 4  # of the series of K1 in the rows
MAX_NODES = 640
CUT = 45.0  # the integral is cut where the Boltzmann factor is e^-45
DEAD = 90.0  # poles and closed final states are left out below e^-90: a narrow U has a pole of 1e17 times the continuum

SCHWINGER = np.pi / 2.0 - 3.0 / (4.0 * np.pi)  # of the correction of order alpha to pairs of leptons

TIGHT = 15.0  # L Y_eq / x beyond which Y follows Y_eq
FALL = 1.0  # e-folds of L Y_eq in one coarse step
NEGLIGIBLE = 0.05  # Y_eq / Y below which production is a small correction

MOMENT_TERMS = 5  # powers of 1/x, from x^1 down, of the second moment in the rows
TRACK_STEP = 16  # of the averages that the coupled equations interpolate, in cells
TRACK_SIZE = 400  # reaches x = 1e18
TRACK_RATE = 1.0 / (TRACK_STEP * CELL)  # entries for each unit of ln x
FINE_TRACK = 30  # entries to x = 100, after which they are twice as far apart
COARSE_TRACK = FINE_TRACK + 3  # the first of these, one before x = 100; so each part has neighbours of one spacing
TOLERANCE = 2e-4  # of ln Y in one step of the coupled equations; ten times that of ln T_X
DOUBT = 0.2  # of the local errors of a formula of order 3, added up, in the result of order 4: at most 0.1 was seen
QUIET = 1e-5  # rates over H that no longer change anything
MAX_STEPS = 2000
LARGEST_CHANGE = 3.0  # of ln Y and of ln(T_X a^2) in one step
BACK = 32  # cells of one step back in the search for tight equilibrium
GONE = 3e-6  # Y_eq / Y below which production has ceased
LN_X_START = float(np.log(X_START))
# Functions that no Python calls do without the code that unpacks Python's objects, half of what would be compiled.
INNER: dict[str, Any] = {"cache": True, "error_model": "numpy", "no_cpython_wrapper": True, "no_cfunc_wrapper": True}
# A call passes every field of every array of its tuples, about 130 words for `_rate`, which takes longer than the sum.
INLINED: dict[str, Any] = INNER | {"forceinline": True}
# Vector instructions add in an order of their own, which this allows. It is a property of the processor alone: a point
# has the same bits in any batch.
SUM: dict[str, Any] = INLINED | {"fastmath": {"reassoc"}}
# Only indices without a sign let the compiler see that the nodes of a row are neighbours.
FIRST, SECOND, THIRD, FOURTH, FIFTH = (np.uint64(term) for term in range(5))
# Places in the array of scalars of `_slopes`
LN_M, RATE, EQUILIBRIUM, DRAG, BATH_FIRST, BATH_RATE, EXCHANGE_FIRST, EXCHANGE_RATE, GAP = range(9)
K2 = 9
COOLING = K2 + TERMS
COOLING_TERMS = 7


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
    yukawa: Array
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


class Moments(NamedTuple):
    """Series for the second moment, and functions of a Maxwell-Juettner gas, for x >= X_START.

    ``k0``, ``k1`` and ``k2`` are coefficients a_l of K(z) = z^(-1/2) e^(-z) sum a_l z^(-l); ``remainder`` (l, m) those
    of z^(-l) q^m in `_second_moments`, and ``cooling`` those of powers of 1/x of <p^4/E^3> / 3T.
    """

    k0: Array
    k1: Array
    k2: Array
    remainder: Array
    cooling: Array


class Exchange(NamedTuple):
    """Momentum exchange with the bath on a uniform grid of ln T, (n, k), or (k,) of one point.

    ``ln_gamma`` is the logarithm of the rate and ``pull`` the temperature to which it drives, over that of the photons.
    """

    ln_t_first: float
    ln_t_step: float
    ln_gamma: Array
    pull: Array


class Origin(NamedTuple):
    """Abundance at T >> m: in equilibrium, or nothing; and the fraction of equilibrium that U reaches, (n,)."""

    nothing: bool
    u_fraction: Array


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
    yukawa4: float
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
    pseudoscalars: bool


Groups = tuple[Group, Group, Group, Group, Group, Group, Group]


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
    """What surrounds one point: the bath and its row, ln m, and the scales of L, of Y_eq and of gamma / H."""

    bath: Bath
    row: int
    ln_m: float
    rate: float
    equilibrium: float
    drag: float


class Epoch(NamedTuple):
    """What the coupled equations need of one time.

    A slope is the derivative of the logarithm in ln x, but those of ``hot`` and ``hot2`` are derivatives.
    ``ln_ratio`` + u is ln(T_X / T), ``unit`` times Y <sigma v> m^2 a rate over H, ``equilibrium`` Y_eq; ``hot`` and
    ``hot2`` are <sigma v> and <sigma v>_2 at the temperature of the bath, ``drag`` is gamma / H and ``pull`` the
    temperature to which it drives, over that of the photons.
    """

    ln_x: float
    x: float
    inverse: float
    ln_ratio: float
    unit: float
    g_slope: float
    star_slope: float
    equilibrium: float
    eq_slope: float
    hot: float
    hot2: float
    hot_slope: float
    hot2_slope: float
    drag: float
    drag_slope: float
    pull: float


class Rates(NamedTuple):
    """ln(T_X / T), T / T_X, T_X / m and rates over H; the slopes are derivatives in ln x_X."""

    w: float
    hotter: float
    inverse_x: float
    decay: float
    decay2: float
    decay_slope: float
    decay2_slope: float
    made: float
    made2: float
    cooling: float


class Slopes(NamedTuple):
    """Derivatives of y = ln Y and u = ln(T_X a^2) in ln x, their Jacobian and derivatives, and the rates at work."""

    d_y: float
    d_u: float
    j_yy: float
    j_yu: float
    j_uy: float
    j_uu: float
    t_y: float
    t_u: float
    ln_x_x: float
    busy: float
    decay: float


@njit(**INNER)
def _lepton(eps: Number, e_min: float, spin: Number, offset: Number, mu: float, point: Point, kind: Kind) -> Number:
    """Velocity times the braces of the cross-section, in units of m^4; ``offset`` = e^2 - r^2."""
    e = e_min + eps
    # At the threshold of the group e_min - 2 mu is zero; rounding must not make it negative.
    beta = np.sqrt((max(e_min - 2.0 * mu, 0.0) + eps) * (e + 2.0 * mu)) / e
    if point.alpha > 0.0:
        beta += point.alpha * (0.5 * np.pi - 0.25 * beta * (3.0 + beta) * SCHWINGER)
    square = point.left**2 + point.right**2
    current = e * e * square + mu * mu * (6.0 * point.left * point.right - square)
    longitudinal = 6.0 * (mu * (point.left - point.right) / point.r**2) ** 2 * offset * offset
    return beta * (current * spin + kind.mass * longitudinal)


@njit(**INNER)
def _hadrons(eps: Number, e_min: float, spin: Number, point: Point) -> Number:
    """beta_pi^3 times the braces for a massless lepton of unit vector coupling: R is this times `_resonances`."""
    e = e_min + eps
    beta2 = (max(e_min - 2.0 * point.pion, 0.0) + eps) * (e + 2.0 * point.pion) / (e * e)
    return 2.0 * beta2 * np.sqrt(beta2) * e * e * spin


@njit(**INNER)
def _resonances(s: Number, resonances: Resonances) -> Number:
    """Squared coupling times R(s) / beta_pi^3."""
    total = 0.0 * s + resonances.constant
    for p in range(resonances.size):
        distance = s - resonances.centre[p]
        peak = distance * distance + resonances.breadth[p] ** 2
        total += (resonances.slope[p] * distance + resonances.height[p]) / peak
    return total


@njit(**INNER)
def _no_resonances(size: int) -> Resonances:
    return Resonances(0.0, np.empty(size), np.empty(size), np.empty(size), np.empty(size), 0)


@njit(**INNER)
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


@njit(**INNER)
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


@njit(**INNER)
def _artanh_over(r: float, quarter: float) -> float:
    """artanh(r)/r, with (1 - r^2)/4 given so that r may be close to 1."""
    value: float
    if r < 0.05:
        value = 1.0 + r * r * (1.0 / 3.0 + r * r * (1.0 / 5.0 + r * r * (1.0 / 7.0 + r * r / 9.0)))
    else:
        value = 0.5 * np.log((1.0 + r) ** 2 / (4.0 * quarter)) / r
    return value


@njit(**INNER)
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


@njit(**INNER)
def _pseudoscalars(eps: float, point: Point, kind: Kind) -> float:
    """Integrand over ln eps of X X -> a a without Bessel function and Boltzmann factor; z = s, and m_rho = m."""
    e = 2.0 + eps
    z, momentum2 = e * e, eps * (e + 2.0)
    if kind.degrees_of_freedom == 2.0 and kind.mass == 0.0:  # complex scalar
        sigma_v = point.yukawa4 / (4.0 * np.pi) * z / (z - 1.0) ** 2
    else:
        log = _artanh_over(np.sqrt(momentum2) / e, 1.0 / z)
        radial = z / (z - 1.0)
        exchange = 8.0 * (z - 4.0 * log) * (1.0 - 2.0 * radial) + 8.0 * momentum2 * radial**2
        sigma_v = point.yukawa4 / (256.0 * np.pi * z) * max(exchange, 0.0)
    integrand: float = eps * e**3 * np.sqrt(momentum2) * sigma_v
    return integrand


@njit(**INNER)
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
        points.yukawa[i] ** 4,
        constants.electron / m_dm,
        constants.muon / m_dm,
        constants.tau / m_dm,
        constants.pion / m_dm,
        constants.alpha,
    )


@njit(**INNER)
def _matters(gap: float, threshold: float, point: Point, x_closed: float) -> bool:
    """Whether final states that are closed at rest matter next to electrons: at x_closed, or because U reaches them.

    Where the pole is larger than the continuum their fraction is the branching fraction of U.
    """
    resonant = point.r > threshold and np.exp(-X_START * (point.r - 2.0)) > 1e-6 * point.w
    matters: bool = resonant or np.exp(-x_closed * gap) > 1e-8
    return matters


@njit(**INNER)
def _groups(point: Point, kind: Kind, currents: Array, x_closed: float, x_first: float) -> Groups:
    """Groups of final states; one without any does not count. Closed at rest: e^(-x gap) buries them.

    ``x_closed`` decides on those that are closed at rest, and ``x_first`` is the smallest x of interest.
    """
    hadrons = False
    for k in range(len(currents)):
        hadrons = hadrons or currents[k] != 0.0
    electron, muon, tau, pion = 2.0 * point.electron, 2.0 * point.muon, 2.0 * point.tau, 2.0 * point.pion
    r = point.r
    muons_matter = muon > 2.0 and _matters(muon - 2.0, muon, point, x_closed)
    taus_matter = tau > 2.0 and _matters(tau - 2.0, tau, point, x_closed)
    pions_matter = pion > 2.0 and hadrons and _matters(pion - 2.0, pion, point, x_closed)
    u_gap = max(2.0 * r - 2.0, 0.0)
    u_pairs = kind.with_u_pairs and x_first * u_gap < DEAD
    open_hadrons = hadrons and pion <= 2.0
    return (
        Group(
            0.0, r - 2.0, point.neutrino != 0.0, electron <= 2.0, muon <= 2.0, tau <= 2.0, open_hadrons, False, False
        ),
        Group(electron - 2.0, r - electron, False, electron > 2.0, False, False, False, False, False),
        Group(muon - 2.0, r - muon, False, False, muons_matter, False, False, False, False),
        Group(tau - 2.0, r - tau, False, False, False, taus_matter, False, False, False),
        Group(pion - 2.0, r - pion, False, False, False, False, pions_matter, False, False),
        Group(0.0, 1.0, False, False, False, False, False, False, point.yukawa4 > 0.0),
        Group(u_gap, 0.0, False, False, False, False, False, u_pairs, False),
    )


@njit(**INNER)
def _counts(group: Group) -> bool:
    """Whether a group has any final state."""
    leptons: bool = group.neutrinos or group.electrons or group.muons or group.taus
    counts: bool = leptons or group.hadrons or group.u_pairs or group.pseudoscalars
    return counts


@njit(**INLINED)
def _nodes(
    group: Group,
    point: Point,
    kind: Kind,
    resonances: Resonances,
    span: tuple[float, float],
    x_first: float,
    cells: int,
    eps: Array,
    weight: Array,
    poles: Poles,
) -> tuple[int, int, int]:
    """Fill nodes and weights of the trapezoid rule in ln eps, and poles; return the first on the lattice, both numbers.

    The U pole lies midway between two nodes, as nearly as the lattice allows, so that nothing cancels however narrow it
    is; the exact correction for it is -2 Re[2 pi i Res / (1 + e^(2 pi (|Im t_p| / h + i misfit)))]. Towards zero the
    integrand is a power of eps: the first weight takes the geometric series of all nodes below. ``x_first`` is the
    smallest x of interest.
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
        elif group.pseudoscalars:
            weight[k] = step * _pseudoscalars(here, point, kind)
        else:
            offset = (here - group.pole_offset) * (e_min + here + point.r)
            weight[k] = step * _numerator(here, offset, group, point, kind, resonances) / (offset * offset + width2)
        here *= ratio
    if 0.0 < weight[0] < weight[1]:
        weight[0] *= weight[1] / (weight[1] - weight[0])
    if group.u_pairs or group.pseudoscalars:
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
        ln_first = CELL * first - np.log(X_START)
        count = _hadron_poles(group, point, kind, resonances, step, ln_first, x_first, poles, count)
    return first, n, count


@njit(**INNER)
def _hadron_poles(
    group: Group,
    point: Point,
    kind: Kind,
    resonances: Resonances,
    step: float,
    ln_first: float,
    x_first: float,
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
        if not 0.0 < depth < 2.75 * step or x_first * eps.real > DEAD:
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


@njit(**INNER)
def _blank_poles(size: int) -> Poles:
    return Poles(
        np.empty(size, dtype=np.complex128), np.empty(size, dtype=np.complex128), np.empty(size, dtype=np.complex128)
    )


@njit(**INNER)
def _series(inverse: Number, coefficients: Array) -> Number:
    """Polynomial in 1/z by Horner's rule."""
    total = 0.0 * inverse + coefficients[-1]
    for i in range(len(coefficients) - 2, -1, -1):
        total = total * inverse + coefficients[i]
    return total


@njit(cache=True, error_model="numpy")
def thermal_average(x: Array, points: Points, kind: Kind, constants: Constants, hadrons: Hadrons, k1: Array) -> Array:
    """Thermal average without the factor norm / m^2, shape (2, n, k), at k values of x = m/T.

    The first row is of all final states but pairs of U, the second of those alone. ``k1`` are coefficients a_l of
    K1(z) = z^(-1/2) e^(-z) sum a_l z^(-l).
    """
    result = np.zeros((2, len(points.m_dm), len(x)))
    eps, weight = np.empty(MAX_NODES), np.empty(MAX_NODES)
    poles = _blank_poles(1 + len(hadrons.centre))
    blank = _no_resonances(len(hadrons.centre))
    for i in range(len(points.m_dm)):
        point = _point(points, i, constants)
        groups = _groups(point, kind, points.currents[i], X_CLOSED, X_START)
        resonances = _fill_resonances(point, groups, points.currents[i], hadrons, blank)
        for g in range(GROUPS):
            group = groups[g]
            if not _counts(group):
                continue
            cells = FINE_STEP if group.hadrons else 4 * FINE_STEP
            for j in range(len(x)):
                low = max(1e-4 * min(1.0 / x[j], max(abs(group.pole_offset), point.w)), 1e-20)
                span = (low, CUT / x[j])
                _, n, count = _nodes(group, point, kind, resonances, span, X_START, cells, eps, weight, poles)
                total = 0.0
                for p in range(count):
                    value = poles.coefficient[p] * np.exp(-x[j] * poles.eps[p])
                    total += (value * _series(1.0 / (x[j] * poles.e[p]), k1) / np.sqrt(poles.e[p])).real
                for k in range(n):
                    e = 2.0 + group.gap + eps[k]
                    total += weight[k] * np.exp(-x[j] * eps[k]) * _series(1.0 / (x[j] * e), k1) / np.sqrt(e)
                result[1 if group.u_pairs else 0, i, j] += np.exp(-x[j] * group.gap) * total
    return result


@njit(**INLINED)
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
        first, n, count = _nodes(group, point, kind, resonances, span, X_START, cells, eps, weight, near)
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


@njit(**SUM)
def _sum_over_nodes(row: int, at: int, average: Average, lattice: Lattice, inverse: float) -> float:
    """Sum of weights times Boltzmann factors, a polynomial in 1/x."""
    weights, boltzmann = average.weights, lattice.boltzmann
    start, phase = divmod(at, STEP)
    count = np.uint64(max(min(average.size[row], boltzmann.shape[1] - start), 0))
    r, p, first = np.uint64(row), np.uint64(phase), np.uint64(start)
    total = 0.0
    for k in range(count):
        value = weights[r, THIRD, k] + weights[r, FOURTH, k] * inverse
        value = weights[r, FIRST, k] + (weights[r, SECOND, k] + value * inverse) * inverse
        total += boltzmann[p, first + k] * value
    return total


@njit(**INLINED)
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


@njit(**INLINED)
def _rate(j: int, average: Average, lattice: Lattice, universe: Universe) -> tuple[float, float]:
    """L = -dY/dlnx / (Y^2 - Y_eq^2) at point j of the lattice, and g_entropy."""
    x = lattice.x[j]
    inverse = 1.0 / x
    total = 0.0
    for row in range(average.rows):
        at = j + average.first[row] + lattice.origin
        value = _sum_over_nodes(row, at, average, lattice, inverse)
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


@njit(**INLINED)
def _start(average: Average, lattice: Lattice, universe: Universe) -> tuple[int, float]:
    """Last point of the lattice in tight equilibrium, found by bisection, and Y there; else the first, and Y_eq.

    There Y^2 - Y_eq^2 = -Y'/L is good to a percent with Y' = Y_eq', and by freeze-out that error has shrunk by
    e^(-2 TIGHT).
    """
    tight, beyond = -1, len(lattice.equilibrium)
    j = tight + 1
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


@njit(**INNER)
def _advance(y: float, samples: Array, begin: int, stride: int, step: float) -> float:
    """One Magnus step of order 4 for y = Y / (c F), from begin over middle to end, ``stride`` apart; Y_eq = c F / g_s.

    With y = p/q the Riccati equation dY/dlnx = -L (Y^2 - Y_eq^2) is linear: (p, q)' = A (p, q), A = ((d, b), (k, 0)),
    with d = -dlnF/dlnx, k = L c F and b = k / g_s^2, the columns of ``samples``. The step is exp(Omega) with
    Omega = int A + h^2/12 [A_end - A_begin, A_middle]; of this exponential of a 2 x 2 matrix the ratio p/q counts.
    """
    middle, end = begin + stride, begin + 2 * stride
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


@njit(**INLINED)
def _sample(
    j: int, stride: int, first: int, last: int, average: Average, lattice: Lattice, universe: Universe, samples: Array
) -> None:
    """Fill rows of ``samples``, row i at the point j + stride i of the lattice; columns as in `_advance`."""
    for i in range(first, last):
        at = j + stride * i
        rate, g_entropy = _rate(at, average, lattice, universe)
        samples[i, 0] = lattice.fall[at]
        samples[i, 1] = rate * universe.equilibrium * lattice.equilibrium[at]
        samples[i, 2] = samples[i, 1] / g_entropy**2


@njit(**INNER)
def _fall(begin: float, end: float, interval: float) -> float:
    """Mean -dln/dlnx of a positive function, 0 if nothing is left of it."""
    if not (begin > 0.0 and end > 0.0):
        return 0.0
    fall: float = np.log(begin / end) / interval
    return fall


@njit(**INLINED)
def _freeze_out(
    j: int, y: float, average: Average, lattice: Lattice, universe: Universe, samples: Array
) -> tuple[int, float, float, float]:
    """Integrate until Y_eq is negligible, from a point of the lattice and Y there.

    Returns the point of the lattice, 1/Y by coarse and by fine steps, and what it overrates. Once Y_eq is negligible
    1/Y grows by the integral of L but for the small last number, int L (Y_eq/Y)^2 dlnx.
    """
    # Written as literals, each of these integers would make a function of its own to compile.
    one = np.int64(1)
    scale = universe.equilibrium
    fine = y / (scale * lattice.equilibrium[j])
    coarse = fine
    _sample(j, one, one - 1, one + 1, average, lattice, universe, samples)
    fall = max(lattice.x[j], _fall(samples[0, 1], samples[1, 1], CELL))
    last = 0.0
    while True:
        # A coarse step is two fine ones, of two quarters each.
        quarter = max(1, int(0.25 * FALL / (CELL * fall)))
        _sample(j, quarter, one, one + 4, average, lattice, universe, samples)
        step = 2.0 * quarter * CELL
        for half in range(2):
            fine = _advance(fine, samples, 2 * half, one, step)
        coarse = _advance(coarse, samples, one - 1, one + 1, 2.0 * step)
        j += 4 * quarter
        fall = max(lattice.x[j], _fall(samples[0, 1], samples[4, 1], 2.0 * step))
        # L Y_eq^2 = c F b, and Y = c F fine
        production = samples[4, 2] / (scale * lattice.equilibrium[j] * fine**2)
        last = production / (_fall(samples[2, 2], samples[4, 2], step) + samples[4, 0])
        if samples[4, 2] <= (NEGLIGIBLE * fine) ** 2 * samples[4, 1] or j + 4 * quarter >= len(lattice.fall):
            break
        for column in range(3):
            samples[0, column] = samples[4, column]
    unit = scale * lattice.equilibrium[j]
    return j, 1.0 / (unit * coarse), 1.0 / (unit * fine), last


@njit(**INNER)
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


@njit(**INLINED)
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


@njit(**INNER)
def _blank(most_poles: int) -> Average:
    """Arrays for the average of one point."""
    return Average(
        np.empty((ROWS, TERMS, MAX_NODES)),
        np.zeros(ROWS, dtype=np.int64),
        np.zeros(ROWS, dtype=np.int64),
        np.zeros(ROWS),
        np.zeros(most_poles, dtype=np.complex128),
        np.zeros((most_poles, TERMS), dtype=np.complex128),
        0,
        0,
    )


@njit(**INNER)
def _bessel_k0(z: float) -> float:
    """K0(z) e^z: Abramowitz and Stegun 9.8.1, 9.8.5 and 9.8.6, good to 3e-7."""
    value: float
    if z > 2.0:
        t = 2.0 / z
        k0 = 0.00587872 + t * (-0.00251540 + t * 0.00053208)
        k0 = 1.25331414 + t * (-0.07832358 + t * (0.02189568 + t * (-0.01062446 + t * k0)))
        value = k0 / np.sqrt(z)
        return value
    s, t = (z / 3.75) ** 2, 0.25 * z * z
    i0 = 1.0 + s * (3.5156229 + s * (3.0899424 + s * (1.2067492 + s * (0.2659732 + s * (0.0360768 + s * 0.0045813)))))
    k0 = 0.03488590 + t * (0.00262698 + t * (0.00010750 + t * 0.00000740))
    k0 = -0.57721566 + t * (0.42278420 + t * (0.23069756 + t * k0))
    value = np.exp(z) * (k0 - np.log(0.5 * z) * i0)
    return value


@njit(**INNER)
def _bessel_k1(z: float) -> float:
    """K1(z) e^z: Abramowitz and Stegun 9.8.3, 9.8.7 and 9.8.8, good to 3e-7."""
    value: float
    if z > 2.0:
        t = 2.0 / z
        k1 = -0.00780353 + t * (0.00325614 - t * 0.00068245)
        k1 = 1.25331414 + t * (0.23498619 + t * (-0.03655620 + t * (0.01504268 + t * k1)))
        value = k1 / np.sqrt(z)
        return value
    s, t = (z / 3.75) ** 2, 0.25 * z * z
    i1 = 0.15084934 + s * (0.02658733 + s * (0.00301532 + s * 0.00032411))
    i1 = z * (0.5 + s * (0.87890594 + s * (0.51498869 + s * i1)))
    k1 = -0.18156897 + t * (-0.01919402 + t * (-0.00110404 - t * 0.00004686))
    k1 = 1.0 + t * (0.15443144 + t * (-0.67278579 + t * k1))
    value = np.exp(z) * (k1 / z + np.log(0.5 * z) * i1)
    return value


@njit(**INNER)
def _production(
    x: Array,
    point: Point,
    groups: Groups,
    kind: Kind,
    resonances: Resonances,
    work: tuple[Array, Array, Poles],
    u_fraction: float,
) -> Array:
    """Integral of `thermal_average` at growing x, at most X_START: U pairs count with the square of their fraction."""
    eps, weight, poles = work
    integral = np.zeros(len(x))
    for g in range(GROUPS):
        group = groups[g]
        if not _counts(group):
            continue
        cells = HADRON_STEP if group.hadrons else STEP
        low = max(1e-4 * min(1.0 / X_START, max(abs(group.pole_offset), point.w)), 1e-20)
        _, n, count = _nodes(group, point, kind, resonances, (low, CUT / x[0]), x[0], cells, eps, weight, poles)
        scale = u_fraction**2 if group.u_pairs else 1.0
        for i in range(len(x)):
            if x[i] * group.gap > DEAD:  # x grows
                break
            total = 0.0
            for p in range(count):
                # The width is small where this matters: K1 of the real part, and the phase of the exponential.
                z = x[i] * poles.e[p].real
                value = poles.coefficient[p] * np.exp(-x[i] * poles.eps[p])
                total += (value / np.sqrt(poles.e[p])).real * _bessel_k1(z) * np.sqrt(z)
            for k in range(n):
                z = x[i] * eps[k]
                if z > CUT:
                    break
                e = 2.0 + group.gap + eps[k]
                total += weight[k] * np.exp(-z) * _bessel_k1(x[i] * e) * np.sqrt(x[i])
            integral[i] += scale * np.exp(-x[i] * group.gap) * total
    return integral


@njit(**INNER)
def _from_nothing(
    point: Point,
    kind: Kind,
    currents: Array,
    hadrons: Hadrons,
    blank: Resonances,
    universe: Universe,
    work: tuple[Array, Array, Poles],
    u_fraction: float,
) -> float:
    """Y at X_START of dark matter that is produced from nothing, from T = 50 times the larger of m and m_U.

    Final states that are closed at rest and dead at X_START are open at these temperatures: without muons a tenth of
    dark matter of 20 MeV would be missing. With production P = L Y_eq^2 constant over a step,
    dY/dlnx = P (1 - Y^2/Y_eq^2) has a closed form.
    """
    ln_x = np.log(0.02 / max(1.0, point.r))
    steps = int((LN_X_START - ln_x) / 0.1) + 1
    step = (LN_X_START - ln_x) / steps
    x = np.empty(steps)
    for k in range(steps):
        x[k] = np.exp(ln_x + (k + 0.5) * step)
    groups = _groups(point, kind, currents, x[0], x[0])
    resonances = _fill_resonances(point, groups, currents, hadrons, blank)
    integral = _production(x, point, groups, kind, resonances, work, u_fraction)
    y = 0.0
    for k in range(steps):
        at = ln_x + (k + 0.5) * step
        g_entropy, sqrt_g_star = _lookup(universe.ln_m - at, universe.bath, universe.row)
        scale = universe.equilibrium / g_entropy
        equilibrium = scale * x[k] * x[k] * (_bessel_k0(x[k]) + 2.0 / x[k] * _bessel_k1(x[k])) * np.exp(-x[k])
        production = universe.rate * sqrt_g_star * scale**2 * x[k] ** 3.5 / 8.0 * integral[k] * np.exp(-2.0 * x[k])
        t = np.tanh(step * production / equilibrium)
        y = equilibrium * (y + equilibrium * t) / (equilibrium + y * t)
    return max(y, 1e-100)


@njit(**INNER)
def _with_u_fraction(average: Average, groups: Groups, u_fraction: float) -> Average:
    """The average with U pairs, its last row, scaled by the square of the fraction of U that is there."""
    if groups[GROUPS - 1].u_pairs:
        for term in range(TERMS):
            for k in range(average.size[average.rows - 1]):
                average.weights[average.rows - 1, term, k] *= u_fraction**2
    return average


@njit(**INNER)
def _missing(points: Points, i: int, point: Point) -> bool:
    """Whether an input of the point is NaN."""
    couplings = point.left + point.right + point.neutrino + point.yukawa4
    for k in range(points.currents.shape[1]):
        couplings += points.currents[i, k]
    missing: bool = np.isnan(point.r + point.w + point.strength + couplings)
    return missing


@njit(**INNER)
def _distance(groups: Groups, point: Point, resonances: Resonances) -> float:
    """Distance of the nearest pole from a threshold, or its width, in units of m; at most 1."""
    distance = 1.0
    for g in range(GROUPS - 1):
        if _counts(groups[g]):
            distance = min(distance, max(abs(groups[g].pole_offset), point.w))
    for p in range(resonances.size):
        if resonances.breadth[p] > 0.0:
            distance = min(distance, abs(np.sqrt(resonances.centre[p] - 1j * resonances.breadth[p]) - 2.0))
    return distance


@njit(**INNER)
def _universe(point: Point, kind: Kind, constants: Constants, bath: Bath, i: int) -> Universe:
    return Universe(
        bath,
        min(i, len(bath.g_entropy) - 1),
        np.log(point.m_dm),
        kind.kappa * np.sqrt(np.pi / 45.0) * constants.planck / point.m_dm,
        45.0 / (4.0 * np.pi**4) * kind.degrees_of_freedom,
        np.sqrt(45.0 / (4.0 * np.pi**3)) * constants.planck,
    )


@njit(**INLINED)
def _inverse_yield(
    start: int,
    y: float,
    x_last: float,
    x_today: float,
    average: Average,
    lattice: Lattice,
    universe: Universe,
    samples: Array,
) -> tuple[float, float]:
    """1/Y today from a point of the lattice and Y there, and its error."""
    stop, coarse, fine, overrated = _freeze_out(start, y, average, lattice, universe, samples)
    late, late_error = _late(stop, x_last, np.log(x_today), average, lattice, universe)
    # Richardson: halving the step of a method of order 4 leaves 1/15 of the difference.
    correction = (fine - coarse) / 15.0
    return fine + correction + late - overrated, abs(correction) + late_error


@njit(cache=True, error_model="numpy")
def relic_yield(
    points: Points,
    kind: Kind,
    constants: Constants,
    hadrons: Hadrons,
    bath: Bath,
    lattice: Lattice,
    k1: Array,
    origin: Origin,
) -> tuple[Array, Array, Array]:
    """Yield Y = n/s today, its relative numerical error, and how it depends on the start, each (n,).

    The last is ln of the yield from equilibrium at X_START over the yield from nothing, 0 where it is not asked for or
    where both are the same. NaN where an input is NaN.
    """
    n = len(points.m_dm)
    result, error, dependence = np.full(n, np.nan), np.full(n, np.nan), np.zeros(n)
    work = np.empty(MAX_NODES), np.empty(MAX_NODES), _blank_poles(1 + len(hadrons.centre))
    no_resonances = _no_resonances(len(hadrons.centre))
    blank = _blank(GROUPS - 1 + len(hadrons.centre))
    samples = np.empty((5, 3))
    for i in range(n):
        point = _point(points, i, constants)
        if _missing(points, i, point):
            continue
        groups = _groups(point, kind, points.currents[i], X_CLOSED, X_START)
        resonances = _fill_resonances(point, groups, points.currents[i], hadrons, no_resonances)
        distance = _distance(groups, point, resonances)
        # Beyond this L is a power of x: well after freeze-out, after e+e- annihilation (10 keV), and where thermal
        # energies are far below the distance from the resonance.
        x_today = point.m_dm / constants.temperature_today
        x_last = min(max(3e3, point.m_dm / 0.01, 300.0 / max(distance, 1e-16)), x_today)
        eps_low = max(1e-2 * min(1.0 / x_last, distance), 1e-20)
        average = _tabulate(point, groups, kind, resonances, k1, eps_low, work, blank)
        universe = _universe(point, kind, constants, bath, i)
        if origin.nothing:
            average = _with_u_fraction(average, groups, origin.u_fraction[i])
        start, y = _start(average, lattice, universe)
        for attempt in range(2):  # from equilibrium; and from nothing, where that is another start
            if attempt == 1:
                y = _from_nothing(
                    point, kind, points.currents[i], hadrons, no_resonances, universe, work, origin.u_fraction[i]
                )
            inverse, doubt = _inverse_yield(start, y, x_last, x_today, average, lattice, universe, samples)
            if attempt == 1:
                dependence[i] = np.log(inverse * result[i])
            result[i], error[i] = 1.0 / inverse, doubt / inverse
            if not (origin.nothing and start == 0):
                break
    return result, error, dependence


@njit(**INLINED)
def _second_moments(average: Average, moments: Moments, weights: Array, poles: NDArray[np.complex128]) -> None:
    """Fill rows of nodes of <sigma v>_2, the average of sigma v p^2 / (3 E T) of one partner, and all of the poles.

    At fixed s the energy of one partner is uniform between its ends, p^2/E = E - m^2/E, and K1(z), z = x e, becomes
    (x/3) [(e/2) K2(z) - (2/e) J], J = int deta e^(-z cosh eta) / (1 + q sinh^2 eta), q = 4/e^2. All terms are positive
    when it is written as (x/3) [(e^2 - 4)/(2e) K0 + K1/x + (2/e) (K0 - J)].
    """
    for row in range(average.rows):
        eps = np.exp(CELL * average.first[row]) / X_START
        ratio = np.exp(CELL * STEP)
        for k in range(average.size[row]):
            relative = average.gap[row] + eps
            value = average.weights[row, 0, k] / moments.k1[0]
            _moment_terms(value, relative, 2.0 + relative, moments, weights[row, :, k])
            eps *= ratio
    for pole in range(average.poles):
        eps_pole = average.pole_eps[pole]
        value_pole = average.pole_series[pole, 0] / moments.k1[0]
        poles[pole, 0] = eps_pole
        for term in range(TERMS):
            poles[pole, 1 + term] = average.pole_series[pole, term]
        _moment_terms(value_pole, eps_pole, 2.0 + eps_pole, moments, poles[pole, 1 + TERMS :])


@njit(**INNER)
def _moment_terms(value: Number, relative: Number, e: Number, moments: Moments, terms: Any) -> None:
    """Coefficients of x^(1 - l) at one e = 2 + relative."""
    q = 4.0 / (e * e)
    cold = relative * (e + 2.0) / (2.0 * e)
    scale = value / 3.0
    terms[0] = scale * cold * moments.k0[0]
    for power in range(1, MOMENT_TERMS):
        # K0 and K1/x at this power of 1/x, then the remainder
        scale = scale / e
        remainder = 0.0 * scale
        for m in range(moments.remainder.shape[1] - 1, -1, -1):
            remainder = (remainder + moments.remainder[power - 1, m]) * q
        term = scale * (moments.k1[power - 1] * e + 2.0 / e * remainder)
        if power < TERMS:
            term = term + scale * cold * moments.k0[power]
        terms[power] = term


@njit(**SUM)
def _node_sums(
    j: int, closed: bool, gap: float, average: Average, weights: Array, lattice: Lattice
) -> tuple[float, float]:
    """Sums over the nodes of <sigma v> and of <sigma v>_2 at point j of the lattice, times e^(x gap).

    Of the final states that are open at rest, or of those that are closed; ``gap`` is the smallest gap of these.
    """
    x = lattice.x[j]
    inverse = 1.0 / x
    first, second = 0.0, 0.0
    nodes, boltzmann = average.weights, lattice.boltzmann
    for row in range(average.rows):
        if closed != (average.gap[row] > 0.0):
            continue
        start, phase = divmod(j + average.first[row] + lattice.origin, STEP)
        count = np.uint64(max(min(average.size[row], boltzmann.shape[1] - start), 0))
        r, p, begin = np.uint64(row), np.uint64(phase), np.uint64(start)
        plain, cooled = 0.0, 0.0
        for k in range(count):
            factor = boltzmann[p, begin + k]
            value = nodes[r, THIRD, k] + nodes[r, FOURTH, k] * inverse
            plain += factor * (nodes[r, FIRST, k] + (nodes[r, SECOND, k] + value * inverse) * inverse)
            value = weights[r, THIRD, k] + (weights[r, FOURTH, k] + weights[r, FIFTH, k] * inverse) * inverse
            cooled += factor * (weights[r, FIRST, k] * x + (weights[r, SECOND, k] + value * inverse))
        fall = np.exp(-x * (average.gap[row] - gap)) if average.gap[row] > gap else 1.0
        first += fall * plain
        second += fall * cooled
    return first, second


@njit(**INNER)
def _smallest_gap(average: Average) -> float:
    """The smallest gap of the final states that are closed at rest, infinite if there are none."""
    gap = np.inf
    for row in range(average.rows):
        if 0.0 < average.gap[row] < gap:
            gap = average.gap[row]
    return gap


@njit(**INLINED)
def _extend(
    upto: int, filled: int, last: int, gap: float, average: Average, weights: Array, lattice: Lattice, track: Array
) -> int:
    """Fill the track to an entry and return how many there are; entries beyond ``last`` continue as powers of x.

    ``track`` (4, TRACK_SIZE) holds ln of the sum over the nodes of <sigma v>, and that of <sigma v>_2 over it, at the
    places of `_track_place`; then the same of closed final states without e^(-x gap), by which they give way
    to the open ones faster than a common table could follow.
    """
    for k in range(filled, min(upto, TRACK_SIZE - 1) + 1):
        j = TRACK_STEP * (k if k < COARSE_TRACK else FINE_TRACK + 2 * (k - COARSE_TRACK - 1))
        for row in range(0, 4 if gap < np.inf else 2, 2):
            if k > last:
                track[row, k] = 2.0 * track[row, k - 1] - track[row, k - 2]
                track[row + 1, k] = track[row + 1, k - 1]
            elif row > 0 and lattice.x[j] * gap > DEAD:
                track[row, k], track[row + 1, k] = track[row, k - 1], track[row + 1, k - 1]
            else:
                smallest = gap if row > 0 else 0.0
                first, second = _node_sums(j, row > 0, smallest, average, weights, lattice)
                track[row, k] = np.log(max(first, 1e-300))
                track[row + 1, k] = max(second, 1e-300) / max(first, 1e-300)
    return max(filled, min(upto, TRACK_SIZE - 1) + 1)


@njit(**INLINED)
def _track_place(ln_x: float) -> float:
    """Place of ln x on the track."""
    place = (ln_x - LN_X_START) * TRACK_RATE
    if place > FINE_TRACK:
        place = COARSE_TRACK + 1.0 + 0.5 * (place - FINE_TRACK)
    return place


@njit(**INLINED)
def _place(position: float, size: int) -> tuple[int, float, float]:
    """Second of the four nearest entries of a uniform table, distance from it, and distance beyond the ends."""
    inside = min(max(position, 0.0), size - 1.0)
    k = min(max(int(inside), 1), size - 3)
    return k, inside - k, position - inside


@njit(**INLINED)
def _cubic(table: Array, row: int, place: tuple[int, float, float]) -> tuple[float, float]:
    """Value and slope per step of the cubic through the four nearest entries of a row; linear beyond the ends."""
    k, t, beyond = place
    below, here, above, after = table[row, k - 1], table[row, k], table[row, k + 1], table[row, k + 2]
    mean, d2 = 0.5 * (above - below), above - 2.0 * here + below
    d3 = (after - 3.0 * above + 3.0 * here - below) * (1.0 / 6.0)
    square = t * t
    slope = mean + t * d2 + (3.0 * square - 1.0) * d3
    value = here + t * (mean + t * 0.5 * d2 + (square - 1.0) * d3)
    return value + beyond * slope, slope


@njit(**INLINED)
def _turn(x: float, eps: Number) -> Number:
    """e^(-x eps); a narrow pole turns little, and then a short series has every digit."""
    angle = x * eps.imag
    size = np.exp(-x * eps.real)
    if abs(angle) < 1e-3:
        return complex(size * (1.0 - 0.5 * angle * angle), -size * angle * (1.0 - angle * angle * (1.0 / 6.0)))
    return complex(size * np.cos(angle), -size * np.sin(angle))


@njit(**INLINED)
def _moments_at(
    ln_x: float,
    x: float,
    inverse: float,
    with_slopes: bool,
    filled: int,
    track: Array,
    poles: NDArray[np.complex128],
    numbers: Array,
) -> tuple[float, float, float, float]:
    """<sigma v> and <sigma v>_2, times m^2, and their slopes in ln x: nodes from the track, poles as they are.

    Without slopes the last two mean nothing.
    """
    entry = _track_place(ln_x)
    place, rate = _place(entry, filled), TRACK_RATE if entry <= FINE_TRACK else 0.5 * TRACK_RATE
    ln_first, slope = _cubic(track, 0, place)
    ratio, ratio_slope = _cubic(track, 1, place)
    first = np.exp(ln_first)
    second = first * ratio
    first_slope = first * slope * rate
    second_slope = (second * slope + first * ratio_slope) * rate
    buried = x * numbers[GAP]
    if buried < DEAD:
        ln_first, slope = _cubic(track, 2, place)
        ratio, ratio_slope = _cubic(track, 3, place)
        closed = np.exp(ln_first - buried)
        slope = slope * rate - buried
        first += closed
        second += closed * ratio
        first_slope += closed * slope
        second_slope += closed * (ratio * slope + ratio_slope * rate)
    for i in range(len(poles)):
        eps = poles[i, 0]
        if x * eps.real < DEAD:
            turned = _turn(x, eps)
            p1, p2, p3, p4 = poles[i, 1], poles[i, 2], poles[i, 3], poles[i, 4]
            value = p1 + (p2 + (p3 + p4 * inverse) * inverse) * inverse
            first += (turned * value).real
            m0, m1, m2, m3, m4 = poles[i, 5] * x, poles[i, 6], poles[i, 7], poles[i, 8], poles[i, 9]
            value2 = m0 + m1 + (m2 + (m3 + m4 * inverse) * inverse) * inverse
            second += (turned * value2).real
            if with_slopes:
                fall = -(p2 + (2.0 * p3 + 3.0 * p4 * inverse) * inverse) * inverse
                first_slope += (turned * (fall - x * eps * value)).real
                fall = m0 - (m2 + (2.0 * m3 + 3.0 * m4 * inverse) * inverse) * inverse
                second_slope += (turned * (fall - x * eps * value2)).real
    # x^(1/2) / (8 x K2^2 e^(2x)) times x
    k2, k2_slope = _second_bessel(inverse, numbers)
    unit = x * np.sqrt(x) / (8.0 * k2 * k2)
    if with_slopes:
        unit_slope = 1.5 + 2.0 * k2_slope / k2
        first_slope = unit * (first_slope + unit_slope * first)
        second_slope = unit * (second_slope + unit_slope * second)
    return unit * first, unit * second, first_slope, second_slope


@njit(**INLINED)
def _second_bessel(inverse: float, numbers: Array) -> tuple[float, float]:
    """K2(x) x^(1/2) e^x, and minus its derivative in ln x."""
    a, b, c, d = numbers[K2], numbers[K2 + 1], numbers[K2 + 2], numbers[K2 + 3]
    series = a + (b + (c + d * inverse) * inverse) * inverse
    return series, (b + (2.0 * c + 3.0 * d * inverse) * inverse) * inverse


@njit(**INLINED)
def _epoch(
    ln_x: float,
    producing: bool,
    with_slopes: bool,
    filled: int,
    track: Array,
    poles: NDArray[np.complex128],
    bath: Array,
    exchange: Array,
    numbers: Array,
) -> Epoch:
    """What the equations need of the time alone. Plain arrays: a tuple of them costs more to pass than this computes.

    Rows of ``bath`` are g_entropy and sqrt_g_star, of ``exchange`` ln gamma and pull. Without slopes those of hot and
    hot2 mean nothing.
    """
    x = np.exp(ln_x)
    inverse = 1.0 / x
    ln_t = numbers[LN_M] - ln_x
    size = bath.shape[1]
    position = (ln_t - numbers[BATH_FIRST]) * numbers[BATH_RATE]
    i = min(max(int(position), 0), size - 2)
    f = min(max(position - i, 0.0), 1.0)
    g_s = (1.0 - f) * bath[0, i] + f * bath[0, i + 1]
    star = (1.0 - f) * bath[1, i] + f * bath[1, i + 1]
    inverse_g = 1.0 / g_s
    g_slope, star_slope = 0.0, 0.0
    if 0.0 <= position <= size - 1.0:
        g_slope = (bath[0, i] - bath[0, i + 1]) * inverse_g * numbers[BATH_RATE]
        star_slope = (bath[1, i] - bath[1, i + 1]) / star * numbers[BATH_RATE]

    equilibrium, eq_slope, hot, hot2, hot_slope, hot2_slope = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    if producing:
        k2, k2_slope = _second_bessel(inverse, numbers)
        equilibrium = numbers[EQUILIBRIUM] * inverse_g * x * np.sqrt(x) * k2 * np.exp(-min(x, 700.0))
        eq_slope = 1.5 - x - k2_slope / k2 - g_slope
        hot, hot2, hot_slope, hot2_slope = _moments_at(ln_x, x, inverse, with_slopes, filled, track, poles, numbers)
    drag, drag_slope, pull = 0.0, 0.0, 1.0
    at_t = (ln_t - numbers[EXCHANGE_FIRST]) * numbers[EXCHANGE_RATE]
    if at_t >= 0.0:
        ln_gamma, slope = _cubic(exchange, 0, _place(at_t, exchange.shape[1]))
        drag = numbers[DRAG] * star * inverse_g * np.exp(ln_gamma - 2.0 * ln_t)
        drag_slope = star_slope - g_slope + 2.0 - slope * numbers[EXCHANGE_RATE]
        pull = exchange[1, min(int(at_t), exchange.shape[1] - 1)]
    # a = 1 / (T g_s^(1/3)), in MeV
    ln_ratio = ln_t + (2.0 / 3.0) * np.log(g_s)
    return Epoch(
        ln_x, x, inverse, ln_ratio, numbers[RATE] * star * inverse, g_slope, star_slope,
        equilibrium, eq_slope, hot, hot2, hot_slope, hot2_slope, drag, drag_slope, pull,
    )  # fmt: skip


@njit(**INLINED)
def _rates(
    at: Epoch,
    y: float,
    u: float,
    with_slopes: bool,
    filled: int,
    track: Array,
    poles: NDArray[np.complex128],
    numbers: Array,
) -> Rates:
    """Rates of y = ln Y and u = ln(T_X a^2) in ln x, one by one. Without slopes those of Rates mean nothing."""
    # Both are clipped far outside of what is ever accepted: a step that is too long may try anything.
    w = min(max(u + at.ln_ratio, -100.0), 20.0)  # ln(T_X / T)
    y = min(max(y, -600.0), 20.0)
    hotter = np.exp(-w)
    inverse_x = at.inverse / hotter
    density = np.exp(y)
    cold, cold2, slope, slope2 = _moments_at(
        at.ln_x - w, at.x * hotter, inverse_x, with_slopes, filled, track, poles, numbers
    )
    unit = at.unit * density
    made, made2 = 0.0, 0.0
    if at.equilibrium > GONE * density:
        source = at.unit * at.equilibrium * at.equilibrium / density
        made, made2 = source * at.hot, source * at.hot2 * hotter
    cooling = 0.0
    for k in range(COOLING_TERMS - 1, -1, -1):
        cooling = inverse_x * (numbers[COOLING + k] + cooling)
    cooling *= 1.0 - at.g_slope * (1.0 / 3.0)
    return Rates(w, hotter, inverse_x, unit * cold, unit * cold2, unit * slope, unit * slope2, made, made2, cooling)


@njit(**INLINED)
def _change(
    at: Epoch, y: float, u: float, filled: int, track: Array, poles: NDArray[np.complex128], numbers: Array
) -> tuple[float, float]:
    """Derivatives of y and u in ln x."""
    r = _rates(at, y, u, False, filled, track, poles, numbers)
    return r.made - r.decay, r.cooling + at.drag * (at.pull * r.hotter - 1.0) + r.decay - r.decay2 + r.made2 - r.made


@njit(**INLINED)
def _slopes(
    at: Epoch, y: float, u: float, filled: int, track: Array, poles: NDArray[np.complex128], numbers: Array
) -> Slopes:
    """Derivatives of y and u in ln x, and those of the derivatives by y, u and ln x."""
    r = _rates(at, y, u, True, filled, track, poles, numbers)
    steeper = 0.0
    for k in range(COOLING_TERMS - 1, -1, -1):
        steeper = r.inverse_x * ((k + 1.0) * numbers[COOLING + k] + steeper)
    steeper *= 1.0 - at.g_slope / 3.0
    pulled = at.pull * r.hotter
    d_y = r.made - r.decay
    d_u = r.cooling + at.drag * (pulled - 1.0) + r.decay - r.decay2 + r.made2 - r.made
    # ln x_X falls as u grows.
    j_yy = -r.made - r.decay
    j_yu = r.decay_slope
    j_uy = r.decay - r.decay2 - r.made2 + r.made
    j_uu = steeper - at.drag * pulled - r.decay_slope + r.decay2_slope - r.made2
    # With y and u fixed ln(T_X/T) changes by ``warming``, and ln x_X by 1 - warming.
    warming = 2.0 / 3.0 * at.g_slope - 1.0
    unit_slope = at.star_slope - 1.0
    decay_t = unit_slope * r.decay + (1.0 - warming) * r.decay_slope
    decay2_t = unit_slope * r.decay2 + (1.0 - warming) * r.decay2_slope
    made_t, made2_t = 0.0, 0.0
    if r.made > 0.0:
        source = unit_slope + 2.0 * at.eq_slope
        made_t = r.made * (source + at.hot_slope / at.hot)
        made2_t = r.made2 * (source - warming + at.hot2_slope / at.hot2)
    t_y = made_t - decay_t
    t_u = at.drag * (at.drag_slope * (pulled - 1.0) - warming * pulled) - (1.0 - warming) * steeper
    t_u += decay_t - decay2_t + made2_t - made_t
    busy = max(r.made, at.drag * max(pulled, 1.0))
    return Slopes(d_y, d_u, j_yy, j_yu, j_uy, j_uu, t_y, t_u, at.ln_x - r.w, busy, r.decay)


@njit(**INLINED)
def _step(
    now: Epoch,
    y: float,
    u: float,
    step: float,
    slopes: Slopes,
    filled: int,
    track: Array,
    poles: NDArray[np.complex128],
    bath: Array,
    exchange: Array,
    numbers: Array,
) -> tuple[Epoch, float, float, float, float]:
    """One step of RODAS (Hairer and Wanner, Solving ODEs II, IV.7), order 4.

    Returns the epoch of its end, the new state and its estimated error.
    """
    f_y, f_u, j_yy, j_yu, j_uy, j_uu = slopes.d_y, slopes.d_u, slopes.j_yy, slopes.j_yu, slopes.j_uy, slopes.j_uu
    t_y, t_u = slopes.t_y * step, slopes.t_u * step
    ln_x, producing = now.ln_x, now.equilibrium > GONE * np.exp(y)

    h = 1.0 / step
    a, b, c, e = 4.0 * h - j_yy, -j_yu, -j_uy, 4.0 * h - j_uu
    determinant = 1.0 / (a * e - b * c)
    iyy, iyu, iuy, iuu = e * determinant, -b * determinant, -c * determinant, a * determinant

    r_y, r_u = f_y + 0.25 * t_y, f_u + 0.25 * t_u
    y1, u1 = iyy * r_y + iyu * r_u, iuy * r_y + iuu * r_u

    at = _epoch(ln_x + 0.386 * step, producing, False, filled, track, poles, bath, exchange, numbers)
    f = _change(at, y + 1.544 * y1, u + 1.544 * u1, filled, track, poles, numbers)
    r_y = f[0] - 5.6688 * h * y1 - 0.1043 * t_y
    r_u = f[1] - 5.6688 * h * u1 - 0.1043 * t_u
    y2, u2 = iyy * r_y + iyu * r_u, iuy * r_y + iuu * r_u

    a1, a2 = 0.9466785280815826, 0.2557011698983284
    at = _epoch(ln_x + 0.21 * step, producing, False, filled, track, poles, bath, exchange, numbers)
    f = _change(at, y + a1 * y1 + a2 * y2, u + a1 * u1 + a2 * u2, filled, track, poles, numbers)
    c1, c2 = -2.430093356833875 * h, -0.2063599157091915 * h
    r_y = f[0] + c1 * y1 + c2 * y2 + 0.1035 * t_y
    r_u = f[1] + c1 * u1 + c2 * u2 + 0.1035 * t_u
    y3, u3 = iyy * r_y + iyu * r_u, iuy * r_y + iuu * r_u

    a1, a2, a3 = 3.314825187068521, 2.896124015972201, 0.9986419139977817
    y_new, u_new = y + a1 * y1 + a2 * y2 + a3 * y3, u + a1 * u1 + a2 * u2 + a3 * u3
    at = _epoch(ln_x + 0.63 * step, producing, False, filled, track, poles, bath, exchange, numbers)
    f = _change(at, y_new, u_new, filled, track, poles, numbers)
    c1, c2, c3 = -0.1073529058151375 * h, -9.594562251023355 * h, -20.47028614809616 * h
    r_y = f[0] + c1 * y1 + c2 * y2 + c3 * y3 - 0.0362 * t_y
    r_u = f[1] + c1 * u1 + c2 * u2 + c3 * u3 - 0.0362 * t_u
    y4, u4 = iyy * r_y + iyu * r_u, iuy * r_y + iuu * r_u

    a1, a2, a3, a4 = 1.221224509226641, 6.019134481288629, 12.53708332932087, -0.6878860361058950
    y_new = y + a1 * y1 + a2 * y2 + a3 * y3 + a4 * y4
    u_new = u + a1 * u1 + a2 * u2 + a3 * u3 + a4 * u4
    end = _epoch(ln_x + step, producing, True, filled, track, poles, bath, exchange, numbers)
    f = _change(end, y_new, u_new, filled, track, poles, numbers)
    c1, c2, c3, c4 = 7.496443313967647 * h, -10.24680431464352 * h, -33.99990352819905 * h, 11.70890893206160 * h
    r_y = f[0] + c1 * y1 + c2 * y2 + c3 * y3 + c4 * y4
    r_u = f[1] + c1 * u1 + c2 * u2 + c3 * u3 + c4 * u4
    y5, u5 = iyy * r_y + iyu * r_u, iuy * r_y + iuu * r_u

    y_new, u_new = y_new + y5, u_new + u5
    f = _change(end, y_new, u_new, filled, track, poles, numbers)
    c1, c2, c3 = 8.083246795921522 * h, -7.981132988064893 * h, -31.52159432874371 * h
    c4, c5 = 16.31930543123136 * h, -6.058818238834054 * h
    r_y = f[0] + c1 * y1 + c2 * y2 + c3 * y3 + c4 * y4 + c5 * y5
    r_u = f[1] + c1 * u1 + c2 * u2 + c3 * u3 + c4 * u4 + c5 * u5
    y6, u6 = iyy * r_y + iyu * r_u, iuy * r_y + iuu * r_u
    return end, y_new + y6, u_new + u6, abs(y6), abs(u6)


@njit(**INNER)
def _numbers(universe: Universe, average: Average, moments: Moments, exchange: Exchange) -> Array:
    """Scalars of `_slopes`, in one array."""
    numbers = np.empty(COOLING + COOLING_TERMS)
    numbers[LN_M], numbers[RATE], numbers[EQUILIBRIUM], numbers[DRAG] = (
        universe.ln_m,
        universe.rate,
        universe.equilibrium,
        universe.drag,
    )
    numbers[BATH_FIRST], numbers[BATH_RATE] = universe.bath.ln_t_first, 1.0 / universe.bath.ln_t_step
    numbers[EXCHANGE_FIRST], numbers[EXCHANGE_RATE] = exchange.ln_t_first, 1.0 / exchange.ln_t_step
    numbers[GAP] = _smallest_gap(average)
    for k in range(TERMS):
        numbers[K2 + k] = moments.k2[k]
    for k in range(COOLING_TERMS):
        numbers[COOLING + k] = moments.cooling[k]
    return numbers


@njit(**INNER)
def _evolve(
    ends: tuple[float, float, float],
    average: Average,
    weights: Array,
    poles: NDArray[np.complex128],
    lattice: Lattice,
    universe: Universe,
    track: Array,
    bath: Array,
    exchange: Array,
    numbers: Array,
    start: int,
    y_start: float,
) -> tuple[float, float, float, int]:
    """Integrate to today: 1/Y, ln(T_X a^2), the error of ln Y, and the steps taken.

    ``ends`` are the x_X beyond which <sigma v> is a power of it, the x beyond which the bath is constant, and x today.
    It ends early where annihilation, production and momentum exchange no longer change anything. The error is infinite
    where the steps ran out.

    It starts at ``start``, a point of the lattice with ``y_start`` there, or before: where density and temperature are
    last in tight equilibrium, or at X_START. Annihilation alone may leave a slow mode, as a narrow pole sees one energy
    of the pair only: the slower eigenvalue of the Jacobian has to be as fast as `_start` asks of the density. It does
    not go back to where the determinant of the Jacobian is not positive: there the two moments of a relativistic gas
    run away from equilibrium, which the distribution itself cannot do, and equilibrium is the better answer.
    """
    x_pole, x_last, x_today = ends
    last = min(int(_track_place(np.log(x_pole))) + 2, TRACK_SIZE - 1)
    j, equilibrium = start, y_start
    gap = numbers[GAP]
    filled = _extend(int(_track_place(lattice.ln_x[j])) + 4, j - j, last, gap, average, weights, lattice, track)
    later, later_equilibrium, stay = start, y_start, False
    while True:
        ln_x, y = lattice.ln_x[j], np.log(equilibrium)
        ln_t = universe.ln_m - ln_x
        g_entropy, _ = _lookup(ln_t, universe.bath, universe.row)
        u = -ln_t - 2.0 / 3.0 * np.log(g_entropy)
        at = _epoch(ln_x, equilibrium > 0.0, True, filled, track, poles, bath, exchange, numbers)
        slopes = _slopes(at, y, u, filled, track, poles, numbers)
        trace, determinant = slopes.j_yy + slopes.j_uu, slopes.j_yy * slopes.j_uu - slopes.j_yu * slopes.j_uy
        if determinant <= 0.0 and j < start:
            j, equilibrium = later, later_equilibrium
            stay = True
            continue
        if stay or j == 0 or determinant > TIGHT * lattice.x[j] * abs(trace):
            break
        later, later_equilibrium = j, equilibrium
        j = max(j - BACK, 0)
        g_entropy, _ = _lookup(universe.ln_m - lattice.ln_x[j], universe.bath, universe.row)
        equilibrium = universe.equilibrium * lattice.equilibrium[j] / g_entropy

    today = np.log(x_today)
    step, error, taken = 0.2 * np.exp(-ln_x), 0.0, 0
    ln_x_x, ln_rate, power = ln_x, -700.0, -1.0
    while taken < MAX_STEPS:
        step = min(step, today - ln_x)
        # Dark matter may cool a little faster than 1/a^2 within a step.
        ahead = int(_track_place(max(ln_x, ln_x_x) + 2.5 * step)) + 4
        if ahead >= filled:
            filled = _extend(ahead, filled, last, gap, average, weights, lattice, track)
        end, y_new, u_new, error_y, error_u = _step(
            at, y, u, step, slopes, filled, track, poles, bath, exchange, numbers
        )
        norm = max(error_y, 0.1 * error_u) / TOLERANCE
        if not (abs(y_new - y) < LARGEST_CHANGE and abs(u_new - u) < LARGEST_CHANGE):
            norm = np.inf  # The stages left the range in which the error means anything.
        taken += 1
        if not norm <= 1.0:
            step *= max(0.2, 0.9 * norm**-0.25) if norm < 1e30 else 0.1
            continue
        at, y, u = end, y_new, u_new
        ln_x = at.ln_x
        error += DOUBT * error_y
        slopes = _slopes(at, y, u, filled, track, poles, numbers)
        ln_x_x, busy, decay = slopes.ln_x_x, slopes.busy, slopes.decay
        rate = np.log(max(decay, 1e-300)) - y
        power = (rate - ln_rate) / step
        ln_rate = rate
        beyond_pole = ln_x_x > np.log(x_pole) - 2.3
        quiet = busy < QUIET
        if quiet and beyond_pole and (decay < QUIET or (ln_x > np.log(x_last) and ln_x_x > np.log(x_pole))):
            break
        if ln_x >= today - 1e-9:
            break
        step *= min(4.0, max(0.2, 0.9 * max(norm, 1e-6) ** -0.25))
    # Beyond, L is a power of x.
    reach = today - ln_x
    if abs(power) < 1e-6:
        power = 1e-6
    tail = np.exp(ln_rate) * (np.exp(power * reach) - 1.0) / power if ln_rate > -600.0 else 0.0
    if taken == MAX_STEPS:
        error = np.inf
    return np.exp(-y) + tail, u, error, taken


@njit(**INNER)
def _copy(first: Array, second: Array, row: int, rows: Array) -> None:
    """One row of each of two arrays. Loops, here and elsewhere: assigning slices takes seconds to compile."""
    for k in range(rows.shape[1]):
        rows[0, k], rows[1, k] = first[row, k], second[row, k]


@njit(cache=True, error_model="numpy")
def coupled_yield(
    points: Points,
    kind: Kind,
    constants: Constants,
    hadrons: Hadrons,
    bath: Bath,
    lattice: Lattice,
    moments: Moments,
    exchange: Exchange,
    origin: Origin,
) -> tuple[Array, Array, Array, Array]:
    """Yield today, its relative error, T_X / (T^2 g_s^(2/3)) at late times, and the last of `relic_yield`."""
    n = len(points.m_dm)
    dependence = np.zeros(n)
    result, error, late_temperature = np.full(n, np.nan), np.full(n, np.nan), np.full(n, np.nan)
    work = np.empty(MAX_NODES), np.empty(MAX_NODES), _blank_poles(1 + len(hadrons.centre))
    no_resonances = _no_resonances(len(hadrons.centre))
    most_poles = GROUPS - 1 + len(hadrons.centre)
    blank = _blank(most_poles)
    weights = np.empty((ROWS, MOMENT_TERMS, MAX_NODES))
    poles = np.zeros((most_poles, 1 + TERMS + MOMENT_TERMS), dtype=np.complex128)
    track = np.empty((4, TRACK_SIZE))
    surroundings, own = np.empty((2, bath.g_entropy.shape[1])), np.empty((2, exchange.ln_gamma.shape[1]))
    for i in range(n):
        point = _point(points, i, constants)
        if _missing(points, i, point):
            continue
        groups = _groups(point, kind, points.currents[i], X_CLOSED, X_START)
        resonances = _fill_resonances(point, groups, points.currents[i], hadrons, no_resonances)
        distance = _distance(groups, point, resonances)
        x_today = point.m_dm / constants.temperature_today
        x_pole = max(3e3, 300.0 / max(distance, 1e-16))
        x_last = min(max(x_pole, point.m_dm / 0.01), x_today)
        eps_low = max(1e-2 * min(1.0 / x_pole, distance), 1e-20)
        average = _tabulate(point, groups, kind, resonances, moments.k1, eps_low, work, blank)
        universe = _universe(point, kind, constants, bath, i)
        if origin.nothing:
            average = _with_u_fraction(average, groups, origin.u_fraction[i])
        start, y = _start(average, lattice, universe)
        _second_moments(average, moments, weights, poles)
        if i == 0 or len(bath.g_entropy) > 1:
            _copy(bath.g_entropy, bath.sqrt_g_star, universe.row, surroundings)
        _copy(exchange.ln_gamma, exchange.pull, i, own)
        numbers = _numbers(universe, average, moments, exchange)
        ends = x_pole, x_last, x_today
        near = poles[: average.poles]
        for attempt in range(2):  # from equilibrium; and from nothing, where that is another start
            if attempt == 1:
                y = _from_nothing(
                    point, kind, points.currents[i], hadrons, no_resonances, universe, work, origin.u_fraction[i]
                )
            inverse, late, local, _ = _evolve(
                ends, average, weights, near, lattice, universe, track, surroundings, own, numbers, start, y
            )
            if attempt == 1:
                dependence[i] = np.log(inverse * result[i])
            result[i], error[i], late_temperature[i] = 1.0 / inverse, local, np.exp(late)
            if not (origin.nothing and start == 0):
                break
    return result, error, late_temperature, dependence
