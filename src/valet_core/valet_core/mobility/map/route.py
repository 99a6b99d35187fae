"""A route to follow: checked once, then how far along it a base has come."""

import math

import numpy as np

from valet_core.common.errors import InvalidInputError

__all__ = ['Route', 'check_route']

BACK = 0.5  # m behind the furthest point reached in which the base is sought again
AHEAD = 2.0  # m beyond it
FARTHEST = 1e4  # m


def check_route(points: np.ndarray) -> np.ndarray:
    """The points (P, 2) [m] of a route, without repeated ones.

    Raises:
        InvalidInputError: for a route without a point, or with a number that cannot be right.
    """
    points = np.asarray(points, dtype=np.float64)
    if points.size == 0:
        raise InvalidInputError('route: received no pose; allowed: at least one')
    if points.ndim != 2 or points.shape[1] != 2:
        raise InvalidInputError(f'route: received shape {points.shape}; allowed: (P, 2)')
    bad = np.flatnonzero(~np.isfinite(points).all(axis=1))
    if len(bad):
        raise InvalidInputError(
            f'route: pose {bad[0]} is {points[bad[0]].tolist()}; allowed: finite numbers'
        )
    if np.abs(points).max() > FARTHEST:
        raise InvalidInputError(
            f'route: received a coordinate of {np.abs(points).max():.0f} m; allowed: {FARTHEST:g}'
        )
    moved = np.linalg.norm(np.diff(points, axis=0), axis=1) > 1e-6
    return points[np.concatenate([[True], moved])]


class Route:
    """Points in the odometry frame and the length gone along them, which never falls back.

    A route that crosses itself is followed in order: the base is only sought near where it was.
    """

    def __init__(self, points: np.ndarray) -> None:
        """Check the points (P, 2) [m] and start at the first."""
        self._gone = 0.0
        self.replace(points)

    def replace(self, points: np.ndarray) -> None:
        """Take the same route with its points elsewhere, as when its frame has moved."""
        self.points = check_route(points)
        steps = np.linalg.norm(np.diff(self.points, axis=0), axis=1)
        self._at = np.concatenate([[0.0], np.cumsum(steps)])
        self._gone = min(self._gone, self.length)

    @property
    def goal(self) -> np.ndarray:
        """Last point, (2,) [m]."""
        return self.points[-1]

    @property
    def length(self) -> float:
        """From the first point to the last [m]."""
        return float(self._at[-1])

    def update(self, position: np.ndarray) -> None:
        """Take where the base is now, (2,) [m]."""
        if len(self.points) == 1:
            return
        low, high = self._gone - BACK, self._gone + AHEAD
        best, found = math.inf, self._gone
        for k in range(len(self.points) - 1):
            if self._at[k + 1] < low or self._at[k] > high:
                continue
            start, edge = self.points[k], self.points[k + 1] - self.points[k]
            length = self._at[k + 1] - self._at[k]
            part = float(np.clip((position - start) @ edge / length**2, 0.0, 1.0))
            at = float(np.clip(self._at[k] + part * length, low, high))
            far = math.hypot(*(start + (at - self._at[k]) / length * edge - position))
            if far < best:
                best, found = far, at
        self._gone = max(self._gone, found)

    def ahead(self, distance: float) -> np.ndarray:
        """Point that far beyond where the base is, or the goal, (2,) [m]."""
        at = self._gone + distance
        return np.array([np.interp(at, self._at, self.points[:, axis]) for axis in (0, 1)])

    def remaining(self, position: np.ndarray) -> float:
        """Way left [m]: to the route's nearest point and along it; straight at its end."""
        here = self.ahead(0.0)
        return self.length - self._gone + math.hypot(*(position - here))
