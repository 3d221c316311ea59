"""Hook of mkdocs: pages made from the code, pages that stand elsewhere in the repository, and formulas as MathML.

`mkdocs build --strict` calls it. Nothing is loaded from the network, neither now nor by a reader.
"""

import argparse
import inspect
import json
import posixpath
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from latex2mathml.converter import convert
from mkdocs.structure.files import File

import mevdm
from workflow.inference.command.describe import KINDS, Description
from workflow.inference.command.parser import parser

ROOT = Path(__file__).parents[2]
ELSEWHERE = {
    "reference/config.md": "config/README.md",
    "reference/results.md": "results/README.md",
    "reference/benchmarks.md": "tests/benchmarks/README.md",
    "reference/contributing.md": "CONTRIBUTING.md",
    "reference/changelog.md": "CHANGELOG.md",
}
NAMES = {
    "models": ("model", "A model is a file in `model/`, or the import path of a module."),
    "likelihoods": ("likelihood", "A likelihood is a file in `likelihoods/`, or the import path of a module."),
    "parameters": ("parameter", "Parameters of models, of the halo, of the line and of likelihoods."),
    "columns": ("column", "Columns of `mevdm evaluate` and of `posterior.nc`, besides the parameters and the flags."),
    "flags": (
        "flag",
        "A flag is a column that is 1 where an effect would matter that a run neglects unless an option accounts for "
        "it. The report of a run gives the fraction of the posterior with the flag.",
    ),
    "options": ("option", "Every option of a config, as `section.option`, `model.option` or `likelihood.option`."),
    "experiments": ("experiment", "Experiments of the likelihood `kinetic_mixing`."),
}
_FENCE = re.compile(r"^(```.*?^```$)", flags=re.DOTALL | re.MULTILINE)
_CODE = re.compile(r"(`[^`\n]*`)")
_DISPLAY = re.compile(r"\$\$(.+?)\$\$", flags=re.DOTALL)
_INLINE = re.compile(r"(?<![\\$])\$([^$]+?)\$(?!\$)", flags=re.DOTALL)
_LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s]+)\)")


def made_pages() -> dict[str, str]:
    """Pages that are made from the code, by their path in the site."""
    pages = {f"reference/{name}.md": _names_page(name, *about) for name, about in NAMES.items()}
    pages["reference/commands.md"] = _commands_page()
    pages["reference/python.md"] = _python_page()
    pages["answer.md"] = answer_page(ROOT / "README.md")
    pages["notebook.md"] = notebook_page(ROOT / "docs" / "notebook.ipynb")
    return pages


def answer_page(readme: Path) -> str:
    """What the main job says, from the README, where a slow test compares it with the runs."""
    (block,) = re.findall(
        r"^<!-- answer of the main job: begin -->$(.*?)^<!-- answer of the main job: end -->$",
        readme.read_text(encoding="utf-8"),
        flags=re.DOTALL | re.MULTILINE,
    )
    introduction = (
        "The model with everything that was measured by 2008, and with everything that is measured today. Intervals "
        "are those of highest density; [Questions](faq.md) says how to get a one-sided limit, and "
        "[Limitations](limitations.md) what is assumed and left out."
    )
    return f"# The answer of the main job\n\n{introduction}\n{block}"


