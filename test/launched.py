"""A launch as a real process, and the spinning of the node that watches it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable

import rclpy
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node

__all__ = ['Launched']


class Launched:
    """A launch file that runs; `make_node` gives a node with `now` and `gate`."""

    def __init__(self, make_node: Callable[[], Node], launch_file: str, *arguments: str) -> None:
        command = [sys.executable, '-m', 'valet_core.tools.cli', 'launch', launch_file]
        self._log = open(os.environ.get('VALET_TEST_LOG', os.devnull), 'ab')  # noqa: SIM115
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
        self.node.destroy_node()
        rclpy.try_shutdown()
        self._log.close()

    def wait(self, condition: Callable[[], object], timeout: float, what: str) -> None:
        """Spin until a condition holds."""
        end = time.monotonic() + timeout
        while not condition():
            self._executor.spin_once(timeout_sec=0.05)
            assert time.monotonic() < end, f'waited {timeout} s for {what}; gate: {self.node.gate}'
            assert self.launch.poll() is None, f'launch ended: {self.launch.returncode}'

    def spin_for(self, simulated: float) -> None:
        """Spin for a simulated time [s]."""
        end = self.node.now + simulated
        self.wait(lambda: self.node.now >= end, 30 + 20 * simulated, 'simulated time to pass')
