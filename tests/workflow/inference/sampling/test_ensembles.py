"""The whole `sample` job: right answers, the same bytes however it was run, and resumption."""

import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from functools import partial
from pathlib import Path

import emcee
import h5py
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from reference import sampled_targets
from reference.damaged_files import DAMAGES, not_hdf5, of_the_other_ensemble, truncated_in_the_middle
from reference.sampled_targets import SMALL, Failing, Simple, TwoRidges, not_before, sample
from scipy import stats

from workflow.inference.diagnostics.autocorrelation import autocorrelation_time
from workflow.inference.sampling import chain_files
from workflow.inference.sampling import ensembles as sampling
from workflow.inference.sampling.settings import SamplerSettings
from workflow.inference.writing.refusal import Refusal


def script(folder, cores, seconds=0.0, **options):
    command = [sys.executable, sampled_targets.__file__, str(folder), str(cores), str(seconds)]
    root = Path(sampling.__file__).parents[3]
    places = os.pathsep.join(map(str, (root, root / "tests")))
    return subprocess.Popen(command, env=os.environ | {"PYTHONPATH": places}, start_new_session=True, **options)


def digests(folder):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.glob("*.h5"))}


def draws(result, name):
    """(ensembles, steps, walkers) of a coordinate."""
    chains = [chain_files.read_chain(path) for path in result.files]
    column = chain_files.read_attributes(result.files[0])["names"].index(name)
    return np.stack([chain.coords[..., column] for chain in chains])


def assert_mean(values, exact):
    """Mean within five Monte Carlo errors, from the autocorrelation time of the walkers."""
    error = values.std() * np.sqrt(autocorrelation_time(values) / values.size)
    assert values.mean() == pytest.approx(exact, abs=5 * error)


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    """One uninterrupted run in this process."""
    folder = tmp_path_factory.mktemp("reference")
    return folder, sample(folder)


# --- right answers -------------------------------------------------------------------------------------------------

LONGER = replace(SMALL, walkers=32, burn_in=100, settling=100, steps=600, max_steps=600)


def test_prior_is_recovered_when_the_likelihood_is_flat(tmp_path):
    result = sample(tmp_path, partial(Simple, "flat"), LONGER)
    for name in ("x", "y"):
        values = draws(result, name)
        assert_mean(values, 0.0)
        assert_mean(values**2, 100.0 / 12.0)
        assert_mean((values > 4.0).astype(float), 0.1)


def test_correlated_gaussian(tmp_path):
    result = sample(tmp_path, partial(Simple, "gaussian"), LONGER)
    x, y = draws(result, "x"), draws(result, "y")
    for power, exact in ((1, 0.0), (2, 1.0)):
        assert_mean(x**power, exact)
        assert_mean(y**power, exact)
    assert_mean(x * y, 0.9)
    assert result.pilots[0]["log_evidence"] == pytest.approx(np.log(2 * np.pi * np.sqrt(0.19) / 100.0), abs=0.7)


def test_banana(tmp_path):
    result = sample(tmp_path, partial(Simple, "banana"), LONGER)
    x, y = draws(result, "x"), draws(result, "y")
    inside = np.abs(x) < 2.0  # where the box does not cut
    assert_mean(x, 0.0)
    assert_mean(np.where(inside, y - x**2 + 1.0, 0.0), 0.0)
    assert_mean(inside.astype(float), 0.9545 / 0.9857)  # the box ends at y = 5, |x| = 2.449


def test_weights_of_two_distant_modes(tmp_path):
    result = sample(tmp_path, partial(Simple, "two modes"), LONGER)
    assert_mean((draws(result, "x") > 0.0).astype(float), 0.3)


def test_regions_of_two_ridges_and_a_needle(reference):
    _, result = reference
    right = draws(result, "along") > 1.0
    assert_mean(right.astype(float), 0.29)
    # Every ensemble hops between the ridges.
    assert np.all((right.mean(axis=(1, 2)) > 0.15) & (right.mean(axis=(1, 2)) < 0.45))


# --- files ---------------------------------------------------------------------------------------------------------


def test_stock_emcee_reads_the_file(reference):
    folder, result = reference
    assert result.files == tuple(folder / "out" / f"ensemble_{i}.h5" for i in range(2))
    backend = emcee.backends.HDFBackend(result.files[0], read_only=True)
    assert backend.iteration == 300
    assert backend.shape == (16, 3)
    assert backend.get_chain().shape == (300, 16, 3)
    assert backend.get_blobs(discard=100).shape == (200, 16, 2)
    assert_array_equal(backend.get_log_prob(), chain_files.read_chain(result.files[0]).log_prob)
    assert np.all(backend.accepted > 0)
    assert backend.get_last_sample().random_state[0] == "MT19937"


