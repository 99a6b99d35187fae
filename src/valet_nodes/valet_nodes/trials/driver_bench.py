"""What the nodes take of the machine beside drivers that publish as often as a real arm's."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from diagnostic_msgs.msg import DiagnosticArray
from rclpy.node import Node
from valet_msgs.msg import GateState

from valet_nodes.demo.graph import isolate
from valet_nodes.demo.graph_bench import cpu_times, processes_of
from valet_nodes.ros.conversions import seconds
from valet_nodes.ros.qos import RELIABLE
from valet_nodes.trials.launched import Launched

__all__ = ['measure']

COUNTED = 'messages of wrench'
SETTLE = 3.0  # once the gate passes commands [s]


class _Watcher(Node):
    """Keeps the gate's state, and how many wrenches it has taken by when."""

    def __init__(self) -> None:
        super().__init__('watcher')
        self.gate = GateState()
        self.taken: list[tuple[float, int]] = []  # stamp [s] and count
        self.create_subscription(GateState, 'safety/state', self._on_gate, RELIABLE)
        self.create_subscription(DiagnosticArray, '/diagnostics', self._on_diagnostics, RELIABLE)

    @property
    def now(self) -> float:
        return time.monotonic()

    def _on_gate(self, message: GateState) -> None:
        self.gate = message

    def _on_diagnostics(self, message: DiagnosticArray) -> None:
        for status in message.status:
            for pair in status.values:
                if pair.key == COUNTED:
                    self.taken.append((seconds(message.header.stamp), int(pair.value)))


def measure(rate: float, duration: float) -> dict[str, Any]:
    """Run the graph of a robot beside a stand-in for its drivers, with the robot at rest.

    Args:
        rate: of wrench, joint states and tf [Hz].
        duration: to measure over [s].

    Returns:
        'rate_hz', really published; 'cpu', share of one core by process; 'sent' and 'taken',
        wrenches between two reports of the gate; 'gates', the states it was in meanwhile.

    Raises:
        ValetError: if the graph does not come up.
    """
    isolate()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / 'stamps.npy'
        command = [sys.executable, '-m', 'valet_nodes.trials.standin_driver', str(rate), str(path)]
        driver = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        graph = Launched(
            _Watcher, 'robot.launch.yaml', 'tf_topic:=tf', 'tf_static_topic:=tf_static'
        )
        try:
            result, window = _watch(graph, duration)
        finally:
            graph.close()
            driver.send_signal(signal.SIGINT)
            driver.wait(20)
        stamps = np.load(path)
    (first, before), (last, after) = window
    inside = (stamps > first) & (stamps <= last)
    result['rate_hz'] = float(inside.sum() / (last - first))
    return {**result, 'sent': int(inside.sum()), 'taken': after - before}


def _watch(graph: Launched, duration: float) -> tuple[dict[str, Any], Any]:
    """CPU by process, and the gate's first and last count in the time that it was measured."""
    node, states = graph.node, set()
    passing = (GateState.PASSING, GateState.CLAMPING)
    graph.wait(lambda: node.gate.state in passing, 120, 'the gate to pass')
    graph.spin_for(SETTLE)
    node.taken.clear()
    processes = processes_of(graph.launch.pid)
    before, begun = cpu_times(processes), time.monotonic()
    while time.monotonic() < begun + duration:
        graph.spin_for(0.1)
        states.add(int(node.gate.state))
    after, wall = cpu_times(processes), time.monotonic() - begun
    cpu = {name: (after[name] - before[name]) / wall for name in before}
    found = {'cpu': cpu, 'gates': sorted(states), 'load_average': os.getloadavg()[0]}
    return found, (node.taken[0], node.taken[-1])
