"""Break the source in many small ways, and see which breaks the tests do not notice.

    python -m tests.mutations                 180 breaks, spread evenly over physics, likelihoods and inference: hours
    python -m tests.mutations 20 model/physics/laboratory likelihoods      20 breaks of the files whose paths begin so

Every break is made in a copy of the tree. The test file of the broken module runs alone, after it has passed with the
sound module; a break that it passes is a survivor. The libraries are imported once, and tables, whose names hold a
digest of their source, are kept from one break to the next. Each survivor is a missing test, unless `EQUIVALENT` says
why the broken source computes the same. A broken module may take ten times as long as the sound one, which makes
tables and compiles kernels. Where the sound module fails, breaks are unjudged.
"""

import argparse
import itertools
import os
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

# What the tests use, so that no fork imports it again.
import emcee  # noqa: F401
import h5py  # noqa: F401
import numba  # noqa: F401
import numpy  # noqa: F401
import pydantic  # noqa: F401
import pytest
import scipy.integrate
import scipy.interpolate
import scipy.stats  # noqa: F401

from tests.mutations.breaks import Break, breaks_of, chosen

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("model", "likelihoods", "workflow/inference")
SHORTEST_LIMIT_S, LONGEST_SOUND_S = 900, 3600
_SERIAL = itertools.count(1)
TABLES = "MEVDM_TEST_TABLES"  # the folder in which tests/conftest.py keeps tables

