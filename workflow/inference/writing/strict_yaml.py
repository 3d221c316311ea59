"""YAML as its version 1.2 reads it, and no more: nothing in a file means what its author did not write.

PyYAML follows version 1.1, in which ``1:04`` is 64, ``040`` is 32, ``1e-3`` is text, ``no`` is false and ``<<`` merges.
Here scalars are read by the core schema of version 1.2.2 (section 10.3.2), no key is written twice and no tag makes
another kind of value.
"""

import re
from collections.abc import Hashable
from typing import Any

import yaml


class NotYaml(ValueError):
    """A text that is not YAML of this kind; the message is one line."""


_TAG = "tag:yaml.org,2002:"
_CORE: tuple[tuple[str, str, str], ...] = (  # tag, pattern, and the characters with which such a scalar starts
    ("null", r"~|null|Null|NULL|", "~nN\0"),
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", "-+0123456789"),
    (
        "float",
        r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
        "-+.0123456789",
    ),
)
_KINDS = frozenset(("null", "bool", "int", "float", "str", "seq", "map"))


class _Loader(yaml.SafeLoader):
    """The core schema, with keys that are written once."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012  (PyYAML wants a plain attribute)
    yaml_constructors = {  # noqa: RUF012  (as above)
        tag: made for tag, made in yaml.SafeLoader.yaml_constructors.items() if str(tag).removeprefix(_TAG) in _KINDS
    }


class _Dumper(yaml.SafeDumper):
    """Quotes every text that version 1.1 or version 1.2 would read as something else."""

    yaml_implicit_resolvers = {  # noqa: RUF012  (as above)
        first: list(rules) for first, rules in yaml.SafeDumper.yaml_implicit_resolvers.items()
    }


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[Hashable, Any]:
    lines: dict[object, int] = {}
    for key_node, _ in node.value:
        key = loader.construct_object(key_node)
        line = key_node.start_mark.line + 1
        if key == "<<":
            raise NotYaml(f"line {line}: '<<' merges nothing in YAML 1.2; allowed: the entries written out")
        if isinstance(key, Hashable) and key in lines:
            first = f"line {lines[key]} and line {line}" if line != lines[key] else f"line {line}"
            raise NotYaml(f"{first}: the key {key!r} is written twice; allowed: once")
        if isinstance(key, Hashable):
            lines[key] = line
    return loader.construct_mapping(node, deep=True)


def _integer(loader: _Loader, node: yaml.ScalarNode) -> int:
    text = str(loader.construct_scalar(node))
    base = {"0o": 8, "0x": 16}.get(text[:2], 10)
    return int(text, base)


def _float(loader: _Loader, node: yaml.ScalarNode) -> float:
    return float(str(loader.construct_scalar(node)).lower().replace(".inf", "inf").replace(".nan", "nan"))


def _boolean(loader: _Loader, node: yaml.ScalarNode) -> bool:
    return str(loader.construct_scalar(node)).lower() == "true"


def _unknown(_: _Loader, node: yaml.Node) -> object:
    raise NotYaml(f"line {node.start_mark.line + 1}: the tag {node.tag} is unknown; allowed: no tag")


for _name, _pattern, _first in _CORE:
    for _kind in (_Loader, _Dumper):
        _starts = ["" if character == "\0" else character for character in _first]
        _kind.add_implicit_resolver(_TAG + _name, re.compile(rf"(?:{_pattern})\Z"), _starts)
_Loader.add_constructor(_TAG + "map", _mapping)
_Loader.add_constructor(_TAG + "int", _integer)
_Loader.add_constructor(_TAG + "float", _float)
_Loader.add_constructor(_TAG + "bool", _boolean)
_Loader.add_constructor(None, _unknown)


def parse(text: str) -> object:
    """The value of a YAML text.

    Raises
    ------
    NotYaml
        If it is not YAML, writes a key twice, merges, or has a tag.
    """
    try:
        return yaml.load(text, Loader=_Loader)
    except yaml.YAMLError as error:
        raise NotYaml(f"not valid YAML: {' '.join(str(error).split())}") from None
    except RecursionError:
        raise NotYaml("not valid YAML: nested too deeply") from None
    except ValueError as error:  # such as !!int on a word, or more digits than Python converts
        raise error if isinstance(error, NotYaml) else NotYaml(f"not valid YAML: {error}") from None


def written(content: object) -> str:
    """The YAML text of a value, which `parse` and a reader of version 1.1 read alike."""
    return str(yaml.dump(content, Dumper=_Dumper, sort_keys=False, allow_unicode=True))
