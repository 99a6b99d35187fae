"""Spins the manager until something is the case, a time is over or a signal has come."""

import time
from collections.abc import Callable, Sequence
from typing import Protocol

from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node

from valet_core.common.errors import StaleInputError
from valet_nodes.ros.spin import StopFlag

__all__ = ['Interrupted', 'Patience', 'Waiting']

TICK = 0.05  # longest time between looks at a signal or a deadline [s]
FIRST_MESSAGE = 1.0  # of a wait that goes on, after this time [s]


class Interrupted(Exception):
    """A signal came; everything goes down and that is no failure."""


class Waiting(Protocol):
    """Something that has to be there."""

    def missing(self) -> str | None:
        """What is missing, in a sentence; None when all is there."""


class Patience:
    """Waits of one node, which spins meanwhile.

    Time is the steady clock: without a simulator running, the node's clock may stand still.
    """

    def __init__(self, node: Node, message_period: float) -> None:
        """Take the node and the time between messages of a wait that goes on [s]."""
        self.stop = StopFlag()
        self._logger, self._period = node.get_logger(), message_period
        self._executor = SingleThreadedExecutor()
        self._executor.add_node(node)

    def until(self, is_done: Callable[[], bool], timeout: float) -> bool:
        """Spin until something is the case or the time [s] is over; 0: without limit.

        Returns:
            Whether it is the case.

        Raises:
            Interrupted: when a signal has come.
        """
        deadline = time.monotonic() + timeout if timeout > 0.0 else float('inf')
        while not is_done():
            if self.stop.set:
                raise Interrupted
            left = deadline - time.monotonic()
            if left <= 0.0:
                return False
            self._executor.spin_once(timeout_sec=min(TICK, left))
        return True

    def until_there(self, what: str, waits: Sequence[Waiting], timeout: float) -> None:
        """Wait until nothing is missing, with a message now and then of all that is.

        Args:
            what: name of the things, in the plural.
            waits: the things.
            timeout: for all together [s]; 0: without limit.

        Raises:
            StaleInputError: when the time is over; it names what is missing.
            Interrupted: when a signal has come.
        """
        if not waits:
            return
        missing: list[str] = []
        due = time.monotonic() + FIRST_MESSAGE

        def is_complete() -> bool:
            nonlocal due
            missing[:] = [text for text in (wait.missing() for wait in waits) if text]
            if missing and time.monotonic() >= due:
                due = time.monotonic() + self._period
                self._logger.info('waiting for\n  ' + '\n  '.join(missing))
            return not missing

        if not self.until(is_complete, timeout):
            raise StaleInputError(f'gave up after {timeout} s; missing: {"; ".join(missing)}')
        self._logger.info(f'all {what} are there')
