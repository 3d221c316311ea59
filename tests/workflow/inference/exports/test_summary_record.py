import json

import numpy as np
import pytest
from reference import synthetic_posterior

from workflow.inference.estimates.summary import summary_of
from workflow.inference.exports.summary_record import record


@pytest.fixture(scope="module")
def made(file):
    return record(summary_of(file), {"converged": True, "verdict": "fine"}, synthetic_posterior.EVIDENCE)


def test_it_is_strict_json(made):
    assert json.loads(json.dumps(made, allow_nan=False)) == made


def test_numbers_are_those_of_the_draws(file, made):
    quantity = made["quantities"]["m_dm_mev"]
    expected = np.quantile(file.samples("m_dm_mev"), [0.025, 0.975])
    np.testing.assert_allclose(quantity["equal_tailed_95"], expected)
    assert quantity["unit"] == "MeV"
    assert len(made["quantities"]["mass_ratio"]["highest_density_68"]) == 2
    assert made["ln_z"] == synthetic_posterior.EVIDENCE["ln_z"]


def test_a_datum_has_its_source(made):
    (datum,) = made["likelihoods"]["relic_abundance"]["data"]
    assert datum["source"] == "WMAP 3-year, astro-ph/0603449"


def test_without_diagnostics_nothing_is_claimed(file):
    made = record(summary_of(file), None, None)
    assert made["converged"] is None
    assert made["ln_z"] is None
