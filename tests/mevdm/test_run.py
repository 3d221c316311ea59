from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
import yaml
from numpy.testing import assert_allclose, assert_array_equal

import mevdm
from workflow.inference.posterior.evaluation import evaluate

ROOT = Path(__file__).parents[2]
POINT = {"g": 0.8, "chi": 3e-5, "lambda": 0.4, "m_soft_tev": 2.0}


@pytest.fixture(scope="module")
def run():
    return mevdm.load(str(ROOT / "config/hooper_zurek_2008_paper.yaml"))


@pytest.fixture(scope="module")
def prior_values(run):
    return run.posterior.sample_prior_values(40, np.random.default_rng(3))


def test_evaluation_is_that_of_the_command(run, prior_values):
    table = run.evaluate(prior_values)
    expected = evaluate(run.posterior, prior_values)
    assert set(table) == {*expected.columns, "valid", "reason"}
    for name, column in expected.columns.items():
        assert_array_equal(table[name], column)
    assert_array_equal(table["valid"], expected.valid)
    assert table["m_dm_mev"].dims == ("point",)


def test_fixed_values_and_prior_medians_are_filled_in(run):
    table = run.evaluate(POINT)
    assert table["m_dm_mev"].dims == ()
    assert table["r_sun_kpc"] == run.config.fixed["r_sun_kpc"]
    assert table["gamma"] == run.config.priors["gamma"].median
    assert run.evaluate()["g"] == run.config.priors["g"].median


def test_columns_carry_unit_symbol_and_meaning(run):
    table = run.evaluate(POINT)
    assert table["m_dm_mev"].attrs["units"] == "MeV"
    assert table["omega_h2"].attrs["long_name"] == "relic abundance"
    assert table["g"].attrs["symbol"] == "g"
    assert {"units", "symbol"} <= set.intersection(*(set(table[name].attrs) for name in run.parameters))


def test_a_data_frame_and_a_data_set_are_points(run, prior_values):
    expected = run.log_prob(prior_values)
    assert_array_equal(run.log_prob(pd.DataFrame(prior_values)), expected)
    grid = xr.Dataset({name: (("chain", "draw"), value.reshape(4, 10)) for name, value in prior_values.items()})
    shaped = run.log_prob(grid)
    assert shaped.dims == ("chain", "draw")
    assert_array_equal(shaped.to_numpy().ravel(), expected)


def test_variables_with_their_own_dimensions_make_a_grid(run):
    axes = {"g": xr.DataArray([0.5, 0.8], dims="g"), "lambda": xr.DataArray([0.1, 0.2, 0.3], dims="lambda")}
    table = run.evaluate(POINT | axes)
    assert table["m_dm_mev"].sizes == {"g": 2, "lambda": 3}
    assert_allclose(table["m_dm_mev"][1, 2], run.evaluate(POINT | {"lambda": 0.3})["m_dm_mev"], rtol=1e-14)


def test_output_of_one_evaluation_is_the_input_of_the_next(run):
    table = run.evaluate(POINT)
    again = run.evaluate(table)
    assert_array_equal(again["omega_h2"], table["omega_h2"])


def test_densities_are_those_of_the_table(run, prior_values):
    table = run.evaluate(prior_values)
    terms = run.log_likelihood(prior_values)
    assert list(terms) == list(run.config.likelihoods)
    for name, term in terms.items():
        assert_array_equal(term, table[f"loglike_{name}"])
    assert_allclose(run.log_prob(prior_values), table["log_posterior"], rtol=1e-13)


def test_density_outside_the_priors_is_minus_infinity(run):
    assert run.log_prob(POINT | {"g": 10.0}) == -np.inf


@pytest.mark.parametrize(
    "points, message",
    [
        ({"gg": 1.0}, "gg: unknown parameter; allowed: g, chi, lambda"),
        ({"g": np.nan}, "g: nan; allowed: finite numbers"),
        ({"g": np.ones((2, 2))}, "g: an array with 2 dimensions"),
        ({"g": np.ones(2), "chi": np.ones(3)}, "the points do not fit together"),
    ],
)
def test_points_that_do_not_fit_are_refused(run, points, message):
    with pytest.raises(mevdm.PointsError, match=message):
        run.evaluate(points)


def test_a_run_is_loaded_from_a_path_or_its_content_with_overrides(run):
    path = ROOT / "config/hooper_zurek_2008_paper.yaml"
    assert mevdm.load(path).config.text == run.config.text
    content = yaml.safe_load(path.read_text())
    same = mevdm.load(content, sampler__seed=7, likelihoods__electron_g2={"alpha_from": "cs"})
    assert same.config.sampler.seed == 7
    assert same.config.likelihoods["electron_g2"].alpha_from == "cs"
    assert "sampler" not in content or content["sampler"].get("seed") != 7


def test_a_wrong_config_is_one_line():
    with pytest.raises(mevdm.ConfigError, match=r"model.reading: .*allowed: 'paper' or 'corrected'"):
        mevdm.load(ROOT / "config/hooper_zurek_2008_paper.yaml", model__reading="printed")


def test_representation_is_one_short_line(run):
    assert repr(run) == (
        "<mevdm.Run hooper_zurek_2008_paper: anomaly_free, 7 sampled and 4 fixed parameters, "
        "flux_511kev, relic_abundance, electron_g2, kinetic_mixing>"
    )


def test_public_names_are_these():
    assert set(mevdm.__all__) == {
        "ConfigError",
        "PointsError",
        "Results",
        "ResultsError",
        "Run",
        "__version__",
        "load",
        "results",
    }
    assert all(hasattr(mevdm, name) for name in mevdm.__all__)


def test_a_scan_computes_the_columns_at_its_points(run):
    table = run.scan(["g", "m_dm_mev", "valid", "loglike_electron_g2"], design="random", points=30, seed=4)
    assert list(table) == ["g", "m_dm_mev", "valid", "loglike_electron_g2"]
    assert table["m_dm_mev"].dims == ("point",)
    assert table["m_dm_mev"].attrs["units"] == "MeV"
    again = run.scan(design="random", points=30, seed=4)
    points = {name: again[name] for name in run.config.priors}
    for name in ("m_dm_mev", "loglike_electron_g2"):
        assert_array_equal(table[name], run.evaluate(points)[name])


def test_a_grid_has_a_dimension_for_each_axis(run):
    table = run.scan(
        ["epsilon"], design="grid", axes={"g": {"points": 2}, "chi": {"points": 3, "min": 1e-5, "max": 1e-3}}
    )
    assert table["epsilon"].dims == ("g", "chi")
    assert_allclose(table["chi"], [1e-5, 1e-4, 1e-3])
    assert table["chi"].attrs["units"] == "1"
    expected = run.evaluate({"g": table["g"], "chi": table["chi"]})["epsilon"]
    assert_array_equal(table["epsilon"], expected)


@pytest.mark.parametrize(
    "columns, options, message",
    [
        (["g"], {"design": "spiral"}, "scan.design: 'spiral'; allowed"),
        (["brightness"], {"design": "random", "points": 5}, "columns: 'brightness' is no column of the run"),
    ],
)
def test_a_wrong_scan_is_one_line(run, columns, options, message):
    with pytest.raises(mevdm.ConfigError, match=message):
        run.scan(columns, **options)
