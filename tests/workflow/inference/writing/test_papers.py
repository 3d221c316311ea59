from pathlib import Path

import pytest

from workflow.inference.exports.bibliography import papers
from workflow.inference.run.config import load
from workflow.inference.writing import papers as table
from workflow.inference.writing.bibtex import ARXIV, bibtex, references
from workflow.inference.writing.papers import FROM_MEMORY, PAPERS

ROOT = Path(__file__).parents[4]


@pytest.mark.parametrize("path", sorted((ROOT / "config").glob("*.yaml")), ids=lambda path: path.stem)
def test_every_paper_that_a_shipped_run_cites_by_number_has_its_title(path):
    cited = {each.identifier for each in papers(load(path)) if each.identifier}
    assert cited <= set(PAPERS)


def test_numbers_and_years_agree():
    for number, paper in PAPERS.items():
        assert ARXIV.fullmatch(number)
        digits = number.rpartition("/")[2][:2]
        assert paper.year % 100 == int(digits), number


def test_the_docstring_counts_the_papers_that_were_compared():
    assert set(PAPERS) >= FROM_MEMORY
    assert f"first author of {len(PAPERS) - len(FROM_MEMORY)} papers were compared" in table.__doc__


def test_bibtex_of_every_paper_has_only_characters_that_every_program_reads():
    assert bibtex(references(PAPERS)).isascii()
