from model.physics.positrons.stellar_sources import CIRCULAR, supplies
from workflow.inference.comparisons.positron_supply import source_rows


def test_rows_are_those_of_the_paper():
    rows = {row.hypothesis: row for row in source_rows()}
    assert len(rows) == len(supplies())
    assert rows["type Ia supernovae"].needed == "0.49 1/century"
    assert rows["type Ia supernovae"].available == "0.03 1/century"
    assert rows["type Ia supernovae"].fraction == "0.061"
    assert rows["hypernovae"].needed == "0.02 1/century"
    assert rows["gamma-ray bursts of 1e51 erg"].needed == "8.3e+04 yr between bursts"


def test_what_nobody_measured_has_no_share():
    for row in source_rows():
        assert (row.available == "not measured") == (row.fraction == "")


def test_every_row_has_a_source_with_a_tag():
    assert all(row.source.endswith(("[V]", "[V-abs]", "[M]", "[C]")) for row in source_rows())


def test_yields_that_are_defined_by_the_needed_rate_say_so():
    noted = {row.hypothesis for row in source_rows() if row.note == CIRCULAR}
    assert noted == {"hypernovae", "gamma-ray bursts of 1e51 erg"}
