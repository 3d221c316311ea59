"""The draws of a run for ArviZ: a file, or an object of the installed version."""

from pathlib import Path
from typing import Any

import xarray as xr

from workflow.inference.diagnostics import arviz_bridge
from workflow.inference.estimates.posterior_file import PosteriorFile


def groups(file: PosteriorFile) -> dict[str, xr.Dataset]:
    """The groups that ArviZ knows, by name; of the prior only the parameters, which every draw has."""
    known = {
        "posterior": file.posterior,
        "log_likelihood": file.log_likelihood,
        "sample_stats": file.sample_stats,
        "observed_data": file.observed_data,
    }
    parameters = [name for name in file.names("parameter") if name in file.prior]
    return known | {"prior": file.prior[parameters]}


def data(file: PosteriorFile) -> Any:
    """``arviz.InferenceData`` of ArviZ 0.2x, or the ``xarray.DataTree`` that ArviZ 1.x works with."""
    return arviz_bridge.in_memory(groups(file))


def write_file(file: PosteriorFile, folder: Path) -> list[Path]:
    """Write ``RUN.nc``, which ``arviz.from_netcdf`` opens in either version."""
    path = folder / f"{file.run}.nc"
    attributes = {"run": file.run, "config": file.config, "inference_library": "mevdm"}
    arviz_bridge.write_netcdf(groups(file), attributes, path)
    return [path]
