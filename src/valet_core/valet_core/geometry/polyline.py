"""A path of straight pieces, by arc length."""

import numpy as np

from valet_core.common.errors import InvalidInputError

__all__ = ['Polyline']


class Polyline:
    """Points joined by straight pieces."""

    def __init__(self, points: np.ndarray) -> None:
        """Take the points.

        Args:
            points: [m]. Shape (n, 3), n >= 2; a point that repeats the one before it is dropped.

        Raises:
            InvalidInputError: if fewer than two distinct points are left, or one is not finite.
        """
        points = np.array(points, dtype=float)
        if points.ndim != 2 or points.shape[1] != 3 or not np.isfinite(points).all():
            raise InvalidInputError(f'a path is finite points (n, 3), received {points.shape}')
        steps = np.linalg.norm(np.diff(points, axis=0), axis=1)
        self.points = points[np.concatenate([[True], steps > 1e-9])]
        if len(self.points) < 2:
            raise InvalidInputError('a path needs two distinct points, received one')
        steps = np.linalg.norm(np.diff(self.points, axis=0), axis=1)
        self.cumulative = np.concatenate([[0.0], np.cumsum(steps)])

    @property
    def length(self) -> float:
        """From the first to the last point [m]."""
        return float(self.cumulative[-1])

    def points_at(self, arcs: np.ndarray) -> np.ndarray:
        """Points at arc lengths, clipped to the path. Shape (k,) to (k, 3)."""
        columns = [np.interp(arcs, self.cumulative, self.points[:, i]) for i in range(3)]
        return np.stack(columns, axis=-1)
