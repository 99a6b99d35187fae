"""The gate of an arm: the only publisher of `servo/delta_twist_cmds`."""

from typing import Any

import numpy as np
from geometry_msgs.msg import TwistStamped, WrenchStamped
from sensor_msgs.msg import PointCloud2
from valet_msgs.msg import ArmPose, FailureScores

from valet_core.common.errors import InvalidInputError, StaleInputError
from valet_core.safety.arm.gate import ArmGate, ArmGateConfig
from valet_core.safety.verdict import Verdict
from valet_nodes.lockstep.streams import DRESSING_STREAMS
from valet_nodes.ros.conversions import (
    arm_from_message,
    cloud_from_message,
    seconds,
    stamp_of,
    twist_from_message,
    twist_to_message,
    wrench_from_message,
)
from valet_nodes.ros.qos import EVERY_SAMPLE, RELIABLE
from valet_nodes.ros.spin import run, spin_by_events
from valet_nodes.safety.gate_node import GateNode
from valet_nodes.safety.gate_report import Contact

__all__ = ['SafetyGate', 'main']

_ROUNDING = 1e-6  # of stamps [s]


class SafetyGate(GateNode):
    """Passes `policy/command` to the servo of an arm."""

    streams = DRESSING_STREAMS
    ticked_by = 'wrench'

    def __init__(self, **options: Any) -> None:
        """Declare the parameters.

        Args:
            options: of rclpy's node.

        Raises:
            ConfigError: for a parameter that is unknown or out of range.
        """
        super().__init__('safety_gate', ArmGateConfig, 'safety', **options)

    def make_gate(self) -> ArmGate:
        """A gate with nothing received."""
        return ArmGate(self.config)

    def connect(self) -> None:
        """Create the publisher of twists, and what the gate takes."""
        self._output = self.talk(TwistStamped, 'servo/delta_twist_cmds', RELIABLE)
        self._tf = self.transforms(self._on_tf)
        self._last_tool_stamp = self._last_links_stamp = -1.0
        self.feed(TwistStamped, 'policy/command', self._on_command, RELIABLE)
        self.feed(WrenchStamped, 'wrench', self._on_wrench, EVERY_SAMPLE)
        self.feed(ArmPose, 'perception/arm', self._on_arm, RELIABLE)
        if self.gate.link_frames:
            self.feed(PointCloud2, 'perception/cloud', self._on_cloud, RELIABLE)
        self.feed(FailureScores, 'monitor/scores', self._on_scores, RELIABLE)

    def send(self, command: np.ndarray) -> None:
        """Publish a twist of the tool, shape (6,)."""
        message = TwistStamped(twist=twist_to_message(command))
        message.header.stamp = stamp_of(self.now)
        message.header.frame_id = self.config.inputs.base_frame
        self._output.publish(message)

    def contact(self) -> Contact:
        """The last force on the tool and its limit."""
        inputs = self.gate.inputs
        return Contact(inputs.force, inputs.limit.magnitude, inputs.phase)

    def _on_command(self, message: TwistStamped) -> None:
        header, twist = message.header, twist_from_message(message.twist)
        self.gate.command(self.now, seconds(header.stamp), header.frame_id, twist)

    def _on_wrench(self, message: WrenchStamped) -> None:
        header, wrench = message.header, wrench_from_message(message.wrench)
        self.gate.wrench(self.now, seconds(header.stamp), header.frame_id, wrench)

    def _on_arm(self, message: ArmPose) -> None:
        header, arm = message.header, arm_from_message(message)
        self.gate.perception(self.now, seconds(header.stamp), header.frame_id, arm)

    def _on_cloud(self, message: PointCloud2) -> None:
        header = message.header
        try:
            points, labels = cloud_from_message(message)
        except InvalidInputError as error:
            self.gate.inputs.watches['cloud'].reject(str(error))
            return
        self.gate.cloud(self.now, seconds(header.stamp), header.frame_id, points, labels)

    def _on_scores(self, message: FailureScores) -> None:
        verdict = Verdict(message.alarm, message.names, message.scores, message.thresholds)
        self.gate.scores(self.now, seconds(message.header.stamp), verdict)

    def _on_tf(self) -> None:
        frames = self.config.inputs
        try:
            found = self._tf.buffer.lookup(frames.base_frame, frames.tool_frame)
        except StaleInputError:
            return  # The gate knows that the tool has not been received, and says so.
        except InvalidInputError:
            self.gate.tool(self.now, self.now, np.full(3, np.nan))
            self.act_on_fault()
            return
        # Transforms of other parts of the robot and of the camera share the topic.
        if found.stamp != self._last_tool_stamp:
            self._last_tool_stamp = found.stamp
            self.gate.tool(self.now, found.stamp, found.matrix[:3, 3])
            self.act_on_fault()
            # To look the links up takes a while: no more often than the rule wants them.
            since = found.stamp - self._last_links_stamp
            if not 0.0 <= since < 1.0 / self.config.separation.rate - _ROUNDING:
                self._take_links()

    def _take_links(self) -> None:
        base = self.config.inputs.base_frame
        try:
            found = {name: self._tf.buffer.lookup(base, name) for name in self.gate.link_frames}
        except StaleInputError as error:
            self.gate.links_missing(str(error))
            return
        except InvalidInputError:
            self.gate.links(self.now, self.now, {base: np.full((4, 4), np.nan)})
            self.act_on_fault()
            return
        if not found:
            return  # There is no rule that needs them.
        oldest = min(found, key=lambda name: found[name].stamp)
        stamp = found[oldest].stamp
        if stamp == self._last_links_stamp:
            self.gate.links_missing(f'nothing new of {oldest!r}')
            return
        self._last_links_stamp = stamp
        self.gate.links(self.now, stamp, {name: t.matrix for name, t in found.items()})
        self.act_on_fault()


def main() -> int:
    """Run the node until a signal; exit status 1 for a bad configuration."""
    return run(SafetyGate, live=spin_by_events)
