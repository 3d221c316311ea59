r"""Thermal freeze-out of dark matter: the averaged cross-section and the relic abundance.

With x = m/T and E = sqrt(s) (docs/physics/early_universe.md 2):

.. math::
    \langle\sigma v\rangle &= \frac{x}{8 m^5 K_2(x)^2} \int_{E_{min}}^\infty dE\, E^4 \beta_X K_1(E/T)\, \sigma v, \\
    \frac{dY}{d\ln x} &= -\kappa \sqrt{\frac{\pi}{45}} M_{Pl} \frac{m}{x} g_*^{1/2} \langle\sigma v\rangle
        (Y^2 - Y_{eq}^2), \qquad
    g_*^{1/2} = \frac{g_s}{\sqrt{g_\rho}} \left(1 + \frac13 \frac{d\ln g_s}{d\ln T}\right).

Method (docs/physics/early_universe.md 3; measured errors in
tests/model/physics/early_universe/test_freeze_out.py):

- Final states with one threshold share an integral over t = ln(E/m - E_min/m), done by the trapezoid rule, which
  converges exponentially. The U pole is midway between two nodes and its exact correction is added, so that there is
  no cancellation for any width of U.
- ln x and t have a common lattice, so that all Boltzmann factors come from one table and <sigma v> is evaluated where
  it is needed. Only the bath is interpolated.
- The equation for Y is a Riccati equation: written as a linear one for two functions, it takes Magnus steps of order 4,
  each over a fixed fall of the rate, with two step sizes and Richardson extrapolation, from tight equilibrium until
  Y_eq is 5 % of Y. Then 1/Y grows by the integral of the rate to today, by the trapezoid rule in ln x with corrections
  of Euler and Maclaurin at its start; beyond x = 3000 or the reach of the resonance the rate is a power of x.

XX -> UU is an option: it enters the same integral with `u_pair_annihilation.sigma_v` from E_min = 2 max(m, m_U), so
that m_U > m (forbidden) is the thermal tail.

With `momentum_exchange.Exchange` the temperature T_X of dark matter is solved together with Y
(docs/physics/early_universe.md 9):

- <sigma v> and <sigma v>_2, its average with p^2 / 3ET, depend on T_X alone and are sums over the same nodes. The sums
  are interpolated in ln x, the poles are added as they are.
- Two equations, stiff and smooth, take steps of a Rosenbrock method of order 4 with control of the error, from where
  the slower mode of both is in tight equilibrium, to the time when both are constant.

Dark matter is taken to be in chemical equilibrium at x = 5, or to start from nothing, and without `Exchange` in kinetic
equilibrium always, with Maxwell-Boltzmann statistics; U, where it is a final state, to be in equilibrium with the bath;
the universe to be radiation-dominated. From nothing dark matter is followed where it is not in tight equilibrium at
x = 5, from T = 50 times the larger of m and m_U, in steps of 0.1 in ln x: good to some per cent.
"""

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from model._deferred import deferred
from model.physics.constants import (
    ALPHA,
    BOLTZMANN_MEV_K,
    CHARGED_PION_MASS,
    CMB_TEMPERATURE_K,
    ELECTRON_MASS,
    HBAR_C_MEV_CM,
    KPC_CM,
    LIGHT_SPEED_KM_S,
    MUON_MASS,
    PLANCK_MASS,
    TAU_MASS,
)
from model.physics.early_universe.momentum_exchange import Exchange
from model.physics.early_universe.neutrino_decoupling import ThermalHistories
from model.physics.early_universe.thermal_history import ThermalHistory
from model.physics.hidden_sector import hadronic_cross_section, u_pair_annihilation
from model.physics.quantities import Array, Couplings, DarkMatter, RelicAbundance, Spectrum, Widths

if TYPE_CHECKING:
    from scipy import special

    from model.physics.early_universe._kernels import freeze_out as kernel
else:
    special = deferred("scipy.special")
    kernel = deferred("model.physics.early_universe._kernels.freeze_out")

