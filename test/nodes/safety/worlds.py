"""What is around the gate of an arm, and around that of a base."""

import numpy as np
from geometry_msgs.msg import Twist, TwistStamped, WrenchStamped
from nav_msgs.msg import Odometry
from nodes.safety.gate_bench import World
from sensor_msgs.msg import LaserScan, PointCloud2
from tf2_msgs.msg import TFMessage
from valet_msgs.msg import ArmPose, FailureScores

from valet_core.mobility.body.catalogue import find_embodiment
from valet_core.perception.labels import Label
from valet_core.perception.robot_shape import RobotShape
from valet_core.safety.arm import ArmGateConfig
from valet_core.safety.base import BaseGateConfig
from valet_nodes.mobility.mobile_messages import odom_to_message, scan_to_message
from valet_nodes.ros import conversions as cv
from valet_nodes.ros.qos import RELIABLE, SENSOR, TF
from valet_nodes.safety.base_gate import BaseGateNode
from valet_nodes.safety.safety_gate import SafetyGate

UP = np.array([0.0, 0.0, 2.0])  # [m]
LINKS = set(RobotShape.named('ur5e').links) - {'base_link'}


class ArmWorld(World):
    MODULE, PARAMETERS = 'valet_nodes.safety.safety_gate', 'safety.yaml'
    NODE, TOPICS, MAKE = 'safety_gate', 'safety', SafetyGate
    OUTPUT, KIND, STEP = 'servo/delta_twist_cmds', TwistStamped, 0.01
    SENDERS = {'wrench': 1, 'links': 1, 'tool': 1, 'perception': 7, 'cloud': 7, 'command': 3}
    MOVE = np.array([0.1, 0.0, 0.0, 0.0, 0.0, 0.2])
    LIMITS = ArmGateConfig().inputs
    STILL = 0.12  # [s] by which a standing clock has it rest

    def __init__(self):
        super().__init__()
        self.wrench, self.position, self.arm = None, np.zeros(3), None
        self.seen, self.lost = np.zeros((0, 3)), set()  # points of the body; links without tf
        self.advertise('command', TwistStamped, 'policy/command', RELIABLE)
        self.advertise('wrench', WrenchStamped, 'wrench', SENSOR)
        self.advertise('perception', ArmPose, 'perception/arm', RELIABLE)
        self.advertise('cloud', PointCloud2, 'perception/cloud', RELIABLE)
        self.advertise('tool', TFMessage, 'tf', TF)
        self.advertise('links', TFMessage, 'tf', TF)
        self.advertise('scores', FailureScores, 'monitor/scores', RELIABLE)

    def braking(self):
        return 0.0  # lateness may brake an arm harder than its acceleration limit

    def mend(self):
        super().mend()
        self.wrench, self.position, self.arm = None, np.zeros(3), None
        self.seen, self.lost = np.zeros((0, 3)), set()
        self.send('scores', FailureScores())

    def feel(self, *force):
        """Put a constant force on the tool, without the noise of a live sensor."""
        self.wrench = np.array([*force, 0.0, 0.0, 0.0])

    def command_message(self, twist=None, frame='base_link'):
        twist = cv.twist_to_message(self.twist if twist is None else twist)
        return TwistStamped(header=self.header(frame), twist=twist)

    def wrench_message(self):
        noise = self.rng.normal(0.0, 0.05, 6)
        wrench = cv.wrench_to_message(noise if self.wrench is None else self.wrench)
        return WrenchStamped(header=self.header('tool0'), wrench=wrench)

    def perception_message(self):
        if self.arm is None:
            return ArmPose(header=self.header('base_link'))
        return cv.arm_to_message(self.arm, self.header('base_link'))

    def cloud_message(self):
        labels = np.full(len(self.seen), Label.BODY)
        return cv.cloud_to_message(self.seen, labels, self.header('base_link'))

    def tool_message(self):
        return self.transforms(['tool0'], self.position)

    def links_message(self):
        """The gripper 2 m above the tool, and every other link 4 m."""
        links = self.transforms(sorted(LINKS - self.lost - {'flange'}), self.position + 2.0 * UP)
        flange = self.transforms(['flange'], self.position + UP)
        return TFMessage(transforms=[*links.transforms, *flange.transforms])

    def transforms(self, frames, position):
        matrix, header = np.eye(4), self.header('base_link')
        matrix[:3, 3] = position
        return TFMessage(
            transforms=[cv.transform_to_message(matrix, header, frame) for frame in frames]
        )


class BaseWorld(World):
    MODULE, PARAMETERS = 'valet_nodes.safety.base_gate', 'base_gate.yaml'
    NODE, TOPICS, MAKE = 'base_gate', 'base_gate', BaseGateNode
    OUTPUT, KIND, STEP = 'cmd_vel', TwistStamped, 0.02
    SENDERS = {'odom': 1, 'scan': 3, 'command': 3}
    MOVE = np.array([0.4, 0.0, 0.0, 0.0, 0.0, 0.3])
    LIMITS = BaseGateConfig().inputs
    STILL = 0.15  # [s] by which a standing clock has it rest

    def __init__(self):
        super().__init__()
        self.body, self.wall = find_embodiment('jackal_real'), None
        self.advertise('command', TwistStamped, 'mobility/cmd_vel', RELIABLE)
        self.advertise('scan', LaserScan, 'scan', SENSOR)
        self.advertise('odom', Odometry, 'odom', SENSOR)
        self.advertise('scores', FailureScores, 'monitor/scores', RELIABLE)

    def mend(self):
        super().mend()
        self.wall = None
        self.send('scores', FailureScores())

    def braking(self):
        """Time that the limits take to rest from MOVE [s]."""
        limits, move = self.body.limits, self.MOVE
        return max(move[0] / limits.acceleration, move[5] / limits.yaw_acceleration)

    def command_message(self, twist=None, frame='base_link'):
        twist = cv.twist_to_message(self.twist if twist is None else twist)
        return TwistStamped(header=self.header(frame), twist=twist)

    def scan_message(self):
        sensor = self.body.sensor
        ranges = self.rng.uniform(0.3, 0.9, sensor.rays) * sensor.range_max
        if self.wall is not None:  # square to the base, so far ahead of its origin
            ahead = (self.wall - sensor.x) / np.cos(sensor.angles)
            ranges = np.where((ahead > 0.0) & (ahead < ranges), ahead, ranges)
            ranges = ranges + self.rng.normal(0.0, 0.005, sensor.rays)
        return scan_to_message(ranges, sensor, self.header('laser'), 0.05)

    def odom_message(self):
        return odom_to_message(np.zeros(3), np.zeros(3), self.header('odom'), 'base_link')


class UnstampedWorld(BaseWorld):
    """A base whose driver takes a Twist without a stamp; the state says when it was sent."""

    KIND = Twist

    def on_output(self, message):
        self.outputs.append((self.now, 0.0, cv.twist_from_message(message)))

    def on_state(self, message):
        super().on_state(message)
        self.answered += abs(cv.seconds(message.header.stamp) - self.now) < 1e-6


WORLDS = {'arm': ArmWorld, 'base': BaseWorld}
