"""The YAML file of a run, validated before any work. Every error names the key, the value and the allowed values."""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

import likelihoods as likelihoods_package
import model as model_package
from model.physics.early_universe.cosmology_settings import CosmologySettings
from model.physics.galaxy.halo import Galaxy
from model.physics.galaxy.line_settings import LineSettings
from model.physics.nuisances import nuisances
from model.physics.quantities import Parameter
from workflow.inference.posterior.contracts import Likelihood, Model
from workflow.inference.posterior.meaning import Setup, constants, meaningless
from workflow.inference.posterior.observables import COLUMNS
from workflow.inference.posterior.priors import Prior
from workflow.inference.run.components import (
    available,
    build_likelihoods,
    build_model,
    build_options,
    likelihood_class,
    model_class,
)
from workflow.inference.run.errors import ConfigError, Faults
from workflow.inference.run.extension import EXTENDS, WITHOUT, read_extended
from workflow.inference.run.parameters import check_possible, choose, trials
from workflow.inference.run.run_file import ReportOptions, RunFile, check_name, name_of, overridden, validated
from workflow.inference.run.scan_section import ScanOptions, build_scan
from workflow.inference.sampling.settings import SamplerSettings
from workflow.inference.writing.strict_yaml import written


@dataclass(frozen=True)
class Config:
    """A validated run.

    Attributes
    ----------
    run : str
        Name: the stem of the file, and the overrides.
    text : str
        Canonical YAML of the file after ``extends`` and ``--set``.
    description : str
        Description by the user.
    model, cosmology, galaxy, line, likelihoods, sampler, report
        Built objects.
    parameters : tuple of Parameter
        All parameters of a point: those of the model, the Galaxy, the line and the likelihoods.
    nuisances : tuple of Parameter
        Those of them that are not parameters of the model.
    priors : dict
        The sampled parameters in order.
    fixed : dict
        The others.
    scan : ScanOptions or None
        The section ``scan``, if there is one.
    """

    run: str
    text: str
    description: str
    model: Model
    cosmology: CosmologySettings
    galaxy: Galaxy
    line: LineSettings
    likelihoods: dict[str, Likelihood]
    sampler: SamplerSettings
    report: ReportOptions
    parameters: tuple[Parameter, ...]
    nuisances: tuple[Parameter, ...]
    priors: dict[str, Prior]
    fixed: dict[str, float]
    scan: ScanOptions | None


def load(path: Path, overrides: tuple[str, ...] = (), columns: frozenset[str] = frozenset()) -> Config:
    """Read and validate a run.

    Parameters
    ----------
    path : Path
        The YAML file.
    overrides : tuple of str
        ``key.path=value`` entries, the value in YAML, applied in order.
    columns : frozenset of str
        Parameters that a points file supplies; they need no entry in the config.

    Returns
    -------
    Config

    Raises
    ------
    ConfigError
        If anything in it is wrong.
    """
    raw = overridden(read_extended(path), overrides)
    try:
        return _build(name_of(path.stem, overrides), raw, columns)
    except ConfigError as error:
        raise ConfigError("\n".join(f"{path}: {fault}" for fault in error.faults)) from None


def from_mapping(raw: Mapping[str, Any], run: str, overrides: tuple[str, ...] = ()) -> Config:
    """Validate a run that is given as the content of a file, under a name.

    Raises
    ------
    ConfigError
        If anything in it is wrong.
    """
    content = overridden(copy.deepcopy(dict(raw)), overrides)
    return _build(name_of(run, overrides), content, frozenset())


def json_schema() -> dict[str, Any]:
    """JSON schema of a run file for editors, with the options of every model, likelihood and section."""
    schema = RunFile.model_json_schema()
    properties = schema["properties"]
    models = []
    for name in available(model_package):
        options = _options_schema(model_class(name))
        options["properties"] = {"name": {"const": name}, **options["properties"]}
        models.append({**options, "required": ["name"]})
    elsewhere = {"name": {"type": "string", "pattern": r"\."}}
    models.append({"type": "object", "properties": elsewhere, "required": ["name"]})
    properties["model"] = {"oneOf": models}
    properties["likelihoods"] = {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            name: {"oneOf": [{"type": "null"}, _options_schema(likelihood_class(name))]}
            for name in available(likelihoods_package)
        },
        "patternProperties": {r"\.": {"type": ["null", "object"]}},
    }
    properties["cosmology"] = _options_schema(CosmologySettings)
    properties["galaxy"] = _options_schema(Galaxy)
    properties["line"] = _options_schema(LineSettings)
    properties["sampler"] = _options_schema(SamplerSettings)
    properties[EXTENDS] = {"type": "string", "description": "Name of the run that this one changes."}
    keys = {"type": "array", "items": {"type": "string"}}
    properties[WITHOUT] = {**keys, "description": "Keys of the extended run that this one does not have."}
    schema["anyOf"] = [{"required": [EXTENDS]}, {"required": schema.pop("required")}]
    properties["scan"] = ScanOptions.model_json_schema()
    schema["$defs"] |= properties["scan"].pop("$defs")
    return schema


