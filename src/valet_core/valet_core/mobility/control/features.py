"""What a learned controller sees: nearness all around, the way ahead, speed and body.

Everything is in the base frame and computed from sensors alone. Obstacles that a narrow scanner
no longer shows are remembered as points in the odometry frame for the last metres driven.
"""
# Numba infers the types of compiled loops.
# ruff: noqa: ANN001, ANN202

import dataclasses
import math

import numpy as np
from numba import njit

from valet_core.common.config import check, setting
from valet_core.mobility.body.embodiment import DESCRIPTOR_SIZE, Embodiment
from valet_core.mobility.map.way_ahead import ROUTE_ARCS

__all__ = ['FeatureConfig', 'Features', 'feature_size', 'mirror_index']

TAIL = 3 + 3 + 3 + 3 + 1  # goal, speed by limits, speed, last action, period


@dataclasses.dataclass(frozen=True)
class FeatureConfig:
    """Resolution and memory of the features."""

    sectors: int = setting(64, 'directions around the body', low=8, high=360)
    keyframes: int = setting(10, 'scans remembered', low=0, high=100)
    spacing: float = setting(0.25, 'way driven between remembered scans', 'm', low=0.05, high=5.0)
    reach: float = setting(5.0, 'farther obstacles do not count', 'm', low=1.0, high=30.0)
    near_scale: float = setting(0.25, 'room at which nearness falls to 1/e', 'm', 0.02, 2.0)

    def __post_init__(self) -> None:
        check(self)


def feature_size(config: FeatureConfig) -> int:
    """Length of the feature vector."""
    return 2 * config.sectors + 2 * len(ROUTE_ARCS) + TAIL + DESCRIPTOR_SIZE


def mirror_index(config: FeatureConfig) -> tuple[np.ndarray, np.ndarray]:
    """Index and sign that swap left and right: `x[:, index] * sign`; each (F,)."""
    sectors, arcs = config.sectors, len(ROUTE_ARCS)
    around = np.arange(sectors)[::-1]
    index = np.arange(feature_size(config))
    sign = np.ones(len(index), dtype=np.float32)
    index[:sectors], index[sectors : 2 * sectors] = around, sectors + around
    at = 2 * sectors
    sign[at + 1 : at + 2 * arcs : 2] = -1.0
    at += 2 * arcs
    sign[at + 2] = -1.0  # sine of the goal's bearing
    for block in range(3):
        sign[[at + 4 + 3 * block, at + 5 + 3 * block]] = -1.0
    at += TAIL
    index[at + 2], index[at + 3] = at + 3, at + 2  # footprint left and right
    return index, sign


class Features:
    """Features of N robots of one embodiment, with their memory of past scans.

    Attributes:
        size: length of one feature vector.
        scale: (3,) velocity that an action of one asks for: vx, vy [m/s], yaw rate [rad/s].
    """

    def __init__(
        self,
        embodiment: Embodiment,
        period: float,
        count: int = 1,
        config: FeatureConfig | None = None,
    ) -> None:
        """Create an empty memory.

        Args:
            embodiment: the body.
            period: time between commands [s].
            count: of robots, N.
            config: resolution and memory.
        """
        self.config = config or FeatureConfig()
        self.embodiment, self.count = embodiment, count
        self.size = feature_size(self.config)
        limits, sensor = embodiment.limits, embodiment.sensor
        self.scale = np.array([limits.forward, max(limits.lateral, 1e-3), limits.yaw_rate])
        self._cosines, self._sines = np.cos(sensor.angles), np.sin(sensor.angles)
        self._outline = outline_ranges(embodiment.polygon, self.config.sectors)
        keyframes = self.config.keyframes if sensor.fov_deg < 359.0 else 0
        self._memory = np.full((count, keyframes, self.config.sectors, 2), np.nan)
        self._stored = np.zeros(count, dtype=np.int64)
        self._last = np.full((count, 3), np.nan)
        self._tail = np.append(embodiment.descriptor(), 10.0 * period).astype(np.float32)
        self._period = period

    def reset(self, which: np.ndarray | None = None) -> None:
        """Forget the scans of the robots in `which` (mask or indices), or of all."""
        which = np.arange(self.count) if which is None else which
        self._memory[which] = np.nan
        self._stored[which] = 0
        self._last[which] = np.nan

    def compute(
        self,
        scan: np.ndarray,
        odom: np.ndarray,
        velocity: np.ndarray,
        goal: np.ndarray,
        way: np.ndarray,
        action: np.ndarray,
    ) -> np.ndarray:
        """Feature vectors, (N, size) float32.

        Args:
            scan: (N, R) ranges [m].
            odom: (N, 3) pose in the odometry frame.
            velocity: (N, 3) body velocity.
            goal: (N, 3) in the odometry frame.
            way: (N, len(ROUTE_ARCS), 2) points of the way ahead in the base frame [m].
            action: (N, 3) last action.
        """
        out = np.zeros((self.count, self.size), dtype=np.float32)
        sensor, config = self.embodiment.sensor, self.config
        _look_around(
            scan, odom, self._cosines, self._sines, sensor.pose, sensor.range_max,
            math.radians(sensor.fov_deg) / 2.0, self._outline, self._memory, self._stored,
            self._last, config.spacing, config.reach, config.near_scale, out,
        )  # fmt: skip
        at = 2 * config.sectors
        arcs = np.array(ROUTE_ARCS)[:, None]
        out[:, at : at + 2 * len(ROUTE_ARCS)] = (way / arcs).reshape(self.count, -1)
        at += 2 * len(ROUTE_ARCS)
        dx, dy = (goal[:, :2] - odom[:, :2]).T
        bearing = np.arctan2(dy, dx) - odom[:, 2]
        out[:, at] = np.minimum(np.hypot(dx, dy), 10.0) / 10.0
        out[:, at + 1], out[:, at + 2] = np.cos(bearing), np.sin(bearing)
        out[:, at + 3 : at + 6] = np.clip(velocity / self.scale, -1.5, 1.5)
        out[:, at + 6 : at + 9] = velocity / (1.0, 1.0, 2.0)
        out[:, at + 9 : at + 12] = action
        out[:, at + 12] = self._tail[-1]
        out[:, at + 13 :] = self._tail[:-1]
        return out


