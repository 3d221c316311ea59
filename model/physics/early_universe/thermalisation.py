r"""Equilibrium of dark species with electrons and photons: a smooth form of the test Gamma > H.

At constant Gamma/H a species that starts empty reaches the fraction :math:`1 - e^{-\Gamma/H}` of its equilibrium
abundance in one Hubble time. This fraction at T = m of the species multiplies its states in the bath (`dark_gas`). It
is 1 for any coupling that gives the relic abundance and 0 for one that is far too small, and changes smoothly over half
a decade of coupling. Gamma/H grows for another factor of two in T, so that the test is slightly conservative. A species
that was in equilibrium only while relativistic, through a U much heavier than itself, is not followed: it overcloses
the Universe.
"""

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from model._deferred import deferred
from model.physics.constants import PLANCK_MASS
from model.physics.early_universe import freeze_out
from model.physics.early_universe.neutrino_decoupling import DarkGas, NeutrinoExchange
from model.physics.early_universe.thermal_history import ThermalHistory
from model.physics.quantities import Array, Couplings, DarkMatter, Spectrum, Widths

if TYPE_CHECKING:
    from scipy import special
else:
    special = deferred("scipy.special")

K1_AT_ONE, K2_AT_ONE = 0.6019072301972346, 1.6248388986351774  # modified Bessel functions at 1
TIME_DILATION = K1_AT_ONE / K2_AT_ONE  # mean m/E of a gas at T = m
DENSITY = K2_AT_ONE / (2.0 * np.pi**2)  # n / (g m^3) at T = m


class Thermalisation(NamedTuple):
    """Fraction [1] of the equilibrium abundance that interactions with the e-gamma bath produce, each (n,)."""

    dark_matter: Array
    u: Array


def thermalisation(
    spectrum: Spectrum,
    couplings: Couplings,
    widths: Widths,
    dark_matter: DarkMatter,
    thermal_history: ThermalHistory,
) -> Thermalisation:
    r"""Fraction of equilibrium that dark matter and U reach, 1 - exp(-Gamma/H) at T = m.

    - U: decay and inverse decay into leptons and hadrons, :math:`\Gamma = (\Gamma - \Gamma_{XX}) K_1(1)/K_2(1)`.
      Scattering such as e gamma -> e U, higher by a power of alpha, is left out.
    - Dark matter: :math:`\Gamma = \kappa\, n_{eq} \langle\sigma v\rangle` of annihilation into e+e-, muons and hadrons,
      which includes the U pole and so inverse decay through U. Annihilation of pairs of U adds to it, up to the
      fraction of U.

    Parameters
    ----------
    spectrum, couplings, widths : Spectrum, Couplings, Widths
        Masses [MeV], couplings [1] and widths [MeV] of U, each (n,).
    dark_matter : DarkMatter
        Spin and coupling structure of the dark matter.
    thermal_history : ThermalHistory
        The standard bath, for the Hubble rate.

    Returns
    -------
    Thermalisation
    """
    m_dm, u = spectrum.m_dm, u_fraction(spectrum, widths, thermal_history)
    inputs = np.ones(1), spectrum, couplings, widths, dark_matter
    annihilation, into_u = (average[:, 0] for average in freeze_out.thermal_averages(*inputs))
    density = dark_matter.degrees_of_freedom * DENSITY * m_dm**3
    rate = dark_matter.kappa * density / _hubble(m_dm, thermal_history)
    missing = np.exp(-rate * annihilation) * (1.0 + u * np.expm1(-rate * into_u))
    return Thermalisation(dark_matter=1.0 - missing, u=u)


def u_fraction(spectrum: Spectrum, widths: Widths, thermal_history: ThermalHistory) -> Array:
    """Fraction of equilibrium that U reaches, as `thermalisation` describes it, (n,)."""
    decay = (widths.visible + widths.neutrinos) * TIME_DILATION
    fraction: Array = -np.expm1(-decay / _hubble(spectrum.m_u, thermal_history))
    return fraction


def neutrino_exchange(
    spectrum: Spectrum, couplings: Couplings, widths: Widths, dark_matter: DarkMatter, fractions: Thermalisation
) -> NeutrinoExchange | None:
    """Heat that U and dark matter carry to neutrinos; None if no point couples to them.

    The rate of annihilation into neutrinos is taken as a power of T, fitted between m/10 and m/20, where it stops to
    carry heat that matters.

    Parameters
    ----------
    spectrum, couplings, widths, dark_matter
        As in `thermalisation`.
    fractions : Thermalisation
        Fractions in equilibrium, each (n,).

    Returns
    -------
    NeutrinoExchange or None
    """
    if not np.any(couplings.g_nu):
        return None
    none = np.zeros_like(couplings.g_nu)
    alone = replace(couplings, g_e_l=none, g_e_r=none, g_u_l=none, g_u_r=none, g_d_l=none, g_d_r=none)
    average = freeze_out.thermal_average(np.array([10.0, 20.0]), spectrum, alone, widths, dark_matter)
    power = np.zeros_like(none)
    np.log2(average[:, 1] / np.maximum(average[:, 0], 1e-300), out=power, where=average[:, 0] > 0.0)
    return NeutrinoExchange(
        u_mass=spectrum.m_u,
        u_rate=fractions.u * spectrum.m_u * widths.neutrinos * (1.0 - widths.neutrinos / widths.total),
        dm_mass=spectrum.m_dm,
        dm_states=dark_matter.degrees_of_freedom * fractions.dark_matter,
        dm_rate=dark_matter.kappa * average[:, 0],
        dm_power=power,
    )


