"""Kill a run at random moments, go on differently each time, and compare the bytes of its files in the end.

    python -m tests.validation.nightly_kills                           100 kills of the default run, an hour or more
    python -m tests.validation.nightly_kills --kills 8 --run smoke     8 kills of the smoke run, some minutes
    python -m tests.validation.nightly_kills --as-it-is                with the sampler's own settings: much longer

The program runs in a copy of the tree. What is killed is `mevdm sample`, one of its workers, all of its processes, or
the Snakemake that started it; SIGKILL, SIGTERM or SIGINT. Each start has another number of cores, locale, time zone and
seed of hashes, and some starts have another seed of the sampler, as if a user had tried something in between. After
every kill nothing may be left running. A run that comes to its end is compared with one that nobody disturbed, file by
file, and the next one begins. The exit code is 1 if a byte differs, a process is left over or a run cannot go on.
"""

import argparse
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
COPIED = ("Snakefile", "config", "likelihoods", "mevdm", "model", "profiles", "tests/data", "workflow")
RUN = "killed"
SMALL = """
sampler: {ensembles: 2, walkers: 16, pilot_particles: 300, pilot_sweeps: 5, mixture_components: 4, burn_in: 10,
          survey_draws: 500, surveys: 2, steps: 40, max_steps: 80, accept_unconverged: true}
report: {prior_draws: 1000, posterior_draws: 1000}
"""
TARGETS = ("posterior.nc", "evidence.json", "diagnostics.json")
VICTIMS = ("sample", "worker", "all processes", "snakemake", "other seed")
SIGNALS = (signal.SIGKILL, signal.SIGKILL, signal.SIGTERM, signal.SIGINT)  # the first is the one that cannot be handled
LOCALES = ("C", "C.UTF-8", "POSIX", "de_DE.UTF-8", "tr_TR.UTF-8")
ZONES = ("UTC", "Pacific/Auckland", "America/St_Johns")
PATIENCE_S = 20.0  # until every process has noticed that its parent is gone


@dataclass(frozen=True)
class Playground:
    """A copy of the tree with one run."""

    folder: Path

    @property
    def results(self) -> Path:
        """The folder of the artefacts of the run."""
        return self.folder / "results" / RUN

    def start(self, command: list[str], rng: np.random.Generator) -> "subprocess.Popen[bytes]":
        """A command in a session of its own, with an environment drawn at random."""
        environment = os.environ | {
            "PYTHONPATH": str(self.folder),
            "LC_ALL": str(rng.choice(LOCALES)),
            "TZ": str(rng.choice(ZONES)),
            "PYTHONHASHSEED": str(rng.integers(1000)),
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        }
        with (self.folder / "log").open("ab") as log:
            where = {"cwd": self.folder, "env": environment, "stdout": log, "stderr": log, "start_new_session": True}
            # What a shell starts in its background ignores SIGINT, and children inherit this.
            return subprocess.Popen(command, preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL), **where)

    def sample(self, rng: np.random.Generator, *options: str) -> "subprocess.Popen[bytes]":
        """The sampler alone."""
        cores = str(rng.integers(1, 4))
        places = ["--tables", "results/tables", "--out", f"results/{RUN}/chains"]
        places += ["--checkpoint", f"results/{RUN}/.checkpoint", "--cores", cores]
        command = [sys.executable, "-m", "workflow.inference", "sample", f"config/{RUN}.yaml", *places, *options]
        return self.start(command, rng)

    def snakemake(self, rng: np.random.Generator) -> "subprocess.Popen[bytes]":
        """Everything, by Snakemake; a lock that a killed one has left is removed, as the documentation says."""
        base = [sys.executable, "-m", "snakemake", "--cores", str(rng.integers(1, 4)), "--rerun-incomplete"]
        targets = [f"results/{RUN}/{name}" for name in TARGETS]
        unlock = self.start([*base, "--unlock", *targets], rng)
        unlock.wait()
        return self.start([*base, *targets], rng)

    def finish(self, rng: np.random.Generator) -> dict[str, str]:
        """Run to the end; digests of the files by name.

        Raises
        ------
        SystemExit
            If the run cannot go on; the message ends with what it said.
        """
        code = self.snakemake(rng).wait()
        if code != 0:
            words = (self.folder / "log").read_text(errors="replace")
            raise SystemExit(f"the run cannot go on, exit code {code}:\n{words[-4000:]}")
        files = [*sorted((self.results / "chains").iterdir()), *(self.results / name for name in TARGETS)]
        return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}

    def left_over(self) -> list[int]:
        """Processes that run in the folder, after the time in which they have to notice that they should not."""
        end = time.monotonic() + PATIENCE_S
        while (found := self._processes()) and time.monotonic() < end:
            time.sleep(0.1)
        return found

    def end(self) -> None:
        """Kill what still runs in the folder."""
        for number in self._processes():
            with suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)

    def _processes(self) -> list[int]:
        found = []
        for entry in Path("/proc").iterdir():
            with suppress(OSError):
                if entry.name.isdigit() and (entry / "cwd").readlink() == self.folder:
                    found.append(int(entry.name))
        return found


