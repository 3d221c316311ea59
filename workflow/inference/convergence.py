"""The convergence of a run, judged in coordinates, physical parameters, spectrum and the weights of its regions."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from model.physics.quantities import Array
from workflow.inference import diagnostics
from workflow.inference.chain_files import Chain
from workflow.inference.config import Config
from workflow.inference.posterior import Posterior

SMALLEST_REGION = 0.01  # posterior share below which a region's weight is reported but does not decide


class RunDiagnostics(NamedTuple):
    """A table for the terminal and a record for ``diagnostics.json``."""

    text: str
    record: dict[str, object]


def diagnose_run(config: Config, posterior: Posterior, chains: Sequence[Chain]) -> RunDiagnostics:
    """Diagnose the chains of a run.

    Parameters
    ----------
    config, posterior
        The run.
    chains : sequence of Chain
        One per ensemble, without burn-in.

    Returns
    -------
    RunDiagnostics
    """
    coords = np.stack([chain.coords for chain in chains])  # (ensembles, steps, walkers, d)
    blobs = np.stack([chain.blobs for chain in chains])
    draws = {name: coords[..., k] for k, name in enumerate(posterior.names)}
    point = posterior.to_physical(coords.reshape(-1, coords.shape[-1]))
    prediction = posterior.model.predict(point.values, posterior.surroundings)
    shape = coords.shape[:3]
    for name in posterior.priors:
        prior = config.priors[name]
        draws[name] = prior.to_coordinate(point.values[name]).reshape(shape)
    spectrum = prediction.spectrum
    draws["m_dm_mev"] = np.log10(spectrum.m_dm).reshape(shape)
    draws["m_u_mev"] = np.log10(spectrum.m_u).reshape(shape)
    for k, name in enumerate(posterior.blob_names):
        if name != "log_prior":
            draws[name] = blobs[..., k]
    draws = {name: values for name, values in draws.items() if np.ptp(values) > 0.0}
    acceptance = np.stack([chain.accepted / shape[1] for chain in chains])
    found = diagnostics.diagnose(draws, acceptance, config.sampler, _regions(spectrum.m_u, spectrum.m_dm, shape))
    return RunDiagnostics(found.render_table(), _record(config, found, acceptance))


def _regions(m_u: Array, m_dm: Array, shape: tuple[int, ...]) -> dict[str, NDArray[np.bool_]]:
    """The pieces of the allowed region (theory.md 10) that hold a share worth weighing."""
    ratio = (m_u / (2.0 * m_dm)).reshape(shape)
    heavy = (m_dm > 10.0).reshape(shape)
    regions = {"m_U < 2 m_dm": ratio < 1.0, "m_U > 2 m_dm": ratio >= 1.0, "m_dm > 10 MeV": heavy}
    return {name: inside for name, inside in regions.items() if SMALLEST_REGION < inside.mean() < 1.0}


def _record(config: Config, found: diagnostics.Diagnostics, acceptance: Array) -> dict[str, object]:
    verdict = found.verdict
    worst = max(found.quantities, key=lambda name: found.quantities[name].rhat)
    words = (
        f"{found.ensembles} independent ensembles agree: largest split R-hat {found.quantities[worst].rhat:.4f} "
        f"({worst}), "
        f"smallest bulk ESS {min(q.ess_bulk for q in found.quantities.values()):.0f}"
    )
    rest = f" (and {len(verdict.failures) - 1} more, listed under convergence)" if len(verdict.failures) > 1 else ""
    return {
        "run": config.run,
        "converged": verdict.converged,
        "verdict": words if verdict.converged else verdict.failures[0] + rest,
        "reasons": list(verdict.failures),
        "advice": list(verdict.warnings),
        "acceptance": {f"ensemble {k}": float(a) for k, a in enumerate(acceptance.mean(axis=1))},
        "n_ensembles": found.ensembles,
        "n_walkers": found.walkers,
        "n_steps": found.steps,
        "evaluations": found.ensembles * found.walkers * found.steps,
        "quantities": {
            name: {
                "tau": q.tau,
                "ess_bulk": q.ess_bulk,
                "ess_tail": q.ess_tail,
                "ess_tau": q.ess_tau,
                "rhat": q.rhat,
                "mcse_mean": q.mcse,
                "ess_b": q.ess_between,
            }
            for name, q in found.quantities.items()
        },
        "regions": {
            name: {"fraction": region.fraction, "per_ensemble": list(region.fractions)}
            for name, region in found.regions.items()
        },
    }
