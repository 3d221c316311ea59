"""Run the workflow on a Slurm cluster that loses a job and a node, and compare its bytes with a local run.

`python -m tests.cluster.check FOLDER`, where FOLDER is that of a cluster which `loopback.sh up` started: README.md.
"""

import argparse
import contextlib
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Chains that take long enough to be stopped in the middle; everything else is the smoke run.
CHAIN = """extends: smoke
sampler: {steps: 1200, max_steps: 1200}
scan: {design: sobol, points: 32768, shards: 4, seed: 0, maps: [[m_dm_mev, epsilon]]}
"""
TARGETS = ("results/chain/report.html", "results/chain/scan/maps.png", "results/chain/judged")
COMPARED = ("chains/*.h5", "*.nc", "*.json", "*.csv", "figures/**/*", "report.html", "scan/*.parquet", "scan/cells.csv")
NO_ACCOUNTING = ("--slurm-status-command", "squeue", "--slurm-no-account")
SOON = ("--slurm-init-seconds-before-status-checks", "2")


def main() -> int:
    """Run everything; the exit code is 1 if something differs."""
    parser = argparse.ArgumentParser(prog="python -m tests.cluster.check", description=__doc__)
    parser.add_argument("folder", type=Path, help="folder of the cluster; copies of the checkout are made in it")
    parser.add_argument("--jobs", type=int, default=4, help="jobs at a time [4]")
    parser.add_argument("--undisturbed", action="store_true", help="lose nothing: for measurements of time")
    parser.add_argument("--reuse", action="store_true", help="compare with the local run of before, which is there")
    options = parser.parse_args()
    local, cluster = options.folder / "local", copy(options.folder / "cluster")
    if not options.reuse:
        copy(local)
    started = time.monotonic()
    subprocess.run([*snakemake("--cores", "2"), *TARGETS], cwd=local, env=clean_environment(), check=True)
    say(f"local run: {time.monotonic() - started:.0f} s")
    started = time.monotonic()
    profile = ("--workflow-profile", "profiles/slurm", "--jobs", str(options.jobs), *NO_ACCOUNTING, *SOON, "--")
    running = subprocess.Popen([*snakemake(*profile), *TARGETS], cwd=cluster, env=clean_environment())
    try:
        if not options.undisturbed:
            lose_a_job(cluster, running)
            lose_a_node(options.folder, running)
        code = running.wait()
    finally:
        running.terminate()
    say(f"run on the cluster: {time.monotonic() - started:.0f} s, exit code {code}")
    return report(local, cluster) if code == 0 else 1


def copy(folder: Path) -> Path:
    """A clone of the checkout in a fresh folder, with the run of the test."""
    shutil.rmtree(folder, ignore_errors=True)
    subprocess.run(["git", "clone", "-q", ROOT, folder], check=True)
    (folder / "config" / "chain.yaml").write_text(CHAIN, encoding="utf-8")
    return folder


def snakemake(*arguments: str) -> list[str]:
    """A command that runs the Snakemake of this Python."""
    return [str(Path(sys.executable).parent / "snakemake"), "--quiet", "all", *arguments]


def clean_environment() -> dict[str, str]:
    """What a job needs of the environment that submits: Slurm's plugin passes all of it on."""
    return {name: os.environ[name] for name in ("HOME", "PATH") if name in os.environ}


def jobs(rule: str) -> dict[str, str]:
    """Running jobs of a rule: number of the job and its node."""
    text = subprocess.run(
        ["squeue", "-h", "-t", "running", "-o", "%i|%N|%k"], capture_output=True, text=True, check=True
    ).stdout
    found = [line.split("|") for line in text.splitlines()]
    return {number: node for number, node, comment in found if rule in comment}


def wait_for(condition: Callable[[], dict[str, str]], running: subprocess.Popen[bytes], what: str) -> dict[str, str]:
    """What a condition finds, once it finds anything; an error if the workflow has ended before."""
    while running.poll() is None:
        if found := condition():
            return found
        time.sleep(0.1)
    raise SystemExit(f"the workflow ended before {what}")


def lose_a_job(cluster: Path, running: subprocess.Popen[bytes]) -> None:
    """Cancel the job of the chains while it extends them."""
    checkpoint = cluster / "results" / "chain" / ".checkpoint"

    def in_mid_chain() -> dict[str, str]:
        grown = [path for path in checkpoint.glob("*.h5") if path.name.startswith("ensemble")]
        return jobs("rule_sample") if grown else {}

    (number,) = wait_for(in_mid_chain, running, "chains were there to be stopped")
    sizes = {path.name: path.stat().st_size for path in sorted(checkpoint.glob("ensemble*.h5"))}
    subprocess.run(["scancel", "--signal=KILL", "--full", number], check=True)
    say(f"job {number} (sample) killed in mid-chain; checkpoints [bytes]: {sizes}")


def lose_a_node(folder: Path, running: subprocess.Popen[bytes]) -> None:
    """Kill the daemon and every process of a node on which a shard is evaluated; the node comes back later."""

    def at_work() -> dict[str, str]:
        return {number: node for number, node in jobs("rule_scan_shard").items() if node}

    found = wait_for(at_work, running, "a shard was evaluated")
    number, node = sorted(found.items())[0]
    time.sleep(5.0)
    kill(int((folder / f"slurmd.{node}.pid").read_text()))
    for path in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if f"SLURMD_NODENAME={node}".encode() in (path / "environ").read_bytes().split(b"\0"):
                kill(int(path.name))
    say(f"node {node} killed with job {number} (scan_shard)")
    down = ["scontrol", "update", f"nodename={node}", "state=down", "reason=killed"]
    subprocess.run(down, check=True)
    time.sleep(5.0)
    subprocess.run([ROOT / "tests" / "cluster" / "loopback.sh", "node", folder, node], check=True)
    subprocess.run(["scontrol", "update", f"nodename={node}", "state=resume"], check=True)
    say(f"node {node} is back")


def kill(process: int) -> None:
    """End a process of the cluster at once."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(process, signal.SIGKILL)


def report(local: Path, cluster: Path) -> int:
    """Compare the results of both folders file by file, and say what differs."""
    differ = 0
    for pattern in COMPARED:
        for path in sorted(filter(Path.is_file, (local / "results" / "chain").glob(pattern))):
            other = cluster / path.relative_to(local)
            equal = other.is_file() and digest(other) == digest(path)
            differ += not equal
            say(f"{'same' if equal else 'DIFFERS'}: {path.relative_to(local)}")
    return 1 if differ else 0


def digest(path: Path) -> str:
    """SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def say(line: str) -> None:
    """Write a line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
