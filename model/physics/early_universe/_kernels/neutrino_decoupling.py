"""Neutrino decoupling in a bath with dark species, point by point; the equations are those of neutrino_decoupling.py.

How to read it: the unknown is y = ln(T_nu/T) on the plasma's grid in ln T, filled from hot to cold. `_add_species` adds
energy, entropy and slope of each dark species to those of the plasma; the grid of a gas in ln(m/T) has the same step,
so that one set of four cubic weights serves every temperature. `_decouple` integrates dy/dlnT. Above ``hot`` neutrinos
have the photon temperature and y is the small value at which they receive the heat that this takes. Below, each step
extrapolates a guess from three previous values and corrects it by one Newton step of the third-order backward
difference (coefficients 18, -9, 2 and 6 over 11, stiffly stable). `_fill_exchange` tabulates the heat that decays of U
and annihilation of dark matter carry to the neutrinos, for the points where they do. ``heat`` is the heat to the
neutrinos per Hubble time, ``rise`` is -dlna/dlnT, and names ending in ``_slope`` are derivatives by y. `_store` turns y
and the expansion into degrees of freedom: (a T)^-3 is the integral of 3 (expansion - 1) over ln T.
"""

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

Array = NDArray[np.float64]

# Functions that no Python calls do without the code that unpacks Python's objects, half of what would be compiled.
INNER: dict[str, Any] = {"cache": True, "error_model": "numpy", "no_cpython_wrapper": True, "no_cfunc_wrapper": True}

NEUTRINO_STATES = 5.25  # 7/8 of 3 x 2: g of neutrinos at the photon temperature


class Plasma(NamedTuple):
    """The Standard Model on a grid uniform in ln T, cold end first; each array (k,).

    ``entropy``, ``energy`` and ``slope`` are those of photons, charged leptons and hadrons in units of
    2 pi^2/45 T^3, pi^2/30 T^4 and 2 pi^2/45 T^3 (slope is ds/dlnT). Below the index ``hot`` heat flows to the neutrinos
    at the rates of annihilation and scattering, q / (pi^2/30 T^4 H) sqrt(g) = ``annihilation`` (1 - e^((9+p)y)) +
    ``scattering`` e^(4y) (1 - e^y) with y = ln(T_nu/T) and p = ``power``; above, neutrinos have the photon temperature.
    """

    ln_t_first: float
    ln_t_step: float
    hot: int
    energy: Array
    entropy: Array
    slope: Array
    annihilation: Array
    scattering: Array
    power: Array
    heat_unit: Array  # what turns a heat [MeV^5] into these units


class Exchange(NamedTuple):
    """Heat that dark species carry to neutrinos, each (n,): masses [MeV], and rates that are zero where they do not.

    U: ``u_rate`` [MeV^2] times the density of U. Dark matter: ``dm_rate`` [MeV^-2] (m/10 T)^``dm_power`` times the
    squared density of ``dm_states`` states and the mean energy.
    """

    u_mass: Array
    u_rate: Array
    dm_mass: Array
    dm_states: Array
    dm_rate: Array
    dm_power: Array


class Gases(NamedTuple):
    """Energy, entropy and slope of one internal state, (3, m), Bose and Fermi, against ln(m/T) in steps of the plasma.

    Lighter than the grid counts as massless, heavier as absent.
    """

    ln_z_first: float
    bose: Array
    fermi: Array


class Dark(NamedTuple):
    """Dark species at n points: masses [MeV] and states at the photon temperature (n, s), Fermi or Bose (s,).

    ``ln_pseudoscalar`` (n,) is ln T [MeV] where a massless boson leaves the bath, infinite where there is none.
    """

    mass: Array
    states: Array
    fermion: NDArray[np.bool_]
    ln_pseudoscalar: Array


class Histories(NamedTuple):
    """Output, each (n, k) on the plasma's grid: g of energy and entropy, sqrt(g_star), and ln(T_nu/T)."""

    energy: Array
    entropy: Array
    sqrt_g_star: Array
    ln_neutrino: Array


@njit(**INNER)
def _add_species(mass: float, states: float, table: Array, ln_z_first: float, plasma: Plasma, dark: Array) -> None:
    """Add one species to ``dark`` (3, k): cubic interpolation, with the same four weights at every temperature."""
    step = plasma.ln_t_step
    size = table.shape[1]
    position = (np.log(mass) - plasma.ln_t_first - ln_z_first) / step  # of the coldest temperature
    shift = int(np.floor(position))
    f = position - shift
    w0 = -f * (f - 1.0) * (f - 2.0) / 6.0
    w1 = (f + 1.0) * (f - 1.0) * (f - 2.0) / 2.0
    w2 = -(f + 1.0) * f * (f - 2.0) / 2.0
    w3 = (f + 1.0) * f * (f - 1.0) / 6.0
    for i in range(dark.shape[1]):
        j = shift - i
        if j > size - 3:  # so heavy that nothing is left
            continue
        j = max(j, 1)
        for row in range(3):
            dark[row, i] += states * (
                w0 * table[row, j - 1] + w1 * table[row, j] + w2 * table[row, j + 1] + w3 * table[row, j + 2]
            )


