"""A planar scan made from a depth image, for bases that carry a camera and no scanner."""

import numpy as np

from valet_core.common.errors import InvalidInputError
from valet_core.mobility.body.sensor import Sensor

__all__ = ['scan_from_depth']


def scan_from_depth(
    depth: np.ndarray,
    K: np.ndarray,
    T_base_camera: np.ndarray,
    sensor: Sensor,
    low: float,
    high: float,
) -> np.ndarray:
    """The nearest return of each ray's sector between two heights.

    Args:
        depth: (H, W) along the optical axis, uint16 [mm] or floating [m]; 0 or NaN: no return.
        K: (3, 3) camera matrix [px].
        T_base_camera: (4, 4) pose of the optical frame (x right, y down, z forward) in the base
            frame, whose z = 0 is the floor.
        sensor: the scanner that the scan stands for.
        low: height above the floor from which something is an obstacle [m].
        high: height up to which it is one [m].

    Returns:
        Ranges (R,) float32 [m]: range_max where the camera looks and nothing is in the way, NaN
        where it does not look or sees nothing at all.

    Raises:
        InvalidInputError: for an image or matrix of another shape or type.
    """
    depth, K = np.asarray(depth), np.asarray(K, dtype=float)
    if depth.ndim != 2 or not (depth.dtype == np.uint16 or depth.dtype.kind == 'f'):
        raise InvalidInputError(
            f'depth: received shape {depth.shape} of {depth.dtype}; allowed: (h, w) of uint16 in '
            'mm or floating in m'
        )
    if K.shape != (3, 3) or not np.isfinite(K).all() or min(K[0, 0], K[1, 1]) <= 0.0:
        raise InvalidInputError(
            f'K: received {K.tolist()}; allowed: finite 3 x 3 with focal lengths above 0'
        )
    z = depth * 1e-3 if depth.dtype == np.uint16 else np.nan_to_num(depth, posinf=0.0, neginf=0.0)
    rows, columns = np.nonzero(z > 0.0)
    z = z[rows, columns]
    rays = np.stack([(columns - K[0, 2]) / K[0, 0], (rows - K[1, 2]) / K[1, 1], np.ones_like(z)])
    points = T_base_camera[:3, :3] @ (rays * z) + T_base_camera[:3, 3:]
    x, y = points[0] - sensor.pose[0], points[1] - sensor.pose[1]
    angle = np.arctan2(y, x) - sensor.pose[2] - sensor.angle_min
    ray = np.rint(np.mod(angle + 0.5 * sensor.increment, 2.0 * np.pi) / sensor.increment - 0.5)
    inside = ray < sensor.rays
    ray, distance, height = ray[inside].astype(int), np.hypot(x, y)[inside], points[2, inside]
    ranges = np.full(sensor.rays, np.nan)
    ranges[ray] = sensor.range_max
    met = (height >= low) & (height <= high) & (distance < sensor.range_max)
    np.minimum.at(ranges, ray[met], distance[met])
    return ranges.astype(np.float32)
