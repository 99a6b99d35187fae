"""Mobile bases as data: one YAML file describes a robot, no code does."""

import dataclasses
import functools
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from valet_core.common.config import check, from_mapping, setting
from valet_core.common.errors import ConfigError
from valet_core.mobility.body.outline import check_outline, signed_area
from valet_core.mobility.body.physique import Body
from valet_core.mobility.body.sensor import Sensor

__all__ = ['DRIVES', 'Actuation', 'Embodiment', 'Limits', 'Odometry', 'Steering']

DRIVES = ('differential', 'omnidirectional', 'ackermann', 'legged')
DESCRIPTOR_SIZE = 24


@dataclasses.dataclass(frozen=True)
class Limits:
    """What the base can do, in its own frame (x forward, y left)."""

    forward: float = setting(description='top speed forward', unit='m/s', low=0.05, high=5.0)
    yaw_rate: float = setting(description='top yaw rate', unit='rad/s', low=0.05, high=10.0)
    acceleration: float = setting(
        description='largest change of speed, forward and braking', unit='m/s2', low=0.1, high=30.0
    )
    yaw_acceleration: float = setting(
        description='largest change of yaw rate', unit='rad/s2', low=0.1, high=60.0
    )
    backward: float = setting(0.0, 'top speed backward', 'm/s', low=0.0, high=5.0)
    lateral: float = setting(0.0, 'top speed sideways', 'm/s', low=0.0, high=3.0)
    lateral_acceleration: float = setting(
        0.0, 'largest change of sideways speed', 'm/s2', low=0.0, high=30.0
    )

    def __post_init__(self) -> None:
        check(self)
        if self.lateral > 0.0 and self.lateral_acceleration <= 0.0:
            raise ConfigError(
                f'lateral_acceleration: received {self.lateral_acceleration} with lateral speed '
                f'{self.lateral}; allowed: above 0 for a base that moves sideways'
            )


@dataclasses.dataclass(frozen=True)
class Steering:
    """Steered wheels; a wheelbase of zero means that there are none."""

    wheelbase: float = setting(0.0, 'rear axle to steered axle', 'm', low=0.0, high=5.0)
    max_angle_deg: float = setting(0.0, 'largest steering angle', 'deg', low=0.0, high=89.0)
    rate: float = setting(0.0, 'largest steering rate', 'rad/s', low=0.0, high=20.0)

    def __post_init__(self) -> None:
        check(self)

    @property
    def max_angle(self) -> float:
        """Largest steering angle [rad]."""
        return math.radians(self.max_angle_deg)


@dataclasses.dataclass(frozen=True)
class Actuation:
    """How the base follows a velocity command."""

    delay: float = setting(0.0, 'dead time from command to motion', 's', low=0.0, high=0.5)
    time_constant: float = setting(0.05, 'first-order lag of the speed', 's', low=0.0, high=2.0)
    gain_std: float = setting(
        0.0, 'spread of the tracking gain between episodes, a fraction', '', low=0.0, high=0.3
    )
    noise: tuple[float, float, float] = setting(
        (0.0, 0.0, 0.0),
        'spread of the velocity around the command: vx, vy, yaw rate',
        'm/s, m/s, rad/s',
        low=0.0,
        high=0.5,
    )
    noise_time: float = setting(
        0.3, 'correlation time of that spread (a gait cycle)', 's', low=0.01, high=5.0
    )

    def __post_init__(self) -> None:
        check(self)


@dataclasses.dataclass(frozen=True)
class Odometry:
    """Errors of the base's own position estimate."""

    scale_std: float = setting(0.01, 'spread of its scale, a fraction', '', low=0.0, high=0.3)
    yaw_scale_std: float = setting(0.01, 'spread of its yaw scale', '', low=0.0, high=0.3)
    noise: float = setting(
        0.005, 'random walk of the position', 'm per square root of a metre', low=0.0, high=0.3
    )
    yaw_noise: float = setting(
        0.005, 'random walk of the yaw', 'rad per square root of a second', low=0.0, high=0.3
    )
    velocity_noise: float = setting(
        0.01, 'spread of the velocity reading', 'm/s and rad/s', low=0.0, high=0.5
    )

    def __post_init__(self) -> None:
        check(self)


