"""Files of the source that a module consists of: its own, and those of ours that it imports.

The rules of Snakemake find the inputs of their steps in the same way (``workflow/rules/sources.smk``), so that an edit
that changes the digest of a run also makes its artefacts again.
"""

import ast
import functools
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
PACKAGES = ("model", "likelihoods", "workflow")


def sources(modules: Iterable[str]) -> list[Path]:
    """Sorted files of modules and of everything of ours that they import, directly or not; others are left out."""
    found, todo = set[Path](), list(modules)
    while todo:
        path = _file_of(todo.pop())
        if path is not None and path not in found:
            found.add(path)
            todo += _imports_of(path)
    return sorted(found)


def _file_of(module: str) -> Path | None:
    if module.split(".")[0] not in PACKAGES:
        return None
    path = ROOT.joinpath(*module.split("."))
    return next((file for file in (path.with_suffix(".py"), path / "__init__.py") if file.is_file()), None)


@functools.cache
def _imports_of(path: Path) -> list[str]:
    names = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return names
