"""The workflow seen from outside: what would run, and why."""

import itertools
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import yaml

from workflow.inference.atlas.atlas import FIGURES as ATLAS
from workflow.inference.figures.run_figures import FIGURES, PLANE

ROOT = Path(__file__).resolve().parents[2]
COPIED = ("Snakefile", "config", "likelihoods", "model", "profiles", "workflow")
RULES = ("tables", "sample", "combine", "evidence", "diagnose", "reproduction", "draw", "plane", "report", "judge")


@cache
def server() -> subprocess.Popen:
    """A process that has imported Snakemake; it ends with its standard input."""
    script = ROOT / "tests" / "reference" / "snakemake_server.py"
    return subprocess.Popen([sys.executable, script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


@pytest.fixture(scope="module", autouse=True)
def _stopped_server() -> Iterator[None]:
    with server():
        yield


def snakemake(folder: Path, *arguments: str, expected: int = 0) -> str:
    """What Snakemake prints; its exit code must be the expected one."""
    process = server()
    process.stdin.write(json.dumps([str(folder), arguments]) + "\n")
    process.stdin.flush()
    code, text = json.loads(process.stdout.readline())
    assert code == expected, text
    return text


def planned(folder: Path) -> set[str]:
    """Rules that a dry run of the smoke target lists."""
    text = snakemake(folder, "-n", "smoke")
    return {name for name in RULES if f"rule {name}:" in text}


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the workflow in which the smoke run counts as done: stand-in outputs that Snakemake has recorded."""
    folder = tmp_path_factory.mktemp("workflow")
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder / name)
    results = folder / "results" / "smoke"
    for output in outputs(folder):
        path = folder / output
        if path.name in ("chains", "asked"):
            path.mkdir(parents=True)
            (path / "ensemble_0.h5").touch()
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            # The last words of Snakemake are the verdict that this file holds.
            path.write_text('{"converged": true}' if path.name == "diagnostics.json" else "")
    assert results.is_dir()
    snakemake(folder, "--cores", "1", "--touch", "--forceall", "smoke")
    return folder


def outputs(folder: Path) -> list[str]:
    """Outputs of the smoke target."""
    lines = (line.split("\t")[0] for line in snakemake(folder, "--summary", "smoke").splitlines())
    return [name for name in lines if name.startswith("results/")]


def test_default_target_is_the_first_page_with_the_judged_reports_of_both_eras():
    text = snakemake(ROOT, "-n", "--forceall")
    assert "results/default/index.html" in text
    for run in ("hooper_zurek_2008", "hooper_zurek_modern"):
        assert f"results/{run}/report.html" in text
        assert f"results/{run}/judged" in text


def commands(path: Path) -> list[str]:
    """Arguments of every `snakemake` that a file of documentation or of code tells a reader to type."""
    text = path.read_text(encoding="utf-8").replace("\\\n", " ")  # a line that goes on is one command
    quoted = re.findall(r"`snakemake\b([^`]*)`", text) + re.findall(r"<code>snakemake\b([^<]*)</code>", text)
    lines = re.findall(r"^ *(?:[^`\n]*&& )?snakemake\b(.*?)(?:  .*)?$", text, flags=re.MULTILINE)
    return [command.strip() for command in quoted + lines]


def targets(command: str) -> list[str]:
    """Targets of a command, with a shipped run in place of a placeholder; its options and their values are left out."""
    named = re.sub(r"\{\{.*?\}\}|\{self\.folder\.name\}|\bRUN\b|\bNAME\b", "smoke", command)
    words = shlex.split(named.replace("{folder}", "results/smoke"))
    with_value = ("--cores", "--report", "--profile", "--workflow-profile", "--executor", "--jobs")
    with_value += ("--cluster-generic-submit-cmd", "--config")
    return [
        word
        for before, word in zip(["", *words], words, strict=False)
        if not word.startswith("-") and before not in with_value
    ]


def documented_targets() -> dict[str, Path]:
    """Every target that a reader is told of, and a file that does so."""
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "Snakefile"]
    for folder, pattern in (("docs", "*.md"), ("config", "*.*"), ("results", "*.md"), ("workflow", "*.*")):
        pages += [path for path in (ROOT / folder).rglob(pattern) if path.suffix in (".md", ".yaml", ".py", ".j2")]
    return {target: path for path in sorted(pages) for command in commands(path) for target in targets(command)}


def test_commands_are_found_wherever_they_are_documented():
    assert set(documented_targets()) >= {
        "smoke",
        "planes",
        "atlas",
        "hypotheses",
        "verdict",
        "results/minimal_2008/judged",
        "results/minimal_2008/profile.npz",
        "results/smoke/report.html",
        "results/smoke/cross_check.json",
    }
    assert targets("--cores all results/NAME/report.html") == ["results/smoke/report.html"]
    assert targets("--report snakemake.html") == targets("-n") == targets("--cores all") == []


def test_every_documented_target_is_planned(tmp_path: Path):
    for name in COPIED:
        (tmp_path / name).symlink_to(ROOT / name)
    default = "all"  # of `snakemake --cores all`, which names no target
    text = snakemake(tmp_path, "-n", "--forceall", "--", default, *documented_targets())
    planned_rules = set(re.findall(r"\brule (\w+):", text))
    files = (ROOT / "workflow" / "rules").glob("*.smk")
    every_rule = {name for path in files for name in re.findall(r"^rule (\w+):", path.read_text(), flags=re.MULTILINE)}
    assert planned_rules >= every_rule


def test_overrides_of_an_era_reach_the_command_as_they_are_written(tmp_path: Path):
    change = "description=two words; $HOME 'and' \"quotes\""
    for name in COPIED:
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / "config").unlink()
    shutil.copytree(ROOT / "config", tmp_path / "config")
    path = tmp_path / "config" / "comparisons" / "hypotheses.yaml"
    plan = yaml.safe_load(path.read_text(encoding="utf-8"))
    plan["eras"]["modern"].append(change)
    path.write_text(yaml.safe_dump(plan), encoding="utf-8")
    text = snakemake(tmp_path, "-n", "-p", "results/hypotheses/COSI_if_stars/line_decay.json")
    (asimov,) = (line for line in text.splitlines() if "mevdm asimov" in line)
    words = shlex.split(asimov)
    overrides = [word for before, word in itertools.pairwise(words) if before == "--set"]
    assert overrides == plan["eras"]["modern"]
    (evidence,) = (line for line in text.splitlines() if "mevdm evidence" in line)
    assert '--set "$(cat results/hypotheses/COSI_if_stars/truth.txt)"' in evidence


def test_profile_and_cross_check_are_made_when_asked_for_and_only_then(tmp_path: Path):
    text = snakemake(ROOT, "-n", "--forceall", "smoke")
    assert "rule profile:" not in text
    assert "rule cross_check:" not in text
    for name in COPIED:
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / "config").unlink()
    shutil.copytree(ROOT / "config", tmp_path / "config")
    with (tmp_path / "config" / "smoke.yaml").open("a") as stream:
        stream.write("  profile: true\n  cross_check: true\n")
    text = snakemake(tmp_path, "-n", "smoke")
    assert "rule profile:" in text
    assert "rule cross_check:" in text


def test_lint_complains_of_nothing_but_conda():
    lines = (line.strip() for line in snakemake(ROOT, "--lint", expected=1).splitlines())
    assert {line for line in lines if line.startswith("*")} == {
        "* Specify a conda environment or container for each rule.:"
    }


def test_nothing_runs_when_everything_is_done(finished: Path):
    assert planned(finished) == set()


@pytest.mark.parametrize(
    "edited, rerun",
    [
        # One of the tables is the relic ridge, which is solved with the whole prediction; likelihoods say which tables
        # are needed.
        (["model/physics/laboratory/magnetic_moment.py"], set(RULES)),
        (["likelihoods/kinetic_mixing.py"], set(RULES)),
        (["model/anomaly_free.py"], set(RULES) - {"reproduction"}),
        (["model/physics/galaxy/halo.py"], set(RULES)),
        (["workflow/inference/figures/pulls.py"], {"draw", "report", "judge"}),
        (
            ["config/smoke.yaml"],
            {"draw", "report", "judge"},
        ),  # a comment, after which only what shows the config is old
        (["workflow/inference/writing/templates/report.html.j2"], {"report", "judge"}),
        (["workflow/inference/figures/captions/corner.rst"], {"reproduction", "draw", "plane", "report", "judge"}),
        (
            [
                "model/minimal.py",
                "model/vector_portal.py",
                "config/vector_portal.yaml",
                "workflow/inference/run/points.py",
            ],
            set(),
        ),
    ],
)
def test_an_edit_reruns_what_depends_on_it_and_nothing_else(finished: Path, edited: list[str], rerun: set[str]):
    originals = {finished / name: (finished / name).read_bytes() for name in edited}
    times = {path: path.stat().st_mtime_ns for path in originals}
    for path, text in originals.items():
        path.write_bytes(text + (b"{# edited #}" if path.suffix == ".j2" else b"\n# edited\n"))
    try:
        assert planned(finished) == rerun
    finally:
        for path, text in originals.items():
            path.write_bytes(text)
            os.utime(path, ns=(times[path], times[path]))


@pytest.mark.parametrize(
    "line, rerun",
    [
        ("  figures: [{corner: {columns: [g, chi]}}]", {"draw", "report", "judge"}),
        ("  posterior_draws: 500", set(RULES) - {"reproduction"}),
    ],
)
def test_another_figure_reruns_no_sampling_and_another_number_does(finished: Path, line: str, rerun: set[str]):
    path = finished / "config" / "smoke.yaml"
    text, time = path.read_text(), path.stat().st_mtime_ns
    last = "  posterior_draws: 4000"
    assert last in text
    path.write_text(text.replace(last, line if "posterior_draws" in line else f"{last}\n{line}"))
    try:
        assert planned(finished) == rerun
    finally:
        path.write_text(text)
        os.utime(path, ns=(time, time))


def test_names_of_figures_are_those_of_the_tables(finished: Path):
    drawn = {Path(output).stem for output in outputs(finished) if "/figures/" in output}
    assert drawn == {*FIGURES, PLANE, "asked"}
    atlas = {
        Path(line.split("\t")[0]).stem for line in snakemake(ROOT, "--summary", "atlas").splitlines() if ".png" in line
    }
    assert atlas == set(ATLAS)


def test_a_figure_is_added_by_an_entry_and_a_caption(finished: Path):
    table = finished / "workflow" / "inference" / "figures" / "run_figures.py"
    caption = table.parent / "captions" / "again.rst"
    text, time = table.read_text(), table.stat().st_mtime_ns
    entry = '    "corner": run_corners.COUPLINGS,\n'
    assert entry in text
    table.write_text(text.replace(entry, entry + entry.replace('"corner"', '"again"')))
    caption.write_text("The couplings again.\n")
    try:
        # Every step that draws has all captions among its inputs.
        assert planned(finished) == {"reproduction", "draw", "plane", "report", "judge"}
        assert {"results/smoke/figures/again.png", "results/smoke/figures/again.pdf"} <= set(outputs(finished))
    finally:
        table.write_text(text)
        os.utime(table, ns=(time, time))
        caption.unlink()


def rules_with_commands() -> Iterator[tuple[str, str]]:
    """Name and text of every rule that runs a command, but for those of the Snakefile itself, which are local."""
    for path in sorted((ROOT / "workflow" / "rules").glob("*.smk")):
        for text in re.split(r"^(?=rule )", path.read_text(), flags=re.MULTILINE)[1:]:
            if "    shell:" in text:
                yield re.match(r"rule (\w+):", text)[1], text


def test_every_rule_asks_for_threads_memory_and_time_that_grow_with_the_attempt():
    asked = dict(rules_with_commands())
    assert {"sample", "scan_shard", "rival"} <= set(asked)
    for name, text in asked.items():
        assert re.search(r"^    threads: \d+$", text, flags=re.MULTILINE), name
        for resource in ("mem_mb", "runtime"):
            assert re.search(rf"^        {resource}=growing\(\d+\),$", text, flags=re.MULTILINE), (name, resource)


def test_the_cluster_page_has_what_the_rules_ask_for():
    page = (ROOT / "docs" / "cluster.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)`(?: \(local\))? \| (\d+) \| (\d+) \| (\d+) \|", page, flags=re.MULTILINE)
    assert {"sample", "combine", "tables"} <= {row[0] for row in rows}
    asked = dict(rules_with_commands())
    for name, *numbers in rows:
        found = re.search(
            r"threads: (\d+)\s+resources:\s+mem_mb=growing\((\d+)\),\s+runtime=growing\((\d+)\)", asked[name]
        )
        assert list(found.groups()) == numbers, name
