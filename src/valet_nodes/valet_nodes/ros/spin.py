"""Runs one node as a process: clean on SIGINT and SIGTERM, one line for a bad configuration."""

import contextlib
import signal
import sys
from collections.abc import Callable
from types import FrameType
from typing import TypeVar

import rclpy
from rclpy._rclpy_pybind11 import RCLError, UnknownROSArgsError
from rclpy.clock import Clock, ClockType
from rclpy.exceptions import ParameterException
from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
from rclpy.experimental.events_executor import EventsExecutor
from rclpy.lifecycle import LifecycleNode
from rclpy.node import Node

from valet_core.common.errors import ValetError
from valet_nodes.ros.command_line import initialise

__all__ = ['StopFlag', 'run', 'spin_by_events']

N = TypeVar('N', bound=Node)

_SIGNALS = (signal.SIGINT, signal.SIGTERM)

# A signal that comes while nothing else does is seen after this long [s].
_SIGNAL_PERIOD = 0.1


class StopFlag:
    """Set by SIGINT and SIGTERM, once it listens."""

    def __init__(self) -> None:
        self.set = False

    def listen(self) -> None:
        """Take the signals from now on."""
        for number in _SIGNALS:
            signal.signal(number, self._raise)

    def _raise(self, _number: int, _frame: FrameType | None) -> None:
        self.set = True


def _spin(node: Node, flag: StopFlag) -> int:
    """Spin a node until a signal comes."""
    executor = SingleThreadedExecutor()
    executor.add_node(node)
    # Cheaper than a timeout, for which rclpy makes a new timer with each wait.
    steady = Clock(clock_type=ClockType.STEADY_TIME)
    wake = node.create_timer(_SIGNAL_PERIOD, lambda: None, clock=steady)
    while rclpy.ok() and not flag.set:
        executor.spin_once()
    node.destroy_timer(wake)
    executor.remove_node(node)
    return 0


def spin_by_events(node: Node, flag: StopFlag) -> int:
    """Spin a node that is woken hundreds of times a second, at half the cost.

    The usual executor puts a list of all that a node listens to together before each wait. This
    one is told by the middleware which of them has something. It is not for a node with a timer of
    simulated time, for which it would never sleep.
    """
    executor = EventsExecutor()
    executor.add_node(node)
    while rclpy.ok() and not flag.set:
        # A signal is seen only between two calls.
        executor.spin_once(timeout_sec=_SIGNAL_PERIOD)
    executor.remove_node(node)
    return 0


def run(
    factory: Callable[[], N],
    args: list[str] | None = None,
    live: Callable[[N, StopFlag], int] = _spin,
) -> int:
    """Make a node and let it live until a signal comes.

    rclpy's own signal handler closes the context at once, and a node could not publish a last
    message, such as a zero command. So the flag is ours, and a lifecycle node goes through its
    shutdown transition first.

    Args:
        factory: makes the node, once rclpy is initialised.
        args: command line; None: that of the process.
        live: what the node does, until a signal sets the flag; it returns the exit status.

    Returns:
        Exit status: 0 after a signal, 1 where the node could not be made or failed.
    """
    flag = StopFlag()
    flag.listen()
    node: N | None = None
    try:
        initialise(sys.argv if args is None else args)
        node = factory()
        return live(node, flag)
    except (KeyboardInterrupt, ExternalShutdownException):
        return 0
    except ValetError as error:
        return _fail(node, error)
    except (RCLError, UnknownROSArgsError, ParameterException) as error:
        if node is not None:
            raise
        # A params file or arguments that rclpy cannot read, or a value that it refuses.
        return _fail(node, error)
    finally:
        _close(node)
        # Python gives signals their default back before it ends: one that comes again, as Ctrl-C
        # in a terminal does beside the launch's own, would make a clean end one by a signal.
        for number in _SIGNALS:
            signal.signal(number, signal.SIG_IGN)


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
