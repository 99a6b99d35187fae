"""What every task is: where it stands and how it ended, judged by what is perceived."""

import abc
from typing import Generic, NamedTuple

from valet_core.policy.interface import Obs
from valet_core.policy.outcome import Outcome

__all__ = ['Task', 'TaskStatus']


class TaskStatus(NamedTuple):
    """Where a task stands."""

    phase: str
    """What is going on, one word."""
    progress: float
    """Share of the task that is done, 0 to 1."""
    outcome: Outcome | None = None
    """Set once the task has ended."""
    message: str = ''
    """Why it ended."""


class Task(abc.ABC, Generic[Obs]):
    """Judges an episode from observations alone, whichever policy runs."""

    @abc.abstractmethod
    def status(self, observation: Obs) -> TaskStatus:
        """Where the task stands; its outcome is set where it cannot or need not go on."""

    @abc.abstractmethod
    def verdict(self, observation: Obs) -> TaskStatus:
        """How the task ends if nothing moves any more; the outcome is always set."""
