"""The file of a run: overrides, and the form of every section."""

import copy
import hashlib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    ValidationError,
    ValidationInfo,
)

from workflow.inference.posterior import priors
from workflow.inference.posterior.priors import Prior
from workflow.inference.run.errors import ConfigError, Faults, allowed, not_text, place_of
from workflow.inference.writing import strict_yaml


def a_number(value: object) -> object:
    """The value itself, unless it is a boolean or text.

    Raises
    ------
    ValueError
        If it is.
    """
    if isinstance(value, bool | str):  # Python would count true as 1, and pydantic reads numbers out of text
        raise ValueError("allowed: a number")
    return value


Number = Annotated[float, BeforeValidator(a_number), Field(allow_inf_nan=False)]
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
Fraction = Annotated[float, BeforeValidator(a_number), Field(gt=0.0, lt=1.0)]


def _once(values: tuple[object, ...]) -> tuple[object, ...]:
    twice = next((value for value in values if values.count(value) > 1), None)
    if twice is not None:
        raise ValueError(f"{twice} is written twice; allowed: once")
    return values


def _upwards(ends: tuple[float, float]) -> tuple[float, float]:
    if not ends[0] < ends[1]:
        raise ValueError("the ends of an axis; allowed: the lower one first")
    return ends


def _drawn(ranges: dict[str, tuple[float, float]], corner: ValidationInfo) -> dict[str, tuple[float, float]]:
    columns = corner.data.get("columns", ranges)
    other = next((name for name in ranges if name not in columns), None)
    if other is not None:
        raise ValueError(f"{other} is not drawn; allowed: {', '.join(columns)}")
    return ranges


