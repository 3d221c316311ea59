"""Best fits: the maxima of posteriors that have known ones, and of a shipped run."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from reference import toy_posterior as toy

from workflow.inference.estimates.best_fit import APART, best_fits, distinct, scores


@pytest.mark.parametrize("kind", toy.KINDS)
def test_reaches_the_maximum(kind, rng):
    posterior = toy.build(kind)
    chains = toy.chains(kind, rng)
    found = best_fits(posterior, chains)
    at_best = posterior.log_prob(found.maximum_likelihood[None])[0, 1]
    best_draw = max(chain.blobs[..., 0].max() for chain in chains)
    assert best_draw < toy.PEAK - 2e-3
    assert at_best == pytest.approx(toy.PEAK, abs=2e-3)
    assert_allclose(found.maximum_posterior, found.maximum_likelihood, atol=0.05)  # priors are flat


def test_maximum_posterior_feels_the_prior(rng):
    """Under a normal prior in z the two maxima differ, as completing the square says."""
    from dataclasses import replace

    from workflow.inference.posterior.priors import normal

    flat = toy.build("gaussian")
    posterior = replace(flat, priors={**flat.priors, "z": normal(1.0, 0.25, -toy.BOX, toy.BOX)})
    found = best_fits(posterior, toy.chains("gaussian", rng))
    assert found.maximum_likelihood[2] == pytest.approx(0.2, abs=0.02)
    assert found.maximum_posterior[2] == pytest.approx(0.6, abs=0.02)  # equal widths: half way


def test_both_modes_are_listed_and_each_once(rng):
    found = best_fits(toy.build("two modes"), toy.chains("two modes", rng))
    assert_allclose(found.local, [[2.0, -1.0, 1.5], [-1.5, 1.0, 1.0]], atol=0.02)


@pytest.mark.parametrize("kind", ["gaussian", "banana"])
def test_one_maximum_is_listed_once(kind, rng):
    assert len(best_fits(toy.build(kind), toy.chains(kind, rng)).local) == 1


def test_same_chains_same_bits(rng):
    chains = toy.chains("banana", rng)
    one, two = (best_fits(toy.build("banana"), chains) for _ in range(2))
    for name in ("maximum_likelihood", "maximum_posterior", "local"):
        assert_array_equal(getattr(one, name), getattr(two, name))


def test_starts_lie_apart_and_begin_with_the_best(rng):
    points, score = rng.normal(size=(500, 2)) * 3.0, -rng.exponential(size=500)
    chosen = points[distinct(points, score, 10)]
    assert_array_equal(chosen[0], points[np.argmax(score)])
    assert len(chosen) == 10
    gaps = np.linalg.norm(chosen[:, None] - chosen, axis=2) + 10.0 * np.eye(10)
    assert gaps.min() > APART


def test_scores_outside_the_domain_and_the_prior():
    u = np.array([[0.0, 0.0, 1.0], [0.0, 0.0, -1.0], [0.0, 0.0, 9.0]])
    assert_array_equal(np.isfinite(scores(toy.build("banana"), u, np.ones(3))), [True, False, False])
