"""`valet demo`: dress an arm in simulation, over the real graph."""

import argparse
import os
import signal
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import Any

from valet_core.errors import ConfigError
from valet_core.sim.cells import MAX_SEED
from valet_core.sim.garments import GARMENT_KINDS
from valet_core.sim.person import SIDES, PersonConfig

__all__ = ['HELP', 'add_arguments', 'run']

HELP = 'dress an arm in simulation and write a video, a picture and the result'
SCENE_RATE = 10.0  # images of the scene camera [Hz]
START_TIMEOUT = 60.0  # for the graph to come up [s]
RUN_TIMEOUT = 180.0  # for the goal to end [s]
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
        0 only if the arm is dressed, in truth and by the policy's own account.
    """
    try:
        PersonConfig(elbow_flexion_deg=args.elbow, shoulder_elevation_deg=args.elevation)
        if not 0 <= args.seed <= MAX_SEED:
            raise ConfigError(f'seed: {args.seed} is outside of the allowed 0..{MAX_SEED}')
    except ConfigError as error:
        print(f'error: {error}', file=sys.stderr)
        return 2
    _isolate()
    folder = args.output or Path('outputs') / datetime.now().strftime('%Y-%m-%d_%H-%M-%S')
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / 'launch.log').open('w') as log:
        launch = _start_launch(args, log)
        try:
            result = _session(args, folder, launch)
        finally:
            _stop_launch(launch)
    if result.get('error'):
        print(f'error: {result["error"]}; see {folder / "launch.log"}', file=sys.stderr)
    print(f'files in {folder}')
    return 0 if result['dressed'] else 1


def _isolate() -> None:
    """Keep to this machine, and out of the way of another graph on it."""
    os.environ.setdefault('ROS_AUTOMATIC_DISCOVERY_RANGE', 'LOCALHOST')
    os.environ.setdefault('ROS_DOMAIN_ID', str(1 + os.getpid() % 100))


def _start_launch(args: argparse.Namespace, log: Any) -> subprocess.Popen[bytes]:
    headless = args.headless or not os.environ.get('DISPLAY')
    values = {
        'headless': str(headless).lower(),
        'seed': args.seed,
        'side': args.side,
        'garment': args.garment,
        'elbow_flexion_deg': float(args.elbow),
        'shoulder_elevation_deg': float(args.elevation),
        'scene_camera_rate': SCENE_RATE,
    }
    command = [sys.executable, '-m', 'valet_core.tools.cli', 'launch', 'sim.launch.yaml']
    command += [f'{name}:={value}' for name, value in values.items()]
    return subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)


def _stop_launch(launch: subprocess.Popen[bytes]) -> None:
    if launch.poll() is None:
        launch.send_signal(signal.SIGINT)
        try:
            launch.wait(20)
        except subprocess.TimeoutExpired:
            launch.kill()
            launch.wait()


def _session(
    args: argparse.Namespace, folder: Path, launch: subprocess.Popen[bytes]
) -> dict[str, Any]:
    import rclpy

    from valet_nodes.demo.client import DemoClient

    rclpy.init()
    client = DemoClient()
    try:
        started = time.monotonic()
        error = _wait(client, launch, started)
        if not error:
            print(f'the graph is up after {time.monotonic() - started:.1f} s; goal sent')
            client.send(args.garment, args.side)
            error = _follow(client, launch)
        return _report(args, folder, client, error)
    finally:
        client.destroy_node()
        rclpy.try_shutdown()


def _wait(client: Any, launch: subprocess.Popen[bytes], started: float) -> str:
    import rclpy

    while not client.ready:
        rclpy.spin_once(client, timeout_sec=0.1)
        if launch.poll() is not None:
            return f'the launch ended with status {launch.returncode}'
        if time.monotonic() - started > START_TIMEOUT:
            reason = client.gate.reason or 'nothing heard on safety/state'
            return f'the graph was not up within {START_TIMEOUT:.0f} s: {reason}'
    return ''


def _follow(client: Any, launch: subprocess.Popen[bytes]) -> str:
    """Spin until the result is there, with a line that shows how it goes."""
    import rclpy
    from rich.console import Console
    from rich.live import Live

    from valet_nodes.demo.display import status_line

    begun = time.monotonic()
    with Live(console=Console(), refresh_per_second=8) as live:
        while client.result is None:
            rclpy.spin_once(client, timeout_sec=0.1)
            live.update(status_line(client))
            if launch.poll() is not None:
                return f'the launch ended with status {launch.returncode}'
            if time.monotonic() - begun > RUN_TIMEOUT:
                return f'no result within {RUN_TIMEOUT:.0f} s'
    return ''


def _report(args: argparse.Namespace, folder: Path, client: Any, error: str) -> dict[str, Any]:
    from valet_nodes.demo.display import outcome_name
    from valet_nodes.demo.report import write_picture, write_result, write_video

    record, answer = client.record, client.result
    outcome = outcome_name(answer.outcome.value) if answer is not None else 'UNKNOWN'
    upper = float(client.truth.upper_arm_ratio)
    dressed = outcome == 'SUCCEEDED' and upper >= SUCCESS_RATIO and not client.truth.pierced
    force = record.column('force') if record.rows else [0.0]
    result = {
        'dressed': dressed,
        'outcome': outcome,
        'message': answer.message if answer is not None else error,
        'upper_arm_ratio': upper,
        'whole_arm_ratio': float(client.truth.whole_arm_ratio),
        'perceived_whole_arm_ratio': float(answer.dressed_ratio) if answer is not None else 0.0,
        'force_peak_n': float(max(force)),
        'pierced': bool(client.truth.pierced),
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
