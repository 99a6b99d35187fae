"""People as circles that walk to and fro and wait for a robot in their way."""

import math

import numpy as np
from numba import njit

__all__ = ['RADIUS', 'STOP_DISTANCE', 'walk']

RADIUS = 0.25  # m, a standing adult from above
STOP_DISTANCE = 0.5  # m of free space in front at which a person waits


@njit(cache=True)
def walk(
    ends: np.ndarray,
    phase: np.ndarray,
    speed: np.ndarray,
    robot_x: float,
    robot_y: float,
    robot_reach: float,
    dt: float,
    out: np.ndarray,
) -> None:
    """Move the people of one environment.

    Args:
        ends: (P, 2, 2) where each walks from and to [m].
        phase: (P,) way made along there and back [m], changed in place.
        speed: (P,) walking speed [m/s]; 0 is nobody.
        robot_x: robot position [m].
        robot_y: robot position [m].
        robot_reach: radius around the robot that covers it [m].
        dt: step [s].
        out: (P, 3) x, y, radius written here; radius 0 is nobody.
    """
    for p in range(ends.shape[0]):
        if speed[p] <= 0.0:
            out[p, :] = 0.0
            continue
        dx, dy = ends[p, 1, 0] - ends[p, 0, 0], ends[p, 1, 1] - ends[p, 0, 1]
        length = max(math.sqrt(dx * dx + dy * dy), 1e-6)
        lap = phase[p] % (2.0 * length)
        forth = lap < length
        along = lap if forth else 2.0 * length - lap
        x, y = ends[p, 0, 0] + dx * along / length, ends[p, 0, 1] + dy * along / length
        sign = 1.0 if forth else -1.0
        rx, ry = robot_x - x, robot_y - y
        ahead = sign * (rx * dx + ry * dy) / length
        clear = robot_reach + RADIUS + STOP_DISTANCE
        if not (ahead > 0.0 and rx * rx + ry * ry < clear * clear):
            phase[p] += speed[p] * dt
            lap = phase[p] % (2.0 * length)
            along = lap if lap < length else 2.0 * length - lap
            x, y = ends[p, 0, 0] + dx * along / length, ends[p, 0, 1] + dy * along / length
        out[p, 0], out[p, 1], out[p, 2] = x, y, RADIUS
