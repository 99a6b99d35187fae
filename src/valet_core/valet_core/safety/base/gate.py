"""The gate of a mobile base: its configuration and the messages that it takes."""

from dataclasses import dataclass

import numpy as np

from valet_core.common.config import check, setting
from valet_core.safety.base.inputs import BaseInputs, BaseInputsConfig
from valet_core.safety.base.limiter import BaseLimiter, BaseLimits
from valet_core.safety.base.stop_zone import StopZoneConfig
from valet_core.safety.gate import Gate, GateTiming
from valet_core.safety.verdict import Verdict

__all__ = ['BaseGate', 'BaseGateConfig']


@dataclass(frozen=True)
class BaseGateConfig:
    """Every rule of the gate of a base; the limits of motion are the embodiment's."""

    inputs: BaseInputsConfig = BaseInputsConfig()
    obstacles: StopZoneConfig = StopZoneConfig()
    speed_share: float = setting(
        1.0, "share of the embodiment's speeds that passes", '', 0.01, 1.0
    )
    clock_timeout: float = setting(
        0.6, 'longest steady time for which the clock may stand still', 's', 0.01, 10.0
    )
    clock_still: float = setting(
        0.15, 'standstill of the clock by which the robot rests', 's', 0.01, 10.0
    )
    longest_step: float = setting(
        0.1, 'longest time between outputs that the acceleration limit counts', 's', 1e-3, 1.0
    )
    rate: float = setting(50.0, 'commands sent to the base', 'Hz', 10.0, 500.0)

    def __post_init__(self) -> None:
        """Check every field.

        Raises:
            ConfigError: naming the field that is wrong.
        """
        check(self)


class BaseGate(Gate[BaseInputs]):
    """A gate whose commands are vx, vy [m/s], yaw rate [rad/s], shape (3,), base frame."""

    def __init__(self, config: BaseGateConfig, limits: BaseLimits) -> None:
        """Start inactive with nothing received.

        Args:
            config: the rules.
            limits: of the base and its scanner.
        """
        timing = GateTiming(
            config.rate, config.clock_timeout, config.clock_still, held_back=0.06, catch_up=0.05
        )
        self._motion = BaseLimiter(
            limits, config.speed_share, config.longest_step, config.obstacles
        )
        super().__init__(BaseInputs(config.inputs, limits), self._motion, timing)

    def forget(self) -> None:
        """Forget what has been seen too."""
        super().forget()
        self._motion.forget()

    def scan(self, now: float, stamp: float, ranges: np.ndarray) -> None:
        """Take a scan, shape (rays,) [m]; one that is right shows what to stop before."""
        with self._message(now):
            if self.inputs.take_scan(now, stamp, ranges):
                self._motion.look(ranges)

    def odom(self, now: float, stamp: float, frame: str, state: np.ndarray) -> None:
        """Take odometry, shape (6,): x, y, yaw, vx, vy, yaw rate."""
        with self._message(now):
            self.inputs.take_odom(now, stamp, frame, state)

    def scores(self, now: float, stamp: float, verdict: Verdict) -> None:
        """Take monitor/scores; an alarm latches in every state."""
        with self._message(now):
            self.inputs.take_scores(now, stamp, verdict)
