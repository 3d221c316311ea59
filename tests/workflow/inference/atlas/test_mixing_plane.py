import pytest
from reference import synthetic_posterior
from reference.mixing_experiments import EVERYTHING, SELECTABLE, write_experiments
from reference.runs import ROOT

from likelihoods import kinetic_mixing
from likelihoods.data import kinetic_mixing_experiments
from likelihoods.mixing.experiments import all_experiments
from workflow.inference.atlas.mixing_plane import (
    PosteriorPoints,
    mixing_plane_figure,
    plane_of_run,
    plane_without_run,
    run_likelihood,
)
from workflow.inference.run.config import load


def legend_of(figure):
    return [text.get_text() for text in figure.legends[0].get_texts()]


def names_in(figure):
    """Names that are written on the regions of the panels."""
    return {text.get_text() for axes in figure.axes for text in axes.texts}


@pytest.mark.compiled
@pytest.mark.slow
def test_plane_is_drawn_with_every_experiment(laboratory, tables_folder, rng):
    points = PosteriorPoints(rng.uniform(2, 9, 100), rng.uniform(1e-6, 1e-5, 100), rng.uniform(0, 1, 100))
    figure = mixing_plane_figure(laboratory, EVERYTHING, points, tables_folder)
    assert len(figure.axes) == 2
    inside = set(SELECTABLE) - {"bes3_invisible"}  # begins at 1.5 GeV, and the plane ends at 1 GeV
    assert names_in(figure) == {*(all_experiments()[name].record.label for name in inside), "SN1987A"}
    assert len(legend_of(figure)) == 7 + 1  # techniques, and the draws


def test_the_plane_of_a_run_has_every_experiment_of_its_era_as_the_run_reads_it():
    chosen = kinetic_mixing.Likelihood(include=("w_mass", "e137"), reading="published")
    drawn = run_likelihood({"kinetic_mixing": chosen})
    assert drawn == kinetic_mixing.Likelihood(include="all", reading="published")
    assert run_likelihood({}) == kinetic_mixing.Likelihood(include="all", era="modern")


def test_the_plane_of_a_run_has_the_draws_of_its_posterior(tables_folder, tmp_path, monkeypatch):
    file = write_experiments(tmp_path / "experiments.yaml", {}, kept=("w_mass", "babar_visible"))
    monkeypatch.setattr(kinetic_mixing_experiments, "FILE", file)
    config = load(ROOT / "config" / "smoke.yaml")
    figure = plane_of_run(config, synthetic_posterior.write(tmp_path, n_draws=200), tables_folder)
    assert legend_of(figure) == ["precision electroweak", "draws of the posterior"]
    assert names_in(figure) == {"$m_W$"}
    alone = plane_without_run(tables_folder)
    assert legend_of(alone) == ["precision electroweak", "resonance searches"]
    assert names_in(alone) == {"$m_W$", "BaBar"}
