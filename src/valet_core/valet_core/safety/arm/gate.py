"""The gate of an arm: its configuration and the messages that it takes."""

from dataclasses import dataclass

import numpy as np

from valet_core.common.config import check, setting
from valet_core.perception.arm_estimate import ArmEstimate
from valet_core.safety.aliveness import AlivenessConfig
from valet_core.safety.arm.inputs import ArmInputs, ArmInputsConfig
from valet_core.safety.arm.limits import MotionLimits, TwistLimiter
from valet_core.safety.arm.verdict import Verdict
from valet_core.safety.force import ForceLimits
from valet_core.safety.gate import Gate, GateTiming

__all__ = ['ArmGate', 'ArmGateConfig']


@dataclass(frozen=True)
class ArmGateConfig:
    """Every rule of the gate of an arm."""

    inputs: ArmInputsConfig = ArmInputsConfig()
    motion: MotionLimits = MotionLimits()
    force: ForceLimits = ForceLimits()
    aliveness: AlivenessConfig = AlivenessConfig()
    clock_timeout: float = setting(
        0.6, 'longest steady time for which the clock may stand still', 's', 0.01, 10.0
    )
    clock_still: float = setting(
        0.12, 'standstill of the clock by which the robot rests', 's', 0.01, 10.0
    )
    rate: float = setting(100.0, 'commands sent to the robot', 'Hz', 20.0, 500.0)

    def __post_init__(self) -> None:
        """Check every field.

        Raises:
            ConfigError: naming the field that is wrong.
        """
        check(self)


class ArmGate(Gate[ArmInputs]):
    """A gate whose commands are twists of the tool, shape (6,) [m/s, rad/s], base frame."""

    def __init__(self, config: ArmGateConfig) -> None:
        """Start inactive with nothing received.

        Args:
            config: the rules.
        """
        inputs = ArmInputs(config.inputs, config.force, config.aliveness)
        timing = GateTiming(
            config.rate, config.clock_timeout, config.clock_still, held_back=0.05, catch_up=0.05
        )
        super().__init__(inputs, TwistLimiter(config.motion), timing)

    def wrench(self, now: float, stamp: float, frame: str, wrench: np.ndarray) -> None:
        """Take wrench: on the tool, shape (6,) [N, N m], in tool axes."""
        with self._message(now):
            self.inputs.take_wrench(now, stamp, frame, wrench)

    def perception(self, now: float, stamp: float, frame: str, arm: ArmEstimate) -> None:
        """Take perception/arm, in the base frame; with the tool it tells the phase."""
        with self._message(now):
            self.inputs.take_perception(now, stamp, frame, arm)

    def tool(self, now: float, stamp: float, position: np.ndarray) -> None:
        """Take the measured position of the tool, shape (3,) [m], in the base frame."""
        with self._message(now):
            self.inputs.take_tool(now, stamp, position)

    def scores(self, now: float, stamp: float, verdict: Verdict) -> None:
        """Take monitor/scores; an alarm latches in every state."""
        with self._message(now):
            self.inputs.take_scores(now, stamp, verdict)
