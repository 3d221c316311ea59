"""Processes that each hold a posterior and execute tasks with it."""

import ctypes
import multiprocessing
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any, Protocol

from threadpoolctl import threadpool_limits
from tqdm import tqdm

from workflow.inference.writing.progress import say
from workflow.inference.writing.refusal import Refusal

Tick = Callable[[int], None]  # reports evaluations done
SECONDS_BETWEEN_LINES = 10.0  # in a log
PR_SET_PDEATHSIG = 1  # of prctl(2)


class Submit(Protocol):
    """Run one task for each tuple of arguments, distributed over the processes, and return the results in order."""

    def __call__(
        self, task: Callable[..., Any], arguments: Sequence[tuple[Any, ...]], label: str, total: int | None = None
    ) -> list[Any]:
        """Call ``task(target, tick, *arguments)`` for each."""
        ...


@contextmanager
def workers(build: Callable[[], Any], processes: int) -> Iterator[Submit]:
    """Run tasks in ``processes`` fresh processes, each with its own target; in this one if that is 1.

    Processes are spawned and not forked, because numba, BLAS and tqdm have threads, which do not survive a fork. They
    communicate by pipes and not by an executor: if this process dies in any way, the workers find the pipe broken
    within a step and end. Otherwise they would overwrite the checkpoints of a resumed run.
    """
    if processes <= 1:
        with threadpool_limits(limits=1):
            target = build()

            def submit_here(
                task: Callable[..., Any], arguments: Sequence[tuple[Any, ...]], label: str, total: int | None = None
            ) -> list[Any]:
                with _progress_bar(label, total) as bar:
                    return [task(target, bar.update, *given) for given in arguments]

            yield submit_here
        return

    context = multiprocessing.get_context("spawn")
    pool: dict[Connection, BaseProcess] = {}

    def submit(
        task: Callable[..., Any], arguments: Sequence[tuple[Any, ...]], label: str, total: int | None = None
    ) -> list[Any]:
        results: list[Any] = [None] * len(arguments)
        waiting = list(range(len(arguments)))
        idle, running = list(pool), dict[Connection, int]()
        with _progress_bar(label, total) as bar:
            while waiting or running:
                while waiting and idle:
                    connection = idle.pop(0)
                    running[connection] = waiting.pop(0)
                    connection.send((task, arguments[running[connection]]))
                for ready in wait(list(running)):
                    connection = next(ours for ours in running if ours is ready)
                    kind, value = _receive(connection, pool[connection])
                    if kind == "tick":
                        bar.update(value)
                    else:
                        results[running.pop(connection)] = value
                        idle.append(connection)
        return results

    try:
        for _ in range(processes):
            ours, theirs = context.Pipe()
            process: BaseProcess = context.Process(target=_serve, args=(theirs, build), daemon=True)
            process.start()
            theirs.close()
            pool[ours] = process
        yield submit
    finally:
        for connection, process in pool.items():
            connection.close()
            process.terminate()
            process.join()


def _receive(connection: Connection, process: BaseProcess) -> tuple[str, Any]:
    try:
        kind, value = connection.recv()
    except (EOFError, ConnectionResetError):
        process.join()
        raise Refusal(
            f"a sampling process died with exit code {process.exitcode} (out of memory?); run again to resume"
        ) from None
    if kind == "error":
        raise value
    return kind, value


def _serve(connection: Connection, build: Callable[[], Any]) -> None:
    """Execute tasks until the parent closes the pipe or has ended."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent ends us
    _die_with_parent()
    threadpool_limits(limits=1)

    def tick(evaluations: int) -> None:
        connection.send(("tick", evaluations))

    target: Any = None
    try:
        while True:
            task, arguments = connection.recv()
            try:
                target = target or build()
                answer = ("result", task(target, tick, *arguments))
            except Exception as error:
                error.add_note(traceback.format_exc())
                answer = ("error", error)
            connection.send(answer)
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return


def _die_with_parent() -> None:
    """Ask Linux to kill this process when its parent has ended, since a task may be long before the pipe is used."""
    with suppress(OSError, AttributeError):  # elsewhere the broken pipe ends it
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


@dataclass
class _LogLines:
    """Progress for a log: a plain line every few seconds, because a bar would write control characters."""

    label: str
    total: int
    done: int = 0
    started: float = field(default_factory=time.monotonic)
    spoken: float = field(default_factory=time.monotonic)

    def update(self, points: int) -> None:
        """Count points, and print a line if the last one is old."""
        self.done += points
        now = time.monotonic()
        if self.total and now - self.spoken >= SECONDS_BETWEEN_LINES:
            self.spoken = now
            rate = self.done / (now - self.started)
            left = (self.total - self.done) / rate
            percent = 100.0 * self.done / self.total
            say(f"{self.label}: {percent:.0f} %, {rate:.0f} points/s, {left:.0f} s to go")


@contextmanager
def _progress_bar(label: str, total: int | None) -> Iterator[Any]:
    """A bar on a terminal, lines in a log, nothing for phases without a label."""
    if not sys.stderr.isatty():
        yield _LogLines(label, total or 0)
        return
    with tqdm(total=total, desc=label, unit=" points", unit_scale=True, leave=False, disable=not label) as bar:
        yield bar
