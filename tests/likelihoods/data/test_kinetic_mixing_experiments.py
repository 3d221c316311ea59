import pytest
from matplotlib.colors import is_color_like
from reference.mixing_experiments import IMAGINED, write_experiments

from likelihoods.data.kinetic_mixing_experiments import FILE, entries
from model.physics.searches.bremsstrahlung import TargetMaterial


def test_every_experiment_has_source_confidence_and_tag():
    for record, _ in entries(FILE):
        assert set(record.tag) <= set("ADMVC"), record.name
        assert len(record.source) > 5, record.name
        assert record.confidence in (0.90, 0.95) or record.name == "sn1987a"


def test_every_experiment_can_be_told_apart_in_a_figure():
    labels = [record.label for record, _ in entries(FILE)]
    assert len(set(labels)) == len(labels)
    assert all(is_color_like(record.colour) for record, _ in entries(FILE))


def test_targets_stand_in_place_of_their_names():
    fields = {record.name: fields for record, fields in entries(FILE)}
    assert fields["e137"]["runs"][0]["target"] == TargetMaterial("Al", 13, 26.98, 24.01)
    assert fields["na64_invisible"]["search"]["target"].name == "Pb"


def test_points_of_a_contour_have_their_own_tag_where_it_differs():
    records = {record.name: record for record, _ in entries(FILE)}
    assert records["e137"].published.tag is None
    assert records["e137"].published.points[0] == (1.358, 2.326e-08, 3.739e-04)
    assert records["w_mass"].published.tag == "A"
    assert records["z_invisible"].published is None


def test_an_entry_without_a_common_field_is_refused(tmp_path):
    entry = {key: value for key, value in IMAGINED["imagined_search"].items() if key != "source"}
    file = write_experiments(tmp_path / "experiments.yaml", {"imagined": entry}, kept=())
    with pytest.raises(TypeError, match="source"):
        entries(file)
