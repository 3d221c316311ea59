import re

import pytest

from workflow.inference.atlas.atlas import GALAXY, NUISANCES
from workflow.inference.gallery.paper_statements import statements, targets
from workflow.inference.run.tables import surroundings


@pytest.mark.compiled
def test_our_numbers_are_those_of_the_pages():
    ours = [float(re.search(r"[\d.]+", row.ours)[0]) for row in statements()]
    # docs/physics/model.md 2; galaxy.md 4 (3e42 positrons a second give 2.05e-4); galaxy.md 4 (4.96 degrees)
    assert ours == pytest.approx([6.38, 0.205, 4.96, 0.511], rel=3e-3)


@pytest.mark.compiled
def test_every_statement_says_why():
    assert all(row.published and row.explanation for row in statements())


@pytest.mark.compiled
def test_published_lines_of_relics_are_met_within_a_tenth_above_two_mev(tables_folder):
    rows = targets(surroundings(GALAXY, tables_folder), NUISANCES)
    ratios = {(row.kind, float(row.mass_mev)): float(row.ratio) for row in rows}
    for kind in ("Majorana", "complex scalar"):
        assert all(1.0 < ratio < 1.1 for (k, mass), ratio in ratios.items() if k == kind and mass > 2.0)
        assert 1.3 < ratios[kind, 1.0] < 1.5
    # A pseudo-Dirac fermion needs more y than a Dirac fermion, because its heavier state is rarer at freeze-out.
    assert all(0.65 < ratio < 0.9 for (kind, _), ratio in ratios.items() if kind == "Dirac")
