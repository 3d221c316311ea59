"""Which of our files a step depends on, so that editing one reruns what imports it and nothing else.

Snakemake does not look into imported packages (it would keep a stale chain); our files are rule inputs instead. They are
found by following import statements in the text: nothing of ours is imported here.
"""

import ast
import functools
import hashlib
import json
import os
import sys
from pathlib import Path

import yaml

ROOT = Path(workflow.basedir)
PACKAGES = ("model", "likelihoods", "workflow")
INFERENCE = ROOT / "workflow" / "inference"
TEMPLATES = sorted(
    os.path.relpath(p) for p in (INFERENCE / "writing" / "templates").iterdir()
)
CAPTIONS = sorted(
    os.path.relpath(p) for p in (INFERENCE / "figures" / "captions").iterdir()
)

# `.venv/bin/snakemake` works without an activated environment: `mevdm` lies beside it. A step that samples ends when this
# process has ended, even if it was killed.
shell.prefix(
    f'set -euo pipefail; export PATH="{Path(sys.executable).parent}:$PATH" MEVDM_PARENT={os.getpid()}; '
)


@functools.cache
def file_of(module):
    """The file of one of our modules, or None."""
    path = os.path.join(ROOT, *module.split("."))
    candidates = (f"{path}.py", os.path.join(path, "__init__.py"))
    return next((os.path.relpath(c) for c in candidates if os.path.isfile(c)), None)


def statements_of(body):
    """Statements of a block and of the blocks in it. Expressions are left out: they are most of a file, and import nothing."""
    for node in body:
        yield node
        for block in ("body", "orelse", "finalbody", "handlers", "cases"):
            yield from statements_of(getattr(node, block, ()))


@functools.cache
def imports_of(path):
    """Files of our modules that a file imports by name."""
    found = []
    tree = ast.parse(Path(path).read_text(encoding="utf-8"))
    for node in statements_of(tree.body):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            found += [
                node.module,
                *(f"{node.module}.{alias.name}" for alias in node.names),
            ]
    ours = {name for name in found if name.split(".")[0] in PACKAGES}
    return {file_of(name) for name in ours} - {None}


def sources(*modules):
    """Files of the modules and of everything of ours that they import. A module without a file is an error."""
    missing = [module for module in modules if file_of(module) is None]
    if missing:
        raise WorkflowError(
            f"no file of the module {missing[0]}: a rule would forget its code"
        )
    files, todo = set(), {file_of(module) for module in modules}
    while todo:
        files |= todo
        todo = set().union(*map(imports_of, todo)) - files
    return sorted(files)


def keys_of(module, dictionary):
    """Keys of an annotated dictionary at the top of one of our modules: the names of the figures stand only there."""
    tree = ast.parse(Path(file_of(module)).read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.AnnAssign) and node.target.id == dictionary:
            return [ast.literal_eval(key) for key in node.value.keys]
    raise WorkflowError(f"{module} has no annotated dictionary {dictionary}")


def run_sources(*steps):
    """Input function: sources of the steps and of the model and likelihoods that the run's config names."""
    return lambda wildcards: sources_of(wildcards.run, *steps)


# Keys of the section report that say what is shown. Everything else in a config may shape numbers.
SHOWN = ("figures", "profile", "cross_check")


def bases(wildcards):
    """Input function: the files that the config of a run extends."""
    return raw_config(wildcards.run).get("extends", [])


