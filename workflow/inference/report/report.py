"""The report of a run: one HTML file that opens offline, prints, and begins with the verdict."""

import base64
import csv
import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from workflow.inference.estimates import posterior_file
from workflow.inference.estimates.posterior_file import PosteriorFile
from workflow.inference.estimates.profile_file import profile_digest
from workflow.inference.estimates.regions import Interval
from workflow.inference.estimates.summary import Cost, Row, Summary, summary_of
from workflow.inference.estimates.summary_tables import ends, numbers
from workflow.inference.figures.run_figures import NAMES, PLANE, PROFILE, coupling_columns, derived_columns
from workflow.inference.sampling.settings import LARGEST_K, TAIL_SHARE
from workflow.inference.writing.artefacts import atomic_text
from workflow.inference.writing.labels import html_of, text_of, unit_html
from workflow.inference.writing.rounding import measurement, percent, rounded

_ROWS_TO_SHOW_PIECES = 3  # more pieces than this are named by number, not listed


@dataclass(frozen=True)
class Inputs:
    """The files that a report is made of.

    Attributes
    ----------
    posterior, diagnostics, evidence : Path
        ``posterior.nc``, ``diagnostics.json``, ``evidence.json``.
    figures : Path
        Folder with the PNG files that `workflow.inference.figures.run_figures.write_figures` made, and the
        kinetic-mixing plane.
    reproduction : Path
        Published edges beside ours, as `workflow.inference.atlas.published_edges.write_reproduction` writes them.
    cross_check, profile : Path or None
        ``cross_check.json`` and ``profile.npz`` (with its figure among the others), where they have been made.
    """

    posterior: Path
    diagnostics: Path
    evidence: Path
    figures: Path
    reproduction: Path
    cross_check: Path | None = None
    profile: Path | None = None


def write_report(inputs: Inputs, out: Path) -> None:
    """Write the report of one run; the same inputs give the same bytes.

    Parameters
    ----------
    inputs : Inputs
        What to read.
    out : Path
        The HTML file.

    Raises
    ------
    ValueError
        If an input lacks something the report must say, or was made from another posterior; the message names it.
    FileNotFoundError
        If a figure is missing.
    """
    file = posterior_file.read(inputs.posterior)
    diagnostics = posterior_file.read_diagnostics(inputs.diagnostics)
    names = [*NAMES, PLANE, *([PROFILE] if inputs.profile else [])]
    images = {name: _image(inputs.figures / f"{name}.png") for name in names}
    with inputs.reproduction.open(newline="", encoding="utf-8") as stream:
        reproduction = list(csv.DictReader(stream))
    digest = hashlib.sha256(inputs.posterior.read_bytes()).hexdigest()
    for path, found in ((inputs.cross_check, _record), (inputs.profile, profile_digest)):
        if path is not None and found(path) != digest:
            raise ValueError(f"{path}: was made from another posterior.nc; make it again, or remove it")
    evidence = json.loads(inputs.evidence.read_text(encoding="utf-8"))
    check = None if inputs.cross_check is None else json.loads(inputs.cross_check.read_text(encoding="utf-8"))
    text = render(file, diagnostics, images, reproduction, evidence, check)
    with atomic_text(out) as stream:
        stream.write(text)


