"""Brute force and nested sampling find what is known."""

import sys
from dataclasses import dataclass, replace
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.testing import assert_allclose
from reference import toy_posterior as toy

from workflow.inference.judgement import other_samplers
from workflow.inference.judgement.other_samplers import Reference, Screened, brute_force, nested, references_of
from workflow.inference.sampling.importance_sampling import WeightedDraws
from workflow.inference.writing.refusal import Refusal

SMALL = {"sweep_draws": 40_000, "final_draws": 20_000}


@pytest.fixture(scope="module")
def references():
    return {kind: brute_force(toy.build(kind), seed=1, **SMALL) for kind in toy.KINDS}


@pytest.mark.parametrize("kind", toy.KINDS)
def test_brute_force_knows_the_evidence(kind, references):
    found = references[kind]
    assert found.ln_z == pytest.approx(toy.ln_z(kind), abs=4 * found.error)
    assert found.error < 0.05
    assert found.pareto_k < 0.7
    assert found.evaluations > 6 * SMALL["sweep_draws"]


@pytest.mark.parametrize("kind", toy.KINDS)
def test_brute_force_has_the_marginals(kind, references, rng):
    found, draws = references[kind], toy.draws(kind, 20_000, rng)
    for axis in range(3):
        mean = found.weights @ found.theta[:, axis]
        error = draws[:, axis].std() * (found.effective_sample_size**-0.5 + 20_000**-0.5)
        assert mean == pytest.approx(draws[:, axis].mean(), abs=4 * error)


@pytest.mark.slow
def test_nested_sampling_agrees():
    pytest.importorskip("nautilus")
    found = nested(toy.build("two modes"), seed=2, live=400, effective=2000)
    assert found.ln_z == pytest.approx(toy.ln_z("two modes"), abs=found.error)
    assert found.weights @ (found.theta[:, 0] > 0.0) == pytest.approx(toy.right_fraction(), abs=0.05)


def test_screening_changes_nothing_that_matters(rng):
    posterior = toy.build("banana")
    u = rng.uniform(-5.0, 5.0, size=(2000, 3))
    full, screened = posterior.log_prob(u), Screened(posterior, -8.0).log_prob(u)
    near = full[:, 1] > -8.0
    assert 10 < near.sum() < 1000
    assert_allclose(screened[near], full[near, :2])
    assert np.all(np.isneginf(screened[~near]))


def test_screening_asks_the_dearest_last_and_only_where_it_may_matter():
    asked = []

    class Counting(toy.Likelihood):
        def log_likelihood(self, prediction):
            asked.append((self.share, len(prediction.valid)))
            return super().log_likelihood(prediction)

    terms = {"relic_abundance": Counting("gaussian", 0.6), "first": Counting("gaussian", 0.4)}
    posterior = replace(toy.build("gaussian"), likelihoods=terms)
    Screened(posterior, -8.0).log_prob(np.random.default_rng(1).uniform(-4.0, 4.0, size=(1000, 3)))
    (first, before), (second, after) = asked
    assert (first, second) == (0.4, 0.6)
    assert after < 0.2 * before


def test_effective_sample_size_of_a_reference():
    assert Reference("any", np.zeros((4, 1)), np.full(4, 0.25), 0.0, 0.1, None, 4).effective_sample_size == 4.0


def test_every_method_is_asked_with_the_seed_of_the_run_and_another_name_is_refused(monkeypatch):
    asked = []

    def method(posterior, seed):
        asked.append((posterior, seed))
        return Reference("any", np.zeros((4, 1)), np.full(4, 0.25), 0.0, 0.1, None, 4)

    monkeypatch.setattr(other_samplers, "METHODS", {"one": method, "other": method})
    assert len(references_of("posterior", ["one", "other"], 5)) == 2
    assert asked == [("posterior", 5), ("posterior", 5)]
    with pytest.raises(Refusal, match="--methods: nested; allowed: one, other"):
        references_of("posterior", ["one", "nested"], 5)


