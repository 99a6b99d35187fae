"""The node around the gate of a mobile base: the only publisher of `cmd_vel`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from geometry_msgs.msg import Twist, TwistStamped
from nav_msgs.msg import Odometry
from rclpy.clock import Clock, ClockType
from rclpy.lifecycle import LifecycleState, TransitionCallbackReturn
from rclpy.qos import QoSProfile
from sensor_msgs.msg import LaserScan
from std_msgs.msg import Bool
from std_srvs.srv import Trigger

from valet_core.common.config import setting
from valet_core.mobility.body.catalogue import find_embodiment
from valet_core.mobility.body.embodiment import Embodiment
from valet_core.safety.base_gate import BaseGate, BaseGateConfig
from valet_core.safety.base_inputs import BaseLimits
from valet_core.safety.gate import GateState
from valet_nodes.mobility.mobile_messages import odom_from_message
from valet_nodes.ros.conversions import seconds, twist_from_message, twist_to_message
from valet_nodes.ros.lifecycle import GuardedLifecycleNode
from valet_nodes.ros.parameters import declare_config
from valet_nodes.ros.qos import NO_PUBLISHER_EVENTS, NO_SUBSCRIPTION_EVENTS, RELIABLE, SENSOR
from valet_nodes.ros.spin import run
from valet_nodes.safety.gate_report import GateReport

__all__ = ['BaseGateNode', 'BaseGateNodeConfig', 'main']


@dataclass(frozen=True)
class BaseGateNodeConfig(BaseGateConfig):
    """The rules, the base and the type of its commands."""

    embodiment: str = setting('jackal_real', 'name of the base, or path of its .yaml')
    enable_stamped_cmd_vel: bool = setting(True, 'cmd_vel is a TwistStamped, else a Twist')


class _Report(GateReport):
    """A base has no wrench."""

    def _force(self) -> tuple[float, float, str]:
        return 0.0, 0.0, ''


def base_limits(embodiment: Embodiment) -> BaseLimits:
    """What the gate needs to know of an embodiment."""
    limits, sensor = embodiment.limits, embodiment.sensor
    return BaseLimits(
        limits.forward, limits.backward, limits.lateral, limits.yaw_rate, limits.acceleration,
        limits.lateral_acceleration, limits.yaw_acceleration, sensor.rays, sensor.range_max,
    )  # fmt: skip


class BaseGateNode(GuardedLifecycleNode):
    """Feeds messages to the gate, and sends what it decides: at each command and at a fixed rate.

    The timer runs on a steady clock: when the node's clock is a topic that stops, the gate
    still ticks, sees it and stops the base. A message that trips a rule is acted on at once.
    """

    def __init__(self, **options: object) -> None:
        """Declare the parameters and load the embodiment; interfaces come with `configure`.

        Raises:
            ConfigError: for a parameter or an embodiment file that is not right.
        """
        super().__init__('base_gate', **options)
        self._config = declare_config(self, BaseGateNodeConfig)
        self._limits = base_limits(find_embodiment(self._config.embodiment))
        self._steady = Clock(clock_type=ClockType.STEADY_TIME)
        self._gate = BaseGate(self._config, self._limits)
        self._interfaces: list[tuple[Any, Any]] = []
        self._report: GateReport | None = None
        self._stopped = False

    def on_configure(self, _state: LifecycleState) -> TransitionCallbackReturn:
        """Create topics, the reset service and the timer."""
        self._gate = BaseGate(self._config, self._limits)
        kind = TwistStamped if self._config.enable_stamped_cmd_vel else Twist
        self._output = self.create_lifecycle_publisher(
            kind, 'cmd_vel', RELIABLE, event_callbacks=NO_PUBLISHER_EVENTS
        )
        frame = self._config.inputs.base_frame
        self._report = _Report(self, self._gate.inputs, frame, 'base_gate/state')
        self._listen(TwistStamped, 'mobility/cmd_vel', self._on_command, RELIABLE)
        self._listen(LaserScan, 'scan', self._on_scan, SENSOR)
        self._listen(Odometry, 'odom', self._on_odom, SENSOR)
        self._listen(Bool, 'safety/stop', self._on_stop, RELIABLE)
        reset = self.create_service(Trigger, 'base_gate/reset', self._on_reset)
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
        """Send zero, then nothing: the base's own timeout holds it from here."""
        self._halt()
        return super().on_deactivate(state)

    def on_cleanup(self, _state: LifecycleState) -> TransitionCallbackReturn:
        """Remove every interface."""
        if self._report is not None:
            self._report.destroy()
            self._report = None
        while self._interfaces:
            destroy, interface = self._interfaces.pop()
            destroy(interface)
        return TransitionCallbackReturn.SUCCESS

    def on_shutdown(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Send zero and remove every interface."""
        self._halt()
        return self.on_cleanup(state)

    def on_error(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Send zero and remove every interface, whatever failed."""
        return self.on_shutdown(state)

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

    def _now(self) -> float:
        return 1e-9 * self.get_clock().now().nanoseconds

    def _on_command(self, message: TwistStamped) -> None:
        header, twist = message.header, twist_from_message(message.twist)
        velocity = twist[[0, 1, 5]]
        if not np.isfinite(twist).all():
            velocity = np.full(3, np.nan)
        self._gate.command(self._now(), seconds(header.stamp), header.frame_id, velocity)
        self._tick()

    def _on_scan(self, message: LaserScan) -> None:
        ranges = np.asarray(message.ranges, dtype=np.float32)
        self._gate.scan(self._now(), seconds(message.header.stamp), ranges)
        self._act()

    def _on_odom(self, message: Odometry) -> None:
        header, state = message.header, odom_from_message(message)
        self._gate.odom(self._now(), seconds(header.stamp), header.frame_id, state)
        self._act()

    def _on_stop(self, message: Bool) -> None:
        self._gate.stop(self._now(), message.data)
        self._act()

    def _on_reset(self, _request: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        result = self._gate.reset(self._now())
        response.success, response.message = result.accepted, result.message
        if result.accepted:
            self.get_logger().info(f'base_gate/reset: {result.message}')
        else:
            self.get_logger().warning(
                f'base_gate/reset: {result.message}', throttle_duration_sec=1.0
            )
        self._tick()
        return response

    def _act(self) -> None:
        """Send the stop at once where the last message was its cause."""
        if self._gate.latched is not None and not self._stopped:
            self._tick()

    def _tick(self) -> None:
        steady = 1e-9 * self._steady.now().nanoseconds
        decision = self._gate.step(self._now(), steady)
        self._stopped = decision.state is GateState.STOPPED
        if decision.state is not GateState.INACTIVE:
            self._send(decision.twist)
        self._report.show(decision, self._now(), steady)

    def _send(self, twist: np.ndarray) -> None:
        message = twist_to_message(twist)
        if self._config.enable_stamped_cmd_vel:
            message = TwistStamped(twist=message)
            message.header.stamp = self.get_clock().now().to_msg()
            message.header.frame_id = self._config.inputs.base_frame
        self._output.publish(message)


def main() -> int:
    """Run the node until a signal; exit status 1 for a bad configuration."""
    return run(BaseGateNode)
