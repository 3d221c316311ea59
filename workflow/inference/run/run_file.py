"""The file of a run: strict reading of YAML, overrides, and the form of every section."""

import hashlib
import re
from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag, ValidationError

from workflow.inference.posterior import priors
from workflow.inference.posterior.priors import Prior
from workflow.inference.run.errors import ConfigError


def not_boolean(value: object) -> object:
    """The value itself, unless it is a boolean.

    Raises
    ------
    ValueError
        If it is.
    """
    if isinstance(value, bool):  # Python would count it as 0 or 1
        raise ValueError("a number is wanted")
    return value


Number = Annotated[float, BeforeValidator(not_boolean), Field(allow_inf_nan=False)]
_LONGEST_NAME = 60  # of the overrides in the name of a run [characters]
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
    """Normal, truncated to [min, max] and renormalised."""

    model_config = _STRICT
    prior: Literal["normal"]
    mean: Number
    sigma: Number
    min: Number | None = None
    max: Number | None = None

    def build(self) -> Prior:
        """The prior itself; ValueError if the numbers make none."""
        return priors.normal(self.mean, self.sigma, **_ends(self.min, self.max))


class LogNormalPrior(BaseModel):
    """Normal in log10, truncated to [min, max] and renormalised."""

    model_config = _STRICT
    prior: Literal["log_normal"]
    median: Number
    sigma_dex: Number
    min: Number | None = None
    max: Number | None = None

    def build(self) -> Prior:
        """The prior itself; ValueError if the numbers make none."""
        return priors.log_normal(self.median, self.sigma_dex, **_ends(self.min, self.max))


def _ends(low: float | None, high: float | None) -> dict[str, float]:
    """The stated ends."""
    return {key: end for key, end in (("minimum", low), ("maximum", high)) if end is not None}


ENTRIES: dict[str, type[BaseModel]] = {
    "fixed": Fixed,
    "uniform": UniformPrior,
    "log_uniform": LogUniformPrior,
    "normal": NormalPrior,
    "log_normal": LogNormalPrior,
}
PRIOR_KINDS = tuple(kind for kind in ENTRIES if kind != "fixed")


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


def _several(value: object) -> object:
    return [value] if isinstance(value, str) else value


Names = Annotated[tuple[str, ...], BeforeValidator(_several)]
Fraction = Annotated[float, BeforeValidator(not_boolean), Field(gt=0.0, lt=1.0)]


