"""Less noise in a scan: each range is averaged with its neighbours on the same surface."""

import math

import numpy as np
from numba import njit

from valet_core.mobility.body.sensor import Sensor

__all__ = ['smooth_scan']

WIDTH = 0.06  # m across a surface over which ranges are averaged
SAME = 2.5  # standard deviations within which a neighbour lies on the same surface


def smooth_scan(scan: np.ndarray, sensor: Sensor) -> np.ndarray:
    """Average near ranges that differ by noise only; thin objects stay as they are.

    Args:
        scan: (R,) ranges [m].
        sensor: with its noise and angles.

    Returns:
        (R,) float32 ranges [m].
    """
    scan = np.asarray(scan, dtype=np.float32)
    same = SAME * math.sqrt(2.0) * sensor.noise  # the difference of two has both errors
    return _smooth(scan, sensor.increment, WIDTH / 2.0, same, sensor.range_max)


@njit(cache=True)
def _smooth(scan, step, half, same, limit):  # noqa: ANN001, ANN202
    out = scan.copy()
    count = scan.shape[0]
    for k in range(count):
        r = scan[k]
        if not (r > 0.0 and r < limit):
            continue
        reach = int(half / (r * step)) if r * step > 0.0 else 0
        total, used = r, 1
        for d in range(1, min(reach, 30) + 1):
            for other in (k - d, k + d):
                if 0 <= other < count and abs(scan[other] - r) <= same:
                    total += scan[other]
                    used += 1
        out[k] = total / used
    return out
