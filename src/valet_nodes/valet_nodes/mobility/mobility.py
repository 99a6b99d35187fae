"""The mobility node: the action `follow_route`, the topics `route` and `goal_pose`, commands."""

from collections.abc import Callable
from typing import Any

import numpy as np
from geometry_msgs.msg import PoseStamped, TwistStamped
from nav_msgs.msg import Odometry, Path
from rclpy.action import ActionServer, CancelResponse, GoalResponse
from rclpy.action.server import ServerGoalHandle
from rclpy.lifecycle import LifecycleState, TransitionCallbackReturn
from rclpy.qos import QoSProfile
from sensor_msgs.msg import LaserScan
from valet_msgs.action import FollowRoute
from valet_msgs.msg import GateState

from valet_core.common.errors import InvalidInputError, StaleInputError
from valet_core.mobility.body.catalogue import find_embodiment
from valet_core.mobility.control.observation import MobilityObservation
from valet_core.mobility.control.registry import make_controller
from valet_core.mobility.control.warm_up import warm_up
from valet_core.policy.outcome import Outcome, outcome_of_stop
from valet_nodes.mobility.drive_session import DriveSession, drive_result, framed_route
from valet_nodes.mobility.mobility_config import MobilityConfig
from valet_nodes.mobility.mobility_inputs import MobilityInputs
from valet_nodes.ros.conversions import make_header, stamp_of
from valet_nodes.ros.lifecycle import GuardedLifecycleNode
from valet_nodes.ros.parameters import declare_config
from valet_nodes.ros.qos import RELIABLE, SENSOR
from valet_nodes.ros.spin import run
from valet_nodes.ros.tf_buffer import TransformListener

__all__ = ['Mobility', 'main']


