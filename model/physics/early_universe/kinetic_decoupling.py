r"""Kinetic decoupling of dark matter: its temperature afterwards, and the smallest structures.

:math:`dT_X/dt = -2 H T_X + \gamma_e (T - T_X) + \gamma_\nu (T_\nu - T_X)` is linear, so with
:math:`s(a) = \int_a^\infty (\gamma_e + \gamma_\nu)\,d\ln a / H` its late solution is an integral,

.. math::
    T_X a^2 = \int_0^\infty ds\, e^{-s}\, a^2\, \frac{\gamma_e T + \gamma_\nu T_\nu}{\gamma_e + \gamma_\nu},

which defines the temperature of kinetic decoupling by T_X a^2 = T_kd a_kd^2, as for an
instantaneous decoupling (Bringmann et al. 2016, 1603.04884).

Here dark matter is taken to be in equilibrium at 100 MeV and to scatter off charged particles and neutrinos through U
alone (`momentum_exchange`): the electrons left over after annihilation, the U bosons themselves and self-scattering are
left out, and so is the effect of annihilation on the temperature. Where the abundance was solved together with the
temperature (`freeze_out`), `of_late_temperature` takes the latter from there. T_kd above the freeze-out of annihilation
means that kinetic equilibrium was lost before.
"""

from dataclasses import dataclass, fields
from typing import TypeVar

import numpy as np

from model.physics.constants import BOLTZMANN_MEV_K, CMB_TEMPERATURE_K, PLANCK_MASS
from model.physics.early_universe.momentum_exchange import TEMPERATURE, exchange_rate
from model.physics.early_universe.thermal_history import ThermalHistory, neutrino_temperature
from model.physics.quantities import Array, Couplings, DarkMatter, Spectrum

RECOMBINATION_TEMPERATURE = 0.235e-6  # [MeV], z = 1000 (Essig et al. 2013, 1309.4091, eq. 28)
TEMPERATURE_TODAY = CMB_TEMPERATURE_K * BOLTZMANN_MEV_K  # [MeV]
LN_T_STEP = float(np.log(TEMPERATURE[1] / TEMPERATURE[0]))
BLOCK = 128  # points in one block, whose arrays fit into the cache: ten times faster than a thousand points at once
X_FREEZE_OUT = 20.0  # m/T of chemical decoupling, within 30 % for any annihilation that gives the observed abundance

Columns = TypeVar("Columns", Spectrum, Couplings)

# Planck 2018, 1807.06209, table 2, last column [M]
HUBBLE_H = 0.6736
MATTER_DENSITY_MSUN_MPC3 = 0.1430 * 2.77536627e11  # Omega_m h^2 rho_crit / h^2
EQUALITY_REDSHIFT = 3402.0
EQUALITY_WAVENUMBER_MPC = 0.010384  # a_eq H_eq / c [1/Mpc]

# Acoustic cut-off of the ETHOS simulations, 5e10 Msun/h (T_kd / 100 eV)^-3, 1512.05349 [M]
# (docs/physics/early_universe.md 8)
ACOUSTIC_MASS_MSUN = 5.0e10 / HUBBLE_H
ACOUSTIC_TEMPERATURE = 1.0e-4  # [MeV]


@dataclass(frozen=True)
class KineticDecoupling:
    """Outcome of kinetic decoupling, each (n,).

    ``t_kd`` [MeV] is the photon temperature as the module docstring defines it; ``cooling`` = T_X / (T^2 g_s^(2/3)) at
    late times [1/MeV].
    """

    t_kd: Array
    cooling: Array

    def temperature(self, photon_temperature: float, thermal_history: ThermalHistory) -> Array:
        """Temperature of dark matter [MeV] when the photons have a given one [MeV], well after decoupling, (n,)."""
        g_entropy = _entropy(np.full_like(self.cooling, photon_temperature), thermal_history)
        return self.cooling * photon_temperature**2 * g_entropy ** (2 / 3)


