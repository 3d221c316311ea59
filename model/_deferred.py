"""Modules that are imported when something of them is first used.

Compiled kernels bring numba, and special functions bring scipy: 1.2 CPU seconds in an interpreter that only reads a
config or describes an option. A module that computes with them names them twice, for type checkers and the workflow,
which read imports from the source, and for the interpreter::

    if TYPE_CHECKING:
        from scipy import special
    else:
        special = deferred("scipy.special")
"""

import importlib
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Any


@dataclass(frozen=True)
class _Deferred:
    """Stands for the module with this import path."""

    path: str

    def __getattr__(self, name: str) -> Any:
        """The attribute of the module itself, which is imported now."""
        return getattr(_imported(self.path), name)


@cache
def _imported(path: str) -> ModuleType:
    return importlib.import_module(path)


def deferred(name: str) -> Any:
    """A stand-in for a module, which is imported at the first use of an attribute.

    Parameters
    ----------
    name : str
        Import path of the module.

    Returns
    -------
    module
        Has the attributes of the module.
    """
    return _Deferred(name)
