"""Meaning of a name of a config or of a table, read from the code that defines it.

Models, likelihoods and options are described by the schema of the config and by their docstrings, columns by the table
of observables, parameters by their declarations, experiments by their entries. There is no other list here.
"""

import argparse
import contextlib
import difflib
import functools
import inspect
import pkgutil
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import likelihoods
from likelihoods.data.measurements import measurements
from likelihoods.mixing.experiments import all_experiments
from model.physics.galaxy import halo
from model.physics.positrons import in_flight_annihilation, line_511kev
from model.physics.prediction import Prediction
from model.physics.quantities import Parameter
from workflow.inference.command.derivations import derivation_of
from workflow.inference.posterior.contracts import Likelihood, Model
from workflow.inference.posterior.evaluation import log_prior
from workflow.inference.posterior.observables import COLUMNS, Flag
from workflow.inference.run.components import available, likelihood_class, model_class
from workflow.inference.run.config import json_schema
from workflow.inference.run.errors import ConfigError

_SECTION = re.compile(r"^(\w+)\n-+$", flags=re.MULTILINE)  # a heading of a docstring in the numpydoc format
_ANY = "any value"
_MOST_SIMILAR = 6  # names in the message about an unknown one
_OF_EVERY_POINT = {
    "log_posterior": "log_prior plus the log-likelihoods, without the evidence; -inf at an invalid point",
    "valid": "whether the model exists at the point and every parameter is within its range",
    "reason": "why the point is invalid; empty where it is valid",
}


@dataclass(frozen=True)
class Description:
    """The description of a name.

    Attributes
    ----------
    kind, name : str
        Such as ``column`` and ``omega_h2``.
    facts : mapping of str to str
        Unit, allowed values, default, source and the like, by their headings.
    text : str
        Meaning, one line or several.
    """

    kind: str
    name: str
    facts: Mapping[str, str]
    text: str

    def __str__(self) -> str:
        """The description as lines of text."""
        width = max((len(key) for key in self.facts), default=0)
        lines = [f"{self.name} ({self.kind})"]
        lines += [f"  {key:<{width}}  {value}" for key, value in self.facts.items() if value]
        lines += [f"  {line}".rstrip() for line in self.text.strip().splitlines()]
        return "\n".join(lines) + "\n"


def describe(options: argparse.Namespace) -> None:
    """Print the description of a name, the names of a kind, or the kinds.

    Raises
    ------
    ConfigError
        If nothing has that name.
    """
    name: str | None = options.name
    if name is None:
        sys.stdout.write("".join(f"{kind:<12}{len(list(made()))} names\n" for kind, made in KINDS.items()))
    elif name in KINDS or name.removesuffix("s") in KINDS:
        names_of_kind = KINDS[name if name in KINDS else name.removesuffix("s")]()
        sys.stdout.write("".join(f"{each.name}\n" for each in names_of_kind))
    else:
        sys.stdout.write("\n".join(str(each) for each in descriptions_of(name)))


def descriptions_of(name: str) -> list[Description]:
    """The descriptions of everything with a name, which may be of several kinds.

    Raises
    ------
    ConfigError
        If nothing has it; the message names similar spellings.
    """
    everything = [each for made in KINDS.values() for each in made()]
    term = name.partition(".")[0] if name.startswith("loglike_") else name  # one of its experiments may follow
    matches = [each for each in everything if each.name in _names_of_path(term)]
    if not matches:
        close = _similar(name.lower(), [each.name for each in everything])
        hint = f"close to it: {', '.join(close)}" if close else f"allowed: a name, or {', '.join(KINDS)}"
        raise ConfigError(f"describe {name}: nothing has this name; {hint}")
    return matches


def _similar(name: str, names: list[str]) -> list[str]:
    """Names that begin with a name, then names that are spelt like it, in lower case."""
    longer = [each for each in names if each.lower().startswith(name)]
    return list(dict.fromkeys([*longer, *difflib.get_close_matches(name, names, n=4)]))[:_MOST_SIMILAR]


def _names_of_path(term: str) -> list[str]:
    """What a name may be called here: a path of the config has the section too, and ``model.`` in place of the name."""
    section, _, rest = term.partition(".")
    if section == "model" and rest:
        return [term, *(f"{name}.{rest}" for name in _model_schemas())]
    return [term, rest] if section in ("parameters", "likelihoods") and rest else [term]


def models() -> Iterator[Description]:
    """Every model with its options and parameters."""
    for name, schema in _model_schemas().items():
        facts = {
            "options": ", ".join(key for key in schema["properties"] if key != "name"),
            "parameters": ", ".join(_parameters_of(_models_of(name, schema))),
        }
        yield Description("model", name, facts, _body(schema["description"]))


