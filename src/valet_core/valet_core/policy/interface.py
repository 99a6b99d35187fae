"""What every policy takes and gives: an observation in, a chunk of actions out."""

import abc
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

import numpy as np

__all__ = ['ActionChunk', 'Goal', 'Obs', 'Policy', 'PolicySpec']

Obs = TypeVar('Obs')
"""An observation: whatever a policy may see at one moment."""
Goal = TypeVar('Goal')
"""What is asked of a policy for one episode."""


@dataclass(frozen=True)
class PolicySpec:
    """What a policy's actions mean, and what it looks at."""

    period: float
    """Time between two actions of a chunk [s]."""
    actions: tuple[str, ...]
    """Name and unit of each number of an action, such as 'linear x [m/s]'."""
    frame: str
    """Frame that actions are expressed in."""
    observations: tuple[str, ...]
    """Fields of the observation that the policy uses."""


class ActionChunk(NamedTuple):
    """Actions for the moments to come, and what the failure monitor needs beside them."""

    actions: np.ndarray
    """One row a period, the first for the moment of the observation. Shape (H, A)."""
    embedding: np.ndarray
    """The policy's view of the observation. Shape (D,), float32."""
    samples: np.ndarray | None = None
    """Other chunks that the policy might have chosen. Shape (B, H, A)."""
    wants_stop: bool = False
    """Whether the policy has nothing left to do; its actions are not taken then."""


class Policy(abc.ABC, Generic[Obs, Goal]):
    """A policy: `reset` at each episode's start, then `act` once a chunk."""

    spec: PolicySpec

    @abc.abstractmethod
    def reset(self, goal: Goal, seed: int) -> None:
        """Forget the last episode and begin one.

        Args:
            goal: what is asked for.
            seed: of anything random in the policy.
        """

    @abc.abstractmethod
    def act(self, observation: Obs) -> ActionChunk:
        """Choose the next actions.

        Raises:
            PerceptionError: if the observation holds too little to act on.
            InvalidInputError: for an observation that cannot be right.
        """
