"""What holds for every figure of the atlas."""

import pytest
from reference.runs import ROOT

from workflow.inference.atlas.atlas import FIGURES, caption

CAPTIONS = ROOT / "workflow" / "inference" / "atlas" / "captions"


def test_every_figure_has_a_caption_and_every_caption_a_figure():
    assert {path.stem for path in CAPTIONS.iterdir()} == set(FIGURES)


@pytest.mark.parametrize("name", FIGURES)
def test_captions_are_plain_sentences(name):
    text = caption(name)
    assert text.endswith(".")
    assert not set("*`|{}<>") & set(text)


@pytest.mark.parametrize("name", ["injection_energy", "mass_relation", "n_eff"])  # the others have files of their own
def test_a_figure_is_drawn_by_its_entry(name, surroundings, tables_folder):
    figure = FIGURES[name](surroundings, tables_folder)
    assert all(axes.lines or axes.collections for axes in figure.axes)
