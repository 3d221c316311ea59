r"""Weak rates of n <-> p, with radiative corrections and the finite mass of nucleons.

.. math::
    \lambda = \frac{1}{\tau_n F} \int_{m_e}^\infty dE\, E p \left[K(E) + K(-E)\right], \qquad
    K(E) = C(E) \left\{\epsilon^2 f_\nu(\epsilon) f_e(-E) + \delta K(E)\right\}, \qquad \epsilon = E \mp Q,

for n to p (upper sign) and p to n, with f = 1/(e^{E/T} + 1) at T for electrons and at T_nu for neutrinos; F is the same
integral for decay in vacuum. Negative energies stand for particles on the other side of the reaction.

- C holds the radiative corrections at zero temperature (Czarnecki, Marciano and Sirlin, hep-ph/0406324, Eqs. (9)
  to (15)) and, where a proton and an electron are together, the Fermi function.
- delta K is of first order in 1/M: recoil, thermal motion of nucleons at T, and weak magnetism. Pitrou, Coc, Uzan and
  Vangioni, 1801.08023, Appendix B, derive it. Weak magnetism has opposite signs for neutrinos and antineutrinos: it
  cancels between n nu -> p e and n e+ -> p nubar while T_nu = T, and no longer where neutrinos are colder, as they
  are next to dark species that heat the electrons. There it raises Y_p by up to 1 % relative to Born rates.

Checked against exact kinematics by Monte Carlo (tests/model/physics/early_universe/test_neutron_proton_rates.py).
Left out are radiative corrections at finite temperature, which change Y_p by less than 0.1 %.
"""

from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from model._deferred import deferred
from model.physics.constants import ALPHA, ELECTRON_MASS
from model.physics.quantities import Array

if TYPE_CHECKING:
    from scipy import special
else:
    special = deferred("scipy.special")

NEUTRON_LIFETIME = 878.4  # [s] PDG 2024
MASS_DIFFERENCE = 1.29333236  # Q = m_n - m_p [MeV], CODATA 2022
PROTON_MASS, NEUTRON_MASS = 938.27208943, 939.56542194  # [MeV] CODATA 2022
AXIAL_COUPLING = 1.2754  # PDG 2024
WEAK_MAGNETISM = 3.7058  # anomalous moments of the proton minus the neutron [nuclear magnetons], CODATA 2022
PROTON_RADIUS = 0.841e-13 / 197.3269804e-13  # [1/MeV] CODATA 2022

# hep-ph/0406324: low-energy axial scale [MeV] of Eq. (9), constants of Eqs. (9) and (12), logarithms of Eq. (13), and
# the next-to-leading one of Eq. (14)
AXIAL_SCALE, AXIAL_CONSTANT, BOX_CONSTANT = 1.2e3, -0.34, 0.891
TWO_LOOPS, LEPTON_LOGARITHM, SHORT_DISTANCE, NEXT_LOGARITHM = -0.00043, 1.02094, 1.02248, -0.0001

NODES = 40  # of each stretch of the quadrature


def weak_rates(temperature: Array, neutrino_temperature: Array, *, born: bool = False) -> tuple[Array, Array]:
    """Rates of n -> p and p -> n.

    Parameters
    ----------
    temperature, neutrino_temperature : array
        Of electrons and nucleons, and of neutrinos [MeV], of one shape.
    born : bool
        Leave out radiative corrections and the mass of nucleons.

    Returns
    -------
    tuple of array
        Both rates [1/s], of that shape; without electrons and neutrinos 1/tau_n and 0. Quadrature good to 1e-5.
    """
    t, t_nu = temperature[..., np.newaxis], neutrino_temperature[..., np.newaxis]
    # Decay ends at E = Q; with cold neutrinos the integrand falls to zero there within T_nu.
    edges = (ELECTRON_MASS, MASS_DIFFERENCE, MASS_DIFFERENCE + 6.0 * t, MASS_DIFFERENCE + 40.0 * t)
    n_to_p, p_to_n = np.zeros(np.shape(temperature)), np.zeros(np.shape(temperature))
    for low, high in pairwise(edges):
        energy, measure = _quadrature(np.asarray(low), np.asarray(high))
        n_to_p = n_to_p + np.sum(measure * _both_signs(energy, t, t_nu, 1.0, born), axis=-1)
        p_to_n = p_to_n + np.sum(measure * _both_signs(energy, t, t_nu, -1.0, born), axis=-1)
    norm = NEUTRON_LIFETIME * vacuum_decay(born=born)
    return n_to_p / norm, p_to_n / norm


@cache
def vacuum_decay(*, born: bool = False) -> float:
    """Integral over the spectrum of neutron decay in vacuum [MeV^5]: that of E p (Q - E)^2 for Born rates."""
    energy, measure = _quadrature(np.array(ELECTRON_MASS), np.array(MASS_DIFFERENCE))
    epsilon = energy - MASS_DIFFERENCE
    kernel = epsilon**2
    if not born:
        full = np.ones_like(energy)
        kernel = kernel + _recoil(energy, (full, 0.0 * full, 0.0 * full), np.zeros(1), 1.0)
        kernel = kernel * _radiative(energy, epsilon, together=True)
    return float(np.sum(measure * kernel))


def _quadrature(low: Array, high: Array) -> tuple[Array, Array]:
    """Energies between two edges and their weights times E p, with quadratic spacing for the root at the threshold."""
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    position = 0.5 * (nodes + 1.0)
    energy = low + (high - low) * position**2
    return energy, (high - low) * position * weights * energy * np.sqrt(energy**2 - ELECTRON_MASS**2)


