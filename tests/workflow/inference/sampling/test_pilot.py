"""Tempered pilots: they find every region, and say why they cannot start."""

from dataclasses import dataclass

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from reference.plain_target import PlainTarget

from workflow.inference.sampling.pilot import run_pilot

BOX = 10.0  # priors are uniform on [-BOX, BOX] in each coordinate


@dataclass(frozen=True)
class Boxed(PlainTarget):
    """A likelihood inside a uniform box in three dimensions."""

    kind: str

    def sample_prior(self, n, rng):
        return rng.uniform(-BOX, BOX, size=(n, 3))

    def split(self, u):
        log_prior = np.where(np.all(np.abs(u) < BOX, axis=1), -3 * np.log(2 * BOX), -np.inf)
        return log_prior, self.log_likelihood(u)

    def log_likelihood(self, u):
        if self.kind == "flat":
            return np.zeros(len(u))
        if self.kind == "gaussian":
            return -0.5 * np.sum(u**2, axis=1) / 0.1**2
        if self.kind == "two modes":  # of equal volume, three to one in weight
            left = -0.5 * np.sum((u + 5.0) ** 2, axis=1) / 0.1**2 + np.log(0.75)
            right = -0.5 * np.sum((u - 5.0) ** 2, axis=1) / 0.1**2 + np.log(0.25)
            return np.logaddexp(left, right)
        if self.kind == "half excluded":
            return np.where(u[:, 0] > 0.0, -0.5 * np.sum(u**2, axis=1), -np.inf)
        if self.kind == "steep":  # prior draws are worse than the best point by 1e12
            return -1e12 * np.sum(u**2, axis=1)
        return np.full(len(u), {"impossible": -np.inf, "undefined": np.nan}[self.kind])


def pilot_of(kind, seed=1, particles=3000):
    return run_pilot(Boxed(kind), particles, 5, np.random.default_rng(seed), lambda _: None)


def test_flat_likelihood_leaves_the_prior():
    pilot = pilot_of("flat", particles=2000)
    assert_array_equal(pilot.betas, [0.0, 1.0])
    assert pilot.log_evidence == pytest.approx(0.0, abs=1e-12)
    error = 2 * BOX / np.sqrt(12 * 2000)
    assert_allclose(pilot.particles.mean(axis=0), 0.0, atol=5 * error)
    assert_allclose(pilot.particles.var(axis=0), (2 * BOX) ** 2 / 12, rtol=0.15)


def test_recovers_a_narrow_gaussian_and_its_evidence():
    pilot = pilot_of("gaussian", particles=10_000)
    exact = 1.5 * np.log(2 * np.pi * 0.1**2) - 3 * np.log(2 * BOX)
    assert pilot.log_evidence == pytest.approx(exact, abs=0.5)
    assert_allclose(pilot.particles.mean(axis=0), 0.0, atol=0.02)
    assert_allclose(pilot.particles.std(axis=0), 0.1, rtol=0.15)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_finds_both_of_two_distant_modes(seed):
    pilot = pilot_of("two modes", seed)
    right = np.mean(pilot.particles[:, 0] > 0.0)
    assert 0.05 < right < 0.6  # weights are rough by design; both are there


def test_starts_from_the_part_of_the_prior_that_is_not_excluded():
    pilot = pilot_of("half excluded")
    assert np.all(pilot.particles[:, 0] > 0.0)
    assert pilot.outside == 0
    assert pilot.excluded == pytest.approx(0.5 * pilot.drawn, abs=5 * np.sqrt(0.25 * pilot.drawn))


def test_evidence_counts_the_prior_draws_that_cannot_start():
    """A flat likelihood where x > 0, in a model that has no point with y < 0: a quarter of the prior."""

    class Quarter(Boxed):
        def split(self, u):
            log_prior, _ = super().split(u)
            return np.where(u[:, 1] > 0.0, log_prior, -np.inf), np.where(u[:, 0] > 0.0, 0.0, -np.inf)

    pilot = run_pilot(Quarter("flat"), 3000, 5, np.random.default_rng(1), lambda _: None)
    assert pilot.outside > 0.4 * pilot.drawn
    assert pilot.excluded > 0.2 * pilot.drawn
    assert pilot.log_evidence == pytest.approx(np.log(0.25), abs=5 * np.sqrt(3.0 / pilot.drawn))


def test_bridges_any_range_of_likelihoods():
    pilot = pilot_of("steep")
    assert pilot.betas[1] < 1e-10
    assert_allclose(pilot.particles.std(axis=0), np.sqrt(0.5e-12), rtol=0.3)


def test_impossible_likelihood_says_how_many_were_tried_and_why_they_failed():
    with pytest.raises(ValueError, match=r"only 0 of 50000 prior draws .* 0 have no prior density, 50000 a likelihood"):
        pilot_of("impossible", particles=50)


def test_nan_names_the_point():
    with pytest.raises(ValueError, match=r"log_likelihood = nan at theta = \["):
        pilot_of("undefined")


def test_counts_its_evaluations():
    ticks = []
    pilot = run_pilot(Boxed("gaussian"), 100, 3, np.random.default_rng(1), ticks.append)
    assert sum(ticks) == pilot.evaluations


def test_same_seed_same_particles_and_different_seeds_differ():
    assert_array_equal(pilot_of("gaussian", 7, 100).particles, pilot_of("gaussian", 7, 100).particles)
    assert not np.any(pilot_of("gaussian", 7, 100).particles == pilot_of("gaussian", 8, 100).particles)


def test_values_belong_to_the_particles():
    pilot = pilot_of("two modes")
    log_prior, log_like = Boxed("two modes").split(pilot.particles)
    assert_array_equal(pilot.log_prior, log_prior)
    assert_array_equal(pilot.log_likelihood, log_like)
