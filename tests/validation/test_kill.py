"""Kill -9 at any moment: the rerun goes on, and ends with the bytes of a run that nobody disturbed.

The program itself is run on a shipped config and killed at twenty random moments of its course: some time after its
start, or after the first, second or third checkpoint that it writes, with one process and with two. Whenever a run gets
to its end in spite of that, its chains are compared and the next one starts afresh.
"""

import contextlib
import hashlib
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from reference.runs import ROOT

KILLS = 10  # with one process, and as many with two
LONGER = ("sampler.steps=600", "sampler.max_steps=600")  # so that the chains that are delivered take their share


class Runner:
    """`mevdm sample` on the smoke run, in folders of its own."""

    def __init__(self, folder, tables, cores):
        self.folder = folder
        folder.mkdir()
        places = ["--tables", tables, "--out", folder / "chains", "--checkpoint", folder / "checkpoint"]
        run = ["sample", ROOT / "config" / "smoke.yaml", *places, "--cores", cores]
        overrides = [word for setting in LONGER for word in ("--set", setting)]
        self.command = [sys.executable, "-m", "workflow.inference", *map(str, run), *overrides]

    def start(self):
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        with (self.folder / "log").open("w") as log:
            quiet = {"stdout": log, "stderr": log, "start_new_session": True}
            return subprocess.Popen(self.command, cwd=self.folder, env=environment, **quiet)

    def finish(self):
        """Run to the end."""
        assert self.start().wait(timeout=600) == 0, (self.folder / "log").read_text()
        # Nothing that a kill leaves behind is mistaken for damage.
        assert "set aside" not in (self.folder / "log").read_text()

    def stamps(self):
        """(name, size) of the checkpoints; they never shrink, and only grow when written."""
        found = set()
        for path in (self.folder / "checkpoint").glob("*.h5"):
            with contextlib.suppress(FileNotFoundError):
                found.add((path.name, path.stat().st_size))
        return found

    def checkpoints(self):
        return {path.stem.rsplit("_", 1)[0] for path in (self.folder / "checkpoint").glob("*.h5")}

    def digests(self):
        return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted((self.folder / "chains").iterdir())}

    def until(self, process, writes, seconds):
        """Wait for so many new or longer checkpoints and so long after; True if the process still runs."""
        before = self.stamps()
        while process.poll() is None and len(self.stamps() - before) < writes:
            time.sleep(0.002)
        try:
            process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            return True
        return False


@pytest.mark.slow
@pytest.mark.compiled
@pytest.mark.parametrize("cores", [1, 2])
def test_ten_kills_leave_the_same_bytes(tmp_path, tables_folder, cores):
    quiet = Runner(tmp_path / "quiet", tables_folder, cores)
    quiet.finish()  # kernels are compiled and tables are there now
    wanted = quiet.digests()
    assert set(wanted) == {"ensemble_0.h5", "ensemble_1.h5"}

    rng = np.random.default_rng(cores)
    stages, campaigns = [], 0
    while len(stages) < KILLS:
        campaigns += 1
        runner = Runner(tmp_path / f"campaign_{campaigns}", tables_folder, cores)
        while len(stages) < KILLS:
            process = runner.start()
            writes = rng.integers(4)
            if not runner.until(process, writes, seconds=rng.uniform(0.0, 0.5 if writes else 6.0)):
                break  # it was done before
            stages.append("+".join(sorted(runner.checkpoints())) or "start")
            if rng.uniform() < 0.5:
                process.kill()  # workers, if any, have to notice by themselves
            else:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        runner.finish()
        assert runner.digests() == wanted
    print(f"{cores} processes: {KILLS} kills in {campaigns} runs, with these checkpoints there: {stages}")  # noqa: T201
    assert len(set(stages)) > 2  # not all at the same stage
