import importlib
from dataclasses import fields
from typing import get_args

import pytest
from reference.runs import SHIPPED_CONFIGS

import likelihoods as likelihoods_package
from likelihoods import neutrino_electron_scattering, quarkonium
from likelihoods.data.continuum_spectra import continuum
from likelihoods.data.eras import ERAS, Era, existed
from likelihoods.data.measurements import measurements
from likelihoods.data.sky_511kev import templates
from likelihoods.mixing.experiments import all_experiments
from workflow.inference.run.components import available
from workflow.inference.run.config import load


def limits_of_quarkonium(likelihood):
    """Years of the limits that an era uses, by search."""
    for search in quarkonium.searches().values():
        yield from (likelihood._limit(limits).year for limits in (search.invisible, search.photon_invisible))


# Years of the data of likelihoods that have experiments, limits, spectra or a template in place of single numbers.
YEARS = {
    "kinetic_mixing": lambda chosen: [all_experiments()[name].record.year for name in chosen.active],
    "morphology_511kev": lambda chosen: [templates()[ERAS[chosen.era].sky_template].year],
    "neutrino_electron_scattering": lambda chosen: [
        experiment.year
        for experiment in neutrino_electron_scattering.known_experiments().values()
        if existed(experiment.year, chosen.era)
    ],
    "quarkonium": limits_of_quarkonium,
    "injection_energy": lambda chosen: [continuum().years[name] for name in chosen.spectra_in_use],
}


def kind_of(name):
    return importlib.import_module(f"likelihoods.{name}").Likelihood


OF_2008 = [
    name
    for name in available(likelihoods_package)
    if any(field.name == "era" for field in fields(kind_of(name))) and kind_of(name)().era == 2008
]


def years_of(name, likelihood):
    """Years of everything that a likelihood compares with; one without any is not known here."""
    years = [datum.year for datum in likelihood.data] + list(YEARS.get(name, lambda _: [])(likelihood))
    assert years, f"{name}: say in YEARS which data it uses"
    return years


@pytest.mark.parametrize("name", OF_2008)
def test_a_likelihood_of_2008_has_no_later_data(name):
    everything = {"include": "all"} if name == "kinetic_mixing" else {}
    years = years_of(name, kind_of(name)(era=2008, **everything))
    assert all(existed(year, 2008) for year in years), years


@pytest.mark.parametrize("run", [run for run in SHIPPED_CONFIGS if run.endswith("_2008")])
def test_a_run_of_2008_has_no_later_data(run, config_file):
    config = load(config_file(run))
    for name, likelihood in config.likelihoods.items():
        assert all(existed(year, 2008) for year in years_of(name, likelihood)), name


def test_run_of_the_paper_has_one_datum_that_is_younger(config_file):
    later = {
        datum.observable: datum.year
        for likelihood in load(config_file("hooper_zurek_2008_paper")).likelihoods.values()
        for datum in likelihood.data
        if not existed(datum.year, 2008)
    }
    assert later == {"m_w_gev": 2024}


def test_default_run_uses_every_experiment_of_its_era(config_file):
    active = load(config_file("hooper_zurek_2008")).likelihoods["kinetic_mixing"].active
    assert active == tuple(
        name
        for name, experiment in all_experiments().items()
        if experiment.record.option is None and existed(experiment.record.year, 2008)
    )


def test_every_era_has_its_facts():
    assert tuple(ERAS) == get_args(Era)


@pytest.mark.parametrize("year, known", [(1986, (True, True)), (2008, (True, True)), (2009, (False, True))])
def test_an_era_knows_what_was_published_in_its_time(year, known):
    assert tuple(existed(year, era) for era in (2008, "modern")) == known


@pytest.mark.parametrize("era", get_args(Era))
def test_facts_of_an_era_are_of_its_time(era):
    facts = ERAS[era]
    assert existed(templates()[facts.sky_template].year, era)
    assert 0.02 < facts.baryon_density[0] < 0.025
    assert 0.0 < facts.baryon_density[1] < 0.001
    assert 8.0 < facts.r_sun_kpc < 8.6


@pytest.mark.parametrize("name", ["flux_511kev", "relic_abundance", "muon_g2", "self_interaction", "p_ann", "helium"])
def test_data_of_an_era_are_found_by_its_name(name):
    assert all(f"{name}_{era}" in measurements() for era in ERAS)


def test_facts_of_the_eras_are_those_of_the_data_page():
    old, new = ERAS[2008], ERAS["modern"]
    assert (old.baryon_density, new.baryon_density) == ((0.02273, 0.00062), (0.0224, 0.0002))
    assert (old.smearing_pc, new.smearing_pc) == (0.0, 150.0)
    assert (old.r_sun_kpc, new.r_sun_kpc) == (8.5, 8.178)
    assert (old.last_year, old.sky_template, new.sky_template) == (2008, "knoedlseder", "skinner")
