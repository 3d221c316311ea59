"""Tasks for worker processes, which must be importable there."""

import os
import signal


class Target:
    """Counts the tasks that one process has done."""

    def __init__(self):
        self.done = 0


def add(target, tick, one, other):
    """A sum, the process that made it, and how many tasks that has done."""
    target.done += 1
    tick(1)
    return one + other, os.getpid(), target.done


def fail(_target, _tick, words):
    """An error."""
    raise ValueError(words)


def die(_target, _tick):
    """The end of the process, as when memory runs out."""
    os.kill(os.getpid(), signal.SIGKILL)
