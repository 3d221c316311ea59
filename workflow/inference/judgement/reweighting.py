r"""The posterior of a changed run from the draws of a finished one, by importance weights.

A draw :math:`\theta` of the old posterior has the weight
:math:`w = \frac{\pi_{\rm new} L_{\rm new}}{\pi_{\rm old} L_{\rm old}}(\theta)`. The result is refused where few draws
carry the weight (Kish's size :math:`(\sum w)^2/\sum w^2`) or where the tail of the weights is so heavy that their mean
is not reliable (Pareto shape k, arXiv:1507.02646). It is resampled to draws of equal weight, so that everything that
reads a posterior reads it. Draws cannot reach where the old posterior had none: a prior that is wider than the old one
is refused.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import xarray as xr
import yaml

from model.physics.quantities import Array
from workflow.inference.estimates import combine, posterior_file
from workflow.inference.estimates.draws import BATCH, kept_columns
from workflow.inference.estimates.posterior_file import PosteriorFile
from workflow.inference.posterior.evaluation import derived, log_prior
from workflow.inference.posterior.posterior import Posterior
from workflow.inference.posterior.priors import LN10, Prior
from workflow.inference.run.config import Config, from_mapping
from workflow.inference.run.errors import ConfigError
from workflow.inference.run.provenance import origin_of
from workflow.inference.sampling.importance_sampling import WeightedDraws
from workflow.inference.sampling.settings import LARGEST_K

SMALLEST_KISH = 400.0  # effective draws below which the ends of a 95 % interval scatter by a tenth of its width
CHECKED = 64  # draws whose old log-likelihood is computed again
SAME = 1e-6  # largest difference of a log-likelihood of the same physics


@dataclass(frozen=True)
class Reweighting:
    """How good the weights are.

    Attributes
    ----------
    kish : float
        Effective number of draws.
    pareto_k : float
        Shape of the tail of the weights.
    draws : int
        Draws of the old posterior.
    ln_z_change : float
        Logarithm of the new evidence over the old one.
    """

    kish: float
    pareto_k: float
    draws: int
    ln_z_change: float


@dataclass(frozen=True)
class Reweighted:
    """A posterior from weights, as groups and attributes of a posterior file."""

    quality: Reweighting
    groups: Mapping[str, xr.Dataset]
    attributes: Mapping[str, str]

    @property
    def file(self) -> PosteriorFile:
        """The posterior as if it had been read."""
        return posterior_file.in_memory(self.groups, self.attributes)


def changed_configs(file: PosteriorFile, overrides: tuple[str, ...]) -> tuple[Config, Config]:
    """The config of a finished run, and the same with overrides.

    Raises
    ------
    ConfigError
        If an override is wrong or changes the sampler, the two do not sample the same parameters, or a new prior is
        wider than the old one.
    """
    raw = yaml.safe_load(file.config)
    old = from_mapping(raw, file.run)
    new = from_mapping(raw, file.run, overrides)
    if list(old.priors) != list(new.priors):
        differing = sorted(set(old.priors) ^ set(new.priors))
        raise ConfigError(f"parameters.{differing[0]}: is sampled in one run only; allowed: the same ones in both")
    for name, value in vars(old.sampler).items():
        if vars(new.sampler)[name] != value:
            raise ConfigError(
                f"sampler.{name}: {vars(new.sampler)[name]}; allowed: {value}, with which the draws were made"
            )
    for name, prior in new.priors.items():
        (low, high), (old_low, old_high) = prior.bounds, old.priors[name].bounds
        slack = 1e-12 * abs(old_high)
        if low < old_low - slack or high > old_high + slack:
            raise ConfigError(
                f"parameters.{name}: {prior.description}; allowed: within {old.priors[name].description}, because no "
                "draw lies outside"
            )
    return old, new


def reweight(file: PosteriorFile, old: Posterior, config: Config, new: Posterior) -> Reweighted:
    """Weigh the draws of a finished run by a changed posterior.

    Parameters
    ----------
    file : PosteriorFile
        The finished run.
    old : Posterior
        Its posterior.
    config, new
        The changed run.

    Raises
    ------
    ConfigError
        If the file was made with other physics, or the weights are not good enough.
    """
    sampled = {name: file.samples(name) for name in old.priors}
    stored = sum(posterior_file.flat(term) for term in file.log_likelihood.values())
    _check_same_physics(old, sampled, np.asarray(stored))
    n = len(np.asarray(stored))
    values = sampled | {name: np.full(n, value) for name, value in new.fixed.items()}
    columns, terms = _evaluated(new, values)
    log_weight = terms.sum(axis=1) - stored
    for name, prior in new.priors.items():
        log_weight += log_density(prior, values[name]) - log_density(old.priors[name], values[name])
    kept = np.flatnonzero(np.isfinite(log_weight))
    weighed = WeightedDraws(kept[:, None].astype(np.float64), log_weight[kept], np.empty((len(kept), 0)), n)
    quality = Reweighting(weighed.effective_sample_size, weighed.pareto_k, n, weighed.ln_z)
    _check_quality(config.run, quality)
    rows = weighed.resampled(n, np.random.default_rng(config.sampler.seed))[:, 0].astype(np.intp)
    shape = file.posterior.sizes["chain"], file.posterior.sizes["draw"]
    best = {
        "best_fit": kept[int(np.argmax(terms.sum(axis=1)[kept]))],
        "map": kept[int(np.argmax((terms.sum(axis=1) + log_prior(new, values))[kept]))],
    }
    groups = _groups(config, new, {name: column[rows].reshape(shape) for name, column in columns.items()}, terms[rows])
    origin = replace(origin_of(config), parents={f"{file.run}/posterior.nc": file.sha256})
    theta = new.from_physical({name: value[list(best.values())] for name, value in values.items()})
    groups |= {name: combine.maxima(config, new, theta[[k]]) for k, name in enumerate(best)}
    groups["local_maxima"] = combine.maxima(config, new, theta[[0]], ("maximum",))
    return Reweighted(quality, groups, combine.root_attributes(config, new, origin))


def log_density(prior: Prior, physical: Array) -> Array:
    """Log-density of a prior with respect to the parameter itself, so that priors in other coordinates compare."""
    own = prior.log_density(prior.to_coordinate(physical))
    return own - np.log(physical * LN10) if prior.logarithmic else own


def _check_same_physics(old: Posterior, sampled: Mapping[str, Array], stored: Array) -> None:
    rows = np.linspace(0, len(stored) - 1, min(CHECKED, len(stored))).astype(np.intp)
    values = {name: value[rows] for name, value in sampled.items()}
    values |= {name: np.full(len(rows), value) for name, value in old.fixed.items()}
    with np.errstate(invalid="ignore"):
        difference = np.abs(old.log_likelihoods(values).sum(axis=1) - stored[rows])
    if not np.all(difference <= SAME * (1.0 + np.abs(stored[rows]))):
        raise ConfigError(
            f"the log-likelihoods of the draws differ by up to {np.nanmax(difference):.2g} from those of this version "
            "of the physics; allowed: draws of the same version, so sample the run again"
        )


def _check_quality(run: str, quality: Reweighting) -> None:
    if quality.kish < SMALLEST_KISH or quality.pareto_k > LARGEST_K:
        raise ConfigError(
            f"{run}: the draws do not carry it: Kish size {quality.kish:.0f} of {quality.draws}, Pareto k "
            f"{quality.pareto_k:.2f}; allowed: at least {SMALLEST_KISH:.0f} and at most {LARGEST_K}, so sample it"
        )


def _evaluated(posterior: Posterior, values: Mapping[str, Array]) -> tuple[dict[str, Array], Array]:
    """Columns that a posterior file keeps (n,), and the log-likelihood of every term (n, k)."""
    n = len(next(iter(values.values())))
    parts, terms = [], []
    for start in range(0, n, BATCH):
        batch = {name: value[start : start + BATCH] for name, value in values.items()}
        prediction = posterior.model.predict(batch, posterior.surroundings)
        parts.append(derived(prediction, kept_columns(posterior, prediction)))
        terms.append(posterior.log_likelihoods_of(prediction))
    columns = {name: values[name] for name in posterior.priors}
    return columns | {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}, np.concatenate(terms)


def _groups(config: Config, new: Posterior, columns: Mapping[str, Array], terms: Array) -> dict[str, xr.Dataset]:
    """The groups of draws, all of shape (chain, draw)."""
    shape = next(iter(columns.values())).shape
    dims = combine.DRAWS
    values = {name: columns[name].ravel() for name in new.priors}
    fixed = {name: np.full(len(terms), value) for name, value in new.fixed.items()}
    point = new.to_physical(new.from_physical(values | fixed))
    total = terms.sum(axis=1).reshape(shape)
    groups = {
        "posterior": combine.described(config, new, {name: (dims, column) for name, column in columns.items()}),
        "log_likelihood": xr.Dataset(
            {name: (dims, terms[:, k].reshape(shape)) for k, name in enumerate(new.likelihoods)}
        ),
        "sample_stats": combine.sample_stats(new, values, point.log_prior.reshape(shape), total),
    }
    for name, group in groups.items():
        groups[name] = group.assign_coords(chain=np.arange(shape[0]), draw=np.arange(shape[1]))
    return groups | {"prior": combine.prior_group(config, new), "observed_data": combine.observed(new.likelihoods)}
