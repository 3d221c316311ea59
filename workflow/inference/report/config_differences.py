"""Keys in which the config of a run differs from that of the default run."""

from collections.abc import Mapping
from typing import Any

import yaml

LEFT_OUT = ("description",)


def differences(here: str, default: str) -> list[tuple[str, str, str]]:
    """Dotted key, value here and value of the default run; a dash where a config has no such key.

    Parameters
    ----------
    here, default : str
        Configs as YAML.
    """
    ours, theirs = (_flat(yaml.safe_load(text)) for text in (here, default))
    keys = [key for key in dict.fromkeys([*ours, *theirs]) if key not in LEFT_OUT]
    missing = "\N{EN DASH}"
    return [(key, ours.get(key, missing), theirs.get(key, missing)) for key in keys if ours.get(key) != theirs.get(key)]


def _flat(tree: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    """Nested mapping as dotted keys and text; a key without a value, such as a likelihood without options, is "yes"."""
    out: dict[str, str] = {}
    for key, value in tree.items():
        if isinstance(value, Mapping) and value:
            out |= _flat(value, f"{prefix}{key}.")
        else:
            out[f"{prefix}{key}"] = "yes" if value is None or value == {} else _text(value)
    return out


def _text(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(_text, value))
    return f"{value:g}" if isinstance(value, float) else str(value)
