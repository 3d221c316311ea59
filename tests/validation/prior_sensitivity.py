"""How the allowed regions move with the priors of the couplings: the draws reweighted, and sampled anew.

Priors of parameters that span decades are a choice: log-uniform here. Two others, over the same ranges, show what it
decides. *Flat* is uniform in the parameters themselves. *Natural* takes from the log-uniform prior what is finely
tuned: its density is divided by the sensitivity of Barbieri and Giudice (Nucl. Phys. B 306 (1988) 63), in the spirit of
Allanach's naturalness priors (hep-ph/0601089), here of the relic abundance: c = max_i |d ln(Omega h^2) / d ln theta_i|,
which grows without bound towards the resonance m_U = 2 m_dm. A flat prior puts its weight where a log-uniform chain has
few draws, so the real model is also sampled with it.
"""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

import numpy as np

from model.physics.prediction import Prediction
from model.physics.quantities import Array
from tests.reference.runs import ROOT
from tests.validation.page import Section
from workflow.inference.estimates import combine
from workflow.inference.posterior.posterior import Posterior
from workflow.inference.run.assembly import build_posterior
from workflow.inference.run.config import load
from workflow.inference.sampling import ensembles
from workflow.inference.sampling.chain_files import Chain, read_chain
from workflow.inference.sampling.importance_sampling import pareto_shape
from workflow.inference.sampling.settings import LARGEST_K

RUNS = ("hooper_zurek_2008", "hooper_zurek_modern", "hooper_zurek_2008_paper", "vector_portal")
DRAWS = 10_000  # that are reweighted
STEP = 1e-3  # in ln theta, of the derivatives
SMALLEST_ESS = 400.0  # effective draws below which quantiles are not to be quoted
QUANTILES = (0.025, 0.16, 0.5, 0.84, 0.975)


@dataclass(frozen=True)
class Reweighted:
    """The posterior under another prior.

    Attributes
    ----------
    prior : str
        log-uniform, flat or natural.
    effective_sample_size : float
        Of the weights, for independent draws; those of a chain are worth less.
    pareto_k : float
        Shape of the tail of the weights.
    quantiles : dict of str to tuple of float
        Those of `QUANTILES` of each parameter that has a log-uniform prior and of the masses, in physical units.
    regions : dict of str to float
        Fraction of each piece of the allowed region.
    """

    prior: str
    effective_sample_size: float
    pareto_k: float
    quantiles: dict[str, tuple[float, ...]]
    regions: dict[str, float]

    def fraction_below(self, name: str, value: float) -> float:
        """Fraction of the posterior below a value of a quantity, interpolated between its quantiles."""
        return float(np.interp(np.log(value), np.log(self.quantiles[name]), QUANTILES))

    @property
    def reliable(self) -> bool:
        """Whether there are enough draws where the prior puts its weight."""
        return self.effective_sample_size >= SMALLEST_ESS and self.pareto_k < LARGEST_K


def prior_sensitivity(posterior: Posterior, chains: Sequence[Chain]) -> tuple[Reweighted, ...]:
    """Reweight the draws of a run.

    Parameters
    ----------
    posterior : Posterior
        With log-uniform priors of its couplings.
    chains : sequence of Chain
        One per ensemble.

    Returns
    -------
    tuple of Reweighted
        Under the log-uniform, the flat and the natural prior.

    Raises
    ------
    ValueError
        If no parameter has a log-uniform prior, or the model makes no statement on the relic abundance.
    """
    names = [name for name, prior in posterior.priors.items() if prior.logarithmic and np.isinf(prior.sigma)]
    if not names:
        raise ValueError("no parameter of this run has a log-uniform prior to be replaced")
    if "m_u_mev" not in posterior.monitored(chains[0].coords[0]).quantities:
        raise ValueError("this model has no relic abundance whose sensitivity could be asked for")
    draws = combine.thinned(chains, DRAWS).theta
    u = draws.reshape(-1, draws.shape[2])
    values = posterior.to_physical(u).values
    log_flat = np.sum([np.log(values[name]) for name in names], axis=0)
    log_natural = -np.log(sensitivity(posterior, values, names))
    weights = {"log-uniform": np.zeros(len(u)), "flat": log_flat, "natural": log_natural}
    return tuple(_weighted(posterior, u, names, prior, log_weight) for prior, log_weight in weights.items())


def _weighted(posterior: Posterior, u: Array, names: Sequence[str], prior: str, log_weight: Array) -> Reweighted:
    """What weighted draws (n, d) say of the parameters in ``names``, the masses and the regions."""
    values = posterior.to_physical(u).values
    quantities, regions = posterior.monitored(u)
    shown = {name: values[name] for name in names}
    shown |= {name: 10.0**column for name, column in quantities.items() if name not in posterior.priors}
    weight = np.exp(log_weight - log_weight.max())
    k = pareto_shape(weight)
    weight /= weight.sum()
    return Reweighted(
        prior,
        float(1.0 / np.sum(weight**2)),
        k,
        {name: _quantiles(column, weight) for name, column in shown.items()},
        {name: float(weight[inside].sum()) for name, inside in regions.items()},
    )


