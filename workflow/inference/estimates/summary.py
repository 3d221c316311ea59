"""What a posterior says, in numbers: intervals, the cost of each likelihood, prior edges, neglected effects."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
import yaml

from model.physics.quantities import Array
from workflow.inference.estimates import posterior_file
from workflow.inference.estimates.posterior_file import PosteriorFile, flat
from workflow.inference.estimates.prior_edges import PriorEdge, prior_edges
from workflow.inference.estimates.regions import Interval, axis_of, central_interval, highest_density_intervals

# The observable that each likelihood term constrains, unless the datum itself says so in its attribute "likelihood".
_DATUM_OF_TERM = {
    "flux_511kev": "flux_511_bulge_ph_cm2_s",
    "relic_abundance": "omega_h2",
    "electron_g2": "delta_a_e",
    "kinetic_mixing": "m_w_gev",
}

# What each flag means for the result (docs/physics/model.md 7).
_NEGLECTED = {
    "xx_to_uu_matters": "annihilation into pairs of U, left out of the relic abundance, is open in the thermal tail of "
    "freeze-out: with it, less dark matter would be left over",
    "self_interaction_above_1_cm2_g": "elastic self-scattering exceeds 1 cm²/g, which galaxy clusters exclude; no "
    "likelihood of this run knows that",
    "kinetic_decoupling_before_freeze_out": "dark matter stops scattering off electrons before it stops annihilating, "
    "so that kinetic equilibrium, which the relic abundance assumes, is not assured",
    "heats_the_bath": "dark matter and U are light enough to heat electrons and photons while freezing out: the relic "
    "abundance would be 4–9 % lower at 1–3 MeV, 1–3 % at 10 MeV",
}
# The likelihood and option (if any) of a run that takes the effect into account.
_ACCOUNTED: dict[str, tuple[str, dict[str, object]]] = {
    "xx_to_uu_matters": ("relic_abundance", {"u_pair_annihilation": True}),
    "self_interaction_above_1_cm2_g": ("self_interaction", {}),
    "heats_the_bath": ("relic_abundance", {"thermal_bath": "with_dark_sector"}),
}

_WINDOW = (1e-7, 1e-5)  # of coupling_product_window, Hooper and Zurek (2008)


@dataclass(frozen=True)
class Row:
    """One quantity of the table; intervals in the physical unit, ``hdi_*`` possibly in several pieces."""

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
class Cost:
    """-2 ln L of one likelihood at the best fit, and the datum behind it.

    ``share`` is of the sum over terms, NaN where terms of both signs make a share meaningless. ``pull`` is prediction
    minus datum in units of the experimental error alone; datum fields are NaN or empty for a term without one datum.
    """

    term: str
    observable: str
    label: str
    unit: str
    measured: float
    sigma: float
    predicted: float
    pull: float
    at_best_fit: float
    at_maximum_posterior: float
    posterior_mean: float
    share: float
    source: str
    era: str


@dataclass(frozen=True)
class Fraction:
    """Share of the posterior for which something holds, with its Monte Carlo error."""

    name: str
    label: str
    statement: str
    value: float
    error: float


@dataclass(frozen=True)
class Summary:
    """Everything the tables and the report need from a posterior file."""

    run: str
    config: str
    provenance: Mapping[str, Any]
    sampler: Mapping[str, Any]
    draws: int
    rows: tuple[Row, ...]
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
    ValueError
        If the file lacks anything, or holds draws that are not numbers; the message names what.
    """
    return summary_of(posterior_file.read(path))


def summary_of(file: PosteriorFile) -> Summary:
    """Summarise a posterior that has been read already."""
    parameters, derived = file.names("parameter"), file.names("derived")
    return Summary(
        run=file.run,
        config=file.config,
        provenance=file.provenance,
        sampler=file.sampler,
        draws=file.posterior.sizes["chain"] * file.posterior.sizes["draw"],
        rows=tuple(_row(file, name) for name in [*parameters, *derived]),
        priors={name: str(file.posterior[name].attrs["prior"]) for name in parameters},
        costs=_costs(file),
        neglected=tuple(_flag(file, name) for name in file.names("flag") if not _accounted(file.config, name)),
        paper_checks=_paper_checks(file),
        edges=prior_edges(file),
        invalid=dict(sorted(json.loads(file.prior.attrs["invalid_reasons"]).items(), key=lambda item: -item[1])),
        prior_draws=int(file.prior.attrs["draws"]),
    )


