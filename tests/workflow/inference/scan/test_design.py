import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from reference.runs import ROOT

from workflow.inference.run.config import load
from workflow.inference.run.errors import ConfigError
from workflow.inference.scan.design import BLOCK, blocks, blocks_of_shard, grid_axes, options_of, size

SOBOL = "scan={design: sobol, points: 9000, shards: 2}"
RANDOM = "scan={design: random, points: 9000, shards: 2, seed: 7}"
AXES = "{g: {points: 90}, gamma: {points: 3, min: 0.8, max: 1.2}, lambda: {points: 40}}"
GRID = f"scan={{design: grid, shards: 3, axes: {AXES}}}"


def config_of(*overrides):
    return load(ROOT / "config" / "hooper_zurek_2008_paper.yaml", overrides)


def everything(config):
    parts = list(blocks(config, range(-(-size(config) // BLOCK))))
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def test_a_run_without_a_scan_says_what_is_allowed():
    with pytest.raises(ConfigError, match="section scan is missing; allowed: one in the file"):
        options_of(config_of())


@pytest.mark.parametrize("scan", [SOBOL, RANDOM, GRID])
def test_every_parameter_is_filled_in_and_the_points_are_as_many_as_asked_for(scan):
    config = config_of(scan)
    found = everything(config)
    assert set(found) == {parameter.name for parameter in config.parameters}
    assert {len(values) for values in found.values()} == {size(config)}
    assert_array_equal(found["r_s_kpc"], 20.0)


@pytest.mark.parametrize("scan", [SOBOL, RANDOM])
def test_points_follow_the_priors(scan):
    config = config_of(scan)
    found = everything(config)
    for name, prior in config.priors.items():
        coordinate = prior.to_coordinate(found[name])
        quartiles = prior.quantile(np.array([0.25, 0.5, 0.75]))
        assert_allclose([np.mean(coordinate <= q) for q in quartiles], [0.25, 0.5, 0.75], atol=0.025, err_msg=name)
    pairs = np.corrcoef([prior.to_coordinate(found[name]) for name, prior in config.priors.items()])
    assert np.abs(pairs - np.eye(len(pairs))).max() < 0.05


def test_sobol_points_fill_the_cube_more_evenly_than_random_ones():
    def unevenness(scan):
        chi = np.log10(everything(config_of(scan))["chi"])
        return np.abs(np.histogram(chi, np.linspace(-8.0, -1.0, 65))[0] / 9000 - 1 / 64).max()

    assert unevenness(SOBOL) < 0.1 * unevenness(RANDOM)


@pytest.mark.parametrize("scan", [SOBOL, RANDOM, GRID])
def test_a_block_is_the_same_wherever_the_work_starts(scan):
    config = config_of(scan)
    whole = everything(config)
    (second,) = blocks(config, range(1, 2))
    for name, values in second.items():
        assert_array_equal(values, whole[name][BLOCK : 2 * BLOCK], err_msg=name)


def test_seeds_give_other_points():
    first, second = (
        everything(config_of(f"scan={{design: sobol, points: 9000, shards: 2, seed: {k}}}")) for k in (1, 2)
    )
    assert not np.any(first["g"] == second["g"])


@pytest.mark.parametrize("shards", [1, 2, 3, 7])
def test_shards_have_every_block_once(shards):
    config = config_of(f"scan={{design: random, points: 20000, shards: {shards}}}")
    found = [number for shard in range(shards) for number in blocks_of_shard(config, shard)]
    assert found == list(range(5))


def test_a_shard_that_does_not_exist_is_refused():
    with pytest.raises(ConfigError, match="--shard 2; allowed: 0 to 1"):
        blocks_of_shard(config_of(SOBOL), 2)


def test_the_last_axis_of_a_grid_varies_fastest():
    config = config_of(GRID)
    found = everything(config)
    shape = (90, 3, 40)
    assert size(config) == 90 * 3 * 40
    assert_allclose(found["g"].reshape(shape)[:, 0, 0], np.geomspace(1e-3, 3.5, 90))
    assert_allclose(found["gamma"].reshape(shape)[5, :, 7], [0.8, 1.0, 1.2])
    assert_allclose(found["lambda"].reshape(shape)[3, 2], np.geomspace(1e-4, 3.5, 40))
    assert_allclose(grid_axes(config)["gamma"], [0.8, 1.0, 1.2])
    assert_allclose(found["chi"], 10**-4.5)  # the median of its prior


def test_an_axis_may_have_a_scale_and_a_parameter_may_be_fixed():
    axes = "{r_s_kpc: {points: 3, min: 10, max: 40, scale: log}, "
    axes += "rho_sun_gev_cm3: {points: 3, min: 0.2, max: 0.4, scale: linear}}"
    found = grid_axes(config_of(f"scan={{design: grid, shards: 1, axes: {axes}}}"))
    assert_allclose(found["r_s_kpc"], [10.0, 20.0, 40.0])
    assert_allclose(found["rho_sun_gev_cm3"], [0.2, 0.3, 0.4])


def test_axes_of_a_net_leave_other_parameters_alone():
    axes = "{g: {min: 0.1, max: 1}, chi: {}}"
    found = everything(config_of(f"scan={{design: sobol, points: 5000, shards: 1, axes: {axes}}}"))
    assert 0.1 <= found["g"].min() < 0.11 < 0.9 < found["g"].max() <= 1.0
    assert_allclose(np.median(found["g"]), np.sqrt(0.1), rtol=0.02)  # log-uniform, as its prior
    assert np.ptp(found["lambda"]) == 0.0
    assert np.ptp(np.log10(found["chi"])) > 6.9


def test_points_of_a_file_are_its_rows(tmp_path):
    g = np.linspace(0.1, 1.0, 5000)
    path = tmp_path / "points.csv"
    path.write_text("g\n" + "\n".join(map(repr, g.tolist())) + "\n")
    config = config_of(f"scan={{design: file, file: {path}, shards: 2}}")
    assert size(config) == 5000
    assert_array_equal(everything(config)["g"], g)
    (second,) = blocks(config, range(1, 2))
    assert_array_equal(second["g"], g[BLOCK:])


@pytest.mark.parametrize(
    "axes, message",
    [
        ("{mass: {points: 3}}", r"scan.axes.mass: unknown parameter; allowed: g, "),
        ("{r_s_kpc: {points: 3}}", "scan.axes.r_s_kpc: the parameter is fixed; allowed: min and max"),
        ("{gamma: {points: 3, min: 1, max: 2}}", r"scan.axes.gamma: reaches from 1 to 2; allowed: within \[0, 1.66\]"),
        ("{gamma: {points: 3, min: 1, max: 0.5}}", "scan.axes.gamma: min is 1 and max is 0.5; allowed: min < max"),
        ("{rho_sun_gev_cm3: {points: 3}}", "scan.axes.rho_sun_gev_cm3: the prior has no ends; allowed: min and max"),
    ],
)
def test_a_wrong_axis_is_one_line(axes, message):
    with pytest.raises(ConfigError, match=message):
        grid_axes(config_of(f"scan={{design: grid, shards: 1, axes: {axes}}}"))
