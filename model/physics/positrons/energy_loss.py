r"""Energy loss of positrons in interstellar gas, per unit column of electrons.

Above about 100 eV positrons lose energy to the electrons of the gas, bound or free, and above some 30 MeV to
bremsstrahlung. Inverse Compton and synchrotron losses are negligible below 1 GeV at interstellar densities. The gas is
hydrogen with 0.1 helium atoms per hydrogen atom; an electron column is counted over all its electrons, 1.2 per hydrogen
atom, so that the loss does not depend on the density of neutral gas at all and on that of ionised gas through a
logarithm only (docs/physics/galaxy.md 6).
"""

import numpy as np

from model.physics.constants import ALPHA, ELECTRON_MASS, HBAR_C_MEV_CM
from model.physics.quantities import Array

ELECTRON_RADIUS_CM = ALPHA * HBAR_C_MEV_CM / ELECTRON_MASS  # classical electron radius, 2.818e-13 cm
HELIUM_PER_HYDROGEN = 0.1  # by number
ELECTRONS_PER_HYDROGEN = 1.0 + 2.0 * HELIUM_PER_HYDROGEN

# Mean excitation energies [MeV], docs/physics/galaxy.md 6: atomic hydrogen and helium
_HYDROGEN_MEV, _HELIUM_MEV = 15.0e-6, 41.5e-6
# hbar omega_p = 3.713e-11 eV sqrt(n_e / cm^-3) at 0.2 cm^-3, the warm ionised gas: a factor 3 in n_e is 2 % of the loss
_PLASMON_MEV = 3.713e-17 * 0.2**0.5

# Radiation logarithms Z^2 L + Z L' of H and He (Tsai 1974; PDG, passage of particles through matter)
_RADIATION = (5.31 + 6.144) + HELIUM_PER_HYDROGEN * (4.0 * 4.79 + 2.0 * 5.621)
_BREMSSTRAHLUNG_FROM_MEV = 30.0

LOWEST_ENERGY_MEV = 1.0e-4  # lower end of the Bethe formula, several times the ionisation energies


def energy_loss(energy: Array, x_ion: Array | float) -> Array:
    r"""Stopping power :math:`-\frac{1}{n_e}\frac{dE}{dx}` of positrons.

    Collisions (Rohrlich & Carlson 1954; ICRU 37), in units of the electron mass, :math:`\gamma = 1 + T`:

    .. math::
        2\pi r_e^2 \beta^{-2} \left\{\ln\frac{T^2(T+2)}{2 I^2} + F^+(T) - \delta\right\}, \quad
        F^+ = 2\ln 2 - \frac{\beta^2}{12}\left[23 + \frac{14}{T+2} + \frac{10}{(T+2)^2} + \frac{4}{(T+2)^3}\right].

    Neutral gas is too thin for a density effect, :math:`\delta = 0`. In ionised gas :math:`I = \hbar\omega_p` and
    :math:`\delta = \ln\gamma^2 - \beta^2`: for the dielectric function :math:`1 - \omega_p^2/\omega^2` Fermi's distant
    collisions keep :math:`\ln(v/\omega_p b)` at every speed (Jackson, section 13.3).

    Bremsstrahlung is :math:`E/X_0` (total energy over radiation length) above 30 MeV. Below 30 MeV it would add less
    than 7 % to the loss in neutral gas and is left out. The screening of a plasma is taken to be that of atoms.

    Parameters
    ----------
    energy : (n,) array
        Kinetic energy [MeV], at least ``LOWEST_ENERGY_MEV``.
    x_ion : float or array that broadcasts with energy
        Fraction of the electron column in ionised gas [1], in [0, 1].

    Returns
    -------
    array, broadcast shape
        Loss [MeV cm^2]; times n_e c beta it is the loss per time.

    Raises
    ------
    ValueError
        If an energy is too low or a fraction outside [0, 1].
    """
    kinetic, ionised = np.asarray(energy, dtype=np.float64), np.asarray(x_ion, dtype=np.float64)
    if np.any(kinetic < LOWEST_ENERGY_MEV * (1.0 - 1e-9)):
        raise ValueError(f"energy must be at least {LOWEST_ENERGY_MEV} MeV, got {kinetic.min()}")
    if not np.all((ionised >= 0.0) & (ionised <= 1.0)):
        raise ValueError(f"x_ion must be in [0, 1], got {ionised}")
    t = kinetic / ELECTRON_MASS
    gamma = 1.0 + t
    beta2 = 1.0 - 1.0 / gamma**2
    shape = 23.0 + 14.0 / (t + 2.0) + 10.0 / (t + 2.0) ** 2 + 4.0 / (t + 2.0) ** 3
    common = np.log(0.5 * t**2 * (t + 2.0)) + 2.0 * np.log(2.0) - beta2 / 12.0 * shape
    helium_electrons = 2.0 * HELIUM_PER_HYDROGEN / ELECTRONS_PER_HYDROGEN
    excitation = (1.0 - helium_electrons) * np.log(_HYDROGEN_MEV) + helium_electrons * np.log(_HELIUM_MEV)
    neutral = common - 2.0 * (excitation - np.log(ELECTRON_MASS))
    plasma = common - 2.0 * np.log(_PLASMON_MEV / ELECTRON_MASS) - 2.0 * np.log(gamma) + beta2
    logarithm = (1.0 - ionised) * neutral + ionised * plasma
    collisions = 2.0 * np.pi * ELECTRON_RADIUS_CM**2 * ELECTRON_MASS / beta2 * logarithm
    inverse_length = 4.0 * ALPHA * ELECTRON_RADIUS_CM**2 * _RADIATION / ELECTRONS_PER_HYDROGEN  # 1 / X_0 per electron
    radiated = np.where(kinetic > _BREMSSTRAHLUNG_FROM_MEV, (kinetic + ELECTRON_MASS) * inverse_length, 0.0)
    result: Array = collisions + radiated
    return result
