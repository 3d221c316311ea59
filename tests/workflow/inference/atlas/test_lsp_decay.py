"""The figure of the decays of the lightest supersymmetric particle and of U."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from model.physics.constants import ALPHA, HBAR_C_MEV_CM
from workflow.inference.atlas.lsp_decay import _visible_width, lsp_decay_figure


def test_a_neutralino_has_the_length_of_its_formula_and_lengths_fall_with_the_square_of_the_product():
    left = lsp_decay_figure().axes[0]
    curves = {line.get_label(): line.get_data() for line in left.lines}
    x, y = curves["neutralino"]
    width_mev = 2 * 1e-8 * 1e5 / (8 * np.pi)  # two multiplets, (g chi)^2 = 1e-8, 100 GeV
    assert_allclose(np.interp(-4.0, x, y), np.log10(HBAR_C_MEV_CM / 100.0 / width_mev), atol=1e-6)
    for kind in ("neutralino", "slepton", "sneutrino", "squark"):
        x, y = curves[kind]
        assert_allclose(np.diff(y) / np.diff(x), -2.0, rtol=1e-9)
    assert curves["sneutrino"][1][0] > curves["squark"][1][0] > curves["slepton"][1][0] > curves["neutralino"][1][0]


def test_a_heavy_visible_u_has_the_width_of_a_dark_photon():
    found = _visible_width(np.array([50.0]), np.array([1e-4]))[0]
    r = (0.51099895 / 50.0) ** 2
    assert found == pytest.approx(ALPHA * 1e-8 * 50.0 / 3.0 * (1 + 2 * r) * np.sqrt(1 - 4 * r), rel=1e-6)


def test_both_edges_of_the_flight_are_solid_lines():
    # Matplotlib draws a contour of one colour with dashes where its level, here the logarithm of 0.1 mm, is negative
    right = lsp_decay_figure().axes[1]
    (edges,) = [drawn for drawn in right.collections if drawn.get_label() == "flight of 0.1 mm and of 10 m"]
    assert len(edges.levels) == 2
    assert edges.linestyles == "-"


def test_draws_of_runs_are_put_on_top_and_runs_without_the_columns_are_left_out(file):
    shape = file.posterior["g"].shape
    added = {name: (("chain", "draw"), np.full(shape, 1e-3)) for name in ("lsp_ctau_m", "br_u_invisible", "epsilon")}
    full = replace(file, posterior=file.posterior.assign(added))
    bare = replace(file, posterior=full.posterior.drop_vars(["lsp_ctau_m"]))
    figure = lsp_decay_figure({"2008": full, "none": bare})
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()][-1] == "draws of 2008"
    assert all("2008" in [line.get_label() for line in axes.lines] for axes in figure.axes)
