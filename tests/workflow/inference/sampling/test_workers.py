"""Processes that hold a posterior: results in order, one target each, and errors that reach the caller."""

import os

import pytest
from reference.worker_tasks import Target, add, die, fail

from workflow.inference.sampling.workers import workers
from workflow.inference.writing.refusal import Refusal


@pytest.mark.parametrize("processes", [1, 2])
def test_results_come_in_the_order_of_the_arguments(processes):
    with workers(Target, processes) as submit:
        results = submit(add, [(k, 10) for k in range(8)], "")
    assert [total for total, _, _ in results] == list(range(10, 18))
    assert len({process for _, process, _ in results}) <= processes


def test_one_process_is_this_one_and_builds_its_target_once():
    with workers(Target, 1) as submit:
        (first,), (second,) = (submit(add, [(1, 2)], "") for _ in range(2))
    assert first == (3, os.getpid(), 1)
    assert second == (3, os.getpid(), 2)


def test_other_processes_keep_their_target_between_tasks():
    with workers(Target, 2) as submit:
        results = [result for _ in range(3) for result in submit(add, [(1, 2)] * 4, "")]
    done = {}
    for _, process, count in results:
        assert process != os.getpid()
        assert count == done.get(process, 0) + 1
        done[process] = count
    assert sum(done.values()) == 12


@pytest.mark.parametrize("processes", [1, 2])
def test_nothing_to_do_is_done(processes):
    with workers(Target, processes) as submit:
        assert submit(add, [], "") == []


@pytest.mark.parametrize("processes", [1, 2])
def test_an_error_in_a_task_reaches_the_caller(processes):
    with pytest.raises(ValueError, match="no such table"), workers(Target, processes) as submit:
        submit(fail, [("no such table",)], "")


def test_an_error_in_another_process_carries_its_traceback():
    with pytest.raises(ValueError, match="no such table") as error, workers(Target, 2) as submit:
        submit(fail, [("no such table",)], "")
    assert "worker_tasks.py" in "".join(error.value.__notes__)


def test_a_process_that_dies_is_named_with_its_exit_code():
    with pytest.raises(Refusal, match="died with exit code -9"), workers(Target, 2) as submit:
        submit(die, [()], "")
