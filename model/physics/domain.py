"""Where a point is a valid one, and the reason where it is not."""

from collections.abc import Mapping

import numpy as np

from model.physics.constants import ELECTRON_MASS
from model.physics.j_factor import JFactorTable
from model.physics.quantities import Array, Reasons, Spectrum

VALID = 0
NOT_POSITIVE = 1
NO_BREAKING = 2
NO_VACUUM = 3
DM_BELOW_ELECTRON = 4
U_BELOW_PAIR = 5
HALO_OUTSIDE_TABLE = 6
F_PS_OUTSIDE = 7

REASONS = (
    "",
    "a coupling, mixing, mass or scale is not positive, or chi >= 1",
    "m_soft >= Lambda_UV: the radiative mass squared is not negative",
    "lambda >= sqrt2 g: no two-vev vacuum",
    "m_dm <= m_e: annihilation into e+e- is closed",
    "m_U <= 2 m_e: U has no e+e- decay",
    "a halo parameter is outside the tabulated J-factors",
    "f_ps is outside [0, 1]",
)


def all_positive(*inputs: Array) -> Reasons:
    """Reason codes that mark the points at which any of the inputs, each (n,), is not positive."""
    positive = np.logical_and.reduce([x > 0.0 for x in inputs])
    return np.where(positive, VALID, NOT_POSITIVE).astype(np.int8)


def checked(reason: Reasons, spectrum: Spectrum, values: Mapping[str, Array], j_factors: JFactorTable) -> Reasons:
    """Add what every model asks for to the reasons (n,) so far; the first reason found stays.

    Open channels, m_dm > m_e and m_U > 2 m_e (theory.md 10), and nuisances within the range of their physics.
    """
    halo = values["r_s_kpc"], values["r_sun_kpc"]
    inside = values["rho_sun_gev_cm3"] > 0.0
    for value, axis in zip(halo, (j_factors.r_s_kpc, j_factors.r_sun_kpc), strict=True):
        inside &= (value >= axis[0]) & (value <= axis[-1])
    if j_factors.profile == "gnfw":
        inside &= (values["gamma"] >= j_factors.gamma[0]) & (values["gamma"] <= j_factors.gamma[-1])
    conditions = (
        (spectrum.m_dm > ELECTRON_MASS, DM_BELOW_ELECTRON),
        (spectrum.m_u > 2.0 * ELECTRON_MASS, U_BELOW_PAIR),
        (inside, HALO_OUTSIDE_TABLE),
        ((values["f_ps"] >= 0.0) & (values["f_ps"] <= 1.0), F_PS_OUTSIDE),
    )
    for holds, code in conditions:
        reason = np.where((reason == VALID) & ~holds, code, reason).astype(np.int8)
    return reason
