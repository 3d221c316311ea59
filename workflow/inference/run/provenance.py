"""Origin of every artefact, statement of provenance of a run, and identity of a posterior."""

import functools
import hashlib
import inspect
import json
import platform
import subprocess
import sys
from collections.abc import Iterable, Sequence
from importlib import metadata
from pathlib import Path

import yaml

import likelihoods
from workflow.inference.run.config import Config
from workflow.inference.writing.origin import Origin, digest
from workflow.inference.writing.sources import sources
from workflow.inference.writing.strict_yaml import written

ROOT = Path(__file__).resolve().parents[3]
SHOWN = ("figures", "profile", "cross_check")  # keys of the section report that change no number
PACKAGES = ("arviz", "emcee", "h5py", "matplotlib", "numba", "numpy", "scikit-learn", "scipy", "xarray")


def origin_of(config: Config, parents: Iterable[Path] = ()) -> Origin:
    """The origin of an artefact of a run, made now.

    Parameters
    ----------
    config : Config
        The run.
    parents : iterable of Path
        The artefacts that the step reads.

    Returns
    -------
    Origin
        The configuration is what shapes numbers, see `shaping_text`. The code is that of the model and the likelihoods
        of the run and of all that they and the posterior import. An edit of other code leaves it.
    """
    kinds = [type(config.model), *(type(likelihood) for likelihood in config.likelihoods.values())]
    files = sources([*(kind.__module__ for kind in kinds), "workflow.inference.run.assembly"])
    return Origin(
        run=config.run,
        config=hashlib.sha256(shaping_text(config.text).encode()).hexdigest(),
        code=_digest_of([*files, *_modules_elsewhere(config)]),
        data=_digest_of([*_data_files(), *_files_of_options(yaml.safe_load(config.text)["model"])]),
        version=metadata.version("mevdm"),
        parents={path.name: digest(path) for path in parents},
        processor=processor(),
    )


def shaping_text(text: str) -> str:
    """The config of a run without the scan, whose shards name it themselves, and without what a report only shows.

    A figure that is added to a config thus belongs to the same chains. Numbers of draws stay: they shape the posterior
    file.
    """
    content = yaml.safe_load(text)
    report = {key: value for key, value in (content.pop("report", None) or {}).items() if key not in SHOWN}
    content.pop("scan", None)
    return written(content | ({"report": report} if report else {}))


def origin_without_run(name: str, modules: Sequence[str], parents: dict[str, str], settings: str = "") -> Origin:
    """The origin of an artefact that belongs to no run, or to several.

    Parameters
    ----------
    name : str
        What stands in place of the name of a run.
    modules : sequence of str
        The modules that make it; their files and all that these import are its code.
    parents : dict of str to str
        Digests of the artefacts that the step reads, by name.
    settings : str
        Text of its configuration, if it has one.
    """
    return Origin(
        run=name,
        config=hashlib.sha256(settings.encode()).hexdigest(),
        code=_digest_of(sources(modules)),
        data=_digest_of(_data_files()),
        version=metadata.version("mevdm"),
        parents=parents,
        processor=processor(),
    )


@functools.cache
def processor() -> str:
    """Kind of the processor, and of the linear algebra that was chosen for it: equal bytes are promised on one kind."""
    import llvmlite.binding
    from threadpoolctl import threadpool_info

    blas = sorted({str(library["architecture"]) for library in threadpool_info() if library.get("architecture")})
    return " ".join([platform.machine(), llvmlite.binding.get_host_cpu_name(), *blas])


def provenance(config: Config) -> dict[str, object]:
    """Commit, dirty flag, versions, seed, digests of config and data; no time, so that reruns give equal bytes."""
    return {
        "mevdm": metadata.version("mevdm"),
        "commit": _git("rev-parse", "HEAD") or "not a git checkout",
        "dirty": bool(_git("status", "--porcelain", "--untracked-files=no")),
        "python": ".".join(map(str, sys.version_info[:3])),
        "versions": {name: metadata.version(name) for name in PACKAGES},
        "run": config.run,
        "seed": config.sampler.seed,
        "config_sha256": hashlib.sha256(config.text.encode()).hexdigest(),
        "data_sha256": {path.name: digest(path) for path in _data_files()},
        "processor": processor(),
    }


def posterior_identity(config: Config) -> str:
    """Digest of everything that shapes the posterior: physics, priors, likelihoods, data, code."""
    content = yaml.safe_load(config.text)
    sections = ("model", "parameters", "cosmology", "galaxy", "line", "likelihoods")
    shaping = {key: content.get(key) for key in sections}
    whole = hashlib.sha256(json.dumps(shaping, sort_keys=True).encode())
    files = [path for folder in ("model", "likelihoods") for path in sorted((ROOT / folder).rglob("*"))]
    if not files:
        raise FileNotFoundError(f"no source of the physics below {ROOT}: the identity of the posterior would be empty")
    files += [ROOT / "workflow" / "inference" / name for name in ("posterior/posterior.py", "posterior/priors.py")]
    files += _modules_elsewhere(config)
    for path in _files_of_options(content["model"]):
        whole.update(path.read_bytes())
    for path in files:
        if path.suffix in {".py", ".yaml", ".csv"}:
            whole.update(path.read_bytes())
    return whole.hexdigest()


def _digest_of(files: Iterable[Path]) -> str:
    """Digest of the names and the contents of files; where the tree lies does not matter."""
    whole = hashlib.sha256()
    for path in files:
        whole.update(f"{path.name} {digest(path)}\n".encode())
    return whole.hexdigest()


def _data_files() -> list[Path]:
    folder = Path(next(iter(likelihoods.__path__))) / "data"
    return sorted(path for path in folder.iterdir() if path.suffix in {".yaml", ".csv"})


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
