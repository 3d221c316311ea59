"""Chain files: what is written is read back, damage is found out, and no reader changes a file."""

import os
import re
import resource
import signal
from dataclasses import replace

import emcee
import h5py
import numpy as np
import pytest
from numpy.testing import assert_array_equal
from reference.damaged_files import DAMAGES
from reference.small_chains import ATTRS, CONFIG_HASH, MIXTURE, SETTINGS, Normal, chain, log_prob

from workflow.inference.sampling import chain_files
from workflow.inference.sampling.settings import STOP_RULE, SamplerSettings
from workflow.inference.sampling.survey import Survey


@pytest.fixture
def paths(tmp_path):
    """Two sound ensembles."""
    files = [tmp_path / f"ensemble_{i}.h5" for i in range(2)]
    for i, path in enumerate(files):
        chain_files.write_chain(path, chain(seed=i), MIXTURE, ATTRS | {"ensemble": i})
    return files


def check(paths, posterior=None, settings=SETTINGS, config_hash=CONFIG_HASH):
    """What a reading step does."""
    return chain_files.checked_chains(paths, posterior or Normal(), settings, config_hash)


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_chain_is_read_as_it_was_written(paths):
    written, read = chain(seed=1), chain_files.read_chain(paths[1])
    for name in ("coords", "log_prob", "blobs", "accepted"):
        assert_array_equal(getattr(read, name), getattr(written, name))
    for element, expected in zip(read.random_state, written.random_state, strict=True):
        assert_array_equal(element, expected)
    assert chain_files.flaw(paths[1]) == ""
    assert chain_files.chain_length(paths[1]) == 40
    assert_array_equal(chain_files.read_mixture(paths[1]).means, MIXTURE.means)


@pytest.mark.parametrize("steps, flaw", [(1, ""), (0, "instead of")])
def test_a_chain_of_one_step_is_sound_and_one_without_steps_is_not(steps, flaw, tmp_path):
    long = chain(steps=2)
    short = replace(long, coords=long.coords[:steps], log_prob=long.log_prob[:steps], blobs=long.blobs[:steps])
    path = tmp_path / "ensemble_0.h5"
    chain_files.write_chain(path, short, MIXTURE, ATTRS)
    assert flaw in chain_files.flaw(path)
    assert bool(chain_files.flaw(path)) is bool(flaw)


def test_attributes_are_plain_and_hold_no_random_state(paths):
    attributes = chain_files.read_attributes(paths[1])
    assert {name: attributes[name] for name in ATTRS} == ATTRS
    assert not any(name.startswith("random_state") for name in attributes)
    assert chain_files.read_identity(paths[1]) == ATTRS["identity"]


def test_stock_emcee_reads_the_file(paths):
    backend = emcee.backends.HDFBackend(paths[0], read_only=True)
    assert_array_equal(backend.get_chain(), chain(seed=0).coords)


def test_the_same_chain_gives_the_same_bytes(paths, tmp_path):
    again = tmp_path / "again"
    again.mkdir()
    chain_files.write_chain(again / "ensemble_1.h5", chain(seed=1), MIXTURE, ATTRS)
    assert (again / "ensemble_1.h5").read_bytes() == paths[1].read_bytes()


def test_a_survey_is_read_as_it_was_written(tmp_path):
    theta = np.random.default_rng(1).normal(size=(30, 2))
    path = tmp_path / "survey_0_0.h5"
    chain_files.write_survey(path, Survey(MIXTURE, 0.8, theta, log_prob(theta)[:, 0]), ATTRS)
    survey = chain_files.read_survey(path)
    assert (survey.fraction, chain_files.flaw(path)) == (0.8, "")
    assert_array_equal(survey.theta, theta)
    assert_array_equal(survey.log_prob, log_prob(theta)[:, 0])
    assert_array_equal(survey.mixture.weights, MIXTURE.weights)


def test_joined_chains_are_one_after_the_other():
    one, two = chain(steps=10), chain(steps=15, seed=2)
    both = chain_files.joined(one, two)
    assert_array_equal(both.coords, np.concatenate([one.coords, two.coords]))
    assert_array_equal(both.accepted, one.accepted + two.accepted)
    assert both.random_state is two.random_state


def test_a_chain_goes_on_from_its_last_step():
    state = chain(seed=3).last()
    assert_array_equal(state.coords, chain(seed=3).coords[-1])
    assert_array_equal(state.blobs, chain(seed=3).blobs[-1])