def pseudoscalar_decoupling(
    spectrum: Spectrum,
    couplings: Couplings,
    widths: Widths,
    dark_matter: DarkMatter,
    thermal_history: ThermalHistory,
) -> Array | None:
    r"""Photon temperature at which a massless pseudoscalar leaves the e-gamma bath; None if no point has one.

    It is fed by dark matter, which annihilates into it and into electrons: X X -> e+e- and X X -> a a in a row carry
    the heat :math:`\kappa \langle\sigma v\rangle \langle E\rangle n_X^2` with the smaller of the two rates. It leaves
    where that falls below :math:`4 H \rho_a`, at T of about m/10. The decoupling is taken as sudden, because the heat
    falls as e^{-2m/T}.

    Parameters
    ----------
    spectrum, couplings, widths, dark_matter, thermal_history
        As in `thermalisation`.

    Returns
    -------
    (n,) array or None
        [MeV]; infinite where the pseudoscalar does not couple, or never reached equilibrium.
    """
    if not np.any(couplings.g_pseudoscalar):
        return None
    nodes = np.geomspace(2.0, 40.0, 16)
    none = np.zeros_like(couplings.g_dm)
    visible = replace(couplings, g_pseudoscalar=none)
    both = [freeze_out.thermal_average(nodes, spectrum, one, widths, dark_matter) for one in (visible, couplings)]
    into_bath, into_boson = both[0], np.maximum(both[1] - both[0], 0.0)
    m_dm = spectrum.m_dm[:, np.newaxis]
    temperature = m_dm / nodes
    density = dark_matter.degrees_of_freedom * m_dm**2 * temperature / (2.0 * np.pi**2) * special.kn(2, nodes)
    heat = dark_matter.kappa * np.minimum(into_bath, into_boson) * density**2 * (m_dm + 1.5 * temperature)
    boson = np.pi**2 / 30.0 * temperature**4
    ln_rate = np.log(np.maximum(heat / (4.0 * boson * _hubble(temperature, thermal_history)), 1e-300))
    leaves = np.full(len(none), np.inf)
    for i, row in enumerate(ln_rate):
        fast = np.flatnonzero(row > 0.0)
        if fast.size:
            k = min(int(fast[-1]), len(nodes) - 2)
            fraction = min(row[k] / (row[k] - row[k + 1]), 1.0)
            leaves[i] = m_dm[i, 0] / (nodes[k] * (nodes[k + 1] / nodes[k]) ** fraction)
    return leaves


def dark_gas(
    spectrum: Spectrum,
    dark_matter: DarkMatter,
    fractions: Thermalisation,
    exchange: NeutrinoExchange | None = None,
    pseudoscalar: Array | None = None,
) -> DarkGas:
    """Dark matter, U and the hidden scalar, each with the fraction of its states that is in equilibrium.

    The hidden scalar couples to U and follows it; models without one have no m_scalar. Heavier partners of the SUSY
    multiplets are left out: they would lower N_eff further. The massless pseudoscalar of the anomaly-free model counts
    with ``pseudoscalar: massless`` (docs/physics/model.md 3.2).

    Parameters
    ----------
    spectrum : Spectrum
        Masses [MeV], each (n,).
    dark_matter : DarkMatter
        Spin and coupling structure of the dark matter.
    fractions : Thermalisation
        Fractions in equilibrium, each (n,).
    exchange : NeutrinoExchange, optional
        Heat that the species carry to neutrinos.
    pseudoscalar : (n,) array, optional
        Temperature [MeV] at which a massless pseudoscalar leaves the bath.

    Returns
    -------
    DarkGas
        Masses and states (n, 3).
    """
    scalar = np.isfinite(spectrum.m_scalar)
    dark_states = dark_matter.degrees_of_freedom * fractions.dark_matter
    states = (dark_states, 3.0 * fractions.u, np.where(scalar, fractions.u, 0.0))
    masses = (spectrum.m_dm, spectrum.m_u, np.where(scalar, spectrum.m_scalar, 1.0))
    return DarkGas(
        mass=np.stack(masses, axis=1),
        states=np.stack(states, axis=1),
        fermion=(dark_matter is not DarkMatter.SCALAR, False, False),
        exchange=exchange,
        pseudoscalar=pseudoscalar,
    )


def _hubble(temperature: Array, thermal_history: ThermalHistory) -> Array:
    """Hubble rate of the standard bath [MeV]."""
    g = np.interp(np.log(temperature), np.log(thermal_history.temperature), thermal_history.g_energy)
    rate: Array = np.sqrt(4.0 * np.pi**3 / 45.0 * g) * temperature**2 / PLANCK_MASS
    return rate
