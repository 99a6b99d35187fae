"""A toy environment that both DAgger and PPO act in."""

from typing import NamedTuple

import numpy as np
import pytest


class Step(NamedTuple):
    observation: np.ndarray
    reward: np.ndarray
    done: np.ndarray
    timed_out: np.ndarray


class Points:
    """Points on a line that actions move; an action near `best` earns most."""

    def __init__(self, count=4, best=0.0, period=0.1):
        self.count, self.action_size, self.period, self.best = count, 1, period, best
        self.runs = []  # the actions since each reset

    def reset(self):
        self.x = np.linspace(-1.0, 1.0, self.count)[:, None].astype(np.float32)
        self.runs.append([])
        return self.x.copy()

    def step(self, actions):
        self.runs[-1].append(actions.copy())
        self.x = np.clip(self.x + actions, -2.0, 2.0).astype(np.float32)
        never = np.zeros(self.count, dtype=bool)
        return Step(self.x.copy(), -((actions[:, 0] - self.best) ** 2), never, never)


@pytest.fixture
def points():
    """Make `Points`."""
    return Points
