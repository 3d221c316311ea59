"""The verdict on the model: posteriors of several eras side by side, evidences, tensions and pulls, in sentences."""

import bisect
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import yaml

from workflow.inference.comparisons.comparison_file import Comparison
from workflow.inference.comparisons.evidence_figure import CAPTION, JEFFREYS, evidence_figure
from workflow.inference.drawing.corner import OVERLAY_CAPTION, corner_figure
from workflow.inference.drawing.figure_files import save
from workflow.inference.estimates import posterior_file
from workflow.inference.estimates.summary import Cost, Summary, summary_of
from workflow.inference.report.tables import cost_row
from workflow.inference.sampling.settings import LARGEST_K
from workflow.inference.writing.artefacts import write_csv, write_text
from workflow.inference.writing.html import data_uri, odds, page
from workflow.inference.writing.labels import words_of
from workflow.inference.writing.origin import Origin, digest, read_json, require_parents, require_same, write_json

_STRENGTHS = ("no", "mild", "strong", "decisive")  # words for sizes of |ln S| and |ln B|, between the steps of Jeffreys
_LARGE_COST = 4.0  # -2 ln L of one likelihood that a sentence names, two standard deviations
FILES = ("posterior.nc", "diagnostics.json", "evidence.json")  # of each run
_FINE_TUNED = -2.5  # ln R below which agreement is said to need a corner of the parameters


@dataclass(frozen=True)
class ComparedRun:
    """The contribution of one run; ``ln_bayes_factor`` is relative to the first run of the era, NaN for other data."""

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
class ComparedEra:
    """The first run of an era: pulls at the best fit and agreement of the two groups."""

    era: str
    run: str
    costs: tuple[Cost, ...]
    tension: Mapping[str, Any]


def write_verdict(comparison: Comparison, results: Path, folder: Path, origin: Origin) -> None:
    """Write ``verdict.html``, ``verdict.json``, ``evidence.csv``, ``pulls.csv`` and the figures of a comparison.

    Parameters
    ----------
    comparison : Comparison
        Eras, runs and groups.
    results : Path
        Folder with one folder a run: posterior.nc, diagnostics.json, evidence.json.
    folder : Path
        Where to; ``tension/RUN.json`` of the first run of each era is there already.
    origin : Origin
        Of the pages and the figures.

    Raises
    ------
    ArtefactError
        If a file of a run lacks what is needed, or was made from something else; the message names it.
    """
    files = {
        name: posterior_file.read(results / name / "posterior.nc")
        for names in comparison.eras.values()
        for name in names
    }
    for name, file in files.items():
        check_origins(results / name, file.origin)
    summaries = {name: summary_of(file) for name, file in files.items()}
    runs = [run for era, names in comparison.eras.items() for run in compared_runs(era, names, summaries, results)]
    eras = [
        compared_era(era, files[names[0]].origin, summaries[names[0]], folder / "tension")
        for era, names in comparison.eras.items()
    ]
    overlay = {era: files[names[0]] for era, names in comparison.eras.items()}
    pictures = {
        "corner": corner_figure(overlay, comparison.columns),
        "evidence": evidence_figure(runs),
    }
    captions = {"corner": OVERLAY_CAPTION, "evidence": CAPTION}
    content = {
        "origin": origin,
        "comparison": comparison,
        "runs": runs,
        "eras": eras,
        "costs": {era.era: [cost_row(cost) for cost in era.costs] for era in eras},
        "sentences": conclusions(comparison, runs, eras),
        "strengths": zip(JEFFREYS, _STRENGTHS, strict=False),
        "strongest": _STRENGTHS[-1],
        "largest_k": LARGEST_K,
        "images": {
            name: data_uri(save(figure, folder, name, captions[name], origin)[0]) for name, figure in pictures.items()
        },
        "unconverged": [run.run for run in runs if not run.converged],
    }
    write_json(folder / "verdict.json", record(comparison, runs, eras), origin)
    write_csv(folder / "evidence.csv", evidence_rows(runs))
    write_csv(folder / "pulls.csv", pull_rows(eras))
    write_text(folder / "verdict.html", page("verdict.html.j2", content))


def parents(comparison: Comparison, results: Path) -> dict[str, str]:
    """Digests of the files of the runs that are compared, by run and name."""
    runs = [run for runs in comparison.eras.values() for run in runs]
    return {f"{run}/{name}": digest(results / run / name) for run in runs for name in FILES}


