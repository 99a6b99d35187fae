"""The simulated graph as a child process, and waiting for it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import IO, Any

import rclpy
from rclpy.node import Node

from valet_core.common.assets import find_asset
from valet_core.common.errors import ValetError
from valet_nodes.demo.client import DemoClient

__all__ = ['GraphProcess', 'isolate', 'spin_until', 'spin_until_ready']

STOP_TIMEOUT = 20.0  # for the launch to come down [s]


def isolate() -> None:
    """Keep to this machine, out of the way of another graph, and share memory as the graph."""
    profile = find_asset('config/fastdds.xml')
    os.environ.setdefault('FASTRTPS_DEFAULT_PROFILES_FILE', str(profile))
    os.environ.setdefault('ROS_AUTOMATIC_DISCOVERY_RANGE', 'LOCALHOST')
    os.environ.setdefault('ROS_DOMAIN_ID', str(1 + os.getpid() % 100))


class GraphProcess:
    """`valet launch` of one file while the block runs."""

    def __init__(
        self, arguments: Mapping[str, Any], log: IO[str], file: str = 'sim.launch.yaml'
    ) -> None:
        """Take what to launch.

        Args:
            arguments: of the launch file, by name.
            log: takes all output.
            file: name of the launch file.
        """
        self._command = [sys.executable, '-m', 'valet_core.tools.cli', 'launch']
        self._command += [file, *(f'{k}:={v}' for k, v in arguments.items())]
        self._log = log

    def __enter__(self) -> 'GraphProcess':
        """Start it."""
        self._process = subprocess.Popen(
            self._command, stdout=self._log, stderr=self._log, start_new_session=True
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Bring it down, cleanly if it can be."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            try:
                self._process.wait(STOP_TIMEOUT)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    @property
    def pid(self) -> int:
        """Of the launch."""
        return self._process.pid

    def check(self) -> None:
        """See that it still runs.

        Raises:
            ValetError: if it has ended, with its exit status.
        """
        if self._process.poll() is not None:
            raise ValetError(f'the launch ended with status {self._process.returncode}')


def spin_until(
    node: Node,
    graph: GraphProcess,
    is_done: Callable[[], bool],
    timeout: float,
    describe: Callable[[], str],
) -> float:
    """Spin a node until something is the case; the time that it took [s].

    Args:
        node: that hears of the graph.
        graph: has to stay up meanwhile.
        is_done: whether it is the case.
        timeout: longest time for it [s].
        describe: message of the error where it does not come.

    Raises:
        ValetError: if the launch ends or the time is over.
    """
    begun = time.monotonic()
    while not is_done():
        rclpy.spin_once(node, timeout_sec=0.1)
        graph.check()
        if time.monotonic() - begun > timeout:
            raise ValetError(describe())
    return time.monotonic() - begun


def spin_until_ready(client: DemoClient[Any], graph: GraphProcess, timeout: float) -> float:
    """Spin until a goal can be sent; the time that it took [s].

    Raises:
        ValetError: if the launch ends or is not ready in time, with what the gate says.
    """

    def describe() -> str:
        reason = client.gate.reason or 'nothing heard of the gate'
        return f'the graph was not up within {timeout:.0f} s: {reason}'

    return spin_until(client, graph, lambda: client.ready, timeout, describe)
