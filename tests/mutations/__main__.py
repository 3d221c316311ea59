"""Break the source in many small ways, and see which breaks the tests do not notice.

    python -m tests.mutations                 180 breaks, spread evenly over physics, likelihoods and inference: hours
    python -m tests.mutations 20 model/physics/laboratory      20 breaks of the files whose path begins so

Every break is made in a copy of the tree. The test file of the broken module runs alone; a break that it passes is a
survivor. `NUMBA_DISABLE_JIT=1` saves the compilation of kernels. Each survivor is a missing test, unless `EQUIVALENT`
says why the broken source computes the same.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.mutations.breaks import Break, breaks_of, chosen

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("model", "likelihoods", "workflow/inference")
LONGEST_S = 900.0

EQUIVALENT: dict[str, str] = {
    "likelihoods/_statistics.py: prediction > value -> ((prediction) >= (value))": "the two branches meet at 0 there",
}
"""Survivors that compute the same, as ``path: what``, and why."""


def main() -> int:
    """Report survivors; the exit code is their number, at most 100."""
    options = argparse.ArgumentParser(prog="python -m tests.mutations", description=__doc__)
    options.add_argument("number", nargs="?", type=int, default=180)
    options.add_argument("path", nargs="?", default="")
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args()
    files = [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]
    files = [path for path in files if path.relative_to(ROOT).as_posix().startswith(given.path) and tests_of(path)]
    todo = chosen({path: breaks_of(path.read_text(encoding="utf-8")) for path in files}, given.number, given.seed)
    survivors = 0
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "tree"
        shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".git", "results", "__pycache__"))
        for path, broken in todo:
            name = f"{path.relative_to(ROOT)}:{broken.line}: {broken.what}"
            known = f"{path.relative_to(ROOT)}: {broken.what}" in EQUIVALENT
            outcome = "equivalent" if known else _outcome(copy, path, broken)
            survivors += outcome == "SURVIVED"
            sys.stdout.write(f"{outcome:10} {name}\n")
            sys.stdout.flush()
    sys.stdout.write(f"{survivors} of {len(todo)} survived\n")
    return min(survivors, 100)


def tests_of(path: Path) -> Path | None:
    """The test file of a module; that of the folder's modules for a kernel."""
    inside = path.relative_to(ROOT)
    place = ROOT / "tests" / inside.parent
    candidates = [place / f"test_{inside.stem.lstrip('_')}.py", place.parent / f"test_{inside.stem}.py"]
    return next((each for each in candidates if each.is_file()), None)


def _outcome(copy: Path, path: Path, broken: Break) -> str:
    """Whether the tests of a module notice a break of it."""
    inside, tests = path.relative_to(ROOT), tests_of(path)
    assert tests is not None
    sound = path.read_text(encoding="utf-8")
    (copy / inside).write_text(broken.applied(sound), encoding="utf-8")
    try:
        quiet = ("-q", "-x", "-n", "0", "-p", "no:cacheprovider")
        done = subprocess.run(
            [sys.executable, "-m", "pytest", *quiet, str(tests.relative_to(ROOT))],
            cwd=copy,
            env={**os.environ, "PYTHONPATH": os.pathsep.join([str(copy), os.environ.get("PYTHONPATH", "")])},
            capture_output=True,
            timeout=LONGEST_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return "timed out"
    finally:
        (copy / inside).write_text(sound, encoding="utf-8")
    return "SURVIVED" if done.returncode == 0 else "noticed"


if __name__ == "__main__":
    sys.exit(main())
