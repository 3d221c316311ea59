"""Thinning, and the columns that a run keeps of each draw."""

from types import SimpleNamespace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from workflow.inference.estimates import draws
from workflow.inference.estimates.draws import derived_columns, kept_columns, thinned
from workflow.inference.posterior.evaluation import evaluate
from workflow.inference.posterior.observables import COLUMNS
from workflow.inference.sampling.chain_files import Chain
from workflow.inference.writing.refusal import Refusal


def chains(ensembles=2, steps=7, walkers=4, d=3):
    """Chains in which every number says where it stands."""
    coords = np.arange(ensembles * steps * walkers * d, dtype=float).reshape(ensembles, steps, walkers, d)
    blobs = 0.5 + np.arange(ensembles * steps * walkers * 4, dtype=float).reshape(ensembles, steps, walkers, 4)
    return [Chain(c, b[..., 0], b, np.zeros(walkers), ()) for c, b in zip(coords, blobs, strict=True)]


@pytest.mark.parametrize("wanted, every", [(1000, 1), (56, 1), (55, 2), (28, 2), (27, 3), (8, 7)])
def test_every_kth_step_is_kept_and_no_more_draws_than_wanted(wanted, every):
    found = thinned(chains(), wanted)
    steps = np.arange(7)[every - 1 :: every]
    assert found.every == every
    assert found.theta.shape == (2, 4 * len(steps), 3)
    assert found.theta.shape[0] * found.theta.shape[1] <= wanted
    for k, chain in enumerate(chains()):
        assert_array_equal(found.theta[k], chain.coords[steps].reshape(-1, 3))
        assert_array_equal(found.log_prior[k], chain.blobs[steps][..., 1].ravel())
        assert_array_equal(found.terms[k], chain.blobs[steps][..., 2:].reshape(-1, 2))


@pytest.fixture
def posterior(posterior_of):
    return posterior_of("hooper_zurek_2008_paper")


def test_columns_are_those_of_evaluate_whatever_the_batch(posterior, rng, monkeypatch):
    values = posterior.sample_prior_values(20, rng)
    whole = derived_columns(posterior, values)
    everything = evaluate(posterior, values).columns
    monkeypatch.setattr(draws, "BATCH", 7)
    batched = derived_columns(posterior, values)
    assert list(whole) == list(batched)
    for name, column in whole.items():
        assert_allclose(column, batched[name], rtol=1e-12, err_msg=name)
        assert_array_equal(column, everything[name], name)


def test_no_draws_give_empty_columns(posterior, rng):
    columns = derived_columns(posterior, posterior.sample_prior_values(0, rng))
    assert {column.shape for column in columns.values()} == {(0,)}
    assert "omega_h2" in columns


@pytest.mark.parametrize("name", ["hooper_zurek_modern", "line_p_wave", "vector_portal"])
def test_kept_are_the_columns_of_the_table_and_what_the_data_measure(name, posterior_of, rng):
    posterior = posterior_of(name)
    prediction = posterior.model.predict(posterior.sample_prior_values(2, rng), posterior.surroundings)
    kept = kept_columns(posterior, prediction)
    assert not set(kept) & set(posterior.priors)
    measured = {datum.observable for term in posterior.likelihoods.values() for datum in term.data}
    for column in kept:
        assert COLUMNS[column].kept or COLUMNS[column].measures in measured
    names = {column.measures for column in map(COLUMNS.get, kept) if hasattr(column, "measures")}
    assert measured <= names


def test_data_of_what_the_model_does_not_predict_are_an_error(posterior_of, rng):
    posterior = posterior_of("line_p_wave")
    prediction = posterior.model.predict(posterior.sample_prior_values(2, rng), posterior.surroundings)
    term = SimpleNamespace(data=(SimpleNamespace(observable="omega_h2"),))
    other = SimpleNamespace(likelihoods={"relic": term}, priors=posterior.priors)
    with pytest.raises(Refusal, match="likelihoods: omega_h2 is measured, which the model does not predict"):
        kept_columns(other, prediction)
