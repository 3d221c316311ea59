"""`python -m tests.documentation.column_tables` writes the tables of columns in results/README.md from the code."""

from pathlib import Path

from workflow.inference.posterior.observables import FLAGS, OBSERVABLES, Flag, Observable

PAGE = Path(__file__).parents[2] / "results" / "README.md"
BEGIN, END = "<!-- columns: begin -->\n", "<!-- columns: end -->\n"

_PART = {
    "line": "every model",
    "radiative_breaking": "`anomaly_free`, `minimal`",
    "soft_masses": "`anomaly_free`, `minimal` with kinetic mixing",
    "lsp_decay": "`anomaly_free`, `minimal` with kinetic mixing; sfermions with universal charges too",
}


def tables() -> str:
    """The two tables: of observables, and of flags."""
    lines = [
        *_head("column", "unit", "meaning", "where"),
        *map(_observable, OBSERVABLES),
        "",
        "A flag is 1 where an effect would matter that a run neglects unless an option accounts for it; a report gives",
        "the fraction of the posterior.",
        "",
        *_head("flag", "option that accounts for it", "what the neglect means"),
        *map(_flag, FLAGS),
    ]
    return "\n".join(lines) + "\n"


def section(text: str) -> str:
    """What stands between the marks of the page."""
    return text.split(BEGIN)[1].split(END)[0]


def _head(*cells: str) -> tuple[str, str]:
    return _row(*cells), "|---" * len(cells) + "|"


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", r"\|") for cell in cells) + " |"


def _observable(observable: Observable) -> str:
    where = [_PART[observable.part]] if observable.part in _PART else []
    where += [f"with a table of {observable.table}"] if observable.table else []
    where += ["kept"] if observable.kept else []
    return _row(f"`{observable.name}`", observable.unit, observable.meaning, ", ".join(where))


def _flag(flag: Flag) -> str:
    option = f"`{flag.accounted_by}`" if flag.accounted_by else "none"
    return _row(f"`{flag.name}`", option, flag.meaning)


if __name__ == "__main__":
    old = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(old.replace(section(old), tables()), encoding="utf-8")
