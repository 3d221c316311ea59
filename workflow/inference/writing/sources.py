"""Files of the source that a module consists of: its own, and those of ours that it imports.

The rules of Snakemake find the inputs of their steps in the same way (``workflow/rules/sources.smk``), so that an edit
that changes the digest of a run also makes its artefacts again.
"""

import ast
import functools
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
PACKAGES = ("model", "likelihoods", "workflow")


def sources(modules: Iterable[str]) -> list[Path]:
    """Sorted files of modules and of everything of ours that they import, directly or not; others are left out."""
    found, todo = set[Path](), _files_of(modules)
    while todo:
        found |= todo
        todo = set[Path]().union(*map(_imports_of, todo)) - found
    return sorted(found)


def _files_of(modules: Iterable[str]) -> set[Path]:
    files = {_file_of(module) for module in modules}
    return {file for file in files if file is not None}


@functools.cache
def _file_of(module: str) -> Path | None:
    if module.split(".")[0] not in PACKAGES:
        return None
    path = ROOT.joinpath(*module.split("."))
    return next((file for file in (path.with_suffix(".py"), path / "__init__.py") if file.is_file()), None)


@functools.cache
def _imports_of(path: Path) -> set[Path]:
    names = []
    for node in _statements_of(ast.parse(path.read_text(encoding="utf-8")).body):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return _files_of(names)


def _statements_of(block: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """Statements of a block and of the blocks in it; expressions are most of a file, and import nothing."""
    for node in block:
        yield node
        for inner in ("body", "orelse", "finalbody", "handlers", "cases"):
            yield from _statements_of(getattr(node, inner, ()))
