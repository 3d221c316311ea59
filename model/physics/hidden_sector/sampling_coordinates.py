"""Coordinates in which the allowed region is nearly straight, with the exact Jacobian back to the parameters.

In couplings the posterior is a thin curved ridge with a needle at m_U = 2 m_dm. The ridge is nearly straight in the
logarithm of the dark-matter mass, in the ratio r = m_U / 2 m_dm stretched about the resonance, in the logarithm of the
dark coupling, and in the logarithm of the mixing relative to the one that gives the relic abundance
(docs/physics/sampling.md 1).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import product
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np

from model._deferred import deferred
from model.physics.constants import E_CHARGE, ELECTRON_MASS, MUON_MASS
from model.physics.quantities import Array

if TYPE_CHECKING:
    from scipy import special
else:
    special = deferred("scipy.special")

RESONANCE_WIDTH = 1.0e-6  # scale of the asinh stretching in r - 1: v^2 in the Galaxy, which resolves the needle
X_FREEZE_OUT = 14.0  # m/T at MeV masses; the default posterior then scatters by 7 % about the ridge
X_POLE, X_POLE_SLOPE = 14.6, 0.6  # m/T at which a pole above threshold counts at 1 MeV; growth with ln m_dm
NARROWEST = 1.0e-12  # least Gamma_U / m_U of the pole term, so that its logarithm is finite for any coupling
CLOSED = 1.0e-100  # K where no channel is open, so that its logarithm is finite
RIDGE = -16.78  # ln of g v c_e sqrt(K) / m_dm [1/MeV] at Omega h^2 = 0.11: puts the allowed region within 0.2 of zero

# Kinetic energies (sqrt(s) - 2m)/m on a logarithmic grid
_ENERGY = np.exp(np.arange(np.log(1e-7), np.log(2.0), 0.35))
_S = (2.0 + _ENERGY) ** 2


@dataclass(frozen=True, eq=False)
class RidgeCorrection:
    """What is added to the ln of the visible coupling on the closed-form ridge, linear between the nodes of a grid.

    The closed form of `log_relic_ridge` assumes one temperature. Beyond kinetic equilibrium it is wrong by a factor of
    four about the resonance, so that the allowed region would again be a thin curved ridge. The correction is tabulated
    from the computed abundance (`workflow.inference.posterior.relic_ridge`). It is a fixed function of the other
    coordinates: their Jacobian stays exact, whatever the table holds.

    Attributes
    ----------
    log_g : (a,) array
        Nodes in ln of the dark coupling.
    stretched_ratio : (b,) array
        Nodes in the stretched ratio m_U / 2 m_dm.
    stretched_m_dm : (c,) array
        Nodes in the stretched mass.
    values : (a, b, c) array
        The correction at the nodes. Beyond the first and the last node it is constant.
    """

    log_g: Array
    stretched_ratio: Array
    stretched_m_dm: Array
    values: Array

    def at(self, log_g: Array, stretched_ratio: Array, stretched_m_dm: Array) -> Array:
        """The correction at n points, (n,); NaN where a coordinate is NaN."""
        nodes = (self.log_g, self.stretched_ratio, self.stretched_m_dm)
        # The position of each point along each axis, in units of nodes.
        places = [
            np.interp(x, axis, np.arange(len(axis), dtype=float))
            for x, axis in zip((log_g, stretched_ratio, stretched_m_dm), nodes, strict=True)
        ]
        known = np.isfinite(places).all(axis=0)
        below = [
            np.clip(np.where(known, place, 0.0).astype(int), 0, len(axis) - 2)
            for place, axis in zip(places, nodes, strict=True)
        ]
        total = np.zeros(len(log_g))
        for corner in product((0, 1), repeat=3):
            weight = np.ones(len(log_g))
            for side, place, index in zip(corner, places, below, strict=True):
                weight = weight * (place - index if side else 1.0 - (place - index))
            total += weight * self.values[tuple(index + side for side, index in zip(corner, below, strict=True))]
        return total


class Inverse(NamedTuple):
    """Parameters {name: (n,)} and ln |d(ln parameters) / d(coordinates)| (n,), -inf where no parameters exist."""

    values: dict[str, Array]
    log_jacobian: Array


class SamplingCoordinates(Protocol):
    """An optional offer of a model: a bijection between some of its parameters and as many coordinates theta."""

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of the parameters it replaces; all must be sampled."""

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the coordinates, as many."""

    def forward(self, values: dict[str, Array]) -> Array:
        """Coordinates (n, k) of positive parameters {name: (n,)}."""

    def inverse(self, coordinates: Array) -> Inverse:
        """Parameters of coordinates (n, k)."""

    def corrected(self, correction: RidgeCorrection) -> "SamplingCoordinates":
        """The same coordinates with the ridge of a computed abundance."""


def stretch_ratio(ratio: Array) -> Array:
    """asinh((r - 1) / 1e-6) of r = m_U / 2 m_dm, shape (n,)."""
    return np.arcsinh((ratio - 1.0) / RESONANCE_WIDTH)


def unstretch_ratio(coordinate: Array) -> tuple[Array, Array]:
    """The ratio r and ln |d ln r / d theta|, each (n,); NaN and -inf where r would not be positive."""
    with np.errstate(over="ignore"):
        offset = RESONANCE_WIDTH * np.sinh(coordinate)
    ratio = 1.0 + offset
    possible = (ratio > 0.0) & np.isfinite(ratio)
    ratio = np.where(possible, ratio, np.nan)
    log_jacobian = np.where(possible, np.log(np.hypot(RESONANCE_WIDTH, offset)) - np.log(ratio), -np.inf)
    return ratio, log_jacobian


def stretch_mass(log_m_dm: Array) -> Array:
    """Signed square root of ln(m_dm / m_e), shape (n,).

    It removes the cliff at m_dm = m_e from the density and shortens the long tail of the resonance needle.
    """
    logarithm = log_m_dm - np.log(ELECTRON_MASS)
    root: Array = np.sign(logarithm) * np.sqrt(np.abs(logarithm))
    return root


def unstretch_mass(coordinate: Array) -> tuple[Array, Array]:
    """Logarithms of m_dm in MeV and of |d ln m_dm / d theta|, each (n,); the second is -inf at m_dm = m_e."""
    with np.errstate(divide="ignore"):
        log_jacobian = np.log(2.0 * np.abs(coordinate))
    return np.log(ELECTRON_MASS) + coordinate * np.abs(coordinate), log_jacobian


def log_relic_ridge(log_g: Array, ratio: Array, log_m_dm: Array, electron_coupling: float) -> Array:
    r"""Approximate ln of the visible coupling that gives the relic abundance, shape (n,).

    The abundance goes with the inverse of :math:`(g\,v\,c_e/m)^2 K`, with c_e the ``electron_coupling``. K sums the
    p-wave cross-section of docs/physics/cross_sections.md 1 over the kinetic energies of freeze-out: directly, and
    above the resonance with the pole added in the narrow-width approximation. A pole of width Gamma contributes
    :math:`\pi/\Gamma m_U`, where Gamma is the width into X X and charged leptons. The leptonic part is proportional to
    :math:`v^2` and dominates where g is small, so that :math:`v^2` is the positive root of a quadratic equation.
    Hadrons and the s-wave of chiral couplings are left out: any bijection is exact, and the approximation only decides
    how straight the ridge is.

    Parameters
    ----------
    log_g, ratio, log_m_dm : (n,) array
        ln g, r = m_U / 2 m_dm, ln of m_dm in MeV.
    electron_coupling : float
        Coupling of U to electrons [1] for v = 1, root mean square of the two chiralities.

    Returns
    -------
    (n,) array
    """
    # Coordinates far outside any prior overflow or give 0 times infinity; their ridge is then not finite.
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        r, column, g2, charge2 = ratio, ratio[:, None], np.exp(2.0 * log_g), electron_coupling**2
        # 4 m^2 in units of m_dm^2. Muons belong here because the ridge drops at their threshold.
        thresholds = [4.0 * np.exp(2.0 * (np.log(mass) - log_m_dm)) for mass in (ELECTRON_MASS, MUON_MASS)]
        above = np.maximum(r - 1.0, 0.0)  # the pole lies at eps = 2 (r - 1)
        distance2 = (_S - 4.0 * column**2) ** 2 + (2.5 * column * above[:, None]) ** 2
        phase_space = np.maximum(_S - 4.0, 0.0) * _leptons(_S, [t[:, None] for t in thresholds])
        smooth = np.sum(_weights() * phase_space / distance2, axis=1) + CLOSED
        # Pole and widths, in units of m_U: K = smooth + pole / (dark + leptons v^2).
        x_pole = np.maximum(X_POLE + X_POLE_SLOPE * log_m_dm, 1.0)
        at_pole = 4.0 * np.maximum(r**2 - 1.0, 0.0) * special.erfc(np.sqrt(2.0 * x_pole * above))
        leptons = _leptons(4.0 * r**2, thresholds)
        pole = np.pi * at_pole * leptons / (16.0 * r**3)
        dark = g2 * np.maximum(1.0 - 1.0 / r**2, 0.0) ** 1.5 / (24.0 * np.pi) + NARROWEST
        visible = charge2 * leptons / (12.0 * np.pi)
        # (g v c_e / m)^2 K = ridge, solved for v^2
        rate, ridge = g2 * charge2 * np.exp(-2.0 * log_m_dm), np.exp(2.0 * RIDGE)
        square = smooth * visible * rate
        linear = (smooth * dark + pole) * rate - ridge * visible
        root = np.sqrt(linear**2 + 4.0 * square * ridge * dark)
        v2 = np.where(linear > 0.0, 2.0 * ridge * dark / (linear + root), (root - linear) / (2.0 * square))
        log_v: Array = 0.5 * np.log(v2)
    return log_v


@cache
def _weights() -> Array:
    """Weight of each kinetic energy in the freeze-out integral int dx <sigma v>/x^2.

    The thermal averages sum up to erfc(sqrt(x_f eps)).
    """
    weights: Array = 0.35 * _ENERGY * special.erfc(np.sqrt(X_FREEZE_OUT * _ENERGY))
    return weights


def _leptons(s: Array, thresholds: Sequence[Array]) -> Array:
    """Sum of (1 + 2 m^2/s) sqrt(1 - 4 m^2/s) of the open channels, s and 4 m^2 in units of m_dm^2."""
    return sum((1.0 + 0.5 * t / s) * np.sqrt(np.maximum(1.0 - t / s, 0.0)) for t in thresholds) + np.zeros_like(s)


@dataclass(frozen=True)
class RadiativeMassCoordinates:
    """Coordinates of models with radiative masses: (ln g, [stretched ratio,] stretched m_dm, ln chi over ridge).

    ``m_dm = mass_factor g^p chi m_S sqrt(ln(Lambda^2 / m_S^2))`` in MeV per TeV, and with ``has_lambda``
    ``r = g / (sqrt2 lambda)``; without it r is 1/2 (m_U = m_dm). The power p is 1 where the visible charges are
    proportional to chi, and 2 where they are proportional to g chi (``universal``); the electron's is
    ``electron_coupling`` times that.
    """

    mass_factor: float
    lambda_uv_tev: float
    has_lambda: bool
    electron_coupling: float
    gauge_power: int = 1
    correction: RidgeCorrection | None = None

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of the parameters it replaces."""
        return ("g", "chi", "lambda", "m_soft_tev") if self.has_lambda else ("g", "chi", "m_soft_tev")

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the coordinates."""
        ratio = ("stretched_mass_ratio",) if self.has_lambda else ()
        return ("ln_g", *ratio, "stretched_m_dm", "ln_chi_over_ridge")

    def forward(self, values: dict[str, Array]) -> Array:
        """Coordinates (n, k) of positive parameters {name: (n,)}."""
        g, chi, m_soft = values["g"], values["chi"], values["m_soft_tev"]
        visible = g ** (self.gauge_power - 1) * chi
        logarithm = 2.0 * np.log(self.lambda_uv_tev / m_soft)
        log_m_dm = np.log(self.mass_factor * g * visible * m_soft) + 0.5 * np.log(logarithm)
        ratio = g / (np.sqrt(2.0) * values["lambda"]) if self.has_lambda else np.full_like(g, 0.5)
        offset = np.log(visible) - log_relic_ridge(np.log(g), ratio, log_m_dm, self.electron_coupling)
        columns = [np.log(g), stretch_ratio(ratio), stretch_mass(log_m_dm), offset]
        if self.correction is not None:
            columns[3] = offset - self.correction.at(*columns[:3])
        return np.column_stack(columns if self.has_lambda else [columns[0], *columns[2:]])

    def corrected(self, correction: RidgeCorrection) -> "RadiativeMassCoordinates":
        """The same coordinates with the ridge of a computed abundance."""
        return replace(self, correction=correction)

    def inverse(self, coordinates: Array) -> Inverse:
        """Parameters of coordinates (n, k)."""
        log_g, offset = coordinates[:, 0], coordinates[:, -1]
        log_m_dm, log_jacobian = unstretch_mass(coordinates[:, -2])
        if self.has_lambda:
            ratio, log_slope = unstretch_ratio(coordinates[:, 1])
            log_jacobian = log_jacobian + log_slope
        else:
            ratio = np.full_like(log_g, 0.5)
        log_visible = offset + log_relic_ridge(log_g, ratio, log_m_dm, self.electron_coupling)
        if self.correction is not None:
            log_visible = log_visible + self.correction.at(log_g, stretch_ratio(ratio), coordinates[:, -2])
        log_chi = log_visible - (self.gauge_power - 1) * log_g
        m_soft, log_slope = self._soft_mass(log_m_dm - log_g - log_visible - np.log(self.mass_factor))
        with np.errstate(over="ignore"):
            values = {"g": np.exp(log_g), "chi": np.exp(log_chi), "m_soft_tev": m_soft}
            if self.has_lambda:
                values["lambda"] = values["g"] / (np.sqrt(2.0) * ratio)
        # Triangular in (ln g, r, then ln chi and ln m_soft): |det| = |d ln r / d theta| |d ln m_soft / d ln m_dm|.
        log_jacobian = log_jacobian + log_slope
        usable = np.logical_and.reduce([np.isfinite(v) for v in values.values()]) & np.isfinite(log_jacobian)
        return Inverse(values, np.where(usable, log_jacobian, -np.inf))

    def _soft_mass(self, log_target: Array) -> tuple[Array, Array]:
        """Solve m_S sqrt(ln(Lambda^2/m_S^2)) = exp(log_target) [TeV] and ln(d ln m_S / d ln target), each (n,).

        The left side grows up to ln(Lambda^2/m_S^2) = 1; beyond its maximum there is no solution.
        """
        log_cut = np.log(self.lambda_uv_tev)
        solvable = np.isfinite(log_target) & (log_target < log_cut - 0.5 - 1e-9)
        target = np.where(solvable, log_target, 0.0)
        log_m = np.minimum(target - 0.5 * np.log(2.0 * np.maximum(log_cut - target, 1.0)), log_cut - 0.6)
        for _ in range(8):  # Newton on a concave function: quadratic from the left
            logarithm = 2.0 * (log_cut - log_m)
            log_m = np.minimum(
                log_m - (log_m + 0.5 * np.log(logarithm) - target) / (1.0 - 1.0 / logarithm), log_cut - 0.5000001
            )
        log_slope = -np.log1p(-1.0 / (2.0 * (log_cut - log_m)))
        return np.where(solvable, np.exp(log_m), np.nan), np.where(solvable, log_slope, -np.inf)


@dataclass(frozen=True)
class PortalCoordinates:
    """Coordinates of the vector portal: (ln g_dm, stretched ratio, stretched m_dm, ln epsilon over ridge)."""

    correction: RidgeCorrection | None = None

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of the parameters it replaces."""
        return ("m_dm_mev", "m_u_mev", "g_dm", "epsilon")

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the coordinates."""
        return ("ln_g_dm", "stretched_mass_ratio", "stretched_m_dm", "ln_epsilon_over_ridge")

    def forward(self, values: dict[str, Array]) -> Array:
        """Coordinates (n, 4) of positive parameters {name: (n,)}."""
        log_g, log_m_dm = np.log(values["g_dm"]), np.log(values["m_dm_mev"])
        ratio = values["m_u_mev"] / (2.0 * values["m_dm_mev"])
        offset = np.log(values["epsilon"]) - log_relic_ridge(log_g, ratio, log_m_dm, E_CHARGE)
        columns = [log_g, stretch_ratio(ratio), stretch_mass(log_m_dm)]
        if self.correction is not None:
            offset = offset - self.correction.at(*columns)
        return np.column_stack([*columns, offset])

    def corrected(self, correction: RidgeCorrection) -> "PortalCoordinates":
        """The same coordinates with the ridge of a computed abundance."""
        return replace(self, correction=correction)

    def inverse(self, coordinates: Array) -> Inverse:
        """Parameters of coordinates (n, 4)."""
        log_g, offset = coordinates[:, 0], coordinates[:, 3]
        ratio, log_jacobian = unstretch_ratio(coordinates[:, 1])
        log_m_dm, log_slope = unstretch_mass(coordinates[:, 2])
        log_epsilon = offset + log_relic_ridge(log_g, ratio, log_m_dm, E_CHARGE)
        if self.correction is not None:
            log_epsilon = log_epsilon + self.correction.at(*coordinates[:, :3].T)
        with np.errstate(over="ignore"):
            m_dm = np.exp(log_m_dm)
            values = {
                "m_dm_mev": m_dm,
                "m_u_mev": 2.0 * ratio * m_dm,
                "g_dm": np.exp(log_g),
                "epsilon": np.exp(log_epsilon),
            }
        usable = np.logical_and.reduce([np.isfinite(v) for v in values.values()])
        return Inverse(values, np.where(usable, log_jacobian + log_slope, -np.inf))
