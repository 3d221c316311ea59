from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import ClassVar

import emcee
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from reference.runs import LINE_CONFIGS, OWN_COORDINATES, SHIPPED_CONFIGS
from scipy import stats

from workflow.inference.posterior import priors


@pytest.fixture
def posterior(posterior_of):
    return posterior_of("hooper_zurek_2008_paper")


@dataclass(frozen=True)
class Recorder:
    """A likelihood that keeps the predictions that it is asked about."""

    seen: list
    value: float = 0.0
    parameters: ClassVar = ()
    needs: ClassVar = ()
    data: ClassVar = ()

    def log_likelihood(self, prediction):
        self.seen.append(prediction)
        return np.full(prediction.reason.shape, self.value)


class Plain:
    """A model that offers no sampling coordinates of its own."""

    def __init__(self, model):
        self._model = model
        self.parameters = model.parameters
        self.sampling_coordinates = SimpleNamespace(parameters=("nothing",), names=("nothing",))

    def predict(self, values, surroundings):
        return self._model.predict(values, surroundings)


def own_coordinates(posterior, theta):
    """Coordinates of the priors (n, d) at sampling coordinates theta."""
    values = posterior.to_physical(theta).values
    return np.column_stack([prior.to_coordinate(values[name]) for name, prior in posterior.priors.items()])


def log_jacobian(posterior, theta, step=1e-5):
    """ln |d(own coordinates)/du| by central differences."""
    d = theta.shape[1]
    columns = [
        (own_coordinates(posterior, theta + step * e) - own_coordinates(posterior, theta - step * e)) / (2 * step)
        for e in np.eye(d)
    ]
    return np.linalg.slogdet(np.stack(columns, axis=2))[1]


def with_walls(posterior, margin):
    """Rows well inside the priors, so that small steps stay inside."""
    values = posterior.sample_prior_values(400, np.random.default_rng(3))
    theta = posterior.from_physical(values)
    own = own_coordinates(posterior, theta)
    inside = np.ones(len(theta), dtype=bool)
    for k, prior in enumerate(posterior.priors.values()):
        inside &= (own[:, k] > prior.low + margin) & (own[:, k] < prior.high - margin)
    return theta[inside]


@pytest.mark.parametrize("name", SHIPPED_CONFIGS)
def test_columns_are_posterior_likelihood_prior_and_each_term(name, posterior_of, rng):
    posterior = posterior_of(name)
    found = posterior.log_prob(posterior.sample_prior(40, rng))
    assert posterior.blob_names == ("log_likelihood", "log_prior_walked", *posterior.likelihoods)
    assert found.shape == (40, 1 + len(posterior.blob_names))
    assert_allclose(found[:, 0], found[:, 1] + found[:, 2])
    assert_allclose(found[:, 1], found[:, 3:].sum(axis=1))


def test_terms_are_the_likelihoods_in_order(posterior, rng):
    values = posterior.sample_prior_values(40, rng)
    prediction = posterior.model.predict(values, posterior.surroundings)
    valid = prediction.select(prediction.valid)
    found = posterior.log_prob(posterior.from_physical(values))[prediction.valid, 3:]
    for k, likelihood in enumerate(posterior.likelihoods.values()):
        assert_allclose(found[:, k], likelihood.log_likelihood(valid), rtol=1e-8)


@pytest.mark.parametrize("name", SHIPPED_CONFIGS)
def test_sampling_coordinates_and_physical_values_are_inverse(name, posterior_of, rng):
    posterior = posterior_of(name)
    values = posterior.sample_prior_values(500, rng)
    point = posterior.to_physical(posterior.from_physical(values))
    assert set(point.values) == set(values)
    for parameter, value in values.items():
        assert_allclose(point.values[parameter], value, rtol=1e-9)


@pytest.mark.parametrize("name", SHIPPED_CONFIGS)
def test_there_is_one_name_per_dimension(name, posterior_of):
    posterior = posterior_of(name)
    assert len(posterior.names) == len(set(posterior.names)) == len(posterior.priors)


