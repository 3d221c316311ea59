"""What the folders may import, what classes may inherit, and the constants that everything rests on."""

import ast
import re
from pathlib import Path

import pytest
from scipy import constants as codata

from model.physics import constants, units

ROOT = Path(__file__).parents[1]
PACKAGES = ("model", "likelihoods", "workflow")
MAY_IMPORT = {"model": {"model"}, "likelihoods": {"model", "likelihoods"}, "workflow": set(PACKAGES)}
SOURCES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
KERNELS = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("_kernels/*.py"))
SNAKEFILES = [path for path in [ROOT / "Snakefile", *sorted((ROOT / "workflow").rglob("*.smk"))] if path.exists()]
BASES = {"Enum", "NamedTuple", "Protocol"}


def name_of(path):
    return str(path.relative_to(ROOT))


def imported(path):
    """Full names of the modules that a file imports; relative imports are resolved."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            parent = ".".join(path.relative_to(ROOT).parent.parts[: len(path.relative_to(ROOT).parts) - node.level])
            names.add(f"{parent}.{node.module or ''}" if node.level else str(node.module))
    return names


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_imports_run_from_workflow_to_likelihoods_to_model(path):
    ours = {name.split(".")[0] for name in imported(path)} & set(PACKAGES)
    assert ours <= MAY_IMPORT[path.relative_to(ROOT).parts[0]]


@pytest.mark.parametrize("path", sorted((ROOT / "model/physics").rglob("*.py")), ids=name_of)
def test_physics_does_not_know_the_models(path):
    models = {f"model.{p.stem}" for p in (ROOT / "model").glob("*.py") if not p.stem.startswith("_")}
    assert not imported(path) & models


@pytest.mark.parametrize("path", KERNELS, ids=name_of)
def test_kernels_import_nothing_of_ours(path):
    assert not {name.split(".")[0] for name in imported(path)} & set(PACKAGES)


@pytest.mark.parametrize("path", KERNELS, ids=name_of)
def test_kernels_do_without_fast_math(path):
    assert "fastmath" not in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", SNAKEFILES, ids=name_of)
def test_snakefiles_import_nothing_of_ours(path):
    text = path.read_text(encoding="utf-8")
    assert not re.search(rf"^\s*(from|import)\s+({'|'.join(PACKAGES)}|mevdm)\b", text, flags=re.MULTILINE)


@pytest.mark.parametrize("path", SNAKEFILES, ids=name_of)
def test_rules_are_shell_lines(path):
    assert not re.search(r"^\s*(run|script):", path.read_text(encoding="utf-8"), flags=re.MULTILINE)


@pytest.mark.parametrize("path", [p for p in SOURCES if p.parts[len(ROOT.parts)] != "workflow"], ids=name_of)
def test_models_and_likelihoods_inherit_from_nothing(path):
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


# Pinned to every printed digit: a change of constants is a change of results. CODATA 2022, PDG 2024.
PINS = {
    "ALPHA": 1 / 137.035999177,
    "ELECTRON_MASS": 0.51099895069,
    "MUON_MASS": 105.6583755,
    "HBAR_C_MEV_CM": 1.973269804e-11,
    "LIGHT_SPEED_CM_S": 29979245800.0,
    "LIGHT_SPEED_KM_S": 299792.458,
    "BOLTZMANN_MEV_K": 8.617333262e-11,
    "PLANCK_MASS": 1.220890e22,
    "CHARGED_PION_MASS": 139.57039,
    "Z_MASS": 91187.6,
    "SIN2_THETA_W": 0.2312,
    "INVERSE_ALPHA_MZ": 127.95,
    "CMB_TEMPERATURE_K": 2.7255,
}


@pytest.mark.parametrize("name", PINS)
def test_constant_is_pinned(name):
    assert getattr(constants, name) == pytest.approx(PINS[name], rel=1e-15)


@pytest.mark.parametrize(
    "name, key, unit, accuracy",
    [
        ("ALPHA", "fine-structure constant", 1.0, 2e-9),
        ("ELECTRON_MASS", "electron mass energy equivalent in MeV", 1.0, 1e-9),
        ("MUON_MASS", "muon mass energy equivalent in MeV", 1.0, 1e-7),
        ("HBAR_C_MEV_CM", "reduced Planck constant times c in MeV fm", 1e-13, 1e-9),
        ("LIGHT_SPEED_CM_S", "speed of light in vacuum", 1e2, 1e-15),
        ("BOLTZMANN_MEV_K", "Boltzmann constant in eV/K", 1e-6, 1e-9),
        ("PLANCK_MASS", "Planck mass energy equivalent in GeV", 1e3, 1e-5),
    ],
)
def test_constant_agrees_with_codata_of_scipy(name, key, unit, accuracy):
    assert getattr(constants, name) == pytest.approx(codata.value(key) * unit, rel=accuracy)


def test_derived_constants_are_those_of_theory_1():
    assert f"{constants.HYPERCHARGE_COUPLING2_MZ:.4f}" == "0.1277"
    assert pytest.approx(4 * codata.pi * constants.ALPHA, rel=1e-15) == constants.E_CHARGE**2
    assert pytest.approx(1.0, rel=1e-15) == constants.COS_THETA_W**2 + constants.SIN_THETA_W**2


def test_conversions_are_those_of_theory_4_and_7():
    assert f"{units.CM3_S_PER_MEV_MINUS2:.5e}" == "1.16733e-11"
    assert f"{1 / units.CM2_G_PER_MEV_MINUS3:.2e}" == "4.58e-06"
    assert f"{units.CM2_PER_MEV_MINUS2:.3e}" == "3.894e-22"
    assert pytest.approx(codata.value("reduced Planck constant in eV s") * 1e-6, rel=1e-9) == units.SECONDS_TIMES_MEV
    assert pytest.approx(codata.e / codata.c**2 * 1e9, rel=1e-8) == units.G_PER_MEV
