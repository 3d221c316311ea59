"""The only door to ArviZ: its diagnostics and its file format, the same for ArviZ 0.2x and 1.x.

Files are written with xarray alone, in ArviZ's schema, and without the time stamps that would make two equal results
differ; ``arviz.from_netcdf`` opens them in either version. ArviZ and xarray take seconds to import, so they are
imported where they are used: the processes that sample never pay for them.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from model.physics.quantities import Array

if TYPE_CHECKING:
    import xarray as xr

TAILS = (0.05, 0.95)
CHAIN_GROUPS = ("posterior", "log_likelihood", "sample_stats", "prior")
GROUPS = (*CHAIN_GROUPS, "observed_data")


def ess_bulk(chains: Array) -> float:
    """Effective sample size, rank-normalised, of chains (chain, draw)."""
    return _statistic("ess", chains, method="bulk")


def ess_tail(chains: Array) -> float:
    """Effective sample size of the 5 % or the 95 % quantile, whichever is smaller, of chains (chain, draw)."""
    # Asked for one by one: the two generations of ArviZ disagree on the argument that names both tails.
    return min(_statistic("ess", chains, method="quantile", prob=tail) for tail in TAILS)


def rhat(chains: Array) -> float:
    """Split R-hat, rank-normalised, of chains (chain, draw): the larger of the bulk and the folded one."""
    return _statistic("rhat", chains, method="rank")


def mcse_mean(chains: Array) -> float:
    """Monte Carlo standard error of the mean of chains (chain, draw)."""
    return _statistic("mcse", chains, method="mean")


def write_netcdf(groups: Mapping[str, Mapping[str, NDArray[np.generic]]], attrs: Mapping[str, str], path: Path) -> None:
    """Write groups of variables as one NetCDF file in ArviZ's schema, all or nothing.

    Parameters
    ----------
    groups : mapping of str to mapping of str to array
        Group name (posterior, log_likelihood, sample_stats, prior, observed_data) to variables. All but
        ``observed_data`` have shape (chain, draw, ...); further dimensions are named after the variable as ArviZ does.
    attrs : mapping of str to str
        Provenance, stored on the file and on every group. The same content gives the same bytes only if it holds no
        time and no host.
    path : Path
        Where to; an existing file is replaced at once, so that no reader ever sees half a file.

    Raises
    ------
    ValueError
        If a group is unknown, or its variables disagree on (chain, draw).
    """
    import xarray as xr

    datasets = {name: _dataset(name, variables, attrs) for name, variables in groups.items()}
    path = Path(path)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        xr.Dataset(attrs=dict(attrs)).to_netcdf(temporary, mode="w", engine="h5netcdf")
        for name, dataset in datasets.items():
            dataset.to_netcdf(temporary, mode="a", group=name, engine="h5netcdf")
        with temporary.open("rb") as written:
            os.fsync(written.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def read_netcdf(path: Path) -> dict[str, xr.Dataset]:
    """Read every group of a file in ArviZ's schema into memory.

    Parameters
    ----------
    path : Path
        A file of `write_netcdf`, or of ArviZ itself.

    Returns
    -------
    dict of str to Dataset
        Groups by name.
    """
    import xarray as xr

    with xr.open_datatree(path, engine="h5netcdf") as tree:
        return {name: node.to_dataset().load() for name, node in tree.children.items()}


def _statistic(name: str, chains: Array, **options: object) -> float:
    """Call a diagnostic of ArviZ; 0.2x and 1.x return scalars and arrays of one element at their whim."""
    import arviz

    function: Callable[..., object] = getattr(arviz, name)
    return float(np.asarray(function(np.ascontiguousarray(chains), **options)).item())


def _dataset(group: str, variables: Mapping[str, NDArray[np.generic]], attrs: Mapping[str, str]) -> xr.Dataset:
    """One group, with the dimension names that ArviZ expects."""
    import xarray as xr

    if group not in GROUPS:
        raise ValueError(f"unknown group {group!r}; ArviZ's schema has {', '.join(GROUPS)}")
    leading = ("chain", "draw") if group in CHAIN_GROUPS else ()
    arrays = {name: np.asarray(values) for name, values in variables.items()}
    shapes = {name: values.shape[: len(leading)] for name, values in arrays.items()}
    if any(len(shape) < len(leading) for shape in shapes.values()) or len(set(shapes.values())) > 1:
        raise ValueError(f"variables of group {group!r} disagree on (chain, draw): {shapes}")
    dataset = xr.Dataset(
        {
            name: ((*leading, *(f"{name}_dim_{i}" for i in range(values.ndim - len(leading)))), values)
            for name, values in arrays.items()
        },
        attrs=dict(attrs),
    )
    lengths = dict(zip(leading, next(iter(shapes.values()), ()), strict=False))
    return dataset.assign_coords({name: np.arange(length) for name, length in lengths.items()})
