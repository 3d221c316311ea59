"""Rival explanations of the 511 keV line: Bayes factors, and the sources needed against those available."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from workflow.inference.comparisons import positron_supply
from workflow.inference.comparisons.comparison_file import Rivals
from workflow.inference.comparisons.evidence_figure import CAPTION, evidence_figure
from workflow.inference.drawing.figure_files import save
from workflow.inference.run.errors import ConfigError
from workflow.inference.run.run_file import name_of
from workflow.inference.sampling.settings import LARGEST_K
from workflow.inference.writing.artefacts import write_csv, write_text
from workflow.inference.writing.html import data_uri, odds, page
from workflow.inference.writing.origin import Origin, digest, read_json, require_same


@dataclass(frozen=True)
class Weighed:
    """The evidence of one hypothesis in one era; the Bayes factor is relative to the first hypothesis of the era."""

    era: str
    run: str
    ln_z: float
    ln_z_error: float
    pareto_k: float
    mean_log_likelihood: float
    ln_bayes_factor: float
    ln_bayes_factor_error: float


def weigh(rivals: Rivals, folder: Path) -> list[Weighed]:
    """Bayes factors from ``folder/ERA/RUN.json``, as ``mevdm evidence`` writes them.

    Raises
    ------
    ConfigError
        If a file is missing.
    """
    weighed, data = [], ""
    for era in rivals.eras:
        first: tuple[float, float] | None = None
        overrides = _overrides(rivals, folder, era)
        for name, run in rivals.hypotheses.items():
            path = folder / era / f"{run}.json"
            if not path.exists():
                raise ConfigError(f"{path}: is missing; run `snakemake --cores all hypotheses`")
            stored = read_json(path)
            data = data or stored.origin.data
            expected = replace(stored.origin, run=name_of(run, overrides), data=data)
            require_same(path, stored.origin, expected, "snakemake --cores all hypotheses")
            record = {k: math.nan if v is None else v for k, v in stored.record.items()}
            ln_z, error = float(record["ln_z"]), float(record["error"])
            first = first or (ln_z, error)
            weighed.append(
                Weighed(
                    era=era,
                    run=name,
                    ln_z=ln_z,
                    ln_z_error=error,
                    pareto_k=float(record["pareto_k"]),
                    mean_log_likelihood=float(record["mean_log_likelihood"]),
                    ln_bayes_factor=ln_z - first[0],
                    ln_bayes_factor_error=math.hypot(error, first[1]) if (ln_z, error) != first else 0.0,
                )
            )
    return weighed


def _overrides(rivals: Rivals, folder: Path, era: str) -> tuple[str, ...]:
    """What the runs of an era change in their files, as the rule of their evidence gives it to ``--set``."""
    if era not in rivals.truths:
        return rivals.eras[era]
    truth = folder / era / "truth.txt"
    if not truth.exists():
        raise ConfigError(f"{truth}: is missing; run `snakemake --cores all hypotheses`")
    return *rivals.eras[era], truth.read_text(encoding="utf-8").strip()


def write_hypotheses(rivals: Rivals, folder: Path, origin: Origin) -> None:
    """Write ``bayes_factors.csv``, ``source_rates.csv``, ``evidence.png`` and ``hypotheses.html`` into the folder.

    Parameters
    ----------
    rivals : Rivals
        What is compared.
    folder : Path
        Holds ``ERA/RUN.json`` of every hypothesis.
    origin : Origin
        Of the page and the figure.
    """
    weighed = weigh(rivals, folder)
    png = save(evidence_figure(weighed), folder, "evidence", CAPTION, origin)[0]
    write_csv(folder / "bayes_factors.csv", bayes_factor_rows(weighed))
    sources = positron_supply.source_rows()
    write_csv(folder / "source_rates.csv", [positron_supply.SourceRow._fields, *sources])
    content = {
        "origin": origin,
        "rivals": rivals,
        "weighed": weighed,
        "sentences": conclusions(rivals, weighed),
        "sources": sources,
        "sources_caption": positron_supply.CAPTION,
        "image": data_uri(png),
    }
    write_text(folder / "hypotheses.html", page("hypotheses.html.j2", content))


def parents(rivals: Rivals, folder: Path) -> dict[str, str]:
    """Digests of the evidences that are compared, by era and run."""
    names = [f"{era}/{run}.json" for era in rivals.eras for run in rivals.hypotheses.values()]
    return {name: digest(folder / name) for name in names if (folder / name).is_file()}


def bayes_factor_rows(weighed: Sequence[Weighed]) -> list[list[str]]:
    """The table of evidences with its header, as text."""
    rows = [["era", "hypothesis", "ln_z", "error", "pareto_k", "ln_bayes_factor", "error"]]
    for w in weighed:
        numbers = (w.ln_z, w.ln_z_error, w.pareto_k, w.ln_bayes_factor, w.ln_bayes_factor_error)
        rows.append([w.era, w.run, *(f"{number:.4f}" for number in numbers)])
    return rows


def conclusions(rivals: Rivals, weighed: Sequence[Weighed]) -> list[str]:
    """Sentences that state which hypothesis the data of each era prefer."""
    sentences = []
    for era in rivals.eras:
        shown = era.replace("_", " ")
        ordered = sorted((w for w in weighed if w.era == era), key=lambda w: -w.ln_z)
        best, second, worst = ordered[0], ordered[1], ordered[-1]
        rest = (f"{odds(best.ln_z - each.ln_z)} times that of {each.run}" for each in (second, worst))
        sentences.append(f"{shown}: {best.run} has the largest evidence, {' and '.join(rest)}.")
        doubtful = [w.run for w in ordered if not w.pareto_k < LARGEST_K]
        if doubtful:
            sentences.append(
                f"The evidence of {', '.join(doubtful)} is not reliable: its Pareto k is above {LARGEST_K:g}."
            )
    return sentences
