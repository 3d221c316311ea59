"""Every command and every Python snippet of the pages for users is executed, in a folder as a reader has it.

Python blocks of a page run one after the other. Commands of ``mevdm`` run as they are written, on a synthetic posterior
in place of a sampled one; commands of ``snakemake`` are planned by tests/workflow/test_snakefile.py; those of other
programs are only read by a shell. ``NAME`` is a run that the page tells the reader to write.
"""

import json
import re
import shlex
import shutil
import subprocess
import sys

import pytest
from reference import synthetic_posterior
from reference.runs import ROOT

from workflow.inference.command.parser import main

PAGES = sorted(path for path in (ROOT / "docs").rglob("*.md") if "physics" not in path.parts)
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", flags=re.MULTILINE | re.DOTALL)
NEEDS_A_SAMPLED_RUN = ("# needs a run that this version has sampled", "reweight")
SEPARATE = ("howto/samplers.md",)  # other samplers change warnings and logging of the process
SLOW = (*SEPARATE, "howto/points.md", "tutorial.md")
OTHERS = {"python", "python3", ".", "pip", "sbatch", "printf", "pre-commit", "ruff", "mkdocs"}


def blocks(page, language):
    return [text for kind, text in BLOCK.findall(page.read_text(encoding="utf-8")) if kind == language]


def name_of(page):
    return str(page.relative_to(ROOT / "docs"))


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """Results of three runs that were never sampled."""
    results = tmp_path_factory.mktemp("site") / "results"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(synthetic_posterior, "_CONFIG", (ROOT / "config/smoke.yaml").read_text())
        synthetic_posterior.write(results / "smoke", n_draws=200)
    for run in ("hooper_zurek_2008", "hooper_zurek_modern"):
        shutil.copytree(results / "smoke", results / run)
    return results


@pytest.fixture
def folder(tmp_path, finished, tables_folder, monkeypatch):
    """A folder as a reader has it: configs and results."""
    shutil.copytree(ROOT / "config", tmp_path / "config")
    (narrow,) = (text for text in blocks(ROOT / "docs/tutorial.md", "yaml") if "extends" in text)
    (tmp_path / "config" / "NAME.yaml").write_text(narrow)
    shutil.copytree(finished, tmp_path / "results")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("workflow.inference.run.assembly.DEFAULT_FOLDER", tables_folder)
    return tmp_path


def marked(pages):
    """The pages as parameters of a test, the slow ones marked."""
    return [pytest.param(page, id=name_of(page), marks=[pytest.mark.slow] * (name_of(page) in SLOW)) for page in pages]


WITH_PYTHON = [page for page in PAGES if blocks(page, "python") and name_of(page) != "howto/extend.md"]


@pytest.mark.parametrize("page", marked(WITH_PYTHON))
@pytest.mark.usefixtures("folder")
def test_python_of_a_page_runs_and_prints_what_it_says(page, capsys):
    for text in blocks(page, "python"):
        code = compile(text, name_of(page), "exec")
        if text.startswith(NEEDS_A_SAMPLED_RUN[0]):
            continue
        if name_of(page) in SEPARATE:
            printed = subprocess.run([sys.executable, "-c", text], check=True, capture_output=True, text=True).stdout
        else:
            exec(code, {"__name__": "snippet"})
            printed = capsys.readouterr().out
        assert bool(printed.strip()) or "print(" not in text, text
        assert "nan" not in printed.split(), printed


WITH_COMMANDS = [page for page in PAGES if blocks(page, "bash")]


@pytest.mark.parametrize("page", marked(WITH_COMMANDS))
def test_commands_of_a_page_run(page, folder):
    for line in "".join(blocks(page, "bash")).splitlines():
        words = [word for k, word in enumerate(shlex.split(line)) if k or "=" not in word]
        if words[0] == "printf":
            subprocess.run(["bash", "-c", line], check=True, cwd=folder)
        elif words[0] == "mevdm":
            wanted = 2 if NEEDS_A_SAMPLED_RUN[1] in words else 0  # the synthetic run was made with no physics
            assert main(words[1:]) == wanted, line
        elif words[0] not in ("snakemake", "#"):
            assert words[0] in OTHERS, line
            subprocess.run(["bash", "-n", "-c", line], check=True)


def test_a_likelihood_of_the_page_can_be_used(folder, monkeypatch):
    import likelihoods
    import mevdm

    (text,) = blocks(ROOT / "docs/howto/extend.md", "python")
    (folder / "my_bound.py").write_text(text)
    monkeypatch.setattr(likelihoods, "__path__", [*likelihoods.__path__, str(folder)])
    run = mevdm.load("config/smoke.yaml", likelihoods={"flux_511kev": {}, "my_bound": {"theory_error": 0.05}})
    assert list(run.config.likelihoods) == ["flux_511kev", "my_bound"]


@pytest.mark.slow
def test_the_notebook_runs(folder):
    import nbformat
    from nbclient import NotebookClient

    notebook = nbformat.read(ROOT / "docs" / "notebook.ipynb", as_version=4)
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(folder)}}).execute()
    texts = json.dumps([cell.get("outputs", []) for cell in notebook.cells])
    assert "mevdm.Results hooper_zurek_2008" in texts
    assert "image/png" in texts