def test_an_interrupted_write_leaves_the_old_file_and_nothing_else(paths, monkeypatch):
    before = contents(paths[0].parent)

    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        chain_files.write_chain(paths[0], chain(steps=80), MIXTURE, ATTRS)
    assert contents(paths[0].parent) == before


def test_a_file_that_is_not_there_has_no_length_and_no_mixture(tmp_path):
    assert chain_files.chain_length(tmp_path / "none.h5") == 0
    assert chain_files.stored_mixture([tmp_path / "none.h5"]) is None


# --- readers -------------------------------------------------------------------------------------------------------


def test_sound_chains_of_the_run_are_read(paths):
    assert len(check(paths)) == 2


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
def test_a_damaged_or_foreign_chain_is_refused_and_left_where_it_is(paths, damage):
    damage(paths[1])
    before = contents(paths[1].parent)
    assert re.search(DAMAGES[damage], chain_files.flaw(paths[1]))
    with pytest.raises(ValueError, match=rf"ensemble_1\.h5: .*({DAMAGES[damage]})"):
        check(paths)
    assert contents(paths[1].parent) == before


@pytest.mark.parametrize(
    "changes, words",
    [
        ({"settings": replace(SETTINGS, seed=77)}, "has other coordinates, likelihoods or sampler settings"),
        ({"posterior": Normal(shift=1e-3), "config_hash": "another"}, "is of another posterior"),
        ({"posterior": Normal(shift=1e-3)}, "is of another posterior"),
    ],
)
def test_chains_of_another_run_are_refused_with_both_identities_and_left_where_they_are(paths, changes, words):
    before = contents(paths[0].parent)
    with pytest.raises(
        ValueError, match=rf"ensemble_0\.h5: {words}: its identity is \w+, and that of .* is \w+$"
    ) as error:
        check(paths, **changes)
    assert "\n" not in str(error.value)
    assert contents(paths[0].parent) == before


def test_chains_of_other_coordinates_are_refused(paths):
    other = Normal()
    other.names = ("x", "z")
    with pytest.raises(ValueError, match="has other coordinates"):
        check(paths, posterior=other)


def test_a_posterior_of_another_identity_that_gives_the_same_densities_is_accepted(paths):
    # An edit of a comment, or of a likelihood that the run does not have.
    assert len(check(paths, config_hash="another")) == 2


def test_the_stop_rule_of_a_reader_may_differ(paths):
    assert len(check(paths, settings=replace(SETTINGS, target_ess=1.0, accept_unconverged=True))) == 2


def test_a_checksum_covers_every_attribute_and_dataset(paths):
    for change in (
        lambda file: file["mcmc"].attrs.__setitem__("seed", 8),
        lambda file: file["proposal"]["weights"].__setitem__(0, 0.31),
        lambda file: file["mcmc"]["accepted"].__setitem__(0, 99),
    ):
        chain_files.write_chain(paths[0], chain(), MIXTURE, ATTRS)
        with h5py.File(paths[0], "a") as file:
            change(file)
        assert chain_files.flaw(paths[0]) == "its contents do not match its checksum"


def test_identity_knows_what_shapes_the_draws_and_not_the_stop_rule():
    settings, other = SamplerSettings(), {"steps": 4001, "max_steps": 20_000, "target_ess": 1.0, "max_rhat": 1.5}
    first = chain_files.identity("hash", settings, ["x"], ["log_likelihood"])
    stop_rule = replace(settings, **other, accept_unconverged=True)
    assert {*other, "accept_unconverged"} == set(STOP_RULE)
    assert chain_files.identity("hash", stop_rule, ["x"], ["log_likelihood"]) == first
    changed = [
        chain_files.identity("other", settings, ["x"], ["log_likelihood"]),
        chain_files.identity("hash", replace(settings, seed=2), ["x"], ["log_likelihood"]),
        chain_files.identity("hash", settings, ["y"], ["log_likelihood"]),
        chain_files.identity("hash", settings, ["x"], ["log_likelihood", "log_prior"]),
    ]
    assert len({first, *changed}) == 1 + len(changed)


@pytest.mark.parametrize("size", [600, 3000, 9000])
def test_a_chain_that_the_disk_cannot_hold_is_named_and_the_old_one_stays(paths, size):
    before, limit = contents(paths[0].parent), resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limit[1]))
    try:
        with pytest.raises(OSError, match="File too large") as error:
            chain_files.write_chain(paths[0], chain(steps=80), MIXTURE, ATTRS)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
        signal.signal(signal.SIGXFSZ, handler)
    assert error.value.filename == str(paths[0])
    assert contents(paths[0].parent) == before
