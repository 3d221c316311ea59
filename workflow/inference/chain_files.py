"""Ensembles on disk: emcee's own HDF5 layout, written in blocks that replace one another as a whole."""

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import emcee
import h5py
import numpy as np

from model.physics.quantities import Array
from workflow.inference.proposal import Mixture

Attrs = dict[str, str | int | list[str]]


@dataclass(frozen=True)
class Chain:
    """The chain of one ensemble, as emcee stores it."""

    coords: Array  # (steps, walkers, d)
    log_prob: Array  # (steps, walkers)
    blobs: Array  # (steps, walkers, k)
    accepted: Array  # (walkers,), accepted proposals
    random_state: tuple[Any, ...]  # of numpy's RandomState, after the last step

    def last(self) -> emcee.State:
        """Where to go on from."""
        # emcee drops the last axis of a single blob, and expects it dropped when it goes on.
        blobs = self.blobs[-1, :, 0] if self.blobs.shape[2] == 1 else self.blobs[-1]
        return emcee.State(self.coords[-1], self.log_prob[-1], blobs, self.random_state, copy=True)


def read_chain(path: Path) -> Chain:
    """Read an ensemble; `emcee.backends.HDFBackend(path, read_only=True)` opens the same file."""
    with h5py.File(path, "r", locking=False) as file:
        group = file["mcmc"]
        state = plain_state([group.attrs[f"random_state_{i}"] for i in range(5)])
        coords, log_prob, blobs, accepted = (group[name][...] for name in ("chain", "log_prob", "blobs", "accepted"))
        chain = Chain(coords, log_prob, blobs, accepted, state)
        if not len(chain.coords) == len(chain.log_prob) == len(chain.blobs) == group.attrs["iteration"] > 0:
            raise ValueError(f"{path}: its datasets differ in length")
    return chain


def read_attributes(path: Path) -> dict[str, object]:
    """Names, blob names, seed, burn-in and identity of an ensemble."""
    with h5py.File(path, "r", locking=False) as file:
        found = {name: file["mcmc"].attrs[name] for name in file["mcmc"].attrs}
    plain = {
        name: value.tolist() if isinstance(value, np.generic | np.ndarray) else value for name, value in found.items()
    }
    return {name: value for name, value in plain.items() if not name.startswith("random_state")}


def read_mixture(path: Path) -> Mixture:
    """Read the global proposal that an ensemble used."""
    with h5py.File(path, "r", locking=False) as file:
        return Mixture(**{name: file["proposal"][name][...] for name in ("weights", "means", "choleskys")})


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
        proposal = file.create_group("proposal")
        proposal.create_dataset("weights", data=mixture.weights)
        proposal.create_dataset("means", data=mixture.means)
        proposal.create_dataset("choleskys", data=mixture.choleskys)


def write_attrs(group: h5py.Group, attrs: Attrs) -> None:
    """Set attributes of a group."""
    for name, value in attrs.items():
        group.attrs[name] = value


@contextmanager
def atomic_hdf5(path: Path) -> Iterator[h5py.File]:
    """Open an HDF5 file that takes the place of ``path`` when complete, and leaves nothing behind when not."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        # No locks: nobody else knows this file, and network file systems often have none.
        with h5py.File(temporary, "w", libver=("v110", "v110"), locking=False) as file:
            yield file
        replace_file(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def replace_file(temporary: Path, path: Path) -> None:
    """Give a finished file its name, once it is on the disk."""
    with temporary.open("rb") as written:
        os.fsync(written.fileno())
    temporary.replace(path)


def read_particles(path: Path) -> tuple[Array, Array]:
    """Particles of a pilot and their log-densities."""
    with h5py.File(path, "r", locking=False) as file:
        return file["pilot"]["particles"][...], file["pilot"]["log_prob"][...]


def read_report(path: Path) -> dict[str, float]:
    """What a pilot says of itself."""
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
    """Read the proposal of the first chain there is: all of a kind share it."""
    return next((read_mixture(path) for path in paths if path.exists()), None)


def plain_state(state: Sequence[Any] | dict[str, Any]) -> tuple[Any, ...]:
    """State of a RandomState in plain types, which HDF5 holds and which compare equal."""
    kind, keys, position, has_gauss, gauss = state
    return str(kind), np.asarray(keys, dtype=np.uint32), int(position), int(has_gauss), float(gauss)