EQUIVALENT: dict[str, tuple[str, str]] = {
    "model/physics/hidden_sector/z_mixing.py: -2.0 * mixing * np.where(difference < 0, -1.0, 1.0) -> "
    "((-2.0 * mixing) / (np.where(difference < 0, -1.0, 1.0)))": ("mixing", "the factor is 1 or -1"),
    "model/physics/hidden_sector/self_interaction.py: (2.0 * m_dm - m_u) * (2.0 * m_dm + m_u) + 1j * m_u * width -> "
    "(((2.0 * m_dm - m_u) * (2.0 * m_dm + m_u)) - (1j * m_u * width))": (
        "rho =",
        "the other amplitudes are real, and a conjugate has the same modulus",
    ),
    "model/physics/hidden_sector/u_pair_annihilation.py: 0.0 -> 0.1": (
        "higgs_contact=(0.0, 0.0, 0.0)",
        "where higgs is 0 there is no exchange of a Higgs, and the kernel does not read these numbers",
    ),
    "model/physics/hidden_sector/sampling_coordinates.py: 1e-7 -> 1.1e-07": (
        "_ENERGY = ",
        "a shifted logarithmic grid of a closed form that only shapes coordinates",
    ),
    "workflow/inference/estimates/regions.py: 1e-3 -> 0.0011": (
        "_TAIL = ",
        "a tail outside of the cells, whose levels count all samples",
    ),
    "workflow/inference/estimates/regions.py: 8.0 -> 8.8": ("_WIDTHS_1D = ", "one of eleven widths that are tried"),
    "workflow/inference/estimates/regions.py: bins + 1 -> ((bins) - (1))": ("(low, high, bins", "510 cells for 512"),
    "workflow/inference/estimates/prior_edges.py: 1 -> 2": (
        "axis.bounds[1], density.edges[-1]",
        "the last edge but one is a cell away, a fifth of what counts as near; a test knows the heights on that line",
    ),
    "workflow/inference/estimates/best_fit.py: 16 -> 17": (
        "BETWEEN = ",
        "the point that is added between two maxima is one of them",
    ),
    "workflow/inference/exports/hepdata_submission.py: 1 -> 2": (
        ".reshape(-1, together)",
        "numpy takes any negative length as the one that it finds",
    ),
    "model/physics/early_universe/momentum_exchange.py: 202 -> 203": (
        "TEMPERATURE = ",
        "half a per cent finer steps of a grid that has converged",
    ),
    "likelihoods/_statistics.py: prediction <= value -> ((prediction) < (value))": (
        "np.where(prediction",
        "the two branches meet at 0 there",
    ),
    "model/physics/laboratory/atomic_parity_violation.py: kappa < 0 -> ((kappa) <= (0))": (
        "start = [r,",
        "kappa is -1 or 1",
    ),
    "model/physics/galaxy/speeds.py: np.log(galaxy.r_max_kpc / R_MIN_KPC) / _PANEL_EFOLDS -> "
    "((np.log(galaxy.r_max_kpc / R_MIN_KPC)) * (_PANEL_EFOLDS))": ("panels = ", "a panel has one e-fold, the factor 1"),
    "model/physics/galaxy/j_factor.py: cosine >= 0.0 -> ((cosine) > (0.0))": (
        "nearest = ",
        "no double is an angle whose cosine is exactly 0, and the two roots agree there",
    ),
    "model/physics/hidden_sector/sampling_coordinates.py: 2.0 -> 2.2": (
        "log_m = np.minimum(target",
        "the start of Newton's method, which converges from it in any case",
    ),
    "model/physics/searches/pion_spectra.py: 15.13 -> 16.643": (
        '"sanford_wang_kaons"',
        "the norm of the one term of a spectrum, which is divided by its sum",
    ),
    "model/physics/early_universe/thermalisation.py: row > 0.0 -> ((row) >= (0.0))": (
        "fast = ",
        "a rate that equals the expansion at a node: from either side the interpolation gives this node",
    ),
    "workflow/inference/comparisons/evidence_figure.py: 0.05 -> 0.05500000000000001": (
        "axes.set_xlim(",
        "the margin of an axis",
    ),
    "workflow/inference/figures/pulls.py: 7 -> 8": ('("*", 7)', "the size of a star"),
    "workflow/inference/figures/rank.py: 20 -> 21": ("_BARS = ", "how many bars: their band is computed from it"),
    "workflow/inference/figures/requested.py: True -> False": ("strict=", "as many names as requests are made of them"),
    "workflow/inference/drawing/style.py: True -> False": ("labels, strict=", "each major tick has its label"),
    "workflow/inference/drawing/figure_files.py: True -> False": ("curve.y", "a curve has as many x as y"),
    "workflow/inference/estimates/regions.py: deepest < 0.0 -> ((deepest) <= (0.0))": (
        "small = ",
        "no island is exactly as high as its noise",
    ),
    "workflow/inference/atlas/in_flight.py: 400 -> 401": ("_BINS = ", "finer bins by a quarter of a per cent"),
    "workflow/inference/atlas/lsp_decay.py: 1e-12 -> 1.1000000000000002e-12": (
        "_SHORTEST_M",
        "the lowest level of a colour: the shortest flight of the panel is sixty times as long",
    ),
    "workflow/inference/atlas/radial_profile.py: 0.0 -> 0.1": (
        "xlim=(0.0, 20.0), xticks=",
        "the tick at 0 widens the axis to it",
    ),
    "workflow/inference/command/compilation.py: 0.05 -> 0.05500000000000001": (
        "shares = ",
        "points whose results nobody reads: they make numba compile",
    ),
    "workflow/inference/command/parent.py: 1.0 -> 1.1": ("SECONDS = ", "the time between two looks for the parent"),
    "workflow/inference/comparisons/first_cards.py: 1 -> 2": (
        'replace("No "',
        "the sentence has this word once",
    ),
    "workflow/inference/estimates/draws.py: 1 -> 2": (
        ".reshape(-1,",
        "numpy takes any negative length as the one that it finds",
    ),
    "workflow/inference/figures/rank.py: 0.02 -> 0.022000000000000002": ("layout(", "space between panels"),
    "workflow/inference/judgement/cross_check.py: 1e-12 -> 1.1000000000000002e-12": (
        "np.hypot(error",
        "it stands for an error of 0, against which any difference is thousands of errors",
    ),
    "workflow/inference/posterior/relic_ridge.py: 6.0 -> 6.6000000000000005": (
        "-8.0, -6.0, -4.0",
        "a node of a table that only shapes coordinates: it shifts one by a function of the others",
    ),
    "workflow/inference/report/explorer.py: 2500 -> 2501": ("DRAWS = ", "how many draws a page shows at most"),
    "workflow/inference/run/parquet.py: 16384 -> 16385": (
        "ROW_GROUP = ",
        "how many rows are compressed together: readers get the same table",
    ),
    "workflow/inference/writing/html.py: True -> False": (
        "trim_blocks=",
        "a line break more between tags, which a page shows as it shows a space",
    ),
}
"""Survivors that compute the same, or nearly: ``path: what``, a part of the line, and why."""


