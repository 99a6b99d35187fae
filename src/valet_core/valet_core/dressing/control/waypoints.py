"""Where the tool goes around an arm, and on which side of it."""

from typing import NamedTuple

import numpy as np
from scipy.spatial.transform import Rotation

from valet_core.dressing.control.path_config import PathConfig
from valet_core.dressing.control.vectors import UP, across, cross, unit
from valet_core.geometry.limb import Limb

__all__ = ['Row', 'grip_side', 'kept_off', 'over', 'around', 'outward_of']


class Row(NamedTuple):
    """One waypoint."""

    point: np.ndarray
    """[m]. Shape (3,)."""
    phase: str
    """Of the way to it."""
    along: np.ndarray
    """Direction of the limb there, towards the shoulder. Shape (3,)."""
    side: np.ndarray
    """Side of the limb on which the tool is. Shape (3,)."""


def grip_side(limb: Limb, tool: np.ndarray, outward: np.ndarray) -> np.ndarray:
    """Side of the hand at which the gripper holds the opening. Shape (3,).

    A garment is held out from above, or from outside above where the hand points up or down; the
    tool's place beside the hand says which of the two was done.

    Args:
        limb: the arm.
        tool: its position at the start [m]. Shape (3,).
        outward: horizontal unit vector towards the robot. Shape (3,).
    """
    along = limb.direction_at(0.0)
    above = UP - along * along[2]
    beside = above + outward - along * (along @ outward)
    held = (tool - limb.joints[3]) @ (np.eye(3) - np.outer(along, along))
    options = [v / np.linalg.norm(v) for v in (above, beside) if np.linalg.norm(v) > 0.05]
    return max(options, key=lambda v: float(v @ held))


def outward_of(T_base_tool: np.ndarray) -> np.ndarray:
    """Horizontal direction back from the fingers: the gripper comes from the robot's side."""
    back = -T_base_tool[:3, 2] * [1.0, 1.0, 0.0]
    size = np.linalg.norm(back)
    return back / size if size > 1e-6 else np.zeros(3)


def over(limb: Limb, side: np.ndarray, config: PathConfig) -> list[Row]:
    """Over a straight arm, on the side where the opening is held."""
    fore, upper = limb.direction_at(0.0), limb.direction_at(limb.length)
    c, elbow = config.clearance, limb.elbow_arc
    side_upper = across(upper, side)
    end = limb.point_at(limb.length) + config.end_overshoot * upper
    return [
        Row(limb.point_at(limb.wrist_arc) + c * side, 'hand', fore, side),
        Row(limb.point_at(elbow - 0.03) + c * side, 'forearm', fore, side),
        Row(limb.point_at(elbow + 0.05) + c * side_upper, 'elbow', upper, side_upper),
        Row(end + c * side_upper, 'upper_arm', upper, side_upper),
    ]


def around(limb: Limb, side: np.ndarray, outward: np.ndarray, config: PathConfig) -> list[Row]:
    """Around the outside of a bent elbow, as far outside as the robot reaches."""
    rows = []
    for share in (1.0, 0.8, 0.6, 0.4, 0.2, 0.0):
        rows = _around_at(limb, side, outward, config, share * config.outside)
        points = np.stack([row.point for row in rows]) - [0.0, 0.0, config.reach_height]
        if np.linalg.norm(points, axis=1).max() <= config.reach:
            break
    return rows


def _around_at(
    limb: Limb, side: np.ndarray, outward: np.ndarray, config: PathConfig, outside: float
) -> list[Row]:
    """Waypoints with the tool between beside (0) and outside (1) of the elbow.

    The gripped part of the opening is the one that must come over the elbow's tip; held at the
    tip it cannot catch there, and the part opposite to it is drawn into the crook of the arm.
    """
    fore, upper = limb.direction_at(0.0), limb.direction_at(limb.length)
    c, elbow, middle = config.clearance, limb.joints[1], unit(fore + upper)
    normal = unit(cross(fore, upper))
    beside = normal if normal @ (outward + UP) > 0 else -normal
    tip = unit(fore - upper)
    on_fore, on_tip, on_upper = (
        unit((1 - outside) * beside + outside * v)
        for v in (across(fore, tip), tip, across(upper, tip))
    )
    # The tool changes sides without coming near the arm's axis.
    on_wrist = unit(side + on_fore + 0.5 * beside)
    last = unit(on_upper + beside + 0.5 * across(upper, UP))
    turning = unit(2 * on_upper + last)
    end = limb.length + config.end_overshoot - limb.elbow_arc
    return [
        Row(limb.point_at(limb.wrist_arc) + c * on_wrist, 'hand', fore, on_wrist),
        Row(limb.point_at(limb.elbow_arc - 0.05) + c * on_fore, 'forearm', fore, on_fore),
        Row(elbow + config.overshoot * fore + c * on_tip, 'elbow', middle, on_tip),
        Row(elbow + 0.1 * upper + c * on_upper, 'elbow', upper, on_upper),
        Row(elbow + 0.6 * end * upper + c * turning, 'upper_arm', upper, turning),
        Row(elbow + end * upper + c * last, 'upper_arm', upper, last),
    ]


_TURN = np.deg2rad(30.0)
"""Largest change of side between two waypoints on hand and forearm."""


def kept_off(limb: Limb, rows: list[Row], outward: np.ndarray) -> list[Row]:
    """Waypoints put in where the tool changes sides, so that it goes around the arm."""
    kept = rows[:1]
    for row in rows[1:]:
        if kept[-1].phase in ('approach', 'hand') and row.phase in ('hand', 'forearm'):
            kept += _around_axis(limb, kept[-1], row, outward)
        kept.append(row)
    return kept


def _around_axis(limb: Limb, a: Row, b: Row, outward: np.ndarray) -> list[Row]:
    """Waypoints between two, turned about the limb's axis at a distance from it."""
    arcs, gaps = limb.project(np.stack([a.point, b.point]))
    angle = float(np.arctan2(b.along @ cross(a.side, b.side), a.side @ b.side))
    if abs(angle) > np.deg2rad(150.0):
        # Nearly opposite: by the side on which the robot stands, above rather than below.
        way = across(b.along, outward + UP)
        left = float(b.along @ cross(a.side, way))
        angle = abs(angle) if left > 0 else -abs(angle)
    count = int(np.ceil(abs(angle) / _TURN))
    rows = []
    for i in range(1, count):
        share = i / count
        side = Rotation.from_rotvec(share * angle * b.along).apply(a.side)
        arc, gap = (float(v[0] + share * (v[1] - v[0])) for v in (arcs, gaps))
        rows.append(Row(limb.point_at(arc) + gap * side, b.phase, b.along, side))
    return rows
