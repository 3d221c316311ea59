"""Statement of origin of every artefact, and identity of a posterior."""

import hashlib
import inspect
import json
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import yaml

import likelihoods
from workflow.inference.run.config import Config

ROOT = Path(__file__).resolve().parents[3]
PACKAGES = ("arviz", "emcee", "h5py", "matplotlib", "numba", "numpy", "scikit-learn", "scipy", "xarray")


def provenance(config: Config) -> dict[str, object]:
    """Commit, dirty flag, versions, seed, digests of config and data; no time, so that reruns give equal bytes."""
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
    """Digest of everything that shapes the posterior: physics, priors, likelihoods, data, code."""
    content = yaml.safe_load(config.text)
    sections = ("model", "parameters", "cosmology", "galaxy", "line", "likelihoods")
    shaping = {key: content.get(key) for key in sections}
    digest = hashlib.sha256(json.dumps(shaping, sort_keys=True).encode())
    sources = [path for folder in ("model", "likelihoods") for path in sorted((ROOT / folder).rglob("*"))]
    if not sources:
        raise FileNotFoundError(f"no source of the physics below {ROOT}: the identity of the posterior would be empty")
    sources += [ROOT / "workflow" / "inference" / name for name in ("posterior/posterior.py", "posterior/priors.py")]
    sources += _modules_elsewhere(config)
    for path in _files_of_options(content["model"]):
        digest.update(path.read_bytes())
    for path in sources:
        if path.suffix in {".py", ".yaml", ".csv"}:
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _modules_elsewhere(config: Config) -> list[Path]:
    """Files of the model and the likelihoods that are named by an import path, outside of this tree."""
    kinds = [type(config.model), *(type(likelihood) for likelihood in config.likelihoods.values())]
    files = [Path(inspect.getfile(kind)) for kind in kinds]
    return sorted(path for path in files if not path.is_relative_to(ROOT))


def _files_of_options(model: dict[str, object]) -> list[Path]:
    """Files that options of the model name, such as a spectrum."""
    return [Path(value) for _, value in sorted(model.items()) if isinstance(value, str) and Path(value).is_file()]


def _git(*arguments: str) -> str:
    try:
        done = subprocess.run(["git", "-C", str(ROOT), *arguments], capture_output=True, text=True, check=False)
    except FileNotFoundError:  # without git, as in an unpacked archive, there is no commit
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
