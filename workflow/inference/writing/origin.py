"""The record of origin that every artefact carries, and the files that hold it.

A record says which run an artefact is of, and holds the digests of what it was made from: the configuration, the code
of the model and the likelihoods, the data, and the files that the step read (its parents). It has no time and no host,
so that equal inputs give equal bytes. JSON and NumPy files also hold the digest of their own content, and NetCDF files
end with the digest of all bytes before it.
"""

import hashlib
import html
import io
import json
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from workflow.inference.writing.artefacts import atomic, write_text
from workflow.inference.writing.refusal import Refusal

KEY = "origin"  # of the record in JSON files, NumPy files, attributes of HDF5, and metadata of figures
CONTENT = "content_sha256"
# After the data of a NetCDF file, where HDF5 does not look. It is checked before HDF5 sees the file, because the
# library reads some damaged files for ever.
TAIL = b"\nmevdm sha256 "
_PNG = b"\x89PNG\r\n\x1a\n"
SHOWN = 12  # characters of a digest in a message
# What numpy, zipfile and zlib raise when the bytes of an archive are damaged.
DAMAGED_ARCHIVE = (
    AttributeError,
    EOFError,
    KeyError,
    MemoryError,  # the damaged bytes claim an array that is too large
    OSError,
    RuntimeError,  # the damaged bytes claim a password, or a method of compression that zipfile does not know
    TypeError,
    ValueError,
    zipfile.BadZipFile,
    zlib.error,
)

Arrays = Mapping[str, NDArray[np.generic]]


class ArtefactError(Refusal):
    """An artefact is damaged, or was made from something else; the message is one line that says what to run."""


@dataclass(frozen=True)
class Origin:
    """What an artefact was made from.

    Attributes
    ----------
    run : str
        Name of the run, or of the comparison; empty for what belongs to none.
    config, code, data : str
        SHA-256 of the configuration, of the source of the model and the likelihoods of the run, and of the data files.
    version : str
        Version of mevdm.
    parents : dict of str to str
        SHA-256 of every artefact that was read, by name.
    processor : str
        Kind of processor and of its linear algebra. It is information only: on another kind the last bits of a density
        may differ.
    """

    run: str
    config: str
    code: str
    data: str
    version: str
    parents: Mapping[str, str]
    processor: str

    def text(self) -> str:
        """The record as one line of JSON."""
        return json.dumps(asdict(self), sort_keys=True)


class Stored(NamedTuple):
    """The content of a JSON file, and its origin."""

    record: dict[str, Any]
    origin: Origin


