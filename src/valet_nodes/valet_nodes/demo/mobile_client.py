"""The node of the mobility demo: sends the goal, listens, and keeps what it hears."""

from typing import NamedTuple

import numpy as np
from geometry_msgs.msg import TwistStamped
from rclpy.action import ActionClient
from rclpy.node import Node
from sensor_msgs.msg import LaserScan
from valet_msgs.action import FollowRoute
from valet_msgs.msg import GateState, MobileTruth

from valet_nodes.mobility.mobile_messages import path_to_message, pose_to_message
from valet_nodes.ros.conversions import make_header, seconds, stamp_of
from valet_nodes.ros.qos import RELIABLE, SENSOR

__all__ = ['MobileClient', 'MobileRow']


class MobileRow(NamedTuple):
    """One moment of a drive.

    Attributes:
        time: since the goal was sent [s], simulated.
        pose: true x, y [m], yaw [rad] in the world, shape (3,).
        speed: true speed [m/s].
        command: vx, vy [m/s], yaw rate [rad/s] that the gate let by, shape (3,).
        scan: newest ranges [m].
        phase: of the drive.
        distance: way that remains, by the mobility node [m].
        gate: a state of valet_msgs/GateState.
    """

    time: float
    pose: np.ndarray
    speed: float
    command: np.ndarray
    scan: np.ndarray
    phase: str
    distance: float
    gate: int


class MobileClient(Node):
    """A client of `follow_route` that records the drive from its goal to its result."""

    def __init__(self) -> None:
        """Create the client and the subscriptions."""
        super().__init__('valet_mobility_demo')
        self.rows: list[MobileRow] = []
        self.result: FollowRoute.Result | None = None
        self.gate, self.truth = GateState(), MobileTruth()
        self.feedback = FollowRoute.Feedback()
        self._start: float | None = None
        self._scan, self._command = np.zeros(0, dtype=np.float32), np.zeros(3)
        self.client = ActionClient(self, FollowRoute, 'follow_route')
        self.create_subscription(GateState, 'base_gate/state', self._on_gate, RELIABLE)
        self.create_subscription(MobileTruth, 'ground_truth/mobile', self._on_truth, RELIABLE)
        self.create_subscription(LaserScan, 'scan', self._on_scan, SENSOR)
        self.create_subscription(TwistStamped, 'cmd_vel', self._on_command, RELIABLE)

    @property
    def ready(self) -> bool:
        """Whether the gate passes commands and the action server is there."""
        passing = self.gate.state in (GateState.PASSING, GateState.CLAMPING)
        return passing and self.client.server_is_ready() and self.truth.header.frame_id != ''

    def send(self, points: np.ndarray, yaw: float, frame: str = 'odom') -> None:
        """Send a goal, or a route of several points (P, 2) [m]; `result` is set at its end."""
        header = make_header(stamp_of(seconds(self.truth.header.stamp)), frame)
        goal = FollowRoute.Goal()
        if len(points) == 1:
            goal.goal_pose = pose_to_message(*points[0], yaw, header)
        else:
            goal.route = path_to_message(points, header, yaw)
        future = self.client.send_goal_async(goal, feedback_callback=self._on_feedback)
        future.add_done_callback(self._on_response)
        self._start = seconds(self.truth.header.stamp)

    def _on_response(self, future: object) -> None:
        handle = future.result()  # type: ignore[attr-defined]
        if not handle.accepted:
            self.result = FollowRoute.Result(message='the goal was rejected')
            return
        handle.get_result_async().add_done_callback(self._on_result)

    def _on_result(self, future: object) -> None:
        self.result = future.result().result  # type: ignore[attr-defined]

    def _on_feedback(self, message: object) -> None:
        self.feedback = message.feedback  # type: ignore[attr-defined]

    def _on_gate(self, message: GateState) -> None:
        self.gate = message

    def _on_scan(self, message: LaserScan) -> None:
        self._scan = np.array(message.ranges, dtype=np.float32)

    def _on_command(self, message: TwistStamped) -> None:
        twist = message.twist
        self._command = np.array([twist.linear.x, twist.linear.y, twist.angular.z])

    def _on_truth(self, message: MobileTruth) -> None:
        self.truth = message
        if self._start is None:
            return
        self.rows.append(
            MobileRow(
                time=seconds(message.header.stamp) - self._start,
                pose=np.array([message.x, message.y, message.yaw]), speed=message.speed,
                command=self._command, scan=self._scan, phase=self.feedback.phase,
                distance=self.feedback.distance_remaining, gate=self.gate.state,
            )
        )  # fmt: skip
