"""Which points are valid, and the reason why a point is not."""

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from model.physics.constants import COS_THETA_W, ELECTRON_MASS
from model.physics.galaxy import halo_grid
from model.physics.quantities import MASS, Array, Couplings, Parameter, Reasons, Spectrum
from model.physics.surroundings import Surroundings

VALID = 0
NOT_POSITIVE = 1
NO_BREAKING = 2
NO_VACUUM = 3
DM_BELOW_ELECTRON = 4
U_BELOW_PAIR = 5
HALO_OUTSIDE_TABLE = 6
NO_PAIR = 7
STARS_OUTSIDE = 8
TOO_HEAVY = 9
TOO_STRONG = 10

REASONS = (
    "",
    "a parameter of the model is not positive or beyond its range, such as chi >= 1 or a coupling above 4 pi",
    "m_soft >= Lambda_UV: the radiative mass squared is not negative",
    "lambda >= sqrt2 g: no two-vev vacuum",
    "m_dm <= m_e: annihilation into e+e- is closed",
    "m_U <= 2 m_e: U has no e+e- decay",
    "a halo parameter is outside the tabulated J-factors",
    "the energy released is not above 2 m_e: there is no e+e- pair",
    "a rate of stellar sources is negative or beyond its range, or a fraction of theirs is outside [0, 1]",
    "m_dm or m_U is above 1e12 MeV: nothing computed here holds",
    "the coupling to electrons is that of a kinetic mixing of 1 or more: Z and U have no mass eigenstates",
)
"""Sentences of the codes above. The codes that follow are those of the nuisance parameters of a run, see `reasons`."""


def reasons(nuisances: Iterable[Parameter]) -> tuple[str, ...]:
    """The sentence of every reason code of a run with these nuisance parameters."""
    return (*REASONS, *(f"{parameter.name} is not {parameter.range}" for parameter in nuisances))


def inside(parameters: Iterable[Parameter], values: Mapping[str, Array], code: int = NOT_POSITIVE) -> Reasons:
    """Reason codes (n,) that mark the points at which any of the parameters is out of its range."""
    within = [parameter.range.contains(values[parameter.name]) for parameter in parameters]
    return np.where(np.logical_and.reduce(within), VALID, code).astype(np.int8)


def possible(
    parameters: Iterable[Parameter], values: Mapping[str, Array], code: int = NOT_POSITIVE
) -> tuple[dict[str, Array], Reasons]:
    """Values with NaN in place of those out of their range, and reason codes (n,).

    A model computes with them: NaN reaches no kernel, since the point is invalid, and no formula overflows on the way.
    """
    parameters = tuple(parameters)
    tame = {p.name: np.where(p.range.contains(values[p.name]), values[p.name], np.nan) for p in parameters}
    return {**values, **tame}, inside(parameters, values, code)


def all_positive(*inputs: Array) -> Reasons:
    """Reason codes that mark the points at which any of the inputs, each (n,), is not positive."""
    positive = np.logical_and.reduce([x > 0.0 for x in inputs])
    return np.where(positive, VALID, NOT_POSITIVE).astype(np.int8)


def checked(
    reason: Reasons, spectrum: Spectrum, couplings: Couplings, values: Mapping[str, Array], surroundings: Surroundings
) -> Reasons:
    """Apply the conditions common to all models; a point keeps the first reason it was given.

    The channels must be open, m_dm > m_e and m_U > 2 m_e (docs/physics/model.md 5). Masses and the coupling to
    electrons must be within reach of the formulas, and nuisance parameters within their ranges.
    """
    conditions = (
        (spectrum.m_dm > ELECTRON_MASS, DM_BELOW_ELECTRON),
        (spectrum.m_u > 2.0 * ELECTRON_MASS, U_BELOW_PAIR),
        (np.maximum(spectrum.m_dm, spectrum.m_u) <= MASS.high, TOO_HEAVY),
        (couplings.epsilon < COS_THETA_W, TOO_STRONG),
    )
    return _nuisances(_with(reason, *conditions), values, surroundings)


def checked_positrons(
    reason: Reasons, injection_energy: Array, values: Mapping[str, Array], surroundings: Surroundings
) -> Reasons:
    """The same for a hypothesis about positrons alone: their kinetic energy [MeV] must be positive."""
    return _nuisances(_with(reason, (injection_energy > 0.0, NO_PAIR)), values, surroundings)


def first_of(reason: Reasons, later: Reasons) -> Reasons:
    """The earlier of two reasons at each point, and the later one where there is no earlier one, (n,)."""
    return np.where(reason == VALID, later, reason).astype(np.int8)


def _nuisances(reason: Reasons, values: Mapping[str, Array], surroundings: Surroundings) -> Reasons:
    """Add the reasons of nuisances out of the tables and out of their ranges; some runs have only some of them."""
    tabulated = [
        (values[name] >= nodes[0]) & (values[name] <= nodes[-1])
        for name, nodes in halo_grid.axes(surroundings.j_factors).items()
    ]
    ranges = [
        (parameter.range.contains(values[parameter.name]), len(REASONS) + k)
        for k, parameter in enumerate(surroundings.nuisances)
        if parameter.name in values
    ]
    return _with(reason, (np.logical_and.reduce(tabulated), HALO_OUTSIDE_TABLE), *ranges)


def _with(reason: Reasons, *conditions: tuple[NDArray[np.bool_], int]) -> Reasons:
    for holds, code in conditions:
        reason = np.where((reason == VALID) & ~holds, code, reason).astype(np.int8)
    return reason
