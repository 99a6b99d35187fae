"""Nodes of the running graph that die: the robot rests within 200 ms."""

import pytest
from fault_checks import LAUNCH_FILE, REST_WITHIN, stays_at_rest, stopped
from running_graph import Graph


@pytest.fixture
def doomed():
    """A graph of the test's own, of which it kills a part."""
    graph = Graph(LAUNCH_FILE)
    try:
        graph.bring_up()
        yield graph
    finally:
        graph.close()


@pytest.mark.kills
def test_a_killed_policy_stops_the_robot(doomed):
    doomed.start_moving()
    since = doomed.kill('dressing_policy')
    stopped(doomed, since, 'stale_command')


@pytest.mark.kills
def test_a_killed_perception_stops_the_robot(doomed):
    doomed.start_moving()
    since = doomed.kill('perception')
    stopped(doomed, since, 'stale_perception')


@pytest.mark.kills
def test_the_robot_stops_by_itself_when_the_gate_is_killed(doomed):
    doomed.start_moving()
    since = doomed.kill('safety_gate')
    doomed.wait(lambda: doomed.node.rest_after(since) is not None, 5, 'rest')
    doomed.spin_for(0.5)
    assert doomed.node.rest_after(since) <= REST_WITHIN
    stays_at_rest(doomed)
