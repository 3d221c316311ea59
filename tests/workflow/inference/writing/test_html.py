import json
import math
import re

import pytest
from jinja2 import UndefinedError
from reference.origins import ORIGIN
from reference.runs import ROOT

from workflow.inference.comparisons import positron_supply
from workflow.inference.writing import html

TEMPLATES = ROOT / "workflow" / "inference" / "writing" / "templates"


@pytest.mark.parametrize(
    "value, form, text",
    [
        (1.234, ".2f", "1.23"),
        (-0.5, "+.1f", "\N{MINUS SIGN}0.5"),
        (1e-7, ".2g", "1e\N{MINUS SIGN}07"),
        (math.nan, ".2f", "–"),
        (math.inf, ".2f", "–"),
    ],
)
def test_a_number_has_a_true_minus_sign_or_is_a_dash(value, form, text):
    assert html.fixed(value, form) == text


def test_masses_and_n_eff_are_symbols_in_a_sentence_and_nothing_else_is_marked_up():
    assert html.symbols("m_U < 2 m_DM") == "<i>m</i><sub><i>U</i></sub> &lt; 2 <i>m</i><sub>DM</sub>"
    assert html.symbols("N_eff, n_eff and m_Upsilon") == "<i>N</i><sub>eff</sub>, n_eff and m_Upsilon"
    assert html.symbols("ln Z = -14.4, 2008-2010, 1e-3, x-1") == "ln Z = \N{MINUS SIGN}14.4, 2008-2010, 1e-3, x-1"
    assert html.words("n_eff") == "<i>N</i><sub>eff</sub>"


def test_every_area_that_scrolls_is_reached_by_keyboard_and_says_what_it_holds():
    for template in TEMPLATES.glob("*.j2"):
        for area in re.findall(r'<div class="scroll"([^>]*)>', template.read_text(encoding="utf-8")):
            name = re.search(r'tabindex="0" role="region" aria-label="([^"]+)"', area)
            assert name, template.name
            assert not re.fullmatch(r"Table \d+", name[1]), template.name


def test_a_long_word_of_a_sentence_breaks_before_it_leaves_a_narrow_screen():
    style = (TEMPLATES / "report.css").read_text(encoding="utf-8")
    (rules,) = re.findall(r"^p, li \{([^}]*)\}", style, flags=re.MULTILINE)
    assert "overflow-wrap: anywhere" in rules


def test_counts_have_narrow_spaces_that_do_not_break():
    assert html.thousands(1_234_567.4) == "1\u202f234\u202f567"
    assert html.thousands(999.0) == "999"
    assert html.thousands(math.nan) == "–"


def test_an_image_becomes_a_text(tmp_path):
    (tmp_path / "a.png").write_bytes(b"\x89PNG")
    assert html.data_uri(tmp_path / "a.png") == "data:image/png;base64,iVBORw=="


def test_json_in_a_script_cannot_end_it_and_reads_back():
    content = {"name": "</script><b>", "values": [1, 2.5, None]}
    text = html.script_json(content)
    assert "<" not in text
    assert " " not in text
    assert json.loads(text) == content
    with pytest.raises(ValueError, match="JSON"):
        html.script_json([math.nan])


def test_labels_and_units_are_markup_and_all_else_is_escaped():
    assert html.label(r"m_{\rm DM}").__html__() == "<i>m</i><sub>DM</sub>"
    assert html.unit("cm^-2").__html__() == "cm<sup>−2</sup>"
    content = {
        "origin": ORIGIN,
        "rivals": type("Rivals", (), {"description": "<b>&", "truths": {}})(),
        "weighed": [],
        "sentences": ["5 < 6"],
        "sources": positron_supply.source_rows(),
        "sources_caption": "",
        "image": "",
    }
    page = html.page("hypotheses.html.j2", content)
    assert "&lt;b&gt;&amp;" in page
    assert "5 &lt; 6" in page


def test_a_page_that_lacks_something_fails():
    with pytest.raises(UndefinedError):
        html.page("hypotheses.html.j2", {})


@pytest.mark.parametrize(
    "ln_ratio, words",
    [
        (0.0, "1"),
        (1.0, "2.7"),
        (4.595, "99"),
        (4.605, "100"),
        (5.6, "270"),
        (10.0, "22\u202f000"),
        (14.0, "more than a million"),
    ],
)
def test_odds_are_numbers_that_are_read_at_once(ln_ratio, words):
    assert html.odds(ln_ratio) == words
