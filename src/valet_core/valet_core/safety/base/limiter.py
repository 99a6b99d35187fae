"""Motion limits of a base: its velocity clamped in speed, acceleration and by obstacles."""

import math
from typing import NamedTuple

import numpy as np

from valet_core.safety.base.stop_zone import BaseBody, StopZone, StopZoneConfig
from valet_core.safety.limiter import Limited, Limiter, differs

__all__ = ['BaseLimiter', 'BaseLimits']


class BaseLimits(NamedTuple):
    """What a base can do and what its scanner gives.

    Attributes:
        forward: top speed [m/s].
        backward: top speed backward [m/s].
        lateral: top speed sideways [m/s].
        yaw_rate: [rad/s].
        acceleration: [m/s2].
        lateral_acceleration: [m/s2].
        yaw_acceleration: [rad/s2].
        rays: of one scan.
        range_max: of the scanner [m].
        body: outline and scanner, for the stop before obstacles.
    """

    forward: float
    backward: float
    lateral: float
    yaw_rate: float
    acceleration: float
    lateral_acceleration: float
    yaw_acceleration: float
    rays: int
    range_max: float
    body: BaseBody


class BaseLimiter(Limiter):
    """Clamps a stream of base velocities; slowing too keeps to the acceleration limit."""

    def __init__(
        self,
        limits: BaseLimits,
        share: float,
        longest_step: float,
        obstacles: StopZoneConfig | None = None,
    ) -> None:
        """Start at rest with nothing seen.

        Args:
            limits: of the base.
            share: of its speeds that passes.
            longest_step: longest time between outputs that counts [s].
            obstacles: how it stops before what is seen.
        """
        super().__init__(3, longest_step)
        self._high = share * np.array([limits.forward, limits.lateral, limits.yaw_rate])
        self._low = -share * np.array([limits.backward, limits.lateral, limits.yaw_rate])
        self._change = np.array(
            [limits.acceleration, limits.lateral_acceleration, limits.yaw_acceleration]
        )
        self._lag = limits.body.lag
        self._zone = StopZone(
            obstacles or StopZoneConfig(), limits.body, self._change, limits.range_max
        )

    def rest(self) -> None:
        """Take the base as standing from now on."""
        super().rest()
        self._moving: np.ndarray = np.zeros(3)

    def look(self, ranges: np.ndarray) -> None:
        """Take a scan, shape (rays,) [m]."""
        self._zone.look(ranges)

    def forget(self) -> None:
        """Forget what has been seen."""
        self._zone.forget()

    def clamp(
        self,
        now: float,
        command: np.ndarray,
        position: np.ndarray | None = None,
        pace: float = 1.0,
    ) -> Limited:
        """The velocity to send at `now` for the one that is asked for.

        Args:
            now: time [s].
            command: vx, vy [m/s], yaw rate [rad/s], finite, shape (3,).
            position: not used, a base has no workspace.
            pace: share of the speed asked for that is allowed, 0 to 1.

        Returns:
            The velocity within every limit. Speed is limited by one factor, which keeps the
            curve; acceleration axis by axis, so that no axis waits for another one's braking.
            Before an obstacle the velocity that would be sent is slowed by one factor, no
            harder than the base brakes.
        """
        clamped, asked = [], pace * command
        target = asked * self._factor(asked)
        if differs(target, asked):
            clamped.append('speed')
        step = self._change * self._step(now)
        output = np.clip(target, self._last - step, self._last + step)
        if step.any() and differs(output, target):
            clamped.append('acceleration')
        self._follow(now)
        share = self._zone.share(output, self._moving)
        slowed = np.clip(output * share, self._last - step, self._last + step)
        if differs(slowed, output):
            clamped.append('obstacle')
        return self._sent(now, slowed, clamped)

    def _follow(self, now: float) -> None:
        """Keep the velocity that a base with its lag has after what it has been sent."""
        since = max(now - self._last_time, 0.0) if self._last_time is not None else 0.0
        left = math.exp(-since / max(self._lag, 1e-6))
        self._moving = self._last + left * (self._moving - self._last)

    def _factor(self, velocity: np.ndarray) -> np.ndarray:
        """One factor for all axes; an axis that the base does not have is zero by itself."""
        bound = np.where(velocity >= 0.0, self._high, -self._low)
        able = bound > 0.0
        ratio = np.abs(velocity[able]) / bound[able]
        return able / max(1.0, float(ratio.max(initial=0.0)))
