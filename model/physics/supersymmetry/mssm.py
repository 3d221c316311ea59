"""What a model with radiative breaking says about the visible supersymmetric sector, and what follows from it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from model.physics.hidden_sector.charges import Charges
from model.physics.quantities import Array
from model.physics.supersymmetry import lsp_decay, soft_masses
from model.physics.supersymmetry.lsp_decay import LspSettings
from model.physics.supersymmetry.spectrum_file import MssmSpectrum
from model.physics.units import GEV_PER_TEV

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
    sfermion_tev : float or None
        Mean mass of the sfermions of a spectrum [TeV]; None for ``m_soft_tev``.
    lsp_hypercharge2 : float or None
        Squared hypercharge of a sfermion that is the LSP of a spectrum [1]; None for that of its kind.

    Raises
    ------
    ValueError
        If a number is outside its range, or nothing reads an option that is given.
    """

    charges: Charges
    multiplets: int
    lambda_uv_gev: float
    tan_beta: float = 10.0
    m1_tev: float | None = None
    m_er_tev: float | None = None
    lsp: LspSettings = STANDARD_LSP
    sfermion_tev: float | None = None
    lsp_hypercharge2: float | None = None

    def __post_init__(self) -> None:
        if not 0.0 < self.tan_beta <= 1.0e4:
            raise ValueError(f"tan_beta is {self.tan_beta:g}; allowed: > 0 and at most 1e4")
        for name, mass in (("m1_tev", self.m1_tev), ("m_er_tev", self.m_er_tev)):
            if mass is not None and not 0.0 < GEV_PER_TEV * mass < self.lambda_uv_gev:
                raise ValueError(f"{name} is {mass:g}; allowed: > 0 and below lambda_uv_gev")

        if self.sfermion_tev is None:
            self._check_read()

    def _check_read(self) -> None:
        """Refuse an option of a run that nothing reads; a spectrum has all of them, read or not.

        Raises
        ------
        ValueError
            If one is given.
        """
        default = type(self)
        if "soft_masses" not in self.parts:
            for name in ("tan_beta", "m1_tev", "m_er_tev"):
                if getattr(self, name) != getattr(default, name):
                    raise ValueError(f"{name} is {getattr(self, name):g}; read with charges kinetic_mixing only")
        if "lsp_decay" not in self.parts and self.lsp != LspSettings(kind=self.lsp.kind):
            raise ValueError(
                f"lsp is {self.lsp}; not read, a {self.lsp.kind} does not decay with charges {self.charges}"
            )
        for name, of_neutralino in (("n11", True), ("m1_gev", False)):
            value = getattr(self.lsp, name)
            if value != getattr(LspSettings, name) and of_neutralino != (self.lsp.kind == "neutralino"):
                raise ValueError(f"lsp.{name} is {value:g}; not read for a {self.lsp.kind}, leave it out")

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

    def sfermion_gev(self, values: Mapping[str, Array]) -> Array | float:
        """Mass of the sfermions [GeV] at parameters {name: (n,)}."""
        return GEV_PER_TEV * _or_soft_mass(self.sfermion_tev, values)

    def soft_masses(self, values: Mapping[str, Array]) -> SoftMasses:
        """Soft masses of the hidden scalar beside the radiative one, of parameters {name: (n,)}."""
        g, chi = values["g"], values["chi"]
        return SoftMasses(
            d_term=soft_masses.d_term_mass(g, chi, self.tan_beta),
            bino_loop=soft_masses.bino_loop_mass(g, chi, _or_soft_mass(self.m1_tev, values), self.lambda_uv_gev),
            gauge_mediated=soft_masses.gauge_mediated_mass(g, chi, _or_soft_mass(self.m_er_tev, values)),
        )

    def lsp_width_gev(self, values: Mapping[str, Array]) -> Array:
        """Width of the lightest supersymmetric particle [GeV], (n,), of parameters {name: (n,)}."""
        universal = self.charges == "universal"
        return lsp_decay.width_gev(
            self.lsp,
            values["g"],
            values["chi"],
            self.multiplets,
            universal=universal,
            hypercharge2=self.lsp_hypercharge2,
        )


def _or_soft_mass(mass_tev: float | None, values: Mapping[str, Array]) -> Array | float:
    return values["m_soft_tev"] if mass_tev is None else mass_tev


def of_spectrum(written: Mssm, spectrum: MssmSpectrum) -> Mssm:
    """The sector whose masses are those of a spectrum.

    Parameters
    ----------
    written : Mssm
        Charges, multiplets, scale and radius of the tracker; every other option must be left out.
    spectrum : MssmSpectrum
        The masses.

    Raises
    ------
    ValueError
        If an option is given that the spectrum has, or the spectrum's numbers are outside their ranges.
    """
    bare = Mssm(written.charges, written.multiplets, written.lambda_uv_gev)
    for name in ("tan_beta", "m1_tev", "m_er_tev"):
        if getattr(written, name) != getattr(bare, name):
            raise ValueError(f"{name} is {getattr(written, name):g}; allowed: leave it out, the spectrum has it")
    radius = written.lsp.tracker_radius_m
    if written.lsp != LspSettings(tracker_radius_m=radius):
        raise ValueError(f"lsp is {written.lsp}; allowed: tracker_radius_m alone, the spectrum has the others")
    states = sum(number for number, _, _ in spectrum.sfermions)
    mean2 = sum(number * abs(m2) for number, _, m2 in spectrum.sfermions) / states
    return replace(
        bare,
        tan_beta=spectrum.tan_beta,
        m1_tev=spectrum.m1_gev / GEV_PER_TEV,
        m_er_tev=spectrum.m_er_gev / GEV_PER_TEV,
        lsp=LspSettings(spectrum.lsp_kind, spectrum.m_lsp_gev, spectrum.n11, spectrum.m1_gev, radius),
        sfermion_tev=float(mean2**0.5) / GEV_PER_TEV,
        lsp_hypercharge2=spectrum.lsp_hypercharge2,
    )
