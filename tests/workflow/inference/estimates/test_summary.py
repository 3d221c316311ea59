"""Tables of numbers: intervals, costs, fractions, and files that lack something."""

import dataclasses
import shutil
from pathlib import Path

import h5py
import numpy as np
import pytest
import xarray as xr
from numpy.testing import assert_allclose
from reference import synthetic_posterior
from reference.origins import reseal

from workflow.inference.estimates.posterior_file import read
from workflow.inference.estimates.summary import summarise, summary_of
from workflow.inference.writing.refusal import Refusal
from workflow.inference.writing.rounding import exact, measurement, percent, rounded


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return synthetic_posterior.write(tmp_path_factory.mktemp("summary"))


@pytest.fixture(scope="module")
def summary(path):
    return summarise(path)


@pytest.fixture
def copy(path, tmp_path):
    """A copy of the file that a test may spoil, open for writing."""
    out = tmp_path / "posterior.nc"
    shutil.copy(path, out)
    with h5py.File(out, "r+") as file:
        yield file


def _summarise(copy):
    copy.flush()
    name = Path(copy.filename)
    copy.close()
    reseal(name)
    return summarise(name)


def test_rows_are_all_parameters_then_all_derived(summary):
    roles = [row.role for row in summary.rows]
    assert roles == sorted(roles, reverse=True)
    assert roles.count("parameter") == 7


def test_row_matches_the_draws(path, summary):
    draws = read(path).samples("m_dm_mev")
    (row,) = [row for row in summary.rows if row.name == "m_dm_mev"]
    assert row.median == np.median(draws)
    assert_allclose(row.central_68, np.quantile(draws, [0.16, 0.84]))
    assert row.central_95.lower < row.central_68.lower < row.median < row.central_68.upper < row.central_95.upper


def test_costs_sum_to_the_likelihood_of_the_best_fit(path, summary):
    file = read(path)
    total = -2.0 * float(file.sample_stats["log_likelihood"].max())
    assert_allclose(sum(cost.at_best_fit for cost in summary.costs), total)
    assert_allclose(sum(cost.fraction for cost in summary.costs), 1.0)
    assert [cost.at_best_fit for cost in summary.costs] == sorted((c.at_best_fit for c in summary.costs), reverse=True)


def test_pull_is_in_units_of_the_experimental_error(summary):
    (cost,) = [cost for cost in summary.costs if cost.term == "kinetic_mixing"]
    (datum,) = cost.data
    assert_allclose(datum.pull, (datum.predicted - 80.3692) / 0.0146)
    assert datum.observable == "m_w_gev"


def test_two_likelihoods_of_one_observable_each_keep_their_datum(path):
    file = read(path)
    first = file.observed_data["relic_abundance.omega_h2"]
    planck = xr.DataArray(0.12, attrs={**first.attrs, "sigma": 0.0012, "likelihood": "my_bound", "era": "modern"})
    term = {"my_bound": file.log_likelihood["relic_abundance"]}
    at = {"loglike_my_bound": file.best_fit["loglike_relic_abundance"]}
    both = dataclasses.replace(
        file,
        observed_data=file.observed_data.assign({"my_bound.omega_h2": planck}),
        log_likelihood=file.log_likelihood.assign(term),
        best_fit=file.best_fit.assign(at),
        maximum_posterior=file.maximum_posterior.assign(at),
    )
    data = {cost.term: cost.data for cost in summary_of(both).costs}
    (wmap,), (mine,) = data["relic_abundance"], data["my_bound"]
    assert (wmap.measured, wmap.sigma, wmap.era) == (0.1099, 0.0062, "2008")
    assert (mine.measured, mine.sigma, mine.era) == (0.12, 0.0012, "modern")
    assert wmap.predicted == mine.predicted == float(file.best_fit["omega_h2"])
    assert_allclose(mine.pull, (mine.predicted - 0.12) / 0.0012)


def test_a_likelihood_of_two_data_shows_both_and_one_of_none_shows_none(path):
    file = read(path)
    helium = file.observed_data["relic_abundance.omega_h2"].assign_attrs(observable="m_w_gev")
    data = file.observed_data.drop_vars("electron_g2.delta_a_e").assign({"relic_abundance.m_w_gev": helium})
    costs = {cost.term: cost.data for cost in summary_of(dataclasses.replace(file, observed_data=data)).costs}
    assert [datum.observable for datum in costs["relic_abundance"]] == ["omega_h2", "m_w_gev"]
    assert costs["electron_g2"] == ()


def test_flag_has_its_fraction_and_a_monte_carlo_error(path, summary):
    values = read(path).posterior["xx_to_uu_matters"]
    (flag,) = [flag for flag in summary.neglected if flag.name == "xx_to_uu_matters"]
    assert_allclose(flag.value, values.mean())
    assert 0.0 < flag.error < 0.05
    assert "relic abundance" in flag.statement


def test_certain_flag_still_has_an_error(summary):
    (flag,) = [flag for flag in summary.neglected if flag.name == "heats_the_bath"]
    assert (flag.value, flag.error) == (1.0, 1.0 / summary.draws)


def test_paper_window_counts_draws(path, summary):
    window = read(path).samples("coupling_product_window")
    (check,) = [check for check in summary.paper_checks if check.name == "coupling_product_window"]
    assert_allclose(check.value, np.mean((window >= 1e-7) & (window <= 1e-5)))


def test_invalid_points_come_by_reason_most_frequent_first(summary):
    counts = list(summary.invalid.values())
    assert counts == sorted(counts, reverse=True)
    assert 0 < sum(counts) < summary.prior_draws


def test_flag_that_is_not_zero_or_one_fails(copy):
    copy["posterior/xx_to_uu_matters"][0, 0] = 0.5
    with pytest.raises(Refusal, match="the flag xx_to_uu_matters has a value other than 0 and 1"):
        _summarise(copy)


@pytest.mark.parametrize(
    "value,spread,text",
    [
        (0.8765, 0.2, "0.88"),
        (0.10993, 0.0062, "0.1099"),
        (1.0502e-3, 8e-5, "1.050e-3"),
        (-2.6e-12, 7.7e-12, "-2.6e-12"),
        (0.0099999, 0.01, "1.0e-2"),
        (123456.0, 1e5, "1.2e5"),
        (9.996, 0.1, "10.0"),
        (0.0, 1.0, "0"),
        (float("nan"), 1.0, "–"),
        (float("inf"), 1.0, "∞"),
    ],
)
def test_rounding_keeps_two_digits_of_the_spread(value, spread, text):
    assert rounded(value, spread).text() == text


def test_exact_keeps_what_was_written():
    assert [exact(x).text() for x in (3.5, 0.1, 1e-8, 100.0)] == ["3.5", "0.1", "1e-8", "100"]


def test_measurement_shares_one_power_of_ten():
    assert measurement(1.05e-3, 6e-5).latex() == r"(1.050 \pm 0.060) \times 10^{-3}"
    assert measurement(0.1099, 0.0062).text() == "0.1099 ± 0.0062"


def test_percent_gives_the_error_one_digit():
    assert percent(0.2463, 0.0041) == "24.6 ± 0.4"


def test_an_effect_that_the_run_includes_is_not_called_neglected(path, summary):
    assert "heats_the_bath" in {f.name for f in summary.neglected}
    file = read(path)
    included = file.posterior["heats_the_bath"].assign_attrs(accounted=1)
    file = dataclasses.replace(file, posterior=file.posterior.assign(heats_the_bath=included))
    assert "heats_the_bath" not in {f.name for f in summary_of(file).neglected}