def decoupling(
    spectrum: Spectrum, couplings: Couplings, dark_matter: DarkMatter, thermal_history: ThermalHistory
) -> KineticDecoupling:
    """Solve the temperature equation of the module docstring.

    Parameters
    ----------
    spectrum, couplings : Spectrum, Couplings
        Masses [MeV] and couplings [1], each (n,).
    dark_matter : DarkMatter
        Spin and coupling structure of the dark matter.
    thermal_history : ThermalHistory
        The bath, of the Standard Model.

    Returns
    -------
    KineticDecoupling
        T_kd is limited to the range from 10 eV to 100 MeV.
    """
    n = spectrum.m_dm.size
    blocks = [slice(start, start + BLOCK) for start in range(0, n, BLOCK)]
    cooling = np.empty(n)
    for rows in blocks:
        cooling[rows] = _cooling(_rows(spectrum, rows), _rows(couplings, rows), dark_matter, thermal_history)
    return of_late_temperature(cooling, thermal_history)


def of_late_temperature(cooling: Array, thermal_history: ThermalHistory) -> KineticDecoupling:
    """Kinetic decoupling from ``cooling`` = T_X / (T^2 g_s^(2/3)) at late times [1/MeV], (n,)."""
    # 1 / (T g_s^(2/3)) falls with T and is nearly a power law between nodes.
    inverse = 1.0 / (TEMPERATURE * _bath(thermal_history.g_entropy, thermal_history) ** (2 / 3))
    t_kd = np.exp(np.interp(np.log(cooling), np.log(inverse[::-1]), np.log(TEMPERATURE[::-1])))
    return KineticDecoupling(t_kd=t_kd, cooling=cooling)


def relative_velocity2(
    decoupled: KineticDecoupling, m_dm: Array, photon_temperature: float, thermal_history: ThermalHistory
) -> Array:
    """Mean squared relative velocity of two particles, 6 T_X / m, over c^2, shape (n,).

    With T_X = T^2 / T_kd the velocity of one, sqrt(3 T_X / m), is 1.7e-4 (MeV/m) (T/eV) sqrt(1e-4 m/T_kd): the 2e-4
    of Essig et al. 2013, 1309.4091, eq. 28.
    """
    return 6.0 * decoupled.temperature(photon_temperature, thermal_history) / m_dm


def cutoff_mass(decoupled: KineticDecoupling, m_dm: Array, thermal_history: ThermalHistory) -> Array:
    r"""Smallest haloes [Msun]: the larger of the acoustic and the free-streaming mass, shape (n,).

    Acoustic: :math:`5\times10^{10}\,h^{-1} M_\odot (T_{kd}/100\,{\rm eV})^{-3}`, the ETHOS calibration
    (docs/physics/early_universe.md 8), made for decoupling at keV temperatures; at MeV temperatures more degrees of
    freedom make it up to a factor 3 too large. Free streaming: :math:`\frac{4\pi}{3}\rho_m (\pi/k_{fs})^3` with density
    contrasts damped by :math:`e^{-k^2/k_{fs}^2}`, :math:`k_{fs}^{-1} = \sigma a \int dt/a^2 / \sqrt2` for the velocity
    dispersion :math:`\sigma = \sqrt{T_X/m}` (Green, Hofmann, Schwarz 2005, astro-ph/0503387), the integral from
    decoupling to today in a universe of radiation and matter. It is the larger one for MeV particles that decouple from
    electrons.
    """
    acoustic = ACOUSTIC_MASS_MSUN * (decoupled.t_kd / ACOUSTIC_TEMPERATURE) ** -3
    speed = np.sqrt(decoupled.temperature(TEMPERATURE_TODAY, thermal_history) / m_dm)  # sigma a
    a_kd = TEMPERATURE_TODAY / decoupled.t_kd
    a_kd *= (thermal_history.g_entropy_today / _entropy(decoupled.t_kd, thermal_history)) ** (1 / 3)
    now, then = 1.0 + EQUALITY_REDSHIFT, a_kd * (1.0 + EQUALITY_REDSHIFT)  # a / a_eq
    # k_eq a_eq int dt/a^2 / sqrt2 = [ln((sqrt(1 + y) - 1) / (sqrt(1 + y) + 1))] between then and now
    elapsed = 2.0 * (np.arcsinh(then**-0.5) - np.arcsinh(now**-0.5))
    inverse_k = speed * elapsed * (1.0 + EQUALITY_REDSHIFT) / EQUALITY_WAVENUMBER_MPC
    streaming = 4.0 * np.pi / 3.0 * MATTER_DENSITY_MSUN_MPC3 * (np.pi * inverse_k) ** 3
    cutoff: Array = np.maximum(acoustic, streaming)
    return cutoff


