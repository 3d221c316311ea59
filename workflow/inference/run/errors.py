"""The error of wrong input, and a list of such errors."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ParamSpec, TypeVar

from workflow.inference.writing.refusal import Refusal

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

# What is allowed, by the type of an error of pydantic; braces hold numbers of its context.
_ALLOWED = {
    "bool_": "true or false",
    "float_": "a number",
    "int_parsing_size": "a smaller number",
    "int_": "a whole number",
    "finite_number": "a finite number",
    "string_pattern": "a text that matches {pattern}",
    "string_": "a text",
    "tuple_": "a list",
    "list_": "a list",
    "dict_": "a mapping of keys to values",
    "model_": "a mapping of keys to values",
    "dataclass_": "a mapping of keys to values",
    "greater_than_equal": "at least {ge:g}",
    "greater_than": "> {gt:g}",
    "less_than_equal": "at most {le:.10g}",
    "less_than": "< {lt:g}",
    "too_short": "at least {min_length}",
    "too_long": "at most {max_length}",
    "literal_error": "{expected}",
}
_MEMBER = re.compile(r"literal\[|tuple\[|dict\[|(?:float|int|bool|str|none)$")  # of a union, in a place of pydantic


class ConfigError(Refusal):
    """Wrong input of a user: one line for each fault, which names the place, the value and the allowed values."""

    @property
    def faults(self) -> tuple[str, ...]:
        """The lines."""
        return tuple(str(self).splitlines())


class Faults:
    """The faults of a file, all of which are told at once."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    @contextmanager
    def collected(self) -> Iterator[None]:
        """Keep the faults of a block, whose rest is left out."""
        try:
            yield
        except ConfigError as error:
            self.lines += error.faults

    def attempt(
        self, function: Callable[Arguments, Result], *args: Arguments.args, **options: Arguments.kwargs
    ) -> Result | None:
        """The result of a function, or None and its faults kept."""
        with self.collected():
            return function(*args, **options)
        return None

    def refuse(self) -> None:
        """Raise what was collected.

        Raises
        ------
        ConfigError
            If there is a fault.
        """
        if self.lines:
            raise ConfigError("\n".join(dict.fromkeys(self.lines)))


def allowed(details: Mapping[str, Any]) -> str:
    """What is allowed where pydantic found an error, in words of the files; its own words where there are none."""
    for kind, words in _ALLOWED.items():
        if details["type"].startswith(kind):
            return words.format(**details.get("ctx", {}))
    return str(details["msg"]).lower()


def place_of(location: tuple[int | str, ...]) -> tuple[str, ...]:
    """The keys and indices of a place of pydantic, without the members of a union that it lists among them."""
    return tuple(str(part) for part in location if not _MEMBER.match(str(part)))


def not_text(node: object, place: str = "") -> list[str]:
    """A line for each key of nested mappings that is not text, such as a number or nothing."""
    if isinstance(node, list | tuple):
        node = {str(index): value for index, value in enumerate(node)}
    if not isinstance(node, Mapping):
        return []
    lines = []
    for key, value in node.items():
        if isinstance(key, str):
            lines += not_text(value, f"{place}{key}.")
        else:
            lines.append(f"{place}{json.dumps(key, default=str)}: is a key that is not text; allowed: text")
    return lines
