"""A run's YAML file, validated before any work: every error names the key, the value and what is allowed."""

import dataclasses
import importlib
import math
import pkgutil
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag, TypeAdapter, ValidationError

import likelihoods as likelihoods_package
import model as model_package
from model.physics.galaxy import halo as galaxy_physics
from model.physics.galaxy.halo import Galaxy
from model.physics.positrons import in_flight_annihilation, line_511kev
from model.physics.prediction import Prediction
from model.physics.quantities import Parameter
from workflow.inference.posterior import priors
from workflow.inference.posterior.posterior import Likelihood, Model
from workflow.inference.posterior.priors import Prior
from workflow.inference.sampling.settings import SamplerSettings

F_PS_DEFAULT = 0.967  # Jean et al. 2006, astro-ph/0509298


class ConfigError(ValueError):
    """Something a user wrote is wrong; the message is one line that names the place, the value and what is allowed."""


def _not_boolean(value: object) -> object:
    if isinstance(value, bool):  # Python would count it as 0 or 1
        raise ValueError("a number is wanted")
    return value


Number = Annotated[float, BeforeValidator(_not_boolean), Field(allow_inf_nan=False)]
_STRICT = ConfigDict(extra="forbid", frozen=True)


class Fixed(BaseModel):
    """A constant in physical units."""

    model_config = _STRICT
    fixed: Number


class UniformPrior(BaseModel):
    """Uniform on [min, max]."""

    model_config = _STRICT
    prior: Literal["uniform"]
    min: Number
    max: Number

    def build(self) -> Prior:
        """The prior itself; ValueError if the numbers make none."""
        return priors.uniform(self.min, self.max)


class LogUniformPrior(BaseModel):
    """Uniform in log10 on [min, max]."""

    model_config = _STRICT
    prior: Literal["log_uniform"]
    min: Number
    max: Number

    def build(self) -> Prior:
        """The prior itself; ValueError if the numbers make none."""
        return priors.log_uniform(self.min, self.max)


class NormalPrior(BaseModel):
    """Normal, cut to [min, max] and renormalised there."""

    model_config = _STRICT
    prior: Literal["normal"]
    mean: Number
    sigma: Number
    min: Number = Field(default=float("-inf"), allow_inf_nan=True)
    max: Number = Field(default=float("inf"), allow_inf_nan=True)

    def build(self) -> Prior:
        """The prior itself; ValueError if the numbers make none."""
        return priors.normal(self.mean, self.sigma, self.min, self.max)


class LogNormalPrior(BaseModel):
    """Normal in log10, cut to [min, max] and renormalised there."""

    model_config = _STRICT
    prior: Literal["log_normal"]
    median: Number
    sigma_dex: Number
    min: Number = 0.0
    max: Number = Field(default=float("inf"), allow_inf_nan=True)

    def build(self) -> Prior:
        """The prior itself; ValueError if the numbers make none."""
        return priors.log_normal(self.median, self.sigma_dex, self.min, self.max)


def _kind(entry: object) -> str | None:
    if isinstance(entry, Mapping):
        return "fixed" if "fixed" in entry else str(entry.get("prior"))
    return None


ParameterEntry = Annotated[
    Annotated[Fixed, Tag("fixed")]
    | Annotated[UniformPrior, Tag("uniform")]
    | Annotated[LogUniformPrior, Tag("log_uniform")]
    | Annotated[NormalPrior, Tag("normal")]
    | Annotated[LogNormalPrior, Tag("log_normal")],
    Discriminator(_kind),
]


class ReportOptions(BaseModel):
    """What the report draws: prior draws, posterior draws after thinning, and what takes minutes more."""

    model_config = _STRICT
    prior_draws: Annotated[int, BeforeValidator(_not_boolean), Field(ge=1)] = 20000
    posterior_draws: Annotated[int, BeforeValidator(_not_boolean), Field(ge=100)] = 40000
    profile: bool = False
    cross_check: bool = False


class RunFile(BaseModel):
    """The file as written. Options of models, likelihoods, galaxy and sampler are the fields of their dataclasses."""

    model_config = _STRICT
    description: str = ""
    model: dict[str, Any]
    parameters: dict[str, ParameterEntry]
    galaxy: dict[str, Any] = {}
    likelihoods: dict[str, dict[str, Any] | None]
    sampler: dict[str, Any] = {}
    report: ReportOptions = ReportOptions()


@dataclasses.dataclass(frozen=True)
class Config:
    """A validated run.

    Attributes
    ----------
    run : str
        Name, the stem of the file.
    text : str
        Canonical YAML of the file after ``--set``.
    description : str
        The user's words.
    model, galaxy, likelihoods, sampler, report
        Built objects.
    parameters : tuple of Parameter
        Everything a point consists of: model, galaxy and likelihood parameters.
    priors : dict
        The sampled parameters in order.
    fixed : dict
        The others.
    """

    run: str
    text: str
    description: str
    model: Model
    galaxy: Galaxy
    likelihoods: dict[str, Likelihood]
    sampler: SamplerSettings
    report: ReportOptions
    parameters: tuple[Parameter, ...]
    priors: dict[str, Prior]
    fixed: dict[str, float]


