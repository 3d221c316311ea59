"""The draws of a run for GetDist: chain files, or an object of GetDist.

A quantity with a logarithmic axis has a second column, ``log10_`` and its name, because a kernel estimate of GetDist
has one width for the whole axis. Quantities keep their physical units. Names of derived quantities end with ``*`` in
the file of names, as in every chain of GetDist.
"""

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from model.physics.quantities import Array
from workflow.inference.estimates.posterior_file import PosteriorFile
from workflow.inference.writing.artefacts import atomic, write_text

if TYPE_CHECKING:
    from getdist import MCSamples

ROLES = ("parameter", "derived")


class Column(NamedTuple):
    """A column of a chain: name, label, whether it is derived, hard bounds (None without), values (chain, draw)."""

    name: str
    label: str
    derived: bool
    bounds: tuple[float | None, float | None]
    values: Array


def columns(file: PosteriorFile) -> list[Column]:
    """The quantities of a run: parameters first, then derived ones, then logarithms."""
    plain, logarithms = [], []
    for name in (name for role in ROLES for name in file.names(role)):
        variable = file.posterior[name]
        derived = variable.attrs["role"] != "parameter"
        values = variable.transpose("chain", "draw").to_numpy().astype(np.float64)
        bounds = tuple(float(variable.attrs.get(f"prior_{end}", np.nan)) for end in ("min", "max"))
        plain.append(Column(name, str(variable.attrs["label"]), derived, _finite(*bounds), values))
        if variable.attrs["scale"] == "log":
            with np.errstate(divide="ignore"):
                ends = _finite(*(float(np.log10(bound)) for bound in bounds))
            label = rf"\log_{{10}}({variable.attrs['label']})"
            logarithms.append(Column(f"log10_{name}", label, True, ends, np.log10(values)))
    return plain + logarithms


def write_chains(file: PosteriorFile, folder: Path) -> list[Path]:
    """Write ``RUN_1.txt`` and so on, one for each ensemble, with ``RUN.paramnames`` and ``RUN.ranges``.

    The first two columns of a chain are the weight, 1, and minus the log-likelihood.
    """
    named = columns(file)
    likelihood = file.sample_stats["log_likelihood"].transpose("chain", "draw").to_numpy()
    paths = []
    for chain, values in enumerate(likelihood):
        table = np.column_stack([np.ones(len(values)), -values, *(column.values[chain] for column in named)])
        path = folder / f"{file.run}_{chain + 1}.txt"
        with atomic(path) as temporary:
            np.savetxt(temporary, table, fmt="%.16g")
        paths.append(path)
    names = [f"{column.name}{'*' if column.derived else ''} {column.label}\n" for column in named]
    ranges = [
        f"{column.name} {' '.join('N' if end is None else repr(end) for end in column.bounds)}\n" for column in named
    ]
    for suffix, lines in (("paramnames", names), ("ranges", ranges)):
        paths.append(folder / f"{file.run}.{suffix}")
        write_text(paths[-1], "".join(lines))
    return paths


def samples(file: PosteriorFile) -> "MCSamples":
    """The draws as ``getdist.MCSamples``.

    Raises
    ------
    ModuleNotFoundError
        If GetDist is missing.
    """
    from getdist import MCSamples

    named = columns(file)
    likelihood = file.sample_stats["log_likelihood"].transpose("chain", "draw").to_numpy()
    return MCSamples(
        samples=[np.column_stack([column.values[chain] for column in named]) for chain in range(len(likelihood))],
        loglikes=list(-likelihood),
        names=[f"{column.name}{'*' if column.derived else ''}" for column in named],
        labels=[column.label for column in named],
        ranges={column.name: list(column.bounds) for column in named if column.bounds != (None, None)},
        name_tag=file.run,
        ignore_rows=0,
    )


def _finite(low: float, high: float) -> tuple[float | None, float | None]:
    """Bounds without those that are infinite or missing."""
    return (low if np.isfinite(low) else None), (high if np.isfinite(high) else None)
