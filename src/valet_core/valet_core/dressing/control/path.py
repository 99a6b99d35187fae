"""The tool's path over an arm: where the gripper goes so that the sleeve follows."""

from typing import NamedTuple

import numpy as np

from valet_core.dressing.control.path_config import PathConfig
from valet_core.dressing.control.turning import turns_along
from valet_core.dressing.control.waypoints import (
    Row,
    around,
    grip_side,
    kept_off,
    outward_of,
    over,
)
from valet_core.geometry.limb import Limb

__all__ = ['PHASES', 'ToolPath', 'plan_path']

PHASES = ('approach', 'hand', 'forearm', 'elbow', 'upper_arm', 'done')


class ToolPath(NamedTuple):
    """Waypoints of the tool."""

    points: np.ndarray
    """In the base frame [m]. Shape (n, 3)."""
    turns: np.ndarray
    """Rotation of the tool since the start: rotation vectors, base frame [rad]. Shape (n, 3)."""
    phases: tuple[str, ...]
    """Phase of the way to each waypoint. Length n."""


def plan_path(limb: Limb, T_base_tool: np.ndarray, config: PathConfig) -> ToolPath:
    """Waypoints of the tool from where it starts to the shoulder.

    Args:
        limb: the arm in the base frame, z up.
        T_base_tool: pose of the tool at the start. Shape (4, 4).
        config: shape of the path.
    """
    start = T_base_tool[:3, 3]
    outward = outward_of(T_base_tool)
    side = grip_side(limb, start, outward)
    fore, fingertip = limb.direction_at(0.0), limb.joints[3]
    entry = config.entry - config.entry_up * max(0.0, -fore[2])
    rows = [
        Row(start, 'approach', fore, side),
        Row(fingertip - config.align * fore + entry * side, 'approach', fore, side),
        Row(limb.point_at(config.deep) + entry * side, 'hand', fore, side),
    ]
    bent = np.rad2deg(limb.elbow_flexion) >= config.straight_deg
    rows += around(limb, side, outward, config) if bent else over(limb, side, config)
    rows = kept_off(limb, rows, outward)
    return ToolPath(
        np.stack([r.point for r in rows]),
        turns_along(rows, -T_base_tool[:3, 2], config),
        tuple(r.phase for r in rows),
    )
