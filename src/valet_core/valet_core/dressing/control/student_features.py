"""What the learned policy looks at: points around the gripper, and a few numbers beside them.

Everything is seen as for the right arm: for the left one the world is mirrored on the way in, and
the actions on the way out.
"""

from typing import NamedTuple

import numpy as np

from valet_core.common.errors import InvalidInputError, PerceptionError
from valet_core.geometry.limb import Limb

__all__ = [
    'ARM_POINTS', 'CHANNELS', 'GARMENT_POINTS', 'POINTS', 'SCALE', 'STATE', 'WINDOW', 'Moment',
    'action_signs', 'features_of', 'mirrored',
]  # fmt: skip

ARM_POINTS, GARMENT_POINTS = 31, 80
POINTS = ARM_POINTS + GARMENT_POINTS + 1  # and the gripper
CHANNELS = 7  # place, one of arm, garment and gripper, share of the way along the arm
WINDOW = 5  # wrenches that are remembered
STATE = 6 + 3 + 3 * WINDOW  # turn of the tool, its place, forces
SCALE, FORCE, PLACE = 0.3, 15.0, 0.8  # [m], [N], [m]: what becomes 1
FARTHEST = 1.0  # from the gripper, of points of the garment that count [m]
MIRROR = np.array([1.0, -1.0, 1.0])


class Moment(NamedTuple):
    """What is perceived at one moment, in the base frame."""

    joints: np.ndarray
    """Of the arm, shoulder first [m]. Shape (4, 3)."""
    garment: np.ndarray
    """Points of the garment [m]. Shape (p, 3)."""
    T_base_tool: np.ndarray
    """Shape (4, 4)."""
    forces: np.ndarray
    """Of the garment beyond its weight, base frame, the newest last [N]. Shape (WINDOW, 3)."""


def mirrored(moment: Moment) -> Moment:
    """The same, seen in a mirror across the base frame's y axis."""
    T = moment.T_base_tool.copy()
    T[:3, 3] *= MIRROR
    T[:3, :3] = MIRROR[:, None] * T[:3, :3] * MIRROR
    return Moment(moment.joints * MIRROR, moment.garment * MIRROR, T, moment.forces * MIRROR)


def action_signs(side: str) -> np.ndarray:
    """Factors between a twist for the right arm and the one for an arm. Shape (6,).

    A mirror turns the angular velocity the other way round.

    Raises:
        InvalidInputError: for another side.
    """
    if side not in ('right', 'left'):
        raise InvalidInputError(f'side: received {side!r}; allowed: right, left')
    return np.ones(6) if side == 'right' else np.concatenate([MIRROR, -MIRROR])


def features_of(moment: Moment) -> tuple[np.ndarray, np.ndarray]:
    """Points (POINTS, CHANNELS) and state (STATE,), float32.

    Raises:
        PerceptionError: where no point of the garment is near the gripper.
    """
    tool = moment.T_base_tool[:3, 3]
    limb = Limb(moment.joints)
    share = np.linspace(0.0, 1.0, ARM_POINTS)
    points = np.zeros((POINTS, CHANNELS), dtype=np.float32)
    arm, garment = points[:ARM_POINTS], points[ARM_POINTS:-1]
    arm[:, :3] = (np.array([limb.point_at(s * limb.length) for s in share]) - tool) / SCALE
    arm[:, 3], arm[:, 6] = 1.0, share
    garment[:, :3], garment[:, 4] = _garment(moment.garment - tool) / SCALE, 1.0
    points[-1, 5] = 1.0
    state = np.concatenate([
        moment.T_base_tool[:3, :2].T.ravel(), tool / PLACE,
        np.clip(moment.forces.ravel() / FORCE, -3.0, 3.0),
    ])  # fmt: skip
    return points, state.astype(np.float32)


def _garment(points: np.ndarray) -> np.ndarray:
    """As many points as the network takes; where there are fewer, some twice."""
    points = points[np.linalg.norm(points, axis=1) < FARTHEST]
    if len(points) == 0:
        raise PerceptionError('no point of the garment is seen near the gripper')
    return points[np.linspace(0, len(points) - 1, GARMENT_POINTS).round().astype(int)]