def check_origins(folder: Path, origin: Origin) -> None:
    """Refuse diagnostics and evidence of a run that were not made from the chains of its ``posterior.nc``."""
    known = {**origin.parents, "evidence.json": digest(folder / "evidence.json")}
    for name, step in (("diagnostics.json", "diagnose"), ("evidence.json", "evidence")):
        found, remedy = read_json(folder / name).origin, f"mevdm {step} config/{origin.run}.yaml"
        require_same(folder / name, found, origin, remedy)
        require_parents(folder / name, found, known, remedy)


def compared_era(era: str, origin: Origin, summary: Summary, tensions: Path) -> ComparedEra:
    """The first run of an era, of this origin, with the tension that ``tensions/RUN.json`` holds."""
    path = tensions / f"{origin.run}.json"
    tension = read_json(path)
    require_same(path, tension.origin, origin, f"mevdm tension config/{origin.run}.yaml")
    return ComparedEra(era, origin.run, summary.costs, tension.record)


def compared_runs(era: str, names: Sequence[str], summaries: Mapping[str, Summary], results: Path) -> list[ComparedRun]:
    """The runs of an era; only runs with the data of the first one get a Bayes factor.

    Parameters
    ----------
    era : str
        Its name.
    names : sequence of str
        Names of the runs.
    summaries : mapping of str to Summary
        What their posteriors say.
    results : Path
        Folder with ``RUN/diagnostics.json`` and ``RUN/evidence.json``.
    """
    first_data = _data(summaries[names[0]])
    first: tuple[float, float] | None = None
    runs = []
    for name in names:
        summary = summaries[name]
        diagnostics = posterior_file.read_diagnostics(results / name / "diagnostics.json")
        evidence = read_json(results / name / "evidence.json").record
        ln_z, error, pareto_k = (_number_or_nan(evidence[key]) for key in ("ln_z", "error", "pareto_k"))
        first = first or (ln_z, error)
        comparable = _data(summary) == first_data
        mass = next(row for row in summary.rows if row.name == "m_dm_mev")
        runs.append(
            ComparedRun(
                era=era,
                run=name,
                description=str(yaml.safe_load(summary.config).get("description", "")),
                converged=bool(diagnostics["converged"]),
                ln_z=ln_z,
                ln_z_error=error,
                pareto_k=pareto_k,
                ln_bayes_factor=ln_z - first[0] if comparable else math.nan,
                ln_bayes_factor_error=math.hypot(error, first[1]) if name != names[0] else 0.0,
                m_dm_median=mass.median,
                m_dm_68=(mass.central_68.lower, mass.central_68.upper),
                deviance=sum(cost.at_best_fit for cost in summary.costs),
                terms=len(summary.costs),
            )
        )
    return runs


def _number_or_nan(value: float | None) -> float:
    return math.nan if value is None else float(value)


def _data(summary: Summary) -> object:
    """The likelihoods of a run and their options; runs that differ in them have no Bayes factor."""
    return {name: options or {} for name, options in yaml.safe_load(summary.config)["likelihoods"].items()}


def strength(logarithm: float) -> str:
    """The word for a logarithm of odds: no, mild, strong or decisive."""
    return _STRENGTHS[bisect.bisect_right(JEFFREYS, abs(logarithm))]


def conclusions(comparison: Comparison, runs: Sequence[ComparedRun], eras: Sequence[ComparedEra]) -> list[str]:
    """Sentences made from the numbers of the runs."""
    by_name = {run.run: run for run in runs}
    sentences = []
    for era in eras:
        run = by_name[era.run]
        rivals = [r for r in runs if r.era == era.era and r.run != era.run and math.isfinite(r.ln_bayes_factor)]
        sentences += _fit_sentences(run, era) + _tension_sentences(comparison, era) + _rival_sentences(rivals)
    if len(eras) > 1:
        first, last = eras[0], eras[-1]
        change = by_name[last.run].deviance - by_name[first.run].deviance
        verb = "worsens" if change >= 0.0 else "improves"
        sentences.append(
            f"From {first.era} to {last.era} the best fit {verb} by Δ(−2 ln L) = {abs(change):.1f} and ln S changes "
            f"from {float(first.tension['ln_s']):.2f} to {float(last.tension['ln_s']):.2f}."
        )
    return sentences


