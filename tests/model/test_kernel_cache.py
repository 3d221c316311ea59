"""Kernels find a folder for what numba compiles, whatever cannot be written; only its owner can write it."""

import os
import stat
import tempfile
from pathlib import Path

import pytest

from model import _kernel_cache


@pytest.fixture
def nowhere(monkeypatch, tmp_path):
    """A source, a home and a chosen folder that cannot be made, since a file stands in their way."""
    wall = tmp_path / "wall"
    wall.write_text("")
    monkeypatch.setenv("HOME", str(wall / "home"))
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(wall / "chosen"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return wall / "source"


def test_a_folder_that_can_be_written_is_left_alone(nowhere, monkeypatch, tmp_path):
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "chosen"))
    _kernel_cache.provide(nowhere)
    assert os.environ["NUMBA_CACHE_DIR"] == str(tmp_path / "chosen")


@pytest.mark.parametrize("place", ["source", "home"])
def test_the_places_of_numba_come_first(place, nowhere, monkeypatch, tmp_path):
    monkeypatch.delenv("NUMBA_CACHE_DIR")
    if place == "home":
        monkeypatch.setenv("HOME", str(tmp_path))
    _kernel_cache.provide(tmp_path if place == "source" else nowhere)
    assert "NUMBA_CACHE_DIR" not in os.environ


def test_without_any_place_kernels_are_kept_in_a_folder_of_the_user(nowhere, tmp_path):
    for _ in range(2):  # the second time it is there
        _kernel_cache.provide(nowhere)
        folder = tmp_path / f"mevdm-kernels-{os.getuid()}"
        assert os.environ["NUMBA_CACHE_DIR"] == str(folder)
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_folder_that_others_can_write_is_not_trusted(nowhere, tmp_path):
    folder = tmp_path / f"mevdm-kernels-{os.getuid()}"
    folder.mkdir()
    folder.chmod(0o777)
    _kernel_cache.provide(nowhere)
    assert os.environ["NUMBA_CACHE_DIR"] != str(folder)
    assert stat.S_IMODE(Path(os.environ["NUMBA_CACHE_DIR"]).stat().st_mode) == 0o700


def test_kernels_are_kept_in_the_first_place_that_can_be_written(nowhere, monkeypatch, tmp_path):
    monkeypatch.setenv("NUMBA_DISABLE_JIT", "0")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert _kernel_cache.place(nowhere) == tmp_path / "home" / ".cache" / "numba"
    assert _kernel_cache.place(tmp_path / "sources") == tmp_path / "sources" / "__pycache__"
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "chosen"))
    assert _kernel_cache.place(tmp_path / "sources") == tmp_path / "chosen"
    monkeypatch.setenv("NUMBA_DISABLE_JIT", "1")
    assert _kernel_cache.place(tmp_path / "sources") is None
