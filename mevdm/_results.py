"""The results of a run, for interactive use and notebooks."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
import xarray as xr

from model.physics.quantities import Array
from workflow.inference.estimates import posterior_file
from workflow.inference.estimates.posterior_file import PosteriorFile
from workflow.inference.estimates.regions import Interval, axis_of, central_interval, highest_density_intervals
from workflow.inference.run.errors import ConfigError

if TYPE_CHECKING:
    from getdist import MCSamples
    from matplotlib.figure import Figure

    from workflow.inference.judgement.reweighting import Reweighted, Reweighting

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
    _reweighted: "Reweighted | None" = field(default=None, repr=False)

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

    def corner(
        self,
        columns: list[str] | None = None,
        others: "Mapping[str, Results] | None" = None,
        overlay: Mapping[str, pd.DataFrame] | None = None,
        probabilities: tuple[float, ...] = (0.68, 0.95),
    ) -> "Figure":
        """Corner plot, as the report draws it: at print size, with the prior where one run is shown.

        Parameters
        ----------
        columns : list of str, optional
            One to twelve variables of `posterior`; by default the parameters that vary.
        others : mapping of str to Results, optional
            Other runs by the names that the legend shows, at most three.
        overlay : mapping of str to DataFrame, optional
            Points by the names that the legend shows; their columns are variables of `posterior`, in its units. A
            frame whose attribute ``attrs["joined"]`` is true is drawn as a curve.
        probabilities : tuple of float, optional
            What the regions hold.

        Returns
        -------
        matplotlib.figure.Figure
            To be changed or saved with ``savefig``.

        Raises
        ------
        ResultsError
            If a column is unknown or does not vary, or there are too many runs or columns.
        """
        from workflow.inference.drawing.corner import CornerLook, Overlay, corner_figure
        from workflow.inference.figures.run_corners import parameter_columns

        runs = {self._file.run: self._file} | {name: other._file for name, other in (others or {}).items()}
        overlays = [
            Overlay(name, {str(c): frame[c].to_numpy() for c in frame}, bool(frame.attrs.get("joined", False)))
            for name, frame in (overlay or {}).items()
        ]
        chosen = columns or parameter_columns(self._file)
        try:
            figure: Figure = corner_figure(runs, chosen, overlays, CornerLook(probabilities))
        except ValueError as error:
            raise ResultsError(str(error)) from None
        return figure

    def __repr__(self) -> str:
        """One line: the run and its draws."""
        sizes = self.posterior.sizes
        return f"<mevdm.Results {self._file.run}: {sizes['chain']} ensembles of {sizes['draw']} draws in {self.folder}>"

    def _repr_html_(self) -> str:
        """The summary as a table, for a notebook."""
        return f"<p>{self._file.run}</p>{self.summary().to_html()}"

    @property
    def reweighting(self) -> "Reweighting | None":
        """Kish size, Pareto k and change of ln Z of results that come from `reweight`; None of a run."""
        return None if self._reweighted is None else self._reweighted.quality

    def reweight(
        self,
        likelihoods: Mapping[str, Any] | None = None,
        priors: Mapping[str, Any] | None = None,
        **overrides: Any,
    ) -> "Results":
        """The posterior with other data, options or priors, from the draws of this one.

        Parameters
        ----------
        likelihoods : mapping, optional
            The section ``likelihoods`` of a config, in place of that of this run.
        priors : mapping, optional
            Entries of the section ``parameters`` that change; a prior must lie within the old one.
        **overrides
            Other keys, written as for `load`: ``likelihoods__relic_abundance__era="modern"``.

        Returns
        -------
        Results
            Draws of equal weight, resampled; `reweighting` tells how good the weights are.

        Raises
        ------
        ResultsError
            If an entry is wrong, or too few draws carry the weight: Kish size below 400 or Pareto k above 0.7.
        """
        from workflow.inference.judgement import reweighting
        from workflow.inference.run.assembly import build_posterior

        changes = {key.replace("__", "."): value for key, value in overrides.items()}
        changes |= {} if likelihoods is None else {"likelihoods": likelihoods}
        changes |= {f"parameters.{name}": entry for name, entry in (priors or {}).items()}
        if not changes:
            raise ResultsError("reweight: nothing changes; allowed: likelihoods, priors, or a key of the config")
        try:
            before, after = reweighting.changed_configs(
                self._file, tuple(f"{key}={json.dumps(value)}" for key, value in changes.items())
            )
            old, new = (build_posterior(config, tables_folder=None) for config in (before, after))
            made = reweighting.reweight(self._file, old, after, new)
        except ConfigError as error:
            raise ResultsError(str(error)) from None
        return Results(self.folder, made)

    def to_dataframe(self, columns: list[str] | None = None) -> pd.DataFrame:
        """The draws as a table: a row for each draw, the units in the attribute ``attrs["units"]``.

        Parameters
        ----------
        columns : list of str, optional
            Names of variables of `posterior`; by default all, and the log-likelihoods.

        Raises
        ------
        ResultsError
            If a column is unknown.
        """
        from workflow.inference.exports.draws_table import draws_table

        for name in columns or ():
            self._check_column(name)
        return draws_table(self._file, columns)

    def to_getdist(self) -> "MCSamples":
        """The draws as ``getdist.MCSamples``, with labels and the bounds of the priors.

        Raises
        ------
        ModuleNotFoundError
            If GetDist is missing: ``pip install mevdm[exports]``.
        """
        from workflow.inference.exports import getdist_chains

        return getdist_chains.samples(self._file)

    def to_arviz(self) -> Any:
        """The draws as ``arviz.InferenceData`` of ArviZ 0.2x, or as the ``xarray.DataTree`` of ArviZ 1.x."""
        from workflow.inference.exports import arviz_data

        return arviz_data.data(self._file)

    def bibtex(self) -> str:
        """BibTeX of the papers of the model, the data and the formulas of this run.

        Raises
        ------
        ResultsError
            If the config of the run cannot be read by this version.
        """
        import yaml

        from workflow.inference.exports.bibliography import papers
        from workflow.inference.run.config import from_mapping
        from workflow.inference.writing.bibtex import bibtex

        try:
            config = from_mapping(yaml.safe_load(self._file.config), self._file.run)
        except ConfigError as error:
            raise ResultsError(f"{self._file.run}: {error}") from None
        return bibtex(papers(config))

    def _check_column(self, name: str) -> None:
        if name not in self.posterior:
            raise ResultsError(f"{name}: unknown column; allowed: {', '.join(map(str, self.posterior))}")

    def _rows(self, name: str, kind: Kind, probability: float) -> list[dict[str, Any]]:
        self._check_column(name)
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
        if self._reweighted is not None:
            return self._reweighted.file
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
