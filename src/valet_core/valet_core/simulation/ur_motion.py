"""The UR5e along many tool poses at once, without leaving the posture that it starts in."""

from typing import NamedTuple

import numpy as np

from valet_core.simulation import ur_kinematics
from valet_core.simulation.ur_kinematics import A2, A3, D1, D4, D5, D6

__all__ = ['Branch', 'Motion', 'branch_of', 'follow', 'link_poses', 'preferred']

FIRM = 0.3  # sine of the wrist's angle, from which on it counts as clear of the singularity


class Branch(NamedTuple):
    """Which of the eight solutions: signs of three choices, each +1 or -1."""

    pan: int
    wrist: int
    elbow: int


def preferred(solutions: np.ndarray) -> np.ndarray:
    """The posture that an operator starts in: the one with the highest elbow.

    Those that keep clear of the wrist's singularity come first, where there are any.

    Args:
        solutions: joint angles [rad]. Shape (n, 6), n at least 1.

    Returns:
        Shape (6,).
    """
    heights = [ur_kinematics.forward(q)['forearm_link'][2, 3] for q in solutions]
    firm = np.abs(np.sin(solutions[:, 4])) > FIRM
    return solutions[int(np.argmax(np.array(heights) + 10.0 * firm))]


def branch_of(q: np.ndarray) -> Branch:
    """The branch on which joint angles lie. Shape (6,)."""
    T = ur_kinematics.forward(q)['wrist_3_link']
    options = [Branch(p, w, e) for p in (1, -1) for w in (1, -1) for e in (1, -1)]
    apart = [
        np.abs(np.exp(1j * follow(T[None], branch).q[0]) - np.exp(1j * q)).max()
        for branch in options
    ]
    return options[int(np.argmin(apart))]


class Motion(NamedTuple):
    """Joint angles along poses of the flange."""

    q: np.ndarray
    """[rad]. Where a pose is out of reach, those of the arm stretched towards it. Shape (n, 6)."""
    short: np.ndarray
    """How far the arm is from reaching the pose [m]; 0 where it does. Shape (n,)."""


def follow(T_base_flange: np.ndarray, branch: Branch) -> Motion:
    """Joint angles for many poses, all on one branch.

    Args:
        T_base_flange: poses of the flange. Shape (n, 4, 4).
        branch: which of the solutions.
    """
    # base_link is turned by half a turn from the frame in which the angles count.
    R = T_base_flange[:, :3, :3] * np.array([-1.0, -1.0, 1.0])[:, None]
    p = T_base_flange[:, :3, 3] * [-1.0, -1.0, 1.0]
    wrist = p - D6 * R[:, :, 2]
    reach = np.hypot(wrist[:, 0], wrist[:, 1])
    short = np.maximum(D4 - reach, 0.0)
    q1 = np.arctan2(wrist[:, 1], wrist[:, 0]) + np.pi / 2
    q1 = q1 + branch.pan * np.arccos(np.clip(D4 / np.maximum(reach, 1e-9), -1.0, 1.0))
    s1, c1 = np.sin(q1), np.cos(q1)
    across = p[:, 0] * s1 - p[:, 1] * c1 - D4
    q5 = branch.wrist * np.arccos(np.clip(across / D6, -1.0, 1.0))
    s5, c5 = np.sin(q5), np.cos(q5)
    sign = np.where(s5 < 0, -1.0, 1.0)
    q6 = np.arctan2(
        -sign * (R[:, 0, 1] * s1 - R[:, 1, 1] * c1), sign * (R[:, 0, 0] * s1 - R[:, 1, 0] * c1)
    )
    x, y, heading = _planar(R, p, s1, c1, q6, c5, s5)
    stretch = np.hypot(x, y)
    short = short + np.maximum(stretch - abs(A2 + A3), 0.0)
    cosine = (stretch**2 - A2 * A2 - A3 * A3) / (2 * A2 * A3)
    q3 = branch.elbow * np.arccos(np.clip(cosine, -1.0, 1.0))
    q2 = np.arctan2(y, x) - np.arctan2(A3 * np.sin(q3), A2 + A3 * np.cos(q3))
    return Motion(np.stack([q1, q2, q3, heading - q2 - q3, q5, q6], axis=1), short)


def link_poses(q: np.ndarray) -> dict[str, np.ndarray]:
    """T_base_link of each of the arm's links for many joint angles (n, 6). Shapes (n, 4, 4)."""
    c, s = np.cos(q), np.sin(q)
    T, poses = np.tile(np.eye(4), (len(q), 1, 1)), {}
    for i, name in enumerate(ur_kinematics.LINK_NAMES):
        T = T @ ur_kinematics.FIXED[i]
        x, y = T[:, :, 0].copy(), T[:, :, 1].copy()
        T[:, :, 0] = c[:, i, None] * x + s[:, i, None] * y
        T[:, :, 1] = c[:, i, None] * y - s[:, i, None] * x
        poses[name] = T
    return poses


def _planar(
    R: np.ndarray, p: np.ndarray, s1: np.ndarray, c1: np.ndarray,
    q6: np.ndarray, c5: np.ndarray, s5: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:  # fmt: skip
    """Where upper arm and forearm have to end in their plane, and the heading there. Each (n,)."""
    c6, s6 = np.cos(q6)[:, None], np.sin(q6)[:, None]
    x5 = c6 * R[:, :, 0] - s6 * R[:, :, 1]
    y5 = s6 * R[:, :, 0] + c6 * R[:, :, 1]
    end = p - D6 * R[:, :, 2] + D5 * y5
    x4 = c5[:, None] * x5 - s5[:, None] * R[:, :, 2]

    def radial(v: np.ndarray) -> np.ndarray:
        return v[:, 0] * c1 + v[:, 1] * s1

    return radial(end), end[:, 2] - D1, np.arctan2(x4[:, 2], radial(x4))
