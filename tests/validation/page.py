"""Sections of the validation page: what was measured, what it was checked against, and the file they go to."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from importlib.metadata import version
from pathlib import Path

from tests.reference.runs import ROOT

DOCS = ROOT / "docs"
KEPT = ROOT / "results" / "validation"  # sections as measured, so that one can be redone without the others

HEAD = """\
# Validation

What the sampler and the statistics were put to, and what came out. Written by

```bash
python -m tests.validation
```

which measures everything (about an hour on one core; `python -m tests.validation NAME ...` redoes single sections:
{names}), keeps each section in
`results/validation/` and writes this page. `python -m pytest -m slow tests/validation` asserts the checks.

"""


@dataclass(frozen=True)
class Section:
    """One part of the page.

    Attributes
    ----------
    name, title, text : str
        ``text`` is Markdown.
    checks : dict of str to bool
        What must hold, in words, and whether it does.
    figures : dict of str to str
        Files in docs/ and what they show.
    measured : str
        When, and with which version of the sampler and the physics.
    """

    name: str
    title: str
    text: str
    checks: Mapping[str, bool]
    figures: Mapping[str, str]
    measured: str = ""

    @property
    def passed(self) -> bool:
        """Whether every check holds."""
        return all(self.checks.values())


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def keep(section: Section) -> None:
    """Keep a section for the page, with the day and the version of today."""
    KEPT.mkdir(parents=True, exist_ok=True)
    section = replace(section, measured=f"{date.today().isoformat()}, version {version('mevdm')}")
    (KEPT / f"{section.name}.json").write_text(json.dumps(asdict(section), indent=1), encoding="utf-8")


def write(names: Sequence[str]) -> None:
    """Write the page from the sections that are kept, in this order."""
    kept = [Section(**json.loads(p.read_text(encoding="utf-8"))) for n in names if (p := KEPT / f"{n}.json").exists()]
    verdicts = table(("section", "checks", "verdict"), [_verdict(section) for section in kept])
    parts = [HEAD.format(names=", ".join(f"`{name}`" for name in names)) + verdicts]
    for section in kept:
        checks = "\n".join(f"- {'holds' if held else '**FAILS**'}: {words}" for words, held in section.checks.items())
        figures = "\n".join(f"\n![{words}]({file})\n\n*{words}*" for file, words in section.figures.items())
        measured = f"*Measured: {section.measured}.*\n\n" if section.measured else ""
        parts.append(f"## {section.title}\n\n{measured}{section.text.strip()}\n\nChecks:\n\n{checks}\n{figures}")
    (DOCS / "validation.md").write_text("\n".join(part.rstrip() + "\n" for part in parts), encoding="utf-8")


def _verdict(section: Section) -> tuple[str, str, str]:
    held = sum(section.checks.values())
    return section.title, f"{held} of {len(section.checks)}", "passed" if section.passed else "**FAILED**"


def figure_path(name: str) -> Path:
    """Where a figure goes."""
    return DOCS / f"validation_{name}.png"
