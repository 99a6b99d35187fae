"""The scanner of a base: where it is, and where its rays go."""

import dataclasses
import math

import numpy as np

from valet_core.common.config import check, setting

__all__ = ['Sensor']


@dataclasses.dataclass(frozen=True)
class Sensor:
    """A planar laser scanner, or a scan made from depth."""

    fov_deg: float = setting(description='field of view', unit='deg', low=10.0, high=360.0)
    rays: int = setting(description='rays of one scan', low=8, high=4096)
    range_max: float = setting(description='longest range', unit='m', low=0.5, high=100.0)
    x: float = setting(0.0, 'position ahead of the base origin', 'm', low=-5.0, high=5.0)
    y: float = setting(0.0, 'position left of the base origin', 'm', low=-5.0, high=5.0)
    yaw_deg: float = setting(0.0, 'heading of the middle ray', 'deg', low=-180.0, high=180.0)
    noise: float = setting(0.01, 'spread of a range', 'm', low=0.0, high=0.5)

    def __post_init__(self) -> None:
        check(self)

    @property
    def angles(self) -> np.ndarray:
        """Ray angles in the base frame, shape (rays,) [rad]."""
        return math.radians(self.yaw_deg) + self.angle_min + self.increment * np.arange(self.rays)

    @property
    def angle_min(self) -> float:
        """Angle of the first ray from the middle one [rad]."""
        return -math.radians(self.fov_deg) / 2.0

    @property
    def increment(self) -> float:
        """Angle between rays [rad]; a full circle does not repeat its first ray."""
        spans = self.rays if self.fov_deg >= 360.0 else self.rays - 1
        return math.radians(self.fov_deg) / spans

    @property
    def pose(self) -> np.ndarray:
        """Sensor in the base frame: x, y [m], yaw [rad]; shape (3,)."""
        return np.array([self.x, self.y, math.radians(self.yaw_deg)])
