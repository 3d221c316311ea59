"""What the folders may import, what classes may inherit, and that each module has its test file."""

import ast
import re
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("model", "likelihoods", "workflow", "mevdm")
MAY_IMPORT = {
    "model": {"model"},
    "likelihoods": {"model", "likelihoods"},
    "workflow": {"model", "likelihoods", "workflow"},
    "mevdm": set(PACKAGES),
}
SOURCES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
KERNELS = [path for path in SOURCES if path.parent.name == "_kernels"]
SNAKEFILES = [path for path in [ROOT / "Snakefile", *sorted((ROOT / "workflow").rglob("*.smk"))] if path.exists()]
BASES = {"Enum", "NamedTuple", "Protocol"}
MOST_FILES = 12

# From the ground up: a room imports from floors below its own, and from itself.
INFERENCE_FLOORS = (
    {"writing", "posterior"},
    {"diagnostics"},
    {"sampling"},
    {"run"},
    {"estimates"},
    {"drawing"},
    {"judgement", "figures", "exports"},
    {"atlas", "report", "scan"},
    {"gallery", "comparisons"},
    {"command"},
    {"__main__"},
)
PHYSICS_FLOORS = (
    {"constants", "confidence", "rational_approximation"},
    {"units", "quantities"},
    {"hidden_sector", "galaxy"},
    {"early_universe", "laboratory", "searches", "supersymmetry"},
    {"surroundings"},
    {"domain"},
    {"positrons"},
    {"prediction", "line_prediction", "nuisances"},
)
ROOMS = sorted(
    path
    for folder in ("workflow/inference", "model/physics")
    for path in (ROOT / folder).iterdir()
    if (path / "__init__.py").exists()
)


def name_of(path):
    return str(path.relative_to(ROOT))


