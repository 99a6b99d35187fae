"""The mobility node over topics: commands and traces of a drive, and what ends it."""

import math
import time

import numpy as np
import pytest
import rclpy
from geometry_msgs.msg import PoseStamped, TwistStamped
from nav_msgs.msg import Odometry
from rclpy.executors import SingleThreadedExecutor
from rclpy.parameter import Parameter
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import LaserScan
from std_msgs.msg import Header
from valet_msgs.msg import PolicyTrace

from valet_core.mobility.body.catalogue import find_embodiment
from valet_nodes.mobility.mobile_messages import (
    odom_to_message,
    pose_to_message,
    scan_to_message,
)
from valet_nodes.mobility.mobility import Mobility
from valet_nodes.ros.conversions import seconds, stamp_of
from valet_nodes.ros.qos import RELIABLE, SENSOR

BODY = find_embodiment('jackal_real')
LONGEST = 20.0  # s of a wait


class Bench:
    """The node, and another one that is its robot and its clock, standing on open floor."""

    def __init__(self):
        self.mobility = Mobility(
            parameter_overrides=[
                Parameter('controller', value='dwa'), Parameter('use_sim_time', value=True),
            ],
            namespace='bench',
        )  # fmt: skip
        self.mobility.trigger_configure()
        self.mobility.trigger_activate()
        self.robot = rclpy.create_node('robot', namespace='bench')
        self.time = 0.0
        self.clock = self.robot.create_publisher(Clock, '/clock', SENSOR)
        self.scans = self.robot.create_publisher(LaserScan, 'scan', SENSOR)
        self.odoms = self.robot.create_publisher(Odometry, 'odom', SENSOR)
        self.goals = self.robot.create_publisher(PoseStamped, 'goal_pose', RELIABLE)
        self.commands, self.traces, self.stamps = [], [], []
        for kind, topic, kept in (
            (TwistStamped, 'mobility/cmd_vel', self.commands),
            (PolicyTrace, 'policy/trace', self.traces),
        ):
            self.robot.create_subscription(kind, topic, kept.append, RELIABLE)
        self.executor = SingleThreadedExecutor()
        self.executor.add_node(self.mobility)
        self.executor.add_node(self.robot)
        self.wait(lambda: self.commands, 'first zero', self.sense)

    def header(self, frame):
        return Header(stamp=stamp_of(self.time), frame_id=frame)

    def sense(self, ranges=None):
        """Let time pass and publish what the robot senses then."""
        self.time += 0.05
        self.clock.publish(Clock(clock=stamp_of(self.time)))
        ranges = np.full(BODY.sensor.rays, BODY.sensor.range_max) if ranges is None else ranges
        self.odoms.publish(
            odom_to_message(np.zeros(3), np.zeros(3), self.header('odom'), 'base_link')
        )
        scan = scan_to_message(ranges, BODY.sensor, self.header('laser'), 0.05)
        self.stamps.append(seconds(scan.header.stamp))
        self.scans.publish(scan)

    def wait(self, condition, what, each=lambda: None):
        end = time.monotonic() + LONGEST
        while not condition():
            assert time.monotonic() < end, f'no {what} within {LONGEST} s'
            each()
            for _ in range(20):  # more than what one `sense` gives rise to
                self.executor.spin_once(timeout_sec=0.002)

    def drive(self, x=4.0):
        """Ask for a goal ahead; the robot senses on until the node drives."""
        self.wait(lambda: self.goals.get_subscription_count(), 'listener of goal_pose')
        self.goals.publish(pose_to_message(x, 0.0, math.nan, self.header('odom')))
        self.wait(lambda: self.traces, 'trace', self.sense)

    def close(self):
        self.executor.shutdown()
        self.mobility.destroy_node()
        self.robot.destroy_node()


@pytest.fixture
def bench():
    rclpy.init()
    bench = Bench()
    yield bench
    bench.close()
    rclpy.try_shutdown()


def test_it_sends_zero_until_a_goal_comes_and_then_drives(bench):
    assert all(c.twist.linear.x == c.twist.angular.z == 0.0 for c in bench.commands)
    bench.drive()
    bench.wait(lambda: bench.commands[-1].twist.linear.x > 0.0, 'command', bench.sense)
    assert bench.commands[-1].header.frame_id == 'base_link'


def test_each_command_leaves_a_trace_with_the_stamp_of_its_scan(bench):
    bench.drive()
    bench.wait(lambda: len(bench.traces) >= 4, 'more traces', bench.sense)
    for number, trace in enumerate(bench.traces):
        assert trace.step == number
        assert (trace.horizon, trace.action_dim, trace.sample_count) == (1, 3, 0)
        assert len(trace.actions) == 3
        assert len(trace.embedding) == len(bench.traces[0].embedding) > 0
        assert trace.header.frame_id == 'base_link'
        # Times are kept as seconds, which count microseconds.
        assert np.abs(seconds(trace.header.stamp) - np.array(bench.stamps)).min() < 1e-6
    sent = [(c.header.stamp, c.twist.linear.x) for c in bench.commands]
    assert (bench.traces[2].header.stamp, pytest.approx(bench.traces[2].actions[0])) in sent


def test_a_scan_of_another_size_ends_the_drive_with_zero(bench, capfd):
    bench.drive()
    bench.wait(lambda: bench.commands[-1].twist.linear.x > 0.0, 'command', bench.sense)
    bench.wait(
        lambda: bench.commands[-1].twist.linear.x == 0.0, 'zero', lambda: bench.sense(np.ones(7))
    )
    assert bench.mobility.current is None
    bench.wait(lambda: 'PERCEPTION_FAILED: scan' in capfd.readouterr().err, 'reason')
