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


def test_errors_of_the_abundance_are_all_in_the_section_on_its_error():
    errors = [column for column in COLUMNS if column.startswith("omega_h2_") and column != "omega_h2_relative_error"]
    assert "omega_h2_error_u_pair_annihilation" in errors
    assert {derivation_of(column) for column in errors} == {"docs/physics/early_universe.md 10"}


def test_a_column_with_the_letter_of_the_boson_in_its_name_is_no_width_of_it():
    assert derivation_of("m_u_over_electron") == ""


def test_what_is_no_column_has_no_section():
    assert derivation_of("spin") == ""
