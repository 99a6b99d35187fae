"""A labelled cloud thinned to one point a voxel."""

import numpy as np
from numba import njit

__all__ = ['voxelise']


def voxelise(
    points: np.ndarray, labels: np.ndarray, size: float, classes: int = 4
) -> tuple[np.ndarray, np.ndarray]:
    """Replace the points of each voxel by their mean, with the label of most of them.

    Args:
        points: [m], within +-500,000 voxels. Shape (n, 3).
        labels: of each point, below `classes`. Shape (n,).
        size: edge of a voxel [m].
        classes: number of different labels; of two equally frequent ones the lower wins.

    Returns:
        Points (k, 3) float32 and labels (k,) uint8, in order of the voxels' indices.
    """
    if not len(points):
        return np.zeros((0, 3), np.float32), np.zeros(0, np.uint8)
    points, labels = np.array(points, dtype=np.float32), np.array(labels, dtype=np.uint8)
    cells = np.floor(points * np.float32(1.0 / size)).astype(np.int32)
    return _merge(points, labels, cells, _order(cells), classes)


@njit(cache=True)
def _order(cells: np.ndarray) -> np.ndarray:
    """Indices (n,) that sort cells (n, 3), equal ones as they came.

    By counting, the last axis first: a scene is a few hundred voxels wide.
    """
    n = len(cells)
    order, sorted_ = np.arange(n), np.empty(n, np.int64)
    for axis in range(2, -1, -1):
        low, high = cells[:, axis].min(), cells[:, axis].max()
        place = np.zeros(high - low + 2, np.int64)
        for i in range(n):
            place[cells[i, axis] - low + 1] += 1
        for k in range(1, len(place)):
            place[k] += place[k - 1]
        for i in order:
            k = cells[i, axis] - low
            sorted_[place[k]] = i
            place[k] += 1
        order, sorted_ = sorted_, order
    return order


@njit(cache=True)
def _same(cells: np.ndarray, i: int, j: int) -> bool:
    return bool(
        cells[i, 0] == cells[j, 0] and cells[i, 1] == cells[j, 1] and cells[i, 2] == cells[j, 2]
    )


@njit(cache=True)
def _merge(
    points: np.ndarray, labels: np.ndarray, cells: np.ndarray, order: np.ndarray, classes: int
) -> tuple[np.ndarray, np.ndarray]:
    """Mean and most frequent label of each run of equal cells."""
    n, count, i = len(points), 0, 0
    means, winners = np.empty((n, 3), np.float32), np.empty(n, np.uint8)
    votes = np.zeros(classes, np.int64)
    while i < n:
        first, begin = order[i], i
        x, y, z = 0.0, 0.0, 0.0
        while i < n and _same(cells, order[i], first):
            point = order[i]
            votes[labels[point]] += 1
            x, y, z = x + points[point, 0], y + points[point, 1], z + points[point, 2]
            i += 1
        share = i - begin
        means[count, 0], means[count, 1], means[count, 2] = x / share, y / share, z / share
        winner = 0
        for label in range(classes):
            if votes[label] > votes[winner]:
                winner = label
        for label in range(classes):
            votes[label] = 0
        winners[count] = winner
        count += 1
    return means[:count].copy(), winners[:count].copy()