def imported(path):
    """Full names of the modules and of the names in them that a file imports; relative imports are resolved."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            parent = ".".join(path.relative_to(ROOT).parent.parts[: len(path.relative_to(ROOT).parts) - node.level])
            module = f"{parent}.{node.module or ''}" if node.level else str(node.module)
            names |= {module, *(f"{module}.{alias.name}" for alias in node.names)}
    return names


def test_imports_run_from_mevdm_to_workflow_to_likelihoods_to_model():
    for path in SOURCES:
        ours = {name.split(".")[0] for name in imported(path)} & set(PACKAGES)
        assert ours <= MAY_IMPORT[path.relative_to(ROOT).parts[0]], name_of(path)


@pytest.mark.parametrize(
    "package, floors", [("workflow.inference", INFERENCE_FLOORS), ("model.physics", PHYSICS_FLOORS)]
)
def test_rooms_import_from_floors_below_their_own(package, floors):
    folder = ROOT.joinpath(*package.split("."))
    floor_of = {room: floor for floor, rooms in enumerate(floors) for room in rooms}
    for path in sorted(folder.rglob("*.py")):
        room = path.relative_to(folder).parts[0].removesuffix(".py")
        if room == "__init__":
            continue
        below = [
            name.removeprefix(f"{package}.").split(".")[0] for name in imported(path) if name.startswith(f"{package}.")
        ]
        wrong = sorted(other for other in set(below) - {room} if floor_of[other] >= floor_of[room])
        assert not wrong, f"{name_of(path)} imports {wrong}, which is not below {room}"


def test_a_room_has_at_most_a_dozen_files():
    for room in ROOMS:
        files = [path for path in room.glob("*.py") if path.name != "__init__.py"]
        assert len(files) <= MOST_FILES, f"{name_of(room)}: {len(files)}"


def test_a_room_says_what_enters_what_leaves_and_which_file_is_its_entry():
    for room in ROOMS:
        (statement,) = ast.parse((room / "__init__.py").read_text(encoding="utf-8")).body  # nothing is re-exported
        text = ast.get_docstring(ast.Module([statement], []))
        assert all(word in text for word in ("Input:", "Output:")), name_of(room)
        entries = re.findall(r"``([a-z_0-9]+)[\w.]*``", re.split(r"The\s+entr", text)[1])
        assert entries, name_of(room)
        for entry in entries:
            assert (room / f"{entry}.py").exists(), f"{name_of(room)}: {entry}"


def test_a_module_has_its_test_file():
    # A kernel is tested through the module that calls it.
    modules = set(SOURCES) - set(KERNELS) - {path for path in SOURCES if path.name == "__init__.py"}
    for path in sorted(modules):
        test = ROOT / "tests" / path.relative_to(ROOT).parent / f"test_{path.stem.strip('_')}.py"
        assert test.exists(), f"{name_of(path)} has no {name_of(test)}"


def test_functions_fit_on_a_screen_and_take_few_arguments():
    large = []
    for path in set(SOURCES) - set(KERNELS):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef):
                docstring = ast.get_docstring(node, clean=False)
                lines = node.end_lineno - node.lineno + 1 - (docstring.count("\n") + 1 if docstring else 0)
                arguments = len(node.args.args) + len(node.args.kwonlyargs)
                if lines > 60 or arguments > 7:
                    large.append(f"{name_of(path)}: {node.name} has {lines} lines and {arguments} arguments")
    assert not large, "\n".join(sorted(large))


def test_physics_does_not_know_the_models():
    models = {f"model.{p.stem}" for p in (ROOT / "model").glob("*.py") if not p.stem.startswith("_")}
    for path in (ROOT / "model/physics").rglob("*.py"):
        assert not imported(path) & models, name_of(path)


def test_kernels_import_nothing_of_ours():
    assert KERNELS
    for path in KERNELS:
        assert not {name.split(".")[0] for name in imported(path)} & set(PACKAGES), name_of(path)


def test_tests_of_every_module_that_calls_kernels_run_in_plain_python():
    for file in (".ci/run", "CONTRIBUTING.md"):
        command = (ROOT / file).read_text(encoding="utf-8").split("NUMBA_DISABLE_JIT=1")[1]
        chosen = [ROOT / word for word in re.findall(r"tests/[\w/.]+", command.split("snakemake")[0].split("`")[0])]
        for path in set(SOURCES) - set(KERNELS):
            if any("._kernels" in name for name in imported(path)):
                test = ROOT / "tests" / path.relative_to(ROOT).parent / f"test_{path.stem}.py"
                assert any(test == place or place in test.parents for place in chosen), f"{file}: {name_of(test)}"


def test_kernels_do_without_fast_math():
    # But for the sums over nodes of the abundance, which may be added in any order: nothing else is changed by that.
    sums = {"model/physics/early_universe/_kernels/freeze_out.py": ("_sum_over_nodes", "_node_sums")}
    for path in KERNELS:
        text, allowed = path.read_text(encoding="utf-8"), sums.get(name_of(path), ())
        assert re.findall(r'"fastmath": (.*)\}', text) == ['{"reassoc"}'] * bool(allowed), name_of(path)
        assert text.count("fastmath") == len(allowed[:1]), name_of(path)
        assert re.findall(r"@njit\(\*\*SUM\)\ndef (\w+)", text) == list(allowed), name_of(path)


def test_snakefiles_import_nothing_of_ours():
    for path in SNAKEFILES:
        text = path.read_text(encoding="utf-8")
        pattern = rf"^\s*(from|import)\s+({'|'.join(PACKAGES)}|mevdm)\b"
        assert not re.search(pattern, text, flags=re.MULTILINE), name_of(path)


def test_rules_are_shell_lines():
    for path in SNAKEFILES:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"^\s*(run|script):", text, flags=re.MULTILINE), name_of(path)


def test_models_and_likelihoods_inherit_from_nothing():
    for path in SOURCES:
        if path.relative_to(ROOT).parts[0] in ("workflow", "mevdm"):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                assert {ast.unparse(base).split(".")[-1] for base in node.bases} <= BASES, node.name


@pytest.mark.parametrize("folder", ["model", "likelihoods"])
def test_a_new_file_needs_no_registration(folder):
    # no file lists its neighbours: the folder is the registry
    names = {p.stem for p in (ROOT / folder).glob("*.py") if not p.stem.startswith("_")}
    assert not {name.split(".")[-1] for name in imported(ROOT / folder / "__init__.py")} & names


@pytest.mark.parametrize("folder", ["model", "likelihoods"])
def test_models_do_not_know_each_other(folder):
    files = [p for p in (ROOT / folder).glob("*.py") if not p.stem.startswith("_")]
    modules = {f"{folder}.{p.stem}" for p in files}
    assert not set().union(*(imported(p) for p in files)) & modules


def test_figures_and_report_read_files_and_not_the_physics():
    # An edit of a formula remakes the chains; a figure or a report alone must not wait for that.
    def closure(path, reached):
        for name in imported(path):
            file = ROOT / f"{name.replace('.', '/')}.py"
            if file.exists() and file not in reached:
                reached.add(file)
                closure(file, reached)
        return reached

    for start in ("report/report.py", "figures/run_figures.py"):
        reached = {name_of(file) for file in closure(ROOT / "workflow/inference" / start, set())}
        assert {name for name in reached if name.startswith("model/")} == {"model/physics/quantities.py"}, start


# Steps that read artefacts of a user. What is wrong with these is a `Refusal`, which ends with one line and exit code
# 2; a plain `ValueError` ends with 70, as a defect of the program. These files say what a programmer did wrong.
READING = ("comparisons", "diagnostics", "drawing", "estimates", "figures", "report", "scan")
OF_PROGRAMMERS = {"drawing/labelled_regions.py": 1, "estimates/regions.py": 2}


def test_what_a_user_can_mend_is_refused_and_no_defect():
    found = Counter()
    for path in (path for room in READING for path in (ROOT / "workflow" / "inference" / room).glob("*.py")):
        raised = (node.exc for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Raise))
        plain = [each for each in raised if isinstance(each, ast.Call) and ast.unparse(each.func) == "ValueError"]
        if plain:
            found[path.relative_to(ROOT / "workflow" / "inference").as_posix()] = len(plain)
    assert found == OF_PROGRAMMERS
