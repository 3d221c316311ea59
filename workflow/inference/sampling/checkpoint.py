"""The folder of an unfinished run: identity of its files, and treatment of those that cannot be used.

Only the sampler renames files, because only the sampler then writes new ones in their place.
"""

from pathlib import Path

from workflow.inference.sampling import tasks
from workflow.inference.sampling.chain_files import flaw, read_identity
from workflow.inference.sampling.workers import Submit
from workflow.inference.writing.progress import say


def clear(folder: Path, expected: str, submit: Submit) -> None:
    """Rename the files of a folder from which a run cannot continue, and print the reason for each.

    Parameters
    ----------
    folder : Path
        Holds the checkpoints.
    expected : str
        The `chain_files.identity` of the run.
    submit : Submit
        Processes that hold the posterior, which must still reproduce the densities of the files.
    """
    for leftover in folder.glob(".*.tmp"):
        leftover.unlink()
    # A valid file may still come from other code or data than its identity states; the posterior decides.
    sound = []
    for path in sorted(folder.glob("*.h5")):
        if words := flaw(path):
            _set_aside(path, "broken", words)
        elif read_identity(path) != expected:
            _set_aside(path, "stale", "of another configuration, posterior or sampler setting")
        else:
            sound.append(path)
    deviations = submit(tasks.deviation, [(path,) for path in sound], "")
    if any(deviations):
        for path, words in zip(sound, deviations, strict=True):
            _set_aside(path, "stale", words or "of the same run")


def _set_aside(path: Path, word: str, reason: str) -> None:
    """Rename a file to ``<name>.<word>-<n>``, with the first n that is free; nothing is lost."""
    n = 1
    while (aside := path.with_name(f"{path.name}.{word}-{n}")).exists():
        n += 1
    path.rename(aside)
    say(f"set aside {path} as {aside.name}: {reason}")