@pytest.mark.parametrize("name", SHIPPED_CONFIGS)
def test_no_point_outside_has_a_density(name, posterior_of, rng):
    posterior = posterior_of(name)
    theta = posterior.sample_prior(300, rng)
    theta = np.concatenate(
        [theta, theta + 0.3 * theta.std(axis=0) * rng.normal(size=theta.shape)]
    )  # some beyond the walls of the priors
    inside, found = posterior.inside(theta), posterior.log_prob(theta)
    assert 0 < inside.sum() < len(theta)
    assert np.all(np.isneginf(found[~inside, 0]))
    assert np.all(np.isfinite(found[inside, 2]))
    assert posterior.inside(theta[:0]).shape == (0,)


@pytest.mark.parametrize("name", OWN_COORDINATES)
def test_both_coordinate_routes_give_one_posterior_up_to_the_jacobian(name, posterior_of):
    # One temperature: a solver of adaptive steps turns the rounding of the coordinates into its own tolerance.
    posterior = posterior_of(name, "cosmology.kinetic_equilibrium=assumed")
    plain = replace(posterior, model=Plain(posterior.model))
    theta = with_walls(posterior, 0.01)[:60]
    assert posterior.coordinates is not None
    assert plain.coordinates is None
    mapped, direct = posterior.log_prob(theta), plain.log_prob(own_coordinates(posterior, theta))
    assert_allclose(mapped[:, 1], direct[:, 1], rtol=1e-6)
    assert_allclose(mapped[:, 2], direct[:, 2] + log_jacobian(posterior, theta), atol=1e-4)


def test_a_spectrum_leaves_the_coordinates_of_the_priors_and_watches_the_masses(posterior_of, rng):
    posterior = posterior_of("spectrum_2008")
    assert posterior.coordinates is None
    assert posterior.names == tuple(posterior.priors)
    theta = posterior.sample_prior(200, rng)
    monitored = posterior.monitored(theta[posterior.inside(theta)])
    assert set(monitored.quantities) == {*posterior.priors, "m_dm_mev", "m_u_mev"}


@pytest.mark.parametrize("name", LINE_CONFIGS)
def test_a_model_without_coordinates_walks_in_those_of_the_priors(name, posterior_of, rng):
    posterior = posterior_of(name)
    assert posterior.coordinates is None
    assert posterior.names == tuple(posterior.priors)
    monitored = posterior.monitored(posterior.sample_prior(20, rng))
    assert set(monitored.quantities) == set(posterior.priors)
    assert monitored.pieces == {}


@pytest.mark.parametrize("prior", ["uniform", "normal"])
def test_coordinates_keep_a_prior_that_is_not_logarithmic(prior, posterior):
    g = priors.uniform(0.1, 3.5) if prior == "uniform" else priors.normal(1.0, 0.3, 0.1, 3.5)
    posterior = replace(posterior, priors={**posterior.priors, "g": g})
    plain = replace(posterior, model=Plain(posterior.model))
    theta = with_walls(posterior, 0.01)[:60]
    mapped, direct = (
        posterior.to_physical(theta).log_prior,
        plain.to_physical(own_coordinates(posterior, theta)).log_prior,
    )
    assert_allclose(mapped, direct + log_jacobian(posterior, theta), atol=1e-4)


def test_model_coordinates_need_all_of_their_parameters_sampled(posterior_of):
    posterior = posterior_of("hooper_zurek_2008_paper", "parameters.g.fixed=0.5")
    assert posterior.coordinates is None
    assert posterior.names == tuple(posterior.priors)


def test_outside_the_prior_nothing_is_evaluated(posterior, rng):
    recorder = Recorder([])
    watched = replace(posterior, likelihoods={"recorder": recorder})
    theta = watched.sample_prior(50, rng)
    theta[::2, -1] = 1.5  # f_ps above its bound
    found = watched.log_prob(theta)
    assert (found[::2] == -np.inf).all()
    assert sum(prediction.reason.size for prediction in recorder.seen) <= 25
    assert all((prediction.values["f_ps"] <= 1.0).all() for prediction in recorder.seen)


