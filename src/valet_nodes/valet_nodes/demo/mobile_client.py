"""The demo's client of `follow_route`."""

from typing import NamedTuple

import numpy as np
from geometry_msgs.msg import TwistStamped
from sensor_msgs.msg import LaserScan
from valet_msgs.action import FollowRoute
from valet_msgs.msg import MobileTruth

from valet_nodes.demo.client import DemoClient, Endpoint
from valet_nodes.mobility.mobile_messages import path_to_message, pose_to_message
from valet_nodes.ros.conversions import make_header
from valet_nodes.ros.qos import RELIABLE, SENSOR

__all__ = ['MobileClient', 'MobileRow']


class MobileRow(NamedTuple):
    """One moment of a drive."""

    time: float
    """Since the goal was sent [s], simulated."""
    pose: np.ndarray
    """True x, y [m], yaw [rad] in the world. Shape (3,)."""
    speed: float
    """True speed [m/s]."""
    command: np.ndarray
    """vx, vy [m/s], yaw rate [rad/s] that the gate let by. Shape (3,)."""
    scan: np.ndarray
    """Newest ranges [m]. Shape (R,)."""
    phase: str
    """Phase of the drive."""
    distance: float
    """Way that remains, by the mobility node [m]."""
    gate: int
    """A state of valet_msgs/GateState."""


class MobileClient(DemoClient[MobileRow]):
    """Records a drive."""

    def __init__(self) -> None:
        """Create the client and the subscriptions."""
        super().__init__(
            'valet_mobility_demo',
            'mobile_sim',
            Endpoint(FollowRoute, 'follow_route'),
            Endpoint(MobileTruth, 'ground_truth/mobile'),
            'base_gate/state',
            'mobility/cmd_vel',
        )
        self._scan, self._command = np.zeros(0, dtype=np.float32), np.zeros(3)
        self.create_subscription(LaserScan, 'scan', self._on_scan, SENSOR)
        self.create_subscription(TwistStamped, 'cmd_vel', self._on_passed, RELIABLE)

    def send(self, points: np.ndarray, yaw: float, frame: str = 'odom') -> None:
        """Send a goal, or a route of several points (P, 2) [m]; yaw at its end [rad], or NaN."""
        header = make_header(self.truth.header.stamp, frame)
        goal = FollowRoute.Goal()
        if len(points) == 1:
            goal.goal_pose = pose_to_message(*points[0], yaw, header)
        else:
            goal.route = path_to_message(points, header, yaw)
        self.send_goal(goal)

    def row(self, time: float) -> MobileRow:
        """The present moment."""
        truth, feedback = self.truth, self.feedback
        return MobileRow(
            time=time,
            pose=np.array([truth.x, truth.y, truth.yaw]),
            speed=truth.speed,
            command=self._command,
            scan=self._scan,
            phase=feedback.phase,
            distance=feedback.distance_remaining,
            gate=self.gate.state,
        )

    def _on_scan(self, message: LaserScan) -> None:
        self._scan = np.array(message.ranges, dtype=np.float32)

    def _on_passed(self, message: TwistStamped) -> None:
        twist = message.twist
        self._command = np.array([twist.linear.x, twist.linear.y, twist.angular.z])
