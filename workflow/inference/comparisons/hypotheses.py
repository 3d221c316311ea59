"""Rival explanations of the 511 keV line: the table of Bayes factors, and what sources need against what there is."""

import base64
import csv
import io
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml
from jinja2 import Environment, PackageLoader, StrictUndefined
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from workflow.inference.comparisons import positron_supply
from workflow.inference.comparisons.evidence_figure import evidence_figure
from workflow.inference.figures.style import save
from workflow.inference.run.config import ConfigError
from workflow.inference.writing.artefacts import atomic_text


class Truth(BaseModel):
    """The run whose best fit to the data of an era a forecast takes for true."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    run: str
    era: str


class Rivals(BaseModel):
    """Hypotheses by name with their runs, the overrides that make an era, and the truths of eras yet to come."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    description: str = ""
    hypotheses: dict[str, str] = Field(min_length=2)
    eras: dict[str, tuple[str, ...]] = Field(min_length=1, max_length=4)
    truths: dict[str, Truth] = {}


def load(path: Path) -> Rivals:
    """Read and validate a file such as config/comparisons/hypotheses.yaml.

    Raises
    ------
    ConfigError
        If anything in it is wrong: one line that names the key and the value.
    """
    try:
        return Rivals.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror})") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not valid YAML: {' '.join(str(error).split())}") from None
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise ConfigError(f"{path}: {place}: {first['input']!r}; {first['msg'][0].lower()}{first['msg'][1:]}") from None


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
    found = []
    for era in rivals.eras:
        first: tuple[float, float] | None = None
        for name, run in rivals.hypotheses.items():
            path = folder / era / f"{run}.json"
            if not path.exists():
                raise ConfigError(f"{path}: is missing; run `snakemake --cores all hypotheses`")
            record = {k: math.nan if v is None else v for k, v in json.loads(path.read_text(encoding="utf-8")).items()}
            ln_z, error = float(record["ln_z"]), float(record["error"])
            first = first or (ln_z, error)
            found.append(
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
    return found


def write_hypotheses(rivals: Rivals, folder: Path) -> None:
    """Write ``bayes_factors.csv``, ``source_rates.csv``, ``evidence.png`` and ``hypotheses.html`` into the folder.

    Parameters
    ----------
    rivals : Rivals
        What is compared.
    folder : Path
        Holds ``ERA/RUN.json`` of every hypothesis.
    """
    weighed = weigh(rivals, folder)
    png, _ = save(evidence_figure(weighed), folder, "evidence")
    image = "data:image/png;base64," + base64.b64encode(png.read_bytes()).decode("ascii")
    sources = positron_supply.source_rows()
    header = ["era", "hypothesis", "ln_z", "error", "pareto_k", "ln_bayes_factor", "error"]
    numbers = [[w.ln_z, w.ln_z_error, w.pareto_k, w.ln_bayes_factor, w.ln_bayes_factor_error] for w in weighed]
    rows = [[w.era, w.run, *(f"{x:.4f}" for x in row)] for w, row in zip(weighed, numbers, strict=True)]
    _write(folder / "bayes_factors.csv", _csv([header, *rows]))
    _write(folder / "source_rates.csv", _csv([list(positron_supply.SourceRow._fields), *map(list, sources)]))
    environment = Environment(
        loader=PackageLoader("workflow.inference.writing", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["fixed"] = lambda value: "–" if math.isnan(value) else f"{value:.2f}".replace("-", "\u2212")
    page = environment.get_template("hypotheses.html.j2").render(
        rivals=rivals,
        weighed=weighed,
        sentences=conclusions(rivals, weighed),
        sources=sources,
        sources_caption=positron_supply.CAPTION,
        image=image,
    )
    _write(folder / "hypotheses.html", page)


def conclusions(rivals: Rivals, weighed: Sequence[Weighed]) -> list[str]:
    """Which hypothesis the data of each era prefer, in words."""
    said = []
    for era in rivals.eras:
        shown = era.replace("_", " ")
        ordered = sorted((w for w in weighed if w.era == era), key=lambda w: -w.ln_z)
        best, second, worst = ordered[0], ordered[1], ordered[-1]
        said.append(
            f"{shown}: {best.run} has the largest evidence, {_odds(best, second)} times that of {second.run} and "
            f"{_odds(best, worst)} times that of {worst.run}."
        )
        doubtful = [w.run for w in ordered if not w.pareto_k < 0.7]
        if doubtful:
            said.append(f"The evidence of {', '.join(doubtful)} is not reliable: its Pareto k is above 0.7.")
    return said


def _odds(better: Weighed, worse: Weighed) -> str:
    return f"{math.exp(min(better.ln_z - worse.ln_z, 700.0)):.2g}"


def _csv(rows: Sequence[Sequence[str]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()


def _write(path: Path, text: str) -> None:
    with atomic_text(path) as stream:
        stream.write(text)
