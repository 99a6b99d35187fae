"""`valet demo`: dress an arm in simulation, over the real graph."""

import argparse
import os
import sys
from pathlib import Path
from typing import Any

from valet_core.common.errors import ConfigError
from valet_core.dressing.sim.cells import MAX_SEED
from valet_core.dressing.sim.garments import GARMENT_KINDS
from valet_core.simulation.person import SIDES, PersonConfig

__all__ = ['HELP', 'add_arguments', 'run']

HELP = 'dress an arm in simulation and write a video, a picture and the result'
SCENE_RATE = 5.0  # images of the scene camera [Hz]
START_TIMEOUT = 120.0  # for the graph to come up [s]
RUN_TIMEOUT = 240.0  # for the goal to end [s]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the verb."""
    parser.add_argument('--garment', default='cardigan', choices=GARMENT_KINDS)
    parser.add_argument('--elbow', type=float, default=30.0, help='elbow flexion, 0..130 deg')
    parser.add_argument('--elevation', type=float, default=-30.0, help='of the shoulder, deg')
    parser.add_argument('--side', default='right', choices=SIDES)
    parser.add_argument('--seed', type=int, default=0)
    parser.add_argument('--headless', action='store_true', help='no window of the simulator')
    parser.add_argument('--output', type=Path, help='folder for the files; outputs/<time>')


def run(args: argparse.Namespace) -> int:
    """Run the demo.

    Returns:
        0 only if the arm is dressed, in truth and by the policy's own account; 2 for an
        argument that is not allowed.
    """
    try:
        _check(args)
    except ConfigError as error:
        print(f'error: {error}', file=sys.stderr)
        return 2
    from valet_nodes.demo.display import dressing_display
    from valet_nodes.demo.dressing_client import DressingClient
    from valet_nodes.demo.dressing_report import report_dressing
    from valet_nodes.demo.report import output_folder
    from valet_nodes.demo.session import Session

    scene = _scene(args)
    headless = args.headless or not os.environ.get('DISPLAY')
    shown = {'headless': str(headless).lower(), 'scene_camera_rate': SCENE_RATE, 'hold': 'true'}
    session = Session(
        file='sim.launch.yaml',
        arguments={**scene, **shown},
        make_client=DressingClient,
        send=lambda client: client.send(args.garment, args.side),
        display=dressing_display,
        start_timeout=START_TIMEOUT,
        run_timeout=RUN_TIMEOUT,
    )
    folder = output_folder(args.output)
    client, error = session.play(folder)
    return 0 if report_dressing(client, scene, error, SCENE_RATE, folder) else 1


def _check(args: argparse.Namespace) -> None:
    PersonConfig(elbow_flexion_deg=args.elbow, shoulder_elevation_deg=args.elevation)
    if not 0 <= args.seed <= MAX_SEED:
        raise ConfigError(f'seed: {args.seed} is outside of the allowed 0..{MAX_SEED}')


def _scene(args: argparse.Namespace) -> dict[str, Any]:
    """What is asked for, by the names of the launch arguments and of the result."""
    return {
        'garment': args.garment,
        'side': args.side,
        'elbow_flexion_deg': float(args.elbow),
        'shoulder_elevation_deg': float(args.elevation),
        'seed': args.seed,
    }
