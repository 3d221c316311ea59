"""The module that Python runs, in a process of its own."""

import subprocess
import sys
import tomllib
from pathlib import Path

from reference.runs import ROOT

from workflow.inference import __main__
from workflow.inference.command.parser import main


def test_the_module_and_the_script_are_the_same_command():
    assert __main__.main is main
    script = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]["mevdm"]
    assert script == "workflow.inference.command.parser:main"


def test_a_failing_program_says_one_line(config_file, tmp_path: Path):
    out, points = tmp_path / "out.csv", tmp_path / "points.csv"
    points.write_text("g\n1\n")
    command = [sys.executable, "-m", "workflow.inference", "evaluate", str(config_file("hooper_zurek_2008_paper"))]
    arguments = ["--points", str(points), "--out", str(out), "--set", "model.name=nope"]
    done = subprocess.run([*command, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert not out.exists()
