"""A run that can be evaluated at points of the user's choice."""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
import xarray as xr

from model.physics.quantities import Array, Parameter
from workflow.inference.posterior import evaluation
from workflow.inference.posterior.columns import STANDARD, descriptions
from workflow.inference.posterior.observables import COLUMNS
from workflow.inference.posterior.posterior import Posterior
from workflow.inference.run.assembly import build_posterior, posterior_of_columns
from workflow.inference.run.config import Config, from_mapping
from workflow.inference.run.config import load as load_config
from workflow.inference.run.points import table_of
from workflow.inference.run.scan_section import build_scan
from workflow.inference.scan import design

OUTPUTS = {"log_prior", "log_posterior", "valid", "reason"}
"""Columns of `Run.evaluate` besides parameters, observables and log-likelihoods."""

Points: TypeAlias = Mapping[str, Any] | pd.DataFrame | xr.Dataset


class PointsError(ValueError):
    """The points do not fit the run; the message is one line that names the quantity and the allowed values."""


@dataclass(frozen=True, repr=False)
class Run:
    """A validated run: its parameters, and its observables and likelihoods at any points.

    Points are a mapping, a pandas DataFrame or an xarray Dataset, in physical units. Scalars and arrays are broadcast;
    one-dimensional numpy arrays have the common dimension ``point``, and xarray variables keep their own dimensions.
    Parameters that are left out take the fixed value of the config or the median of their prior. The draws of a
    posterior can be given as they are: derived columns among them are ignored.

    Attributes
    ----------
    config : Config
        The validated config.
    """

    config: Config

    @cached_property
    def posterior(self) -> Posterior:
        """Priors, model and likelihoods with their tables, which are computed at the first use."""
        return build_posterior(self.config, tables_folder=None)

    @property
    def parameters(self) -> dict[str, Parameter]:
        """All parameters of a point by name, with unit, label and range."""
        return {parameter.name: parameter for parameter in self.config.parameters}

    def evaluate(self, points: Points | None = None, /) -> xr.Dataset:
        """Model, observables, priors and every log-likelihood at points.

        Parameters
        ----------
        points : mapping, DataFrame or Dataset, optional
            Values of parameters in physical units; without them the one point of fixed values and prior medians.

        Returns
        -------
        Dataset
            One variable for each column of ``mevdm evaluate``, with the attributes ``units``, ``symbol`` and
            ``long_name``; ``valid`` and ``reason`` give the points at which the model has no prediction, and the
            reason. Quantities that do not exist there are NaN.

        Raises
        ------
        PointsError
            If a name is unknown, a value is not a finite number, or the shapes do not fit together.
        """
        template, values = self._values(points)
        table = evaluation.evaluate(self.posterior, values)
        columns: dict[str, np.ndarray[Any, Any]] = dict(table.columns)
        columns |= {"valid": table.valid, "reason": np.array(table.reason, dtype=object)}
        shaped = {
            name: (template.dims, column.reshape(template.shape))
            for name, column in columns.items()
            if name not in template.coords  # the axes of a grid are coordinates already
        }
        return self._described(xr.Dataset(shaped, coords=template.coords, attrs={"run": self.config.run}))

    def scan(self, columns: Sequence[str] = (STANDARD,), **options: Any) -> xr.Dataset:
        """Columns at the points of a design, in memory; ``mevdm scan`` writes designs that are too large for it.

        Parameters
        ----------
        columns : sequence of str
            Names and patterns of columns. Nothing else is computed.
        **options
            Keys of the section ``scan`` of a config besides ``columns`` and ``shards``; those of the run's own section
            are not used. ``run.scan(design="sobol", points=10_000)``, or
            ``run.scan(design="grid", axes={"g": {"points": 50}, "chi": {"points": 50}})``.

        Returns
        -------
        Dataset
            As `evaluate` returns, with the dimension ``point``, or with one dimension for each axis of a grid.

        Raises
        ------
        ConfigError
            If an option or a column is not allowed.
        """
        section = build_scan({**options, "columns": list(columns), "shards": 1})
        config = replace(self.config, scan=section)
        posterior, names = posterior_of_columns(config, None, columns)
        parts = [
            table_of(evaluation.evaluate(posterior, values, names), names)
            for values in design.blocks(config, design.blocks_of_shard(config, 0))
        ]
        found = {name: np.concatenate([np.asarray(part[name]) for part in parts]) for name in names}
        axes = design.grid_axes(config) if options.get("design") == "grid" else None
        shape = (-1,) if axes is None else tuple(len(values) for values in axes.values())
        dims = ("point",) if axes is None else tuple(axes)
        shaped = {name: (dims, column.reshape(shape)) for name, column in found.items() if name not in dims}
        return self._described(xr.Dataset(shaped, coords=axes, attrs={"run": config.run}))

    def log_prob(self, points: Points | None = None, /) -> xr.DataArray:
        """Log-posterior density at points: the sum of the log-likelihoods and of the log-prior density.

        The prior density is with respect to log10 of log-uniform and log-normal parameters and to the parameter itself
        of the others. It is -inf outside the priors and where the model is invalid.

        Raises
        ------
        PointsError
            As `evaluate`.
        """
        template, values = self._values(points)
        total = evaluation.log_prior(self.posterior, values)
        inside = np.isfinite(total)
        if inside.any():
            kept = {name: value[inside] for name, value in values.items()}
            total[inside] += self.posterior.log_likelihoods(kept).sum(axis=1)
        return xr.DataArray(total.reshape(template.shape), template.coords, template.dims, name="log_posterior")

    def log_likelihood(self, points: Points | None = None, /) -> xr.Dataset:
        """Log-likelihood of every term at points, one variable each; -inf where the model is invalid.

        Raises
        ------
        PointsError
            As `evaluate`.
        """
        template, values = self._values(points)
        terms = self.posterior.log_likelihoods(values)
        return xr.Dataset(
            {
                name: (template.dims, terms[:, k].reshape(template.shape))
                for k, name in enumerate(self.config.likelihoods)
            },
            coords=template.coords,
        )

    def __repr__(self) -> str:
        """One line: the name, the model, and how many parameters and likelihoods there are."""
        model = type(self.config.model).__module__.removeprefix("model.")
        sampled, fixed = len(self.config.priors), len(self.config.fixed)
        likelihoods = ", ".join(self.config.likelihoods)
        return f"<mevdm.Run {self.config.run}: {model}, {sampled} sampled and {fixed} fixed parameters, {likelihoods}>"

    def _described(self, dataset: xr.Dataset) -> xr.Dataset:
        """The dataset, with unit, symbol and meaning of its variables."""
        for name, description in descriptions(self.config.parameters).items():
            if name in dataset.variables:
                dataset[name].attrs.update(description)
        return dataset

    def _values(self, points: Points | None) -> tuple[xr.DataArray, dict[str, Array]]:
        """The common shape of the points, and every parameter there, flattened."""
        given = {str(name): _array(str(name), value) for name, value in _mapping(points).items()}
        for name in given:
            derived = name in COLUMNS or name in OUTPUTS or name.startswith("loglike_")
            if name not in self.parameters and not derived:
                raise PointsError(f"{name}: unknown parameter; allowed: {', '.join(self.parameters)}")
        defaults = self.config.fixed | {name: prior.median for name, prior in self.config.priors.items()}
        arrays = {name: given.get(name, xr.DataArray(defaults[name])) for name in self.parameters}
        try:
            broadcast = dict(zip(arrays, xr.broadcast(*arrays.values()), strict=True))
        except ValueError as error:
            raise PointsError(f"the points do not fit together: {error}") from None
        values = {name: array.to_numpy().astype(np.float64).ravel() for name, array in broadcast.items()}
        for name, value in values.items():
            bad = value[~np.isfinite(value)]
            if bad.size:
                raise PointsError(f"{name}: {bad[0]}; allowed: finite numbers")
        return next(iter(broadcast.values())).drop_attrs(), values


