"""The gate of an arm: its configuration and the messages that it takes."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from valet_core.common.config import check, setting
from valet_core.perception.arm_estimate import ArmEstimate
from valet_core.perception.robot_shape import RobotShape
from valet_core.safety.aliveness import AlivenessConfig
from valet_core.safety.arm.inputs import ArmInputs
from valet_core.safety.arm.inputs_config import ArmInputsConfig
from valet_core.safety.arm.limits import MotionLimits, TwistLimiter
from valet_core.safety.arm.separation import Separation
from valet_core.safety.arm.separation_config import SeparationConfig
from valet_core.safety.force import ForceLimits
from valet_core.safety.gate import Gate, GateTiming
from valet_core.safety.verdict import Verdict

__all__ = ['ArmGate', 'ArmGateConfig', 'make_separation']

_shape = functools.cache(RobotShape.named)


def make_separation(
    config: SeparationConfig, motion: MotionLimits, tool_frame: str
) -> Separation | None:
    """The separation rule of a robot; None where it is not enabled.

    Raises:
        ConfigError: for a robot that is not known, or a gripper that it does not have.
    """
    if not config.enabled:
        return None
    return Separation(config, _shape(config.robot), tool_frame, motion.linear_speed)


@dataclass(frozen=True)
class ArmGateConfig:
    """Every rule of the gate of an arm."""

    inputs: ArmInputsConfig = ArmInputsConfig()
    motion: MotionLimits = MotionLimits()
    force: ForceLimits = ForceLimits()
    separation: SeparationConfig = SeparationConfig()
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

        Raises:
            ConfigError: where the separation rule does not fit its robot.
        """
        self._separation = make_separation(
            config.separation, config.motion, config.inputs.tool_frame
        )
        inputs = ArmInputs(config.inputs, config.force, config.aliveness, self._separation)
        timing = GateTiming(
            config.rate, config.clock_timeout, config.clock_still, held_back=0.05, catch_up=0.05
        )
        super().__init__(inputs, TwistLimiter(config.motion, self._separation), timing)

    @property
    def link_frames(self) -> tuple[str, ...]:
        """The frames whose poses `links` needs; none where there is no separation rule."""
        return () if self._separation is None else self._separation.frames

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

    def cloud(
        self, now: float, stamp: float, frame: str, points: np.ndarray, labels: np.ndarray
    ) -> None:
        """Take perception/cloud: points, shape (n, 3) [m], and labels, shape (n,)."""
        with self._message(now):
            self.inputs.take_cloud(now, stamp, frame, points, labels)

    def links(self, now: float, stamp: float, poses: Mapping[str, np.ndarray]) -> None:
        """Take the measured T_base_link (4, 4) of each of `link_frames`."""
        with self._message(now):
            self.inputs.take_links(now, stamp, poses)

    def links_missing(self, why: str) -> None:
        """Note why there are no poses of the links; their age then slows and stops the robot."""
        self.inputs.watches['links'].reject(why)

    def scores(self, now: float, stamp: float, verdict: Verdict) -> None:
        """Take monitor/scores; an alarm latches in every state."""
        with self._message(now):
            self.inputs.take_scores(now, stamp, verdict)
