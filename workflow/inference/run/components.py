"""Models, likelihoods and other sections of a run, located by name or import path and built from their options."""

import dataclasses
import importlib
import math
import pkgutil
from collections.abc import Mapping
from types import ModuleType
from typing import Any, get_type_hints

from pydantic import TypeAdapter, ValidationError
from pydantic.errors import PydanticSchemaGenerationError

import likelihoods as likelihoods_package
import model as model_package
from model.physics.line_prediction import LinePrediction
from model.physics.prediction import Prediction
from workflow.inference.posterior import contracts
from workflow.inference.posterior.contracts import Likelihood, Model
from workflow.inference.posterior.observables import measured_by
from workflow.inference.run.errors import ConfigError, Faults
from workflow.inference.run.run_file import lines_of


def available(package: ModuleType) -> list[str]:
    """Names of the models or likelihoods in a package: its files without a leading underscore."""
    return sorted(m.name for m in pkgutil.iter_modules(package.__path__) if not (m.ispkg or m.name.startswith("_")))


def model_class(name: object) -> type[Any]:
    """``class Model`` of a file in ``model/`` or of a module with an import path.

    Raises
    ------
    ConfigError
        If there is none, or it lacks a member of the contract.
    """
    return _class_of(model_package, "model.name", name, "Model", contracts.Model)


def likelihood_class(name: str) -> type[Any]:
    """``class Likelihood`` of a file in ``likelihoods/`` or of a module with an import path.

    Raises
    ------
    ConfigError
        If there is none, or it lacks a member of the contract.
    """
    return _class_of(likelihoods_package, f"likelihoods.{name}", name, "Likelihood", contracts.Likelihood)


def build_model(section: Mapping[str, Any]) -> Model:
    """The model of the section ``model``.

    Raises
    ------
    ConfigError
        If the name or an option is wrong.
    """
    options = dict(section)
    kind = model_class(options.pop("name", None))
    built: Model = build_options(kind, options, "model")
    return built


def build_likelihoods(
    section: Mapping[str, Mapping[str, Any] | None], model_name: object, model: Model | None
) -> dict[str, Likelihood]:
    """The likelihoods of the section ``likelihoods``. The prediction of the model must have all that they read.

    ``model`` is None if it could not be built; what it predicts is then unknown.

    Raises
    ------
    ConfigError
        If a name or an option is wrong, or a likelihood reads or its data measure what the model does not predict.
    """
    chosen: dict[str, Likelihood] = {}
    faults = Faults()
    for name, given in section.items():
        with faults.collected():
            likelihood: Likelihood = build_options(likelihood_class(name), given or {}, f"likelihoods.{name}")
            if model is not None:
                _check_served(f"likelihoods.{name}", likelihood, f"model {model_name}", model.prediction)
            chosen[name] = likelihood
    faults.refuse()
    return chosen


def _check_served(
    where: str, likelihood: Likelihood, model: str, prediction: type[Prediction | LinePrediction]
) -> None:
    """Refuse a likelihood that reads, or whose data measure, what a kind of prediction does not have."""
    lacking = [need for need in likelihood.needs if need not in offered(prediction)]
    for datum in likelihood.data:
        try:
            observable = measured_by(datum.observable)
        except ValueError as error:
            raise ConfigError(f"{where}: {error}") from None
        if observable.part not in prediction.parts:
            lacking.append(datum.observable)
    if lacking:
        raise ConfigError(f"{where}: reads {lacking[0]}, which {model} does not predict; allowed: leave it out")


def offered(prediction: type[Prediction] | type[LinePrediction]) -> set[str]:
    """Names of everything that a kind of prediction holds."""
    return {*dir(prediction), *(field.name for field in dataclasses.fields(prediction))}