def _options_schema(kind: type) -> dict[str, Any]:
    """Schema of a section, with the sections in it written out where they stand."""
    schema = {**TypeAdapter(kind).json_schema(), "additionalProperties": False}
    schema.pop("$defs", None)
    for field in fields(kind):
        if isinstance(field.type, type) and is_dataclass(field.type):
            schema["properties"][field.name] = _options_schema(field.type)
    return schema


def _build(run: str, raw: dict[str, Any], columns: frozenset[str]) -> Config:
    faults = Faults()
    run_file, broken = validated(raw, faults)
    scan = faults.attempt(build_scan, run_file.scan)
    with faults.collected():
        check_name(run)
    model_of_file = None if "model" in broken else faults.attempt(build_model, run_file.model)
    galaxy = faults.attempt(_section, Galaxy, run_file, "galaxy")
    cosmology = faults.attempt(_section, CosmologySettings, run_file, "cosmology")
    line = faults.attempt(_section, LineSettings, run_file, "line")
    sampler = faults.attempt(_section, SamplerSettings, run_file, "sampler")
    entries = frozenset(run_file.parameters)
    model = None if model_of_file is None else model_of_file.for_columns(columns | entries)
    terms = faults.attempt(build_likelihoods, run_file.likelihoods, run_file.model.get("name"), model)
    whole = not faults.lines
    others = _nuisances(galaxy or Galaxy(), line or LineSettings(), terms or {})
    # Parameters of the file that its model has, but not the model that the columns of a points file select.
    unused = _names(model_of_file.for_columns(entries)) - _names(model) if model_of_file and model else frozenset()
    stated = frozenset(name.removeprefix("parameters.") for name in broken if name.startswith("parameters."))
    declared = (*(model.parameters if model else ()), *others)
    chosen = None
    if "parameters" not in broken:
        chosen = faults.attempt(choose, declared, run_file.parameters, columns | stated, unused, complete=whole)
    faults.refuse()
    if not (model and galaxy and cosmology and line and sampler and terms is not None and chosen):
        raise AssertionError("a section is not there, and no fault says why")
    # Parameters beside a points file are not sampled: their medians fill what the file leaves out.
    setup = Setup(model, terms, () if columns else chosen.sampled, galaxy, cosmology, line)
    faults.lines += [*meaningless(setup), *_not_drawable(run_file.report, declared)]
    faults.refuse()
    config = Config(
        run=run,
        text=written(raw),
        description=run_file.description,
        model=model,
        cosmology=cosmology,
        galaxy=galaxy,
        line=line,
        likelihoods=terms,
        sampler=sampler,
        report=run_file.report,
        parameters=declared,
        nuisances=others,
        priors=chosen.sampled,
        fixed=chosen.fixed,
        scan=scan,
    )
    if not columns:
        check_possible(model, galaxy, chosen, others)
        faults.lines += constants(setup, trials(chosen, list(chosen.sampled)), others)
        faults.refuse()
    return config


def _not_drawable(report: ReportOptions, declared: Sequence[Parameter]) -> list[str]:
    """Columns of requested figures that no posterior can have: the figures would fail after the sampling."""
    names = {parameter.name for parameter in declared}
    return [
        f"report.figures.{index}.corner.columns: {name!r} is no column; allowed: a parameter of the run, or a name of "
        "`mevdm describe column`"
        for index, figure in enumerate(report.figures)
        for name in figure.corner.columns
        if name not in names and name not in COLUMNS and not name.startswith("log")
    ]


def _section(kind: type[Any], run_file: RunFile, name: str) -> Any:
    """The options of a section of that name."""
    return build_options(kind, getattr(run_file, name), name)


def _names(model: Model) -> frozenset[str]:
    return frozenset(parameter.name for parameter in model.parameters)


def _nuisances(galaxy: Galaxy, line: LineSettings, likelihoods: dict[str, Likelihood]) -> tuple[Parameter, ...]:
    """Parameters of the halo and the line, and those of the likelihoods, without repetition."""
    result = {parameter.name: parameter for parameter in nuisances(galaxy.profile, line)}
    for likelihood in likelihoods.values():
        for parameter in likelihood.parameters:
            result.setdefault(parameter.name, parameter)
    return tuple(result.values())
