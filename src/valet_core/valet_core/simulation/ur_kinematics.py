"""Forward and closed-form inverse kinematics of the UR5e, in Universal Robots' own link frames."""

from collections.abc import Iterator

import numpy as np

__all__ = [
    'JOINT_NAMES', 'JOINT_REACH', 'LINK_NAMES', 'dexterity', 'forward', 'inverse', 'unwrap_near',
]  # fmt: skip

JOINT_NAMES = (
    'shoulder_pan_joint',
    'shoulder_lift_joint',
    'elbow_joint',
    'wrist_1_joint',
    'wrist_2_joint',
    'wrist_3_joint',
)
LINK_NAMES = (
    'shoulder_link',
    'upper_arm_link',
    'forearm_link',
    'wrist_1_link',
    'wrist_2_link',
    'wrist_3_link',
)

# Denavit-Hartenberg lengths [m], as rounded in the MuJoCo Menagerie model (at most 1 mm from
# the maker's table), so that images and kinematics agree exactly.
D1, A2, A3, D4, D5, D6 = 0.163, -0.425, -0.392, 0.134, 0.1, 0.1

JOINT_REACH = np.array([1.3, 1.3, 0.88, 0.49, 0.36, 0.05])
"""More than the distance of any point of arm and gripper from each joint's axis [m]."""


def _turn(axis: str, angle: float) -> np.ndarray:
    c, s = np.cos(angle), np.sin(angle)
    T = np.eye(4)
    i, j = {'x': (1, 2), 'y': (2, 0), 'z': (0, 1)}[axis]
    T[i, i], T[i, j], T[j, i], T[j, j] = c, -s, s, c
    return T


def _shift(x: float, y: float, z: float) -> np.ndarray:
    T = np.eye(4)
    T[:3, 3] = (x, y, z)
    return T


_HALF = np.pi / 2
_BASE = _turn('z', np.pi)  # base_link to the frame that the joint angles count in
FIXED = (
    _BASE @ _shift(0.0, 0.0, D1),
    _turn('x', _HALF),
    _shift(A2, 0.0, 0.0),
    _shift(A3, 0.0, D4),
    _shift(0.0, -D5, 0.0) @ _turn('x', _HALF),
    _shift(0.0, D6, 0.0) @ _turn('x', -_HALF),
)


def forward(q: np.ndarray) -> dict[str, np.ndarray]:
    """Poses of the links, named and oriented as in the maker's URDF.

    Args:
        q: joint angles [rad]. Shape (6,).

    Returns:
        For each of `LINK_NAMES`, T_base_link. The flange is the frame of `wrist_3_link`.
    """
    T, poses = np.eye(4), {}
    for name, fixed, angle in zip(LINK_NAMES, FIXED, q, strict=True):
        T = T @ fixed @ _turn('z', float(angle))
        poses[name] = T
    return poses


def inverse(T_base_flange: np.ndarray) -> np.ndarray:
    """All joint angles that put the flange at a pose, each within +-pi.

    Follows the usual geometric solution: shoulder left or right, wrist flipped or not,
    elbow up or down. With the wrist exactly singular (q5 = 0), q6 is taken as zero.

    Args:
        T_base_flange: pose of the flange in base_link. Shape (4, 4).

    Returns:
        Joint angles [rad]. Shape (n, 6) with n from 0 to 8.
    """
    T = np.linalg.inv(_BASE) @ np.asarray(T_base_flange, dtype=float)
    solutions = [
        np.array([q1, q2, q3, q4, q5, q6])
        for q1 in _pan_angles(T)
        for q5, q6 in _wrist_angles(T, q1)
        for q2, q3, q4 in _planar_angles(T, q1, q5, q6)
    ]
    if not solutions:
        return np.zeros((0, 6))
    return (np.array(solutions) + np.pi) % (2 * np.pi) - np.pi


def unwrap_near(q: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """Add whole turns to angles so that each is nearest to a reference. Shapes (..., 6)."""
    return q - 2 * np.pi * np.round((q - reference) / (2 * np.pi))


def dexterity(q: np.ndarray) -> float:
    """Product of the distances from the arm's three singularities; 0 at any of them.

    The first factor is lost with the elbow straight, the second with the wrist straight, the
    third with the wrist above the shoulder's axis [m]. Proportional to the Jacobian's
    determinant.
    """
    s3, s5 = np.sin(q[2]), np.sin(q[4])
    q23 = q[1] + q[2]
    wrist = A2 * np.cos(q[1]) + A3 * np.cos(q23) + D5 * np.sin(q23 + q[3])
    return float(abs(s3 * s5 * wrist))


def _pan_angles(T: np.ndarray) -> Iterator[float]:
    wrist = T[:3, 3] - D6 * T[:3, 2]
    reach = np.hypot(wrist[0], wrist[1])
    if reach < D4:
        return
    spread = np.arccos(D4 / reach)
    heading = np.arctan2(wrist[1], wrist[0]) + np.pi / 2
    yield heading + spread
    yield heading - spread


def _wrist_angles(T: np.ndarray, q1: float) -> Iterator[tuple[float, float]]:
    s1, c1 = np.sin(q1), np.cos(q1)
    cosine = (T[0, 3] * s1 - T[1, 3] * c1 - D4) / D6
    if abs(cosine) > 1.0 + 1e-9:
        return
    angle = np.arccos(np.clip(cosine, -1.0, 1.0))
    # x and y axes of the base's pan frame, seen from the flange
    across_x = T[0, 0] * s1 - T[1, 0] * c1
    across_y = T[0, 1] * s1 - T[1, 1] * c1
    for q5 in (angle, -angle):
        sine = np.sin(q5)
        singular = abs(sine) < 1e-9
        yield q5, 0.0 if singular else np.arctan2(-across_y / sine, across_x / sine)


def _planar_angles(
    T: np.ndarray, q1: float, q5: float, q6: float
) -> Iterator[tuple[float, float, float]]:
    T01 = _turn('z', q1) @ _shift(0.0, 0.0, D1) @ _turn('x', _HALF)
    T45 = _turn('z', q5) @ _shift(0.0, 0.0, D5) @ _turn('x', -_HALF)
    T56 = _turn('z', q6) @ _shift(0.0, 0.0, D6)
    T14 = np.linalg.inv(T01) @ T @ np.linalg.inv(T45 @ T56)
    x, y = T14[:2, 3] - D4 * T14[:2, 1]
    cosine = (x * x + y * y - A2 * A2 - A3 * A3) / (2 * A2 * A3)
    if abs(cosine) > 1.0 + 1e-9:
        return
    bend = np.arccos(np.clip(cosine, -1.0, 1.0))
    for q3 in (bend, -bend):
        q2 = np.arctan2(y, x) - np.arctan2(A3 * np.sin(q3), A2 + A3 * np.cos(q3))
        heading = np.arctan2(T14[1, 0], T14[0, 0])
        yield q2, q3, heading - q2 - q3
