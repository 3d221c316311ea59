"""The tables of columns in results/README.md are what the table of observables says."""

from tests.documentation import column_tables


def test_the_page_has_the_tables_of_the_code():
    page = column_tables.PAGE.read_text(encoding="utf-8")
    assert column_tables.section(page) == column_tables.tables(), "run python -m tests.documentation.column_tables"
