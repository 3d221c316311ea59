"""One process compiles the kernels; others that need them at the same time wait, and read the result from the cache.

Two steps that start together in a fresh installation would both compile, which takes a minute of a core each. A stamp
beside the cached kernels says that they are there for these sources, this numba and this kind of processor.
"""

import fcntl
import hashlib
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from importlib import metadata
from pathlib import Path

import numpy as np

from model._kernel_cache import place
from workflow.inference.posterior.posterior import Posterior
from workflow.inference.run.provenance import ROOT, processor

PACKAGES = ("model", "likelihoods", "workflow")
POINTS = 8


def compile_kernels(posterior: Posterior, folder: Path | None = None) -> None:
    """Compile the kernels that a run uses, or read them, by the evaluation of a few points of its prior.

    Parameters
    ----------
    posterior : Posterior
        The run.
    folder : Path, optional
        Where numba keeps its cache; by default as it chooses. Without compilation (``NUMBA_DISABLE_JIT``) nothing is
        done.
    """
    folder = folder or place()
    if folder is None:
        return
    with compiled_once(folder, [type(posterior.model).__module__, *posterior.likelihoods]):
        shares = np.linspace(0.05, 0.95, POINTS)
        values = {name: np.full(POINTS, value) for name, value in posterior.fixed.items()}
        values |= {name: prior.to_physical(prior.quantile(shares)) for name, prior in posterior.priors.items()}
        posterior.log_likelihoods(values)


@contextmanager
def compiled_once(folder: Path, parts: Sequence[str]) -> Iterator[None]:
    """Hold the lock of the compilation while the block runs, unless a stamp says that the kernels are there.

    Parameters
    ----------
    folder : Path
        Where numba keeps its cache.
    parts : sequence of str
        What decides which kernels the block compiles.
    """
    stamp = folder / f"compiled-{_digest(parts)}"
    if stamp.is_file():
        yield
        return
    with _alone(folder / "compiling.lock"):
        if not stamp.is_file():  # otherwise another process compiled them in the meantime
            sys.stderr.write("compiling kernels, which later steps and runs find: about a minute\n")
        yield
        with suppress(OSError):  # a cache that cannot be written is compiled again
            stamp.touch()


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Hold a lock of the file system; where it has none, several processes compile the same kernels."""
    with ExitStack() as stack:
        with suppress(OSError):
            file = stack.enter_context(path.open("a"))
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                sys.stderr.write("waiting for another process, which compiles the kernels\n")
                fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _digest(parts: Sequence[str]) -> str:
    """Digest of what decides which cached kernels there are, and whether they are used."""
    whole = hashlib.sha256(" ".join([metadata.version("numba"), processor(), *parts]).encode())
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("_kernels/*.py")):
            whole.update(path.read_bytes())
    return whole.hexdigest()[:16]
