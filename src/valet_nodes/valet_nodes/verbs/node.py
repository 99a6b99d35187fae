"""`valet node list`: the nodes that run, as `ros2 node list` prints them."""

import argparse

__all__ = ['HELP', 'add_arguments', 'run']

HELP = 'list nodes, as `ros2 node list` does'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the verb."""
    below = parser.add_subparsers(required=True, metavar='list')
    below.add_parser('list', help='names of the nodes')


def run(_args: argparse.Namespace) -> int:
    """Run the verb; returns the exit status."""
    from valet_nodes.verbs.graph import graph_node, settle

    with graph_node() as node:
        settle(node)
        found = node.get_node_names_and_namespaces()
        names = {f'{space.rstrip("/")}/{name}' for name, space in found if name[0] != '_'}
        print('\n'.join(sorted(names)))
    return 0
