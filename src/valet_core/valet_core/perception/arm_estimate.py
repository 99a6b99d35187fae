"""Pose of an arm with how far it can be trusted."""

from typing import NamedTuple

import numpy as np

__all__ = ['JOINT_NAMES', 'ArmEstimate']

JOINT_NAMES = ('shoulder', 'elbow', 'wrist', 'fingertip')


class ArmEstimate(NamedTuple):
    """Pose of the arm to dress, as perceived."""

    joints: np.ndarray
    """Shoulder, elbow, wrist and fingertip in the base frame [m]. Shape (4, 3)."""
    confidence: np.ndarray
    """How far each joint can be trusted, 0 to 1. Shape (4,)."""
