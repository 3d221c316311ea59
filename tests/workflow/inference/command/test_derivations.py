import re
from pathlib import Path

import pytest

from workflow.inference.command import derivations
from workflow.inference.command.derivations import derivation_of
from workflow.inference.posterior.observables import COLUMNS

ROOT = Path(__file__).parents[4]


@pytest.mark.parametrize("column", COLUMNS)
def test_every_column_has_a_section_that_exists(column):
    page, section = derivation_of(column).split(" ")
    assert re.search(rf"^## {section} ", (ROOT / page).read_text(encoding="utf-8"), flags=re.MULTILINE)


def test_every_pattern_is_of_some_column():
    used = {derivation_of(column) for column in COLUMNS}
    assert {"docs/physics/" + place.replace(" ", ".md ") for place in derivations._SECTIONS.values()} <= used


def test_what_is_no_column_has_no_section():
    assert derivation_of("spin") == ""