def main() -> int:
    """Report survivors; the exit code is the number of them and of breaks that could not be judged, at most 100."""
    options = argparse.ArgumentParser(prog="python -m tests.mutations", description=__doc__)
    options.add_argument("number", nargs="?", type=int, default=180)
    options.add_argument("paths", nargs="*", default=[""])
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args()
    files = [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]
    begins = tuple(given.paths)
    files = [path for path in files if path.relative_to(ROOT).as_posix().startswith(begins) and tests_of(path)]
    todo = chosen({path: breaks_of(path.read_text(encoding="utf-8")) for path in files}, given.number, given.seed)
    counts: Counter[str] = Counter()
    limits: dict[Path, int] = {}  # seconds that a broken module may take, 0 if the sound one fails
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "tree"
        shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".git", "results", "__pycache__"))
        for path, broken in todo:
            if path not in limits:
                limits[path] = _limit(copy, path)
            name = f"{path.relative_to(ROOT)}:{broken.line}: {broken.what}"
            outcome = _outcome(copy, path, broken, limits[path])
            counts[outcome] += 1
            sys.stdout.write(f"{outcome:10} {name}\n")
            sys.stdout.flush()
    sys.stdout.write(", ".join(f"{number} {outcome}" for outcome, number in counts.most_common()) + "\n")
    return min(counts["SURVIVED"] + counts["UNJUDGED"], 100)


def tests_of(path: Path) -> Path | None:
    """The test file of a module; that of the folder's modules for a kernel."""
    inside = path.relative_to(ROOT)
    place = ROOT / "tests" / inside.parent
    candidates = [place / f"test_{inside.stem.lstrip('_')}.py", place.parent / f"test_{inside.stem}.py"]
    return next((each for each in candidates if each.is_file()), None)


def _name_of_tests(path: Path) -> str:
    tests = tests_of(path)
    assert tests is not None
    return str(tests.relative_to(ROOT))


def _limit(copy: Path, path: Path) -> int:
    """How many seconds the tests of a broken module may take, from the time with the sound one; 0 if that fails."""
    began = time.monotonic()
    code = _code_of(copy, _name_of_tests(path), LONGEST_SOUND_S)
    if code:
        sys.stdout.write(f"{_name_of_tests(path)} ends with {code} with the sound module\n")
        return 0
    return max(SHORTEST_LIMIT_S, round(10.0 * (time.monotonic() - began)))


def _outcome(copy: Path, path: Path, broken: Break, limit: int) -> str:
    """Whether the tests of a module notice a break of it."""
    inside = path.relative_to(ROOT)
    sound = path.read_text(encoding="utf-8")
    part, _ = EQUIVALENT.get(f"{inside}: {broken.what}", (None, ""))
    if part is not None and part in sound.splitlines()[broken.line - 1]:
        return "equivalent"
    if not limit:
        return "UNJUDGED"
    copied = copy / inside
    times = copied.stat()
    copied.write_text(broken.applied(sound), encoding="utf-8")
    # Python takes compiled code for that of any source of the same size and second, so each break has a second of its
    # own. A break as long as the sound source, noticed within the second, would otherwise stay in all later tests.
    os.utime(copied, ns=(times.st_atime_ns, times.st_mtime_ns + 1_000_000_000 * next(_SERIAL)))
    try:
        code = _code_of(copy, _name_of_tests(path), limit)
    finally:
        copied.write_text(sound, encoding="utf-8")
        os.utime(copied, ns=(times.st_atime_ns, times.st_mtime_ns))
    return {0: "SURVIVED", -signal.SIGALRM: "timed out"}.get(code, "noticed")


def _code_of(copy: Path, tests: str, limit: int) -> int:
    """Exit code of a test file of the copy, run in a fork of this process, which has imported the libraries.

    Parameters
    ----------
    copy : Path
        The copy of the tree.
    tests : str
        The test file.
    limit : int
        Seconds after which SIGALRM ends it.
    """
    child = os.fork()
    if child:
        _, status = os.waitpid(child, 0)
        return os.waitstatus_to_exitcode(status)
    code = 1
    try:
        signal.alarm(limit)
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        os.chdir(copy)
        os.environ["PYTHONPATH"] = str(copy)
        os.environ.setdefault(TABLES, str(copy / "tables"))
        sys.path = [str(copy), *(path for path in sys.path if path and Path(path).resolve() != ROOT)]
        for name in [name for name in sys.modules if name.split(".")[0] == "tests"]:
            del sys.modules[name]
        code = int(pytest.main(["-q", "-x", "-n", "0", "-p", "no:cacheprovider", tests]))
    finally:
        os._exit(code)


if __name__ == "__main__":
    sys.exit(main())
