"""`valet param list|get|set`: parameters of a node, as `ros2 param` has them."""

import argparse
from typing import TYPE_CHECKING

from valet_core.common.errors import InvalidInputError

if TYPE_CHECKING:
    from rclpy.node import Node

__all__ = ['HELP', 'add_arguments', 'run']

HELP = 'list, get and set parameters of a node, as `ros2 param` does'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the verb."""
    below = parser.add_subparsers(required=True, metavar='list|get|set')
    for name, function, help_ in (
        ('list', _list, 'names of the parameters'),
        ('get', _get, 'print a value'),
        ('set', _set, 'change a value'),
    ):
        verb = below.add_parser(name, help=help_)
        verb.add_argument('node', help='name of the node')
        if function is not _list:
            verb.add_argument('name', help='of the parameter')
        if function is _set:
            verb.add_argument('value', help='YAML')
        verb.set_defaults(function=function)


def run(args: argparse.Namespace) -> int:
    """Run the verb; returns the exit status: 1 where a value is refused."""
    from valet_nodes.verbs.graph import graph_node

    status = 130
    with graph_node() as node:
        status = args.function(node, args)
    return status


def _list(node: 'Node', args: argparse.Namespace) -> int:
    from rcl_interfaces.srv import ListParameters

    from valet_nodes.verbs.graph import call

    answer = call(node, ListParameters, f'{args.node}/list_parameters', ListParameters.Request())
    print('\n'.join(f'  {name}' for name in sorted(answer.result.names)))
    return 0


def _get(node: 'Node', args: argparse.Namespace) -> int:
    from rcl_interfaces.srv import GetParameters
    from rclpy.parameter import Parameter, parameter_value_to_python

    from valet_nodes.verbs.graph import call

    request = GetParameters.Request(names=[args.name])
    (value,) = call(node, GetParameters, f'{args.node}/get_parameters', request).values or (None,)
    kind = Parameter.Type.NOT_SET if value is None else Parameter.Type(value.type)
    if kind is Parameter.Type.NOT_SET:
        raise InvalidInputError(f'{args.node} has no parameter {args.name!r}; see param list')
    words = kind.name.capitalize().replace('_array', ' values are').replace('Bool', 'Boolean')
    shown = parameter_value_to_python(value)
    print(f'{words if "are" in words else words + " value is"}: {shown}')
    return 0


def _set(node: 'Node', args: argparse.Namespace) -> int:
    from rcl_interfaces.msg import Parameter
    from rcl_interfaces.srv import SetParameters
    from rclpy.parameter import get_parameter_value

    from valet_nodes.verbs.graph import call

    parameter = Parameter(name=args.name, value=get_parameter_value(args.value))
    request = SetParameters.Request(parameters=[parameter])
    (result,) = call(node, SetParameters, f'{args.node}/set_parameters', request).results
    if not result.successful:
        print(f'Setting parameter failed: {result.reason}')
        return 1
    print('Set parameter successful')
    return 0
