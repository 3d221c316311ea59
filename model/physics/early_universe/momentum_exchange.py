r"""Momentum exchange of dark matter, nearly at rest, with the relativistic fermions of the early Universe.

With elastic scattering through U the dark-matter temperature follows
:math:`dT_X/dt = -2 H T_X + \gamma(T)(T - T_X)`, where (Bringmann 2009, 0903.0189; Bringmann et al. 2016, 1603.04884)

.. math::
    \gamma = \frac{1}{48\pi^3 g_X m_X^3 T} \int d\omega\, f (1 - f)\, \frac18 \int_{-4k^2}^0 dt\,(-t) \sum |M|^2
           = \frac{g_X^2}{96 \pi^3 m_X T} \sum_f \int d\omega\, f (1 - f)
             \int_0^{4k^2} \frac{\tau\,d\tau}{(m_U^2 + \tau)^2} \left[a\,L_0 + b\,L_s\right],

tau = -t, summed over fermions and antifermions. a and b are `DarkMatter.static_currents`: at leading order in k/m_X a
current of dark matter is its charge or its spin density, which select from the fermion tensor, exactly in the mass and
momentum of the fermion,

.. math::
    L_0 &= g_V^2 (8\omega^2 - 2\tau) + g_A^2 (8 k^2 - 2\tau), \\
    L_s &= g_V^2 (8 k^2 + 2\tau) + g_A^2 \left[8 k^2 + 24 m_f^2 + 2\tau + 8 m_f^2 \tau \left(\frac{2}{m_U^2}
           + \frac{\tau}{m_U^4}\right)\right].

The last bracket is the longitudinal U, to which neither current is conserved. Corrections are of order k/m_X, with
k about 6 T where the integral has its weight: right for T well below m_X / 10.
"""

from functools import cache

import numpy as np

from model.physics.constants import ELECTRON_MASS
from model.physics.quantities import Array, Couplings, DarkMatter, Spectrum

T_LOWEST, T_HIGHEST = 1.0e-5, 100.0  # [MeV]
TEMPERATURE = np.geomspace(T_LOWEST, T_HIGHEST, 202)  # ln T in steps of 0.08

NEUTRINO_FLAVOURS = 3

# m_U / MeV of the table for electrons, which have a mass of their own; beyond it m_U >> k at all T of interest.
_U_MASS = np.geomspace(0.5, 5.0e3, 185)  # ln m_U in steps of 0.05
_RATIO = np.geomspace(1e-9, 1e3, 277)  # T / m_U of the table for massless fermions, ln in steps of 0.1
_KINETIC = np.exp(np.arange(-6.0, 4.3, 0.3))  # (omega - m_f)/T: the trapezoid rule in its logarithm
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(8)


def exchange_rate(
    spectrum: Spectrum, couplings: Couplings, dark_matter: DarkMatter, neutrino_temperature: Array
) -> tuple[Array, Array]:
    """Rates at which electrons and neutrinos drive dark matter to their temperatures, at the nodes `TEMPERATURE`.

    Muons and hadrons, which are rare at the temperatures of kinetic decoupling, are left out.

    Parameters
    ----------
    spectrum, couplings : Spectrum, Couplings
        Masses [MeV] and couplings [1], each (n,).
    dark_matter : DarkMatter
        Spin and coupling structure of the dark matter.
    neutrino_temperature : (k,) array
        Temperature of the neutrinos [MeV] at each node.

    Returns
    -------
    electrons, neutrinos : (n, k) array
        gamma [MeV], from a table that is linear in ln m_U: within 0.15 % for T < m_U / 3 and 0.6 % above.
    """
    charge, spin = dark_matter.static_currents
    strength = couplings.g_dm**2 / (96.0 * np.pi**3 * spectrum.m_dm * spectrum.m_u**4)
    vector = 0.25 * (couplings.g_e_l + couplings.g_e_r) ** 2
    axial = 0.25 * (couplings.g_e_r - couplings.g_e_l) ** 2
    weights = strength * np.stack((charge * vector, charge * axial, spin * vector, spin * axial))
    electrons = _electrons(weights, spectrum.m_u) / TEMPERATURE
    neutrinos = np.zeros_like(electrons)
    coupled = couplings.g_nu != 0.0
    if coupled.any():
        # Left-handed: half of a Dirac fermion's vector and axial tensors each, which agree when massless.
        amount = NEUTRINO_FLAVOURS * (0.5 * strength * couplings.g_nu**2)[coupled, np.newaxis]
        shape = np.log(charge * _massless()[0] + spin * _massless()[1])
        ratio = neutrino_temperature / spectrum.m_u[coupled, np.newaxis]
        integral = np.exp(np.interp(np.log(ratio), np.log(_RATIO), shape)) * neutrino_temperature**7
        neutrinos[coupled] = amount * integral / neutrino_temperature
    return electrons, neutrinos


