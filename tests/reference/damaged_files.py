"""Ways in which an HDF5 file of ours goes bad, and the words that name each."""

import emcee
import h5py
import numpy as np

from workflow.inference.sampling import chain_files


def not_hdf5(path):
    path.write_text("chains, chains, chains")


def empty(path):
    path.write_bytes(b"")


def truncated_in_the_middle(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def truncated_at_the_end(path):
    path.write_bytes(path.read_bytes()[:-1])


def holes(path):
    """As a disk that was full, or a crash of the machine, may leave it: right size, zeros in the data."""
    with h5py.File(path, "r") as file:
        start = file["mcmc"]["chain"].id.get_offset()
    content = bytearray(path.read_bytes())
    content[start : start + 512] = bytes(512)
    path.write_bytes(content)


def holes_in_the_structure(path):
    """Zeros where HDF5 keeps the places of the data: the library itself may never return from such a file."""
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 512] = bytes(512)
    path.write_bytes(content)


def without_the_chain(path):
    with h5py.File(path, "a") as file:
        del file["mcmc"]["chain"]


def of_another_program(path):
    path.unlink()
    backend = emcee.backends.HDFBackend(path)
    sampler = emcee.EnsembleSampler(
        8, 2, lambda x: np.column_stack([-0.5 * (x**2).sum(axis=1), x[:, 0]]), vectorize=True, backend=backend
    )
    sampler.run_mcmc(np.random.default_rng(1).normal(size=(8, 2)), 30)


def of_the_other_ensemble(path):
    path.write_bytes(path.with_name("ensemble_0.h5").read_bytes())


def of_another_shape(path):
    """All its marks right, and half of the walkers missing."""
    with h5py.File(path, "a") as file:
        half = file["mcmc"]["log_prob"][:, ::2]
        del file["mcmc"]["log_prob"]
        file["mcmc"]["log_prob"] = half
    chain_files.seal(path)


DAMAGES = {
    not_hdf5: "truncated or not a file of mevdm",
    empty: "truncated or not a file of mevdm",
    truncated_in_the_middle: "its contents do not match its checksum",
    truncated_at_the_end: "its contents do not match its checksum",
    holes_in_the_structure: "its contents do not match its checksum",
    holes: "its contents do not match its checksum",
    without_the_chain: "its contents do not match its checksum",
    of_another_program: "truncated or not a file of mevdm",
    of_the_other_ensemble: "a copy of ensemble_0.h5",
    of_another_shape: "shapes of chain, log_prob, blobs and accepted are .* instead of",
}
