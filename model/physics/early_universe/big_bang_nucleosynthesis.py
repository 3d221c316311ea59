r"""Helium and deuterium from a thermal history with dark species in the e-gamma bath.

Neutrons and protons follow `neutron_proton_rates`, with radiative corrections and the finite mass of nucleons.
Deuterium is in equilibrium with n and p until d d -> 3He n and t p, at the rates of Smith, Kawano and Malaney (1993),
take it away; each such fusion ends with two neutrons in helium. That sets the end of the neutrons' decay and so Y_p.

The deuterium that remains after the last stage is, with the baryon density n_b and the expansion rate at T = 0.06 MeV,

.. math:: {\rm D/H} \propto Y_p^{0.57}\, n_b^{-1.66}\, H^{1.54},

which are the published exponents of the baryon density, of N_nu and of Newton's constant (1912.01132), taken apart.

Both are given relative to the Standard Model of the same calculation, times the Standard-Model values of a full
network: rates of nuclear reactions are common factors. Checked against a network of eight reactions in
tests/reference/nucleosynthesis_oracle.py, for species above 0.5 MeV. Left out are lithium, and the photodissociation of
D by products of annihilation after nucleosynthesis (1901.06944), small for p-wave annihilation.
"""

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from model._deferred import deferred
from model.physics.constants import (
    BOLTZMANN_MEV_K,
    HBAR_C_MEV_CM,
    PLANCK_MASS,
)
from model.physics.early_universe.neutrino_decoupling import DarkGas, ThermalHistories, thermal_histories
from model.physics.early_universe.neutron_proton_rates import MASS_DIFFERENCE, weak_rates
from model.physics.quantities import Array
from model.physics.units import SECONDS_TIMES_MEV

if TYPE_CHECKING:
    from model.physics.early_universe._kernels import big_bang_nucleosynthesis as kernel
else:
    kernel = deferred("model.physics.early_universe._kernels.big_bang_nucleosynthesis")

OMEGA_B_H2 = 0.0224  # Planck 2018 (1807.06209): where the abundances below hold
NUCLEON_MASS = 938.919  # mean of n and p [MeV]
DEUTERON_BINDING = 2.224566  # [MeV]
AVOGADRO = 6.02214076e23  # [1/mol], exact
ZETA_3 = 1.2020569
ETA_PER_OMEGA_B = 273.78e-10  # baryons per photon today over Omega_b h^2 [1], at 2.7255 K

T_START, T_END = 4.5, 0.03  # [MeV]: neutrons still in equilibrium; none left
DIVISIONS = 2  # steps in each cell of the thermal history
T_DEUTERIUM = 0.06  # [MeV], from the network of the tests
LN_RATIO = (-0.9, 0.1)  # of ln(T_nu/T)


class Abundances(NamedTuple):
    """Mass fraction of helium-4 and number ratio of deuterium to hydrogen, each (n,)."""

    helium: Array
    deuterium: Array


# Standard Model at OMEGA_B_H2 and NEUTRON_LIFETIME with their theory errors (nuclear rates, lifetime), and logarithmic
# slopes in the baryon density: Fields, Olive, Yeh and Young 2020, 1912.01132
HELIUM_STANDARD, HELIUM_ERROR, HELIUM_SLOPE = 0.2470, 0.0003, 0.039
DEUTERIUM_STANDARD, DEUTERIUM_ERROR, DEUTERIUM_SLOPE = 2.51e-5, 0.11e-5, -1.634
# Slopes of D/H at fixed Y_p. There D/H ~ N_nu^0.405 G^0.974 tau_n^0.418 and Y_p ~ N_nu^0.163 G^0.357 tau_n^0.729 (from
# memory; the network of the tests has the same): 0.418/0.729 of Y_p, then 2 (0.974 - 0.57 x 0.357) = 1.54 of H from G,
# and (0.405 - 0.57 x 0.163) / 0.2025 = 1.54 from N_nu, of which 0.2025 is dlnH/dlnN_nu after e+e- annihilation.
DEUTERIUM_OF_HELIUM = 0.57
DEUTERIUM_OF_EXPANSION = 1.54
DEUTERIUM_OF_BARYONS = DEUTERIUM_SLOPE - DEUTERIUM_OF_HELIUM * HELIUM_SLOPE


def abundances(histories: ThermalHistories, delta_n_eff: Array | float = 0.0) -> Abundances:
    """Primordial abundances of n points at Omega_b h^2 = 0.0224.

    Parameters
    ----------
    histories : ThermalHistories
        Bath of each point.
    delta_n_eff : (n,) array or float
        Dark radiation [1], in units of one neutrino after e+e- annihilation.

    Returns
    -------
    Abundances
        Y_p and D/H [1], each (n,). Next to HELIUM_ERROR and DEUTERIUM_ERROR, which all points share, Y_p is good to
        0.05 % and D/H to 0.2 % for thermal species above 1 MeV, D/H to 4 % at 0.5 MeV.
    """
    volume = _volume(histories)
    extra = 1.75 * (4.0 / 11.0) ** (4.0 / 3.0) * np.atleast_1d(delta_n_eff)[:, np.newaxis] * volume ** (4.0 / 3.0)
    slower = np.sqrt(histories.g_energy / (histories.g_energy + extra))
    bath = kernel.Bath(
        clock=histories.sqrt_g_star / histories.g_entropy * slower,
        volume=volume,
        ln_neutrino=np.log(histories.neutrino_temperature),
    )
    standard_helium, standard_clock, standard_baryons = _standard()
    helium, clock, baryons = _raw(bath, histories.temperature)
    helium = helium / standard_helium
    deuterium = (
        helium**DEUTERIUM_OF_HELIUM
        * (clock / standard_clock) ** -DEUTERIUM_OF_EXPANSION
        * (baryons / standard_baryons) ** DEUTERIUM_OF_BARYONS
    )
    return Abundances(HELIUM_STANDARD * helium, DEUTERIUM_STANDARD * deuterium)


