"""Exact ranges of a planar scan against circles and segments.

Each obstacle is written into the rays that can meet it (its angular interval), so that the
cost is proportional to what the scan shows rather than rays x obstacles.
"""

import math

import numpy as np
from numba import njit

__all__ = ['cast_circle', 'cast_segment', 'scan', 'tables']

TWO_PI = 2.0 * math.pi
SLACK = 1e-7  # rad; the interval only selects rays, each ray is then solved exactly


@njit(cache=True)
def cast_circle(
    ranges: np.ndarray,
    cosines: np.ndarray,
    sines: np.ndarray,
    start: float,
    step: float,
    x: float,
    y: float,
    radius: float,
) -> None:
    """Shorten the rays that meet one circle.

    Args:
        ranges: (R,) ranges so far [m], changed in place.
        cosines: (R,) of the ray angles in the sensor frame.
        sines: (R,) of the ray angles in the sensor frame.
        start: angle of ray 0 [rad].
        step: angle between rays [rad].
        x: centre in the sensor frame [m].
        y: centre in the sensor frame [m].
        radius: of the circle [m].
    """
    squared = x * x + y * y
    if squared <= radius * radius:
        ranges[:] = 0.0
        return
    far = math.sqrt(squared)
    ratio = radius / far
    # Only an upper bound is needed here; x + x^3 / 5 exceeds asin(x) below one half.
    half = ratio + 0.2 * ratio**3 if ratio < 0.5 else math.asin(ratio)
    half += SLACK
    low = math.atan2(y, x) - half - start
    low -= TWO_PI * math.floor(low / TWO_PI)
    high = low + 2.0 * half
    power = radius * radius - squared
    count = ranges.shape[0]
    for lap in range(2):
        shift = TWO_PI * lap
        begin = max(int(math.ceil((low - shift) / step)), 0)
        end = min(int(math.floor((high - shift) / step)), count - 1)
        for i in range(begin, end + 1):
            if ranges[i] <= far - radius:
                continue
            along = x * cosines[i] + y * sines[i]
            inside = power + along * along
            if inside >= 0.0 and along > 0.0:
                distance = along - math.sqrt(inside)
                if distance < ranges[i]:
                    ranges[i] = distance
        if high < TWO_PI:
            break


@njit(cache=True)
def cast_segment(
    ranges: np.ndarray,
    cosines: np.ndarray,
    sines: np.ndarray,
    start: float,
    step: float,
    x1: float,
    y1: float,
    x2: float,
    y2: float,
) -> None:
    """Shorten the rays that meet one segment, ends given in the sensor frame [m]."""
    a1, a2 = math.atan2(y1, x1), math.atan2(y2, x2)
    turn = a2 - a1
    turn -= TWO_PI * math.floor((turn + math.pi) / TWO_PI)
    low = (a1 if turn >= 0.0 else a2) - SLACK - start
    low -= TWO_PI * math.floor(low / TWO_PI)
    high = low + abs(turn) + 2.0 * SLACK
    ex, ey = x2 - x1, y2 - y1
    cross = x1 * ey - y1 * ex
    count = ranges.shape[0]
    for lap in range(2):
        shift = TWO_PI * lap
        begin = max(int(math.ceil((low - shift) / step)), 0)
        end = min(int(math.floor((high - shift) / step)), count - 1)
        for i in range(begin, end + 1):
            c, s = cosines[i], sines[i]
            across = c * ey - s * ex
            if abs(across) < 1e-12:
                continue
            distance = cross / across
            if distance < 0.0 or distance >= ranges[i]:
                continue
            where = (s * x1 - c * y1) / across  # fraction along the segment
            if -1e-9 <= where <= 1.0 + 1e-9:
                ranges[i] = distance
        if high < TWO_PI:
            break


@njit(cache=True)
def scan(
    ranges: np.ndarray,
    cosines: np.ndarray,
    sines: np.ndarray,
    start: float,
    step: float,
    pose: np.ndarray,
    limit: float,
    circles: np.ndarray,
    segments: np.ndarray,
) -> None:
    """Ranges of one scan, in place; rays that meet nothing read `limit`.

    Args:
        ranges: (R,) output [m].
        cosines: (R,) of the ray angles in the sensor frame.
        sines: (R,) of the ray angles in the sensor frame.
        start: angle of ray 0 in the sensor frame [rad].
        step: angle between rays [rad].
        pose: (3,) sensor x, y [m] and yaw [rad] in the world.
        limit: longest range [m].
        circles: (K, 3) x, y, radius [m] in the world.
        segments: (S, 4) x1, y1, x2, y2 [m] in the world.
    """
    ranges[:] = limit
    cy, sy = math.cos(pose[2]), math.sin(pose[2])
    for k in range(circles.shape[0]):
        dx, dy, radius = circles[k, 0] - pose[0], circles[k, 1] - pose[1], circles[k, 2]
        reach = limit + radius
        if radius > 0.0 and dx * dx + dy * dy < reach * reach:
            x, y = cy * dx + sy * dy, cy * dy - sy * dx
            cast_circle(ranges, cosines, sines, start, step, x, y, radius)
    for k in range(segments.shape[0]):
        ax, ay = segments[k, 0] - pose[0], segments[k, 1] - pose[1]
        bx, by = segments[k, 2] - pose[0], segments[k, 3] - pose[1]
        if min(ax, bx) > limit or max(ax, bx) < -limit:
            continue
        if min(ay, by) > limit or max(ay, by) < -limit:
            continue
        cast_segment(
            ranges, cosines, sines, start, step,
            cy * ax + sy * ay, cy * ay - sy * ax, cy * bx + sy * by, cy * by - sy * bx,
        )  # fmt: skip


def tables(angles: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Cosines and sines of ray angles, each (R,)."""
    return np.cos(angles), np.sin(angles)
