"""What the gate of a mobile base knows beside commands: scans and odometry."""

from dataclasses import dataclass

import numpy as np

from valet_core.common.config import check, setting
from valet_core.safety.base.limiter import BaseLimits
from valet_core.safety.base.odometry import JumpWatch
from valet_core.safety.fault import Fault
from valet_core.safety.monitored import MonitoredInputs
from valet_core.safety.watchdog import Freshness, InputConfig

__all__ = ['BaseInputs', 'BaseInputsConfig']


@dataclass(frozen=True)
class BaseInputsConfig:
    """Deadlines and frames.

    A late input slows the base, and by `still_at` the gate asks it to rest; with the next message
    it goes on. Whether it was one late message or a fault shows only later: at its deadline the
    stop is latched.
    """

    # 20 Hz, or as often as there are scans; stamped as the scan that it comes from.
    command: InputConfig = InputConfig(deadline=0.6, max_age=0.6, slow_from=0.15, still_at=0.2)
    # 10 to 20 Hz.
    scan: InputConfig = InputConfig(deadline=0.6, max_age=0.6, slow_from=0.15, still_at=0.2)
    # 50 Hz.
    odom: InputConfig = InputConfig(deadline=0.6, max_age=0.6, slow_from=0.1, still_at=0.2)
    # As often as commands; the stamp is that of the observation that is judged.
    scores: InputConfig = InputConfig(
        required=False, deadline=0.6, max_age=0.6, slow_from=0.2, still_at=0.25
    )
    # A button that shows that it lives by repeating its state. No stamp: arrival counts twice.
    stop: InputConfig = InputConfig(required=False, deadline=0.50, max_age=0.50)
    future_tolerance: float = setting(
        0.05, 'how far a stamp may lie ahead of the clock', 's', 0.0, 1.0
    )
    base_frame: str = setting('base_link', 'frame of commands')
    odom_frame: str = setting('odom', 'frame of the odometry')
    frozen_scans: int = setting(
        5,
        'identical scans in a row, with returns, that mean a broken sensor; 0: never',
        '',
        0,
        1000,
    )
    inf_scans: int = setting(
        100,
        'identical scans in a row, without a return, that mean a broken sensor; 0: never',
        '',
        0,
        100000,
    )
    odom_jump: float = setting(
        0.3,
        'how far odometry may move within 1 s beyond what the speeds allow',
        'm and rad',
        0.01,
        10.0,
    )

    def __post_init__(self) -> None:
        """Check every field.

        Raises:
            ConfigError: naming the field that is wrong.
        """
        check(self)


class BaseInputs(MonitoredInputs):
    """The inputs of a base."""

    def __init__(self, config: BaseInputsConfig, limits: BaseLimits) -> None:
        """Start with nothing received.

        Args:
            config: deadlines and frames.
            limits: of the base and its scanner.
        """
        self._config, self._limits = config, limits
        self._motion = JumpWatch(limits, config.odom_jump)
        names = {
            'command': 'mobility/cmd_vel',
            'scan': 'scan',
            'odom': 'odom',
            'scores': 'monitor/scores',
            'stop': 'safety/stop',
        }
        watches = [
            Freshness(key, name, getattr(config, key), config.future_tolerance)
            for key, name in names.items()
        ]
        super().__init__(watches, config.base_frame, 3, config.scores.deadline)

    def forget(self) -> None:
        """Drop every stamped message; stop and alarm stay."""
        super().forget()
        self._scan: np.ndarray | None = None
        self._equal = 0
        self._motion.forget()

    def take_scan(self, now: float, stamp: float, ranges: np.ndarray) -> bool:
        """Take ranges [m]: the right number of them, not all NaN, and not a frozen picture."""
        fault = self._malformed(ranges) or self._frozen(ranges)
        return self._judged('scan', fault) and self.watches['scan'].accept(now, stamp)

    def take_odom(self, now: float, stamp: float, frame: str, state: np.ndarray) -> bool:
        """Take x, y, yaw, vx, vy, yaw rate, shape (6,)."""
        fault = self._unsound('odom', frame, self._config.odom_frame, state)
        if fault is None:
            problem = self._motion.update(now, stamp, state[:3])
            fault = self._fault('odom', 'jump', problem) if problem else None
        return self._judged('odom', fault) and self.watches['odom'].accept(now, stamp)

    def _malformed(self, ranges: np.ndarray) -> Fault | None:
        rays = self._limits.rays
        if ranges.shape != (rays,):
            return self._fault('scan', 'size', f'has {ranges.size} ranges, allowed {rays}')
        if np.isnan(ranges).all():
            return self._fault('scan', 'nonfinite', 'is all NaN')
        return None

    def _frozen(self, ranges: np.ndarray) -> Fault | None:
        same = self._scan is not None and np.array_equal(ranges, self._scan, equal_nan=True)
        self._equal = self._equal + 1 if same else 1
        self._scan = np.array(ranges)
        # Open space looks the same each time: only what has returns carries noise.
        returns = bool((ranges < self._limits.range_max).any())
        most = self._config.frozen_scans if returns else self._config.inf_scans
        if 0 < most <= self._equal:
            return self._fault('scan', 'frozen', f'has not changed in {self._equal} messages')
        return None
