"""The error of wrong input, and a list of such errors."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import ParamSpec, TypeVar

from workflow.inference.writing.refusal import Refusal

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


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
