"""Weights against quadrature, in a run of one sampled coupling whose likelihood has a closed form."""

from types import SimpleNamespace

import numpy as np
import pytest
import yaml
from reference.origins import ORIGIN

from workflow.inference.estimates import posterior_file
from workflow.inference.estimates.combine import combine
from workflow.inference.judgement import reweighting
from workflow.inference.judgement.reweighting import changed_configs, log_density, reweight
from workflow.inference.posterior.priors import log_uniform, uniform
from workflow.inference.run.assembly import build_posterior
from workflow.inference.run.config import from_mapping
from workflow.inference.run.errors import ConfigError
from workflow.inference.run.run_file import name_of
from workflow.inference.sampling.chain_files import Chain

RUN = """
model: {name: vector_portal}
parameters:
  m_dm_mev: {fixed: 10.0}
  m_u_mev: {fixed: 40.0}
  g_dm: {fixed: 0.1}
  epsilon: {prior: log_uniform, min: 1.0e-4, max: 1.0e-2}
likelihoods: {electron_g2: {era: 2008, alpha_from: rb}}
cosmology:
  {thermal_bath: standard, u_pair_annihilation: false, final_states: tree, kinetic_equilibrium: assumed,
   initial_abundance: equilibrium}
report: {prior_draws: 50, posterior_draws: 4000}
"""
CHANGE = "likelihoods.electron_g2.alpha_from=cs"


@pytest.fixture(scope="module")
def finished(tmp_path_factory, tables_folder):
    """The run, exactly sampled by rejection from its prior, and its tables."""
    config = from_mapping(yaml.safe_load(RUN), "one_coupling")
    posterior = build_posterior(config, tables_folder)
    rng = np.random.default_rng(1)
    theta = posterior.sample_prior(40_000, rng)
    columns = posterior.log_prob(theta)
    accepted = np.flatnonzero(np.log(rng.uniform(size=len(theta))) < columns[:, 1] - columns[:, 1].max())[:4000]
    assert len(accepted) == 4000
    theta, columns = theta[accepted].reshape(2, 200, 10, -1), columns[accepted].reshape(2, 200, 10, -1)
    chains = [Chain(theta[k], columns[k, ..., 0], columns[k, ..., 1:], np.full(10, 60), ()) for k in range(2)]
    path = tmp_path_factory.mktemp("finished") / "posterior.nc"
    combine(config, posterior, chains, ORIGIN, path)
    return posterior_file.read(path), posterior


def mean_by_quadrature(posterior):
    """Mean and standard deviation of log10 epsilon, and the mean likelihood, on a fine grid."""
    grid = np.linspace(-4.0, -2.0, 4001)
    values = {name: np.full(grid.size, value) for name, value in posterior.fixed.items()} | {"epsilon": 10.0**grid}
    likelihood = np.exp(posterior.log_likelihoods(values).sum(axis=1))
    low, high = np.log10(posterior.priors["epsilon"].bounds)
    likelihood = np.where((grid >= low) & (grid <= high), likelihood, 0.0)
    weights = likelihood / likelihood.sum()
    mean = weights @ grid
    return mean, np.sqrt(weights @ (grid - mean) ** 2), likelihood.sum() * (grid[1] - grid[0]) / (high - low)


def changed(finished, tables_folder, *overrides):
    file, old = finished
    _, config = changed_configs(file, overrides)
    new = build_posterior(config, tables_folder)
    return reweight(file, old, config, new), new, old


@pytest.mark.parametrize("override", [CHANGE, "parameters.epsilon.max=1.0e-3"])
def test_weights_give_the_posterior_of_the_changed_run(finished, tables_folder, override):
    made, new, old = changed(finished, tables_folder, override)
    mean, spread, evidence = mean_by_quadrature(new)
    found = np.log10(made.file.samples("epsilon"))
    error = spread / np.sqrt(made.quality.kish)
    assert abs(found.mean() - mean) < 4.0 * error
    assert abs(found.std() - spread) < 4.0 * error
    expected = np.log(evidence / mean_by_quadrature(old)[2])
    assert made.quality.ln_z_change == pytest.approx(expected, abs=4.0 / np.sqrt(made.quality.kish))


def test_the_same_run_has_equal_weights(finished, tables_folder):
    made, _, _ = changed(finished, tables_folder, "description=the same")
    assert made.quality.kish == pytest.approx(4000.0)
    assert made.quality.ln_z_change == pytest.approx(0.0, abs=1e-9)
    np.testing.assert_array_equal(made.file.samples("epsilon"), finished[0].samples("epsilon"))


