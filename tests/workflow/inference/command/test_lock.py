"""One process at a time holds the lock of a folder; the lock of a process that has ended is taken over."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from reference.runs import ROOT

from workflow.inference.command import lock
from workflow.inference.command.lock import birth_of, locked
from workflow.inference.writing.refusal import Refusal

HOLD = """
import sys
from pathlib import Path
from workflow.inference.command.lock import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def holder(tmp_path):
    """Another process that holds the lock of a folder."""
    command = [sys.executable, "-c", HOLD, str(tmp_path / "chains")]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_a_second_process_is_refused_with_host_pid_and_start(holder, tmp_path):
    words = rf"chains: is in use by process {holder.pid} on \S+ since \d{{4}}-\d\d-\d\d .*; wait for it, or end it"
    with pytest.raises(Refusal, match=words), locked(tmp_path / "chains"):
        pass
    holder.stdin.close()
    holder.wait()
    with locked(tmp_path / "chains"):
        pass
    assert not list(tmp_path.iterdir())


def test_the_lock_of_a_killed_process_is_taken_over(holder, tmp_path):
    holder.kill()
    holder.wait()
    (path,) = tmp_path.iterdir()
    with locked(tmp_path / "chains"):
        assert json.loads(path.read_text())["pid"] == os.getpid()
    assert not list(tmp_path.iterdir())


def test_a_later_process_of_the_same_number_does_not_hold_it(tmp_path):
    words = {"host": lock.socket.gethostname(), "pid": os.getpid(), "started": "then", "process": "another boot 1"}
    path = tmp_path / ".chains.lock"
    path.write_text(json.dumps(words))
    with locked(tmp_path / "chains"):
        assert json.loads(path.read_text())["process"] == lock.birth_of(os.getpid()) != words["process"]
    assert not list(tmp_path.iterdir())


def test_a_process_of_another_host_may_run(tmp_path):
    words = {"host": "elsewhere", "pid": 1, "started": "then", "process": "boot 1"}
    (tmp_path / ".chains.lock").write_text(json.dumps(words))
    with (
        pytest.raises(Refusal, match="process 1 on elsewhere since then; wait for it, or remove"),
        locked(tmp_path / "chains"),
    ):
        pass
    assert json.loads((tmp_path / ".chains.lock").read_text()) == words


@pytest.mark.parametrize("content", ["", "garbage", "[]", "{}"])
def test_a_damaged_lock_is_named(content, tmp_path):
    (tmp_path / ".chains.lock").write_text(content)
    with (
        pytest.raises(Refusal, match=r"\.chains\.lock is damaged; remove it if no sampler"),
        locked(tmp_path / "chains"),
    ):
        pass


def test_an_error_releases_the_lock(tmp_path):
    with pytest.raises(ZeroDivisionError), locked(tmp_path / "chains"):
        raise ZeroDivisionError
    assert not list(tmp_path.iterdir())


def test_it_works_where_there_are_no_hard_links(tmp_path, monkeypatch):
    def link(*_):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", link)
    with locked(tmp_path / "chains"), pytest.raises(Refusal, match="is in use"), locked(tmp_path / "chains"):
        pass
    assert not list(tmp_path.iterdir())


def test_a_process_that_is_no_more_has_no_birth():
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        assert birth_of(process.pid) == birth_of(process.pid) != ""
        assert birth_of(process.pid) != birth_of(os.getpid())
    assert birth_of(process.pid) == ""


@pytest.mark.parametrize("name", [".", "sub/.."])
def test_a_folder_without_a_name_of_its_own_has_a_lock(name, tmp_path, monkeypatch):
    (tmp_path / "here" / "sub").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "here")
    with locked(Path(name)):
        assert (tmp_path / ".here.lock").is_file()
    assert not (tmp_path / ".here.lock").exists()
