import re

import pytest

from workflow.inference.gallery.paper_statements import statements


@pytest.mark.compiled
def test_our_numbers_are_those_of_the_pages():
    ours = [float(re.search(r"[\d.]+", row.ours)[0]) for row in statements()]
    # docs/physics/model.md 2; galaxy.md 4 (3e42 positrons a second give 2.05e-4); galaxy.md 4 (4.96 degrees)
    assert ours == pytest.approx([6.38, 0.205, 4.96, 0.511], rel=3e-3)


@pytest.mark.compiled
def test_every_statement_says_why():
    assert all(row.published and row.explanation for row in statements())
