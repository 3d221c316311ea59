"""The numbers of a run as one record: ``summary.json``."""

import math
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from workflow.inference.estimates.summary import QuantityEstimate, Summary


def record(
    summary: Summary, diagnostics: Mapping[str, Any] | None, evidence: Mapping[str, Any] | None
) -> dict[str, Any]:
    """Everything that the tables of a report hold, in physical units; a number that does not exist is null.

    Parameters
    ----------
    summary : Summary
        The numbers of the posterior.
    diagnostics, evidence : mapping or None
        Contents of ``diagnostics.json`` and ``evidence.json``, where they exist.
    """
    content = {
        "run": summary.run,
        "draws": summary.draws,
        "converged": None if diagnostics is None else diagnostics["converged"],
        "verdict": None if diagnostics is None else diagnostics["verdict"],
        "ln_z": None if evidence is None else evidence["ln_z"],
        "ln_z_error": None if evidence is None else evidence["error"],
        "quantities": {row.name: _quantity(row) for row in summary.rows},
        "priors": dict(summary.priors),
        "likelihoods": {cost.term: {**asdict(cost), "data": list(map(asdict, cost.data))} for cost in summary.costs},
        "neglected": {flag.name: asdict(flag) for flag in summary.neglected},
        "invalid": dict(summary.invalid),
        "provenance": dict(summary.provenance),
    }
    finite: dict[str, Any] = _finite(content)
    return finite


def _quantity(row: QuantityEstimate) -> dict[str, Any]:
    return {
        "label": row.label,
        "unit": row.unit,
        "role": row.role,
        "best_fit": row.best_fit,
        "maximum_posterior": row.maximum_posterior,
        "median": row.median,
        "equal_tailed_68": list(row.central_68),
        "equal_tailed_95": list(row.central_95),
        "highest_density_68": [list(interval) for interval in row.hdi_68],
        "highest_density_95": [list(interval) for interval in row.hdi_95],
    }


def _finite(value: Any) -> Any:
    """The value with null in place of numbers that JSON does not have."""
    if isinstance(value, Mapping):
        return {key: _finite(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(entry) for entry in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
