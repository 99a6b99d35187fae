"""What every policy takes and gives: an observation in, a chunk of actions out."""

import abc
from typing import NamedTuple

import numpy as np

from valet_core.perception.arm_estimate import ArmEstimate

__all__ = ['ActionChunk', 'ArmEstimate', 'Observation', 'Policy']


class Observation(NamedTuple):
    """Everything that a policy may see at one moment."""

    time: float
    """When it was seen [s]."""
    arm: ArmEstimate | None
    """The arm, or None before it was found."""
    cloud: np.ndarray
    """Points in the base frame [m]. Shape (n, 3), float32."""
    labels: np.ndarray
    """A `valet_core.perception.labels.Label` for each point. Shape (n,), uint8."""
    T_base_tool: np.ndarray
    """Pose of the tool. Shape (4, 4)."""
    wrench: np.ndarray
    """Force [N] and torque [N m] of the garment on the tool, in the tool frame. Shape (6,)."""


class ActionChunk(NamedTuple):
    """Actions for the moments to come, and what the failure monitor needs beside them."""

    actions: np.ndarray
    """Twists of the tool in the base frame, linear [m/s] then angular [rad/s]. Shape (H, 6)."""
    embedding: np.ndarray
    """The policy's view of the observation. Shape (D,), float32."""
    samples: np.ndarray | None = None
    """Other chunks that the policy might have chosen. Shape (B, H, 6)."""


class Policy(abc.ABC):
    """A policy: `reset` at each episode's start, then `act` once a chunk."""

    period: float = 0.05
    """Time between two actions of a chunk [s]."""

    @abc.abstractmethod
    def reset(self) -> None:
        """Forget the episode."""

    @abc.abstractmethod
    def act(self, observation: Observation) -> ActionChunk:
        """Choose the next actions.

        Raises:
            PerceptionError: if the observation holds too little to act on.
        """