LATTICE_SIZE = 6000  # reaches x = 1e17, later than today for any mass below 10 TeV
X_FROZEN = 250.0  # past any freeze-out
X_LOWEST = 1.0  # of thermal_average
K1_TERMS_LOW = 9  # of the series of K1 down to z = 2
ORIGIN_STEPS = 95  # of the trapezoid rule from the smallest z = x eps, 1e-20, to 1
LATE_LEVELS = ((4, 8), (16, 8))  # (cells, intervals) of the quadrature after freeze-out, before its regular step

# Relative error of Omega that does not depend on step sizes: thermal average (K1 series, trapezoid rule) and the jump
# of the standard bath where neutrinos decouple.
COMMON_ERROR = 5e-5

UNSOLVED_ERROR = 1.0  # where the coupled equations were not solved and dark matter keeps the temperature of the photons

TEMPERATURE_TODAY = CMB_TEMPERATURE_K * BOLTZMANN_MEV_K  # [MeV]
HUBBLE_100 = 100.0 / LIGHT_SPEED_KM_S / (1e3 * KPC_CM) * HBAR_C_MEV_CM  # 100 km/s/Mpc [MeV]
CRITICAL_DENSITY_H2 = 3.0 / (8.0 * np.pi) * (PLANCK_MASS * HUBBLE_100) ** 2  # 3 H^2 / 8 pi G at that rate [MeV^4]


class Assumptions(NamedTuple):
    """What the relic abundance takes for granted.

    Attributes
    ----------
    u_pairs : bool
        Count XX -> UU, as `CosmologySettings.u_pair_annihilation` describes it.
    one_loop : bool
        Correct charged leptons, as `CosmologySettings.final_states` describes it. The widths are taken as they are.
    exchange : Exchange, optional
        Momentum exchange with the bath, (n, k): the temperature of dark matter is then solved together with its
        density. Without it dark matter keeps the temperature of the photons.
    u_fraction : (n,) array, optional
        Fraction of equilibrium that U reaches (`thermalisation.u_fraction`). Dark matter then starts from nothing at
        T >> m, m_U, and U pairs count with the square of this fraction. Without it dark matter is in equilibrium at
        x = 5. Where it was in equilibrium, both agree.
    """

    u_pairs: bool = False
    one_loop: bool = False
    exchange: Exchange | None = None
    u_fraction: Array | None = None


SIMPLEST = Assumptions()


def thermal_average(
    x: Array,
    spectrum: Spectrum,
    couplings: Couplings,
    widths: Widths,
    dark_matter: DarkMatter,
    *,
    u_pairs: bool = False,
    one_loop: bool = False,
) -> Array:
    """Thermally averaged cross-section into e+e-, mu+mu- and hadrons, <sigma v>(x = m/T).

    Channels that are closed at rest and suppressed by more than 1e-8 at x = 8 are left out, unless U decays into them
    and its pole matters at x = 5.

    Parameters
    ----------
    x : (k,) array
        m_dm / T, at least 1.
    spectrum, couplings, widths : Spectrum, Couplings, Widths
        Masses [MeV], couplings [1] and widths [MeV] of U, each (n,).
    dark_matter : DarkMatter
        Spin and coupling structure of the dark matter.
    u_pairs : bool
        Add XX -> UU, as `CosmologySettings.u_pair_annihilation` describes it.
    one_loop : bool
        Correct charged leptons, as `CosmologySettings.final_states` describes it. The widths are taken as they are.

    Returns
    -------
    (n, k) array
        <sigma v> [MeV^-2]; relative error below 5e-6 for any width, but up to 1e-4 for x < 3 where the rho dominates.
        NaN in rows with a NaN input.

    Raises
    ------
    ValueError
        If x < 1, a mass is not positive, a width is negative, or shapes differ.
    """
    without, of_pairs = thermal_averages(
        x, spectrum, couplings, widths, dark_matter, u_pairs=u_pairs, one_loop=one_loop
    )
    return without + of_pairs


