"""Convergence of everything that a run reports: parameters, derived quantities, regions and evidence."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from model.physics.quantities import Array
from workflow.inference.estimates.draws import derived_columns, thinned
from workflow.inference.posterior.observables import COLUMNS, Flag
from workflow.inference.posterior.posterior import Posterior
from workflow.inference.run.config import Config
from workflow.inference.sampling import diagnostics
from workflow.inference.sampling.chain_files import Chain
from workflow.inference.sampling.settings import LARGEST_K, TAIL_SHARE


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
    """Why the chains have not converged, evidence apart: the last question of the stop rule of `sample`."""
    return _diagnosed(config, posterior, chains).verdict.failures


def _diagnosed(config: Config, posterior: Posterior, chains: Sequence[Chain]) -> diagnostics.Diagnostics:
    coords = np.stack([chain.coords for chain in chains])  # (ensembles, steps, walkers, d)
    blobs = np.stack([chain.blobs for chain in chains])
    shape = coords.shape[:3]
    quantities, regions = posterior.monitored(coords.reshape(-1, coords.shape[-1]))
    draws = {name: coords[..., k] for k, name in enumerate(posterior.names)}
    draws |= {name: values.reshape(shape) for name, values in quantities.items()}
    draws |= {name: blobs[..., k] for k, name in enumerate(posterior.blob_names) if name != "log_prior"}
    acceptance = np.stack([chain.accepted / shape[1] for chain in chains])
    return diagnostics.diagnose(
        _varying(draws),
        acceptance,
        config.sampler,
        {name: inside.reshape(shape) for name, inside in regions.items() if inside.any()},
        _derived(config, posterior, chains, set(draws)),
    )


def _derived(config: Config, posterior: Posterior, chains: Sequence[Chain], known: set[str]) -> diagnostics.Thinned:
    """Derived quantities, in the coordinates in which they are drawn, and flags as regions, of what is combined."""
    draws = thinned(chains, config.report.posterior_draws)
    shape = (len(chains), -1, chains[0].coords.shape[1])
    values = posterior.to_physical(draws.u.reshape(-1, draws.u.shape[2])).values
    quantities, regions = {}, {}
    for name, values_of in derived_columns(posterior, values).items():
        if name in known:
            continue
        column = COLUMNS[name]
        if isinstance(column, Flag):
            if values_of.any():
                regions[name] = (values_of > 0.0).reshape(shape)
        else:
            logarithmic = column.scale == "log" and np.all(values_of > 0.0)
            quantities[name] = (np.log10(values_of) if logarithmic else values_of).reshape(shape)
    return diagnostics.Thinned(draws.every, _varying(quantities), dict(sorted(regions.items())))


def _varying(draws: Mapping[str, Array]) -> dict[str, Array]:
    return {name: values for name, values in draws.items() if np.ptp(values) > 0.0}


def _judged(config: Config, found: diagnostics.Diagnostics, evidence: Mapping[str, Any]) -> RunDiagnostics:
    """The verdict on chains and evidence together."""
    reasons = list(found.verdict.failures)
    k = evidence["pareto_k"]
    if k is None or not k < LARGEST_K:
        shown = "has no finite tail" if k is None else f"has tail shape k = {k:.2f} > {LARGEST_K}"
        reasons.append(
            f"importance sampling of the evidence {shown}: the mixture misses a part of the posterior; run longer, or"
            " give it more components"
        )
    accepted = bool(reasons) and config.sampler.accept_unconverged
    worst = max(found.quantities, key=lambda name: found.quantities[name].rhat)
    least = min(found.quantities.values(), key=lambda q: q.ess_bulk)
    words = (
        f"{found.ensembles} independent ensembles agree: largest split R-hat {found.quantities[worst].rhat:.4f} "
        f"({worst}), smallest bulk ESS {least.ess_bulk:.0f}"
    )
    rest = f" (and {len(reasons) - 1} more, listed under convergence)" if len(reasons) > 1 else ""
    record = {
        "run": config.run,
        "converged": not reasons,
        "accepted": accepted,
        "verdict": reasons[0] + rest if reasons else words,
        "reasons": reasons,
        "advice": list(found.verdict.warnings),
        "limits": {
            "max_rhat": config.sampler.max_rhat,
            "target_ess": config.sampler.target_ess,
            "tail_ess": TAIL_SHARE * config.sampler.target_ess,
            "steps_per_tau": diagnostics.TIMES_TAU,
        },
        "acceptance": {f"ensemble {k}": a for k, a in enumerate(found.acceptance)},
        "n_ensembles": found.ensembles,
        "n_walkers": found.walkers,
        "n_steps": found.steps,
        "evaluations": found.ensembles * found.walkers * found.steps,
        "quantities": {
            name: {
                "tau": q.tau,
                "tau_growth": q.growth.relative,
                "tau_growth_error": q.growth.error,
                "tau_hidden": q.hidden.relative,
                "tau_hidden_error": q.hidden.error,
                "every": q.every,
                "ess_bulk": q.ess_bulk,
                "ess_tail": q.ess_tail,
                "ess_tau": q.ess_tau,
                "rhat": q.rhat,
                "mcse_mean": q.mcse,
                "mcse_over_sd": q.mcse / q.sd,
                "ess_b": q.ess_between,
            }
            for name, q in found.quantities.items()
        },
        "regions": {
            name: {
                "fraction": region.fraction,
                "mcse": region.mcse,
                "per_ensemble": list(region.fractions),
                "tau": region.tau,
                "ess": region.ess,
                "rhat": region.rhat,
            }
            for name, region in found.regions.items()
        },
    }
    plain = diagnostics.plain_types(record)
    if not isinstance(plain, dict):
        raise TypeError("a record is a mapping")
    text = replace(found, verdict=replace(found.verdict, converged=not reasons, failures=tuple(reasons))).render_table()
    return RunDiagnostics(f"{text}\n  accepted: sampler.accept_unconverged is set" if accepted else text, plain)
