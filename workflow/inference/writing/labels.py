"""Convert the LaTeX labels and unit strings of a posterior file into axis labels, HTML and plain text.

The report has no MathJax, because it must open offline, print, and load nothing. The labels use a small part of LaTeX,
so that a small recursive reader is enough. A command that it does not know appears by its name.
"""

import re
from collections.abc import Iterable
from html import escape, unescape
from itertools import islice

from workflow.inference.writing.refusal import Refusal

_SYMBOLS = {
    "alpha": "α",
    "beta": "β",
    "gamma": "γ",
    "delta": "δ",
    "epsilon": "ε",
    "varepsilon": "ε",
    "zeta": "ζ",
    "eta": "η",
    "theta": "θ",
    "kappa": "κ",
    "lambda": "λ",
    "mu": "μ",
    "nu": "ν",
    "xi": "ξ",
    "pi": "π",
    "rho": "ρ",
    "sigma": "σ",
    "tau": "τ",
    "phi": "φ",
    "chi": "χ",
    "psi": "ψ",
    "omega": "ω",
    "ell": "ℓ",
}
_UPRIGHT = {
    "Gamma": "Γ",
    "Delta": "Δ",
    "Lambda": "Λ",
    "Sigma": "Σ",
    "Phi": "Φ",
    "Omega": "Ω",
    "langle": "⟨",
    "rangle": "⟩",
    "to": "→",
    "rightarrow": "→",
    "times": "×",
    "cdot": "·",
    "pm": "±",
    "gtrsim": "≳",
    "gt": ">",
    "lt": "<",
    "ge": "≥",
    "geq": "≥",
    "le": "≤",
    "leq": "≤",
    "odot": "⊙",
    "infty": "∞",
    "hbar": "ħ",
    "ln": "ln",
    "log": "log",
    "cos": "cos",
    "sin": "sin",
    "lvert": "|",
    "rvert": "|",
    "left": "",
    "right": "",
    "quad": " ",
    ",": "\N{THIN SPACE}",
    ";": "\N{NO-BREAK SPACE}",
    " ": "\N{NO-BREAK SPACE}",
    "!": "",
    "%": "%",
    "_": "_",
}
# Words of names of likelihoods that are written otherwise in a sentence.
_WORDS = {
    "511kev": "511 keV",
    "bbn": "BBN",
    "cmb": "CMB",
    "spi": "SPI",
    "comptel": "COMPTEL",
    "g2": "g\N{MINUS SIGN}2",
    "n eff": "N_eff",
}
_ACCENTS = {"dot": "\u0307", "bar": "\u0304", "tilde": "\u0303", "hat": "\u0302"}
_ROMAN = ("mathrm", "text", "rm", "textrm", "operatorname")
_TOKEN = re.compile(r"\\[A-Za-z]+\s*|\\.|.", re.DOTALL)
_POWER = re.compile(r"\^\{?([+-]?\d+)\}?")


def html_of(latex: str) -> str:
    r"""HTML of a LaTeX label without dollar signs, e.g. ``m_{\rm DM}``; everything that is not markup is escaped.

    Raises
    ------
    Refusal
        If braces do not match.
    """
    tokens = [token.rstrip() if token[1:2].isalpha() else token for token in _TOKEN.findall(latex)]
    out, position = _read(tokens, 0, roman=False)
    if position != len(tokens):
        raise Refusal(f"label has a closing brace too many: {latex!r}")
    return out


def text_of(latex: str) -> str:
    """Plain text of a label, for alternative texts: scripts lose their position but nothing else."""
    return unescape(re.sub(r"<[^>]+>", "", html_of(latex)))


def mixed_text(text: str) -> str:
    """Plain text of a text with labels between dollar signs, such as ``NA62 $e^+e^-$`` or ``$m_W$``, ``m_W`` here."""
    parts = text.split("$")
    parts[1::2] = [unescape(re.sub(r"<[^>]+>", "", html_of(part).replace("<sub>", "_"))) for part in parts[1::2]]
    return "".join(parts)