def _fit_sentences(run: ComparedRun, era: ComparedEra) -> list[str]:
    """Convergence, fit and evidence of the first run of an era, and its most costly likelihood."""
    low, high = run.m_dm_68
    sentences = []
    if not run.converged:
        sentences.append(f"{era.era}: {run.run} has NOT converged, and its numbers are not to be used.")
    sentences.append(
        f"{era.era}: the best fit of {run.run} has −2 ln L = {run.deviance:.1f} for {run.terms} likelihoods, "
        f"68 % of the posterior has m_DM between {low:.3g} and {high:.3g} MeV, and ln Z = {run.ln_z:.2f} ± "
        f"{run.ln_z_error:.2f}."
    )
    worst = max(era.costs, key=lambda cost: cost.at_best_fit)
    if worst.at_best_fit > _LARGE_COST:
        fraction = worst.at_best_fit / run.deviance if run.deviance > 0.0 else math.nan
        sentences.append(
            f"The largest part comes from {words_of(worst.term)}: −2 ln L = {worst.at_best_fit:.1f}"
            + (f", {100.0 * fraction:.0f} % of the total." if 0.0 < fraction <= 1.0 else ".")
        )
    return sentences


def _tension_sentences(comparison: Comparison, era: ComparedEra) -> list[str]:
    """Whether the two groups of data agree, and at which price."""
    group_a, group_b = (group.called for group in comparison.groups)
    ln_s, ln_s_error, ln_r, ln_r_error = (
        float(era.tension[key]) for key in ("ln_s", "ln_s_error", "ln_r", "ln_r_error")
    )
    word = strength(ln_s)
    sense = f"{word} tension" if ln_s < 0.0 and word != "no" else "no tension"
    sentences = [
        f"Between {group_a} and {group_b} there is {sense}: ln S = {ln_s:.2f} ± {ln_s_error:.2f} "
        f"(ln R = {ln_r:.2f} ± {ln_r_error:.2f})."
    ]
    if ln_r < _FINE_TUNED and sense == "no tension":
        sentences.append(
            f"They agree only in a corner of the parameters that either leaves open: together they are "
            f"{odds(-ln_r)} times less probable than apart, a fine-tuning and not a misfit."
        )
    data = {"everything": "all data", "base_and_a": group_a, "base_and_b": group_b, "base": "the shared data alone"}
    k = {words: _number_or_nan(era.tension[key]["pareto_k"]) for key, words in data.items()}
    unreliable = [f"{words} ({value:.2f})" for words, value in k.items() if not value < LARGEST_K]
    if unreliable:
        sentences.append(
            f"The errors of ln S and ln R are too small to be used: the Pareto k of the evidence is above {LARGEST_K} "
            f"for {', '.join(unreliable)}."
        )
    return sentences


def _rival_sentences(rivals: Sequence[ComparedRun]) -> list[str]:
    """The best of the other runs with the same data."""
    if not rivals:
        return []
    best = max(rivals, key=lambda rival: rival.ln_bayes_factor)
    verb = "prefer" if best.ln_bayes_factor > 0.0 else "do not prefer"
    return [
        f"The same data {verb} {best.run}, the best of its rivals here: ln B = {best.ln_bayes_factor:+.2f} ± "
        f"{best.ln_bayes_factor_error:.2f} ({strength(best.ln_bayes_factor)} evidence)."
    ]


def record(comparison: Comparison, runs: Sequence[ComparedRun], eras: Sequence[ComparedEra]) -> dict[str, Any]:
    """The content of the page in types of JSON; numbers that do not exist become null."""
    return {
        "conclusions": conclusions(comparison, runs, eras),
        "runs": [_plain(asdict(run)) for run in runs],
        "eras": [_plain(asdict(era)) for era in eras],
    }


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value


def evidence_rows(runs: Sequence[ComparedRun]) -> list[list[str]]:
    """The table of evidences with its header, as text; a number that does not exist is empty."""
    rows = [["era", "run", "ln_z", "error", "pareto_k", "ln_bayes_factor", "error", "converged"]]
    for r in runs:
        numbers = (r.ln_z, r.ln_z_error, r.pareto_k, r.ln_bayes_factor, r.ln_bayes_factor_error)
        rows.append([r.era, r.run, *("" if math.isnan(x) else f"{x:.4f}" for x in numbers), str(r.converged)])
    return rows


def pull_rows(eras: Sequence[ComparedEra]) -> list[list[str]]:
    """The table of pulls with its header, as text; a number that does not exist is empty."""
    rows = [
        ["era", "run", "likelihood", "minus_2_ln_l_best_fit", "observable", "measured", "sigma", "predicted", "pull"]
    ]
    for era in eras:
        for cost in era.costs:
            start = [era.era, era.run, cost.term, f"{cost.at_best_fit:.4f}"]
            for datum in cost.data:
                numbers = (datum.measured, datum.sigma, datum.predicted, datum.pull)
                rows.append([*start, datum.observable, *(f"{x:.6g}" for x in numbers)])
            if not cost.data:
                rows.append([*start, *[""] * 5])
    return rows
