"""The graph of a mobile base: whatever breaks, it stops and says why."""

import math

import pytest
from mobile_graph import MobileGraph
from valet_msgs.msg import GateState, Outcome

from valet_nodes.trials.launched import START_TIMEOUT

BRAKING = 2.0  # m/s2 of the base
# Beside braking: the last message before a fault is up to a scan's period old (0.05 s), and 0.2 s
# after it the gate asks for rest, within one of its ticks (0.02); the base adds its delay (0.05)
# and lag (0.03 more than straight braking takes), and the truth is told every 0.05 s.
REACTION = 0.4  # s


def rests_in_time(graph, since):
    node = graph.node
    graph.wait(lambda: node.rest_after(since) is not None, 5, 'rest')
    peak = max(speed for stamp, speed in node.speeds if stamp >= since - 0.1)
    assert node.rest_after(since) <= peak / BRAKING + REACTION


@pytest.fixture(scope='module')
def running():
    # A seed whose start leaves some metres of free floor ahead.
    graph = MobileGraph('embodiment:=jackal_real', 'scene:=barn', 'seed:=3')
    try:
        graph.wait(graph.is_passing, START_TIMEOUT, 'the gate to pass')
        yield graph
    finally:
        graph.close()


@pytest.fixture
def graph(running):
    running.mend()
    return running


@pytest.mark.parametrize(
    ('make', 'message'),
    [
        (lambda g: g.goal(3.0, 0.0, frame='map'), "received frame 'map'"),
        (lambda g: g.goal(3.0, 0.0, frame=''), "received frame ''"),
        (lambda g: g.goal(math.nan, 0.0), 'finite numbers'),
        (lambda g: g.route([[0, 0], [1, math.inf]]), 'pose 1 is'),
        (lambda g: g.route([[0, 0], [1, 0]], frame='somewhere'), "received frame 'somewhere'"),
    ],
    ids=['frame', 'no frame', 'nan goal', 'infinite route', 'frame of a route'],
)
def test_a_goal_that_cannot_be_right_is_refused_and_nothing_moves(graph, make, message):
    result = graph.answer(make(graph))
    assert result.outcome.value == Outcome.INVALID_GOAL
    assert message in result.message
    graph.spin_for(0.3)
    assert graph.node.truth.speed < 0.02


def test_a_goal_inside_an_obstacle_is_refused(graph):
    from valet_core.mobility.body.catalogue import find_embodiment
    from valet_core.mobility.sim.scenes import find_world

    circles = find_world('barn', 3, find_embodiment('jackal_real')).circles[:, :2]
    x, y = min(circles, key=lambda c: math.hypot(c[0] + 2.25, c[1] - 3.12))  # nearest to its nose
    result = graph.answer(graph.goal(y - 3.0, -2.25 - x))
    assert result.outcome.value == Outcome.INVALID_GOAL
    assert 'inside an obstacle' in result.message


@pytest.mark.parametrize(
    ('fault', 'outcome', 'reason'),
    [
        ('scan_silent', Outcome.STALE_INPUT, 'scan'),
        ('scan_frozen', Outcome.STALE_INPUT, 'scan has not changed'),
        ('scan_nan', Outcome.PERCEPTION_FAILED, 'scan'),
        ('scan_size', Outcome.PERCEPTION_FAILED, 'scan'),
        ('odom_silent', Outcome.STALE_INPUT, 'odom'),
        ('odom_jump', Outcome.PERCEPTION_FAILED, 'odom'),
        ('odom_nan', Outcome.PERCEPTION_FAILED, 'odom'),
    ],
)
def test_a_sensor_that_fails_stops_the_base_until_reset(graph, fault, outcome, reason):
    graph.start_moving()
    graph.set_fault(fault)
    node, since = graph.node, graph.node.now
    graph.wait(lambda: node.result is not None, 5, 'the end of the drive')
    assert node.result.outcome.value == outcome, node.result.message
    assert reason in node.result.message
    graph.wait(lambda: node.gate.state == GateState.STOPPED, 5, 'the stop of the gate')
    assert reason in node.gate.reason
    graph.wait(lambda: any(node.gate.reason in r for r in node.reasons), 5, '/diagnostics')
    rests_in_time(graph, since)
    if fault != 'odom_jump':  # where it has jumped to it can go on from
        assert not graph.call(node.reset, graph.node.reset.srv_type.Request()).success
    # a new goal is refused while the gate holds the base
    if node.gate.state == GateState.STOPPED:
        answer = graph.answer(graph.goal(3.0, 0.0))
        assert answer.outcome.value == Outcome.INVALID_GOAL
        assert 'the gate has stopped the robot' in answer.message


def test_a_second_goal_is_refused_and_a_canceled_one_stops(graph):
    graph.start_moving()
    first = graph.node.goal_handle
    answer = graph.answer(graph.goal(1.0, 0.0))
    assert 'a goal is running' in answer.message
    graph.node.result = None
    since = graph.node.now
    future = first.cancel_goal_async()
    graph.wait(future.done, 5, 'the cancel')
    first.get_result_async().add_done_callback(graph.node._on_result)
    graph.wait(lambda: graph.node.result is not None, 5, 'the result')
    assert graph.node.result.outcome.value == Outcome.CANCELED
    graph.wait(lambda: graph.node.rest_after(since) is not None, 5, 'rest')
    assert graph.node.gate.state in (GateState.PASSING, GateState.CLAMPING)


def test_goals_by_topic_drive_and_an_empty_route_stops(graph):
    node = graph.node
    graph.wait(lambda: node.goal_pose.get_subscription_count() > 0, 5, 'a listener')
    node.goal_pose.publish(graph.goal(8.0, 0.0).goal_pose)
    graph.wait(lambda: node.truth.speed > 0.5, 10, 'the base to move')
    since = node.now
    node.route.publish(graph.route([]).route)
    graph.wait(lambda: any('received no pose' in line for line in node.logs), 5, 'the reason')
    graph.wait(lambda: node.rest_after(since) is not None, 5, 'rest')


def test_the_base_stops_by_itself_when_the_gate_says_nothing_more(graph):
    graph.start_moving()
    gate = graph.process('base_gate')
    gate.suspend()
    try:
        rests_in_time(graph, graph.node.now)
    finally:
        gate.resume()
