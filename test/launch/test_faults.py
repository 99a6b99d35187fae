"""Faults of the running graph: whatever breaks, the robot rests within 200 ms and says why."""

import math

import numpy as np
import pytest
from fault_checks import LAUNCH_FILE, stays_at_rest, stopped
from geometry_msgs.msg import TwistStamped
from valet_msgs.msg import ArmPose, GateState, Outcome

from valet_core.perception.arm_estimate import ArmEstimate
from valet_core.simulation.ur_kinematics import forward
from valet_nodes.ros.conversions import arm_to_message, make_header, stamp_of
from valet_nodes.ros.qos import RELIABLE
from valet_nodes.trials.dressing_graph import DressingGraph


@pytest.fixture(scope='module')
def shared():
    """A graph that several tests use one after the other."""
    graph = DressingGraph(LAUNCH_FILE)
    try:
        graph.bring_up()
        yield graph
    finally:
        graph.close()


@pytest.fixture
def graph(shared):
    """The shared graph, prepared."""
    shared.prepare()
    return shared


@pytest.mark.parametrize(
    ('fault', 'rule'),
    [
        ('camera_silent', 'stale_perception'),
        ('camera_repeats', 'stale_perception'),
        ('wrench_silent', 'stale_wrench'),
        ('wrench_frozen', 'frozen_wrench'),
        ('wrench_nan', 'nonfinite_wrench'),
        ('force_step', 'force_magnitude'),
    ],
)
def test_a_sensor_that_fails_stops_the_robot_until_reset(graph, fault, rule):
    graph.start_moving()
    stopped(graph, graph.set_fault(fault), rule)
    graph.wait(lambda: graph.node.result is not None, 20, 'the result of the action')
    expected = {'force_step': Outcome.FORCE_LIMIT, 'wrench_nan': Outcome.PERCEPTION_FAILED}
    assert graph.node.result.outcome.value == expected.get(fault, Outcome.STALE_INPUT)
    assert not graph.try_reset().success, 'a reset while the fault lasts has to be refused'
    graph.set_fault('none')
    graph.wait(lambda: graph.try_reset().success, 10, 'a reset after the fault')
    graph.bring_up()
    stays_at_rest(graph)
    goes(graph)


def goes(graph):
    """A goal moves the robot."""
    graph.prepare()
    graph.start_moving()


def test_a_command_that_is_not_finite_stops_the_robot(graph):
    publisher = graph.node.create_publisher(TwistStamped, 'policy/command', RELIABLE)
    graph.wait(lambda: publisher.get_subscription_count() > 0, 5, 'the gate to listen')

    graph.start_moving()
    since = graph.node.now
    message = TwistStamped(header=make_header(stamp_of(since), 'base_link'))
    message.twist.linear.x = math.nan
    publisher.publish(message)
    stopped(graph, since, 'nonfinite_command')


def test_a_gripper_that_is_perceived_to_be_within_the_arm_stops_the_robot(graph):
    publisher = graph.node.create_publisher(ArmPose, 'perception/arm', RELIABLE)
    graph.wait(lambda: publisher.get_subscription_count() > 1, 5, 'the gate to listen')

    def perceive() -> bool:
        """Say that the person's upper arm begins in the gripper; perception goes on beside it."""
        palm = (forward(graph.node.joints[-1].position)['wrist_3_link'] @ [0.0, 0.0, 0.1, 1.0])[:3]
        joints = palm + np.array([[0.0, 0, 0], [0.3, 0, 0], [0.55, 0, 0], [0.75, 0, 0]])
        header = make_header(stamp_of(graph.node.now), 'base_link')
        publisher.publish(arm_to_message(ArmEstimate(joints, np.ones(4)), header))
        return graph.node.gate.state == GateState.STOPPED

    graph.start_moving()
    since = graph.node.now
    graph.wait(perceive, 20, 'a stop')
    stopped(graph, since, 'separation')
    assert 'm from the upper arm, allowed -0.0' in graph.node.gate.reason
    graph.wait(lambda: graph.node.result is not None, 20, 'the result of the action')
    assert graph.node.result.outcome.value == Outcome.MOTION_FAILED
    graph.node.destroy_publisher(publisher)


def test_a_second_goal_is_refused_and_a_canceled_one_stops(graph):
    goes(graph)
    first = graph.node.goal_handle
    graph.node.send()
    graph.wait(lambda: graph.node.result is not None, 5, 'the refusal')
    assert graph.node.result.outcome.value == Outcome.INVALID_GOAL
    assert 'a goal is running' in graph.node.result.message
    graph.wait(lambda: graph.node.speed > 0.02, 10, 'the goal that runs to go on')
    since = graph.node.now
    graph.node.result = None
    future = first.cancel_goal_async()
    graph.wait(future.done, 5, 'the cancel')
    graph.wait(lambda: graph.node.result is not None, 5, 'the result')
    assert graph.node.result.outcome.value == Outcome.CANCELED
    graph.spin_for(0.5)
    assert graph.node.rest_after(since) < 0.5
    assert graph.node.gate.state != GateState.STOPPED


def test_an_unknown_garment_moves_nothing(graph):
    begin = graph.node.now
    graph.node.send(garment='cape')
    graph.wait(lambda: graph.node.result is not None, 5, 'the refusal')
    assert graph.node.result.outcome.value == Outcome.INVALID_GOAL
    assert "'cape' is not one of: hospital_gown" in graph.node.result.message
    graph.spin_for(0.3)
    assert graph.node.travel_since(begin) < 1e-4


def test_traces_and_feedback_flow_while_a_goal_runs(graph):
    goes(graph)
    assert graph.node.traces > 3
    assert graph.node.feedback > 10
    assert np.isfinite(graph.node.gate.force)