def _row(file: PosteriorFile, name: str) -> Row:
    variable, samples = file.posterior[name], file.samples(name)
    axis = axis_of(variable)
    return Row(
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
    datum_of = _DATUM_OF_TERM | {
        str(datum.attrs["likelihood"]): str(name)
        for name, datum in file.observed_data.items()
        if "likelihood" in datum.attrs
    }
    costs = [
        _cost(file, term, datum_of.get(term, ""), at_best[term], at_best[term] / total if additive else np.nan)
        for term in terms
    ]
    return tuple(sorted(costs, key=lambda cost: -cost.at_best_fit))


def _cost(file: PosteriorFile, term: str, observable: str, at_best_fit: float, share: float) -> Cost:
    known = observable in file.observed_data and observable in file.posterior
    datum = file.observed_data[observable] if known else xr.DataArray(np.nan, attrs={"sigma": np.nan})
    described = file.posterior[observable].attrs if known else {"label": "", "units": "1"}
    measured, sigma = float(datum), float(datum.attrs["sigma"])
    predicted = float(file.best_fit[observable]) if known else np.nan
    return Cost(
        term=term,
        observable=observable if known else "",
        label=str(described["label"]),
        unit=str(described["units"]),
        measured=measured,
        sigma=sigma,
        predicted=predicted,
        pull=(predicted - measured) / sigma,
        at_best_fit=at_best_fit,
        at_maximum_posterior=-2.0 * float(file.maximum_posterior[f"loglike_{term}"]),
        posterior_mean=-2.0 * float(flat(file.log_likelihood[term]).mean()),
        share=share,
        source=str(datum.attrs.get("source", "")),
        era=str(datum.attrs.get("era", "")),
    )


def _accounted(config: str, flag: str) -> bool:
    """Whether the run's own options include the effect that a flag marks."""
    if flag not in _ACCOUNTED:
        return False
    likelihood, options = _ACCOUNTED[flag]
    chosen = (yaml.safe_load(config).get("likelihoods") or {}).get(likelihood, False)
    return chosen is not False and options.items() <= (chosen or {}).items()


def _flag(file: PosteriorFile, name: str) -> Fraction:
    attributes = file.posterior[name].attrs
    statement = _NEGLECTED.get(name, str(attributes.get("description", "")))
    values = file.posterior[name].transpose("chain", "draw").to_numpy().astype(np.float64)
    if not np.all((values == 0.0) | (values == 1.0)):
        raise ValueError(f"posterior {name}: a flag must be 0 or 1")
    return _fraction(name, str(attributes["label"]), statement, values)


def _paper_checks(file: PosteriorFile) -> tuple[Fraction, ...]:
    out = []
    at_least_one = "the paper asks for a coupling to dark matter no weaker than to electrons: a ratio of 1 or more"
    for name, statement, lower, upper in (
        ("coupling_hierarchy", at_least_one, 1.0, np.inf),
        ("coupling_product_window", "the paper's window is 10⁻⁷ to 10⁻⁵", *_WINDOW),
    ):
        if name in file.posterior:
            values = file.posterior[name].transpose("chain", "draw").to_numpy()
            inside = ((values >= lower) & (values <= upper)).astype(np.float64)
            out.append(_fraction(name, str(file.posterior[name].attrs["label"]), statement, inside))
    return tuple(out)


def _fraction(name: str, label: str, statement: str, inside: Array) -> Fraction:
    """Mean of a (chain, draw) indicator; the scatter between independent ensembles is its honest error.

    Few ensembles may agree by chance, so the error is never below that of independent draws, or one draw.
    """
    value = float(inside.mean())
    scatter = float(inside.mean(axis=1).std(ddof=1) / np.sqrt(inside.shape[0])) if inside.shape[0] > 1 else 0.0
    error = max(scatter, float(np.sqrt(value * (1.0 - value) / inside.size)), 1.0 / inside.size)
    return Fraction(name, label, statement, value, error)
