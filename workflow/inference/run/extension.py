"""Runs that extend another: ``extends: NAME`` takes everything from that run, and the rest of the file changes it."""

import copy
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from workflow.inference.run.errors import ConfigError
from workflow.inference.run.run_file import parse, read

EXTENDS, WITHOUT = "extends", "without"
MISSING, PRESENT = "\N{EN DASH}", "yes"  # for a key that a run lacks, and for one without a value
UNIMPORTANT = ("description",)


class Difference(NamedTuple):
    """A dotted key of two runs, and its value in each as text."""

    key: str
    before: str
    after: str


def read_extended(path: Path) -> dict[str, Any]:
    """The mapping of a run file, after those of the runs that it extends.

    A section is merged key by key. An entry of ``parameters`` replaces the whole entry, and a ``model`` of another name
    the whole section. ``without`` lists keys to drop, such as ``likelihoods.kinetic_mixing``.

    Raises
    ------
    ConfigError
        If a file cannot be read, extends itself over any number of files, or drops a key that is not there.
    """
    return _extended(path, ())


def differences(before: str, after: str) -> list[Difference]:
    """The keys in which two runs differ, in the order of the first and then of the second.

    Parameters
    ----------
    before, after : str
        Configs as YAML.
    """
    old, new = (dict(_flat(parse(text))) for text in (before, after))
    keys = [key for key in dict.fromkeys((*old, *new)) if key not in UNIMPORTANT]
    return [
        Difference(key, _text(old.get(key, MISSING)), _text(new.get(key, MISSING)))
        for key in keys
        if old.get(key, MISSING) != new.get(key, MISSING)
    ]


def _extended(path: Path, seen: tuple[Path, ...]) -> dict[str, Any]:
    if path.resolve() in seen:
        chain = " -> ".join(each.name for each in (*seen, path))
        raise ConfigError(f"{seen[0]}: extends: {chain} is a circle; allowed: runs that end in one without extends")
    own = read(path)
    if EXTENDS not in own:
        if WITHOUT in own:
            raise ConfigError(f"{path}: without: needs extends; allowed: leave it out")
        return own
    parent, dropped = own.pop(EXTENDS), own.pop(WITHOUT, [])
    if not isinstance(parent, str):
        raise ConfigError(f"{path}: extends: {parent!r}; allowed: the name of a run in the same folder")
    extended = path.parent / f"{parent.removesuffix('.yaml')}.yaml"
    if not extended.is_file():
        raise ConfigError(f"{path}: extends: {parent!r}, but there is no {extended}; allowed: a run in the same folder")
    base = _extended(extended, (*seen, path.resolve()))
    if not isinstance(dropped, list):
        raise ConfigError(f"{path}: without: {dropped!r}; allowed: a list of keys, such as likelihoods.kinetic_mixing")
    for key in dropped:
        _drop(base, str(key), path)
    return _merged(base, own, "")


def _merged(base: Mapping[str, Any], changes: Mapping[str, Any], place: str) -> dict[str, Any]:
    result = dict(base)
    for key, value in changes.items():
        old = result.get(key)
        if isinstance(old, Mapping) and isinstance(value, Mapping) and not _replaces(place, key, old, value):
            result[key] = _merged(old, value, f"{place}{key}.")
        else:
            result[key] = copy.deepcopy(value)
    return result


def _replaces(place: str, key: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Whether a mapping takes the place of another and is not merged with it."""
    other_model = place == "" and key == "model" and new.get("name", old.get("name")) != old.get("name")
    return place == "parameters." or other_model


def _drop(raw: dict[str, Any], key: str, path: Path) -> None:
    *parents, last = key.split(".", 1)
    node = raw.get(parents[0]) if parents else raw
    if not isinstance(node, dict) or last not in node:
        raise ConfigError(f"{path}: without: {key} is not a key of the run that it extends; allowed: one of its keys")
    del node[last]


def _flat(value: object, key: str = "") -> Iterator[tuple[str, object]]:
    """Dotted keys of nested mappings, and their values."""
    if isinstance(value, Mapping) and value:
        for name, inner in value.items():
            yield from _flat(inner, f"{key}.{name}" if key else str(name))
    else:
        yield key, PRESENT if value is None or value == {} else value


def _text(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(_text, value))
    return f"{value:g}" if isinstance(value, float) else str(value)
