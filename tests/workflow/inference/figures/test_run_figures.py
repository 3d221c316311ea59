"""What holds for every figure of a run."""

import pytest
from matplotlib import pyplot
from matplotlib.figure import Figure
from reference import synthetic_posterior
from reference.origins import changed

from workflow.inference.drawing.figure_files import KINDS
from workflow.inference.estimates.summary import summary_of
from workflow.inference.figures.run_figure import caption
from workflow.inference.figures.run_figures import FIGURES, OTHER_FIGURES, write_figures

ALL = {**FIGURES, **OTHER_FIGURES}


@pytest.mark.parametrize("name", FIGURES)
def test_no_panel_is_empty(drawn, name):
    assert isinstance(drawn(name), Figure)
    assert drawn(name).axes
    assert all(axes.lines or axes.patches or axes.collections for axes in drawn(name).axes)


@pytest.mark.parametrize(
    "name, panels",
    [("corner", 6), ("corner_derived", 21), ("corner_parameters", 28), ("pulls", 1), ("trace", 8), ("rank", 28)],
)
def test_number_of_panels(drawn, name, panels):
    assert len(drawn(name).axes) == panels


def test_figures_do_not_register_with_pyplot(drawn):
    assert drawn("trace")
    assert pyplot.get_fignums() == []


@pytest.mark.parametrize("name", ALL)
def test_every_figure_has_a_caption_of_plain_sentences(name):
    assert caption(name).endswith(".")
    assert not set("*`|{}<>") & set(caption(name))


def test_every_caption_belongs_to_a_figure():
    from workflow.inference.figures import run_figure

    assert {path.stem for path in run_figure._CAPTIONS.iterdir()} == set(ALL)


def test_alternative_texts_say_what_is_drawn(file):
    summary = summary_of(file)
    texts = {name: figure.alternative_text(file, summary) for name, figure in ALL.items()}
    assert all(len(text) > 20 and text.endswith(".") for text in texts.values())
    assert "mDM median 0.8" in texts["corner_derived"]
    assert "g, χ, λ" in texts["trace"]


@pytest.mark.slow  # drawing all of them takes longer than the other tests of this folder together
def test_all_figures_of_an_unconverged_run_are_written(tmp_path):
    path = synthetic_posterior.write(tmp_path / "run", n_draws=500, converged=False)
    diagnostics = path.parent / "diagnostics.json"
    changed(diagnostics, lambda record: record["quantities"]["g"].update(ess_bulk=None))
    paths = write_figures(path, diagnostics, tmp_path / "figures")
    assert [p.name for p in paths] == [f"{name}.{kind}" for name in FIGURES for kind in KINDS]
    assert all(p.stat().st_size > 5000 for p in paths if p.suffix in (".png", ".pdf", ".svg"))
