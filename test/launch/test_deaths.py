"""Nodes of the running graph that die: the robot rests within 200 ms."""

import contextlib

import pytest
from fault_checks import LAUNCH_FILE, rests_in_time, stays_at_rest, stopped

from valet_nodes.trials.dressing_graph import DressingGraph


def kill(name, check):
    """Kill a node of a moving graph of its own and check what comes of it."""

    with contextlib.closing(DressingGraph(LAUNCH_FILE)) as graph:
        graph.bring_up()
        graph.start_moving()
        check(graph, graph.kill(name))


@pytest.mark.kills
@pytest.mark.parametrize(
    ('name', 'rule'), [('dressing_policy', 'stale_command'), ('perception', 'stale_perception')]
)
def test_a_killed_node_stops_the_robot(name, rule):
    kill(name, lambda graph, since: stopped(graph, since, rule))


@pytest.mark.kills
def test_the_robot_stops_by_itself_when_the_gate_is_killed():
    def check(graph, since):
        rests_in_time(graph, since)
        stays_at_rest(graph)

    kill('safety_gate', check)