def available(package: ModuleType) -> list[str]:
    """Names of the models or likelihoods in a package: its files without a leading underscore."""
    return sorted(m.name for m in pkgutil.iter_modules(package.__path__) if not (m.ispkg or m.name.startswith("_")))


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
    raw = _apply(_read(path), overrides)
    try:
        run_file = RunFile.model_validate(raw)
    except ValidationError as error:
        raise ConfigError(f"{path}: {_first(error, RunFile)}") from None
    try:
        return _build(path.stem, raw, run_file, columns)
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from None


def json_schema() -> dict[str, Any]:
    """JSON schema of a run file for editors, with the options of every model, likelihood, galaxy and sampler."""
    schema = RunFile.model_json_schema()
    properties = schema["properties"]
    models = []
    for name in available(model_package):
        options = _options_schema(importlib.import_module(f"model.{name}").Model)
        options["properties"] = {"name": {"const": name}, **options["properties"]}
        models.append({**options, "required": ["name"]})
    properties["model"] = {"oneOf": models}
    properties["likelihoods"] = {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            name: {"oneOf": [{"type": "null"}, _options_schema(_load_named(likelihoods_package, "", name).Likelihood)]}
            for name in available(likelihoods_package)
        },
    }
    properties["galaxy"] = _options_schema(Galaxy)
    properties["sampler"] = _options_schema(SamplerSettings)
    return schema


def _options_schema(kind: type) -> dict[str, Any]:
    return {**TypeAdapter(kind).json_schema(), "additionalProperties": False}


def _read(path: Path) -> dict[str, Any]:
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(
            f"{path}: cannot be read ({error.strerror}); a run is a YAML file such as config/*.yaml"
        ) from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not valid YAML: {' '.join(str(error).split())}") from None
    if not isinstance(raw, dict):
        raise ConfigError(f"{path}: holds {type(raw).__name__}; allowed: a mapping with the keys {_names(RunFile)}")
    return raw


def _apply(raw: dict[str, Any], overrides: tuple[str, ...]) -> dict[str, Any]:
    for override in overrides:
        key_path, separator, text = override.partition("=")
        if not separator or not all(key_path.split(".")):
            raise ConfigError(f"--set {override}: allowed: key.path=value")
        *parents, last = key_path.split(".")
        node = raw
        for key in parents:
            if node.get(key) is None:
                node[key] = {}
            node = node[key]
            if not isinstance(node, dict):
                raise ConfigError(f"--set {override}: {key} holds {node!r}, not a mapping")
        try:
            value = yaml.safe_load(text)
        except yaml.YAMLError:
            raise ConfigError(f"--set {override}: {text!r} is not a YAML value") from None
        node[last] = value
        # A parameter is either fixed or has a prior: the later word replaces the earlier.
        if parents[:1] == ["parameters"] and last == "fixed":
            raw["parameters"][parents[1]] = {"fixed": value}
    return raw


def _build(run: str, raw: dict[str, Any], run_file: RunFile, columns: frozenset[str]) -> Config:
    options = dict(run_file.model)
    chosen_model: Model = _options(
        _load_named(model_package, "model.name", options.pop("name", None)).Model, options, "model"
    )
    adapt = getattr(chosen_model, "for_columns", None)
    unused: set[str] = set()
    if adapt is not None:
        as_written: Model = adapt(set(run_file.parameters))
        chosen_model = adapt(columns | set(run_file.parameters))
        # Parameters of the file that its model has and the one that a points file asks for does not.
        unused = {p.name for p in as_written.parameters} - {p.name for p in chosen_model.parameters}
    galaxy: Galaxy = _options(Galaxy, run_file.galaxy, "galaxy")
    chosen: dict[str, Likelihood] = {}
    for name, given in run_file.likelihoods.items():
        module = _load_named(likelihoods_package, f"likelihoods.{name}", name)
        chosen[name] = _options(module.Likelihood, given or {}, f"likelihoods.{name}")
        predicts = getattr(chosen_model, "prediction", Prediction)
        lacking = [need for need in chosen[name].needs if not hasattr(predicts, need)]
        if lacking:
            raise ConfigError(
                f"likelihoods.{name}: reads {lacking[0]}, which model {run_file.model['name']} does not predict; "
                "allowed: leave it out"
            )
    sampler: SamplerSettings = _options(SamplerSettings, run_file.sampler, "sampler")

    declared = [*chosen_model.parameters, *galaxy_physics.PARAMETERS, *line_511kev.PARAMETERS]
    for likelihood in chosen.values():
        declared += [p for p in likelihood.parameters if p not in declared]
    names = [p.name for p in declared]
    for name in run_file.parameters:
        if name not in names and name not in unused:
            raise ConfigError(f"parameters.{name}: unknown parameter; allowed: {', '.join(names)}")
    defaults = {
        **galaxy_physics.DEFAULTS[galaxy.profile],
        line_511kev.PARAMETERS[0].name: F_PS_DEFAULT,
        in_flight_annihilation.PARAMETERS[0].name: in_flight_annihilation.X_ION_DEFAULT,
    }
    sampled: dict[str, Prior] = {}
    fixed: dict[str, float] = {}
    for name in names:
        entry = run_file.parameters.get(name)
        if isinstance(entry, Fixed):
            fixed[name] = entry.fixed
        elif entry is not None:
            try:
                sampled[name] = entry.build()
            except ValueError as error:
                raise ConfigError(f"parameters.{name}: {error}") from None
        elif name in defaults:
            fixed[name] = defaults[name]
        elif name not in columns:
            raise ConfigError(f"parameters.{name}: missing; allowed: a prior ({', '.join(PRIOR_KINDS)}) or fixed")
    text = yaml.safe_dump(raw, sort_keys=False, allow_unicode=True)
    return Config(
        run,
        text,
        run_file.description,
        chosen_model,
        galaxy,
        chosen,
        sampler,
        run_file.report,
        tuple(declared),
        sampled,
        fixed,
    )


