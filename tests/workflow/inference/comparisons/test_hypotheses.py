import csv
from dataclasses import replace

import pytest
from reference.origins import ORIGIN
from reference.runs import ROOT

from workflow.inference.comparisons import hypotheses
from workflow.inference.comparisons.comparison_file import Rivals
from workflow.inference.run.config import load
from workflow.inference.run.errors import ConfigError
from workflow.inference.writing.origin import ArtefactError, write_json

RIVALS = Rivals(
    hypotheses={"annihilation": "line_p_wave", "stars": "line_stellar", "decay": "line_decay"},
    eras={
        "2008": (),
        "modern": ("likelihoods.morphology_511kev.era=modern",),
        "later": ("likelihoods.morphology_511kev.era=modern", "likelihoods.morphology_511kev.forecast=cosi_given"),
    },
    truths={"later": {"run": "line_stellar", "era": "modern"}},
)
TRUTH = "likelihoods.morphology_511kev.truth_ph_cm2_s=[1.5e-04,2.3e-04,1.8e-04,7.9e-05]"
LN_Z = {("2008", "line_p_wave"): -10.0, ("2008", "line_stellar"): -12.0, ("2008", "line_decay"): -20.0}
for shift, era in enumerate(("modern", "later")):
    of_runs = (("line_p_wave", -9.0), ("line_stellar", -8.0), ("line_decay", -30.0))
    LN_Z |= {(era, run): ln_z - 10.0 * shift for run, ln_z in of_runs}


@pytest.fixture
def folder(tmp_path):
    for (era, run), ln_z in LN_Z.items():
        path = tmp_path / "out" / era / f"{run}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        k = 0.9 if run == "line_decay" and era == "modern" else 0.2
        record = {"ln_z": ln_z, "error": 0.03, "pareto_k": k, "mean_log_likelihood": -3.0}
        overrides = (*RIVALS.eras[era], TRUTH) if era == "later" else RIVALS.eras[era]
        # the name that `mevdm evidence` writes
        written = load(ROOT / "config" / f"{run}.yaml", overrides).run
        write_json(path, record, replace(ORIGIN, run=written))
    (tmp_path / "out" / "later" / "truth.txt").write_text(TRUTH + "\n")
    return tmp_path / "out"


@pytest.fixture
def weighed(folder):
    return hypotheses.weigh(RIVALS, folder)


def test_bayes_factors_are_relative_to_the_first_hypothesis_of_the_era(weighed):
    header, *rows = hypotheses.bayes_factor_rows(weighed)
    assert header[0] == "era"
    assert [(row[0], row[1], row[5]) for row in rows] == [
        ("2008", "annihilation", "0.0000"),
        ("2008", "stars", "-2.0000"),
        ("2008", "decay", "-10.0000"),
        ("modern", "annihilation", "0.0000"),
        ("modern", "stars", "1.0000"),
        ("modern", "decay", "-21.0000"),
        ("later", "annihilation", "0.0000"),
        ("later", "stars", "1.0000"),
        ("later", "decay", "-21.0000"),
    ]
    assert rows[0][6] == "0.0000"
    assert rows[1][6] == f"{0.03 * 2**0.5:.4f}"


def test_sentences_say_who_wins_and_what_to_doubt(weighed):
    assert hypotheses.conclusions(RIVALS, weighed) == [
        "2008: annihilation has the largest evidence, 7.4 times that of stars and 22\u202f000 times that of decay.",
        "modern: stars has the largest evidence, 2.7 times that of annihilation and more than a million times that of "
        "decay.",
        "The evidence of decay is not reliable: its Pareto k is above 0.7.",
        "later: stars has the largest evidence, 2.7 times that of annihilation and more than a million times that of "
        "decay.",
    ]


def test_the_page_holds_sentences_figure_and_sources(folder, weighed):
    hypotheses.write_hypotheses(RIVALS, folder, ORIGIN)
    page = (folder / "hypotheses.html").read_text()
    assert all(sentence in page for sentence in hypotheses.conclusions(RIVALS, weighed))
    assert page.count("data:image/png;base64,") == 1
    assert (folder / "evidence.pdf").exists()
    with (folder / "source_rates.csv").open(newline="") as stream:
        sources = list(csv.DictReader(stream))
    assert len(sources) >= 5
    assert all(row["hypothesis"] in page for row in sources)
    with (folder / "bayes_factors.csv").open(newline="") as stream:
        assert list(csv.reader(stream)) == hypotheses.bayes_factor_rows(weighed)


def test_a_missing_evidence_is_named(folder):
    (folder / "modern" / "line_decay.json").unlink()
    with pytest.raises(ConfigError, match=r"modern/line_decay.json: is missing"):
        hypotheses.weigh(RIVALS, folder)


def test_a_missing_truth_is_named(folder):
    (folder / "later" / "truth.txt").unlink()
    with pytest.raises(ConfigError, match=r"later/truth.txt: is missing"):
        hypotheses.weigh(RIVALS, folder)


def test_an_evidence_with_other_data_than_those_of_its_era_is_refused(folder):
    early = folder / "2008" / "line_decay.json"
    early.write_bytes((folder / "modern" / "line_decay.json").read_bytes())
    with pytest.raises(ArtefactError, match=r"2008/line_decay.json: was made from run line_decay-"):
        hypotheses.weigh(RIVALS, folder)
