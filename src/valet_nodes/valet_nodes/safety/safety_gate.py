"""The node around the safety gate: the only publisher of commands to the robot."""

from collections.abc import Callable
from typing import Any

import numpy as np
from geometry_msgs.msg import TwistStamped, WrenchStamped
from rclpy.clock import Clock, ClockType
from rclpy.lifecycle import LifecycleState, TransitionCallbackReturn
from rclpy.qos import QoSProfile
from std_msgs.msg import Bool, String
from std_srvs.srv import Trigger
from valet_msgs.msg import ArmPose, FailureScores

from valet_core.common.errors import InvalidInputError, StaleInputError
from valet_core.safety.gate import Gate, GateConfig, GateState
from valet_nodes.ros.conversions import (
    arm_from_message,
    seconds,
    twist_from_message,
    twist_to_message,
    wrench_from_message,
)
from valet_nodes.ros.lifecycle import GuardedLifecycleNode
from valet_nodes.ros.parameters import declare_config
from valet_nodes.ros.qos import NO_PUBLISHER_EVENTS, NO_SUBSCRIPTION_EVENTS, RELIABLE, SENSOR
from valet_nodes.ros.spin import run
from valet_nodes.ros.tf_buffer import TransformListener
from valet_nodes.safety.gate_report import GateReport

__all__ = ['SafetyGate', 'main']

_LOG_PERIOD = 1.0  # of a log line that repeats [s]