@njit(**INNER)
def _density(mass: float, temperature: float) -> tuple[float, float]:
    """Density of one Maxwell-Boltzmann state [MeV^3], and m/T; the asymptotic series, held where m < T."""
    z = max(mass / temperature, 1.0)
    density: float = (mass * temperature / (2.0 * np.pi)) ** 1.5 * np.exp(-min(z, 600.0))
    return density * (1.0 + 15.0 / (8.0 * z) + 105.0 / (128.0 * z * z)), z


@njit(**INNER)
def _fill_exchange(exchange: Exchange, point: int, plasma: Plasma, tie: Array) -> None:
    """Fill ``tie`` (4, k): heat without its return flow and m/T, of U and of pairs of dark matter."""
    for i in range(tie.shape[1]):
        for row in range(4):
            tie[row, i] = 0.0
        temperature = np.exp(plasma.ln_t_first + plasma.ln_t_step * i)
        if exchange.u_rate[point] > 0.0:
            density, z = _density(exchange.u_mass[point], temperature)
            tie[0, i], tie[1, i] = plasma.heat_unit[i] * exchange.u_rate[point] * 3.0 * density, z
        if exchange.dm_rate[point] > 0.0:
            density, z = _density(exchange.dm_mass[point], temperature)
            squared = (exchange.dm_states[point] * density) ** 2 * (exchange.dm_mass[point] + 1.5 * temperature)
            rate = exchange.dm_rate[point] * (0.1 * z) ** exchange.dm_power[point]
            tie[2, i], tie[3, i] = plasma.heat_unit[i] * rate * squared, z


@njit(**INNER)
def _returned(z: float, y: float) -> tuple[float, float]:
    """Ln of the density at the neutrino temperature over that at T, and its derivative by y."""
    return 1.5 * y - z * np.expm1(-y), z * np.exp(-y) + 1.5


@njit(**INNER)
def _decouple(plasma: Plasma, dark: Array, tie: Array, left: int, ln_neutrino: Array, expansion: Array) -> float:
    """Fill y = ln(T_nu/T) and -dlna/dlnT from hot to cold.

    Below the index ``left`` a boson expands freely; its energy at the cold end, over that in equilibrium, is returned.
    Third-order backward differences, stiffly stable, with one Newton step from an extrapolated y.
    """
    h = plasma.ln_t_step
    y, y1, y2 = 0.0, 0.0, 0.0
    free = 1.0  # energy of a boson that has left the bath, over that of one at the photon temperature
    for i in range(len(ln_neutrino) - 1, -1, -1):
        if i < left:
            last = expansion[i + 1] if i + 1 < len(expansion) else 1.0
            before = expansion[i + 2] if i + 2 < len(expansion) else last
            free *= np.exp(-4.0 * h * (1.5 * last - 0.5 * before - 1.0))
            dark[0, i] += free
        slope = plasma.slope[i] + dark[2, i]
        entropy = plasma.entropy[i] + dark[1, i]
        energy = plasma.energy[i] + dark[0, i]
        annihilation, scattering, power = plasma.annihilation[i], plasma.scattering[i], 9.0 + plasma.power[i]
        if i >= plasma.hot:
            ln_neutrino[i] = 0.0
            expansion[i] = (slope + 3.0 * NEUTRINO_STATES) / (3.0 * (entropy + NEUTRINO_STATES))
            # Neutrinos cool like photons if this heat flows, which takes a small y.
            heat = (4.0 / 3.0 * slope - 4.0 * entropy) / (1.0 + slope / (3.0 * NEUTRINO_STATES))
            stiffness = annihilation * power + scattering
            stiffness += tie[0, i] * (tie[1, i] + 1.5) + 2.0 * tie[2, i] * (tie[3, i] + 1.5)
            y = y1 = y2 = -heat * np.sqrt(energy + NEUTRINO_STATES) / stiffness
            continue
        guess = 3.0 * y - 3.0 * y1 + y2
        e1, ea = np.exp(guess), np.exp(power * guess)
        e4 = e1 * e1 * e1 * e1
        neutrinos = NEUTRINO_STATES * e4
        inverse_hubble = 1.0 / np.sqrt(energy + neutrinos)
        heat = annihilation * (1.0 - ea) + scattering * e4 * (1.0 - e1)
        heat_slope = scattering * e4 * (4.0 - 5.0 * e1) - annihilation * power * ea
        for species in range(2):
            amplitude, pairs = tie[2 * species, i], species + 1.0
            if amplitude > 0.0:
                exponent, exponent_slope = _returned(tie[2 * species + 1, i], guess)
                # The amplitude may be 1e20 times the heat: 1 - e^x must keep the digits of a small x.
                net = np.expm1(pairs * exponent)
                heat -= amplitude * net
                heat_slope -= amplitude * (1.0 + net) * pairs * exponent_slope
        heat, heat_slope = heat * inverse_hubble, heat_slope * inverse_hubble
        heat_slope -= 2.0 * heat * neutrinos * inverse_hubble * inverse_hubble
        rise = 4.0 / 3.0 * slope / (4.0 * entropy + heat)  # -dlna/dlnT
        flow = 1.0 - heat / (4.0 * neutrinos)
        rate = rise * flow - 1.0
        rate_slope = -rise * (
            (heat_slope - 4.0 * heat) / (4.0 * neutrinos) + flow * heat_slope / (4.0 * entropy + heat)
        )
        residual = guess - (18.0 * y - 9.0 * y1 + 2.0 * y2 - 6.0 * h * rate) / 11.0
        change = residual / (1.0 + 6.0 / 11.0 * h * rate_slope)
        y, y1, y2 = guess - change, y, y1
        ln_neutrino[i] = y
        expansion[i] = 4.0 / 3.0 * slope / (4.0 * entropy + heat - heat_slope * change)
    return free


