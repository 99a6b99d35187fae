"""Points of the way ahead: downhill along a cost-to-go, or along a given route."""

import math

import numpy as np
from numba import njit

__all__ = ['ARCS', 'ROUTE_ARCS', 'along_route', 'way_ahead']

ROUTE_ARCS = (0.3, 0.6, 0.9, 1.3, 1.8, 2.4, 3.2, 4.5)  # m along the way ahead
ARCS = np.array(ROUTE_ARCS)
SEARCH = 6  # cells around a blocked start in which a way is sought
MOST = 160  # cells followed


@njit(cache=True)
def way_ahead(cost, origin, cell, x, y, yaw, arcs, out):  # noqa: ANN001, ANN201
    """Follow a cost-to-go downhill and report points in the base frame.

    Args:
        cost: (X, Y) cost to the goal; infinite where there is no way.
        origin: (2,) centre of cell (0, 0) [m].
        cell: side of a cell [m].
        x: of the base [m].
        y: of the base [m].
        yaw: of the base [rad].
        arcs: (A,) lengths along the way, rising [m].
        out: (A, 2) points in the base frame [m]; the last point is repeated past the goal.

    Returns:
        Whether there is a way.
    """
    points = np.empty((MOST + 2, 2))
    points[0, 0], points[0, 1] = x, y
    count = _follow(cost, origin, cell, x, y, points)
    if count < 2:
        out[:] = 0.0
        return False
    _smooth(points, count)
    _sample(points, count, x, y, yaw, arcs, out)
    return True


@njit(cache=True)
def _follow(cost, origin, cell, x, y, points):  # noqa: ANN001, ANN202
    rows, columns = cost.shape
    i = min(max(int(round((x - origin[0]) / cell)), 0), rows - 1)
    j = min(max(int(round((y - origin[1]) / cell)), 0), columns - 1)
    if cost[i, j] == np.inf:
        i, j = _nearest_free(cost, i, j)
        if i < 0:
            return 1
    count = 1
    while count < points.shape[0]:
        best, bi, bj = cost[i, j], i, j
        for a in range(max(i - 1, 0), min(i + 2, rows)):
            for b in range(max(j - 1, 0), min(j + 2, columns)):
                if cost[a, b] < best:
                    best, bi, bj = cost[a, b], a, b
        points[count, 0], points[count, 1] = origin[0] + bi * cell, origin[1] + bj * cell
        count += 1
        if (bi == i and bj == j) or best <= 0.0:
            break
        i, j = bi, bj
    return count


@njit(cache=True)
def _nearest_free(cost, i, j):  # noqa: ANN001, ANN202
    rows, columns = cost.shape
    best, bi, bj = np.inf, -1, -1
    for a in range(max(i - SEARCH, 0), min(i + SEARCH + 1, rows)):
        for b in range(max(j - SEARCH, 0), min(j + SEARCH + 1, columns)):
            far = float((a - i) ** 2 + (b - j) ** 2)
            if cost[a, b] < np.inf and far < best:
                best, bi, bj = far, a, b
    return bi, bj


@njit(cache=True)
def _smooth(points, count):  # noqa: ANN001, ANN202
    """Two passes of a moving average over three points; the ends stay."""
    for _ in range(4):
        px, py = points[0, 0], points[0, 1]
        for k in range(1, count - 1):
            qx, qy = points[k, 0], points[k, 1]
            points[k, 0] = (px + qx + points[k + 1, 0]) / 3.0
            points[k, 1] = (py + qy + points[k + 1, 1]) / 3.0
            px, py = qx, qy


@njit(cache=True)
def _sample(points, count, x, y, yaw, arcs, out):  # noqa: ANN001, ANN202
    c, s = math.cos(yaw), math.sin(yaw)
    gone, k = 0.0, 0
    for a in range(arcs.shape[0]):
        px, py = points[count - 1, 0], points[count - 1, 1]
        while k < count - 1:
            ex, ey = points[k + 1, 0] - points[k, 0], points[k + 1, 1] - points[k, 1]
            length = math.hypot(ex, ey)
            if gone + length >= arcs[a] and length > 0.0:
                f = (arcs[a] - gone) / length
                px, py = points[k, 0] + f * ex, points[k, 1] + f * ey
                break
            gone += length
            k += 1
        out[a, 0], out[a, 1] = c * (px - x) + s * (py - y), c * (py - y) - s * (px - x)


def along_route(route: np.ndarray, pose: np.ndarray, distance: float) -> np.ndarray:
    """Point of a route (P, 2) that lies `distance` [m] beyond the place nearest to a pose (3,)."""
    if len(route) == 1:
        return route[0].copy()
    start, edge = route[:-1], np.diff(route, axis=0)
    squared = np.maximum((edge**2).sum(axis=1), 1e-12)
    part = np.clip(((pose[:2] - start) * edge).sum(axis=1) / squared, 0.0, 1.0)
    gap = np.linalg.norm(start + part[:, None] * edge - pose[:2], axis=1)
    nearest = int(np.argmin(gap))
    lengths = np.sqrt(squared)
    at = lengths[:nearest].sum() + part[nearest] * lengths[nearest] + distance
    total = np.concatenate([[0.0], np.cumsum(lengths)])
    return np.array([np.interp(at, total, route[:, axis]) for axis in (0, 1)])
