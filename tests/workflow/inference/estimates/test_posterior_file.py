"""Reading what a run delivers: complete files come back, incomplete ones are refused by name."""

import fcntl
import shutil
from pathlib import Path

import h5py
import numpy as np
import pytest
from numpy.testing import assert_array_equal
from reference import synthetic_posterior
from reference.origins import changed, reseal

from workflow.inference.estimates.posterior_file import flat, read, read_diagnostics


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return synthetic_posterior.write(tmp_path_factory.mktemp("file"))


@pytest.fixture
def copy(path, tmp_path):
    """A copy of the file that a test may spoil, open for writing."""
    out = tmp_path / "posterior.nc"
    shutil.copy(path, out)
    with h5py.File(out, "r+") as file:
        yield file


def _read(copy):
    copy.flush()
    name = Path(copy.filename)
    copy.close()
    reseal(name)
    return read(name)


def test_draws_are_ensemble_after_ensemble_in_time_order(path):
    file = read(path)
    values = file.posterior["g"]
    assert_array_equal(file.samples("g"), values.transpose("chain", "draw").to_numpy().ravel())
    assert_array_equal(flat(values.transpose("draw", "chain")), file.samples("g"))


def test_names_are_those_of_a_role_in_file_order(path):
    file = read(path)
    assert file.names("parameter") == list(synthetic_posterior.PARAMETERS)
    assert file.names("flag") == list(synthetic_posterior.FLAGS)
    assert set(file.names("parameter", "derived", "flag")) == set(file.posterior)


def test_data_are_asked_for_by_likelihood_or_by_observable(path):
    file = read(path)
    (datum,) = file.data("likelihood", "relic_abundance")
    assert float(datum) == 0.1099
    assert [float(d) for d in file.data("observable", "omega_h2")] == [0.1099]
    assert file.data("observable", "t_kd_mev") == []


def test_nan_draw_fails_with_the_variable(copy):
    copy["posterior/omega_h2"][0, 0] = np.nan
    with pytest.raises(ValueError, match="posterior omega_h2: 1 of 16000 draws are not finite"):
        _read(copy)


def test_best_fit_without_a_variable_fails(copy):
    del copy["best_fit/chi"]
    with pytest.raises(ValueError, match="group best_fit has no chi"):
        _read(copy)


def test_missing_group_fails(copy):
    del copy["map"]
    with pytest.raises(ValueError, match="cannot read every group"):
        _read(copy)


def test_missing_role_fails(copy):
    del copy["posterior/g"].attrs["role"]
    with pytest.raises(ValueError, match="posterior g: role must be one of"):
        _read(copy)


def test_parameter_without_a_prior_fails(copy):
    del copy["posterior/chi"].attrs["prior_max"]
    with pytest.raises(ValueError, match="posterior chi has no attribute prior_max"):
        _read(copy)


def test_a_datum_of_what_the_posterior_does_not_hold_fails(copy):
    copy["observed_data/relic_abundance.omega_h2"].attrs["observable"] = "t_kd_mev"
    with pytest.raises(ValueError, match=r"observed_data relic_abundance.omega_h2: the posterior has no t_kd_mev"):
        _read(copy)


def test_diagnostics_without_a_verdict_fail(path, tmp_path):
    changed(path.with_name("diagnostics.json"), lambda record: record.pop("converged"), tmp_path / "diagnostics.json")
    with pytest.raises(ValueError, match="no key converged"):
        read_diagnostics(tmp_path / "diagnostics.json")


@pytest.mark.parametrize("attribute", ["sigma", "units", "likelihood", "observable", "era", "source"])
def test_a_datum_without_an_attribute_fails(attribute, copy):
    del copy["observed_data/electron_g2.delta_a_e"].attrs[attribute]
    with pytest.raises(ValueError, match=rf"observed_data electron_g2.delta_a_e has no attribute {attribute}"):
        _read(copy)


@pytest.mark.parametrize("attribute", ["meaning", "accounted"])
def test_a_flag_that_does_not_say_what_it_means_fails(attribute, copy):
    del copy["posterior/heats_the_bath"].attrs[attribute]
    with pytest.raises(ValueError, match=f"posterior heats_the_bath has no attribute {attribute}"):
        _read(copy)


def test_a_root_without_provenance_fails(copy):
    del copy.attrs["provenance"]
    with pytest.raises(ValueError, match="the root has no attribute provenance"):
        _read(copy)


def test_prior_draws_without_their_reasons_fail(copy):
    del copy["prior"].attrs["invalid_reasons"]
    with pytest.raises(ValueError, match="group prior needs the attributes invalid_reasons and draws"):
        _read(copy)


def test_a_verdict_that_is_not_true_or_false_fails(path, tmp_path):
    change = {"converged": "yes"}
    changed(path.with_name("diagnostics.json"), lambda record: record.update(change), tmp_path / "diagnostics.json")
    with pytest.raises(ValueError, match="converged must be true or false, got 'yes'"):
        read_diagnostics(tmp_path / "diagnostics.json")


def test_a_file_is_read_where_locks_fail(path):
    with path.open("rb") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        with pytest.raises(OSError, match="lock"), h5py.File(path, "r", locking=True):
            pass
        assert len(read(path).posterior) > 0
