"""What an algorithm asks of an environment: many copies of one task that step together."""

from typing import Protocol

import numpy as np

__all__ = ['EnvStep', 'VectorEnv']


class EnvStep(Protocol):
    """Result of one step of N copies; those that were done have begun anew."""

    @property
    def observation(self) -> np.ndarray:
        """What is seen now, after a new beginning where there was one, (N, F) float32."""

    @property
    def reward(self) -> np.ndarray:
        """Of the step, (N,)."""

    @property
    def done(self) -> np.ndarray:
        """Whether the step ended an episode, (N,) bool."""

    @property
    def timed_out(self) -> np.ndarray:
        """Whether time alone ended it, so that its value goes on, (N,) bool."""


class VectorEnv(Protocol):
    """N copies of a task.

    Attributes:
        count: of copies, N.
        action_size: length of an action, A.
        period: time of a step [s].
    """

    count: int
    action_size: int
    period: float

    def reset(self) -> np.ndarray:
        """Begin every copy anew; observations (N, F) float32."""

    def step(self, actions: np.ndarray) -> EnvStep:
        """Apply actions (N, A) for one period."""
