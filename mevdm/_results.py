"""The results of a run, for interactive use and notebooks."""

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
import xarray as xr

from model.physics.quantities import Array
from workflow.inference.estimates import posterior_file
from workflow.inference.estimates.posterior_file import PosteriorFile
from workflow.inference.estimates.regions import Interval, axis_of, central_interval, highest_density_intervals

Kind = Literal["hdi", "eti", "limit"]
KINDS: tuple[Kind, ...] = ("hdi", "eti", "limit")


class ResultsError(ValueError):
    """The results of a run are missing, or do not contain the requested quantity; the message is one line."""


@dataclass(frozen=True, repr=False)
class Results:
    """The posterior of a run and its numbers.

    Attributes
    ----------
    folder : Path
        Folder with the artefacts of the run, such as ``results/hooper_zurek_2008``.
    """

    folder: Path

    @property
    def posterior(self) -> xr.Dataset:
        """Draws of parameters, derived quantities and flags, with dimensions (chain, draw) and units as attributes."""
        return self._file.posterior

    @property
    def log_likelihood(self) -> xr.Dataset:
        """Log-likelihood of every term at the draws."""
        return self._file.log_likelihood

    def summary(self, columns: list[str] | None = None, kind: Kind = "hdi", probability: float = 0.95) -> pd.DataFrame:
        """Numbers of quantities: best fit, median, and an interval of the stated kind.

        Parameters
        ----------
        columns : list of str, optional
            Names of variables of `posterior`; by default the parameters.
        kind : {"hdi", "eti", "limit"}
            Highest-density intervals, which may be several pieces; the equal-tailed interval; or one-sided limits,
            below and above which the stated probability lies.
        probability : float
            Between 0 and 1.

        Returns
        -------
        DataFrame
            One row for each quantity and piece, indexed by the name, in physical units.

        Raises
        ------
        ResultsError
            If a column, the kind or the probability is not allowed.
        """
        if kind not in KINDS:
            raise ResultsError(f"kind: {kind!r}; allowed: {', '.join(KINDS)}")
        if not 0.0 < probability < 1.0:
            raise ResultsError(f"probability: {probability}; allowed: between 0 and 1")
        names = self._file.names("parameter") if columns is None else columns
        rows = [row for name in names for row in self._rows(name, kind, probability)]
        return pd.DataFrame(rows).set_index("quantity")

    def __repr__(self) -> str:
        """One line: the run and its draws."""
        sizes = self.posterior.sizes
        return f"<mevdm.Results {self._file.run}: {sizes['chain']} ensembles of {sizes['draw']} draws in {self.folder}>"

    def _repr_html_(self) -> str:
        """The summary as a table, for a notebook."""
        return f"<p>{self._file.run}</p>{self.summary().to_html()}"

    def _rows(self, name: str, kind: Kind, probability: float) -> list[dict[str, Any]]:
        if name not in self.posterior:
            raise ResultsError(f"{name}: unknown column; allowed: {', '.join(map(str, self.posterior))}")
        variable, samples = self.posterior[name], self._file.samples(name)
        return [
            {
                "quantity": name,
                "unit": variable.attrs.get("units", "1"),
                "best_fit": float(self._file.best_fit[name]),
                "median": float(np.median(samples)),
                "lower": interval.lower,
                "upper": interval.upper,
            }
            for interval in _intervals(variable, samples, kind, probability)
        ]

    @cached_property
    def _file(self) -> PosteriorFile:
        path = self.folder / "posterior.nc"
        if not path.is_file():
            raise ResultsError(
                f"{path}: does not exist; run `snakemake --cores all results/{self.folder.name}/report.html`"
            )
        try:
            return posterior_file.read(path)
        except ValueError as error:
            raise ResultsError(str(error)) from None


def _intervals(variable: xr.DataArray, samples: Array, kind: Kind, probability: float) -> tuple[Interval, ...]:
    if kind == "hdi":
        return highest_density_intervals(samples, probability, axis_of(variable))
    if kind == "eti":
        return (central_interval(samples, probability),)
    return (Interval(float(np.quantile(samples, 1.0 - probability)), float(np.quantile(samples, probability))),)


def results(run: str | os.PathLike[str], /) -> Results:
    """Open the results of a run.

    Parameters
    ----------
    run : str or path
        The folder of the results, or the name of a run below ``results/`` of the working directory.

    Returns
    -------
    Results

    Raises
    ------
    ResultsError
        If there is no such folder.
    """
    for folder in (Path(run), Path("results") / run):
        if folder.is_dir():
            return Results(folder)
    raise ResultsError(f"{run}: no such folder, nor results/{run}; allowed: a folder of results, or the name of a run")
