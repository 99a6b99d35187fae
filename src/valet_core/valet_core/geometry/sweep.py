"""When an outline that moves along an arc meets points, compiled."""

import math

import numpy as np
from numba import njit

__all__ = ['first_touch', 'signed_distance']

_CLOSE = 1e-3  # m from which on it counts as a touch
_STEP = 5e-3  # m; shortest advance of the search


@njit(cache=True)
def signed_distance(polygon: np.ndarray, x: float, y: float) -> float:
    """Distance of a point from the edge of a polygon (V, 2), negative inside [m]."""
    least, inside = 1e18, False
    count = polygon.shape[0]
    j = count - 1
    for i in range(count):
        ax, ay, bx, by = polygon[j, 0], polygon[j, 1], polygon[i, 0], polygon[i, 1]
        ex, ey = bx - ax, by - ay
        part = ((x - ax) * ex + (y - ay) * ey) / (ex * ex + ey * ey)
        part = min(max(part, 0.0), 1.0)
        dx, dy = x - ax - part * ex, y - ay - part * ey
        least = min(least, dx * dx + dy * dy)
        if (by > y) != (ay > y) and x < (ax - bx) * (y - by) / (ay - by) + bx:
            inside = not inside
        j = i
    return -math.sqrt(least) if inside else math.sqrt(least)


@njit(cache=True)
def first_touch(
    polygon: np.ndarray,
    points: np.ndarray,
    velocity: np.ndarray,
    until: float,
    graze: float,
    own: float,
) -> float:
    """Time until a body meets the first of some points that stand still [s].

    Each point moves along its own arc in the frame of the body, with a speed that stays the
    same. It is followed in steps no longer than its distance from the outline.

    Args:
        polygon: outline of the body, shape (V, 2) [m].
        points: in the frame of the body, shape (N, 2) [m].
        velocity: of the body, vx, vy [m/s], yaw rate [rad/s], shape (3,).
        until: how far to look ahead [s].
        graze: depth within the outline that is no touch yet [m].
        own: depth from which a point is a part of the body itself [m].

    Returns:
        The time, or `until` where nothing is met before. 0 where a point lies within the
        outline already and the motion takes it deeper.
    """
    vx, vy, turn = velocity[0], velocity[1], velocity[2]
    mx, my = polygon[:, 0].mean(), polygon[:, 1].mean()
    first = until
    for i in range(points.shape[0]):
        x0, y0 = points[i, 0], points[i, 1]
        ux, uy = vx - turn * y0, vy + turn * x0  # of the body at the point
        speed = math.hypot(ux, uy)
        gap = signed_distance(polygon, x0, y0) + graze
        if gap < 0.0:
            if gap > graze - own and (x0 - mx) * ux + (y0 - my) * uy > 0.0:
                return 0.0
            continue
        time = 0.0
        while gap > _CLOSE and time + gap / max(speed, 1e-9) < first:
            time += max(gap, _STEP) / speed
            if abs(turn) < 1e-6:
                x, y = x0 - vx * time, y0 - vy * time
            else:
                cx, cy = -vy / turn, vx / turn
                c, s = math.cos(turn * time), math.sin(turn * time)
                x = cx + c * (x0 - cx) + s * (y0 - cy)
                y = cy - s * (x0 - cx) + c * (y0 - cy)
            gap = signed_distance(polygon, x, y) + graze
        if gap <= _CLOSE:
            first = min(first, time)
    return first