def deuteron_fusion(temperature: Array) -> Array:
    """Rate of d d -> 3He n and t p together, N_A <sigma v> [cm^3/s/mol]: Smith, Kawano, Malaney 1993, ApJS 85, 219.

    Parameters
    ----------
    temperature : array
        [MeV]; the fits hold up to 0.9 MeV and are constant above, where there is no deuterium.
    """
    t9 = np.minimum(temperature / BOLTZMANN_MEV_K * 1e-9, 10.0)
    c = np.cbrt(t9)
    neutron = 1.0 + 0.098 * c + 0.765 * c**2 + 0.525 * t9 + 9.61e-3 * c**4 + 0.0167 * c**5
    proton = 1.0 + 0.098 * c + 0.518 * c**2 + 0.355 * t9 - 0.010 * c**4 - 0.018 * c**5
    rate: Array = (3.95e8 * neutron * np.exp(-4.259 / c) + 4.17e8 * proton * np.exp(-4.258 / c)) / c**2
    return rate


def _raw(bath: "kernel.Bath", temperature: Array) -> tuple[Array, Array, Array]:
    """Y_p before calibration, and clock and volume at T_DEUTERIUM, each (n,)."""
    helium = kernel.helium(bath, _rates(), 1.0 / (1.0 + np.exp(MASS_DIFFERENCE / T_START)))
    row = int(np.searchsorted(temperature, T_DEUTERIUM))
    return helium, bath.clock[:, row], bath.volume[:, row]


@cache
def _standard() -> tuple[float, float, float]:
    history = _nothing()
    clock = history.sqrt_g_star / history.g_entropy
    bath = kernel.Bath(clock, _volume(history), np.log(history.neutrino_temperature))
    helium, late, baryons = _raw(bath, history.temperature)
    return float(helium[0]), float(late[0]), float(baryons[0])


def _volume(histories: ThermalHistories) -> Array:
    """(a T)^-3 over its value today [1]."""
    volume: Array = histories.g_entropy / histories.g_entropy[:, :1]
    return volume


@cache
def _nothing() -> ThermalHistories:
    """The Standard Model."""
    return thermal_histories(DarkGas(np.ones((1, 1)), np.zeros((1, 1)), (True,)))


@cache
def _rates() -> "kernel.Rates":
    grid = _nothing().temperature
    coarse = float(np.log(grid[1] / grid[0]))
    hot, cold = np.searchsorted(grid, T_START), np.searchsorted(grid, T_END)
    index = np.arange(hot * DIVISIONS, cold * DIVISIONS, -1)
    cell = index // DIVISIONS
    f = (index % DIVISIONS / DIVISIONS)[:, np.newaxis]
    weights = np.hstack(
        (
            -f * (f - 1.0) * (f - 2.0) / 6.0,
            (f + 1.0) * (f - 1.0) * (f - 2.0) / 2.0,
            -(f + 1.0) * f * (f - 2.0) / 2.0,
            (f + 1.0) * f * (f - 1.0) / 6.0,
        )
    )
    temperature = grid[cell] * np.exp(coarse * f[:, 0])
    # -dt/dlnT = sqrt(45 / 4 pi^3) M_Pl sqrt(g_star) / (g_s T^2)
    seconds = np.sqrt(45.0 / (4.0 * np.pi**3)) * PLANCK_MASS * SECONDS_TIMES_MEV / temperature**2
    ratio = np.arange(*LN_RATIO, 0.1)
    shape = (len(temperature), len(ratio))
    t = np.broadcast_to(temperature[:, np.newaxis], shape)
    n_to_p, p_to_n = weak_rates(t, t * np.exp(ratio))
    baryons = ETA_PER_OMEGA_B * OMEGA_B_H2 * 2.0 * ZETA_3 / np.pi**2 * temperature**3  # [MeV^3], times g_s / g_s today
    deuterium = 0.75 * (4.0 * np.pi / (NUCLEON_MASS * temperature)) ** 1.5 * np.exp(DEUTERON_BINDING / temperature)
    return kernel.Rates(
        step=coarse / DIVISIONS,
        cell=cell.astype(np.int64),
        weights=np.ascontiguousarray(weights),
        ln_ratio_first=float(ratio[0]),
        ln_ratio_step=0.1,
        ln_n_to_p=np.log(n_to_p * seconds[:, np.newaxis]),
        ln_p_to_n=np.log(np.maximum(p_to_n * seconds[:, np.newaxis], 1e-30)),
        fusion=baryons / HBAR_C_MEV_CM**3 / AVOGADRO * deuteron_fusion(temperature) * seconds,
        deuterium=baryons * deuterium,
    )
