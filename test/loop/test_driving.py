"""The whole drive: from scans to the goal, over the real graph."""

import math

import pytest
from mobile_graph import MobileGraph
from valet_msgs.msg import Outcome

from valet_nodes.ros.conversions import seconds


@pytest.fixture(scope='module')
def running():
    graph = MobileGraph('embodiment:=jackal_real', 'scene:=barn', 'seed:=3')
    try:
        graph.wait(graph.is_passing, 120, 'the gate to pass')
        yield graph
    finally:
        graph.close()


@pytest.fixture
def graph(running):
    running.mend()
    return running


def test_follow_route_arrives_with_the_heading_asked_for_and_feedback_on_the_way(graph):
    node = graph.node
    node.traces = 0
    result = graph.answer(graph.goal(10.0, 0.0, 2.5), timeout=120)
    assert result.outcome.value == Outcome.SUCCEEDED, result.message
    assert result.distance_remaining < 0.45 and result.heading_error < 0.16
    # the start looks along world y from (-2.25, 3)
    assert math.hypot(node.truth.x + 2.25, node.truth.y - 13.0) < 0.8
    assert not node.truth.collided
    assert {'drive', 'settle', 'align'} <= {f.phase for f in node.feedback}
    assert node.feedback[0].distance_remaining > 9.0
    assert max(f.speed for f in node.feedback) > 1.0
    graph.wait(lambda: node.truth.speed < 0.02, 20, 'rest')


def test_every_decision_of_a_drive_is_traced(graph):
    node = graph.node
    node.traces, begin = 0, node.now
    result = graph.answer(graph.route([[0, 0], [1.0, 0.0], [2.0, 0.0]]), timeout=60)
    assert result.outcome.value == Outcome.SUCCEEDED, result.message
    # one a scan, at 20 Hz, but for the first and the last
    assert node.traces == pytest.approx(20.0 * (node.now - begin), rel=0.25)
    trace = node.trace
    assert (trace.horizon, trace.action_dim, trace.sample_count) == (1, 3, 0)
    assert len(trace.actions) == 3 and len(trace.embedding) > 3
    assert all(map(math.isfinite, trace.embedding))
    assert trace.header.frame_id == 'base_link'
    assert begin < seconds(trace.header.stamp) <= node.now
