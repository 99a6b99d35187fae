"""Gaps between capsules of a robot and what is seen of a person."""

from typing import NamedTuple

import numpy as np

from valet_core.geometry.capsules import nearest_points
from valet_core.perception.robot_shape import Capsules

__all__ = ['Gaps', 'approach_speeds', 'capsule_gaps', 'point_gaps']


class Gaps(NamedTuple):
    """Pairs of a capsule of the robot and a part of the person.

    Attributes:
        capsule: index of the robot's. Shape (k,).
        part: index of the person's. Shape (k,).
        gap: between the surfaces, negative where they overlap [m]. Shape (k,).
        point: where it is, on the axis of the robot's capsule [m]. Shape (k, 3).
        normal: from the person to the robot, of unit length. Shape (k, 3).
    """

    capsule: np.ndarray
    part: np.ndarray
    gap: np.ndarray
    point: np.ndarray
    normal: np.ndarray


def capsule_gaps(robot: Capsules, person: Capsules) -> Gaps:
    """Every pair of the capsules of a robot and a person, in one frame."""
    on_robot, on_person = nearest_points(
        robot.start[:, None], robot.end[:, None], person.start, person.end
    )
    radii = robot.radius[:, None] + person.radius
    capsule, part = np.divmod(np.arange(radii.size), len(person.radius))
    return _gaps(capsule, part, on_robot, on_person, radii)


def point_gaps(robot: Capsules, points: np.ndarray, least: int, reach: float) -> Gaps:
    """The gap of each capsule of a robot to the points of a person, its only part.

    Args:
        robot: capsules.
        points: in the same frame [m]. Shape (n, 3).
        least: the gap is that to the so many-th nearest point, so that fewer count for nothing.
        reach: a capsule that is farther than this from them may be left out [m].
    """
    box = np.stack([robot.start, robot.end]).reshape(-1, 3)
    wide = reach + robot.radius.max()
    low, high = box.min(axis=0) - wide, box.max(axis=0) + wide
    points = points[((points > low) & (points < high)).all(axis=1)]  # most are far from it
    if len(points) < least:
        none = np.zeros(0, dtype=int)
        return Gaps(none, none, np.zeros(0), np.zeros((0, 3)), np.zeros((0, 3)))
    axis = robot.end - robot.start
    offset = points - robot.start[:, None]  # (c, n, 3)
    along = np.einsum('cni,ci->cn', offset, axis)
    length = np.maximum(np.einsum('ci,ci->c', axis, axis), 1e-12)
    share = np.clip(along / length[:, None], 0.0, 1.0)
    rest = offset - share[..., None] * axis[:, None]
    squared = np.einsum('cni,cni->cn', rest, rest)
    chosen = np.argpartition(squared, least - 1, axis=1)[:, least - 1]
    rows = np.arange(len(axis))
    on_robot = robot.start + share[rows, chosen, None] * axis
    zeros = np.zeros(len(axis), dtype=int)
    return _gaps(rows, zeros, on_robot, points[chosen], robot.radius)


def approach_speeds(
    gaps: Gaps, pairs: np.ndarray, before: np.ndarray, now: np.ndarray, step: float
) -> np.ndarray:
    """How fast the robot's part of some pairs has come nearer to a person who keeps still.

    Args:
        gaps: at present.
        pairs: indices of the pairs. Shape (n,).
        before: T_base_link of the link of each capsule, a step ago. Shape (c, 4, 4).
        now: the same at present. Shape (c, 4, 4).
        step: [s].

    Returns:
        Speeds towards the person [m/s]. Shape (n,).
    """
    point, k = gaps.point[pairs], gaps.capsule[pairs]
    in_link = np.einsum('kij,ki->kj', now[k, :3, :3], point - now[k, :3, 3])
    was = np.einsum('kij,kj->ki', before[k, :3, :3], in_link) + before[k, :3, 3]
    return np.einsum('ki,ki->k', was - point, gaps.normal[pairs]) / step


def _gaps(
    capsule: np.ndarray,
    part: np.ndarray,
    on_robot: np.ndarray,
    on_person: np.ndarray,
    radii: np.ndarray,
) -> Gaps:
    apart = (on_robot - on_person).reshape(-1, 3)
    distance = np.sqrt(np.einsum('ki,ki->k', apart, apart))
    normal = apart / np.maximum(distance, 1e-9)[:, None]
    return Gaps(capsule, part, distance - radii.ravel(), on_robot.reshape(-1, 3), normal)
