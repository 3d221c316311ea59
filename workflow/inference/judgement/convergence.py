"""Convergence of everything that a run reports: parameters, derived quantities, regions and evidence."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from model.physics.quantities import Array
from workflow.inference.diagnostics import diagnostics
from workflow.inference.diagnostics.diagnostics import TAIL_FRACTION
from workflow.inference.estimates.draws import derived_columns, thinned
from workflow.inference.posterior.observables import COLUMNS, Flag
from workflow.inference.posterior.posterior import Posterior
from workflow.inference.run.config import Config
from workflow.inference.sampling.chain_files import Chain
from workflow.inference.sampling.settings import LARGEST_K
from workflow.inference.sampling.target import monitored_along


class RunDiagnostics(NamedTuple):
    """A table for the terminal and a record for ``diagnostics.json``."""

    text: str
    record: dict[str, object]


def diagnose_run(
    config: Config, posterior: Posterior, chains: Sequence[Chain], evidence: Mapping[str, Any]
) -> RunDiagnostics:
    """Diagnose the chains of a run.

    Parameters
    ----------
    config, posterior
        The run.
    chains : sequence of Chain
        One per ensemble, without burn-in.
    evidence : mapping
        ``evidence.json``: the shape of the tail of its weights is part of the verdict.

    Returns
    -------
    RunDiagnostics
    """
    return _judged(config, _diagnosed(config, posterior, chains), evidence)


def failures(config: Config, posterior: Posterior, chains: Sequence[Chain]) -> tuple[str, ...]:
    """Reasons why the chains have not converged, without the evidence: the last part of the stop rule of `sample`."""
    return _diagnosed(config, posterior, chains).verdict.failures


def _diagnosed(config: Config, posterior: Posterior, chains: Sequence[Chain]) -> diagnostics.Diagnostics:
    coords = np.stack([chain.coords for chain in chains])  # (ensembles, steps, walkers, d)
    blobs = np.stack([chain.blobs for chain in chains])
    shape = coords.shape[:3]
    quantities, pieces = monitored_along(posterior, coords)
    draws = {name: coords[..., k] for k, name in enumerate(posterior.names)}
    draws |= quantities
    draws |= {name: blobs[..., k] for k, name in enumerate(posterior.blob_names) if name != "log_prior_walked"}
    acceptance = np.stack([chain.accepted / shape[1] for chain in chains])
    return diagnostics.diagnose(
        _varying(draws),
        acceptance,
        config.sampler,
        {name: inside for name, inside in pieces.items() if inside.any()},
        _derived(config, posterior, chains, set(draws)),
    )


def _derived(
    config: Config, posterior: Posterior, chains: Sequence[Chain], already: set[str]
) -> diagnostics.DerivedDraws:
    """Derived quantities in the coordinates in which they are drawn, and flags as regions, at the combined draws."""
    draws = thinned(chains, config.report.posterior_draws)
    shape = (len(chains), -1, chains[0].coords.shape[1])
    values = posterior.to_physical(draws.theta.reshape(-1, draws.theta.shape[2])).values
    quantities, regions = {}, {}
    for name, values_of in derived_columns(posterior, values).items():
        if name in already:
            continue
        column = COLUMNS[name]
        if isinstance(column, Flag):
            if values_of.any():
                regions[name] = (values_of > 0.0).reshape(shape)
        else:
            logarithmic = column.scale == "log" and np.all(values_of > 0.0)
            quantities[name] = (np.log10(values_of) if logarithmic else values_of).reshape(shape)
    return diagnostics.DerivedDraws(draws.every, _varying(quantities), dict(sorted(regions.items())))


def _varying(draws: Mapping[str, Array]) -> dict[str, Array]:
    return {name: values for name, values in draws.items() if np.ptp(values) > 0.0}


def _judged(config: Config, judged: diagnostics.Diagnostics, evidence: Mapping[str, Any]) -> RunDiagnostics:
    """The verdict on chains and evidence together."""
    reasons = [*judged.verdict.failures, *_evidence_failures(evidence)]
    accepted = bool(reasons) and config.sampler.accept_unconverged
    rest = f" (and {len(reasons) - 1} more, listed under convergence)" if len(reasons) > 1 else ""
    record = {
        "run": config.run,
        "converged": not reasons,
        "accepted": accepted,
        "verdict": reasons[0] + rest if reasons else _agreement(judged),
        "reasons": reasons,
        "advice": list(judged.verdict.warnings),
        "limits": {
            "max_rhat": config.sampler.max_rhat,
            "target_ess": config.sampler.target_ess,
            "tail_ess": TAIL_FRACTION * config.sampler.target_ess,
            "steps_per_tau": diagnostics.TIMES_TAU,
        },
        "acceptance": {f"ensemble {k}": a for k, a in enumerate(judged.acceptance)},
        "n_ensembles": judged.ensembles,
        "n_walkers": judged.walkers,
        "n_steps": judged.steps,
        "evaluations": judged.ensembles * judged.walkers * judged.steps,
        "quantities": {name: _quantity_row(summary) for name, summary in judged.quantities.items()},
        "regions": {name: _region_row(region) for name, region in judged.regions.items()},
    }
    plain = diagnostics.plain_types(record)
    if not isinstance(plain, dict):
        raise TypeError("a record is a mapping")
    verdict = replace(judged.verdict, converged=not reasons, failures=tuple(reasons))
    text = replace(judged, verdict=verdict).render_table()
    return RunDiagnostics(f"{text}\n  accepted: sampler.accept_unconverged is set" if accepted else text, plain)


def _evidence_failures(evidence: Mapping[str, Any]) -> list[str]:
    """Failure of the tail of the weights, which shows that the mixture does not cover the chains."""
    k = evidence["pareto_k"]
    if k is not None and k < LARGEST_K:
        return []
    shown = "has no finite tail" if k is None else f"has tail shape k = {k:.2f} > {LARGEST_K}"
    return [
        f"importance sampling of the evidence {shown}: the mixture misses a part of the posterior; run longer, or"
        " give it more components"
    ]


def _agreement(judged: diagnostics.Diagnostics) -> str:
    """The verdict of a run that has converged."""
    decisive = {name: summary for name, summary in judged.quantities.items() if summary.decisive}
    worst = max(decisive, key=lambda name: decisive[name].rhat)
    least = min(summary.ess_bulk for summary in decisive.values())
    return (
        f"{judged.ensembles} independent ensembles agree: largest split R-hat {decisive[worst].rhat:.4f} "
        f"({worst}), smallest bulk ESS {least:.0f}"
    )


def _quantity_row(summary: diagnostics.QuantityDiagnostics) -> dict[str, object]:
    return {
        "tau": summary.tau,
        "tau_growth": summary.growth.relative,
        "tau_growth_error": summary.growth.error,
        "tau_hidden": summary.hidden.relative,
        "tau_hidden_error": summary.hidden.error,
        "every": summary.every,
        "ess_bulk": summary.ess_bulk,
        "ess_tail": summary.ess_tail,
        "ess_tau": summary.ess_tau,
        "rhat": summary.rhat,
        "mcse_mean": summary.mcse,
        "mcse_over_sd": summary.mcse / summary.sd,
        "ess_b": summary.ess_between,
        "decisive": summary.decisive,
    }


def _region_row(region: diagnostics.RegionDiagnostics) -> dict[str, object]:
    return {
        "fraction": region.fraction,
        "mcse": region.mcse,
        "per_ensemble": list(region.fractions),
        "tau": region.tau,
        "ess": region.ess,
        "rhat": region.rhat,
    }
