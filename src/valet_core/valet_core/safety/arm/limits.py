"""Motion limits: a tool twist clamped in speed, acceleration and workspace."""

import math
from dataclasses import dataclass

import numpy as np

from valet_core.common.config import check, setting
from valet_core.common.errors import ConfigError
from valet_core.safety.arm.separation import Separation
from valet_core.safety.limiter import Limited, Limiter, differs

__all__ = ['MotionLimits', 'TwistLimiter']


@dataclass(frozen=True)
class MotionLimits:
    """Bounds on the motion of the tool, all in the base frame."""

    linear_speed: float = setting(0.25, 'largest speed of the tool', 'm/s', 0.0, 2.0)
    angular_speed: float = setting(1.0, 'largest turning rate of the tool', 'rad/s', 0.0, 6.0)
    linear_acceleration: float = setting(
        1.5, 'largest change of the linear velocity', 'm/s^2', 0.01, 20.0
    )
    angular_acceleration: float = setting(
        6.0, 'largest change of the angular velocity', 'rad/s^2', 0.01, 100.0
    )
    workspace_low: tuple[float, float, float] = setting(
        (-0.95, -0.95, -0.6), 'lower corner of the box that the tool stays in', 'm', -10.0, 10.0
    )
    workspace_high: tuple[float, float, float] = setting(
        (0.95, 0.95, 1.3), 'upper corner of the box that the tool stays in', 'm', -10.0, 10.0
    )
    workspace_delay: float = setting(
        0.05, 'time from the measured tool position until a command takes effect', 's', 0.025, 1.0
    )
    longest_step: float = setting(
        0.05, 'longest time between outputs that the acceleration limit counts', 's', 1e-3, 1.0
    )

    def __post_init__(self) -> None:
        """Check every field, and that the box is not empty.

        Raises:
            ConfigError: naming the field that is out of its range.
        """
        check(self)
        for axis, low, high in zip('xyz', self.workspace_low, self.workspace_high, strict=True):
            if low >= high:
                raise ConfigError(
                    f'workspace_low: {axis} is {low} m, not below workspace_high {high} m'
                )


