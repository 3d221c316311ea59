import numpy as np
import pytest
from reference.nuisances import NUISANCES

from model import anomaly_free
from model.physics.galaxy import halo_grid
from model.physics.galaxy.halo import Galaxy
from model.physics.nuisances import nuisances
from model.physics.surroundings import NOTHING, Requirements, untabulated


def test_without_tables_points_are_valid_where_they_are_with_them(surroundings, rng):
    n = 500
    values = {name: np.full(n, value) for name, value in NUISANCES.items()}
    for name, low, high in (("g", -3, 1), ("chi", -8, 1), ("lambda", -4, 1), ("m_soft_tev", -1, 7)):
        values[name] = 10.0 ** rng.uniform(low, high, n)
    values["gamma"] = rng.uniform(-0.1, 1.8, n)
    bare = untabulated(surroundings.galaxy, surroundings.nuisances)
    reasons = [anomaly_free.Model().predict(values, around).reason for around in (surroundings, bare)]
    assert (reasons[0] == reasons[1]).all()
    assert 0 < (reasons[0] == 0).sum() < n


@pytest.mark.parametrize("profile", ["gnfw", "einasto", "burkert"])
def test_limits_of_a_profile_are_the_ends_of_its_tables(profile):
    axes = halo_grid.axes(untabulated(Galaxy(profile), nuisances(profile)).j_factors)
    ends = {name: (nodes[0], nodes[-1]) for name, nodes in axes.items()}
    assert ends == {name: (limit.low, limit.high) for name, limit in halo_grid.limits(profile).items()}


def test_a_likelihood_may_ask_for_nothing():
    assert Requirements() == NOTHING
