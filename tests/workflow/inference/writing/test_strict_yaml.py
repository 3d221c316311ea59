import datetime

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from workflow.inference.writing.strict_yaml import NotYaml, parse, written


def message(function, *arguments):
    with pytest.raises(NotYaml) as caught:
        function(*arguments)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    "text, words",
    [
        ("a: 1\nb: 2\na: 3\n", "line 1 and line 3: the key 'a' is written twice; allowed: once"),
        ("model:\n  name: x\n  name: y\n", "line 2 and line 3: the key 'name' is written twice"),
        ("likelihoods: {}\nmodel: {}\nlikelihoods: {}\n", "line 1 and line 3: the key 'likelihoods'"),
        ("{a: 1, a: 1}", "line 1: the key 'a' is written twice"),
        ("list: [{x: 1, x: 2}]", "line 1: the key 'x' is written twice"),
        ("2008: 1\n2008: 2\n", "the key 2008 is written twice"),
    ],
)
def test_a_key_that_is_written_twice_is_refused(text, words):
    assert words in message(parse, text)


def test_the_same_key_in_two_sections_is_fine():
    assert parse("a: {x: 1}\nb: {x: 2}\n") == {"a": {"x": 1}, "b": {"x": 2}}


@pytest.mark.parametrize(
    "text, value",
    [
        ("1e-3", 1e-3),
        ("1E3", 1e3),
        ("+12", 12),
        ("-0", 0),
        ("040", 40),  # version 1.1: 32
        ("0o40", 32),
        ("0x1F", 31),
        (".5", 0.5),
        ("5.", 5.0),
        ("-1.5e+2", -150.0),
        ("1:04", "1:04"),  # version 1.1: 64
        ("1_000", "1_000"),  # version 1.1: 1000
        ("0b11", "0b11"),  # version 1.1: 3
        ("1e", "1e"),
        ("e3", "e3"),
        ("\u0663", "\u0663"),  # an Arabic 3
        ("yes", "yes"),
        ("no", "no"),
        ("on", "on"),
        ("off", "off"),
        ("y", "y"),
        ("true", True),
        ("FALSE", False),
        ("tRue", "tRue"),
        ("~", None),
        ("", None),
        ("null", None),
        ("nUll", "nUll"),
        ("2008-01-24", "2008-01-24"),  # version 1.1: a date
        ("'1e-3'", "1e-3"),
        (".inf", float("inf")),
        ("-.INF", float("-inf")),
        ("=", "="),
    ],
)
def test_scalars_are_those_of_version_1_2(text, value):
    found = parse(f"[{text}]" if text else "- ")[0]
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    "text, words",
    [
        ("base: &base {a: 1}\nrun:\n  <<: *base\n", "line 3: '<<' merges nothing in YAML 1.2"),
        ("a: !!python/name:os.system x", "tag tag:yaml.org,2002:python/name:os.system is unknown"),
        ("a: !!timestamp 2008-01-24", "timestamp is unknown; allowed: no tag"),
        ("a: !!binary aGk=", "binary is unknown"),
        ("a: !!set {x}", "set is unknown"),
        ("a: !mine 3", "the tag !mine is unknown"),
        ("a: !!int x", "not valid YAML: invalid literal"),
        ("[" * 3000, "not valid YAML"),
        ("a: 1\n---\nb: 2\n", "not valid YAML: expected a single document"),
        ("? [a]\n: 1", "not valid YAML"),
        ("a: *x", "not valid YAML"),
        ("9" * 5000, "not valid YAML"),
        ("a: \0", "not valid YAML"),
    ],
)
def test_what_is_no_plain_yaml_is_refused(text, words):
    assert words in message(parse, text)


SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text())


@given(st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(min_size=1), inner), max_leaves=8))
def test_what_is_written_is_read_again_by_either_version(content):
    text = written({"content": content})
    if "<<" in text or "\u0085" in text:  # a key that is refused, and a line break of version 1.1 alone
        return
    assert parse(text) == {"content": content}
    assert yaml.safe_load(text) == {"content": content}


@pytest.mark.parametrize("text", ["1e-3", "1:04", "yes", "040", "0o7", "2008-01-24", "1_0", "null", "", "=", "<<"])
def test_text_that_a_version_would_misread_is_quoted(text):
    assert parse(written([text])) == yaml.safe_load(written([text])) == [text]


def test_no_date_ever_arises():
    assert not isinstance(parse("2008-01-24"), datetime.date)
