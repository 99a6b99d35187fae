"""A labelled cloud thinned to one point a voxel."""

import numpy as np

__all__ = ['voxelise']

_BITS = 20
_OFFSET = 1 << (_BITS - 1)


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
    cell = np.floor(points * (1.0 / size)).astype(np.int64) + _OFFSET
    key = (cell[:, 0] << (2 * _BITS)) | (cell[:, 1] << _BITS) | cell[:, 2]
    order = np.argsort(key)
    ordered = key[order]
    first = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
    count = np.diff(np.append(first, len(key)))
    sums = np.add.reduceat(points[order].astype(np.float64), first)
    votes = np.eye(classes, dtype=np.int32)[labels[order]]
    winner = np.add.reduceat(votes, first).argmax(axis=1)
    return (sums / count[:, None]).astype(np.float32), winner.astype(np.uint8)
