"""`valet demo`: dress an arm in simulation, over the real graph."""

from __future__ import annotations

import argparse
import os
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from valet_core.common.errors import ConfigError, ValetError
from valet_core.dressing.sim.cells import MAX_SEED
from valet_core.dressing.sim.garments import GARMENT_KINDS
from valet_core.simulation.person import SIDES, PersonConfig

if TYPE_CHECKING:
    from valet_nodes.demo.client import DemoClient
    from valet_nodes.demo.graph import GraphProcess

__all__ = ['HELP', 'add_arguments', 'run']

HELP = 'dress an arm in simulation and write a video, a picture and the result'
SCENE_RATE = 5.0  # images of the scene camera [Hz]
START_TIMEOUT = 60.0  # for the graph to come up [s]
RUN_TIMEOUT = 240.0  # for the goal to end [s]
SUCCESS_RATIO = 0.7  # true dressed share of the upper arm


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
    folder = args.output or Path('outputs') / datetime.now().strftime('%Y-%m-%d_%H-%M-%S')
    folder.mkdir(parents=True, exist_ok=True)
    result = _session(args, folder)
    if result['error']:
        print(f'error: {result["error"]}; see {folder / "launch.log"}', file=sys.stderr)
    print(f'files in {folder}')
    return 0 if result['dressed'] else 1


def _check(args: argparse.Namespace) -> None:
    PersonConfig(elbow_flexion_deg=args.elbow, shoulder_elevation_deg=args.elevation)
    if not 0 <= args.seed <= MAX_SEED:
        raise ConfigError(f'seed: {args.seed} is outside of the allowed 0..{MAX_SEED}')


def _launch_arguments(args: argparse.Namespace) -> dict[str, Any]:
    headless = args.headless or not os.environ.get('DISPLAY')
    return {
        'headless': str(headless).lower(),
        'seed': args.seed,
        'side': args.side,
        'garment': args.garment,
        'elbow_flexion_deg': float(args.elbow),
        'shoulder_elevation_deg': float(args.elevation),
        'scene_camera_rate': SCENE_RATE,
    }


def _session(args: argparse.Namespace, folder: Path) -> dict[str, Any]:
    import rclpy

    from valet_nodes.demo.client import DemoClient
    from valet_nodes.demo.graph import GraphProcess, isolate, spin_until_ready

    isolate()
    rclpy.init()
    client, error = DemoClient(), ''
    try:
        with (
            (folder / 'launch.log').open('w') as log,
            GraphProcess(_launch_arguments(args), log) as graph,
        ):
            took = spin_until_ready(client, graph, START_TIMEOUT)
            print(f'the graph is up after {took:.1f} s; goal sent')
            client.send(args.garment, args.side)
            _follow(client, graph)
    except ValetError as failure:
        error = str(failure)
    finally:
        client.destroy_node()
        rclpy.try_shutdown()
    return _report(args, folder, client, error)


def _follow(client: DemoClient, graph: GraphProcess) -> None:
    """Spin until the result is there, with a line that shows how it goes."""
    import rclpy
    from rich.live import Live

    from valet_nodes.demo.display import status_line

    begun = time.monotonic()
    with Live(refresh_per_second=8) as live:
        while client.result is None:
            rclpy.spin_once(client, timeout_sec=0.1)
            live.update(status_line(client))
            graph.check()
            if time.monotonic() - begun > RUN_TIMEOUT:
                raise ValetError(f'no result within {RUN_TIMEOUT:.0f} s')


def _report(
    args: argparse.Namespace, folder: Path, client: DemoClient, error: str
) -> dict[str, Any]:
    from valet_nodes.demo.display import outcome_name
    from valet_nodes.demo.report import write_picture, write_result, write_video

    record, answer, truth = client.record, client.result, client.truth
    outcome = outcome_name(answer.outcome.value) if answer is not None else 'UNKNOWN'
    upper = float(truth.upper_arm_ratio)
    result = {
        'dressed': outcome == 'SUCCEEDED' and upper >= SUCCESS_RATIO and not truth.pierced,
        'outcome': outcome,
        'message': answer.message if answer is not None else '',
        'upper_arm_ratio': upper,
        'whole_arm_ratio': float(truth.whole_arm_ratio),
        'perceived_whole_arm_ratio': float(answer.dressed_ratio) if answer is not None else 0.0,
        'force_peak_n': float(max(record.column('force'), default=0.0)),
        'pierced': bool(truth.pierced),
        'duration_s': float(record.rows[-1].time) if record.rows else 0.0,
        'garment': args.garment,
        'side': args.side,
        'elbow_flexion_deg': args.elbow,
        'shoulder_elevation_deg': args.elevation,
        'seed': args.seed,
        'error': error,
    }
    write_result(result, folder / 'result.json')
    if record.rows:
        title = f'{args.garment}, {args.side} arm, elbow {args.elbow:.0f} deg: {outcome}'
        write_picture(record, folder / 'progress.png', title)
    write_video(record.images, folder / 'scene.mp4', SCENE_RATE)
    print(
        f'{outcome}: {result["message"]}\n'
        f'upper arm {upper:.2f}, whole arm {result["whole_arm_ratio"]:.2f}, '
        f'peak force {result["force_peak_n"]:.1f} N, {result["duration_s"]:.1f} s'
    )
    return result
