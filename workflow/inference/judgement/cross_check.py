"""Comparison of the chains with other samplers of the same posterior, and its record."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from model.physics.quantities import Array
from workflow.inference.estimates import posterior_file
from workflow.inference.estimates.posterior_file import PosteriorFile
from workflow.inference.judgement.other_samplers import Reference
from workflow.inference.posterior.posterior import Posterior
from workflow.inference.writing.origin import read_json

AGREEMENT = 3.0  # standard errors
LARGEST_CDF = 0.03  # largest difference of a cumulative marginal; 0.01 to 0.02 of it is noise of the chains
SMALLEST_PIECE = 0.01  # smaller fractions of the posterior in a piece are not compared


class Agreement(NamedTuple):
    """Comparison of a reference with draws of the chains.

    Attributes
    ----------
    cdf_differences : dict of str to float
        Largest difference of the cumulative distributions of each parameter and mass.
    regions : dict of str to (float, float)
        Fraction of each piece of the allowed region in the reference, with its error.
    """

    cdf_differences: dict[str, float]
    regions: dict[str, tuple[float, float]]


@dataclass(frozen=True)
class ReferenceRow:
    """One method beside the chains, in the form of ``cross_check.json``.

    Attributes
    ----------
    method, ln_z, error, pareto_k, effective_sample_size, evaluations
        Numbers of the reference.
    pull : float
        Difference of ln Z from that of the chains, in standard errors of both.
    largest_cdf_difference, in_quantity, cdf_differences
        Differences of cumulative distributions: the largest, its quantity, and all.
    regions : dict of str to (float, float)
        Fraction of each piece of the allowed region, with its error.
    region_pulls : dict of str to float
        Differences of the fractions that are compared, in standard errors of both.
    agrees : bool
        Whether all of these are within their limits.
    """

    method: str
    ln_z: float
    error: float
    pareto_k: float | None
    effective_sample_size: float
    evaluations: int
    pull: float
    largest_cdf_difference: float
    in_quantity: str
    cdf_differences: dict[str, float]
    regions: dict[str, tuple[float, float]]
    region_pulls: dict[str, float]
    agrees: bool


@dataclass(frozen=True)
class Fraction:
    """Fraction of the draws of the chains in a piece, and its Monte Carlo error."""

    fraction: float
    error: float


def compare(posterior: Posterior, reference: Reference, chains: Mapping[str, Array]) -> Agreement:
    """Compare a reference with draws of the chains.

    Parameters
    ----------
    posterior : Posterior
        The posterior that both sampled.
    reference : Reference
        Weighted draws.
    chains : mapping of str to (n,) array
        Draws of quantities that ``posterior.monitored`` names, in its coordinates; quantities without draws are not
        compared.

    Returns
    -------
    Agreement
    """
    quantities, pieces = posterior.monitored(reference.theta)
    differences = {}
    for name, draws in chains.items():
        values = quantities[name]
        order = np.argsort(values)
        values, expected = values[order], np.cumsum(reference.weights[order])
        differences[name] = float(
            np.abs(np.searchsorted(np.sort(draws), values, "right") / len(draws) - expected).max()
        )
    fractions = {}
    for name, inside in pieces.items():
        fraction = float(reference.weights[inside].sum())
        fractions[name] = (fraction, float(np.sqrt(np.sum((reference.weights * (inside - fraction)) ** 2))))
    return Agreement(differences, fractions)


def cross_check(
    posterior: Posterior,
    file: PosteriorFile,
    evidence: Mapping[str, Any],
    diagnostics: Mapping[str, Any],
    references: Sequence[Reference],
) -> dict[str, object]:
    """The record of the cross-check of a run, for ``cross_check.json``.

    Parameters
    ----------
    posterior : Posterior
        Of the run.
    file : PosteriorFile
        Its ``posterior.nc``.
    evidence, diagnostics : mapping
        Its ``evidence.json`` and ``diagnostics.json``.
    references : sequence of Reference
        The results of other methods.

    Returns
    -------
    dict
        A reference agrees if ln Z and every fraction of a piece that holds more than `SMALLEST_PIECE` agree within
        `AGREEMENT` standard errors, and every cumulative distribution within `LARGEST_CDF`.
    """
    names = posterior.monitored(references[0].theta).quantities
    draws = {
        name: posterior.priors[name].to_coordinate(samples) if name in posterior.priors else np.log10(samples)
        for name, samples in ((name, file.samples(name)) for name in names)
    }
    fractions = {name: Fraction(float(r["fraction"]), float(r["mcse"])) for name, r in diagnostics["regions"].items()}
    rows = [_row(reference, compare(posterior, reference, draws), evidence, fractions) for reference in references]
    common = {name: asdict(each) for name, each in fractions.items() if all(name in row.regions for row in rows)}
    return {
        "run": file.run,
        "chains": {"ln_z": evidence["ln_z"], "error": evidence["error"], "regions": common},
        "references": [asdict(row) for row in rows],
        "agrees": all(row.agrees for row in rows),
    }


def cross_check_files(
    posterior: Posterior,
    references: Sequence[Reference],
    posterior_path: Path,
    evidence_path: Path,
    diagnostics_path: Path,
) -> dict[str, object]:
    """The record of `cross_check` from the files of a run."""
    return cross_check(
        posterior,
        posterior_file.read(posterior_path),
        read_json(evidence_path).record,
        posterior_file.read_diagnostics(diagnostics_path),
        references,
    )


def _row(
    reference: Reference, agreement: Agreement, evidence: Mapping[str, Any], fractions: Mapping[str, Fraction]
) -> ReferenceRow:
    """One method beside the evidence of the chains and the fractions of their draws in pieces."""
    worst = max(agreement.cdf_differences, key=lambda name: agreement.cdf_differences[name])
    largest = agreement.cdf_differences[worst]
    pull = (reference.ln_z - evidence["ln_z"]) / float(np.hypot(reference.error, evidence["error"]))
    regions = {name: agreement.regions[name] for name in fractions if name in agreement.regions}
    pulls = {
        name: (fraction - fractions[name].fraction) / max(float(np.hypot(error, fractions[name].error)), 1e-12)
        for name, (fraction, error) in regions.items()
        if SMALLEST_PIECE < fraction < 1.0 - SMALLEST_PIECE
    }
    return ReferenceRow(
        method=reference.method,
        ln_z=reference.ln_z,
        error=reference.error,
        pareto_k=reference.pareto_k,
        effective_sample_size=reference.effective_sample_size,
        evaluations=reference.evaluations,
        pull=pull,
        largest_cdf_difference=largest,
        in_quantity=worst,
        cdf_differences=agreement.cdf_differences,
        regions=regions,
        region_pulls=pulls,
        agrees=max(map(abs, (pull, *pulls.values()))) < AGREEMENT and largest < LARGEST_CDF,
    )
