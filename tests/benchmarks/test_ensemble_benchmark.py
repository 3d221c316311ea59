"""Speed of one step of the default run: 64 walkers, the project's moves, a proposal fitted as in production."""

import emcee
import numpy as np

from workflow.inference.sampling.pilot import run_pilot
from workflow.inference.sampling.proposal import FitPoints, fit_proposal, moves
from workflow.inference.sampling.settings import SamplerSettings
from workflow.inference.sampling.target import pilot_start

WALKERS = 64
ROUNDS, STEPS = 20, 50  # a step draws its move at random: a round averages over STEPS of them


def test_ensemble_step_of_64_walkers(benchmark, posterior_of):
    posterior = posterior_of("hooper_zurek_2008_paper")
    rng = np.random.default_rng(511)
    pilot = run_pilot(pilot_start(posterior), 4000, 10, rng, lambda _: None)
    particles = pilot.particles
    mixture = fit_proposal(
        FitPoints(particles, pilot.log_prior + pilot.log_likelihood),
        FitPoints(pilot.warm, pilot.warm_log_prob),
        40,
        seed=511,
    )
    start = rng.permutation(np.unique(particles, axis=0))[:WALKERS]
    mix = moves(mixture, posterior.inside, SamplerSettings().global_fraction)
    sampler = emcee.EnsembleSampler(WALKERS, len(posterior.names), posterior.log_prob, moves=mix, vectorize=True)
    sampler.random_state = np.random.RandomState(511).get_state()
    # Each `next` is one step; the first, which also evaluates the start, is not timed.
    steps = sampler.sample(start, iterations=None, store=False)
    first = next(steps).coords.copy()

    benchmark.extra_info["walkers"] = WALKERS
    state = benchmark.pedantic(next, args=(steps,), rounds=ROUNDS, iterations=STEPS)

    assert np.all(np.isfinite(state.log_prob))
    assert np.all(np.isfinite(state.blobs))
    assert np.any(state.coords != first)
    np.testing.assert_allclose(posterior.log_prob(state.coords)[:, 0], state.log_prob, rtol=1e-9)
