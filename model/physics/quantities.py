"""The types that flow from a model to the likelihoods.

Every array has shape ``(n,)``, one entry per parameter point, dtype float64; n = 0 is allowed everywhere.
"""

from dataclasses import dataclass, fields, replace
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Array = NDArray[np.float64]
Reasons = NDArray[np.int8]
Record = TypeVar("Record", bound="DataclassInstance")


class Range(NamedTuple):
    """Values that a number may take.

    Attributes
    ----------
    low, high : float
        Ends; infinite where there is none.
    low_open, high_open : bool
        Whether the end itself is excluded. Infinity always is.
    reason : str
        Why values are limited to it, as the end of a sentence; empty where the ends need no explanation.
    """

    low: float = -np.inf
    high: float = np.inf
    low_open: bool = False
    high_open: bool = False
    reason: str = ""

    def contains(self, values: Array | float) -> NDArray[np.bool_]:
        """Whether each value is in the range, in the shape of ``values``; NaN never is."""
        values = np.asarray(values)
        above = values > self.low if self.low_open else values >= self.low
        below = values < self.high if self.high_open else values <= self.high
        inside: NDArray[np.bool_] = above & below & np.isfinite(values)
        return inside

    def __str__(self) -> str:
        if np.isinf(self.low) and np.isinf(self.high):
            return "any finite number"
        if np.isinf(self.high):
            return f"{'>' if self.low_open else '>='} {self.low:g}"
        if np.isinf(self.low):
            return f"{'<' if self.high_open else '<='} {self.high:g}"
        return f"within {'(' if self.low_open else '['}{self.low:g}, {self.high:g}{')' if self.high_open else ']'}"


POSITIVE = Range(low=0.0, low_open=True, reason="masses, couplings and rates are positive")
FRACTION = Range(0.0, 1.0, reason="it is a fraction of a whole")
# The ends keep every formula far inside the range of floating-point numbers.
COUPLING = Range(1.0e-25, 4.0 * np.pi, reason="gravity is stronger below, and perturbation theory ends above")
MIXING = Range(1.0e-25, 1.0, high_open=True, reason="gravity is stronger below, and kinetic terms are singular at 1")
MASS = Range(1.0e-12, 1.0e12, reason="what is computed here holds for no particle beyond")
SIGMA_V = Range(1.0e-60, 1.0e-5, reason="nothing is seen of less, and unitarity forbids more")
RATE_PER_CENTURY = Range(0.0, 1.0e4, reason="the whole Galaxy has a few")


class Parameter(NamedTuple):
    """A named input of a model, of the Galaxy or of a likelihood, with its complete description.

    Attributes
    ----------
    name : str
        Key in configs and points files.
    unit : str
        Physical unit, ``"1"`` if none.
    label : str
        LaTeX symbol without dollar signs.
    range : Range
        Values that are possible. Priors and fixed values of a config must be inside.
    meaning : str
        One phrase for tables and messages.
    default : float or None
        Value where a config gives none; None if it must be given.
    """

    name: str
    unit: str
    label: str
    range: Range = Range()
    meaning: str = ""
    default: float | None = None


def selected(record: Record, keep: NDArray[np.bool_]) -> Record:
    """A dataclass of arrays (n,) at the points where ``keep`` (n,) is true."""
    return replace(record, **{field.name: vars(record)[field.name][keep] for field in fields(record)})


class DarkMatter(Enum):
    """Spin and coupling structure of the dark-matter particle, as docs/physics/cross_sections.md 1 names them.

    The three numbers weigh the brackets of the annihilation cross-section,
    ``sigma v = P { A [axial (s - 4 m^2) + vector (s + 2 m^2)] + mass 6 (gL - gR)^2 (mf m / mU^2)^2 (s - mU^2)^2 }``.
    """

    MAJORANA = (1.0, 0.0, 1.0)
    SCALAR = (1.0, 0.0, 0.0)
    DIRAC = (0.0, 1.0, 0.0)
    DIRAC_CHIRAL = (0.25, 0.25, 0.25)  # a Dirac pair with coupling g P_L (minimal model, corrected reading)

    @classmethod
    def of(cls, name: str, *, chiral: bool) -> "DarkMatter":
        """The kind that an option calls ``name``; a Dirac particle that is ``chiral`` couples with g P_L."""
        kind = cls[name.upper()]
        return cls.DIRAC_CHIRAL if chiral and kind is cls.DIRAC else kind

    @property
    def self_conjugate(self) -> bool:
        """True for Majorana; complex scalars and Dirac fermions come as particle and antiparticle."""
        return self is DarkMatter.MAJORANA

    @property
    def static_currents(self) -> tuple[float, float]:
        """Squared couplings of the charge density and of the spin density of a particle at rest, over g_dm^2.

        The two do not interfere once spins are averaged. The axial vertex g gamma gamma5 of a Majorana particle
        (docs/physics/cross_sections.md 1) leaves only the spin, a vector current only the charge, and g P_L half of
        each amplitude.
        """
        return {
            DarkMatter.MAJORANA: (0.0, 1.0),
            DarkMatter.SCALAR: (1.0, 0.0),
            DarkMatter.DIRAC: (1.0, 0.0),
            DarkMatter.DIRAC_CHIRAL: (0.25, 0.25),
        }[self]

    @property
    def degrees_of_freedom(self) -> int:
        """Internal states g of particle plus antiparticle (docs/physics/early_universe.md 2)."""
        return 4 if self in (DarkMatter.DIRAC, DarkMatter.DIRAC_CHIRAL) else 2

    @property
    def kappa(self) -> float:
        """Kappa in dn/dt + 3Hn = -kappa <sigma v> (n^2 - neq^2), where n counts particles and antiparticles."""
        return 1.0 if self.self_conjugate else 0.5


