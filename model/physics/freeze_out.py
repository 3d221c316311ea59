r"""Thermal freeze-out of dark matter: the averaged cross-section and the relic abundance.

With x = m/T and E = sqrt(s) (theory.md 5):

.. math::
    \langle\sigma v\rangle &= \frac{x}{8 m^5 K_2(x)^2} \int_{E_{min}}^\infty dE\, E^4 \beta_X K_1(E/T)\, \sigma v, \\
    \frac{dY}{d\ln x} &= -\kappa \sqrt{\frac{\pi}{45}} M_{Pl} \frac{m}{x} g_*^{1/2} \langle\sigma v\rangle
        (Y^2 - Y_{eq}^2), \qquad
    g_*^{1/2} = \frac{g_s}{\sqrt{g_\rho}} \left(1 + \frac13 \frac{d\ln g_s}{d\ln T}\right).

How it is solved (theory.md 11; measured errors in tests/model/physics/test_freeze_out.py):

- Final states with one threshold share an integral over t = ln(E/m - E_min/m), done by the trapezoid rule, which
  converges exponentially. The U pole sits midway between two nodes and its exact correction is added, so that nothing
  cancels however narrow U is.
- Node sums and pole terms are tabulated in steps of 0.1 in ln x and interpolated with six points, each without the
  exponential e^(-x gap) or e^(-x Re eps_pole) that would make it steep.
- Y follows an L-stable SDIRK method of order 4, with steps of 0.05 and of 0.025 in ln x (half as much for late
  freeze-out) and Richardson extrapolation, from tight equilibrium until Y_eq is negligible. Then 1/Y grows by the
  integral of the rate, to the end of time.

Dark matter is taken to be in chemical equilibrium at x = 5 and in kinetic equilibrium always, with Maxwell-Boltzmann
statistics; the universe to be radiation-dominated and heated by the Standard Model alone; X X -> U U is left out
(`annihilation.u_pair_channel_matters` says where that is wrong).
"""

from functools import cache

import numpy as np
from scipy.special import kve

from model.physics import decay
from model.physics._kernels import freeze_out as kernel
from model.physics.constants import (
    BOLTZMANN_MEV_K,
    CHARGED_PION_MASS,
    CMB_TEMPERATURE_K,
    ELECTRON_MASS,
    HBAR_C_MEV_CM,
    KPC_CM,
    LIGHT_SPEED_KM_S,
    MUON_MASS,
    PLANCK_MASS,
)
from model.physics.quantities import Array, Couplings, DarkMatter, RelicAbundance, Spectrum, Widths
from model.physics.thermal_history import ThermalHistory

X_START = 5.0  # where dark matter is still in equilibrium
LN_X_STEP = 0.1
TABLE_SIZE = 400  # reaches x = 1e17, later than today for any mass below 10 TeV
STAGE_CELLS = 40  # cells of the table in which Y is integrated: to x = 220, past any freeze-out
X_LOWEST = 1.0  # of thermal_average
K1_TERMS_LOW = 9  # of the series of K1 down to z = 2

# Relative error of Omega that both step sizes share: thermal average (K1 series, trapezoid rule), interpolation of its
# table and of the bath.
COMMON_ERROR = 2e-5

TEMPERATURE_TODAY = CMB_TEMPERATURE_K * BOLTZMANN_MEV_K  # [MeV]
HUBBLE_100 = 100.0 / LIGHT_SPEED_KM_S / (1e3 * KPC_CM) * HBAR_C_MEV_CM  # 100 km/s/Mpc [MeV]
CRITICAL_DENSITY_H2 = 3.0 / (8.0 * np.pi) * (PLANCK_MASS * HUBBLE_100) ** 2  # 3 H^2 / 8 pi G at that rate [MeV^4]


