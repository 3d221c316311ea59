"""Anomaly-free model with W = lambda S Xi Xi^c, arXiv:0801.3686 Eqs. (4)-(6): the default, where lambda enters."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
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
from model.physics.quantities import COUPLING, Array, Couplings, DarkMatter, Parameter, Range, Spectrum
from model.physics.supersymmetry.lsp_decay import LspSettings
from model.physics.supersymmetry.mssm import STANDARD_LSP, Mssm
from model.physics.supersymmetry.sectors import LAMBDA_UV_GEV, Sectors, sectors
from model.physics.surroundings import Surroundings


@dataclass(frozen=True)
class Model:
    """Two chiral superfields of opposite charge and a singlet.

    The radiative mass of Eq. (2) gives equal vevs ``<X>^2 = <X^c>^2 = w^2``; U has mass 2 g w, and the fermions 2 g w
    (two) and sqrt2 lambda w (two). The vacuum with two vevs exists only for lambda < sqrt2 g; the sqrt2 lambda w
    multiplet is then always the lightest, so ``m_dm = sqrt2 lambda w = sqrt2 |m_rad|`` (docs/physics/model.md 3.2).

    Attributes
    ----------
    reading : {"paper", "corrected"}
        ``paper``: g_UXX = g, scalar along the D direction of mass 2 g w. ``corrected``: that scalar has mass^2
        4 g^2 w^2 - 2 lambda^2 w^2, and the charge q of the light state is the parameter ``dm_charge``, g_UXX = q g. In
        the mass basis q = (v^2 - vc^2)/(v^2 + vc^2), which is 0 for equal vevs. For unequal soft masses with
        delta = (m1^2 - m2^2)/(m1^2 + m2^2) it is lambda^2 delta/(2 g^2 - lambda^2), which reaches 1 only near
        lambda = sqrt2 g or where one vev is gone. A charge in (0, 1] therefore means unequal soft masses. v^2 + vc^2,
        and hence m_dm and m_U, depend only on their mean, which is m_rad^2.
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
        Which member of the degenerate light multiplet is the dark matter. In the ``corrected`` reading the fermions
        are a Dirac pair of which one half carries the charge. ``dirac`` therefore couples with q g P_L. ``majorana``
        assumes that a Majorana mass splits the pair and leaves the charged half light (two nearly degenerate halves
        would have q/2 each).
    soft_normalisation : {"paper", "half"}
        ``paper``: soft terms m^2 |X|^2, w^2 = |m_rad^2| / lambda^2. ``half``: m^2 |X|^2 / 2 as Eq. (5) is printed,
        w^2 = |m_rad^2| / (2 lambda^2).
    pseudoscalar : {"heavy", "massless"}
        The potential of Eq. (5) has a global symmetry whose breaking leaves a massless pseudoscalar, the common phase
        of X and X^c. ``heavy`` assumes that something which the paper does not print, such as an A-term or a tadpole
        of S, breaks the symmetry and lifts it above the dark matter: it is then absent. ``massless`` takes the printed
        potential: X X -> a a, with coupling lambda/sqrt2, counts in the relic abundance, and a in the bath and in N_eff
        (`model.physics.hidden_sector.pseudoscalar_annihilation`).

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
    pseudoscalar: Literal["heavy", "massless"] = "heavy"

    def __post_init__(self) -> None:
        _ = self._sectors  # they check their options

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """Parameters in the order of the chain."""
        shared = (
            GAUGE_COUPLING,
            MIXING,
            Parameter("lambda", "1", r"\lambda", COUPLING, "coupling of the singlet to the charged superfields"),
            *self._sectors.breaking.soft_mass,
        )
        possible = Range(1.0e-25, 1.0, reason="equal vevs are neutral, and one field alone has charge 1")
        charge = Parameter("dm_charge", "1", "q", possible, "charge of the light state")
        return shared if self.reading == "paper" else (*shared, charge)

    @property
    def sampling_coordinates(self) -> RadiativeMassCoordinates | None:
        """Coordinates in which the allowed region is nearly straight; None with a spectrum."""
        return self._sectors.breaking.sampling_coordinates(self._mass_over_m_rad, has_lambda=True)

    @cached_property
    def _sectors(self) -> Sectors:
        return sectors(self, multiplets=2)

    @property
    def _mass_over_m_rad(self) -> float:
        """m_dm / |m_rad|: sqrt2 for soft terms m^2 |X|^2, 1 for m^2 |X|^2 / 2."""
        return float(np.sqrt(2.0 if self.soft_normalisation == "paper" else 1.0))

    def _couplings(self, values: Mapping[str, Array], g_dm: Array) -> Couplings:
        couplings = visible_couplings(self.charges, values["g"], values["chi"], g_dm)
        if self.pseudoscalar == "heavy":
            return couplings
        return replace(couplings, g_pseudoscalar=values["lambda"] / np.sqrt(2.0))

    def predict(self, values: Mapping[str, Array], surroundings: Surroundings) -> Prediction:
        """Spectrum and couplings at n points; see ``Prediction`` for the observables."""
        inner, reason = domain.possible(self.parameters, values)
        g, coupling = inner["g"], inner["lambda"]
        charge = inner["dm_charge"] if self.reading == "corrected" else np.ones_like(g)
        positive = reason == domain.VALID
        with np.errstate(invalid="ignore", divide="ignore"):  # such points carry their reason
            m_rad = self._sectors.breaking.m_rad(inner)
            m_dm = self._mass_over_m_rad * m_rad
            vev = m_dm / (np.sqrt(2.0) * coupling)
            correction = 2.0 * coupling**2 if self.reading == "corrected" else 0.0
            m_scalar = vev * np.sqrt(np.maximum(4.0 * g**2 - correction, 0.0))
        vacuum = positive & (coupling < np.sqrt(2.0) * g)
        reason = np.where(positive & np.isnan(m_rad), domain.NO_BREAKING, reason)
        reason = np.where((reason == domain.VALID) & ~vacuum, domain.NO_VACUUM, reason)
        nowhere = reason != domain.VALID
        spectrum = Spectrum(
            m_dm=np.where(nowhere, np.nan, m_dm),
            m_u=np.where(nowhere, np.nan, 2.0 * g * vev),
            m_rad=np.where(positive, m_rad, np.nan),
            m_scalar=np.where(nowhere, np.nan, m_scalar),
        )
        couplings = self._couplings(inner, charge * g)
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
