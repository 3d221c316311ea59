from types import SimpleNamespace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from likelihoods.relic_abundance import Likelihood
from model.physics.early_universe.cosmology_settings import CosmologySettings


def prediction(omega, role="measured"):
    cosmology = CosmologySettings(role=role)
    return SimpleNamespace(omega_h2=np.atleast_1d(omega), surroundings=SimpleNamespace(cosmology=cosmology))


@pytest.mark.parametrize("era, value, sigma", [(2008, 0.1099, 0.0062), ("modern", 0.1200, 0.0012)])
def test_abundance_is_gaussian_with_five_percent_of_theory_error(era, value, sigma):
    # docs/physics/model.md 7
    omega = np.array([1e-6, 0.05, value, 0.15, 3.0])
    total = np.hypot(sigma, 0.05 * omega)
    expected = -0.5 * ((omega - value) / total) ** 2 - np.log(total / sigma)
    assert_allclose(Likelihood(era=era, theory_error=0.05).log_likelihood(prediction(omega)), expected, rtol=1e-12)


def test_too_little_is_as_bad_as_too_much():
    # a measurement, not an upper limit
    found = Likelihood(theory_error=0.0).log_likelihood(prediction([0.1099 - 0.0124, 0.1099 + 0.0124]))
    assert_allclose(found, [-2.0, -2.0], rtol=1e-9)


def test_theory_error_is_an_option():
    far = prediction(0.2)
    assert Likelihood(theory_error=0.2).log_likelihood(far)[0] > Likelihood(theory_error=0.01).log_likelihood(far)[0]


def test_a_computed_error_is_that_of_each_point():
    likelihood = Likelihood(theory_error="computed")
    assert "omega_h2_theory_error" in likelihood.needs
    omega, error = np.array([0.12, 0.12, 0.15]), np.array([0.01, 0.3, 0.05])
    points = prediction(omega)
    points.omega_h2_theory_error = error
    expected = [Likelihood(theory_error=e).log_likelihood(prediction(o))[0] for o, e in zip(omega, error, strict=True)]
    assert_allclose(likelihood.log_likelihood(points), expected, rtol=1e-14)


def test_as_an_upper_limit_only_an_excess_costs():
    found = Likelihood(era="modern", theory_error=0.05).log_likelihood(
        prediction([1e-9, 0.05, 0.12, 0.13, np.inf], "upper_limit")
    )
    assert found[:3].tolist() == [0.0, 0.0, 0.0]
    total, at_limit = np.hypot(0.0012, 0.05 * np.array([0.13, 0.12]))
    assert_allclose(found[3], -0.5 * (0.01 / total) ** 2 - np.log(total / at_limit), rtol=1e-12)
    assert found[4] == -np.inf


def test_a_larger_excess_costs_more_without_end_and_without_a_jump():
    omega = np.concatenate([[0.1, 0.1099, 0.1099 * (1 + 1e-9)], np.geomspace(0.11, 1e30, 300)])
    found = Likelihood(theory_error=0.05).log_likelihood(prediction(omega, "upper_limit"))
    assert (np.diff(found[1:]) < 0.0).all()
    assert found[2] > -1e-6


def test_the_run_is_told_the_abundance_of_all_dark_matter():
    assert Likelihood(era="modern").requires.omega_h2 == 0.12


@pytest.mark.parametrize(
    "option", ["thermal_bath=with_dark_sector", "u_pair_annihilation=true"], ids=["dark sector", "u pairs"]
)
def test_options_of_freeze_out_lower_the_abundance(posterior_of, rng, option):
    default, changed = (
        posterior_of("hooper_zurek_2008_paper"),
        posterior_of("hooper_zurek_2008_paper", f"cosmology.{option}"),
    )
    values = default.sample_prior_values(300, rng)
    plain, other = (p.model.predict(values, p.surroundings) for p in (default, changed))
    # where the relic abundance can be right, and X and U are in equilibrium
    near = plain.valid.copy()
    omega = plain.select(plain.valid).omega_h2
    near[plain.valid] = (omega > 1e-4) & (omega < 10.0) & (plain.spectrum.m_dm[plain.valid] < 20.0)
    assert near.sum() > 5
    share = other.select(near).omega_h2 / plain.select(near).omega_h2
    assert np.all(share < 1.004)  # 0.4 % is what gradual neutrino decoupling adds
    assert np.min(share) < 0.97


def test_signals_of_a_minor_component_are_scaled(posterior_of, rng):
    role = "cosmology.role=upper_limit"
    whole, part = posterior_of("hooper_zurek_2008_paper"), posterior_of("hooper_zurek_2008_paper", role)
    values = whole.sample_prior_values(300, rng)
    at = {}
    for name, posterior in (("whole", whole), ("part", part)):
        prediction = posterior.model.predict(values, posterior.surroundings)
        at[name] = prediction.select(prediction.valid)
    omega, fraction = at["whole"].omega_h2, at["part"].relic_fraction
    assert_allclose(fraction, np.minimum(omega / 0.1099, 1.0), rtol=1e-12)
    assert (fraction < 0.9).any()
    assert (fraction == 1.0).any()
    assert np.all(at["whole"].relic_fraction == 1.0)
    for observable in ("flux_511kev", "positron_rate", "p_ann"):
        found, full = getattr(at["part"], observable), getattr(at["whole"], observable)
        assert_allclose(found, fraction**2 * full, rtol=1e-12)
    # properties of the particle, not of how much of it there is
    for observable in ("sigma_e_cm2", "self_interaction", "sigma_v_bulge"):
        assert_allclose(getattr(at["part"], observable), getattr(at["whole"], observable), rtol=0)
