"""The only module that uses ArviZ: its diagnostics and its file format, for both ArviZ 0.2x and 1.x.

Files are written with xarray alone, in ArviZ's schema, and without the time stamps that would make two equal results
differ; ``arviz.from_netcdf`` opens them in either version. ArviZ and xarray take seconds to import, so they are
imported where they are used, and the processes that sample do not import them.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from model.physics.quantities import Array
from workflow.inference.writing.artefacts import write_bytes
from workflow.inference.writing.origin import sealed

if TYPE_CHECKING:
    import xarray as xr

TAILS = (0.05, 0.95)
_ONLY_A_DIMENSION = b"This is a netCDF dimension but not a netCDF variable"  # the name that NetCDF gives such a scale
_OF_NETCDF = {"CLASS", "NAME", "REFERENCE_LIST", "DIMENSION_LIST", "_Netcdf4Dimid", "_Netcdf4Coordinates", "_FillValue"}
_OF_NETCDF |= {"_NCProperties"}


def ess_bulk(chains: Array) -> float:
    """Effective sample size, rank-normalised, of chains (chain, draw)."""
    return _statistic("ess", chains, method="bulk")


def ess_tail(chains: Array) -> float:
    """Effective sample size of the 5 % or the 95 % quantile, whichever is smaller, of chains (chain, draw)."""
    # One call for each tail, because ArviZ 0.2x and 1.x have different arguments for both tails.
    return min(_statistic("ess", chains, method="quantile", prob=tail) for tail in TAILS)


def rhat(chains: Array) -> float:
    """Split R-hat, rank-normalised, of chains (chain, draw): the larger of the bulk and the folded one."""
    return _statistic("rhat", chains, method="rank")


def mcse_mean(chains: Array) -> float:
    """Monte Carlo standard error of the mean of chains (chain, draw)."""
    return _statistic("mcse", chains, method="mean")


def write_netcdf(groups: Mapping[str, xr.Dataset], attrs: Mapping[str, str], path: Path) -> None:
    """Write groups as one NetCDF file in ArviZ's schema, all or nothing.

    Parameters
    ----------
    groups : mapping of str to Dataset
        Variables by group; those of posterior, log_likelihood, sample_stats and prior have dims (chain, draw).
    attrs : mapping of str to str
        Attributes of the file. The same content gives the same bytes if it holds no time and no host.
    path : Path
        The file to write. An existing file is replaced at once, so that no reader sees an incomplete one.
    """
    import h5netcdf
    from xarray.backends import H5NetCDFStore

    # HDF5 writes to memory: there it needs no lock, which network file systems often lack, and it cannot leave half a
    # file on a full disk.
    memory = io.BytesIO()
    with h5netcdf.File(memory, "w") as file:
        file.attrs.update(attrs)
        for name, dataset in groups.items():
            dataset.dump_to_store(H5NetCDFStore(file, group=name, mode="a"))
    write_bytes(path, sealed(memory.getvalue()))


def read_netcdf(content: io.BytesIO, names: Sequence[str]) -> tuple[dict[str, xr.Dataset], dict[str, Any]]:
    """Read groups of a file that `write_netcdf` wrote.

    Parameters
    ----------
    content : BytesIO
        The bytes of the file.
    names : sequence of str
        The groups.

    Returns
    -------
    dict of str to Dataset, dict of str
        The groups, as ``xarray.load_dataset`` reads them in four times the time, and the attributes of the file.

    Raises
    ------
    OSError, KeyError
        If the content is not HDF5, a group is missing, or a variable has no named dimensions.
    """
    import h5py

    with h5py.File(content, "r") as file:
        return {name: _dataset(file[name]) for name in names}, _attributes(file)


def _dataset(group: Any) -> xr.Dataset:
    import xarray as xr

    variables = {}
    for name, item in group.items():
        if not item.is_scale:
            try:
                dims = tuple(dim[0].name.rpartition("/")[2] for dim in item.dims)
            except (RuntimeError, ValueError) as error:
                raise KeyError(f"{item.name} has no named dimensions") from error
            variables[name] = (dims, item[()], _attributes(item))
        elif not item.attrs["NAME"].startswith(_ONLY_A_DIMENSION):
            variables[name] = ((name,), item[()], _attributes(item))
    return xr.Dataset(variables, attrs=_attributes(group))


def _attributes(item: Any) -> dict[str, Any]:
    """Attributes that a user of the file gave, an array of one element as that element."""
    own = {name: value for name, value in item.attrs.items() if name not in _OF_NETCDF}
    single = {name for name, value in own.items() if isinstance(value, np.ndarray) and value.size == 1}
    return {name: value.ravel()[0] if name in single else value for name, value in own.items()}


def in_memory(groups: Mapping[str, xr.Dataset]) -> Any:
    """The groups as an object of the installed ArviZ: ``InferenceData`` of 0.2x, a ``DataTree`` of 1.x."""
    import arviz
    import xarray as xr

    kind = vars(arviz).get("InferenceData")  # an attribute that 1.x would only warn about
    if kind is None:
        return xr.DataTree.from_dict(dict(groups))
    return kind(**groups)


def _statistic(name: str, chains: Array, **options: object) -> float:
    """Call a diagnostic of ArviZ, which returns scalars or arrays of one element, depending on its version."""
    import arviz

    function: Callable[..., object] = getattr(arviz, name)
    return float(np.asarray(function(np.ascontiguousarray(chains), **options)).item())