def terms() -> Iterator[Description]:
    """Every likelihood with its options, nuisance parameters and column."""
    for name, schema in _likelihood_schemas().items():
        facts = {
            "column": f"loglike_{name}",
            "options": ", ".join(schema["properties"]),
            "nuisances": ", ".join(_parameters_of(_likelihoods_of(name, schema))),
        }
        text = "\n".join([_body(schema["description"]), *_data_of(_likelihoods_of(name, schema))])
        yield Description("likelihood", name, facts, text)


def columns() -> Iterator[Description]:
    """Every column of `mevdm evaluate` that is neither a parameter nor a flag."""
    for column in COLUMNS.values():
        if isinstance(column, Flag):
            continue
        data = (key for key, datum in measurements().items() if datum.observable == column.measures)
        facts = {
            "unit": column.unit,
            "symbol": column.label,
            "equation": derivation_of(column.name),
            "measurements": ", ".join(data),
        }
        yield Description("column", column.name, facts, f"{column.meaning}\n{_physics_of(column.of)}")
    yield Description("column", "log_prior", {"unit": "1"}, _body(log_prior.__doc__))
    for name, text in _OF_EVERY_POINT.items():
        yield Description("column", name, {}, text)
    for name in _likelihood_schemas():
        yield Description("column", f"loglike_{name}", {"unit": "1"}, f"log-likelihood of the likelihood {name}")


def flags() -> Iterator[Description]:
    """Every column that is 1 where an effect would matter that a run neglects unless an option accounts for it."""
    for column in COLUMNS.values():
        if isinstance(column, Flag):
            facts = {
                "unit": column.unit,
                "symbol": column.label,
                "equation": derivation_of(column.name),
                "accounted for by": column.accounted_by,
            }
            yield Description("flag", column.name, facts, f"{column.meaning}\n{_physics_of(column.of)}")


def options() -> Iterator[Description]:
    """Every option of a section of a config as ``section.option``, of a model or of a likelihood."""
    schema = _schema()
    for owner, content in {**_sections(schema), **_model_schemas(), **_likelihood_schemas()}.items():
        yield from _options_of(owner, content)


def _options_of(owner: str, content: Mapping[str, Any]) -> Iterator[Description]:
    """The options of a schema, and those of the mappings among them."""
    meanings = _attributes(content.get("description", ""))
    for key, values in content["properties"].items():
        if "const" in values:  # the name of a model
            continue
        meaning = meanings.get(key, _body(content.get("description")))
        elsewhere = re.fullmatch(r"As in `([\w.]+)`\.", meaning.strip())
        if elsewhere:
            meaning = _attributes(pkgutil.resolve_name(elsewhere[1]).__doc__)[key]
        facts = {"allowed": _allowed(values), "default": _plain(values["default"]) if "default" in values else ""}
        yield Description("option", f"{owner}.{key}", facts, meaning)
        if "properties" in values:
            yield from _options_of(f"{owner}.{key}", values)


def parameters() -> Iterator[Description]:
    """Every parameter of a model, of the Galaxy, of the line and of a likelihood."""
    owners: dict[Parameter, list[str]] = {}
    for name, schema in _model_schemas().items():
        for parameter in _parameters_of(_models_of(name, schema)).values():
            owners.setdefault(parameter, []).append(f"model {name}")
    for parameter in halo.PARAMETERS:
        owners.setdefault(parameter, []).append("the halo, in every run")
    for parameter in line_511kev.PARAMETERS:
        owners.setdefault(parameter, []).append("the line, in every run")
    for name, schema in _likelihood_schemas().items():
        for parameter in _parameters_of(_likelihoods_of(name, schema)).values():
            owners.setdefault(parameter, []).append(f"likelihood {name}")
    for parameter in in_flight_annihilation.PARAMETERS:
        owners.setdefault(parameter, []).append("section line with in_flight_losses")
    for parameter, places in owners.items():
        facts = {
            "unit": parameter.unit,
            "symbol": parameter.label,
            "allowed": str(parameter.range),
            "default": "" if parameter.default is None else f"{parameter.default:g}",
            "of": ", ".join(places),
        }
        yield Description("parameter", parameter.name, facts, parameter.meaning)


def experiments() -> Iterator[Description]:
    """Every experiment of the kinetic mixing."""
    for name, experiment in all_experiments().items():
        record = experiment.record
        facts = {
            "technique": record.group,
            "year": str(record.year),
            "confidence": "" if record.confidence is None else f"{record.confidence:g}",
            "source": record.source,
            "tag": record.tag,
            "switched by": f"kinetic_mixing.{record.option or 'include'}",
        }
        yield Description("experiment", name, facts, record.note)