def test_far_outside_the_prior_is_minus_infinity_and_never_nan(posterior, rng):
    near, far = (scale * rng.choice([-1, 1], size=(300, len(posterior.names))) for scale in (8.0, 300.0))
    assert (posterior.log_prob(near)[:, 0] == -np.inf).all()
    with np.errstate(all="ignore"):
        assert (posterior.log_prob(far)[:, 0] == -np.inf).all()


def test_invalid_points_are_not_shown_to_likelihoods(posterior, rng):
    recorder = Recorder([])
    values = posterior.sample_prior_values(200, rng)
    found = replace(posterior, likelihoods={"recorder": recorder}).log_likelihoods(values)
    prediction = posterior.model.predict(values, posterior.surroundings)
    assert_array_equal(np.isneginf(found[:, 0]), ~prediction.valid)
    assert recorder.seen[0].valid.all()


def test_nan_names_the_likelihood_and_the_point(posterior, rng):
    broken = replace(posterior, likelihoods={"fine": Recorder([]), "broken": Recorder([], np.nan)})
    theta = posterior.sample_prior(100, rng)
    with pytest.raises(FloatingPointError, match=r"likelihood broken returned NaN at .*m_soft_tev=.*\d") as caught:
        broken.log_prob(theta)
    assert all(f"{parameter}=" in str(caught.value) for parameter in posterior.priors)


@pytest.mark.parametrize("name", SHIPPED_CONFIGS)
def test_no_points_give_no_rows(name, posterior_of):
    posterior = posterior_of(name)
    found = posterior.log_prob(np.empty((0, len(posterior.names))))
    assert found.shape == (0, 1 + len(posterior.blob_names))


def test_one_row_may_be_one_dimensional(posterior, rng):
    theta = posterior.sample_prior(1, rng)
    assert_array_equal(posterior.log_prob(theta[0]), posterior.log_prob(theta))


def test_fixed_parameters_keep_their_value(posterior, rng):
    values = posterior.sample_prior_values(5, rng)
    assert_array_equal(values["r_sun_kpc"], np.full(5, 8.5))
    assert_array_equal(posterior.to_physical(posterior.sample_prior(5, rng)).values["r_s_kpc"], np.full(5, 20.0))


def test_equal_seeds_give_equal_draws(posterior):
    one, two = (posterior.sample_prior(10, np.random.default_rng(4)) for _ in range(2))
    assert_array_equal(one, two)


@pytest.mark.parametrize("name", ["hooper_zurek_2008_paper", "minimal_2008", "vector_portal"])
def test_without_likelihoods_a_sampler_leaves_the_prior_as_it_is(name, posterior_of):
    # Walkers that start as prior draws stay so only if the density in sampling coordinates is that of the prior.
    posterior = replace(posterior_of(name), likelihoods={})
    generator = np.random.default_rng(11)
    walkers, d = 1500, len(posterior.names)
    moves = [(emcee.moves.StretchMove(), 0.5), (emcee.moves.DEMove(), 0.5)]
    sampler = emcee.EnsembleSampler(
        walkers, d, lambda theta: posterior.to_physical(theta).log_prior, vectorize=True, moves=moves
    )
    sampler.random_state = np.random.RandomState(11).get_state()
    state = sampler.run_mcmc(posterior.sample_prior(walkers, generator), 80, skip_initial_state_check=True)
    assert np.mean(sampler.acceptance_fraction) > 0.05
    values = posterior.to_physical(state.coords).values
    for parameter, prior in posterior.priors.items():
        probability = np.sort(prior.to_coordinate(values[parameter]))
        fresh = np.sort(prior.quantile(np.random.default_rng(12).uniform(size=20_000)))
        assert stats.ks_2samp(probability, fresh).pvalue > 1e-3, parameter
