"""A base that a failure monitor watches: it moves while scores come, and an alarm stops it."""

import numpy as np
import pytest
from mobile_graph import REST, MobileGraph
from valet_msgs.msg import GateState, Outcome

from valet_core.monitor.conformal import Band, Threshold
from valet_core.monitor.detector import Detector
from valet_core.monitor.folder import save_monitor
from valet_core.monitor.monitor import Monitor
from valet_core.monitor.scores.chunks import ChunkMagnitude
from valet_core.monitor.scores.network import Standard
from valet_core.monitor.trace import TraceShape
from valet_nodes.trials.launched import START_TIMEOUT

EMBEDDING = 181  # numbers that the generalist looks at
WINDOW, MUCH = 200, 25.0  # steps, and the sum of the sizes of that many commands


@pytest.fixture(scope='module')
def graph(tmp_path_factory):
    """With a monitor to which it is a failure to come that much was commanded."""
    score = ChunkMagnitude(Standard(np.zeros(3), np.ones(3)))
    limit = Threshold(Band.constant(), MUCH, 0.1, 20)
    detector = Detector((score.name,), (limit,), 'and', 0.1)
    folder = tmp_path_factory.mktemp('monitor')
    monitor = Monitor([score], detector, WINDOW, TraceShape(EMBEDDING, 1, 3, 0), 'generalist')
    save_monitor(folder, monitor, {'command': 'a test'}, {})
    made = MobileGraph(
        'embodiment:=jackal_real', 'scene:=barn', 'seed:=3', f'monitor:={folder}'
    )
    try:
        made.wait(made.is_passing, START_TIMEOUT, 'the gate to pass')
        yield made
    finally:
        made.close()


def test_a_base_moves_while_it_is_watched_and_stops_at_the_alarm(graph):
    node = graph.node
    since = node.now
    result = graph.answer(graph.goal(10.0, 0.0), timeout=120)
    assert result.outcome.value == Outcome.FAILURE_PREDICTED, result.message
    assert node.gate.state == GateState.STOPPED and node.gate.rule == 'alarm'
    assert node.gate.reason.startswith('monitor/scores: magnitude')
    assert max(speed for stamp, speed in node.speeds if stamp >= since) > 0.3
    graph.wait(lambda: node.truth.speed < REST, 20, 'rest')
