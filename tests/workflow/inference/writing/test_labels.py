"""LaTeX labels as HTML, text and axis labels."""

import re

import pytest
from reference import synthetic_posterior

from workflow.inference.posterior.observables import COLUMNS
from workflow.inference.writing.labels import (
    capitalised,
    data_words,
    html_of,
    mixed_text,
    text_of,
    unit_html,
    unit_latex,
    words_of,
)
from workflow.inference.writing.refusal import Refusal


@pytest.mark.parametrize(
    "latex,html",
    [
        ("g", "<i>g</i>"),
        (r"m_{\rm DM}", "<i>m</i><sub>DM</sub>"),
        (r"\Omega h^2", "Ω<i>h</i><sup>2</sup>"),
        (r"\Delta a_e", "Δ<i>a</i><sub><i>e</i></sub>"),
        (r"\sigma_{\mathrm{SI}}/m", "<i>σ</i><sub>SI</sub>/<i>m</i>"),
        (r"\text{a b}", "a b"),
        (r"\mathrm{a\ b}", "a\u00a0b"),
        (r"\unknown x", "unknown<i>x</i>"),
        (r"\dot N", "<i>N\u0307</i>"),
        ("a<b", "<i>a</i> &lt; <i>b</i>"),
    ],
)
def test_html(latex, html):
    assert html_of(latex) == html


@pytest.mark.parametrize("latex", ["a}", "{a", "x_"])
def test_broken_labels_fail(latex):
    with pytest.raises(ValueError, match="label"):
        html_of(latex)


def test_no_command_of_the_default_run_is_unknown():
    for latex, _ in synthetic_posterior.LABELS.values():
        assert "\\" not in text_of(latex)
        assert "{" not in text_of(latex)


def test_units():
    assert unit_html("ph cm^-2 s^-1") == "ph\u00a0cm<sup>−2</sup>\u00a0s<sup>−1</sup>"
    assert (unit_html("Msun"), unit_latex("Msun")) == ("M<sub>⊙</sub>", r"\mathrm{M_\odot}")
    assert unit_latex("ph cm^-2 s^-1") == r"\mathrm{ph\,cm^{-2}\,s^{-1}}"
    assert unit_html("1") == unit_latex("1") == ""


@pytest.mark.parametrize(
    "name, words",
    [
        ("n_eff", "N_eff"),
        ("electron_g2", "electron g\N{MINUS SIGN}2"),
        ("flux_511kev", "flux 511 keV"),
        ("cmb", "CMB"),
        ("self_interaction", "self interaction"),
    ],
)
def test_names_of_likelihoods_in_words(name, words):
    assert words_of(name) == words


def test_labels_between_dollar_signs_become_plain_text_and_the_rest_stays():
    assert mixed_text("NA62 $e^+e^-$ a_b") == "NA62 e+e\N{MINUS SIGN} a_b"
    assert mixed_text("$m_W$") == "m_W"


@pytest.mark.parametrize(
    "eras, words",
    [
        ([2008], "data of 2008"),
        (["modern"], "modern data"),
        (["2008", "modern_upper"], "modern upper data and data of 2008"),
    ],
)
def test_eras_in_words(eras, words):
    assert data_words(eras) == words


@pytest.mark.parametrize(
    "latex, html",
    [
        (r"\sqrt{s}", "√<i>s</i>"),
        (r"\bar\nu", "<i><i>ν</i>̄</i>"),
        (r"\tilde{B}", "<i>B̃</i>"),
        (r"10^{-7}", "10<sup>−7</sup>"),
        (r"{\rm BR}(U\to e^+e^-)", "BR(<i>U</i>→<i>e</i><sup>+</sup><i>e</i><sup>−</sup>)"),
        (r"x_{a_b}", "<i>x</i><sub><i>a</i><sub><i>b</i></sub></sub>"),
        (r"\text{line-of-sight}", "line-of-sight"),  # a hyphen in words, and a minus elsewhere
        (r"\langle\sigma v\rangle", "⟨<i>σ</i><i>v</i>⟩"),
        (r"10\,{\rm MeV}", "10\N{THIN SPACE}MeV"),
        (r"a~b", "<i>a</i>\N{NO-BREAK SPACE}<i>b</i>"),
        (r"{\rm a}b", "a<i>b</i>"),  # roman ends with its group
        (r"a&b", "<i>a</i>&amp;<i>b</i>"),
        ("", ""),
    ],
)
def test_every_part_of_a_label_has_its_form(latex, html):
    assert html_of(latex) == html


@pytest.mark.parametrize(
    "latex, words",
    [
        ("a}", "closing brace too many: 'a}'"),
        ("{a", "opening brace too many: '{a'"),
        (r"a^", r"ends where an argument is due: 'a\^'"),
        (r"\sqrt", "ends where an argument is due"),
        (r"\dot", "ends where an argument is due"),
        ("{{a}", "opening brace too many"),
    ],
)
def test_a_broken_label_is_named_with_its_fault(latex, words):
    with pytest.raises(Refusal, match=words):
        html_of(latex)


@pytest.mark.parametrize("column", COLUMNS.values(), ids=COLUMNS)
def test_every_symbol_of_the_table_of_observables_is_read(column):
    """No command is unknown, which would appear by its name, and braces match."""
    html = html_of(column.label)
    assert html.count("<sub>") == html.count("</sub>")
    text = text_of(column.label)
    assert not {"\\", "{", "}", "$", "^", "_"} & set(text)
    commands = set(re.findall(r"\\([A-Za-z]+)", column.label))
    words = re.sub(r"\\[A-Za-z]+", " ", column.label)
    assert not [command for command in commands if command in text and command not in words]


@pytest.mark.parametrize(
    "unit, html, latex",
    [
        ("MeV", "MeV", r"\mathrm{MeV}"),
        ("cm^3/s", "cm<sup>3</sup>/s", r"\mathrm{cm^{3}/s}"),
        ("GeV^2/cm^5", "GeV<sup>2</sup>/cm<sup>5</sup>", r"\mathrm{GeV^{2}/cm^{5}}"),
        ("10^-5 MeV", "10<sup>−5</sup>\u00a0MeV", r"\mathrm{10^{-5}\,MeV}"),
        ("a<b", "a&lt;b", r"\mathrm{a<b}"),
    ],
)
def test_powers_of_units_are_raised(unit, html, latex):
    assert (unit_html(unit), unit_latex(unit)) == (html, latex)


@pytest.mark.parametrize(
    "name, words",
    [
        ("bbn", "BBN"),
        ("spi_spectrum", "SPI spectrum"),
        ("comptel", "COMPTEL"),
        ("muon_g2", "muon g\N{MINUS SIGN}2"),
        ("cmbx", "cmbx"),  # whole words only
    ],
)
def test_abbreviations_are_written_as_such(name, words):
    assert words_of(name) == words


def test_several_years_and_eras_are_joined():
    assert data_words([2008, 2019]) == "data of 2008 and 2019"
    assert data_words([]) == ""
    assert data_words(["modern", 2008, "cmb"]) == "modern and CMB data and data of 2008"


def test_the_start_of_a_sentence_leaves_the_other_letters():
    assert capitalised("the 511 keV line") == "The 511 keV line"
    assert capitalised("COSI") == "COSI"
    assert capitalised("") == ""
