"""A process that is told its parent ends within seconds after it, even if the parent was killed."""

import os
import signal
import subprocess
import sys

import pytest
from reference.runs import ROOT

from workflow.inference.command.parent import VARIABLE

STEP = """
import time
from workflow.inference.command.parent import end_with_parent
end_with_parent()
print("on", flush=True)
time.sleep(60)
"""


@pytest.fixture
def parent():
    with subprocess.Popen(["sleep", "60"]) as process:
        yield process
        process.kill()


@pytest.fixture
def step(parent):
    """A step whose environment names the parent; a shell may stand between them, so it is not its child."""
    environment = os.environ | {VARIABLE: str(parent.pid)}
    command = [sys.executable, "-c", STEP]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "on\n"
        yield process
        process.kill()


def test_it_lives_as_long_as_its_parent_and_not_longer(parent, step):
    with pytest.raises(subprocess.TimeoutExpired):
        step.wait(timeout=2.5)
    parent.kill()
    parent.wait()
    assert step.wait(timeout=10) == -signal.SIGTERM


@pytest.mark.parametrize("named", ["", "none", "-1"])
def test_without_a_parent_nothing_is_watched(named):
    environment = os.environ | {VARIABLE: named}
    code = STEP.replace("time.sleep(60)", "time.sleep(2.5)")
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, check=False).returncode == 0
