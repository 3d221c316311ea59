from reference.runs import ROOT

from workflow.inference.exports.bibliography import papers
from workflow.inference.run.config import load


def identifiers(name, *overrides):
    config = load(ROOT / "config" / f"{name}.yaml", overrides)
    return [each.identifier for each in papers(config)]


def test_the_paper_is_first_and_nothing_is_twice():
    found = identifiers("smoke")
    assert found[0] == "0801.3686"
    named = [identifier for identifier in found if identifier]
    assert len(named) == len(set(named))


def test_data_follow_the_era():
    assert "0803.0586" in identifiers("smoke")  # WMAP5
    modern = identifiers("smoke", "likelihoods.relic_abundance.era=modern")
    assert "1807.06209" in modern  # Planck 2018
    assert "0803.0586" not in modern


def test_experiments_that_enter_are_cited_and_others_are_not():
    babar = "1702.03327"
    assert babar in identifiers("smoke", "likelihoods.kinetic_mixing={era: modern, include: [babar_invisible]}")
    assert babar not in identifiers("smoke")
