"""Coordinates in which the allowed region is nearly straight, with the exact Jacobian back to the parameters.

In couplings the posterior is a thin curved ridge with a needle at m_U = 2 m_dm. The ridge straightens in ln of the
dark-matter mass, the ratio r = m_U / 2 m_dm stretched about the resonance, ln of the dark coupling, and ln of the
mixing relative to the one that gives the relic abundance (theory.md 11, sampling.md 1).
"""

from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np

from model.physics.quantities import Array

RESONANCE_WIDTH = 1.0e-4  # asinh stretching resolves the needle m_U -> 2 m_dm at this scale in r - 1
THERMAL_WIDTH = 0.03  # thermal motion fills the pole in at about this distance; keeps ln of the ridge finite


class Inverse(NamedTuple):
    """Parameters {name: (n,)} and ln |d(ln parameters) / d(coordinates)| (n,), -inf where no parameters exist."""

    values: dict[str, Array]
    log_jacobian: Array


class SamplingCoordinates(Protocol):
    """What a model may offer: a bijection between some of its parameters and as many coordinates."""

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


def stretch_ratio(ratio: Array) -> Array:
    """asinh((r - 1) / 1e-4) of r = m_U / 2 m_dm, shape (n,)."""
    return np.arcsinh((ratio - 1.0) / RESONANCE_WIDTH)


def unstretch_ratio(coordinate: Array) -> tuple[Array, Array]:
    """R and ln |d ln r / d coordinate|, each (n,); r is NaN and the Jacobian -inf where r would not be positive."""
    with np.errstate(over="ignore"):
        offset = RESONANCE_WIDTH * np.sinh(coordinate)
    ratio = 1.0 + offset
    possible = (ratio > 0.0) & np.isfinite(ratio)
    ratio = np.where(possible, ratio, np.nan)
    log_jacobian = np.where(possible, np.log(np.hypot(RESONANCE_WIDTH, offset)) - np.log(ratio), -np.inf)
    return ratio, log_jacobian


def log_relic_ridge(log_g: Array, ratio: Array, log_m_dm: Array) -> Array:
    """Approximate ln of the mixing that gives the relic abundance, up to a constant, shape (n,).

    The p-wave cross-section is proportional to (g chi / m_dm)^2 / (r^2 - 1)^2. Any bijection is exact: the
    approximation only decides how straight the ridge is.
    """
    with np.errstate(over="ignore"):  # a ratio beyond 1e154 has an infinite ridge and is out of reach
        ridge: Array = np.log(np.hypot(ratio**2 - 1.0, THERMAL_WIDTH)) + log_m_dm - log_g
    return ridge


@dataclass(frozen=True)
class RadiativeMassCoordinates:
    """For models whose masses are radiative: (ln g, [stretched ratio,] ln m_dm, ln chi over ridge).

    ``m_dm = mass_factor g^p chi m_S sqrt(ln(Lambda^2 / m_S^2))`` in MeV per TeV, and with ``has_lambda``
    ``r = g / (sqrt2 lambda)``; without it r is 1/2 (m_U = m_dm). The power p is 1 where the visible charges are
    proportional to chi, and 2 where they are proportional to g chi (``universal``).
    """

    mass_factor: float
    lambda_uv_tev: float
    has_lambda: bool
    gauge_power: int = 1

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of the parameters it replaces."""
        return ("g", "chi", "lambda", "m_soft_tev") if self.has_lambda else ("g", "chi", "m_soft_tev")

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the coordinates."""
        ratio = ("stretched_mass_ratio",) if self.has_lambda else ()
        return ("ln_g", *ratio, "ln_m_dm", "ln_chi_over_ridge")

    def forward(self, values: dict[str, Array]) -> Array:
        """Coordinates (n, k) of positive parameters {name: (n,)}."""
        g, chi, m_soft = values["g"], values["chi"], values["m_soft_tev"]
        visible = g ** (self.gauge_power - 1) * chi
        logarithm = 2.0 * np.log(self.lambda_uv_tev / m_soft)
        log_m_dm = np.log(self.mass_factor * g * visible * m_soft) + 0.5 * np.log(logarithm)
        ratio = g / (np.sqrt(2.0) * values["lambda"]) if self.has_lambda else np.full_like(g, 0.5)
        offset = np.log(visible) - log_relic_ridge(np.log(g), ratio, log_m_dm)
        columns = [np.log(g), stretch_ratio(ratio), log_m_dm, offset]
        return np.column_stack(columns if self.has_lambda else [columns[0], *columns[2:]])

    def inverse(self, coordinates: Array) -> Inverse:
        """Parameters of coordinates (n, k)."""
        log_g, log_m_dm, offset = coordinates[:, 0], coordinates[:, -2], coordinates[:, -1]
        if self.has_lambda:
            ratio, log_jacobian = unstretch_ratio(coordinates[:, 1])
        else:
            ratio, log_jacobian = np.full_like(log_g, 0.5), np.zeros_like(log_g)
        log_visible = offset + log_relic_ridge(log_g, ratio, log_m_dm)
        log_chi = log_visible - (self.gauge_power - 1) * log_g
        m_soft, log_slope = self._soft_mass(log_m_dm - log_g - log_visible - np.log(self.mass_factor))
        with np.errstate(over="ignore"):
            values = {"g": np.exp(log_g), "chi": np.exp(log_chi), "m_soft_tev": m_soft}
            if self.has_lambda:
                values["lambda"] = values["g"] / (np.sqrt(2.0) * ratio)
        # Triangular in (ln g, r, then ln chi and ln m_soft): |det| = |d ln r / du| |d ln m_soft / d ln m_dm|.
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
    """For the vector portal: (ln g_dm, stretched ratio, ln m_dm, ln epsilon over ridge)."""

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of the parameters it replaces."""
        return ("m_dm_mev", "m_u_mev", "g_dm", "epsilon")

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the coordinates."""
        return ("ln_g_dm", "stretched_mass_ratio", "ln_m_dm", "ln_epsilon_over_ridge")

    def forward(self, values: dict[str, Array]) -> Array:
        """Coordinates (n, 4) of positive parameters {name: (n,)}."""
        log_g, log_m_dm = np.log(values["g_dm"]), np.log(values["m_dm_mev"])
        ratio = values["m_u_mev"] / (2.0 * values["m_dm_mev"])
        offset = np.log(values["epsilon"]) - log_relic_ridge(log_g, ratio, log_m_dm)
        return np.column_stack([log_g, stretch_ratio(ratio), log_m_dm, offset])

    def inverse(self, coordinates: Array) -> Inverse:
        """Parameters of coordinates (n, 4)."""
        log_g, log_m_dm, offset = coordinates[:, 0], coordinates[:, 2], coordinates[:, 3]
        ratio, log_jacobian = unstretch_ratio(coordinates[:, 1])
        with np.errstate(over="ignore"):
            m_dm = np.exp(log_m_dm)
            values = {
                "m_dm_mev": m_dm,
                "m_u_mev": 2.0 * ratio * m_dm,
                "g_dm": np.exp(log_g),
                "epsilon": np.exp(offset + log_relic_ridge(log_g, ratio, log_m_dm)),
            }
        usable = np.logical_and.reduce([np.isfinite(v) for v in values.values()])
        return Inverse(values, np.where(usable, log_jacobian, -np.inf))
