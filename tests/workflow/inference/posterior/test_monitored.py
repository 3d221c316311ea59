"""What must converge besides the sampling coordinates."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from reference.runs import LINE_CONFIGS

from workflow.inference.posterior.monitored import monitored
from workflow.inference.posterior.observables import MONITORED
from workflow.inference.posterior.pieces import PIECES


def valid(posterior, rng):
    """Valid points: their parameters and their prediction."""
    values = posterior.sample_prior_values(60, rng)
    prediction = posterior.model.predict(values, posterior.surroundings)
    keep = prediction.valid
    own = {name: prior.to_coordinate(values[name][keep]) for name, prior in posterior.priors.items()}
    return own, prediction.select(keep)


@pytest.mark.parametrize("name", ["hooper_zurek_2008_paper", "minimal_2008"])
def test_masses_are_monitored_in_decades_beside_the_parameters(name, posterior_of, rng):
    own, prediction = valid(posterior_of(name), rng)
    found = monitored(own, prediction)
    assert list(found.quantities) == [*own, *(observable.name for observable in MONITORED)]
    assert_array_equal(found.quantities["m_dm_mev"], np.log10(prediction.spectrum.m_dm))
    assert_array_equal(found.quantities["g"], own["g"])
    assert list(found.pieces) == [piece.name for piece in PIECES]


def test_of_a_hypothesis_about_the_positrons_alone_the_parameters_are_monitored(posterior_of, rng):
    own, prediction = valid(posterior_of(LINE_CONFIGS[0]), rng)
    found = monitored(own, prediction)
    assert found.quantities == own
    assert found.pieces == {}


def test_the_posterior_monitors_points_of_its_chains(posterior_of, rng):
    posterior = posterior_of("vector_portal")
    theta = posterior.sample_prior(40, rng)
    theta = theta[posterior.inside(theta)]
    found = posterior.monitored(theta)
    assert {column.shape for column in (*found.quantities.values(), *found.pieces.values())} == {(len(theta),)}
    assert_array_equal(found.quantities["m_dm_mev"], np.log10(posterior.to_physical(theta).values["m_dm_mev"]))
