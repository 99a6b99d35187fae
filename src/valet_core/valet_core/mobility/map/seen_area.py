"""Which ground a drive's scans have shown: what was never seen may hold an obstacle.

A scanner that does not look all around says nothing of what is behind the body. The ground on
which the body could turn where the drive began counts as seen: it stands there already.
"""

# Numba infers the types of compiled loops.
# ruff: noqa: ANN001, ANN202

import math

import numpy as np
from numba import njit

from valet_core.mobility.body.embodiment import Embodiment

__all__ = ['SeenArea', 'outline_points', 'sees_all_round', 'unseen_points']

SIZE, CELL = 800, 0.05  # cells, m; beyond it everything counts as seen
REACH = 3.0  # m; ground farther along a ray is left for later scans
SPARE = 0.05  # m around the body where the drive began


def sees_all_round(embodiment: Embodiment) -> bool:
    """Whether the scanner of a body has no blind sector."""
    return embodiment.sensor.fov_deg >= 359.0


class SeenArea:
    """Ground seen since the drive began, in the odometry frame.

    Attributes:
        grid: (SIZE, SIZE) uint8 by x then y; 0 unseen.
        origin: (2,) centre of cell (0, 0) [m].
        outline: (P, 2) points on the body's outline [m]; none if it sees all round.
    """

    def __init__(self, embodiment: Embodiment) -> None:
        """Nothing but the ground below the body is seen yet."""
        self._sensor = embodiment.sensor
        self._cosines, self._sines = np.cos(self._sensor.angles), np.sin(self._sensor.angles)
        self.origin = np.full(2, -SIZE / 2 * CELL)
        self.grid = np.zeros((SIZE, SIZE), dtype=np.uint8)
        self._room = embodiment.radius + SPARE
        self._all, self._begun = sees_all_round(embodiment), False
        self.outline = np.zeros((0, 2)) if self._all else outline_points(embodiment.polygon)

    def update(self, scan: np.ndarray, odom: np.ndarray) -> None:
        """Add a scan (R,) [m] taken at odometry pose (3,)."""
        if self._all:
            return
        if not self._begun:
            self._begun = True
            axis = self.origin[0] + CELL * np.arange(SIZE)
            near = np.hypot(axis[:, None] - odom[0], axis[None] - odom[1]) <= self._room
            self.grid[near] = 1
        _see(self.grid, self.origin, CELL, np.asarray(scan, dtype=np.float32), self._cosines,
             self._sines, self._sensor.pose, np.asarray(odom, dtype=np.float64))  # fmt: skip


def outline_points(polygon: np.ndarray, spacing: float = 0.1) -> np.ndarray:
    """Points along a polygon (V, 2), its corners included, (P, 2)."""
    points = []
    for start, end in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
        count = max(1, math.ceil(float(np.linalg.norm(end - start)) / spacing))
        points.append(start + np.arange(count)[:, None] / count * (end - start))
    return np.concatenate(points)


@njit(cache=True)
def _see(grid, origin, cell, scan, cosines, sines, mount, odom):
    c, s = math.cos(odom[2]), math.sin(odom[2])
    x0 = (odom[0] + c * mount[0] - s * mount[1] - origin[0]) / cell + 0.5
    y0 = (odom[1] + s * mount[0] + c * mount[1] - origin[1]) / cell + 0.5
    size = grid.shape[0]
    for k in range(scan.shape[0]):
        if not scan[k] > 0.0:
            continue
        dx, dy = c * cosines[k] - s * sines[k], s * cosines[k] + c * sines[k]
        x, y = x0, y0
        for _ in range(int(min(scan[k], REACH) / cell) + 1):
            i, j = int(x), int(y)
            if i < 0 or j < 0 or i >= size or j >= size:
                break
            grid[i, j] = 1
            x += dx
            y += dy


@njit(cache=True)
def unseen_points(grid, origin, outline, x, y, c, s):  # noqa: ANN201
    """How many points of an outline (P, 2) are over unseen ground.

    Args:
        grid: of a SeenArea.
        origin: of it [m].
        outline: in the base frame [m].
        x: of the base [m].
        y: of the base [m].
        c: cosine of its yaw.
        s: sine of its yaw.
    """
    count = 0
    for k in range(outline.shape[0]):
        px = x + c * outline[k, 0] - s * outline[k, 1]
        py = y + s * outline[k, 0] + c * outline[k, 1]
        i = int((px - origin[0]) / CELL + 0.5)
        j = int((py - origin[1]) / CELL + 0.5)
        if 0 <= i < grid.shape[0] and 0 <= j < grid.shape[1] and grid[i, j] == 0:
            count += 1
    return count