# Keys of before, and what they are called now.
RENAMED = {"likelihoods.kinetic_mixing.threshold": "likelihoods.kinetic_mixing.reading"}
PRIOR_KINDS = ("uniform", "log_uniform", "normal", "log_normal")


def _load_named(package: ModuleType, where: str, name: object) -> ModuleType:
    names = available(package)
    if name not in names:
        problem = "missing" if name is None else f"{name!r} is unknown"
        raise ConfigError(f"{where}: {problem}; allowed: {', '.join(names)}")
    return importlib.import_module(f"{package.__name__}.{name}")


def _options(kind: type[Any], given: Mapping[str, Any], where: str) -> Any:
    """Build a dataclass from the options of a config section."""
    allowed = [f.name for f in dataclasses.fields(kind) if f.init]
    for key in given:
        if f"{where}.{key}" in RENAMED:
            raise ConfigError(f"{where}.{key}: is called {RENAMED[f'{where}.{key}']} now")
        if key not in allowed:
            raise ConfigError(f"{where}.{key}: unknown key; allowed: {', '.join(allowed) or 'none'}")
    for field in dataclasses.fields(kind):
        if field.name in given and field.type in (float, int) and isinstance(given[field.name], bool):
            raise ConfigError(f"{where}.{field.name}: {given[field.name]!r}; allowed: a number")
    try:
        built: Any = TypeAdapter(kind).validate_python(dict(given))
    except ValidationError as error:
        raise ConfigError(_first(error, kind, where)) from None
    for field in dataclasses.fields(kind):
        value = getattr(built, field.name)
        if isinstance(value, float) and not math.isfinite(value):
            raise ConfigError(f"{where}.{field.name}: {value}; allowed: a finite number")
    return built


def _names(kind: type[Any]) -> str:
    if issubclass(kind, BaseModel):
        return ", ".join(kind.model_fields)
    return ", ".join(f.name for f in dataclasses.fields(kind))


def _first(error: ValidationError, kind: type, where: str = "") -> str:
    """The first error of pydantic's list as one line."""
    details = error.errors()
    first = details[0]
    tags = {"fixed", *PRIOR_KINDS}
    keys = [str(part) for i, part in enumerate(first["loc"]) if not (part in tags and i == 2)]
    place = ".".join([where, *keys] if where else keys)
    value = first["input"]
    match first["type"]:
        case "extra_forbidden":
            owner: dict[str, type] = {"report": ReportOptions}
            holder = ENTRIES.get(str(first["loc"][2])) if len(first["loc"]) > 2 else owner.get(keys[0], kind)
            message = f"unknown key; allowed: {_names(holder or kind)}"
        case "missing":
            message = "missing"
        case "literal_error":
            message = f"{value!r}; allowed: {first['ctx']['expected']}"
        case "union_tag_invalid" | "union_tag_not_found":
            message = f"{value!r}; allowed: fixed: VALUE, or prior: {' | '.join(PRIOR_KINDS)}"
        case "value_error":
            reason = str(first["ctx"]["error"])
            message = f"{value!r}: {reason}" if keys else reason
        case _:
            message = f"{value!r}; {first['msg'][0].lower()}{first['msg'][1:]}"
    more = f" (and {len(details) - 1} more)" if len(details) > 1 else ""
    line = f"{place}: {message}{more}" if place else f"{message}{more}"
    return " ".join(line.split())


ENTRIES: dict[str, type] = {
    "fixed": Fixed,
    "uniform": UniformPrior,
    "log_uniform": LogUniformPrior,
    "normal": NormalPrior,
    "log_normal": LogNormalPrior,
}
