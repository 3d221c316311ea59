"""Published numbers come out within their stated accuracy; the table itself is tests/reference/reproduction.py."""

import pytest
from reference.reproduction import rows

ROWS = rows()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.quantity)
def test_number_is_reproduced_within_its_accuracy(row):
    assert abs(row.ratio - 1.0) <= row.accuracy, f"{row.ours:.6g} against {row.published:.6g} ({row.source})"


def test_every_row_names_its_unit_and_source():
    assert all(row.quantity and row.unit and row.source for row in ROWS)