class CornerOptions(BaseModel):
    """A corner plot: columns of the posterior, regions, ends of axes, other runs, and CSV files to draw on top."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_by_name=True, validate_by_alias=True)
    columns: Annotated[tuple[str, ...], Field(min_length=1, max_length=12)]
    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+$")] | None = None
    probabilities: Annotated[tuple[Fraction, ...], Field(min_length=1, max_length=3)] = (0.68, 0.95)
    ranges: dict[str, tuple[Number, Number]] = {}
    width: Literal["column", "page"] | None = None
    others: Annotated[Names, Field(alias="with", max_length=3)] = ()
    points: Names = ()
    curves: Names = ()


class FigureOptions(BaseModel):
    """A figure that the report shows besides its own."""

    model_config = _STRICT
    corner: CornerOptions


class ReportOptions(BaseModel):
    """Options of the report: draws of prior and posterior, parts that take minutes, and further figures."""

    model_config = _STRICT
    prior_draws: Annotated[int, BeforeValidator(not_boolean), Field(ge=1)] = 20000
    posterior_draws: Annotated[int, BeforeValidator(not_boolean), Field(ge=100)] = 40000
    profile: bool = False
    cross_check: bool = False
    figures: tuple[FigureOptions, ...] = ()


class RunFile(BaseModel):
    """Content of the file. Options of models, likelihoods and other sections are the fields of their dataclasses."""

    model_config = _STRICT
    description: str = ""
    model: dict[str, Any]
    parameters: dict[str, ParameterEntry]
    cosmology: dict[str, Any] = {}
    galaxy: dict[str, Any] = {}
    line: dict[str, Any] = {}
    likelihoods: dict[str, dict[str, Any] | None]
    sampler: dict[str, Any] = {}
    report: ReportOptions = ReportOptions()
    scan: dict[str, Any] = {}


MOVED = {
    "likelihoods.kinetic_mixing.threshold": "likelihoods.kinetic_mixing.reading",
    "likelihoods.relic_abundance.role": "cosmology.role",
    "likelihoods.relic_abundance.thermal_bath": "cosmology.thermal_bath",
    "likelihoods.relic_abundance.u_pair_annihilation": "cosmology.u_pair_annihilation",
}
"""Keys of an earlier version, and what they are called now."""


class _Loader(yaml.SafeLoader):
    """YAML in which no key is written twice."""


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[Hashable, Any]:
    lines: dict[object, int] = {}
    for key_node, _ in node.value:
        key = loader.construct_object(key_node)
        line = key_node.start_mark.line + 1
        if isinstance(key, Hashable) and key in lines:
            first = f"line {lines[key]} and line {line}" if line != lines[key] else f"line {line}"
            raise ConfigError(f"{first}: the key {key!r} is written twice; allowed: once")
        if isinstance(key, Hashable):
            lines[key] = line
    loader.flatten_mapping(node)
    return loader.construct_mapping(node, deep=True)


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def parse(text: str) -> object:
    """The value of a YAML text.

    Raises
    ------
    ConfigError
        If a key is written twice.
    yaml.YAMLError
        If it is not YAML.
    """
    return yaml.load(text, Loader=_Loader)


def read(path: Path) -> dict[str, Any]:
    """The mapping that a YAML file holds.

    Raises
    ------
    ConfigError
        If it cannot be read, is not YAML, writes a key twice or holds something else.
    """
    try:
        raw = parse(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(
            f"{path}: cannot be read ({error.strerror}); a run is a YAML file such as config/*.yaml"
        ) from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not valid YAML: {' '.join(str(error).split())}") from None
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from None
    if not isinstance(raw, dict):
        allowed = ", ".join(RunFile.model_fields)
        raise ConfigError(f"{path}: holds {type(raw).__name__}; allowed: a mapping with the keys {allowed}")
    return raw


def overridden(raw: dict[str, Any], overrides: tuple[str, ...]) -> dict[str, Any]:
    """A run file after ``--set``: entries ``key.path=value``, the value in YAML, applied in order.

    Raises
    ------
    ConfigError
        If an entry does not have this form, or its path leads below a value.
    """
    for override in overrides:
        key_path, separator, text = override.partition("=")
        if not separator or not all(key_path.split(".")):
            raise ConfigError(f"--set {override}: allowed: key.path=value")
        node = raw
        *parents, last = _keys(raw, key_path)
        for key in parents:
            if node.get(key) is None:
                node[key] = {}
            node = node[key]
            if not isinstance(node, dict):
                raise ConfigError(f"--set {override}: {key} holds {node!r}, not a mapping")
        try:
            value = parse(text)
        except yaml.YAMLError:
            raise ConfigError(f"--set {override}: {text!r} is not a YAML value") from None
        except ConfigError as error:
            raise ConfigError(f"--set {override}: {error}") from None
        node[last] = value
        # A parameter is either fixed or has a prior: the later entry replaces the earlier.
        if parents[:1] == ["parameters"] and last == "fixed":
            raw["parameters"][parents[1]] = {"fixed": value}
    return raw


def name_of(run: str, overrides: tuple[str, ...]) -> str:
    """The name of a run with overrides, so that its results do not replace those of the run without.

    ``smoke`` with ``sampler.seed=2`` is ``smoke-sampler_seed_2``. Of long overrides the name has a digest.
    """
    if not overrides:
        return run
    words = "-".join(re.sub(r"[^A-Za-z0-9]+", "_", override).strip("_") for override in overrides)
    if len(words) > _LONGEST_NAME:
        words = hashlib.sha256("\n".join(overrides).encode()).hexdigest()[:12]
    return f"{run}-{words}"


def _keys(raw: dict[str, Any], key_path: str) -> list[str]:
    """The keys of a path; a key of the file that has points in it, such as an import path, is one key."""
    parts, keys, node = key_path.split("."), [], raw
    while parts:
        here = node if isinstance(node, dict) else {}
        size = next((k for k in range(len(parts), 0, -1) if ".".join(parts[:k]) in here), 1)
        keys.append(".".join(parts[:size]))
        node, parts = here.get(keys[-1], {}), parts[size:]
    return keys


def validated(raw: dict[str, Any]) -> RunFile:
    """The file after a check of the form of every section.

    Raises
    ------
    ConfigError
        If a key is unknown, missing, moved or of the wrong type.
    """
    for old, new in MOVED.items():
        section, name, option = old.split(".")
        holder = raw.get(section)
        options = holder.get(name) if isinstance(holder, dict) else None
        if isinstance(options, dict) and option in options:
            raise ConfigError(f"{old}: is called {new} now")
    try:
        return RunFile.model_validate(raw)
    except ValidationError as error:
        raise ConfigError(first_error(error, RunFile)) from None


def first_error(error: ValidationError, kind: type, where: str = "") -> str:
    """The first error of pydantic's list as one line.

    Parameters
    ----------
    error : ValidationError
        The error of pydantic.
    kind : type
        The class that was validated.
    where : str
        Key of the section, empty for the whole file.
    """
    details = error.errors()
    first = details[0]
    tags = set(ENTRIES)
    keys = [str(part) for i, part in enumerate(first["loc"]) if not (part in tags and i == 2)]
    value = first["input"]
    match first["type"]:
        case "extra_forbidden":
            message = f"unknown key; allowed: {fields_of(_holder(first['loc'], kind))}"
        case "missing":
            message = "missing"
        case "literal_error":
            message = f"{value!r}; allowed: {first['ctx']['expected']}"
        case "union_tag_invalid" | "union_tag_not_found":
            message = f"{value!r}; allowed: fixed: VALUE, or prior: {' | '.join(PRIOR_KINDS)}"
        case "value_error":
            message = str(first["ctx"]["error"])
            # An error of an option is "option is value; allowed: ..." or "option: value; allowed: ...".
            option = re.match(r"(\w+)(?: is |: )", message)
            if keys:
                message = f"{value!r}: {message}"
            elif option and option[1] in fields_of(kind).split(", "):
                keys, message = [option[1]], message[option.end() :]
        case _:
            message = f"{value!r}; {first['msg'][0].lower()}{first['msg'][1:]}"
    place = ".".join([where, *keys] if where else keys)
    more = f" (and {len(details) - 1} more)" if len(details) > 1 else ""
    line = f"{place}: {message}{more}" if place else f"{message}{more}"
    return " ".join(line.split())


def _holder(place: tuple[int | str, ...], kind: type) -> type:
    """The section that an unknown key stands in."""
    if place[0] == "report" and len(place) > 1:
        return {2: ReportOptions, 4: FigureOptions}.get(len(place), CornerOptions)
    return ENTRIES.get(str(place[2]), kind) if len(place) > 2 else kind


def fields_of(kind: type[Any]) -> str:
    """Names of the fields of a section as a file writes them, for messages."""
    if issubclass(kind, BaseModel):
        return ", ".join(field.alias or name for name, field in kind.model_fields.items())
    return ", ".join(kind.__dataclass_fields__)