class CornerOptions(BaseModel):
    """A corner plot: columns of the posterior, regions, ends of axes, other runs, and CSV files to draw on top."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_by_name=True, validate_by_alias=True)
    columns: Annotated[tuple[str, ...], Field(min_length=1, max_length=12), AfterValidator(_once)]
    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+$")] | None = None
    probabilities: Annotated[tuple[Fraction, ...], Field(min_length=1, max_length=3), AfterValidator(_once)] = (
        0.68,
        0.95,
    )
    ranges: Annotated[
        dict[str, Annotated[tuple[Number, Number], AfterValidator(_upwards)]], AfterValidator(_drawn)
    ] = {}
    width: Literal["column", "page"] | None = None
    others: Annotated[Names, Field(alias="with", max_length=3)] = ()
    points: Names = ()
    curves: Names = ()


class FigureOptions(BaseModel):
    """A figure that the report shows besides its own."""

    model_config = _STRICT
    corner: CornerOptions


def figure_names(figures: Sequence[FigureOptions]) -> list[str]:
    """Names of the files of figures: those that the config gives, or ``corner_`` and the number of the figure."""
    return [figure.corner.name or f"corner_{number}" for number, figure in enumerate(figures, start=1)]


def _named_once(figures: tuple[FigureOptions, ...]) -> tuple[FigureOptions, ...]:
    names = figure_names(figures)
    small = [name.lower() for name in names]  # some file systems do not tell cases apart
    twice = next((name for name in names if small.count(name.lower()) > 1), None)
    if twice is not None:
        raise ValueError(f"two figures have the name {twice}; allowed: a name of its own for each")
    return figures


MOST_DRAWS = 10_000_000  # with all their columns they fill some 10 GB of memory


class ReportOptions(BaseModel):
    """Options of the report: draws of prior and posterior, parts that take minutes, and further figures."""

    model_config = _STRICT
    prior_draws: Annotated[int, BeforeValidator(a_number), Field(ge=1, le=MOST_DRAWS)] = 20000
    posterior_draws: Annotated[int, BeforeValidator(a_number), Field(ge=100, le=MOST_DRAWS)] = 40000
    profile: Annotated[bool, Field(strict=True)] = False
    cross_check: Annotated[bool, Field(strict=True)] = False
    figures: Annotated[tuple[FigureOptions, ...], AfterValidator(_named_once)] = ()


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


def parse(text: str) -> object:
    """The value of a YAML text.

    Raises
    ------
    ConfigError
        If it is not YAML, writes a key twice, merges, or has a tag.
    """
    try:
        return strict_yaml.parse(text)
    except strict_yaml.NotYaml as error:
        raise ConfigError(str(error)) from None


RESERVED = (
    *("atlas", "benchmarks", "default", "figures", "gallery", "hypotheses", "logs", "planes", "tables", "validation"),
    "verdict",
)
"""Folders of results/ that are not those of a run."""


def check_name(run: str) -> None:
    """Refuse a run whose results would be mixed with those of another step.

    Raises
    ------
    ConfigError
        If the name is reserved, or no name of a folder that every file system and Snakemake know.
    """
    if run.lower() in RESERVED:
        raise ConfigError(f"the name {run!r} of the run is that of another folder of results; allowed: another name")
    if not (run.isascii() and run.replace("_", "").replace("-", "").isalnum()):
        raise ConfigError(f"the name {run!r} of the run; allowed: letters a-z and A-Z, digits, _ and -")


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
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not valid YAML: {' '.join(str(error).split())}") from None
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from None
    if not isinstance(raw, dict):
        keys = ", ".join(RunFile.model_fields)
        held = {type(None): "nothing", list: "a list"}.get(type(raw), "a single value")
        raise ConfigError(f"{path}: holds {held}; allowed: a mapping with the keys {keys}")
    return raw


def overridden(raw: dict[str, Any], overrides: tuple[str, ...]) -> dict[str, Any]:
    """A run file after ``--set``: entries ``key.path=value``, the value in YAML, applied in order.

    Raises
    ------
    ConfigError
        If entries do not have this form, a path leads below a value, or one replaces what another has set.
    """
    faults, done = Faults(), dict[tuple[str, ...], str]()
    for override in overrides:
        with faults.collected():
            _override(raw, override, done)
    faults.refuse()
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


def _override(raw: dict[str, Any], override: str, done: dict[tuple[str, ...], str]) -> None:
    """Apply one entry, and add it to those that are done, by their paths."""
    key_path, separator, text = override.partition("=")
    if not separator or not all(key_path.split(".")):
        raise ConfigError(f"--set {override}: allowed: key.path=value")
    try:
        value = parse(text)
    except ConfigError as error:
        raise ConfigError(f"--set {override}: {text!r} is not a YAML value: {error}") from None
    *parents, last = _keys(raw, key_path)
    # A parameter is either fixed or has a prior: such an entry replaces the other.
    fixes = len(parents) == 2 and parents[0] == "parameters" and last == "fixed"
    replaced = tuple(parents) if fixes else (*parents, last)
    for path, earlier in done.items():
        if path[: len(replaced)] == replaced or (path == replaced[: len(path)] and _holds(raw, replaced)):
            raise ConfigError(f"--set {override}: replaces what --set {earlier} sets; allowed: one of the two")
    done[(*parents, last)] = override
    node = raw
    for key in parents:
        if node.get(key) is None:
            node[key] = {}
        node = node[key]
        if not isinstance(node, dict):
            raise ConfigError(f"--set {override}: {key} holds {node!r}, not a mapping")
    if fixes:
        node.clear()
    node[last] = value


def _holds(node: object, path: Sequence[str]) -> bool:
    """Whether a mapping has a value at the end of a path."""
    for key in path:
        if not isinstance(node, dict) or key not in node:
            return False
        node = node[key]
    return True


def _keys(raw: dict[str, Any], key_path: str) -> list[str]:
    """The keys of a path; a key of the file that has points in it, such as an import path, is one key."""
    parts, keys, node = key_path.split("."), [], raw
    while parts:
        here = node if isinstance(node, dict) else {}
        size = next((k for k in range(len(parts), 0, -1) if ".".join(parts[:k]) in here), 1)
        keys.append(".".join(parts[:size]))
        node, parts = here.get(keys[-1], {}), parts[size:]
    return keys


def validated(raw: Mapping[str, Any], faults: Faults) -> tuple[RunFile, frozenset[str]]:
    """The file after a check of the form of every section.

    Parameters
    ----------
    raw : mapping
        Its content.
    faults : Faults
        Takes what is wrong: keys that are unknown, missing, moved or of the wrong type.

    Returns
    -------
    RunFile
        What is right of it, with the defaults in place of the rest.
    frozenset of str
        The sections, and the parameters as ``parameters.NAME``, that are not as they were written.

    Raises
    ------
    ConfigError
        If a key is not text.
    """
    faults.lines += not_text(raw)
    faults.refuse()  # what such a key means is unknown, and so is what is wrong besides
    content = copy.deepcopy(dict(raw))
    for old, new in MOVED.items():
        section, name, option = old.split(".")
        holder = content.get(section)
        options = holder.get(name) if isinstance(holder, dict) else None
        if isinstance(options, dict) and option in options:
            faults.lines.append(f"{old}: is called {new} now")
            del options[option]
    try:
        return RunFile.model_validate(content), frozenset()
    except ValidationError as error:
        faults.lines += lines_of(error, RunFile)
        broken = {tuple(map(str, each["loc"][:2])) for each in error.errors()}
    for section, *rest in broken:
        if section == "parameters" and rest and isinstance(content.get(section), dict):
            content[section].pop(rest[0], None)
        else:
            content.pop(section, None)
    content = {key: value for key, value in content.items() if key in RunFile.model_fields}
    empty: dict[str, Any] = {"model": {}, "parameters": {}, "likelihoods": {}}
    places = (path if path[0] == "parameters" else path[:1] for path in broken)
    return RunFile.model_validate(empty | content), frozenset(".".join(place) for place in places)


def lines_of(error: ValidationError, kind: type, where: str = "") -> list[str]:
    """One line for each error of pydantic's list.

    Parameters
    ----------
    error : ValidationError
        The error of pydantic.
    kind : type
        The class that was validated.
    where : str
        Key of the section, empty for the whole file.
    """
    result: dict[str, list[str]] = {}
    for details in error.errors():
        for place, message in _messages(details, kind, where):
            messages = result.setdefault(place, [])
            # The members of a union complain one by one about the same value.
            head, separator, more = message.partition("; allowed: ")
            if details["type"] != "value_error" and separator and messages and messages[0].startswith(head + separator):
                messages[0] += f" or {more}"
            elif not messages or details["type"] == "value_error":
                messages.append(message)
    # Of a union some members complain about the whole and others about its parts, which says more.
    whole = {".".join(place.split(".")[:n]) for place in result for n in range(1, place.count(".") + 1)}
    lines = [
        f"{place}: {each}" if place else each
        for place, messages in result.items()
        if place not in whole
        for each in messages
    ]
    return [" ".join(line.split()) for line in lines]


def _messages(details: Any, kind: type, where: str) -> list[tuple[str, str]]:
    """Place and message of an error of pydantic; one that a class raised may hold several lines."""
    location = details["loc"]
    keys = place_of(tuple(part for i, part in enumerate(location) if not (part in ENTRIES and i == 2)))
    value, place = details["input"], ".".join([where, *keys] if where else keys)
    match details["type"]:
        case "extra_forbidden":
            return [(place, f"unknown key; allowed: {fields_of(_holder(details['loc'], kind))}")]
        case "missing":
            return [(place, "missing")]
        case "union_tag_invalid" | "union_tag_not_found":
            return [(place, f"{value!r}; allowed: fixed: VALUE, or prior: {' | '.join(PRIOR_KINDS)}")]
        case "value_error":
            lines = str(details["ctx"]["error"]).splitlines()
            joint = {line: "; " if line.startswith("allowed: ") else ": " for line in lines}
            return [
                (place, f"{value!r}{joint[line]}{line}") if keys else _of_option(line, kind, where) for line in lines
            ]
    return [(place, f"{value!r}; allowed: {allowed(details)}")]


def _of_option(line: str, kind: type, where: str) -> tuple[str, str]:
    """Place and message of an error of a class, "option is value; allowed: ..." or "option: value; allowed: ..."."""
    option = re.match(r"((\w+)[\w.]*)(?: is |: )", line)
    if option and option[2] in fields_of(kind).split(", "):
        return ".".join(filter(None, (where, option[1]))), line[option.end() :]
    return where, line


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