def load(config: str | os.PathLike[str] | Mapping[str, Any], /, **overrides: Any) -> Run:
    """Read and validate a run.

    Parameters
    ----------
    config : path or mapping
        A YAML file as those in ``config/``, or its content.
    **overrides
        Keys to replace, as ``mevdm --set`` does; a dot in a key is written as two underscores:
        ``load("config/smoke.yaml", sampler__seed=2)``.

    Returns
    -------
    Run

    Raises
    ------
    ConfigError
        If anything in it is wrong; the message names the key, the value and the allowed values.
    """
    changes = tuple(f"{key.replace('__', '.')}={json.dumps(value)}" for key, value in overrides.items())
    if isinstance(config, Mapping):
        return Run(from_mapping(config, "unnamed", changes))
    return Run(load_config(Path(config), changes))


def _mapping(points: Points | None) -> Mapping[Any, Any]:
    """The points by name; none without them."""
    return {} if points is None else dict(points.items())


def _array(name: str, value: object) -> xr.DataArray:
    """A value of a point as an array with named dimensions."""
    if isinstance(value, xr.DataArray):
        return value.drop_attrs()
    array = np.asarray(value)
    if array.ndim > 1:
        raise PointsError(f"{name}: an array with {array.ndim} dimensions; allowed: one, or an xarray variable")
    return xr.DataArray(array, dims=("point",) * array.ndim)
