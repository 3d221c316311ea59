"""The report of a run: one HTML file that opens offline, can be printed, and begins with the verdict."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, get_args

import yaml

from workflow.inference.estimates import posterior_file
from workflow.inference.estimates.posterior_file import PosteriorFile
from workflow.inference.estimates.summary import Summary, summary_of
from workflow.inference.figures.run_figure import RunFigure, Section, caption
from workflow.inference.figures.run_figures import FIGURES, OTHER_FIGURES, PLANE, PROFILE
from workflow.inference.report.cards import cards_of, sampling_sentence
from workflow.inference.report.explorer import explorer_data
from workflow.inference.report.findings import findings_of
from workflow.inference.report.needs import needs_of
from workflow.inference.report.tables import (
    abundance_error_rows,
    check_rows,
    cost_row,
    cross_check_of,
    evidence_of,
    intervals,
    local_maxima,
    quantity_rows,
    region_rows,
)
from workflow.inference.run.extension import differences
from workflow.inference.writing.artefacts import read_csv, write_text
from workflow.inference.writing.bibtex import Reference, bibtex
from workflow.inference.writing.html import data_uri, page, text_uri
from workflow.inference.writing.origin import (
    Origin,
    digest,
    read_json,
    read_origin,
    require_named,
    require_parents,
    require_same,
)
from workflow.inference.writing.refusal import Refusal
from workflow.inference.writing.rounding import percent

# Columns of the table of published edges that a page shows.
EDGES = ("experiment", "case", "mass_mev", "lower_published", "lower_ratio", "upper_published", "upper_ratio", "source")
_LONGEST_TITLE = 120


@dataclass(frozen=True)
class ShownFigure:
    """A figure as the page holds it: image as data URI, alternative text, caption."""

    name: str
    image: str
    alternative: str
    caption: str


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
    references : tuple of Reference
        The papers of the run.
    default : str or None
        Config of the default run as YAML; None where it is not at hand.
    config : str or None
        Config of the run as YAML, which may ask for other figures than when the draws were made; by default that of the
        posterior.
    """

    posterior: Path
    diagnostics: Path
    evidence: Path
    figures: Path
    reproduction: Path
    cross_check: Path | None = None
    profile: Path | None = None
    references: tuple[Reference, ...] = ()
    default: str | None = None
    config: str | None = None

    def files(self) -> list[Path]:
        """All files of the run, without those of other origin: the parents of the report."""
        extras = [path for path in (self.cross_check, self.profile) if path is not None]
        pictures = [self.figures / f"{name}.png" for name in shown_names(profiled=self.profile is not None)]
        return [self.posterior, self.diagnostics, self.evidence, *extras, *pictures, *self.asked()]

    def asked(self) -> list[Path]:
        """The figures that the config asks for."""
        return sorted((self.figures / "asked").glob("*.png"))


def write_report(inputs: Inputs, origin: Origin, out: Path) -> None:
    """Write the report of one run; the same inputs give the same bytes.

    Parameters
    ----------
    inputs : Inputs
        What to read.
    origin : Origin
        Of the report.
    out : Path
        The HTML file.

    Raises
    ------
    Refusal
        If an input lacks something that the report must state, or was made from something else than the others; the
        message names it.
    FileNotFoundError
        If a figure is missing.
    """
    file = posterior_file.read(inputs.posterior)
    diagnostics = posterior_file.read_diagnostics(inputs.diagnostics)
    summary = summary_of(file)
    if inputs.config is not None:
        summary = replace(summary, config=inputs.config)
    check_origins(inputs, file.origin)
    figures = shown_figures(file, summary, inputs.figures, profiled=inputs.profile is not None)
    reproduction = read_csv(inputs.reproduction, EDGES)
    evidence = read_json(inputs.evidence).record
    check = None if inputs.cross_check is None else read_json(inputs.cross_check).record
    content = {
        "origin": origin,
        **run_content(file, summary, diagnostics),
        "figures": figures,
        "reproduction": reproduction,
        "evidence": evidence_of(evidence),
        "check": None if check is None else cross_check_of(file, check),
        "explorer": explorer_data({file.run: file}, [inputs.figures / f"{PLANE}.csv"]),
        "references": inputs.references,
        "bibtex": (entries := bibtex(inputs.references)),
        "bibtex_uri": text_uri(entries, "text/plain"),
        "differences": None if inputs.default is None else differences(inputs.default, summary.config),
    }
    write_text(out, page("report.html.j2", content, {"intervals": intervals, "value": _value}))