def render(
    file: PosteriorFile,
    diagnostics: Mapping[str, Any],
    images: Mapping[str, str],
    reproduction: Sequence[Mapping[str, str]],
    evidence: Mapping[str, Any],
    check: Mapping[str, Any] | None = None,
) -> str:
    """HTML of the report from its parts; ``images`` maps figure names to data URIs."""
    summary = summary_of(file)
    environment = Environment(
        loader=PackageLoader("workflow.inference.writing", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "label": _label,
        "unit": _unit,
        "number": _number,
        "intervals": _intervals,
        "thin": _thousands,
        "value": _value,
    }
    return environment.get_template("report.html.j2").render(
        summary=summary,
        diagnostics=diagnostics,
        images=images,
        reproduction=reproduction,
        alternatives=_alternatives(file, summary),
        settings=_settings(summary.config),
        verdict=_verdict(diagnostics, summary),
        reasons=[reason for reason in diagnostics["reasons"] if reason != diagnostics["verdict"]],
        table=[_table_row(row) for row in summary.rows],
        costs=[_cost(cost) for cost in summary.costs],
        total_cost=sum(cost.at_best_fit for cost in summary.costs),
        checks=_checks(file, diagnostics, summary.sampler),
        regions=_regions(file, diagnostics),
        maxima=_local_maxima(file),
        evidence=_evidence(evidence),
        check=None if check is None else _cross_check(file, check),
        percent=percent,
        provenance=_flat(summary.provenance),
        sampler=_flat(summary.sampler),
        invalid_total=sum(summary.invalid.values()),
    )


def _verdict(diagnostics: Mapping[str, Any], summary: Summary) -> str:
    """The first line of the report."""
    words = str(diagnostics["verdict"]).strip().rstrip(".")
    if not diagnostics["converged"]:
        accepted = " (the config accepts that)" if diagnostics["accepted"] else ""
        return f"NOT CONVERGED{accepted}, do not use these numbers: {words}."
    mass = next((row for row in summary.rows if row.name == "m_dm_mev"), None)
    if mass is None:
        return f"Converged: {words}."
    low, high = ends([mass.central_68])[0]
    value = rounded(mass.median, 0.5 * (mass.central_68.upper - mass.central_68.lower))
    return (
        f"Converged: {words}. Dark matter weighs {value.text()} {mass.unit} "
        f"(median; 68 % of the posterior in {low.text()} to {high.text()} {mass.unit})."
    )


def _settings(config: str) -> dict[str, Any]:
    """The config as a mapping, for sentences; values stay as the user wrote them."""
    settings = yaml.safe_load(config)
    if not isinstance(settings, dict) or "model" not in settings or "likelihoods" not in settings:
        raise ValueError("the config in the posterior file has no model or no likelihoods")
    model = settings["model"]
    fixed = {
        name: prior["fixed"]
        for name, prior in (settings.get("parameters") or {}).items()
        if isinstance(prior, dict) and "fixed" in prior
    }
    return {
        "description": str(settings.get("description", "")),
        "model": model if isinstance(model, dict) else {"name": model},
        "galaxy": settings.get("galaxy") or {},
        "fixed": fixed,
        "likelihoods": {name: options or {} for name, options in settings["likelihoods"].items()},
    }


def _table_row(row: Row) -> dict[str, Any]:
    return {"row": row, "numbers": [Markup(number.html()) for number in numbers(row)]}


def _cost(cost: Cost) -> dict[str, Any]:
    return {
        "cost": cost,
        "data": [
            {
                "datum": datum,
                "measured": Markup(measurement(datum.measured, datum.sigma).html()),
                "predicted": Markup(rounded(datum.predicted, datum.sigma / 10.0).html()),
                "pull": _fixed(datum.pull, "+.2f"),
            }
            for datum in cost.data
        ],
        "share": _fixed(100.0 * cost.share, ".0f"),
    }


def _checks(file: PosteriorFile, diagnostics: Mapping[str, Any], sampler: Mapping[str, Any]) -> dict[str, Any]:
    """Rows of the diagnostics table with pass or fail by the run's own stop rule."""
    limits = {
        "rhat": float(sampler.get("max_rhat", 1.005)),
        "ess": float(sampler.get("target_ess", 5000.0)),
        "steps_per_tau": float(sampler.get("min_steps_per_tau", 50.0)),
    }
    rows = []
    for name, q in diagnostics["quantities"].items():
        tau, bulk, tail, rhat, between = (
            _finite(q, key, name) for key in ("tau", "ess_bulk", "ess_tail", "rhat", "ess_b")
        )
        per_tau = diagnostics["n_steps"] / tau if tau > 0.0 else math.nan
        failed = [
            words
            for words, good in (
                ("R-hat", rhat <= limits["rhat"]),
                ("ESS", bulk >= limits["ess"]),
                ("tail ESS", tail >= TAIL_SHARE * limits["ess"]),
                ("N/τ", q["every"] > 1 or per_tau >= limits["steps_per_tau"]),
            )
            if not good  # NaN compares false, so it fails
        ]
        shown = (
            _fixed(tau, ".1f"),
            _fixed(per_tau, ".0f"),
            *(_thousands(x) for x in (bulk, tail, between)),
            _fixed(rhat, ".4f"),
            _fixed(100.0 * _finite(q, "mcse_over_sd", name), ".2f"),
        )
        rows.append({"name": name, "label": _named(file, name), "shown": shown, "failed": failed})
    return {"rows": rows, "limits": limits}


def _named(file: PosteriorFile, name: str) -> Markup | str:
    """The symbol of a quantity or flag that the posterior holds; of anything else its name."""
    return Markup(html_of(file.posterior[name].attrs["label"])) if name in file.posterior else name


def _finite(quantity: Mapping[str, Any], key: str, name: str) -> float:
    if key not in quantity:
        raise ValueError(f"diagnostics of {name}: no key {key}")
    return math.nan if quantity[key] is None else float(quantity[key])


def _regions(file: PosteriorFile, diagnostics: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "label": _named(file, str(name)),
            "share": percent(float(region["fraction"]), float(region["mcse"])),
            "per_ensemble": ", ".join(_fixed(100.0 * float(share), ".1f") for share in region["per_ensemble"]),
            "shown": (_fixed(region["tau"], ".1f"), _thousands(region["ess"]), _fixed(region["rhat"], ".4f")),
        }
        for name, region in diagnostics["regions"].items()
    ]


