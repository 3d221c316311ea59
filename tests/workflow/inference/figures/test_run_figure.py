import pytest

from workflow.inference.estimates.summary import summary_of
from workflow.inference.figures.run_figure import caption, drawn_columns, medians, parameter_symbols


@pytest.fixture(scope="module")
def summary(file):
    return summary_of(file)


def test_a_caption_is_the_text_of_its_file_without_the_last_line_end():
    assert caption("trace").startswith("Draws in time order.")
    assert not caption("trace").endswith("\n")


def test_a_figure_without_a_caption_is_an_error():
    with pytest.raises(FileNotFoundError, match="no_such_figure"):
        caption("no_such_figure")


def test_medians_have_symbol_number_and_unit(summary):
    text = medians(summary, ["m_dm_mev", "g"])
    mass, coupling = text.split("; ")
    assert mass.endswith(" MeV")
    assert 0.7 < float(mass.split()[-2]) < 1.2
    assert coupling.startswith("g median ")
    assert "MeV" not in coupling


def test_symbols_are_those_of_the_sampled_parameters(summary):
    assert parameter_symbols(summary).split(", ")[:3] == ["g", "χ", "λ"]
    assert len(parameter_symbols(summary).split(", ")) == 7


def test_drawn_columns_are_those_that_the_file_marks(file):
    assert drawn_columns(file) == [
        "m_dm_mev", "m_u_mev", "epsilon", "omega_h2", "flux_511_bulge_ph_cm2_s", "delta_a_e"
    ]  # fmt: skip
