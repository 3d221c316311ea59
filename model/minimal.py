"""Minimal model: one chiral superfield whose scalar breaks U(1)_h, arXiv:0801.3686 Eqs. (1)-(3)."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Literal

import numpy as np

from model._parameter_sets import the_only_set
from model.physics import domain
from model.physics.hidden_sector.charges import Charges, visible_couplings
from model.physics.hidden_sector.radiative_breaking import GAUGE_COUPLING, MIXING
from model.physics.hidden_sector.radiative_mass import Order
from model.physics.hidden_sector.sampling_coordinates import RadiativeMassCoordinates
from model.physics.prediction import PARTS, Prediction
from model.physics.quantities import MASS, Array, DarkMatter, Parameter, Spectrum
from model.physics.supersymmetry.lsp_decay import LspSettings
from model.physics.supersymmetry.mssm import STANDARD_LSP, Mssm
from model.physics.supersymmetry.sectors import LAMBDA_UV_GEV, Sectors, sectors
from model.physics.surroundings import Surroundings


@dataclass(frozen=True)
class Model:
    """One chiral superfield of unit charge and the vector superfield (docs/physics/model.md 3.1).

    Attributes
    ----------
    reading : {"paper", "corrected"}
        ``paper``: m_U = |m_rad| = m_dm, the scalar has mass sqrt2 |m_rad|, and the dark matter is what ``dark_matter``
        says, with coupling g. ``corrected``: for canonically normalised fields the scalar, the fermions and U are
        degenerate with m^2 = 2 |m_rad^2| (soft term m^2 |X|^2) or |m_rad^2| (soft term m^2 |X|^2 / 2). The fermions
        are then one Dirac pair of hidden Higgsino and gaugino with coupling g P_L, which annihilates in s-wave.
    charges, lambda_uv_gev, higgs_doublets
        As in `model.physics.hidden_sector.radiative_breaking.RadiativeBreaking`.
    radiative_mass : {"leading_log", "two_loop"}
        Eq. (2) as it is printed, or the complete two-loop mass, which has ``ln(Lambda^2/m_S^2) + pi^2/3 - 2`` in place
        of the logarithm (docs/physics/consistency.md 1).
    tan_beta, m1_tev, m_er_tev, lsp
        As in `model.physics.supersymmetry.mssm.Mssm`.
    spectrum : str or None
        File in the SLHA format whose sfermions take the place of the parameter ``m_soft_tev``. It gives tan beta, the
        bino's and the selectron's mass and the lightest supersymmetric particle too. A relative path starts in the
        working directory.
    dark_matter : {"majorana", "scalar", "dirac"}
        Spin of the dark matter; its mass is that of the fermions. ``corrected``: ``dirac`` is the pair, ``majorana``
        the lighter of the two states into which a gaugino Majorana mass M, the parameter ``gaugino_mass_mev``, splits
        it: m_{1,2} = (sqrt(M^2 + 4 m^2) -+ M)/2 with charges m_{2,1}/(m1 + m2). The heavier state is taken to have
        decayed before freeze-out, which requires M > 0.2 m_U. Below that it co-annihilates with the lighter one in
        s-wave, so that the limit M -> 0 of ``majorana`` (charge 1/2, p-wave) is not the Dirac pair of M = 0. Between
        the two limits neither option is right.
    soft_normalisation : {"paper", "half"}
        Coefficient of the soft term, ``paper`` for m^2 |X|^2. Only the ``corrected`` reading uses it.

    Raises
    ------
    ValueError
        If lambda_uv_gev, tan_beta or a mass is outside its range, or the spectrum cannot be used.
    """

    prediction: ClassVar[type[Prediction]] = Prediction
    for_columns = the_only_set
    reading: Literal["paper", "corrected"] = "paper"
    charges: Charges = "kinetic_mixing"
    dark_matter: Literal["majorana", "scalar", "dirac"] = "majorana"
    soft_normalisation: Literal["paper", "half"] = "paper"
    lambda_uv_gev: float = LAMBDA_UV_GEV
    higgs_doublets: bool = False
    radiative_mass: Order = "leading_log"
    tan_beta: float = Mssm.tan_beta
    m1_tev: float | None = None
    m_er_tev: float | None = None
    lsp: LspSettings = STANDARD_LSP
    spectrum: str | None = None

    def __post_init__(self) -> None:
        _ = self._sectors  # they check their options

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """Parameters in the order of the chain."""
        shared = (GAUGE_COUPLING, MIXING, *self._sectors.breaking.soft_mass)
        gaugino = Parameter("gaugino_mass_mev", "MeV", "M", MASS, "Majorana mass of the hidden gaugino")
        return (*shared, gaugino) if self._split else shared

    @property
    def sampling_coordinates(self) -> RadiativeMassCoordinates | None:
        """Coordinates in which the allowed region is nearly straight; None with a spectrum."""
        return self._sectors.breaking.sampling_coordinates(self._mass_over_m_rad, has_lambda=False)

    @cached_property
    def _sectors(self) -> Sectors:
        return sectors(self, multiplets=1)

    @property
    def _split(self) -> bool:
        """Whether a gaugino mass splits the fermions."""
        return self.reading == "corrected" and self.dark_matter == "majorana"

    @property
    def _mass_over_m_rad(self) -> float:
        """m_U / |m_rad|: 1 as printed. Canonical fields have sqrt2 for soft terms m^2 |X|^2 and 1 for m^2 |X|^2 / 2."""
        canonical = self.reading == "corrected" and self.soft_normalisation == "paper"
        return float(np.sqrt(2.0)) if canonical else 1.0

    def predict(self, values: Mapping[str, Array], surroundings: Surroundings) -> Prediction:
        """Spectrum and couplings at n points; see ``Prediction`` for the observables."""
        inner, reason = domain.possible(self.parameters, values)
        g, chi = inner["g"], inner["chi"]
        gaugino = inner["gaugino_mass_mev"] if self._split else np.ones_like(g)
        positive = reason == domain.VALID
        with np.errstate(invalid="ignore", divide="ignore"):  # such points carry their reason
            m_rad = np.where(positive, self._sectors.breaking.m_rad(inner), np.nan)
        mass = self._mass_over_m_rad * m_rad
        m_dm, charge = _light_state(mass, gaugino) if self._split else (mass, np.ones_like(g))
        m_scalar = np.sqrt(2.0) * m_rad if self.reading == "paper" else mass
        reason = np.where(positive & np.isnan(m_rad), domain.NO_BREAKING, reason)
        spectrum = Spectrum(m_dm=m_dm, m_u=mass, m_rad=m_rad, m_scalar=m_scalar)
        couplings = visible_couplings(self.charges, g, chi, charge * g)
        return Prediction(
            values=values,
            reason=domain.checked(reason.astype(np.int8), spectrum, couplings, values, surroundings),
            dark_matter=DarkMatter.of(self.dark_matter, chiral=self.reading == "corrected"),
            spectrum=spectrum,
            couplings=couplings,
            surroundings=surroundings,
            parts=(*PARTS, *self._sectors.mssm.parts),
            visible_supersymmetry=self._sectors.mssm,
        )


def _light_state(mass: Array, gaugino_mass: Array) -> tuple[Array, Array]:
    """Mass [MeV] and charge [1] of the light eigenstate of [[0, m], [m, M]], each (n,); docs/physics/model.md 3.1."""
    root = np.hypot(gaugino_mass, 2.0 * mass)
    heavy = 0.5 * (root + gaugino_mass)
    return mass**2 / heavy, heavy / root  # the product of the masses is m^2, so that nothing cancels
