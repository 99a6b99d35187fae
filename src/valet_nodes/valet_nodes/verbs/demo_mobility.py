"""`valet demo-mobility`: drive a base to a goal in simulation, over the real graph."""

from __future__ import annotations

import argparse
import math
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from valet_core.common.errors import InvalidInputError, ValetError

if TYPE_CHECKING:
    import numpy as np

    from valet_core.mobility.body.embodiment import Embodiment
    from valet_core.mobility.sim.world import World
    from valet_nodes.demo.graph import GraphProcess
    from valet_nodes.demo.mobile_client import MobileClient

__all__ = ['HELP', 'add_arguments', 'run']

HELP = 'drive a mobile base in simulation and write a video from above and the result'
START_TIMEOUT = 90.0  # for the graph to come up [s]
RUN_TIMEOUT = 300.0  # for the drive to end [s]
ARRIVED = 1.0  # true distance from the goal [m], BARN's; odometry drifts by a few percent


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
    from valet_core.mobility.control.registry import make_controller
    from valet_core.mobility.sim.scenes import find_world

    try:
        embodiment = find_embodiment(args.embodiment)
        make_controller(args.controller)
        world = find_world(args.scene, args.seed, embodiment, args.task)
    except InvalidInputError as error:
        print(f'error: {error}', file=sys.stderr)
        return 2
    folder = args.output or Path('outputs') / datetime.now().strftime('%Y-%m-%d_%H-%M-%S')
    folder.mkdir(parents=True, exist_ok=True)
    result = _session(args, folder, embodiment, world)
    if result['error']:
        print(f'error: {result["error"]}; see {folder / "launch.log"}', file=sys.stderr)
    print(f'files in {folder}')
    return 0 if result['arrived'] else 1


def _launch_arguments(args: argparse.Namespace) -> dict[str, Any]:
    return {
        'embodiment': args.embodiment,
        'scene': args.scene,
        'seed': args.seed,
        'task': args.task,
        'controller': args.controller,
        'people': str(args.people).lower(),
    }


def _goal_in_odom(args: argparse.Namespace, world: World) -> tuple[np.ndarray, float]:
    """The route (P, 2) [m] and the heading at its end as a user gives them, from the start on."""
    import numpy as np

    x, y, yaw = world.starts[args.task]
    points = world.goals[args.task][None, :2]
    if args.route and world.routes:
        points = np.concatenate([world.routes[args.task], points])
    c, s = math.cos(yaw), math.sin(yaw)
    points = (points - (x, y)) @ np.array([[c, -s], [s, c]])
    heading = math.nan if args.heading is None else math.radians(args.heading) - yaw
    return points, heading


def _session(
    args: argparse.Namespace, folder: Path, embodiment: Embodiment, world: World
) -> dict[str, Any]:
    import rclpy

    from valet_nodes.demo.graph import GraphProcess, isolate, spin_until_ready
    from valet_nodes.demo.mobile_client import MobileClient

    isolate()
    rclpy.init()
    client, error = MobileClient(), ''
    try:
        with (
            (folder / 'launch.log').open('w') as log,
            GraphProcess(_launch_arguments(args), log, 'mobility.launch.yaml') as graph,
        ):
            took = spin_until_ready(client, graph, START_TIMEOUT)
            print(f'the graph is up after {took:.1f} s; goal sent')
            client.send(*_goal_in_odom(args, world))
            _follow(client, graph)
    except ValetError as failure:
        error = str(failure)
    finally:
        client.destroy_node()
        rclpy.try_shutdown()
    return _report(args, folder, embodiment, world, client, error)


def _follow(client: MobileClient, graph: GraphProcess) -> None:
    """Spin until the result is there."""
    import rclpy

    begun = shown = time.monotonic()
    while client.result is None:
        rclpy.spin_once(client, timeout_sec=0.1)
        graph.check()
        now = time.monotonic()
        if now - shown > 2.0:
            shown, feedback = now, client.feedback
            print(
                f'{feedback.phase or "start":8} {feedback.distance_remaining:5.1f} m to go, '
                f'{feedback.speed:.2f} m/s {client.gate.reason}'
            )
        if now - begun > RUN_TIMEOUT:
            raise ValetError(f'no result within {RUN_TIMEOUT:.0f} s')


def _report(
    args: argparse.Namespace, folder: Path, embodiment: Embodiment, world: World,
    client: MobileClient, error: str,
) -> dict[str, Any]:
    from valet_nodes.demo.display import outcome_name
    from valet_nodes.demo.mobile_report import write_mobile_picture, write_mobile_video
    from valet_nodes.demo.report import write_result
    from valet_nodes.demo.top_view import TopView

    rows, truth, answer = client.rows, client.truth, client.result
    outcome = outcome_name(answer.outcome.value) if answer is not None else 'UNKNOWN'
    goal = world.goals[args.task]
    away = math.hypot(truth.x - goal[0], truth.y - goal[1])
    clean = not (truth.collided or truth.fallen)
    result = {
        'arrived': outcome == 'SUCCEEDED' and away <= ARRIVED and clean,
        'outcome': outcome,
        'message': answer.message if answer is not None else '',
        'true_distance_m': away,
        'collided': bool(truth.collided),
        'contact': truth.contact,
        'fallen': bool(truth.fallen),
        'duration_s': float(rows[-1].time) if rows else 0.0,
        'speed_peak_m_s': max((float(row.speed) for row in rows), default=0.0),
        **{name: getattr(args, name) for name in (
            'embodiment', 'scene', 'seed', 'task', 'controller', 'heading', 'route', 'people')},
        'error': error,
    }  # fmt: skip
    write_result(result, folder / 'result.json')
    if rows:
        route = world.routes[args.task] if args.route and world.routes else None
        view = TopView(world, embodiment, goal[:2], route)
        title = f'{args.embodiment}, {args.scene} {args.seed}, {args.controller}: {outcome}'
        write_mobile_picture(rows, view, folder / 'drive.png', title)
        write_mobile_video(rows, view, folder / 'drive.mp4')
    touched = f'touched {truth.contact}' if truth.contact else 'nothing touched'
    print(
        f'{outcome}: {result["message"]}\ntruly {away:.2f} m from the goal after '
        f'{result["duration_s"]:.1f} s, {touched}'
    )
    return result
