"""Whether the corners of a footprint make an outline."""

import numpy as np

from valet_core.common.errors import ConfigError

__all__ = ['check_outline', 'signed_area']


def signed_area(points: np.ndarray) -> float:
    """Area of a polygon (V, 2) [m2]; negative where its points go clockwise."""
    x, y = points.T
    return 0.5 * float(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y))


def check_outline(footprint: tuple[tuple[float, float], ...]) -> None:
    """Refuse a footprint that is no outline of a base.

    Args:
        footprint: x, y of each corner in the base frame [m].

    Raises:
        ConfigError: naming what was received and what is allowed.
    """
    if len(footprint) < 3:
        raise ConfigError(f'footprint: received {len(footprint)} points; allowed: 3 or more')
    for index, point in enumerate(footprint):
        if len(point) != 2:
            raise ConfigError(f'footprint[{index}]: received {point!r}; allowed: [x, y] in metres')
    points = np.array(footprint)
    if np.abs(points).max() > 5.0:
        raise ConfigError(f'footprint: received a point {np.abs(points).max()} m away; allowed: 5')
    if abs(signed_area(points)) < 0.005:
        raise ConfigError('footprint: its area is below the allowed 0.005 m2')
    if _crosses_itself(points):
        raise ConfigError('footprint: its edges cross; allowed: a simple polygon')


def _crosses_itself(points: np.ndarray) -> bool:
    def side(a: np.ndarray, b: np.ndarray, c: np.ndarray) -> float:
        return float((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]))

    count = len(points)
    for i in range(count):
        for j in range(i + 2, count - (i == 0)):
            a, b = points[i], points[(i + 1) % count]
            c, d = points[j], points[(j + 1) % count]
            if side(a, b, c) * side(a, b, d) < 0 and side(c, d, a) * side(c, d, b) < 0:
                return True
    return False
