import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from reference.mixing_experiments import EVERYTHING
from reference.nuisances import NUISANCES

from likelihoods.mixing.visible_boson import Options, VisibleBoson
from model.physics.searches import proton_dump
from model.vector_portal import Model


@pytest.fixture(scope="module")
def boson(predict):
    return EVERYTHING.visible_boson(predict(np.array([5.0, 30.0, 300.0]), 1e-5, np.array([1.0, 50.0, 20.0]), 0.1))


def test_options_of_the_likelihood_are_those_of_the_boson(boson):
    assert boson.options == Options("physical", 2023, 4.0)


def test_strength_of_a_dark_photon_is_its_squared_mixing(boson):
    assert_allclose(boson.electron_strength, 1e-10, rtol=1e-6)


def test_branching_ratios_add_up_below_the_pion_threshold(boson):
    total = sum(boson.branching.values())
    assert_allclose(total[:2], 1.0, rtol=1e-9)
    assert total[2] <= 1.0
    assert boson.branching["invisible"][1] == 0.0


def test_published_limits_assume_no_decay_to_dark_matter(boson):
    assert_allclose(boson.dark_photon_branching["electrons"][:2], 1.0, rtol=1e-9)


@pytest.mark.compiled
def test_yields_are_those_of_the_table(boson):
    table = boson.prediction.surroundings.dump_yields
    rows = table.evaluate(boson.m_u, boson.prediction.widths.total)
    assert set(boson.decay_yields) == set(table.names.tolist())
    assert_array_equal(boson.decay_yields["kek"], rows["kek"])
    assert_array_equal(boson.missing_energy_yields["na64_invisible"], table.missing(boson.m_u)["na64_invisible"])


def test_production_by_protons_is_computed_once(boson):
    first = boson.produced_by_protons("pi0", True)
    assert boson.produced_by_protons("pi0", True) is first
    couplings = boson.prediction.couplings
    assert_array_equal(first, proton_dump.production(boson.m_u, couplings, "pi0", form_factors=True))


def test_a_missing_table_is_named(surroundings):
    values = {"m_dm_mev": 10.0, "m_u_mev": 5.0, "g_dm": 0.1, "epsilon": 1e-6, **NUISANCES}
    prediction = Model(dark_matter="dirac").predict({k: np.array([v]) for k, v in values.items()}, surroundings)
    with pytest.raises(ValueError, match="table of dump yields"):
        _ = VisibleBoson(prediction, Options()).decay_yields


def test_without_mixing_nothing_is_seen(boson):
    assert (boson.unmixed.electron_strength < 1e-29).all()
    assert_array_equal(boson.unmixed.m_u, boson.m_u)
