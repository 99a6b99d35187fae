"""What a controller without features of its own looks at, as one small vector."""

import math

import numpy as np

from valet_core.mobility.body.embodiment import Embodiment
from valet_core.mobility.body.footprint import scan_points
from valet_core.mobility.control.observation import MobilityObservation

__all__ = ['describe']

SECTORS = 8
REACH = 5.0  # m; farther obstacles do not count


def describe(
    embodiment: Embodiment, observation: MobilityObservation, aim: np.ndarray
) -> np.ndarray:
    """Goal and aim, velocity, and how far it is free around the base origin.

    Args:
        embodiment: whose scanner.
        observation: the present one.
        aim: (2,) point in the odometry frame that is made for now [m].

    Returns:
        float32, shape (7 + SECTORS,): goal and aim in the base frame [m], vx, vy [m/s], yaw rate
        [rad/s], and the nearest return of each sector from behind over the right [m].
    """
    x, y, yaw = observation.odom
    c, s = math.cos(yaw), math.sin(yaw)
    ahead = (np.array([observation.goal[:2], aim]) - (x, y)) @ np.array([[c, -s], [s, c]])
    points = scan_points(embodiment, observation.scan)
    sector = (np.arctan2(points[:, 1], points[:, 0]) + np.pi) * (SECTORS / (2.0 * np.pi))
    room = np.full(SECTORS, REACH)
    index = np.clip(sector.astype(np.int64), 0, SECTORS - 1)
    np.minimum.at(room, index, np.hypot(points[:, 0], points[:, 1]))
    return np.concatenate([ahead.ravel(), observation.velocity, room]).astype(np.float32)
