"""Read ``posterior.nc`` and ``diagnostics.json``, and refuse files that later steps could misread."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from model.physics.quantities import Array
from workflow.inference.diagnostics.arviz_bridge import read_netcdf
from workflow.inference.writing.origin import KEY, ArtefactError, Origin, digest, parsed, read_json, read_sealed

_GROUPS = ("posterior", "log_likelihood", "sample_stats", "prior", "observed_data", "best_fit", "local_maxima", "map")
_ROOT = (KEY, "run", "config", "provenance", "sampler")
_ATTRIBUTES = {  # of every variable of the posterior, by its role; a 0/1 variable has no scale
    "parameter": ("label", "units", "scale", "prior", "prior_min", "prior_max"),
    "derived": ("label", "units", "scale"),
    "flag": ("label", "units", "meaning", "accounted"),
}
_DATUM = ("sigma", "units", "likelihood", "observable", "era", "source")
_DIAGNOSTICS = (
    "converged",
    "verdict",
    "reasons",
    "advice",
    "limits",
    "acceptance",
    "n_ensembles",
    "n_walkers",
    "n_steps",
    "evaluations",
    "quantities",
    "regions",
)


@dataclass(frozen=True)
class PosteriorFile:
    """The groups of a posterior file, the attributes of its root, and its digest; that is empty if it is no file."""

    posterior: xr.Dataset
    log_likelihood: xr.Dataset
    sample_stats: xr.Dataset
    prior: xr.Dataset
    observed_data: xr.Dataset
    best_fit: xr.Dataset
    local_maxima: xr.Dataset
    maximum_posterior: xr.Dataset
    run: str
    config: str
    provenance: Mapping[str, Any]
    sampler: Mapping[str, Any]
    origin: Origin
    sha256: str

    def names(self, *roles: str) -> list[str]:
        """Names of the posterior's variables with one of the roles, in file order."""
        return [str(name) for name, variable in self.posterior.items() if variable.attrs["role"] in roles]

    def data(self, attribute: str, value: str) -> list[xr.DataArray]:
        """Measurements with one value of the attribute ``likelihood`` or ``observable``, in file order."""
        return [datum for datum in self.observed_data.values() if datum.attrs[attribute] == value]

    def samples(self, name: str) -> Array:
        """All draws of one variable, ensemble after ensemble, in time order."""
        return flat(self.posterior[name])


def flat(variable: xr.DataArray) -> Array:
    """Draws of a (chain, draw) variable as one array, chain after chain."""
    values: Array = variable.transpose("chain", "draw").to_numpy().astype(np.float64).ravel()
    return values


def read(path: Path) -> PosteriorFile:
    """Read and check a posterior file.

    Raises
    ------
    ArtefactError
        If a group, a variable or an attribute is missing, or if a draw is not a number; the message names it.
    """
    try:
        groups, attributes = read_netcdf(read_sealed(path), _GROUPS)
    except (OSError, KeyError) as error:
        raise ArtefactError(f"{path}: cannot read every group of {', '.join(_GROUPS)}: {error}") from error
    missing = [key for key in _ROOT if key not in attributes]
    if missing:
        raise ArtefactError(f"{path}: the root has no attribute {', '.join(missing)}")
    _check_variables(path, groups["posterior"])
    _check_data(path, groups["observed_data"], groups["posterior"])
    for group in ("posterior", "log_likelihood", "sample_stats"):
        _check_finite(path, group, groups[group])
    terms = [f"loglike_{term}" for term in groups["log_likelihood"]]
    for group in ("best_fit", "local_maxima", "map"):
        absent = [name for name in [*groups["posterior"], *terms] if name not in groups[group]]
        if absent:
            raise ArtefactError(f"{path}: group {group} has no {', '.join(map(str, absent))}")
    if "invalid_reasons" not in groups["prior"].attrs or "draws" not in groups["prior"].attrs:
        raise ArtefactError(f"{path}: group prior needs the attributes invalid_reasons and draws")
    return in_memory(groups, attributes, digest(path))


def read_diagnostics(path: Path) -> dict[str, Any]:
    """Read diagnostics.json; a missing key is an error and never counts as convergence.

    Raises
    ------
    ArtefactError
        If a key is missing, or ``converged`` is not a boolean.
    """
    diagnostics = read_json(path).record
    missing = [key for key in _DIAGNOSTICS if key not in diagnostics]
    if missing:
        raise ArtefactError(f"{path}: no key {', '.join(missing)}")
    if not isinstance(diagnostics["converged"], bool):
        raise ArtefactError(f"{path}: converged must be true or false, got {diagnostics['converged']!r}")
    return diagnostics


def in_memory(groups: Mapping[str, xr.Dataset], attributes: Mapping[str, str], sha256: str = "") -> PosteriorFile:
    """A posterior from its groups; without the digest of a file it has not been written."""
    return PosteriorFile(
        **{name: groups[name] for name in _GROUPS[:-1]},
        maximum_posterior=groups["map"],
        run=str(attributes["run"]),
        config=str(attributes["config"]),
        provenance=json.loads(attributes["provenance"]),
        sampler=json.loads(attributes["sampler"]),
        origin=parsed(Path("posterior.nc"), attributes[KEY]),
        sha256=sha256,
    )


def _check_variables(path: Path, posterior: xr.Dataset) -> None:
    for name, variable in posterior.items():
        role = variable.attrs.get("role")
        if role not in _ATTRIBUTES:
            raise ArtefactError(f"{path}: posterior {name}: role must be one of {', '.join(_ATTRIBUTES)}, got {role!r}")
        missing = [key for key in _ATTRIBUTES[role] if key not in variable.attrs]
        if missing:
            raise ArtefactError(f"{path}: posterior {name} has no attribute {', '.join(missing)}")
        if set(variable.dims) != {"chain", "draw"}:
            raise ArtefactError(f"{path}: posterior {name} must have dimensions (chain, draw), got {variable.dims}")


def _check_data(path: Path, data: xr.Dataset, posterior: xr.Dataset) -> None:
    for name, datum in data.items():
        missing = [key for key in _DATUM if key not in datum.attrs]
        if missing:
            raise ArtefactError(f"{path}: observed_data {name} has no attribute {', '.join(missing)}")
        if datum.attrs["observable"] not in posterior:
            raise ArtefactError(f"{path}: observed_data {name}: the posterior has no {datum.attrs['observable']}")


def _check_finite(path: Path, group: str, dataset: xr.Dataset) -> None:
    for name, variable in dataset.items():
        bad = int(np.count_nonzero(~np.isfinite(variable.to_numpy())))
        if bad:
            raise ArtefactError(f"{path}: {group} {name}: {bad} of {variable.size} draws are not finite")