def shaping(wildcards):
    """Function of params: the digest of the parts of a run's config that may shape its numbers.

    The steps that take minutes have the config as an old input, and this as a parameter. An edit of what is shown, or of
    a comment, therefore reruns no sampling. The commands check the digest of the same parts.
    """
    run = wildcards.run
    contents = [
        without_shown(yaml.safe_load(Path(path).read_text(encoding="utf-8")) or {})
        for path in (f"config/{run}.yaml", *bases(wildcards))
    ]
    text = json.dumps(contents, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def without_shown(raw):
    """The mapping of a config without the scan, whose shards name it themselves, and without what is only shown."""
    kept = {
        key: value
        for key, value in (raw.get("report") or {}).items()
        if key not in SHOWN
    }
    rest = {key: value for key, value in raw.items() if key not in ("report", "scan")}
    return rest | ({"report": kept} if kept else {})


def sources_of(run, *steps):
    """Sources of the steps and of the model and likelihoods of a run, the data, and files that options name."""
    raw = raw_config(run)
    model = raw.get("model") or {}
    named = [f"model.{model.get('name')}"]
    named += [f"likelihoods.{name}" for name in raw.get("likelihoods") or {}]
    # A name without a file of ours is an import path or a mistake; the command itself says which.
    named = [module for module in named if file_of(module) is not None]
    data = sorted(
        os.path.relpath(p) for p in (ROOT / "likelihoods" / "data").glob("*.yaml")
    )
    data += [
        value
        for value in model.values()
        if isinstance(value, str) and Path(value).is_file()
    ]
    code = sources(*named, *(f"workflow.inference.{step}" for step in steps))
    return code + data


def raw_config(run, below=()):
    """The config of a run after those that it extends, whose files are then the list ``extends``.

    Sections are merged one level deep, which is enough for names. A likelihood that ``without`` drops is still here: its
    code then counts as an input without need. A circle, which the command refuses, ends where it closes.
    """
    raw = yaml.safe_load(Path(f"config/{run}.yaml").read_text(encoding="utf-8")) or {}
    extended = str(raw.pop("extends", "")).removesuffix(".yaml")
    if extended in ("", run, *below) or not Path(f"config/{extended}.yaml").is_file():
        return raw
    base = raw_config(extended, (run, *below))
    merged = {
        key: (
            {**base[key], **value}
            if isinstance(base.get(key), dict) and isinstance(value, dict)
            else value
        )
        for key, value in raw.items()
    }
    return (
        base
        | merged
        | {"extends": [f"config/{extended}.yaml", *base.get("extends", ())]}
    )


def asked_for(wildcards):
    """Input function: what the report of a run shows only because its config says so."""
    options = raw_config(wildcards.run).get("report") or {}
    files = {
        "profile": ("profile.npz", "figures/profile.png"),
        "cross_check": ("cross_check.json",),
    }
    return [
        f"results/{wildcards.run}/{file}"
        for key, names in files.items()
        for file in names
        if options.get(key)
    ]


def scan_of(run):
    """The section of a run's config that describes its scan."""
    section = raw_config(run).get("scan")
    if not section:
        raise WorkflowError(f"config/{run}.yaml has no section scan")
    return section


def shards_of(wildcards):
    """Input function: the shards of a scan."""
    count = scan_of(wildcards.run).get("shards")
    if not (isinstance(count, int) and 1 <= count <= 100_000):
        raise WorkflowError(
            f"config/{wildcards.run}.yaml: scan.shards is {count}; allowed: 1 to 100000"
        )
    return [
        f"results/{wildcards.run}/scan/shard_{shard}.parquet" for shard in range(count)
    ]


def points_of(wildcards):
    """Input function: the points file of a scan, if it has one."""
    return scan_of(wildcards.run).get("file") or []


def with_posterior():
    """Configured runs whose posterior is there."""
    configured = {path.stem for path in Path("config").glob("*.yaml")}
    there = {path.parent.name for path in Path("results").glob("*/posterior.nc")}
    return sorted(configured & there)


def drawn_with(wildcards):
    """Input function: posteriors of other runs, and files of points and curves, that figures of a run show on top."""
    corners = [
        entry.get("corner") or {}
        for entry in (raw_config(wildcards.run).get("report") or {}).get("figures")
        or []
    ]
    several = lambda value: [value] if isinstance(value, str) else value or []
    runs = [run for corner in corners for run in several(corner.get("with"))]
    files = [
        path
        for corner in corners
        for key in ("points", "curves")
        for path in several(corner.get(key))
    ]
    return [f"results/{run}/posterior.nc" for run in dict.fromkeys(runs)] + files


KINDS = ("pdf", "svg", "csv", "txt")  # of the files of a figure, beside its PNG
DRAWN = keys_of("workflow.inference.figures.run_figures", "FIGURES")
FIGURES = (*DRAWN, "kinetic_mixing_plane")


def last_words(since):
    """The verdict and the report of every run that was made since a time, and then the pages over several runs."""
    made = [
        path
        for path in Path("results").glob("*/report.html")
        if path.stat().st_mtime >= since
    ]
    lines = []
    for path in sorted(made):
        record = path.with_name("diagnostics.json")
        verdict = "not judged"
        if record.is_file():
            judged = json.loads(record.read_text(encoding="utf-8"))
            verdict = (
                "converged"
                if judged["converged"]
                else f"NOT CONVERGED: {judged['verdict']}"
            )
        lines.append(f"{path.parent.name}: {verdict}; report: {path}")
    pages = ("default/index.html", "verdict/verdict.html", "hypotheses/hypotheses.html")
    paths = [Path("results") / page for page in pages]
    return lines + [
        f"open {path}"
        for path in paths
        if path.is_file() and path.stat().st_mtime >= since
    ]