@dataclass(frozen=True)
class Even:
    """The same density between two numbers."""

    low: float
    high: float

    def log_density(self, theta):
        inside = np.all((theta > self.low) & (theta < self.high), axis=1)
        return np.where(inside, -np.log(self.high - self.low), -np.inf)


def test_brute_force_spends_what_it_says(monkeypatch):
    """Six adaptations of the coordinates, five of the mixture with a fifth of the draws, and the draws that count."""
    asked, real = [], other_samplers.importance_sample

    def few(posterior, proposal, n, rng, tick):
        asked.append(n)
        return real(posterior, proposal, min(n, 10_000), rng, tick)

    monkeypatch.setattr(other_samplers, "importance_sample", few)
    found = brute_force(toy.build("gaussian"), seed=1)
    assert asked == [25_000, *(6 * [500_000]), *(5 * [100_000]), 400_000]
    assert found.evaluations == 13 * 10_000
    assert found.method == "brute-force importance sampling"


def arguments_of_importance_sampling(monkeypatch):
    """Posterior and proposal of every call, in a list that the calls fill."""
    asked, real = [], other_samplers.importance_sample

    def watched(posterior, proposal, n, rng, tick):
        asked.append((posterior, proposal))
        return real(posterior, proposal, n, rng, tick)

    monkeypatch.setattr(other_samplers, "importance_sample", watched)
    return asked


def test_a_fifth_of_the_draws_is_never_adapted(monkeypatch):
    """While the grid adapts, and half of that fifth each of flat draws and of the grid when the mixture does."""
    asked = arguments_of_importance_sampling(monkeypatch)
    brute_force(toy.build("gaussian"), seed=1, sweep_draws=20_000, final_draws=5_000)
    fractions = [getattr(proposal, "fractions", None) for _, proposal in asked]
    assert fractions[0] is None  # the flat distribution alone
    assert fractions[1:7] == 6 * [(0.2, 0.8)]
    assert fractions[7:] == 6 * [(0.8, 0.1, 0.1)]


def test_points_are_given_up_25_below_the_best_so_far(monkeypatch):
    asked = arguments_of_importance_sampling(monkeypatch)
    brute_force(toy.build("gaussian"), seed=1, **SMALL)
    floors = [getattr(posterior, "floor", None) for posterior, _ in asked]
    assert floors[0] is None
    assert np.all(np.diff(floors[1:]) >= 0.0)
    assert floors[-1] == pytest.approx(toy.PEAK - 25.0, abs=0.05)


def weighted(log_weight):
    return WeightedDraws(np.zeros((len(log_weight), 1)), log_weight, np.zeros((len(log_weight), 1)), len(log_weight))


