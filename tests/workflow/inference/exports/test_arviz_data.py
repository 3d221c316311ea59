"""ArviZ reads our files and gives our numbers back, whichever version is installed."""

import arviz
import numpy as np
import pytest

from workflow.inference.estimates.regions import central_interval
from workflow.inference.exports.arviz_data import data, write_file


@pytest.fixture(params=["object", "file"])
def loaded(request, file, tmp_path):
    if request.param == "object":
        return data(file)
    (path,) = write_file(file, tmp_path)
    return arviz.from_netcdf(path)


def test_equal_tailed_intervals_are_ours(file, loaded):
    for name in file.names("parameter"):
        values = np.asarray(loaded["posterior"][name]).ravel()
        np.testing.assert_allclose(np.quantile(values, [0.025, 0.975]), central_interval(file.samples(name), 0.95))


def test_the_shortest_interval_of_arviz_holds_what_it_says_of_our_draws(file, loaded):
    low, high = arviz.hdi(np.asarray(loaded["posterior"]["gamma"]).ravel(), 0.68)
    draws = file.samples("gamma")
    assert np.mean((draws >= low) & (draws <= high)) == pytest.approx(0.68, abs=3.0 * np.sqrt(0.22 / draws.size))


def test_groups_and_units_are_there(file, loaded):
    assert {"posterior", "log_likelihood", "sample_stats", "observed_data", "prior"} <= set(
        loaded.groups() if callable(loaded.groups) else {name.strip("/") for name in loaded.groups}
    )
    assert loaded["posterior"]["m_dm_mev"].attrs["units"] == "MeV"
    assert set(loaded["log_likelihood"].data_vars) == set(file.log_likelihood)
