"""Models, likelihoods and other sections of a run, located by name or import path and built from their options."""

import dataclasses
import importlib
import math
import pkgutil
from collections.abc import Mapping
from types import ModuleType
from typing import Any

from pydantic import TypeAdapter, ValidationError

import likelihoods as likelihoods_package
import model as model_package
from model.physics.line_prediction import LinePrediction
from model.physics.prediction import Prediction
from workflow.inference.posterior import contracts
from workflow.inference.posterior.contracts import Likelihood, Model
from workflow.inference.posterior.observables import measured_by
from workflow.inference.run.errors import ConfigError
from workflow.inference.run.run_file import first_error


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
    section: Mapping[str, Mapping[str, Any] | None], model_name: object, model: Model
) -> dict[str, Likelihood]:
    """The likelihoods of the section ``likelihoods``. The prediction of the model must have all that they read.

    Raises
    ------
    ConfigError
        If a name or an option is wrong, or a likelihood reads or its data measure what the model does not predict.
    """
    chosen: dict[str, Likelihood] = {}
    for name, given in section.items():
        likelihood: Likelihood = build_options(likelihood_class(name), given or {}, f"likelihoods.{name}")
        _check_served(f"likelihoods.{name}", likelihood, f"model {model_name}", model.prediction)
        chosen[name] = likelihood
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
    allowed = [f.name for f in dataclasses.fields(kind) if f.init]
    for key in given:
        if key not in allowed:
            raise ConfigError(f"{where}.{key}: unknown key; allowed: {', '.join(allowed) or 'none'}")
    for field in dataclasses.fields(kind):
        if field.name in given and field.type in (float, int) and isinstance(given[field.name], bool):
            raise ConfigError(f"{where}.{field.name}: {given[field.name]!r}; allowed: a number")
    options = dict(given)
    for field in dataclasses.fields(kind):
        if isinstance(field.type, type) and dataclasses.is_dataclass(field.type) and field.name in given:
            nested = given[field.name]
            if not isinstance(nested, Mapping):
                allowed = [f.name for f in dataclasses.fields(field.type)]
                raise ConfigError(f"{where}.{field.name}: {nested!r}; allowed: a mapping of {', '.join(allowed)}")
            options[field.name] = build_options(field.type, nested, f"{where}.{field.name}")
    try:
        built: Any = TypeAdapter(kind).validate_python(options)
    except ValidationError as error:
        raise ConfigError(first_error(error, kind, where)) from None
    for name, value in vars(built).items():
        if isinstance(value, float) and not math.isfinite(value):
            raise ConfigError(f"{where}.{name}: {value}; allowed: a finite number")
    return built


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
