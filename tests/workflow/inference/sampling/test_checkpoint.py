"""Which checkpoints a run goes on from, and what becomes of the others."""

import numpy as np
import pytest
from reference.damaged_files import truncated_in_the_middle
from reference.small_chains import ATTRS, MIXTURE, Normal, chain, log_prob

from workflow.inference.sampling import chain_files, checkpoint
from workflow.inference.sampling.survey import Survey

OURS = ATTRS["identity"]


def clear(folder, shift=0.0, identity=OURS):
    def submit(task, arguments, *_):
        return [task(Normal(shift), lambda _: None, *given) for given in arguments]

    checkpoint.clear(folder, identity, submit)


@pytest.fixture
def folder(tmp_path):
    for i in range(2):
        chain_files.write_chain(tmp_path / f"ensemble_{i}.h5", chain(seed=i), MIXTURE, ATTRS)
    return tmp_path


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_sound_files_of_the_run_stay(folder, capfd):
    clear(folder)
    assert names(folder) == ["ensemble_0.h5", "ensemble_1.h5"]
    assert capfd.readouterr().err == ""


def test_files_of_another_identity_are_stale(folder, capfd):
    clear(folder, identity="another")
    assert names(folder) == ["ensemble_0.h5.stale-1", "ensemble_1.h5.stale-1"]
    assert "of another configuration, posterior or sampler setting" in capfd.readouterr().err


def test_files_that_the_posterior_does_not_reproduce_are_all_stale(folder, capfd):
    clear(folder, shift=1e-3)
    assert names(folder) == ["ensemble_0.h5.stale-1", "ensemble_1.h5.stale-1"]
    assert "its code or data have changed" in capfd.readouterr().err


def test_a_broken_file_leaves_the_others(folder):
    truncated_in_the_middle(folder / "ensemble_1.h5")
    clear(folder)
    assert names(folder) == ["ensemble_0.h5", "ensemble_1.h5.broken-1"]


def test_a_second_broken_file_does_not_replace_the_first(folder):
    for words in ("first", "second"):
        (folder / "ensemble_0.h5").write_text(words)
        clear(folder)
    assert [(folder / f"ensemble_0.h5.broken-{n}").read_text() for n in (1, 2)] == ["first", "second"]


def test_leftovers_of_a_killed_run_go(folder):
    (folder / ".ensemble_0.h5.123.tmp").write_text("half a file")
    clear(folder)
    assert names(folder) == ["ensemble_0.h5", "ensemble_1.h5"]


def test_surveys_and_pilots_are_asked_as_chains_are(folder):
    theta = np.random.default_rng(1).normal(size=(30, 2))
    chain_files.write_survey(folder / "survey_0_0.h5", Survey(MIXTURE, 1.0, theta, log_prob(theta)[:, 0] + 1.0), ATTRS)
    clear(folder)
    assert names(folder) == [f"{name}.h5.stale-1" for name in ("ensemble_0", "ensemble_1", "survey_0_0")]