def words_of(name: str) -> str:
    """The name of a likelihood or of an experiment, as the configs write it, in words."""
    text = name.replace("_", " ")
    return re.sub(r"\b(?:" + "|".join(_WORDS) + r")\b", lambda match: _WORDS[match[0]], text)


def capitalised(text: str) -> str:
    """A text as the start of a sentence; unlike `str.capitalize` it leaves the other letters, such as those of keV."""
    return text[:1].upper() + text[1:]


def data_words(eras: Iterable[object]) -> str:
    """The eras of data in words: "data of 2008", "modern data"."""
    names = [words_of(str(era)) for era in eras]
    years, others = [name for name in names if name.isdigit()], [name for name in names if not name.isdigit()]
    parts = ([f"{' and '.join(others)} data"] if others else []) + ([f"data of {' and '.join(years)}"] if years else [])
    return " and ".join(parts)


def unit_html(unit: str) -> str:
    """HTML of a unit such as ``ph cm^-2 s^-1``; empty for ``"1"``."""
    if unit == "1":
        return ""
    powers = _POWER.sub(lambda match: f"<sup>{match[1].replace('-', '−')}</sup>", escape(unit))
    return powers.replace("Msun", "M<sub>⊙</sub>").replace(" ", "\u00a0")


def unit_latex(unit: str) -> str:
    r"""LaTeX of a unit for math mode, e.g. ``\mathrm{ph\,cm^{-2}\,s^{-1}}``; empty for ``"1"``."""
    if unit == "1":
        return ""
    powers = _POWER.sub(r"^{\1}", unit).replace("Msun", r"M_\odot").replace(" ", r"\,")
    return rf"\mathrm{{{powers}}}"


def _read(tokens: list[str], position: int, *, roman: bool) -> tuple[str, int]:
    """Read up to the end of a group; returns its HTML and the position of the closing brace, or of the end."""
    out = ""
    while position < len(tokens) and tokens[position] != "}":
        if tokens[position] == r"\rm":
            roman, position = True, position + 1
            continue
        piece, position = _read_one(tokens, position, roman=roman)
        out += piece
    return out, position


def _read_one(tokens: list[str], position: int, *, roman: bool) -> tuple[str, int]:
    """Read one symbol, command with its argument, or group."""
    if position >= len(tokens):
        raise Refusal(f"label ends where an argument is due: {''.join(tokens)!r}")
    token = tokens[position]
    command = token[1:]
    if token == "{":
        out, position = _read(tokens, position + 1, roman=roman)
        if position >= len(tokens):
            raise Refusal(f"label has an opening brace too many: {''.join(tokens)!r}")
        return out, position + 1
    if token in "^_":
        out, position = _read_one(tokens, position + 1, roman=roman)
        tag = "sup" if token == "^" else "sub"
        return f"<{tag}>{out}</{tag}>", position
    if not token.startswith("\\"):
        return _character(token, roman=roman), position + 1
    if command in _ROMAN:
        return _read_one(tokens, position + 1, roman=True)
    if command in _ACCENTS:
        out, position = _read_one(tokens, _skip_spaces(tokens, position + 1), roman=True)
        return f"<i>{out}{_ACCENTS[command]}</i>", position
    if command == "sqrt":
        out, position = _read_one(tokens, position + 1, roman=roman)
        return f"√{out}", position
    if command in _SYMBOLS:
        return f"<i>{_SYMBOLS[command]}</i>", position + 1
    return escape(_UPRIGHT.get(command, command)), position + 1


def _skip_spaces(tokens: list[str], position: int) -> int:
    return position + next((i for i, token in enumerate(islice(tokens, position, None)) if token != " "), 0)


def _character(character: str, *, roman: bool) -> str:
    if character == " ":  # TeX's math mode ignores spaces; \text keeps them
        return " " if roman else ""
    if character == "~":
        return "\N{NO-BREAK SPACE}"
    if character == "-":
        return "−" if not roman else "-"
    if character in "<>":
        return f" {escape(character)} "
    return f"<i>{character}</i>" if character.isalpha() and not roman else escape(character)
