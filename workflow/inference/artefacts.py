"""Writing files so that a reader never meets half of one, and what every file says of its origin."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path
from typing import IO

import yaml

import likelihoods
from workflow.inference.config import Config

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = (
    "arviz",
    "corner",
    "emcee",
    "h5py",
    "matplotlib",
    "numba",
    "numpy",
    "pydantic",
    "scikit-learn",
    "scipy",
    "xarray",
)


@contextmanager
def atomic(path: Path) -> Iterator[Path]:
    """A temporary path beside ``path`` that takes its name once the block has ended without an error."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        yield temporary
        with temporary.open("rb") as written:
            os.fsync(written.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def atomic_text(path: Path) -> Iterator[IO[str]]:
    """A text file that appears only once it is complete."""
    with atomic(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as stream:
        yield stream


def write_bytes(path: Path, content: bytes) -> None:
    """Write a binary file atomically."""
    with atomic(path) as temporary:
        temporary.write_bytes(content)


def provenance(config: Config) -> dict[str, object]:
    """Commit, dirty flag, versions, seed, config and checksums of the data; no clock, so that reruns give equal bytes."""
    data = Path(next(iter(likelihoods.__path__))) / "data"
    return {
        "mevdm": metadata.version("mevdm"),
        "commit": _git("rev-parse", "HEAD") or "not a git checkout",
        "dirty": bool(_git("status", "--porcelain", "--untracked-files=no")),
        "python": ".".join(map(str, sys.version_info[:3])),
        "versions": {name: metadata.version(name) for name in PACKAGES},
        "run": config.run,
        "seed": config.sampler.seed,
        "config_sha256": hashlib.sha256(config.text.encode()).hexdigest(),
        "data_sha256": {
            path.name: hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(data.iterdir())
            if path.suffix in {".yaml", ".csv"}
        },
    }


def posterior_identity(config: Config) -> str:
    """Digest of everything that shapes the posterior: model, priors, likelihoods, galaxy, data and their code."""
    written = yaml.safe_load(config.text)
    shaping = {key: written.get(key) for key in ("model", "parameters", "galaxy", "likelihoods")}
    digest = hashlib.sha256(json.dumps(shaping, sort_keys=True).encode())
    sources = [path for folder in ("model", "likelihoods") for path in sorted((ROOT / folder).rglob("*"))]
    sources += [ROOT / "workflow" / "inference" / name for name in ("posterior.py", "priors.py")]
    for path in sources:
        if path.suffix in {".py", ".yaml", ".csv"}:
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _git(*arguments: str) -> str:
    try:
        done = subprocess.run(["git", "-C", str(ROOT), *arguments], capture_output=True, text=True, check=False)
    except FileNotFoundError:  # no git: an unpacked archive is a fine place to run from
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
