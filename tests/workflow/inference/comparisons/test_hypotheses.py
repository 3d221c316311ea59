import csv
import json

import pytest

from workflow.inference.comparisons import hypotheses
from workflow.inference.run.config import ConfigError

TEXT = """
hypotheses: {annihilation: line_p_wave, stars: line_stellar, decay: line_decay}
eras: {"2008": [], modern: [likelihoods.morphology_511kev.era=modern]}
"""
LN_Z = {("2008", "line_p_wave"): -10.0, ("2008", "line_stellar"): -12.0, ("2008", "line_decay"): -20.0}
LN_Z |= {("modern", run): ln_z for run, ln_z in (("line_p_wave", -9.0), ("line_stellar", -8.0), ("line_decay", -30.0))}


@pytest.fixture
def rivals(tmp_path):
    path = tmp_path / "hypotheses.yaml"
    path.write_text(TEXT)
    return hypotheses.load(path)


@pytest.fixture
def folder(tmp_path):
    for (era, run), ln_z in LN_Z.items():
        path = tmp_path / "out" / era / f"{run}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        k = 0.9 if run == "line_decay" and era == "modern" else 0.2
        path.write_text(json.dumps({"ln_z": ln_z, "error": 0.03, "pareto_k": k, "mean_log_likelihood": -3.0}))
    return tmp_path / "out"


def test_bayes_factors_are_relative_to_the_first_hypothesis_of_the_era(rivals, folder):
    hypotheses.write_hypotheses(rivals, folder)
    with (folder / "bayes_factors.csv").open(newline="") as stream:
        rows = list(csv.reader(stream))[1:]
    assert [(row[0], row[1], row[5]) for row in rows] == [
        ("2008", "annihilation", "0.0000"),
        ("2008", "stars", "-2.0000"),
        ("2008", "decay", "-10.0000"),
        ("modern", "annihilation", "0.0000"),
        ("modern", "stars", "1.0000"),
        ("modern", "decay", "-21.0000"),
    ]
    assert rows[1][6] == f"{0.03 * 2**0.5:.4f}"
    assert (folder / "evidence.pdf").exists()


def test_the_page_says_who_wins_and_what_to_doubt(rivals, folder):
    hypotheses.write_hypotheses(rivals, folder)
    page = (folder / "hypotheses.html").read_text()
    assert "2008: annihilation has the largest evidence, 7.4 times that of stars" in page
    assert "modern: stars has the largest evidence, 2.7 times that of annihilation" in page
    assert "The evidence of decay is not reliable" in page
    with (folder / "source_rates.csv").open(newline="") as stream:
        sources = list(csv.DictReader(stream))
    assert len(sources) >= 5
    assert all(row["hypothesis"] in page for row in sources)


def test_a_missing_evidence_is_named(rivals, folder):
    (folder / "modern" / "line_decay.json").unlink()
    with pytest.raises(ConfigError, match=r"modern/line_decay.json: is missing"):
        hypotheses.weigh(rivals, folder)


@pytest.mark.parametrize(
    "text, message", [("hypotheses: {a: b}\neras: {x: []}", "hypotheses"), ("- 1", "hypotheses.yaml")]
)
def test_a_broken_file_is_one_line(text, message, tmp_path):
    path = tmp_path / "hypotheses.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=message) as caught:
        hypotheses.load(path)
    assert "\n" not in str(caught.value)