def shown_figures(
    file: PosteriorFile, summary: Summary, folder: Path, *, profiled: bool
) -> dict[Section, list[ShownFigure]]:
    """Figures of each section of the report.

    Parameters
    ----------
    file, summary
        A posterior and its summary.
    folder : Path
        Where the PNG files are.
    profiled : bool
        Whether the run has a profile likelihood.
    """
    shown: dict[Section, list[ShownFigure]] = {section: [] for section in get_args(Section)}
    figures: dict[str, RunFigure] = {**FIGURES, **OTHER_FIGURES}
    for name in shown_names(profiled=profiled):
        image = data_uri(folder / f"{name}.png")
        words = figures[name].alternative_text(file, summary)
        shown[figures[name].section].append(ShownFigure(name, image, words, caption(name)))
    for path in sorted((folder / "asked").glob("*.png")):
        words = path.with_suffix(".txt").read_text(encoding="utf-8").strip()
        shown["posterior"].append(ShownFigure(path.stem, data_uri(path), f"Corner plot. {words}", words))
    return shown


def shown_names(*, profiled: bool) -> list[str]:
    """Names of the figures that a report shows."""
    return [name for name in (*FIGURES, *OTHER_FIGURES) if name != PROFILE or profiled]


def check_origins(inputs: Inputs, origin: Origin) -> None:
    """Refuse files that were not made from the same chains and from each other.

    Parameters
    ----------
    inputs : Inputs
        What the report is made of.
    origin : Origin
        Of ``posterior.nc``: all others must have been made from its configuration, data and code, from its chains, and
        from the files that the report shows.
    """
    steps = {inputs.diagnostics: "diagnose", inputs.evidence: "evidence"}
    steps |= {path: step for path, step in ((inputs.cross_check, "cross-check"), (inputs.profile, "profile")) if path}
    known = {**origin.parents, **{path.name: digest(path) for path in (inputs.posterior, *steps)}}
    config = f"config/{origin.run}.yaml"
    for path in inputs.files()[1:]:
        found, remedy = read_origin(path), f"mevdm {steps.get(path, 'figures')} {config}"
        require_same(path, found, origin, remedy)
        require_parents(path, found, known, remedy)
        if path not in (inputs.diagnostics, inputs.evidence):
            require_named(path, found, {inputs.posterior.name: known[inputs.posterior.name]}, remedy)


def run_content(file: PosteriorFile, summary: Summary, diagnostics: Mapping[str, Any]) -> dict[str, object]:
    """Content of the template for a run, without figures and evidence."""
    findings, needs = findings_of(file, summary, diagnostics), needs_of(file)
    return {
        "summary": summary,
        "diagnostics": diagnostics,
        "settings": _settings(summary.config),
        "verdict": banner(diagnostics),
        "title": title_of(summary),
        "version": str(summary.provenance.get("mevdm", "")),
        "eras": sorted({pull.era for cost in summary.costs for pull in cost.data}),
        "cards": cards_of(file, summary, diagnostics, findings, needs),
        "sampling": sampling_sentence(diagnostics),
        "findings": findings,
        "needs": needs,
        "reasons": [reason for reason in diagnostics["reasons"] if reason != diagnostics["verdict"]],
        "table": quantity_rows(file, summary),
        "costs": [cost_row(cost) for cost in summary.costs],
        "total_cost": sum(cost.at_best_fit for cost in summary.costs),
        "checks": check_rows(file, diagnostics),
        "limits": diagnostics["limits"],
        "abundance_errors": abundance_error_rows(file),
        "regions": region_rows(file, diagnostics),
        "maxima": local_maxima(file),
        "percent": percent,
        "provenance": _flat(summary.provenance),
        "sampler": _flat(summary.sampler),
        "invalid_total": sum(summary.invalid.values()),
    }


def title_of(summary: Summary) -> str:
    """The description of the config where it is short enough for a title, else the name of the run."""
    described = str(yaml.safe_load(summary.config).get("description") or "").strip().rstrip(".")
    return described if 0 < len(described) <= _LONGEST_TITLE else summary.run


def banner(diagnostics: Mapping[str, Any]) -> str:
    """The first line of the report: whether the chains have converged, and nothing else."""
    words = str(diagnostics["verdict"]).strip().rstrip(".")
    if diagnostics["converged"]:
        return f"Converged: {words}."
    accepted = " (the config accepts that)" if diagnostics["accepted"] else ""
    return f"NOT CONVERGED{accepted}, do not use these numbers: {words}."


def _settings(config: str) -> dict[str, Any]:
    """The config as a mapping, for sentences; values are those that the user gave."""
    settings = yaml.safe_load(config)
    if not isinstance(settings, dict) or "model" not in settings or "likelihoods" not in settings:
        raise Refusal(
            "posterior.nc: the config that it holds has no model or no likelihoods; run `mevdm combine` again"
        )
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


def _flat(tree: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    """Nested mapping as dotted keys and text, in the order of the file."""
    out: list[tuple[str, str]] = []
    for key, value in tree.items():
        if isinstance(value, Mapping):
            out += _flat(value, f"{prefix}{key}.")
        else:
            out.append((f"{prefix}{key}", ", ".join(map(str, value)) if isinstance(value, list) else str(value)))
    return out


def _value(value: object) -> str:
    """A setting in a readable form."""
    return f"{value:g}" if isinstance(value, float) else str(value)