def _both_signs(energy: Array, t: Array, t_nu: Array, sign: float, born: bool) -> Array:
    """K(E) + K(-E); ``sign`` is 1 for n to p and -1 for p to n."""
    total = np.zeros(1)
    for side in (1.0, -1.0):
        electron = side * energy
        epsilon = electron - sign * MASS_DIFFERENCE
        occupation = _fermi(epsilon / t_nu)
        kernel = epsilon**2 * occupation
        if not born:
            first = -occupation * (1.0 - occupation) / t_nu
            second = first * (2.0 * occupation - 1.0) / t_nu
            kernel = kernel + _recoil(electron, (occupation, first, second), t, sign)
            kernel = kernel * _radiative(energy, epsilon, together=sign * side > 0.0)
        total = total + kernel * _fermi(-electron / t)
    return total


def _recoil(electron: Array, neutrino: tuple[Array, Array, Array], t: Array, sign: float) -> Array:
    """Correction delta K over f_e(-E), of first order in 1/M: 1801.08023, Appendix B.

    ``neutrino`` is f_nu and its first two derivatives at epsilon = E - sign Q.
    """
    epsilon = electron - sign * MASS_DIFFERENCE
    momentum2 = electron**2 - ELECTRON_MASS**2
    f, f1, f2 = neutrino

    def first(power: int) -> Array:
        return power * epsilon ** (power - 1) * f + epsilon**power * f1

    def second(power: int) -> Array:
        product = 2.0 * power * epsilon ** (power - 1) * f1 + epsilon**power * f2
        return power * (power - 1) * epsilon ** (power - 2) * f + product

    norm = 1.0 + 3.0 * AXIAL_COUPLING**2
    magnetic = 2.0 * WEAK_MAGNETISM * sign * AXIAL_COUPLING
    plus = ((1.0 + sign * AXIAL_COUPLING) ** 2 + magnetic) / norm
    minus = ((1.0 - sign * AXIAL_COUPLING) ** 2 - magnetic) / norm
    mixed = (AXIAL_COUPLING**2 - 1.0) / norm
    velocity = momentum2 / electron
    recoil = plus * epsilon**2 * f * velocity - minus * epsilon**3 * f
    recoil = recoil + 0.5 * (first(4) + first(2) * momentum2) + mixed / 3.0 * first(3) * velocity
    thermal = 0.5 * (second(4) + second(2) * momentum2) - (plus + minus) * (first(3) - first(2) * velocity)
    thermal = thermal - 3.0 * mixed * epsilon**2 * f + mixed / 3.0 * second(3) * velocity
    nucleon = PROTON_MASS if sign > 0.0 else NEUTRON_MASS
    lighter = 1.5 * t * (1.0 - (NEUTRON_MASS / PROTON_MASS) ** sign) * first(2)
    result: Array = (recoil + t * thermal) / nucleon - lighter
    return result


def _radiative(energy: Array, epsilon: Array, *, together: bool) -> Array:
    """Radiative corrections, times the Fermi function if proton and electron are ``together``."""
    beta = np.sqrt(energy**2 - ELECTRON_MASS**2) / energy
    # The logarithm of the neutrino's energy is integrable; the floor keeps it finite on a node.
    y, e = np.maximum(np.abs(epsilon), 1e-12) / ELECTRON_MASS, energy / ELECTRON_MASS
    rapidity = np.arctanh(beta) / beta
    sirlin = 3.0 * np.log(PROTON_MASS / ELECTRON_MASS) - 0.75
    sirlin = sirlin + 4.0 * (rapidity - 1.0) * (y / (3.0 * e) - 1.5 + np.log(2.0 * y))
    sirlin = sirlin + rapidity * (2.0 * (1.0 + beta**2) + y**2 / (6.0 * e**2) - 4.0 * beta * rapidity)
    sirlin = sirlin - 4.0 / beta * special.spence((1.0 - beta) / (1.0 + beta))
    outer = 1.0 + ALPHA / (2.0 * np.pi) * (sirlin - 3.0 * np.log(PROTON_MASS / (2.0 * MASS_DIFFERENCE)))
    outer = outer * (LEPTON_LOGARITHM + ALPHA / np.pi * BOX_CONSTANT + TWO_LOOPS)
    hadronic = np.log(PROTON_MASS / AXIAL_SCALE) + AXIAL_CONSTANT
    inner = SHORT_DISTANCE + ALPHA / (2.0 * np.pi) * hadronic + NEXT_LOGARITHM
    result: Array = outer * inner * (_fermi_function(beta) if together else 1.0)
    return result


def _fermi_function(beta: Array) -> Array:
    """Enhancement of an electron at the position of a proton, 1801.08023, Appendix B."""
    power = np.sqrt(1.0 - ALPHA**2) - 1.0
    size = 2.0 * PROTON_RADIUS * ELECTRON_MASS * beta / np.sqrt(1.0 - beta**2)
    attraction = np.exp(np.pi * ALPHA / beta) * np.abs(special.gamma(1.0 + power + 1j * ALPHA / beta)) ** 2
    result: Array = (
        (1.0 + 0.5 * power) * 4.0 * size ** (2.0 * power) / special.gamma(3.0 + 2.0 * power) ** 2 * attraction
    )
    return result


def _fermi(x: Array) -> Array:
    """1 / (e^x + 1)."""
    occupation: Array = 0.5 * (1.0 - np.tanh(0.5 * x))
    return occupation
