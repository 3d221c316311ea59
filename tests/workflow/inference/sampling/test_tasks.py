"""Tasks of a run: how often a chain is written, and that what is written does not depend on it."""

import numpy as np
import pytest
from reference.small_chains import ATTRS, MIXTURE, Normal

from workflow.inference.sampling import chain_files, tasks
from workflow.inference.sampling.importance_sampling import BATCH
from workflow.inference.sampling.random_streams import Role
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


def a_survey(folder, k=1, ensemble=0, settings=SETTINGS, target=None):
    order = Order(folder / f"survey_{k}_{ensemble}.h5", ensemble, settings, ATTRS)
    ticks = []
    tasks.survey(target or Normal(), ticks.append, order, MIXTURE, k)
    return chain_files.read_survey(order.path), ticks


def test_a_survey_holds_draws_of_its_mixture_with_their_densities(tmp_path):
    settings = SamplerSettings(walkers=8, ensembles=2, survey_draws=3000, seed=4)
    survey, ticks = a_survey(tmp_path, settings=settings)
    assert len(survey.theta) == 3000  # the second survey has twice 3000 for two ensembles
    np.testing.assert_allclose(survey.log_prob, -0.5 * np.sum(survey.theta**2, axis=1), rtol=1e-14)
    assert sum(ticks) == 3000
    assert max(ticks) <= BATCH < 3000
    assert survey.fraction == 1.0
    mean = MIXTURE.weights @ MIXTURE.means
    np.testing.assert_allclose(survey.theta.mean(axis=0), mean, atol=0.1)


def test_surveys_of_ensembles_and_stages_have_streams_of_their_own(tmp_path, monkeypatch):
    asked, real = [], tasks.generator

    def watched(*stream):
        asked.append(stream)
        return real(*stream)

    monkeypatch.setattr(tasks, "generator", watched)
    settings = SamplerSettings(walkers=8, ensembles=2, survey_draws=100, seed=4)
    for k in range(3):
        for ensemble in range(2):
            a_survey(tmp_path, k, ensemble, settings)
    assert len(set(asked)) == 6
    assert {stream[:2] for stream in asked} == {(4, Role.SURVEY)}


@pytest.mark.parametrize("kind", ["pilot", "survey", "chain"])
def test_a_checkpoint_of_another_posterior_is_found_out(kind, tmp_path, particles):
    if kind == "pilot":
        path = particles
    elif kind == "survey":
        a_survey(tmp_path)
        path = tmp_path / "survey_1_0.h5"
    else:
        path = walk(tmp_path / "run", particles, 20)
    ticks = []
    assert tasks.deviation(Normal(), ticks.append, path) == ""
    assert ticks[0] > 0
    words = tasks.deviation(Normal(shift=1e-3), ticks.append, path)
    assert words == "of a posterior with other values (its code or data have changed)"
    assert tasks.deviation(Normal(shift=1e-12), ticks.append, path) == ""  # the last bits of a batch


def test_walkers_start_at_distinct_particles_of_their_pilot(tmp_path, particles):
    order = Order(tmp_path / "settled_1.h5", 1, SETTINGS, ATTRS)
    start = tasks._start(Normal(), order, particles)
    drawn = chain_files.read_particles(particles).theta
    rows = [int(np.flatnonzero((drawn == walker).all(axis=1))[0]) for walker in start.coords]
    assert len(set(rows)) == SETTINGS.walkers
    np.testing.assert_array_equal(start.log_prob, Normal().log_prob(start.coords)[:, 0])
    assert start.blobs.shape == (SETTINGS.walkers, 2)
    other = tasks._start(Normal(), Order(tmp_path / "settled_2.h5", 2, SETTINGS, ATTRS), particles)
    assert other.coords.tolist() != start.coords.tolist()


def test_a_density_that_is_not_the_sum_of_its_parts_is_refused(tmp_path, particles):
    class Wrong(Normal):
        def log_prob(self, theta):
            values = super().log_prob(theta)
            values[:, 2] += 1e-3
            return values

    with pytest.raises(ValueError, match=r"log_prob \(.*\) and the sum of its prior and likelihood \(.*\) disagree at"):
        walk(tmp_path / "run", particles, 10, Wrong())


def test_a_density_without_its_blobs_is_refused(tmp_path, particles):
    class Short(Normal):
        def log_prob(self, theta):
            return super().log_prob(theta)[:, :2]

    with pytest.raises(ValueError, match=r"log_prob of 8 points has shape \(8, 2\), 2 blobs named"):
        walk(tmp_path / "run", particles, 10, Short())


def test_the_delivered_chain_has_random_numbers_of_its_own_and_starts_where_the_burn_in_ended(tmp_path, particles):
    path = walk(tmp_path / "run", particles, 30)
    burn_in = chain_files.read_chain(path.with_name("settled_1.h5"))
    chain = chain_files.read_chain(path)
    assert len(burn_in.coords) == SETTINGS.burn_in
    assert len(chain.coords) == 30
    moved = np.any(chain.coords[0] != burn_in.coords[-1], axis=1)
    assert np.any(~moved)  # rejected proposals leave a walker where the burn-in ended
    assert np.all(chain.accepted <= 30)
    np.testing.assert_allclose(chain.log_prob, -0.5 * np.sum(chain.coords**2, axis=2), rtol=1e-13)
