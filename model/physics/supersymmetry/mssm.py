"""What a model with radiative breaking says about the visible supersymmetric sector, and what follows from it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from model.physics.hidden_sector.charges import Charges
from model.physics.quantities import Array
from model.physics.supersymmetry import lsp_decay, soft_masses
from model.physics.supersymmetry.lsp_decay import LspSettings

STANDARD_LSP = LspSettings()


class SoftMasses(NamedTuple):
    """Soft masses of the hidden scalar beside the radiative one [MeV], each (n,)."""

    d_term: Array
    bino_loop: Array
    gauge_mediated: Array


@dataclass(frozen=True)
class Mssm:
    """Masses of the MSSM, and the charged multiplets of the hidden sector.

    Attributes
    ----------
    charges : {"kinetic_mixing", "hypercharge", "universal"}
        Charges of the MSSM fields.
    multiplets : int
        Charged chiral multiplets of the hidden sector, each of unit charge: 1 in the minimal model, 2 in the
        anomaly-free one.
    lambda_uv_gev : float
        Scale at which the soft masses are generated [GeV].
    tan_beta : float
        Ratio of the vacuum expectation values of the two Higgs doublets [1].
    m1_tev, m_er_tev : float or None
        Mass of the bino and soft mass of the right-handed selectron [TeV]; None for ``m_soft_tev``.
    lsp : LspSettings
        The lightest supersymmetric particle.

    Raises
    ------
    ValueError
        If a number is outside its range.
    """

    charges: Charges
    multiplets: int
    lambda_uv_gev: float
    tan_beta: float = 10.0
    m1_tev: float | None = None
    m_er_tev: float | None = None
    lsp: LspSettings = STANDARD_LSP

    def __post_init__(self) -> None:
        if not self.tan_beta > 0.0:
            raise ValueError(f"tan_beta is {self.tan_beta:g}; allowed: > 0")
        for name, mass in (("m1_tev", self.m1_tev), ("m_er_tev", self.m_er_tev)):
            if mass is not None and not 0.0 < 1e3 * mass < self.lambda_uv_gev:
                raise ValueError(f"{name} is {mass:g}; allowed: > 0 and below lambda_uv_gev")

    @property
    def parts(self) -> tuple[str, ...]:
        """Parts of the physics that have a meaning with these charges (docs/physics/consistency.md 2 and 5).

        The soft masses come from supersymmetric kinetic mixing. A neutralino decays through the mixing, a sfermion
        through the mixing or through a charge of its own.
        """
        mixed = self.charges == "kinetic_mixing"
        decays = mixed or (self.charges == "universal" and self.lsp.kind != "neutralino")
        return (
            "radiative_breaking",
            *(("soft_masses",) if mixed else ()),
            *(("lsp_decay",) if decays else ()),
        )

    def landau_pole_gev(self, g: Array, m_u: Array) -> Array:
        """Scale at which the hidden gauge coupling diverges [GeV], (n,); infinite beyond floating-point numbers."""
        return soft_masses.landau_pole_gev(g, m_u, self.multiplets)

    def soft_masses(self, values: Mapping[str, Array]) -> SoftMasses:
        """Soft masses of the hidden scalar beside the radiative one, of parameters {name: (n,)}."""
        g, chi, m_soft = values["g"], values["chi"], values["m_soft_tev"]
        return SoftMasses(
            d_term=soft_masses.d_term_mass(g, chi, self.tan_beta),
            bino_loop=soft_masses.bino_loop_mass(
                g, chi, m_soft if self.m1_tev is None else self.m1_tev, self.lambda_uv_gev
            ),
            gauge_mediated=soft_masses.gauge_mediated_mass(g, chi, m_soft if self.m_er_tev is None else self.m_er_tev),
        )

    def lsp_width_gev(self, values: Mapping[str, Array]) -> Array:
        """Width of the lightest supersymmetric particle [GeV], (n,), of parameters {name: (n,)}."""
        universal = self.charges == "universal"
        return lsp_decay.width_gev(self.lsp, values["g"], values["chi"], self.multiplets, universal=universal)