def thermal_average(
    x: Array, spectrum: Spectrum, couplings: Couplings, widths: Widths, dark_matter: DarkMatter
) -> Array:
    """Thermally averaged cross-section into e+e-, mu+mu- and hadrons, <sigma v>(x = m/T).

    Channels that are closed at rest and suppressed by more than 1e-8 at x = 8 are left out.

    Parameters
    ----------
    x : (k,) array
        m_dm / T, at least 1.
    spectrum, couplings, widths : Spectrum, Couplings, Widths
        Masses [MeV], couplings [1] and widths [MeV] of U, each (n,).
    dark_matter : DarkMatter
        Spin and coupling structure of the dark matter.

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
    abscissae = np.atleast_1d(np.asarray(x, dtype=np.float64))
    if abscissae.ndim != 1 or not np.all(abscissae >= X_LOWEST):
        raise ValueError(f"x must be one-dimensional and >= {X_LOWEST}, got {x}")
    points = _points(spectrum, couplings, widths)
    integral = kernel.thermal_average(
        abscissae, points, _kind(dark_matter), _constants(), _k1_series(2.0 * X_LOWEST, K1_TERMS_LOW)
    )
    result: Array = _norm(abscissae) * integral / points.m_dm[:, np.newaxis] ** 2
    return result


def relic_abundance(
    spectrum: Spectrum,
    couplings: Couplings,
    widths: Widths,
    dark_matter: DarkMatter,
    thermal_history: ThermalHistory,
) -> RelicAbundance:
    """Relic abundance of dark matter, particle plus antiparticle; see the module docstring for method and assumptions.

    Always finite and positive. Where couplings are too small for equilibrium at x = 5 the answer is large and rests on
    the assumption that dark matter was thermal then.

    Parameters
    ----------
    spectrum, couplings, widths : Spectrum, Couplings, Widths
        Masses [MeV], couplings [1] and widths [MeV] of U, each (n,). Rows with NaN (no vacuum) give NaN.
    dark_matter : DarkMatter
        Spin and coupling structure of the dark matter.
    thermal_history : ThermalHistory
        The bath; `standard_thermal_history` is good for m_dm below about 2 GeV.

    Returns
    -------
    RelicAbundance
        omega_h2 [1] and the relative numerical error [1], each (n,). The error adds the size of the Richardson
        correction, that of the last extrapolation in x, and a floor of 2e-5.

    Raises
    ------
    ValueError
        If a mass is not positive, a width is negative, or shapes differ.
    """
    yield_today, error = kernel.relic_yield(
        _points(spectrum, couplings, widths),
        _kind(dark_matter),
        _constants(),
        _bath(thermal_history),
        _lattice(),
        _k1_series(2.0 * X_START * np.exp(-2.0 * LN_X_STEP), kernel.TERMS),
    )
    entropy_today = 2.0 * np.pi**2 / 45.0 * thermal_history.g_entropy_today * TEMPERATURE_TODAY**3
    return RelicAbundance(
        omega_h2=spectrum.m_dm * yield_today * entropy_today / CRITICAL_DENSITY_H2,
        relative_error=error + COMMON_ERROR,
    )


def _points(spectrum: Spectrum, couplings: Couplings, widths: Widths) -> kernel.Points:
    """Inputs of the kernel, checked, each a contiguous (n,)."""
    points = kernel.Points(
        spectrum.m_dm,
        spectrum.m_u,
        widths.total,
        couplings.g_dm,
        couplings.g_e_l,
        couplings.g_e_r,
        couplings.g_hadron,
    )
    for name, values in points._asdict().items():
        if values.ndim != 1 or values.shape != points.m_dm.shape:
            raise ValueError(f"{name} must have shape {points.m_dm.shape} (n,), got {values.shape}")
    for name, mass in (("m_dm", points.m_dm), ("m_u", points.m_u)):
        if np.any(mass <= 0.0):
            raise ValueError(f"{name} must be > 0 MeV, got {np.nanmin(mass)}")
    if np.any(points.width < 0.0):
        raise ValueError(f"widths must be >= 0 MeV, got {np.nanmin(points.width)}")
    return kernel.Points(*(np.ascontiguousarray(values, dtype=np.float64) for values in points))


def _kind(dark_matter: DarkMatter) -> kernel.Kind:
    return kernel.Kind(*dark_matter.value, float(dark_matter.degrees_of_freedom), dark_matter.kappa)


def _constants() -> kernel.Constants:
    return kernel.Constants(
        electron=ELECTRON_MASS,
        muon=MUON_MASS,
        pion=CHARGED_PION_MASS,
        rho=decay.RHO_MASS,
        rho_width=decay.RHO_WIDTH,
        planck=PLANCK_MASS,
        temperature_today=TEMPERATURE_TODAY,
    )


def _bath(thermal_history: ThermalHistory) -> kernel.Bath:
    first, last = np.log(thermal_history.temperature[[0, -1]])
    return kernel.Bath(
        ln_t_first=float(first),
        ln_t_step=float(last - first) / (thermal_history.temperature.size - 1),
        g_entropy=np.ascontiguousarray(thermal_history.g_entropy, dtype=np.float64),
        sqrt_g_star=np.ascontiguousarray(thermal_history.sqrt_g_star, dtype=np.float64),
    )


def _norm(x: Array) -> Array:
    """x^(3/2) / (8 x K2(x)^2 e^(2x)), what is left of the prefactor of <sigma v> [1]."""
    # scipy's K2 gives up near 1e9, where the next term of the asymptotic series is long gone.
    far = np.minimum(x, 1e6)
    norm: Array = x**1.5 / (8.0 * far * kve(2, far) ** 2)
    return norm


@cache
def _k1_series(z_lowest: float, terms: int) -> Array:
    """Coefficients a_l of K1(z) = z^(-1/2) e^(-z) sum a_l z^(-l), fitted at Chebyshev nodes of 1/z to z = z_lowest."""
    inverse = 0.5 / z_lowest * (1.0 - np.cos(np.pi * (np.arange(4 * terms) + 0.5) / (4 * terms)))
    scaled = kve(1, 1.0 / inverse) / np.sqrt(inverse)
    fit = np.polynomial.Chebyshev.fit(inverse, scaled, terms - 1, domain=[0.0, 1.0 / z_lowest])
    coefficients = fit.convert(kind=np.polynomial.Polynomial, domain=[-1, 1], window=[-1, 1]).coef
    return np.ascontiguousarray(coefficients, dtype=np.float64)


@cache
def _lattice() -> kernel.Lattice:
    ln_x = np.log(X_START) + LN_X_STEP * np.arange(-2.0, TABLE_SIZE - 2.0)
    x = np.exp(ln_x)
    return kernel.Lattice(
        ln_x=ln_x,
        x=x,
        norm=_norm(x),
        equilibrium=_equilibrium(x),
        stages=(_sdirk(ln_x, 2), _sdirk(ln_x, 4), _sdirk(ln_x, 8)),
        late=_stages(ln_x, kernel.GAUSS_ABSCISSAE[np.newaxis, :]),
    )


def _equilibrium(x: Array) -> Array:
    """x^2 K2(x), the shape of Y_eq [1]."""
    moderate = np.minimum(x, 700.0)  # e^-x underflows
    equilibrium: Array = moderate**2 * kve(2, moderate) * np.exp(-moderate)
    return equilibrium


def _sdirk(ln_x: Array, steps: int) -> kernel.Stages:
    position = (np.arange(steps)[:, np.newaxis] + kernel.SDIRK_ABSCISSAE) / steps
    return _stages(ln_x[:STAGE_CELLS], position)


def _stages(ln_x: Array, position: Array) -> kernel.Stages:
    """Positions (steps, stages) within each cell of the table, with the Lagrange weights to interpolate it there."""
    points = np.arange(-2.0, 4.0)
    weights = np.ones((*position.shape, 6))
    for k, point in enumerate(points):
        for other in np.delete(points, k):
            weights[..., k] *= (position - other) / (point - other)
    ln_x_stage = ln_x[:, np.newaxis, np.newaxis] + LN_X_STEP * position
    x_stage = np.exp(ln_x_stage)
    return kernel.Stages(weights, ln_x_stage, x_stage, _equilibrium(x_stage))
