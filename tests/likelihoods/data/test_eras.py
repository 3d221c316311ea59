from typing import get_args

import pytest

from likelihoods.data.eras import ERAS, Era, existed
from likelihoods.data.measurements import measurements
from likelihoods.data.sky_511kev import templates


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
