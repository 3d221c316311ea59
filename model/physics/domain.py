"""Which points are valid, and the reason why a point is not."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from model.physics.constants import ELECTRON_MASS
from model.physics.galaxy import halo_grid
from model.physics.galaxy.j_factor import JFactorTable
from model.physics.quantities import Array, Reasons, Spectrum

VALID = 0
NOT_POSITIVE = 1
NO_BREAKING = 2
NO_VACUUM = 3
DM_BELOW_ELECTRON = 4
U_BELOW_PAIR = 5
HALO_OUTSIDE_TABLE = 6
F_PS_OUTSIDE = 7
X_ION_OUTSIDE = 8
NO_PAIR = 9
STARS_OUTSIDE = 10

REASONS = (
    "",
    "a coupling, mixing, mass or scale is not positive, or chi >= 1",
    "m_soft >= Lambda_UV: the radiative mass squared is not negative",
    "lambda >= sqrt2 g: no two-vev vacuum",
    "m_dm <= m_e: annihilation into e+e- is closed",
    "m_U <= 2 m_e: U has no e+e- decay",
    "a halo parameter is outside the tabulated J-factors",
    "f_ps is outside [0, 1]",
    "x_ion is outside [0, 1]",
    "the energy released is not above 2 m_e: there is no e+e- pair",
    "a rate of stellar sources is negative, or a fraction of theirs is outside [0, 1]",
)


def all_positive(*inputs: Array) -> Reasons:
    """Reason codes that mark the points at which any of the inputs, each (n,), is not positive."""
    positive = np.logical_and.reduce([x > 0.0 for x in inputs])
    return np.where(positive, VALID, NOT_POSITIVE).astype(np.int8)


def checked(reason: Reasons, spectrum: Spectrum, values: Mapping[str, Array], j_factors: JFactorTable) -> Reasons:
    """Apply the conditions common to all models; a point keeps the first reason it was given.

    The channels must be open, m_dm > m_e and m_U > 2 m_e (docs/physics/model.md 5), and nuisance parameters must lie
    within the range of their physics.
    """
    conditions = (
        (spectrum.m_dm > ELECTRON_MASS, DM_BELOW_ELECTRON),
        (spectrum.m_u > 2.0 * ELECTRON_MASS, U_BELOW_PAIR),
    )
    return _nuisances(_with(reason, *conditions), values, j_factors)


def checked_positrons(
    reason: Reasons, injection_energy: Array, values: Mapping[str, Array], j_factors: JFactorTable
) -> Reasons:
    """The same for a hypothesis about positrons alone: their kinetic energy [MeV] must be positive."""
    return _nuisances(_with(reason, (injection_energy > 0.0, NO_PAIR)), values, j_factors)


def first_of(reason: Reasons, later: Reasons) -> Reasons:
    """The earlier of two reasons at each point, and the later one where there is no earlier one, (n,)."""
    return np.where(reason == VALID, later, reason).astype(np.int8)


def _nuisances(reason: Reasons, values: Mapping[str, Array], j_factors: JFactorTable) -> Reasons:
    inside = (values["rho_sun_gev_cm3"] > 0.0) & (values["baryon_scale"] >= 0.0)
    for name, nodes in halo_grid.axes(j_factors).items():
        inside &= (values[name] >= nodes[0]) & (values[name] <= nodes[-1])
    f_ps = values["f_ps"]
    x_ion = values.get("x_ion", np.zeros_like(f_ps))  # only where a likelihood has it
    return _with(
        reason,
        (inside, HALO_OUTSIDE_TABLE),
        ((f_ps >= 0.0) & (f_ps <= 1.0), F_PS_OUTSIDE),
        ((x_ion >= 0.0) & (x_ion <= 1.0), X_ION_OUTSIDE),
    )


def _with(reason: Reasons, *conditions: tuple[NDArray[np.bool_], int]) -> Reasons:
    for holds, code in conditions:
        reason = np.where((reason == VALID) & ~holds, code, reason).astype(np.int8)
    return reason