def thermal_averages(
    x: Array,
    spectrum: Spectrum,
    couplings: Couplings,
    widths: Widths,
    dark_matter: DarkMatter,
    *,
    u_pairs: bool = True,
    one_loop: bool = False,
) -> tuple[Array, Array]:
    """`thermal_average` without pairs of U, and of pairs of U alone, which are zero unless they count.

    Parameters
    ----------
    x : (k,) array
        m_dm / T, at least 1.
    spectrum, couplings, widths, dark_matter, u_pairs, one_loop
        As `thermal_average` takes them.

    Returns
    -------
    tuple of (n, k) array
        <sigma v> [MeV^-2].

    Raises
    ------
    ValueError
        As `thermal_average`.
    """
    abscissae = np.atleast_1d(np.asarray(x, dtype=np.float64))
    if abscissae.ndim != 1 or not np.all(abscissae >= X_LOWEST):
        raise ValueError(f"x must be one-dimensional and >= {X_LOWEST}, got {x}")
    points = _points(spectrum, couplings, widths, u_pairs)
    known = np.isfinite(points.m_dm)
    integral = np.full((2, len(known), len(abscissae)), np.nan)
    integral[:, known] = kernel.thermal_average(
        abscissae,
        kernel.Points(*(values[known] for values in points)),
        _kind(dark_matter, u_pairs),
        _constants(one_loop),
        _hadrons(),
        _bessel_series(1, 2.0 * X_LOWEST, K1_TERMS_LOW),
    )
    without, of_pairs = _norm(abscissae) * integral / points.m_dm[:, np.newaxis] ** 2
    return without, of_pairs


def relic_abundance(
    spectrum: Spectrum,
    couplings: Couplings,
    widths: Widths,
    dark_matter: DarkMatter,
    thermal_history: ThermalHistory | ThermalHistories,
    assumptions: Assumptions = SIMPLEST,
) -> RelicAbundance:
    """Relic abundance of dark matter, particle plus antiparticle; see the module docstring for method and assumptions.

    Always finite and positive. Where couplings are too small for equilibrium at x = 5 the answer rests on what was
    there before: an equilibrium abundance, which then is large, or nothing.

    Parameters
    ----------
    spectrum, couplings, widths : Spectrum, Couplings, Widths
        Masses [MeV], couplings [1] and widths [MeV] of U, each (n,). Rows with NaN (no vacuum) give NaN.
    dark_matter : DarkMatter
        Spin and coupling structure of the dark matter.
    thermal_history : ThermalHistory or ThermalHistories
        The bath, one for all points or one for each; `standard_thermal_history` is good for m_dm below about 2 GeV.
    assumptions : Assumptions
        Processes that count, and what was there before.

    Returns
    -------
    RelicAbundance
        omega_h2 [1] and the relative numerical error [1], each (n,). The error adds the size of the Richardson
        correction, the change of the last extrapolation in x over one step, and a floor of 5e-5.

    Raises
    ------
    ValueError
        If a mass is not positive, a width is negative, or shapes differ.
    """
    u_pairs, one_loop, exchange, u_fraction = assumptions
    points = _points(spectrum, couplings, widths, u_pairs)
    bath = _bath(thermal_history)
    if len(bath.g_entropy) not in (1, len(points.m_dm)):
        raise ValueError(f"thermal histories are of {len(bath.g_entropy)} points, masses of {len(points.m_dm)}")
    inputs = points, _kind(dark_matter, u_pairs), _constants(one_loop), _hadrons(), bath, _lattice()
    origin = kernel.Origin(u_fraction is not None, np.ones_like(points.m_dm) if u_fraction is None else u_fraction)
    if exchange is None:
        k1 = _bessel_series(1, 2.0 * kernel.X_START, kernel.TERMS)
        yield_today, error, dependence = kernel.relic_yield(*inputs, k1, origin)
        cooling = None
    else:
        yield_today, error, cooling, dependence = kernel.coupled_yield(*inputs, _moments(), _exchange(exchange), origin)
        unsolved = np.isinf(error) | (np.isfinite(points.m_dm) & ~(np.isfinite(yield_today) & (yield_today > 0.0)))
        if unsolved.any():  # one temperature, with the error that says what it is worth
            plain, _, _ = kernel.relic_yield(*inputs, _bessel_series(1, 2.0 * kernel.X_START, kernel.TERMS), origin)
            yield_today, error = np.where(unsolved, plain, yield_today), np.where(unsolved, UNSOLVED_ERROR, error)
    entropy_today = 2.0 * np.pi**2 / 45.0 * bath.g_entropy[:, 0] * TEMPERATURE_TODAY**3
    return RelicAbundance(
        omega_h2=spectrum.m_dm * yield_today * entropy_today / CRITICAL_DENSITY_H2,
        relative_error=error + COMMON_ERROR,
        cooling=cooling,
        start_dependence=dependence,
    )


