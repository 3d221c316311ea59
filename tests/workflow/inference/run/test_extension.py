import pytest
from reference.runs import ROOT

from workflow.inference.run.config import load
from workflow.inference.run.errors import ConfigError
from workflow.inference.run.extension import MISSING, Difference, differences, read_extended

BASE = """
model: {name: vector_portal, dark_matter: majorana}
parameters:
  g: {prior: log_uniform, min: 0.1, max: 1.0}
  chi: {fixed: 1.0e-3}
likelihoods:
  relic_abundance: {era: 2008, theory_error: 0.1}
  kinetic_mixing:
"""


@pytest.fixture
def folder(tmp_path):
    def write(**files):
        for name, text in {"base": BASE, **files}.items():
            (tmp_path / f"{name}.yaml").write_text(text)
        return tmp_path

    return write


def test_a_section_is_merged_and_a_parameter_is_replaced(folder):
    path = folder(mine="extends: base\nparameters: {g: {fixed: 0.5}}\nlikelihoods: {relic_abundance: {era: modern}}\n")
    raw = read_extended(path / "mine.yaml")
    assert raw["parameters"] == {"g": {"fixed": 0.5}, "chi": {"fixed": 1.0e-3}}
    assert raw["likelihoods"] == {"relic_abundance": {"era": "modern", "theory_error": 0.1}, "kinetic_mixing": None}
    assert "extends" not in raw


def test_a_model_of_another_name_takes_no_options_of_the_old_one(folder):
    path = folder(
        mine="extends: base.yaml\nmodel: {name: stellar}\n", same="extends: base\nmodel: {dark_matter: dirac}\n"
    )
    assert read_extended(path / "mine.yaml")["model"] == {"name": "stellar"}
    assert read_extended(path / "same.yaml")["model"] == {"name": "vector_portal", "dark_matter": "dirac"}


def test_a_chain_is_followed_and_the_nearest_wins(folder):
    path = folder(
        one="extends: base\nlikelihoods: {relic_abundance: {era: modern}}\nwithout: [likelihoods.kinetic_mixing]\n",
        two="extends: one\nlikelihoods: {relic_abundance: {theory_error: 0.2}}\n",
    )
    assert read_extended(path / "two.yaml")["likelihoods"] == {
        "relic_abundance": {"era": "modern", "theory_error": 0.2}
    }
    assert read_extended(path / "base.yaml")["likelihoods"]["relic_abundance"]["era"] == 2008


@pytest.mark.parametrize(
    "text, message",
    [
        ("extends: mine\n", "extends: mine.yaml -> mine.yaml is a circle"),
        ("extends: other\n", r"mine.yaml -> other.yaml -> mine.yaml is a circle; allowed: runs that end"),
        (
            "extends: nowhere\n",
            r"mine.yaml: extends: 'nowhere', but there is no .*nowhere.yaml; allowed: a run",
        ),
        ("extends: [base]\n", r"extends: \['base'\]; allowed: the name of a run"),
        ("extends: base\nwithout: [likelihoods.cmb]\n", "without: likelihoods.cmb is not a key of the run"),
        ("extends: base\nwithout: model\n", "without: 'model'; allowed: a list of keys"),
        ("without: [model]\n", "without: needs extends"),
    ],
)
def test_what_cannot_be_extended_is_named(folder, text, message):
    path = folder(mine=text, other="extends: mine\n")
    with pytest.raises(ConfigError, match=message):
        read_extended(path / "mine.yaml")


def test_differences_are_listed_by_key():
    before = "model: {name: x, big: 1.0e+9}\nlikelihoods: {cmb: , n_eff: {era: 2008}}\nsampler: {steps: [1, 2.5e+9]}\n"
    # a billion is the same number in other words
    after = (
        "model: {name: y, big: 1000000000}\nlikelihoods: {n_eff: {era: modern}, bbn: {}}\nsampler: {steps: [1, 3]}\n"
    )
    assert differences(before, after) == [
        Difference("model.name", "x", "y"),
        Difference("likelihoods.cmb", "yes", MISSING),
        Difference("likelihoods.n_eff.era", "2008", "modern"),
        Difference("sampler.steps", "1, 2.5e+09", "1, 3"),
        Difference("likelihoods.bbn", MISSING, "yes"),
    ]


def test_equal_runs_differ_in_nothing_whatever_their_description():
    run = "description: a\nmodel: {name: x}\n"
    assert differences(run, run.replace("description: a", "description: b")) == []


def test_a_run_that_extends_a_shipped_one_is_that_run_with_a_change(tmp_path):
    (tmp_path / "smoke.yaml").write_text((ROOT / "config" / "smoke.yaml").read_text())
    (tmp_path / "mine.yaml").write_text("extends: smoke\nlikelihoods: {relic_abundance: {era: modern}}\n")
    base, mine = load(tmp_path / "smoke.yaml"), load(tmp_path / "mine.yaml")
    assert mine.run == "mine"
    assert mine.priors == base.priors
    assert mine.likelihoods["relic_abundance"].era == "modern"
    assert mine.likelihoods["relic_abundance"].theory_error == base.likelihoods["relic_abundance"].theory_error
