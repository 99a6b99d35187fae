"""`valet topic list|echo|hz|pub`: look at topics, as `ros2 topic` does."""

import argparse
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from valet_core.common.errors import InvalidInputError

if TYPE_CHECKING:
    from rclpy.node import Node

__all__ = ['HELP', 'add_arguments', 'run']

HELP = 'list topics, look at one, publish, as `ros2 topic` does'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the verb."""
    below = parser.add_subparsers(required=True, metavar='list|echo|hz|pub')
    listing = below.add_parser('list', help='names of the topics')
    listing.add_argument('-t', '--show-types', action='store_true', help='with their types')
    listing.set_defaults(function=_list)
    echo = below.add_parser('echo', help='print the messages of a topic')
    echo.add_argument('--once', action='store_true', help='print one and end')
    echo.set_defaults(function=_echo)
    hz = below.add_parser('hz', help='print the rate of a topic')
    hz.set_defaults(function=_hz)
    for reader in (echo, hz):
        reader.add_argument('name', help='of the topic')
        reader.add_argument('type', nargs='?', help='of its messages; found by itself')
    pub = below.add_parser('pub', help='publish')
    pub.add_argument('name', help='of the topic')
    pub.add_argument('type', help='such as std_msgs/msg/Bool')
    pub.add_argument('values', nargs='?', default='{}', help='YAML, such as "{data: true}"')
    pub.add_argument(
        '-r', '--rate', type=float, default=1.0, metavar='N', help='[Hz], 1 if not given'
    )
    pub.add_argument('-1', '--once', action='store_true', help='once, when somebody listens')
    pub.set_defaults(function=_pub)


def run(args: argparse.Namespace) -> int:
    """Run the verb; returns the exit status."""
    from valet_nodes.verbs.graph import graph_node

    with graph_node() as node:
        args.function(node, args)
    return 0


def _list(node: 'Node', args: argparse.Namespace) -> None:
    from valet_nodes.verbs.graph import settle

    settle(node)
    for name, types in sorted(node.get_topic_names_and_types()):
        print(f'{name} [{", ".join(types)}]' if args.show_types else name)


def _echo(node: 'Node', args: argparse.Namespace) -> None:
    import rclpy

    from valet_nodes.verbs.interfaces import to_text

    seen: list[Any] = []

    def show(message: Any) -> None:
        if not (args.once and seen):
            print(f'{to_text(message)}---', flush=True)
        seen.append(message)

    _subscribe(node, args, show)
    while not (args.once and seen):
        rclpy.spin_once(node, timeout_sec=0.1)


def _hz(node: 'Node', args: argparse.Namespace) -> None:
    import rclpy

    times: list[float] = []
    _subscribe(node, args, lambda _: times.append(time.monotonic()))
    while True:
        begin = time.monotonic()
        while time.monotonic() < begin + 1.0:
            rclpy.spin_once(node, timeout_sec=0.1)
        gaps = [b - a for a, b in zip(times, times[1:], strict=False)]
        if not gaps:
            print(f'no two messages on {args.name} yet', flush=True)
            continue
        low, high, mean = min(gaps), max(gaps), sum(gaps) / len(gaps)
        print(f'average rate: {1.0 / mean:.3f}', flush=True)
        print(f'\tmin: {low:.3f}s max: {high:.3f}s window: {len(times)}', flush=True)


def _subscribe(node: 'Node', args: argparse.Namespace, callback: Callable[[Any], None]) -> None:
    """Subscribe with a QoS that every publisher of the topic matches."""
    from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy

    from valet_nodes.verbs.graph import wait_until
    from valet_nodes.verbs.interfaces import interface

    name = node.resolve_topic_name(args.name)

    def topics() -> list[str]:
        return [row[0] for row in node.get_topic_names_and_types()]

    wait_until(
        node, lambda: node.get_publishers_info_by_topic(name), f'nobody publishes {name}', topics
    )
    offers = node.get_publishers_info_by_topic(name)
    profile = QoSProfile(depth=10, reliability=ReliabilityPolicy.BEST_EFFORT)
    if all(o.qos_profile.reliability == ReliabilityPolicy.RELIABLE for o in offers):
        profile.reliability = ReliabilityPolicy.RELIABLE
    if all(o.qos_profile.durability == DurabilityPolicy.TRANSIENT_LOCAL for o in offers):
        profile.durability = DurabilityPolicy.TRANSIENT_LOCAL
    kind = interface(args.type or offers[0].topic_type, 'msg')
    node.create_subscription(kind, name, callback, profile)


def _pub(node: 'Node', args: argparse.Namespace) -> None:
    import rclpy

    from valet_nodes.verbs.graph import wait_until
    from valet_nodes.verbs.interfaces import from_text, interface

    if not args.rate > 0.0:
        raise InvalidInputError(f'rate: received {args.rate}; allowed: above 0 Hz')
    kind = interface(args.type, 'msg')
    message = from_text(kind(), args.values, node.get_clock().now().to_msg())
    publisher = node.create_publisher(kind, args.name, 10)

    def publish() -> None:
        publisher.publish(from_text(kind(), args.values, node.get_clock().now().to_msg()))

    if args.once:
        wait_until(node, publisher.get_subscription_count, f'nobody listens to {args.name}')
        print(f'publishing:\n{message}')
        publish()
        publisher.wait_for_all_acked()
        return
    print(f'publishing at {args.rate} Hz:\n{message}', flush=True)
    node.create_timer(1.0 / args.rate, publish)
    rclpy.spin(node)
