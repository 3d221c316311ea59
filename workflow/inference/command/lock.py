"""A lock on a folder, so that two samplers do not write the same chains.

The lock is a file beside the folder that is made only if it is not there. It needs no locks of the file system, which
network storage often lacks. It names host, process and start, so that a lock whose process has ended is recognised and
taken over.
"""

import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from workflow.inference.writing.refusal import Refusal


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the lock of a folder.

    Raises
    ------
    Refusal
        If another process holds it; the message names host, process, start and what to do.
    """
    place = folder.resolve() if folder.name in ("", "..") else folder  # "." and ".." are no names
    path = place.with_name(f".{place.name}.lock")
    path.parent.mkdir(parents=True, exist_ok=True)
    for _ in range(3):
        if _made(path):
            break
        _take_stale(path, folder)
    else:
        raise Refusal(f"{folder}: others take its lock {path} at the same time; run again")
    try:
        yield
    finally:
        with suppress(OSError):
            path.unlink()


def _made(path: Path) -> bool:
    """Make the file of the lock; False if it is there."""
    words = {
        "host": socket.gethostname(),
        "pid": os.getpid(),
        "started": time.strftime("%Y-%m-%d %H:%M:%S %z"),
        "process": birth_of(os.getpid()),
    }
    # The file gets its name with all its content, so that nobody reads half of it.
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    temporary.write_text(json.dumps(words), encoding="utf-8")
    try:
        os.link(temporary, path)
    except FileExistsError:
        return False
    except OSError:  # a file system without hard links
        try:
            handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY)
        except FileExistsError:
            return False
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(json.dumps(words))
    finally:
        temporary.unlink(missing_ok=True)
    return True


def _take_stale(path: Path, folder: Path) -> None:
    """Remove a lock whose process has ended.

    Raises
    ------
    Refusal
        If it may still run.
    """
    try:
        text = path.read_text(encoding="utf-8")
        words = json.loads(text)
        host, pid, started, process = (words[key] for key in ("host", "pid", "started", "process"))
    except FileNotFoundError:
        return
    except (ValueError, KeyError, TypeError):
        raise Refusal(f"{folder}: its lock {path} is damaged; remove it if no sampler of this run is at work") from None
    if host != socket.gethostname():
        raise Refusal(
            f"{folder}: is in use by process {pid} on {host} since {started};"
            f" wait for it, or remove {path} if it has ended"
        )
    if birth_of(int(pid)) == process:
        raise Refusal(f"{folder}: is in use by process {pid} on {host} since {started}; wait for it, or end it")
    # Of several that find the lock stale, one gets to rename it. If another had made a new lock by then, it goes back.
    stale = path.with_name(f"{path.name}.stale-{os.getpid()}")
    with suppress(FileNotFoundError):
        path.rename(stale)
        if stale.read_text(encoding="utf-8") == text:
            stale.unlink()
        else:
            stale.rename(path)


def birth_of(pid: int) -> str:
    """What distinguishes a process from an earlier or later one of the same number; empty if there is none."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="utf-8").strip()
    except OSError:
        return ""
    fields = status.rpartition(")")[2].split()
    state, start = fields[0], fields[19]  # the start is in clock ticks after that of the machine
    return "" if state in "ZX" else f"{boot} {start}"