def _points(spectrum: Spectrum, couplings: Couplings, widths: Widths, u_pairs: bool) -> "kernel.Points":
    """Inputs of the kernel, checked, each a contiguous (n,). A row with a NaN has m_dm NaN: the kernel skips it."""
    points = kernel.Points(
        spectrum.m_dm,
        spectrum.m_u,
        u_pair_annihilation.higgs_mass(spectrum) if u_pairs else spectrum.m_u,
        widths.total,
        couplings.g_dm,
        couplings.g_e_l,
        couplings.g_e_r,
        couplings.g_nu,
        couplings.g_pseudoscalar,
        hadronic_cross_section.current_products(couplings),
    )
    columns = {name: values for name, values in points._asdict().items() if name != "currents"}
    for name, values in columns.items():
        if values.ndim != 1 or values.shape != points.m_dm.shape:
            raise ValueError(f"{name} must have shape {points.m_dm.shape} (n,), got {values.shape}")
        if np.any(np.isinf(values)):  # the kernel indexes by what it computes from it
            raise FloatingPointError(f"{name} must be finite or NaN, got {values[np.isinf(values)][0]}")
    for name, mass in (("m_dm", points.m_dm), ("m_u", points.m_u)):
        if np.any(mass <= 0.0):
            raise ValueError(f"{name} must be > 0 MeV, got {np.nanmin(mass)}")
    if np.any(points.width < 0.0):
        raise ValueError(f"widths must be >= 0 MeV, got {np.nanmin(points.width)}")
    missing = np.isnan(np.column_stack(list(columns.values()))).any(axis=1) | np.isnan(points.currents).any(axis=1)
    points = points._replace(m_dm=np.where(missing, np.nan, points.m_dm))
    return kernel.Points(*(np.ascontiguousarray(values, dtype=np.float64) for values in points))


def _kind(dark_matter: DarkMatter, u_pairs: bool) -> "kernel.Kind":
    return kernel.Kind(
        *dark_matter.value,
        degrees_of_freedom=float(dark_matter.degrees_of_freedom),
        kappa=dark_matter.kappa,
        with_u_pairs=u_pairs,
        u_pairs=kernel.UPairs(*u_pair_annihilation.COEFFICIENTS[dark_matter]),
    )


def _constants(one_loop: bool) -> "kernel.Constants":
    return kernel.Constants(
        electron=ELECTRON_MASS,
        muon=MUON_MASS,
        tau=TAU_MASS,
        pion=CHARGED_PION_MASS,
        alpha=ALPHA if one_loop else 0.0,
        planck=PLANCK_MASS,
        temperature_today=TEMPERATURE_TODAY,
    )


def _hadrons() -> "kernel.Hadrons":
    return kernel.Hadrons(*hadronic_cross_section.pole_expansion())


