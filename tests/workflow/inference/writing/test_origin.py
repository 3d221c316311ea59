"""An artefact that is damaged, foreign, or of another origin is refused in one line; a sound one is read back."""

import json
import zipfile
from dataclasses import replace

import h5py
import numpy as np
import pytest
from matplotlib.figure import Figure
from numpy.testing import assert_array_equal
from reference.origins import ORIGIN

from workflow.inference.drawing.figure_files import save
from workflow.inference.writing import origin as module
from workflow.inference.writing.origin import (
    ArtefactError,
    read_json,
    read_npz,
    read_origin,
    read_sealed,
    require_named,
    require_parents,
    require_same,
    sealed,
    write_json,
    write_npz,
)

RECORD = {"ln_z": -3.5, "terms": {"a": [1, 2.5, None]}}
OURS = replace(ORIGIN, parents={"posterior.nc": "1" * 64})


def written(folder):
    """A JSON file, an archive and a figure of the same origin."""
    write_json(folder / "a.json", RECORD, OURS)
    write_npz(folder / "a.npz", {"x": np.arange(40.0), "n": np.array(3)}, OURS)
    figure = Figure(figsize=(1, 1))
    figure.add_subplot()
    save(figure, folder, "a", "", OURS)
    return [folder / f"a.{kind}" for kind in ("json", "npz", "png")]


def test_what_was_written_comes_back_with_its_origin(tmp_path):
    paths = written(tmp_path)
    assert [read_origin(path) for path in paths] == [OURS] * 3
    assert read_json(tmp_path / "a.json").record == RECORD
    arrays, _ = read_npz(tmp_path / "a.npz")
    assert_array_equal(arrays["x"], np.arange(40.0))
    assert set(arrays) == {"x", "n"}
    for kind in ("pdf", "svg"):
        assert OURS.code.encode() in (tmp_path / f"a.{kind}").read_bytes()


def test_equal_content_gives_equal_bytes(tmp_path):
    for name in "bc":
        (tmp_path / name).mkdir()
    one, two = (written(tmp_path / name) for name in "bc")
    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in two]


def test_a_number_that_json_does_not_have_is_not_written(tmp_path):
    with pytest.raises(ValueError, match="JSON"):
        write_json(tmp_path / "a.json", {"ln_z": float("nan")}, OURS)
    assert not list(tmp_path.iterdir())


def test_a_changed_number_is_noticed(tmp_path):
    written(tmp_path)
    path = tmp_path / "a.json"
    path.write_text(path.read_text().replace("-3.5", "123.0"))
    with pytest.raises(ArtefactError, match=r"a\.json: its contents do not match its checksum"):
        read_json(path)
    arrays = dict(np.load(tmp_path / "a.npz"))
    arrays["x"] = arrays["x"] * 2.0
    np.savez(tmp_path / "a.npz", **arrays)
    with pytest.raises(ArtefactError, match=r"a\.npz: its contents do not match its checksum"):
        read_npz(tmp_path / "a.npz")
    picture = tmp_path / "a.png"
    picture.write_bytes(picture.read_bytes().replace(b'"data": "eee', b'"data": "fff'))
    with pytest.raises(ArtefactError, match=r"a\.png: its contents do not match its checksum"):
        read_origin(picture)


