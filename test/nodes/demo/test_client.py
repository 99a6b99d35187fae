"""The demo's client against a real action server: what it keeps, and from when on."""

import time

import numpy as np
import pytest
import rclpy
from geometry_msgs.msg import TwistStamped
from rclpy.action import ActionServer, GoalResponse
from rclpy.executors import SingleThreadedExecutor
from sensor_msgs.msg import LaserScan
from std_srvs.srv import Trigger
from valet_msgs.action import FollowRoute
from valet_msgs.msg import GateState, MobileTruth, Outcome

from valet_nodes.demo.mobile_client import MobileClient
from valet_nodes.ros.conversions import make_header, stamp_of
from valet_nodes.ros.qos import RELIABLE, SENSOR


class Graph:
    """A simulator, a gate and a mobility node as far as a client knows them."""

    def __init__(self):
        self.node = rclpy.create_node('graph')
        self.accepts, self.goals, self.ended = True, [], 0.0
        self.truth = self.node.create_publisher(MobileTruth, 'ground_truth/mobile', RELIABLE)
        self.gate = self.node.create_publisher(GateState, 'base_gate/state', RELIABLE)
        self.scan = self.node.create_publisher(LaserScan, 'scan', SENSOR)
        self.starts = 0
        self.command = self.node.create_publisher(TwistStamped, 'mobility/cmd_vel', RELIABLE)
        self.node.create_service(Trigger, 'mobile_sim/start', self._start)
        self.ending = rclpy.task.Future()
        self.server = ActionServer(
            self.node, FollowRoute, 'follow_route', execute_callback=self._execute,
            goal_callback=lambda _: GoalResponse(1 + self.accepts),
        )  # fmt: skip

    def _start(self, _request, response):
        self.starts += 1
        return response

    async def _execute(self, handle):
        self.goals.append(handle.request)
        handle.publish_feedback(FollowRoute.Feedback(phase='drive', distance_remaining=2.5))
        await self.ending
        handle.succeed()
        done = Outcome(value=Outcome.SUCCEEDED)
        return FollowRoute.Result(outcome=done, message='there', stamp=stamp_of(self.ended))

    def tell(self, seconds, speed=0.0):
        self.command.publish(TwistStamped())
        header = make_header(stamp_of(seconds), 'world')
        self.truth.publish(MobileTruth(header=header, x=1.0, yaw=0.5, speed=speed))


@pytest.fixture
def pair():
    rclpy.init()
    graph, client = Graph(), MobileClient()
    executor = SingleThreadedExecutor()
    for node in (graph.node, client):
        executor.add_node(node)

    def until(condition, again=lambda: None):
        end = time.monotonic() + 20.0
        while not condition():
            again()
            executor.spin_once(timeout_sec=0.05)
            assert time.monotonic() < end, 'waited 20 s'

    graph.until = until
    yield graph, client
    graph.server.destroy()
    for node in (graph.node, client):
        node.destroy_node()
    rclpy.try_shutdown()


def get_ready(graph, client):
    def publish():
        graph.gate.publish(GateState(state=GateState.PASSING))
        graph.tell(10.0)

    graph.until(lambda: client.ready, publish)


def test_a_client_is_ready_when_gate_server_and_time_are_there(pair):
    graph, client = pair
    stopped = GateState(state=GateState.STOPPED, reason='an alarm')
    graph.until(lambda: client.gate.reason, lambda: graph.gate.publish(stopped))
    graph.until(lambda: client.truth.header.frame_id, lambda: graph.tell(9.0))
    assert not client.ready
    get_ready(graph, client)


def test_rows_are_kept_from_the_goal_on_and_hold_what_was_heard(pair):
    graph, client = pair
    get_ready(graph, client)
    assert client.rows == [] and not client.recording
    client.send(np.array([[3.0, 1.0]]), np.nan)

    def publish():
        graph.scan.publish(LaserScan(ranges=[1.0, 2.0]))
        graph.tell(10.5, speed=0.75)

    rows = client.rows
    graph.until(
        lambda: rows and rows[-1].phase and rows[-1].scan.size and rows[-1].speed, publish
    )
    row = rows[-1]
    assert (row.phase, row.distance, row.gate) == ('drive', 2.5, GateState.PASSING)
    assert (row.time, row.speed) == (pytest.approx(0.5), 0.75)
    assert row.pose.tolist() == [1.0, 0.0, 0.5]
    assert row.scan.tolist() == [1.0, 2.0]
    assert client.result is None
    graph.ending.set_result(None)
    graph.until(lambda: client.result is not None)
    assert client.result.message == 'there'


def test_a_client_is_ready_for_a_gate_that_waits_for_time_alone_and_starts_it(pair):
    graph, client = pair
    held = GateState(state=GateState.WAITING, rule='clock_stopped')

    def publish():
        graph.gate.publish(held)
        graph.tell(1.0)

    graph.until(lambda: client.ready, publish)
    held.rule = 'stale_command'
    graph.until(lambda: client.gate.rule == 'stale_command', publish)
    assert not client.ready
    client.send(np.array([[3.0, 1.0]]), np.nan)
    graph.until(lambda: graph.starts == 1)
    graph.ending.set_result(None)
    graph.until(lambda: client.result is not None)


def test_the_record_ends_with_the_stamp_of_the_result_whenever_that_arrives(pair):
    graph, client = pair
    get_ready(graph, client)
    client.send(np.array([[3.0, 1.0]]), np.nan)
    for stamp in (10.1, 10.2, 10.3):
        graph.tell(stamp, speed=stamp)
        graph.until(lambda stamp=stamp: client.truth.speed == pytest.approx(stamp))
    graph.ended = 10.4
    graph.ending.set_result(None)
    graph.until(lambda: client._answer is not None)
    assert client.result is None, 'what happened until then is not heard yet'
    for stamp in (10.4, 10.5):
        graph.tell(stamp, speed=stamp)
        graph.until(lambda stamp=stamp: client.truth.speed == pytest.approx(stamp))
    assert client.result.message == 'there'
    client.close()
    assert client.rows[-1].time == pytest.approx(0.4) and client.truth.speed == pytest.approx(10.4)
    assert client.result.message == 'there'


def test_one_point_is_a_goal_and_several_are_a_route(pair):
    graph, client = pair
    get_ready(graph, client)
    client.send(np.array([[3.0, 1.0]]), np.nan)
    client.send(np.array([[1.0, 0.0], [3.0, 1.0]]), 0.0)
    graph.until(lambda: len(graph.goals) == 2)
    alone, route = sorted(graph.goals, key=lambda goal: len(goal.route.poses))
    assert (alone.goal_pose.pose.position.x, len(alone.route.poses)) == (3.0, 0)
    assert [p.pose.position.x for p in route.route.poses] == [1.0, 3.0]
    graph.ending.set_result(None)
    graph.until(lambda: client.result is not None)


def test_a_goal_that_is_rejected_is_a_result(pair):
    graph, client = pair
    graph.accepts = False
    get_ready(graph, client)
    client.send(np.array([[3.0, 1.0]]), np.nan)
    graph.until(lambda: client.result is not None)
    assert client.result.message == 'the goal was rejected'
    assert graph.goals == []