KINDS: Mapping[str, Callable[[], Iterator[Description]]] = {
    "model": models,
    "likelihood": terms,
    "column": columns,
    "flag": flags,
    "option": options,
    "parameter": parameters,
    "experiment": experiments,
}


@functools.cache  # all kinds of names are read from it
def _schema() -> dict[str, Any]:
    return json_schema()


def _model_schemas() -> dict[str, dict[str, Any]]:
    schemas = _schema()["properties"]["model"]["oneOf"]
    names = (schema["properties"]["name"].get("const") for schema in schemas)  # none for those of an import path
    return {name: schema for name, schema in zip(names, schemas, strict=True) if name is not None}


def _likelihood_schemas() -> dict[str, dict[str, Any]]:
    schemas = _schema()["properties"]["likelihoods"]["properties"]
    return {name: schemas[name]["oneOf"][-1] for name in available(likelihoods)}


def _sections(schema: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Schemas of the sections of a config that hold options, by name."""
    resolved = {
        name: schema["$defs"][content["$ref"].rpartition("/")[2]] if "$ref" in content else content
        for name, content in schema["properties"].items()
    }
    return {name: content for name, content in resolved.items() if "properties" in content and name != "likelihoods"}


def _built(kind: Callable[..., Any], schema: Mapping[str, Any]) -> Iterator[Any]:
    """A model or a likelihood with its defaults, and with each value of an option that has several."""
    choices: list[dict[str, Any]] = [{}]
    for key, values in schema["properties"].items():
        choices += [{key: value} for value in values.get("enum", ())]
    for choice in choices:
        with contextlib.suppress(ValueError):  # a value that requires another option
            yield kind(**choice)


def _models_of(name: str, schema: Mapping[str, Any]) -> Iterator[Model]:
    return _built(model_class(name), schema)


def _likelihoods_of(name: str, schema: Mapping[str, Any]) -> Iterator[Likelihood]:
    return _built(likelihood_class(name), schema)


def _parameters_of(built: Iterable[Model | Likelihood]) -> dict[str, Parameter]:
    return {parameter.name: parameter for each in built for parameter in each.parameters}


def _data_of(built: Iterable[Likelihood]) -> list[str]:
    """Each datum of a likelihood with its error, source and tag."""
    data = dict.fromkeys(datum for each in built for datum in each.data)
    return [f"{d.observable} = {d.value:g} +- {d.sigma:g} {d.unit}: {d.source} [{d.tag}]" for d in data]


def _physics_of(values: Callable[..., Any]) -> str:
    """Docstring of the property of a prediction that a column is; none where the column is made from it."""
    names = values.__code__.co_names
    return _body(inspect.getdoc(getattr(Prediction, names[0], None))) if len(names) == 1 else ""


def _body(docstring: str | None) -> str:
    """The docstring up to its first section."""
    return _SECTION.split(inspect.cleandoc(docstring or ""))[0].strip()


def _attributes(docstring: str) -> dict[str, str]:
    """Meanings of the attributes, or of the parameters, of a docstring by name."""
    parts = _SECTION.split(inspect.cleandoc(docstring))
    titled = dict(zip(parts[1::2], parts[2::2], strict=True))
    meanings: dict[str, str] = {}
    names: list[str] = []
    for line in titled.get("Attributes", titled.get("Parameters", "")).strip().splitlines():
        if line and not line.startswith(" "):
            names = [name.strip() for name in line.partition(" :")[0].split(",")]
        else:
            meanings |= {name: f"{meanings.get(name, '')}{line.strip()}\n" for name in names}
    return meanings


def _allowed(values: Mapping[str, Any]) -> str:
    """The values that a schema allows, as a phrase."""
    if "enum" in values:
        return " | ".join(map(_plain, values["enum"]))
    if "const" in values:
        return _plain(values["const"])
    if "anyOf" in values:
        return " or ".join(map(_allowed, values["anyOf"]))
    if values.get("type") == "array":
        return f"a list of {_allowed(values.get('items', {})).removeprefix('a ')}s"
    if "$ref" in values or values.get("type") == "object":
        return "a mapping"
    return {"boolean": "true | false"}.get(str(values.get("type")), str(values.get("type", _ANY)))


def _plain(value: object) -> str:
    """A value in the notation of YAML."""
    if isinstance(value, bool):
        return str(value).lower()
    return f"[{', '.join(map(_plain, value))}]" if isinstance(value, list | tuple) else str(value)
