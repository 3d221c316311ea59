"""GetDist reads our files and gives our numbers back."""

import getdist
import numpy as np
import pytest

from workflow.inference.estimates.regions import central_interval
from workflow.inference.exports.getdist_chains import samples, write_chains


@pytest.fixture(scope="module")
def loaded(file, tmp_path_factory):
    folder = tmp_path_factory.mktemp("getdist")
    write_chains(file, folder)
    return getdist.loadMCSamples(str(folder / file.run), settings={"ignore_rows": 0})


@pytest.mark.parametrize("probability", [0.68, 0.95])
def test_equal_tailed_intervals_are_ours_within_their_monte_carlo_error(file, loaded, probability):
    tail = 0.5 * (1.0 - probability)
    for name in file.names("parameter", "derived"):
        draws = file.samples(name)
        for ours, upper in zip(central_interval(draws, probability), (False, True), strict=True):
            theirs = loaded.confidence(name, tail, upper=upper)
            # Monte-Carlo error of a quantile: the quantiles one standard deviation of its rank away
            step = np.sqrt(tail * (1.0 - tail) / draws.size)
            rank = 1.0 - tail if upper else tail
            low, high = np.quantile(draws, [rank - step, rank + step])
            assert low <= theirs <= high, f"{name}: {theirs} instead of {ours}"


def test_highest_density_limits_of_a_smooth_quantity_are_ours(file, loaded):
    draws = file.samples("gamma")
    settings = loaded.getMargeStats().parWithName("gamma").limits[0]
    low, high = central_interval(draws, loaded.contours[0])
    assert abs(settings.lower - low) < 0.1 * draws.std()
    assert abs(settings.upper - high) < 0.1 * draws.std()


def test_names_labels_and_ranges_are_there(file, loaded):
    names = loaded.getParamNames()
    assert names.parWithName("chi").label == r"\chi"
    assert not names.parWithName("g").isDerived
    assert names.parWithName("m_dm_mev").isDerived
    assert loaded.ranges.getUpper("g") == file.posterior["g"].attrs["prior_max"]
    assert loaded.ranges.getLower("log10_chi") == pytest.approx(-8.0)
    assert loaded.ranges.getLower("m_dm_mev") is None


def test_the_object_and_the_files_are_the_same(file, loaded):
    direct = samples(file)
    assert direct.numrows == loaded.numrows == file.posterior["g"].size
    for name in ("g", "log10_chi", "m_dm_mev"):
        assert direct.mean(name) == pytest.approx(loaded.mean(name), rel=1e-8)
    assert direct.loglikes.min() == pytest.approx(-file.sample_stats["log_likelihood"].max().item())
