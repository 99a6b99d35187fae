"""A launch as a real process, and the spinning of the node that watches it."""

import gc
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any

import psutil
import rclpy
from rclpy.action import ActionClient
from rclpy.executors import SingleThreadedExecutor

from valet_core.common.errors import ValetError

__all__ = ['START_TIMEOUT', 'Launched']

START_TIMEOUT = 150.0
"""Longest time until a graph is up, on a machine that is busy with others [s]."""

TAIL = 4000
"""How much of the end of a launch's output an error quotes [bytes]."""


class Launched:
    """A launch file that runs, from the call until `close`.

    Attributes:
        launch: the process.
        node: what `make_node` gave; its `now` is the simulated time, its `gate` the gate's state.
    """

    def __init__(self, make_node: Callable[[], Any], launch_file: str, *arguments: str) -> None:
        """Start it, and a ROS context with a node of ours.

        Args:
            make_node: gives the node that watches.
            launch_file: name or path.
            arguments: of the launch file, as `name:=value`.
        """
        command = [sys.executable, '-m', 'valet_core.tools.cli', 'launch', launch_file]
        self._log = tempfile.TemporaryFile()  # noqa: SIM115
        self.launch = subprocess.Popen(
            [*command, *arguments], stdout=self._log, stderr=self._log, start_new_session=True
        )
        rclpy.init()
        self.node = make_node()
        self._executor = SingleThreadedExecutor()
        self._executor.add_node(self.node)

    def close(self) -> None:
        """End everything."""
        if self.launch.poll() is None:
            self.launch.send_signal(signal.SIGINT)
            try:
                self.launch.wait(30)
            except subprocess.TimeoutExpired:
                self.launch.kill()
        self._executor.remove_node(self.node)
        # A client of an action keeps its node's participant, which others see until it is freed.
        for waitable in list(self.node.waitables):
            if isinstance(waitable, ActionClient):
                waitable.destroy()
        self.node.destroy_node()
        rclpy.try_shutdown()
        gc.collect()  # what refers to itself is not freed before
        self._log.close()

    def wait(self, condition: Callable[[], object], timeout: float, what: str) -> None:
        """Spin until a condition holds.

        Args:
            condition: is called again and again.
            timeout: longest time for it [s].
            what: names it.

        Raises:
            ValetError: after the timeout, or if the launch ends meanwhile.
        """
        end = time.monotonic() + timeout
        while not condition():
            self._executor.spin_once(timeout_sec=0.05)
            if time.monotonic() > end:
                raise ValetError(
                    f'waited {timeout} s for {what}; gate: {self.node.gate}\n{self.output()}'
                )
            if self.launch.poll() is not None:
                status = self.launch.returncode
                raise ValetError(f'the launch ended with status {status}:\n{self.output()}')

    def output(self) -> str:
        """The end of what the launch has printed."""
        written = os.fstat(self._log.fileno()).st_size
        # By position, for the processes that write share the file's offset.
        tail = os.pread(self._log.fileno(), TAIL, max(written - TAIL, 0))
        return tail.decode(errors='replace')

    def spin_for(self, simulated: float) -> None:
        """Spin for a simulated time [s]."""
        end = self.node.now + simulated
        self.wait(lambda: self.node.now >= end, 30 + 20 * simulated, 'simulated time to pass')

    def call(self, client: Any, request: Any) -> Any:
        """Call a service and return its answer."""
        if not client.wait_for_service(10):
            raise ValetError(f'no service {client.srv_name}')
        future = client.call_async(request)
        self.wait(future.done, 10, client.srv_name)
        return future.result()

    def process(self, name: str) -> psutil.Process:
        """The process of a node.

        Raises:
            ValetError: if there is none.
        """
        for child in psutil.Process(self.launch.pid).children(recursive=True):
            if any(f'__node:={name}' in word for word in child.cmdline()):
                return child
        raise ValetError(f'no process of node {name}')
