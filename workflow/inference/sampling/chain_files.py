"""Ensembles on disk, in the HDF5 layout of emcee. Each write replaces the whole file.

Every file holds a checksum of its contents and its own name, so that a truncated, altered or exchanged file is detected
when it is read.
"""

import hashlib
import io
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import emcee
import h5py
import numpy as np

from model.physics.quantities import Array
from workflow.inference.sampling.proposal import FitPoints, Mixture
from workflow.inference.sampling.settings import STOP_RULE, SamplerSettings
from workflow.inference.sampling.survey import Survey
from workflow.inference.sampling.target import Target
from workflow.inference.writing.artefacts import write_bytes
from workflow.inference.writing.refusal import Refusal

Attrs = dict[str, str | int | list[str]]
NAME = "file"  # attribute of the root of each file
# HDF5 leaves the first bytes of a file to its author. They hold a seal with the digest of all others, which is checked
# before HDF5 sees the file: the library reads some damaged files for ever.
USER_BLOCK, SEAL = 512, b"mevdm sha256 "


@dataclass(frozen=True)
class Chain:
    """The chain of one ensemble, as emcee stores it."""

    coords: Array  # (steps, walkers, d)
    log_prob: Array  # (steps, walkers)
    blobs: Array  # (steps, walkers, k)
    accepted: Array  # (walkers,), accepted proposals
    random_state: tuple[Any, ...]  # of numpy's RandomState, after the last step

    def last(self) -> emcee.State:
        """State from which the chain continues."""
        return emcee.State(self.coords[-1], self.log_prob[-1], self.blobs[-1], self.random_state, copy=True)


def read_chain(path: Path) -> Chain:
    """Read an ensemble; `emcee.backends.HDFBackend(path, read_only=True)` opens the same file.

    Raises
    ------
    OSError, KeyError, Refusal
        If the file is not HDF5, is incomplete, or holds other shapes than stated. `flaw` gives the reason in words.
    """
    with h5py.File(path, "r", locking=False) as file:
        group = file["mcmc"]
        state = plain_state([group.attrs[f"random_state_{i}"] for i in range(5)])
        coords, log_prob, blobs, accepted = (group[name][...] for name in ("chain", "log_prob", "blobs", "accepted"))
        steps, walkers = int(group.attrs["iteration"]), int(group.attrs["nwalkers"])
        names, blob_names = len(group.attrs["names"]), len(group.attrs["blob_names"])
    shapes = (coords.shape, log_prob.shape, blobs.shape, accepted.shape)
    declared = ((steps, walkers, names), (steps, walkers), (steps, walkers, blob_names), (walkers,))
    if shapes != declared or steps < 1:
        raise Refusal(f"shapes of chain, log_prob, blobs and accepted are {shapes} instead of {declared}")
    return Chain(coords, log_prob, blobs, accepted, state)


def read_attributes(path: Path) -> dict[str, object]:
    """Names, blob names, seed, burn-in and identity of an ensemble."""
    with h5py.File(path, "r", locking=False) as file:
        stored = {name: file["mcmc"].attrs[name] for name in file["mcmc"].attrs}
    plain = {
        name: value.tolist() if isinstance(value, np.generic | np.ndarray) else value for name, value in stored.items()
    }
    return {name: value for name, value in plain.items() if not name.startswith("random_state")}


def read_identity(path: Path) -> str:
    """The identity of the run that wrote a file."""
    with h5py.File(path, "r", locking=False) as file:
        return str(file[kind_of(file)].attrs["identity"])


def read_mixture(path: Path) -> Mixture:
    """Read the global proposal that an ensemble, or a survey, used."""
    with h5py.File(path, "r", locking=False) as file:
        return Mixture(**{name: file["proposal"][name][...] for name in ("weights", "means", "axes")})


def joined(one: Chain, two: Chain) -> Chain:
    """One chain after the other."""
    return Chain(
        np.concatenate([one.coords, two.coords]),
        np.concatenate([one.log_prob, two.log_prob]),
        np.concatenate([one.blobs, two.blobs]),
        one.accepted + two.accepted,
        two.random_state,
    )


