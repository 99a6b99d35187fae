"""The tool's path over an arm: where the gripper goes so that the sleeve follows."""

from dataclasses import dataclass

import numpy as np

from valet_core.config import check, setting
from valet_core.geometry.limb import Limb

__all__ = ['PathConfig', 'plan_path']

_UP = np.array([0.0, 0.0, 1.0])


@dataclass(frozen=True)
class PathConfig:
    """Shape of the path."""

    clearance: float = setting(0.08, "from the arm's axis to the tool", 'm', 0.03, 0.3)
    overshoot: float = setting(0.12, 'past the elbow, along the forearm', 'm', 0.0, 0.3)
    straight_deg: float = setting(25.0, 'an elbow bent less is passed over', 'deg', 0.0, 90.0)
    end_overshoot: float = setting(0.0, 'past the shoulder (+) or before it (-)', 'm', -0.2, 0.2)

    def __post_init__(self) -> None:
        """Check every field."""
        check(self)


def plan_path(limb: Limb, start: np.ndarray, config: PathConfig) -> np.ndarray:
    """Waypoints of the tool from where it is to the shoulder.

    Args:
        limb: the arm in the base frame, z up. The robot stands at the arm's outer side.
        start: tool position at the start [m]. Shape (3,).
        config: shape of the path.

    Returns:
        Waypoints in the base frame [m]. Shape (n, 3).
    """
    fore, upper = limb.direction_at(limb.wrist_arc), limb.direction_at(limb.length)
    shoulder, elbow, _, fingertip = limb.joints
    over_fore, over_upper = _across(fore), _across(upper)
    c, end = config.clearance, limb.point_at(limb.length) + config.end_overshoot * upper
    if np.rad2deg(limb.elbow_flexion) < config.straight_deg:
        return np.stack(
            [
                start,
                fingertip + c * over_fore,
                limb.point_at(limb.wrist_arc) + c * over_fore,
                limb.point_at(limb.elbow_arc - 0.03) + c * over_fore,
                limb.point_at(limb.elbow_arc + 0.05) + c * over_upper,
                end + c * over_upper,
            ]
        )
    beside = _beside(limb)
    o = config.overshoot
    return np.stack(
        [
            start,
            fingertip + c * over_fore,
            limb.point_at(limb.wrist_arc) + 0.7 * c * (over_fore + beside),
            limb.point_at(limb.elbow_arc - 0.03) + c * beside,
            elbow + o * fore + 0.9 * c * beside,
            elbow + 0.5 * o * fore + 0.1 * upper + c * beside,
            end + 0.7 * c * (over_upper + beside),
        ]
    )


def _across(direction: np.ndarray) -> np.ndarray:
    """Unit vector across a limb piece, as far up as can be. Shape (3,)."""
    across = _UP - direction * direction[2]
    return across / np.linalg.norm(across)


def _beside(limb: Limb) -> np.ndarray:
    """Normal of the elbow's plane on the robot's side, or upward where that plane lies flat."""
    fore, upper = limb.direction_at(limb.wrist_arc), limb.direction_at(limb.length)
    normal = np.cross(fore, upper)
    normal = normal / np.linalg.norm(normal)
    to_robot = -limb.joints[1] * [1.0, 1.0, 0.0]
    preference = to_robot / np.linalg.norm(to_robot) + _UP
    return normal if normal @ preference > 0 else -normal
