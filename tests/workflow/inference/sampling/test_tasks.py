"""Tasks of a run: how often a chain is written, and that what is written does not depend on it."""

import numpy as np
import pytest
from reference.small_chains import ATTRS, MIXTURE, Normal

from workflow.inference.sampling import chain_files, tasks
from workflow.inference.sampling.settings import SamplerSettings
from workflow.inference.sampling.tasks import Order
from workflow.inference.writing.refusal import Refusal

SETTINGS = SamplerSettings(walkers=8, ensembles=2, burn_in=8)


@pytest.fixture
def particles(tmp_path):
    """The file of a pilot."""
    path, draws = tmp_path / "pilot_1.h5", np.random.default_rng(1).normal(size=(20, 2))
    with chain_files.atomic_hdf5(path) as file:
        group = file.create_group("pilot")
        group.create_dataset("particles", data=draws)
        group.create_dataset("log_prob", data=Normal().log_prob(draws)[:, 0])
    return path


def walk(folder, particles, steps, target=None):
    """A burn-in and a chain of so many steps; the file of the chain."""
    folder.mkdir(exist_ok=True)
    first, second = (Order(folder / f"{kind}_1.h5", 1, SETTINGS, ATTRS) for kind in ("settled", "ensemble"))
    tasks.burn_in(target or Normal(), lambda _: None, first, particles, MIXTURE)
    tasks.extend(target or Normal(), lambda _: None, second, first.path, MIXTURE, steps)
    return second.path


class Clock:
    """A clock that only a write moves, by so many seconds."""

    def __init__(self, monkeypatch, seconds):
        self.now, self.writes, write = 0.0, [], tasks.write_chain

        def timed(path, chain, *rest):
            write(path, chain, *rest)
            if path.name.startswith("ensemble"):
                self.writes.append(len(chain.coords))
            self.now += seconds

        def read():
            return self.now

        monkeypatch.setattr(tasks, "write_chain", timed)
        monkeypatch.setattr(tasks.time, "monotonic", read)
        monkeypatch.setattr(tasks, "BLOCK", 10)


def test_slow_writes_are_made_at_the_first_block_and_at_the_end_only(tmp_path, monkeypatch, particles):
    clock = Clock(monkeypatch, seconds=1.0)
    walk(tmp_path / "slow", particles, 100)
    assert clock.writes == [10, 100]


def test_fast_writes_are_made_after_every_block(tmp_path, monkeypatch, particles):
    clock = Clock(monkeypatch, seconds=0.0)
    walk(tmp_path / "fast", particles, 50)
    assert clock.writes == [10, 20, 30, 40, 50]


def test_a_chain_has_the_same_bytes_however_often_it_was_written(tmp_path, monkeypatch, particles):
    files = [walk(tmp_path / "by default", particles, 60)]
    for seconds in (0.0, 1.0):
        with monkeypatch.context() as patch:
            Clock(patch, seconds)
            files.append(walk(tmp_path / str(seconds), particles, 60))
    one, *others = (path.read_bytes() for path in files)
    assert others == [one, one]


def test_a_chain_goes_on_from_its_file_to_the_same_bytes(tmp_path, particles):
    at_once = walk(tmp_path / "at once", particles, 60)
    walk(tmp_path / "again", particles, 25)
    assert walk(tmp_path / "again", particles, 60).read_bytes() == at_once.read_bytes()


@pytest.mark.parametrize("blobs", [(), ("log_likelihood",), ("log_prior_walked", "log_likelihood")])
def test_a_posterior_whose_blobs_do_not_begin_with_its_two_parts_is_refused(blobs):
    class Other(Normal):
        blob_names = blobs

    with pytest.raises(ValueError, match=r"blobs of the posterior are .*; the first two must be \('log_likelihood', "):
        tasks.names(Other(), lambda _: None)


def test_too_few_distinct_particles_are_refused(tmp_path, particles):
    with chain_files.atomic_hdf5(particles) as file:
        group = file.create_group("pilot")
        group.create_dataset("particles", data=np.zeros((20, 2)))
        group.create_dataset("log_prob", data=np.zeros(20))
    with pytest.raises(Refusal, match="pilot 1 ended with 1 distinct particles for 8 walkers"):
        walk(tmp_path / "run", particles, 10)


def test_draws_of_a_survey_double_and_cover_what_is_asked_for():
    settings = SamplerSettings(ensembles=3, survey_draws=1000)
    assert [tasks.draws_of_survey(settings, k) for k in range(3)] == [334, 667, 1334]
