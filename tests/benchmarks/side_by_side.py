"""A commit and the working tree side by side: CPU seconds of the posterior, of the abundance and of the sampler.

    OMP_NUM_THREADS=1 python -m tests.benchmarks.side_by_side [--commit a15556d] [--rounds 5] [--sample]

The files of the commit are written to a temporary folder. Each tree has a process of its own, which evaluates the same
points when it is asked to, in turn with the other: load of the machine slows both, and the ratio of a round is of two
measurements one right after the other. The table names the median and the range of the ratios, new over old. With
`--sample` each round also samples the default run in both trees, from chains that are not there and tables that are.

The commit solves one temperature without U pairs. `paper` is the run of the working tree with that physics, `today` the
default with its best physics. Kernels are compiled and tables made before the clock starts.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
LAST_OF_BEFORE = "a15556d"  # the last commit before one temperature, the dark sector and the error became the default
BATCH = 1024
RUNS = {  # of the commit, and of the working tree
    "paper": ("hooper_zurek_2008", "hooper_zurek_2008_paper"),
    "today": ("hooper_zurek_2008", "hooper_zurek_2008"),
    "modern": ("hooper_zurek_modern", "hooper_zurek_modern"),
}
PARTS = ("abundance", "posterior")

# Runs in the tree whose modules it imports: names of before and of today. It says what a call took, in microseconds a
# point, the least of seven.
WORKER = """
import json, sys, time
from pathlib import Path
import numpy as np
try:
    from workflow.inference.run.assembly import build_posterior
    from workflow.inference.run.config import load
except ModuleNotFoundError:
    from workflow.inference.assembly import build_posterior
    from workflow.inference.config import load
folder, points = Path(sys.argv[1]), np.load(sys.argv[2])
names = ("g", "chi", "lambda", "m_soft_tev", "gamma", "rho_sun_gev_cm3")
calls = {}
def prepared(run):
    posterior = build_posterior(load(Path("config") / f"{run}.yaml", ()), folder)
    values = dict(zip(names, points.T)) | {"f_ps": np.full(len(points), 0.967)}
    for name, prior in posterior.priors.items():
        values.setdefault(name, prior.to_physical(prior.quantile(np.full(len(points), 0.5))))
    for name, value in posterior.fixed.items():
        values.setdefault(name, np.full(len(points), value))
    u = posterior.from_physical({k: v for k, v in values.items() if k in posterior.priors})
    def abundance():
        return posterior.model.predict(values, posterior.surroundings).omega_h2
    return {"abundance": abundance, "posterior": lambda: posterior.log_prob(u)}
for line in sys.stdin:
    run, part = json.loads(line)
    if run not in calls:
        calls[run] = prepared(run)
        for call in calls[run].values():
            call()
    times = []
    for _ in range(7):
        start = time.process_time()
        calls[run][part]()
        times.append((time.process_time() - start) / len(points) * 1e6)
    print(json.dumps(min(times)), flush=True)
"""


@dataclass(frozen=True)
class Tree:
    """A tree of sources with its process.

    Attributes
    ----------
    folder : Path
        The sources.
    tables : Path
        Its computed tables.
    ask, answer : file
        Standard input and output of its process.
    """

    folder: Path
    tables: Path
    ask: IO[str]
    answer: IO[str]

    def microseconds(self, run: str, part: str) -> float:
        """What one call of a part takes, a point."""
        self.ask.write(json.dumps([run, part]) + "\n")
        self.ask.flush()
        line = self.answer.readline()
        if not line:
            raise SystemExit(f"{self.folder}: the process of this tree has ended")
        return float(json.loads(line))


def main() -> None:
    """Print the table."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--commit", default=LAST_OF_BEFORE)
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--sample", action="store_true", help="sample the default run as well, minutes a round")
    options = arguments.parse_args()
    with tempfile.TemporaryDirectory() as place:
        there = Path(place)
        unpack(options.commit, there / "sources")
        np.save(there / "points.npy", points_of_the_default_posterior())
        trees = [begun(folder, there / f"tables_{i}", there) for i, folder in enumerate((there / "sources", ROOT))]
        say(f"load {os.getloadavg()[0]:.1f} at the start\n")
        say("| what | old [us a point] | new | new / old | range |\n|---|---|---|---|---|")
        for name, runs in RUNS.items():
            for part in PARTS:
                pairs = [
                    [tree.microseconds(run, part) for tree, run in zip(trees, runs, strict=True)]
                    for _ in range(options.rounds)
                ]
                say(row(f"{name}, {part}", np.array(pairs)))
        for tree in trees:
            tree.ask.close()
        if options.sample:
            for name, runs in RUNS.items():
                seconds = [
                    [sampled(tree, run, there / "chains") for tree, run in zip(trees, runs, strict=True)]
                    for _ in range(options.rounds)
                ]
                say(row(f"{name}, sampling [CPU s]", np.array(seconds)))
        say(f"\nload {os.getloadavg()[0]:.1f} at the end")


def say(line: str) -> None:
    """Write a line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def unpack(commit: str, folder: Path) -> None:
    """Write the files of a commit to a folder."""
    folder.mkdir()
    archive = subprocess.run(["git", "archive", commit], cwd=ROOT, check=True, capture_output=True).stdout
    subprocess.run(["tar", "-x", "-C", str(folder)], input=archive, check=True)


def points_of_the_default_posterior() -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Physical points (BATCH, 6) close to draws of the default posterior."""
    from tests.benchmarks.test_posterior_benchmark import DRAWS, SPREAD

    rng = np.random.default_rng(511)
    shape = (BATCH, DRAWS.shape[1])
    points: np.ndarray[tuple[int, int], np.dtype[np.float64]] = np.resize(DRAWS, shape) * np.exp(
        SPREAD * rng.standard_normal(shape)
    )
    return points


def begun(folder: Path, tables: Path, there: Path) -> Tree:
    """A tree with its process."""
    process = subprocess.Popen(
        [sys.executable, "-c", WORKER, str(tables), str(there / "points.npy")],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    return Tree(folder, tables, process.stdin, process.stdout)


def sampled(tree: Tree, run: str, chains: Path) -> float:
    """CPU seconds, of all processes, that the sampler of a run takes."""
    with tempfile.TemporaryDirectory(dir=chains.parent) as place:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        places = ["--tables", str(tree.tables), "--out", f"{place}/chains", "--checkpoint", f"{place}/unfinished"]
        subprocess.run(
            [sys.executable, "-m", "workflow.inference", "sample", f"config/{run}.yaml", *places],
            cwd=tree.folder,
            env=os.environ | {"PYTHONPATH": str(tree.folder)},
            check=True,
            capture_output=True,
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def row(what: str, pairs: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> str:
    """A row of the table from (rounds, 2) measurements."""
    old, new = pairs.min(axis=0)
    ratios = pairs[:, 1] / pairs[:, 0]
    return f"| {what} | {old:.3g} | {new:.3g} | {np.median(ratios):.2f} | {ratios.min():.2f} to {ratios.max():.2f} |"


if __name__ == "__main__":
    main()
