"""The dressing policy over topics: which arm it dresses, and what a result says."""

import time

import numpy as np
import pytest
import rclpy
from geometry_msgs.msg import TwistStamped, WrenchStamped
from rclpy.action import ActionClient
from rclpy.executors import SingleThreadedExecutor
from rclpy.parameter import Parameter
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import PointCloud2
from tf2_msgs.msg import TFMessage
from valet_msgs.action import DressArm
from valet_msgs.msg import ArmPose, GateState, Outcome

from valet_core.perception.arm_estimate import ArmEstimate
from valet_core.perception.labels import Label
from valet_nodes.dressing.dressing_policy import DressingPolicy
from valet_nodes.ros import conversions as cv
from valet_nodes.ros.qos import LATCHED, RELIABLE, SENSOR, TF

LONGEST = 30.0  # s of a wait
# A straight arm that points to -x of its shoulder, within the robot's reach.
JOINTS = np.array([[0.75, 0, 0.3], [0.45, 0, 0.3], [0.2, 0, 0.3], [0, 0, 0.3]])


class Bench:
    """The node, and another one that is the robot, what it sees, its gate and a client."""

    def __init__(self):
        self.policy = DressingPolicy(
            parameter_overrides=[Parameter('use_sim_time', value=True)], namespace='bench'
        )
        self.policy.trigger_configure()
        self.policy.trigger_activate()
        self.robot = node = rclpy.create_node('robot', namespace='bench')
        self.time, self.tool, self.body, self.commands = 1.0, -0.05, -0.2, []
        self.rng = np.random.default_rng(0)
        self.clock = node.create_publisher(Clock, '/clock', SENSOR)
        self.arm = node.create_publisher(ArmPose, 'perception/arm', RELIABLE)
        self.cloud = node.create_publisher(PointCloud2, 'perception/cloud', SENSOR)
        self.wrench = node.create_publisher(WrenchStamped, 'wrench', SENSOR)
        self.tf = node.create_publisher(TFMessage, 'tf', TF)
        self.gate = node.create_publisher(GateState, 'safety/state', LATCHED)
        node.create_subscription(TwistStamped, 'policy/command', self.on_command, RELIABLE)
        self.client = ActionClient(node, DressArm, 'dress_arm')
        self.executor = SingleThreadedExecutor()
        self.executor.add_node(self.policy)
        self.executor.add_node(node)
        self.wait(lambda: self.commands and self.client.server_is_ready(), 'the node')

    def on_command(self, message):
        self.commands.append(cv.twist_from_message(message.twist))

    def header(self, frame='base_link'):
        return cv.make_header(cv.stamp_of(self.time), frame)

    def sense(self):
        """Let time pass and publish what is sensed then: cloth up to the tool, body beside."""
        self.time += 1.0 / 30.0
        self.clock.publish(Clock(clock=cv.stamp_of(self.time)))
        pose = np.eye(4)
        pose[:3, 3] = self.tool, 0.0, 0.38
        self.tf.publish(
            TFMessage(transforms=[cv.transform_to_message(pose, self.header(), 'tool0')])
        )
        force = cv.wrench_to_message(self.rng.normal(0.0, 0.05, 6))
        self.wrench.publish(WrenchStamped(header=self.header('tool0'), wrench=force))
        self.arm.publish(cv.arm_to_message(ArmEstimate(JOINTS, np.ones(4)), self.header(), True))
        cloth = np.linspace(0.0, max(self.tool, 0.0), 60)[:, None] * [1, 0, 0] + [0, 0, 0.35]
        body = np.tile([0.75, 0.0 if self.body is None else self.body, 0.2], (40, 1))
        points = np.concatenate([cloth, body[: 0 if self.body is None else 40]])
        labels = np.full(len(points), Label.BODY, np.uint8)
        labels[:60] = Label.GARMENT
        self.cloud.publish(
            cv.cloud_to_message(points.astype(np.float32), labels, self.header())
        )

    def wait(self, condition, what):
        end = time.monotonic() + LONGEST
        while not condition():
            assert time.monotonic() < end, f'no {what} within {LONGEST} s'
            self.sense()
            for _ in range(20):  # more than what one `sense` gives rise to
                self.executor.spin_once(timeout_sec=0.001)

    def send(self, side='right'):
        """Send a goal; the future of its result."""
        sent = self.client.send_goal_async(DressArm.Goal(garment='cardigan', side=side))
        self.wait(sent.done, 'the goal')
        return sent.result().get_result_async()

    def ended(self, result):
        self.wait(result.done, 'the result')
        return result.result().result

    def moves(self):
        return bool(self.commands[-1].any())

    def close(self):
        self.executor.shutdown()
        self.client.destroy()
        self.policy.trigger_deactivate()
        self.policy.trigger_cleanup()
        self.policy.destroy_node()
        self.robot.destroy_node()


@pytest.fixture
def bench():
    rclpy.init()
    bench = Bench()
    yield bench
    bench.close()
    rclpy.try_shutdown()


@pytest.mark.parametrize(('side', 'body'), [('right', -0.2), ('left', 0.2)])
def test_the_arm_of_the_goal_is_dressed(bench, side, body):
    bench.body = body
    bench.send(side)
    bench.wait(bench.moves, 'motion')


def test_a_goal_for_the_other_arm_is_refused_before_any_motion(bench):
    count = len(bench.commands)
    result = bench.ended(bench.send('left'))
    assert result.outcome.value == Outcome.INVALID_GOAL
    assert "the person's left arm, and the right one is seen" in result.message
    assert not any(command.any() for command in bench.commands[count:])


def test_an_arm_whose_side_cannot_be_told_is_not_dressed(bench):
    bench.body, count = None, len(bench.commands)
    result = bench.ended(bench.send())
    assert result.outcome.value == Outcome.PERCEPTION_FAILED
    assert '0 points of the body are seen' in result.message
    assert not any(command.any() for command in bench.commands[count:])


STOPPED = GateState(state=GateState.STOPPED, rule='force_axis', reason='too much')


def test_a_goal_that_ends_at_once_does_not_tell_of_the_one_before(bench):
    bench.tool = 0.7
    first = bench.send()
    bench.wait(lambda: bench.policy.current.status.progress > 0.8, 'progress')
    bench.gate.publish(STOPPED)
    result = bench.ended(first)
    assert result.outcome.value == Outcome.FORCE_LIMIT and result.dressed_ratio > 0.8
    refused = bench.ended(bench.send())
    assert (refused.outcome.value, refused.dressed_ratio) == (Outcome.INVALID_GOAL, 0.0)
    # One that begins, and ends before anything has been made of what is seen.
    bench.body = None
    bench.gate.publish(GateState(state=GateState.PASSING))
    bench.wait(lambda: bench.policy._gate.state == GateState.PASSING, 'the gate')
    second = bench.send()
    bench.gate.publish(STOPPED)
    result = bench.ended(second)
    assert (result.outcome.value, result.dressed_ratio) == (Outcome.FORCE_LIMIT, 0.0)