class SafetyGate(GuardedLifecycleNode):
    """Feeds messages to the gate, and sends what it decides at a fixed rate.

    The timer runs on a steady clock: when the node's clock is a topic that stops, the gate
    still ticks, sees it and stops the robot. A message that trips a rule is acted on at once.
    """

    def __init__(self, **options: object) -> None:
        """Declare the parameters; interfaces come with `configure`.

        Args:
            options: of rclpy's node.

        Raises:
            ConfigError: for a parameter that is unknown or out of range.
        """
        super().__init__('safety_gate', **options)
        self._config = declare_config(self, GateConfig)
        self._steady = Clock(clock_type=ClockType.STEADY_TIME)
        self._gate = Gate(self._config)
        self._interfaces: list[tuple[Any, Any]] = []
        self._report: GateReport | None = None
        self._last_tool_stamp = -1.0
        self._stopped = False

    def on_configure(self, _state: LifecycleState) -> TransitionCallbackReturn:
        """Create topics, the reset service and the timer."""
        frames = self._config.inputs
        self._gate = Gate(self._config)
        self._command = TwistStamped()
        self._command.header.frame_id = frames.base_frame
        self._output = self.create_lifecycle_publisher(
            TwistStamped,
            'servo/delta_twist_cmds',
            RELIABLE,
            event_callbacks=NO_PUBLISHER_EVENTS,
        )
        self._report = GateReport(self, self._gate.inputs, frames.base_frame)
        self._tf = TransformListener(self, self._on_tf)
        self._listen(TwistStamped, 'policy/command', self._on_command, RELIABLE)
        self._listen(String, 'policy/phase', self._on_phase, RELIABLE)
        self._listen(WrenchStamped, 'wrench', self._on_wrench, SENSOR)
        self._listen(ArmPose, 'perception/arm', self._on_arm, RELIABLE)
        self._listen(FailureScores, 'monitor/scores', self._on_scores, RELIABLE)
        self._listen(Bool, 'safety/stop', self._on_stop, RELIABLE)
        reset = self.create_service(Trigger, 'safety/reset', self._on_reset)
        timer = self.create_timer(1.0 / self._config.rate, self._tick, clock=self._steady)
        self._interfaces += [
            (self.destroy_lifecycle_publisher, self._output),
            (self.destroy_service, reset),
            (self.destroy_timer, timer),
        ]
        self._tick()
        return TransitionCallbackReturn.SUCCESS

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Start to wait for inputs, then to pass commands."""
        result = super().on_activate(state)
        self._gate.activate()
        self._tick()
        return result

    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Send zero, then nothing: the robot's own timeout holds it from here."""
        self._halt()
        return super().on_deactivate(state)

    def on_cleanup(self, _state: LifecycleState) -> TransitionCallbackReturn:
        """Remove every interface."""
        self._remove()
        return TransitionCallbackReturn.SUCCESS

    def on_shutdown(self, _state: LifecycleState) -> TransitionCallbackReturn:
        """Send zero and remove every interface."""
        self._halt()
        self._remove()
        return TransitionCallbackReturn.SUCCESS

    def on_error(self, _state: LifecycleState) -> TransitionCallbackReturn:
        """Send zero and remove every interface, whatever failed."""
        return self.on_shutdown(_state)

    def _listen(
        self, kind: type, topic: str, callback: Callable[[Any], None], qos: QoSProfile
    ) -> None:
        subscription = self.create_subscription(
            kind, topic, callback, qos, event_callbacks=NO_SUBSCRIPTION_EVENTS
        )
        self._interfaces.append((self.destroy_subscription, subscription))

    def _halt(self) -> None:
        self._gate.deactivate()
        if self._interfaces:
            self._send(np.zeros(6))
            self._tick()

    def _remove(self) -> None:
        if self._report is not None:
            self._tf.destroy()
            self._report.destroy()
            self._report = None
        while self._interfaces:
            destroy, interface = self._interfaces.pop()
            destroy(interface)

    def _now(self) -> float:
        return 1e-9 * self.get_clock().now().nanoseconds

    def _steady_now(self) -> float:
        return 1e-9 * self._steady.now().nanoseconds

    def _on_command(self, message: TwistStamped) -> None:
        header, twist = message.header, twist_from_message(message.twist)
        self._gate.command(self._now(), seconds(header.stamp), header.frame_id, twist)
        self._act()

    def _on_wrench(self, message: WrenchStamped) -> None:
        header, wrench = message.header, wrench_from_message(message.wrench)
        self._gate.wrench(self._now(), seconds(header.stamp), header.frame_id, wrench)
        self._act()

    def _on_arm(self, message: ArmPose) -> None:
        header, joints = message.header, arm_from_message(message).joints
        self._gate.perception(self._now(), seconds(header.stamp), header.frame_id, joints)
        self._act()

    def _on_tf(self) -> None:
        frames = self._config.inputs
        try:
            found = self._tf.buffer.lookup(frames.base_frame, frames.tool_frame)
        except StaleInputError:
            return  # The gate knows that the tool has not been received, and says so.
        except InvalidInputError:
            self._gate.tool(self._now(), self._now(), np.full(3, np.nan))
            self._act()
            return
        # Transforms of other parts of the robot and of the camera share the topic.
        if found.stamp != self._last_tool_stamp:
            self._last_tool_stamp = found.stamp
            self._gate.tool(self._now(), found.stamp, found.matrix[:3, 3])
            self._act()

    def _on_scores(self, message: FailureScores) -> None:
        rows = zip(message.names, message.scores, message.thresholds, strict=False)
        above = [f'{name} {score:.3g} > {most:.3g}' for name, score, most in rows if score > most]
        stamp = seconds(message.header.stamp)
        self._gate.scores(self._now(), stamp, message.alarm, ', '.join(above))
        self._act()

    def _on_phase(self, message: String) -> None:
        self._gate.phase(self._now(), message.data)
        self._act()

    def _on_stop(self, message: Bool) -> None:
        self._gate.stop(self._now(), message.data)
        self._act()

    def _on_reset(self, _request: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        result = self._gate.reset(self._now())
        response.success, response.message = result.accepted, result.message
        if result.accepted:
            self.get_logger().info(f'safety/reset: {result.message}')
        else:
            self.get_logger().warning(
                f'safety/reset: {result.message}', throttle_duration_sec=_LOG_PERIOD
            )
        self._tick()
        return response

    def _act(self) -> None:
        """Send the stop at once where the last message was its cause."""
        if self._gate.latched is not None and not self._stopped:
            self._tick()

    def _tick(self) -> None:
        decision = self._gate.step(self._now(), self._steady_now())
        self._stopped = decision.state is GateState.STOPPED
        if decision.state is not GateState.INACTIVE:
            self._send(decision.twist)
        self._report.show(decision, self._now(), self._steady_now())

    def _send(self, twist: np.ndarray) -> None:
        self._command.header.stamp = self.get_clock().now().to_msg()
        self._command.twist = twist_to_message(twist)
        self._output.publish(self._command)


def main() -> int:
    """Run the node until a signal; exit status 1 for a bad configuration."""
    return run(SafetyGate)
