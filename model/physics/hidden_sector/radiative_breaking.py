"""Breaking of U(1)_h by the radiative mass of arXiv:0801.3686, Eq. (2): the parts common to all models that use it."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from model.physics import quantities
from model.physics.constants import PLANCK_MASS
from model.physics.hidden_sector.charges import (
    Charges,
    squared_scalar_coupling,
    sum_squared_scalar_couplings,
    visible_couplings,
)
from model.physics.hidden_sector.radiative_mass import (
    BESIDE_THE_LOGARITHM,
    Order,
    SoftScalar,
    radiative_mass,
    radiative_mass_of_spectrum,
)
from model.physics.hidden_sector.sampling_coordinates import RadiativeMassCoordinates
from model.physics.quantities import COUPLING, MASS, Array, Parameter
from model.physics.units import GEV_PER_TEV, MEV_PER_GEV

PLANCK_MASS_GEV = PLANCK_MASS / MEV_PER_GEV

GAUGE_COUPLING = Parameter("g", "1", "g", COUPLING, "gauge coupling of U(1)_h")
MIXING = Parameter(
    "chi",
    "1",
    r"\chi",
    quantities.MIXING,
    "kinetic mixing of U(1)_h with hypercharge, or the common charge h_f with charges: universal",
)
SOFT_MASS = Parameter("m_soft_tev", "TeV", r"m_{\rm soft}", MASS, "soft mass of the sfermions")


@dataclass(frozen=True)
class RadiativeBreaking:
    """The MSSM scalars in the loop.

    Attributes
    ----------
    charges : {"kinetic_mixing", "hypercharge", "universal"}
        Charges of the MSSM fields.
    lambda_uv_gev : float
        Scale at which the sfermion masses are generated [GeV].
    higgs_doublets : bool
        Add both Higgs doublets to the sum over MSSM scalars (sum Y^2 = 11 instead of 10).
    order : {"leading_log", "two_loop"}
        Eq. (2) as it is printed, or with the constant beside its logarithm.
    scalars : tuple of SoftScalar
        A spectrum with a mass of each scalar; empty for the common mass ``m_soft_tev``, which is then a parameter.

    Raises
    ------
    ValueError
        If lambda_uv_gev is not positive, above the Planck mass or not above every scalar.
    """

    charges: Charges
    lambda_uv_gev: float
    higgs_doublets: bool
    order: Order = "leading_log"
    scalars: tuple[SoftScalar, ...] = ()

    def __post_init__(self) -> None:
        if not 0.0 < self.lambda_uv_gev <= PLANCK_MASS_GEV:
            allowed = f"> 0 and at most the Planck mass, {PLANCK_MASS_GEV:g}"
            raise ValueError(f"lambda_uv_gev is {self.lambda_uv_gev:g}; allowed: {allowed}")
        heaviest = max((abs(scalar.squared_mass_gev2) for scalar in self.scalars), default=0.0) ** 0.5
        if heaviest >= self.lambda_uv_gev:
            raise ValueError(f"lambda_uv_gev is {self.lambda_uv_gev:g}; allowed: above every scalar, {heaviest:g} GeV")

    @property
    def soft_mass(self) -> tuple[Parameter, ...]:
        """The parameter of the common soft mass, where there is no spectrum."""
        return () if self.scalars else (SOFT_MASS,)

    def m_rad(self, values: Mapping[str, Array]) -> Array:
        """|m_rad| of Eq. (2) [MeV] for unit hidden charge, shape (n,); NaN where the symmetry is not broken."""
        g, chi = values["g"], values["chi"]
        if self.scalars:
            unit = squared_scalar_coupling(self.charges, g, chi)
            return radiative_mass_of_spectrum(g, unit, self.scalars, self.lambda_uv_gev, self.order)
        sum_g2 = sum_squared_scalar_couplings(self.charges, g, chi, higgs_doublets=self.higgs_doublets)
        return radiative_mass(g, sum_g2, values["m_soft_tev"], self.lambda_uv_gev, self.order)

    def sampling_coordinates(self, mass_over_m_rad: float, *, has_lambda: bool) -> RadiativeMassCoordinates | None:
        """Coordinates in which the allowed region of m_dm = mass_over_m_rad |m_rad| is nearly straight.

        None for a spectrum, whose masses do not vary: there is no parameter that could take the place of m_dm.
        """
        if self.scalars:
            return None
        one = np.ones(1)
        unit = visible_couplings(self.charges, one, one, one)
        beside = BESIDE_THE_LOGARITHM[self.order]
        lambda_uv_tev = self.lambda_uv_gev / GEV_PER_TEV
        m_soft = np.minimum(one, 0.1 * lambda_uv_tev)  # below Lambda_UV there is a radiative mass
        m_rad = self.m_rad({"g": one, "chi": one, "m_soft_tev": m_soft})
        scale = m_rad / (m_soft * np.sqrt(2.0 * np.log(lambda_uv_tev / m_soft) + beside))
        return RadiativeMassCoordinates(
            mass_factor=float(scale[0]) * mass_over_m_rad,
            # A constant beside the logarithm acts like a higher scale: ln(L^2/m^2) + c = ln(L^2 e^c/m^2).
            lambda_uv_tev=lambda_uv_tev * float(np.exp(0.5 * beside)),
            has_lambda=has_lambda,
            electron_coupling=float(np.hypot(unit.g_e_l, unit.g_e_r)[0] / np.sqrt(2.0)),
            gauge_power=2 if self.charges == "universal" else 1,
        )