def build_options(kind: type[Any], given: Mapping[str, Any], where: str) -> Any:
    """Build a dataclass from the options of a section.

    Parameters
    ----------
    kind : type
        A dataclass whose fields are the options.
    given : mapping
        The section as written.
    where : str
        Its key, for messages.

    Raises
    ------
    ConfigError
        If an option is unknown, of the wrong type or out of its range.
    """
    fields = {field.name: field for field in dataclasses.fields(kind) if field.init}
    types = get_type_hints(kind)
    faults, options, built = Faults(), dict[str, Any](), None
    for key, value in given.items():
        if key not in fields:
            faults.lines.append(f"{where}.{key}: unknown key; allowed: {', '.join(fields) or 'none'}")
            continue
        with faults.collected():
            nested = types[key] if isinstance(types[key], type) and dataclasses.is_dataclass(types[key]) else None
            if nested is not None and not isinstance(value, Mapping):
                inner = ", ".join(field.name for field in dataclasses.fields(nested))
                raise ConfigError(f"{where}.{key}: {value!r}; allowed: a mapping of {inner}")
            if nested is not None:
                options[key] = build_options(nested, value, f"{where}.{key}")
                continue
            options[key] = value
            _check_kinds(f"{where}.{key}", value, types[key])
    try:
        built = TypeAdapter(kind).validate_python(options)
    except ValidationError as error:
        places = {fault.split(": ")[0] for fault in faults.lines}
        faults.lines += [line for line in lines_of(error, kind, where) if line.split(": ")[0] not in places]
    faults.refuse()
    return built


def _check_kinds(where: str, given: Any, field_type: Any) -> None:
    """Refuse text or a truth value where pydantic would read a number out of it, or the other way round.

    Raises
    ------
    ConfigError
        If validation changes the kind of the value.
    """
    for number in given if isinstance(given, list | tuple) else (given,):
        if isinstance(number, float) and not math.isfinite(number):
            raise ConfigError(f"{where}: {given}; allowed: a finite number")
    try:
        read: Any = TypeAdapter(field_type).validate_python(given)
    except (ValidationError, PydanticSchemaGenerationError):  # the dataclass as a whole says what is wrong
        return
    several = isinstance(given, list | tuple) and isinstance(read, list | tuple)
    pairs = zip(given, read, strict=True) if several else ((given, read),)
    for one, other in pairs:
        if isinstance(one, str) != isinstance(other, str) or isinstance(one, bool) != isinstance(other, bool):
            kind = "true or false" if isinstance(other, bool) else "text" if isinstance(other, str) else "a number"
            raise ConfigError(f"{where}: {one!r}; allowed: {kind}")


def _class_of(package: ModuleType, where: str, name: object, class_name: str, contract: type) -> type[Any]:
    """The class of a module, with every member of its contract."""
    module = _module(package, where, name)
    defined = vars(module).get(class_name)
    if not (isinstance(defined, type) and dataclasses.is_dataclass(defined)):
        raise ConfigError(f"{where}: {name!r} has no dataclass {class_name}; allowed: a module that defines one")
    present = {*dir(defined), *(field.name for field in dataclasses.fields(defined))}
    lacking = [member for member in contracts.members(contract) if member not in present]
    if lacking:
        required = ", ".join(contracts.members(contract))
        raise ConfigError(f"{where}: class {class_name} of {name} lacks {lacking[0]}; allowed: a class with {required}")
    return defined


def _module(package: ModuleType, where: str, name: object) -> ModuleType:
    """The module of a file of the package, or of an import path."""
    names = available(package)
    if name in names:
        return importlib.import_module(f"{package.__name__}.{name}")
    if not (isinstance(name, str) and "." in name):
        problem = "missing" if name is None else f"{name!r} is unknown"
        raise ConfigError(f"{where}: {problem}; allowed: {', '.join(names)}, or an import path such as my_package.mine")
    try:
        return importlib.import_module(name)
    except Exception as error:  # the code of another project may raise any exception
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        raise ConfigError(f"{where}: {name!r} cannot be imported ({reason}); allowed: a module on PYTHONPATH") from None