def test_file_says_what_it_holds(reference):
    _, result = reference
    attributes = chain_files.read_attributes(result.files[1])
    assert attributes["names"] == ["along", "across", "depth"]
    assert attributes["blob_names"] == ["log_likelihood", "log_prior_walked"]
    assert (attributes["ensemble"], attributes["seed"], attributes["burn_in"]) == (1, 1, 40)
    assert attributes["config_hash"] == "one"


def test_stored_densities_and_blobs_belong_to_the_coordinates(reference):
    _, result = reference
    chain = chain_files.read_chain(result.files[0])
    values = TwoRidges().log_prob(chain.coords[-1])
    assert_allclose(np.column_stack([chain.log_prob[-1], chain.blobs[-1]]), values, rtol=1e-12)


def test_the_proposal_is_stored_and_common_to_the_ensembles(reference):
    _, result = reference
    first, second = (chain_files.read_mixture(path) for path in result.files)
    assert_array_equal(first.means, second.means)
    assert np.all(np.isfinite(first.log_density(np.zeros((3, 3)))))


@pytest.mark.parametrize("sticking", [0.0, np.inf])
def test_evaluations_are_counted(tmp_path, monkeypatch, sticking):
    monkeypatch.setattr(sampling, "STICKING", sticking)
    calls = []

    class Counted(Simple):
        def log_prob(self, u):
            calls.append(len(u))
            return super().log_prob(u)

    result = sample(tmp_path, partial(Counted, "gaussian"), replace(SMALL, target_ess=1e9, max_steps=450))
    assert sum(calls) == result.evaluations


# --- the same bytes ------------------------------------------------------------------------------------------------


def test_same_seed_gives_the_same_bytes_on_one_core_and_on_two(reference, tmp_path):
    folder, _ = reference
    sample(tmp_path, cores=2)
    assert digests(tmp_path / "out") == digests(folder / "out")


def test_different_seeds_differ(reference, tmp_path):
    _, result = reference
    other = sample(tmp_path, settings=replace(SMALL, seed=2))
    first, second = (chain_files.read_chain(run.files[0]).coords for run in (result, other))
    assert not np.any(first == second)


def test_ensembles_differ(reference):
    _, result = reference
    first, second = (chain_files.read_chain(path).coords for path in result.files)
    assert not np.any(first == second)


@pytest.mark.parametrize("cores", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_killed_run_resumes_to_the_same_bytes(reference, tmp_path, cores):
    folder, _ = reference
    process = script(tmp_path, cores, seconds=1e-4, stderr=subprocess.DEVNULL)
    # Killed after the first block of production, before its end.
    wait_for(tmp_path / "checkpoint" / "ensemble_0.h5", process)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert not (tmp_path / "out").exists()
    sample(tmp_path)
    assert digests(tmp_path / "out") == digests(folder / "out")


def wait_for(path, process):
    deadline = time.monotonic() + 100.0
    while not path.exists():
        assert process.poll() is None, "ended before it could be killed"
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.parametrize("name", ["pilot_0.h5", "burn_in_1.h5", "survey_0_1.h5", "survey_1_0.h5", "settled_1.h5"])
def test_interruption_in_any_phase(reference, tmp_path, monkeypatch, name):
    folder, _ = reference
    interrupted(monkeypatch, name, tmp_path, SMALL)
    sample(tmp_path)
    assert digests(tmp_path / "out") == digests(folder / "out")


def interrupted(monkeypatch, name, folder, settings):
    """A run that ends when it has written the checkpoint of that name."""

    def interrupt(temporary, path, replace=Path.replace):
        replace(temporary, path)
        if path.name == name:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", interrupt)
        with pytest.raises(KeyboardInterrupt):
            sample(folder, settings=settings)
    assert (folder / "checkpoint" / name).exists()


# --- resumption ----------------------------------------------------------------------------------------------------

UNCONVERGED = replace(SMALL, target_ess=1e9)
LONG = replace(UNCONVERGED, max_steps=450)


@pytest.fixture
def always_sticking(monkeypatch):
    """Every autocorrelation time counts as sticking: whether chains really do depends on the processor."""
    monkeypatch.setattr(sampling, "STICKING", 0.0)


@pytest.fixture(scope="module")
def restarted(tmp_path_factory):
    """One uninterrupted run whose chains are started again as often as they may."""
    folder = tmp_path_factory.mktemp("restarted")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sampling, "STICKING", 0.0)
        return folder, sample(folder, settings=LONG)


@pytest.mark.usefixtures("always_sticking")
def test_unconverged_run_is_extended_by_a_larger_cap_and_equals_one_long_run(restarted, tmp_path):
    folder, at_once = restarted
    short = sample(tmp_path, settings=UNCONVERGED)
    assert not short.converged
    assert short.steps == 300
    resumed = sample(tmp_path, settings=LONG)
    assert resumed.steps == at_once.steps == 450
    assert digests(tmp_path / "out") == digests(folder / "out")


