"""Both supersymmetric models build their sectors from the same options in the same way."""

from dataclasses import fields

import pytest
from reference.runs import ROOT

from model import anomaly_free, minimal
from model.physics.hidden_sector.radiative_breaking import RadiativeBreaking
from model.physics.supersymmetry.lsp_decay import LspSettings
from model.physics.supersymmetry.mssm import Mssm
from model.physics.supersymmetry.sectors import Options, sectors
from model.physics.supersymmetry.spectrum_file import read
from model.physics.units import GEV_PER_TEV

MODELS = {1: minimal.Model, 2: anomaly_free.Model}
SPECTRUM = ROOT / "tests" / "data" / "bino_lsp.slha"


def test_both_models_have_every_option_with_the_same_default():
    options = {name for name in vars(Options) if not name.startswith("_")}
    defaults = [{f.name: f.default for f in fields(model) if f.name in options} for model in MODELS.values()]
    assert defaults[0] == defaults[1]
    assert set(defaults[0]) == options


@pytest.mark.parametrize("multiplets", MODELS)
def test_every_option_reaches_its_sector(multiplets):
    options = {"lambda_uv_gev": 1.0e7, "tan_beta": 3.0, "m1_tev": 2.0, "m_er_tev": 0.5}
    lsp = LspSettings(m_lsp_gev=90.0)
    model = MODELS[multiplets](**options, higgs_doublets=True, radiative_mass="two_loop", lsp=lsp)
    breaking, mssm = sectors(model, multiplets)
    assert breaking == RadiativeBreaking("kinetic_mixing", 1.0e7, True, "two_loop")
    assert mssm == Mssm("kinetic_mixing", multiplets, 1.0e7, 3.0, 2.0, 0.5, lsp)
    universal = sectors(MODELS[multiplets](charges="universal"), multiplets)
    assert universal.breaking.charges == universal.mssm.charges == "universal"


@pytest.mark.parametrize("multiplets", MODELS)
def test_soft_masses_are_generated_at_a_million_tev_unless_a_config_says_otherwise(multiplets):
    # docs/physics/model.md 1
    breaking, mssm = sectors(MODELS[multiplets](), multiplets)
    assert breaking.lambda_uv_gev == mssm.lambda_uv_gev == pytest.approx(1e6 * GEV_PER_TEV)


@pytest.mark.parametrize("multiplets", MODELS)
def test_a_spectrum_gives_the_scalars_of_the_loop_and_the_masses(multiplets):
    breaking, mssm = sectors(MODELS[multiplets](spectrum=str(SPECTRUM)), multiplets)
    assert breaking.scalars == read(str(SPECTRUM)).scalars("kinetic_mixing", higgs_doublets=False)
    assert mssm.sfermion_tev is not None
    assert mssm.multiplets == multiplets


def test_an_option_that_the_spectrum_has_is_refused():
    with pytest.raises(ValueError, match="tan_beta is 3; allowed: leave it out, the spectrum has it"):
        minimal.Model(spectrum=str(SPECTRUM), tan_beta=3.0)
