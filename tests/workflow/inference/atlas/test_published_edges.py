import csv

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from reference.mixing_experiments import IMAGINED, SELECTABLE, write_experiments

from likelihoods import kinetic_mixing
from likelihoods.data import kinetic_mixing_experiments
from workflow.inference.atlas.mixing_plane import mixing_plane_figure
from workflow.inference.atlas.published_edges import dark_photon, exclusion_level, reproduction_rows, write_reproduction


@pytest.mark.compiled
def test_dark_photon_points_are_valid_and_have_their_case(laboratory):
    m_u, epsilon = np.array([10.0, 100.0]), np.array([1e-4, 1e-5])
    visible, invisible = (dark_photon(m_u, epsilon, case, laboratory) for case in ("visible", "invisible"))
    assert_array_equal(visible.widths.dark_matter, 0.0)
    assert (invisible.widths.dark_matter > 0.999 * invisible.widths.total).all()


@pytest.mark.compiled
@pytest.mark.slow
def test_reproduction_table_is_within_the_stated_accuracy(laboratory, tables_folder):
    lower = {"e774": 0.05, "e137": 0.10, "orsay": 0.10, "kek": 0.25, "e141": 0.25, "nu_cal": 0.10}
    # The tip of FASER's contour; docs/physics/kinetic_mixing.md 9 explains the last points of LSND and MiniBooNE
    lower |= {"faser": 0.22, "na62_muons": 0.12, "lsnd": 0.36, "e137_scattering": 0.16, "miniboone": 0.56}
    upper = {"faser": 0.20, "na62_muons": 0.12}
    lower["charm"] = 0.35  # another spectrum of pi0 off axis: a factor 4 in the yield
    # The tip of nu-Cal's contour follows the width into pions: docs/physics/kinetic_mixing.md 9
    tips = {("nu_cal", 595.2): (1.25, 0.74)}
    rows = reproduction_rows(laboratory, tables_folder)
    assert {row.experiment for row in rows} >= set(SELECTABLE) - {"z_invisible"}
    for row in rows:
        assert row.lower_ratio is not None or row.upper_ratio is not None, row
        if (row.experiment, row.mass_mev) in tips:
            assert (row.lower_ratio, row.upper_ratio) == pytest.approx(tips[row.experiment, row.mass_mev], abs=0.01)
            continue
        if row.lower_ratio is not None:
            assert abs(row.lower_ratio - 1.0) < lower.get(row.experiment, 0.30), row
        if row.upper_ratio is not None:
            assert abs(row.upper_ratio - 1.0) < upper.get(row.experiment, 0.10), row


@pytest.mark.compiled
def test_an_entry_of_a_known_kind_brings_its_curve_and_its_rows(surroundings, tables_folder, tmp_path, monkeypatch):
    file = write_experiments(tmp_path / "experiments.yaml", IMAGINED, kept=("w_mass",))
    monkeypatch.setattr(kinetic_mixing_experiments, "FILE", file)
    rows = reproduction_rows(surroundings, tables_folder)
    assert [row.experiment for row in rows] == ["w_mass", *["imagined_search"] * 3, "imagined_dump"]
    search, dump = rows[1], rows[-1]
    assert (search.mass_mev, search.lower_published, search.source) == (10.0, 1e-3, "nowhere")
    assert search.lower_ratio == pytest.approx(1.0, rel=1e-3)
    assert 0.1 < dump.lower_ratio < 10.0
    assert 0.1 < dump.upper_ratio < 10.0
    likelihood = kinetic_mixing.Likelihood(include="all", era=2008)
    figure = mixing_plane_figure(surroundings, likelihood, None, tables_folder)
    techniques = {text.get_text() for text in figure.legends[0].get_texts()}
    assert techniques == {"precision electroweak", "resonance searches", "electron beam dumps"}
    names = {text.get_text() for axes in figure.axes for text in axes.texts}
    assert names == {"$m_W$", "Imagined search", "Imagined dump"}


def test_only_what_was_published_is_in_a_row(surroundings, tables_folder, tmp_path, monkeypatch):
    file = write_experiments(tmp_path / "experiments.yaml", {}, kept=("w_mass", "z_invisible"))
    monkeypatch.setattr(kinetic_mixing_experiments, "FILE", file)
    (row,) = reproduction_rows(surroundings, tables_folder)
    assert (row.experiment, row.case, row.upper, row.upper_ratio, row.tag) == ("w_mass", "visible", None, None, "A")
    write_reproduction((row,), tmp_path / "edges.csv")
    with (tmp_path / "edges.csv").open(newline="") as stream:
        (cells,) = csv.DictReader(stream)
    assert cells["experiment"] == "w_mass"
    assert cells["upper"] == ""
    assert float(cells["lower_ratio"]) == pytest.approx(row.lower_ratio, rel=1e-3)


def test_exclusion_rises_through_zero_at_the_edge(surroundings):
    likelihood = kinetic_mixing.Likelihood(include=("babar_invisible",), era="modern")
    epsilon = np.array([0.5e-3, 0.95e-3, 2e-3])
    prediction = dark_photon(np.full(3, 10.0), epsilon, "invisible", surroundings)
    low, edge, high = exclusion_level(likelihood, prediction)["babar_invisible"]
    assert low < 0.0 < high
    assert edge == pytest.approx(0.0, abs=2e-2)
