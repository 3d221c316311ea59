"""`python -m tests.documentation.readme_numbers` writes the answer of the main job into README.md.

It reads results/default/first_page.json, which `snakemake --cores all` makes.
"""

import json
import re
import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
RECORD = ROOT / "results" / "default" / "first_page.json"
BEGIN, END = "<!-- answer of the main job: begin -->", "<!-- answer of the main job: end -->"
SYMBOLS = {"g": "g", "chi": "χ", "lambda": "λ", "m_dm_mev": "m_DM", "m_u_mev": "m_U"}
RELATIVE = 0.25  # how far a number may be from that of another run of the same config, whose ends of intervals scatter
ERRORS = 4.0  # and a number with an error

_WITH_ERROR = re.compile(r"(\d[\d.]*(?:e[-+]?\d+)?) ± (\d[\d.]*(?:e[-+]?\d+)?)")
_NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?:e[-+]?\d+)?(?!\w)")


def answer(record: Mapping[str, Any]) -> str:
    """The block of README.md: the sentences of the first page, and what is allowed in both eras."""
    eras = [run["called"] for run in record["runs"]]
    lines = [textwrap.fill(" ".join(record["sentences"]), 128, break_on_hyphens=False), ""]
    lines += ["| 95 % | " + " | ".join(eras) + " |", "|" + "---|" * (len(eras) + 1)]
    for quantity in record["quantities"]:
        unit = "" if quantity["unit"] == "1" else f" [{quantity['unit']}]"
        name = SYMBOLS.get(quantity["name"], quantity["name"])
        lines.append(f"| {name}{unit} | " + " | ".join(quantity[era]["allowed"] for era in eras) + " |")
    return "\n".join(lines)


def block(text: str) -> str:
    """What stands between the two marks.

    Raises
    ------
    ValueError
        If a mark is missing.
    """
    if BEGIN not in text or END not in text:
        raise ValueError(f"README.md has no {BEGIN} or no {END}")
    return text.split(BEGIN)[1].split(END)[0].strip()


def with_answer(text: str, new: str) -> str:
    """README.md with another block."""
    before, after = text.split(BEGIN)[0], text.split(END)[1]
    return f"{before}{BEGIN}\n{new}\n{END}{after}"


def differences(stated: str, made: str) -> list[str]:
    """Words that differ between two blocks, and numbers that differ by more than two runs of one config may."""
    if _words(stated) != _words(made):
        return [f"the words differ:\n{_words(stated)}\n{_words(made)}"]
    pairs = zip(_WITH_ERROR.findall(stated), _WITH_ERROR.findall(made), strict=True)
    wrong = [
        f"{a} ± {da} in place of {b} ± {db}"
        for (a, da), (b, db) in pairs
        if abs(float(a) - float(b)) > ERRORS * (float(da) + float(db))
    ]
    numbers = zip(_NUMBER.findall(_WITH_ERROR.sub("", stated)), _NUMBER.findall(_WITH_ERROR.sub("", made)), strict=True)
    return wrong + [f"{a} in place of {b}" for a, b in numbers if abs(float(a) / float(b) - 1.0) > RELATIVE]


def _words(text: str) -> str:
    return " ".join(_NUMBER.sub("#", _WITH_ERROR.sub("# ± #", text)).split())


if __name__ == "__main__":
    made = answer(json.loads(RECORD.read_text(encoding="utf-8")))
    README.write_text(with_answer(README.read_text(encoding="utf-8"), made), encoding="utf-8")
