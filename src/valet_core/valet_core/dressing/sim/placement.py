"""Where an operator parks the robot, and how its tool is held, for an arm to be dressed."""

from dataclasses import dataclass

import numpy as np

from valet_core.common.config import check, setting
from valet_core.common.errors import InvalidInputError

__all__ = ['PlacementConfig', 'choose_base', 'tool_orientation']

BEYOND_FINGERTIP = 0.15  # the garment is first held out there [m]


@dataclass(frozen=True)
class PlacementConfig:
    """The robot's place beside an arm: abeam of its middle, on the outer side."""

    lateral_m: float = setting(0.65, "outward from the arm's middle", 'm', 0.3, 1.2)
    forward_m: float = setting(-0.02, "forward of the arm's middle", 'm', -0.5, 0.5)
    below_m: float = setting(0.12, "base below the arm's middle", 'm', -0.5, 0.8)
    lowest_m: float = setting(0.20, 'lowest pedestal', 'm', 0.0, 1.5)
    highest_m: float = setting(1.40, 'highest pedestal', 'm', 0.0, 2.0)
    position_jitter_m: float = setting(0.05, 'how inexactly it is parked', 'm', 0.0, 0.2)
    heading_jitter_deg: float = setting(8.0, 'how inexactly it is turned', 'deg', 0.0, 45.0)

    def __post_init__(self) -> None:
        """Check every field."""
        check(self)


def choose_base(
    joints: np.ndarray,
    side: str,
    rng: np.random.Generator,
    config: PlacementConfig | None = None,
) -> np.ndarray:
    """Park the robot beside an arm, as inexactly as people do.

    Args:
        joints: shoulder, elbow, wrist and fingertip, world frame [m]. Shape (4, 3).
        side: 'right' or 'left', of the person's arm.
        rng: source of the inexactness.
        config: the place that is aimed at.

    Returns:
        T_world_base. Shape (4, 4).
    """
    config = config or PlacementConfig()
    outward = _outward(side)
    middle = _middle(np.asarray(joints, dtype=float))
    jitter = rng.uniform(-1.0, 1.0, 4)
    position = middle + config.lateral_m * outward + np.array([config.forward_m, 0.0, 0.0])
    position[2] -= config.below_m
    position += config.position_jitter_m * jitter[:3]
    position[2] = np.clip(position[2], config.lowest_m, config.highest_m)
    heading = np.deg2rad(config.heading_jitter_deg) * jitter[3]
    T_world_base = np.eye(4)
    c, s = np.cos(heading), np.sin(heading)
    T_world_base[:2, :2] = [[c, -s], [s, c]]
    T_world_base[:3, 3] = position
    return T_world_base


def tool_orientation(joints: np.ndarray, side: str) -> np.ndarray:
    """How the tool is held all the way: approach half down, half towards the body's midline.

    The gripper's body so stays above and outside the arm. The fingers close across the tool's
    y axis, which lies in the plane across the person.

    Args:
        joints: unused; the orientation depends on the side only.
        side: 'right' or 'left', of the person's arm.

    Returns:
        R_world_tool. Shape (3, 3).
    """
    del joints
    x = np.array([1.0, 0.0, 0.0])
    z = -(_outward(side) + np.array([0.0, 0.0, 1.0])) / np.sqrt(2.0)
    return np.column_stack([x, np.cross(z, x), z])


def _middle(joints: np.ndarray) -> np.ndarray:
    """Middle of what the tool visits: between the arm's own middle and that of its extent."""
    shoulder, elbow, wrist, fingertip = joints
    hand = (fingertip - wrist) / np.linalg.norm(fingertip - wrist)
    corners = np.stack([shoulder, elbow, fingertip + BEYOND_FINGERTIP * hand])
    extent = (corners.min(axis=0) + corners.max(axis=0)) / 2
    return ((shoulder + fingertip) / 4 + elbow / 2 + extent) / 2


def _outward(side: str) -> np.ndarray:
    if side not in ('right', 'left'):
        raise InvalidInputError(f"side: {side!r} is not one of: 'right', 'left'")
    return np.array([0.0, -1.0 if side == 'right' else 1.0, 0.0])
