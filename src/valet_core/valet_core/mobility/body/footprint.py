"""A body among the points of one scan: is there room to move."""

import numpy as np

from valet_core.mobility.body.drive_model import integrate
from valet_core.mobility.body.embodiment import Embodiment

__all__ = ['blocked', 'scan_points', 'within']


def scan_points(embodiment: Embodiment, scan: np.ndarray) -> np.ndarray:
    """Returns of a scan (R,) [m] in the base frame, (N, 2) [m]."""
    sensor = embodiment.sensor
    ranges = np.asarray(scan, dtype=np.float64)
    hit = np.isfinite(ranges) & (ranges > 0.0) & (ranges < sensor.range_max)
    angles, ranges = sensor.angles[hit], ranges[hit]
    return np.stack([np.cos(angles), np.sin(angles)], axis=1) * ranges[:, None] + sensor.pose[:2]


def within(polygon: np.ndarray, points: np.ndarray, margin: float = 0.0) -> np.ndarray:
    """Which points (N, 2) [m] lie in a polygon (V, 2) or within a margin [m] of it, (N,)."""
    start, end = polygon[:, None], np.roll(polygon, -1, axis=0)[:, None]
    edge, offset = end - start, points[None] - start
    crosses = (start[..., 1] > points[:, 1]) != (end[..., 1] > points[:, 1])
    with np.errstate(divide='ignore', invalid='ignore'):
        at = start[..., 0] + (points[:, 1] - start[..., 1]) * edge[..., 0] / edge[..., 1]
    inside = (crosses & (points[:, 0] < at)).sum(axis=0) % 2 == 1
    if margin > 0.0 and len(points):
        part = np.clip((offset * edge).sum(-1) / (edge**2).sum(-1), 0.0, 1.0)
        gap = np.linalg.norm(offset - part[..., None] * edge, axis=-1).min(axis=0)
        inside |= gap <= margin
    return inside


def blocked(
    embodiment: Embodiment, points: np.ndarray, velocity: np.ndarray, ahead: float, margin: float
) -> bool:
    """Whether a motion would run into what a scan shows.

    Args:
        embodiment: the body.
        points: (N, 2) of the scan, in the base frame [m].
        velocity: (3,) of the motion: vx, vy [m/s], yaw rate [rad/s].
        ahead: how long it goes on [s].
        margin: around the body [m].
    """
    for time in np.linspace(ahead / 4.0, ahead, 4):
        pose = np.zeros(3)
        integrate(pose, *(float(v) for v in velocity), float(time))
        c, s = np.cos(pose[2]), np.sin(pose[2])
        moved = (points - pose[:2]) @ np.array([[c, -s], [s, c]])
        if within(embodiment.polygon, moved, margin).any():
            return True
    return False
