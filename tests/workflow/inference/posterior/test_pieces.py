"""Pieces of the allowed region: their borders, and who has them."""

from types import SimpleNamespace

import numpy as np
import pytest
from reference.runs import LINE_CONFIGS

from workflow.inference.posterior.pieces import PIECES, pieces


def at(m_u, m_dm):
    """The pieces of one point."""
    spectrum = SimpleNamespace(m_u=np.array([m_u]), m_dm=np.array([m_dm]))
    found = pieces(SimpleNamespace(parts=("line", "hidden_sector"), spectrum=spectrum))
    return {name for name, inside in found.items() if inside[0]}


@pytest.mark.parametrize(
    "m_u, m_dm, names",
    [
        (1.0, 1.0, {"m_U < 2 m_dm"}),
        (3.0, 1.0, {"m_U > 2 m_dm"}),
        (2.0, 1.0, {"m_U > 2 m_dm", "m_U within 1 % of 2 m_dm"}),
        (1.9801, 1.0, {"m_U < 2 m_dm", "m_U within 1 % of 2 m_dm"}),
        (1.9799, 1.0, {"m_U < 2 m_dm"}),
        (10.0, 10.0, {"m_U < 2 m_dm"}),
        (20.1, 10.01, {"m_U > 2 m_dm", "m_U within 1 % of 2 m_dm", "m_dm > 10 MeV"}),
    ],
)
def test_a_point_lies_in_its_pieces(m_u, m_dm, names):
    assert at(m_u, m_dm) == names


def test_the_two_sides_of_the_resonance_are_everything(posterior_of, rng):
    posterior = posterior_of("hooper_zurek_2008_paper")
    prediction = posterior.model.predict(posterior.sample_prior_values(100, rng), posterior.surroundings)
    found = pieces(prediction.select(prediction.valid))
    assert list(found) == [piece.name for piece in PIECES]
    assert (found["m_U < 2 m_dm"] ^ found["m_U > 2 m_dm"]).all()


def test_a_hypothesis_about_the_positrons_alone_has_no_pieces(posterior_of, rng):
    posterior = posterior_of(LINE_CONFIGS[0])
    prediction = posterior.model.predict(posterior.sample_prior_values(3, rng), posterior.surroundings)
    assert pieces(prediction) == {}
