"""What the verbs that look at a running graph share: a node, waits, names."""

import contextlib
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import rclpy
from rclpy.node import Node
from rclpy.signals import SignalHandlerOptions

from valet_core.common.errors import StaleInputError

__all__ = ['call', 'graph_node', 'settle', 'wait_for_server', 'wait_until']

QUIET = 2.0  # without anything new, until all that runs is taken as known [s]
NOBODY = 5.0  # until it is taken that nobody is there [s]
MEETING = 0.3  # until a server that is known knows us as well [s]
PATIENCE = 10.0  # for a server, a topic or an answer [s]


@contextlib.contextmanager
def graph_node() -> Iterator[Node]:
    """Give a node that nobody else sees by name; Ctrl-C ends it without a message."""
    rclpy.init(args=[], signal_handler_options=SignalHandlerOptions.NO)
    node = Node('_valet', enable_rosout=False, start_parameter_services=False)
    try:
        yield node
    except KeyboardInterrupt:
        print()
    finally:
        node.destroy_node()
        rclpy.try_shutdown()


def settle(node: Node) -> None:
    """Spin until others are known and nothing new comes, or until nobody seems to be there."""
    begin = changed = time.monotonic()
    known: list[tuple[str, list[str]]] = []
    while (now := time.monotonic()) < begin + NOBODY:
        names = node.get_service_names_and_types() + node.get_topic_names_and_types()
        if names != known:
            known, changed = names, now
        if len(node.get_node_names()) > 1 and now > changed + QUIET:
            return
        rclpy.spin_once(node, timeout_sec=0.1)


def wait_until(
    node: Node,
    is_done: Callable[[], bool],
    what: str,
    there_are: Callable[[], Iterable[str]] = tuple,
    timeout: float = PATIENCE,
) -> None:
    """Spin until something is the case.

    Raises:
        StaleInputError: after a time; it names what is missing and what there is.
    """
    end = time.monotonic() + timeout
    while not is_done():
        if time.monotonic() > end:
            known = ', '.join(sorted(there_are()))
            raise StaleInputError(
                f'{what} within {timeout:.0f} s'
                + (f'; there are: {known}' if known else '')
                + '; is the graph running, with the same ROS_DOMAIN_ID?'
            )
        rclpy.spin_once(node, timeout_sec=0.1)


def wait_for_server(
    node: Node, is_ready: Callable[[], bool], what: str, there_are: Callable[[], Iterable[str]]
) -> None:
    """Spin until a server is there and has had time to know of us, for else its answer is lost.

    Raises:
        StaleInputError: after a time; it names what is missing and what there is.
    """
    wait_until(node, is_ready, what, there_are)
    end = time.monotonic() + MEETING
    wait_until(node, lambda: time.monotonic() >= end, what)


def call(node: Node, kind: Any, name: str, request: Any) -> Any:
    """Call a service and return its answer.

    Raises:
        StaleInputError: where nobody offers it or answers.
    """
    client = node.create_client(kind, name)
    services = lambda: (row[0] for row in node.get_service_names_and_types())  # noqa: E731
    wait_for_server(node, client.service_is_ready, f'no service {name}', services)
    future = client.call_async(request)
    wait_until(node, future.done, f'no answer of {name}')
    return future.result()