def _local_maxima(file: PosteriorFile) -> dict[str, Any]:
    """Local maxima of the likelihood: each a row of cost, difference to the first, and parameters and masses."""
    names = [*file.names("parameter"), *(name for name in ("m_dm_mev", "m_u_mev") if name in file.names("derived"))]
    costs = [
        sum(-2.0 * float(file.local_maxima[f"loglike_{term}"][k]) for term in file.log_likelihood)
        for k in range(file.local_maxima.sizes["maximum"])
    ]
    spreads = {name: 0.01 * abs(float(file.best_fit[name])) for name in names}
    return {
        "names": [(Markup(html_of(v.attrs["label"])), v.attrs["units"]) for v in (file.posterior[n] for n in names)],
        "rows": [
            {
                "cost": _fixed(cost, ".2f"),
                "worse": _fixed(cost - costs[0], ".2f"),
                "at": [Markup(rounded(float(file.local_maxima[n][k]), spreads[n]).html()) for n in names],
            }
            for k, cost in enumerate(costs)
        ],
    }


def _evidence(record: Mapping[str, Any]) -> dict[str, Any]:
    k = record["pareto_k"]
    return {
        "ln_z": _fixed(record["ln_z"], ".3f"),
        "error": _fixed(record["error"], ".3f"),
        "reliable": k is not None and k < LARGEST_K,
        "pareto_k": "–" if k is None else _fixed(k, ".2f"),
        "limit": LARGEST_K,
        "ess": _thousands(record["effective_sample_size"]),
        "evaluations": _thousands(record["evaluations"]),
        "mean_log_likelihood": _fixed(record["mean_log_likelihood"], ".2f"),
        "information": _fixed(record["information"], ".2f"),
    }