def digest(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def parsed(path: Path, text: object) -> Origin:
    """The record of a file from its text.

    Raises
    ------
    ArtefactError
        If it is not a record of origin.
    """
    try:
        record: Any = json.loads(text) if isinstance(text, str | bytes) else text
        return Origin(**{field.name: record[field.name] for field in fields(Origin)})
    except (ValueError, KeyError, TypeError):
        raise _foreign(path, "it has no record of its origin") from None


def write_json(path: Path, record: Mapping[str, object], origin: Origin) -> None:
    """Write a record as JSON with its origin, all or nothing; NaN and infinities are refused.

    Parameters
    ----------
    path : Path
        The file.
    record : mapping of str to object
        Its content, in types of JSON.
    origin : Origin
        Its origin.
    """
    whole: dict[str, Any] = {**record, KEY: asdict(origin)}
    whole[KEY][CONTENT] = _digest_of_json(whole)
    write_text(path, json.dumps(whole, indent=1, allow_nan=False) + "\n")


def read_json(path: Path) -> Stored:
    """Read a JSON artefact.

    Raises
    ------
    ArtefactError
        If it is not a JSON file of mevdm, or has been altered.
    """
    try:
        whole = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise _foreign(path, f"not valid JSON: {_line(error)}") from None
    if not isinstance(whole, dict) or not isinstance(whole.get(KEY), dict):
        raise _foreign(path, "it has no record of its origin")
    content = whole[KEY].pop(CONTENT, None)
    if content != _digest_of_json(whole):
        raise _altered(path)
    return Stored({name: value for name, value in whole.items() if name != KEY}, parsed(path, whole[KEY]))


def write_npz(path: Path, arrays: Arrays, origin: Origin) -> None:
    """Write arrays as a compressed NumPy archive with their origin; equal content gives equal bytes."""
    whole = {**arrays, KEY: np.array(origin.text())}
    with atomic(path) as temporary, temporary.open("wb") as stream:
        np.savez_compressed(stream, allow_pickle=False, **whole, **{CONTENT: np.array(_digest_of_arrays(whole))})


def read_npz(path: Path) -> tuple[dict[str, NDArray[Any]], Origin]:
    """Read the arrays of a NumPy archive, and its origin.

    Raises
    ------
    ArtefactError
        If it is not an archive of mevdm, or has been altered.
    """
    content = path.read_bytes()
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
    except DAMAGED_ARCHIVE as error:
        raise _foreign(path, f"not a NumPy archive: {_line(error)}") from None
    if KEY not in arrays or CONTENT not in arrays:
        raise _foreign(path, "it has no record of its origin")
    stated = str(arrays.pop(CONTENT))
    if stated != _digest_of_arrays(arrays):
        raise _altered(path)
    return arrays, parsed(path, str(arrays.pop(KEY)))


def sealed(content: bytes) -> bytes:
    """The bytes of a finished file with their digest behind them."""
    return content + TAIL + hashlib.sha256(content).hexdigest().encode()


def read_sealed(path: Path) -> io.BytesIO:
    """The bytes of a sealed file, in memory, where HDF5 needs no lock to read them.

    Raises
    ------
    ArtefactError
        If the digest at its end is missing, or does not agree with the bytes before it.
    """
    content = path.read_bytes()
    body, words = content[: -len(TAIL) - 64], content[-len(TAIL) - 64 :]
    if not words.startswith(TAIL):
        raise _foreign(path, "truncated, or not written by mevdm")
    if words[len(TAIL) :].decode("ascii", "replace") != hashlib.sha256(body).hexdigest():
        raise _altered(path)
    return io.BytesIO(body)


def read_origin(path: Path) -> Origin:
    """The origin of an artefact of any kind.

    Raises
    ------
    ArtefactError
        If it has none, is damaged, or is of a kind that carries no record.
    """
    match path.suffix:
        case ".json":
            return read_json(path).origin
        case ".npz":
            return read_npz(path)[1]
        case ".nc":
            return parsed(path, _hdf5_attribute(path, read_sealed(path), "/"))
        case ".h5":
            return parsed(path, _hdf5_attribute(path, path, "mcmc"))
        case ".png":
            return parsed(path, _png_text(path))
        case ".html":
            return parsed(path, _html_text(path))
    raise ArtefactError(f"{path}: carries no record of its origin; allowed: .json, .npz, .nc, .h5, .png, .html")


def require_same(path: Path, found: Origin, wanted: Origin, remedy: str) -> None:
    """Check that an artefact was made from the configuration, data and code at hand.

    Parameters
    ----------
    path, found
        The artefact and its origin.
    wanted : Origin
        What it would have if it were made now; parents and processor are not compared.
    remedy : str
        The command that makes it again.

    Raises
    ------
    ArtefactError
        If they differ; the message names both.
    """
    names = {"run": "run", "config": "configuration", "data": "data", "code": "code", "version": "version"}
    for field, word in names.items():
        theirs, ours = getattr(found, field), getattr(wanted, field)
        if theirs != ours:
            raise ArtefactError(
                f"{path}: was made from {word} {theirs[:SHOWN] or 'none'}, and the {word} at hand is {ours[:SHOWN]};"
                f" run `{remedy}`"
            )


def require_parents(path: Path, found: Origin, known: Mapping[str, str], remedy: str) -> None:
    """Check that an artefact was made from files that are known by their digests; others are not compared.

    Raises
    ------
    ArtefactError
        If one differs; the message names both.
    """
    for name, theirs in found.parents.items():
        ours = known.get(name, theirs)
        if theirs != ours:
            raise ArtefactError(
                f"{path}: was made from {name} {theirs[:SHOWN]}, and the {name} at hand is {ours[:SHOWN]};"
                f" run `{remedy}`"
            )


def require_named(path: Path, found: Origin, names: Mapping[str, str], remedy: str) -> None:
    """The same as `require_parents`, where every name must be among the parents."""
    require_parents(path, found, names, remedy)
    for name in names:
        if name not in found.parents:
            raise ArtefactError(f"{path}: does not say from which {name} it was made; run `{remedy}`")


def _digest_of_json(whole: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()


def _digest_of_arrays(arrays: Arrays) -> str:
    whole = hashlib.sha256()
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        whole.update(f"{name} {array.dtype.str} {array.shape}\n".encode())
        whole.update(array.tobytes())
    return whole.hexdigest()


def _hdf5_attribute(path: Path, source: Path | io.BytesIO, group: str) -> object:
    import h5py

    try:
        with h5py.File(source, "r", **({"locking": False} if source is path else {})) as file:
            return file[group].attrs[KEY]
    except (OSError, KeyError, RuntimeError) as error:
        raise _foreign(path, _line(error)) from None


def _png_text(path: Path) -> object:
    """The text of a figure: a chunk of the kind tEXt with the key of the record. Every chunk has its own checksum."""
    content = memoryview(path.read_bytes())
    if content[:8] != _PNG:
        raise _foreign(path, "not a PNG file")
    place, kind, text, start = len(_PNG), b"", None, KEY.encode() + b"\0"
    while kind != b"IEND":
        size = int.from_bytes(content[place : place + 4], "big")
        chunk, checksum = content[place + 4 : place + 8 + size], content[place + 8 + size : place + 12 + size]
        if len(checksum) < 4:
            raise _foreign(path, "its end is missing")
        if zlib.crc32(chunk) != int.from_bytes(checksum, "big"):
            raise _altered(path)
        kind, place = bytes(chunk[:4]), place + 12 + size
        if kind == b"tEXt" and chunk[4 : 4 + len(start)] == start:
            text = bytes(chunk[4 + len(start) :]).decode("latin-1")
    if text is None:
        raise _foreign(path, "it has no record of its origin")
    return text


def _html_text(path: Path) -> object:
    text = path.read_text(encoding="utf-8", errors="replace")
    return html.unescape(text.partition(f'<meta name="{KEY}" content="')[2].partition('"')[0])


def _foreign(path: Path, words: str) -> ArtefactError:
    return ArtefactError(f"{path}: truncated or not a file of mevdm ({words}); make it again")


def _altered(path: Path) -> ArtefactError:
    return ArtefactError(f"{path}: its contents do not match its checksum; make it again")


def _line(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__
