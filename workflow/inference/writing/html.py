"""Self-contained pages of HTML: templates, numbers as text, and images inside the page."""

import base64
import json
import math
import re
from collections.abc import Callable, Mapping
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from workflow.inference.writing.labels import capitalised, data_words, html_of, unit_html, words_of

_SYMBOLS = {"m_U": "m_U", "m_W": "m_W", "m_DM": r"m_{\rm DM}", "N_eff": r"N_{\rm eff}"}  # of plain sentences, in LaTeX
_NEGATIVE = re.compile(r"(?<![\w.])-(?=\d)")
_SYMBOL = re.compile(rf"\b(?:{'|'.join(_SYMBOLS)})\b")


def page(
    template: str, content: Mapping[str, object], filters: Mapping[str, Callable[..., object]] | None = None
) -> str:
    """Fill a template of the folder ``templates``.

    Every text is escaped unless it is marked as HTML, and a name that the template does not get is an error. The
    filters ``label``, ``unit``, ``words``, ``symbols``, ``fixed`` and ``thousands`` are the functions of this module,
    and the filters ``data`` and ``capitalised`` are `labels.data_words` and `labels.capitalised`.

    Parameters
    ----------
    template : str
        Name of the file.
    content : mapping of str to object
        What the template may name.
    filters : mapping of str to callable, optional
        Filters of this page alone.
    """
    environment = Environment(
        loader=PackageLoader("workflow.inference.writing", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    own = {
        "label": label,
        "unit": unit,
        "fixed": fixed,
        "thousands": thousands,
        "words": words,
        "symbols": symbols,
        "data": data_words,
        "capitalised": capitalised,
    }
    environment.filters |= {**own, **(filters or {})}
    return environment.get_template(template).render(**content)


def odds(ln_ratio: float) -> str:
    """A ratio of probabilities with two digits; beyond a million its size says no more than the word."""
    if ln_ratio > math.log(1e6):
        return "more than a million"
    two_digits = f"{math.exp(ln_ratio):.2g}"
    return two_digits if ln_ratio < math.log(99.5) else thousands(float(two_digits))


def data_uri(png: Path) -> str:
    """A PNG file as a text that stands in a page in place of a link."""
    return "data:image/png;base64," + base64.b64encode(png.read_bytes()).decode("ascii")


def text_uri(text: str, kind: str) -> str:
    """A text of a MIME type as a link that holds it."""
    return f"data:{kind};charset=utf-8;base64," + base64.b64encode(text.encode()).decode("ascii")


def label(latex: str) -> Markup:
    """HTML of a LaTeX label."""
    return Markup(html_of(latex))


def words(name: str) -> Markup:
    """HTML of the name of a likelihood or of an experiment in words; the symbol in it is written as a symbol."""
    return symbols(words_of(name))


def symbols(sentence: str) -> Markup:
    """HTML of a sentence: ``m_U``, ``m_DM``, ``m_W`` and ``N_eff`` are symbols, and numbers have a true minus."""
    text = _NEGATIVE.sub("\N{MINUS SIGN}", str(escape(sentence)))
    return Markup(_SYMBOL.sub(lambda match: html_of(_SYMBOLS[match[0]]), text))


def unit(name: str) -> Markup:
    """HTML of a unit."""
    return Markup(unit_html(name))


def script_json(content: object) -> str:
    """JSON without spaces that can stand in a script element.

    No text in it can end the element, because every ``<`` is written by its number.

    Raises
    ------
    ValueError
        If a number is infinite or not a number, which JSON does not have.
    """
    return json.dumps(content, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")


def fixed(value: float, form: str = ".2f") -> str:
    """A number in a format of Python with a true minus sign; a dash if it is not finite."""
    return format(value, form).replace("-", "\N{MINUS SIGN}") if math.isfinite(value) else "\N{EN DASH}"


def thousands(value: float) -> str:
    """A count with narrow spaces between groups of three digits; a dash if it is not finite."""
    return f"{value:,.0f}".replace(",", "\N{NARROW NO-BREAK SPACE}") if math.isfinite(value) else "\N{EN DASH}"
