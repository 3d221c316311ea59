"""Results of slow, independent solutions, stored with the expressions that compute them.

A test compares with a stored result in no time, and a slow test computes all of them again. After a change of a
solution, `python tests/reference/stored.py` computes and stores all; with expressions as arguments it adds those.
"""

import json
import sys
from functools import cache
from importlib import import_module
from pathlib import Path

FILE = Path(__file__).with_suffix(".json")
SOLUTIONS = ("coupled_relic_oracle", "exact_tree_oracle", "nucleosynthesis_oracle", "relic_oracle")


@cache
def results() -> dict[str, float | list[float]]:
    """Every stored result by its expression."""
    return json.loads(FILE.read_text(encoding="utf-8"))


def stored(expression):
    """The stored result of an expression in the modules `SOLUTIONS` and `relic_oracle.Case`."""
    if expression not in results():
        raise KeyError(f"not stored: {expression}; add it with python tests/reference/stored.py '{expression}'")
    return results()[expression]


def computed(expression):
    """The result of an expression, computed now."""
    modules = {name: import_module(f"reference.{name}") for name in SOLUTIONS}
    value = eval(expression, {**modules, "Case": modules["relic_oracle"].Case})
    return value if isinstance(value, float) else value.tolist()


if __name__ == "__main__":
    sys.path[:0] = [str(FILE.parents[1]), str(FILE.parents[2])]
    added = sys.argv[1:] or results()
    kept = {**results(), **{expression: computed(expression) for expression in added}}
    FILE.write_text(json.dumps(dict(sorted(kept.items())), indent=0) + "\n", encoding="utf-8")
