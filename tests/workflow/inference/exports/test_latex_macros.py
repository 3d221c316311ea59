import re

import numpy as np
import pytest

from workflow.inference.estimates.summary import summary_of
from workflow.inference.exports.latex_macros import macro_name, macros


def test_names_hold_letters_alone():
    assert macro_name("omega_h2", "Median") == r"\mevdmOmegaHTwoMedian"
    assert macro_name("m_dm_mev", "BestFit") == r"\mevdmMDmMevBestFit"


def test_every_macro_is_defined_once_by_a_name_that_latex_accepts(file):
    names = re.findall(r"^\\newcommand\{(\\\w+)\}", macros(summary_of(file)), flags=re.MULTILINE)
    assert len(names) == len(set(names)) == 8 * len(file.names("parameter", "derived"))
    assert all(re.fullmatch(r"\\[A-Za-z]+", name) for name in names)


def test_the_median_is_that_of_the_draws(file):
    text = macros(summary_of(file))
    (median,) = re.findall(r"\\mevdmMDmMevMedian\}\{\\ensuremath\{([\d.]+)\}\}", text)
    assert float(median) == pytest.approx(np.median(file.samples("m_dm_mev")), abs=0.01)
    assert r"\newcommand{\mevdmMDmMevUnit}{\ensuremath{\mathrm{MeV}}}" in text


def test_braces_match(file):
    for line in macros(summary_of(file)).splitlines():
        assert line.startswith("%") or line.count("{") == line.count("}")
