"""Does the model survive? Posteriors of several eras side by side, evidences, tensions and pulls, in words."""

import base64
import csv
import io
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import yaml
from jinja2 import Environment, PackageLoader, StrictUndefined

from workflow.inference.comparisons.comparison import Comparison
from workflow.inference.comparisons.corner_overlay import corner_overlay_figure
from workflow.inference.comparisons.evidence_figure import evidence_figure
from workflow.inference.estimates import posterior_file
from workflow.inference.estimates.posterior_file import PosteriorFile
from workflow.inference.estimates.summary import Cost, Summary, summary_of
from workflow.inference.figures.style import save
from workflow.inference.writing.artefacts import atomic_text

# Size of |ln S|, and of |ln B|, that a sentence calls by these words: Jeffreys's scale in natural logarithms.
_STRENGTH = ((1.0, "no"), (2.5, "mild"), (5.0, "strong"), (math.inf, "decisive"))


@dataclass(frozen=True)
class RunVerdict:
    """What one run contributes; ``ln_bayes_factor`` is relative to the era's first run, NaN for other data."""

    era: str
    run: str
    description: str
    converged: bool
    ln_z: float
    ln_z_error: float
    pareto_k: float
    ln_bayes_factor: float
    ln_bayes_factor_error: float
    m_dm_median: float
    m_dm_68: tuple[float, float]
    deviance: float
    terms: int


@dataclass(frozen=True)
class EraVerdict:
    """The first run of an era: pulls at the best fit and agreement of the two groups."""

    era: str
    run: str
    costs: tuple[Cost, ...]
    tension: Mapping[str, Any]


def write_verdict(comparison: Comparison, results: Path, folder: Path) -> None:
    """Write ``verdict.html``, ``verdict.json``, ``evidence.csv``, ``pulls.csv`` and the figures of a comparison.

    Parameters
    ----------
    comparison : Comparison
        Eras, runs and groups.
    results : Path
        Folder with one folder a run: posterior.nc, diagnostics.json, evidence.json.
    folder : Path
        Where to; ``tension/RUN.json`` of the first run of each era is there already.

    Raises
    ------
    ValueError
        If a file of a run lacks what is needed; the message names it.
    """
    files: dict[str, PosteriorFile] = {}
    runs: list[RunVerdict] = []
    eras: list[EraVerdict] = []
    for era, names in comparison.eras.items():
        for name in names:
            files[name] = posterior_file.read(results / name / "posterior.nc")
        runs += _runs(era, names, files, results)
        main = names[0]
        tension = json.loads((folder / "tension" / f"{main}.json").read_text(encoding="utf-8"))
        eras.append(EraVerdict(era, main, summary_of(files[main]).costs, tension))
    overlay = {era: files[names[0]] for era, names in comparison.eras.items()}
    pictures = {
        "corner": corner_overlay_figure(overlay, comparison.columns),
        "evidence": evidence_figure(runs),
    }
    images = {}
    for name, figure in pictures.items():
        png, _ = save(figure, folder, name)
        images[name] = "data:image/png;base64," + base64.b64encode(png.read_bytes()).decode("ascii")
    sentences = conclusions(comparison, runs, eras)
    record = {
        "conclusions": sentences,
        "runs": [asdict(run) for run in runs],
        "eras": [asdict(era) for era in eras],
    }
    _write(folder / "verdict.json", json.dumps(_plain(record), indent=1, allow_nan=False) + "\n")
    _write(folder / "evidence.csv", _evidence_table(runs))
    _write(folder / "pulls.csv", _pull_table(eras))
    _write(folder / "verdict.html", _html(comparison, runs, eras, sentences, images))


def _runs(era: str, names: Sequence[str], files: Mapping[str, PosteriorFile], results: Path) -> list[RunVerdict]:
    first_data = _data(files[names[0]])
    first: tuple[float, float] | None = None
    found = []
    for name in names:
        summary = summary_of(files[name])
        diagnostics = posterior_file.read_diagnostics(results / name / "diagnostics.json")
        evidence = json.loads((results / name / "evidence.json").read_text(encoding="utf-8"))
        ln_z, error = (math.nan if evidence[key] is None else float(evidence[key]) for key in ("ln_z", "error"))
        first = first or (ln_z, error)
        comparable = _data(files[name]) == first_data
        mass = next(row for row in summary.rows if row.name == "m_dm_mev")
        found.append(
            RunVerdict(
                era=era,
                run=name,
                description=str(yaml.safe_load(summary.config).get("description", "")),
                converged=bool(diagnostics["converged"]),
                ln_z=ln_z,
                ln_z_error=error,
                pareto_k=float(evidence["pareto_k"] if evidence["pareto_k"] is not None else math.nan),
                ln_bayes_factor=ln_z - first[0] if comparable else math.nan,
                ln_bayes_factor_error=math.hypot(error, first[1]) if name != names[0] else 0.0,
                m_dm_median=mass.median,
                m_dm_68=(mass.central_68.lower, mass.central_68.upper),
                deviance=_deviance(summary),
                terms=len(summary.costs),
            )
        )
    return found


def _data(file: PosteriorFile) -> object:
    """What a run was confronted with: runs that differ here have no Bayes factor."""
    return {name: options or {} for name, options in yaml.safe_load(file.config)["likelihoods"].items()}


def _deviance(summary: Summary) -> float:
    return sum(cost.at_best_fit for cost in summary.costs)


