"""Chains to ``posterior.nc``: physical parameters, derived quantities, one log-likelihood column per term."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import xarray as xr

from model.physics.domain import VALID, reasons
from model.physics.quantities import Array, Parameter
from workflow.inference.diagnostics import arviz_bridge
from workflow.inference.estimates.best_fit import best_fits
from workflow.inference.estimates.draws import derived_columns, kept_columns, thinned
from workflow.inference.posterior.contracts import Likelihood
from workflow.inference.posterior.evaluation import derived, evaluate
from workflow.inference.posterior.evaluation import log_prior as evaluation_log_prior
from workflow.inference.posterior.observables import COLUMNS, Column, Flag, Observable, measured_by, predicted
from workflow.inference.posterior.posterior import Posterior
from workflow.inference.posterior.priors import Prior
from workflow.inference.run.config import Config
from workflow.inference.run.provenance import provenance
from workflow.inference.sampling.chain_files import Chain
from workflow.inference.writing.origin import KEY, Origin
from workflow.inference.writing.progress import say

Attributes = dict[str, str | float]
Variable = tuple[tuple[str, ...], Array]

DRAWS = ("chain", "draw")
PRIOR_SEED_OFFSET = 1_000_003  # keeps the prior draws apart from every stream of the sampler


def combine(config: Config, posterior: Posterior, chains: Sequence[Chain], origin: Origin, path: Path) -> None:
    """Write ``posterior.nc``.

    Parameters
    ----------
    config, posterior
        The run.
    chains : sequence of Chain
        One per ensemble, without burn-in.
    origin : Origin
        Of the file that is written.
    path : Path
        The file to write. It is written atomically, and equal content gives equal bytes.
    """
    draws = thinned(chains, config.report.posterior_draws)
    ensembles, n, d = draws.theta.shape
    point = posterior.to_physical(draws.theta.reshape(-1, d))
    say(f"{config.run}: columns of {ensembles * n} draws")
    columns = derived_columns(posterior, point.values)
    shape = (ensembles, n)
    say(f"{config.run}: best fit and other maxima")
    fits = best_fits(posterior, chains)
    say(f"{config.run}: columns of {config.report.prior_draws} draws of the prior")
    groups = {
        "posterior": described(config, posterior, {name: (DRAWS, v.reshape(shape)) for name, v in columns.items()}),
        "log_likelihood": xr.Dataset(
            {name: (DRAWS, draws.terms[..., k]) for k, name in enumerate(posterior.likelihoods)}
        ),
        "sample_stats": sample_stats(posterior, point.values, draws.log_prior, draws.terms.sum(axis=2)),
        "prior": prior_group(config, posterior),
        "observed_data": observed(posterior.likelihoods),
        "best_fit": maxima(config, posterior, fits.maximum_likelihood[None]),
        "map": maxima(config, posterior, fits.maximum_posterior[None]),
        "local_maxima": maxima(config, posterior, fits.local, ("maximum",)),
    }
    for name in ("posterior", "log_likelihood", "sample_stats"):
        groups[name] = groups[name].assign_coords(chain=np.arange(ensembles), draw=np.arange(n))
    arviz_bridge.write_netcdf(groups, root_attributes(config, posterior, origin), path)


def sample_stats(
    posterior: Posterior, values: Mapping[str, Array], walked_log_prior: Array, log_likelihood: Array
) -> xr.Dataset:
    """Densities of draws; attributes say to which coordinates each refers.

    Parameters
    ----------
    posterior : Posterior
        The run.
    values : mapping of str to (n,) array
        Physical values, draw after draw.
    walked_log_prior, log_likelihood : (chain, draw) arrays
        The log-density of the prior in the coordinates that the sampler walks, and the sum of the terms.

    Returns
    -------
    Dataset
        ``log_prior`` is that of ``mevdm evaluate``. Only ``lp`` holds the Jacobian of the walked coordinates.
    """
    own = ", ".join(f"log10({name})" if prior.logarithmic else name for name, prior in posterior.priors.items())
    prior = evaluation_log_prior(posterior, values).reshape(log_likelihood.shape)
    return xr.Dataset(
        {
            "lp": (
                DRAWS,
                walked_log_prior + log_likelihood,
                {"meaning": "log-posterior density that the sampler walks", "density_in": ", ".join(posterior.names)},
            ),
            "log_prior": (
                DRAWS,
                prior,
                {"meaning": "log-density of the priors, the log_prior of mevdm evaluate", "density_in": own},
            ),
            "log_likelihood": (DRAWS, log_likelihood, {"meaning": "sum of the log-likelihoods of all terms"}),
        }
    )


def root_attributes(config: Config, posterior: Posterior, origin: Origin) -> dict[str, str]:
    """Attributes of the file: the run, its config and its origin."""
    return {
        "run": config.run,
        KEY: origin.text(),
        "config": config.text,
        "provenance": json.dumps(provenance(config), sort_keys=True),
        "sampler": json.dumps({**asdict(config.sampler), "walked": list(posterior.names)}, sort_keys=True),
    }


def described(config: Config, posterior: Posterior, variables: Mapping[str, Variable]) -> xr.Dataset:
    """Dataset whose variables carry label, units, role and scale; parameters also their prior, flags their meaning."""
    dataset = xr.Dataset(variables)
    parameters = {parameter.name: parameter for parameter in config.parameters}
    for name in map(str, dataset):
        column = COLUMNS.get(name)
        if name in config.priors:
            attributes = _of_parameter(parameters[name], config.priors[name])
        elif isinstance(column, Flag):
            attributes = _of_flag(column, posterior)
        else:
            attributes = _of_observable(COLUMNS[name], bool((dataset[name] > 0.0).all()))
        if isinstance(column, Observable) and column.drawn:
            attributes["drawn"] = 1
        dataset[name].attrs = attributes
    return dataset


def _of_parameter(parameter: Parameter, prior: Prior) -> Attributes:
    low, high = prior.bounds
    return {
        "label": parameter.label,
        "units": parameter.unit,
        "role": "parameter",
        "scale": "log" if prior.logarithmic else "linear",
        "prior": prior.description,
        "prior_min": low,
        "prior_max": high,
    }


def _of_flag(flag: Flag, posterior: Posterior) -> Attributes:
    return {
        "label": flag.label,
        "units": flag.unit,
        "role": "flag",
        "scale": flag.scale,
        "meaning": flag.meaning,
        "accounted": int(flag.accounted(posterior)),
    }


def _of_observable(column: Column, positive: bool) -> Attributes:
    attributes: Attributes = {
        "label": column.label,
        "units": column.unit,
        "role": "derived",
        "scale": "log" if column.scale == "log" and positive else "linear",
        "meaning": column.meaning,
    }
    if isinstance(column, Observable) and column.paper_range is not None:
        paper_range = column.paper_range
        attributes |= {
            "paper_statement": paper_range.statement,
            "paper_lower": paper_range.lower,
            "paper_upper": paper_range.upper,
        }
    if isinstance(column, Observable) and column.classes:
        names, ends = zip(*column.classes, strict=True)
        attributes |= {"class_names": ", ".join(names), "class_ends": " ".join(map(str, ends[:-1]))}
    return attributes


def prior_group(config: Config, posterior: Posterior) -> xr.Dataset:
    """Prior draws with the observables that figures overlay, and the reasons of points that are not valid."""
    rng = np.random.default_rng(config.sampler.seed + PRIOR_SEED_OFFSET)
    draws = config.report.prior_draws
    values = posterior.sample_prior_values(draws, rng)
    prediction = posterior.model.predict(values, posterior.surroundings)
    overlaid = [c.name for c in predicted(prediction) if isinstance(c, Observable) and c.overlaid]
    columns = {name: np.where(prediction.valid, v, np.nan) for name, v in derived(prediction, overlaid).items()}
    columns = {name: values[name] for name in posterior.priors} | {
        name: column for name, column in columns.items() if name not in posterior.priors
    }
    codes, counts = np.unique(prediction.reason, return_counts=True)
    sentences = reasons(posterior.surroundings.nuisances)
    invalid = {sentences[code]: int(count) for code, count in zip(codes, counts, strict=True) if code != VALID}
    dataset = described(config, posterior, {name: (DRAWS, column[None, :]) for name, column in columns.items()})
    dataset.attrs = {"draws": draws, "invalid_reasons": json.dumps(invalid)}
    return dataset.assign_coords(chain=np.arange(1), draw=np.arange(draws))


def observed(likelihoods: Mapping[str, Likelihood]) -> xr.Dataset:
    """The measurements in use, one variable each, named by likelihood and column; a further one of both is numbered."""
    dataset = xr.Dataset()
    for name, likelihood in likelihoods.items():
        for datum in likelihood.data:
            column = measured_by(datum.observable).name
            key, number = f"{name}.{column}", 1
            while key in dataset:
                number += 1
                key = f"{name}.{column}.{number}"
            dataset[key] = xr.DataArray(
                datum.value,
                attrs={
                    "sigma": datum.sigma,
                    "units": datum.unit,
                    "likelihood": name,
                    "observable": column,
                    "era": str(likelihood.era),
                    "source": datum.source,
                    "tag": datum.tag,
                    "note": datum.note,
                },
            )
    return dataset


def maxima(config: Config, posterior: Posterior, theta: Array, dims: tuple[str, ...] = ()) -> xr.Dataset:
    """Parameters, observables and log-likelihoods of points (k, d); k = 1 for a group without dimensions."""
    values = posterior.to_physical(theta).values
    columns = evaluate(posterior, values).columns
    kept = kept_columns(posterior, posterior.model.predict(values, posterior.surroundings))
    at = {name: (dims, column if dims else column[0]) for name, column in columns.items()}
    dataset = described(config, posterior, {name: at[name] for name in (*posterior.priors, *kept)})
    for name in (*(f"loglike_{term}" for term in posterior.likelihoods), "log_prior"):
        dataset[name] = at[name]
    return dataset