def test_the_file_is_one_that_later_steps_read(finished, tables_folder, tmp_path):
    from workflow.inference.diagnostics.arviz_bridge import write_netcdf

    made, new, _ = changed(finished, tables_folder, CHANGE)
    path = tmp_path / "posterior.nc"
    write_netcdf(made.groups, made.attributes, path)
    read = posterior_file.read(path)
    assert read.run == "one_coupling-likelihoods_electron_g2_alpha_from_cs"
    values = {name: np.full(4000, value) for name, value in new.fixed.items()} | {"epsilon": read.samples("epsilon")}
    np.testing.assert_allclose(
        new.log_likelihoods(values).sum(axis=1), posterior_file.flat(read.sample_stats["log_likelihood"]), rtol=1e-9
    )
    best = float(read.best_fit["loglike_electron_g2"])
    assert best >= posterior_file.flat(read.log_likelihood["electron_g2"]).max() - 1e-9


def test_too_few_draws_are_refused(finished, tables_folder, monkeypatch):
    monkeypatch.setattr(reweighting, "SMALLEST_KISH", 3990.0)
    with pytest.raises(ConfigError, match=r"the draws do not carry it: Kish size \d+ of 4000, Pareto k"):
        changed(finished, tables_folder, CHANGE)


def test_weights_with_a_heavy_tail_are_refused(finished, tables_folder, monkeypatch):
    monkeypatch.setattr(reweighting, "LARGEST_K", -5.0)
    with pytest.raises(ConfigError, match=r"Pareto k -?\d\.\d\d; allowed: at least \d+ and at most -5"):
        changed(finished, tables_folder, CHANGE)


def test_draws_of_other_physics_are_refused(finished, tables_folder):
    file, old = finished
    _, config = changed_configs(file, (CHANGE,))
    other = build_posterior(config, tables_folder)
    with pytest.raises(ConfigError, match=r"differ by up to .* from those of this version of the physics"):
        reweight(file, other, config, old)


@pytest.mark.parametrize(
    "override, message",
    [
        ("parameters.epsilon.max=0.1", r"parameters.epsilon: log-uniform \[0.0001, 0.1\]; allowed: within log-uniform"),
        ("parameters.epsilon.fixed=1e-3", "likelihoods.electron_g2: is .* at every point of this model"),
        (
            "parameters.m_u_mev={prior: log_uniform, min: 30.0, max: 50.0}",
            "parameters.m_u_mev: is sampled in one run only; allowed: the same ones in both",
        ),
        ("sampler.seed=3", "sampler.seed: 3; allowed: .*, with which the draws were made"),
        ("likelihoods.electron_g2.alpha_from=x", "likelihoods.electron_g2.alpha_from: 'x'; allowed: "),
    ],
)
def test_what_draws_cannot_give_is_refused(finished, override, message):
    with pytest.raises(ConfigError, match=message):
        changed_configs(finished[0], (override,))


def test_densities_of_different_coordinates_compare():
    x = np.array([0.2, 0.5])
    flat, logarithmic = uniform(0.1, 1.0), log_uniform(0.1, 1.0)
    np.testing.assert_allclose(np.exp(log_density(flat, x)), 1.0 / 0.9)
    np.testing.assert_allclose(np.exp(log_density(logarithmic, x)), 1.0 / (x * np.log(10.0)))


def test_the_name_of_a_run_follows_from_its_overrides():
    assert name_of("smoke", ()) == "smoke"
    assert name_of("smoke", ("sampler.seed=2",)) == "smoke-sampler_seed_2"
    long = name_of("smoke", ("likelihoods.morphology_511kev.truth=[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]",) * 2)
    assert len(long) < 40
    assert long != name_of("smoke", ("likelihoods.morphology_511kev.truth=[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0]",) * 2)


@pytest.mark.parametrize("stored", [0.0, -9.0])
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_densities_are_the_same_within_a_tolerance_that_is_relative_beyond_one(stored, sign):
    """Draws at which ln L is off by just less, and by just more, than the tolerance times 1 + |ln L|."""
    limit = reweighting.SAME * (1.0 + abs(stored))
    draws = np.full(5, stored)

    def check(off):
        shifted = SimpleNamespace(fixed={}, log_likelihoods=lambda _: (draws + sign * off)[:, None])
        reweighting._check_same_physics(shifted, {"x": np.arange(5.0)}, draws)

    check(0.99 * limit)
    with pytest.raises(ConfigError, match=r"differ by up to .* allowed: draws of the same version"):
        check(1.01 * limit)
    with pytest.raises(ConfigError, match="of the same version"):
        check(np.where(np.arange(5) == 2, np.nan, 0.0))  # what is not a number is not the same
