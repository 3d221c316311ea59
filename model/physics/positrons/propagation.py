r"""How far positrons travel before they are slow enough to annihilate at rest.

Positrons scatter off magnetic turbulence while they lose energy to the gas. In one dimension the mean square of the
displacement between birth and annihilation is

.. math::
    \sigma^2(E) = 2\int D\,dt = \frac{2 D_1}{n_e c} \int_0^E \frac{(p/1\,{\rm GeV})^{\delta}}{L(E')}\,dE',

with the diffusion coefficient :math:`D = D_1\,\beta\,(p/1\,{\rm GeV})^\delta` and the loss :math:`n_e c\beta L`
(`energy_loss`); beta cancels. Kolmogorov turbulence has :math:`\delta = 1/3` (Jean et al. 2009, arXiv:0909.4022 [M]).
Neither :math:`D_1` nor the density of the gas is known in the bulge, so that only the growth with energy is computed.
Its scale is the nuisance parameter ``displacement_pc``, the displacement of positrons of `REFERENCE_MEV`, the energy of
those from radioactive nuclei: 150 +- 50 pc make the old stars of the bulge as wide as the line (Siegert et al. 2022,
arXiv:2109.03691). With :math:`D_1 = 3\times 10^{28}\,{\rm cm^2/s}` and one hydrogen atom per cm^3 it would be 17 pc
(`displacement_in`); thinner gas lets positrons go farther. Positrons of 20 MeV travel 13 times as far as those of 0.5
MeV, which makes the line of heavy dark matter much wider than the bulge. docs/physics/galaxy.md 5.
"""

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from model.physics.constants import ELECTRON_MASS, KPC_CM, LIGHT_SPEED_CM_S
from model.physics.positrons.energy_loss import ELECTRONS_PER_HYDROGEN, LOWEST_ENERGY_MEV, energy_loss
from model.physics.quantities import Array, Parameter, Range
from model.physics.units import MEV_PER_GEV

if TYPE_CHECKING:
    from scipy.interpolate import CubicSpline

REFERENCE_MEV = 0.5
TURBULENCE = 1.0 / 3.0  # delta of Kolmogorov turbulence
DISPLACEMENT = Parameter(
    "displacement_pc",
    "pc",
    r"\sigma_{0.5}",
    Range(0.0, 1000.0),
    "distance, in each dimension, that positrons of 0.5 MeV travel between birth and annihilation",
    default=150.0,
)
PARAMETERS: tuple[Parameter, ...] = (DISPLACEMENT,)
"""Nuisance parameter of the propagation."""

# Ionised fraction of the gas in the loss. From neutral to ionised gas the growth up to 20 MeV changes by -11 to +4 %
# (tests).
_X_ION = 0.51
_ENERGY_MEV, _NODES = (LOWEST_ENERGY_MEV, 1.0e4), 4001


def displacement_pc(energy: Array, reference_pc: Array) -> Array:
    """Displacement of positrons in each dimension, root mean square.

    Parameters
    ----------
    energy : (n,) array
        Kinetic energy at birth [MeV], up to 10 GeV.
    reference_pc : (n,) array
        The same for positrons of `REFERENCE_MEV` [pc].

    Returns
    -------
    (n,) array
        Displacement [pc]; 0 below `LOWEST_ENERGY_MEV`.

    Raises
    ------
    ValueError
        If an energy exceeds 10 GeV.
    """
    if np.any(energy > _ENERGY_MEV[1]):
        raise ValueError(f"the energy of positrons must be at most {_ENERGY_MEV[1]:g} MeV, got {np.nanmax(energy):g}")
    slow = ~(energy > LOWEST_ENERGY_MEV)
    ln_growth = _ln_path()(np.log(np.where(slow, REFERENCE_MEV, energy)))
    return np.where(slow, 0.0, reference_pc * np.exp(0.5 * ln_growth))


def displacement_in(energy: float, diffusion_cm2_s: float, hydrogen_per_cm3: float) -> float:
    """Displacement [pc] of positrons of an energy [MeV] for a stated D at 1 GeV [cm^2/s] and density of gas [cm^-3]."""
    path = _path(np.geomspace(_ENERGY_MEV[0], energy, _NODES), _X_ION)[-1]
    electrons = hydrogen_per_cm3 * ELECTRONS_PER_HYDROGEN
    variance = 2.0 * diffusion_cm2_s / (electrons * LIGHT_SPEED_CM_S) * path
    return float(np.sqrt(variance) / KPC_CM * 1.0e3)


def _path(energy: Array, x_ion: float) -> Array:
    """Integral of (p / 1 GeV)^delta / L from the first energy to each [MeV^-1 cm^-2 MeV], (k,)."""
    from scipy.integrate import cumulative_trapezoid  # slow to import, and only runs with this option need it

    momentum = np.sqrt(energy * (energy + 2.0 * ELECTRON_MASS))
    integrand = energy * (momentum / MEV_PER_GEV) ** TURBULENCE / energy_loss(energy, x_ion)
    path: Array = cumulative_trapezoid(integrand, np.log(energy), initial=0.0)
    return path


@cache
def _ln_path() -> "CubicSpline":
    """Ln of the integral over that of the reference energy, as a spline in ln E."""
    from scipy.interpolate import CubicSpline  # slow to import, and only runs with this option need it

    energy = np.geomspace(*_ENERGY_MEV, _NODES)
    ln_energy, ln_path = np.log(energy[1:]), np.log(_path(energy, _X_ION)[1:])
    return CubicSpline(ln_energy, ln_path - CubicSpline(ln_energy, ln_path)(np.log(REFERENCE_MEV)))