@njit(**INNER)
def _store(plasma: Plasma, dark: Array, ln_neutrino: Array, expansion: Array, i: int, out: Histories) -> None:
    """Degrees of freedom of one point.

    g of the entropy is (a T)^-3, normalised to the entropy where neutrinos are coupled: integral of 3 (expansion - 1)
    over ln T, four points a cell.
    """
    h = plasma.ln_t_step
    last = len(expansion) - 1
    for j in range(last, -1, -1):
        out.energy[i, j] = plasma.energy[j] + dark[0, j] + NEUTRINO_STATES * np.exp(4.0 * ln_neutrino[j])
        if j >= plasma.hot:
            out.entropy[i, j] = plasma.entropy[j] + dark[1, j] + NEUTRINO_STATES
        else:
            near = expansion[j] + expansion[j + 1]
            far = expansion[max(j - 1, 0)] + expansion[j + 2] if j > 0 else near
            integral = h * ((13.0 * near - far) / 24.0 - 1.0)
            out.entropy[i, j] = out.entropy[i, j + 1] * np.exp(-3.0 * integral)
        out.sqrt_g_star[i, j] = out.entropy[i, j] / np.sqrt(out.energy[i, j]) * expansion[j]
        out.ln_neutrino[i, j] = ln_neutrino[j]


@njit(cache=True, error_model="numpy")
def thermal_histories(
    species: Dark,
    exchange: Exchange,
    gases: Gases,
    plasma: Plasma,
    out: Histories,
    ln_neutrino_today: Array,
    pseudoscalar_today: Array,
) -> None:
    """Fill ln(T_nu/T) and the g of a free boson at the cold end, (n,), and, unless its arrays have no rows, ``out``."""
    n, kinds = species.mass.shape
    size = len(plasma.energy)
    store = out.energy.shape[0] == n
    dark, ln_neutrino, expansion = np.empty((3, size)), np.empty(size), np.empty(size)
    tie = np.zeros((4, size))
    tied = False
    for i in range(n):
        for row in range(3):
            for j in range(size):
                dark[row, j] = 0.0
        for s in range(kinds):
            if species.states[i, s] > 0.0:
                table = gases.fermi if species.fermion[s] else gases.bose
                _add_species(species.mass[i, s], species.states[i, s], table, gases.ln_z_first, plasma, dark)
        if tied or exchange.u_rate[i] > 0.0 or exchange.dm_rate[i] > 0.0:
            _fill_exchange(exchange, i, plasma, tie)
            tied = True
        left, pseudoscalar_today[i] = 0, 0.0
        if species.ln_pseudoscalar[i] < np.inf:
            position = (species.ln_pseudoscalar[i] - plasma.ln_t_first) / plasma.ln_t_step
            left = min(max(int(np.ceil(position)), 0), plasma.hot)  # above, (a T)^-3 is the entropy of one bath
            for j in range(left, size):
                dark[0, j] += 1.0
                dark[1, j] += 1.0
                dark[2, j] += 3.0
            pseudoscalar_today[i] = 1.0
        pseudoscalar_today[i] *= _decouple(plasma, dark, tie, left, ln_neutrino, expansion)
        ln_neutrino_today[i] = ln_neutrino[0]
        if store:
            _store(plasma, dark, ln_neutrino, expansion, i, out)
