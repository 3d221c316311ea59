import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from workflow.inference.drawing.labelled_regions import (
    TECHNIQUE_COLOURS,
    Region,
    draw_regions,
    technique_colours,
    write_names,
)

X, Y = np.linspace(0.0, 3.0, 120), np.linspace(-8.0, -1.0, 100)
GRID_X, GRID_Y = np.meshgrid(X, Y)


def disc(name, x, y, radius, technique="dumps"):
    return Region(name, technique, radius - np.hypot(GRID_X - x, (GRID_Y - y) / 2.0))


def plane(*regions):
    axes = Figure(figsize=(3.4, 3.4)).add_subplot()
    axes.set(xlim=(X[0], X[-1]), ylim=(Y[0], Y[-1]))
    draw_regions(axes, X, Y, regions, technique_colours([region.technique for region in regions]))
    return axes


def test_the_name_of_a_region_stands_inside_it_in_its_colour():
    axes = plane(disc("E137", 1.0, -5.0, 0.7), disc("NA64", 2.3, -3.0, 0.5, "missing energy"))
    assert {text.get_text(): text.get_color() for text in axes.texts} == {
        "E137": TECHNIQUE_COLOURS[0],
        "NA64": TECHNIQUE_COLOURS[1],
    }
    places = {text.get_text(): text.get_position() for text in axes.texts}
    for name, centre, radius in (("E137", (1.0, -5.0), 0.7), ("NA64", (2.3, -3.0), 0.5)):
        x, y = places[name]
        assert np.hypot(x - centre[0], (y - centre[1]) / 2.0) < radius


def test_names_of_regions_on_top_of_each_other_stay_apart():
    axes = plane(*(disc(f"run {k}", 1.5, -4.5, 1.2) for k in range(6)))
    renderer = FigureCanvasAgg(axes.figure).get_renderer()
    boxes = [text.get_window_extent(renderer) for text in axes.texts]
    assert not any(a.overlaps(b) for k, a in enumerate(boxes) for b in boxes[:k])


def test_a_region_too_small_for_its_name_has_it_nearby():
    (text,) = plane(disc("tiny experiment", 2.0, -4.0, 0.06)).texts
    assert np.hypot(text.get_position()[0] - 2.0, (text.get_position()[1] + 4.0) / 2.0) < 0.4


def test_what_excludes_nothing_is_left_out():
    axes = plane(disc("nothing", 1.0, -5.0, -1.0))
    assert not axes.texts
    assert not axes.collections


def test_colours_are_not_used_twice():
    techniques = [f"technique {k}" for k in range(len(TECHNIQUE_COLOURS))]
    assert len(set(technique_colours(techniques).values())) == len(techniques)
    with pytest.raises(ValueError, match="8 techniques need as many colours"):
        technique_colours([*techniques, "one more"])


def test_a_name_may_stand_where_the_fewest_other_regions_are():
    figure = Figure(figsize=(4, 4))
    axes = figure.subplots()
    x = y = np.linspace(0.0, 1.0, 80)
    axes.set_xlim(0.0, 1.0)
    axes.set_ylim(0.0, 1.0)
    across = np.broadcast_to(x, (80, 80))
    wide, narrow = Region("W", "W", across - 0.001), Region("N", "N", 0.7 - across)
    free = np.zeros((80, 80), dtype=bool)
    free[40:] = True
    write_names(axes, x, y, [wide, narrow], {"W": "k", "N": "r"}, free, apart=True)
    places = {text.get_text(): text.get_position() for text in axes.texts}
    assert places["W"][0] > 0.7
    assert places["N"][0] < 0.7
    assert all(up < y[40] for _, up in places.values())
    write_names(axes, x, y, [wide], {"W": "k"})
    assert axes.texts[-1].get_position()[0] == pytest.approx(0.5, abs=0.05)


def cells_between(rows, columns):
    """How many cells in a direction must be between two regions of one cell for both names to stand on their own."""
    axes = Figure(figsize=(4, 4)).subplots()
    for cells in range(1, 40):
        levels = np.zeros((2, 80, 80))
        levels[0, 40, 40] = levels[1, 40 + cells * rows, 40 + cells * columns] = 1.0
        x = y = np.arange(80.0)
        write_names(axes, x, y, [Region(f"E{k}", "dumps", level) for k, level in enumerate(levels)], {"dumps": "k"})
        if axes.texts[-1].get_position() == (40.0 + cells * columns, 40.0 + cells * rows):
            return cells
    raise AssertionError("no distance is enough")


@pytest.mark.parametrize("rows, columns", [(1, 0), (0, 1)])
def test_a_name_keeps_others_as_far_away_on_one_side_as_on_the_other(rows, columns):
    assert 1 < cells_between(rows, columns) == cells_between(-rows, -columns)
