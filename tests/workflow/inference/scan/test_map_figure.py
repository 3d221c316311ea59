import numpy as np
import pytest
from matplotlib.colors import to_hex

from workflow.inference.estimates.regions import Axis
from workflow.inference.posterior.columns import descriptions
from workflow.inference.scan.map_figure import ALLOWED, ALLOWED_68, EXCLUDED, MIXED, map_figure
from workflow.inference.scan.maps import PlaneMap


@pytest.fixture
def cells():
    """Three columns of cells: 68 %, 95 % and no points; and those that one, two and no likelihood excludes."""
    terms = {"cmb": np.array([[0.0, -9.0], [0.0, -9.0], [-np.inf, 0.0]]), "bbn": np.zeros((3, 2))}
    terms["bbn"][1, 1] = -9.0
    total = np.array([[0.0, -9.0], [-2.0, -18.0], [-np.inf, -9.0]])
    edges = np.array([0.0, 1.0, 2.0, 3.0]), np.array([0.0, 1.0, 2.0])
    points = np.array([[1, 1], [1, 1], [0, 1]])
    return PlaneMap("m_dm_mev", "epsilon", Axis("log"), Axis("log"), *edges, points, total, terms)


def colours(axes):
    """Colour of each cell by place, None where there is none."""
    mesh = axes.collections[0]
    values = mesh.get_array()
    return [
        [None if np.ma.is_masked(values[j, i]) else to_hex(mesh.to_rgba(values[j, i])).upper() for j in range(2)]
        for i in range(3)
    ]


def test_cells_have_the_colours_of_the_legend(cells):
    figure = map_figure([cells], descriptions(()))
    left, right = (colours(axes) for axes in figure.axes)
    grey, mixed = to_hex(EXCLUDED).upper(), MIXED
    assert left == [[ALLOWED_68, grey], [ALLOWED, grey], [None, grey]]
    legend = {
        text.get_text(): patch
        for text, patch in zip(figure.legends[0].texts, figure.legends[0].get_patches(), strict=True)
    }
    cmb, together = (to_hex(legend[name].get_facecolor()).upper() for name in ("cmb", "together"))
    assert right == [[ALLOWED, cmb], [ALLOWED, mixed], [None, together]]
    assert list(legend) == ["68 %", "95 %", "excluded", "cmb", "together", "several, each alone"]


def test_a_plane_has_a_row_and_axes_have_symbol_and_unit(cells):
    figure = map_figure([cells, cells], descriptions(()))
    assert len(figure.axes) == 4
    assert r"m_{\rm DM}" in figure.axes[0].get_xlabel()
    assert "MeV" in figure.axes[0].get_xlabel()
    assert r"\epsilon" in figure.axes[2].get_ylabel()
