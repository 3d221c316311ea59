"""The table of parameters in config/README.md is what the declarations of the parameters say."""

from tests.documentation import parameter_table


def test_the_page_has_the_table_of_the_code():
    page = parameter_table.PAGE.read_text(encoding="utf-8")
    assert parameter_table.section(page) == parameter_table.table(), "run python -m tests.documentation.parameter_table"
