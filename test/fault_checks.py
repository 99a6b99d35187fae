"""What has to hold after any fault: rest in time, a reason in both places, no motion."""

from valet_msgs.msg import GateState

__all__ = ['LAUNCH_FILE', 'rests_in_time', 'stays_at_rest', 'stopped']

REST_WITHIN = 0.2  # of simulated time [s]
LAUNCH_FILE = 'faults.launch.yaml'


def rests_in_time(graph, since):
    """The robot is at rest for good within 200 ms."""
    graph.wait(lambda: graph.node.rest_after(since) is not None, 20, 'rest')
    graph.spin_for(0.5)
    took = graph.node.rest_after(since)
    assert took is not None, 'the robot moves again'
    assert took <= REST_WITHIN, f'at rest after {took:.3f} s, allowed {REST_WITHIN} s'


def stopped(graph, since, rule):
    """Wait for the stop; check time to rest, the reason in both places, and that it lasts."""
    node = graph.node
    graph.wait(lambda: node.gate.state == GateState.STOPPED, 20, f'a stop by {rule}')
    assert node.gate.rule == rule, f'{node.gate.rule}: {node.gate.reason}'
    rests_in_time(graph, since)
    assert node.gate.reason
    graph.wait(lambda: any(node.gate.reason in r for r in node.reasons), 20, '/diagnostics')
    stays_at_rest(graph)


def stays_at_rest(graph, simulated=1.0):
    begin = graph.node.now
    graph.spin_for(simulated)
    assert graph.node.travel_since(begin) < 1e-4