def test_chains_that_stick_become_burn_in_of_the_next(restarted):
    folder, result = restarted
    assert [check.steps for check in result.checks] == [300, 300, 300, 450]
    assert result.files == tuple(folder / "out" / f"ensemble_{i}.h5" for i in range(2))
    assert not any(map(chain_files.flaw, result.files))
    walks = [folder / "checkpoint" / f"{walk}_0.h5" for walk in ("ensemble", "again_1", "again_2")]
    first, second, third = map(chain_files.read_chain, walks)
    assert_array_equal(chain_files.read_chain(result.files[0]).coords, third.coords)
    for before, after in ((first, second), (second, third)):
        # it goes on where the other one ended: some walkers have not moved after one step
        assert np.mean(np.all(after.coords[0] == before.coords[-1], axis=1)) > 0.1
    means = [chain_files.read_mixture(path).means for path in walks]
    assert not np.array_equal(means[0], means[1])  # the proposal is another one each time
    assert not np.array_equal(means[1], means[2])


@pytest.mark.parametrize("name", ["ensemble_1.h5", "again_1_0.h5", "again_2_1.h5"])
@pytest.mark.usefixtures("always_sticking")
def test_interruption_of_chains_that_stick(restarted, tmp_path, monkeypatch, name):
    folder, _ = restarted
    interrupted(monkeypatch, name, tmp_path, LONG)
    sample(tmp_path, settings=LONG)
    assert digests(tmp_path / "out") == digests(folder / "out")


def test_nothing_is_left_of_chains_that_stuck_once_the_next_have_converged(tmp_path, monkeypatch):
    monkeypatch.setattr(sampling, "STICKING", 0.0)
    answers = iter([("the judge wants others",), ()])
    result = sampling.run(
        partial(Simple, "gaussian"),
        replace(SMALL, seed=2, max_steps=450),
        tmp_path / "out",
        tmp_path / "checkpoint",
        marks={"config_hash": "one"},
        judge=lambda *_: next(answers),
    )
    assert result.converged
    assert [check.steps for check in result.checks] == [300, 300]
    assert not list((tmp_path / "checkpoint").iterdir())
    assert sorted((tmp_path / "out").iterdir()) == list(result.files)
    assert not any(map(chain_files.flaw, result.files))


@pytest.mark.parametrize("cores", [1, 2])
def test_a_judge_has_the_last_word(tmp_path, capfd, cores):
    build, settings = partial(Simple, "gaussian"), replace(SMALL, seed=2, max_steps=1000)
    places = build, settings, tmp_path / "out", tmp_path / "checkpoint"
    result = sampling.run(*places, marks={"config_hash": "one"}, cores=cores, judge=partial(not_before, 400))
    assert result.converged
    assert result.steps == 450
    assert [check.verdict.failures for check in result.checks] == [("the judge wants more",), ()]
    assert "the judge wants more; on to step 450" in capfd.readouterr().err
    plain = sample(tmp_path / "plain", build, replace(settings, steps=450, max_steps=450))
    assert digests(tmp_path / "plain" / "out") == digests(tmp_path / "out")
    assert plain.converged


def test_stop_rule_of_the_second_run_takes_effect(tmp_path):
    build = partial(Simple, "gaussian")
    assert not sample(tmp_path, build, replace(UNCONVERGED, seed=2)).converged
    assert list((tmp_path / "checkpoint").iterdir())
    assert sample(tmp_path, build, replace(SMALL, seed=2)).converged
    assert not list((tmp_path / "checkpoint").iterdir())


def of_another_identity(file):
    """As a run with another config or setting leaves its files."""
    group = file[chain_files.kind_of(file)]
    group.attrs["identity"] = "another"


def of_another_target(file):
    """As a run leaves them whose posterior has other values, although its identity is the same."""
    group = file[chain_files.kind_of(file)]
    group["log_prob"][...] += 1.0


@pytest.mark.parametrize("change", [of_another_identity, of_another_target])
def test_checkpoints_of_another_run_are_set_aside_and_named(reference, unconverged, tmp_path, capfd, change):
    folder, _ = reference
    shutil.copytree(unconverged / "checkpoint", tmp_path / "checkpoint")
    for path in (tmp_path / "checkpoint").glob("*.h5"):
        with h5py.File(path, "r+") as file:
            change(file)
        chain_files.seal(path)
    capfd.readouterr()
    sample(tmp_path)
    lines = [line for line in capfd.readouterr().err.splitlines() if "set aside" in line]
    assert len(lines) == 12  # of each ensemble a pilot, a burn-in, two surveys, another burn-in and a chain
    assert "ensemble_0.h5.stale-1" in "".join(lines)
    assert (tmp_path / "checkpoint" / "ensemble_0.h5.stale-1").exists()
    assert digests(tmp_path / "out") == digests(folder / "out")


