"""Pose of an arm with how far it can be trusted."""

import enum
from typing import NamedTuple

import numpy as np

__all__ = ['JOINT_NAMES', 'ArmEstimate', 'ArmSource']

JOINT_NAMES = ('shoulder', 'elbow', 'wrist', 'fingertip')


class ArmSource(enum.IntEnum):
    """What a pose comes from; the values are those of valet_msgs/ArmPose."""

    UNKNOWN = 0
    """No arm, or one that no frame has shown well enough yet."""
    CAPTURED = 1
    """Seen in this frame, uncovered and well."""
    TRACKED = 2
    """Captured before, corrected by what this frame shows."""
    HELD = 3
    """Nothing in this frame moved it: the last pose, repeated."""


class ArmEstimate(NamedTuple):
    """Pose of the arm to dress, as perceived."""

    joints: np.ndarray
    """Shoulder, elbow, wrist and fingertip in the base frame [m]. Shape (4, 3)."""
    confidence: np.ndarray
    """How far each joint can be trusted, 0 to 1. Shape (4,)."""
