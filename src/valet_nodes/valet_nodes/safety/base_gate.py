"""The gate of a mobile base: the only publisher of `cmd_vel`."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from geometry_msgs.msg import Twist, TwistStamped
from nav_msgs.msg import Odometry
from sensor_msgs.msg import LaserScan
from valet_msgs.msg import FailureScores

from valet_core.common.config import setting
from valet_core.mobility.body.catalogue import find_embodiment
from valet_core.mobility.body.gate_limits import base_limits
from valet_core.safety.base.gate import BaseGate, BaseGateConfig
from valet_core.safety.verdict import Verdict
from valet_nodes.lockstep.streams import BASE_STREAMS
from valet_nodes.mobility.mobile_messages import odom_from_message
from valet_nodes.ros.conversions import seconds, stamp_of, twist_from_message, twist_to_message
from valet_nodes.ros.qos import RELIABLE, SENSOR
from valet_nodes.ros.spin import run, spin_by_events
from valet_nodes.safety.gate_node import GateNode

__all__ = ['BaseGateNode', 'BaseGateNodeConfig', 'main']

_AXES = [0, 1, 5]  # of a twist: vx, vy, yaw rate


@dataclass(frozen=True)
class BaseGateNodeConfig(BaseGateConfig):
    """The rules, the base and the type of its commands."""

    embodiment: str = setting('jackal_real', 'name of the base, or path of its .yaml')
    enable_stamped_cmd_vel: bool = setting(True, 'cmd_vel is a TwistStamped, else a Twist')


class BaseGateNode(GateNode):
    """Passes `mobility/cmd_vel` to a base: at each command, and at the rate of the timer."""

    streams = BASE_STREAMS
    ticked_by = 'odom'

    def __init__(self, **options: Any) -> None:
        """Declare the parameters and load the embodiment.

        Args:
            options: of rclpy's node.

        Raises:
            ConfigError: for a parameter or an embodiment file that is not right.
        """
        super().__init__('base_gate', BaseGateNodeConfig, 'base_gate', **options)
        self._limits = base_limits(find_embodiment(self.config.embodiment))

    def make_gate(self) -> BaseGate:
        """A gate with nothing received."""
        return BaseGate(self.config, self._limits)

    def connect(self) -> None:
        """Create the publisher of velocities, and what the gate takes."""
        kind = TwistStamped if self.config.enable_stamped_cmd_vel else Twist
        self._output = self.talk(kind, 'cmd_vel', RELIABLE)
        self.feed(TwistStamped, 'mobility/cmd_vel', self._on_command, RELIABLE)
        self.feed(LaserScan, 'scan', self._on_scan, SENSOR)
        self.feed(Odometry, 'odom', self._on_odom, SENSOR)
        self.feed(FailureScores, 'monitor/scores', self._on_scores, RELIABLE)

    def send(self, command: np.ndarray) -> None:
        """Publish vx, vy [m/s], yaw rate [rad/s], shape (3,)."""
        twist = np.zeros(6)
        twist[_AXES] = command
        message = twist_to_message(twist)
        if self.config.enable_stamped_cmd_vel:
            message = TwistStamped(twist=message)
            message.header.stamp = stamp_of(self.now)
            message.header.frame_id = self.config.inputs.base_frame
        self._output.publish(message)

    def _on_command(self, message: TwistStamped) -> None:
        header, twist = message.header, twist_from_message(message.twist)
        # An axis that a base does not have is not followed, but must be a number as well.
        velocity = twist[_AXES] if np.isfinite(twist).all() else np.full(3, np.nan)
        self.gate.command(self.now, seconds(header.stamp), header.frame_id, velocity)
        if not self.keeps_step:
            self.tick()

    def _on_scan(self, message: LaserScan) -> None:
        ranges = np.asarray(message.ranges, dtype=np.float32)
        self.gate.scan(self.now, seconds(message.header.stamp), ranges)

    def _on_odom(self, message: Odometry) -> None:
        header, state = message.header, odom_from_message(message)
        self.gate.odom(self.now, seconds(header.stamp), header.frame_id, state)

    def _on_scores(self, message: FailureScores) -> None:
        verdict = Verdict(message.alarm, message.names, message.scores, message.thresholds)
        self.gate.scores(self.now, seconds(message.header.stamp), verdict)


def main() -> int:
    """Run the node until a signal; exit status 1 for a bad configuration."""
    return run(BaseGateNode, live=spin_by_events)
