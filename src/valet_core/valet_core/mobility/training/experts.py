"""Whom a student of driving can follow: a body's specialist, or the planner that knows the map."""

import numpy as np

from valet_core.mobility.control.networks import PolicyNetwork
from valet_core.mobility.training.teacher import Teacher
from valet_core.mobility.training.training_drives import TrainingDrives

__all__ = ['PlannerExpert', 'SpecialistExpert']


class SpecialistExpert:
    """A body's specialist; an `Expert` that tells means and spreads."""

    def __init__(self, policy: PolicyNetwork, std: np.ndarray) -> None:
        """Take its network and the spread (3,) that its training ended with."""
        self._policy, self._std = policy, np.asarray(std, dtype=np.float64)

    def targets(self, observation: np.ndarray) -> np.ndarray:
        """Means, clipped as the drives clip them, and spreads, (N, 6)."""
        mean = np.clip(self._policy.act(observation), -1.0, 1.0)
        return np.concatenate([mean, np.broadcast_to(self._std, mean.shape)], axis=1)


class PlannerExpert:
    """The teacher, which knows the map and the true state of the drives; an `Expert`."""

    def __init__(self, drives: TrainingDrives, std: float | None = 0.1) -> None:
        """Make the teacher of the drives' body.

        Args:
            drives: whose present state it looks at.
            std: spread that it tells with every mean, or None to tell the means alone.
        """
        self._drives, self._std = drives, std
        self._teacher = Teacher(drives.embodiment, drives.known)

    def targets(self, observation: np.ndarray) -> np.ndarray:
        """Means and spreads (N, 6), or the means alone (N, 3), of the drives' true state."""
        drives, sim = self._drives, self._drives.sim
        mean = drives.map.actions(self._teacher.commands(
            sim.pose, sim.velocity, sim._steer, sim.world, sim.task, drives.period
        ))  # fmt: skip
        if self._std is None:
            return mean
        return np.concatenate([mean, np.full_like(mean, self._std)], axis=1)
