"""`python -m tests.documentation.parameter_table` writes the table of parameters in config/README.md from the code."""

import dataclasses
import typing
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import likelihoods
import model
from model.physics.galaxy.halo import SHAPE
from model.physics.galaxy.line_settings import LineSettings
from model.physics.nuisances import nuisances
from model.physics.quantities import Parameter
from workflow.inference.run.components import available, likelihood_class, model_class

PAGE = Path(__file__).parents[2] / "config" / "README.md"
BEGIN, END = "<!-- parameters: begin -->\n", "<!-- parameters: end -->\n"


def table() -> str:
    """One row for each parameter of a model, of every run, of a likelihood, or of the section ``line``."""
    rows = [_row("parameter", "unit", "meaning", "allowed", "default", "where"), "|---" * 6 + "|"]
    owned: dict[Parameter, list[str]] = {}
    for package, class_of in ((model, model_class), (likelihoods, likelihood_class)):
        for name in available(package):
            for parameter, option in _of(class_of(name)):
                owned.setdefault(parameter, []).append(f"`{name}`" + (f" with `{option}`" if option else ""))
    shared = {parameter.name for parameter in nuisances("gnfw")}
    for option, value in _alternatives(LineSettings):
        for parameter in nuisances("gnfw", dataclasses.replace(LineSettings(), **{option: value})):
            if parameter.name not in shared:
                owned.setdefault(parameter, []).append(f"section `line` with `{option}: {str(value).lower()}`")
    rows += [_common(name) for name in (parameter.name for parameter in nuisances("gnfw"))]
    rows += [_own(parameter, places) for parameter, places in owned.items() if parameter.name not in shared]
    return "\n".join(rows) + "\n"


def section(text: str) -> str:
    """What stands between the marks of the page."""
    return text.split(BEGIN)[1].split(END)[0]


def _of(kind: type[Any]) -> Iterator[tuple[Parameter, str]]:
    """Parameters of a model or likelihood with the one option that adds them, empty for those of its defaults."""
    default = kind()
    yield from ((parameter, "") for parameter in default.parameters)
    seen = set(default.parameters)
    for option, value in _alternatives(kind):
        try:
            changed = dataclasses.replace(default, **{option: value})
        except ValueError:
            continue
        word = str(value).lower() if isinstance(value, bool) else value
        yield from ((parameter, f"{option}: {word}") for parameter in changed.parameters if parameter not in seen)
        seen |= set(changed.parameters)


def _alternatives(kind: type[Any]) -> Iterator[tuple[str, object]]:
    hints = typing.get_type_hints(kind)
    for field in dataclasses.fields(kind):
        if typing.get_origin(hints[field.name]) is typing.Literal:
            yield from ((field.name, value) for value in typing.get_args(hints[field.name]))
        elif hints[field.name] is bool:
            yield from ((field.name, value) for value in (False, True))


def _common(name: str) -> str:
    of_profile = {profile: next(p for p in nuisances(profile) if p.name == name) for profile in SHAPE}
    users = [profile for profile, shape in SHAPE.items() if name not in SHAPE.values() or shape == name]
    first = of_profile[users[0]]
    return _row(
        f"`{name}`",
        first.unit,
        first.meaning,
        _by_profile({profile: str(of_profile[profile].range) for profile in users}, str),
        _by_profile({profile: of_profile[profile].default for profile in users}, lambda value: f"{value:g}"),
        "every run" if len(users) == len(SHAPE) else f"`profile: {users[0]}`; other profiles ignore it",
    )


def _by_profile(values: dict[str, Any], written: Callable[[Any], str]) -> str:
    """A value, and those of the profiles in which it is another."""
    first = next(iter(values.values()))
    others = [f"{profile}: {written(value)}" for profile, value in values.items() if value != first]
    return written(first) + (f" ({', '.join(others)})" if others else "")


def _own(parameter: Parameter, places: list[str]) -> str:
    default = "must be given" if parameter.default is None else f"{parameter.default:g}"
    cells = (parameter.unit, parameter.meaning, str(parameter.range), default, ", ".join(places))
    return _row(f"`{parameter.name}`", *cells)


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", r"\|") for cell in cells) + " |"


if __name__ == "__main__":
    old = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(old.replace(section(old), table()), encoding="utf-8")
