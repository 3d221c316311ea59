"""Energy that annihilation injects into the gas at recombination."""

import numpy as np

from model.physics.constants import ELECTRON_MASS
from model.physics.quantities import Array, DarkMatter, LowVelocityCrossSection
from model.physics.units import CM3_S_PER_MEV_MINUS2, MEV_PER_GEV

# Fraction of the energy of e+e- that ionises, heats and excites the gas, weighted for the CMB, against the kinetic
# energy of each: Slatyer 2016, 1506.03811, as digitised in Hazma [V] (docs/physics/early_universe.md 7).
# The published grid is 5 keV x 1.708^n; its second node is left out.
KINETIC_ENERGY = np.array(
    (
        0.005,
        0.0146,
        0.0249,
        0.0425,
        0.0727,
        0.124,
        0.212,
        0.362,
        0.620,
        1.06,
        1.79,
        3.07,
        5.26,
        9.02,
        15.4,
        26.4,
        44.9,
        77.0,
        130.0,
    )
)  # [MeV]
EFFICIENCY = np.array(
    (
        0.307,
        0.303,
        0.303,
        0.293,
        0.275,
        0.251,
        0.224,
        0.186,
        0.154,
        0.184,
        0.375,
        0.636,
        0.820,
        0.935,
        0.973,
        0.993,
        0.987,
        0.925,
        0.827,
    )
)


def efficiency(kinetic_energy: Array) -> Array:
    """f_eff of e+e- with that kinetic energy [MeV] each: linear in its logarithm, constant beyond the table, (n,)."""
    result: Array = np.interp(np.log(kinetic_energy), np.log(KINETIC_ENERGY), EFFICIENCY)
    return result


def annihilation_parameter(
    cross_section: LowVelocityCrossSection, m_dm: Array, dark_matter: DarkMatter, relative_velocity2: Array
) -> Array:
    r"""Return :math:`p_{ann} = k' f_{eff} \langle\sigma v\rangle / m`, k' = 1 if self-conjugate and 1/2 otherwise.

    Only e+e- counts. Muons and hadrons, which open above 106 MeV and deposit a smaller fraction of their energy, are
    left out, so that the parameter is then a lower limit. The p-wave part takes the velocity of cold, unclustered dark
    matter at recombination; haloes, which form after the CMB's sensitivity has ended, do not matter.

    Parameters
    ----------
    cross_section : LowVelocityCrossSection
        Annihilation into e+e- [MeV^-2], each (n,).
    m_dm : (n,) array
        Mass [MeV], above m_e.
    dark_matter : DarkMatter
        Spin and coupling structure of the dark matter.
    relative_velocity2 : (n,) array
        <v_rel^2> at recombination [c^2].

    Returns
    -------
    (n,) array
        [cm^3/s/GeV].
    """
    sigma_v = (cross_section.s_wave + cross_section.p_wave * relative_velocity2) * CM3_S_PER_MEV_MINUS2
    return dark_matter.kappa * efficiency(m_dm - ELECTRON_MASS) * sigma_v * MEV_PER_GEV / m_dm
