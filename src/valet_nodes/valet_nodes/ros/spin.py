"""Runs one node as a process: clean on SIGINT and SIGTERM, one line for a bad configuration."""

import contextlib
import signal
import sys
from collections.abc import Callable
from types import FrameType

import rclpy
from rclpy._rclpy_pybind11 import RCLError, UnknownROSArgsError
from rclpy.clock import Clock, ClockType
from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
from rclpy.lifecycle import LifecycleNode
from rclpy.node import Node

from valet_core.common.errors import ValetError
from valet_nodes.ros.command_line import initialise

__all__ = ['run']

# A signal that comes while nothing else does is seen after this long [s].
_SIGNAL_PERIOD = 0.1


class _StopFlag:
    """Set by the first SIGINT or SIGTERM."""

    def __init__(self) -> None:
        self.set = False
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._raise)

    def _raise(self, _number: int, _frame: FrameType | None) -> None:
        self.set = True


def run(factory: Callable[[], Node], args: list[str] | None = None) -> int:
    """Make a node and spin it until a signal comes.

    rclpy's own signal handler closes the context at once, and a node could not publish a last
    message, such as a zero command. So the flag is ours, and a lifecycle node goes through its
    shutdown transition first.

    Args:
        factory: makes the node, once rclpy is initialised.
        args: command line; None: that of the process.

    Returns:
        Exit status: 0 after a signal, 1 where the node could not be made or failed.
    """
    flag = _StopFlag()
    node: Node | None = None
    try:
        initialise(sys.argv if args is None else args)
        node = factory()
        _spin(node, flag)
    except (KeyboardInterrupt, ExternalShutdownException):
        return 0
    except ValetError as error:
        return _fail(node, error)
    except (RCLError, UnknownROSArgsError) as error:
        if node is not None:
            raise
        # A params file or arguments that rclpy cannot read.
        return _fail(node, error)
    finally:
        _close(node)
    return 0


def _spin(node: Node, flag: _StopFlag) -> None:
    executor = SingleThreadedExecutor()
    executor.add_node(node)
    # Cheaper than a timeout, for which rclpy makes a new timer with each wait.
    steady = Clock(clock_type=ClockType.STEADY_TIME)
    wake = node.create_timer(_SIGNAL_PERIOD, lambda: None, clock=steady)
    while rclpy.ok() and not flag.set:
        executor.spin_once()
    node.destroy_timer(wake)
    executor.remove_node(node)


def _fail(node: Node | None, error: Exception) -> int:
    name = '' if node is None else f'{node.get_name()}: '
    text = ' '.join(str(error).split())
    print(f'error: {name}{text}', file=sys.stderr)
    return 1


def _close(node: Node | None) -> None:
    if node is not None and rclpy.ok():
        if isinstance(node, LifecycleNode):
            # Refused where the manager has shut the node down already.
            with contextlib.suppress(RCLError):
                node.trigger_shutdown()
        node.destroy_node()
    rclpy.try_shutdown()