def _cross_check(file: PosteriorFile, record: Mapping[str, Any]) -> dict[str, Any]:
    """Each reference beside the chains: evidences, marginals, weights of regions."""
    rows = []
    for reference in record["references"]:
        name = reference["in_quantity"]
        label = Markup(html_of(file.posterior[name].attrs["label"])) if name in file.posterior else name
        k = reference["pareto_k"]
        rows.append(
            {
                "method": reference["method"],
                "ln_z": f"{_fixed(reference['ln_z'], '.3f')} ± {_fixed(reference['error'], '.3f')}",
                "pull": _fixed(reference["pull"], "+.1f"),
                "agrees": reference["agrees"],
                "pareto_k": "–" if k is None else _fixed(k, ".2f"),
                "ess": _thousands(reference["effective_sample_size"]),
                "evaluations": _thousands(reference["evaluations"]),
                "cdf": _fixed(reference["largest_cdf_difference"], ".3f"),
                "label": label,
            }
        )
    regions = [
        {
            "name": name,
            "chains": percent(share["fraction"], share["error"]),
            "references": [percent(*reference["regions"][name]) for reference in record["references"]],
        }
        for name, share in record["chains"]["regions"].items()
    ]
    return {"rows": rows, "regions": regions, "agrees": all(row["agrees"] for row in rows)}


def _record(path: Path) -> str:
    """Digest of the posterior that a cross-check was made from."""
    return str(json.loads(path.read_text(encoding="utf-8"))["posterior_sha256"])


def _alternatives(file: PosteriorFile, summary: Summary) -> dict[str, str]:
    """Texts for those who do not see the figures."""
    medians = {row.name: row for row in summary.rows}

    def said(names: list[str]) -> str:
        rows = [medians[name] for name in names]
        return "; ".join(
            f"{text_of(row.label)} median {numbers(row)[2].text()}{'' if row.unit == '1' else ' ' + row.unit}"
            for row in rows
        )

    symbols = ", ".join(text_of(row.label) for row in summary.rows if row.role == "parameter")
    return {
        "corner": f"Corner plot of the couplings with 68 and 95 % regions. {said(coupling_columns(file))}.",
        "corner_derived": f"Corner plot of masses and observables. {said(derived_columns(file))}.",
        "corner_parameters": f"Corner plot of all sampled parameters, nuisances included: {symbols}.",
        "trace": f"Draws in time order with running medians of each ensemble, for {symbols} and the log posterior.",
        "rank": f"Histograms of ranks for each ensemble, for {symbols}.",
        "predictive": "Posterior of each observable beside the measured value; numbers in the table of likelihoods.",
        PROFILE: "Profile-likelihood regions of 68 and 95 % in planes of couplings and masses, with credible contours.",
        PLANE: "Mixing against mass of U: regions that each experiment excludes, and draws of the posterior.",
    }


def _image(path: Path) -> str:
    return "data:image/png;base64," + base64.b64encode(path.read_bytes()).decode("ascii")


def _flat(tree: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    """Nested mapping as dotted keys and text, in the order of the file."""
    out: list[tuple[str, str]] = []
    for key, value in tree.items():
        if isinstance(value, Mapping):
            out += _flat(value, f"{prefix}{key}.")
        else:
            out.append((f"{prefix}{key}", ", ".join(map(str, value)) if isinstance(value, list) else str(value)))
    return out


def _label(latex: str) -> Markup:
    return Markup(html_of(latex))


def _unit(unit: str) -> Markup:
    return Markup(unit_html(unit))


def _number(value: float, spread: float = math.nan) -> Markup:
    return Markup(rounded(value, spread).html())


def _intervals(intervals: tuple[Interval, ...]) -> Markup:
    if len(intervals) > _ROWS_TO_SHOW_PIECES:
        low, high = ends([Interval(intervals[0].lower, intervals[-1].upper)])[0]
        return Markup(f"{len(intervals)} pieces in [{low.html()}, {high.html()}]")
    pieces = [f"<span class='piece'>[{low.html()}, {high.html()}]</span>" for low, high in ends(intervals)]
    return Markup(" ∪ ".join(pieces))


def _value(value: object) -> str:
    """A setting as a reader would write it."""
    return f"{value:g}" if isinstance(value, float) else str(value)


def _thousands(value: float) -> str:
    return f"{value:,.0f}".replace(",", "\N{NARROW NO-BREAK SPACE}") if math.isfinite(value) else "–"


def _fixed(value: float, form: str) -> str:
    return str(escape(f"{value:{form}}".replace("-", "\N{MINUS SIGN}"))) if math.isfinite(value) else "–"
