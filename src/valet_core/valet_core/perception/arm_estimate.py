"""Pose of an arm with how far it can be trusted."""

import enum
from typing import NamedTuple

import numpy as np

__all__ = ['HALF_ERROR', 'JOINT_NAMES', 'ArmEstimate', 'ArmSource', 'confidence_of', 'error_of']

HALF_ERROR = 0.06  # expected error for confidence 0.5 [m]
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


def confidence_of(error: np.ndarray, half_error: float = HALF_ERROR) -> np.ndarray:
    """How far joints can be trusted, 0 to 1, by their expected errors [m]. Any shape."""
    return 1.0 / (1.0 + (error / half_error) ** 2)


def error_of(confidence: np.ndarray, half_error: float = HALF_ERROR) -> np.ndarray:
    """Expected errors of joints [m] by how far they can be trusted: undoes `confidence_of`."""
    return half_error * np.sqrt(1.0 / np.clip(confidence, 1e-6, 1.0) - 1.0)
