"""How much of an arm is seen where its joints are said to be."""

from typing import NamedTuple

import numpy as np
from numba import njit

from valet_core.perception.labels import Label

__all__ = ['ArmSupport', 'arm_support']

_NEAR_JOINT = 0.08  # [m]
_JOINT_POINTS = 25  # a joint in full view has about three times as many at 1.5 m
_SHORTEST = 0.02  # bone of a limb [m]
_NEAR_AXIS = 0.1125  # two and a half radii of an upper arm [m]
_ARM, _GARMENT = int(Label.ARM), int(Label.GARMENT)


class ArmSupport(NamedTuple):
    """What of the points speaks for a pose of the arm."""

    points: int
    """Number of points on the arm or the garment."""
    bare: np.ndarray
    """Number of arm points on upper arm, forearm and hand. Shape (3,)."""
    visible: np.ndarray
    """How much of the skin at each joint is seen, 0 to 1. Shape (4,)."""


def arm_support(joints: np.ndarray, points: np.ndarray, labels: np.ndarray) -> ArmSupport:
    """Count the points that lie on the arm.

    Args:
        joints: shoulder, elbow, wrist and fingertip [m]. Shape (4, 3), float64.
        points: [m]. Shape (n, 3), float32.
        labels: a `Label` for each. Shape (n,), uint8.
    """
    bare, near = np.zeros(3, dtype=np.int64), np.zeros(4, dtype=np.int64)
    steps = np.linalg.norm(np.diff(joints, axis=0), axis=1)
    whole = bool(np.isfinite(joints).all() and steps.min() >= _SHORTEST)
    count = _count(joints, points, labels, whole, bare, near)
    return ArmSupport(count, bare, np.minimum(1.0, near / _JOINT_POINTS))


@njit(cache=True)
def _squared(point: np.ndarray, start: np.ndarray, end: np.ndarray) -> float:
    """Squared distance of a point from a segment, the same from two that share its nearest end."""
    along, length = 0.0, 0.0
    for k in range(3):
        axis = end[k] - start[k]
        along += (point[k] - start[k]) * axis
        length += axis * axis
    squared = 0.0
    for k in range(3):
        if along <= 0.0:
            gap = point[k] - start[k]
        elif along >= length:
            gap = point[k] - end[k]
        else:
            gap = point[k] - start[k] - along / length * (end[k] - start[k])
        squared += gap * gap
    return squared


@njit(cache=True)
def _count(
    joints: np.ndarray,
    points: np.ndarray,
    labels: np.ndarray,
    whole: bool,
    bare: np.ndarray,
    near: np.ndarray,
) -> int:
    """Fill `bare` (only of a `whole` arm) and `near`; the number on arm or garment."""
    count = 0
    for i in range(len(points)):
        if labels[i] == _GARMENT:
            count += 1
        if labels[i] != _ARM:
            continue
        count += 1
        for k in range(4):
            if _squared(points[i], joints[k], joints[k]) < _NEAR_JOINT**2:
                near[k] += 1
        if not whole:
            continue
        bone, least = 0, np.inf
        for k in range(3):  # what is nearest to the joint itself counts to the bone above
            squared = _squared(points[i], joints[k], joints[k + 1])
            if squared < least:
                bone, least = k, squared
        if least < _NEAR_AXIS**2:
            bare[bone] += 1
    return count