def _bath(thermal_history: ThermalHistory | ThermalHistories) -> "kernel.Bath":
    first, last = np.log(thermal_history.temperature[[0, -1]])
    return kernel.Bath(
        ln_t_first=float(first),
        ln_t_step=float(last - first) / (thermal_history.temperature.size - 1),
        g_entropy=np.atleast_2d(np.ascontiguousarray(thermal_history.g_entropy, dtype=np.float64)),
        sqrt_g_star=np.atleast_2d(np.ascontiguousarray(thermal_history.sqrt_g_star, dtype=np.float64)),
    )


def _norm(x: Array) -> Array:
    """x^(3/2) / (8 x K2(x)^2 e^(2x)), what is left of the prefactor of <sigma v> [1]."""
    # scipy's K2 gives up near 1e9, where the next term of the asymptotic series is long gone.
    far = np.minimum(x, 1e6)
    norm: Array = x**1.5 / (8.0 * far * special.kve(2, far) ** 2)
    return norm


@cache
def _bessel_series(order: int, z_lowest: float, terms: int) -> Array:
    """Coefficients a_l of K_order(z) = z^(-1/2) e^(-z) sum a_l z^(-l), fitted at Chebyshev nodes of 1/z.

    The fit holds for z of at least ``z_lowest``.
    """
    inverse = 0.5 / z_lowest * (1.0 - np.cos(np.pi * (np.arange(4 * terms) + 0.5) / (4 * terms)))
    scaled = special.kve(order, 1.0 / inverse) / np.sqrt(inverse)
    fit = np.polynomial.Chebyshev.fit(inverse, scaled, terms - 1, domain=[0.0, 1.0 / z_lowest])
    coefficients = fit.convert(kind=np.polynomial.Polynomial, domain=[-1, 1], window=[-1, 1]).coef
    return np.ascontiguousarray(coefficients, dtype=np.float64)


def _exchange(exchange: Exchange) -> "kernel.Exchange":
    first, last = np.log(exchange.temperature[[0, -1]])
    return kernel.Exchange(
        ln_t_first=float(first),
        ln_t_step=float(last - first) / (exchange.temperature.size - 1),
        ln_gamma=np.ascontiguousarray(exchange.ln_gamma),
        pull=np.ascontiguousarray(exchange.pull),
    )


@cache
def _moments() -> "kernel.Moments":
    """Series for z = x e >= 2 X_START, and functions of x >= X_START / 1.25: a little hotter than where it starts."""
    return kernel.Moments(
        k0=_bessel_series(0, 2.0 * kernel.X_START, kernel.TERMS),
        k1=_bessel_series(1, 2.0 * kernel.X_START, kernel.TERMS),
        k2=_bessel_series(2, kernel.X_START, kernel.TERMS),
        remainder=_remainder_series(2.0 * kernel.X_START),
        cooling=_cooling_series(kernel.X_START / 1.25),
    )


def _remainder_series(z_lowest: float) -> Array:
    r"""Coefficients (l, m) of z^(-l) q^m, both from 1, of :math:`z^{1/2} e^z (K_0 - J)`, fitted for 0 < q <= 1.

    :math:`K_0 - J = \int d\eta\, e^{-z \cosh\eta} q \sinh^2\eta / (1 + q \sinh^2\eta)`; the first coefficient is
    exact, sqrt(pi/2), so that the error falls with z as fast as the next term.
    """
    order = kernel.MOMENT_TERMS - 1
    inverse, fractions = np.meshgrid(np.linspace(0.02, 1.0, 25) / z_lowest, np.linspace(0.05, 1.0, 20))
    z, q = 1.0 / inverse.ravel(), fractions.ravel()
    v = 0.125 * np.arange(1, 60)[:, np.newaxis]
    u = v * v / z
    sinh2 = q * u * (u + 2.0)
    # dimensionless by z^(1/2), with 2 dv / sqrt(z) for du / sqrt(u)
    exact = np.sum(0.25 * np.exp(-v * v) * sinh2 / (1.0 + sinh2) / np.sqrt(2.0 + u), axis=0)
    powers = [(i, m) for i in range(2, order + 1) for m in range(1, i + 1)]
    first = np.sqrt(0.5 * np.pi) * q / z
    design = np.stack([z**-i * q**m for i, m in powers], axis=1)
    fit = np.linalg.lstsq(design * z[:, np.newaxis], (exact - first) * z, rcond=None)[0]
    series = np.zeros((order, order))
    series[0, 0] = np.sqrt(0.5 * np.pi)
    for (i, m), value in zip(powers, fit, strict=True):
        series[i - 1, m - 1] = value
    return series