def write_chain(path: Path, chain: Chain, mixture: Mixture, attrs: Attrs) -> None:
    """Write an ensemble in the layout of emcee's HDFBackend, with the proposal beside it.

    HDFBackend itself opens the file several times per step, which would double the time of a run.
    """
    steps, walkers, dimension = chain.coords.shape
    with atomic_hdf5(path) as file:
        group = file.create_group("mcmc")
        group.create_dataset("accepted", data=chain.accepted)
        group.create_dataset("chain", data=chain.coords)
        group.create_dataset("log_prob", data=chain.log_prob)
        group.create_dataset("blobs", data=chain.blobs)
        group.attrs["version"] = emcee.__version__
        group.attrs["nwalkers"] = walkers
        group.attrs["ndim"] = dimension
        group.attrs["has_blobs"] = True
        group.attrs["iteration"] = steps
        for i, element in enumerate(chain.random_state):
            group.attrs[f"random_state_{i}"] = element
        write_attrs(group, attrs)
        _write_mixture(file, mixture)


def _write_mixture(file: h5py.File, mixture: Mixture) -> None:
    proposal = file.create_group("proposal")
    proposal.create_dataset("weights", data=mixture.weights)
    proposal.create_dataset("means", data=mixture.means)
    proposal.create_dataset("axes", data=mixture.axes)


def write_survey(path: Path, survey: Survey, attrs: Attrs) -> None:
    """Write the survey of one ensemble."""
    with atomic_hdf5(path) as file:
        group = file.create_group("survey")
        group.create_dataset("theta", data=survey.theta)
        group.create_dataset("log_prob", data=survey.log_prob)
        group.attrs["fraction"] = survey.fraction
        write_attrs(group, attrs)
        _write_mixture(file, survey.mixture)


def read_survey(path: Path) -> Survey:
    """Read the survey of one ensemble."""
    with h5py.File(path, "r", locking=False) as file:
        group = file["survey"]
        fraction, theta, log_prob = float(group.attrs["fraction"]), group["theta"][...], group["log_prob"][...]
    return Survey(read_mixture(path), fraction, theta, log_prob)


def write_attrs(group: h5py.Group, attrs: Attrs) -> None:
    """Set attributes of a group."""
    for name, value in attrs.items():
        group.attrs[name] = value


@contextmanager
def atomic_hdf5(path: Path) -> Iterator[h5py.File]:
    """Open an HDF5 file that replaces ``path`` when it is complete, and is deleted after an error."""
    # HDF5 writes to memory. There it needs no lock, which network file systems often lack, and a full disk cannot crash
    # the process when HDF5 closes the file.
    memory = io.BytesIO()
    with h5py.File(memory, "w", libver=("v110", "v110"), userblock_size=USER_BLOCK) as file:
        yield file
        file.attrs[NAME] = path.name
    with memory.getbuffer() as content:
        words = SEAL + hashlib.sha256(content[USER_BLOCK:]).hexdigest().encode()
        content[: len(words)] = words
        write_bytes(path, content)


def seal(path: Path) -> None:
    """Write the digest of a finished file into its first bytes."""
    with path.open("r+b") as stream:
        stream.write(SEAL + _digest(path))


def _digest(path: Path) -> bytes:
    """SHA-256 of all bytes after the user block."""
    with path.open("rb") as stream:
        stream.seek(USER_BLOCK)
        return hashlib.file_digest(stream, "sha256").hexdigest().encode()


def flaw(path: Path) -> str:
    """The defect of a file in words; empty if there is none."""
    try:
        with path.open("rb") as stream:
            user_block = stream.read(USER_BLOCK)
        if not user_block.startswith(SEAL):
            return "truncated or not a file of mevdm"
        if user_block.rstrip(b"\0") != SEAL + _digest(path):
            return "its contents do not match its checksum"
        with h5py.File(path, "r", locking=False) as file:
            if file.attrs[NAME] != path.name:
                return f"a copy of {file.attrs[NAME]}"
            kind = kind_of(file)
        if kind == "pilot":
            read_particles(path)
            read_warm_particles(path)
            read_report(path)
        elif kind == "survey":
            read_survey(path)
        else:
            read_chain(path)
            read_mixture(path)
    except (OSError, KeyError, RuntimeError) as error:
        return f"truncated or not a file of mevdm ({' '.join(str(error).split())})"
    except ValueError as error:
        return str(error)
    return ""


