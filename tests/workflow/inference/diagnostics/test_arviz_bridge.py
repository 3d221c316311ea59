"""The bridge to ArviZ: the same numbers and files in both of its generations."""

import io

import arviz
import h5py
import numpy as np
import pytest
import xarray as xr
from numpy.testing import assert_array_equal

from workflow.inference.diagnostics import arviz_bridge


def autoregressive(coefficient, chains=4, draws=20_000, seed=1):
    """Chains with unit variance and known autocorrelation time (1 + c) / (1 - c)."""
    noise = np.random.default_rng(seed).normal(size=(draws, chains))
    series = np.empty_like(noise)
    series[0] = noise[0]
    for step in range(1, draws):
        series[step] = coefficient * series[step - 1] + np.sqrt(1.0 - coefficient**2) * noise[step]
    return series.T


def test_effective_sample_size_of_an_autoregressive_process():
    chains = autoregressive(0.8)
    assert arviz_bridge.ess_bulk(chains) == pytest.approx(chains.size / 9.0, rel=0.1)
    assert 0.0 < arviz_bridge.ess_tail(chains) < chains.size


def test_tail_is_the_smaller_of_both_ends():
    chains = autoregressive(0.8)
    assert arviz_bridge.ess_tail(chains) == pytest.approx(arviz_bridge.ess_tail(-chains), rel=0.05)


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_a_tail_is_that_of_being_below_the_quantile_of_five_or_of_95_per_cent(sign):
    """A skewed chain that stays long where it is large: the sample size of the indicator, the smaller of the two."""
    chains = sign * np.exp(2.0 * autoregressive(0.9))
    below = [(chains <= np.quantile(chains, tail)).astype(float) for tail in (0.05, 0.95)]
    sizes = [float(np.asarray(arviz.ess(inside, method="mean")).item()) for inside in below]
    assert arviz_bridge.ess_tail(chains) == pytest.approx(min(sizes), rel=1e-6)


def test_error_of_the_mean():
    chains = autoregressive(0.8)
    assert arviz_bridge.mcse_mean(chains) == pytest.approx(np.sqrt(9.0 / chains.size), rel=0.1)


def test_rhat_sees_a_shifted_and_a_widened_chain():
    chains = np.random.default_rng(1).normal(size=(4, 5000))
    assert arviz_bridge.rhat(chains) < 1.002
    shifted, widened = chains.copy(), chains.copy()
    shifted[0] += 0.5
    widened[0] *= 2.0
    assert arviz_bridge.rhat(shifted) > 1.02
    assert arviz_bridge.rhat(widened) > 1.02


def groups():
    rng = np.random.default_rng(1)
    chains = ("chain", "draw")
    return {
        "posterior": xr.Dataset({name: (chains, rng.normal(size=(4, 10)), {"units": "1"}) for name in ("g", "chi")}),
        "log_likelihood": xr.Dataset({"flux_511kev": (chains, rng.normal(size=(4, 10)))}),
        "sample_stats": xr.Dataset({"lp": (chains, rng.normal(size=(4, 10)))}),
        "prior": xr.Dataset({"g": (chains, rng.normal(size=(1, 30)))}),
        "observed_data": xr.Dataset({"omega_h2": ((), 0.11)}),
        "best_fit": xr.Dataset({"g": ((), 0.3)}),
    }


def test_reads_back_what_was_written(tmp_path):
    arviz_bridge.write_netcdf(groups(), {"run": "test"}, tmp_path / "posterior.nc")
    for name, dataset in groups().items():
        read = xr.load_dataset(tmp_path / "posterior.nc", group=name, engine="h5netcdf")
        xr.testing.assert_identical(read, dataset)
    with xr.open_dataset(tmp_path / "posterior.nc", engine="h5netcdf") as root:
        assert root.attrs == {"run": "test"}


def test_groups_are_read_as_xarray_reads_them(tmp_path):
    written = groups()
    written["posterior"] = written["posterior"].assign_coords(chain=np.arange(4), draw=np.arange(10))
    written["posterior"]["g"].attrs |= {"prior_min": 1e-3, "accounted": 1, "flags": np.array([1.0, 2.0])}
    written["prior"].attrs["draws"] = 30
    written["local_maxima"] = xr.Dataset({"g": ("maximum", np.array([0.3, 0.5]))})
    arviz_bridge.write_netcdf(written, {"run": "test"}, tmp_path / "posterior.nc")
    content = io.BytesIO((tmp_path / "posterior.nc").read_bytes())
    read, attributes = arviz_bridge.read_netcdf(content, list(written))
    assert attributes == {"run": "test"}
    for name, dataset in read.items():
        by_xarray = xr.load_dataset(tmp_path / "posterior.nc", group=name, engine="h5netcdf")
        xr.testing.assert_identical(dataset, by_xarray)
        assert [type(value) for value in dataset.attrs.values()] == [type(v) for v in by_xarray.attrs.values()]


def test_what_cannot_be_read_is_named(tmp_path):
    arviz_bridge.write_netcdf(groups(), {}, tmp_path / "posterior.nc")
    content = io.BytesIO((tmp_path / "posterior.nc").read_bytes())
    with pytest.raises(KeyError, match="the_end"):
        arviz_bridge.read_netcdf(content, ["posterior", "the_end"])
    with h5py.File(content, "r+") as file:
        file["posterior"]["bare"] = np.zeros(3)
    with pytest.raises(KeyError, match="/posterior/bare has no named dimensions"):
        arviz_bridge.read_netcdf(content, ["posterior"])
    with pytest.raises(OSError, match="file signature not found"):
        arviz_bridge.read_netcdf(io.BytesIO(b"nothing"), ["posterior"])


def test_arviz_itself_opens_the_file(tmp_path):
    arviz_bridge.write_netcdf(groups(), {}, tmp_path / "posterior.nc")
    data = arviz.from_netcdf(str(tmp_path / "posterior.nc"))
    assert_array_equal(data["posterior"]["g"].values, groups()["posterior"]["g"].values)
    assert float(data["observed_data"]["omega_h2"]) == 0.11


def test_same_content_gives_the_same_bytes(tmp_path):
    for name in ("a.nc", "b.nc"):
        arviz_bridge.write_netcdf(groups(), {"run": "test"}, tmp_path / name)
    assert (tmp_path / "a.nc").read_bytes() == (tmp_path / "b.nc").read_bytes()


def test_a_failed_write_leaves_the_old_file(tmp_path):
    path = tmp_path / "posterior.nc"
    arviz_bridge.write_netcdf(groups(), {}, path)
    before = path.read_bytes()
    with pytest.raises(ValueError, match="cannot serialize"):
        arviz_bridge.write_netcdf({"posterior": xr.Dataset({"g": ("draw", np.full(2, object()))})}, {}, path)
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["posterior.nc"]