@pytest.fixture(scope="module")
def unconverged(tmp_path_factory):
    """A run that ended at its cap, whose checkpoints therefore remain."""
    folder = tmp_path_factory.mktemp("unconverged")
    sample(folder, settings=UNCONVERGED)
    return folder


@pytest.mark.parametrize(
    "damage", [not_hdf5, truncated_in_the_middle, of_the_other_ensemble], ids=lambda damage: damage.__name__
)
def test_damaged_or_foreign_checkpoint_is_named_set_aside_and_done_again(unconverged, tmp_path, capfd, damage):
    shutil.copytree(unconverged / "checkpoint", tmp_path / "checkpoint")
    path = tmp_path / "checkpoint" / "ensemble_1.h5"
    damage(path)
    damaged = path.read_bytes()
    capfd.readouterr()
    sample(tmp_path, settings=UNCONVERGED)
    (line,) = [line for line in capfd.readouterr().err.splitlines() if "set aside" in line]
    assert re.search(rf"set aside .*ensemble_1\.h5 as ensemble_1\.h5\.broken-1: ({DAMAGES[damage]})", line)
    assert path.with_name("ensemble_1.h5.broken-1").read_bytes() == damaged
    assert digests(tmp_path / "out") == digests(unconverged / "out")


@pytest.mark.parametrize("gone", ["pilot_0", "pilot_[01]", "[pb]*", "[pb]*|ensemble_0"])
def test_killed_while_it_clears_away_its_checkpoints(unconverged, tmp_path, gone):
    shutil.copytree(unconverged, tmp_path, dirs_exist_ok=True)
    for pattern in gone.split("|"):
        for path in (tmp_path / "checkpoint").glob(f"{pattern}.h5"):
            path.unlink()
    (tmp_path / "out" / "ensemble_1.h5").unlink()
    sample(tmp_path, settings=UNCONVERGED)
    assert digests(tmp_path / "out") == digests(unconverged / "out")


# --- errors --------------------------------------------------------------------------------------------------------


def test_too_few_walkers_for_the_dimensions(tmp_path):
    with pytest.raises(
        ValueError, match=r"sampler\.walkers: \d+; allowed: at least 6, two for each of the 3 sampled parameters"
    ):
        sample(tmp_path, settings=replace(SMALL, walkers=4))


def test_a_log_density_that_is_not_the_sum_of_its_parts(tmp_path):
    class Inconsistent(Simple):
        def log_prob(self, u):
            return super().log_prob(u) + 1.0

    with pytest.raises(ValueError, match=r"log_prob .* and the sum of its .* disagree at theta = "):
        sample(tmp_path, partial(Inconsistent, "gaussian"))


def test_progress_in_a_log_is_a_few_plain_lines(tmp_path, capfd):
    sample(tmp_path)
    lines = capfd.readouterr().err.splitlines()
    assert len(lines) == 4
    assert lines[0].startswith("pilots: ln Z about")
    assert re.match(r"survey 1: \d+ effective draws, ln Z about", lines[1])
    assert re.match(r"300 steps: R-hat 1\.\d+, tau \d", lines[3])


@pytest.mark.parametrize(
    "how, error, words",
    [
        ("raise", ValueError, "no such table"),
        pytest.param("kill", Refusal, "a sampling process died with exit code -9", marks=pytest.mark.slow),
    ],
)
def test_failure_in_a_worker_reaches_the_caller(tmp_path, how, error, words):
    with pytest.raises(error, match=words):
        sample(tmp_path, partial(Failing, "flat", how), cores=2)


# --- the size of the real problem ----------------------------------------------------------------------------------


@pytest.mark.slow
def test_default_settings_reproduce_the_exact_weights_of_regions(tmp_path):
    result = sample(tmp_path, settings=SamplerSettings())
    assert result.converged
    x, y, z = (draws(result, name) for name in TwoRidges.names)
    right = 0.29 * stats.norm.sf(1.0, 4.0, 0.7) + 0.7 * stats.norm.sf(1.0, -3.0, 1.0)
    assert_mean((x > 1.0).astype(float), right)
    # neither ridge comes near this part of the needle
    needle = 0.01 * (np.exp(-0.4) - np.exp(-9.8)) / (1.0 - np.exp(-9.8))
    assert_mean(((np.abs(x + 2.0) < 0.2) & (y > 0.6) & (np.abs(z - 1.0) < 0.2)).astype(float), needle)
