r"""Kinetic mixing of U with hypercharge, diagonalised exactly (docs/physics/kinetic_mixing.md 6).

:math:`L = -\frac14 B^2 - \frac14 X^2 + \frac\chi2 B X + \frac12 m_X^2 X^2`; the paper (arXiv:0801.3686) prints
:math:`\chi F U` without the 1/2, a reading that doubles chi.
"""

from dataclasses import dataclass

import numpy as np

from model.physics.constants import COS_THETA_W, E_CHARGE, SIN2_THETA_W, SIN_THETA_W, Z_MASS
from model.physics.quantities import Array

W_MASS_STANDARD_MODEL_GEV = 80.353  # PDG 2024 electroweak fit, +- 0.006 [M]
W_MASS_SLOPE = -0.165  # delta m_W / m_W = slope chi^2 at fixed alpha, G_F, m_Z (docs/physics/laboratory.md 2)


@dataclass(frozen=True)
class Mixing:
    """Mass eigenstates of the (Z0, X) system; every field has shape (n,).

    ``m_u``, ``m_z`` [MeV]; ``sin_a``, ``cos_a`` of the rotation; ``eta`` = chi / sqrt(1 - chi^2); ``dark_scale`` =
    1 / sqrt(1 - chi^2), which multiplies the dark charge.
    """

    m_u: Array
    m_z: Array
    sin_a: Array
    cos_a: Array
    eta: Array
    dark_scale: Array

    def coupling_u(self, charge: float, isospin: float) -> Array:
        """Coupling of U to a chiral fermion of electric charge Q and weak isospin T3 [1], shape (n,)."""
        mixed, weak = _currents(charge, isospin)
        # The two terms nearly cancel for neutrinos and a light U. The first row of the eigenproblem gives exactly
        # tan a = -eta s / (1 - l) with l = m_U^2 / m_Z0^2, which makes the remainder explicit.
        square = np.minimum((self.m_u / Z_MASS) ** 2, 0.5)
        light = E_CHARGE / COS_THETA_W * (COS_THETA_W**2 * charge - square * (charge - isospin)) / (1.0 - square)
        result: Array = np.where(
            square < 0.5, self.cos_a * self.eta * light, self.cos_a * self.eta * mixed - self.sin_a * weak
        )
        return result

    def coupling_z(self, charge: float, isospin: float) -> Array:
        """Coupling of Z to a chiral fermion of electric charge Q and weak isospin T3 [1], shape (n,)."""
        mixed, weak = _currents(charge, isospin)
        result: Array = self.cos_a * weak + self.sin_a * self.eta * mixed
        return result

    def shift_z(self, charge: float, isospin: float) -> Array:
        """Coupling of Z to a chiral fermion less that of the Standard Model [1], shape (n,), without cancellation."""
        mixed, weak = _currents(charge, isospin)
        result: Array = self.sin_a * self.eta * mixed - self.sin_a**2 / (1.0 + self.cos_a) * weak
        return result

    @property
    def delta_rho(self) -> Array:
        """Shift of rho = m_W^2 / (m_Z^2 cos^2 theta_W) from the shift of m_Z at fixed m_Z0 [1], shape (n,)."""
        return (Z_MASS / self.m_z) ** 2 - 1.0


def _currents(charge: float, isospin: float) -> tuple[float, float]:
    """Hypercharge and weak neutral current of a chiral fermion, in the basis of docs/physics/kinetic_mixing.md 6."""
    mixed = E_CHARGE / COS_THETA_W * (charge - isospin)
    weak = E_CHARGE / (SIN_THETA_W * COS_THETA_W) * (isospin - SIN2_THETA_W * charge)
    return mixed, weak


def diagonalise(chi: Array, m_x: Array) -> Mixing:
    r"""Mass eigenstates and rotation of the mixed (Z0, X) system.

    With :math:`\eta = \chi/\sqrt{1-\chi^2}` and :math:`\delta = m_X^2/[m_{Z0}^2(1-\chi^2)]` the mass matrix over
    :math:`m_{Z0}^2` is :math:`[[1, -\eta s], [-\eta s, \eta^2 s^2 + \delta]]`, its determinant :math:`\delta`, and
    :math:`\tan 2a = -2\eta s/(1-\eta^2s^2-\delta)`.

    Parameters
    ----------
    chi : (n,) array
        Kinetic mixing, |chi| < 1 [1].
    m_x : (n,) array
        Mass parameter of X [MeV]; the U mass up to a relative correction of order chi^2 m_X^2/m_Z^2.

    Returns
    -------
    Mixing
        U is the state that is mostly X, for masses below and above m_Z.

    Raises
    ------
    ValueError
        If any |chi| >= 1.
    """
    if not np.all(np.abs(chi) < 1.0):
        raise ValueError(f"|chi| must be < 1, got {np.max(np.abs(chi))}")
    dark_scale = 1.0 / np.sqrt(1.0 - chi**2)
    eta = chi * dark_scale
    delta = (m_x / Z_MASS * dark_scale) ** 2
    mixing = eta * SIN_THETA_W
    difference = 1.0 - mixing**2 - delta
    # The smaller rotation keeps U mostly X. At exact degeneracy, which has measure zero, it is +-45 degrees.
    angle = 0.5 * np.arctan2(-2.0 * mixing * np.where(difference < 0, -1.0, 1.0), np.abs(difference))
    split = np.hypot(difference, 2.0 * mixing)
    larger = 0.5 * (1.0 + mixing**2 + delta + split)
    # The smaller eigenvalue is the determinant over the larger one, without cancellation.
    z_square = np.where(difference < 0, delta / larger, larger)
    return Mixing(
        m_u=Z_MASS * np.sqrt(delta / z_square),
        m_z=Z_MASS * np.sqrt(z_square),
        sin_a=np.sin(angle),
        cos_a=np.cos(angle),
        eta=eta,
        dark_scale=dark_scale,
    )


def chi_of_epsilon(epsilon: Array) -> Array:
    """Mixing with hypercharge, chi = epsilon / cos(theta_W), of a light U, shape (n,)."""
    return epsilon / COS_THETA_W


def w_mass_gev(chi: Array) -> Array:
    r"""Mass of the W [GeV] with kinetic mixing, :math:`80.353 (1 - 0.165 \chi^2)`, shape (n,).

    At fixed alpha, G_F and m_Z; independent of m_U for m_U much below m_Z (docs/physics/laboratory.md 2).
    """
    mass: Array = W_MASS_STANDARD_MODEL_GEV * (1.0 + W_MASS_SLOPE * chi**2)
    return mass
