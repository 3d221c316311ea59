from tests.documentation.data_page import PAGE, page


def rows(text):
    return [line for line in text.splitlines() if line.startswith("| `")]


def test_every_row_of_the_data_page_is_in_the_data_files():
    stale = set(rows(PAGE.read_text(encoding="utf-8"))) - set(rows(page()))
    assert not stale, "run python -m tests.documentation.data_page"


def test_data_page_has_entries_of_every_file():
    sections = page().split("\n## ")
    assert len(sections) == 9
    assert all(rows(section) for section in sections[1:-1])
