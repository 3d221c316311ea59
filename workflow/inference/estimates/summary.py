"""The numbers of a posterior: intervals, the cost of each likelihood, prior edges, neglected effects."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from model.physics.quantities import Array
from workflow.inference.estimates import posterior_file
from workflow.inference.estimates.posterior_file import PosteriorFile, flat
from workflow.inference.estimates.prior_edges import PriorEdge, prior_edges
from workflow.inference.estimates.regions import Interval, axis_of, central_interval, highest_density_intervals
from workflow.inference.writing.refusal import Refusal


@dataclass(frozen=True)
class QuantityEstimate:
    """One quantity of the table; intervals in the physical unit, ``hdi_*`` possibly several of highest density."""

    name: str
    label: str
    unit: str
    role: str
    best_fit: float
    maximum_posterior: float
    median: float
    central_68: Interval
    central_95: Interval
    hdi_68: tuple[Interval, ...]
    hdi_95: tuple[Interval, ...]


@dataclass(frozen=True)
class Pull:
    """A datum beside the prediction at the best fit.

    ``pull`` is prediction minus datum in units of the experimental error alone.
    """

    observable: str
    label: str
    unit: str
    measured: float
    sigma: float
    predicted: float
    pull: float
    source: str
    era: str
    tag: str


@dataclass(frozen=True)
class Cost:
    """-2 ln L of one likelihood at the best fit, and the data behind it, none where they are not numbers.

    ``fraction`` is that of the sum over terms; it is NaN where terms have both signs.
    """

    term: str
    at_best_fit: float
    at_maximum_posterior: float
    posterior_mean: float
    fraction: float
    data: tuple[Pull, ...]


@dataclass(frozen=True)
class Fraction:
    """Fraction of the posterior for which a statement holds, with its Monte Carlo error."""

    name: str
    label: str
    statement: str
    value: float
    error: float


@dataclass(frozen=True)
class Summary:
    """Everything that the tables and the report need from a posterior file."""

    run: str
    config: str
    provenance: Mapping[str, Any]
    sampler: Mapping[str, Any]
    draws: int
    rows: tuple[QuantityEstimate, ...]
    priors: Mapping[str, str]
    costs: tuple[Cost, ...]
    neglected: tuple[Fraction, ...]
    paper_checks: tuple[Fraction, ...]
    edges: tuple[PriorEdge, ...]
    invalid: Mapping[str, int]
    prior_draws: int


def summarise(path: Path) -> Summary:
    """Summarise a posterior file.

    Parameters
    ----------
    path : Path
        ``results/<run>/posterior.nc``.

    Raises
    ------
    Refusal
        If the file lacks anything, or holds draws that are not numbers; the message names what.
    """
    return summary_of(posterior_file.read(path))


def summary_of(file: PosteriorFile) -> Summary:
    """Summarise a posterior that has been read already."""
    parameters, derived = file.names("parameter"), file.names("derived")
    neglected = [name for name in file.names("flag") if not file.posterior[name].attrs["accounted"]]
    return Summary(
        run=file.run,
        config=file.config,
        provenance=file.provenance,
        sampler=file.sampler,
        draws=file.posterior.sizes["chain"] * file.posterior.sizes["draw"],
        rows=tuple(_row(file, name) for name in [*parameters, *derived]),
        priors={name: str(file.posterior[name].attrs["prior"]) for name in parameters},
        costs=_costs(file),
        neglected=tuple(_flag(file, name) for name in neglected),
        paper_checks=_paper_checks(file),
        edges=prior_edges(file),
        invalid=dict(sorted(json.loads(file.prior.attrs["invalid_reasons"]).items(), key=lambda item: -item[1])),
        prior_draws=int(file.prior.attrs["draws"]),
    )


def _row(file: PosteriorFile, name: str) -> QuantityEstimate:
    variable, samples = file.posterior[name], file.samples(name)
    axis = axis_of(variable)
    return QuantityEstimate(
        name=name,
        label=str(variable.attrs["label"]),
        unit=str(variable.attrs["units"]),
        role=str(variable.attrs["role"]),
        best_fit=float(file.best_fit[name]),
        maximum_posterior=float(file.maximum_posterior[name]),
        median=float(np.median(samples)),
        central_68=central_interval(samples, 0.68),
        central_95=central_interval(samples, 0.95),
        hdi_68=highest_density_intervals(samples, 0.68, axis),
        hdi_95=highest_density_intervals(samples, 0.95, axis),
    )


def _costs(file: PosteriorFile) -> tuple[Cost, ...]:
    terms = [str(term) for term in file.log_likelihood]
    at_best = {term: -2.0 * float(file.best_fit[f"loglike_{term}"]) for term in terms}
    total = sum(at_best.values())
    additive = total > 0.0 and min(at_best.values()) >= 0.0
    costs = [
        Cost(
            term=term,
            at_best_fit=at_best[term],
            at_maximum_posterior=-2.0 * float(file.maximum_posterior[f"loglike_{term}"]),
            posterior_mean=-2.0 * float(flat(file.log_likelihood[term]).mean()),
            fraction=at_best[term] / total if additive else np.nan,
            data=tuple(_pull(file, datum) for datum in file.data("likelihood", term)),
        )
        for term in terms
    ]
    return tuple(sorted(costs, key=lambda cost: -cost.at_best_fit))


def _pull(file: PosteriorFile, datum: xr.DataArray) -> Pull:
    observable = str(datum.attrs["observable"])
    described = file.posterior[observable].attrs
    measured, sigma = float(datum), float(datum.attrs["sigma"])
    predicted = float(file.best_fit[observable])
    return Pull(
        observable=observable,
        label=str(described["label"]),
        unit=str(described["units"]),
        measured=measured,
        sigma=sigma,
        predicted=predicted,
        pull=(predicted - measured) / sigma,
        source=str(datum.attrs["source"]),
        era=str(datum.attrs["era"]),
        tag=str(datum.attrs.get("tag", "")),
    )


def _flag(file: PosteriorFile, name: str) -> Fraction:
    variable = file.posterior[name]
    values = variable.transpose("chain", "draw").to_numpy().astype(np.float64)
    if not np.all((values == 0.0) | (values == 1.0)):
        raise Refusal(f"posterior.nc: the flag {name} has a value other than 0 and 1; run `mevdm combine` again")
    return _fraction(name, variable, str(variable.attrs["meaning"]), values)


def _paper_checks(file: PosteriorFile) -> tuple[Fraction, ...]:
    """Fraction of the posterior in the range that the paper requires, for each quantity with such a range."""
    out = []
    for name, variable in file.posterior.items():
        if "paper_statement" in variable.attrs:
            values = variable.transpose("chain", "draw").to_numpy()
            lower, upper = float(variable.attrs["paper_lower"]), float(variable.attrs["paper_upper"])
            inside = ((values >= lower) & (values <= upper)).astype(np.float64)
            out.append(_fraction(str(name), variable, str(variable.attrs["paper_statement"]), inside))
    return tuple(out)


def _fraction(name: str, variable: xr.DataArray, statement: str, inside: Array) -> Fraction:
    return Fraction(name, str(variable.attrs["label"]), statement, *mean_with_error(inside))


def mean_with_error(inside: Array) -> tuple[float, float]:
    """Mean of a (chain, draw) indicator and its error, which is the scatter between independent ensembles.

    A few ensembles may agree by chance. The error is therefore at least that of independent draws, and that of one
    draw.
    """
    value = float(inside.mean())
    scatter = float(inside.mean(axis=1).std(ddof=1) / np.sqrt(inside.shape[0])) if inside.shape[0] > 1 else 0.0
    error = max(scatter, float(np.sqrt(value * (1.0 - value) / inside.size)), 1.0 / inside.size)
    return value, error