def test_weights_are_flattened_until_enough_draws_count():
    """Kish's size of weights x^k with x uniform is n (2k + 1) / (k + 1)^2."""
    n = 100_000
    x = (np.arange(n) + 0.5) / n
    even = other_samplers._flattened(weighted(np.log(x)))
    np.testing.assert_allclose(even, x / x.sum(), rtol=1e-12)  # 75 000 count: nothing to do
    steep = other_samplers._flattened(weighted(1000.0 * np.log(x)))
    power = np.log(steep[-1] / steep[n // 2]) / np.log(x[-1] / x[n // 2])
    size = 1.0 / np.sum(steep**2)
    assert power == pytest.approx(1000.0 * 0.8 ** round(np.log(power / 1000.0) / np.log(0.8)), rel=1e-9)
    assert size == pytest.approx(n * (2.0 * power + 1.0) / (power + 1.0) ** 2, rel=1e-3)
    assert size >= 2000.0 > n * (2.0 * power / 0.8 + 1.0) / (power / 0.8 + 1.0) ** 2


@pytest.mark.parametrize("size, left", [(1950.0, False), (2050.0, True)])
def test_weights_that_2000_draws_carry_are_left_as_they_are(size, left):
    n = 100_000
    x = (np.arange(n) + 0.5) / n
    power = 2.0 * n / size - 1.5  # of n (2k + 1) / (k + 1)^2, to two orders
    weights = other_samplers._flattened(weighted(power * np.log(x)))
    found = np.log(weights[-1] / weights[n // 2]) / np.log(x[-1] / x[n // 2])
    assert found == pytest.approx(power * (1.0 if left else 0.8), rel=1e-9)


def test_hopeless_weights_are_flattened_to_the_first_power_below_a_fiftieth():
    log_weight = np.where(np.arange(100) == 7, 0.0, -100.0)
    weights = other_samplers._flattened(weighted(log_weight))
    assert weights[0] / weights[7] == pytest.approx(np.exp(-100.0 * 0.8**18), rel=1e-9)


class Drawn:
    """A stand-in of the sampler of nautilus that draws the unit cube evenly, with weights that are the integrand."""

    n_eff, n_like, log_z = 2500.0, 1234, -7.5

    def __init__(self, prior, likelihood, **options):
        self.prior, self.likelihood, self.options = prior, likelihood, options

    def run(self, **asked):
        self.options |= asked

    def posterior(self):
        cube = np.random.default_rng(3).uniform(size=(400_000, self.options["n_dim"]))
        log_weight = self.likelihood(self.prior(cube))
        return cube, log_weight, log_weight


def test_nested_sampling_integrates_the_posterior_over_the_range_of_the_priors(monkeypatch):
    """Mean weights over the cube are the evidence, and its error has 0.1 of the boundaries in quadrature."""
    samplers = []

    def build(*arguments, **options):
        samplers.append(Drawn(*arguments, **options))
        return samplers[-1]

    monkeypatch.setitem(sys.modules, "nautilus", SimpleNamespace(Sampler=build))
    monkeypatch.setattr(other_samplers.metadata, "version", lambda _: "1.0")
    posterior = toy.build("gaussian")
    found = nested(posterior, seed=2)
    assert found.error == pytest.approx(np.hypot(1.0 / 50.0, 0.1), rel=1e-12)
    assert (found.ln_z, found.evaluations, found.pareto_k) == (-7.5, 1234, None)
    assert found.method == "nested sampling (nautilus 1.0)"
    assert found.weights.sum() == pytest.approx(1.0)
    (sampler,) = samplers
    assert (sampler.options["n_live"], sampler.options["n_eff"], sampler.options["n_dim"]) == (2000, 10_000, 3)
    cube, log_weight, _ = sampler.posterior()
    assert np.log(np.mean(np.exp(log_weight))) == pytest.approx(toy.ln_z("gaussian"), abs=0.2)
    assert (found.weights @ found.theta)[:2] == pytest.approx([0.5, 0.7], abs=0.1)  # z is cut at 0
    assert len(cube) == len(found.theta)


def test_draws_of_several_proposals_are_weighted_with_the_average_of_all():
    """Two proposals of which neither reaches the whole posterior give its evidence together."""

    def drawn(low, high, n):
        theta = np.linspace(low, high, n, endpoint=False)[:, None] + 0.5 * (high - low) / n
        inside = Even(low, high)
        return other_samplers._Progress(inside, WeightedDraws(theta, -inside.log_density(theta), theta, n), 0.0, n)

    # The density is one between 0 and 3, so that the evidence is 3.
    pooled = other_samplers._pooled([drawn(0.0, 2.0, 300), drawn(1.0, 3.0, 100)])
    assert pooled.ln_z == pytest.approx(np.log(3.0), rel=1e-3)
    weights = np.exp(pooled.log_weight)
    left, both, right = (weights[(pooled.theta[:, 0] // 1.0) == k] for k in range(3))
    np.testing.assert_allclose(left, 1.0 / (0.75 * 0.5))
    np.testing.assert_allclose(both, 1.0 / 0.5)
    np.testing.assert_allclose(right, 1.0 / (0.25 * 0.5))
    np.testing.assert_allclose(pooled.blobs, 0.0, atol=1e-12)
