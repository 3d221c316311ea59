import pickle
from typing import Annotated, Literal

import pytest
from pydantic import Field, TypeAdapter, ValidationError

import mevdm
from workflow.inference.run.errors import ConfigError, allowed, place_of


def test_wrong_input_is_a_value_error_with_a_public_name():
    assert issubclass(ConfigError, ValueError)
    assert mevdm.ConfigError is ConfigError


def test_the_message_is_all_that_it_carries():
    # errors of a worker travel to the caller by pickling
    error = ConfigError("sampler.nope: unknown key")
    assert str(pickle.loads(pickle.dumps(error))) == str(error) == "sampler.nope: unknown key"


@pytest.mark.parametrize(
    "kind, value, words",
    [
        (bool, "maybe", "true or false"),
        (float, "x", "a number"),
        (int, 1.5, "a whole number"),
        (int, 1e40, "a smaller number"),
        (str, 3, "a text"),
        (tuple[str, ...], "x", "a list"),
        (dict[str, str], "x", "a mapping of keys to values"),
        (Literal["a", "b"], "c", "'a' or 'b'"),
        (Annotated[float, Field(ge=0.5)], 0.0, "at least 0.5"),
        (Annotated[float, Field(gt=0.0)], 0.0, "> 0"),
        (Annotated[int, Field(le=4294967296)], 10**12, "at most 4294967296"),
        (Annotated[float, Field(lt=1.0)], 1.0, "< 1"),
        (Annotated[float, Field(allow_inf_nan=False)], float("inf"), "a finite number"),
        (Annotated[tuple[str, ...], Field(min_length=2)], ("a",), "at least 2"),
        (Annotated[tuple[str, ...], Field(max_length=1)], ("a", "b"), "at most 1"),
    ],
)
def test_what_is_allowed_is_said_in_words_of_the_files(kind, value, words):
    with pytest.raises(ValidationError) as error:
        TypeAdapter(kind).validate_python(value)
    assert [allowed(details) for details in error.value.errors()] == [words]


def test_members_of_a_union_are_no_part_of_a_place():
    with pytest.raises(ValidationError) as error:
        TypeAdapter(dict[str, Literal["all"] | tuple[str, ...] | float]).validate_python({"include": ["e137", 2]})
    assert {place_of(details["loc"]) for details in error.value.errors()} == {("include",), ("include", "1")}
