"""The code of a run is what its modules import, directly or not, and nothing else."""

from pathlib import Path

from workflow.inference.writing.sources import ROOT, sources


def names(*modules):
    return {str(path.relative_to(ROOT)) for path in sources(modules)}


def test_a_module_brings_what_it_imports():
    found = names("likelihoods.electron_g2")
    assert {"likelihoods/electron_g2.py", "likelihoods/data/measurements.py", "model/physics/constants.py"} <= found
    assert "likelihoods/cmb.py" not in found
    assert not any(name.startswith("workflow") for name in found)


def test_kernels_are_part_of_the_modules_that_call_them():
    assert any("/_kernels/" in name for name in names("model.physics.galaxy.j_factor"))


def test_others_are_left_out_and_the_order_is_that_of_the_names():
    assert sources(["numpy", "nothing.of.ours"]) == []
    one, two = "likelihoods.electron_g2", "likelihoods.cmb"
    assert sources([one, two]) == sources([two, one])
    assert sources(["likelihoods.cmb"]) == sorted(sources(["likelihoods.cmb"]))
    assert all(isinstance(path, Path) and path.is_file() for path in sources(["likelihoods.cmb"]))