@pytest.mark.parametrize("harm", [lambda b: b[: len(b) // 2], lambda b: b[:-4], lambda b: b[:-20] + b"\0" + b[-19:]])
def test_damage_behind_the_record_of_a_picture_is_noticed(harm, tmp_path):
    written(tmp_path)
    picture = tmp_path / "a.png"
    picture.write_bytes(harm(picture.read_bytes()))
    with pytest.raises(ArtefactError, match=r"a\.png: "):
        read_origin(picture)


def test_a_changed_origin_is_noticed(tmp_path):
    written(tmp_path)
    path = tmp_path / "a.json"
    path.write_text(path.read_text().replace(OURS.config, "f" * 64))
    with pytest.raises(ArtefactError, match="checksum"):
        read_json(path)


GARBAGE = {
    "empty": b"",
    "text": b"chains, chains, chains",
    "zeros": bytes(500),
    "another document": b'{"ln_z": 1.0}',
    "a list": b"[1, 2]",
    "deep": b"[" * 100_000,
    "no text": b"\xff\xfe\x00",
    "origin without digests": b'{"origin": {}}',
    "origin of another kind": b'{"origin": 3}',
    "zip of nothing": b"PK\x05\x06" + bytes(18),
    "head of a picture": b"\x89PNG\r\n\x1a\n",
    "head of HDF5": b"\x89HDF\r\n\x1a\n" + bytes(100),
    "pickle": b"\x80\x04\x95\x05\x00\x00\x00\x00\x00\x00\x00\x8c\x01x\x94.",
    "sealed garbage": sealed(b"garbage"),
}


@pytest.mark.parametrize("suffix", ["json", "npz", "png", "nc", "h5", "html"])
@pytest.mark.parametrize("content", GARBAGE.values(), ids=GARBAGE)
def test_garbage_is_one_line_that_names_the_file(content, suffix, tmp_path):
    path = tmp_path / f"a.{suffix}"
    path.write_bytes(content)
    with pytest.raises(ArtefactError, match=rf"a\.{suffix}: .*; make it again") as error:
        read_origin(path)
    assert "\n" not in str(error.value)
    assert path.read_bytes() == content


def test_every_truncation_is_noticed(tmp_path):
    for path in written(tmp_path)[:2]:
        content = path.read_bytes()
        for size in range(0, len(content) - 2, 7):
            path.write_bytes(content[:size])
            with pytest.raises(ArtefactError):
                read_origin(path)


def test_every_changed_byte_of_an_archive_is_noticed_or_changes_nothing(tmp_path):
    path = written(tmp_path)[1]
    content = path.read_bytes()
    expected = read_npz(path)[0]["x"]
    noticed = 0
    for place in range(0, len(content), 5):
        path.write_bytes(content[:place] + bytes([content[place] ^ 0x55]) + content[place + 1 :])
        try:
            arrays, found = read_npz(path)
        except ArtefactError:
            noticed += 1
        else:  # a byte of the archive that nobody reads, such as a time stamp
            assert_array_equal(arrays["x"], expected)
            assert found == OURS
    assert noticed > 0.5 * len(content) / 5


@pytest.mark.parametrize(
    "offset, value, words",
    [(6, 1, "is encrypted, password required"), (8, 99, "compression method is not supported")],
    ids=["password", "method"],
)
def test_an_archive_that_claims_what_zipfile_cannot_do_is_damaged(offset, value, words, tmp_path):
    path = written(tmp_path)[1]
    content = bytearray(path.read_bytes())
    for signature, shift in ((b"PK\3\4", 0), (b"PK\1\2", 2)):  # the head of each member, and its entry in the directory
        content[content.find(signature) + offset + shift] = value
    path.write_bytes(content)
    with pytest.raises(ArtefactError, match=rf"truncated or not a file of mevdm \(not a NumPy archive: .*{words}"):
        read_npz(path)


def test_an_archive_of_objects_is_not_unpickled(tmp_path):
    np.savez(tmp_path / "a.npz", x=np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(ArtefactError, match="truncated or not a file of mevdm"):
        read_npz(tmp_path / "a.npz")
    with zipfile.ZipFile(tmp_path / "b.npz", "w") as archive:
        archive.writestr("x.npy", "no array")
    with pytest.raises(ArtefactError, match="truncated or not a file of mevdm"):
        read_npz(tmp_path / "b.npz")


def test_a_sealed_file_opens_with_hdf5_and_a_changed_bit_does_not_reach_it(tmp_path):
    path = tmp_path / "a.nc"
    with h5py.File(path, "w") as file:
        file.attrs["origin"] = OURS.text()
    path.write_bytes(sealed(path.read_bytes()))
    assert read_origin(path) == OURS
    with h5py.File(path) as file:
        assert json.loads(file.attrs["origin"])["run"] == OURS.run
    content = bytearray(path.read_bytes())
    for place in (0, 90, len(content) // 2, len(content) - 70, len(content) - 1):
        content[place] ^= 1
        path.write_bytes(content)
        with pytest.raises(ArtefactError):
            read_sealed(path)
        content[place] ^= 1


@pytest.mark.parametrize("field", ["run", "config", "code", "data", "version"])
def test_another_origin_is_named_beside_ours_with_what_to_run(field, tmp_path):
    theirs, path = replace(OURS, **{field: "0123456789abcdef"}), tmp_path / "a.json"
    require_same(path, OURS, replace(OURS, processor="another", parents={}), "mevdm step")
    message = rf"a\.json: was made from \w+ 0123456789ab, and the \w+ at hand is {getattr(OURS, field)[:12]}; "
    with pytest.raises(ArtefactError, match=message + "run `mevdm step`"):
        require_same(path, theirs, OURS, "mevdm step")


def test_another_parent_is_named_beside_ours_with_what_to_run(tmp_path):
    path = tmp_path / "a.json"
    require_parents(path, OURS, {"posterior.nc": "1" * 64, "other": "2"}, "mevdm step")
    require_parents(path, OURS, {"other": "2"}, "mevdm step")
    message = r"a\.json: was made from posterior.nc 1{12}, and the posterior.nc at hand is 2{12}; run `mevdm step`"
    with pytest.raises(ArtefactError, match=message):
        require_parents(path, OURS, {"posterior.nc": "2" * 64}, "mevdm step")
    with pytest.raises(ArtefactError, match=r"does not say from which other it was made; run `mevdm step`"):
        require_named(path, OURS, {"posterior.nc": "1" * 64, "other": "2"}, "mevdm step")


def test_other_kinds_of_files_have_no_record(tmp_path):
    with pytest.raises(ArtefactError, match=r"a\.csv: carries no record"):
        read_origin(tmp_path / "a.csv")


def test_a_digest_is_that_of_sha256sum(tmp_path):
    (tmp_path / "a").write_bytes(b"abc")
    assert module.digest(tmp_path / "a").startswith("ba7816bf8f01cfea414140de5dae2223")