class Mobility(GuardedLifecycleNode):
    """Asks the controller for a velocity at each scan while a drive runs; sends zero otherwise.

    The stream of commands never ends while the node is active: its end is how the gate knows
    that this process has died.
    """

    def __init__(self, **options: object) -> None:
        """Declare the parameters and load the embodiment; interfaces come with `configure`.

        Raises:
            ConfigError: for a parameter or an embodiment file that is not right.
        """
        super().__init__('mobility', **options)
        self._config = declare_config(self, MobilityConfig)
        self._embodiment = find_embodiment(self._config.embodiment)
        self._controller = make_controller(
            self._config.controller, self._embodiment, 1.0 / self._config.rate
        )
        self._interfaces: list[tuple[Callable[[Any], Any], Any]] = []
        self._drive: DriveSession | None = None
        self._active = False
        self._gate = GateState()
        self._sent = -np.inf

    def on_configure(self, _state: LifecycleState) -> TransitionCallbackReturn:
        """Create topics, the action server and the timer; compile what is compiled."""
        config = self._config
        warm_up(self._controller)
        self._inputs = MobilityInputs(
            self._embodiment, config.input_timeout, config.odom_frame, config.base_frame
        )
        self._tf = TransformListener(self)
        self._command = self.create_lifecycle_publisher(
            TwistStamped, 'mobility/cmd_vel', RELIABLE
        )
        self._listen(Odometry, 'odom', self._inputs.on_odom, SENSOR)
        self._listen(LaserScan, 'scan', self._on_scan, SENSOR)
        self._listen(GateState, 'base_gate/state', self._on_gate, RELIABLE)
        self._listen(Path, 'route', self._on_route, RELIABLE)
        self._listen(PoseStamped, 'goal_pose', self._on_goal_pose, RELIABLE)
        server = ActionServer(
            self, FollowRoute, 'follow_route', execute_callback=self._execute,
            goal_callback=self._on_goal, cancel_callback=lambda _: CancelResponse.ACCEPT,
        )  # fmt: skip
        timer = self.create_timer(1.0 / config.rate, self._on_timer)
        self._interfaces += [
            (self.destroy_timer, timer),
            (lambda s: s.destroy(), server),
            (lambda t: t.destroy(), self._tf),
            (self.destroy_lifecycle_publisher, self._command),
        ]
        return TransitionCallbackReturn.SUCCESS

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Start to send commands, zero until a goal comes."""
        result = super().on_activate(state)
        self._active = True
        return result

    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """End the drive that runs and send zero."""
        self._stop('the node is deactivated')
        self._active = False
        return super().on_deactivate(state)

    def on_cleanup(self, _state: LifecycleState) -> TransitionCallbackReturn:
        """Remove every interface."""
        while self._interfaces:
            destroy, interface = self._interfaces.pop()
            destroy(interface)
        return TransitionCallbackReturn.SUCCESS

    def on_shutdown(self, state: LifecycleState) -> TransitionCallbackReturn:
        """End the drive that runs and remove every interface."""
        self._stop('the node shuts down')
        self._active = False
        return self.on_cleanup(state)

    def on_error(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Remove every interface, whatever failed."""
        return self.on_shutdown(state)

    def _listen(
        self, kind: type, topic: str, callback: Callable[[Any], None], qos: QoSProfile
    ) -> None:
        subscription = self.create_subscription(kind, topic, callback, qos)
        self._interfaces.append((self.destroy_subscription, subscription))

    def _now(self) -> float:
        return 1e-9 * self.get_clock().now().nanoseconds

    def _on_goal(self, _request: FollowRoute.Goal) -> GoalResponse:
        if not self._active:
            self.get_logger().error('follow_route: goal rejected, the node is not active')
            return GoalResponse.REJECT
        return GoalResponse.ACCEPT

    async def _execute(self, goal: ServerGoalHandle) -> FollowRoute.Result:
        """Runs beside the scans, which do the work and complete the future."""
        request = goal.request
        poses = list(request.route.poses)
        frame = request.route.header.frame_id if poses else request.goal_pose.header.frame_id
        try:
            if self._drive is not None:
                raise InvalidInputError('a goal is running; cancel it or wait for its result')
            drive = self._begin(poses or [request.goal_pose], frame, goal)
        except (InvalidInputError, StaleInputError) as error:
            self.get_logger().error(f'follow_route: {error}')
            goal.abort()
            return drive_result(Outcome.INVALID_GOAL, str(error))
        result = await drive.result
        return result

    def _on_route(self, message: Path) -> None:
        self._on_topic('route', list(message.poses), message.header.frame_id)

    def _on_goal_pose(self, message: PoseStamped) -> None:
        self._on_topic('goal_pose', [message], message.header.frame_id)

    def _on_topic(self, topic: str, poses: list[PoseStamped], frame: str) -> None:
        """A goal by topic takes the place of one by topic; one that is not right ends it."""
        if not self._active:
            self.get_logger().error(f'{topic}: ignored, the node is not active')
            return
        if self._drive is not None and self._drive.by_action:
            self.get_logger().error(f'{topic}: refused, a goal of follow_route is running')
            return
        self._stop(f'a new message on {topic}')
        try:
            self._begin(poses, frame, None)
        except (InvalidInputError, StaleInputError) as error:
            self.get_logger().error(f'{topic}: INVALID_GOAL: {error}')

    def _begin(
        self, poses: list[PoseStamped], frame: str, handle: ServerGoalHandle | None
    ) -> DriveSession:
        """Start a drive.

        Raises:
            InvalidInputError: for a goal that cannot be right, or that the gate would not let by.
            StaleInputError: for a frame that tf does not know any more.
        """
        if self._gate.state == GateState.STOPPED:
            raise InvalidInputError(f'the gate has stopped the base: {self._gate.reason}')
        config = self._config
        goal = framed_route(
            poses, frame, config.odom_frame, config.base_frame, self._tf.buffer
        )
        self._drive = DriveSession(
            self._controller, self._embodiment, config, goal, handle, 1.0 / config.rate,
            config.seed,
        )  # fmt: skip
        x, y = self._drive.end
        self.get_logger().info(f'drives to ({x:.2f}, {y:.2f}) in {config.odom_frame}')
        return self._drive

    def _on_gate(self, message: GateState) -> None:
        self._gate = message
        if self._drive is not None and message.state == GateState.STOPPED:
            outcome = outcome_of_stop(message.rule)
            self._end(outcome, f'the gate stopped the base: {message.reason}')

    def _on_scan(self, message: LaserScan) -> None:
        self._inputs.on_scan(message)
        if not self._active or self._drive is None:
            return
        if self._inputs.scan_stamp - self._drive.stamp >= 0.75 / self._config.rate:
            self._advance()

    def _on_timer(self) -> None:
        """Zero while nothing runs; while a drive runs, a look at what it depends on."""
        if not self._active:
            return
        if self._drive is None:
            self._send(np.zeros(3), self._now())
        elif self._drive.cancel_requested:
            self._end(Outcome.CANCELED, 'canceled by the client')
        elif self._observe() is not None and self._now() - self._sent >= 0.9 / self._config.rate:
            self._repeat()

    def _repeat(self) -> None:
        """Show that this process lives, with the last command and the stamp of its scan.

        A scanner may be slower than the commands; how old they may grow is the gate's matter.
        """
        tick = self._drive.tick
        if tick is None:
            self._send(np.zeros(3), self._now())
        else:
            self._send(tick.command, self._drive.stamp)

    def _observe(self) -> MobilityObservation | None:
        """The observation, or None where the drive had to end for want of one."""
        try:
            return self._inputs.observation(self._now())
        except StaleInputError as error:
            self._end(Outcome.STALE_INPUT, str(error))
        except InvalidInputError as error:
            self._end(Outcome.PERCEPTION_FAILED, str(error))
        return None

    def _advance(self) -> None:
        """One tick of the drive."""
        drive, seen = self._drive, self._observe()
        if seen is None:
            return
        try:
            tick = drive.advance(seen)
        except StaleInputError as error:
            self._end(Outcome.STALE_INPUT, str(error))
            return
        self._send(tick.command, seen.time)
        if tick.outcome is not None:
            self._end(tick.outcome, tick.message)

    def _send(self, velocity: np.ndarray, time: float) -> None:
        self._sent = self._now()
        message = TwistStamped(header=make_header(stamp_of(time), self._config.base_frame))
        twist = message.twist
        twist.linear.x, twist.linear.y = float(velocity[0]), float(velocity[1])
        twist.angular.z = float(velocity[2])
        self._command.publish(message)

    def _stop(self, why: str) -> None:
        if self._drive is not None:
            self._end(Outcome.CANCELED, why)

    def _end(self, outcome: Outcome, message: str) -> None:
        drive, self._drive = self._drive, None
        self._send(np.zeros(3), self._now())
        line = f'drive ended: {outcome.name}: {message}'
        good = outcome in (Outcome.SUCCEEDED, Outcome.CANCELED)
        # One call site a severity: rclpy refuses to change that of one.
        self.get_logger().info(line) if good else self.get_logger().error(line)
        drive.finish(outcome, message)


def main() -> int:
    """Run the node until a signal; exit status 1 for a bad configuration."""
    return run(Mobility)
