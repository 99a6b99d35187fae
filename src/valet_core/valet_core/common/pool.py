"""Maps a function over jobs, in as many processes as the machine has to spare."""

import concurrent.futures
import contextlib
import multiprocessing
import os
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from valet_core.common.errors import ValetError

__all__ = ['JobError', 'run_parallel']

J = TypeVar('J')
R = TypeVar('R')

# Threads of several processes would fight for the cores. Read when a process loads numpy.
ONE_THREAD = {'OMP_NUM_THREADS': '1', 'OPENBLAS_NUM_THREADS': '1'}


class JobError(ValetError):
    """A job that failed, by its index; the cause is the job's own error."""


class _StartError(Exception):
    """Carries the error of `start` out of its process."""


def run_parallel(
    function: Callable[[J], R],
    jobs: Iterable[J],
    processes: int,
    *,
    start: Callable[..., None] | None = None,
    arguments: tuple[Any, ...] = (),
) -> Iterator[tuple[int, R]]:
    """Run a function on every job; which process runs which job does not change any result.

    To stop early, close the iterator: jobs that run are ended first, the others are dropped, and
    no process stays behind. Everything that crosses to a process has to be picklable.

    Args:
        function: of one job; seeds and the like are part of the job.
        jobs: in the order in which they are begun.
        processes: at most; 1 and less runs in this process.
        start: called once in each process, before its first job; what it loads is kept in a
            global of its module.
        arguments: of `start`.

    Yields:
        Index of a job and its result, as they are finished.

    Raises:
        JobError: for the first job that fails, or whose process has died; it ends the others.
    """
    listed = list(jobs)
    if min(processes, len(listed)) > 1:
        yield from _in_processes(function, listed, processes, start, arguments)
        return
    if start is not None and listed:
        start(*arguments)
    for index, job in enumerate(listed):
        with _named(index):
            result = function(job)
        yield index, result


def _in_processes(
    function: Callable[[J], R],
    jobs: list[J],
    processes: int,
    start: Callable[..., None] | None,
    arguments: tuple[Any, ...],
) -> Iterator[tuple[int, R]]:
    executor = concurrent.futures.ProcessPoolExecutor(
        min(processes, len(jobs)),
        # A forked process would share the parent's drawing context.
        mp_context=multiprocessing.get_context('spawn'),
        initializer=_start_process,
        initargs=(start, arguments),
    )
    try:
        with _environment(ONE_THREAD):
            futures = {executor.submit(_run, function, job): i for i, job in enumerate(jobs)}
        for future in concurrent.futures.as_completed(futures):
            index = futures[future]
            with _named(index):
                result = future.result()
            yield index, result
    finally:
        executor.shutdown(wait=True, cancel_futures=True)


@contextlib.contextmanager
def _named(index: int) -> Iterator[None]:
    try:
        yield
    except _StartError as error:
        raise error.args[0] from None
    except Exception as error:
        raise JobError(f'job {index} failed: {type(error).__name__}: {error}') from error


@contextlib.contextmanager
def _environment(defaults: dict[str, str]) -> Iterator[None]:
    """Variables for the processes that start meanwhile; those that the user set stay."""
    added = {name: value for name, value in defaults.items() if name not in os.environ}
    os.environ.update(added)
    try:
        yield
    finally:
        for name in added:
            del os.environ[name]


_start_error: Exception | None = None


def _start_process(start: Callable[..., None] | None, arguments: tuple[Any, ...]) -> None:
    """An error here would end the process without a reason; the first job tells it instead."""
    global _start_error
    try:
        if start is not None:
            start(*arguments)
    except Exception as error:
        _start_error = error


def _run(function: Callable[[J], R], job: J) -> R:
    if _start_error is not None:
        raise _StartError(_start_error)
    return function(job)
