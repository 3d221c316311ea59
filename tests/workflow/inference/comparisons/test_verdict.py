import csv
import json
import math

import h5py
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from reference import synthetic_posterior

from workflow.inference.comparisons import comparison
from workflow.inference.comparisons.corner_overlay import corner_overlay_figure
from workflow.inference.comparisons.verdict import strength, write_verdict
from workflow.inference.estimates import posterior_file
from workflow.inference.run.config import ConfigError

TEXT = """
description: Two eras.
eras:
  "2008": [early, rival]
  modern: [late]
base: [relic_abundance]
groups:
  - {called: the line, likelihoods: [flux_511kev]}
  - {called: the bounds, likelihoods: [electron_g2, kinetic_mixing]}
columns: [m_dm_mev, g, chi]
"""
TENSION = {"ln_r": 2.5, "ln_r_error": 0.03, "ln_i": 2.0, "ln_s": 0.5, "ln_s_error": 0.04}


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    folder = tmp_path_factory.mktemp("results")
    for seed, (run, ln_z) in enumerate((("early", -13.5), ("rival", -10.0), ("late", -40.25))):
        synthetic_posterior.write(folder / run, n_draws=1000, seed=seed, converged=run != "late")
        record = {"ln_z": ln_z, "error": 0.01, "pareto_k": 0.2}
        (folder / run / "evidence.json").write_text(json.dumps(record))
    return folder


@pytest.fixture(scope="module")
def plan(tmp_path_factory):
    path = tmp_path_factory.mktemp("plan") / "verdict.yaml"
    path.write_text(TEXT)
    return comparison.load(path)


def with_tensions(folder):
    (folder / "tension").mkdir(parents=True)
    for run, ln_s in (("early", 0.5), ("late", -6.0)):
        (folder / "tension" / f"{run}.json").write_text(json.dumps(TENSION | {"ln_s": ln_s}))
    return folder


@pytest.fixture(scope="module")
def written(plan, results, tmp_path_factory):
    out = with_tensions(tmp_path_factory.mktemp("verdict"))
    write_verdict(plan, results, out)
    return out


def test_conclusions_say_what_the_numbers_say(written):
    record = json.loads((written / "verdict.json").read_text())
    said = " ".join(record["conclusions"])
    assert "modern: early" not in said
    assert "modern: late has NOT converged" in said
    assert "ln Z = -13.50 ± 0.01" in said
    assert "there is no tension: ln S = 0.50" in said
    assert "there is decisive tension: ln S = -6.00" in said
    assert "prefer rival, the best of its rivals here: ln B = +3.50 ± 0.01 (strong evidence)" in said
    assert "ln S changes from 0.50 to -6.00" in said


def test_tables_hold_every_run_and_every_pull(written, results):
    with (written / "evidence.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["run"] for row in rows] == ["early", "rival", "late"]
    assert [row["ln_bayes_factor"] for row in rows] == ["0.0000", "3.5000", "0.0000"]
    with (written / "pulls.csv").open(newline="") as stream:
        pulls = list(csv.DictReader(stream))
    file = posterior_file.read(results / "early" / "posterior.nc")
    assert {row["likelihood"] for row in pulls if row["run"] == "early"} == set(map(str, file.log_likelihood))
    for row in pulls:
        if row["pull"]:
            pull = (float(row["predicted"]) - float(row["measured"])) / float(row["sigma"])
            assert float(row["pull"]) == pytest.approx(pull, rel=1e-3, abs=1e-4)


def test_page_is_self_contained_and_begins_with_what_failed(written):
    page = (written / "verdict.html").read_text()
    assert page.index("NOT CONVERGED") < page.index("<h1>")
    assert page.count("data:image/png;base64,") == 2
    assert "http" not in page.replace("http-equiv", "")
    assert (written / "corner.pdf").exists()


def test_runs_with_other_data_have_no_bayes_factor(results, plan, tmp_path):
    copy = tmp_path / "results"
    for run in ("early", "rival", "late"):
        (copy / run).mkdir(parents=True)
        for source in (results / run).iterdir():
            (copy / run / source.name).write_bytes(source.read_bytes())
    with h5py.File(copy / "rival" / "posterior.nc", "a") as file:
        changed = file.attrs["config"].replace("electron_g2:", "muon_g2:")
        assert changed != file.attrs["config"]
        file.attrs["config"] = changed
    write_verdict(plan, copy, with_tensions(tmp_path / "out"))
    runs = {run["run"]: run for run in json.loads((tmp_path / "out" / "verdict.json").read_text())["runs"]}
    assert runs["rival"]["ln_bayes_factor"] is None
    assert "prefer" not in " ".join(json.loads((tmp_path / "out" / "verdict.json").read_text())["conclusions"])


@pytest.mark.parametrize(
    "value, word",
    [(0.0, "no"), (-0.99, "no"), (1.0, "mild"), (-2.6, "strong"), (5.0, "decisive"), (-math.inf, "decisive")],
)
def test_words_follow_jeffreys(value, word):
    assert strength(value) == word


@pytest.mark.parametrize(
    "change, message",
    [
        (("columns: [m_dm_mev, g, chi]", "columns: [g]"), "columns"),
        (("base:", "bases:"), "bases"),
        (("modern: [late]", "modern: []"), "eras.modern: names no run"),
    ],
)
def test_a_broken_comparison_is_one_line(change, message, tmp_path):
    path = tmp_path / "broken.yaml"
    path.write_text(TEXT.replace(*change))
    with pytest.raises(ConfigError, match=message) as caught:
        comparison.load(path)
    assert "\n" not in str(caught.value)


def test_overlay_spans_every_run(results):
    files = {run: posterior_file.read(results / run / "posterior.nc") for run in ("early", "late")}
    figure = corner_overlay_figure(files, ["m_dm_mev", "g"])
    FigureCanvasAgg(figure).draw()
    low, high = figure.axes[0].get_xlim()
    for file in files.values():
        inside = np.log10(file.samples("m_dm_mev"))
        assert np.mean((inside > low) & (inside < high)) > 0.995
    with pytest.raises(ValueError, match="early has no variable 'mass'"):
        corner_overlay_figure(files, ["mass", "g"])