def sensitivity(posterior: Posterior, values: Mapping[str, Array], names: Sequence[str]) -> Array:
    """Barbieri and Giudice's sensitivity of the relic abundance to parameters, (n,), by differences.

    Parameters
    ----------
    posterior : Posterior
        Its model and surroundings are asked.
    values : mapping of str to (n,) array
        Every parameter, at valid points.
    names : sequence of str
        Parameters that are varied, to both sides or, where one leaves the domain of the model, to the other.

    Returns
    -------
    (n,) array
    """
    here = _log_omega(posterior, values)
    largest = np.zeros(len(here))
    for name in names:
        above, below = (
            _log_omega(posterior, {**values, name: values[name] * np.exp(sign * STEP)}) for sign in (1.0, -1.0)
        )
        central = np.abs(above - below) / (2.0 * STEP)
        one_sided = np.abs(np.where(np.isnan(above), below, above) - here) / STEP
        largest = np.fmax(largest, np.where(np.isnan(central), one_sided, central))
    return largest


def _log_omega(posterior: Posterior, values: Mapping[str, Array]) -> Array:
    """Logarithm of the relic abundance, (n,); NaN outside the domain of the model."""
    prediction = posterior.model.predict(values, posterior.surroundings)
    log_omega = np.full(len(prediction.valid), np.nan)
    if prediction.valid.any():
        log_omega[prediction.valid] = np.log(cast(Prediction, prediction.select(prediction.valid)).omega_h2)
    return log_omega


def markdown_table(found: Sequence[Reweighted]) -> str:
    """A table for the documentation: medians with 68 % intervals, fractions of regions, and how far to trust them."""
    quantities, regions = list(found[0].quantiles), list(found[0].regions)
    lines = [f"| | {' | '.join(f'{r.prior} prior' for r in found)} |", "|---" * (len(found) + 1) + "|"]
    for name in quantities:
        cells = (_interval(r.quantiles[name]) for r in found)
        lines.append(f"| `{name}` | {' | '.join(cells)} |")
    for name in regions:
        lines.append(f"| fraction of {name} | {' | '.join(f'{100.0 * r.regions[name]:.1f} %' for r in found)} |")
    trust = (f"{r.effective_sample_size:.0f}{'' if r.reliable else ' (too few)'}" for r in found)
    lines.append(f"| effective draws | {' | '.join(trust)} |")
    return "\n".join(lines) + "\n"


def _interval(quantiles: tuple[float, ...]) -> str:
    _, low, middle, high, _ = quantiles
    return f"{middle:.2g} [{low:.2g}, {high:.2g}]"


def _quantiles(values: Array, weights: Array) -> tuple[float, ...]:
    order = np.argsort(values)
    below = np.cumsum(weights[order]) - 0.5 * weights[order]
    return tuple(float(q) for q in np.interp(QUANTILES, below, values[order]))


def _sampled(run: str, tables: Path | None, names: Sequence[str] = ()) -> tuple[Posterior, list[Chain], bool]:
    """A shipped run, with flat priors of the parameters in ``names``, and whether its chains have converged."""
    flat = tuple(f"parameters.{name}.prior=uniform" for name in names)
    config = load(ROOT / "config" / f"{run}.yaml", flat)
    posterior = build_posterior(config, tables)
    with tempfile.TemporaryDirectory() as folder:
        done = ensembles.run(
            lambda: posterior,
            config.sampler,
            Path(folder) / "out",
            Path(folder) / "checkpoint",
            marks={"config_hash": run},
        )
        return posterior, [read_chain(path) for path in done.files], done.converged


def compared(run: str, tables: Path | None) -> tuple[tuple[Reweighted, ...], bool]:
    """The three priors by reweighting and the flat one by sampling; and whether both chains have converged."""
    posterior, chains, converged = _sampled(run, tables)
    reweighted = prior_sensitivity(posterior, chains)
    names = [name for name in posterior.priors if name in reweighted[0].quantiles]
    flat, flat_chains, flat_converged = _sampled(run, tables, names)
    draws = combine.thinned(flat_chains, DRAWS).theta
    u = draws.reshape(-1, draws.shape[2])
    anew = _weighted(flat, u, names, "flat, sampled", np.zeros(len(u)))
    return (*reweighted, replace(anew, pareto_k=-np.inf)), converged and flat_converged


def measure(tables: Path | None = None) -> Section:
    """Tables of three runs."""
    parts, checks = [], {}
    for run in RUNS:
        found, converged = compared(run, tables)
        _, flat, _, anew = found
        parts.append(f"### `{run}`\n\n{markdown_table(found)}")
        checks[f"{run}: chains converged under both priors"] = converged
        # a reweighting that calls itself reliable must be right
        if flat.reliable:
            moved = [abs(anew.fraction_below(name, flat.quantiles[name][2]) - 0.5) for name in flat.quantiles]
            moved += [abs(anew.regions[name] - fraction) for name, fraction in flat.regions.items()]
            checks[f"{run}: flat prior, medians and fractions of pieces by reweighting and by sampling within 0.05"] = (
                max(moved) < 0.05
            )
    text = """\
Medians with 68 % intervals and the fractions of the pieces of the allowed region, under three priors of the parameters
that the runs take as log-uniform: as shipped; flat in the parameter, over the same range; and *natural*, the
log-uniform density divided by the largest logarithmic derivative of Ωh² (Barbieri and Giudice), which takes away what
is finely tuned. The first three columns reweight the chains of the shipped run; the last samples the flat prior itself,
because a flat prior puts its weight where the shipped run has few draws (its column then says "too few" and is not to
be used). What stays is decided by the data; what moves, by the prior.

"""
    return Section("sensitivity", "Sensitivity to priors", text + "\n".join(parts), checks, {})