class TwistLimiter(Limiter):
    """Clamps a stream of twists [vx vy vz wx wy wz], base frame, m/s and rad/s."""

    def __init__(self, limits: MotionLimits, separation: Separation | None = None) -> None:
        """Start at rest.

        Args:
            limits: the bounds.
            separation: of the robot's links from the person, if that is a limit too.
        """
        super().__init__(6, limits.longest_step)
        self._limits, self._separation = limits, separation

    def clamp(
        self,
        now: float,
        command: np.ndarray,
        position: np.ndarray | None = None,
        pace: float = 1.0,
    ) -> Limited:
        """The twist to send at `now` for the one that is asked for.

        Args:
            now: time [s], not before that of the last call.
            command: finite, shape (6,).
            position: of the tool in the base frame, shape (3,) [m]; None: no workspace limit.
            pace: share of the speed asked for that is allowed, 0 to 1.

        Returns:
            The twist within every limit, and which of 'speed', 'acceleration', 'workspace',
            'separation' and 'pace' changed it. Acceleration is limited in both directions; only
            the workspace limit, the separation and a lower pace may brake harder.
        """
        asked = np.asarray(command, dtype=float).tolist()
        clamped = []
        factor = _speed_factor(asked, self._limits)
        target = [factor * v for v in asked]
        if differs(target, asked):
            clamped.append('speed')
        outward = None if position is None else self._outward(np.asarray(position).tolist())
        inside = _within(target, outward)
        if differs(inside, target):
            clamped.append('workspace')
        inside = self._apart(inside, clamped)
        step = self._step(now)
        reached = self._approach(inside, step)
        if step > 0.0 and differs(reached, inside):
            clamped.append('acceleration')
        output = _within(reached, outward)
        if differs(output, reached) and 'workspace' not in clamped:
            clamped.append('workspace')
        name, pace = self._pace(pace)
        paced = _paced(output, inside, pace)
        if differs(paced, output) and name not in clamped:
            clamped.append(name)
        # On the way to a twist that keeps the distances there may be one that does not.
        apart = self._apart(paced, clamped)
        rule = self._separation
        detail = rule.reason if rule is not None and 'separation' in clamped else ''
        return self._sent(now, np.array(apart), clamped, detail)

    def _pace(self, pace: float) -> tuple[str, float]:
        """The lower one of the pace asked for and that of the separation, and its name."""
        if self._separation is None or self._separation.pace >= pace:
            return 'pace', pace
        return 'separation', self._separation.pace

    def _apart(self, twist: list[float], clamped: list[str]) -> list[float]:
        """The twist slowed by the separation, which is noted then."""
        share = 1.0 if self._separation is None else self._separation.share(twist)
        slowed = [share * v for v in twist]
        if share >= 1.0 or not differs(slowed, twist):
            return twist
        if 'separation' not in clamped:
            clamped.append('separation')
        return slowed

    def _approach(self, target: list[float], step: float) -> list[float]:
        """From the last output towards the target, as far as `step` seconds allow."""
        last, reached = self._last.tolist(), list(target)
        bounds = (self._limits.linear_acceleration, self._limits.angular_acceleration)
        for part, bound in zip(_PARTS, bounds, strict=True):
            change = [t - v for t, v in zip(target[part], last[part], strict=True)]
            size, largest = math.hypot(*change), bound * step
            if size > largest:
                share = largest / size
                reached[part] = [v + c * share for v, c in zip(last[part], change, strict=True)]
        return reached

    def _outward(self, position: list[float]) -> list[tuple[float, float]]:
        """Largest speeds towards the lower and the upper face of the box, of each axis [m/s].

        With d to the face, delay t and braking b, the tool stays inside while
        v t + v^2 / (2 b) <= d. Braking takes half of the acceleration limit: three axes at
        once then need sqrt(3) / 2 of it, so that a tool that nears a corner can obey both. In
        steps of time the change of v stays within b while a step is no longer than 2 t.
        """
        limits = self._limits
        braking = 0.5 * limits.linear_acceleration
        slack = braking * limits.workspace_delay

        def fastest(room: float) -> float:
            return math.sqrt(slack**2 + 2.0 * braking * max(room, 0.0)) - slack

        box = zip(position, limits.workspace_low, limits.workspace_high, strict=True)
        return [(fastest(p - low), fastest(high - p)) for p, low, high in box]


_PARTS = (slice(0, 3), slice(3, 6))
"""Linear and angular part of a twist. In lists: six numbers are too few for numpy's overhead."""


def _speed_factor(twist: list[float], limits: MotionLimits) -> float:
    """One factor for the whole twist, which keeps the path and only slows it."""
    factor = 1.0
    for part, bound in zip(_PARTS, (limits.linear_speed, limits.angular_speed), strict=True):
        speed = math.hypot(*twist[part])  # infinite where it would overflow
        if speed > bound:
            factor = min(factor, bound / speed)
    return factor


def _paced(output: list[float], target: list[float], pace: float) -> list[float]:
    """The output slowed to a share of the target's speed; while braking it may be above it."""
    if pace >= 1.0:
        return output
    result = list(output)
    for part in _PARTS:
        size, most = math.hypot(*output[part]), pace * math.hypot(*target[part])
        if size > most:
            result[part] = [v * (most / size) for v in output[part]]
    return result


def _within(twist: list[float], outward: list[tuple[float, float]] | None) -> list[float]:
    """The twist with its linear part no faster than `outward` towards either face."""
    if outward is None:
        return twist
    held = [min(max(v, -low), high) for v, (low, high) in zip(twist[:3], outward, strict=True)]
    return held + twist[3:]
