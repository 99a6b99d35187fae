"""How fast the whole graph runs: camera, perception, policy, gate and robot on one machine."""

import os
from time import monotonic
from typing import Any

import rclpy
from valet_msgs.msg import ArmPose

from valet_nodes.demo.dressing_client import DressingClient, DressingRow
from valet_nodes.demo.graph import GraphProcess, isolate, spin_until_ready
from valet_nodes.ros.qos import RELIABLE

__all__ = ['measure']

START_TIMEOUT = 60.0  # [s]
# Time that waits for the graph would hide what is measured.
ARGUMENTS = {'headless': 'true', 'pace': 'real_time'}


class _Counter(DressingClient):
    """Counts perceived arms beside what the demo listens to."""

    def __init__(self) -> None:
        super().__init__()
        self.perceived = 0
        self.times: list[tuple[float, float]] = []  # wall and simulated, at each row [s]
        self.create_subscription(ArmPose, 'perception/arm', self._on_arm, RELIABLE)

    def row(self, time: float) -> DressingRow:
        self.times.append((monotonic(), time))
        return super().row(time)

    def _on_arm(self, _message: ArmPose) -> None:
        self.perceived += 1


def measure(duration: float = 8.0) -> dict[str, Any]:
    """Run the graph while it dresses an arm, and compare its time with the wall's.

    Args:
        duration: to measure over, after the goal was sent [s].

    Returns:
        'start_s', from the launch until the gate passes commands; 'real_time_factor',
        simulated over real time; 'perception_hz', arm poses in a simulated second.

    Raises:
        ValetError: if the graph does not come up.
    """
    isolate()
    rclpy.init()
    client = _Counter()
    try:
        with open(os.devnull, 'w') as log, GraphProcess(ARGUMENTS, log) as graph:
            start = spin_until_ready(client, graph, START_TIMEOUT)
            client.send('cardigan', 'right')
            client.perceived, client.times = 0, []
            end = monotonic() + duration
            while monotonic() < end:
                rclpy.spin_once(client, timeout_sec=0.05)
                graph.check()
            # From message to message: between them neither clock is known to the client.
            (first_wall, first), (last_wall, last) = client.times[0], client.times[-1]
            return {
                'start_s': start,
                'real_time_factor': (last - first) / (last_wall - first_wall),
                'perception_hz': client.perceived / (last - first),
            }
    finally:
        client.destroy_node()
        rclpy.try_shutdown()
