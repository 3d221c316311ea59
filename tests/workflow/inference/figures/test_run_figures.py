"""Figures: every panel holds something, axes are named with units, the same input gives the same bytes."""

import numpy as np
import pytest
from matplotlib import pyplot
from matplotlib.figure import Figure
from reference import synthetic_posterior

from workflow.inference.estimates.posterior_file import read
from workflow.inference.figures.chains import rank_figure, trace_figure
from workflow.inference.figures.corner import corner_figure
from workflow.inference.figures.parameter_corner import parameter_corner_figure
from workflow.inference.figures.predictive import predictive_figure
from workflow.inference.figures.run_figures import NAMES, coupling_columns, derived_columns, write_figures
from workflow.inference.figures.style import log_ticks, save


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return synthetic_posterior.write(tmp_path_factory.mktemp("figures"), n_draws=1000)


@pytest.fixture(scope="module")
def file(path):
    return read(path)


@pytest.fixture(scope="module")
def figures(file):
    names = file.names("parameter")
    return {
        "corner": corner_figure(file, coupling_columns(file)),
        "corner_derived": corner_figure(file, derived_columns(file)),
        "corner_parameters": parameter_corner_figure(file),
        "trace": trace_figure(file, names),
        "rank": rank_figure(file, names, dict.fromkeys(names, 2000.0)),
        "predictive": predictive_figure(file, ["omega_h2", "flux_511_bulge_ph_cm2_s", "delta_a_e"]),
    }


def _has_content(axes) -> bool:
    return bool(axes.lines or axes.patches or axes.collections)


@pytest.mark.parametrize("name", NAMES)
def test_no_panel_is_empty(figures, name):
    assert figures[name].axes
    assert all(_has_content(axes) for axes in figures[name].axes)


@pytest.mark.parametrize(
    "name,panels", [("corner", 6), ("corner_derived", 21), ("corner_parameters", 28), ("trace", 8), ("rank", 28)]
)
def test_number_of_panels(figures, name, panels):
    assert len(figures[name].axes) == panels


@pytest.mark.parametrize("name", ["corner", "corner_derived", "corner_parameters"])
def test_outer_panels_of_a_corner_are_labelled(figures, name):
    axes = figures[name].axes
    columns = round((np.sqrt(8 * len(axes) + 1) - 1) / 2)
    assert all(panel.get_xlabel() for panel in axes[-columns:])


def test_dimensional_axes_name_their_unit(figures):
    labels = " ".join(axes.get_xlabel() + axes.get_ylabel() for axes in figures["corner_derived"].axes)
    assert "MeV" in labels
    assert "cm^{-2}" in labels


def test_power_of_ten_taken_out_of_ticks_is_in_the_label(figures):
    assert "10^{-3}" in figures["predictive"].axes[1].get_xlabel()


def test_corner_ticks_are_labelled(figures):
    figure = figures["corner"]
    figure.draw_without_rendering()
    for axes in figure.axes[-3:]:
        assert sum(bool(tick.get_text()) for tick in axes.get_xticklabels()) >= 2


@pytest.mark.parametrize("name", ["corner", "corner_parameters", "trace"])
def test_texts_do_not_leave_the_page(figures, name):
    figure = figures[name]
    figure.draw_without_rendering()
    box = figure.get_tightbbox()
    width, height = figure.get_size_inches()
    assert min(box.x0, box.y0) > -0.05
    assert box.x1 < width + 0.05
    assert box.y1 < height + 0.05


@pytest.mark.parametrize(
    "low,high", [(-3.0, 0.5), (-8.0, -1.0), (-0.3, 0.2), (-0.01, 0.01), (0.4, 1.9), (-14.2, -13.9)]
)
def test_logarithmic_axes_always_have_ticks(low, high):
    major, labels, minor = log_ticks(low, high)
    assert len(major) == len(labels) >= 2
    assert len(set(labels)) == len(labels)
    assert all(low <= tick <= high for tick in [*major, *minor])


def test_both_pieces_show_in_the_plane_of_masses(file):
    figure = corner_figure(file, ["m_dm_mev", "m_u_mev"])
    outlines = [c for c in figure.axes[1].collections if hasattr(c, "levels") and not c.filled]
    paths = outlines[0].get_paths()[0]  # the 95 % line
    assert np.count_nonzero(paths.codes == 1) >= 2


def test_unknown_variable_fails(file):
    with pytest.raises(ValueError, match="no variable 'mass'"):
        corner_figure(file, ["g", "mass"])


def test_constant_variable_fails(file):
    with pytest.raises(ValueError, match="heats_the_bath has the same value"):
        corner_figure(file, ["g", "heats_the_bath"])


def test_rank_figure_needs_sample_sizes(file):
    with pytest.raises(ValueError, match="no effective sample size for chi"):
        rank_figure(file, ["g", "chi"], {"g": 100.0})


def test_predictive_figure_needs_a_variable_of_the_posterior(file):
    with pytest.raises(ValueError, match="nothing_like_it"):
        predictive_figure(file, ["nothing_like_it"])


def test_predictive_figure_draws_no_band_where_nothing_was_measured(file):
    measured, free = (predictive_figure(file, [name]) for name in ("omega_h2", "mass_ratio"))
    assert len(measured.legends[0].texts) == len(free.legends[0].texts) + 1


def test_same_figure_same_bytes(file, tmp_path):
    first, second = (save(corner_figure(file, ["g", "chi"], panel=1.0), tmp_path / x, "corner") for x in "ab")
    for one, other in zip(first, second, strict=True):
        assert one.read_bytes() == other.read_bytes()


def test_figures_do_not_register_with_pyplot(figures):
    assert all(isinstance(figure, Figure) for figure in figures.values())
    assert pyplot.get_fignums() == []


@pytest.mark.slow  # drawing all of them takes longer than the other tests of this folder together
def test_all_figures_of_an_unconverged_run_are_written(tmp_path):
    path = synthetic_posterior.write(tmp_path / "run", n_draws=500, converged=False)
    diagnostics = path.parent / "diagnostics.json"
    diagnostics.write_text(diagnostics.read_text().replace('"ess_bulk": 60.0', '"ess_bulk": null', 1))
    written = write_figures(path, diagnostics, tmp_path / "figures")
    assert [p.name for p in written] == [f"{name}.{kind}" for name in NAMES for kind in ("png", "pdf")]
    assert all(p.stat().st_size > 5000 for p in written)