@dataclass(frozen=True)
class Spectrum:
    """Masses of the hidden sector [MeV]; NaN where the point has no vacuum.

    ``m_rad`` is |m_rad| of Eq. (2) and ``m_scalar`` the massive hidden scalar along the D direction (the real scalar of
    the minimal model); both are NaN in models without them.
    """

    m_dm: Array
    m_u: Array
    m_rad: Array
    m_scalar: Array


@dataclass(frozen=True)
class Couplings:
    """Couplings [1] of U to the dark matter and to chiral fermions, the same in each generation.

    ``g_e_l``, ``g_e_r``: charged leptons; ``g_nu``: left-handed neutrinos; ``g_u_l`` to ``g_d_r``: up- and down-type
    quarks. ``epsilon`` is the kinetic mixing with electromagnetism, chi cos(theta_W); where the charges come from
    elsewhere it is the effective |g_V| / e of the electron. `model.physics.hidden_sector.charges` makes them.
    ``g_pseudoscalar`` is not one of U: it is the Yukawa coupling of the dark matter to a massless pseudoscalar, zero
    where there is none.
    """

    g_dm: Array
    g_e_l: Array
    g_e_r: Array
    g_nu: Array
    g_u_l: Array
    g_u_r: Array
    g_d_l: Array
    g_d_r: Array
    epsilon: Array
    g_pseudoscalar: Array

    @property
    def g_e(self) -> Array:
        """Coupling to electrons: the root mean square of the two chiralities."""
        return np.sqrt(0.5 * (self.g_e_l**2 + self.g_e_r**2))


@dataclass(frozen=True)
class Widths:
    """Partial widths of U [MeV]; ``neutrinos`` is the sum over three flavours."""

    electrons: Array
    muons: Array
    taus: Array
    neutrinos: Array
    hadrons: Array
    dark_matter: Array

    @property
    def total(self) -> Array:
        """Total width [MeV], shape (n,)."""
        return self.visible + self.neutrinos + self.dark_matter

    @property
    def visible(self) -> Array:
        """Width into charged leptons and hadrons [MeV], shape (n,)."""
        return self.electrons + self.muons + self.taus + self.hadrons

    @property
    def invisible(self) -> Array:
        """Width into neutrinos and dark matter [MeV], shape (n,)."""
        return self.neutrinos + self.dark_matter


@dataclass(frozen=True)
class LowVelocityCrossSection:
    """sigma v = s_wave + p_wave v_rel^2 into a final state [MeV^-2], v_rel in units of c."""

    s_wave: Array
    p_wave: Array


@dataclass(frozen=True)
class RelicAbundance:
    """Relic abundance of all dark matter, with the solver's own estimate of its relative numerical error [1].

    ``cooling`` is T_X / (T^2 g_s^(2/3)) at late times [1/MeV], where the temperature of dark matter was solved.
    ``start_dependence`` is ln of the abundance from equilibrium at T = m / 5 over that from nothing [1], for dark
    matter that starts from nothing: 0 where it was in equilibrium, negative where it was so while relativistic.
    """

    omega_h2: Array
    relative_error: Array
    start_dependence: Array
    cooling: Array | None = None

    @property
    def late_cooling(self) -> Array:
        """``cooling``, (n,).

        Raises
        ------
        ValueError
            If kinetic equilibrium was assumed.
        """
        if self.cooling is None:
            raise ValueError("the temperature of dark matter was not solved: kinetic equilibrium was assumed")
        return self.cooling
