import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from reference import synthetic_posterior
from reference.runs import ROOT

import mevdm


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    return mevdm.results(synthetic_posterior.write(tmp_path_factory.mktemp("run")).parent)


def test_posterior_has_draws_of_every_ensemble_with_units(results):
    assert set(results.posterior.sizes) == {"chain", "draw"}
    assert results.posterior["m_dm_mev"].attrs["units"] == "MeV"
    assert set(results.log_likelihood) == {"flux_511kev", "relic_abundance", "electron_g2", "kinetic_mixing"}


def test_summary_gives_the_parameters_by_default(results):
    table = results.summary()
    roles = {name: variable.attrs["role"] for name, variable in results.posterior.items()}
    assert set(table.index) == {name for name, role in roles.items() if role == "parameter"}
    assert list(table.columns) == ["unit", "best_fit", "median", "lower", "upper"]


@pytest.mark.parametrize("kind", ["hdi", "eti"])
def test_intervals_hold_their_probability(results, kind):
    draws = results.posterior["m_dm_mev"].to_numpy().ravel()
    table = results.summary(["m_dm_mev"], kind=kind, probability=0.9)
    inside = sum(np.mean((draws >= row.lower) & (draws <= row.upper)) for row in table.itertuples())
    assert_allclose(inside, 0.9, atol=0.02)


def test_limits_are_one_sided(results):
    draws = results.posterior["m_dm_mev"].to_numpy().ravel()
    (row,) = results.summary(["m_dm_mev"], kind="limit", probability=0.95).itertuples()
    assert_allclose(np.mean(draws <= row.upper), 0.95, atol=1e-3)
    assert_allclose(np.mean(draws >= row.lower), 0.95, atol=1e-3)


def test_a_quantity_in_two_pieces_has_two_rows(results):
    assert len(results.summary(["mass_ratio"], probability=0.68)) == 2


@pytest.mark.parametrize(
    "options, message",
    [
        ({"columns": ["mass"]}, "mass: unknown column; allowed: g, chi"),
        ({"kind": "mode"}, "kind: 'mode'; allowed: hdi, eti, limit"),
        ({"probability": 95}, "probability: 95; allowed: between 0 and 1"),
    ],
)
def test_what_there_is_not_is_refused(results, options, message):
    with pytest.raises(mevdm.ResultsError, match=message):
        results.summary(**options)


def test_results_are_found_by_name_below_the_working_directory(results, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "my_run").symlink_to(results.folder.resolve())
    assert len(mevdm.results("my_run").posterior) == len(results.posterior)
    with pytest.raises(mevdm.ResultsError, match="other: no such folder, nor results/other"):
        mevdm.results("other")


def test_a_folder_without_a_posterior_says_how_to_make_it(tmp_path):
    with pytest.raises(mevdm.ResultsError, match=r"posterior.nc: does not exist; run `snakemake --cores all results/"):
        mevdm.results(tmp_path).summary()


def test_representations_are_short(results):
    assert repr(results).startswith("<mevdm.Results hooper_zurek_2008: 4 ensembles of 4000 draws in ")
    assert "<table" in results._repr_html_()


def test_the_table_has_the_chosen_columns_with_units(results):
    table = results.to_dataframe(["m_dm_mev"])
    assert list(table) == ["chain", "draw", "m_dm_mev"]
    assert table.attrs["units"] == {"m_dm_mev": "MeV"}
    assert len(table) == results.posterior["m_dm_mev"].size
    with pytest.raises(mevdm.ResultsError, match="mass: unknown column"):
        results.to_dataframe(["mass"])


def test_other_programs_get_the_same_draws(results):
    draws = results.posterior["chi"].to_numpy().ravel()
    assert_allclose(results.to_getdist()["chi"], draws)
    assert_allclose(np.ravel(results.to_arviz()["posterior"]["chi"]), draws)


def test_bibtex_names_the_papers_of_the_run(tmp_path, monkeypatch):
    monkeypatch.setattr(synthetic_posterior, "_CONFIG", (ROOT / "config" / "smoke.yaml").read_text())
    run = mevdm.results(synthetic_posterior.write(tmp_path, n_draws=100).parent)
    text = run.bibtex()
    assert "0801.3686" in text  # the model
    assert "0803.0586" in text  # the abundance of WMAP5


def test_a_change_that_is_wrong_is_one_line(tmp_path, monkeypatch):
    monkeypatch.setattr(synthetic_posterior, "_CONFIG", (ROOT / "config" / "smoke.yaml").read_text())
    run = mevdm.results(synthetic_posterior.write(tmp_path, n_draws=100).parent)
    with pytest.raises(mevdm.ResultsError, match="reweight: nothing changes"):
        run.reweight()
    with pytest.raises(mevdm.ResultsError, match=r"parameters.g: log-uniform \[0.001, 5\]; allowed: within"):
        run.reweight(priors={"g": {"prior": "log_uniform", "min": 1e-3, "max": 5.0}})
    with pytest.raises(mevdm.ResultsError, match=r"likelihoods.nope: 'nope' is unknown"):
        run.reweight(likelihoods={"nope": None})


def test_a_reweighted_run_is_used_like_a_run(results):
    class Made:
        """What reweighting makes."""

        quality = "good"
        file = results._file

    again = mevdm.Results(results.folder, Made())
    assert again.reweighting == "good"
    assert results.reweighting is None
    assert_allclose(again.summary()["median"], results.summary()["median"])


def test_a_corner_has_the_columns_other_runs_and_points(results):
    points = pd.DataFrame({"g": [0.1], "chi": [1e-4]})
    figure = results.corner(["g", "chi"], others={"again": results}, overlay={"mine": points})
    assert len(figure.axes) == 3
    assert [text.get_text() for text in figure.legends[0].get_texts()] == [
        "hooper_zurek_2008: 68 and 95 %",
        "again: 68 and 95 %",
        "best fits",
        "mine",
    ]
    with pytest.raises(mevdm.ResultsError, match="no variable 'mass'"):
        results.corner(["mass"])
