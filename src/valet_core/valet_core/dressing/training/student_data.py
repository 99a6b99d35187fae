"""Moments of many demonstrations, and batches of them as a student would have perceived them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.spatial.transform import Rotation

from valet_core.common.config import check, setting
from valet_core.common.errors import InvalidInputError
from valet_core.dressing.control.observation import ACTIONS
from valet_core.dressing.control.student_config import ANGULAR_UNIT, LINEAR_UNIT
from valet_core.dressing.control.student_features import (
    ARM_POINTS,
    CHANNELS,
    FARTHEST,
    FORCE,
    GARMENT_POINTS,
    MIRROR,
    PLACE,
    POINTS,
    SCALE,
    WINDOW,
    action_signs,
)
from valet_core.dressing.training.demonstrations import Demonstration
from valet_core.geometry.limb import Limb

__all__ = ['AugmentConfig', 'Batch', 'StudentData']

UNITS = np.array([LINEAR_UNIT] * 3 + [ANGULAR_UNIT] * 3, dtype=np.float32)


@dataclass(frozen=True)
class AugmentConfig:
    """How the observations of a batch are changed; 0 leaves each out."""

    heading_deg: float = setting(20.0, 'largest turn of everything about the vertical', 'deg', 0)
    arm_error: float = setting(0.01, 'of each joint, one sigma', 'm', 0.0, 0.2)
    jitter: float = setting(0.004, 'of each point of the garment, one sigma', 'm', 0.0, 0.1)
    hidden: float = setting(0.5, 'largest share of the garment that one side hides', '', 0, 0.9)
    dropped: float = setting(0.5, 'largest share of its points that is missing', '', 0.0, 0.9)

    def __post_init__(self) -> None:
        """Check every field."""
        check(self)


class Batch(NamedTuple):
    """What a gradient step sees."""

    points: np.ndarray
    """Shape (B, POINTS, CHANNELS)."""
    state: np.ndarray
    """Shape (B, STATE)."""
    chunks: np.ndarray
    """In the network's units. Shape (B, H * 6)."""
    done: np.ndarray
    """Shape (B,), float32."""


class StudentData:
    """Moments of demonstrations, all as for the right arm."""

    def __init__(self, demonstrations: Sequence[tuple[Demonstration, str]]) -> None:
        """Take demonstrations, each with the side of the arm.

        Raises:
            InvalidInputError: where there is none.
        """
        shown = [(d, side) for d, side in demonstrations if len(d.time)]
        if not shown:
            raise InvalidInputError('no demonstration; allowed: one and more')
        most = max(d.garment.shape[1] for d, _ in shown)
        parts = [_moments(d, side, most) for d, side in shown]
        self._joints, self._shares, self._garment, self._turn, self._tool, self._forces = (
            np.concatenate([p[i] for p in parts]) for i in range(6)
        )
        self._actions = np.concatenate([p[6] for p in parts])
        self._done = np.concatenate([d.done for d, _ in shown]).astype(np.float32)

    def __len__(self) -> int:
        return len(self._done)

    def batch(
        self, index: np.ndarray, augment: AugmentConfig, rng: np.random.Generator
    ) -> Batch:
        """Moments by index, each changed at random."""
        count = len(index)
        joints = self._joints[index]
        joints = joints + augment.arm_error * rng.standard_normal(joints.shape)
        tool = self._tool[index]
        arm = self._shares[index] @ joints - tool[:, None]
        garment = _seen(self._garment[index].astype(float) - tool[:, None], augment, rng)
        angles = np.deg2rad(augment.heading_deg) * rng.uniform(-1.0, 1.0, count)
        turns = Rotation.from_rotvec(angles[:, None] * [0.0, 0.0, 1.0]).as_matrix()
        turned = lambda v: np.einsum('bij,b...j->b...i', turns, v)  # noqa: E731
        points = np.zeros((count, POINTS, CHANNELS), dtype=np.float32)
        points[:, :ARM_POINTS, :3] = turned(arm) / SCALE
        points[:, :ARM_POINTS, 3] = 1.0
        points[:, :ARM_POINTS, 6] = np.linspace(0.0, 1.0, ARM_POINTS)
        points[:, ARM_POINTS:-1, :3] = turned(garment) / SCALE
        points[:, ARM_POINTS:-1, 4] = 1.0
        points[:, -1, 5] = 1.0
        forces = np.clip(turned(self._forces[index]) / FORCE, -3.0, 3.0).reshape(count, -1)
        columns = turned(self._turn[index]).reshape(count, 6)
        state = np.concatenate([columns, turned(tool) / PLACE, forces], axis=1)
        actions = self._actions[index]
        pairs = turned(actions.reshape(count, -1, 2, 3)).reshape(actions.shape)
        chunks = (pairs / UNITS).reshape(count, -1).astype(np.float32)
        return Batch(points, state.astype(np.float32), chunks, self._done[index])