def strength(logarithm: float) -> str:
    """The word for a logarithm of odds: no, mild, strong or decisive."""
    return next(word for limit, word in _STRENGTH if abs(logarithm) < limit or limit == math.inf)


def conclusions(comparison: Comparison, runs: Sequence[RunVerdict], eras: Sequence[EraVerdict]) -> list[str]:
    """Plain sentences, each made of the numbers of the runs."""
    group_a, group_b = (group.called for group in comparison.groups)
    said = []
    by_name = {run.run: run for run in runs}
    for era in eras:
        run = by_name[era.run]
        low, high = run.m_dm_68
        if not run.converged:
            said.append(f"{era.era}: {run.run} has NOT converged, and its numbers are not to be used.")
        said.append(
            f"{era.era}: the best fit of {run.run} has −2 ln L = {run.deviance:.1f} for {run.terms} likelihoods, "
            f"68 % of the posterior has m_DM between {low:.3g} and {high:.3g} MeV, and ln Z = {run.ln_z:.2f} ± "
            f"{run.ln_z_error:.2f}."
        )
        worst = max(era.costs, key=lambda cost: cost.at_best_fit)
        if worst.at_best_fit > 4.0:
            share = worst.at_best_fit / run.deviance if run.deviance > 0.0 else math.nan
            said.append(
                f"The largest part comes from {worst.term.replace('_', ' ')}: −2 ln L = {worst.at_best_fit:.1f}"
                + (f", {100.0 * share:.0f} % of the total." if 0.0 < share <= 1.0 else ".")
            )
        ln_s, error = float(era.tension["ln_s"]), float(era.tension["ln_s_error"])
        word = strength(ln_s)
        sense = f"{word} tension" if ln_s < 0.0 and word != "no" else "no tension"
        said.append(
            f"Between {group_a} and {group_b} there is {sense}: ln S = {ln_s:.2f} ± {error:.2f} "
            f"(ln R = {float(era.tension['ln_r']):.2f} ± {float(era.tension['ln_r_error']):.2f})."
        )
        if float(era.tension["ln_r"]) < -2.5 and sense == "no tension":
            odds = math.exp(-float(era.tension["ln_r"]))
            said.append(
                f"They agree only in a corner of the parameters that either leaves open: together they are {odds:.2g} "
                "times less probable than apart, a fine-tuning and not a misfit."
            )
        rivals = [r for r in runs if r.era == era.era and r.run != era.run and math.isfinite(r.ln_bayes_factor)]
        if rivals:
            best = max(rivals, key=lambda rival: rival.ln_bayes_factor)
            verb = "prefer" if best.ln_bayes_factor > 0.0 else "do not prefer"
            said.append(
                f"The same data {verb} {best.run}, the best of its rivals here: ln B = {best.ln_bayes_factor:+.2f} ± "
                f"{best.ln_bayes_factor_error:.2f} ({strength(best.ln_bayes_factor)} evidence)."
            )
    if len(eras) > 1:
        first, last = eras[0], eras[-1]
        fall = by_name[last.run].deviance - by_name[first.run].deviance
        said.append(
            f"From {first.era} to {last.era} the best fit worsens by Δ(−2 ln L) = {fall:.1f} and ln S changes from "
            f"{float(first.tension['ln_s']):.2f} to {float(last.tension['ln_s']):.2f}."
        )
    return said


def _plain(value: Any) -> Any:
    """Types of JSON; numbers that do not exist become null."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value


def _write(path: Path, text: str) -> None:
    with atomic_text(path) as stream:
        stream.write(text)


def _evidence_table(runs: Sequence[RunVerdict]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["era", "run", "ln_z", "error", "pareto_k", "ln_bayes_factor", "error", "converged"])
    for r in runs:
        numbers = (r.ln_z, r.ln_z_error, r.pareto_k, r.ln_bayes_factor, r.ln_bayes_factor_error)
        writer.writerow([r.era, r.run, *("" if math.isnan(x) else f"{x:.4f}" for x in numbers), r.converged])
    return out.getvalue()


def _pull_table(eras: Sequence[EraVerdict]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(
        ["era", "run", "likelihood", "minus_2_ln_l_best_fit", "observable", "measured", "sigma", "predicted", "pull"]
    )
    for era in eras:
        for cost in era.costs:
            start = [era.era, era.run, cost.term, f"{cost.at_best_fit:.4f}"]
            for datum in cost.data:
                numbers = (datum.measured, datum.sigma, datum.predicted, datum.pull)
                writer.writerow([*start, datum.observable, *(f"{x:.6g}" for x in numbers)])
            if not cost.data:
                writer.writerow([*start, *[""] * 5])
    return out.getvalue()


def _number(value: float, form: str) -> str:
    return "–" if math.isnan(value) else format(value, form).replace("-", "\N{MINUS SIGN}")


def _html(
    comparison: Comparison,
    runs: Sequence[RunVerdict],
    eras: Sequence[EraVerdict],
    sentences: Sequence[str],
    images: Mapping[str, str],
) -> str:
    environment = Environment(
        loader=PackageLoader("workflow.inference.writing", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["fixed"] = lambda value, digits=2: (
        "–" if math.isnan(value) else f"{value:.{digits}f}".replace("-", "−")
    )
    environment.filters["general"] = lambda value: "–" if math.isnan(value) else f"{value:.4g}".replace("-", "−")
    return environment.get_template("verdict.html.j2").render(
        comparison=comparison,
        runs=runs,
        eras=eras,
        sentences=sentences,
        images=images,
        unconverged=[run.run for run in runs if not run.converged],
    )
