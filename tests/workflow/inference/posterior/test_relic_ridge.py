from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from model import vector_portal
from model.physics.early_universe.cosmology_settings import BEST_COSMOLOGY
from model.physics.hidden_sector.sampling_coordinates import stretch_mass, stretch_ratio
from tests.reference.nuisances import NUISANCES
from workflow.inference.posterior import relic_ridge

NODES = relic_ridge.STRETCHED_RATIO.copy()  # of a run, which the tests below replace by a few
G, RATIO, M_DM = 0.1, np.array([0.9, 1.00002, 1.005, 1.12, 1.3, 2.0]), 3.0


@pytest.fixture(autouse=True)
def _small(monkeypatch):
    """A table with few nodes, all of which are tested."""
    monkeypatch.setattr(relic_ridge, "LOG_G", np.log([G, 1.0]))
    monkeypatch.setattr(relic_ridge, "STRETCHED_RATIO", stretch_ratio(RATIO))
    monkeypatch.setattr(relic_ridge, "STRETCHED_M_DM", stretch_mass(np.log([M_DM, 20.0])))


def omega_h2(coordinates, surroundings):
    same = np.ones(len(RATIO))
    theta = np.column_stack(
        [np.log(G) * same, stretch_ratio(RATIO), stretch_mass(np.log(M_DM * same)), np.zeros(len(RATIO))]
    )
    values = coordinates.inverse(theta).values | {name: np.full(len(RATIO), value) for name, value in NUISANCES.items()}
    return vector_portal.Model().predict(values, surroundings).omega_h2


def test_abundance_beyond_kinetic_equilibrium_is_the_observed_one_along_the_corrected_ridge(surroundings):
    # The closed form is off by a factor of ten at 1.12 and of two on the pole.
    solved = replace(surroundings, cosmology=BEST_COSMOLOGY)
    model = vector_portal.Model()
    correction = relic_ridge.tabulate(model, NUISANCES, solved)
    plain = omega_h2(model.sampling_coordinates, solved)
    assert plain.max() > 3.0 * 0.11
    assert plain.min() < 0.5 * 0.11
    found = omega_h2(model.sampling_coordinates.corrected(correction), solved)
    assert np.all(np.abs(found / 0.11 - 1.0) < 0.03), found


def test_last_bits_of_the_abundance_leave_the_table_as_it_is(surroundings, monkeypatch):
    model, offset, rng = vector_portal.Model(), relic_ridge._offset, np.random.default_rng(1)
    values = relic_ridge.tabulate(model, NUISANCES, surroundings).values
    assert np.ptp(values) > 0.1
    noise = 1e-13  # relative
    monkeypatch.setattr(relic_ridge, "_offset", lambda *given: offset(*given) * (1.0 + noise * rng.normal()))
    assert_array_equal(relic_ridge.tabulate(model, NUISANCES, surroundings).values, values)


def test_no_node_is_on_the_pole():
    # There the last bit of a mass moves the abundance by a per cent.
    assert np.abs(NODES).min() > 0.1


def test_a_node_without_a_ridge_takes_the_value_of_its_neighbour():
    values = np.full((2, 3, 2), np.nan)
    values[0, 0], values[1, 2] = 1.0, 2.0
    filled = relic_ridge._filled(values)
    assert set(np.unique(filled)) == {1.0, 2.0}
    assert_array_equal(filled[0, 0], [1.0, 1.0])
    assert_array_equal(relic_ridge._filled(np.full((2, 2, 2), np.nan)), np.zeros((2, 2, 2)))
