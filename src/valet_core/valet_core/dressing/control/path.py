"""The tool's path over an arm: where the gripper goes so that the sleeve follows."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.spatial.transform import Rotation

from valet_core.common.config import check, setting
from valet_core.geometry.limb import Limb

__all__ = ['PHASES', 'PathConfig', 'ToolPath', 'grip_side', 'plan_path']

PHASES = ('approach', 'hand', 'forearm', 'elbow', 'upper_arm', 'done')

_UP = np.array([0.0, 0.0, 1.0])


@dataclass(frozen=True)
class PathConfig:
    """Shape of the path."""

    entry: float = setting(0.08, "from the hand's axis to the tool", 'm', 0.03, 0.3)
    entry_up: float = setting(0.02, 'less of that where the hand points up', 'm', 0.0, 0.1)
    deep: float = setting(0.06, 'into the sleeve before the tool changes sides', 'm', 0.0, 0.3)
    align: float = setting(0.02, 'before the fingertip, where the opening is aligned', 'm', 0, 0.2)
    clearance: float = setting(0.085, "from the arm's axis to the tool", 'm', 0.03, 0.3)
    overshoot: float = setting(0.02, 'past the elbow, along the forearm', 'm', 0.0, 0.3)
    outside: float = setting(1.0, 'share of the way from beside to outside the elbow', '', 0, 1)
    straight_deg: float = setting(25.0, 'an elbow bent less is passed over', 'deg', 0.0, 90.0)
    end_overshoot: float = setting(0.03, 'past the shoulder (+) or before it (-)', 'm', -0.2, 0.2)
    turn: float = setting(0.0, 'share of the turn of the limb that the tool follows', '', 0.0, 1.0)
    lean_deg: float = setting(
        50.0, "largest angle of the gripper's body from the side of the limb", 'deg', 0.0, 180.0
    )
    reach: float = setting(0.9, 'of the tool from the robot', 'm', 0.1, 5.0)
    reach_height: float = setting(0.16, "centre of that above the robot's base", 'm', 0.0, 2.0)

    def __post_init__(self) -> None:
        """Check every field."""
        check(self)


class ToolPath(NamedTuple):
    """Waypoints of the tool."""

    points: np.ndarray
    """In the base frame [m]. Shape (n, 3)."""
    turns: np.ndarray
    """Rotation of the tool since the start: rotation vectors, base frame [rad]. Shape (n, 3)."""
    phases: tuple[str, ...]
    """Phase of the way to each waypoint. Length n."""


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
    above = _UP - along * along[2]
    beside = above + outward - along * (along @ outward)
    held = (tool - limb.joints[3]) @ (np.eye(3) - np.outer(along, along))
    options = [v / np.linalg.norm(v) for v in (above, beside) if np.linalg.norm(v) > 0.05]
    return max(options, key=lambda v: float(v @ held))


def plan_path(limb: Limb, T_base_tool: np.ndarray, config: PathConfig) -> ToolPath:
    """Waypoints of the tool from where it starts to the shoulder.

    Args:
        limb: the arm in the base frame, z up.
        T_base_tool: pose of the tool at the start. Shape (4, 4).
        config: shape of the path.
    """
    start = T_base_tool[:3, 3]
    outward = _outward(T_base_tool)
    side = grip_side(limb, start, outward)
    fore, fingertip = limb.direction_at(0.0), limb.joints[3]
    entry = config.entry - config.entry_up * max(0.0, -fore[2])
    rows = [
        Row(start, 'approach', fore, side),
        Row(fingertip - config.align * fore + entry * side, 'approach', fore, side),
        Row(limb.point_at(config.deep) + entry * side, 'hand', fore, side),
    ]
    bent = np.rad2deg(limb.elbow_flexion) >= config.straight_deg
    rows += _around(limb, side, outward, config) if bent else _over(limb, side, config)
    rows = _kept_off(limb, rows, outward)
    return ToolPath(
        np.stack([r.point for r in rows]),
        _turns(rows, -T_base_tool[:3, 2], config),
        tuple(r.phase for r in rows),
    )


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


_TURN = np.deg2rad(30.0)
"""Largest change of side between two waypoints on hand and forearm."""


def _kept_off(limb: Limb, rows: list[Row], outward: np.ndarray) -> list[Row]:
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
    angle = float(np.arctan2(b.along @ _cross(a.side, b.side), a.side @ b.side))
    if abs(angle) > np.deg2rad(150.0):
        # Nearly opposite: by the side on which the robot stands, above rather than below.
        way = _across(b.along, outward + _UP)
        left = float(b.along @ _cross(a.side, way))
        angle = abs(angle) if left > 0 else -abs(angle)
    count = int(np.ceil(abs(angle) / _TURN))
    rows = []
    for i in range(1, count):
        share = i / count
        side = Rotation.from_rotvec(share * angle * b.along).apply(a.side)
        arc, gap = (float(v[0] + share * (v[1] - v[0])) for v in (arcs, gaps))
        rows.append(Row(limb.point_at(arc) + gap * side, b.phase, b.along, side))
    return rows


def _turns(rows: list[Row], back: np.ndarray, config: PathConfig) -> np.ndarray:
    """Rotation vectors of the tool: with the limb, and so that its body keeps off the limb.

    `back` is the unit vector from the fingertips to the gripper's body at the start, (3,).
    """
    first, most, turns = _frame(rows[0]), np.deg2rad(config.lean_deg), []
    for row in rows:
        limb = Rotation.from_matrix(_frame(row) @ first.T).as_rotvec()
        turned = Rotation.from_rotvec(config.turn * limb)
        turns.append((_upright(turned.apply(back), row, most) * turned).as_rotvec())
    return np.stack(turns)


def _upright(back: np.ndarray, row: Row, most: float) -> Rotation:
    """Least rotation that brings a unit vector within an angle [rad] of the side of the limb."""
    axis = np.cross(back, row.side)
    sine, cosine = float(np.linalg.norm(axis)), float(back @ row.side)
    angle = float(np.arctan2(sine, cosine))
    if angle <= most:
        return Rotation.identity()
    # Where it points at the limb from the other side, it goes round the limb's axis.
    axis = axis / sine if sine > 1e-6 else row.along
    return Rotation.from_rotvec((angle - most) * axis)


def _frame(row: Row) -> np.ndarray:
    side = _across(row.along, row.side)
    return np.stack([row.along, side, _cross(row.along, side)], axis=1)


def _over(limb: Limb, side: np.ndarray, config: PathConfig) -> list[Row]:
    """Over a straight arm, on the side where the opening is held."""
    fore, upper = limb.direction_at(0.0), limb.direction_at(limb.length)
    c, elbow = config.clearance, limb.elbow_arc
    side_upper = _across(upper, side)
    end = limb.point_at(limb.length) + config.end_overshoot * upper
    return [
        Row(limb.point_at(limb.wrist_arc) + c * side, 'hand', fore, side),
        Row(limb.point_at(elbow - 0.03) + c * side, 'forearm', fore, side),
        Row(limb.point_at(elbow + 0.05) + c * side_upper, 'elbow', upper, side_upper),
        Row(end + c * side_upper, 'upper_arm', upper, side_upper),
    ]


def _around(limb: Limb, side: np.ndarray, outward: np.ndarray, config: PathConfig) -> list[Row]:
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
    c, elbow, middle = config.clearance, limb.joints[1], _unit(fore + upper)
    normal = _unit(_cross(fore, upper))
    beside = normal if normal @ (outward + _UP) > 0 else -normal
    tip = _unit(fore - upper)
    on_fore, on_tip, on_upper = (
        _unit((1 - outside) * beside + outside * v)
        for v in (_across(fore, tip), tip, _across(upper, tip))
    )
    # The tool changes sides without coming near the arm's axis.
    on_wrist = _unit(side + on_fore + 0.5 * beside)
    last = _unit(on_upper + beside + 0.5 * _across(upper, _UP))
    turning = _unit(2 * on_upper + last)
    end = limb.length + config.end_overshoot - limb.elbow_arc
    return [
        Row(limb.point_at(limb.wrist_arc) + c * on_wrist, 'hand', fore, on_wrist),
        Row(limb.point_at(limb.elbow_arc - 0.05) + c * on_fore, 'forearm', fore, on_fore),
        Row(elbow + config.overshoot * fore + c * on_tip, 'elbow', middle, on_tip),
        Row(elbow + 0.1 * upper + c * on_upper, 'elbow', upper, on_upper),
        Row(elbow + 0.6 * end * upper + c * turning, 'upper_arm', upper, turning),
        Row(elbow + end * upper + c * last, 'upper_arm', upper, last),
    ]


def _outward(T_base_tool: np.ndarray) -> np.ndarray:
    """Horizontal direction back from the fingers: the gripper comes from the robot's side."""
    back = -T_base_tool[:3, 2] * [1.0, 1.0, 0.0]
    size = np.linalg.norm(back)
    return back / size if size > 1e-6 else np.zeros(3)


def _across(direction: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Unit vector across a direction, as near to another as can be. Shape (3,)."""
    across = wanted - direction * (direction @ wanted)
    return across / np.linalg.norm(across)


def _cross(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """As np.cross for two vectors, without its overhead of many times the work."""
    (a0, a1, a2), (b0, b1, b2) = a.tolist(), b.tolist()
    return np.array([a1 * b2 - a2 * b1, a2 * b0 - a0 * b2, a0 * b1 - a1 * b0])


def _unit(v: np.ndarray) -> np.ndarray:
    return v / np.linalg.norm(v)
