"""The draws of a run as one table: a row for each draw, a column for each quantity."""

import io
from pathlib import Path

import numpy as np
import pandas as pd

from workflow.inference.estimates.posterior_file import PosteriorFile
from workflow.inference.writing.artefacts import atomic, write_text

TOTALS = ("log_prior", "log_likelihood")
"""Columns of the group ``sample_stats`` that the table holds; ``log_prior`` is with respect to sampling coordinates."""


def draws_table(file: PosteriorFile, columns: list[str] | None = None) -> pd.DataFrame:
    """All draws, ensemble after ensemble, in physical units.

    Parameters
    ----------
    file : PosteriorFile
        The run.
    columns : list of str, optional
        Variables of the posterior; by default all, and the log-likelihood of every term.

    Returns
    -------
    DataFrame
        Columns ``chain`` and ``draw``, the variables, and without ``columns`` also ``loglike_*``, `TOTALS`. The
        attribute ``units`` gives the unit of each variable.
    """
    chains, draws = file.posterior.sizes["chain"], file.posterior.sizes["draw"]
    table = {"chain": np.repeat(np.arange(chains), draws), "draw": np.tile(np.arange(draws), chains)}
    names = [str(name) for name in file.posterior] if columns is None else columns
    content: dict[str, object] = {**table, **{name: file.samples(name) for name in names}}
    if columns is None:
        stacked = {f"loglike_{term}": file.log_likelihood[term] for term in map(str, file.log_likelihood)}
        stacked |= {name: file.sample_stats[name] for name in TOTALS}
        content |= {name: values.transpose("chain", "draw").to_numpy().ravel() for name, values in stacked.items()}
    frame = pd.DataFrame(content)
    frame.attrs["units"] = {name: str(file.posterior[name].attrs["units"]) for name in names}
    return frame


def write_csv(file: PosteriorFile, folder: Path) -> list[Path]:
    """Write ``draws.csv``, every number with the fewest digits that give the same number back."""
    text = io.StringIO()
    draws_table(file).to_csv(text, index=False, lineterminator="\n")
    path = folder / "draws.csv"
    write_text(path, text.getvalue())
    return [path]


def write_parquet(file: PosteriorFile, folder: Path) -> list[Path]:
    """Write ``draws.parquet``; the units are in its metadata.

    Raises
    ------
    ModuleNotFoundError
        If pyarrow is missing.
    """
    import pyarrow.parquet

    frame = draws_table(file)
    table = pyarrow.Table.from_pandas(frame, preserve_index=False)
    units = {f"unit:{name}": unit for name, unit in frame.attrs["units"].items()}
    table = table.replace_schema_metadata({**(table.schema.metadata or {}), **units})
    path = folder / "draws.parquet"
    with atomic(path) as temporary:
        pyarrow.parquet.write_table(table, temporary)
    return [path]
