"""Exact contact of a polygonal footprint with circles and segments."""

import math

import numpy as np
from numba import njit

__all__ = ['contact', 'hits_circle', 'hits_segment']


@njit(cache=True)
def _inside(polygon: np.ndarray, x: float, y: float) -> bool:
    result = False
    count = polygon.shape[0]
    j = count - 1
    for i in range(count):
        xi, yi, xj, yj = polygon[i, 0], polygon[i, 1], polygon[j, 0], polygon[j, 1]
        if (yi > y) != (yj > y) and x < (xj - xi) * (y - yi) / (yj - yi) + xi:
            result = not result
        j = i
    return result


@njit(cache=True)
def hits_circle(polygon: np.ndarray, x: float, y: float, radius: float) -> bool:
    """Whether a circle overlaps the polygon (V, 2); both in the body frame [m]."""
    count = polygon.shape[0]
    j = count - 1
    for i in range(count):
        ax, ay = polygon[j, 0], polygon[j, 1]
        ex, ey = polygon[i, 0] - ax, polygon[i, 1] - ay
        t = ((x - ax) * ex + (y - ay) * ey) / (ex * ex + ey * ey)
        t = min(max(t, 0.0), 1.0)
        dx, dy = x - ax - t * ex, y - ay - t * ey
        if dx * dx + dy * dy < radius * radius:
            return True
        j = i
    return _inside(polygon, x, y)


@njit(cache=True)
def hits_segment(polygon: np.ndarray, x1: float, y1: float, x2: float, y2: float) -> bool:
    """Whether a segment meets the polygon (V, 2); both in the body frame [m]."""
    if _inside(polygon, x1, y1) or _inside(polygon, x2, y2):
        return True
    count = polygon.shape[0]
    ex, ey = x2 - x1, y2 - y1
    j = count - 1
    for i in range(count):
        ax, ay, bx, by = polygon[j, 0], polygon[j, 1], polygon[i, 0], polygon[i, 1]
        fx, fy = bx - ax, by - ay
        a = ex * (ay - y1) - ey * (ax - x1)
        b = ex * (by - y1) - ey * (bx - x1)
        c = fx * (y1 - ay) - fy * (x1 - ax)
        d = fx * (y2 - ay) - fy * (x2 - ax)
        if a * b <= 0.0 and c * d <= 0.0 and (a != b or c != d):
            return True
        j = i
    return False


@njit(cache=True)
def contact(
    polygon: np.ndarray,
    reach: float,
    x: float,
    y: float,
    yaw: float,
    circles: np.ndarray,
    segments: np.ndarray,
) -> bool:
    """Whether a body at a world pose touches anything.

    Args:
        polygon: (V, 2) footprint in the body frame [m].
        reach: radius around the body's origin that covers the footprint [m].
        x: body position in the world [m].
        y: body position in the world [m].
        yaw: body heading [rad].
        circles: (K, 3) x, y, radius [m]; radius 0 is no circle.
        segments: (S, 4) x1, y1, x2, y2 [m].
    """
    c, s = math.cos(yaw), math.sin(yaw)
    for k in range(circles.shape[0]):
        dx, dy, radius = circles[k, 0] - x, circles[k, 1] - y, circles[k, 2]
        near = reach + radius
        if (
            radius > 0.0
            and dx * dx + dy * dy < near * near
            and hits_circle(polygon, c * dx + s * dy, c * dy - s * dx, radius)
        ):
            return True
    for k in range(segments.shape[0]):
        ax, ay, bx, by = (
            segments[k, 0] - x, segments[k, 1] - y, segments[k, 2] - x, segments[k, 3] - y,
        )  # fmt: skip
        if min(ax, bx) > reach or max(ax, bx) < -reach:
            continue
        if min(ay, by) > reach or max(ay, by) < -reach:
            continue
        if hits_segment(
            polygon, c * ax + s * ay, c * ay - s * ax, c * bx + s * by, c * by - s * bx
        ):
            return True
    return False