def outline_ranges(polygon: np.ndarray, sectors: int, samples: int = 5) -> np.ndarray:
    """How far the footprint reaches in each sector around the origin, (sectors,) [m]."""
    width = 2.0 * np.pi / sectors
    angles = -np.pi + width * (np.arange(sectors * samples) + 0.5) / samples
    direction = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    start, edge = polygon, np.roll(polygon, -1, axis=0) - polygon
    across = direction[:, None, 0] * edge[:, 1] - direction[:, None, 1] * edge[:, 0]
    safe = np.where(np.abs(across) < 1e-12, np.inf, across)
    reach = (start[:, 0] * edge[:, 1] - start[:, 1] * edge[:, 0]) / safe
    part = (start[:, 0] * direction[:, None, 1] - start[:, 1] * direction[:, None, 0]) / safe
    hit = (reach >= 0.0) & (part >= -1e-9) & (part <= 1.0 + 1e-9)
    return np.where(hit, reach, 0.0).max(axis=1).reshape(sectors, samples).max(axis=1)


@njit(cache=True)
def _look_around(
    scan, odom, cosines, sines, mount, limit, half_view, outline, memory, stored, last, spacing,
    reach, near_scale, out,
):  # fmt: skip
    sectors = outline.shape[0]
    keyframes = memory.shape[1]
    scale = sectors / (2.0 * math.pi)
    for i in range(scan.shape[0]):
        ranges, bearing = np.full(sectors, reach), np.zeros(sectors)
        for k in range(scan.shape[1]):
            r = scan[i, k]
            if not (r > 0.0 and r < limit and r < reach + 1.0):
                continue
            x, y = mount[0] + r * cosines[k], mount[1] + r * sines[k]
            far, angle = math.hypot(x, y), math.atan2(y, x)
            s = min(max(int((angle + math.pi) * scale), 0), sectors - 1)
            if far < ranges[s]:
                ranges[s], bearing[s] = far, angle
        c, s_ = math.cos(odom[i, 2]), math.sin(odom[i, 2])
        if keyframes > 0:
            _remember(i, ranges, bearing, odom, c, s_, reach, memory, stored, last, spacing)
            for m in range(min(stored[i], keyframes)):
                for s in range(sectors):
                    if np.isnan(memory[i, m, s, 0]):
                        continue
                    dx, dy = memory[i, m, s, 0] - odom[i, 0], memory[i, m, s, 1] - odom[i, 1]
                    x, y = c * dx + s_ * dy, c * dy - s_ * dx
                    view = math.atan2(y - mount[1], x - mount[0]) - mount[2]
                    view -= 2.0 * math.pi * math.floor(view / (2.0 * math.pi) + 0.5)
                    if abs(view) < half_view:
                        continue  # the scanner sees there now
                    far = math.hypot(x, y)
                    t = int((math.atan2(y, x) + math.pi) * scale)
                    t = min(max(t, 0), sectors - 1)
                    ranges[t] = min(ranges[t], far)
        for s in range(sectors):
            room = max(ranges[s] - outline[s], 0.0)
            out[i, s] = math.exp(-room / near_scale)
            out[i, sectors + s] = min(room, 4.0) / 4.0


@njit(cache=True)
def _remember(i, ranges, bearing, odom, c, s, reach, memory, stored, last, spacing):
    """Store the nearest point of each sector once the robot has moved on."""
    moved = math.hypot(odom[i, 0] - last[i, 0], odom[i, 1] - last[i, 1])
    if moved + 0.5 * abs(odom[i, 2] - last[i, 2]) < spacing:
        return  # false while `last` is NaN
    last[i] = odom[i]
    slot = stored[i] % memory.shape[1]
    stored[i] += 1
    for k in range(ranges.shape[0]):
        if ranges[k] >= min(reach, 3.0):
            memory[i, slot, k, :] = np.nan
            continue
        x, y = ranges[k] * math.cos(bearing[k]), ranges[k] * math.sin(bearing[k])
        memory[i, slot, k, 0] = odom[i, 0] + c * x - s * y
        memory[i, slot, k, 1] = odom[i, 1] + s * x + c * y
