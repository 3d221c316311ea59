"""Minimal model: one chiral superfield whose scalar breaks U(1)_h, arXiv:0801.3686 Eqs. (1)-(3)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from model.physics import domain
from model.physics.charges import Charges, sum_squared_scalar_couplings, visible_couplings
from model.physics.prediction import Prediction
from model.physics.quantities import Array, DarkMatter, Parameter, Spectrum
from model.physics.radiative_mass import radiative_mass
from model.physics.sampling_coordinates import RadiativeMassCoordinates
from model.physics.surroundings import Surroundings
from model.physics.units import GEV_PER_TEV


@dataclass(frozen=True)
class Model:
    """One chiral superfield of unit charge and the vector superfield (theory.md 3.1).

    Attributes
    ----------
    reading : {"paper", "corrected"}
        ``paper``: m_U = |m_rad| = m_dm, scalar mass sqrt2 |m_rad|, and the dark matter is what ``dark_matter`` says
        with coupling g. ``corrected``: for canonical fields scalar, fermions and U are degenerate with
        m^2 = 2 |m_rad^2| (soft term m^2 |X|^2) or |m_rad^2| (soft term m^2 |X|^2 / 2), and the fermions are ONE Dirac
        pair with coupling g P_L, which annihilates in s-wave: ``majorana`` and ``dirac`` both mean that state, since no
        gaugino Majorana mass splits it here.
    charges : {"kinetic_mixing", "hypercharge", "universal"}
        Charges of the MSSM fields.
    dark_matter : {"majorana", "scalar", "dirac"}
        Spin of the dark matter; its mass is that of the fermions.
    soft_normalisation : {"paper", "half"}
        Coefficient of the soft term, ``paper`` for m^2 |X|^2; read by ``corrected`` only.
    lambda_uv_gev : float
        Scale at which the sfermion masses are generated [GeV].
    higgs_doublets : bool
        Add both Higgs doublets to the sum over MSSM scalars.

    Raises
    ------
    ValueError
        If lambda_uv_gev is not positive.
    """

    reading: Literal["paper", "corrected"] = "paper"
    charges: Charges = "kinetic_mixing"
    dark_matter: Literal["majorana", "scalar", "dirac"] = "majorana"
    soft_normalisation: Literal["paper", "half"] = "paper"
    lambda_uv_gev: float = 1.0e9
    higgs_doublets: bool = False

    def __post_init__(self) -> None:
        if not self.lambda_uv_gev > 0.0:
            raise ValueError(f"lambda_uv_gev is {self.lambda_uv_gev:g}; allowed: > 0")

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """Parameters in the order of the chain."""
        return (
            Parameter("g", "1", "g"),
            Parameter("chi", "1", r"\chi"),
            Parameter("m_soft_tev", "TeV", r"m_{\rm soft}"),
        )

    @property
    def sampling_coordinates(self) -> RadiativeMassCoordinates:
        """Coordinates in which the allowed region is nearly straight."""
        one = np.ones(1)
        sum_g2 = sum_squared_scalar_couplings(self.charges, one, one, higgs_doublets=self.higgs_doublets)
        scale = radiative_mass(one, sum_g2, one, self.lambda_uv_gev) / np.sqrt(
            2.0 * np.log(self.lambda_uv_gev / GEV_PER_TEV)
        )
        return RadiativeMassCoordinates(
            mass_factor=float(scale[0]) * self._mass_over_m_rad,
            lambda_uv_tev=self.lambda_uv_gev / GEV_PER_TEV,
            has_lambda=False,
            gauge_power=2 if self.charges == "universal" else 1,
        )

    @property
    def _mass_over_m_rad(self) -> float:
        """m_dm / |m_rad|: 1 as printed; for canonical fields sqrt2 with soft terms m^2 |X|^2, 1 with m^2 |X|^2 / 2."""
        canonical = self.reading == "corrected" and self.soft_normalisation == "paper"
        return float(np.sqrt(2.0)) if canonical else 1.0

    def predict(self, values: Mapping[str, Array], surroundings: Surroundings) -> Prediction:
        """Spectrum and couplings at n points; see ``Prediction`` for the observables.

        Parameters
        ----------
        values : mapping of str to (n,) array
            The model's parameters and all nuisances.
        surroundings : Surroundings
            Tables of the early Universe and the Galaxy.

        Returns
        -------
        Prediction
        """
        g, chi, m_soft = (values[name] for name in ("g", "chi", "m_soft_tev"))
        reason = domain.all_positive(g, chi, m_soft, 1.0 - chi)
        positive = reason == domain.VALID
        with np.errstate(invalid="ignore", divide="ignore"):  # such points carry their reason
            sum_g2 = sum_squared_scalar_couplings(self.charges, g, chi, higgs_doublets=self.higgs_doublets)
            m_rad = np.where(positive, radiative_mass(g, sum_g2, m_soft, self.lambda_uv_gev), np.nan)
        mass = self._mass_over_m_rad * m_rad
        m_scalar = np.sqrt(2.0) * m_rad if self.reading == "paper" else mass
        reason = np.where(positive & np.isnan(m_rad), domain.NO_BREAKING, reason)
        kind = DarkMatter[self.dark_matter.upper()]
        if self.reading == "corrected" and kind is not DarkMatter.SCALAR:
            kind = DarkMatter.DIRAC_CHIRAL
        spectrum = Spectrum(m_dm=mass, m_u=mass, m_rad=m_rad, m_scalar=m_scalar)
        return Prediction(
            values=values,
            reason=domain.checked(reason.astype(np.int8), spectrum, values, surroundings.j_factors),
            dark_matter=kind,
            spectrum=spectrum,
            couplings=visible_couplings(self.charges, g, chi, g),
            surroundings=surroundings,
        )