def integrals(temperature: Array, mass: float, m_u: Array) -> Array:
    """m_U^4 times the double integral of the module docstring, fermion plus antifermion, in both helicities.

    Parameters
    ----------
    temperature, m_u : (k,) array
        Temperature of the fermions and mass of U [MeV].
    mass : float
        Mass of the fermion [MeV].

    Returns
    -------
    (4, k) array
        [MeV^7], for a g_V^2, a g_A^2, b g_V^2 and b g_A^2 in turn.
    """
    t, square = temperature[:, np.newaxis], (m_u**2)[:, np.newaxis]
    boltzmann = np.exp(-np.minimum(mass / t, 700.0))  # clipped where the gas is absent
    kinetic = t * _KINETIC
    omega, k2 = mass + kinetic, kinetic * (kinetic + 2.0 * mass)
    occupation = boltzmann / (np.exp(_KINETIC) + boltzmann)
    measure = 0.3 * kinetic * occupation * (1.0 - occupation)
    # tau = m_U^2 (e^w - 1) stretches the range evenly for light and heavy U alike.
    depth = 0.5 * np.log1p(4.0 * k2 / square)
    total = np.zeros((4, temperature.size))
    for node, weight in zip(_NODES, _WEIGHTS, strict=True):
        w = depth * (1.0 + node)
        scaled = np.expm1(w)  # tau / m_U^2
        tau = scaled * square
        factor = weight * depth * measure * scaled * np.exp(-w) * square**2  # m_U^4 tau dtau / (m_U^2 + tau)^2
        longitudinal = 8.0 * mass**2 * scaled * (2.0 + scaled)
        brackets = (
            8.0 * omega**2 - 2.0 * tau,
            8.0 * k2 - 2.0 * tau,
            8.0 * k2 + 2.0 * tau,
            8.0 * k2 + 24.0 * mass**2 + 2.0 * tau + longitudinal,
        )
        total += [np.sum(factor * bracket, axis=1) for bracket in brackets]
    return 2.0 * total


def _electrons(weights: Array, m_u: Array) -> Array:
    """Weighted sum of the integrals for electrons at every temperature, linear in ln m_U, shape (n, k)."""
    table = _electron_table()
    step = np.log(_U_MASS[1] / _U_MASS[0])
    position = np.clip(np.log(m_u / _U_MASS[0]) / step, 0.0, len(_U_MASS) - 1.000001)
    row = position.astype(np.intp)
    fraction = position - row
    used = np.flatnonzero(np.any(weights != 0.0, axis=1))
    result = np.zeros((m_u.size, TEMPERATURE.size))
    for k in used:
        result += ((1.0 - fraction) * weights[k])[:, np.newaxis] * table[k][row]
        result += (fraction * weights[k])[:, np.newaxis] * table[k][row + 1]
    return result


@cache
def _electron_table() -> Array:
    """`integrals` for electrons, (4, m_U, T)."""
    columns = [integrals(TEMPERATURE, ELECTRON_MASS, np.full_like(TEMPERATURE, m_u)) for m_u in _U_MASS]
    return np.stack(columns, axis=1)


@cache
def _massless() -> Array:
    """`integrals` over T^7 for a massless fermion, at the nodes of T / m_U: charge and spin, (2, ratio)."""
    return integrals(_RATIO, 0.0, np.ones_like(_RATIO))[[0, 2]] / _RATIO**7
