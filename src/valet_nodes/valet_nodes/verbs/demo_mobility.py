"""`valet demo-mobility`: drive a base to a goal in simulation, over the real graph."""

from __future__ import annotations

import argparse
import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from valet_core.common.errors import InvalidInputError

if TYPE_CHECKING:
    import numpy as np

    from valet_core.mobility.body.embodiment import Embodiment
    from valet_core.mobility.sim.world import World
    from valet_nodes.demo.mobile_client import MobileClient
    from valet_nodes.demo.session import Session

__all__ = ['HELP', 'add_arguments', 'run']

HELP = 'drive a mobile base in simulation and write a video from above and the result'
START_TIMEOUT = 240.0  # for the graph to come up; the first time it compiles for minutes [s]
RUN_TIMEOUT = 300.0  # for the drive to end [s]
LAUNCHED = ('embodiment', 'scene', 'seed', 'task', 'controller')
ASKED = (*LAUNCHED, 'heading', 'route', 'people')


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the verb."""
    parser.add_argument('--embodiment', default='jackal_real', help='name, or path of a .yaml')
    parser.add_argument(
        '--scene', default='barn', help='barn, warehouse, office, ward, or a .jsonl of BARN worlds'
    )
    parser.add_argument('--seed', type=int, default=0, help='of the scene (%(default)s)')
    parser.add_argument('--task', type=int, default=0, help='drive of the scene (%(default)s)')
    parser.add_argument('--controller', default='generalist', help='(%(default)s)')
    parser.add_argument('--heading', type=float, help='at the goal, in the world [deg]')
    parser.add_argument(
        '--route', action='store_true', help="follow the scene's own route, not only to the goal"
    )
    parser.add_argument('--people', action='store_true', help='let people walk')
    parser.add_argument('--output', type=Path, help='folder for the files; outputs/<time>')


def run(args: argparse.Namespace) -> int:
    """Run the demo.

    Returns:
        0 only if the base has arrived, in truth and by its own account, and touched nothing; 2
        for an argument that is not allowed.
    """
    from valet_core.mobility.body.catalogue import find_embodiment
    from valet_core.mobility.control.registry import find_controller
    from valet_core.mobility.sim.scenes import find_world

    try:
        embodiment = find_embodiment(args.embodiment)
        find_controller(args.controller)
        world = find_world(args.scene, args.seed, embodiment, args.task)
    except InvalidInputError as error:
        print(f'error: {error}', file=sys.stderr)
        return 2
    return 0 if _play(args, embodiment, world) else 1


def _play(args: argparse.Namespace, embodiment: Embodiment, world: World) -> bool:
    """Whether the base has arrived."""
    from valet_nodes.demo.mobile_report import report_drive
    from valet_nodes.demo.report import output_folder
    from valet_nodes.demo.top_view import TopView

    goal, route = world.goals[args.task][:2], _route(args, world)
    folder = output_folder(args.output)
    client, error = _session(args, world).play(folder)
    view = TopView(world, embodiment, goal, route)
    asked = {name: getattr(args, name) for name in ASKED}
    return report_drive(client, asked, error, view, goal, folder)


def _session(args: argparse.Namespace, world: World) -> Session[MobileClient]:
    from valet_nodes.demo.display import mobile_display
    from valet_nodes.demo.mobile_client import MobileClient
    from valet_nodes.demo.session import Session

    shown = {'people': str(args.people).lower(), 'hold': 'true'}
    return Session(
        file='mobility.launch.yaml',
        arguments={name: getattr(args, name) for name in LAUNCHED} | shown,
        make_client=MobileClient,
        send=lambda client: client.send(*_goal_in_odom(args, world)),
        display=mobile_display,
        start_timeout=START_TIMEOUT,
        run_timeout=RUN_TIMEOUT,
    )


def _route(args: argparse.Namespace, world: World) -> np.ndarray | None:
    """The scene's own route (P, 2) in the world [m], where it is asked for and there is one."""
    return world.routes[args.task] if args.route and world.routes else None


def _goal_in_odom(args: argparse.Namespace, world: World) -> tuple[np.ndarray, float]:
    """The route (P, 2) [m] and the heading at its end as a user gives them, from the start on."""
    import numpy as np

    x, y, yaw = world.starts[args.task]
    points, route = world.goals[args.task][None, :2], _route(args, world)
    if route is not None:
        points = np.concatenate([route, points])
    c, s = math.cos(yaw), math.sin(yaw)
    points = (points - (x, y)) @ np.array([[c, -s], [s, c]])
    heading = math.nan if args.heading is None else math.radians(args.heading) - yaw
    return points, heading
