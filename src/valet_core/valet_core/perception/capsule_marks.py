"""Compiled loop over points and capsules: a box rules most pairs out."""

import numpy as np
from numba import njit

__all__ = ['mark']


@njit(cache=True)
def mark(
    points: np.ndarray,
    among: np.ndarray,
    start: np.ndarray,
    axis: np.ndarray,
    reach: np.ndarray,
    own: np.ndarray,
) -> None:
    """Mark the points within reach of a capsule's axis.

    Args:
        points: [m]. Shape (n, 3), float32.
        among: points that are looked at. Shape (n,), bool.
        start: one end of each capsule [m]. Shape (k, 3), float32.
        axis: from there to the other end [m]. Shape (k, 3), float32.
        reach: of each capsule [m]. Shape (k,), float32.
        own: set to True for each point that is in reach. Shape (n,), bool.
    """
    count = len(start)
    length = (axis * axis).sum(axis=1)
    low = np.minimum(start, start + axis) - reach.reshape(-1, 1)
    high = np.maximum(start, start + axis) + reach.reshape(-1, 1)
    bottom, top = np.empty(3, np.float32), np.empty(3, np.float32)
    for k in range(3):
        bottom[k], top[k] = low[:, k].min(), high[:, k].max()
    for i in range(len(points)):
        x, y, z = points[i]
        if not (
            among[i]
            and bottom[0] < x < top[0] and bottom[1] < y < top[1] and bottom[2] < z < top[2]
        ):  # fmt: skip
            continue
        for c in range(count):
            if not (
                low[c, 0] < x < high[c, 0]
                and low[c, 1] < y < high[c, 1]
                and low[c, 2] < z < high[c, 2]
            ):
                continue
            dx, dy, dz = x - start[c, 0], y - start[c, 1], z - start[c, 2]
            along = dx * axis[c, 0] + dy * axis[c, 1] + dz * axis[c, 2]
            share = np.float32(0.0)
            if length[c] > 0.0:
                share = min(max(along / length[c], np.float32(0.0)), np.float32(1.0))
            dx -= share * axis[c, 0]
            dy -= share * axis[c, 1]
            dz -= share * axis[c, 2]
            if dx * dx + dy * dy + dz * dz < reach[c] * reach[c]:
                own[i] = True
                break