def kind_of(file: h5py.File) -> str:
    """The group that holds the contents of a file."""
    return next((kind for kind in ("pilot", "survey") if kind in file), "mcmc")


def identity(config_hash: str, settings: SamplerSettings, names: Sequence[str], blob_names: Sequence[str]) -> str:
    """Digest of everything that determines the draws of a run; files with another digest are not used."""
    shaping = {name: value for name, value in asdict(settings).items() if name not in STOP_RULE}
    text = json.dumps([config_hash, shaping, list(names), list(blob_names)], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def checked_chains(
    paths: Sequence[Path], posterior: Target, settings: SamplerSettings, config_hash: str
) -> list[Chain]:
    """Chains of a finished run, if they are valid and belong to this run. Other files are left unchanged.

    The settings of the sampler must be the same. A posterior of another identity passes if it reproduces the
    log-densities, since most edits of code do not change this run.

    Parameters
    ----------
    paths : sequence of Path
        One file per ensemble.
    posterior : Target
        Of the run.
    settings : SamplerSettings
        Of the run.
    config_hash : str
        Identity of the posterior: of its configuration, data and code.

    Raises
    ------
    Refusal
        If a file is damaged, foreign or of another run; the message says which, with both identities.
    """
    chains = []
    for path in paths:
        if words := flaw(path):
            raise Refusal(f"{path}: {words}")
        chain, theirs = read_chain(path), str(read_attributes(path)["config_hash"])
        at_hand = f"that of the configuration, data and code at hand is {config_hash[:12]}"
        if read_identity(path) != identity(theirs, settings, posterior.names, posterior.blob_names):
            ours = identity(config_hash, settings, posterior.names, posterior.blob_names)
            raise Refusal(
                f"{path}: has other coordinates, likelihoods or sampler settings: its identity is"
                f" {read_identity(path)[:12]}, and that of the run at hand is {ours[:12]}"
            )
        if not reproduced(chain.log_prob[-1], posterior.log_prob(chain.coords[-1])[:, 0]):
            raise Refusal(f"{path}: is of another posterior: its identity is {theirs[:12]}, and {at_hand}")
        chains.append(chain)
    return chains


def reproduced(stored: Array, computed: Array) -> bool:
    """Whether two computations of log-densities agree; in a batch of another size the last bits may differ."""
    return bool(np.allclose(stored, computed, rtol=1e-8, atol=1e-8))


def read_particles(path: Path) -> FitPoints:
    """Particles of a pilot."""
    with h5py.File(path, "r", locking=False) as file:
        return FitPoints(file["pilot"]["particles"][...], file["pilot"]["log_prob"][...])


def read_warm_particles(path: Path) -> FitPoints:
    """Particles of a pilot at a higher temperature, with the log-density of the posterior itself there."""
    with h5py.File(path, "r", locking=False) as file:
        return FitPoints(file["pilot"]["warm"][...], file["pilot"]["warm_log_prob"][...])


def read_report(path: Path) -> dict[str, float]:
    """The report of a pilot."""
    with h5py.File(path, "r", locking=False) as file:
        report: dict[str, float] = json.loads(file["pilot"].attrs["report"])
    return report


def chain_length(path: Path) -> int:
    """Steps in a chain; 0 if there is none."""
    if not path.exists():
        return 0
    with h5py.File(path, "r", locking=False) as file:
        return int(file["mcmc"].attrs["iteration"])


def stored_mixture(paths: Sequence[Path]) -> Mixture | None:
    """Read the proposal of the first file that exists, which is the same in all files of a kind."""
    return next((read_mixture(path) for path in paths if path.exists()), None)


def plain_state(state: Sequence[Any] | dict[str, Any]) -> tuple[Any, ...]:
    """State of a RandomState in plain types, which HDF5 holds and which compare equal."""
    kind, keys, position, has_gauss, gauss = state
    return str(kind), np.asarray(keys, dtype=np.uint32), int(position), int(has_gauss), float(gauss)
