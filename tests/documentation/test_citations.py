"""Pages, sections and paths that code, data, configs, tests and pages cite exist in the repository."""

import os
import re
from functools import cache
from pathlib import Path

from tests.documentation import site_pages

ROOT = Path(__file__).parents[2]
FOLDERS = ("model", "likelihoods", "workflow", "config", "docs", "tests", "profiles")
SUFFIXES = {".py", ".yaml", ".md", ".smk", ".j2", ".rst"}
THIS = Path(__file__)
MADE = {*site_pages.ELSEWHERE, *site_pages.made_pages()}  # pages of the site that are made when it is built

# A path, and the sections that follow it: "docs/physics/galaxy.md 1, 3 and 5" or "4 to 6"
CITATION = re.compile(r"(docs/[\w/]+\.md)((?:(?:,? and |, | to | )[1-9](?:\.\d)?(?![\w%.]*\w))*)")
NUMBER = re.compile(r"\d(?:\.\d)?")
HEADING = re.compile(r"^#{2,4} (\d(?:\.\d)?) ", re.MULTILINE)
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")
IMAGE = re.compile(r"!\[[^\]]*\]\(([^)\s]+)\)")
SECTION_LINK = re.compile(r"\[[^\]]*\]\(([\w./]+\.md)\),? sections? (\d(?:\.\d)?)")
SECTION_OF_LINK = re.compile(r"[Ss]ection (\d(?:\.\d)?) of \[[^\]]*\]\(([\w./]+\.md)\)")
PATH_IN_PAGE = re.compile(r"`((?:model|likelihoods|workflow|tests|config|docs)/[\w/.]+\.(?:py|yaml|md))`")
# Pages of notes that are not in the repository, and numbers of their lists of figures
FOREIGN = re.compile(
    r"(?<![\w/])(?:theory|observations|hidden_sector|galaxy_and_laboratory|architecture)\.md \d"
    r"|(?<!/)\b(?:kinetic_mixing|sampling|early_universe)\.md \d|design notes|\bF[1-9]\d?\b[:,]|\bT[12]\b:"
)


@cache
def files():
    found = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "Snakefile")]
    for folder in FOLDERS:
        found += [path for path in sorted((ROOT / folder).rglob("*")) if path.suffix in SUFFIXES]
    return {path.relative_to(ROOT): path.read_text(encoding="utf-8") for path in found if path != THIS}


def pages():
    return {path: text for path, text in files().items() if path.suffix == ".md"}


@cache
def sections(page):
    return set(HEADING.findall((ROOT / page).read_text(encoding="utf-8")))


def joined(text):
    """The text in one line, without the marks of comments at the beginnings of lines."""
    return re.sub(r"\s*\n\s*#?\s*", " ", text)


def test_cited_pages_and_their_sections_exist():
    wrong, count = [], 0
    for path, text in files().items():
        for page, numbers in CITATION.findall(joined(text)):
            count += 1
            if not (ROOT / page).is_file():
                wrong.append(f"{path} cites {page}, which does not exist")
                continue
            wrong += [
                f"{path} cites {page} {number}, which has no such section"
                for number in NUMBER.findall(numbers)
                if number not in sections(page)
            ]
    assert not wrong, "\n".join(wrong)
    assert count > 150


def test_no_page_outside_the_repository_is_cited():
    wrong = [f"{path}: {match.group()}" for path, text in files().items() for match in FOREIGN.finditer(joined(text))]
    assert not wrong, "\n".join(wrong)


def test_relative_links_of_pages_lead_somewhere():
    wrong = []
    for path, text in pages().items():
        for target in (*LINK.findall(text), *IMAGE.findall(text)):
            made = os.path.normpath(path.parent / target).removeprefix("docs/") in MADE
            if "://" not in target and not made and not (ROOT / path.parent / target).exists():
                wrong.append(f"{path} links to {target}")
    assert not wrong, "\n".join(wrong)


def test_sections_that_pages_name_beside_a_link_exist():
    wrong = []
    for path, text in pages().items():
        named = [*SECTION_LINK.findall(joined(text))]
        named += [(page, number) for number, page in SECTION_OF_LINK.findall(joined(text))]
        for page, number in named:
            target = (path.parent / page).as_posix()
            if number not in sections(target):
                wrong.append(f"{path} names section {number} of {page}")
    assert not wrong, "\n".join(wrong)


def test_files_that_the_physics_pages_name_exist():
    text = "".join(page for path, page in pages().items() if path.parts[:2] == ("docs", "physics"))
    missing = {path for path in PATH_IN_PAGE.findall(text) if not (ROOT / path).is_file()}
    assert not missing


def test_a_wrong_section_and_a_foreign_page_would_be_found():
    assert CITATION.findall("see docs/physics/galaxy.md 3 and 99 km") == [("docs/physics/galaxy.md", " 3")]
    assert CITATION.findall("(docs/physics/model.md 1 to 3, docs") == [("docs/physics/model.md", " 1 to 3")]
    assert NUMBER.findall(" 3.1, 4 and 5") == ["3.1", "4", "5"]
    for name in ("theory", "observations", "kinetic_mixing"):  # joined here, because this file is searched too
        assert FOREIGN.search(f"see ({name}.md 4)")
    assert not FOREIGN.search("docs/physics/kinetic_mixing.md 2.1")
