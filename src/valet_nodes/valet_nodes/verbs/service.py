"""`valet service list|call`: use services, as `ros2 service` does."""

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rclpy.node import Node

__all__ = ['HELP', 'add_arguments', 'run']

HELP = 'list services and call one, as `ros2 service` does'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the verb."""
    below = parser.add_subparsers(required=True, metavar='list|call')
    below.add_parser('list', help='names of the services').set_defaults(function=_list)
    call = below.add_parser('call', help='call one')
    call.add_argument('name', help='of the service')
    call.add_argument('type', help='such as std_srvs/srv/Trigger')
    call.add_argument('values', nargs='?', default='{}', help='YAML, such as "{data: true}"')
    call.set_defaults(function=_call)


def run(args: argparse.Namespace) -> int:
    """Run the verb; returns the exit status."""
    from valet_nodes.verbs.graph import graph_node

    with graph_node() as node:
        args.function(node, args)
    return 0


def _list(node: 'Node', _args: argparse.Namespace) -> None:
    from valet_nodes.verbs.graph import settle

    settle(node)
    print('\n'.join(sorted(name for name, _ in node.get_service_names_and_types())))


def _call(node: 'Node', args: argparse.Namespace) -> None:
    from valet_nodes.verbs.graph import call
    from valet_nodes.verbs.interfaces import from_text, interface

    kind = interface(args.type, 'srv')
    request = from_text(kind.Request(), args.values, node.get_clock().now().to_msg())
    print(f'requester: making request: {request}\n', flush=True)
    print(f'response:\n{call(node, kind, args.name, request)}')
