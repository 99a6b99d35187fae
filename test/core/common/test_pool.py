"""Jobs in several processes: the same results, named failures, nothing left behind."""

import multiprocessing
import os

import numpy as np
import pytest
from core.common.pool_jobs import die, draw, invert, refuse, start, starts_and_threads

from valet_core.common.errors import ConfigError
from valet_core.common.pool import JobError, run_parallel


def test_results_do_not_depend_on_the_number_of_processes() -> None:
    alone, three = (
        dict(run_parallel(draw, range(7), n, start=start, arguments=(5.0,))) for n in (1, 3)
    )
    assert alone == three
    assert alone[6] == 5.0 + float(np.random.default_rng(6).normal(size=100).sum())


def test_a_process_starts_once_and_with_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv('OMP_NUM_THREADS', raising=False)
    answers = run_parallel(starts_and_threads, range(6), 2, start=start, arguments=(0.0,))
    assert {answer for _, answer in answers} == {(1, '1')}
    assert 'OMP_NUM_THREADS' not in os.environ


@pytest.mark.parametrize('processes', [0, 1, 2])
def test_no_jobs_make_no_results(processes: int) -> None:
    assert list(run_parallel(invert, [], processes, start=refuse, arguments=(0.0,))) == []


@pytest.mark.parametrize('processes', [1, 2])
def test_a_failure_names_the_job_and_ends_the_pool(processes: int) -> None:
    with pytest.raises(JobError, match='job 1 failed: ZeroDivisionError') as caught:
        list(run_parallel(invert, [4, 0, 2, 5], processes))
    assert isinstance(caught.value.__cause__, ZeroDivisionError)
    assert multiprocessing.active_children() == []


@pytest.mark.parametrize('processes', [1, 2])
def test_the_error_of_the_start_is_told_as_it_is(processes: int) -> None:
    with pytest.raises(ConfigError, match='nobody is not known'):
        list(run_parallel(invert, [1, 2], processes, start=refuse, arguments=(0.0,)))


def test_a_process_that_dies_is_an_error() -> None:
    with pytest.raises(JobError, match='BrokenProcessPool'):
        list(run_parallel(die, [1, 2], 2))


def test_an_early_stop_leaves_no_process() -> None:
    results = run_parallel(invert, range(1, 200), 2)
    index, value = next(results)
    assert value == 1.0 / (index + 1)
    assert multiprocessing.active_children() != []
    results.close()
    assert multiprocessing.active_children() == []
