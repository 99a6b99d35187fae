"""`valet eval perception`: labels, joints and time of perception against random scenes."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from valet_core.common.provenance import provenance

if TYPE_CHECKING:
    from valet_core.dressing.evaluation.perception_accuracy import PerceptionEvaluation
    from valet_core.dressing.sim.cells import DressingCell

__all__ = ['HELP', 'add_arguments', 'run']

HELP = 'labels, joints and time of perception against the truth of random scenes'
TARGETS = {'iou': 0.9, 'median_m': 0.025, 'p95_m': 0.06, 'p99_ms': 20.0}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument('--scenes', type=int, default=100, metavar='N', help='(%(default)s)')
    parser.add_argument('--seed', type=int, default=0, help='of the scenes (%(default)s)')
    parser.add_argument(
        '--split', choices=('train', 'held_out'), default='held_out', help='(%(default)s)'
    )
    parser.add_argument('--model', type=Path, help='folder; the shipped one by default')
    parser.add_argument(
        '--processes', type=int, default=1, help='more make the times longer (%(default)s)'
    )
    parser.add_argument('--json', type=Path, metavar='OUT', help='where to write all results')


def run(args: argparse.Namespace) -> int:
    """Evaluate, print a table and write the results; 2 for wrong arguments."""
    from valet_core.common.errors import InvalidInputError
    from valet_core.dressing.sim.regions import draw_cells

    try:
        if args.seed < 0:
            raise InvalidInputError(f'--seed must be at least 0, received {args.seed}')
        if args.processes < 1:
            raise InvalidInputError(f'--processes must be at least 1, received {args.processes}')
        if args.json is not None and args.json.is_dir():
            raise InvalidInputError(f'--json {args.json} is a folder; expected a file to write')
        cells = draw_cells(args.scenes, args.seed, args.split)
    except InvalidInputError as error:
        print(f'valet eval perception: {error}', file=sys.stderr)
        return 2
    records, skipped = _evaluate(cells, args)
    result = _result(args, records, skipped)
    _print(result)
    if args.json:
        args.json.parent.mkdir(parents=True, exist_ok=True)
        args.json.write_text(json.dumps(result, indent=1) + '\n', encoding='utf-8')
    return 0


def _evaluate(
    cells: list[DressingCell], args: argparse.Namespace
) -> tuple[list[dict[str, Any]], list[str]]:
    """Records of the scenes, and why others could not be set up."""
    from rich.console import Console
    from rich.progress import track

    from valet_core.common.pool import run_parallel

    jobs = [(cell, args.seed * 100_000 + index) for index, cell in enumerate(cells)]
    results = run_parallel(
        _run_scene, jobs, args.processes, start=_start_process, arguments=(args.model,)
    )
    console = Console(stderr=True)
    by_index = dict(track(results, 'perception', total=len(jobs), console=console))
    rows = [by_index[index] for index in range(len(jobs))]
    records = [row for row in rows if isinstance(row, dict)]
    return records, [row for row in rows if isinstance(row, str)]


_process: PerceptionEvaluation | None = None


def _start_process(model: Path | None) -> None:
    from valet_core.common.assets import find_model
    from valet_core.dressing.evaluation.perception_accuracy import (
        PerceptionEvaluation,
        PerceptionTrial,
    )
    from valet_core.perception.pipeline import PerceptionConfig
    from valet_core.perception.robot_shape import RobotShape

    global _process
    config = PerceptionConfig()
    shape = RobotShape.named(config.robot)
    folder = model or find_model(config.model)
    _process = PerceptionEvaluation(config, shape, folder, PerceptionTrial())


def _run_scene(job: tuple[DressingCell, int]) -> dict[str, Any] | str:
    from valet_core.common.errors import MotionError
    from valet_core.dressing.evaluation.perception_accuracy import evaluate_scene

    assert _process is not None
    try:
        return evaluate_scene(_process, *job)
    except MotionError as error:
        return str(error)


def _result(
    args: argparse.Namespace, records: list[dict[str, Any]], skipped: list[str]
) -> dict[str, Any]:
    from valet_core.dressing.evaluation.perception_accuracy import summarise_perception

    summary = summarise_perception(records)
    joints = summary['before']['joints']['all']
    met = {
        'arm_iou': summary['iou']['arm'] >= TARGETS['iou'],
        'garment_iou': summary['iou']['garment'] >= TARGETS['iou'],
        'joint_median': joints['median_m'] <= TARGETS['median_m'],
        'joint_p95': joints['p95_m'] <= TARGETS['p95_m'],
        'step_p99': summary['step_ms']['p99'] <= TARGETS['p99_ms'],
    }
    return {
        **provenance(),
        'seed': args.seed,
        'split': args.split,
        'not_set_up': skipped,
        'targets': TARGETS,
        'met': met,
        'summary': summary,
        'scenes': records,
    }


def _print(result: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    console, summary = Console(), result['summary']
    table = Table('', 'frames', 'IoU arm', 'garment', 'body', 'other', 'no arm', 'captured')
    for name in ('before', 'during', 'right', 'left'):
        row = summary[name]
        names = ('arm', 'garment', 'body', 'other')
        iou = [f'{row["iou"].get(k, float("nan")):.3f}' for k in names]
        rest = [f'{row["not_found"] or 0.0:.2f}', f'{row.get("captured", 0.0):.2f}']
        table.add_row(name, str(row['frames']), *iou, *rest)
    console.print(table)
    table = Table('error [cm]', 'shoulder', 'elbow', 'wrist', 'fingertip', 'all')
    for name in ('before', 'during', 'right', 'left'):
        for key, title in (('median_m', 'median'), ('p95_m', '95 %')):
            joints = summary[name].get('joints', {})
            table.add_row(f'{name}, {title}', *(f'{100 * j[key]:.1f}' for j in joints.values()))
    console.print(table)
    for key, title in (('step_ms', 'wall'), ('step_cpu_ms', 'processor')):
        t = summary[key]
        console.print(f'a frame, {title}: median {t["p50"]:.1f} ms, 99 % {t["p99"]:.1f} ms')
    missed = [name for name, good in result['met'].items() if not good]
    console.print(f'targets missed: {", ".join(missed)}' if missed else 'every target met')
    if result['not_set_up']:
        console.print(f"{len(result['not_set_up'])} scenes out of the robot's reach")
