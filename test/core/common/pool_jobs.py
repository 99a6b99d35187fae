"""Jobs for the tests of the pool, in a module that other processes can import."""

import os

import numpy as np

from valet_core.common.errors import ConfigError

_offset = 0.0
_starts = 0


def start(offset: float) -> None:
    """Keep what every job adds, and count."""
    global _offset, _starts
    _offset, _starts = offset, _starts + 1


def refuse(_offset: float) -> None:
    """Be a start that fails."""
    raise ConfigError('policy: nobody is not known')


def draw(seed: int) -> float:
    """Do some arithmetic with a seed of the job's own."""
    return _offset + float(np.random.default_rng(seed).normal(size=100).sum())


def starts_and_threads(_job: int) -> tuple[int, str | None]:
    """Tell how often this process was started, and what it knows of threads."""
    return _starts, os.environ.get('OMP_NUM_THREADS')


def invert(number: int) -> float:
    """Fail for 0."""
    return 1.0 / number


def die(_job: int) -> None:
    """End the process as the kernel does when memory is short."""
    os._exit(3)