def decouples_before_freeze_out(decoupled: KineticDecoupling, m_dm: Array) -> Array:
    """Whether T_kd lies above the freeze-out of annihilation, T = m / 20, as 0 or 1, shape (n,)."""
    return (decoupled.t_kd > m_dm / X_FREEZE_OUT).astype(np.float64)


def _cooling(
    spectrum: Spectrum, couplings: Couplings, dark_matter: DarkMatter, thermal_history: ThermalHistory
) -> Array:
    """The integral of the module docstring over the bath's T^2 g_s^(2/3), [1/MeV], (n,)."""
    g_entropy = _bath(thermal_history.g_entropy, thermal_history)
    t_nu = neutrino_temperature(TEMPERATURE, thermal_history)
    electrons, neutrinos = exchange_rate(spectrum, couplings, dark_matter, t_nu)
    # ds / dln T: with radiation the time dln a / (H dln T) is sqrt(45 / 4 pi^3) M_Pl g_*^1/2 / (g_s T^2)
    rate = (electrons + neutrinos) * _bath(thermal_history.sqrt_g_star, thermal_history)
    rate *= np.sqrt(45.0 / (4.0 * np.pi**3)) * PLANCK_MASS / (g_entropy * TEMPERATURE**2)
    # Simpson's rule with the geometric mean in the middle, as the rate is nearly exponential in ln T.
    per_step = rate[:, 1:] + rate[:, :-1] + 4.0 * np.sqrt(rate[:, 1:] * rate[:, :-1])
    depth = np.zeros_like(rate)  # s, from the cold end
    np.cumsum(LN_T_STEP / 6.0 * per_step, axis=1, out=depth[:, 1:])
    lost = np.exp(-depth)
    lost_between = np.append(-np.diff(lost, axis=1), lost[:, -1:], axis=1)  # the last: hot and still in equilibrium
    with np.errstate(invalid="ignore", divide="ignore"):  # no scattering where both rates have died out
        neutrino_fraction = np.nan_to_num(neutrinos / (electrons + neutrinos))
    source = (1.0 + neutrino_fraction * (t_nu / TEMPERATURE - 1.0)) / (TEMPERATURE * g_entropy ** (2 / 3))
    source[:, :-1] = 0.5 * (source[:, :-1] + source[:, 1:])
    cooling: Array = np.sum(lost_between * source, axis=1)
    return cooling


def _rows(columns: Columns, rows: slice) -> Columns:
    """The same columns at some of the points."""
    return type(columns)(*(getattr(columns, field.name)[rows] for field in fields(columns)))


def _entropy(temperature: Array, thermal_history: ThermalHistory) -> Array:
    """g_entropy at any photon temperatures [MeV]."""
    result: Array = np.interp(temperature, thermal_history.temperature, thermal_history.g_entropy)
    return result


def _bath(values: Array, thermal_history: ThermalHistory) -> Array:
    """A column of the bath at the nodes `TEMPERATURE`, shape (k,)."""
    result: Array = np.interp(TEMPERATURE, thermal_history.temperature, values)
    return result