@dataclasses.dataclass(frozen=True)
class Embodiment:
    """One mobile base. The base frame's origin is the point about which it turns."""

    name: str = setting(description='name of the base')
    drive: str = setting(description='kind of drive', choices=DRIVES)
    footprint: tuple[tuple[float, float], ...] = setting(
        description='outline in the base frame, a simple polygon', unit='m'
    )
    limits: Limits = setting(description='speeds and accelerations')
    sensor: Sensor = setting(description='laser scanner')
    steering: Steering = setting(Steering(), 'steered wheels')
    actuation: Actuation = setting(Actuation(), 'following of commands')
    odometry: Odometry = setting(Odometry(), 'errors of the odometry')
    body: Body = setting(Body(), 'how it is built in MuJoCo')
    held_out: bool = setting(False, 'never train on this one: it measures generalisation')
    source: str = setting('', 'where the numbers come from')

    def __post_init__(self) -> None:
        check(self)
        check_outline(self.footprint)
        steered = self.steering.wheelbase > 0.0
        if steered != (self.drive == 'ackermann'):
            raise ConfigError(
                f'steering.wheelbase: received {self.steering.wheelbase} with drive '
                f'{self.drive!r}; allowed: above 0 for ackermann, 0 for the others'
            )
        if steered and (self.steering.max_angle_deg <= 0.0 or self.steering.rate <= 0.0):
            raise ConfigError('steering: max_angle_deg and rate must be above 0 for ackermann')
        if self.limits.lateral > 0.0 and self.drive in ('differential', 'ackermann'):
            raise ConfigError(
                f'limits.lateral: received {self.limits.lateral}; allowed: 0 for {self.drive}'
            )

    @classmethod
    def load(cls, path: str | Path) -> 'Embodiment':
        """Read one YAML file.

        Raises:
            ConfigError: naming the file, the key, the value and what is allowed.
        """
        path = Path(path)
        try:
            mapping = yaml.safe_load(path.read_text())
        except (OSError, yaml.YAMLError) as error:
            raise ConfigError(f'{path}: cannot be read as YAML: {error}') from error
        return cls.from_mapping(mapping, str(path))

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any], where: str = '') -> 'Embodiment':
        """Build from plain data, as a YAML file gives it."""
        if isinstance(mapping, Mapping) and isinstance(mapping.get('footprint'), list):
            points = mapping['footprint']
            pairs = [tuple(p) if isinstance(p, list) else p for p in points]
            mapping = {**mapping, 'footprint': tuple(pairs)}
        return from_mapping(cls, mapping, where)

    @functools.cached_property
    def polygon(self) -> np.ndarray:
        """Footprint in the base frame, counter-clockwise, shape (V, 2) [m], read-only."""
        points = np.array(self.footprint, dtype=np.float64)
        if signed_area(points) < 0.0:
            points = points[::-1].copy()
        points.flags.writeable = False
        return points

    @property
    def holonomic(self) -> bool:
        """Whether it can move sideways."""
        return self.limits.lateral > 0.0

    @property
    def radius(self) -> float:
        """Circle around the base origin that covers the footprint [m]."""
        return float(np.linalg.norm(self.polygon, axis=1).max())

    @property
    def half_width(self) -> float:
        """Largest distance of the footprint from the x axis [m]."""
        return float(np.abs(self.polygon[:, 1]).max())

    @property
    def length(self) -> float:
        """Extent along x [m]."""
        return float(np.ptp(self.polygon[:, 0]))

    @property
    def turning_radius(self) -> float:
        """Smallest radius of a turn of the base origin [m]; 0 if it turns on the spot."""
        if self.steering.wheelbase <= 0.0:
            return 0.0
        return self.steering.wheelbase / math.tan(self.steering.max_angle)

    def descriptor(self) -> np.ndarray:
        """What a generalist needs to know of this body, shape (24,) float32, each about 0..2."""
        low, high = self.polygon.min(axis=0), self.polygon.max(axis=0)
        limits, actuation, sensor = self.limits, self.actuation, self.sensor
        values = [
            high[0], -low[0], high[1], -low[1], self.radius, self.turning_radius,
            limits.forward, limits.backward, limits.lateral, limits.yaw_rate / 2.0,
            math.log1p(limits.acceleration) / 2.0, math.log1p(limits.lateral_acceleration) / 2.0,
            math.log1p(limits.yaw_acceleration) / 2.0, actuation.delay * 10.0,
            actuation.time_constant * 5.0, self.steering.rate / 2.0,
            sensor.x, sensor.fov_deg / 180.0, sensor.range_max / 10.0,
            *(float(self.drive == drive) for drive in DRIVES), float(self.holonomic),
        ]  # fmt: skip
        return np.array(values, dtype=np.float32)