def main() -> int:
    """Kill, compare and report; the exit code is 1 if anything differs."""
    options = argparse.ArgumentParser(prog="python -m tests.validation.nightly_kills", description=__doc__)
    options.add_argument("--kills", type=int, default=100)
    options.add_argument("--run", default="hooper_zurek_2008", help="the config that is killed")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--as-it-is", action="store_true", help="leave the settings of the sampler")
    given = options.parse_args()
    rng = np.random.default_rng(given.seed)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    with tempfile.TemporaryDirectory() as folder:
        place = Playground(Path(folder).resolve())
        prepare(place, given.run, small=not given.as_it_is)
        try:
            first = place.finish(rng)  # kernels are compiled and tables are there now
            shutil.rmtree(place.results)
            begun = time.monotonic()
            wanted = place.finish(rng)
            say(f"undisturbed: {time.monotonic() - begun:.0f} s, {'same' if wanted == first else 'FAULT: other bytes'}")
            return campaign(place, wanted, given.kills, time.monotonic() - begun, rng)
        finally:
            place.end()


def prepare(place: Playground, run: str, *, small: bool) -> None:
    """Copy the tree, and write the config of the run that is killed."""
    for name in COPIED:
        source, target = ROOT / name, place.folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)
    (place.folder / "config" / f"{RUN}.yaml").write_text(f"extends: {run}\n{SMALL if small else ''}", encoding="utf-8")


def campaign(place: Playground, wanted: dict[str, str], kills: int, whole_s: float, rng: np.random.Generator) -> int:
    """Kill as often as asked within ``whole_s`` after each start, and compare whenever a run gets to its end."""
    killed, compared, faults = Counter[str](), 0, 0
    shutil.rmtree(place.results)
    while sum(killed.values()) < kills:
        victim, started = str(rng.choice(VICTIMS)), time.monotonic()
        process = place.sample(rng, *other_seed(victim)) if victim != "snakemake" else place.snakemake(rng)
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=rng.uniform(0.0, whole_s))
        if process.poll() is None:
            stroke = signal.Signals(rng.choice(SIGNALS))
            kill(process, victim, stroke)
            process.wait()
            killed[f"{victim}, {stroke.name}"] += 1
            say(f"kill {sum(killed.values())}: {victim}, {stroke.name}, after {time.monotonic() - started:.1f} s")
        if rest := place.left_over():
            faults += 1
            say(f"FAULT: {len(rest)} processes run on after {victim} was killed")
            place.end()
        if rng.uniform() < 0.3 or sum(killed.values()) == kills:
            differing = sorted(name for name, digest in place.finish(rng).items() if digest != wanted[name])
            compared, faults = compared + 1, faults + bool(differing)
            say(
                f"{sum(killed.values())} kills, run {compared}: "
                + (f"FAULT: {differing} differ" if differing else "same")
            )
            shutil.rmtree(place.results)
    for name, count in sorted(killed.items()):
        say(f"{count:4d} {name}")
    say(f"{sum(killed.values())} kills, {compared} runs compared in {len(wanted)} files, {faults} faults")
    return 1 if faults else 0


def other_seed(victim: str) -> tuple[str, ...]:
    """The options of a start of which the files must not be used later."""
    return ("--set", "sampler.seed=77") if victim == "other seed" else ()


def kill(process: "subprocess.Popen[bytes]", victim: str, stroke: signal.Signals) -> None:
    """Send a signal to the process, to one of its children, or to all of its session."""
    if victim == "all processes":
        os.killpg(process.pid, stroke)
        return
    if victim == "worker":
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        if children:
            with suppress(ProcessLookupError):
                os.kill(int(children[-1]), signal.SIGKILL)
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=PATIENCE_S)
                return
    process.send_signal(stroke)
    with suppress(subprocess.TimeoutExpired):
        process.wait(timeout=PATIENCE_S)
        return
    process.kill()


def say(words: str) -> None:
    """A line of the report."""
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
