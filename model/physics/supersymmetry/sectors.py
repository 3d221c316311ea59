"""The sectors of a supersymmetric model from its options: the breaking of U(1)_h, and the MSSM beside it."""

from typing import NamedTuple, Protocol

from model.physics.hidden_sector.charges import Charges
from model.physics.hidden_sector.radiative_breaking import RadiativeBreaking
from model.physics.hidden_sector.radiative_mass import Order
from model.physics.supersymmetry.lsp_decay import LspSettings
from model.physics.supersymmetry.mssm import Mssm, of_spectrum
from model.physics.supersymmetry.spectrum_file import read

LAMBDA_UV_GEV = 1.0e9  # scale of the soft masses where a config gives none


class Options(Protocol):
    """Options that every supersymmetric model has; `RadiativeBreaking` and `Mssm` say what they mean."""

    @property
    def charges(self) -> Charges:
        """Charges of the MSSM fields."""

    @property
    def lambda_uv_gev(self) -> float:
        """Scale at which the soft masses are generated [GeV]."""

    @property
    def higgs_doublets(self) -> bool:
        """Whether both Higgs doublets are in the loop."""

    @property
    def radiative_mass(self) -> Order:
        """Order of the radiative mass."""

    @property
    def tan_beta(self) -> float:
        """Ratio of the vacuum expectation values of the two Higgs doublets [1]."""

    @property
    def m1_tev(self) -> float | None:
        """Mass of the bino [TeV]."""

    @property
    def m_er_tev(self) -> float | None:
        """Soft mass of the right-handed selectron [TeV]."""

    @property
    def lsp(self) -> LspSettings:
        """The lightest supersymmetric particle."""

    @property
    def spectrum(self) -> str | None:
        """File whose masses take the place of the options."""


class Sectors(NamedTuple):
    """What breaks U(1)_h, and the MSSM."""

    breaking: RadiativeBreaking
    mssm: Mssm


def sectors(options: Options, multiplets: int) -> Sectors:
    """Both sectors of a model, checked.

    Parameters
    ----------
    options : Options
        The model.
    multiplets : int
        Charged chiral multiplets of the hidden sector.

    Raises
    ------
    ValueError
        If a number is outside its range, or the spectrum cannot be used.
    """
    charges, scale = options.charges, options.lambda_uv_gev
    spectrum = None if options.spectrum is None else read(options.spectrum)
    scalars = () if spectrum is None else spectrum.scalars(charges, higgs_doublets=options.higgs_doublets)
    breaking = RadiativeBreaking(charges, scale, options.higgs_doublets, options.radiative_mass, scalars)
    written = Mssm(charges, multiplets, scale, options.tan_beta, options.m1_tev, options.m_er_tev, options.lsp)
    return Sectors(breaking, written if spectrum is None else of_spectrum(written, spectrum))
