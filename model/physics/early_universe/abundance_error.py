r"""How far the computed relic abundance may be from the true one, effect by effect.

The solver's own error is some 1e-4, but a run may leave effects out, and others are known with a finite accuracy. Each
has a relative size at each point, and the sizes are added in quadrature (docs/physics/early_universe.md 10).

- An effect that an option of `CosmologySettings` leaves out has the size of its neglect: the abundance is computed
  again with that option alone set to its best value.
- ``maxwellian_shape``: the equations for density and temperature assume a Maxwellian distribution. Above a pole
  annihilation digs a hole at the momenta that reach it, unless scattering fills it.
- ``hadronic_cross_section``: :math:`\Omega \propto 1/\langle\sigma v\rangle`, so the uncertainty of R(s) times the
  fraction of the annihilation that it describes.
- ``hadron_gas``: the degrees of freedom of an ideal gas of hadrons at freeze-out are 1 % low at 100 MeV and 8 % at 140
  MeV, and :math:`\Omega \propto g_*^{-1/2}`.
- ``bath``: what is left out of the bath everywhere.
"""

from collections.abc import Mapping

import numpy as np

from model.physics.constants import PLANCK_MASS
from model.physics.early_universe.freeze_out import CRITICAL_DENSITY_H2, TEMPERATURE_TODAY
from model.physics.early_universe.kinetic_decoupling import X_FREEZE_OUT
from model.physics.early_universe.momentum_exchange import Exchange
from model.physics.early_universe.thermal_history import ThermalHistory
from model.physics.hidden_sector import annihilation, hadronic_cross_section
from model.physics.quantities import Array, Couplings, DarkMatter, RelicAbundance, Spectrum, Widths
from model.physics.units import CM2_G_PER_MEV_MINUS3

# The floor: electromagnetic corrections to the pressure of electrons and photons (0.1 % of g_* at 1 MeV, Bennett et
# al., 1911.04504 [M]) and the temperature at which neutrinos decouple, 1.8 to 3 MeV (0.05 % of Omega).
BATH = 2.0e-3
# Deficit of the ideal gas of hadrons in g_* against temperature [MeV], linear between (docs/physics/early_universe.md
# 1).
HADRON_GAS_TEMPERATURE = (70.0, 100.0, 140.0)
HADRON_GAS_DEFICIT = (0.0, 0.01, 0.08)

# Cost of the Maxwellian shape, measured against the whole distribution (docs/physics/early_universe.md 9): 0.1 % below
# a pole and off it; above it 1.3, 35 and 55 % where m/T_X = 50, 500 and 5000 reaches it, without scattering; at most
# 3 % where the distribution relaxes 100 times faster than the universe expands.
SHAPE_FLOOR = 1.5e-3
SHAPE_MOST = 0.6
SHAPE_HALF = 400.0  # m/T_X of the pole at which half of the most is lost
SHAPE_POWER = 1.5
RELAXED = 5.0  # relaxations in one Hubble time that halve it


def uncertainties(
    spectrum: Spectrum, couplings: Couplings, widths: Widths, dark_matter: DarkMatter
) -> dict[str, Array]:
    """Relative size [1] of what no option accounts for, by name, each (n,).

    Parameters
    ----------
    spectrum, couplings, widths : Spectrum, Couplings, Widths
        Masses [MeV], couplings [1] and widths [MeV] of U, each (n,).
    dark_matter : DarkMatter
        Spin and coupling structure of the dark matter.
    """
    temperature = spectrum.m_dm / X_FREEZE_OUT
    deficit = np.interp(temperature, HADRON_GAS_TEMPERATURE, HADRON_GAS_DEFICIT)
    return {
        "hadronic_cross_section": _hadronic(spectrum, couplings, widths, dark_matter),
        "hadron_gas": 0.5 * deficit,
        "bath": np.full_like(spectrum.m_dm, BATH),
    }


def maxwellian_shape(spectrum: Spectrum, widths: Widths, relaxation: Array) -> Array:
    """Relative size [1] of what a Maxwellian distribution costs, (n,): above the measured costs at every point of them.

    Parameters
    ----------
    spectrum, widths : Spectrum, Widths
        Masses and widths of U [MeV], each (n,).
    relaxation : (n,) array
        Rate at which scattering restores the shape, over H, as `relaxation` gives it [1].
    """
    reach = SHAPE_MOST / (1.0 + (SHAPE_HALF / _pole_x(spectrum, widths)) ** SHAPE_POWER)
    above = np.where(spectrum.m_u > 2.0 * spectrum.m_dm, reach, 0.0)
    size: Array = SHAPE_FLOOR + above / (1.0 + relaxation / RELAXED)
    return size


