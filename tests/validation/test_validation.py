"""The checks of the validation page, as tests. `python -m tests.validation` writes the page itself."""

import pytest

from tests.validation import agreement, calibration, known_targets, prior_recovery

REPLICATES = 25  # the page has two hundred


@pytest.mark.slow
@pytest.mark.compiled
@pytest.mark.parametrize(
    "make", [known_targets.gaussian, known_targets.banana, known_targets.four_modes, known_targets.needle]
)
def test_known_targets(make):
    found = known_targets.outcome(make(), known_targets.SETTINGS)
    assert found.passed, found


@pytest.mark.slow
@pytest.mark.compiled
def test_a_target_beyond_the_reach_of_the_mixture_is_refused():
    assert not known_targets.outcome(known_targets.banana(2, 0.03), known_targets.SETTINGS).converged


@pytest.mark.slow
@pytest.mark.compiled
@pytest.mark.parametrize("run", prior_recovery.RUNS)
def test_the_prior_is_recovered(run, tables_folder):
    row, holds = prior_recovery.recover(run, prior_recovery.SETTINGS, tables_folder)
    assert holds, row


@pytest.mark.slow
@pytest.mark.compiled
@pytest.mark.parametrize("run", agreement.RUNS)
def test_the_ensembles_agree_with_brute_force_and_nested_sampling(run, tables_folder):
    pytest.importorskip("nautilus")
    rows, checks = agreement.agree(run, tables_folder)
    assert all(checks.values()), (rows, checks)


@pytest.mark.slow
@pytest.mark.compiled
def test_ranks_of_redrawn_truths_are_uniform(tables_folder, tmp_path, monkeypatch):
    monkeypatch.setattr(calibration, "KEPT", tmp_path)
    monkeypatch.setattr(calibration, "figure_path", lambda name: tmp_path / f"{name}.png")
    section = calibration.measure(tables_folder, REPLICATES)
    failed = [words for words, held in section.checks.items() if not held and "replicates" not in words]
    assert not failed, section.text