def _cooling_series(x_lowest: float) -> Array:
    """Coefficients of powers of 1/x, from the first, of <p^4/E^3> / 3T of a Maxwell-Juettner gas: 5/x when cold."""
    inverse = np.linspace(0.02, 1.0, 40) / x_lowest
    v = 0.125 * np.arange(1, 60)[:, np.newaxis]
    u = v * v * inverse  # kinetic energy over mass
    p2, energy = u * (u + 2.0), 1.0 + u
    measure = v * np.exp(-v * v) * np.sqrt(p2) * energy
    exact = np.sum(measure * p2 * p2 / energy**3, axis=0) / np.sum(measure, axis=0) / (3.0 * inverse)
    design = np.stack([inverse**i for i in range(2, 8)], axis=1)
    fit = np.linalg.lstsq(design / inverse[:, np.newaxis], (exact - 5.0 * inverse) / inverse, rcond=None)[0]
    return np.concatenate([[5.0], fit])


@cache
def _lattice() -> "kernel.Lattice":
    ln_x = np.log(kernel.X_START) + kernel.CELL * np.arange(LATTICE_SIZE)
    x = np.exp(ln_x)
    early = x[x < X_FROZEN]
    origin = kernel.STEP * ORIGIN_STEPS
    rows = ORIGIN_STEPS + int(np.log(kernel.CUT) / (kernel.STEP * kernel.CELL)) + 1
    ln_z = kernel.CELL * (kernel.STEP * np.arange(rows) + np.arange(kernel.STEP)[:, np.newaxis] - origin)
    late, late_weights = _late_rule()
    return kernel.Lattice(
        ln_x=ln_x,
        x=x,
        norm=_norm(x) / x,
        equilibrium=early**2 * special.kve(2, early) * np.exp(-early),
        fall=early * special.kve(1, early) / special.kve(2, early),
        boltzmann=np.exp(-np.exp(ln_z)),
        origin=origin,
        late=late,
        late_weights=late_weights,
    )


def _late_rule() -> tuple[np.typing.NDArray[np.int64], Array]:
    r"""Offsets in cells and weights of the start of the quadrature after freeze-out; the last is the regular step's.

    The trapezoid rule with a step that grows from h to H at a node counts it with (h + H)/2 and adds, by Euler and
    Maclaurin, :math:`(H^2 - h^2) f^{(1)}/12 - (H^4 - h^4) f^{(3)}/720`, from five points in steps of h. The rule starts
    with h = 0 and five points in steps of the first H.
    """
    weights: dict[int, float] = {}
    node, before = 0, 0
    for step, intervals in (*LATE_LEVELS, (kernel.LATE_STEP, 0)):
        spacing = before or step
        h, wide, d = before * kernel.CELL, step * kernel.CELL, spacing * kernel.CELL
        first, third = (wide**2 - h**2) / 12.0 / (12.0 * d), (wide**4 - h**4) / 720.0 / (2.0 * d**3)
        stencil = {-2: first + third, -1: -8.0 * first - 2.0 * third, 1: 8.0 * first + 2.0 * third, 2: -first - third}
        for k, weight in {0: 0.5 * (h + wide), **stencil}.items():
            weights[node + k * spacing] = weights.get(node + k * spacing, 0.0) + weight
        for k in range(1, intervals):
            weights[node + k * step] = weights.get(node + k * step, 0.0) + wide
        node, before = node + intervals * step, step
    offsets = [*sorted(set(weights) - {node}), node]
    return np.array(offsets), np.array([weights[offset] for offset in offsets])
