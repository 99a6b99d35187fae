"""What the gate of a mobile base knows of its inputs, and what is wrong with them."""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from valet_core.common.config import check, setting
from valet_core.safety.inputs import Fault
from valet_core.safety.watchdog import Freshness, InputConfig

__all__ = ['BaseInputs', 'BaseInputsConfig', 'BaseLimits']


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


@dataclass(frozen=True)
class BaseInputsConfig:
    """Deadlines and frames.

    A late input slows the base, and by `still_at` the gate asks it to rest; with the next message
    it goes on. Whether it was one late message or a fault shows only later: at its deadline the
    stop is latched.
    """

    # 20 Hz, or as often as there are scans; stamped as the scan that it comes from.
    command: InputConfig = InputConfig(
        deadline=0.6, max_age=0.6, slow_from=0.15, still_at=0.2
    )
    # 10 to 20 Hz.
    scan: InputConfig = InputConfig(deadline=0.6, max_age=0.6, slow_from=0.15, still_at=0.2)
    # 50 Hz.
    odom: InputConfig = InputConfig(deadline=0.6, max_age=0.6, slow_from=0.1, still_at=0.2)
    future_tolerance: float = setting(
        0.05, 'how far a stamp may lie ahead of the clock', 's', 0.0, 1.0
    )
    base_frame: str = setting('base_link', 'frame of commands')
    odom_frame: str = setting('odom', 'frame of the odometry')
    frozen_scans: int = setting(
        5, 'identical scans in a row, with returns, that mean a broken sensor; 0: never', '', 0,
        1000,
    )
    odom_jump: float = setting(
        0.3, 'how far odometry may move beyond what the speeds allow', 'm and rad', 0.01, 10.0
    )

    def __post_init__(self) -> None:
        """Check every field.

        Raises:
            ConfigError: naming the field that is wrong.
        """
        check(self)


class BaseInputs:
    """Stores what arrives and answers which rules do not hold, with the clock passed in.

    Attributes:
        command: last velocity taken, shape (3,).
        pressed: state of the stop button.
    """

    def __init__(self, config: BaseInputsConfig, limits: BaseLimits) -> None:
        """Start with nothing received."""
        self.watches = {
            key: Freshness(name, getattr(config, key), config.future_tolerance)
            for key, name in (('command', 'mobility/cmd_vel'), ('scan', 'scan'), ('odom', 'odom'))
        }
        self._config, self._limits = config, limits
        self.pressed = False
        self.forget()

    def forget(self) -> None:
        """Drop every stamped message, as after a jump of the clock; a stop stays pressed."""
        for watch in self.watches.values():
            watch.forget()
        self._bad: dict[str, Fault] = {}
        self.command: np.ndarray = np.zeros(3)
        self._scan: np.ndarray | None = None
        self._equal = 0
        self._odom: tuple[float, np.ndarray] | None = None

    def take_command(self, now: float, stamp: float, frame: str, velocity: np.ndarray) -> bool:
        """Take a velocity; whether it may be used."""
        if not np.isfinite(velocity).all():
            return self._fault('command', 'nonfinite', f'is not finite: {velocity.tolist()}')
        if frame != self._config.base_frame:
            allowed = self._config.base_frame
            return self._fault('command', 'frame', f'is in frame {frame!r}, allowed {allowed!r}')
        self._bad.pop('command', None)
        accepted = self.watches['command'].accept(now, stamp)
        if accepted:
            self.command = np.array(velocity, dtype=float)
        return accepted

    def take_scan(self, now: float, stamp: float, ranges: np.ndarray) -> bool:
        """Take ranges [m]: the right number of them, not all NaN, and not a frozen picture."""
        rays = self._limits.rays
        if ranges.shape != (rays,):
            return self._fault('scan', 'size', f'has {ranges.size} ranges, allowed {rays}')
        if np.isnan(ranges).all():
            return self._fault('scan', 'nonfinite', 'is all NaN')
        same = self._scan is not None and np.array_equal(ranges, self._scan, equal_nan=True)
        # Open space looks the same each time: only what has returns carries noise.
        returns = bool((ranges < self._limits.range_max).any())
        self._equal = self._equal + 1 if same and returns else 1
        self._scan = np.array(ranges)
        most = self._config.frozen_scans
        if 0 < most <= self._equal:
            return self._fault('scan', 'frozen', f'has not changed in {self._equal} messages')
        self._bad.pop('scan', None)
        return self.watches['scan'].accept(now, stamp)

    def take_odom(self, now: float, stamp: float, frame: str, state: np.ndarray) -> bool:
        """Take x, y, yaw, vx, vy, yaw rate, shape (6,)."""
        if not np.isfinite(state).all():
            return self._fault('odom', 'nonfinite', f'is not finite: {state.tolist()}')
        if frame != self._config.odom_frame:
            allowed = self._config.odom_frame
            return self._fault('odom', 'frame', f'is in frame {frame!r}, allowed {allowed!r}')
        last, self._odom = self._odom, (stamp, np.array(state))
        problem = '' if last is None else self._jump(*last, stamp, state)
        if problem:
            return self._fault('odom', 'jump', problem)
        self._bad.pop('odom', None)
        return self.watches['odom'].accept(now, stamp)

    def hard_faults(self) -> list[Fault]:
        """What stops the base even before the first command has passed."""
        pressed = [Fault('stop', 'safety/stop is true')] if self.pressed else []
        return pressed + list(self._bad.values())

    def stale(self, now: float) -> list[Fault]:
        """The required inputs that are not fresh at `now`."""
        problems = (
            (key, watch.problem(now)) for key, watch in self.watches.items() if watch.required
        )
        return [Fault(f'stale_{key}', problem) for key, problem in problems if problem]

    def pace(self, now: float) -> tuple[float, tuple[str, ...]]:
        """Share of the commanded speed that is allowed, and the late inputs that limit it."""
        paces = {
            f'late_{key}': watch.pace(now) for key, watch in self.watches.items() if watch.required
        }
        late = tuple(name for name, pace in paces.items() if pace < 1.0)
        return min(paces.values(), default=1.0), late

    def _jump(self, before: float, old: np.ndarray, stamp: float, new: np.ndarray) -> str:
        limits, slack = self._limits, self._config.odom_jump
        elapsed = max(stamp - before, 0.0)
        moved = math.hypot(*(new[:2] - old[:2]))
        most = 1.5 * elapsed * (max(limits.forward, limits.backward) + limits.lateral) + slack
        if moved > most:
            return f'jumped by {moved:.2f} m in {elapsed:.3f} s, allowed {most:.2f} m'
        turned = abs(math.remainder(new[2] - old[2], 2.0 * math.pi))
        most = 1.5 * elapsed * limits.yaw_rate + slack
        if turned > most:
            return f'jumped by {turned:.2f} rad in {elapsed:.3f} s, allowed {most:.2f} rad'
        return ''

    def _fault(self, key: str, rule: str, problem: str) -> bool:
        self._bad[key] = Fault(f'{rule}_{key}', f'{self.watches[key].name} {problem}')
        return False
