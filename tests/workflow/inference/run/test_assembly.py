from dataclasses import dataclass, replace

import pytest
from reference.plain_cosmology import PLAIN_COSMOLOGY

from likelihoods import morphology_511kev, relic_abundance
from model.physics.galaxy.annuli import AnnulusSettings
from model.physics.galaxy.line_settings import LineSettings
from model.physics.positrons.in_flight_annihilation import X_ION
from model.physics.surroundings import NOTHING, Requirements
from workflow.inference.run.assembly import build_posterior, required_tables, requirements
from workflow.inference.run.config import load
from workflow.inference.run.errors import ConfigError


@dataclass(frozen=True)
class Asking:
    """Of a likelihood, only what it requires."""

    requires: Requirements


def test_requirements_of_likelihoods_are_put_together():
    sky, abundance = AnnulusSettings(), 0.12
    merged = requirements({"a": Asking(Requirements(annuli=sky)), "b": Asking(Requirements(omega_h2=abundance))})
    assert merged == Requirements(annuli=sky, omega_h2=abundance)
    assert requirements({}) == NOTHING


def test_two_likelihoods_may_ask_for_the_same():
    same = Asking(Requirements(annuli=AnnulusSettings(2.7, 150.0)))
    assert requirements({"a": same, "b": same, "c": Asking(NOTHING)}) == same.requires


def test_two_likelihoods_that_ask_for_different_things_are_both_named():
    one, other = (morphology_511kev.Likelihood(era=era) for era in (2008, "modern"))
    with pytest.raises(ConfigError, match=r"likelihoods\.old and likelihoods\.new: ask for different annuli") as caught:
        requirements({"old": one, "new": other})
    assert "\n" not in str(caught.value)
    assert "allowed: the same options in both" in str(caught.value)


def test_the_surroundings_of_a_run_are_what_its_config_says(posterior_of):
    around = posterior_of("hooper_zurek_2008_paper", "cosmology.role=upper_limit").surroundings
    assert around.cosmology == replace(PLAIN_COSMOLOGY, role="upper_limit")
    assert around.omega_h2_measured == relic_abundance.Likelihood().data[0].value
    assert posterior_of("hooper_zurek_2008_paper").surroundings.omega_h2_measured is None


def test_nuisances_of_a_run_are_those_of_its_likelihoods_too(posterior_of):
    names = [p.name for p in posterior_of("line_decay").surroundings.nuisances]
    assert names[-2:] == ["f_ps", "x_ion"]


def test_positrons_that_annihilate_in_flight_bring_the_gas_into_a_run(posterior_of):
    with_losses, without = (
        posterior_of("hooper_zurek_2008", f"line.in_flight_losses={losses}") for losses in ("true", "false")
    )
    assert with_losses.surroundings.line == LineSettings(in_flight_losses=True)
    assert with_losses.fixed["x_ion"] == X_ION.default
    assert "x_ion" not in without.fixed


def test_the_extent_of_the_line_is_tabulated_on_request_and_smeared_as_the_annuli(config_file):
    def extent(run, *overrides):
        return required_tables(load(config_file(run), overrides)).extent

    assert extent("hooper_zurek_2008") is None
    assert extent("hooper_zurek_2008", "line.extent=true") == AnnulusSettings(2.7, 0.0)
    assert extent("hooper_zurek_modern", "line.extent=true") == AnnulusSettings(2.7, 150.0)


def test_a_part_of_the_dark_matter_needs_the_abundance_of_all(config_file, tables_folder):
    config = load(config_file("hooper_zurek_2008_paper"), ("cosmology.role=upper_limit",))
    without = {name: term for name, term in config.likelihoods.items() if name != "relic_abundance"}
    with pytest.raises(ConfigError, match=r"cosmology\.role: 'upper_limit' needs the measured abundance"):
        build_posterior(replace(config, likelihoods=without), tables_folder)


def test_smearing_by_energy_takes_the_place_of_the_annuli_of_one_smearing(config_file):
    required = required_tables(load(config_file("hooper_zurek_modern"), ("line.smearing=by_energy",)))
    assert required.annuli is None
    assert required.smeared_annuli_fwhm_deg == 2.7


@pytest.mark.parametrize(
    "run, overrides, message",
    [
        ("hooper_zurek_2008", (), "needs the likelihood morphology_511kev"),
        ("line_decay", (), "changes nothing, for a model of the positrons alone"),
        ("hooper_zurek_modern", ("line.extent=true",), "line.extent: true with line.smearing: by_energy"),
    ],
)
def test_smearing_by_energy_is_refused_where_it_cannot_be_had(config_file, run, overrides, message):
    with pytest.raises(ConfigError, match=message):
        required_tables(load(config_file(run), ("line.smearing=by_energy", *overrides)))
