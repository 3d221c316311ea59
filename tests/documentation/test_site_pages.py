"""The site: nothing is missing in its reference, links lead somewhere, formulas are written, and it builds strictly."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

import mevdm
from likelihoods.data.measurements import measurements
from tests.documentation.site_pages import ROOT, made_pages, notebook_page, with_links_inside, with_mathml
from workflow.inference.posterior.observables import COLUMNS, Flag
from workflow.inference.run.config import json_schema


@pytest.fixture(scope="module")
def pages():
    return made_pages()


def test_every_column_is_a_heading_with_its_unit(pages):
    for column in COLUMNS.values():
        text = pages["reference/flags.md" if isinstance(column, Flag) else "reference/columns.md"]
        section = text.split(f"### `{column.name}`\n")[1].split("\n### ")[0]
        assert f"| unit | {column.unit} |" in section


def test_every_option_of_the_schema_is_a_heading(pages):
    text = pages["reference/options.md"]
    for section in ("cosmology", "galaxy", "line", "sampler"):
        for key in json_schema()["properties"][section]["properties"]:
            assert f"### `{section}.{key}`\n" in text


def test_every_datum_is_on_the_page_of_its_likelihood_with_its_source(pages):
    text = pages["reference/likelihoods.md"]
    data = [datum for key, datum in measurements().items() if key.startswith("relic_abundance")]
    assert data
    for datum in data:
        assert datum.source in text


def test_every_public_name_is_described(pages):
    text = pages["reference/python.md"]
    for name in set(mevdm.__all__) - {"__version__"}:
        assert f"## `mevdm.{name}`\n" in text
    for method in ("evaluate", "log_prob", "log_likelihood"):
        assert f"### `Run.{method}`\n" in text
    for method in ("summary", "reweight", "to_getdist", "to_arviz", "to_dataframe", "bibtex"):
        assert f"### `Results.{method}`\n" in text


def test_every_command_is_there_with_its_arguments(pages):
    text = pages["reference/commands.md"]
    section = text.split("## `mevdm reweight`\n")[1].split("\n## ")[0]
    assert "`--set`" in section


def test_the_answer_of_the_readme_is_a_page(pages):
    text = pages["answer.md"]
    assert "| χ |" in text
    assert "The piece above the resonance is lost" in " ".join(text.split())
    assert "<!--" not in text


def test_the_notebook_has_no_outputs_and_becomes_a_page():
    path = ROOT / "docs" / "notebook.ipynb"
    assert re.search(r'"outputs": \[\s*[^\]\s]', path.read_text()) is None
    assert "```python\nimport mevdm" in notebook_page(path)


def test_formulas_become_mathml_and_code_stays():
    text = with_mathml("A $m_U$ and `$HOME`:\n\n```bash\necho $A $B\n```\n\n$$\nx^2\n$$\n")
    assert text.count("<math") == 2
    assert "`$HOME`" in text
    assert "echo $A $B" in text
    assert 'display="block"' in text


def test_links_lead_to_pages_and_files_without_one_become_names():
    pages = {"docs/physics/model.md": "physics/model.md", "config/README.md": "reference/config.md"}
    text = "[a](../docs/physics/model.md#2-x) [b](../model/minimal.py) [c](https://arxiv.org)"
    assert with_links_inside(text, "reference/config.md", "config/README.md", pages) == (
        "[a](../physics/model.md#2-x) b (`model/minimal.py`) [c](https://arxiv.org)"
    )


def test_every_page_of_docs_is_in_the_navigation():
    navigation = (ROOT / "mkdocs.yml").read_text()
    for path in (ROOT / "docs").rglob("*.md"):
        assert str(path.relative_to(ROOT / "docs")) in navigation, path


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "-q", "-d", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr + done.stdout
    return folder


@pytest.mark.slow
def test_the_site_builds_strictly_and_loads_nothing_from_elsewhere(site):
    pages = list(Path(site).rglob("*.html"))
    assert len(pages) > 30
    for page in pages:
        text = page.read_text(encoding="utf-8")
        loaded = re.findall(r"<(?:script|img|iframe)[^>]+src=\"(https?:[^\"]+)\"", text)
        loaded += re.findall(r"<link[^>]+rel=\"stylesheet\"[^>]+href=\"(https?:[^\"]+)\"", text)
        assert not loaded, f"{page.name}: {loaded}"


@pytest.mark.slow
@pytest.mark.parametrize("word", ["omega_h2", "sampler.walkers", "e137", "relic_abundance", "reweight", "m_soft_tev"])
def test_the_search_index_holds_names_of_every_kind(site, word):
    assert word in (Path(site) / "search" / "search_index.json").read_text(encoding="utf-8")
