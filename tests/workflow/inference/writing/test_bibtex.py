import pytest
from pybtex.database import parse_string

from likelihoods.data.measurements import measurements
from likelihoods.mixing.experiments import all_experiments
from workflow.inference.writing.bibtex import bibtex, references


def fields(source):
    """The one entry of a source, as another reader of BibTeX sees it."""
    (entry,) = parse_string(bibtex(references([source])), "bibtex").entries.values()
    return {**entry.fields, "people": [str(person) for person in entry.persons.get("author", [])]}


def test_an_arxiv_number_gives_the_eprint_and_its_doi():
    entry = fields("Nobody et al. 2023, 2209.99999, minus the Standard Model at alpha")
    assert entry["eprint"] == "2209.99999"
    assert entry["doi"] == "10.48550/arXiv.2209.99999"
    assert entry["url"] == "https://arxiv.org/abs/2209.99999"
    assert entry["year"] == "2023"
    assert entry["people"] == ["Nobody", "others"]


def test_two_authors_are_two_people():
    assert fields("Hooper and Zurek 2008, 0801.99999, first paragraph")["people"] == ["Hooper", "Zurek"]


def test_a_paper_that_is_known_has_its_title_and_its_authors():
    entry = fields("Bluemlein et al., Z. Phys. C 51 (1991) 341, as reanalysed in 1104.2747")
    assert entry["title"] == "{New Exclusion Limits for Dark Gauge Forces from Beam-Dump Data}"
    assert entry["people"] == [r"Bl{\"u}mlein, Johannes", r"Brunner, J{\"u}rgen"]
    assert fields("NA62, 2312.12055")["people"] == ["{NA62 Collaboration}"]


@pytest.mark.parametrize(
    "source, words",
    [
        ("1104.2747", "Blümlein and Brunner, New Exclusion Limits for Dark Gauge Forces from Beam-Dump Data (2011)"),
        (
            "1404.5502",
            "Merkel et al., Search at the Mainz Microtron for Light Massive Gauge Bosons Relevant for the Muon"
            " g-2 Anomaly (2014)",
        ),
        ("1903.08767", "NA62 Collaboration, Search for production of an invisible dark photon in pi0 decays (2019)"),
        ("PDG 2024", "PDG 2024"),
    ],
)
def test_a_list_shows_authors_and_title(source, words):
    (reference,) = references([source])
    assert reference.words == words


def test_an_old_number_has_its_archive():
    assert fields("Knoedlseder et al. 2005, A&A 441, 513, astro-ph/0506026")["eprint"] == "astro-ph/0506026"


@pytest.mark.parametrize(
    "source, doi",
    [
        ("Bjorken et al., Phys. Rev. D 38 (1988) 3375; exposure", "10.1103/PhysRevD.38.3375"),
        ("Riordan et al., Phys. Rev. Lett. 59 (1987) 755", "10.1103/PhysRevLett.59.755"),
    ],
)
def test_a_volume_and_page_of_the_physical_review_give_the_doi(source, doi):
    assert fields(source)["doi"] == doi


def test_every_paper_of_a_source_is_an_entry_and_none_is_twice():
    found = references(["NA64, 1803.07748 and 1912.11389", "NA64 1912.11389, as digitised by darkcast (1801.04847)"])
    assert [each.identifier for each in found] == ["1803.07748", "1912.11389", "1801.04847"]


def test_a_number_that_is_no_paper_is_none():
    (only,) = references(["PDG 2024 world average 80.3692 +- 0.0133; error hypot(0.0133, 0.006)"])
    assert only.identifier == ""
    assert only.doi == ""


def test_every_source_of_the_data_becomes_a_file_that_can_be_read():
    sources = [datum.source for datum in measurements().values()]
    sources += [experiment.record.source for experiment in all_experiments().values()]
    found = references(sources)
    read = parse_string(bibtex(found), "bibtex")
    assert len(read.entries) == len(found) > 40
    without = [each.source for each in found if not each.url]
    assert not [source for source in without if "Phys. Rev" in source or "arXiv" in source or "-ph/" in source]
    assert len(without) < 0.25 * len(found)  # the Particle Data Group and the like have no number