def notebook_page(path: Path) -> str:
    """The cells of a notebook as a page."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    parts = [
        "".join(cell["source"]) if cell["cell_type"] == "markdown" else f"```python\n{''.join(cell['source'])}\n```"
        for cell in cells
    ]
    return "\n\n".join(parts) + "\n"


def with_mathml(markdown: str) -> str:
    """The page with every formula between dollar signs as MathML, which browsers show by themselves."""
    pieces = _FENCE.split(markdown)
    for k, piece in enumerate(pieces):
        if not piece.startswith("```"):
            shown = _DISPLAY.sub(lambda match: f"\n\n<div>{_mathml(match[1], 'block')}</div>\n\n", piece)
            words = _CODE.split(shown)
            pieces[k] = "".join(word if word.startswith("`") else _INLINE.sub(_span, word) for word in words)
    return "".join(pieces)


def with_links_inside(markdown: str, page: str, source: str, pages: dict[str, str]) -> str:
    """The page with links to files of the repository led to their pages; a file without a page becomes its name.

    Parameters
    ----------
    markdown : str
        The page.
    page, source : str
        Its path in the site, and the file of the repository that it comes from.
    pages : dict of str to str
        Paths in the site by file of the repository.
    """

    def led(match: re.Match[str]) -> str:
        image, text, target = match.groups()
        if re.match(r"[a-z]+:|#", target):
            return match[0]
        path, _, anchor = target.partition("#")
        file = posixpath.normpath(posixpath.join(posixpath.dirname(source), path))
        if file not in pages:
            return match[0] if image else f"{text} (`{file}`)"
        relative = posixpath.relpath(pages[file], posixpath.dirname(page) or ".")
        return f"{image}[{text}]({relative}{'#' if anchor else ''}{anchor})"

    return _LINK.sub(led, markdown)


def on_files(files, config):
    """Add the pages that are not in docs/."""
    for page, file in ELSEWHERE.items():
        files.append(File.generated(config, page, content=(ROOT / file).read_text(encoding="utf-8")))
    for page, content in made_pages().items():
        files.append(File.generated(config, page, content=content))
    return files


def on_page_markdown(markdown, page, config, files):  # noqa: ARG001  the arguments of mkdocs
    """Lead links, and write formulas."""
    path = page.file.src_uri
    pages = {f"docs/{file.src_uri}": file.src_uri for file in files} | {file: p for p, file in ELSEWHERE.items()}
    return with_mathml(with_links_inside(markdown, path, ELSEWHERE.get(path, f"docs/{path}"), pages))


def _mathml(latex: str, display: str) -> str:
    made = " ".join(convert(" ".join(latex.split()), display=display).split())
    return made.replace("|", "&#124;")  # which would end the cell of a table


def _span(match: re.Match[str]) -> str:
    """A formula in a line; Markdown would take an element ``math`` at the start of a line for a paragraph."""
    return f"<span>{_mathml(match[1], 'inline')}</span>"


def _names_page(title: str, kind: str, sentence: str) -> str:
    """A heading for each name of a kind, so that the search finds it."""
    introduction = f"{sentence} `mevdm describe NAME` prints the same."
    return "\n\n".join([f"# {title.capitalize()}", introduction, *map(_described, KINDS[kind]())]) + "\n"


def _described(each: Description) -> str:
    facts = [f"| {key} | {_cell(value, key)} |" for key, value in each.facts.items() if value]
    table = [facts[0], "|---|---|", *facts[1:]] if facts else []
    text = re.sub(r":math:`([^`]*)`", r"$\1$", each.text.strip())
    text = re.sub(r"``([^`]*)``", r"`\1`", text)
    text = re.sub(r"^(?=\S+ = .* \[[\w-]+\]$)", "\n- ", text, flags=re.MULTILINE)  # a datum
    return "\n".join([f"### `{each.name}`", "", *table, "", _indented(text)])


def _cell(value: str, key: str) -> str:
    cell = " ".join(value.split())
    if key == "equation":
        page, section = cell.removeprefix("docs/").split(" ")
        return f"[{page.removeprefix('physics/').removesuffix('.md')}, section {section}](../{page})"
    return f"${cell}$" if key == "symbol" else cell.replace("|", "&#124;")


def _indented(text: str) -> str:
    """The lines of a docstring without a block that Markdown would take for code."""
    return re.sub(r"^ {4,}", "", text, flags=re.MULTILINE).replace("<", "&lt;")


def _commands_page() -> str:
    (steps,) = (action for action in parser()._actions if isinstance(action, argparse._SubParsersAction))
    summaries = {choice.dest: choice.help for choice in steps._choices_actions}
    parts = [
        "# Commands",
        "Each command is `mevdm STEP`; `snakemake` calls them in order. Exit code 2 is wrong input, 3",
    ]
    parts[-1] += " chains that have not converged."
    for name, step in steps.choices.items():
        rows = [
            f"| `{' '.join(action.option_strings) or action.metavar}` | {_cell(action.help or '', '')} |"
            for action in step._actions
            if action.dest != "help"
        ]
        table = "\n".join(["| argument | meaning |", "|---|---|", *rows]) if rows else ""
        parts.append(f"## `mevdm {name}`\n\n{summaries[name]}.\n\n{table}")
    return "\n\n".join(parts) + "\n"


def _python_page() -> str:
    parts = ["# Python", f"{inspect.getdoc(mevdm).splitlines()[0]} Everything is a member of `mevdm`."]
    for name in mevdm.__all__:
        member = getattr(mevdm, name)
        if not inspect.isclass(member) and not inspect.isfunction(member):
            continue
        parts.append(f"## `mevdm.{name}`\n\n{_docstring(member)}")
        if inspect.isclass(member) and not issubclass(member, Exception):
            parts += [f"### `{name}.{attribute}`\n\n{_docstring(value)}" for attribute, value in _public(member)]
    return "\n\n".join(parts) + "\n"


def _public(member: type) -> Iterator[tuple[str, Callable[..., object]]]:
    for attribute, value in vars(member).items():
        function = getattr(value, "func", None) or getattr(value, "fget", None) or value
        if not attribute.startswith("_") and callable(function) and inspect.getdoc(function):
            yield attribute, function


def _docstring(member: object) -> str:
    """A signature, and a numpydoc docstring as Markdown."""
    text = inspect.getdoc(member) or ""
    text = re.sub(r"^(\w[\w ]*)\n-+$", r"**\1**\n", text, flags=re.MULTILINE)
    text = re.sub(r"^(\w[\w, *]* : .+)$", r"\n`\1`  ", text, flags=re.MULTILINE)
    text = re.sub(r":(?:class|func):`([^`]*)`", r"`\1`", re.sub(r"``([^`]*)``", r"`\1`", text))
    signature = (
        f"```python\n{member.__name__}{inspect.signature(member)}\n```\n\n" if inspect.isfunction(member) else ""
    )
    return signature + _indented(text)