def relaxation(
    spectrum: Spectrum,
    widths: Widths,
    exchange: Exchange,
    self_scattering_cm2_g: Array,
    abundance: RelicAbundance,
    thermal_history: ThermalHistory,
) -> Array:
    """Rates of momentum exchange with the bath and of self-scattering over H, (n,), when dark matter leaves the pole.

    That is at T = m eps, with the energy eps of the pole above threshold in units of m. Dark matter is not hotter than
    the photons, so that this is the latest time and the smallest rate. Densities are the final ones, which is less than
    those before.

    Parameters
    ----------
    spectrum, widths : Spectrum, Widths
        Masses and widths of U [MeV], each (n,).
    exchange : Exchange
        Rate of momentum exchange with the bath.
    self_scattering_cm2_g : (n,) array
        Cross-section of self-scattering over mass [cm^2/g].
    abundance : RelicAbundance
        The density of dark matter.
    thermal_history : ThermalHistory
        The bath.
    """
    x = _pole_x(spectrum, widths)
    temperature = np.maximum(spectrum.m_dm / x, TEMPERATURE_TODAY)
    history = thermal_history
    elastic = _elastic(np.log(temperature), exchange)
    g_entropy = np.interp(temperature, history.temperature, history.g_entropy)
    sqrt_g_star = np.interp(temperature, history.temperature, history.sqrt_g_star)
    # Radiation alone, in which 1/H is this but for the change of g_entropy [1/MeV]
    hubble_time = np.sqrt(45.0 / (4.0 * np.pi**3)) * PLANCK_MASS * sqrt_g_star / (g_entropy * temperature**2)
    diluted = (temperature / TEMPERATURE_TODAY) ** 3 * g_entropy / history.g_entropy_today
    density = abundance.omega_h2 * CRITICAL_DENSITY_H2 * diluted  # [MeV^4]
    speed = np.sqrt(6.0 / x)
    itself = density * self_scattering_cm2_g / CM2_G_PER_MEV_MINUS3 * speed
    rate: Array = (elastic + itself) * hubble_time
    return rate


def _elastic(ln_t: Array, exchange: Exchange) -> Array:
    """Rate of momentum exchange with the bath at one temperature of each point [MeV], (n,): 0 below the table.

    The logarithm is linear between the nodes. One call of `np.interp` a point would take longer than the rest of this
    module.
    """
    grid, rows = np.log(exchange.temperature), np.arange(len(ln_t))
    below = np.clip(np.searchsorted(grid, ln_t, side="right") - 1, 0, len(grid) - 2)
    start, end = exchange.ln_gamma[rows, below], exchange.ln_gamma[rows, below + 1]
    slope = (end - start) / (grid[below + 1] - grid[below])
    ln_rate = start + slope * (np.minimum(ln_t, grid[-1]) - grid[below])
    rate: Array = np.where(ln_t < grid[0], 0.0, np.exp(ln_rate))
    return rate


def _pole_x(spectrum: Spectrum, widths: Widths) -> Array:
    """m/T_X at which the thermal energy m/x is that of the pole above threshold, or its width if that is more, (n,)."""
    x: Array = spectrum.m_dm / np.maximum(spectrum.m_u - 2.0 * spectrum.m_dm, widths.total)
    return x


def _hadronic(spectrum: Spectrum, couplings: Couplings, widths: Widths, dark_matter: DarkMatter) -> Array:
    """Uncertainty of R(s) at the typical energy of freeze-out, times the fraction of annihilations into hadrons.

    The energy is that of a pair with the mean kinetic energy, 3T/2 each. Pairs of U are not among the annihilations, so
    that the fraction is an upper bound where they are open.
    """
    s = (2.0 * spectrum.m_dm * (1.0 + 1.5 / X_FREEZE_OUT)) ** 2
    inputs = spectrum, couplings, widths, dark_matter
    hadrons = annihilation.sigma_v_hadrons(s, *inputs)
    if not hadrons.any():  # below two pions, where most posteriors lie
        return np.zeros_like(hadrons)
    every = annihilation.sigma_v(s, *inputs)
    fraction = np.zeros_like(every)
    np.divide(hadrons, every, out=fraction, where=every > 0.0)
    return fraction * hadronic_cross_section.relative_uncertainty(s, couplings)


def total(sizes: Mapping[str, Array]) -> Array:
    """The sizes of `Prediction.abundance_errors` added in quadrature [1], shape (n,)."""
    result: Array = np.sqrt(sum(size**2 for size in sizes.values()))
    return result
