"""How the tool turns along its path."""

from collections.abc import Sequence

import numpy as np
from scipy.spatial.transform import Rotation

from valet_core.dressing.control.path_config import PathConfig
from valet_core.dressing.control.vectors import across, cross
from valet_core.dressing.control.waypoints import Row

__all__ = ['turns_along']


def turns_along(rows: Sequence[Row], back: np.ndarray, config: PathConfig) -> np.ndarray:
    """Rotation vectors of the tool: with the limb, and so that its body keeps off the limb.

    Args:
        rows: waypoints.
        back: unit vector from the fingertips to the gripper's body at the start. Shape (3,).
        config: shape of the path.

    Returns:
        Since the start, base frame [rad]. Shape (n, 3).
    """
    sides = np.stack([row.side for row in rows])
    turned, bodies = Rotation.identity(), np.broadcast_to(back, sides.shape)
    if config.turn > 0.0:
        frames = np.stack([_frame(row) for row in rows])
        limb = Rotation.from_matrix(frames @ frames[0].T).as_rotvec()
        turned = Rotation.from_rotvec(config.turn * limb)
        bodies = turned.apply(back)
    along = np.stack([row.along for row in rows])
    upright = _upright(bodies, sides, along, np.deg2rad(config.lean_deg))
    return (upright * turned).as_rotvec()


def _upright(back: np.ndarray, side: np.ndarray, along: np.ndarray, most: float) -> Rotation:
    """Least rotations that bring unit vectors within an angle [rad] of the side of the limb."""
    axis = np.cross(back, side)
    sine = np.linalg.norm(axis, axis=1, keepdims=True)
    angle = np.arctan2(sine, np.sum(back * side, axis=1, keepdims=True))
    # Where it points at the limb from the other side, it goes round the limb's axis.
    axis = np.where(sine > 1e-6, axis / np.maximum(sine, 1e-6), along)
    return Rotation.from_rotvec(np.maximum(angle - most, 0.0) * axis)


def _frame(row: Row) -> np.ndarray:
    side = across(row.along, row.side)
    return np.stack([row.along, side, cross(row.along, side)], axis=1)
