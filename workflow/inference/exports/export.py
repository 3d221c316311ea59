"""Write a run in the formats of other programs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from workflow.inference.estimates import posterior_file
from workflow.inference.estimates.posterior_file import PosteriorFile
from workflow.inference.estimates.summary import Summary, summary_of
from workflow.inference.exports import (
    arviz_data,
    bibliography,
    bilby_result,
    draws_table,
    getdist_chains,
    hepdata_submission,
    latex_macros,
    summary_record,
)
from workflow.inference.run.config import from_mapping
from workflow.inference.run.errors import ConfigError
from workflow.inference.writing.artefacts import write_text
from workflow.inference.writing.bibtex import bibtex
from workflow.inference.writing.origin import digest, read_json, require_parents, require_same, write_json


@dataclass(frozen=True)
class Source:
    """The folder of a run, and what is in it."""

    folder: Path

    @cached_property
    def file(self) -> PosteriorFile:
        """The posterior.

        Raises
        ------
        ConfigError
            If it cannot be read.
        """
        path = self.folder / "posterior.nc"
        if not path.is_file():
            raise ConfigError(f"{path}: is missing; run `snakemake results/{self.folder.name}/report.html` first")
        try:
            return posterior_file.read(path)
        except ValueError as error:
            raise ConfigError(str(error)) from None

    @cached_property
    def summary(self) -> Summary:
        """The numbers of the posterior."""
        return summary_of(self.file)

    def record(self, name: str) -> dict[str, Any] | None:
        """The content of a JSON file of the folder, None without it.

        Raises
        ------
        ArtefactError
            If it is damaged, or belongs to other chains than the posterior.
        """
        path = self.folder / name
        if not path.is_file():
            return None
        stored, remedy = read_json(path), f"snakemake results/{self.folder.name}/report.html"
        require_same(path, stored.origin, self.file.origin, remedy)
        require_parents(path, stored.origin, self.file.origin.parents, remedy)
        return stored.record


def _summary(source: Source, out: Path) -> list[Path]:
    path = out / "summary.json"
    write_json(
        path,
        summary_record.record(source.summary, source.record("diagnostics.json"), source.record("evidence.json")),
        replace(source.file.origin, parents={"posterior.nc": digest(source.folder / "posterior.nc")}),
    )
    return [path]


def _macros(source: Source, out: Path) -> list[Path]:
    path = out / "macros.tex"
    write_text(path, latex_macros.macros(source.summary))
    return [path]


def _bibliography(source: Source, out: Path) -> list[Path]:
    path = out / "report.bib"
    config = from_mapping(yaml.safe_load(source.file.config), source.file.run)
    write_text(path, bibtex(bibliography.papers(config)))
    return [path]


FORMATS: Mapping[str, tuple[str, Callable[[Source, Path], list[Path]]]] = {
    "getdist": ("chains for GetDist", lambda source, out: getdist_chains.write_chains(source.file, out)),
    "arviz": ("groups for ArviZ", lambda source, out: arviz_data.write_file(source.file, out)),
    "csv": ("a row for each draw", lambda source, out: draws_table.write_csv(source.file, out)),
    "parquet": ("the same, compressed", lambda source, out: draws_table.write_parquet(source.file, out)),
    "bilby": (
        "a result of bilby",
        lambda source, out: bilby_result.write_result(source.file, source.record("evidence.json"), out),
    ),
    "hepdata": (
        "a submission to HEPData",
        lambda source, out: hepdata_submission.write_submission(source.file, source.summary, out),
    ),
    "summary": ("all numbers, summary.json", _summary),
    "macros": ("all numbers for LaTeX, macros.tex", _macros),
    "bibtex": ("the papers of model and data, report.bib", _bibliography),
}
"""Formats by name, each with what it is and the function that writes it into a folder and returns the files."""


def export(folder: Path, formats: list[str], out: Path) -> list[Path]:
    """Write the formats.

    Parameters
    ----------
    folder : Path
        Folder of the results of a run.
    formats : list of str
        Names of `FORMATS`.
    out : Path
        Folder to write into.

    Returns
    -------
    list of Path
        The files that were written.

    Raises
    ------
    ConfigError
        If a format is unknown, the run is not there, or a package that a format needs is missing.
    """
    for name in formats:  # before any of them is written
        if name not in FORMATS:
            raise ConfigError(f"--to {name}: unknown format; allowed: {', '.join(FORMATS)}")
    source, written = Source(folder), []
    for name in dict.fromkeys(formats):
        try:
            written += FORMATS[name][1](source, out)
        except ModuleNotFoundError as error:
            raise ConfigError(f"--to {name}: {error}; `pip install mevdm[exports]`") from None
    return written
