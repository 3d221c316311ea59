"""LaTeX labels as HTML, text and axis labels."""

import pytest
from reference import synthetic_posterior

from workflow.inference.writing.labels import data_words, html_of, mixed_text, text_of, unit_html, unit_latex, words_of


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
