"""The ground that a base needs to stop on, and the share of its speed that the scan leaves."""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from valet_core.common.config import check, setting
from valet_core.geometry.sweep import first_touch

__all__ = ['BaseBody', 'StopZone', 'StopZoneConfig']


@dataclass(frozen=True)
class StopZoneConfig:
    """How the base stops before what the scan sees."""

    latency: float = setting(
        0.1, 'age of a scan and time to answer it, besides the lag of the base', 's', 0.01, 1.0
    )
    margin: float = setting(0.03, 'room that is left before an obstacle', 'm', 0.0, 1.0)
    graze: float = setting(
        0.02, 'depth beside the way of the outline that noise of the scan may have', 'm', 0.0, 0.1
    )
    own: float = setting(
        0.06, 'depth within the outline from which a return is the base itself', 'm', 0.0, 1.0
    )

    def __post_init__(self) -> None:
        """Check every field.

        Raises:
            ConfigError: naming the field that is wrong.
        """
        check(self)


class BaseBody(NamedTuple):
    """What of a base the stop zone is made of.

    Attributes:
        outline: in the base frame, shape (V, 2) [m].
        angles: of the rays of its scanner in the base frame, shape (rays,) [rad].
        scanner: position of the scanner in the base frame, shape (2,) [m].
        lag: of its motion behind its commands [s].
    """

    outline: np.ndarray
    angles: np.ndarray
    scanner: np.ndarray
    lag: float


class StopZone:
    """Finds how fast a base may go so that it can still stop before what its scan sees.

    The zone is what the outline sweeps along the arc of the velocity, for the latency and for
    the braking at the base's own limits. What stands is taken to stand still.
    """

    def __init__(
        self, config: StopZoneConfig, body: BaseBody, braking: np.ndarray, range_max: float
    ) -> None:
        """Start with nothing seen.

        Args:
            config: margins.
            body: of the base.
            braking: along x, y [m/s2] and about z [rad/s2], shape (3,); 0 where it cannot move.
            range_max: of the scanner [m].
        """
        self._config, self._body, self._range_max = config, body, range_max
        self._outline = np.ascontiguousarray(body.outline, dtype=float)
        self._radius = float(np.linalg.norm(self._outline, axis=1).max())
        self._rays = np.stack([np.cos(body.angles), np.sin(body.angles)], axis=1)
        self._able, self._braking = braking > 0.0, braking[braking > 0.0]
        self.forget()
        self._touch(np.array([1.0, 0.0, 0.1]), 1.0)  # compiled now, not at the first command

    def forget(self) -> None:
        """Take everything seen as gone."""
        self._points: np.ndarray = np.zeros((0, 2))

    def look(self, ranges: np.ndarray) -> None:
        """Take a scan, shape (rays,) [m]; what is no return counts as free."""
        ranges = np.asarray(ranges, dtype=float)
        hit = np.isfinite(ranges) & (ranges > 0.0) & (ranges < self._range_max)
        self._points = self._rays[hit] * ranges[hit, None] + self._body.scanner

    def share(self, velocity: np.ndarray, moving: np.ndarray) -> float:
        """Share of a velocity with which the base can stop in time, 0 to 1.

        With s of the velocity the base goes on for the latency t and brakes for s b, in which it
        makes the way of s (t + s b / 2) seconds of the whole velocity. A base that lags behind
        its commands besides makes the way of its lag at the velocity that it still has.

        Args:
            velocity: vx, vy [m/s], yaw rate [rad/s], shape (3,).
            moving: the velocity that the base has, shape (3,).
        """
        config, weight = self._config, np.array([1.0, 1.0, self._radius**2])
        speed = max(math.hypot(velocity[0], velocity[1]), abs(velocity[2]) * self._radius)
        if speed < 1e-6:
            return 1.0
        brake = float((np.abs(velocity[self._able]) / self._braking).max(initial=0.0))
        along = float((weight * velocity) @ moving / ((weight * velocity) @ velocity))
        spare = (config.margin + config.graze) / speed + self._body.lag * max(along, 0.0)
        until = config.latency + brake / 2.0 + spare
        free = self._touch(velocity, until)
        if free >= until:
            return 1.0
        room = max(free - spare, 0.0)
        # The root of s (t + s b / 2) = room, in the form that bears b = 0.
        late = config.latency
        return min(2.0 * room / max(late + math.sqrt(late**2 + 2.0 * brake * room), 1e-9), 1.0)

    def _touch(self, velocity: np.ndarray, until: float) -> float:
        config = self._config
        return first_touch(
            self._outline, self._points, np.asarray(velocity, dtype=float), until, config.graze,
            config.own,
        )  # fmt: skip
