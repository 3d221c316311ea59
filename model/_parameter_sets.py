"""Which of its sets of parameters a model takes, where a points file has columns of its own."""

from collections.abc import Set as AbstractSet
from typing import TypeVar

Model = TypeVar("Model")


def the_only_set(model: Model, _: AbstractSet[str]) -> Model:
    """The ``for_columns`` of a model that has one set of parameters: itself, whatever the columns are."""
    return model
