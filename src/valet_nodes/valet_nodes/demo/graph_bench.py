"""How fast the whole graph runs, what of the machine it takes, and how late its commands are."""

import os
import re
from time import monotonic
from typing import Any

import numpy as np
import psutil
import rclpy
from rclpy.experimental.events_executor import EventsExecutor
from rosgraph_msgs.msg import Clock
from valet_msgs.msg import ArmPose, PolicyTrace

from valet_nodes.demo.dressing_client import DressingClient, DressingRow
from valet_nodes.demo.graph import GraphProcess, isolate, spin_until_ready
from valet_nodes.ros.conversions import seconds
from valet_nodes.ros.qos import RELIABLE, SENSOR

__all__ = ['cpu_times', 'measure', 'processes_of']

START_TIMEOUT = 60.0  # [s]
SETTLE = 2.0  # after the goal, until caches are warm and the robot moves [s]
# Time that waits for the graph would hide what is measured.
ARGUMENTS = {'headless': 'true', 'pace': 'real_time'}
SIMULATOR, CAMERA, LAUNCH = 'dressing_sim', 'camera', 'launch'


class _Counter(DressingClient):
    """Counts perceived arms and dates decisions beside what the demo listens to."""

    def __init__(self) -> None:
        super().__init__()
        self.forget()
        self.create_subscription(ArmPose, 'perception/arm', self._count, RELIABLE)
        self.create_subscription(PolicyTrace, 'policy/trace', self._date, RELIABLE)
        self.create_subscription(Clock, '/clock', self._keep_time, SENSOR)

    def forget(self) -> None:
        """Start to count."""
        self.perceived: list[tuple[float, float]] = []  # stamp of the image and wall [s]
        self.times: list[tuple[float, float]] = []  # wall and simulated, at each row [s]
        self.clock: list[tuple[float, float]] = []  # simulated and wall, at each /clock [s]
        self.decided: list[tuple[float, float]] = []  # stamp of the image and wall [s]

    def row(self, time: float) -> DressingRow:
        self.times.append((monotonic(), time))
        return super().row(time)

    def _count(self, message: ArmPose) -> None:
        self.perceived.append((seconds(message.header.stamp), monotonic()))

    def _date(self, message: PolicyTrace) -> None:
        self.decided.append((seconds(message.header.stamp), monotonic()))

    def _keep_time(self, message: Clock) -> None:
        self.clock.append((seconds(message.clock), monotonic()))

    def latencies(self, heard: list[tuple[float, float]]) -> np.ndarray:
        """From the moment of an image until something was heard of it [s], shape (n,)."""
        simulated, wall = np.array(self.clock).T
        stamps, times = np.array(heard).T
        inside = stamps >= simulated[0]
        return times[inside] - np.interp(stamps[inside], simulated, wall)


def measure(duration: float = 8.0) -> dict[str, Any]:
    """Run the graph while it dresses an arm.

    Args:
        duration: to measure over [s].

    Returns:
        'start_s', from the launch until the gate passes commands; 'real_time_factor',
        simulated over real time; 'perception_hz', arm poses in a simulated second; 'cpu', share
        of one core by process; 'cpu_nodes', that of all but simulator, camera and launch;
        'cpu_all', of all; 'perceived_ms' and 'latency_ms', from an image to its arm pose and to
        its command, p50, p99 and count.

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
            _spin(client, graph, SETTLE)
            client.forget()
            processes = processes_of(graph.pid)
            before, begun = cpu_times(processes), monotonic()
            _spin(client, graph, duration)
            after, wall = cpu_times(processes), monotonic() - begun
            cpu = {name: (after[name] - before[name]) / wall for name in before}
            return {'start_s': start, **_pace(client), **_shares(cpu), **_lateness(client)}
    finally:
        client.destroy_node()
        rclpy.try_shutdown()


def _spin(client: _Counter, graph: GraphProcess, duration: float) -> None:
    # What is dated has to be heard at once, so the cheapest executor.
    executor, end = EventsExecutor(), monotonic() + duration
    executor.add_node(client)
    _drain(client)
    while monotonic() < end:
        executor.spin_once(timeout_sec=0.05)
        graph.check()
    executor.remove_node(client)


def _drain(client: _Counter) -> None:
    """Drop what has come before the executor: it would be a message behind from then on."""
    for subscription in client.subscriptions:
        with subscription.handle:
            while subscription.handle.take_message(subscription.msg_type, False) is not None:
                pass


def _pace(client: _Counter) -> dict[str, float]:
    # From message to message: between them neither clock is known to the client.
    (first_wall, first), (last_wall, last) = client.times[0], client.times[-1]
    return {
        'real_time_factor': (last - first) / (last_wall - first_wall),
        'perception_hz': len(client.perceived) / (last - first),
    }


def _shares(cpu: dict[str, float]) -> dict[str, Any]:
    others = (SIMULATOR, CAMERA, LAUNCH)
    nodes = sum(share for name, share in cpu.items() if name not in others)
    return {'cpu': cpu, 'cpu_nodes': nodes, 'cpu_all': sum(cpu.values())}


def _lateness(client: _Counter) -> dict[str, Any]:
    return {
        'perceived_ms': _summary(client.latencies(client.perceived)),
        'latency_ms': _summary(client.latencies(client.decided)),
    }


def _summary(times: np.ndarray) -> dict[str, float]:
    p50, p99 = np.percentile(1e3 * times, (50, 99))
    return {'p50': float(p50), 'p99': float(p99), 'count': len(times)}


def processes_of(pid: int) -> dict[str, list[psutil.Process]]:
    """The processes of a launch, by the node that they are; a simulator's child is its camera."""
    launch = psutil.Process(pid)
    found: dict[str, list[psutil.Process]] = {LAUNCH: [launch]}
    for process in launch.children(recursive=True):
        node = re.search(r'__node:=(\S+)', ' '.join(process.cmdline()))
        found.setdefault(node.group(1) if node else CAMERA, []).append(process)
    return found


def cpu_times(processes: dict[str, list[psutil.Process]]) -> dict[str, float]:
    """Processor time so far of each [s]."""
    times = {name: [p.cpu_times() for p in group] for name, group in processes.items()}
    return {name: sum(t.user + t.system for t in used) for name, used in times.items()}
