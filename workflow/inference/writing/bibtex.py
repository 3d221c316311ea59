"""BibTeX of sources that are written as text, such as "Fan et al. 2023, 2209.13084".

The data files and docstrings name a paper by its arXiv number, or by journal, volume and page. An entry has the
identifier, the DOI that follows from it, and the source as it is written. Title and authors are those of `papers`,
where the paper is there. A program for references completes the entry from either.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from pybtex.database import BibliographyData, Entry

from workflow.inference.writing.papers import PAPERS, Paper

ARXIV = re.compile(
    r"(?<![\w.])(\d{4}\.\d{4,5}|(?:astro-ph|gr-qc|hep-(?:ex|lat|ph|th)|nucl-(?:ex|th))/\d{7})(?![\w.]\d)"
)
_PHYSICAL_REVIEW = re.compile(r"Phys\. ?Rev\. ?(Lett\.|[A-EX]) ?(\d+),? ?(?:\((\d{4})\) ?|)(?:, ?)?(\d+)")
_NAME = r"[^\W\d_][\w.'-]*"
_AUTHORS = re.compile(rf"^({_NAME}(?:(?:, and |, | and | et al\.?,? ?| )(?:{_NAME})?)*?)[ ,(]+((?:19|20)\d\d)\b")
_ACCENTS = str.maketrans({"ö": r"{\"o}", "ü": r"{\"u}", "č": r"{\v c}", "š": r"{\v s}"})


@dataclass(frozen=True)
class Reference:
    """A paper, or a source without an identifier.

    Attributes
    ----------
    key : str
        Key of the entry.
    identifier : str
        arXiv number, or empty.
    doi : str
        DOI, empty where none follows from the source as it is written.
    source : str
        The source as it is written where it is used first.
    """

    key: str
    identifier: str
    doi: str
    source: str

    @property
    def paper(self) -> Paper | None:
        """Title, authors and year where they are known."""
        return PAPERS.get(self.identifier)

    @property
    def words(self) -> str:
        """What a list of references shows: authors and title where they are known, else the source."""
        if self.paper is None:
            return self.source
        names = [name.partition(",")[0].strip("{}") for name in self.paper.authors.split(" and ")]
        shown = f"{names[0]} et al." if len(names) > 2 or names[-1] == "others" else " and ".join(names)
        return f"{shown}, {self.paper.title} ({self.paper.year})"

    @property
    def url(self) -> str:
        """Address of the paper, empty without an identifier."""
        if self.identifier:
            return f"https://arxiv.org/abs/{self.identifier}"
        return f"https://doi.org/{self.doi}" if self.doi else ""


def references(sources: Iterable[str]) -> list[Reference]:
    """Every paper that sources name, each once, in the order of first use.

    A source that names no paper by an identifier is one reference by itself.
    """
    found: dict[str, Reference] = {}
    for source in sources:
        text = " ".join(source.split())
        named = [_of_arxiv(number, text) for number in dict.fromkeys(ARXIV.findall(text))]
        named += [_of_journal(match, text) for match in _PHYSICAL_REVIEW.finditer(text)] if not named else []
        for reference in named or ([_of_text(text)] if text else []):
            found.setdefault(reference.key, reference)
    return list(found.values())


def bibtex(found: Iterable[Reference]) -> str:
    """The references as the text of a ``.bib`` file."""
    text: str = BibliographyData({each.key: _entry(each) for each in found}).to_string("bibtex")
    return text


def _entry(reference: Reference) -> Entry:
    fields = {"note": _latex(reference.source)}
    if reference.identifier:
        fields |= {"eprint": reference.identifier, "archivePrefix": "arXiv"}
    if reference.doi:
        fields["doi"] = reference.doi
    if reference.url:
        fields["url"] = reference.url
    authors = _AUTHORS.match(reference.source)
    if reference.paper:
        known = reference.paper
        fields |= {"author": _accented(known.authors), "title": f"{{{_latex(known.title)}}}", "year": str(known.year)}
    elif authors and len(ARXIV.findall(reference.source)) <= 1:  # the names may belong to any of several papers
        fields |= {"author": _latex(_people(authors[1])), "year": authors[2]}
    return Entry("misc", fields=fields)


def _accented(names: str) -> str:
    """Names with the accents of LaTeX; braces stay, because they keep the name of a collaboration whole."""
    return names.translate(_ACCENTS)


def _people(text: str) -> str:
    """Names in the notation of BibTeX."""
    others = text.replace("et al.", "and others").replace("et al", "and others")
    return " ".join(re.sub(r",(?: and)? ", " and ", others).split())


def _latex(text: str) -> str:
    """Text in which no character has a meaning for LaTeX or for BibTeX."""
    plain = text.replace("{", "(").replace("}", ")").replace("\\", "/")
    return re.sub(r"([&%$#_])", r"\\\1", plain).replace("^", r"\^{}").replace("~", r"\~{}")


def _of_arxiv(number: str, source: str) -> Reference:
    return Reference(f"arXiv:{number}", number, f"10.48550/arXiv.{number}", source)


def _of_journal(match: re.Match[str], source: str) -> Reference:
    series, volume, page = match[1].rstrip("."), match[2], match[4]
    doi = f"10.1103/PhysRev{series}.{volume}.{page}"
    return Reference(f"PhysRev{series}:{volume}.{page}", "", doi, source)


def _of_text(source: str) -> Reference:
    words = re.findall(r"[A-Za-z0-9]+", source)[:6]
    return Reference("".join(words) or "source", "", "", source)