def _moments(demo: Demonstration, side: str, most: int) -> tuple[np.ndarray, ...]:
    """Arrays of a demonstration by moment, mirrored for a left arm."""
    flip = MIRROR if side == 'left' else np.ones(3)
    poses = demo.T_base_tool.astype(float)
    turn, tool = poses[:, :3, :3], poses[:, :3, 3]
    force = np.einsum('nij,nj->ni', turn, demo.wrench[:, :3].astype(float))
    force = np.concatenate([np.zeros((WINDOW - 1, 3)), force - force[0]])
    forces = np.stack([force[i : i + len(tool)] for i in range(WINDOW)], axis=1)
    garment = np.full((len(tool), most, 3), np.nan, dtype=np.float16)
    garment[:, : demo.garment.shape[1]] = demo.garment * flip.astype(np.float16)
    turn = flip[:, None] * turn * flip
    columns = turn[:, :, :2].transpose(0, 2, 1)  # each row a column of the turn
    joints = demo.joints.astype(float) * flip
    shares = np.stack([_shares(arm) for arm in joints])
    actions = demo.actions * action_signs(side)
    assert actions.shape[-1] == len(ACTIONS)
    return joints, shares, garment, columns, tool * flip, forces * flip, actions


def _shares(joints: np.ndarray) -> np.ndarray:
    """Weights of the joints in the arm's points. Shape (ARM_POINTS, 4)."""
    limb = Limb(joints)
    arcs = np.linspace(0.0, 1.0, ARM_POINTS) * limb.length
    corners = np.eye(4)[::-1]  # the path begins at the fingertip
    return np.stack([np.interp(arcs, limb.cumulative, corner) for corner in corners.T], axis=1)


def _seen(
    garment: np.ndarray, augment: AugmentConfig, rng: np.random.Generator
) -> np.ndarray:
    """Points of the garment that are left over, as many as the network takes."""
    count, most = garment.shape[:2]
    there = np.isfinite(garment[..., 0]) & (np.linalg.norm(garment, axis=-1) < FARTHEST)
    view = rng.standard_normal((count, 3)) * [1.0, 1.0, 0.5]
    view /= np.linalg.norm(view, axis=1, keepdims=True)
    depth = np.einsum('bpi,bi->bp', np.nan_to_num(garment), view)
    # What lies deep along the view is hidden, up to a share of the points that differs.
    order = np.where(there, depth, np.inf).argsort(axis=1).argsort(axis=1)
    kept = 1.0 - augment.hidden * rng.uniform(0.0, 1.0, (count, 1))
    front = order < np.maximum(1.0, kept * there.sum(axis=1, keepdims=True))
    lost = rng.random((count, most)) < augment.dropped * rng.uniform(0.0, 1.0, (count, 1))
    best = there.astype(float) + (there & front) + (there & front & ~lost)
    chosen = (-best + 0.5 * rng.random((count, most))).argsort(axis=1)
    left = np.maximum(1, (best > 2.5).sum(axis=1))  # points that are seen
    places = np.arange(GARMENT_POINTS)[None] % left[:, None]
    index = np.take_along_axis(chosen, places, axis=1)
    points = np.take_along_axis(garment, index[..., None], axis=1)
    return points + augment.jitter * rng.standard_normal(points.shape)
