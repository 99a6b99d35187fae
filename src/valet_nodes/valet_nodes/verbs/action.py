"""`valet action list|send_goal`: use actions, as `ros2 action` does."""

import argparse
import textwrap
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rclpy.node import Node

__all__ = ['HELP', 'add_arguments', 'run']

HELP = 'list actions and send a goal, as `ros2 action` does'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the verb."""
    below = parser.add_subparsers(required=True, metavar='list|send_goal')
    below.add_parser('list', help='names of the actions').set_defaults(function=_list)
    send = below.add_parser('send_goal', help='send a goal and wait; Ctrl-C cancels it')
    send.add_argument('name', help='of the action')
    send.add_argument('type', help='such as valet_msgs/action/DressArm')
    send.add_argument('goal', help='YAML, such as "{side: right}"')
    send.add_argument('-f', '--feedback', action='store_true', help='print feedback')
    send.set_defaults(function=_send)


def run(args: argparse.Namespace) -> int:
    """Run the verb; returns the exit status: 1 where the goal does not succeed."""
    from valet_nodes.verbs.graph import graph_node

    status = 130
    with graph_node() as node:
        status = args.function(node, args)
    return status


def _list(node: 'Node', _args: argparse.Namespace) -> int:
    from rclpy.action import get_action_names_and_types

    from valet_nodes.verbs.graph import settle

    settle(node)
    print('\n'.join(sorted(name for name, _ in get_action_names_and_types(node))))
    return 0


def _send(node: 'Node', args: argparse.Namespace) -> int:
    import rclpy
    from action_msgs.msg import GoalStatus
    from rclpy.action import ActionClient, get_action_names_and_types

    from valet_nodes.verbs.graph import wait_for_server, wait_until
    from valet_nodes.verbs.interfaces import from_text, interface

    kind = interface(args.type, 'action')
    goal = from_text(kind.Goal(), args.goal, node.get_clock().now().to_msg())
    client = ActionClient(node, kind, args.name)
    actions = lambda: (name for name, _ in get_action_names_and_types(node))  # noqa: E731
    wait_for_server(node, client.server_is_ready, f'no action {args.name}', actions)
    sent = client.send_goal_async(
        goal, lambda message: _show('Feedback', message.feedback) if args.feedback else None
    )
    wait_until(node, sent.done, f'no answer of {args.name}')
    handle = sent.result()
    if not handle.accepted:
        print('Goal was rejected.')
        return 1
    print(f'Goal accepted with ID: {bytes(handle.goal_id.uuid).hex()}\n', flush=True)
    result = handle.get_result_async()
    try:
        rclpy.spin_until_future_complete(node, result)
    except KeyboardInterrupt:
        print('Canceling goal...')
        handle.cancel_goal_async()
        wait_until(node, result.done, f'no end of the goal of {args.name}')
    _show('Result', result.result().result)
    status = result.result().status
    names = {getattr(GoalStatus, n): n for n in dir(GoalStatus) if n.startswith('STATUS_')}
    print(f'Goal finished with status: {names[status].removeprefix("STATUS_")}')
    return 0 if status == GoalStatus.STATUS_SUCCEEDED else 1


def _show(what: str, message: Any) -> None:
    from valet_nodes.verbs.interfaces import to_text

    print(f'{what}:\n{textwrap.indent(to_text(message), "    ")}', flush=True)
